package mapbuild

import (
	"cmp"
	"slices"
	"strings"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/mapbuild/internal/railway"
	"github.com/outrider-project/outrider/osm"
)

// A gatherer copies what is kept out of the blocks of one file that one worker
// sees. Its strings are its own until they are merged.
type gatherer struct {
	text *texts
	file int

	// For the current block: per entry of its string table, what the string is
	// as a key and as a value; 0 is "not looked up yet".
	keyOf []key
	valOf []uint32
	seq   int

	ways      gathered
	relations gathered
	nodes     gathered
	ref       []int64
	member    []member
	point     []geo.Point

	merged []uint32 // per string of text, its number in the merged texts
}

// gathered are objects of one type: their ids, where their tags begin, and
// where what else they have (references, members) begins. A run is one block.
type gathered struct {
	id       []int64
	tagFirst []int
	first    []int
	tag      []tag
	runs     []run
}

// A run is the objects [lo, hi) of a gatherer that come from one block.
type run struct {
	g      *gatherer
	seq    int
	lo, hi int
}

// unkept marks a string that is no key of interest.
const unkept key = 1<<32 - 1

func newGatherer(file int) *gatherer { return &gatherer{text: newTexts(), file: file} }

func (g *gatherer) begin(b *osm.Block) {
	n := b.Strings()
	g.keyOf = zeroed(g.keyOf, n)
	g.valOf = zeroed(g.valOf, n)
	g.seq = b.Seq
}

func zeroed[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}

// key returns which key string i of the block is, unkept if none of ours.
func (g *gatherer) key(b *osm.Block, i uint32) key {
	if k := g.keyOf[i]; k != keyNone {
		return k
	}
	k := g.lookUp(b.String(i))
	g.keyOf[i] = k
	return k
}

func (g *gatherer) lookUp(s []byte) key {
	if k, ok := keyNumbers[string(s)]; ok {
		return k
	}
	name := string(s)
	base, conditional := strings.CutSuffix(name, ":conditional")
	base, _, _ = strings.Cut(base, ":")
	if base == "restriction" || conditional && slices.Contains(conditionalBases, base) {
		return dynamicKey | key(g.text.add(s))
	}
	return unkept
}

// conditionalBases are the keys whose conditional forms are kept.
var conditionalBases = []string{
	"access", "vehicle", "motor_vehicle", "motorcar", "hgv", "bus", "psv", "tourist_bus", "coach", "emergency",
	"oneway", "maxspeed", "maxheight", "maxweight", "maxwidth", "maxlength", "maxaxleload", "toll",
}

var keyNumbers = func() map[string]key {
	m := make(map[string]key, keys)
	for k := keyNone + 1; k < keys; k++ {
		m[keyNames[k]] = k
	}
	return m
}()

func (g *gatherer) val(b *osm.Block, i uint32) uint32 {
	if v := g.valOf[i]; v != 0 {
		return v - 1
	}
	v := g.text.add(b.String(i))
	g.valOf[i] = v + 1
	return v
}

// add begins an object and copies its kept tags, tags [lo, hi) of the block.
func (o *gathered) add(g *gatherer, b *osm.Block, id int64, first int, lo, hi uint32) {
	if n := len(o.runs); n == 0 || o.runs[n-1].seq != b.Seq || o.runs[n-1].hi != len(o.id) {
		o.runs = append(o.runs, run{g, b.Seq, len(o.id), len(o.id)})
	}
	o.id = append(o.id, id)
	o.runs[len(o.runs)-1].hi = len(o.id)
	o.tagFirst = append(o.tagFirst, len(o.tag))
	o.first = append(o.first, first)
	for j := lo; j < hi; j++ {
		if k := g.key(b, b.Key[j]); k != unkept {
			o.tag = append(o.tag, tag{k, g.val(b, b.Val[j])})
		}
	}
}

// tags returns the tags of object i.
func (o *gathered) tags(i int) []tag {
	if i+1 < len(o.tagFirst) {
		return o.tag[o.tagFirst[i]:o.tagFirst[i+1]]
	}
	return o.tag[o.tagFirst[i]:]
}

// end returns the end of object i in a column of n items led to by first.
func (o *gathered) end(i, n int) int {
	if i+1 < len(o.first) {
		return o.first[i+1]
	}
	return n
}

// takeWays copies the ways of the block that are of interest; with members not
// nil instead those that are not, but are listed there.
func (g *gatherer) takeWays(b *osm.Block, members []int64) {
	for i, id := range b.WayID {
		lo, hi := b.WayTag[i], b.WayTag[i+1]
		if members != nil {
			if _, ok := slices.BinarySearch(members, id); !ok {
				continue
			}
		} else if !g.wantWay(b, lo, hi) {
			continue
		}
		g.ways.add(g, b, id, len(g.ref), lo, hi)
		g.ref = append(g.ref, b.Ref[b.WayRef[i]:b.WayRef[i+1]]...)
	}
}

