package osm

import (
	"math"
	"strconv"
)

// parseInt reads a decimal 64-bit number.
func parseInt(s []byte) (int64, bool) {
	digits := s
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 18 {
		v, err := strconv.ParseInt(string(s), 10, 64)
		return v, err == nil
	}
	var v int64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	if s[0] == '-' {
		v = -v
	}
	return v, true
}

// parseE7 reads decimal degrees as E7 units, rounded half away from zero. It is
// exact for plain decimals of any number of digits.
func parseE7(s []byte) (int64, bool) {
	digits := s
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	var v int64
	whole, places := 0, -1
	for _, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			switch {
			case places < 0:
				if whole++; whole > 9 {
					return 0, false
				}
				v = v*10 + int64(c-'0')
			case places < 7:
				v = v*10 + int64(c-'0')
				places++
			case places == 7:
				if c >= '5' {
					v++
				}
				places++
			}
		case c == '.' && places < 0:
			places = 0
		case c == 'e' || c == 'E':
			f, err := strconv.ParseFloat(string(s), 64)
			if err != nil || math.Abs(f) > 1000 {
				return 0, false
			}
			return int64(math.Round(f * e7)), true
		default:
			return 0, false
		}
	}
	if whole == 0 && places < 1 {
		return 0, false
	}
	for range 7 - max(places, 0) {
		v *= 10
	}
	if s[0] == '-' {
		v = -v
	}
	return v, true
}
