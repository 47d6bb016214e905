package hazard_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the tests must not depend on the machine's zones

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
)

func source(t *rapid.T) *rand.Rand {
	return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a), math.Abs(b)) }

// Exposure does not change with the borders of chains: places and routes keep
// their values when chains are cut, joined, turned round or renumbered.
func TestExposureIsAFunctionOfPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := source(t)
		n := randomNet(r)
		spots := n.spots(r, 20)
		d, moved := n.redraw(r, spots)
		o := hazard.Options{Window: hazard.Window{From: hazard.Minute(r.IntN(1440)), To: hazard.Minute(r.IntN(3000))}}
		before, after := exposure(t, n.network(), nil, o), exposure(t, d.network(), nil, o)
		for i, s := range spots {
			p, rate := before.At(s.arc, s.at)
			q, moved := after.At(moved[i].arc, moved[i].at)
			if !near(p, q) || !near(rate, moved) {
				t.Fatalf("spot %v: p %v became %v, λ %v became %v", s, p, q, rate, moved)
			}
		}
		total := func(e *hazard.Exposure) (lambda, most float64, parts hazard.Parts) {
			for a := range network.ArcID(e.Map().NumArcs()) {
				lambda += e.ArcLambda(a)
				most = max(most, e.MaxP(a))
				e.AddParts(&parts, a, 0, e.Map().Length[a.Chain()])
			}
			return lambda, most, parts
		}
		l1, p1, parts1 := total(before)
		l2, p2, parts2 := total(after)
		if !near(l1, l2) || !near(p1, p2) {
			t.Fatalf("Λ %v became %v, max p %v became %v", l1, l2, p1, p2)
		}
		for k := range parts1 {
			if !near(parts1[k].Lambda, parts2[k].Lambda) || !near(parts1[k].Metres, parts2[k].Metres) || !near(parts1[k].MaxP, parts2[k].MaxP) {
				t.Fatalf("part %v: %+v became %+v", hazard.Kind(k), parts1[k], parts2[k])
			}
		}
	})
}

// bears says by plain relaxation whether a hazard bears on a spot: the distance
// from the hazard's ends to all chain ends, and from there to the spot.
func bears(m *network.Map, h *network.Hazard, s spot, reach float64) bool {
	c, at := s.arc.Chain(), float64(s.at)
	from, to, length := float64(h.From), float64(h.To), float64(m.Length[h.Chain])
	towards := map[network.Heading]func(network.ArcID) bool{
		network.BothWays:     func(network.ArcID) bool { return true },
		network.ForwardOnly:  func(a network.ArcID) bool { return !a.Backwards() },
		network.BackwardOnly: func(a network.ArcID) bool { return a.Backwards() },
	}
	if h.Chain == c && towards[h.Heading](s.arc) && at >= from-reach && at <= to+reach {
		return true
	}
	// walk relaxes the distance at the end of every arc, from the hazard on, in
	// the direction of travel or against it, and tells whether the spot is within
	// reach when the first arc is the one given.
	walk := func(first network.ArcID, start float64, wanted func(network.ArcID) bool) bool {
		dist := make([]float64, m.NumArcs())
		for i := range dist {
			dist[i] = math.Inf(1)
		}
		dist[first] = start
		for changed := true; changed; {
			changed = false
			for a := range network.ArcID(m.NumArcs()) {
				for b := range network.ArcID(m.NumArcs()) {
					if m.ArcHead(a) == m.ArcTail(b) && b != a.Reverse() {
						if d := dist[a] + float64(m.Length[b.Chain()]); d < dist[b] {
							dist[b], changed = d, true
						}
					}
				}
			}
		}
		for a := range network.ArcID(m.NumArcs()) {
			for _, b := range []network.ArcID{c.Arc(false), c.Arc(true)} {
				if m.ArcHead(a) != m.ArcTail(b) || b == a.Reverse() || !wanted(b) {
					continue
				}
				offset := at
				if b.Backwards() {
					offset = float64(m.Length[c]) - at
				}
				if dist[a]+offset <= reach {
					return true
				}
			}
		}
		return false
	}
	forward, backward := h.Chain.Arc(false), h.Chain.Arc(true)
	same := func(b network.ArcID) bool { return b == s.arc }
	turned := func(b network.ArcID) bool { return b == s.arc.Reverse() }
	always := func(network.ArcID) bool { return true }
	switch h.Heading {
	case network.ForwardOnly:
		return walk(forward, length-to, same) || walk(backward, from, turned)
	case network.BackwardOnly:
		return walk(backward, from, same) || walk(forward, length-to, turned)
	default:
		return walk(forward, length-to, always) || walk(backward, from, always)
	}
}

