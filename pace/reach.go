package pace

import (
	"container/heap"
	"slices"

	"github.com/outrider-project/outrider/network"
)

// turnBack is the length in metres that turning back at a dead end counts as, so
// that noise about a standstill does not go to the end of a drive and back.
const turnBack = 100.0

// leaveRoad is the length in metres that leaving a road by a slip road counts as:
// most slip roads and turning lanes run a few metres beside a road, and most
// vehicles stay on it.
const leaveRoad = 25.0

// A reach finds ways of bounded length on the states of a network. It belongs to
// one goroutine.
type reach struct {
	m      *network.Map
	pass   *network.Passage
	labels map[network.StateID]label
	queue  frontier
	start  network.StateID
}

// A label is the least way to the beginning of a state's arc.
type label struct {
	metres float64
	parent network.StateID
	done   bool
}

func newReach(m *network.Map, pass *network.Passage) *reach {
	return &reach{m: m, pass: pass, labels: make(map[network.StateID]label)}
}

// from looks for ways from a position on the arc of a state, in metres from its
// beginning, to candidates, and calls found for each that is at most so many
// metres ahead, with the metres and the state in which it is reached.
func (r *reach) from(start network.StateID, at float64, to []candidate, most float64, found func(c int, metres float64, state network.StateID)) {
	m := r.m
	clear(r.labels)
	r.queue, r.start = r.queue[:0], start
	arc := m.StateArc[start]
	for c := range to {
		if to[c].arc == arc && to[c].at >= at {
			found(c, to[c].at-at, start)
		}
	}
	r.expand(start, m.Length[arc.Chain()].Metres()-at, most)
	for len(r.queue) > 0 {
		next := heap.Pop(&r.queue).(ahead) //nolint:forcetypeassert // a frontier holds nothing else
		l := r.labels[next.state]
		if l.done {
			continue
		}
		l.done = true
		r.labels[next.state] = l
		arc := m.StateArc[next.state]
		for c := range to {
			if to[c].arc == arc && l.metres+to[c].at <= most {
				found(c, l.metres+to[c].at, next.state)
			}
		}
		r.expand(next.state, l.metres+m.Length[arc.Chain()].Metres(), most)
	}
}

// expand labels what can be turned into from the end of a state's arc.
func (r *reach) expand(s network.StateID, metres, most float64) {
	if metres > most {
		return
	}
	for t := r.m.TurnFirst[s]; t < r.m.TurnFirst[s+1]; t++ {
		next := r.m.TurnTo[t]
		if r.pass.Turn[t] == network.Unreachable || r.pass.Arc[r.m.StateArc[next]] == network.Unreachable {
			continue
		}
		there := metres
		if r.m.StateArc[next] == r.m.StateArc[s].Reverse() {
			there += turnBack
		}
		if r.slip(r.m.StateArc[next]) && !r.slip(r.m.StateArc[s]) {
			there += leaveRoad
		}
		if l, ok := r.labels[next]; ok && l.metres <= there {
			continue
		}
		r.labels[next] = label{metres: there, parent: s}
		heap.Push(&r.queue, ahead{next, there})
	}
}

// slip reports whether an arc begins on a slip road.
func (r *reach) slip(a network.ArcID) bool { return entered(r.m, a).Flags&network.Link != 0 }

// path appends the arcs entered on the way to a state found last: none if it is
// the one that the search began on and was reached without leaving it.
func (r *reach) path(dst []network.ArcID, state network.StateID) []network.ArcID {
	l, ok := r.labels[state]
	if !ok || !l.done {
		return dst
	}
	for {
		dst = append(dst, r.m.StateArc[state])
		if l.parent == r.start {
			break
		}
		state = l.parent
		l = r.labels[state]
	}
	slices.Reverse(dst)
	return dst
}

// ahead is a state to be looked at, and the metres to it.
type ahead struct {
	state  network.StateID
	metres float64
}

// A frontier is a heap of states, the nearest first; of equally near ones the one
// with the smallest number.
type frontier []ahead

func (f frontier) Len() int { return len(f) }
func (f frontier) Less(i, j int) bool {
	if f[i].metres != f[j].metres {
		return f[i].metres < f[j].metres
	}
	return f[i].state < f[j].state
}
func (f frontier) Swap(i, j int) { f[i], f[j] = f[j], f[i] }

// Push adds a state; it is for package heap.
func (f *frontier) Push(x any) { *f = append(*f, x.(ahead)) } //nolint:forcetypeassert // a frontier holds nothing else

// Pop removes the last state; it is for package heap.
func (f *frontier) Pop() any {
	old := *f
	x := old[len(old)-1]
	*f = old[:len(old)-1]
	return x
}
