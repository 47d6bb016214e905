package network

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/outrider-project/outrider/geo"
)

// A Found is an answer to a search.
type Found struct {
	// Kind is city, town, village, hamlet, suburb, station, airport, a kind of
	// safe haven such as hospital, or street, way, node, coordinate.
	Kind string
	// Name is the name with what tells it from others: "Market Street, Wilmington".
	Name  string
	Point geo.Point
	// Chain and At are the position on the network, for a safe haven that of its
	// access point; Chain is None where only the point is known.
	Chain ChainID
	At    Millimetres
	// ID names it unambiguously: "place/node/5", "haven/way/12", "way/34",
	// "node/56", a coordinate, or "street/78", where 78 is a chain and so holds
	// for this map file only.
	ID string
}

// Find searches streets, places and safe havens by name, best first, at most
// limit. Case, accents and punctuation do not count. An equal name comes before
// one that begins with the query, that before one in which every word of the
// query begins a word; then cities before towns, villages, hamlets and suburbs,
// these before stations and airports, then safe havens, then streets; then by
// name and id. A street may be told from others by its place: "Market Street,
// Wilmington". Instead of a name the query may be an id as in Found.ID or a
// coordinate such as "39.7,-75.5". It reads all names and needs no index.
func (m *Map) Find(query string, limit int) []Found {
	hits := m.search(query)
	if len(hits) > limit {
		hits = hits[:max(limit, 0)]
	}
	found := make([]Found, len(hits))
	for i, h := range hits {
		found[i] = h.Found
	}
	return found
}

// Resolve returns the one thing that a plan means by a name, an id or a
// coordinate: what Find gives, if it is the only answer or the only equal name of
// the best kind. The error is of kind ErrNotFound or ErrAmbiguous; the latter
// lists up to five candidates with their ids.
func (m *Map) Resolve(s string) (Found, error) {
	hits := m.search(s)
	if len(hits) == 0 {
		return Found{}, &Error{
			ErrNotFound, fmt.Sprintf("%q", s), "the map has no place, street or safe haven of this name or id",
			"look for the spelling with outrider map find, or give a coordinate such as 39.7,-75.5",
		}
	}
	best := hits[0]
	rivals := 0
	for _, h := range hits {
		if h.match == best.match && h.order == best.order {
			rivals++
		}
	}
	if len(hits) == 1 || best.match == matchExact && rivals == 1 {
		return best.Found, nil
	}
	const shown = 5
	var names []string
	for _, h := range hits[:min(shown, len(hits))] {
		names = append(names, fmt.Sprintf("%s (%s, %s)", h.Name, h.Kind, h.ID))
	}
	list := strings.Join(names, "; ")
	if len(hits) > shown {
		list += fmt.Sprintf("; and %d more", len(hits)-shown)
	}
	return Found{}, &Error{ErrAmbiguous, fmt.Sprintf("%q", s), fmt.Sprintf("%d places answer to this: %s", len(hits), list), "give the id of the one meant"}
}

// A hit is an answer with what it is ranked by.
type hit struct {
	Found
	match match
	order int
}

const (
	orderHaven  = int(PlaceKinds)
	orderStreet = orderHaven + 1
)

// search returns all answers in their order.
func (m *Map) search(query string) []hit {
	query = strings.TrimSpace(query)
	if p, ok := parsePosition(query); ok {
		return []hit{{Found: coordinate(p)}}
	}
	if hits, ok := m.searchID(query); ok {
		return hits
	}
	folded := fold(nil, query)
	if len(folded) == 0 {
		return nil
	}
	var hits []hit
	var buf []byte
	rank := func(r Ref) match {
		buf = fold(buf[:0], m.Text(r))
		return matchFolded(folded, buf)
	}
	for i := range m.Places {
		if k := rank(m.Places[i].Name); k != matchNone {
			hits = append(hits, hit{m.foundPlace(i), k, int(m.Places[i].Kind)})
		}
	}
	for i := range m.Havens {
		if k := rank(m.Havens[i].Name); k != matchNone {
			hits = append(hits, hit{m.foundHaven(i), k, orderHaven})
		}
	}
	hits = append(hits, m.searchStreets(folded)...)
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.match, b.match), cmp.Compare(a.order, b.order),
			cmp.Compare(a.Name, b.Name), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return hits
}

// searchStreets matches the query with the names of streets and, for queries of
// several words, with the names followed by those of their places.
func (m *Map) searchStreets(folded []byte) []hit {
	several := slices.Contains(folded, ' ')
	var hits []hit
	var name, full []byte
	last := Ref(0)
	for i := range m.Streets {
		s := &m.Streets[i]
		if i == 0 || s.Name != last {
			name, last = fold(name[:0], m.Text(s.Name)), s.Name
		}
		k := matchFolded(folded, name)
		if several && s.Place != None && k > matchExact {
			full = append(append(full[:0], name...), ' ')
			at := len(full)
			full = fold(full, m.Text(m.Places[s.Place].Name))
			// The place alone does not name a street.
			if !hasWords(folded, full[at:]) {
				k = min(k, matchFolded(folded, full))
			}
		}
		if k != matchNone {
			hits = append(hits, hit{m.foundStreet(i), k, orderStreet})
		}
	}
	return hits
}

