package hazard

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// Effect says what a hazard does to p at a place.
type Effect string

// Effects.
const (
	Counts     Effect = "counts"     // its w·x is its group's greatest
	Dominated  Effect = "dominated"  // another of its group is as great or greater
	Displaced  Effect = "displaced"  // a finding of the same kind speaks for the hazard
	Lifted     Effect = "lifted"     // expired, but surveyed again since
	Weightless Effect = "weightless" // its w·x is 0
)

// A Contribution is one hazard or finding that bears on a place.
type Contribution struct {
	Kind     string  `json:"kind"`
	Group    string  `json:"group,omitempty"`
	Weight   float64 `json:"weight"`
	X        float64 `json:"x"`          // at the worst hour for p
	WX       float64 `json:"wx"`         // Weight times X
	Rate     float64 `json:"rate"`       // what it adds to λ per km, at the worst hour for λ
	Distance float64 `json:"distance_m"` // along the network to where it begins; 0 on it
	Effect   Effect  `json:"effect"`
	// By says which finding or hazard dominates, displaces or lifts it.
	By string `json:"by,omitempty"`

	// What proves it: an OSM object with its tags, or a finding.
	OSM      string   `json:"osm,omitempty"`  // such as "way/123"
	Tags     string   `json:"tags,omitempty"` // "key=value key=value"
	Detail   string   `json:"detail,omitempty"`
	Finding  *Finding `json:"finding,omitempty"`
	AgeDays  int      `json:"age_days,omitempty"` // of the finding
	Expired  bool     `json:"expired,omitempty"`
	groupNum uint8
}

// An Explanation says why the exposure of a place is what it is.
type Explanation struct {
	Road    string              `json:"road"`
	Point   geo.Point           `json:"-"`
	Lat     float64             `json:"lat"`
	Lon     float64             `json:"lon"`
	Chain   network.ChainID     `json:"chain"`
	At      network.Millimetres `json:"at_mm"`
	Heading string              `json:"heading"` // "forward" or "backward", along the chain
	Bearing float64             `json:"bearing"` // of travel, degrees

	P          float64 `json:"p"`
	Through    float64 `json:"p_unclipped"`
	PMin       float64 `json:"p_min"`
	PMax       float64 `json:"p_max"`
	Rate       float64 `json:"rate_per_km"`
	BaseRate   float64 `json:"base_rate_per_km"`
	Band       int     `json:"band"`
	WorstHours string  `json:"worst_hours"` // the part of the window at which p is greatest
	RateHours  string  `json:"rate_worst_hours"`

	Contributions []Contribution `json:"contributions"` // what counts first, by falling w·x

	Profile     string `json:"profile"`
	ProfileHash string `json:"profile_sha256"`
	Calibrated  bool   `json:"calibrated"`
}

// Recompute works p and λ out again from nothing but what the explanation lists.
func (x *Explanation) Recompute() (p, rate float64) {
	through := 1.0
	counting := make([]Contribution, 0, len(x.Contributions))
	rate = x.BaseRate
	for _, c := range x.Contributions {
		if c.Effect == Counts {
			counting = append(counting, c)
		}
	}
	// Products and sums are taken in the order of the definition, so that they
	// agree to the last bit.
	slices.SortFunc(counting, func(a, b Contribution) int { return cmp.Compare(a.groupNum, b.groupNum) })
	for _, c := range counting {
		through *= 1 - c.WX
	}
	greatest := make(map[string]float64)
	for _, c := range x.Contributions {
		if c.Effect != Displaced && c.Effect != Lifted {
			greatest[c.Kind] = max(greatest[c.Kind], c.Rate)
		}
	}
	for k := range Kinds {
		rate += greatest[k.String()]
	}
	return min(max(1-through, x.PMin), x.PMax), rate
}

