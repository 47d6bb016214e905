package rail

import "math"

// What is assumed of every train when it starts and brakes, in m/s². Passenger
// trains behind a locomotive do better, long ones worse.
const (
	starting = 0.25
	braking  = 0.4
)

// A pace is how a strip is run over when starting and braking count: the train
// comes in at one speed, reaches another, goes out at a third. Speeds are m/s.
type pace struct {
	in, top, out float64
	begins       float64 // seconds after the start, halts included
}

// paces works out how the train runs over each strip when it starts from rest and
// comes to rest at every stop, and nowhere goes faster than the strip allows. It is
// the usual way: forwards what it can have gained, backwards what it must have
// lost by then. While the train changes ends, the position goes steadily.
func (w *work) paces() []pace {
	n := len(w.strips)
	rest := make([]bool, n+1) // the train stands between strip i-1 and i
	rest[0], rest[n] = true, true
	for _, s := range w.stands {
		rest[s.before] = rest[s.before] || s.stops
	}
	limit := make([]float64, n)
	for i := range w.strips {
		s := &w.strips[i]
		limit[i] = s.metres() / s.seconds
		if s.changing {
			rest[i], rest[i+1] = true, true
		}
	}
	at := make([]float64, n+1) // speed between strips
	for i := 1; i < n; i++ {
		if !rest[i] {
			at[i] = min(limit[i-1], limit[i], math.Sqrt(at[i-1]*at[i-1]+2*starting*w.strips[i-1].metres()))
		}
	}
	for i := n - 1; i > 0; i-- {
		at[i] = min(at[i], math.Sqrt(at[i+1]*at[i+1]+2*braking*w.strips[i].metres()))
	}
	out := make([]pace, n)
	clock := 0.0
	for i := range w.strips {
		s := &w.strips[i]
		before := 0.0
		if i > 0 {
			before = w.ends[i-1]
		}
		clock += w.begins[i] - before // halts
		out[i] = pace{in: at[i], out: at[i+1], begins: clock}
		if s.changing {
			clock += s.seconds
			continue
		}
		// The speed at which braking must follow on starting at once.
		l := s.metres()
		out[i].top = min(limit[i], math.Sqrt((2*starting*braking*l+braking*at[i]*at[i]+starting*at[i+1]*at[i+1])/(starting+braking)))
		clock += out[i].after(l, l)
	}
	return out
}

// after returns the seconds over the first metres of a strip of the given length.
func (p *pace) after(metres, length float64) float64 {
	up := (p.top*p.top - p.in*p.in) / (2 * starting)
	down := (p.top*p.top - p.out*p.out) / (2 * braking)
	if metres <= up {
		return (math.Sqrt(p.in*p.in+2*starting*metres) - p.in) / starting
	}
	t := (p.top - p.in) / starting
	steady := max(length-up-down, 0)
	if p.top > 0 {
		t += min(metres-up, steady) / p.top
	}
	if metres <= up+steady {
		return t
	}
	left := max(p.out*p.out+2*braking*(length-metres), 0)
	return t + (p.top-math.Sqrt(left))/braking
}

// late returns by how many seconds the head is later at an odometer reading than
// at line speed, for starting and braking.
func (w *work) late(metres float64) float64 {
	i, _ := w.find(metres)
	s, p := &w.strips[i], &w.slow[i]
	into := min(max(metres-w.odometer[i], 0), s.metres())
	if s.changing {
		return p.begins - w.begins[i]
	}
	return max(p.begins+p.after(into, s.metres())-w.clock(metres), 0)
}
