package rail

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

const (
	// stopAway is how far from the path a stop of the timetable may lie, metres.
	stopAway = 300
	// namedAway is the same for one that has the name of a station on the path.
	namedAway = 1000
	// headway is the time in seconds that trains in one direction keep apart.
	headway = 300.0
	// Speeds in km/h between two calls of a train that runs on the path.
	slowestRun, quickestRun = 5.0, 400.0
)

// Kinds of TrainConflict.
const (
	conflictOpposite = "opposite"
	conflictAhead    = "ahead"
	conflictBehind   = "behind"
	conflictPlatform = "same platform"
)

// A movement between two calls of another train, in terms of this path: seconds
// count from departure, metres are odometer readings.
type hop struct {
	trip, line         string
	fromName, toName   string
	fromM, toM         float64
	leaves, arrives    float64
	estimated, reverse bool
}

// A stay of another train at a stop on the path.
type layover struct {
	trip, line      string
	name            string
	point           geo.Point
	platform        bool // the timetable names the platform
	metres          float64
	arrives, leaves float64
}

// conflicts holds the train against the timetable.
func (w *work) conflicts(plan *outrider.RailPlan) []outrider.TrainConflict {
	out := []outrider.TrainConflict{}
	feed := w.in.Timetable
	if feed == nil {
		w.say("no timetable was given: meeting other trains was not looked into")
		return out
	}
	t := w.in.Leg.Train
	from, to := w.in.Depart.Add(-t.Board), w.when(w.seconds()).Add(t.Alight)
	if first, last := feed.From, feed.To.AddDate(0, 0, 1); from.Before(first) || !to.Before(last) {
		w.say("the timetable %s holds from %s to %s and not on the day of the train: conflicts with other trains are not known",
			feed.Name, feed.From.Format(time.DateOnly), feed.To.Format(time.DateOnly))
		return out
	}
	margin := duration(headway + 3600)
	hops, stays := w.others(plan, from.Add(-margin), to.Add(margin))
	if len(hops)+len(stays) == 0 {
		w.say("the timetable %s has no train with stops on this path in these hours", feed.Name)
	}
	for i := range hops {
		if hops[i].reverse {
			out = append(out, w.opposite(&hops[i], plan)...)
		} else {
			out = append(out, w.following(&hops[i])...)
		}
	}
	out = append(out, w.platforms(stays)...)
	return joinConflicts(out)
}

// others reads off the timetable what other trains do on this path.
func (w *work) others(plan *outrider.RailPlan, from, to time.Time) (hops []hop, stays []layover) {
	feed := w.in.Timetable
	known := map[int]float64{} // odometer by stop; below 0: not on the path
	onPath := w.stripsOf()
	place := func(stop int) float64 {
		metres, ok := known[stop]
		if !ok {
			metres = w.placeOf(feed.Stops[stop].Name, feed.Stops[stop].Point, onPath, plan)
			known[stop] = metres
		}
		return metres
	}
	since := func(t time.Time) float64 { return t.Sub(w.in.Depart).Seconds() }
	for _, r := range feed.Between(from, to) {
		trip := r.Trip.Number
		if trip == "" {
			trip = r.Trip.ID
		}
		for i, c := range r.Trip.Calls {
			metres := place(c.Stop)
			if metres < 0 {
				continue
			}
			arrives, leaves := r.At(i)
			stop := &feed.Stops[c.Stop]
			stays = append(stays, layover{trip, r.Trip.Line, stop.Name, stop.Point, stop.Parent >= 0, metres, since(arrives), since(leaves)})
			if i+1 == len(r.Trip.Calls) {
				continue
			}
			next := r.Trip.Calls[i+1]
			on := place(next.Stop)
			if on < 0 || on == metres {
				continue
			}
			then, _ := r.At(i + 1)
			h := hop{
				trip: trip, line: r.Trip.Line, fromName: stop.Name, toName: feed.Stops[next.Stop].Name, fromM: metres, toM: on,
				leaves: since(leaves), arrives: since(then), estimated: c.Estimated || next.Estimated, reverse: on < metres,
			}
			kmh := max(on-metres, metres-on) / max(h.arrives-h.leaves, 1) * 3.6
			if kmh >= slowestRun && kmh <= quickestRun {
				hops = append(hops, h)
			}
		}
	}
	return hops, stays
}