// The segments equal what the definition gives when it is evaluated the slow way
// at single places.
func TestExposureEqualsTheDefinition(t *testing.T) {
	p := profile(t)
	rapid.Check(t, func(t *rapid.T) {
		r := source(t)
		n := randomNet(r)
		m := n.network()
		hour := hazard.Minute(r.IntN(24) * 60)
		e := exposure(t, m, nil, hazard.Options{Window: hazard.Window{From: hour + 10, To: hour + 20}, Vehicle: network.Vehicle{HeightCM: 300}})
		for _, s := range n.spots(r, 5) {
			greatest := map[string]float64{} // w·x by group
			rates := map[hazard.Kind]float64{}
			for i := range m.Hazards {
				h := &m.Hazards[i]
				k := hazard.Kind(h.Kind)
				w := p.Of(k)
				if !bears(m, h, s, w.Influence*1000) {
					continue
				}
				x := slowX(w, h) * factorAt(w, hour+10)
				group := w.Group
				if group == "" {
					group = k.String()
				}
				greatest[group] = max(greatest[group], w.Weight*x)
				rates[k] = max(rates[k], w.Rate*x)
			}
			through := 1.0
			for _, wx := range greatest {
				through *= 1 - wx
			}
			want := min(max(1-through, p.PMin), p.PMax)
			rate := p.BaseRate
			for _, v := range rates {
				rate += v
			}
			got, gotRate := e.At(s.arc, s.at)
			if !near(got, want) || !near(gotRate, rate) {
				t.Fatalf("spot %v: p %v, want %v; λ %v, want %v", s, got, want, gotRate, rate)
			}
		}
	})
}

func factorAt(w hazard.Weight, m hazard.Minute) float64 {
	for _, h := range w.Hours {
		if h.From < h.To && m >= h.From && m < h.To || h.From > h.To && (m >= h.From || m < h.To) {
			return h.Factor
		}
	}
	return 1
}

// slowX is x by value for a convoy 3 m high of unknown width and mass.
func slowX(w hazard.Weight, h *network.Hazard) float64 {
	v := float64(h.Value)
	line := func(v float64) float64 {
		f := min(max((v-w.Value.From)/(w.Value.To-w.Value.From), 0), 1)
		return (1-f)*w.Value.XFrom + f*w.Value.XTo
	}
	switch h.Kind {
	case network.LevelCrossing:
		names := []string{"unknown", "unprotected", "lights", "half_barrier", "full_barrier", "attended"}
		if h.Value < 0 || int(h.Value) >= len(names) {
			return w.Value.Unknown
		}
		return w.Value.X[names[h.Value]]
	case network.LowClearance:
		if v <= 0 {
			return w.Value.Unknown
		}
		return line(v/100 - 3)
	case network.NarrowWay, network.WeightLimit:
		return w.Value.Unknown
	case network.SharpCurve:
		return line(v / 100)
	case network.SteepGrade:
		return line(math.Abs(v) / 10)
	case network.Underpass, network.Overpass, network.BarrierGate, network.CutEdge:
		return line(v)
	default:
		return 1
	}
}

// What an explanation lists gives p and λ again, to the last bit.
func TestExplanationRecomputesExposure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := source(t)
		n := randomNet(r)
		m := n.network()
		var found []hazard.Placed
		for range r.IntN(6) {
			s := n.spots(r, 1)[0]
			found = append(found, placed(m, hazard.Finding{
				Kind: hazard.Kind(r.IntN(int(hazard.Unsurveyed))), Rating: uint8(r.IntN(5)), Surveyor: "R2", Date: 20000, Expiry: 20100,
			}, s.arc.Chain(), s.at-1, r.IntN(3) == 0))
		}
		w := hazard.Window{From: hazard.Minute(r.IntN(1440)), To: hazard.Minute(r.IntN(3000))}
		e := exposure(t, m, found, hazard.Options{Window: w})
		for _, s := range n.spots(r, 10) {
			x, err := e.Explain(s.arc, s.at, time.Unix(0, 0))
			if err != nil {
				t.Fatal(err)
			}
			p, rate := e.At(s.arc, s.at)
			again, rateAgain := x.Recompute()
			if x.P != p || again != p || x.Rate != rate || rateAgain != rate {
				t.Fatalf("spot %v: p %v, explained %v, recomputed %v; λ %v, %v, %v", s, p, x.P, again, rate, x.Rate, rateAgain)
			}
			for _, c := range x.Contributions {
				w := e.Profile().Of(kindNamed(t, c.Kind))
				reach := max(w.Influence, e.Profile().Reach)
				if c.Finding == nil {
					reach = w.Influence
				}
				if c.Distance > reach || c.Effect == "" {
					t.Fatalf("contribution %+v is %v m away", c, c.Distance)
				}
			}
		}
	})
}

