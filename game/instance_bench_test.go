package game

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// postedGrid is a grid with candidates for posts: an edge drawn at random, or one
// within a few streets of a terminal, where cuts are.
func postedGrid(side, area, candidates, budget int, near bool, seed uint64) *Instance {
	in := flowGrid(side, area, seed)
	in.Kind, in.Budget = EdgePostsDiscrete, float64(budget)
	for e := range in.Edges {
		in.Edges[e] = ID{Text: fmt.Sprint(e), Number: true}
	}
	in.PPost = append([]float64(nil), in.P...)
	r := rand.New(rand.NewPCG(seed, 1))
	s, t := int(in.Sources[len(in.Sources)/2]), int(in.Sinks[len(in.Sinks)/2])
	for n := 0; n < candidates; {
		e := r.IntN(len(in.From))
		if near {
			v := int(in.From[e])
			off := func(s int) float64 { return max(math.Abs(float64(v%side-s%side)), math.Abs(float64(v/side-s/side))) }
			if min(off(s), off(t)) > float64(area)+5 {
				continue
			}
		}
		if in.PPost[e] == in.P[e] {
			in.PPost[e] *= 0.1 + 0.6*r.Float64()
			n++
		}
	}
	return in
}

func BenchmarkPostsDiscrete(b *testing.B) {
	for _, area := range []int{1, 3, 9} {
		for _, near := range []bool{false, true} {
			for seed := range uint64(3) {
				in := postedGrid(316, area, 200, 10, near, 1+seed)
				b.Run(fmt.Sprintf("area=%d/near=%v/seed=%d", area, near, 1+seed), func(b *testing.B) {
					for b.Loop() {
						r, err := Solve(context.Background(), in, Options{})
						if err != nil || r.Status != Optimal {
							b.Fatal(err, r)
						}
						b.ReportMetric(float64(len(r.Proof["cuts"].([][]ID))), "cuts")
						b.ReportMetric(float64(len(r.Posts)), "posts")
						b.ReportMetric(r.Upper, "value")
					}
				})
			}
		}
	}
}

// BenchmarkReadInstance reads a grid of a million nodes.
func BenchmarkReadInstance(b *testing.B) {
	in := flowGrid(1000, 1, 1)
	var s strings.Builder
	s.WriteString(`{"kind":"edge+mean_time","mean_time_budget":100000,"directed":false,"source":[0],"sink":[999999],"nodes":[0`)
	for v := 1; v < len(in.Nodes); v++ {
		fmt.Fprintf(&s, ",%d", v)
	}
	s.WriteString(`],"edges":[`)
	for e := range in.From {
		if e > 0 {
			s.WriteString(",\n")
		}
		fmt.Fprintf(&s, `{"id":"e%d","from":%d,"to":%d,"p":%v,"time":%v}`, e, in.From[e], in.To[e], in.P[e], float64(in.Time[e])/10)
	}
	s.WriteString("]}")
	src := []byte(s.String())
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := ReadInstance(bytes.NewReader(src)); err != nil {
			b.Fatal(err)
		}
	}
}