func (g *gatherer) wantWay(b *osm.Block, lo, hi uint32) bool {
	for j := lo; j < hi; j++ {
		switch g.key(b, b.Key[j]) {
		case keyHighway, keyRailway:
			return true
		case keyRoute:
			if string(b.String(b.Val[j])) == "ferry" {
				return true
			}
		case keyNatural, keyWaterway, keyLanduse:
			switch string(b.String(b.Val[j])) {
			case "coastline", "water", "river", "canal", "riverbank", "dock", "reservoir":
				return true
			}
		case keyAmenity, keyOffice, keyDiplomatic, keyAeroway:
			if wantFacility(b.String(b.Val[j])) {
				return true
			}
		case keyPlace:
			return true
		default:
		}
	}
	return false
}

// wantFacility reports whether a value of amenity, office, diplomatic or aeroway
// may make a haven, an airport or something a road passes under.
func wantFacility(v []byte) bool {
	switch string(v) {
	case "hospital", "police", "fire_station", "fuel", "embassy",
		"diplomatic", "consulate", "liaison",
		"helipad", "heliport", "aerodrome", "airport", "runway", "taxiway":
		return true
	}
	return false
}

// takeRelations copies turn restrictions and the areas that may matter.
func (g *gatherer) takeRelations(b *osm.Block) {
	for i, id := range b.RelID {
		lo, hi := b.RelTag[i], b.RelTag[i+1]
		if !g.wantRelation(b, lo, hi) {
			continue
		}
		g.relations.add(g, b, id, len(g.member), lo, hi)
		for j := b.RelMember[i]; j < b.RelMember[i+1]; j++ {
			g.member = append(g.member, member{b.MemberID[j], g.val(b, b.MemberRole[j]), b.MemberType[j]})
		}
	}
}

func (g *gatherer) wantRelation(b *osm.Block, lo, hi uint32) bool {
	area, wanted := false, false
	for j := lo; j < hi; j++ {
		val := b.String(b.Val[j])
		switch g.key(b, b.Key[j]) {
		case keyType:
			if string(val) == "restriction" || strings.HasPrefix(string(val), "restriction:") {
				return true
			}
			area = string(val) == "multipolygon"
		case keyNatural, keyWaterway, keyLanduse:
			switch string(val) {
			case "water", "riverbank", "dock", "reservoir":
				wanted = true
			}
		case keyAmenity, keyOffice, keyDiplomatic, keyAeroway:
			wanted = wanted || wantFacility(val)
		case keyRailway:
			wanted = wanted || railway.IsStation(string(val))
		default:
		}
	}
	return area && wanted
}

// takeNodes copies the nodes of the block whose tags matter.
func (g *gatherer) takeNodes(b *osm.Block) {
	if len(b.NodeTag) == 0 {
		return
	}
	for i, id := range b.NodeID {
		lo, hi := b.NodeTag[i], b.NodeTag[i+1]
		if lo < hi && g.wantNode(b, lo, hi) {
			g.nodes.add(g, b, id, len(g.point), lo, hi)
			g.point = append(g.point, geo.Point{Lat: b.NodeLat[i], Lon: b.NodeLon[i]})
		}
	}
}

func (g *gatherer) wantNode(b *osm.Block, lo, hi uint32) bool {
	for j := lo; j < hi; j++ {
		switch g.key(b, b.Key[j]) {
		case keyBarrier, keyFord, keyPlace, keyTrafficSignals, keyToll, keyMaxheight:
			return true
		case keyHighway:
			switch string(b.String(b.Val[j])) {
			case "traffic_signals", "crossing", "mini_roundabout", "toll_gantry", "construction":
				return true
			}
		case keyRailway:
			if v := string(b.String(b.Val[j])); railway.IsFeature(v) || railway.IsStation(v) {
				return true
			}
		case keyTrain, keyLightRail, keySubway, keyTram, keyMonorail, keyFunicular: // trains stop here
			if string(b.String(b.Val[j])) == "yes" {
				return true
			}
		case keyAmenity, keyOffice, keyDiplomatic, keyAeroway:
			if wantFacility(b.String(b.Val[j])) {
				return true
			}
		default:
		}
	}
	return false
}

// A placed object is object i of gatherer g.
type placed struct {
	id int64
	g  *gatherer
	i  int
}

