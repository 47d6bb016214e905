package plan

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// What holds for driving when the movement does not say: Regulation (EC) No
// 561/2006, article 7.
const (
	// DefaultMaxDriving is the longest time at the wheel between breaks.
	DefaultMaxDriving = 4*time.Hour + 30*time.Minute
	// DefaultBreak is what makes a break.
	DefaultBreak = 45 * time.Minute
	// FuelStop is how long a halt for fuel lasts that the planner puts in.
	FuelStop = 30 * time.Minute
)

// Reasons for halts that the planner knows of, and what asks for them.
const (
	reasonFuel = "fuel"
	reasonRest = "rest"
	whyFuel    = "fuel"
	whyHours   = "driving hours"
)

// Bounds on halts put in.
const (
	// mostTries is how many places are tried for one halt, and mostAdded how often a
	// place for a halt is looked for on a leg.
	mostTries = 4
	mostAdded = 12
	// leastProgress is by what part of a limit a halt must bring the column nearer
	// to the destination than the halt before it.
	leastProgress = 0.05
	// mostNeeds bounds the list where a limit is absurdly small.
	mostNeeds = 100
)

// limits returns the longest time at the wheel and what makes a break.
func (p *planner) limits() (wheel, rest time.Duration) {
	d := p.in.Movement.Constraints.Driving
	return cmp.Or(d.MaxDriving, DefaultMaxDriving), cmp.Or(d.Break, DefaultBreak)
}

// A demand is one of the two things that ask for halts: it uses something up as
// the column drives, and some halts fill it up again.
type demand struct {
	why     string
	limit   float64 // seconds at the wheel, or metres
	carried float64 // used up before the leg
	minutes float64 // how long a halt must be
	meets   func(outrider.Halt) bool
	used    func(it *itinerary, run int) float64 // from the start of the leg to the end of a run
}

// demands returns what may ask for halts on this leg.
func (w *legWork) demands() []demand {
	wheel, rest := w.limits()
	out := []demand{{
		why: whyHours, limit: wheel.Seconds(), carried: w.atWheel(), minutes: rest.Minutes(),
		meets: func(h outrider.Halt) bool { return h.Duration >= rest },
		used:  func(it *itinerary, run int) float64 { return it.driven(slow, run) },
	}}
	if w.column.FuelKM > 0 {
		out = append(out, demand{
			why: whyFuel, limit: w.column.FuelKM * 1000, carried: w.free.tank, minutes: FuelStop.Minutes(),
			meets: func(h outrider.Halt) bool { return h.Reason == reasonFuel },
			used:  func(it *itinerary, run int) float64 { return it.reached(run) },
		})
	}
	return out
}

// atWheel returns the seconds at the wheel since the last break with which the leg
// begins: none if the column stands for a break before it.
func (w *legWork) atWheel() float64 {
	_, rest := w.limits()
	// A stay for a duration is as long if the column comes late to it.
	if w.index > 0 && (w.leg.Window.Earliest.Sub(w.free.head) >= rest || w.free.stay && w.free.asked >= rest) {
		return 0
	}
	return w.free.wheel
}

// A need is a halt that a demand asks for, and the stretch in which it can be
// made.
type need struct {
	outrider.HaltNeed
	d        *demand
	from, by float64       // as d counts, from the start of the leg
	lasts    time.Duration // of the halt that meets it
}

// needsOf lists the halts that a demand asks for on a drive: the last one that
// meets it before each time it is used up. Where none does, the next is counted
// as if one were made at the last moment; one that was due before the leg is due
// as it begins.
func (w *legWork) needsOf(it *itinerary, d *demand) []need {
	var out []need
	total := d.used(it, len(it.runs)-1)
	for from := -min(d.carried, d.limit); from+d.limit < total && len(out) < mostNeeds; {
		n := need{d: d, from: max(from, 0), by: from + d.limit}
		n.Why, n.By, n.Minutes = d.why, it.odometerAt(d, n.by), d.minutes
		next := from + d.limit
		for k, last := range it.stops {
			h := w.stops[k+1].halt
			if used := d.used(it, last); h >= 0 && d.meets(w.leg.Halts[h]) && used > from && used <= from+d.limit {
				n.Met, n.Halt, n.Added, n.HaltAt = true, w.stops[k+1].label, w.added[h], it.reached(last)
				n.lasts = w.leg.Halts[h].Duration
				next = used
			}
		}
		out = append(out, n)
		from = next
	}
	return out
}

