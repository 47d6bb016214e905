package plan

import (
	"cmp"
	"slices"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

const (
	// havenReach is the driving time in milliseconds from the route within which
	// safe havens are looked for.
	havenReach = 15 * 60 * 1000
	// havensPerKind is the greatest number of one kind listed for a route: those
	// nearest to it.
	havensPerKind = 8
)

// havens finds, for each drive, the safe havens that are the nearest of their
// kind from some junction of it, each from the junction it is nearest to, in
// order of passage. One search for each kind, back from all its havens at once.
func (w *legWork) havens(drives []*itinerary) [][]outrider.HavenPass {
	out := make([][]outrider.HavenPass, len(drives))
	for i := range out {
		out[i] = []outrider.HavenPass{}
	}
	verified := hazard.VerifiedHavens(w.m, w.findings)
	box := w.havenBox(drives)
	var t search.Tree
	nearest := make([]int32, w.graph.States()) // per state with a label: the haven
	for k := range network.HavenKinds {
		first, targets := w.havenTargets(k, box)
		if len(targets) == 0 {
			continue
		}
		w.engine.Backward(w.time.Metric, targets, havenReach, &t)
		for _, s := range t.Order {
			next, last, _ := t.Parent(s)
			if last {
				nearest[s] = first[next].haven
			} else {
				nearest[s] = nearest[next]
			}
		}
		for i, it := range drives {
			found := it.nearestHavens(&t, nearest, verified)
			out[i] = append(out[i], found[:min(len(found), havensPerKind)]...)
		}
	}
	for i := range out {
		slices.SortFunc(out[i], func(a, b outrider.HavenPass) int {
			return cmp.Or(cmp.Compare(a.Odometer, b.Odometer), cmp.Compare(a.Drive, b.Drive), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.OSM, b.OSM))
		})
	}
	return out
}

// havenBox returns a box that holds every haven within reach of the drives.
func (w *legWork) havenBox(drives []*itinerary) geo.Box { return w.boxAround(drives, havenReach) }

// boxAround returns a box that holds every place that is at most the given
// milliseconds from the drives: nothing drives faster than the march speed.
func (w *legWork) boxAround(drives []*itinerary, reach float64) geo.Box {
	box := geo.EmptyBox()
	for _, d := range drives {
		for _, r := range d.runs {
			box = box.Extend(w.m.PointAt(r.arc.Chain(), r.to))
		}
	}
	far := w.column.MarchKMH / 3.6 * reach / 1000
	// A metre is the most longitude where the box is nearest to a pole, so all four
	// corners count.
	for _, corner := range [...]point{box.Min, box.Max, {Lat: box.Min.Lat, Lon: box.Max.Lon}, {Lat: box.Max.Lat, Lon: box.Min.Lon}} {
		box = box.Union(geo.BoxAround(corner, far))
	}
	return box
}

// A havenPart is the haven first reached in a state.
type havenPart struct {
	haven int32 // in Map.Havens
	part  uint32
}

// havenTargets returns the access points of the havens of a kind as targets, and
// which haven is the first in each state that has one.
func (w *legWork) havenTargets(k network.HavenKind, box geo.Box) (map[uint32]havenPart, []search.Target) {
	first := map[uint32]havenPart{}
	var targets []search.Target
	for i, x := range w.m.Havens {
		if x.Kind != k || x.AccessChain == network.None || !box.Contains(x.AccessPoint) {
			continue
		}
		for _, t := range w.targets(w.time, network.Location{Chain: x.AccessChain, At: x.AccessAt}) {
			if t.Part >= search.Unreachable {
				continue // nobody drives to it along this arc
			}
			if old, ok := first[t.State]; !ok || t.Part < old.part {
				first[t.State] = havenPart{int32(i), t.Part}
			}
			targets = append(targets, t)
		}
	}
	return first, targets
}

// nearestHavens lists the havens of a kind that are the nearest from some
// junction of the drive, by driving time.
func (it *itinerary) nearestHavens(t *search.Tree, nearest []int32, verified map[int]hazard.Finding) []outrider.HavenPass {
	w := it.w
	best := map[int32]int{} // haven: run from whose end it is nearest
	for i, r := range it.runs {
		if r.to != end(w.m, r.arc) || t.Label(r.state) >= search.Unreachable {
			continue
		}
		n := nearest[r.state]
		if j, ok := best[n]; !ok || t.Label(r.state) < t.Label(it.runs[j].state) {
			best[n] = i
		}
	}
	var found []outrider.HavenPass
	for n, i := range best {
		h := &w.m.Havens[n]
		_, known := verified[int(n)]
		found = append(found, outrider.HavenPass{
			Kind: h.Kind.String(), Name: w.m.Text(h.Name), OSM: h.Object(), Odometer: it.odometer[i+1],
			Drive: float64(t.Label(it.runs[i].state)) / 1000, Metres: w.metresTo(t, it.runs[i].state, h),
			Lat: degrees(h.Point.Lat), Lon: degrees(h.Point.Lon), Verified: known,
		})
	}
	slices.SortFunc(found, func(a, b outrider.HavenPass) int {
		return cmp.Or(cmp.Compare(a.Drive, b.Drive), cmp.Compare(a.Odometer, b.Odometer), cmp.Compare(a.OSM, b.OSM))
	})
	return found
}

// metresTo returns the length of a backward tree's path from the end of a
// state's arc to a haven's access point.
func (w *legWork) metresTo(t *search.Tree, state uint32, h *network.Haven) float64 {
	total := 0.0
	for {
		next, last, ok := t.Parent(state)
		if !ok {
			return total
		}
		a := w.arc(next)
		if last {
			return total + max(offset(run{arc: a, from: begin(w.m, a)}, h.AccessAt), 0)
		}
		total += w.m.Length[a.Chain()].Metres()
		state = next
	}
}
