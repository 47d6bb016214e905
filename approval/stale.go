package approval

import (
	"fmt"
	"slices"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
)

// NearRoute is how far from a route of the plan, in metres, a finding is said to
// be near it.
const NearRoute = 500.0

// supersedes is how near, in metres, a finding must be to one of its kind that
// is gone to be said to have taken its place; that of package hazard, with a
// metre for rounding.
const supersedes = 21.0

// What happened to a subject.
const (
	Replaced   = "replaced"
	Edited     = "edited"
	Added      = "added"
	Superseded = "superseded"
	Expired    = "expired"
	Ended      = "ended" // a closure that is over
	Removed    = "removed"
	Changed    = "changed"
	NotShown   = "not shown" // so that it is not known
)

// A Change is one thing on which a plan rested that is no longer as it was.
type Change struct {
	Subject Subject `json:"subject"`
	What    string  `json:"what"`
	Text    string  `json:"text"`
	Finding string  `json:"finding,omitempty"` // id
	Kind    string  `json:"kind,omitempty"`    // of the finding
	// Away is how far the finding is from the nearest route of the plan, metres,
	// and Near whether that is at most NearRoute. Away is absent when it is far.
	Away *float64 `json:"away_m,omitempty"`
	Near bool     `json:"near_a_route,omitempty"`
}

// Stale says what has changed between two bases of one plan, in the order of
// Subjects; findings by rising id. Findings that expire or closures that end
// between then.At and at have changed too. The plan tells which findings lie
// near a route; it may be nil. The cost is that of comparing lists, plus an
// index of the routes if findings have changed.
func Stale(then, now *Basis, p *outrider.Plan, at time.Time) []Change {
	c := changes{then: then, now: now, plan: p}
	c.hash(OfPlan, then.PlanHash, now.PlanHash, Edited, func() string {
		if !then.PlanMade.Equal(now.PlanMade) {
			return fmt.Sprintf("the plan was made anew on %s (was: %s)", minute(now.PlanMade), minute(then.PlanMade))
		}
		return "the plan file was edited"
	})
	c.hash(OfMovement, then.MovementHash, now.MovementHash, Edited, func() string { return "the movement file was edited" })
	c.hash(OfMap, then.MapHash, now.MapHash, Replaced, func() string {
		if then.MapName == now.MapName && then.DataDate.Equal(now.DataDate) {
			return fmt.Sprintf("the map %s was built anew from data %s as before and is not the same", now.MapName, outrider.DataDay(now.DataDate))
		}
		return fmt.Sprintf("the map was replaced: %s with data %s → %s with data %s", then.MapName, outrider.DataDay(then.DataDate), now.MapName, outrider.DataDay(now.DataDate))
	})
	c.profile()
	if !c.unseen(OfFindings) {
		c.findings(at)
	}
	c.hash(OfSpeeds, then.SpeedsHash, now.SpeedsHash, Replaced, func() string {
		if then.SpeedsName == now.SpeedsName {
			return fmt.Sprintf("the speeds %q were edited", now.SpeedsName)
		}
		return fmt.Sprintf("the speeds were replaced: %s → %s", quoted(then.SpeedsName), quoted(now.SpeedsName))
	})
	c.hash(OfRuns, then.RunsHash, now.RunsHash, Changed, func() string {
		return fmt.Sprintf("timed runs were added or removed: %d → %d that count", then.Runs, now.Runs)
	})
	if then.RunsHash == now.RunsHash && then.Runs != now.Runs && !slices.Contains(now.Unseen, OfRuns) {
		c.add(OfRuns, Changed, fmt.Sprintf("timed runs have become too old to count: %d → %d", then.Runs, now.Runs))
	}
	c.hash(OfTimetable, then.TimetableSum, now.TimetableSum, Replaced, func() string {
		return fmt.Sprintf("the timetable was replaced: %s → %s", quoted(then.Timetable), quoted(now.Timetable))
	})
	return c.list
}

type changes struct {
	then, now *Basis
	plan      *outrider.Plan
	routes    *lines // made when the first finding needs it
	list      []Change
}

