package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
)

// joined is how many metres apart two parts of one hazard may be: it is cut
// where chains meet.
const joined = 1.0

// A passing is a hazard on a drive, before parts of the same one are joined.
type passing struct {
	outrider.HazardPass
	kind hazard.Kind
}

// hazards lists what a drive passes, in order: hazards of the map, findings in
// force, chokepoints and stretches with no exit. What holds only in the other
// direction is left out. A hazard at a junction counts whichever chain it is
// kept at. Hazards of one kind and detail that follow one another without a gap
// are one.
func (it *itinerary) hazards() []outrider.HazardPass {
	m := it.w.m
	var all []passing
	add := func(i int, h *network.Hazard, lo, hi network.Millimetres) {
		from, to := it.span(i, lo, hi)
		k := hazard.Kind(h.Kind)
		all = append(all, passing{outrider.HazardPass{
			Kind: k.String(), From: from, To: to, Detail: detailOf(h, it.runs[i].arc), Evidence: m.Text(h.Tags), OSM: h.Object(),
			Band: it.bandOn(i, lo, hi),
		}, k})
	}
	for i, r := range it.runs {
		c := r.arc.Chain()
		for k := range m.HazardsOn(c) {
			h := &m.HazardsOn(c)[k]
			lo, hi := max(h.From, r.low()), min(h.To, r.high())
			if h.Node != network.None || !concerns(h.Heading, r.arc) || lo > hi || lo == hi && h.From != h.To {
				continue
			}
			add(i, h, lo, hi)
		}
		// Hazards at the junctions, from wherever they are kept.
		if i == 0 && r.from == begin(m, r.arc) {
			it.atNode(i, m.ArcTail(r.arc), r.from, add)
		}
		if r.to == end(m, r.arc) && r.length() > 0 {
			it.atNode(i, m.ArcHead(r.arc), r.to, add)
		}
	}
	all = append(all, it.findings()...)
	for _, c := range it.w.choke {
		if from, to, ok := it.w.passage(it.drive, it.odometer, c); ok {
			i, at := it.at(from)
			all = append(all, passing{outrider.HazardPass{
				Kind: hazard.Chokepoint.String(), From: from, To: to, Detail: c.source(), Evidence: "computed on the network", Band: it.bandOn(i, at, at),
			}, hazard.Chokepoint})
		}
	}
	for i, r := range it.runs {
		_, found := slices.BinarySearchFunc(it.w.noExits, r.arc, func(n noExit, a network.ArcID) int { return cmp.Compare(n.arc, a) })
		if !found {
			continue
		}
		from, to := it.span(i, r.low(), r.high())
		all = append(all, passing{outrider.HazardPass{
			Kind: hazard.NoExit.String(), From: from, To: to, Detail: "no turn off that the convoy may take", Evidence: "computed on the network", Band: it.bandOn(i, r.low(), r.high()),
		}, hazard.NoExit})
	}
	return it.inOrder(all)
}

// atNode adds the hazards at a junction that the drive passes at the end of run
// i (or at its very beginning).
func (it *itinerary) atNode(i int, n network.NodeID, at network.Millimetres, add func(int, *network.Hazard, network.Millimetres, network.Millimetres)) {
	m := it.w.m
	for _, k := range it.w.hazardsAt(n) {
		h := &m.Hazards[k]
		// A heading at a node is that of its chain: it holds for those who come
		// along it or leave along it.
		here := it.runs[i].arc
		if h.Heading != network.BothWays && h.Chain == here.Chain() && !concerns(h.Heading, here) {
			continue
		}
		if h.Heading != network.BothWays && i+1 < len(it.runs) {
			if next := it.runs[i+1].arc; h.Chain == next.Chain() && !concerns(h.Heading, next) {
				continue
			}
		}
		add(i, h, at, at)
	}
}

// concerns reports whether what holds in a heading concerns who drives the arc.
func concerns(h network.Heading, a network.ArcID) bool {
	return h == network.BothWays || a.Backwards() == (h == network.BackwardOnly)
}