// odometerAt returns where on a drive a demand has used up so much; it is exact
// at junctions, and in proportion to length between them.
func (it *itinerary) odometerAt(d *demand, used float64) float64 {
	for i, r := range it.runs {
		before, behind := d.used(it, i-1), d.used(it, i)
		if behind >= used && behind > before {
			return it.odometer[i] + r.length()*min(max((used-before)/(behind-before), 0), 1)
		}
	}
	return it.odometer[len(it.runs)]
}

// meetNeeds looks for the halts that driving hours and fuel ask for on the
// primary route, and puts in those that are lacking: at a fuel station, for rest
// at another haven that was verified too, where it costs the least detour. The
// leg is planned anew with each.
func (w *legWork) meetNeeds(ctx context.Context) error {
	given := w.in.Movement.Constraints.Driving
	if given.MaxDriving < 0 || given.Break < 0 {
		return &outrider.Error{Kind: outrider.Invalid, Where: "constraints, driving", Cause: "a time at the wheel or a break of less than no time", Remedy: "give durations above 0"}
	}
	stuck := map[string]int{} // needs for which no place was found, by why
	for range mostAdded {
		open := w.openNeeds(stuck)
		if len(open) == 0 || given.NoExtraHalts {
			break
		}
		done, err := w.putIn(ctx, open[0])
		if err != nil {
			return err
		}
		if !done {
			stuck[open[0].Why]++
		}
	}
	w.needs = []outrider.HaltNeed{}
	open := map[string][]need{}
	for _, n := range w.allNeeds() {
		w.needs = append(w.needs, n.HaltNeed)
		switch {
		case n.Added:
			w.warn("%s: a halt of %s at %s, km %.1f, was put in: %s for one by km %.1f", w.name, lasting(n.lasts), n.Halt, n.HaltAt/1000, asks(n.Why), n.By/1000)
		case !n.Met:
			open[n.Why] = append(open[n.Why], n)
		}
	}
	for _, d := range w.demands() {
		w.warnOpen(open[d.why])
	}
	return nil
}

// asks says in words that something asks.
func asks(why string) string {
	if why == whyFuel {
		return "the fuel range asks"
	}
	return why + " ask"
}

// mostNamed is how many of the halts that are lacking a warning names.
const mostNamed = 3

// warnOpen warns of the needs of one kind that no halt meets.
func (w *legWork) warnOpen(open []need) {
	if len(open) == 0 {
		return
	}
	what, more := "a halt", ""
	if len(open) > 1 {
		what = "halts"
	}
	var by []string
	for _, n := range open[:min(len(open), mostNamed)] {
		by = append(by, fmt.Sprintf("%.1f", n.By/1000))
	}
	if n := len(open) - mostNamed; n > 0 {
		more = fmt.Sprintf(", and %d more", n)
	}
	w.warn("%s: %s for %s of %.0f min by km %s%s; the plan has none", w.name, asks(open[0].Why), what, open[0].Minutes, strings.Join(by, ", "), more)
}

// allNeeds lists the needs of the primary in order of passage.
func (w *legWork) allNeeds() []need {
	it := w.itinerary(w.primary)
	var out []need
	for _, d := range w.demands() {
		out = append(out, w.needsOf(it, &d)...)
	}
	slices.SortStableFunc(out, func(a, b need) int { return cmp.Compare(a.By, b.By) })
	return out
}

// openNeeds lists those that no halt meets, but for the first so many of a kind
// that were given up.
func (w *legWork) openNeeds(stuck map[string]int) []need {
	passed := map[string]int{}
	return slices.DeleteFunc(w.allNeeds(), func(n need) bool {
		if n.Met {
			return true
		}
		passed[n.Why]++
		return passed[n.Why] <= stuck[n.Why]
	})
}

// putIn puts in a halt that meets a need: it tries places in order until the leg
// planned with one has it before the limit. Where none does, the leg is as before.
func (w *legWork) putIn(ctx context.Context, n need) (done bool, err error) {
	// A halt that is due for both reasons serves both: it lasts as long as the
	// longer one.
	h := outrider.Halt{Duration: time.Duration(n.d.minutes * float64(time.Minute)), Reason: reasonRest}
	wheel, rest := w.limits()
	atPump := n.Why == whyFuel
	others := slices.ContainsFunc(w.openNeeds(nil), func(o need) bool { return o.Why != n.Why })
	both := others || atPump && w.itinerary(w.primary).drivingBy(slow) > wheel.Seconds()
	if both {
		h.Duration = max(rest, FuelStop)
	}
	if atPump || both {
		h.Reason = reasonFuel
	}
	places := w.haltPlaces(n, h.Reason == reasonFuel, h.Duration)
	if len(places) == 0 && !atPump {
		h.Reason, h.Duration = reasonRest, rest
		places = w.haltPlaces(n, false, h.Duration)
	}
	halts, added := w.leg.Halts, w.added
	for _, x := range places[:min(len(places), mostTries)] {
		h.At = x.at
		w.leg.Halts = slices.Insert(slices.Clone(halts), x.index, h)
		w.added = slices.Insert(slices.Clone(added), x.index, true)
		switch err := w.settle(ctx); {
		case outrider.KindOf(err) == outrider.Interrupted:
			return false, err
		case err == nil && w.meets(n):
			return true, nil
		}
	}
	w.leg.Halts, w.added = halts, added
	return false, w.settle(ctx)
}

