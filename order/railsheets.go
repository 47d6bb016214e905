package order

import (
	"fmt"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/plain"
)

// trainFacts says what runs on a leg by rail.
func trainFacts(r *outrider.RailPlan, c clock) []fact {
	t := &r.Train
	out := []fact{
		{"Train", plain.Text(fmt.Sprintf("%s, %.0f m, at most %s, gauge %d mm, %s", orUnknown(t.CallSign), t.LengthM, c.Speed(t.MaxKMH), t.GaugeMM, t.Traction))},
		{"Boards, alights", exchange.Duration(t.BoardS) + ", " + exchange.Duration(t.AlightS)},
	}
	if t.Reversals > 0 {
		out = append(out, fact{"Changes of ends", fmt.Sprintf("%d, %s each", t.Reversals, exchange.Duration(t.ReverseS))})
	}
	if len(t.Stock) > 0 {
		var each []string
		for _, v := range t.Stock {
			s := v.CallSign + " " + v.Kind
			if v.Seats > 0 || v.Headcount > 0 {
				s += " (" + carries(v.Headcount, v.Seats) + " seats)"
			}
			each = append(each, strings.TrimSpace(s))
		}
		out = append(out, fact{"Stock", plain.Text(strings.Join(each, ", "))})
	}
	if r.Alternative != "" {
		out = append(out, fact{"Another way", plain.Text(r.Alternative)})
	}
	return out
}

// railSheets lists what a leg by rail needs besides its march table.
func railSheets(leg *outrider.LegPlan, c clock) []sheet {
	r := leg.Rail
	all := []sheet{shadow(leg, c), conflicts(leg, c), tracks(r, c), passes(leg, c), access(r, c), evacuation(r, c), holds(r, c)}
	out := all[:0]
	for _, s := range all {
		if len(s.Rows) > 0 || s.Note != "" && s.Title == "Shadow on the road" && r.Shadow != nil {
			out = append(out, s)
		}
	}
	return out
}

func shadow(leg *outrider.LegPlan, c clock) sheet {
	s := sheet{Title: "Shadow on the road", Head: headings("Rendezvous", ">"+c.Unit(), "Train", "Column", ">Behind", ">Drive", "Position"), leave: []int{6}}
	w := leg.Rail.Shadow
	if w == nil {
		return s
	}
	s.Note = plain.Text(w.Verdict)
	for i := range w.Rendezvous {
		q := &w.Rendezvous[i]
		if !q.Reached {
			s.row("bad", q.Name, c.Odometer(q.Odometer), c.second(leg.Earliest, q.Train), "no way by road", "", "", c.Position(q.Lat, q.Lon))
			continue
		}
		tone := ""
		if q.Behind > w.MaxBehind {
			tone = "bad"
		} else if q.Behind > 0 {
			tone = "warn"
		}
		s.row(tone, q.Name, c.Odometer(q.Odometer), c.second(leg.Earliest, q.Train), c.second(leg.Earliest, q.Column), exchange.Duration(q.Behind), c.Distance(q.DriveM), c.Position(q.Lat, q.Lon))
	}
	return s
}

func conflicts(leg *outrider.LegPlan, c clock) sheet {
	s := sheet{Title: "Conflicts with the timetable", Head: headings("Train", "Line", "Kind", "Between", "From", "To", "Detail"), give: 6}
	for i := range leg.Rail.Conflicts {
		q := &leg.Rail.Conflicts[i]
		s.row("warn", q.Trip, q.Line, q.Kind, q.Between, c.minute(leg.Earliest, q.From), c.minute(leg.Earliest, q.To), q.Detail)
	}
	return s
}

func tracks(r *outrider.RailPlan, c clock) sheet {
	s := sheet{Title: "Track", Note: "? is what the map does not say; speeds in brackets are assumed.", Head: headings(">"+c.Unit(), ">Length", "Line", "Usage", "Gauge", "Electrified", ">Speed", ">Tracks beside"), give: 2, leave: []int{7}}
	for i := range r.Tracks {
		q := &r.Tracks[i]
		speed := c.Speed(q.KMH)
		if !q.KMHTagged {
			speed = "(" + speed + ")"
		}
		usage := orUnknown(q.Usage)
		if q.Service != "" {
			usage += ", " + q.Service
		}
		power := strings.ReplaceAll(orUnknown(q.Electric), "_", " ")
		if q.Voltage > 0 {
			power += fmt.Sprintf(" %d V", q.Voltage)
		}
		s.row("", c.Odometer(q.From), c.Distance(q.Length), orUnknown(q.Line), usage, figure(float64(q.GaugeMM), "%.0f mm"), power, speed, fmt.Sprint(q.Parallel))
	}
	return s
}

func passes(leg *outrider.LegPlan, c clock) sheet {
	s := sheet{Title: "In order of passage", Head: headings(">"+c.Unit(), "Head", "What", "Name", "Detail", ">Extent", "Position", "Source"), give: 4, leave: []int{7, 6}}
	for i := range leg.Rail.Passes {
		q := &leg.Rail.Passes[i]
		what := kindName(q.Kind)
		if q.Stops {
			what += ", stops"
		}
		s.row("", c.Odometer(q.From), c.minute(leg.Earliest, q.At), what, q.Name, q.Detail, c.extent(q.From, q.To), c.Position(q.Lat, q.Lon), q.OSM)
	}
	return s
}

func access(r *outrider.RailPlan, c clock) sheet {
	s := sheet{Title: "Road access to the track", Head: headings(">"+c.Unit(), "Road", "Kind", ">Away", "Position"), give: 1}
	for i := range r.Access {
		q := &r.Access[i]
		kind := q.Kind
		if q.Private {
			kind += ", private"
		}
		s.row("", c.Odometer(q.Odometer), q.Road, kind, c.Distance(q.Away), c.Position(q.Lat, q.Lon))
	}
	return s
}

func evacuation(r *outrider.RailPlan, c clock) sheet {
	s := sheet{
		Title: "Evacuation of tunnels and bridges", Note: "The nearest road access before and after, and the way to it along the track.",
		Head: headings(">"+c.Unit(), "What", ">Length", "Before", ">Walk", "After", ">Walk"), give: 3,
	}
	point := func(a *outrider.RailAccessAt, walk float64) (string, string) {
		if a == nil {
			return "none", ""
		}
		return a.Road + ", " + c.Position(a.Lat, a.Lon), c.Distance(walk)
	}
	for i := range r.Evacuation {
		q := &r.Evacuation[i]
		before, walkBack := point(q.Before, q.WalkBefore)
		after, walkOn := point(q.After, q.WalkAfter)
		tone := ""
		if q.Before == nil && q.After == nil {
			tone = "bad"
		}
		s.row(tone, c.Odometer(q.From), kindName(q.Kind), c.Distance(q.To-q.From), before, walkBack, after, walkOn)
	}
	return s
}

func holds(r *outrider.RailPlan, c clock) sheet {
	s := sheet{Title: "Tracks to hold the train in", Head: headings(">"+c.Unit(), "Kind", ">Clear length", "Entered", "Position", "Source")}
	for i := range r.Sidings {
		q := &r.Sidings[i]
		entered := "ahead"
		if q.Backwards {
			entered = "by setting back"
		}
		s.row("", c.Odometer(q.Odometer), q.Kind, c.Distance(q.Length), entered, c.Position(q.Lat, q.Lon), q.OSM)
	}
	return s
}
