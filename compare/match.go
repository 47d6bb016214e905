package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
)

// What is less is no difference.
const (
	leastSeconds = 1.0
	leastMetres  = 1.0
	leastNumber  = 0.005
	// leastRatio is that of exposures, which documents print with two decimals.
	leastRatio = 0.005
)

// A pair is the index of one thing in both plans.
type pair struct{ a, b int }

// pairs is what became of two lists.
type pairs struct {
	both         []pair // by rising index in A
	onlyA, onlyB []int  // rising
}

// match puts the things of two lists together, each in at most one pair, the
// best pairs first: those for which worse returns the least. It does not matter
// which list is A. The cost is one call of worse for each pair.
func match(n, m int, worse func(i, j int) (float64, bool)) pairs {
	type candidate struct {
		pair
		worse float64
	}
	var all []candidate
	for i := range n {
		for j := range m {
			if w, ok := worse(i, j); ok {
				all = append(all, candidate{pair{i, j}, w})
			}
		}
	}
	// Equally good: the order must not change when the lists change places. What
	// is then still equal, (i,j) and (j,i), does not stand in each other's way.
	slices.SortFunc(all, func(x, y candidate) int {
		return cmp.Or(cmp.Compare(x.worse, y.worse), cmp.Compare(min(x.a, x.b), min(y.a, y.b)), cmp.Compare(max(x.a, x.b), max(y.a, y.b)))
	})
	var found pairs
	takenA, takenB := make([]bool, n), make([]bool, m)
	for _, c := range all {
		if !takenA[c.a] && !takenB[c.b] {
			takenA[c.a], takenB[c.b] = true, true
			found.both = append(found.both, c.pair)
		}
	}
	slices.SortFunc(found.both, func(x, y pair) int { return cmp.Compare(x.a, y.a) })
	for i, taken := range takenA {
		if !taken {
			found.onlyA = append(found.onlyA, i)
		}
	}
	for j, taken := range takenB {
		if !taken {
			found.onlyB = append(found.onlyB, j)
		}
	}
	return found
}

// missing lists what is in one list only.
func (p *pairs) missing(a, b func(int) Item) []Item {
	list := []Item{}
	for _, i := range p.onlyA {
		x := a(i)
		x.Change = Gone
		list = append(list, x)
	}
	for _, j := range p.onlyB {
		x := b(j)
		x.Change = Appeared
		list = append(list, x)
	}
	return list
}

// distance puts things of the same name together in their order.
func distance(i, j int) float64 { return math.Abs(float64(i - j)) }

// A Value is a property that differs.
type Value struct {
	What string `json:"what"`
	A    string `json:"a"` // in words; empty if there is none
	B    string `json:"b"`
	// By is B less A, in whole seconds or metres or the unit of the property; of
	// an exposure, B over A. It is absent where there is nothing to reckon with.
	By   *float64 `json:"by,omitempty"`
	Unit string   `json:"unit,omitempty"` // "s", "m", "ratio", "band", …
}

// values collects what differs.
type values struct{ all []Value }

func (v *values) list() []Value {
	if v.all == nil {
		return []Value{}
	}
	return v.all
}

// item appends x to a list if something differs.
func (v *values) item(list []Item, x Item) []Item {
	if len(v.all) == 0 {
		return list
	}
	x.Change, x.Values = Changed, v.all
	return append(list, x)
}

func (v *values) words(what, a, b string) {
	if a != b {
		v.all = append(v.all, Value{What: what, A: a, B: b})
	}
}

// hash compares hashes and shows what tells them apart.
func (v *values) hash(what, a, b string) {
	if a == b {
		return
	}
	n := 12
	for n < max(len(a), len(b)) && head(a, n) == head(b, n) {
		n++
	}
	v.words(what, head(a, n), head(b, n))
}

func head(s string, n int) string { return s[:min(n, len(s))] }

func (v *values) truth(what string, a, b bool) {
	word := map[bool]string{true: "yes", false: "no"}
	v.words(what, word[a], word[b])
}

