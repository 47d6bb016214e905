package plan

import (
	"cmp"
	"slices"

	outrider "github.com/outrider-project/outrider"
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

// havenTrees holds, per kind of haven, the driving time from everywhere to the
// nearest one.
type havenTrees struct {
	trees   [network.HavenKinds]search.Tree
	nearest [network.HavenKinds][]int32 // per state with a label: the haven, in Map.Havens
	parts   [network.HavenKinds]map[uint32]havenPart
}

// A havenPart is the haven first reached on a state's arc.
type havenPart struct {
	haven int
	part  uint32
}

// growHavens searches back from all havens of each kind at once.
func (w *legWork) growHavens() *havenTrees {
	h := &havenTrees{}
	byKind := [network.HavenKinds][]search.Target{}
	for k := range h.parts {
		h.parts[k] = map[uint32]havenPart{}
	}
	for i, x := range w.m.Havens {
		if x.AccessChain == network.None {
			continue
		}
		at := network.Location{Chain: x.AccessChain, At: x.AccessAt}
		for _, t := range w.targets(w.time, at) {
			if old, ok := h.parts[x.Kind][t.State]; !ok || t.Part < old.part {
				h.parts[x.Kind][t.State] = havenPart{i, t.Part}
			}
			byKind[x.Kind] = append(byKind[x.Kind], t)
		}
	}
	for k := range byKind {
		t := &h.trees[k]
		w.engine.Backward(w.time.Metric, byKind[k], havenReach, t)
		h.nearest[k] = make([]int32, w.graph.States())
		for _, s := range t.Order {
			next, last, _ := t.Parent(s)
			if last {
				h.nearest[k][s] = int32(h.parts[k][next].haven)
			} else {
				h.nearest[k][s] = h.nearest[k][next]
			}
		}
	}
	return h
}

// havens lists the safe havens that are the nearest of their kind from some
// junction of the drive, each from the junction it is nearest to, in order of
// passage.
func (it *itinerary) havens() []outrider.HavenPass {
	w := it.w
	if w.havens == nil {
		w.havens = w.growHavens()
		w.verified = hazard.VerifiedHavens(w.m, w.in.Findings)
	}
	out := []outrider.HavenPass{}
	for k := range w.havens.trees {
		t := &w.havens.trees[k]
		best := map[int32]int{} // haven: run from whose end it is nearest
		for i, r := range it.runs {
			if r.to != end(w.m, r.arc) || t.Label(r.state) >= search.Unreachable {
				continue
			}
			n := w.havens.nearest[k][r.state]
			if j, ok := best[n]; !ok || t.Label(r.state) < t.Label(it.runs[j].state) {
				best[n] = i
			}
		}
		var found []outrider.HavenPass
		for n, i := range best {
			h := &w.m.Havens[n]
			_, verified := w.verified[int(n)]
			found = append(found, outrider.HavenPass{
				Kind: h.Kind.String(), Name: w.m.Text(h.Name), OSM: h.Object(), Odometer: it.odometer[i+1],
				Drive: float64(t.Label(it.runs[i].state)) / 1000, Metres: w.metresTo(t, it.runs[i].state, h),
				Lat: degrees(h.Point.Lat), Lon: degrees(h.Point.Lon), Verified: verified,
			})
		}
		slices.SortFunc(found, func(a, b outrider.HavenPass) int {
			return cmp.Or(cmp.Compare(a.Drive, b.Drive), cmp.Compare(a.Odometer, b.Odometer), cmp.Compare(a.OSM, b.OSM))
		})
		out = append(out, found[:min(len(found), havensPerKind)]...)
	}
	slices.SortFunc(out, func(a, b outrider.HavenPass) int {
		return cmp.Or(cmp.Compare(a.Odometer, b.Odometer), cmp.Compare(a.Drive, b.Drive), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.OSM, b.OSM))
	})
	return out
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