func kindNamed(t tester, name string) hazard.Kind {
	k, ok := hazard.ParseKind(name)
	if !ok {
		t.Fatalf("no kind %q", name)
	}
	return k
}

func placed(m *network.Map, f hazard.Finding, c network.ChainID, at network.Millimetres, lapsed bool) hazard.Placed {
	f.Lat, f.Lon = m.PointAt(c, at).Degrees()
	f.SetID()
	return hazard.Placed{Finding: f, Location: network.Location{Chain: c, At: at}, Lapsed: lapsed}
}

// line is a straight road of three chains of 400 m each: 0–1–2–3.
func line() *net {
	n := new(net)
	for i := range 4 {
		n.node(39, -75+float64(i)*0.005)
	}
	for i := range network.NodeID(3) {
		n.chain(i, i+1, 400_000)
	}
	return n
}

func TestInfluenceIsCarriedAcrossJunctions(t *testing.T) {
	n := line()
	side := n.chain(1, n.node(39.01, -75), 400_000)
	n.hazard(network.TrafficSignals, 0, 390_000, 390_000, 0, network.BothWays) // 50 m, w 0.06
	e := exposure(t, n.network(), nil, hazard.Options{})
	want := func(a network.ArcID, at network.Millimetres, p float64) {
		t.Helper()
		if got, _ := e.At(a, at); !near(got, p) {
			t.Errorf("arc %d at %d: p %v, want %v", a, at, got, p)
		}
	}
	for _, backwards := range []bool{false, true} {
		want(network.ChainID(0).Arc(backwards), 339_999, 0.01)
		want(network.ChainID(0).Arc(backwards), 340_000, 0.06)
		want(network.ChainID(1).Arc(backwards), 39_999, 0.06)
		want(network.ChainID(1).Arc(backwards), 40_000, 0.01)
		want(side.Arc(backwards), 39_999, 0.06)
		want(side.Arc(backwards), 40_000, 0.01)
		want(network.ChainID(2).Arc(backwards), 0, 0.01)
	}
}

func TestAHeadingHoldsBeforeAndBehind(t *testing.T) {
	n := line()
	side := n.chain(n.node(39.01, -75), 1, 400_000) // ends at the junction
	n.hazard(network.TrafficSignals, 0, 390_000, 390_000, 0, network.ForwardOnly)
	e := exposure(t, n.network(), nil, hazard.Options{})
	tests := []struct {
		arc network.ArcID
		at  network.Millimetres
		p   float64
	}{
		{network.ChainID(0).Arc(false), 350_000, 0.06}, // coming up to it
		{network.ChainID(0).Arc(true), 350_000, 0.01},
		{network.ChainID(1).Arc(false), 10_000, 0.06}, // behind it
		{network.ChainID(1).Arc(true), 10_000, 0.01},  // those who meet us
		{side.Arc(false), 390_000, 0.01},              // towards the junction
		{side.Arc(true), 390_000, 0.06},               // away from it
	}
	for _, tt := range tests {
		if got, _ := e.At(tt.arc, tt.at); !near(got, tt.p) {
			t.Errorf("arc %d at %d: p %v, want %v", tt.arc, tt.at, got, tt.p)
		}
	}
}

