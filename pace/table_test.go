package pace

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// plain makes a network of one primary road of chains of 72 km/h.
func plain(chains int) *network.Map {
	m := line(rand.New(rand.NewPCG(1, 9)), chains)
	m.Interval, m.IntervalFirst = nil, []uint32{0}
	for range chains {
		m.Interval = append(m.Interval, network.Interval{Way: 100, Class: network.Primary, SpeedForward: 72, SpeedBackward: 72})
		m.IntervalFirst = append(m.IntervalFirst, uint32(len(m.Interval)))
	}
	return m
}

// rush are speeds with half the free flow from 7 to 9, and bands that are easy to
// reckon with.
func rush() *Speeds {
	s := &Speeds{Classes: map[string]ClassSpeeds{}}
	for c := range network.RoadClasses {
		s.Classes[className(c)] = ClassSpeeds{
			Default: Factors{Fast: 1, Likely: .8, Slow: .4},
			Hours:   []Hours{{From: "07:00", To: "09:00", Factors: Factors{Fast: .8, Likely: .4, Slow: .1}}},
		}
	}
	s.index()
	return s
}

// over makes a run over the first chain at a time.
func over(m *network.Map, at time.Time, seconds float64) Run {
	return Run{By: "R1", Started: at, Drives: []Drive{{Way: 100, From: 1000, To: 1001, Seconds: seconds, Metres: m.Length[0].Metres()}}}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Abs(b) }

func TestRunsReplaceTheFactors(t *testing.T) {
	m := plain(2)
	free := m.Length[0].Metres() / 20
	noon, peak := monday.Add(12*time.Hour), monday.Add(7*time.Hour+30*time.Minute)
	took := func(list []Run, limit uint8, at time.Time, a network.ArcID) (Took, float64) {
		p := New(m, rush(), &Runs{list: list}, nil)
		pass := m.Passage(network.Vehicle{}, network.PassageOptions{MaxKMH: limit})
		from, to := network.Millimetres(0), m.Length[a.Chain()]
		if a.Backwards() {
			from, to = to, from
		}
		x, timed, ok := p.Part(pass, a, from, to, at)
		if !ok {
			t.Fatal("closed")
		}
		return x, timed
	}
	z := 1 + decile*fewSpread
	one := []Run{over(m, noon, 300)}
	t.Run("one run at its hour", func(t *testing.T) {
		x, timed := took(one, 0, noon.Add(24*time.Hour), 0)
		if !near(x.Likely, 300) || !near(x.Fast, 300/z) || !near(x.Slow, 300*z) || !near(timed, m.Length[0].Metres()) {
			t.Errorf("%+v, %v m", x, timed)
		}
	})
	t.Run("at another hour", func(t *testing.T) {
		// Half the speed at that hour, and the band of the class, which is wider.
		x, _ := took(one, 0, peak, 0)
		if !near(x.Likely, 600) || !near(x.Fast, 300) || !near(x.Slow, 2400) {
			t.Errorf("%+v", x)
		}
	})
	t.Run("runs of the hour come first", func(t *testing.T) {
		both := []Run{over(m, noon, 300), over(m, peak, 1000)}
		if x, _ := took(both, 0, peak, 0); !near(x.Likely, 1000) {
			t.Errorf("%+v", x)
		}
		if x, _ := took(both, 0, noon, 0); !near(x.Likely, 300) {
			t.Errorf("%+v", x)
		}
	})
	t.Run("the cap holds", func(t *testing.T) {
		if x, _ := took([]Run{over(m, noon, free/1.5)}, 72, noon, 0); !near(x.Likely, free) || !near(x.Fast, free) {
			t.Errorf("%+v", x)
		}
	})
	t.Run("the other direction and the other chain have none", func(t *testing.T) {
		for _, a := range []network.ArcID{1, 2, 3} {
			if x, timed := took(one, 0, noon, a); !near(x.Likely, m.Length[a.Chain()].Metres()/16) || timed != 0 {
				t.Errorf("arc %d: %+v, %v", a, x, timed)
			}
		}
	})
	t.Run("median and spread of many", func(t *testing.T) {
		var many []Run
		for i, s := range []float64{280, 290, 300, 310, 320, 5000} {
			many = append(many, over(m, noon.Add(time.Duration(i)*24*time.Hour), s))
		}
		// Median 305; off by 25, 15, 5, 5, 15, 4695: median 15.
		x, _ := took(many, 0, noon, 0)
		z := 1 + decile*madToSigma*15/305
		if !near(x.Likely, 305) || !near(x.Slow, 305*z) || !near(x.Fast, 305/z) {
			t.Errorf("%+v", x)
		}
		all := New(m, nil, &Runs{list: many}, nil).Timed()
		if len(all) != 1 || all[0].N != 6 || !near(all[0].Median, 305) || !near(all[0].Lower, 292.5) || !near(all[0].Upper, 317.5) || !near(all[0].FreeFlow, free) || !all[0].Last.Equal(noon.Add(120*time.Hour)) {
			t.Errorf("%+v", all)
		}
	})
	t.Run("equal runs still have a band", func(t *testing.T) {
		var same []Run
		for range 7 {
			same = append(same, over(m, noon, 300))
		}
		if x, _ := took(same, 0, noon, 0); !near(x.Slow, 300*(1+decile*leastSpread)) {
			t.Errorf("%+v", x)
		}
	})
}

