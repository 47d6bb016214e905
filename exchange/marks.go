package exchange

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
)

// A mark is a point of a plan, perhaps with a way that leads from or to it. The
// formats write the same marks, each in its own words.
type mark struct {
	feature string // what it shows: "march", "hazard", "venue", …
	id      string // unique in the plan
	leg     int    // -1: of the whole plan
	route   int    // -1: of the leg
	name    string
	at      outrider.LatLon
	time    time.Time         // when the head is there; zero if nothing is there at an hour
	kind    string            // within the feature; may be empty
	about   string            // one line for people
	where   string            // the position in the plan's form
	data    []datum           // the fields of plan.json, in order
	way     []outrider.LatLon // driven from or to the point; may be empty
}

// A datum is a field by its name in plan.json: a string, float64, int, bool or
// time.Time.
type datum struct {
	key   string
	value any
}

// marks returns the marks of a plan: venues, then leg by leg what its routes
// have, then what the leg has.
func marks(p *outrider.Plan) []mark {
	m := marker{plan: p, form: FormOf(p), leg: -1, route: -1}
	for i := range p.Venues {
		m.venue(&p.Venues[i], id("venue", i))
	}
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			m.leg, m.route = i, j
			m.ofRoute(&p.Legs[i].Routes[j])
		}
		m.leg, m.route = i, -1
		m.ofLeg(&p.Legs[i])
	}
	return m.list
}

// A marker makes marks; leg and route say where it is in the plan.
type marker struct {
	plan       *outrider.Plan
	form       Form
	leg, route int
	list       []mark
}

// add appends a mark with its place in the plan. The description gets the
// position in the plan's form.
func (m *marker) add(k mark) {
	k.leg, k.route = m.leg, m.route
	if k.name == "" {
		k.name = words(k.kind)
	}
	k.where = m.position(k.at.Lat, k.at.Lon)
	k.about = join(k.about, k.where)
	m.list = append(m.list, k)
}

// position writes a position in the plan's form; nothing for one off the globe,
// which check refuses.
func (m *marker) position(lat, lon float64) string {
	if badPosition(lat, lon) {
		return ""
	}
	return m.form.Position(lat, lon)
}

// id names a thing of the route or leg the marker is at.
func (m *marker) id(kind string, i int) string {
	s := id("leg", m.leg) + "/"
	if m.route >= 0 {
		s += id("route", m.route) + "/"
	}
	return s + id(kind, i)
}

// clock writes a time twice: local and as date-time group.
func (m *marker) clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return m.form.In(t).Format("15:04") + " (" + DTG(t) + ")"
}

// join puts the parts that say something behind one another.
func join(parts ...string) string {
	var some []string
	for _, s := range parts {
		if s != "" {
			some = append(some, s)
		}
	}
	return strings.Join(some, ", ")
}