func TestGroupsCombine(t *testing.T) {
	n := line()
	n.hazard(network.TrafficSignals, 1, 200_000, 200_000, 0, network.BothWays) // halt 0.06
	n.hazard(network.LevelCrossing, 1, 200_000, 200_000, int32(network.Unprotected), network.BothWays)
	n.hazard(network.Bridge, 1, 150_000, 250_000, 0, network.BothWays) // confined 0.10
	e := exposure(t, n.network(), nil, hazard.Options{})
	p, rate := e.At(network.ChainID(1).Arc(false), 200_000)
	if !near(p, 1-(1-0.10)*(1-0.10)) {
		t.Errorf("p %v", p)
	}
	if !near(rate, 0.002+0.02+0.03+0.02) {
		t.Errorf("λ %v", rate)
	}
	x, err := e.Explain(network.ChainID(1).Arc(false), 200_000, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	var effects []string
	for _, c := range x.Contributions {
		effects = append(effects, fmt.Sprint(c.Kind, " ", c.Effect))
	}
	if got := fmt.Sprint(effects); got != "[bridge counts level_crossing counts traffic_signals dominated]" {
		t.Errorf("got %s", got)
	}
	if x.Band != 4 || e.MaxP(network.ChainID(1).Arc(false)) != p {
		t.Errorf("band %d, max p %v", x.Band, e.MaxP(network.ChainID(1).Arc(false)))
	}
}

func TestTheWindowsWorstHourCounts(t *testing.T) {
	n := line()
	n.hazard(network.TrafficSignals, 1, 200_000, 200_000, 0, network.BothWays) // 22:00 to 05:00 × 0.6
	m := n.network()
	at := func(from, to hazard.Minute) float64 {
		p, _ := exposure(t, m, nil, hazard.Options{Window: hazard.Window{From: from, To: to}}).At(network.ChainID(1).Arc(false), 200_000)
		return p
	}
	const h = hazard.Minute(60)
	tests := []struct {
		from, to hazard.Minute
		p        float64
	}{
		{23 * h, 23*h + 30, 0.036},
		{23 * h, 28 * h, 0.036}, // over midnight
		{23 * h, 29 * h, 0.06},  // 05:00 included
		{1 * h, 2 * h, 0.036},
		{21*h + 59, 23 * h, 0.06},
		{12 * h, 13 * h, 0.06},
		{0, 0, 0.06},           // the whole day
		{25 * h, 49 * h, 0.06}, // a day and more
		{22 * h, 22 * h, 0.036},
	}
	for _, tt := range tests {
		if p := at(tt.from, tt.to); !near(p, tt.p) {
			t.Errorf("%v to %v: p %v, want %v", tt.from, tt.to, p, tt.p)
		}
	}
	zone := time.FixedZone("UTC+2", 7200)
	begin := time.Date(2026, 11, 23, 20, 30, 0, 0, time.UTC)
	if w := hazard.WindowOf(begin, begin.Add(45*time.Minute), zone); w.From != 22*h+30 || w.To < 23*h+15 || w.To > 23*h+17 {
		t.Errorf("window %v", w)
	}
	// From 01:30 on the night when clocks skip from 02:00 to 03:00, an hour later
	// clocks say 03:30; when they repeat the hour, they say 01:30 again.
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range []time.Time{time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC), time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)} {
		w := hazard.WindowOf(day, day.Add(time.Hour), berlin)
		for at := day; !at.After(day.Add(time.Hour)); at = at.Add(time.Minute) {
			clock := at.In(berlin)
			if minute := hazard.Minute(clock.Hour()*60 + clock.Minute()); minute < w.From || minute > w.To {
				t.Fatalf("at %v: not in the window %v", clock, w)
			}
		}
	}
}

