package reach

import "slices"

// Passing returns which of some routes come within reach of a place, by index,
// counted with the wide radius.
func (x *Game) Passing(routes []Route, p Place) []int {
	var out []int
	for i, r := range routes {
		if slices.Contains(x.g.passed(x.column(r), true), p.d) {
			out = append(out, i)
		}
	}
	return out
}

// Worth returns the greatest chance that any disc gives against routes drawn with
// their odds when the chance of each disc is changed, counted with the wide radius.
// changed must not fall where its argument rises.
func (x *Game) Worth(routes []Route, changed func(chance float64) float64) float64 {
	columns, odds := make([]*route, len(routes)), make([]float64, len(routes))
	for i, r := range routes {
		columns[i], odds[i] = x.column(r), r.Prob
	}
	// Of the discs that the same routes pass the one with the greatest chance counts,
	// whatever chances are changed to.
	load := x.wide.load(columns, odds)
	most := 0.0
	for _, b := range load.best() {
		most = max(most, changed(x.g.pWide[b.d])*load.odds[b.d])
	}
	return most
}
