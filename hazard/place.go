package hazard

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// SnapDistance is how far from a carriageway, in metres, a finding may be given.
const SnapDistance = 50

// havenDistance is how far from a haven, or its access point, a finding that
// verifies it may lie, in metres.
const havenDistance = 100

// Placed is a finding at its place on the network.
type Placed struct {
	Finding  Finding
	Location network.Location
	Lapsed   bool // expired: its place counts as unsurveyed
}

// A Refusal is a finding that does not lie on the network.
type Refusal struct {
	Index   int // in the findings given
	Finding Finding
	Fault
}

// Snap puts findings on the network as it is at a time: each on the nearest
// carriageway, on the way it was surveyed on where that is still there. Findings
// more than SnapDistance from any are refused, but for those that verify a haven
// set back from the road: they go to its access point. Way and Offset of the
// findings returned are set.
func Snap(m *network.Map, findings []Finding, at time.Time) ([]Placed, []Refusal) {
	var placed []Placed
	var refused []Refusal
	for i, f := range findings {
		l, err := snap(m, &f)
		if err != nil {
			refused = append(refused, Refusal{i, f, Fault{"lat", err.Error(), "give the place on the carriageway, or build the map from an extract that holds it"}})
			continue
		}
		between := m.IntervalAt(l.Chain, l.At)
		f.Way = between.Way
		f.Offset = math.Round((l.At-between.From).Metres()*10) / 10
		placed = append(placed, Placed{f, l, f.Lapsed(at)})
	}
	return placed, refused
}

func snap(m *network.Map, f *Finding) (network.Location, error) {
	p := f.Point()
	near := m.SnapAll(p, nil, SnapDistance, 16)
	if f.Way != 0 {
		for _, l := range near {
			if m.IntervalAt(l.Chain, l.At).Way == f.Way {
				return l, nil
			}
		}
	}
	if len(near) > 0 {
		return near[0], nil
	}
	if f.Kind == SafeHavenVerified {
		if j := nearestHaven(m, p); j >= 0 && m.Havens[j].AccessChain != network.None {
			h := &m.Havens[j]
			return network.Location{Chain: h.AccessChain, At: h.AccessAt, Point: h.AccessPoint, Away: geo.Distance(p, h.AccessPoint)}, nil
		}
	}
	l, err := m.Snap(p, nil, math.MaxInt32)
	if err != nil {
		if off, ok := errors.AsType[*network.Error](err); ok {
			return l, errors.New(off.Cause)
		}
		return l, err
	}
	return l, fmt.Errorf("the place is %.0f m from the nearest road, more than %d m", l.Away, SnapDistance)
}

// Move sets the place of the finding to where it was snapped, as it is stored.
func (p *Placed) Move() {
	p.Finding.Lat, p.Finding.Lon = p.Location.Point.Degrees()
}

// Closures returns the stretches that findings in force close at some time
// between two times, in the order of chains and positions.
func Closures(placed []Placed, from, to time.Time) []network.Stretch {
	var all []network.Stretch
	for i := range placed {
		f := &placed[i].Finding
		if !f.Kind.Closes() || f.Rating == 0 || placed[i].Lapsed {
			continue
		}
		if !f.From.IsZero() && (f.From.After(to) || !f.To.After(from)) {
			continue
		}
		at := placed[i].Location
		all = append(all, network.Stretch{Chain: at.Chain, From: at.At, To: at.At, Heading: network.BothWays})
	}
	slices.SortFunc(all, func(a, b network.Stretch) int {
		return cmp.Or(cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.From, b.From))
	})
	return slices.Compact(all)
}

// VerifiedHavens returns, by index into m.Havens, the finding in force that
// verifies each haven: one of kind safe_haven_verified, rated above 0, within
// 100 m of the haven or of its access point; the nearest haven of each finding.
func VerifiedHavens(m *network.Map, placed []Placed) map[int]Finding {
	verified := make(map[int]Finding)
	for i := range placed {
		f := &placed[i].Finding
		if f.Kind != SafeHavenVerified || f.Rating == 0 || placed[i].Lapsed {
			continue
		}
		best := nearestHaven(m, placed[i].Location.Point)
		if old, twice := verified[best]; best >= 0 && (!twice || old.Date < f.Date) {
			verified[best] = *f
		}
	}
	return verified
}

// nearestHaven returns the haven nearest to a place, itself or by its access
// point, by index into m.Havens; -1 if there is none within havenDistance.
func nearestHaven(m *network.Map, at geo.Point) int {
	best, least := -1, float64(havenDistance)
	for j := range m.Havens {
		h := &m.Havens[j]
		away := geo.Distance(at, h.Point)
		if h.AccessChain != network.None {
			away = min(away, geo.Distance(at, h.AccessPoint))
		}
		if away <= least && (best < 0 || away < least) {
			best, least = j, away
		}
	}
	return best
}