func TestFindingsSpeakForThePlace(t *testing.T) {
	n := line()
	n.hazard(network.Bridge, 1, 170_000, 230_000, 0, network.BothWays)
	n.hazard(network.Bridge, 1, 280_000, 320_000, 0, network.BothWays)
	m := n.network()
	arc := network.ChainID(1).Arc(false)
	f := func(k hazard.Kind, rating uint8) hazard.Finding {
		return hazard.Finding{Kind: k, Rating: rating, Surveyor: "R2", Date: 20000, Expiry: 20010}
	}
	bridge := hazard.Kind(network.Bridge)
	tests := []struct {
		name  string
		found []hazard.Placed
		here  float64 // at 200 m, where the finding is
		there float64 // at 290 m, on another bridge, out of the finding's reach
	}{
		{"none", nil, 0.10, 0.10},
		{"rated lower", []hazard.Placed{placed(m, f(bridge, 2), 1, 200_000, false)}, 0.05, 0.10},
		{"not there", []hazard.Placed{placed(m, f(bridge, 0), 1, 200_000, false)}, 0.01, 0.10},
		{"two: the worse", []hazard.Placed{placed(m, f(bridge, 2), 1, 200_000, false), placed(m, f(bridge, 3), 1, 201_000, false)}, 0.075, 0.10},
		{"other kind adds", []hazard.Placed{placed(m, f(hazard.Overlook, 4), 1, 200_000, false)}, 1 - 0.9*0.85, 1 - 0.9*0.85},
		{"expired", []hazard.Placed{placed(m, f(bridge, 0), 1, 200_000, true)}, 1 - 0.9*0.94, 0.10},
		{"expired, then clear", []hazard.Placed{placed(m, f(bridge, 0), 1, 200_000, true), placed(m, f(hazard.Clear, 0), 1, 200_000, false)}, 0.10, 0.10},
		{"clear takes nothing off", []hazard.Placed{placed(m, f(hazard.Clear, 0), 1, 200_000, false)}, 0.10, 0.10},
		{"expired clear", []hazard.Placed{placed(m, f(hazard.Clear, 0), 1, 200_000, true)}, 1 - 0.9*0.94, 0.10},
		{"expired, other kind in force", []hazard.Placed{placed(m, f(bridge, 0), 1, 200_000, true), placed(m, f(hazard.Flood, 0), 1, 200_000, false)}, 1 - 0.9*0.94, 0.10},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := exposure(t, m, tt.found, hazard.Options{})
			if p, _ := e.At(arc, 200_000); !near(p, tt.here) {
				t.Errorf("here: p %v, want %v", p, tt.here)
			}
			if p, _ := e.At(arc, 290_000); !near(p, tt.there) {
				t.Errorf("there: p %v, want %v", p, tt.there)
			}
			x, err := e.Explain(arc, 200_000, hazard.Day(20020).Time())
			if err != nil {
				t.Fatal(err)
			}
			listed := 0
			for _, c := range x.Contributions {
				if c.Finding != nil {
					listed++
					if c.AgeDays != 20 || c.Finding.Surveyor != "R2" {
						t.Errorf("contribution %+v", c)
					}
				}
				if c.Effect == hazard.Displaced || c.Effect == hazard.Lifted {
					if c.By == "" {
						t.Errorf("%s by nobody", c.Effect)
					}
				}
			}
			if listed != len(tt.found) {
				t.Errorf("%d findings listed, want %d", listed, len(tt.found))
			}
		})
	}
}

// A finding speaks for hazards within its reach, not for those beyond: good news
// about the middle of a long bridge is none about its ends, and none about the
// next junction's signals.
func TestGoodNewsDoesNotSpread(t *testing.T) {
	n := line()
	n.hazard(network.Bridge, 1, 100_000, 300_000, 0, network.BothWays)
	n.hazard(network.TrafficSignals, 2, 30_000, 30_000, 0, network.BothWays)
	n.hazard(network.TrafficSignals, 2, 100_000, 100_000, 0, network.BothWays)
	m := n.network()
	notThere := func(k network.HazardKind, c network.ChainID, at network.Millimetres) hazard.Placed {
		return placed(m, hazard.Finding{Kind: hazard.Kind(k), Surveyor: "R2", Date: 20000, Expiry: 20010}, c, at, false)
	}
	e := exposure(t, m, []hazard.Placed{notThere(network.Bridge, 1, 200_000), notThere(network.TrafficSignals, 2, 20_000)}, hazard.Options{})
	for at := network.Millimetres(60_000); at < 340_000; at += 10_000 {
		if p, _ := e.At(network.ChainID(1).Arc(false), at); !near(p, 0.10) {
			t.Errorf("bridge at %d: p %v", at, p)
		}
	}
	for at, want := range map[network.Millimetres]float64{20_000: 0.01, 45_000: 0.01, 55_000: 0.06, 100_000: 0.06} {
		if p, _ := e.At(network.ChainID(2).Arc(false), at); !near(p, want) {
			t.Errorf("signals at %d: p %v, want %v", at, p, want)
		}
	}
}