// detailOf says what the hazard's value means to who drives the arc: a grade is
// uphill or downhill.
func detailOf(h *network.Hazard, a network.ArcID) string {
	if h.Kind != network.SteepGrade {
		return hazard.Detail(*h)
	}
	v := float64(h.Value) / 10
	if a.Backwards() {
		v = -v
	}
	if v < 0 {
		return fmt.Sprintf("%g %% downhill", -v)
	}
	return fmt.Sprintf("%g %% uphill", v)
}

// span returns where on the odometer a stretch of run i begins and ends.
func (it *itinerary) span(i int, lo, hi network.Millimetres) (from, to float64) {
	from, to = it.reading(i, lo), it.reading(i, hi)
	return min(from, to), max(from, to)
}

// bandOn returns the greatest band of exposure on a stretch of run i.
func (it *itinerary) bandOn(i int, lo, hi network.Millimetres) int {
	a := it.runs[i].arc
	p, _ := it.w.exposure.At(a, lo)
	if q, _ := it.w.exposure.At(a, hi); q > p {
		p = q
	}
	for s := range it.w.exposure.Along(a, lo, hi) {
		p = max(p, s.P)
	}
	return it.w.in.Profile.Band(p)
}

// findings lists the findings in force on the drive's carriageway. Of havens
// that were verified the list of havens tells.
func (it *itinerary) findings() []passing {
	w := it.w
	var out []passing
	for i, r := range it.runs {
		lo, hi := r.low(), r.high()
		first, _ := slices.BinarySearchFunc(w.placed, r.arc.Chain(), func(k int, c network.ChainID) int { return cmp.Compare(w.in.Findings[k].Location.Chain, c) })
		for _, k := range w.placed[first:] {
			f := &w.findings[k]
			at := f.Location.At
			if f.Location.Chain != r.arc.Chain() {
				break
			}
			// Of two runs that meet at a stop, the first has what is at the border.
			if at < lo || at > hi || f.Finding.Rating == 0 || f.Finding.Kind == hazard.SafeHavenVerified || f.Finding.Kind == hazard.Clear || (i > 0 && at == r.from && r.length() > 0 && it.runs[i-1].arc == r.arc) {
				continue
			}
			detail := fmt.Sprintf("rated %d of %d", f.Finding.Rating, hazard.MaxRating)
			if f.Finding.Note != "" {
				detail += ": " + f.Finding.Note
			}
			kind := f.Finding.Kind
			if f.Lapsed {
				detail = "expired " + f.Finding.Expiry.String() + ": " + kind.String() + ", " + detail
				kind = hazard.Unsurveyed
			}
			from, to := it.span(i, at, at)
			out = append(out, passing{outrider.HazardPass{
				Kind: kind.String(), From: from, To: to, Detail: detail, Finding: f.Finding.ID,
				Evidence: "surveyed by " + f.Finding.Surveyor + " on " + f.Finding.Date.String(), Band: it.bandOn(i, at, at),
			}, kind})
		}
	}
	return out
}

// inOrder sorts by odometer, joins the parts of one hazard, and puts in places
// and times.
func (it *itinerary) inOrder(all []passing) []outrider.HazardPass {
	slices.SortStableFunc(all, func(a, b passing) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.kind, b.kind), cmp.Compare(a.To, b.To), strings.Compare(a.OSM, b.OSM), strings.Compare(a.Finding, b.Finding))
	})
	type same struct {
		kind            hazard.Kind
		detail, finding string
	}
	open := map[same]int{} // the last of its kind and detail, in out
	out := []outrider.HazardPass{}
	for _, x := range all {
		key := same{x.kind, x.Detail, x.Finding}
		if k, ok := open[key]; ok && x.From <= out[k].To+joined {
			h := &out[k]
			h.To, h.Band = max(h.To, x.To), max(h.Band, x.Band)
			if !strings.Contains(h.Evidence, x.Evidence) && len(h.Evidence) < 200 {
				h.Evidence += "; " + x.Evidence
			}
			continue
		}
		open[key] = len(out)
		out = append(out, x.HazardPass)
	}
	for k := range out {
		h := &out[k]
		i, at := it.at(h.From)
		q := it.w.m.PointAt(it.runs[i].arc.Chain(), at)
		h.Lat, h.Lon, h.At = degrees(q.Lat), degrees(q.Lon), it.head(h.From)
	}
	return out
}