// TestRunsSurviveANewMap: stretches are found again when ids of the map change,
// when a way is split, when a junction cuts a stretch; and are not where the road
// is another.
func TestRunsSurviveANewMap(t *testing.T) {
	m := plain(3)
	noon := monday.Add(12 * time.Hour)
	run := over(m, noon, 200)
	back := Run{By: "R2", Started: noon, Drives: []Drive{{Way: 100, From: 1001, To: 1000, Seconds: 400, Metres: m.Length[0].Metres()}}}
	placed := func(m *network.Map) (*Pace, []Timed) {
		p := New(m, nil, &Runs{list: []Run{run, back}}, nil)
		return p, p.Timed()
	}
	if p, all := placed(m); p.Unplaced() != 0 || len(all) != 2 || all[0].Arc != 0 || all[0].Median != 200 || all[1].Arc != 1 || all[1].Median != 400 {
		t.Errorf("on the same map: %+v", all)
	}

	other := plain(3) // the road numbered from the other end
	for i := range other.NodeInfo {
		other.NodeInfo[i].OSM = int64(1003 - i)
	}
	other.Length[2] = m.Length[0] + 3000 // surveyed better
	if p, all := placed(other); p.Unplaced() != 0 || len(all) != 2 || all[0].Arc != 4 || !near(all[0].Median, 400) || all[1].Arc != 5 {
		t.Errorf("numbered otherwise: %+v", all)
	}

	renamed := plain(3)
	renamed.Interval[0].Way = 5000
	if p, all := placed(renamed); p.Unplaced() != 0 || len(all) != 2 {
		t.Errorf("with another way: %+v", all)
	}

	cut := plain(3) // a junction in the middle of the stretch
	for i, id := range []int64{1000, 7777, 1001, 1002} {
		cut.NodeInfo[i].OSM = id
	}
	cut.Length[0], cut.Length[1] = m.Length[0]/4, m.Length[0]-m.Length[0]/4
	if p, all := placed(cut); p.Unplaced() != 0 || len(all) != 4 || !near(all[0].Median+all[2].Median, 200) || math.Abs(all[0].Median-50) > 0.01 {
		t.Errorf("cut by a junction: %+v", all)
	}

	for name, change := range map[string]func(*network.Map){
		"longer road":  func(m *network.Map) { m.Length[0] += 100_000 },
		"node gone":    func(m *network.Map) { m.NodeInfo[1].OSM = 8888 },
		"another area": func(m *network.Map) { m.NodeInfo[0].OSM, m.NodeInfo[1].OSM = 1, 2 },
	} {
		moved := plain(3)
		change(moved)
		if p, all := placed(moved); p.Unplaced() != 2 || len(all) != 0 {
			t.Errorf("%s: %d not placed, %+v", name, p.Unplaced(), all)
		}
	}
}

// TestQuantiles compares with values worked out by hand.
func TestQuantiles(t *testing.T) {
	for _, test := range []struct {
		values []float64
		q      float64
		want   float64
	}{
		{[]float64{3}, 0.5, 3}, {[]float64{3}, 1, 3}, {[]float64{1, 2}, 0.5, 1.5}, {[]float64{1, 2, 4, 8, 16}, 0.25, 2}, {[]float64{0, 10}, 0.9, 9},
	} {
		if got := quantile(test.values, test.q); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("quantile %v of %v is %v", test.q, test.values, got)
		}
	}
}

// TestSmoothing: smoothing does not bias even motion, lessens noise, and keeps
// what is measured seldom.
func TestSmoothing(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	var at, true_, noisy []float64
	for i := range 600 {
		at = append(at, float64(i))
		true_ = append(true_, 15*float64(i))
		noisy = append(noisy, 15*float64(i)+10*random.NormFloat64())
	}
	exact := smooth(at, true_, 10)
	var before, after float64
	for i, s := range smooth(at, noisy, 10) {
		if i > 20 && math.Abs(exact[i]-true_[i]) > 0.05 {
			t.Fatalf("at %d s even motion is put at %v m", i, exact[i])
		}
		before += (noisy[i] - true_[i]) * (noisy[i] - true_[i])
		after += (s - true_[i]) * (s - true_[i])
	}
	if after > before/4 {
		t.Errorf("the error falls from %.1f to %.1f m only", math.Sqrt(before/600), math.Sqrt(after/600))
	}
	if got := smooth([]float64{0, 600, 86400}, []float64{0, 900, 10}, 10); math.Abs(got[1]-900) > 1 || math.Abs(got[2]-10) > 1 {
		t.Errorf("%v", got)
	}
}

// TestSteadied: jitter is measured and taken out, across the antimeridian too;
// fixes without it stay as they are.
func TestSteadied(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 2))
	for _, lon := range []float64{-75, 179.95} {
		start := geo.PointFromDegrees(39, lon)
		var still, noisy []Fix
		var points []geo.Point
		for i := range 900 {
			p := geo.Offset(start, 80, 12*float64(i))
			at := monday.Add(time.Duration(i) * time.Second)
			points = append(points, p)
			still = append(still, Fix{p, at})
			noisy = append(noisy, Fix{geo.Offset(geo.Offset(p, 90, 8*random.NormFloat64()), 0, 8*random.NormFloat64()), at})
		}
		got, jitter := steadied(noisy)
		if math.Abs(jitter-8) > 0.8 {
			t.Errorf("jitter of 8 m is taken for %v m", jitter)
		}
		before, after := 0.0, 0.0
		for i := range got {
			before += geo.Distance(noisy[i].Point, points[i])
			after += geo.Distance(got[i].Point, points[i])
		}
		if after > before/2 {
			t.Errorf("fixes are %.1f m off after it and %.1f m before", after/900, before/900)
		}
		if same, jitter := steadied(still); jitter > 0.1 || &same[0] != &still[0] {
			t.Errorf("jitter of %v m was found in fixes without any", jitter)
		}
	}
}
