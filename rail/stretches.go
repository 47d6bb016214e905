package rail

import (
	"slices"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
)

// stretches lists what is run over: a stretch lasts as long as every property of
// it, the number of tracks beside it included. While the train changes ends it
// runs over nothing.
func (w *work) stretches() []outrider.RailStretch {
	var out []outrider.RailStretch
	for i := range w.strips {
		s := &w.strips[i]
		if s.changing {
			continue
		}
		from, end := w.odometer[i], w.odometer[i+1]
		for from < end {
			parallel := w.beamAt(from + 1e-6).tracks
			to := w.beamsUntil(from, end, parallel)
			x := w.stretch(s, from, to, parallel)
			n := len(out)
			if n > 0 && sameStretch(&out[n-1], &x) && closeTo(out[n-1].From+out[n-1].Length, from) {
				last := &out[n-1]
				last.Length += x.Length
				if !slices.Contains(last.Ways, x.Ways[0]) {
					last.Ways = append(last.Ways, x.Ways[0])
				}
			} else {
				out = append(out, x)
			}
			from = to
		}
	}
	return out
}

// beamsUntil returns up to which odometer reading, at most end, the number of
// tracks beside the path stays what it is.
func (w *work) beamsUntil(from, end float64, parallel int) float64 {
	n := len(w.parallel)
	every := w.length() / float64(n)
	for k := max(int((from+1e-6)/every), 0); k < n; k++ {
		if w.parallel[k].tracks != parallel && float64(k)*every > from {
			return min(float64(k)*every, end)
		}
	}
	return end
}

func (w *work) stretch(s *strip, from, to float64, parallel int) outrider.RailStretch {
	iv := &s.interval
	kmh := iv.SpeedForward
	if s.arc.Backwards() {
		kmh = iv.SpeedBackward
	}
	return outrider.RailStretch{
		From: from, Length: to - from, Line: lineOf(w.m, iv), Usage: usageName(iv.Usage), Service: serviceName(iv.Service),
		GaugeMM: int(iv.GaugeMM), Electric: powerName(iv.Power), Voltage: int(iv.Voltage), KMH: float64(kmh),
		KMHTagged: iv.Flags&network.RailSpeedTagged != 0, Parallel: parallel, Ways: []int64{iv.Way},
	}
}

func sameStretch(a, b *outrider.RailStretch) bool {
	return a.Line == b.Line && a.Usage == b.Usage && a.Service == b.Service && a.GaugeMM == b.GaugeMM && a.Electric == b.Electric &&
		a.Voltage == b.Voltage && a.KMH == b.KMH && a.KMHTagged == b.KMHTagged && a.Parallel == b.Parallel
}

// closeTo reports whether two odometer readings are the same but for the noise of
// sums.
func closeTo(a, b float64) bool { return a-b < 1e-3 && b-a < 1e-3 }