func (m *marker) ofRoute(r *outrider.RoutePlan) {
	for k := range r.March {
		row := &r.March[k]
		about := join(row.Kind, m.form.Long(row.Odometer), "head "+m.clock(row.Head), "tail "+m.clock(row.Tail))
		if row.HaltS > 0 {
			about += ", halt " + Duration(row.HaltS)
		}
		if row.Dark {
			about += ", in the dark"
		}
		m.add(mark{
			feature: "march", id: m.id("march", k), name: row.Point, at: outrider.LatLon{Lat: row.Lat, Lon: row.Lon}, time: row.Head, kind: row.Kind, about: about,
			data: []datum{
				{"kind", row.Kind},
				{"odometer_m", row.Odometer},
				{"head", row.Head},
				{"tail", row.Tail},
				{"pass_s", row.PassTime},
				{"halt_s", row.HaltS},
				{"early_s", row.EarlyS},
				{"late_s", row.LateS},
				{"dark", row.Dark},
			},
		})
	}
	for k := range r.Hazards {
		h := &r.Hazards[k]
		m.add(mark{
			feature: "hazard", id: m.id("hazard", k), at: outrider.LatLon{Lat: h.Lat, Lon: h.Lon}, time: h.At, kind: h.Kind,
			about: join(h.Detail, m.form.Long(h.From), m.clock(h.At)),
			data: []datum{
				{"kind", h.Kind},
				{"detail", h.Detail},
				{"from_m", h.From},
				{"to_m", h.To},
				{"at", h.At},
				{"band", h.Band},
				{"evidence", h.Evidence},
				{"osm", h.OSM},
				{"finding", h.Finding},
			},
		})
	}
	for k := range r.Havens {
		h := &r.Havens[k]
		m.add(mark{
			feature: "haven", id: m.id("haven", k), name: h.Name, at: outrider.LatLon{Lat: h.Lat, Lon: h.Lon}, kind: h.Kind,
			about: join(words(h.Kind), verified(h.Verified), "leave at "+m.form.Long(h.Odometer), m.form.Distance(h.Metres)+" from there"),
			data: []datum{
				{"kind", h.Kind}, {"odometer_m", h.Odometer}, {"drive_s", h.Drive}, {"drive_m", h.Metres}, {"verified", h.Verified}, {"osm", h.OSM},
			},
		})
	}
	for k := range r.BreakOut {
		b := &r.BreakOut[k]
		if b.OSM == "" && b.Haven == "" {
			continue // none is in reach
		}
		name, from := b.Haven, "break-out from "
		if name == b.OSM {
			name = "" // the haven has none
		}
		if b.Before {
			from = "break-out before "
		}
		m.add(mark{
			feature: "break_out", id: m.id("break-out", k), name: name, at: outrider.LatLon{Lat: b.Lat, Lon: b.Lon}, kind: b.Kind, way: b.Geometry,
			about: join(from+b.Point, words(b.Kind), verified(b.Verified), "leave at "+m.form.Long(b.Leaves), m.form.Distance(b.Metres), Duration(b.Drive), over(b.Over)),
			data: []datum{
				{"kind", b.Kind},
				{"point", b.Point},
				{"before", b.Before},
				{"odometer_m", b.Odometer},
				{"leaves_m", b.Leaves},
				{"drive_s", b.Drive},
				{"drive_m", b.Metres},
				{"verified", b.Verified},
				{"osm", b.OSM},
				{"over", strings.Join(b.Over, ", ")},
			},
		})
	}
}

func verified(yes bool) string {
	if yes {
		return "verified"
	}
	return "not verified"
}

func over(roads []string) string {
	if len(roads) == 0 {
		return ""
	}
	return "over " + strings.Join(roads, ", ")
}

func (m *marker) ofLeg(leg *outrider.LegPlan) {
	for k := range leg.Decisions {
		d := &leg.Decisions[k]
		what := "last place to change over"
		if d.Parting {
			what = "the routes part here"
		}
		m.add(mark{
			feature: "decision_point", id: m.id("decision", k), name: d.From + " to " + d.To, at: outrider.LatLon{Lat: d.Lat, Lon: d.Lon}, time: d.Latest, way: d.Geometry,
			about: join(what, d.Road, m.form.Long(d.Odometer), "decide before "+m.clock(d.Latest), "costs "+Duration(d.Cost), over(d.Over),
				"rejoin at "+d.RejoinOn+" "+m.position(d.RejoinLat, d.RejoinLon)),
			data: []datum{
				{"from_route", d.From},
				{"to_route", d.To},
				{"parting", d.Parting},
				{"road", d.Road},
				{"odometer_m", d.Odometer},
				{"latest", d.Latest},
				{"change_m", d.ChangeM},
				{"change_s", d.ChangeS},
				{"over", strings.Join(d.Over, ", ")},
				{"rejoin_m", d.Rejoin},
				{"rejoin_road", d.RejoinOn},
				{"cost_s", d.Cost},
				{"detour", d.Detour},
				{"avoids_m", d.Avoids},
			},
		})
	}
	m.turn("latest turn-back", leg.Turning.Latest, 0)
	m.turn("equal time", leg.Turning.EqualTime, 1)
	m.turn("point of no return", leg.Turning.NoReturn, 2)
	if leg.Rail != nil {
		m.ofRail(leg.Rail)
	}
	if s := leg.Stay; s != nil {
		name := s.Venue
		if name == "" {
			name = leg.To.Label
		}
		m.add(mark{
			feature: "stay", id: m.id("stay", 0), name: name, at: outrider.LatLon{Lat: leg.To.Lat, Lon: leg.To.Lon}, time: s.From,
			about: join("stay from "+m.clock(s.From)+" to "+m.clock(s.Until), "slack "+Duration(s.Slack)),
			data:  []datum{{"venue", s.Venue}, {"from", s.From}, {"until", s.Until}, {"slack_s", s.Slack}},
		})
	}
}