// Findings do as little as hazards depend on the borders of chains.
func TestFindingsDoNotDependOnBorders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := source(t)
		n := randomNet(r)
		places := n.spots(r, 1+r.IntN(6))
		spots := n.spots(r, 20)
		d, moved := n.redraw(r, append(slices.Clip(places), spots...))
		m, k := n.network(), d.network()
		var before, after []hazard.Placed
		for i, s := range places {
			// Kinds of hazards that are there, so that findings have something to say.
			f := hazard.Finding{Kind: hazard.Kind(n.hazards[r.IntN(len(n.hazards))].Kind), Rating: uint8(r.IntN(5))}
			if r.IntN(4) == 0 {
				f.Kind = hazard.Clear
			}
			lapsed := r.IntN(3) == 0
			before = append(before, placed(m, f, s.arc.Chain(), s.at, lapsed))
			after = append(after, placed(k, f, moved[i].arc.Chain(), moved[i].at, lapsed))
		}
		e, g := exposure(t, m, before, hazard.Options{}), exposure(t, k, after, hazard.Options{})
		for i, s := range spots {
			there := moved[len(places)+i]
			p, rate := e.At(s.arc, s.at)
			q, movedRate := g.At(there.arc, there.at)
			// Findings stand at odd positions, so their borders do, too.
			if x, y := sides(e, s), sides(g, there); x || y {
				continue
			}
			if !near(p, q) || !near(rate, movedRate) {
				t.Fatalf("spot %v: p %v became %v, λ %v became %v", s, p, q, rate, movedRate)
			}
		}
	})
}

// sides reports whether a spot lies on a border between segments.
func sides(e *hazard.Exposure, s spot) bool {
	for _, g := range e.Segments(s.arc) {
		if g.From == s.at {
			return true
		}
	}
	return false
}

// An expired finding never makes a place look safer than the map alone does.
func TestExpiryIsNeverSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := source(t)
		n := randomNet(r)
		m := n.network()
		var lapsed []hazard.Placed
		for range 1 + r.IntN(5) {
			s := n.spots(r, 1)[0]
			lapsed = append(lapsed, placed(m, hazard.Finding{Kind: hazard.Kind(r.IntN(int(hazard.Unsurveyed))), Rating: uint8(r.IntN(5))}, s.arc.Chain(), s.at, true))
		}
		bare, after := exposure(t, m, nil, hazard.Options{}), exposure(t, m, lapsed, hazard.Options{})
		for _, s := range n.spots(r, 20) {
			p, rate := bare.At(s.arc, s.at)
			q, lapsedRate := after.At(s.arc, s.at)
			if q < p || lapsedRate < rate {
				t.Fatalf("spot %v: p fell from %v to %v, λ from %v to %v", s, p, q, rate, lapsedRate)
			}
		}
		for i := range lapsed {
			at := lapsed[i].Location
			if p, _ := after.At(at.Chain.Arc(false), at.At); p < 0.06 {
				t.Fatalf("p %v where a finding expired", p)
			}
		}
	})
}

// Stretches, segments, Λ and parts say the same.
func TestAlongAgreesWithItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := source(t)
		n := randomNet(r)
		m := n.network()
		e := exposure(t, m, nil, hazard.Options{Vehicle: network.Vehicle{HeightCM: 280, WidthCM: 200, WeightKG: 9000}})
		for a := range network.ArcID(m.NumArcs()) {
			length := m.Length[a.Chain()]
			from, to := even(r, length), even(r, length)
			from, to = min(from, to), max(from, to)
			at, sum, most := from, 0.0, 0.0
			if a.Backwards() {
				at = to
			}
			for s := range e.Along(a, from, to) {
				if s.From >= s.To || (!a.Backwards() && s.From != at) || (a.Backwards() && s.To != at) {
					t.Fatalf("arc %d: stretch %+v does not follow on %d", a, s, at)
				}
				at = s.To
				if a.Backwards() {
					at = s.From
				}
				sum += s.Rate * (s.To - s.From).Metres() / 1000
				most = max(most, s.P)
				if p, rate := e.At(a, s.From); p != s.P || rate != s.Rate {
					t.Fatalf("arc %d at %d: %v, %v against %+v", a, s.From, p, rate, s)
				}
			}
			if from < to && (!a.Backwards() && at != to || a.Backwards() && at != from) {
				t.Fatalf("arc %d: stretches end at %d", a, at)
			}
			var parts hazard.Parts
			e.AddParts(&parts, a, from, to)
			total := 0.0
			for _, p := range parts {
				total += p.Lambda
			}
			if l := e.Lambda(a, from, to); !near(l, sum) || !near(l, total) || !near(parts[hazard.Base].Metres, (to-from).Metres()) {
				t.Fatalf("arc %d: Λ %v, stretches %v, parts %v", a, l, sum, total)
			}
			if most > e.MaxP(a) {
				t.Fatalf("arc %d: max p %v, but %v on it", a, e.MaxP(a), most)
			}
		}
	})
}

