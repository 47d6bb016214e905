package events_test

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/outrider-project/outrider/server/internal/events"
)

func newHub(t *testing.T) *events.Hub {
	t.Helper()
	h, err := events.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestNothingIsMissed(t *testing.T) {
	h := newHub(t)
	for i := range 5 {
		h.Publish(events.Event{What: fmt.Sprint(i)})
	}
	_, coming, stop, _ := h.Listen("")
	h.Publish(events.Event{What: "5"})
	first := <-coming
	stop()
	if _, open := <-coming; open {
		t.Error("a listener that stopped hears on")
	}
	for i := range 3 {
		h.Publish(events.Event{What: fmt.Sprint(6 + i)})
	}
	missed, _, stop, _ := h.Listen(first.ID)
	defer stop()
	if len(missed) != 3 || missed[0].What != "6" || missed[2].What != "8" {
		t.Errorf("after %s: %v", first.ID, missed)
	}
}

func TestMoreThanIsKept(t *testing.T) {
	h := newHub(t)
	_, coming, stop, _ := h.Listen("")
	h.Publish(events.Event{What: "first"})
	first := (<-coming).ID
	stop()
	for range 1000 {
		h.Publish(events.Event{Topic: events.Job})
	}
	missed, _, stop, _ := h.Listen(first)
	stop()
	if len(missed) != 1000 {
		t.Errorf("%d events, want all that came after the first", len(missed))
	}
	h.Publish(events.Event{Topic: events.Job})
	for _, last := range []string{first, "another-1", "rubbish", missed[0].ID + "0000"} {
		missed, _, stop, _ := h.Listen(last)
		stop()
		if len(missed) != 1 || missed[0].Topic != events.Reload {
			t.Errorf("after %q: %d events, want to be told to load anew", last, len(missed))
		}
	}
}

func TestSlowListenersAreCutOff(t *testing.T) {
	h := newHub(t)
	_, slow, stopSlow, _ := h.Listen("")
	defer stopSlow()
	for range 500 {
		h.Publish(events.Event{})
	}
	n := 0
	for range slow {
		n++
	}
	if n == 0 || n == 500 {
		t.Errorf("a listener that did not listen got %d of 500", n)
	}
}

func TestTooManyListeners(t *testing.T) {
	h := newHub(t)
	var stops []func()
	for i := range 1001 {
		_, _, stop, ok := h.Listen("")
		if ok != (i < 1000) {
			t.Errorf("listener %d: %v", i, ok)
		}
		if ok {
			stops = append(stops, stop)
		}
	}
	for _, stop := range stops {
		stop()
	}
	if _, _, stop, ok := h.Listen(""); !ok {
		t.Error("places that were given up are not free")
	} else {
		stop()
	}
}
