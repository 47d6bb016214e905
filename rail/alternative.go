package rail

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/outrider-project/outrider/network"
)

const (
	// dearer is what a second on the tracks of the path and beside it counts when
	// another way is looked for.
	dearer = 5.0
	// besideLine is how far from the path a track belongs to the same line, metres.
	besideLine = 60
	// mostShared is how much of another way may lie on the same line.
	mostShared = 0.7
	// mostLonger is how many times the path's time another way may take.
	mostLonger = 2.0
)

// alternative says in words whether there is another way: one that runs for the
// most part on another line, not on the next track of the same one.
func (w *work) alternative(ctx context.Context) (string, error) {
	same := w.sameLine()
	q := *w.query
	q.unlike = func(t network.TrackID) float64 {
		if same[t] {
			return dearer
		}
		return 1
	}
	p, err := q.find(ctx, w.rail, w.needs)
	if err != nil {
		return "", err
	}
	shared := 0.0
	var lines []string
	for i := range p.strips {
		s := &p.strips[i]
		if same[s.arc.Track()] {
			shared += s.metres()
		} else if line := lineOf(w.m, &s.interval); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	share := shared / p.length()
	longer := p.seconds() - w.seconds()
	switch {
	case share > 0.995:
		return "no other way was found: every path found runs on the same line all the way", nil
	case share > mostShared:
		return fmt.Sprintf("no other way was found: every path found runs on the same line for at least %.0f %% of its length", 100*share), nil
	case p.seconds() > mostLonger*w.seconds():
		return fmt.Sprintf("no other way worth taking: the next one takes %s longer (%s in all)", minutesText(longer), metresText(p.length())), nil
	}
	text := fmt.Sprintf("there is another way: %s, %s longer, %.0f %% of it on the same line", metresText(p.length()), minutesText(max(longer, 0)), 100*share)
	if n := len(p.changes); n > 0 {
		text += fmt.Sprintf(", changing ends %d times", n)
	}
	if len(lines) > 5 {
		lines = append(lines[:5], "…")
	}
	if len(lines) > 0 {
		text += ", over " + strings.Join(lines, ", ")
	}
	return text + "; to plan it, name a station on it as a place to pass", nil
}

// sameLine marks the tracks of the path and those that run beside it for at least
// half their length.
func (w *work) sameLine() map[network.TrackID]bool {
	onPath := w.stripsOf()
	out, seen := map[network.TrackID]bool{}, map[network.TrackID]bool{}
	for t := range onPath {
		out[t], seen[t] = true, true
	}
	reach := 0.0
	for reach < w.length() {
		for _, l := range w.rail.SnapAll(w.point(reach), func(t network.TrackID) bool { return !seen[t] }, besideLine, 64) {
			seen[l.Track] = true
			out[l.Track] = w.besidePath(l.Track, onPath)
		}
		reach += besideLine
	}
	return out
}

// besidePath reports whether at least half of a track is near the path.
func (w *work) besidePath(t network.TrackID, onPath map[network.TrackID][]int) bool {
	const looks = 10
	near := 0
	for k := range looks {
		p := w.rail.PointAt(t, network.Millimetres((float64(k)+0.5)/looks*float64(w.rail.Length[t])))
		if len(w.rail.SnapAll(p, func(t network.TrackID) bool { return len(onPath[t]) > 0 }, besideLine, 1)) > 0 {
			near++
		}
	}
	return 2*near >= looks
}
