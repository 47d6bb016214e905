package plan

import (
	"fmt"
	"math"
	"slices"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// sideWidth is by how many degrees the bearing of travel may differ from that
// straight away from the side of approach: half of three compass directions.
const sideWidth = 67.5

// approached bars the direction of travel on a stop's road that does not come
// from the side asked for. Where neither or both do, the side decides nothing.
func (p *planner) approached(s stop, side outrider.Side, at string) (stop, error) {
	k := slices.Index(outrider.Sides(), side)
	if k < 0 {
		return stop{}, &outrider.Error{Kind: outrider.Invalid, Where: at, Cause: fmt.Sprintf("%q is no side of approach", side), Remedy: "give north, north-east, east, south-east, south, south-west, west or north-west"}
	}
	s.side = side
	travel := math.Mod(float64(k)*45+180, 360)
	var fit []network.ArcID
	for _, back := range []bool{false, true} {
		a := s.loc.Chain.Arc(back)
		turn := math.Mod(p.arrivalBearing(a, s.loc.At)-travel+540, 360) - 180
		// Where an arc begins, it is the road before it that the column comes along.
		driven := offset(run{arc: a, from: begin(p.m, a)}, s.loc.At)
		if math.Abs(turn) <= sideWidth && driven >= 1 {
			fit = append(fit, a)
		}
	}
	switch len(fit) {
	case 0:
		p.warn("%s: its road, %s, does not come from the %s; any way in is taken", at, p.m.Describe(s.loc.Chain, s.loc.At), side)
	case 1:
		s.only = &fit[0]
	}
	return s, nil
}

// arrivalBearing returns the bearing of travel just before a position on an arc.
func (p *planner) arrivalBearing(a network.ArcID, at network.Millimetres) float64 {
	r := run{arc: a, from: begin(p.m, a), to: end(p.m, a)}
	from := r.along(max(offset(r, at)-look, 0))
	x, y := p.m.PointAt(a.Chain(), from), p.m.PointAt(a.Chain(), at)
	if x == y {
		return p.m.Bearing(a, at)
	}
	return geo.Bearing(x, y)
}

// fastestThrough finds the fastest drive through the leg's stops. Where there is
// none that comes to them from the sides asked for, it is warned of, and any side
// will do.
func (w *legWork) fastestThrough() (*drive, bool) {
	d, ok := w.through(w.time, w.stops, nil, unbarred)
	if ok || !slices.ContainsFunc(w.stops, func(s stop) bool { return s.only != nil }) {
		return d, ok
	}
	sided := w.stops
	w.stops = slices.Clone(w.stops)
	for i := range w.stops {
		w.stops[i].only = nil
	}
	if d, ok = w.through(w.time, w.stops, nil, unbarred); !ok {
		return nil, false
	}
	for _, s := range sided {
		if s.only != nil {
			w.warn("%s: no way comes to %s from the %s; any way in is taken", w.name, s.label, s.side)
		}
	}
	return d, true
}

// venues works out the plan's form of the sheets of venues.
func (p *planner) venues() ([]outrider.VenuePlan, error) {
	out := []outrider.VenuePlan{}
	for _, v := range p.in.Movement.Venues {
		p.hospitals = append(p.hospitals, -1)
		sheet, err := p.venue(v)
		if err != nil {
			return nil, err
		}
		out = append(out, sheet)
	}
	return out, nil
}

func (p *planner) venue(v outrider.Venue) (outrider.VenuePlan, error) {
	out := outrider.VenuePlan{Name: v.Name, VerifiedBy: v.VerifiedBy, Telephones: []outrider.VenueTelephone{}}
	name := fmt.Sprintf("venue %q", v.Name)
	var err error
	place := func(e *outrider.Endpoint, what string, side outrider.Side) *outrider.VenuePlace {
		if e == nil || err != nil {
			return nil
		}
		var q point
		var label string
		if q, label, err = p.resolve(*e, where(name, what, *e)); err != nil {
			return nil
		}
		at := latLon(q)
		return &outrider.VenuePlace{Label: label, Lat: at.Lat, Lon: at.Lon, Approach: side}
	}
	side := func(x *outrider.VenuePoint, what string) *outrider.VenuePlace {
		if x == nil {
			return nil
		}
		return place(&x.At, what, x.Approach)
	}
	at := place(&v.At, "place", "")
	out.Arrival, out.Departure = side(v.Arrival, "arrival"), side(v.Departure, "departure")
	out.AlternateEntrance = side(v.AlternateEntrance, "alternate entrance")
	out.Staging, out.LandingZone = place(v.Staging, "staging", ""), place(v.LandingZone, "landing zone", "")
	hospital := place(v.TraumaHospital, "trauma hospital", "")
	if err != nil {
		return outrider.VenuePlan{}, err
	}
	out.At = *at
	if !v.Verified.IsZero() {
		out.Verified = v.Verified.Format("2006-01-02")
	}
	for _, t := range v.Telephones {
		out.Telephones = append(out.Telephones, outrider.VenueTelephone(t))
	}
	from := out.At
	if out.Arrival != nil {
		from = *out.Arrival
	}
	out.TraumaHospital = p.hospital(name, outrider.LatLon{Lat: from.Lat, Lon: from.Lon}.Point(), hospital)
	return out, nil
}

// hospitalsLast takes back that hospitals of the map were verified where the
// finding runs out before the column has left the venue.
func (p *planner) hospitalsLast(out *outrider.Plan) {
	for i := range out.Venues {
		h := out.Venues[i].TraumaHospital
		if h == nil || !h.FromMap || !h.Verified {
			continue
		}
		until := p.in.Now
		for k, leg := range p.in.Movement.Legs {
			if name := out.Venues[i].Name; leg.To.Venue == name || leg.Stay != nil && leg.Stay.Venue == name {
				until = later(until, lastThere(&out.Legs[k]))
			}
		}
		_, h.Verified = hazard.VerifiedHavens(p.m, p.findingsAt(until))[p.hospitals[i]]
	}
}

// lastThere returns when the column is last at the destination of a leg: at the end
// of the stay, or when the tail is in if it leaves at its latest and all goes
// slowly.
func lastThere(leg *outrider.LegPlan) time.Time {
	r := &leg.Routes[0]
	in := after(leg.Latest, r.Late+r.Halts+r.March[len(r.March)-1].PassTime)
	if leg.Stay != nil {
		return later(in, leg.Stay.Until)
	}
	return in
}

// hospital returns the hospital of a venue's sheet with the way to it, or, if the
// sheet names none, the hospital of the map that is nearest in driving time. The
// way is that of the convoy, at the speeds of the map.
func (p *planner) hospital(venue string, from point, named *outrider.VenuePlace) *outrider.VenueHospital {
	var out *outrider.VenueHospital
	if named != nil {
		out = &outrider.VenueHospital{Label: named.Label, Lat: named.Lat, Lon: named.Lon, Verified: true}
	}
	base := p.m.Passage(p.van, p.passageOptions(nil, nil))
	start, err := p.m.Snap(from, base, p.snapDistance())
	if err != nil {
		p.warn("%s: the way to a hospital is not known: %v", venue, err)
		return out
	}
	lane := timeLane(p.m.Passage(p.van, p.passageOptions([]network.ChainID{start.Chain}, nil)))
	if out != nil {
		q := outrider.LatLon{Lat: named.Lat, Lon: named.Lon}.Point()
		finish, err := p.m.Snap(q, base, p.snapDistance())
		if err == nil {
			if d, ok := p.through(lane, []stop{{loc: start, halt: -1}, {loc: finish, halt: -1}}, nil, unbarred); ok {
				out.Drive, out.Metres = float64(d.cost)/1000, length(d)
				return out
			}
		}
		p.warn("%s: there is no way by road from its arrival point to the hospital %s", venue, named.Label)
		return out
	}
	var t search.Tree
	p.engine.Forward(lane.Metric, p.sources(lane, start), search.Unreachable-1, &t)
	verified := hazard.VerifiedHavens(p.m, p.in.Findings)
	best, least := -1, uint32(search.Unreachable)
	for i := range p.m.Havens {
		h := &p.m.Havens[i]
		if h.Kind != network.Hospital || h.AccessChain == network.None {
			continue
		}
		if d := p.arrival(lane, &t, start, network.Location{Chain: h.AccessChain, At: h.AccessAt}); d < least {
			best, least = i, d
		}
	}
	if best < 0 {
		p.warn("%s: the map has no hospital that can be reached by road", venue)
		return nil
	}
	p.hospitals[len(p.hospitals)-1] = best
	h := &p.m.Havens[best]
	at := latLon(h.Point)
	_, known := verified[best]
	out = &outrider.VenueHospital{Label: p.m.Text(h.Name), Lat: at.Lat, Lon: at.Lon, Drive: float64(least) / 1000, Verified: known, FromMap: true}
	if out.Label == "" {
		out.Label = "hospital " + h.Object()
	}
	finish := stop{loc: network.Location{Chain: h.AccessChain, At: h.AccessAt}, halt: -1}
	if d, ok := p.through(lane, []stop{{loc: start, halt: -1}, finish}, nil, unbarred); ok {
		out.Metres = length(d)
	}
	return out
}

// arrival returns the least time of a forward tree from its start to a place.
func (p *planner) arrival(l *lane, t *search.Tree, from, to network.Location) uint32 {
	best := uint32(search.Unreachable)
	for _, target := range p.targets(l, to) {
		if d, _, ok := p.graph.Arrival(l.Metric, t, target); ok {
			best = min(best, d)
		}
	}
	if from.Chain == to.Chain {
		for _, back := range []bool{false, true} {
			if a := from.Chain.Arc(back); ahead(a, from.At, to.At) {
				best = min(best, l.part(a, from.At, to.At))
			}
		}
	}
	return best
}

// snapDistance is how far from a usable road a place may be.
func (p *planner) snapDistance() float64 {
	if d := p.in.Movement.Constraints.SnapDistance; d > 0 {
		return d
	}
	return DefaultSnap
}
