package rail

import (
	"context"
	"fmt"
	"slices"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
)

// whyNoPath says why there is no path: it looks for one again and again, each time
// with something waived that a train cannot do without.
func (w *work) whyNoPath(ctx context.Context) error {
	e := &outrider.Error{Kind: outrider.NoRoute, Where: w.in.Name}
	ends := fmt.Sprintf("from %s to %s", w.start.Label, w.end.Label)
	// is reports whether there is a path when something is waived.
	is := func(waive fault, length float64) (*path, error) {
		n := *w.needs
		n.waived, n.length = waive, length
		p, err := w.query.find(ctx, w.rail, &n)
		if err != nil {
			return nil, interrupted(err)
		}
		return p, nil
	}
	for _, try := range []fault{noPower, wrongGauge, wrongKind, noPower | wrongGauge, noPower | wrongKind, wrongGauge | wrongKind, noPower | wrongGauge | wrongKind} {
		if try&noPower != 0 && !w.needs.electric {
			continue
		}
		p, err := is(try, w.needs.length)
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		bars := w.barred(p)
		e.Cause = fmt.Sprintf("no path %s: %s stands in the way on %s, first at %s", ends, bars.fault, metresText(bars.metres), bars.first)
		switch try {
		case noPower:
			e.Remedy = "give traction: diesel or bimodal, another voltage, or another destination"
		case wrongGauge:
			e.Remedy = "check the train's gauge, or change trains where the gauge changes"
		default:
			e.Remedy = "check the train's kinds, gauge and traction"
		}
		return e
	}
	p, err := is(0, 0)
	if err != nil {
		return err
	}
	if p != nil {
		e.Cause = fmt.Sprintf("no path %s: it can only be done by changing ends, and no track is long enough for %.0f m past the switch at %s", ends, w.needs.length, w.changesAt(p))
		e.Remedy = "give a shorter train, a halt at a station where it can change ends, or another destination"
		return e
	}
	p, err = is(noPower|wrongGauge|wrongKind, 0)
	if err != nil {
		return err
	}
	if p != nil {
		bars := w.barred(p)
		e.Cause = fmt.Sprintf("no path %s: %s stands in the way, first at %s, and changing ends with %.0f m does so too, at %s", ends, bars.fault, bars.first, w.needs.length, w.changesAt(p))
		e.Remedy = "check the train, or give another destination"
		return e
	}
	if where, gauges, ok := w.parting(); ok {
		e.Cause = fmt.Sprintf("no path %s: tracks join these places, but no train can run from one to the next at %s", ends, where)
		e.Remedy = "give another destination, or look at the map data there"
		if gauges != "" {
			e.Cause = fmt.Sprintf("no path %s: the gauge changes at %s, %s", ends, where, gauges)
			e.Remedy = "change trains there: make it two legs"
		}
		return e
	}
	e.Cause = fmt.Sprintf("no path %s: the tracks of the map do not join these places", ends)
	if n := w.edges(); n > 0 {
		e.Cause += fmt.Sprintf("; %d tracks end where the extract ends", n)
	}
	e.Remedy = "build the map from an extract that holds the whole line, or give other places"
	return e
}

// barrier sums up what bars a path.
type barrier struct {
	fault  fault
	metres float64
	first  string
}

func (w *work) barred(p *path) barrier {
	var b barrier
	for i := range p.strips {
		s := &p.strips[i]
		f := w.needs.fault(&s.interval)
		if f == 0 {
			continue
		}
		b.fault |= f
		b.metres += s.metres()
		if b.first == "" {
			at := latLon(w.rail.PointAt(s.arc.Track(), s.from))
			b.first = fmt.Sprintf("%.5f,%.5f: %s", at.Lat, at.Lon, w.about(&s.interval))
		}
	}
	return b
}

// changesAt says where the first change of ends is that there is no room for.
func (w *work) changesAt(p *path) string {
	for _, c := range p.changes {
		if c.first < len(p.strips) {
			s := &p.strips[c.first]
			at := latLon(w.rail.PointAt(s.arc.Track(), s.from))
			return fmt.Sprintf("%.5f,%.5f", at.Lat, at.Lon)
		}
	}
	return "some switch"
}

// parting looks for the least number of tracks that join start and destination
// whether or not a train can run from each to the next, and returns the first node
// where it cannot; gauges says which ones meet there if that is why. ok is false
// if no tracks join them.
func (w *work) parting() (where, gauges string, ok bool) {
	r := w.rail
	at := make([][]network.TrackID, len(r.NodePoint)) // tracks by node
	for i := range r.Length {
		t := network.TrackID(i)
		at[r.Tail[t]] = append(at[r.Tail[t]], t)
		at[r.Head[t]] = append(at[r.Head[t]], t)
	}
	before := make(map[network.TrackID]network.TrackID)
	var queue []network.TrackID
	for _, s := range w.query.to { // backwards, so that the way is read off from the start
		if _, seen := before[s.track]; !seen {
			before[s.track] = s.track
			queue = append(queue, s.track)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		t := queue[0]
		for _, n := range []network.RailNodeID{r.Tail[t], r.Head[t]} {
			for _, next := range at[n] {
				if _, seen := before[next]; !seen {
					before[next] = t
					queue = append(queue, next)
				}
			}
		}
	}
	for _, s := range w.query.from {
		t := s.track
		for next, seen := before[t]; seen && next != t; t, next = next, before[next] {
			if n, apart := w.apart(t, next); apart {
				p := latLon(r.NodePoint[n])
				a, b := r.Intervals(t)[0].GaugeMM, r.Intervals(next)[0].GaugeMM
				if a != b && a != 0 && b != 0 {
					gauges = fmt.Sprintf("%d mm and %d mm", a, b)
				}
				return fmt.Sprintf("%.5f,%.5f", p.Lat, p.Lon), gauges, true
			}
		}
	}
	return "", "", false
}

// apart reports whether two tracks that meet have no move from one to the other,
// and at which node.
func (w *work) apart(a, b network.TrackID) (n network.RailNodeID, yes bool) {
	for _, out := range []network.RailArcID{a.Arc(false), a.Arc(true)} {
		head := w.rail.ArcHead(out)
		if head != w.rail.Tail[b] && head != w.rail.Head[b] {
			continue
		}
		if slices.ContainsFunc(w.rail.Moves(out), func(c network.RailArcID) bool { return c.Track() == b }) {
			return head, false
		}
		n, yes = head, true
	}
	return n, yes
}

// edges counts the ends of tracks that are ends of the extract, not of the
// railway.
func (w *work) edges() (n int) {
	for i := range w.rail.NodeInfo {
		n += int(w.rail.NodeInfo[i].Edge)
	}
	return n
}