// meets reports whether the leg as planned now meets a need that it did not meet:
// every need of its kind up to there, but for those before it that were given up.
func (w *legWork) meets(n need) bool {
	it := w.itinerary(w.primary)
	for _, d := range w.demands() {
		if d.why != n.Why {
			continue
		}
		for _, other := range w.needsOf(it, &d) {
			if !other.Met && other.by > n.from+1e-6 && other.by <= n.by+1e-6 {
				return false
			}
		}
	}
	return true
}

// A haltPlace is a place for a halt, and its place among the halts of the leg.
type haltPlace struct {
	at     outrider.Endpoint
	index  int
	cost   float64 // milliseconds: its detour, and that of this halt and of those still needed after it
	detour uint32  // milliseconds against the fastest way between the stops on either side
	used   float64 // as the demand counts
	left   float64 // likewise, from there to the destination
	before bool    // it lies before the limit
	stuck  int     // 1 if no chain of places leads on from it to the destination
	osm    string
}

// haltPlaces lists where a halt may be put in before a need's limit, that which
// costs least time first: its detour, and the standing there and at the halts that
// will be needed after it. Places from which no chain of others leads on to the
// destination come last. atPump keeps to fuel stations; else every haven that was
// verified counts too. It looks as far as routes within the detour limit reach.
func (w *legWork) haltPlaces(n need, atPump bool, stands time.Duration) []haltPlace {
	it := w.itinerary(w.primary)
	verified := hazard.VerifiedHavens(w.m, w.findings)
	total := n.d.used(it, len(it.runs)-1)
	each := 1.0 // used up in each likely second; ratio: slow seconds in each
	ratio := 1.0
	if seconds := it.driving(); seconds > 0 {
		each, ratio = total/seconds, it.drivingBy(slow)/seconds
	}
	var out []haltPlace
	halts := 0
	// What a full tank or a rested driver had before them where this need begins,
	// less what was driven of it when a section begins: a place from which no less
	// is left is no use, for the column would drive to and fro between two of them.
	left, counted := 0.0, false
	fresh := n.from > 0 || n.d.carried == 0
	for k := range it.stops {
		if k > 0 && w.stops[k].halt >= 0 {
			halts++
		}
		before := 0.0
		if k > 0 {
			before = n.d.used(it, it.stops[k-1])
		}
		if n.d.used(it, it.stops[k]) <= n.from {
			continue
		}
		least := w.leastSection(w.time, w.stops[k], w.stops[k+1])
		if !counted {
			left, counted = -(n.from-before)/each, true
		}
		left += float64(least) / 1000
		behind := total - n.d.used(it, it.stops[k]) // from the end of the section on
		for i := range w.m.Havens {
			h := &w.m.Havens[i]
			_, known := verified[i]
			if h.AccessChain == network.None || h.Kind != network.Fuel && (atPump || !known) || h.Kind == network.Helipad {
				continue
			}
			x, ok := w.halfWay(k, h)
			if !ok {
				continue
			}
			used := before + float64(x.in)/1000*ratio
			if n.Why == whyFuel {
				used = before + x.metres
			}
			if used <= n.from || fresh && left-float64(x.out)/1000 < leastProgress*n.d.limit/each {
				continue
			}
			p := h.AccessPoint
			label := w.m.Text(h.Name)
			if label == "" {
				label = h.Kind.String() + " " + h.Object()
			}
			out = append(out, haltPlace{
				at: outrider.Endpoint{Label: label, Point: &p}, index: halts, osm: h.Object(), used: used, before: used <= n.by,
				left: float64(x.out)/1000*each + behind, detour: x.in + x.out - min(least, x.in+x.out),
			})
		}
	}
	slices.SortFunc(out, func(a, b haltPlace) int { return cmp.Or(cmp.Compare(b.used, a.used), cmp.Compare(a.osm, b.osm)) })
	after := chained(out, n.d.limit)
	for i := range out {
		x := &out[i]
		more := after[i]
		if more < 0 {
			x.stuck, more = 1, int(math.Ceil(max(x.left/n.d.limit-1, 0)))
		}
		x.cost = float64(x.detour) + float64(1+more)*float64(stands.Milliseconds())
	}
	out = slices.DeleteFunc(out, func(x haltPlace) bool { return !x.before })
	slices.SortStableFunc(out, func(a, b haltPlace) int { return cmp.Or(cmp.Compare(a.stuck, b.stuck), cmp.Compare(a.cost, b.cost)) })
	return apart(out)
}