func TestExtraHazardsOfThePlan(t *testing.T) {
	m := line().network()
	e := exposure(t, m, nil, hazard.Options{Extra: []hazard.Extra{
		{Kind: hazard.NoExit, Chain: 1, From: 100_000, To: 300_000, X: 1, Source: "no exit for 3.1 km"},
	}})
	arc := network.ChainID(1).Arc(false)
	if p, _ := e.At(arc, 200_000); !near(p, 0.06) {
		t.Errorf("p %v", p)
	}
	x, err := e.Explain(arc, 200_000, time.Unix(0, 0))
	if err != nil || len(x.Contributions) != 1 || x.Contributions[0].Detail != "no exit for 3.1 km" {
		t.Errorf("%+v, %v", x, err)
	}
	for _, bad := range []hazard.Extra{
		{Kind: hazard.NoExit, Chain: 9},
		{Kind: hazard.NoExit, From: 2, To: 1},
		{Kind: hazard.NoExit, To: 500_000},
		{Kind: hazard.Unsurveyed},
		{Kind: hazard.NoExit, X: math.NaN()},
	} {
		if _, err := hazard.New(m, profile(t), nil, hazard.Options{Extra: []hazard.Extra{bad}}); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	if _, err := hazard.New(m, new(hazard.Profile), nil, hazard.Options{}); err == nil {
		t.Error("a profile that was never read was taken")
	}
	if _, err := hazard.New(m, profile(t), []hazard.Placed{{Location: network.Location{Chain: 7}}}, hazard.Options{}); err == nil {
		t.Error("a finding off the map was taken")
	}
	if _, err := hazard.New(m, profile(t), []hazard.Placed{{Location: network.Location{At: 400_001}}}, hazard.Options{}); err == nil {
		t.Error("a finding beyond the end of its chain was taken")
	}
	if _, err := e.Explain(network.ChainID(9).Arc(false), 0, time.Unix(0, 0)); err == nil {
		t.Error("a place off the map was explained")
	}
}

// On a real map too: segments follow on each other, and explanations agree.
func TestExposureOnDelaware(t *testing.T) {
	m := delaware(t)
	e := exposure(t, m, nil, hazard.Options{Vehicle: network.Vehicle{HeightCM: 350, WidthCM: 250, WeightKG: 12_000}})
	p := e.Profile()
	for a := range network.ArcID(m.NumArcs()) {
		all := e.Segments(a)
		if len(all) == 0 || all[0].From != 0 {
			t.Fatalf("arc %d has no segment at its beginning", a)
		}
		for i, s := range all {
			if s.P < p.PMin || s.P > p.PMax || s.Rate < p.BaseRate {
				t.Fatalf("arc %d: segment %+v", a, s)
			}
			if i > 0 && (s.From <= all[i-1].From || s.From >= m.Length[a.Chain()] || s.P == all[i-1].P && s.Rate == all[i-1].Rate) {
				t.Fatalf("arc %d: segment %+v follows %+v", a, s, all[i-1])
			}
		}
	}
	r := rand.New(rand.NewPCG(7, 7))
	contributions := 0
	for range 300 {
		h := m.Hazards[r.IntN(len(m.Hazards))]
		a := h.Chain.Arc(h.Heading == network.BackwardOnly)
		x, err := e.Explain(a, h.From, time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		prob, rate := e.At(a, h.From)
		if q, again := x.Recompute(); q != prob || again != rate {
			t.Fatalf("arc %d at %d: p %v, recomputed %v; λ %v, %v", a, h.From, prob, q, rate, again)
		}
		contributions += len(x.Contributions)
	}
	if contributions < 300 {
		t.Errorf("%d contributions at 300 hazards", contributions)
	}
}