// placeOf returns the odometer reading of a stop, below 0 if it is not on the
// path.
func (w *work) placeOf(name string, p geo.Point, onPath map[network.TrackID][]int, plan *outrider.RailPlan) float64 {
	for _, l := range w.rail.SnapAll(p, func(t network.TrackID) bool { return len(onPath[t]) > 0 }, stopAway, 16) {
		for _, k := range onPath[l.Track] {
			if !w.strips[k].changing && w.on(k, l.At) {
				return w.reading(k, l.At)
			}
		}
	}
	for i := range plan.Passes {
		x := &plan.Passes[i]
		if x.Kind == outrider.RailStation && sameName(x.Name, name) && geo.Distance(p, geo.PointFromDegrees(x.Lat, x.Lon)) <= namedAway {
			return x.From
		}
	}
	return -1
}

// sameName reports whether two names are those of one station: what they share
// counts, not case nor the word station.
func sameName(a, b string) bool {
	plain := func(s string) string {
		words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune(" -,.()/'", r) })
		words = slices.DeleteFunc(words, func(x string) bool { return x == "station" || x == "railway" || x == "rail" || x == "train" })
		return strings.Join(words, " ")
	}
	x := plain(a)
	return x != "" && x == plain(b)
}

// at returns when the other train is at an odometer reading, going steadily.
func (h *hop) at(metres float64) float64 {
	return h.leaves + (h.arrives-h.leaves)*(metres-h.fromM)/(h.toM-h.fromM)
}

func (h *hop) conflict(w *work, kind string, from, to, fromM, toM float64, detail string) outrider.TrainConflict {
	between := h.fromName + " – " + h.toName
	if h.estimated {
		detail += "; its times there are estimated"
	}
	return outrider.TrainConflict{
		Trip: h.trip, Line: h.line, Kind: kind, Between: between, From: w.when(from), To: w.when(to), FromM: fromM, ToM: toM, Detail: detail,
	}
}

// opposite finds where a train the other way is on the same single track at the
// same time.
func (w *work) opposite(h *hop, plan *outrider.RailPlan) []outrider.TrainConflict {
	var out []outrider.TrainConflict
	for i := range plan.Passes {
		p := &plan.Passes[i]
		lo, hi := max(p.From, h.toM), min(p.To, h.fromM)
		if p.Kind != outrider.RailSingleTrack || lo >= hi {
			continue
		}
		from, to := max(w.clock(lo), h.at(hi)), min(w.clock(hi)+w.passing(hi), h.at(lo))
		if from < to {
			out = append(out, h.conflict(w, conflictOpposite, from, to, lo, hi, fmt.Sprintf("both on %s of single track for %s", metresText(hi-lo), minutesText(to-from))))
		}
	}
	return out
}

// following finds a train the same way that is too close, or that would have to
// be overtaken.
func (w *work) following(h *hop) []outrider.TrainConflict {
	atStart, atEnd := h.at(h.fromM)-w.leaving(h.fromM), h.at(h.toM)-w.clock(h.toM)
	closest := min(max(atStart, -atStart), max(atEnd, -atEnd))
	overtakes := (atStart < 0) != (atEnd < 0)
	if closest >= headway && !overtakes {
		return nil
	}
	kind, detail := conflictBehind, fmt.Sprintf("it follows %s behind", minutesText(closest))
	if atStart < 0 {
		kind, detail = conflictAhead, fmt.Sprintf("it runs %s ahead", minutesText(closest))
	}
	switch {
	case overtakes && atStart < 0:
		detail = "it is ahead and would be overtaken on this section"
	case overtakes:
		detail = "it is behind and would overtake on this section"
	}
	if n := w.beamAt((h.fromM + h.toM) / 2).running; n > 0 {
		detail += fmt.Sprintf("; %d running lines here, which of them it uses is not known", n+1)
	}
	from := min(w.leaving(h.fromM), h.at(h.fromM))
	to := max(w.clock(h.toM), h.at(h.toM))
	return []outrider.TrainConflict{h.conflict(w, kind, from, to, h.fromM, h.toM, detail)}
}

