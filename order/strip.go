package order

import (
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
)

// The exposure strip's measures, in units of its view.
const (
	stripWidth  = 2000
	stripHeight = 328
	stripStep   = 30  // height of one band
	stripBase   = 165 // where the odometer runs
	columns     = 1000
)

// strip returns the route's exposure along the odometer as a drawing: a column
// for each thousandth of the way, as high and as dark as the greatest band in it,
// over a scale of kilometres or miles and the marks of the march table.
func strip(r *outrider.RoutePlan, id, name string, f exchange.Form) []byte {
	length := r.Length
	if n := len(r.Odometer); n > 0 {
		length = math.Max(length, r.Odometer[n-1])
	}
	length = math.Max(length, 1)
	x := func(metres float64) float64 { return metres / length * stripWidth }
	out := fmt.Appendf(nil, "<svg class=\"strip\" viewBox=\"-30 0 %d %d\" role=\"img\" aria-labelledby=\"%s-t\" xmlns=\"http://www.w3.org/2000/svg\">\n<title id=\"%s-t\">%s</title>\n",
		stripWidth+60, stripHeight, id, id, escape(name))
	for band := 1; band <= 5; band++ {
		y := stripBase - band*stripStep
		out = fmt.Appendf(out, "<path class=\"rule\" d=\"M0 %dH%d\"/>", y, stripWidth)
	}
	out = append(out, '\n')
	bands := columnBands(r.Exposure, length)
	for from := 0; from < columns; {
		to := from + 1
		for to < columns && bands[to] == bands[from] {
			to++
		}
		if b := bands[from]; b > 0 {
			const w = stripWidth / columns
			out = fmt.Appendf(out, "<rect class=\"x%d\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>", b, from*w, stripBase-b*stripStep, (to-from)*w, b*stripStep)
		}
		from = to
	}
	out = fmt.Appendf(out, "\n<path class=\"axis\" d=\"M0 %dH%d\"/>\n", stripBase, stripWidth)
	unit := 1000.0
	if f.Miles() {
		unit = outrider.MetresPerMile
	}
	step := tick(length/unit) * unit
	for k := 0; float64(k)*step <= length; k++ {
		at := float64(k) * step
		class := "tick"
		if x(at) > stripWidth-60 && at > 0 {
			class = "tick last"
		}
		out = fmt.Appendf(out, "<path class=\"axis\" d=\"M%.0f %dv10\"/><text class=\"%s\" x=\"%.0f\" y=\"%d\">%g</text>", x(at), stripBase, class, x(at), stripBase+36, math.Round(at/unit*1000)/1000)
	}
	out = fmt.Appendf(out, "<text class=\"tick last\" x=\"%d\" y=\"%d\">%s</text>\n", stripWidth+28, stripBase+36, f.Unit())
	names := marks(r.March)
	// Marks close to one another stand in rows below one another; start and
	// release point come first, so that they are never the ones left out.
	var rows [4][]float64
	for pass := 1; pass >= 0; pass-- {
		for i := range r.March {
			if rank(r.March[i].Kind) != pass {
				continue
			}
			at := x(r.March[i].Odometer)
			out = fmt.Appendf(out, "<path class=\"post\" d=\"M%.0f %dV%d\"/>", at, stripBase-5*stripStep, stripBase)
			for row := range rows {
				if slices.ContainsFunc(rows[row], func(other float64) bool { return math.Abs(other-at) < 36 }) {
					continue // in no row: the number would cover another; the line still shows
				}
				rows[row] = append(rows[row], at)
				out = fmt.Appendf(out, "<text class=\"post\" x=\"%.0f\" y=\"%d\">%s</text>", at, stripBase+70+28*row, names[i])
				break
			}
		}
	}
	return append(out, "\n</svg>"...)
}

// columnBands returns for each column of the strip the greatest band in it, 0
// where none is known.
func columnBands(exposure []outrider.ExposureBand, length float64) []int {
	bands := make([]int, columns)
	for i := range exposure {
		e := &exposure[i]
		from := int(math.Floor(e.From / length * columns))
		to := int(math.Ceil(e.To / length * columns))
		for c := max(from, 0); c < min(max(to, from+1), columns); c++ {
			bands[c] = max(bands[c], min(e.Band, 5))
		}
	}
	return bands
}

// tick returns a round distance of which about ten fit into the length.
func tick(length float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(length/8)))
	for _, f := range []float64{1, 2, 5} {
		if unit*f*12 >= length {
			return unit * f
		}
	}
	return unit * 10
}
