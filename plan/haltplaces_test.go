package plan

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
)

// fuelled plans the long way with a fuel range of so many kilometres, reserve
// taken off.
func fuelled(t *testing.T, on, off []int, km float64, change func(*outrider.Movement)) *outrider.Plan {
	t.Helper()
	mv := longWay()
	mv.Convoy.Vehicles[0].FuelRange = km / 0.8
	if change != nil {
		change(mv)
	}
	return planned(t, inputOf(t, build(t, highRoad(on, off)), mv, timeAlone))
}

// stands lists the halts that meet needs, and "none" for each need without.
func stands(leg outrider.LegPlan) []string {
	var out []string
	for _, n := range leg.HaltNeeds {
		if !n.Met {
			n.Halt = "none"
		}
		out = append(out, n.Halt)
	}
	return out
}

func TestWhereHaltsArePutIn(t *testing.T) {
	for name, c := range map[string]struct {
		on, off []int
		limit   float64
		want    []string
	}{
		// Past Pump 5 there is nothing. Going back to Pump 3, and on to Pump 5 again,
		// would bring the column nowhere.
		"not to and fro": {[]int{3, 5}, nil, 6, []string{"Pump 5", "none", "none"}},
		// Where one is lacking, those after it are still looked for.
		"past a gap": {[]int{3, 14}, nil, 6, []string{"Pump 3", "none", "Pump 14"}},
		// Places beyond the limit would leave fewer halts to make; they are not tried.
		"not beyond the limit": {[]int{3, 14, 15, 16, 17}, nil, 12.2, []string{"Pump 3", "Pump 15"}},
		// Pump 4 lies on the road, but from there a halt at Pump 7 is needed as well, or
		// nothing more is in reach.
		"looks ahead":             {[]int{4, 14}, []int{7}, 8, []string{"Pump 7", "Pump 14"}},
		"not into a dead end":     {[]int{4, 14}, []int{6}, 9, []string{"Pump 6", "Pump 14"}},
		"as far as can be helped": {[]int{4, 17}, []int{6}, 9, []string{"Pump 4", "none"}},
	} {
		leg := fuelled(t, c.on, c.off, c.limit, nil).Legs[0]
		if got := stands(leg); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
		if l := leg.Routes[0].Length; math.Abs(l-19930) > 1000 {
			t.Errorf("%s: %g m driven", name, l)
		}
	}
}

// TestAHaltIsBeforeTheLimitOnTheRouteDriven has a station that lies within the
// limit by the fastest way, but not by the primary, which goes round an area.
func TestAHaltIsBeforeTheLimitOnTheRouteDriven(t *testing.T) {
	leg := fuelled(t, []int{9, 11}, nil, 11.5, func(mv *outrider.Movement) {
		c := spot(40, 10+0.01175*4.5)
		mv.Constraints.Avoid = []outrider.AvoidArea{{Name: "MARSH", Centre: &c, Radius: 150, Weight: 1000}}
	}).Legs[0]
	n := leg.HaltNeeds
	if len(n) != 1 || n[0].Halt != "Pump 9" || !n[0].Met || n[0].HaltAt < 9700 || n[0].HaltAt > n[0].By || leg.Routes[0].Halts != 1800 {
		t.Errorf("%+v, %g s of halts", n, leg.Routes[0].Halts)
	}
}

// TestLackingHaltsCountOnce has no station at all: what a leg lacked is told by
// that leg, and the next counts on from there.
func TestLackingHaltsCountOnce(t *testing.T) {
	p := fuelled(t, nil, nil, 8, func(mv *outrider.Movement) {
		mv.Legs[0].Stay = &outrider.Stay{Duration: time.Minute}
		mv.Legs = append(mv.Legs, outrider.Leg{To: spot(40, 10.0006)})
	})
	driven := p.Legs[0].Routes[0].Length
	for i, want := range [][]float64{{8000, 16000}, {24000 - driven, 32000 - driven}} {
		n := p.Legs[i].HaltNeeds
		if len(n) != 2 || math.Abs(n[0].By-want[0]) > 1 || math.Abs(n[1].By-want[1]) > 1 {
			t.Errorf("leg %d: %+v", i, n)
		}
	}
	all := strings.Join(p.Warnings, "\n")
	for _, s := range []string{
		"the fuel range asks for halts of 30 min by km 8.0, 16.0; the plan has none",
		fmt.Sprintf("the fuel range asks for halts of 30 min by km %.1f, %.1f; the plan has none", (24000-driven)/1000, (32000-driven)/1000),
	} {
		if !strings.Contains(all, s) {
			t.Errorf("%q is not in %q", s, all)
		}
	}
	p = fuelled(t, nil, nil, 2, nil)
	if all = strings.Join(p.Warnings, "\n"); !strings.Contains(all, "by km 2.0, 4.0, 6.0, and 6 more; the plan has none") {
		t.Errorf("%q", all)
	}
}

// TestAHaltLeadsOn has two stations 150 m apart. Were stations everywhere, the
// first would do with one halt less after it; but the next is in reach of the
// second only.
func TestAHaltLeadsOn(t *testing.T) {
	b := highRoad(nil, nil)
	for i, km := range []float64{3, 3.15, 7.1, 9, 11.2, 14, 17} {
		b.Node(int64(3000+i), 40.0001, 10.0005+0.01175*km, "amenity", "fuel", "name", fmt.Sprintf("Pump %g", km))
	}
	mv := longWay()
	mv.Convoy.Vehicles[0].FuelRange = 5 // 4 km with the reserve
	leg := planned(t, inputOf(t, build(t, b), mv, timeAlone)).Legs[0]
	if got := stands(leg); !slices.Equal(got, []string{"Pump 3.15", "Pump 7.1", "Pump 9", "Pump 11.2", "Pump 14", "Pump 17"}) {
		t.Errorf("%q", got)
	}
}