func (c *changes) add(s Subject, what, text string) {
	c.list = append(c.list, Change{Subject: s, What: what, Text: text})
}

// unseen reports whether a subject was not shown, and notes it.
func (c *changes) unseen(s Subject) bool {
	if !slices.Contains(c.now.Unseen, s) {
		return false
	}
	c.add(s, NotShown, fmt.Sprintf("the %s: not shown, so that it is not known whether there is a change", s))
	return true
}

func (c *changes) hash(s Subject, then, now, what string, text func() string) {
	if !c.unseen(s) && then != now {
		c.add(s, what, text())
	}
}

func (c *changes) profile() {
	then, now := c.then, c.now
	if c.unseen(OfProfile) || then.ProfileHash == now.ProfileHash {
		return
	}
	if then.ProfileName != now.ProfileName || then.Profile == nil {
		c.add(OfProfile, Replaced, fmt.Sprintf("the risk profile was replaced: %s → %s", quoted(then.ProfileName), quoted(now.ProfileName)))
	}
	if then.Profile == nil {
		return
	}
	before := len(c.list)
	i, j := 0, 0
	for i < len(then.Profile) || j < len(now.Profile) {
		switch {
		case j == len(now.Profile) || i < len(then.Profile) && then.Profile[i].Name < now.Profile[j].Name:
			c.setting(then.Profile[i].Name, then.Profile[i].Value, "none")
			i++
		case i == len(then.Profile) || now.Profile[j].Name < then.Profile[i].Name:
			c.setting(now.Profile[j].Name, "none", now.Profile[j].Value)
			j++
		default:
			if then.Profile[i].Value != now.Profile[j].Value {
				c.setting(then.Profile[i].Name, then.Profile[i].Value, now.Profile[j].Value)
			}
			i, j = i+1, j+1
		}
	}
	if len(c.list) == before && then.ProfileName == now.ProfileName {
		c.add(OfProfile, Edited, fmt.Sprintf("the risk profile %s was edited: its author or its comments differ, none of its values", quoted(now.ProfileName)))
	}
}

func (c *changes) setting(name, then, now string) {
	c.add(OfProfile, Changed, fmt.Sprintf("risk profile, %s: %s → %s", name, then, now))
}

// lapsed reports whether a finding has expired by a time, over whether a closure
// has ended: the rules of hazard.Finding.
func (f *FindingOnBasis) lapsed(at time.Time) bool {
	return f.Kind != hazard.ClosedByEvent.String() && hazard.DayOf(at) > f.Expiry
}

func (f *FindingOnBasis) over(at time.Time) bool { return !f.Until.IsZero() && !at.Before(f.Until) }

// known reports whether more than the id of a finding is known.
func (f *FindingOnBasis) known() bool { return f.Kind != "" }

func (f *FindingOnBasis) point() geo.Point { return geo.PointFromDegrees(f.Lat, f.Lon) }

// findings compares two lists that rise by id.
func (c *changes) findings(at time.Time) {
	then, now := c.then.Findings, c.now.Findings
	var gone, came []*FindingOnBasis
	i, j := 0, 0
	for i < len(then) || j < len(now) {
		switch {
		case j == len(now) || i < len(then) && then[i].ID < now[j].ID:
			gone = append(gone, &then[i])
			i++
		case i == len(then) || now[j].ID < then[i].ID:
			came = append(came, &now[j])
			j++
		default:
			f := &now[j]
			switch {
			case f.lapsed(at) && !f.lapsed(c.then.At):
				c.finding(f, Expired, fmt.Sprintf("has expired, its last day was %s: the place counts as unsurveyed", f.Expiry))
			case f.over(at) && !f.over(c.then.At):
				c.finding(f, Ended, "is over since "+minute(f.Until))
			}
			i, j = i+1, j+1
		}
	}
	for _, f := range gone {
		k := slices.IndexFunc(came, func(g *FindingOnBasis) bool {
			return f.known() && g.Kind == f.Kind && geo.Distance(f.point(), g.point()) <= supersedes
		})
		if k < 0 {
			c.finding(f, Removed, "is no longer on record")
			continue
		}
		g := came[k]
		c.finding(f, Superseded, fmt.Sprintf("was superseded by %s of %s: rated %d → %d", g.Surveyor, g.Date, f.Rating, g.Rating))
	}
	for _, g := range came {
		taken := slices.ContainsFunc(gone, func(f *FindingOnBasis) bool {
			return f.known() && g.Kind == f.Kind && geo.Distance(f.point(), g.point()) <= supersedes
		})
		if !taken {
			c.finding(g, Added, fmt.Sprintf("was added by %s on %s, rated %d", g.Surveyor, g.Date, g.Rating))
		}
	}
}

