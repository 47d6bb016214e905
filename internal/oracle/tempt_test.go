package oracle_test

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/oracle"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan"
)

// tally says what became of the turn restrictions of an extract.
type tally struct {
	all, real, tempted, courses int
	rest                        map[string][]int64 // relations by why they were not exercised
}

// TestTurnRestrictionsTempted asks, for every turn restriction, for a drive that
// would be fastest against it, and compares what the map does with the oracle.
func TestTurnRestrictionsTempted(t *testing.T) {
	total := tally{}
	eachExtract(t, func(t *testing.T, b *both) {
		kept := passages{b, map[string]*network.Passage{}}
		sum := tally{rest: map[string][]int64{}}
		for i := range b.net.Relations {
			b.tempt(t, &b.net.Relations[i], &sum, &kept)
		}
		for _, n := range b.m.Meta.Notes {
			if used := sum.all - sum.unused(); n.Kind == "turn restrictions used" && n.N != used {
				t.Errorf("the map uses %d turn restrictions, the oracle %d", n.N, used)
			}
		}
		t.Logf("%d relations, %d forbid something that can be driven, %d of them exercised by %d courses; not exercised: %s", sum.all, sum.real, sum.tempted, sum.courses, sum.reasons())
		total.all, total.real, total.tempted = total.all+sum.all, total.real+sum.real, total.tempted+sum.tempted
	})
	t.Logf("in all: %d relations, %d forbid something that can be driven, %d of them exercised", total.all, total.real, total.tempted)
	if total.tempted*100 < total.real*95 {
		t.Errorf("only %d of %d turn restrictions were exercised", total.tempted, total.real)
	}
}

// These reasons say that a relation could have been exercised.
const (
	shorter  = "another way is faster anyway"
	turnBack = "forbids turning back at a dead end only"
	twin     = "its way runs along the same segment twice"
	nobody   = "what it forbids is closed to everyone it is for"
)

func (s *tally) unused() (n int) {
	for why, list := range s.rest {
		if why != shorter && why != turnBack && why != twin && why != nobody {
			n += len(list)
		}
	}
	return n
}

func (s *tally) reasons() string {
	var lines []string
	for why, list := range s.rest {
		line := fmt.Sprintf("%d %s", len(list), why)
		if why == shorter || why == turnBack {
			line += " " + fmt.Sprint(list)
		}
		lines = append(lines, line)
	}
	sort.Strings(lines)
	return strings.Join(lines, "; ")
}

// tempt exercises one relation.
func (b *both) tempt(t *testing.T, r *oracle.Relation, sum *tally, kept *passages) {
	t.Helper()
	sum.all++
	if r.Why != "" {
		sum.rest[r.Why] = append(sum.rest[r.Why], r.ID)
		return
	}
	why, tempted := nobody, 0
	for _, banned := range r.Banned {
		from, to := banned.Course[0], banned.Course[len(banned.Course)-1]
		if from == to.Reverse() {
			if why == nobody {
				why = turnBack
			}
			continue
		}
		for class, applies := range banned.Applies {
			if !applies || !b.drivable(banned.Course, class) {
				continue
			}
			if b.spots[from.Segment()].chain == network.None || b.spots[to.Segment()].chain == network.None {
				why = twin
				continue
			}
			// Nearer to the junction a way round is less likely to be faster.
			if b.ask(t, r, banned.Course, class, 0.05, kept) || b.ask(t, r, banned.Course, class, 0.002, kept) {
				tempted++
			} else {
				why = shorter
			}
			break
		}
	}
	switch {
	case tempted > 0:
		sum.real++
		sum.tempted++
		sum.courses += tempted
		return
	case why != nobody:
		sum.real++
	}
	sum.rest[why] = append(sum.rest[why], r.ID)
}

// drivable reports whether a class may drive all of a course.
func (b *both) drivable(course []oracle.Edge, class int) bool {
	for _, e := range course {
		d := 0
		if e.Against() {
			d = 1
		}
		if b.net.Ways[b.net.Segments[e.Segment()].Way].Access[d][class] == oracle.Forbidden {
			return false
		}
	}
	return true
}

// ask compares the drive from near the end of the course's first edge, a share of
// it away, to near the beginning of its last one. It returns false if the course is not the fastest drive there
// even when nothing forbids it.
func (b *both) ask(t *testing.T, r *oracle.Relation, course []oracle.Edge, class int, near float64, kept *passages) bool {
	t.Helper()
	from, to := course[0], course[len(course)-1]
	along := func(e oracle.Edge, share float64) float64 {
		if e.Against() {
			return 1 - share
		}
		return share
	}
	origin, start := b.place(from.Segment(), along(from, 1-near))
	goal, end := b.place(to.Segment(), along(to, near))
	c := convoy{name: fmt.Sprint("class ", class), vehicle: network.Vehicle{Classes: 1 << class}, private: true}
	q := oracle.Question{
		Vehicle: c.oracle(), Private: true, From: origin, To: []oracle.Position{goal},
		Parts: []int{b.net.Part(from.Segment()), b.net.Part(to.Segment())}, Unrestricted: true,
	}
	if !contains(b.net.Fastest(q)[0].Edges, course) {
		return false
	}
	q.Unrestricted = false
	want := b.net.Fastest(q)[0]
	took, arcs, ok := plan.Fastest(b.index, kept.get(&c, start.Chain, end.Chain), start, end)
	if d, same := agree(took, arcs, ok, want); !same {
		t.Errorf("relation %d %v, class %d: the map says %d ms (%v), the oracle %.1f ms, %.1f apart; the map by ways %s, the oracle by %s",
			r.ID, r.Values, class, took, ok, want.Milliseconds, d, b.arcWays(arcs), b.edgeWays(want.Edges))
	}
	if ok && contains(arcs, b.arcsOf(course)) {
		t.Errorf("relation %d %v, class %d: the map drives against it, by ways %s", r.ID, r.Values, class, b.arcWays(arcs))
	}
	if !math.IsInf(want.Milliseconds, 1) && contains(want.Edges, course) {
		t.Errorf("relation %d %v, class %d: the oracle drives against it", r.ID, r.Values, class)
	}
	return true
}

// arcsOf returns the arcs that drive along a course. Its first and last edge have
// arcs of their own, those between them may share theirs.
func (b *both) arcsOf(course []oracle.Edge) []network.ArcID {
	arcs := []network.ArcID{b.arc(course[0])}
	for i, e := range course[1:] {
		a := b.arc(e)
		if first, final := i == 0, i == len(course)-2; !first && !final && a == arcs[len(arcs)-1] {
			continue
		}
		arcs = append(arcs, a)
	}
	return arcs
}

// contains reports whether a sequence is found in another in one piece.
func contains[T comparable](all, piece []T) bool {
	for i := 0; i+len(piece) <= len(all); i++ {
		if slices.Equal(all[i:i+len(piece)], piece) {
			return true
		}
	}
	return false
}
