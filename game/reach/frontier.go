package reach

import (
	"context"
	"errors"
	"math"
)

// A Point of the trade of value against mean time: no mix whose mean time is at
// most MeanTime is worth less than Lower to an attacker, and there is one that is
// worth no more than Upper.
type Point struct {
	MeanTime     float64
	Upper, Lower float64
}

// frontierRounds is how often the whole field is searched for a point.
const frontierRounds = 6

// Frontier returns the trade of value against mean time at equal steps from the
// fastest time to the mean time of a mix that Solve made without a limit on it.
// Mixes can be mixed and what an attacker's mix proves at one mean time it proves,
// less the price of the time between, at every other: each point gains by all.
func (x *Game) Frontier(ctx context.Context, mix *Mix, points int) ([]Point, error) {
	if points < 2 {
		return nil, errors.New("reach: a frontier needs points; ask for 2 or more")
	}
	fast, _ := x.w.fastest()
	from, to := float64(fast), mix.MeanTime
	out := make([]Point, points)
	type line struct{ lower, price, at float64 }
	lines := []line{{mix.Lower, 0, math.Inf(1)}}
	for i := range out {
		t := from + (to-from)*float64(i)/float64(points-1)
		out[i].MeanTime = t
		if i == points-1 {
			out[i].Upper = mix.Upper
			break
		}
		a, err := x.close(ctx, x.narrow, t, nil, frontierRounds)
		if err != nil {
			return nil, err
		}
		wide, err := x.close(ctx, x.wide, t, a, 1)
		if err != nil {
			return nil, err
		}
		out[i].Upper = wide.upper
		if err := x.prove(ctx, x.narrow, a, t, x.o.Effort/4); err != nil {
			return nil, err
		}
		lines = append(lines, line{a.lower, a.price, t})
	}
	for i := range out {
		p := &out[i]
		for _, l := range lines {
			lower := l.lower
			if l.price > 0 {
				lower += l.price * (l.at - p.MeanTime)
			}
			if l.price > 0 || p.MeanTime <= l.at {
				p.Lower = max(p.Lower, lower)
			}
		}
	}
	// The lower hull of the uppers.
	for i := range out {
		for a := range i {
			for b := i + 1; b < points; b++ {
				if span := out[b].MeanTime - out[a].MeanTime; span > 0 {
					f := (out[i].MeanTime - out[a].MeanTime) / span
					out[i].Upper = min(out[i].Upper, out[a].Upper+f*(out[b].Upper-out[a].Upper))
				}
			}
		}
		if i > 0 {
			out[i].Upper = min(out[i].Upper, out[i-1].Upper)
		}
		out[i].Lower = min(out[i].Lower, out[i].Upper)
	}
	return out, nil
}