// Explain says why exposure is what it is for travel on the arc at a position of
// its chain. Ages are counted to the time at.
func (e *Exposure) Explain(a network.ArcID, pos network.Millimetres, at time.Time) (*Explanation, error) {
	c := a.Chain()
	if int(c) >= e.m.NumChains() || pos > e.m.Length[c] {
		return nil, fmt.Errorf("explain exposure: position %d mm on chain %d is not on this map", pos, c)
	}
	active, t := e.bearing(a, pos)
	kinds := t.settle()
	worst := e.worst(&t, kinds, e.probability)
	rateWorst := e.worst(&t, kinds, e.rate)
	x := &Explanation{
		Road: e.m.Describe(c, pos), Point: e.m.PointAt(c, pos), Chain: c, At: pos, Heading: "forward",
		Bearing: e.m.Bearing(a, pos),
		PMin:    e.profile.PMin, PMax: e.profile.PMax, BaseRate: e.profile.BaseRate,
		Rate:       e.rate(&t, kinds, rateWorst),
		P:          e.probability(&t, kinds, worst),
		WorstHours: e.hours(&t, kinds, e.probability), RateHours: e.hours(&t, kinds, e.rate),
		Profile: e.profile.Name, ProfileHash: e.profile.hash, Calibrated: e.profile.Calibrated,
	}
	x.Lat, x.Lon = x.Point.Degrees()
	if a.Backwards() {
		x.Heading = "backward"
	}
	x.Band = e.profile.Band(x.P)

	distance := e.distances(c, pos)
	for _, i := range active {
		x.Contributions = append(x.Contributions, e.contribution(&e.entries[i], &t, worst, rateWorst, distance(&e.entries[i]), at))
	}
	x.settle()
	return x, nil
}

// bearing returns the entries that bear on travel on the arc at a position, and
// their tally.
func (e *Exposure) bearing(a network.ArcID, pos network.Millimetres) ([]uint32, tally) {
	c := a.Chain()
	last := pos == e.m.Length[c]
	var active []uint32
	var t tally
	for _, v := range e.covers[e.coverFirst[c]:e.coverFirst[c+1]] {
		holds := v.from <= pos && pos < v.to || last && v.to == pos
		if v.heads&headsOfArc(a) != 0 && holds && !slices.Contains(active, v.entry) {
			active = append(active, v.entry)
			t.add(&e.entries[v.entry])
		}
	}
	slices.Sort(active)
	return active, t
}

// contribution describes one entry; its effect is settled later.
func (e *Exposure) contribution(n *entry, t *tally, worst, rateWorst *slot, distance float64, at time.Time) Contribution {
	kind := n.kind
	if n.origin == fromLapsed {
		kind = Unsurveyed
	}
	w := &e.profile.weights[kind]
	c := Contribution{
		Kind: kind.String(), Group: w.Group, Weight: w.Weight,
		X:        n.x * worst.factor[kind],
		WX:       w.Weight * (n.x * worst.factor[kind]),
		Rate:     w.Rate * (n.x * rateWorst.factor[kind]),
		Distance: distance, groupNum: e.profile.group[kind],
	}
	if n.claimed != 0 {
		c.Effect, c.By = Displaced, "finding "+e.found[n.claimed-1].Finding.ID
	}
	switch n.origin {
	case fromMap:
		h := &e.m.Hazards[n.index]
		c.OSM = [...]string{network.OSMNode: "node/", network.OSMWay: "way/", network.OSMRelation: "relation/"}[min(h.Type, network.OSMRelation)] +
			strconv.FormatInt(h.OSM, 10)
		c.Tags = strings.Clone(e.m.Text(h.Tags))
		c.Detail = Detail(*h)
	case fromPlan:
		c.Detail = e.options.Extra[n.index].Source
	case fromSurvey, fromLapsed:
		f := e.found[n.index].Finding
		c.Finding, c.AgeDays, c.Expired = &f, f.Age(at), n.origin == fromLapsed
		c.Detail = fmt.Sprintf("%s rated %d by %s on %s", f.Kind, f.Rating, f.Surveyor, f.Date)
		if c.Expired {
			c.Detail += fmt.Sprintf(", expired %s", f.Expiry)
			if t.found>>n.kind&1 != 0 || t.found>>Clear&1 != 0 {
				c.Effect = Lifted
			}
		}
	}
	return c
}

