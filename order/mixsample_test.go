package order_test

import (
	"fmt"

	"github.com/outrider-project/outrider"
)

// mixed is sample with a mix of n routes: stairs over the same grid of roads, so
// that they share some and part on others, with places, frontier and radii such
// as a leg of half an hour has.
func mixed(name string, n int) *outrider.Plan {
	p := sample(name, 12)
	leg := &p.Legs[0]
	m := &outrider.RouteMix{
		Reach: 100, Step: 25, MaxDetour: 1.3, Usual: 0.041, Single: 0.0244, SingleS: 1420, Upper: 0.00902, Lower: 0.00738, BestKnown: 0.0083,
		Ratio: 0.22, RatioLow: 0.2, RatioHigh: 0.3, FastestS: 1320, MeanS: 1373, Door: 0.0615, Sum: 1 << 20, Method: "column generation over turn-legal routes",
		Areas: []outrider.MixArea{
			{Name: "From " + name, Lat: 50, Lon: 10, Radius: 400},
			{Name: "To " + name, Lat: 50.2, Lon: 10.2, Radius: 400, Assumed: true},
		},
		Frontier: []outrider.MixPoint{
			{MeanS: 1320, Upper: 0.041, Lower: 0.0405},
			{MeanS: 1331, Upper: 0.0222, Lower: 0.0212},
			{MeanS: 1346, Upper: 0.0139, Lower: 0.0127},
			{MeanS: 1372, Upper: 0.00897, Lower: 0.0081},
			{MeanS: 1426, Upper: 0.0083, Lower: 0.00738},
		},
		Radii: []outrider.MixRadius{{Factor: 0.5, Upper: 0.0164, Lower: 0.0151}, {Factor: 1, Upper: 0.00902, Lower: 0.00738}, {Factor: 2, Upper: 0.0061}},
		Proof: []outrider.MixAttack{{Lat: 50.123456, Lon: 10.123456, Prob: 0.987654, P: 0.04321}},
		Notes: []string{"The frontier has no halts in it " + name},
	}
	left := m.Sum
	for i := range n {
		w := left / 2
		if i == n-1 {
			w = left
		}
		left -= w
		r := stairs(fmt.Sprintf("route %d", i+1), name, i)
		m.Routes = append(m.Routes, outrider.MixRoute{Weight: w, Prob: float64(w) / float64(m.Sum), Worst: 0.0244 + 0.002*float64(i), States: []int{i}, Route: r})
	}
	roads := []string{"Bridge street " + name, "Long straight " + name, "Market place", "", "Ring road (west), between the old town and the river"}
	for i := range roads {
		q := outrider.MixPlace{Lat: 50.04 + 0.03*float64(i), Lon: 10.03 + 0.03*float64(i), Road: roads[i], P: 0.03, Passed: 0.3 / float64(i+1), Value: 0.00902 - 0.0005*float64(max(i-2, 0)), Binds: i < 3}
		for j := range n {
			if (j+i)%2 == 0 {
				q.By = append(q.By, j)
			}
		}
		if i < 2 {
			q.Post, q.Usual = 0.0071+0.0011*float64(i), true
		}
		m.Places = append(m.Places, q)
	}
	leg.Mix = m
	return p
}

// stairs is a drive over a grid of 0.04 degrees from corner to corner: east and
// north by turns that follow from the bits of i.
func stairs(label, name string, i int) outrider.RoutePlan {
	r := sampleRoute(label, name, 0, 0, sample(name, 0).Legs[0].Earliest)
	r.Points, r.MaxPBand, r.Detour = nil, 1+i%5, 1+0.02*float64(i)
	r.Duration = 1320 * r.Detour
	const across = 5
	x, y := 0, 0
	put := func() {
		r.Points = append(r.Points, outrider.LatLon{Lat: 50 + 0.04*float64(y), Lon: 10 + 0.04*float64(x)})
	}
	put()
	for step := 0; x < across || y < across; step++ {
		if y == across || x < across && i>>(step%3)&1 == 1 {
			x++
		} else {
			y++
		}
		put()
	}
	r.Steps = nil
	for k, road := range []string{"Mill lane " + name, "unnamed residential road", fmt.Sprintf("Route %d highway", i+1), "Coast road"} {
		r.Steps = append(r.Steps, outrider.Step{Road: road, Length: 2000 + 1000*float64(k), Duration: 200, Turn: "left"})
	}
	return r
}