// leaving returns when the head leaves an odometer reading: after a halt there.
func (w *work) leaving(metres float64) float64 {
	out := w.clock(metres)
	for _, s := range w.stands {
		if at := w.odometer[s.before]; max(at-metres, metres-at) <= stopAway {
			out = max(out, w.begins[s.before])
		}
	}
	return out
}

// platforms finds trains that stand at a station while this one does, unless the
// timetable says that they stand at another platform.
func (w *work) platforms(stays []layover) []outrider.TrainConflict {
	type stop struct {
		metres, arrives, leaves float64
		track                   network.TrackID
	}
	t := w.in.Leg.Train
	stops := []stop{
		{0, -t.Board.Seconds(), 0, w.path.from.track},
		{w.length(), w.seconds(), w.seconds() + t.Alight.Seconds(), w.path.to.track},
	}
	for _, s := range w.stands {
		if s.stops {
			leaves := w.begins[s.before]
			stops = append(stops, stop{w.odometer[s.before], leaves - s.wait, leaves, s.at.spots[s.spot].track})
		}
	}
	var out []outrider.TrainConflict
	for _, s := range stops {
		for i := range stays {
			o := &stays[i]
			from, to := max(s.arrives, o.arrives), min(s.leaves, o.leaves)
			if max(o.metres-s.metres, s.metres-o.metres) > stopAway || from > to {
				continue
			}
			detail := "it stands there too; the timetable does not say at which platform"
			if o.platform {
				near := w.rail.SnapAll(o.point, nil, stopAway, 2)
				if !slices.ContainsFunc(near, func(l network.RailLocation) bool { return l.Track == s.track }) {
					continue
				}
				detail = "it stands there too, at a platform beside this track"
			}
			out = append(out, outrider.TrainConflict{
				Trip: o.trip, Line: o.line, Kind: conflictPlatform, Between: o.name, From: w.when(from), To: w.when(to), FromM: s.metres, ToM: s.metres, Detail: detail,
			})
		}
	}
	return out
}

// joinConflicts makes one of what one train does on sections that follow one
// another, and puts all in order of time.
func joinConflicts(all []outrider.TrainConflict) []outrider.TrainConflict {
	slices.SortStableFunc(all, func(a, b outrider.TrainConflict) int {
		return cmp.Or(cmp.Compare(a.Trip, b.Trip), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.FromM, b.FromM), a.From.Compare(b.From))
	})
	out := []outrider.TrainConflict{}
	for _, c := range all {
		n := len(out)
		if n > 0 && out[n-1].Trip == c.Trip && out[n-1].Kind == c.Kind && closeTo(out[n-1].ToM, c.FromM) && !c.From.After(out[n-1].To) && c.FromM < c.ToM {
			last := &out[n-1]
			last.ToM = c.ToM
			if c.From.Before(last.From) {
				last.From = c.From
			}
			if c.To.After(last.To) {
				last.To = c.To
			}
			start, _, _ := strings.Cut(last.Between, " – ")
			_, end, _ := strings.Cut(c.Between, " – ")
			last.Between = start + " – " + end
			continue
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b outrider.TrainConflict) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Trip, b.Trip), cmp.Compare(a.FromM, b.FromM))
	})
	return out
}
