package scan

import (
	"math/big"
	"math/bits"
)

// Rat returns a quantity exactly.
func Rat(tok []byte) *big.Rat {
	r, ok := new(big.Rat).SetString(string(tok))
	if !ok {
		return nil
	}
	return r
}

// A Ratio is a non-negative number exactly: num/den in lowest terms, or big where
// they do not fit.
type Ratio struct {
	num, den int64
	big      *big.Rat
}

func (r Ratio) rat() *big.Rat {
	if r.big != nil {
		return r.big
	}
	return big.NewRat(r.num, r.den)
}

// RatioOf returns a quantity exactly, without allocation where it is short.
func RatioOf(tok []byte) Ratio {
	const most = 18 // digits that fit an int64 whatever they are
	var num, den int64 = 0, 1
	short, point := len(tok) <= most, false
	for _, c := range tok {
		switch {
		case !short:
		case c == '.':
			point = true
		case c >= '0' && c <= '9':
			num = num*10 + int64(c-'0')
			if point {
				den *= 10
			}
		default:
			short = false
		}
	}
	if !short {
		r := Rat(tok)
		if r == nil || !r.Num().IsInt64() || !r.Denom().IsInt64() {
			return Ratio{big: r}
		}
		return Ratio{num: r.Num().Int64(), den: r.Denom().Int64()}
	}
	g := gcd(num, den)
	return Ratio{num: num / g, den: den / g}
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// MostTime bounds the sum of all times, so that the length of a route, and twice
// that, never overflow.
const MostTime = 1 << 60

// ScaleTimes turns times into integers of 1/scale. The scale is the least common
// denominator where the sum of all then stays within MostTime; else the largest
// power of ten for which it does, and the times are rounded to it. It fails where
// that power is below one.
func ScaleTimes(times []Ratio) (scaled []int64, scale *big.Int, rounded, ok bool) {
	scaled = make([]int64, len(times))
	common := int64(1)
	for _, t := range times {
		if t.big != nil {
			common = 0
			break
		}
		hi, lo := bits.Mul64(uint64(common/gcd(common, t.den)), uint64(t.den))
		if hi != 0 || lo > MostTime {
			common = 0
			break
		}
		common = int64(lo)
	}
	if common > 0 && scaleExactly(times, common, scaled) {
		return scaled, big.NewInt(common), false, true
	}
	sum := 0.0
	for _, t := range times {
		f, _ := t.rat().Float64()
		sum += f
	}
	// Rounding may add a half to each time.
	room := float64(MostTime) - float64(len(times))
	for power := int64(1e18); power >= 1; power /= 10 {
		if sum*float64(power)*(1+1e-9) > room {
			continue
		}
		factor, half := new(big.Rat).SetInt64(power), big.NewRat(1, 2)
		for i, t := range times {
			x := new(big.Rat).Mul(t.rat(), factor)
			x.Add(x, half)
			scaled[i] = new(big.Int).Quo(x.Num(), x.Denom()).Int64()
		}
		return scaled, big.NewInt(power), true, true
	}
	return nil, nil, false, false
}

func scaleExactly(times []Ratio, common int64, scaled []int64) bool {
	sum := uint64(0)
	for i, t := range times {
		hi, lo := bits.Mul64(uint64(t.num), uint64(common/t.den))
		if hi != 0 || lo > MostTime {
			return false
		}
		if sum += lo; sum > MostTime {
			return false
		}
		scaled[i] = int64(lo)
	}
	return true
}