func (c *changes) finding(f *FindingOnBasis, what, text string) {
	x := Change{Subject: OfFindings, What: what, Finding: f.ID, Kind: f.Kind}
	if !f.known() {
		x.Text = fmt.Sprintf("finding %s %s", f.ID, text)
		c.list = append(c.list, x)
		return
	}
	x.Text = fmt.Sprintf("finding %s at %.5f, %.5f (%s) %s", f.Kind, f.Lat, f.Lon, f.ID, text)
	if c.plan != nil {
		if c.routes == nil {
			c.routes = linesOf(c.plan)
		}
		if away, where, ok := c.routes.near(f.point()); ok {
			x.Away, x.Near = &away, true
			x.Text += fmt.Sprintf("; %.0f m from %s", away, where)
		} else {
			x.Text += fmt.Sprintf("; more than %.0f m from every route", NearRoute)
		}
	}
	c.list = append(c.list, x)
}

// lines are the routes of a plan, to be found by place.
type lines struct {
	plan  *outrider.Plan
	parts []segment
	index geo.Index
}

// A segment is that between points i and i+1 of a route.
type segment struct{ leg, route, i int32 }

func linesOf(p *outrider.Plan) *lines {
	l := &lines{plan: p}
	var boxes []geo.Box
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			points := p.Legs[i].Routes[j].Points
			for k := 1; k < len(points); k++ {
				a, b := points[k-1].Point(), points[k].Point()
				boxes = append(boxes, geo.Box{
					Min: geo.Point{Lat: min(a.Lat, b.Lat), Lon: min(a.Lon, b.Lon)},
					Max: geo.Point{Lat: max(a.Lat, b.Lat), Lon: max(a.Lon, b.Lon)},
				})
				l.parts = append(l.parts, segment{int32(i), int32(j), int32(k - 1)})
			}
		}
	}
	l.index = geo.BuildIndex(boxes)
	return l
}

// near returns how far the nearest route is, and which it is, if it is within
// NearRoute.
func (l *lines) near(p geo.Point) (away float64, where string, ok bool) {
	l.index.Nearest(p, NearRoute, func(ref uint32) float64 {
		s := l.parts[ref]
		points := l.plan.Legs[s.leg].Routes[s.route].Points
		_, metres := geo.ProjectOnSegment(p, points[s.i].Point(), points[s.i+1].Point())
		return metres
	}, func(ref uint32, metres float64) bool {
		s := l.parts[ref]
		leg := &l.plan.Legs[s.leg]
		r := &leg.Routes[s.route]
		away, ok = metres, true
		where = fmt.Sprintf("%s, %s", l.plan.LegName(int(s.leg)), r.Name)
		if int(s.i) < len(r.Odometer) {
			where += ", " + odometer(l.plan, r.Odometer[s.i])
		}
		return false
	})
	return away, where, ok
}

func quoted(s string) string {
	if s == "" {
		return "none"
	}
	return fmt.Sprintf("%q", s)
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }

// odometer writes how far along a route a place is, in the unit of the plan.
func odometer(p *outrider.Plan, metres float64) string {
	if p.Print.Distances == outrider.Miles {
		return fmt.Sprintf("mi %.1f", metres/outrider.MetresPerMile)
	}
	return fmt.Sprintf("km %.1f", metres/1000)
}
