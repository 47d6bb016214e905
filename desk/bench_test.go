package desk_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/outrider-project/outrider/desk"
)

// BenchmarkClosures closes a road of the present line a hundred times, each time
// another one, as somebody does who tries things out on the map: what the server's
// part of docs/page.md's figure is made of.
func BenchmarkClosures(b *testing.B) {
	g, q := ground(b), question(b)
	whole, err := g.Sketch(b.Context(), q)
	if err != nil {
		b.Fatal(err)
	}
	line := whole.Legs[0].Line
	var took []time.Duration
	random := rand.New(rand.NewPCG(20, 26))
	for b.Loop() {
		used := map[int]bool{}
		for len(used) < 100 {
			i := 1 + random.IntN(len(line)-2)
			if used[i] {
				continue
			}
			used[i] = true
			t := random.Float64()
			q.Change.Closures = []desk.Closure{{Lat: line[i-1][1] + t*(line[i][1]-line[i-1][1]), Lon: line[i-1][0] + t*(line[i][0]-line[i-1][0])}}
			begun := time.Now()
			if _, err := g.Sketch(b.Context(), q); err == nil { // a road without which there is no way is no line
				took = append(took, time.Since(begun))
			}
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/median")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms/p95")
}
