// Package events hands out what happens to whoever listens and may know.
//
// Events carry ids of what changed, never contents: a listener asks for the thing
// itself and is let through or not. The last thousand are kept in memory, so that
// a listener that lost its connection misses none; after a restart it is told to
// load everything anew.
package events

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/outrider-project/outrider/server/internal/policy"
)

// Topic is what sort of thing an event is about.
type Topic string

// The topics of events.
const (
	Job      Topic = "job"
	Movement Topic = "movement" // its document, roles, plans, approval; broken glass
	Findings Topic = "findings"
	Reload   Topic = "reload" // more was missed than is kept
)

// An Event says that something changed.
type Event struct {
	ID    string
	Topic Topic
	What  string          // "saved", "planned", "progress", "glass-broken" and so on
	On    policy.Resource // what it is about: whoever may see it gets the event
	Done  int64           // of a job
	Total int64
}

// Sizes of memory.
const (
	kept   = 1000
	queued = 128 // for one listener; who falls further behind is cut off and comes back
	most   = 1000
)

// A Hub hands out events. It may be used from many goroutines.
type Hub struct {
	boot string // tells the ids of this run from those of others

	mu        sync.Mutex
	next      uint64 // number of the next event
	ring      []Event
	listeners map[chan Event]struct{}
}

// New makes a hub without listeners.
func New(random io.Reader) (*Hub, error) {
	var b [4]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return nil, fmt.Errorf("no randomness: %w", err)
	}
	return &Hub{boot: hex.EncodeToString(b[:]), next: 1, listeners: map[chan Event]struct{}{}}, nil
}

// Publish hands an event to all listeners. It never waits: a listener whose queue
// is full is cut off.
func (h *Hub) Publish(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.ID = h.boot + "-" + strconv.FormatUint(h.next, 10)
	h.next++
	if len(h.ring) == kept {
		h.ring = append(h.ring[:0], h.ring[1:]...)
	}
	h.ring = append(h.ring, e)
	for l := range h.listeners {
		select {
		case l <- e:
		default:
			delete(h.listeners, l)
			close(l)
		}
	}
}

// Listen returns the events after the one with the id last (none before now if it
// is empty) and those to come, until stop is called or the listener has fallen
// behind: then the channel is closed. It reports false if there are too many
// listeners.
func (h *Hub) Listen(last string) (missed []Event, coming <-chan Event, stop func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.listeners) >= most {
		return nil, nil, nil, false
	}
	l := make(chan Event, queued)
	h.listeners[l] = struct{}{}
	return h.since(last), l, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if _, on := h.listeners[l]; on {
			delete(h.listeners, l)
			close(l)
		}
	}, true
}

func (h *Hub) since(last string) []Event {
	if last == "" {
		return nil
	}
	boot, number, _ := strings.Cut(last, "-")
	n, err := strconv.ParseUint(number, 10, 64)
	oldest := h.next - uint64(len(h.ring))
	if err != nil || boot != h.boot || n >= h.next || n+1 < oldest {
		return []Event{{ID: h.boot + "-" + strconv.FormatUint(h.next-1, 10), Topic: Reload, What: "missed"}}
	}
	return append([]Event{}, h.ring[n+1-oldest:]...)
}