// inOrder lists the objects of all gatherers by rising id. An object met more
// than once is taken from the first file, and there from the first block; how
// often one was left out is counted. Sorted extracts cost O(n).
func inOrder(gather []*gatherer, of func(*gatherer) *gathered) (list []placed, repeated int64) {
	var runs []run
	total := 0
	for _, g := range gather {
		runs = append(runs, of(g).runs...)
		total += len(of(g).id)
	}
	slices.SortStableFunc(runs, func(a, b run) int {
		return cmp.Or(cmp.Compare(a.g.file, b.g.file), cmp.Compare(a.seq, b.seq))
	})
	list = make([]placed, 0, total)
	for _, r := range runs {
		for i := r.lo; i < r.hi; i++ {
			list = append(list, placed{of(r.g).id[i], r.g, i})
		}
	}
	byID := func(a, b placed) int { return cmp.Compare(a.id, b.id) }
	if !slices.IsSortedFunc(list, byID) {
		slices.SortStableFunc(list, byID)
	}
	list = slices.CompactFunc(list, func(a, b placed) bool { return a.id == b.id })
	return list, int64(total - len(list))
}

// mergeTexts gives every gathered string its number in the merged texts.
func (c *collected) mergeTexts(gather []*gatherer) {
	for _, g := range gather {
		for _, s := range g.text.list[len(g.merged):] {
			g.merged = append(g.merged, c.text.addString(s))
		}
	}
}

// mergeTags appends the tags of an object to list.
func (p placed) mergeTags(o *gathered, list []tag) []tag {
	for _, t := range o.tags(p.i) {
		if t.key&dynamicKey != 0 {
			t.key = dynamicKey | key(p.g.merged[t.key&^dynamicKey])
		}
		list = append(list, tag{t.key, p.g.merged[t.val]})
	}
	return list
}

func (c *collected) mergeWays(gather []*gatherer) {
	c.mergeTexts(gather)
	list, repeated := inOrder(gather, func(g *gatherer) *gathered { return &g.ways })
	c.repeatedWays = repeated
	w := &c.ways
	w.id, w.refFirst, w.tagFirst = make([]int64, len(list)), make([]int, len(list)+1), make([]int, len(list)+1)
	refs := 0
	for _, p := range list {
		refs += p.g.ways.end(p.i, len(p.g.ref)) - p.g.ways.first[p.i]
	}
	c.wide = make([]int64, 0, refs)
	for i, p := range list {
		w.id[i] = p.id
		c.wide = append(c.wide, p.g.ref[p.g.ways.first[p.i]:p.g.ways.end(p.i, len(p.g.ref))]...)
		w.refFirst[i+1] = len(c.wide)
		w.tag = p.mergeTags(&p.g.ways, w.tag)
		w.tagFirst[i+1] = len(w.tag)
	}
	for _, g := range gather {
		g.ways, g.ref = gathered{}, nil
	}
}

func (c *collected) mergeRelations(gather []*gatherer) {
	c.mergeTexts(gather)
	list, repeated := inOrder(gather, func(g *gatherer) *gathered { return &g.relations })
	c.repeatedRelations = repeated
	r := &c.relations
	r.id, r.memberFirst, r.tagFirst = make([]int64, len(list)), make([]int, len(list)+1), make([]int, len(list)+1)
	for i, p := range list {
		r.id[i] = p.id
		for _, m := range p.g.member[p.g.relations.first[p.i]:p.g.relations.end(p.i, len(p.g.member))] {
			m.role = p.g.merged[m.role]
			r.member = append(r.member, m)
		}
		r.memberFirst[i+1] = len(r.member)
		r.tag = p.mergeTags(&p.g.relations, r.tag)
		r.tagFirst[i+1] = len(r.tag)
	}
	for _, g := range gather {
		g.relations, g.member = gathered{}, nil
	}
}

func (c *collected) mergeNodes(gather []*gatherer) {
	c.mergeTexts(gather)
	list, _ := inOrder(gather, func(g *gatherer) *gathered { return &g.nodes })
	n := &c.tagged
	n.id, n.point, n.tagFirst = make([]int64, len(list)), make([]geo.Point, len(list)), make([]int, len(list)+1)
	at := 0
	for i, p := range list {
		n.id[i], n.point[i] = p.id, p.g.point[p.i]
		n.tag = p.mergeTags(&p.g.nodes, n.tag)
		n.tagFirst[i+1] = len(n.tag)
		at = seek(c.nodes.id, at, p.id)
		if at < c.nodes.len() && c.nodes.id[at] == p.id {
			c.nodes.isTag[at/64] |= 1 << (at % 64)
		}
	}
}