func (m *marker) turn(what string, t *outrider.TurnPlace, i int) {
	if t == nil {
		return
	}
	m.add(mark{
		feature: "turning_back", id: m.id("turn", i), name: what, at: outrider.LatLon{Lat: t.Lat, Lon: t.Lon}, time: t.Head, kind: what,
		about: join(what, t.Road, m.form.Long(t.Odometer), m.clock(t.Head), "back "+Duration(t.Back), "on "+Duration(t.On)),
		data: []datum{
			{"kind", what}, {"road", t.Road}, {"odometer_m", t.Odometer}, {"head", t.Head}, {"back_s", t.Back}, {"back_m", t.BackM}, {"on_s", t.On},
		},
	})
}

func (m *marker) ofRail(r *outrider.RailPlan) {
	for k := range r.Passes {
		q := &r.Passes[k]
		m.add(mark{
			feature: "rail_pass", id: m.id("rail-pass", k), name: q.Name, at: outrider.LatLon{Lat: q.Lat, Lon: q.Lon}, time: q.At, kind: q.Kind,
			about: join(words(q.Kind), q.Detail, m.form.Long(q.From), m.clock(q.At)),
			data: []datum{
				{"kind", q.Kind}, {"detail", q.Detail}, {"from_m", q.From}, {"to_m", q.To}, {"at", q.At}, {"osm", q.OSM}, {"stops", q.Stops},
			},
		})
	}
	for k := range r.Access {
		m.access("rail_access", m.id("rail-access", k), "", &r.Access[k])
	}
	for k := range r.Evacuation {
		e := &r.Evacuation[k]
		for i, a := range []*outrider.RailAccessAt{e.Before, e.After} {
			if a == nil {
				continue
			}
			side, walk := "before", e.WalkBefore
			if i == 1 {
				side, walk = "after", e.WalkAfter
			}
			what := fmt.Sprintf("evacuation point %s the %s at %s, walk %s", side, e.Kind, m.form.Long(e.From), m.form.Distance(walk))
			m.access("rail_evacuation", m.id("rail-evacuation", k)+"/"+side, what, a, datum{"of", e.Kind}, datum{"from_m", e.From}, datum{"to_m", e.To}, datum{"walk_m", walk})
		}
	}
	for k := range r.Sidings {
		s := &r.Sidings[k]
		back := ""
		if s.Backwards {
			back = "only by setting back"
		}
		m.add(mark{
			feature: "rail_siding", id: m.id("rail-siding", k), at: outrider.LatLon{Lat: s.Lat, Lon: s.Lon}, kind: s.Kind,
			about: join(words(s.Kind), m.form.Long(s.Odometer), m.form.Distance(s.Length)+" clear", back),
			data:  []datum{{"kind", s.Kind}, {"odometer_m", s.Odometer}, {"length_m", s.Length}, {"backwards", s.Backwards}, {"osm", s.OSM}},
		})
	}
	if r.Shadow == nil {
		return
	}
	for k := range r.Shadow.Rendezvous {
		q := &r.Shadow.Rendezvous[k]
		about := join("rendezvous", m.form.Long(q.Odometer), "train "+m.clock(q.Train))
		if q.Reached {
			about = join(about, "column "+m.clock(q.Column), "behind "+Duration(q.Behind))
		} else {
			about += ", no way by road"
		}
		m.add(mark{
			feature: "rendezvous", id: m.id("rendezvous", k), name: q.Name, at: outrider.LatLon{Lat: q.Lat, Lon: q.Lon}, time: q.Train, kind: "rendezvous", about: about,
			data: []datum{
				{"odometer_m", q.Odometer}, {"train", q.Train}, {"column", q.Column}, {"behind_s", q.Behind}, {"drive_m", q.DriveM}, {"reached", q.Reached},
			},
		})
	}
}

