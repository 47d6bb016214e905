package rail

import (
	"slices"

	"github.com/outrider-project/outrider/network"
)

// mostRuns bounds the ways that are tried to find room for a train past one
// switch. A train of 400 m in a yard with a switch every 40 m has some 1,000.
const mostRuns = 20000

// runPast is how a train runs on past a switch until it is wholly clear of it: the
// runs in order, the last one up to a position. It ends where the head stops.
type runPast struct {
	runs    []run
	stop    network.Millimetres // of the head, on the track of the last run
	seconds float64
	cost    float64
}

// reach is a way past a switch being looked at.
type reach struct {
	d      run
	metres float64 // from the switch to the end of d, or to where the head stops
	cost   float64
	before int32
	done   bool // the train is clear of the switch; the head stops in d
}

// runPast finds the quickest way for the head to run from the beginning of b as
// far as the train is long, by moves that need no reversing. It does not come
// back to the node that it began at nor use a track twice: the train would stand
// in its own way. It returns nil if there is no room. The results are kept.
func (g *grid) runPast(b run) *runPast {
	if found, ok := g.past[b]; ok {
		return found
	}
	found := g.findRoom(b)
	g.past[b] = found
	return found
}

func (g *grid) findRoom(b run) *runPast {
	long := g.needs.length
	home := g.rail.ArcTail(g.arc(b))
	var all []reach
	queue := heap[int32]{}
	// offer takes up run d after reach number before.
	offer := func(d run, before int32) {
		x := reach{d: d, before: before}
		if before >= 0 {
			x.metres, x.cost = all[before].metres, all[before].cost
			for i := before; i >= 0; i = all[i].before {
				if all[i].d.piece() == d.piece() {
					return
				}
			}
		}
		if l := g.length(d); x.metres+l < long {
			if g.inside(d) == noRun && g.rail.ArcHead(g.arc(d)) == home {
				return
			}
			x.metres += l
			x.cost += g.cost(d)
		} else {
			_, part := g.part(d, long-x.metres)
			x.cost += part
			x.done = true
		}
		all = append(all, x)
		queue.push(x.cost, int32(len(all)-1))
	}
	offer(b, -1)
	for len(queue) > 0 && len(all) < mostRuns {
		_, i := queue.pop()
		if !all[i].done {
			g.next(all[i].d, func(c run) { offer(c, i) })
			continue
		}
		out := &runPast{cost: all[i].cost}
		for k := i; k >= 0; k = all[k].before {
			out.runs = append(out.runs, all[k].d)
		}
		slices.Reverse(out.runs)
		rest := long
		for _, d := range out.runs[:len(out.runs)-1] {
			rest -= g.length(d)
			out.seconds += g.pieces[d.piece()].seconds[d&1]
		}
		last := out.runs[len(out.runs)-1]
		out.stop = g.after(last, rest)
		s, _ := g.part(last, rest)
		out.seconds += s
		return out
	}
	return nil
}

// after returns the position so many metres after the beginning of a run.
func (g *grid) after(d run, metres float64) network.Millimetres {
	p := &g.pieces[d.piece()]
	mm := min(millimetres(metres), p.to-p.from)
	if d.backwards() {
		return p.to - mm
	}
	return p.from + mm
}

// part returns the seconds and cost of the first metres of a run.
func (g *grid) part(d run, metres float64) (seconds, cost float64) {
	p := &g.pieces[d.piece()]
	at := g.after(d, metres)
	if d.backwards() {
		q := g.measured(p.track, at, p.to)
		return q.seconds[1], q.cost[1]
	}
	q := g.measured(p.track, p.from, at)
	return q.seconds[0], q.cost[0]
}

func millimetres(metres float64) network.Millimetres {
	return network.Millimetres(max(metres, 0)*1000 + 0.5)
}