// searchID answers queries that are ids; ok is false if it is none.
func (m *Map) searchID(query string) (hits []hit, ok bool) {
	kind, rest, cut := strings.Cut(query, "/")
	if !cut {
		return nil, false
	}
	object := ""
	if kind == "place" || kind == "haven" {
		object, rest, cut = strings.Cut(rest, "/")
		if !cut {
			return nil, false
		}
	}
	id, err := strconv.ParseInt(rest, 10, 64)
	if err != nil {
		return nil, false
	}
	add := func(f Found) { hits = append(hits, hit{Found: f}) }
	switch kind {
	case "street":
		for i := range m.Streets {
			if int64(m.Streets[i].Chain) == id {
				add(m.foundStreet(i))
			}
		}
	case "place":
		for i := range m.Places {
			if m.Places[i].OSM == id && m.Places[i].Type.String() == object {
				add(m.foundPlace(i))
			}
		}
	case "haven":
		for i := range m.Havens {
			if m.Havens[i].OSM == id && m.Havens[i].Type.String() == object {
				add(m.foundHaven(i))
			}
		}
	case "way", "node", "relation":
		return m.searchObject(kind, id), true
	default:
		return nil, false
	}
	return hits, true
}

// searchObject finds an OSM object: on the network, or else the place or haven
// that it is.
func (m *Map) searchObject(kind string, id int64) []hit {
	switch kind {
	case "way":
		if f, ok := m.foundWay(id); ok {
			return []hit{{Found: f}}
		}
	case "node":
		for n := range m.NodeInfo {
			if m.NodeInfo[n].OSM == id {
				return []hit{{Found: m.foundNode(NodeID(n))}}
			}
		}
	}
	var hits []hit
	for i := range m.Places {
		if m.Places[i].OSM == id && m.Places[i].Type.String() == kind {
			hits = append(hits, hit{Found: m.foundPlace(i)})
		}
	}
	for i := range m.Havens {
		if len(hits) == 0 && m.Havens[i].OSM == id && m.Havens[i].Type.String() == kind {
			hits = append(hits, hit{Found: m.foundHaven(i)})
		}
	}
	return hits
}

// foundWay returns the middle of the longest stretch of the way.
func (m *Map) foundWay(id int64) (Found, bool) {
	longest := int64(-1)
	var f Found
	for c := range ChainID(m.NumChains()) {
		intervals := m.Intervals(c)
		for i := range intervals {
			if intervals[i].Way != id {
				continue
			}
			from, to := intervals[i].From, m.Length[c]
			if i+1 < len(intervals) {
				to = intervals[i+1].From
			}
			if length := int64(to - from); length > longest {
				longest = length
				f.Chain, f.At = c, from+(to-from)/2
			}
		}
	}
	if longest < 0 {
		return Found{}, false
	}
	f.Kind, f.ID = "way", "way/"+strconv.FormatInt(id, 10)
	f.Name, f.Point = strings.Clone(m.Describe(f.Chain, f.At)), m.PointAt(f.Chain, f.At)
	return f, true
}

// foundNode returns a junction, with a position on one of its chains.
func (m *Map) foundNode(n NodeID) Found {
	f := Found{Kind: "node", Point: m.NodePoint[n], Chain: None, ID: "node/" + strconv.FormatInt(m.NodeInfo[n].OSM, 10)}
	var names []string
	for c := range ChainID(m.NumChains()) {
		at := Millimetres(0)
		switch n {
		case m.Tail[c]:
		case m.Head[c]:
			at = m.Length[c]
		default:
			continue
		}
		if f.Chain == None {
			f.Chain, f.At = c, at
		}
		if name := strings.Clone(m.Describe(c, at)); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	f.Name = strings.Join(names, " / ")
	return f
}

func (m *Map) foundPlace(i int) Found {
	p := &m.Places[i]
	return Found{
		Kind: p.Kind.String(), Name: strings.Clone(m.Text(p.Name)), Point: p.Point, Chain: None,
		ID: "place/" + p.Type.String() + "/" + strconv.FormatInt(p.OSM, 10),
	}
}

func (m *Map) foundHaven(i int) Found {
	h := &m.Havens[i]
	name := strings.Clone(m.Text(h.Name))
	if name == "" {
		name = "unnamed " + strings.ReplaceAll(h.Kind.String(), "_", " ")
	}
	return Found{
		Kind: h.Kind.String(), Name: name, Point: h.Point, Chain: h.AccessChain, At: h.AccessAt,
		ID: "haven/" + h.Object(),
	}
}

func (m *Map) foundStreet(i int) Found {
	s := &m.Streets[i]
	name := strings.Clone(m.Text(s.Name))
	if s.Place != None {
		name += ", " + m.Text(m.Places[s.Place].Name)
	}
	return Found{
		Kind: "street", Name: name, Point: m.PointAt(s.Chain, s.At), Chain: s.Chain, At: s.At,
		ID: "street/" + strconv.FormatUint(uint64(s.Chain), 10),
	}
}

func coordinate(p geo.Point) Found {
	lat, lon := p.Degrees()
	text := strconv.FormatFloat(lat, 'f', -1, 64) + "," + strconv.FormatFloat(lon, 'f', -1, 64)
	return Found{Kind: "coordinate", Name: text, Point: p, Chain: None, ID: text}
}

// parsePosition reads a query as a position. Numbers with neither a comma between
// them, nor two decimal points, nor the digits of a grid reference are a name.
func parsePosition(query string) (geo.Point, bool) {
	if !strings.Contains(query, ",") && strings.Count(query, ".") < 2 && !geo.LooksLikeGrid(query) {
		return geo.Point{}, false
	}
	p, err := geo.ParsePosition(query)
	return p, err == nil
}
