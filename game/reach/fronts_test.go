package reach

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSearchBounds holds searches under charges drawn at random against all walks:
// what a proving search says is never above the least, and the least itself when
// everything is remembered.
func TestSearchBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 5))
	exact, tried := 0, 0
	for tried < 600 {
		f, limit := randomTown(r, 1+r.IntN(2))
		if f == nil {
			continue
		}
		walks := every(&f.Field, limit, 3000)
		if len(walks) < 2 {
			continue
		}
		tried++
		var charges []charge
		for range 1 + r.IntN(8) {
			c := charge{level: 1 + int32(r.IntN(5))}
			for p := range f.Pieces {
				if r.IntN(3) == 0 {
					c.pieces = append(c.pieces, uint32(p))
				}
			}
			charges = append(charges, c)
		}
		least, total := int32(1<<30), int32(1)
		for _, c := range charges {
			total += c.level
		}
		for _, w := range walks {
			cost := int32(0)
			for _, c := range charges {
				for _, v := range w {
					if slices.Contains(c.pieces, f.Piece[v]) {
						cost += c.level
						break
					}
				}
			}
			least = min(least, cost)
		}
		w := newWalks(&f.Field, limit)
		s := &w.fronts
		s.charge(charges)
		ask := func(q question) float64 {
			q.below, q.unit, q.effort = float64(total), 1, 1_000_000
			return s.search(&q).least
		}
		if got := ask(question{limit: limit, most: 1}); got < float64(least) {
			t.Fatalf("a quick search found %v, the least is %d", got, least)
		}
		loop := 1 + uint32(r.IntN(int(limit)))
		s.regions(loop)
		got := ask(question{limit: limit, proving: true, most: 1})
		if loop < limit {
			got = min(got, ask(question{limit: limit - loop, proving: true, most: 1, leaps: true}))
		}
		if got > float64(least) {
			t.Fatalf("proved %v, the least is %d", got, least)
		}
		if got == float64(least) {
			exact++
		}
		s.regions(limit * 4)
		if got := ask(question{limit: limit, proving: true, most: 1}); got != float64(least) {
			t.Fatalf("with all remembered %v, the least is %d", got, least)
		}
		s.forget()
	}
	if exact < tried/4 {
		t.Errorf("only %d of %d bounds are exact", exact, tried)
	}
}