// settle finds out which contributions count, and by whom the others are
// outdone, and puts them in order.
func (x *Explanation) settle() {
	through := 1.0
	counting := make(map[uint8]int)
	for i := range x.Contributions {
		c := &x.Contributions[i]
		switch {
		case c.Effect != "":
		case c.WX == 0:
			c.Effect = Weightless
		default:
			best, ok := counting[c.groupNum]
			if ok && x.Contributions[best].WX >= c.WX {
				c.Effect = Dominated
				continue
			}
			if ok {
				x.Contributions[best].Effect = Dominated
			}
			c.Effect = Counts
			counting[c.groupNum] = i
		}
	}
	for i := range x.Contributions {
		c := &x.Contributions[i]
		switch c.Effect {
		case Dominated:
			c.By = x.Contributions[counting[c.groupNum]].Name()
		case Lifted:
			c.By = x.lifter(c)
		default:
		}
	}
	for g := range uint8(Kinds) {
		if i, ok := counting[g]; ok {
			through *= 1 - x.Contributions[i].WX
		}
	}
	x.Through = 1 - through
	rank := map[Effect]int{Counts: 0, Dominated: 1, Weightless: 2, Lifted: 3, Displaced: 4}
	slices.SortStableFunc(x.Contributions, func(a, b Contribution) int {
		return cmp.Or(cmp.Compare(rank[a.Effect], rank[b.Effect]), cmp.Compare(b.WX, a.WX),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Name(), b.Name()))
	})
}

// lifter names the finding that makes up for one that has expired.
func (x *Explanation) lifter(c *Contribution) string {
	for i := range x.Contributions {
		if d := &x.Contributions[i]; d.Finding != nil && !d.Expired && (d.Finding.Kind == c.Finding.Kind || d.Finding.Kind == Clear) {
			return d.Name()
		}
	}
	return ""
}

// Name names the contribution: its finding or its OSM object.
func (c *Contribution) Name() string {
	switch {
	case c.Finding != nil:
		return "finding " + c.Finding.ID
	case c.OSM != "":
		return c.Kind + " " + c.OSM
	}
	return c.Kind
}

// distances returns a function that tells how far an entry that bears on a
// position is from it along the network, in metres.
func (e *Exposure) distances(c network.ChainID, pos network.Millimetres) func(*entry) float64 {
	var reach network.Millimetres
	for k := range Kinds {
		reach = max(reach, e.reachOf(&entry{kind: k, origin: fromSurvey}))
	}
	s := newSearcher(e.m)
	s.spread(c, pos, pos, network.BothWays, reach, func(network.ChainID, network.Millimetres, network.Millimetres, heads) {})
	return func(n *entry) float64 {
		best := uint64(math.MaxUint64)
		if n.chain == c {
			switch {
			case pos < n.from:
				best = uint64(n.from - pos)
			case pos > n.to:
				best = uint64(pos - n.to)
			default:
				return 0
			}
		}
		if v := e.m.Tail[n.chain]; s.stamp[v] == s.gen {
			best = min(best, uint64(reach-s.left[v])+uint64(n.from))
		}
		if v := e.m.Head[n.chain]; s.stamp[v] == s.gen {
			best = min(best, uint64(reach-s.left[v])+uint64(e.m.Length[n.chain]-n.to))
		}
		return float64(best) / 1000
	}
}