// access marks where a road vehicle gets to the track.
func (m *marker) access(feature, id, what string, a *outrider.RailAccessAt, more ...datum) {
	private := ""
	if a.Private {
		private = "private road"
	}
	name := a.Road
	if name == "" {
		name = a.Kind
	}
	m.add(mark{
		feature: feature, id: id, name: name, at: outrider.LatLon{Lat: a.Lat, Lon: a.Lon}, kind: a.Kind,
		about: join(what, a.Kind, a.Road, m.form.Long(a.Odometer), m.form.Distance(a.Away)+" to the track", private),
		data:  append([]datum{{"kind", a.Kind}, {"road", a.Road}, {"odometer_m", a.Odometer}, {"away_m", a.Away}, {"private", a.Private}}, more...),
	})
}

// venue marks the places of a venue. What the sheet does not know is "?".
func (m *marker) venue(v *outrider.VenuePlan, id string) {
	part := func(key, what string, p *outrider.VenuePlace, about string) {
		if p == nil {
			return
		}
		side := ""
		if p.Approach != "" {
			side = "from the " + string(p.Approach)
		}
		name := v.Name
		if key != "at" {
			name += ": " + what
		}
		m.add(mark{
			feature: "venue", id: id + "/" + key, name: name, at: outrider.LatLon{Lat: p.Lat, Lon: p.Lon}, kind: what,
			about: join(what, p.Label, side, about),
			data:  []datum{{"kind", what}, {"label", p.Label}, {"approach", string(p.Approach)}},
		})
	}
	part("at", "venue", &v.At, m.sheet(v))
	part("arrival", "arrival point", v.Arrival, "")
	part("departure", "departure point", v.Departure, "")
	part("staging", "staging", v.Staging, "")
	part("alternate-entrance", "alternate entrance", v.AlternateEntrance, "")
	part("landing-zone", "landing zone", v.LandingZone, "")
	if h := v.TraumaHospital; h != nil {
		m.add(mark{
			feature: "venue", id: id + "/trauma-hospital", name: v.Name + ": trauma hospital", at: outrider.LatLon{Lat: h.Lat, Lon: h.Lon}, kind: "trauma hospital",
			about: join("trauma hospital", h.Label, verified(h.Verified), m.form.Distance(h.Metres)+" from the arrival point", Duration(h.Drive)),
			data: []datum{
				{"kind", "trauma hospital"}, {"label", h.Label}, {"drive_s", h.Drive}, {"drive_m", h.Metres}, {"verified", h.Verified}, {"from_map", h.FromMap},
			},
		})
	}
}

// sheet says in one line what a venue's sheet knows and what it does not.
func (m *marker) sheet(v *outrider.VenuePlan) string {
	place := func(what string, p *outrider.VenuePlace) string {
		if p == nil {
			return what + " " + unknown
		}
		return ""
	}
	orUnknown := func(s string) string {
		if s == "" {
			return unknown
		}
		return s
	}
	parts := []string{
		place("arrival point", v.Arrival), place("departure point", v.Departure), place("staging", v.Staging),
		place("alternate entrance", v.AlternateEntrance), place("landing zone", v.LandingZone),
	}
	if v.TraumaHospital == nil {
		parts = append(parts, "trauma hospital "+unknown)
	}
	if len(v.Telephones) == 0 {
		parts = append(parts, "telephones "+unknown)
	}
	for _, t := range v.Telephones {
		parts = append(parts, t.Office+" "+orUnknown(t.Number))
	}
	return join(append(parts, "verified "+orUnknown(v.Verified)+" by "+orUnknown(v.VerifiedBy))...)
}

// text writes a datum as a text; empty if there is nothing to say.
func (d *datum) text() string {
	switch v := d.value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case int:
		return strconv.Itoa(v)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.Format(time.RFC3339)
	}
	return ""
}
