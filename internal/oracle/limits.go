package oracle

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
)

// Limits are the greatest dimensions that may pass, in centimetres and
// kilograms; 0 is no limit.
type Limits struct{ HeightCM, WidthCM, LengthCM, WeightKG, AxleKG int64 }

var limitKeys = [5][]string{
	{"maxheight", "maxheight:physical", "maxheight:signed", "maxheight:hgv"},
	{"maxwidth", "maxwidth:physical", "maxwidth:hgv"},
	{"maxlength", "maxlength:hgv"},
	{"maxweight", "maxweight:signed", "maxweight:hgv"},
	{"maxaxleload"},
}

func readLimits(t tags, suffix string) Limits {
	var least [5]int64
	for i, keys := range limitKeys {
		read := metres
		if i >= 3 {
			read = tonnes
		}
		for _, key := range append(slices.Clip(keys), keys[0]+suffix) {
			for v := range strings.SplitSeq(t[key], ";") {
				if x := read(strings.TrimSpace(v)); x > 0 && (least[i] == 0 || x < least[i]) {
					least[i] = x
				}
			}
		}
	}
	return Limits{least[0], least[1], least[2], least[3], least[4]}
}

var (
	quantity   = regexp.MustCompile(`^(\d+(?:[.,]\d*)?|[.,]\d+) *([a-zA-Z]*|"|'')$`)
	feetInches = regexp.MustCompile(`^(\d+(?:\.\d+)?) *(?:'|ft|feet)(?:[ -]*(\d+(?:\.\d+)?) *(?:"|in|inch|inches|''))?$`)
)

// Exact ratios, so that rounding down is rounding down.
var (
	centimetres = map[string]*big.Rat{
		"": big.NewRat(100, 1), "m": big.NewRat(100, 1), "cm": big.NewRat(1, 1), "mm": big.NewRat(1, 10), "km": big.NewRat(100000, 1),
		"meter": big.NewRat(100, 1), "meters": big.NewRat(100, 1), "metre": big.NewRat(100, 1), "metres": big.NewRat(100, 1),
		"ft": big.NewRat(3048, 100), "feet": big.NewRat(3048, 100),
		"in": big.NewRat(254, 100), "inch": big.NewRat(254, 100), "inches": big.NewRat(254, 100), `"`: big.NewRat(254, 100), "''": big.NewRat(254, 100),
	}
	kilograms = map[string]*big.Rat{
		"": big.NewRat(1000, 1), "t": big.NewRat(1000, 1), "tonne": big.NewRat(1000, 1), "tonnes": big.NewRat(1000, 1), "mt": big.NewRat(1000, 1),
		"kg": big.NewRat(1, 1), "kgs": big.NewRat(1, 1), "pounds": big.NewRat(45359237, 100000000),
		"lbs": big.NewRat(45359237, 100000000), "lb": big.NewRat(45359237, 100000000),
		"st": big.NewRat(90718474, 100000), "ton": big.NewRat(90718474, 100000), "tons": big.NewRat(90718474, 100000),
		"lt": big.NewRat(10160469088, 10000000),
	}
)

// metres reads a length in centimetres, 0 if it says none.
func metres(v string) int64 {
	if m := feetInches.FindStringSubmatch(v); m != nil {
		sum := scaled(m[1], centimetres["ft"])
		if m[2] != "" {
			sum.Add(sum, scaled(m[2], centimetres["in"]))
		}
		return down(sum)
	}
	return measured(v, centimetres)
}

// tonnes reads a weight in kilograms, 0 if it says none.
func tonnes(v string) int64 { return measured(strings.ToLower(v), kilograms) }

func measured(v string, units map[string]*big.Rat) int64 {
	m := quantity.FindStringSubmatch(v)
	if m == nil || units[m[2]] == nil {
		return 0
	}
	return down(scaled(m[1], units[m[2]]))
}

func scaled(number string, unit *big.Rat) *big.Rat {
	number = strings.Replace(number, ",", ".", 1)
	x, ok := new(big.Rat).SetString(strings.TrimSuffix("0"+number, "."))
	if !ok {
		return new(big.Rat)
	}
	return x.Mul(x, unit)
}

func down(x *big.Rat) int64 { return new(big.Int).Quo(x.Num(), x.Denom()).Int64() }