// hours names the parts of the day at which a figure is greatest, such as
// "00:00–05:00, 22:00–24:00".
func (e *Exposure) hours(t *tally, kinds uint64, figure func(*tally, uint64, *slot) float64) string {
	most := figure(t, kinds, e.worst(t, kinds, figure))
	var parts []string
	from, to := Minute(-1), Minute(-1)
	flush := func() {
		if from >= 0 {
			parts = append(parts, from.String()+"–"+to.String())
		}
	}
	for i := range e.slots {
		s := &e.slots[i]
		if figure(t, kinds, s) != most {
			continue
		}
		if s.from != to {
			flush()
			from = s.from
		}
		to = s.to
	}
	if from == 0 && to == day && len(parts) == 0 {
		return "all day"
	}
	flush()
	return strings.Join(parts, ", ")
}

// Detail says in words what the value of a map hazard means, "" if it has none.
func Detail(h network.Hazard) string {
	k := Kind(h.Kind)
	value := float64(h.Value) / max(k.measure().per, 1)
	number := strconv.FormatFloat(value, 'f', -1, 64)
	switch h.Kind {
	case network.Underpass:
		return "levels below: " + number
	case network.Overpass:
		return "levels above: " + number
	case network.LevelCrossing:
		return network.Protection(h.Value).String()
	case network.NarrowWay:
		if h.Value <= 0 {
			return "width unknown"
		}
		return "width " + number + " m"
	case network.LowClearance:
		return "height limit " + number + " m"
	case network.WeightLimit:
		return "weight limit " + number + " t"
	case network.SteepGrade:
		return "grade " + number + " %"
	case network.SharpCurve:
		return "radius " + strconv.FormatFloat(value, 'f', 0, 64) + " m"
	case network.BarrierGate:
		if h.Value == 1 {
			return "stops some vehicles"
		}
		return "lets pass"
	case network.CutEdge:
		return "the smaller side has " + number + " km of road"
	default:
		return ""
	}
}

// WriteText writes the explanation for a terminal, plain text in lines of at
// most some 100 characters.
func (x *Explanation) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s at %.5f,%.5f, heading %03.0f°\n", cmp.Or(x.Road, "unnamed road"), x.Lat, x.Lon, x.Bearing)
	fmt.Fprintf(&b, "relative exposure: band %d of 5 (p %.4f, worst hours %s)\n", x.Band, x.P, x.WorstHours)
	fmt.Fprintf(&b, "rate λ: %.4f per km, of it base %.4f (worst hours %s)\n", x.Rate, x.BaseRate, x.RateHours)
	if len(x.Contributions) == 0 {
		b.WriteString("nothing bears on this place: the profile's least value holds\n")
	}
	for i := range x.Contributions {
		c := &x.Contributions[i]
		fmt.Fprintf(&b, "  %-10s %-16s w %.2f x %.2f  w·x %.3f  %4.0f m", c.Effect, c.Kind, c.Weight, c.X, c.WX, c.Distance)
		if c.Group != "" {
			fmt.Fprintf(&b, "  group %s", c.Group)
		}
		b.WriteByte('\n')
		var facts []string
		for _, f := range []string{c.OSM, c.Tags, c.Detail} {
			if f != "" {
				facts = append(facts, f)
			}
		}
		if c.Finding != nil {
			facts = append(facts, fmt.Sprintf("%d days old", c.AgeDays), c.Finding.ID)
			if c.Finding.Note != "" {
				facts = append(facts, strconv.Quote(c.Finding.Note))
			}
		}
		if c.By != "" {
			facts = append(facts, "by "+c.By)
		}
		if len(facts) > 0 {
			fmt.Fprintf(&b, "             %s\n", strings.Join(facts, "; "))
		}
	}
	if x.Through < x.PMin || x.Through > x.PMax {
		fmt.Fprintf(&b, "together 1 - Π(1 - w·x) = %.4f, kept within %g and %g\n", x.Through, x.PMin, x.PMax)
	}
	fmt.Fprintf(&b, "profile %s, %s", x.Profile, x.ProfileHash[:min(12, len(x.ProfileHash))])
	if !x.Calibrated {
		b.WriteString(" (uncalibrated: compare places with it; these are no probabilities)")
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}