func (v *values) by(what, unit, a, b string, by float64) {
	v.all = append(v.all, Value{What: what, A: a, B: b, By: &by, Unit: unit})
}

func (v *values) count(what string, a, b int) {
	if a != b {
		v.by(what, "", strconv.Itoa(a), strconv.Itoa(b), float64(b-a))
	}
}

func (v *values) band(what string, a, b int) {
	if a != b {
		v.by(what, "band", bandText(a), bandText(b), float64(b-a))
	}
}

func bandText(band int) string { return fmt.Sprintf("%d/5", band) }

func (v *values) number(what, unit string, a, b float64) {
	if math.Abs(b-a) >= leastNumber {
		v.by(what, unit, amount(a, unit), amount(b, unit), b-a)
	}
}

func amount(x float64, unit string) string {
	return strings.TrimSpace(strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64) + " " + unit)
}

func (v *values) metres(what string, a, b float64) {
	if math.Abs(b-a) >= leastMetres {
		v.by(what, "m", kilometres(a), kilometres(b), math.Round(b)-math.Round(a))
	}
}

func kilometres(m float64) string { return strconv.FormatFloat(m/1000, 'f', 3, 64) + " km" }

func (v *values) seconds(what string, a, b float64) {
	if math.Abs(b-a) >= leastSeconds {
		v.by(what, "s", clock(a), clock(b), math.Round(b)-math.Round(a))
	}
}

// clock writes seconds as 1:02:03.
func clock(s float64) string {
	sign := ""
	if s < 0 {
		sign, s = "-", -s
	}
	n := int64(math.Round(s))
	return fmt.Sprintf("%s%d:%02d:%02d", sign, n/3600, n/60%60, n%60)
}

func (v *values) time(what string, a, b time.Time) {
	switch d := b.Sub(a); {
	case a.IsZero() || b.IsZero():
		v.words(what, moment(a), moment(b))
	case d.Abs() >= leastSeconds*time.Second:
		v.by(what, "s", moment(a), moment(b), b.Round(time.Second).Sub(a.Round(time.Second)).Seconds())
	}
}

const momentForm = "2006-01-02 15:04:05 -07:00"

// moment writes a time with the offset that the plan gives it.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Round(time.Second).Format(momentForm)
}

// ratio compares accumulated exposures, of which only the ratio means something.
func (v *values) ratio(what string, a, b float64) {
	if a <= 0 || b <= 0 {
		if (a <= 0) != (b <= 0) {
			v.words(what, present(a), present(b))
		}
		return
	}
	if math.Abs(math.Log(b/a)) >= math.Log1p(leastRatio) {
		v.by(what, "ratio", "× 1.00", fmt.Sprintf("× %.2f", b/a), b/a)
	}
}

func present(x float64) string {
	if x > 0 {
		return "some"
	}
	return ""
}

// place compares places of a venue sheet.
func (v *values) place(what string, a, b *outrider.VenuePlace) {
	if a == nil || b == nil {
		if a != b {
			v.words(what, placeName(a), placeName(b))
		}
		return
	}
	v.words(what, a.Label, b.Label)
	v.moved(what+" moved", a.Lat, a.Lon, b.Lat, b.Lon, leastMetres)
	v.words(what+", side of approach", string(a.Approach), string(b.Approach))
}

func placeName(p *outrider.VenuePlace) string {
	if p == nil {
		return ""
	}
	if p.Label == "" {
		return position(p.Lat, p.Lon)
	}
	return p.Label
}

// moved notes a place that is at least so many metres from where it was.
func (v *values) moved(what string, latA, lonA, latB, lonB, least float64) {
	if geo.Distance(geo.PointFromDegrees(latA, lonA), geo.PointFromDegrees(latB, lonB)) >= least {
		v.words(what, position(latA, lonA), position(latB, lonB))
	}
}

func position(lat, lon float64) string { return fmt.Sprintf("%.5f, %.5f", lat, lon) }
