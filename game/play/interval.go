package play

import "math"

// normal95 is the 97.5 % quantile of the normal distribution: a two-sided
// interval of 95 %.
const normal95 = 1.959963984540054

// An Interval holds what is sought in 95 of 100 series.
type Interval struct{ Low, High float64 }

// Rate returns hits for each movement.
func (r *Record) Rate() float64 {
	return float64(r.total()) / (float64(r.Movements) * float64(len(r.Hits)))
}

func (r *Record) total() (hits int) {
	for _, h := range r.Hits {
		hits += h
	}
	return hits
}

// RateInterval returns the 95 % interval of the rate: Wilson's score interval
// (Journal of the American Statistical Association 22, 1927).
//
// Where an attacker stays at a place or learns, movements of one campaign go
// together, and counting each for itself would promise too much. Then the number
// of trials is what as many independent ones would have been that scatter as much
// as the campaigns did (Kish's design effect, never below 1), and the quantile is
// Student's for the number of campaigns. With no hit at all, or nothing but hits,
// there is no scatter to go by, and only campaigns count.
func (r *Record) RateInterval() Interval {
	campaigns := float64(len(r.Hits))
	trials := float64(r.Movements) * campaigns
	rate := r.Rate()
	if r.apart {
		return wilson(rate, trials, normal95)
	}
	z := student95(len(r.Hits) - 1)
	if rate == 0 || rate == 1 {
		return wilson(rate, campaigns, z)
	}
	square := 0.0
	for _, h := range r.Hits {
		d := float64(h)/float64(r.Movements) - rate
		square += float64(d * d)
	}
	if variance := square / (campaigns - 1) / campaigns; variance > 0 {
		trials = min(trials, rate*(1-rate)/variance)
	}
	return wilson(rate, trials, z)
}

// Any returns the share of campaigns with at least one hit, and Wilson's 95 %
// interval of it: campaigns have nothing to do with each other.
func (r *Record) Any() (share float64, in Interval) {
	n := 0
	for _, h := range r.Hits {
		if h > 0 {
			n++
		}
	}
	share = float64(n) / float64(len(r.Hits))
	return share, wilson(share, float64(len(r.Hits)), normal95)
}

// wilson is the score interval for a rate seen in a number of trials that need
// not be whole.
func wilson(rate, trials, z float64) Interval {
	zz := z * z
	centre := rate + zz/(2*trials)
	half := z * math.Sqrt(float64(rate*(1-rate))/trials+zz/(4*trials*trials))
	scale := 1 + zz/trials
	in := Interval{Low: max(0, (centre-half)/scale), High: min(1, (centre+half)/scale)}
	// Rounding must not leave out what was seen.
	return Interval{Low: min(in.Low, rate), High: max(in.High, rate)}
}

// student95 is the 97.5 % quantile of Student's distribution with n degrees of
// freedom, by the first four terms of the expansion at the normal quantile
// (Abramowitz and Stegun 26.7.5); off by less than 0.0003 from n = 9 on.
func student95(n int) float64 {
	const (
		z  = normal95
		z3 = z * z * z
		z5 = z3 * z * z
		z7 = z5 * z * z
	)
	v := float64(n)
	return z + (z3+z)/(4*v) + (5*z5+16*z3+3*z)/(96*v*v) + (3*z7+19*z5+17*z3-15*z)/(384*v*v*v)
}
