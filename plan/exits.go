package plan

import (
	"fmt"
	"slices"

	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// NoExitLength is the length in metres from which a stretch that the convoy
// cannot leave counts as one with no exit.
const NoExitLength = 2000

// A noExit is an arc on a long stretch with no exit.
type noExit struct {
	arc    network.ArcID
	length float64 // metres of the whole stretch
}

func (n noExit) detail() string {
	return fmt.Sprintf("no way off for %.1f km", n.length/1000)
}

// longWithoutExit returns the arcs, in order, on stretches of at least
// NoExitLength that the convoy can leave only at their end. An exit is a turn it
// may take onto a road that does not end dead at its other end; turning back is
// none. How the road is cut into ways does not matter. It takes time linear in
// the turns.
func (p *planner) longWithoutExit(l *lane) []noExit {
	m := p.m
	arcs := m.NumArcs()
	// The only way on from an arc, and the number of arcs whose only way on it is.
	next := make([]network.ArcID, arcs)
	before := make([]uint32, arcs)
	for a := range next {
		next[a] = network.None
		if l.Arc[a] >= search.Unreachable {
			continue
		}
		ways := 0
		i, j := p.graph.Turns(uint32(a))
		for ; i < j; i++ {
			b := p.arc(p.graph.Next(i))
			if l.Turn[i] >= search.Unreachable || l.Arc[b] >= search.Unreachable || b == network.ArcID(a).Reverse() {
				continue
			}
			if m.NodeInfo[m.ArcHead(b)].Degree == 1 {
				continue
			}
			ways++
			next[a] = b
		}
		if ways != 1 {
			next[a] = network.None
		}
	}
	for _, b := range next {
		if b != network.None {
			before[b]++
		}
	}
	// Metres to the end of the stretch, and from its farthest beginning: the
	// arcs form trees that lead to their stretch's end. Rings are cut anywhere.
	left := make([]float64, arcs)
	done := make([]bool, arcs)
	var path []network.ArcID
	for a := range network.ArcID(arcs) {
		path = path[:0]
		for b := a; b != network.None && !done[b]; b = next[b] {
			done[b] = true
			path = append(path, b)
		}
		for _, b := range slices.Backward(path) {
			left[b] = m.Length[b.Chain()].Metres()
			if n := next[b]; n != network.None {
				left[b] += left[n]
			}
		}
	}
	back := make([]float64, arcs)
	queue := path[:0]
	for a := range network.ArcID(arcs) {
		if before[a] == 0 {
			queue = append(queue, a)
		}
	}
	for len(queue) > 0 {
		a := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if n := next[a]; n != network.None {
			back[n] = max(back[n], back[a]+m.Length[a.Chain()].Metres())
			if before[n]--; before[n] == 0 {
				queue = append(queue, n)
			}
		}
	}
	var out []noExit
	for a := range network.ArcID(arcs) {
		if total := back[a] + left[a]; l.Arc[a] < search.Unreachable && total >= NoExitLength {
			out = append(out, noExit{a, total})
		}
	}
	return out
}