// chained returns, of places in order from the last to the first, how many more of
// them must be halted at after each so that none is farther from the next than a
// limit; -1 where there is no such chain. Ways to and from the route are not
// counted: a place is as far from the next as what is used up to each differs.
func chained(places []haltPlace, limit float64) []int {
	out := make([]int, len(places))
	for i, x := range places {
		if x.left <= limit {
			continue
		}
		out[i] = -1
		for j, y := range places[:i] {
			if out[j] >= 0 && y.used-x.used <= limit && y.used-x.used >= leastProgress*limit && (out[i] < 0 || out[j]+1 < out[i]) {
				out[i] = out[j] + 1
			}
		}
	}
	return out
}

// apartMetres is how far from one another places tried for a halt are: where one
// was no good, its neighbour is none either.
const apartMetres = 300

func apart(places []haltPlace) []haltPlace {
	var out []haltPlace
	for _, x := range places {
		if !slices.ContainsFunc(out, func(o haltPlace) bool { return geo.Distance(*o.at.Point, *x.at.Point) < apartMetres }) {
			out = append(out, x)
		}
	}
	return out
}

// via is what a drive through a place between two stops takes.
type via struct {
	in, out uint32  // milliseconds up to the place, and from it
	metres  float64 // up to the place
}

// halfWay returns the least that a haven's access point takes as a stop of
// section k, passed as it is come to; ok is false beyond the trees of the search
// for chokepoints.
func (w *legWork) halfWay(k int, h *network.Haven) (best via, ok bool) {
	chokes := w.chokes()
	ahead, back := chokes.forward(k), chokes.c.trees[k]
	least := uint64(search.Unreachable)
	for _, t := range w.targets(w.time, network.Location{Chain: h.AccessChain, At: h.AccessAt}) {
		in, before, found := w.graph.Arrival(w.time.Metric, ahead, t)
		if !found {
			continue
		}
		a := w.arc(t.State)
		part, rest := w.time.part(a, h.AccessAt, end(w.m, a)), back.Label(t.State)
		if part >= search.Unreachable || rest >= search.Unreachable {
			continue
		}
		if total := uint64(in) + uint64(part) + uint64(rest); total < least {
			least = total
			way := run{arc: a, from: begin(w.m, a)}
			best = via{in, part + rest, w.metresFrom(ahead, before, w.stops[k].loc.At) + math.Abs(offset(way, h.AccessAt))}
			ok = true
		}
	}
	return best, ok
}

// metresFrom returns the length of a forward tree's path from a position on its
// first arc to the end of a state's arc.
func (w *legWork) metresFrom(t *search.Tree, state uint32, at network.Millimetres) float64 {
	total := 0.0
	for {
		a := w.arc(state)
		before, _, ok := t.Parent(state)
		if !ok {
			return total + run{arc: a, from: at, to: end(w.m, a)}.length()
		}
		total += w.m.Length[a.Chain()].Metres()
		state = before
	}
}

// sinceFuel returns the metres driven since the last fuel at an odometer reading.
func (w *legWork) sinceFuel(it *itinerary, metres float64) float64 {
	since := metres + w.free.tank
	for k, last := range it.stops {
		if h := w.stops[k+1].halt; h >= 0 && w.leg.Halts[h].Reason == reasonFuel && it.reached(last) <= metres {
			since = metres - it.reached(last)
		}
	}
	return since
}

// carried returns what the leg leaves used up: seconds at the wheel since the
// last break, and metres since the last fuel. A need that no halt meets counts as
// met at the last moment: it was told once.
func (w *legWork) carried(it *itinerary) (wheel, tank float64) {
	last := len(it.runs) - 1
	for _, d := range w.demands() {
		since := -d.carried
		for _, n := range w.needsOf(it, &d) {
			if !n.Met {
				since = max(since, n.by)
			}
		}
		for k, at := range it.stops {
			if h := w.stops[k+1].halt; h >= 0 && d.meets(w.leg.Halts[h]) {
				since = max(since, d.used(it, at))
			}
		}
		used := d.used(it, last) - since
		if d.why == whyFuel {
			tank = used
		} else {
			wheel = used
		}
	}
	return wheel, tank
}
