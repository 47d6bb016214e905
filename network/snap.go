package network

import (
	"fmt"
	"math"

	"github.com/outrider-project/outrider/geo"
)

// anywhere is farther than any two places on the earth are apart, in metres.
const anywhere = 3e7

// Snap returns the position nearest to p on a chain that the convoy of pass may
// use in at least one direction; every chain if pass is nil. Chains that are
// open only to those who have business there count as usable, private ones too
// unless the options of pass rule them out; stretches that are closed or where
// the convoy does not fit do not. A position on a chain that is cut off from the
// main network is taken only if there is no other within maxMetres; Location
// says so. Of positions equally near the one with the smallest chain is taken.
//
// The error is of kind ErrOffNetwork and says how far the nearest position is.
func (m *Map) Snap(p geo.Point, pass *Passage, maxMetres float64) (Location, error) {
	island, found := Location{}, false
	var main *Location
	m.nearest(p, pass, maxMetres, func(l Location) bool {
		if !l.Island {
			main = &l
			return false
		}
		if !found {
			island, found = l, true
		}
		return true
	})
	switch {
	case main != nil:
		return *main, nil
	case found:
		return island, nil
	}
	return Location{}, m.offNetwork(p, pass, maxMetres)
}

// SnapAll returns the nearest position on each chain that Snap would consider,
// islands among the others, from the nearest on, at most limit of them.
func (m *Map) SnapAll(p geo.Point, pass *Passage, maxMetres float64, limit int) []Location {
	var all []Location
	if limit <= 0 {
		return nil
	}
	seen := make(map[ChainID]bool)
	m.nearest(p, pass, maxMetres, func(l Location) bool {
		if !seen[l.Chain] {
			seen[l.Chain] = true
			all = append(all, l)
		}
		return len(all) < limit
	})
	return all
}

// nearest visits the nearest usable position of every piece within maxMetres,
// from the nearest on.
func (m *Map) nearest(p geo.Point, pass *Passage, maxMetres float64, visit func(Location) bool) {
	dist := func(ref uint32) float64 {
		l, ok := m.onPiece(p, pass, ref)
		if !ok {
			return math.NaN()
		}
		return l.Away
	}
	m.ChainIndex.Nearest(p, maxMetres, dist, func(ref uint32, _ float64) bool {
		l, _ := m.onPiece(p, pass, ref)
		l.Island = m.onIsland(l.Chain)
		return visit(l)
	})
}

// onIsland reports whether both ends of the chain are off the main network.
func (m *Map) onIsland(c ChainID) bool {
	return m.NodeInfo[m.Tail[c]].Island != 0 && m.NodeInfo[m.Head[c]].Island != 0
}

// onPiece returns the usable position of a piece that is nearest to p; ok is
// false if there is none.
func (m *Map) onPiece(p geo.Point, pass *Passage, ref uint32) (l Location, ok bool) {
	piece := m.Pieces[ref]
	open := []span{{0, uint32(m.Length[piece.Chain])}}
	if pass != nil {
		open = pass.snappable(piece.Chain)
	}
	lines := m.chainLines()
	l.Chain = piece.Chain
	l.At, l.Point, l.Away = lines.onPiece(p, piece, open)
	return l, !math.IsInf(l.Away, 1)
}

// offNetwork is the error for a place with no usable chain within maxMetres.
func (m *Map) offNetwork(p geo.Point, pass *Passage, maxMetres float64) error {
	lat, lon := p.Degrees()
	e := &Error{
		Kind:   ErrOffNetwork,
		Place:  fmt.Sprintf("%.5f,%.5f", lat, lon),
		Remedy: "give a place nearer to a road or build the map from an extract that holds this place",
	}
	var usable, nearest *Location
	m.nearest(p, pass, anywhere, func(l Location) bool { usable = &l; return false })
	m.nearest(p, nil, anywhere, func(l Location) bool { nearest = &l; return false })
	switch {
	case nearest == nil:
		e.Cause = "the map has no carriageway"
		e.Remedy = "build the map from an extract that has roads"
	case usable == nil:
		e.Cause = fmt.Sprintf("no carriageway of the map may be used; the nearest, %s, is %s away: %s",
			m.Describe(nearest.Chain, nearest.At), metresText(nearest.Away), pass.whyChain(nearest.Chain))
		e.Remedy = "check the vehicles' classes and dimensions"
	default:
		e.Cause = fmt.Sprintf("the nearest carriageway that may be used, %s, is %s away, farther than %s",
			m.Describe(usable.Chain, usable.At), metresText(usable.Away), metresText(maxMetres))
		if nearest.Away <= maxMetres {
			e.Cause += fmt.Sprintf("; nearer is %s, %s away, but: %s",
				m.Describe(nearest.Chain, nearest.At), metresText(nearest.Away), pass.whyChain(nearest.Chain))
			e.Remedy = "give a place nearer to a road that the convoy may use"
		}
	}
	return e
}

// metresText writes a length as people say it: "85 m", "1.2 km".
func metresText(metres float64) string {
	if metres < 999.5 {
		return fmt.Sprintf("%.0f m", metres)
	}
	return fmt.Sprintf("%.1f km", metres/1000)
}
