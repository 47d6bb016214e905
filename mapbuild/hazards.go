package mapbuild

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"

	"github.com/outrider-project/outrider/network"
)

// A find is a hazard whose text is still to be written: which object's tags
// prove it and under which keys.
type find struct {
	network.Hazard
	proof  [4]key
	tagged bool   // the object is a tagged node, else a way
	object uint32 // its index in the table of tagged nodes or of ways
}

// noWay is the index of a way that is not in the way table.
const noWay = math.MaxUint32

// addHazards fills the map's hazards, sorted by chain, position and kind. What
// each kind is, tag by tag and metre by metre, is in docs/hazards.md. It needs
// nodes, chains, intervals and vertices to be complete.
func (d *draft) addHazards(ctx context.Context) error {
	ways := d.intervalWays()
	var all []find
	var cuts []cutEdge
	var wait sync.WaitGroup
	wait.Go(func() { // it cannot be shared out, so it runs beside the rest
		cuts = cutEdges(len(d.m.NodePoint), d.m.Tail, d.m.Head, d.m.Length, cutEdgeLeast)
	})
	for _, find := range [...]func(context.Context, []uint32) ([]find, error){
		d.tagFinds, d.worksFinds, d.crossingFinds, d.curveFinds,
	} {
		found, err := find(ctx, ways)
		if err != nil {
			wait.Wait()
			return err
		}
		all = append(all, found...)
	}
	wait.Wait()
	for _, e := range cuts {
		i := d.m.IntervalFirst[e.chain]
		h := network.Hazard{
			OSM: d.m.Interval[i].Way, Chain: e.chain, To: d.m.Length[e.chain], Node: network.None,
			Value: int32(min((e.smaller+999_999)/1_000_000, math.MaxInt32)), Kind: network.CutEdge, Type: network.OSMWay,
		}
		all = append(all, find{Hazard: h, object: ways[i], proof: [4]key{keyHighway, keyRoute}})
	}
	slices.SortFunc(all, func(a, b find) int {
		return cmp.Or(cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.From, b.From), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.OSM, b.OSM),
			cmp.Compare(a.To, b.To), cmp.Compare(a.Heading, b.Heading), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Type, b.Type))
	})
	d.m.Hazards = make([]network.Hazard, len(all))
	d.m.HazardFirst = make([]uint32, d.m.NumChains()+1)
	for i := range all {
		f := &all[i]
		switch {
		case f.tagged:
			f.Tags = d.text.Add(proofText(d.c.tagged.tags(int(f.object)), f.proof[:]))
		case f.object != noWay:
			f.Tags = d.text.Add(proofText(d.c.ways.tags(int(f.object)), f.proof[:]))
		}
		d.m.Hazards[i] = f.Hazard
		d.m.HazardFirst[f.Chain+1]++
	}
	for c := range d.m.NumChains() {
		d.m.HazardFirst[c+1] += d.m.HazardFirst[c]
	}
	countKinds(d.m, d.m.Hazards, func(h network.Hazard) string { return h.Kind.String() })
	return nil
}

// countKinds adds to the map's description how many things there are of each
// kind, by name.
func countKinds[T any](m *network.Map, list []T, kind func(T) string) {
	start := len(m.Meta.Counts)
	at := make(map[string]int)
	for _, x := range list {
		k := kind(x)
		i, ok := at[k]
		if !ok {
			i = len(m.Meta.Counts)
			at[k] = i
			m.Meta.Counts = append(m.Meta.Counts, network.Count{Kind: k})
		}
		m.Meta.Counts[i].N++
	}
	slices.SortFunc(m.Meta.Counts[start:], func(a, b network.Count) int { return cmp.Compare(a.Kind, b.Kind) })
}

// intervalWays returns the index in the way table of every interval's way.
func (d *draft) intervalWays() []uint32 {
	ways := make([]uint32, len(d.m.Interval))
	for i, iv := range d.m.Interval {
		ways[i] = noWay
		if i > 0 && iv.Way == d.m.Interval[i-1].Way {
			ways[i] = ways[i-1]
		} else if w, ok := d.c.ways.find(iv.Way); ok {
			ways[i] = uint32(w)
		}
	}
	return ways
}

// inChainParts calls do for consecutive ranges of chains, in parallel, and
// returns what they found, in the order of chains.
func (d *draft) inChainParts(ctx context.Context, do func(lo, hi int, out []find) []find) ([]find, error) {
	const grain = 2048
	n := d.m.NumChains()
	parts := make([][]find, (n+grain-1)/grain)
	err := inParts(ctx, len(parts), func(part int) {
		parts[part] = do(part*grain, min((part+1)*grain, n), nil)
	})
	return slices.Concat(parts...), err
}

// intervalEnd returns where interval i of chain c ends.
func (d *draft) intervalEnd(c int, i uint32) network.Millimetres {
	if i+1 < d.m.IntervalFirst[c+1] {
		return d.m.Interval[i+1].From
	}
	return d.m.Length[c]
}

// tagFinds finds what the tags of used ways and of the nodes on them prove.
func (d *draft) tagFinds(ctx context.Context, ways []uint32) ([]find, error) {
	owner := d.nodeOwners()
	return d.inChainParts(ctx, func(lo, hi int, out []find) []find {
		var scratch []tagHazard
		for c := lo; c < hi; c++ {
			first := len(out)
			for i := d.m.IntervalFirst[c]; i < d.m.IntervalFirst[c+1]; i++ {
				if ways[i] == noWay {
					continue
				}
				iv := &d.m.Interval[i]
				scratch = wayHazards(d.c.ways.tags(int(ways[i])), scratch[:0])
				for _, t := range scratch {
					h := t.along(iv.WayReversed != 0)
					h.OSM, h.Type = iv.Way, network.OSMWay
					h.Chain, h.From, h.To, h.Node = network.ChainID(c), iv.From, d.intervalEnd(c, i), network.None
					out = appendMerged(out, first, find{Hazard: h, proof: t.proof, object: ways[i]})
				}
			}
			out = d.nodeFinds(c, owner, &scratch, out)
		}
		return out
	})
}

// appendMerged appends f, or lengthens the find from first on that ends where f
// begins and is the same in all else.
func appendMerged(list []find, first int, f find) []find {
	for i := len(list) - 1; i >= first; i-- {
		g := &list[i]
		if g.OSM == f.OSM && g.Kind == f.Kind && g.Heading == f.Heading && g.Value == f.Value && g.To == f.From && g.To > g.From {
			g.To = f.To
			return list
		}
	}
	return append(list, f)
}

// along turns a hazard from the way's own direction to the chain's.
func (t tagHazard) along(reversed bool) network.Hazard {
	h := network.Hazard{Kind: t.kind, Value: t.value, Heading: t.heading}
	if reversed {
		switch h.Heading {
		case network.ForwardOnly:
			h.Heading = network.BackwardOnly
		case network.BackwardOnly:
			h.Heading = network.ForwardOnly
		case network.BothWays:
		}
		if h.Kind == network.SteepGrade {
			h.Value = -h.Value
		}
	}
	return h
}

// nodeOwners returns, per node, the least chain that ends there: hazards at the
// node are told once, on that chain.
func (d *draft) nodeOwners() []network.ChainID {
	owner := make([]network.ChainID, len(d.m.NodePoint))
	for n := range owner {
		owner[n] = network.None
	}
	for c := range d.m.NumChains() {
		for _, n := range [...]network.NodeID{d.m.Tail[c], d.m.Head[c]} {
			owner[n] = min(owner[n], network.ChainID(c))
		}
	}
	return owner
}

// nodeFinds appends what the nodes of chain c prove.
func (d *draft) nodeFinds(c int, owner []network.ChainID, scratch *[]tagHazard, out []find) []find {
	i := d.m.IntervalFirst[c]
	d.vertices(c, owner, func(v uint32, at network.Millimetres, node network.NodeID) {
		n := d.vertexNode[v]
		t := d.c.nodeTags(n)
		if len(t.list) == 0 {
			return
		}
		for i+1 < d.m.IntervalFirst[c+1] && d.m.Interval[i+1].From <= at {
			i++
		}
		*scratch = nodeHazards(t, (*scratch)[:0])
		if len(*scratch) == 0 {
			return
		}
		object, ok := slices.BinarySearch(d.c.tagged.id, d.c.nodes.id[n])
		if !ok {
			return
		}
		for _, t := range *scratch {
			iv := &d.m.Interval[i]
			h := t.along(iv.WayReversed != 0)
			border := iv.From == at && i > d.m.IntervalFirst[c] && d.m.Interval[i-1].WayReversed != iv.WayReversed
			if node != network.None || border {
				h.Heading = network.BothWays // no single direction to speak of
			}
			if h.Kind == network.BarrierGate && node != network.None && d.m.NodeInfo[node].Access.Worst(network.AllClasses) >= network.Private {
				h.Value = 1
			}
			h.OSM, h.Type = d.c.nodes.id[n], network.OSMNode
			h.Chain, h.From, h.To, h.Node = network.ChainID(c), at, at, node
			out = append(out, find{Hazard: h, proof: t.proof, tagged: true, object: uint32(object)})
		}
	})
	return out
}

// vertices visits the vertices of chain c that are its own: all inside it, and
// its ends if it owns these nodes.
func (d *draft) vertices(c int, owner []network.ChainID, visit func(v uint32, at network.Millimetres, node network.NodeID)) {
	first, last := d.m.VertexFirst[c], d.m.VertexFirst[c+1]-1
	tail, head := d.m.Tail[c], d.m.Head[c]
	if owner[tail] == network.ChainID(c) {
		visit(first, 0, tail)
	}
	for v := first + 1; v < last; v++ {
		visit(v, d.m.VertexAt[v], network.None)
	}
	if owner[head] == network.ChainID(c) && head != tail {
		visit(last, d.m.Length[c], head)
	}
}

// worksFinds finds where roads under construction join the network.
func (d *draft) worksFinds(ctx context.Context, _ []uint32) ([]find, error) {
	sites := make([]uint64, (d.c.nodes.len()+63)/64) // nodes of roads under construction
	var works []int
	for w := range d.c.ways.len() {
		if !d.c.ways.tags(w).is(keyHighway, "construction") {
			continue
		}
		works = append(works, w)
		for _, n := range d.c.ways.refs(w) {
			sites[n/64] |= 1 << (n % 64)
		}
	}
	if len(works) == 0 {
		return nil, nil
	}
	type place struct {
		network.Hazard
		node uint32
	}
	var places []place
	owner := d.nodeOwners()
	for c := range d.m.NumChains() {
		if c%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		d.vertices(c, owner, func(v uint32, at network.Millimetres, node network.NodeID) {
			if n := d.vertexNode[v]; sites[n/64]&(1<<(n%64)) != 0 {
				h := network.Hazard{Chain: network.ChainID(c), From: at, To: at, Node: node, Kind: network.Works, Type: network.OSMWay}
				places = append(places, place{h, n})
			}
		})
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.node, b.node) })
	var out []find
	for _, w := range works {
		refs := slices.Clone(d.c.ways.refs(w))
		slices.Sort(refs)
		for _, n := range slices.Compact(refs) {
			if i, ok := slices.BinarySearchFunc(places, n, func(p place, n uint32) int { return cmp.Compare(p.node, n) }); ok {
				h := places[i].Hazard
				h.OSM = d.c.ways.id[w]
				out = append(out, find{Hazard: h, proof: [4]key{keyHighway, keyConstruction}, object: uint32(w)})
			}
		}
	}
	return out, nil
}

// curveFinds finds sharp curves.
func (d *draft) curveFinds(ctx context.Context, ways []uint32) ([]find, error) {
	b := newStrandBuilder(d.m)
	var chains []network.ChainID
	var back []bool
	first := []int{0}
	var s strand
	for c := range d.m.NumChains() {
		if b.next(network.ChainID(c), &s) {
			chains, back = append(chains, s.chains...), append(back, s.back...)
			first = append(first, len(chains))
		}
	}
	const grain = 1024
	n := len(first) - 1
	parts := make([][]find, (n+grain-1)/grain)
	err := inParts(ctx, len(parts), func(part int) {
		var line polyline
		var found []curve
		for i := part * grain; i < min((part+1)*grain, n); i++ {
			s := strand{chains[first[i]:first[i+1]], back[first[i]:first[i+1]]}
			if d.traceStrand(s, &line); !line.mayCurve() {
				continue
			}
			line.measureExactly()
			found = line.curves(found[:0])
			for _, f := range found {
				parts[part] = d.tellCurve(s, f, ways, parts[part])
			}
		}
	})
	return slices.Concat(parts...), err
}

// traceStrand fills line with a strand's vertices and its rough measures.
func (d *draft) traceStrand(s strand, line *polyline) {
	line.reset()
	for i, c := range s.chains {
		points, _ := d.m.Vertices(c)
		for k := range points {
			if s.back[i] {
				k = len(points) - 1 - k
			}
			line.add(points[k])
		}
	}
	line.measureRoughly()
}

// tellCurve appends one hazard for every chain of the strand that a curve lies
// on, unless its sharpest place is on a roundabout.
func (d *draft) tellCurve(s strand, f curve, ways []uint32, out []find) []find {
	start := 0.0
	first := len(out)
	for i, c := range s.chains {
		length := d.m.Length[c].Metres()
		end := start + length
		last := i == len(s.chains)-1
		if f.to >= start && (f.from < end || last && f.from <= end+0.1) {
			from, to, least := f.from-start, f.to-start, f.least-start
			if s.back[i] {
				from, to, least = length-to, length-from, length-least
			}
			at := d.position(c, (max(from, 0)+min(to, length))/2)
			if least >= 0 && (least < length || last) {
				at = d.position(c, least)
				if d.m.IntervalAt(c, at).Flags&network.Roundabout != 0 {
					return out[:first]
				}
			}
			iv := d.intervalIndex(c, at)
			h := network.Hazard{
				OSM: d.m.Interval[iv].Way, Chain: c, From: d.position(c, from), To: d.position(c, to), Node: network.None,
				Value: int32(math.Round(f.radius * 100)), Kind: network.SharpCurve, Type: network.OSMWay,
			}
			out = append(out, find{Hazard: h, object: ways[iv], proof: [4]key{keyHighway}})
		}
		start = end
	}
	return out
}

// position brings metres from a chain's tail onto the chain.
func (d *draft) position(c network.ChainID, metres float64) network.Millimetres {
	return network.Millimetres(math.Round(min(max(metres*1000, 0), float64(d.m.Length[c]))))
}

// intervalIndex returns the index of the interval that a position lies in.
func (d *draft) intervalIndex(c network.ChainID, at network.Millimetres) uint32 {
	i := d.m.IntervalFirst[c]
	for i+1 < d.m.IntervalFirst[c+1] && d.m.Interval[i+1].From <= at {
		i++
	}
	return i
}

// crossingFinds finds the roads that pass over or under another way.
func (d *draft) crossingFinds(ctx context.Context, ways []uint32) ([]find, error) {
	l := lines{road: d.m.Vertex, roadNode: d.vertexNode}
	chainOf := make([]network.ChainID, 0, len(ways))
	wayOf := make([]uint32, 0, len(ways))
	used := make([]bool, d.c.ways.len())
	for c := range d.m.NumChains() {
		v, end := d.m.VertexFirst[c], d.m.VertexFirst[c+1]-1
		for i := d.m.IntervalFirst[c]; i < d.m.IntervalFirst[c+1]; i++ {
			first, to := v, d.intervalEnd(c, i)
			for v < end && d.m.VertexAt[v] < to {
				v++
			}
			if ways[i] == noWay {
				continue
			}
			used[ways[i]] = true
			if d.m.Interval[i].Class == network.Ferry {
				continue
			}
			l.line = append(l.line, line{levelOf(d.c.ways.tags(int(ways[i]))), true, first, v})
			chainOf, wayOf = append(chainOf, network.ChainID(c)), append(wayOf, ways[i])
		}
	}
	for w := range d.c.ways.len() {
		t := d.c.ways.tags(w)
		refs := d.c.ways.refs(w)
		if used[w] || len(refs) < 2 || !canCross(t, refs[0] == refs[len(refs)-1]) {
			continue
		}
		lv := levelOf(t)
		start := len(l.other)
		end := func() {
			if len(l.other)-start > 1 {
				l.line = append(l.line, line{lv, false, uint32(start), uint32(len(l.other) - 1)})
				chainOf, wayOf = append(chainOf, network.None), append(wayOf, uint32(w))
			}
			start = len(l.other)
		}
		for _, n := range refs {
			if p, ok := d.c.nodes.at(n); ok {
				l.other, l.otherNode = append(l.other, p), append(l.otherNode, n)
			} else {
				end()
			}
		}
		end()
	}
	crossings, err := l.crossings(ctx)
	if err != nil {
		return nil, err
	}
	var out []find
	tell := func(kind network.HazardKind, ours, other int, seg uint32, f float64, layers int) {
		if c := chainOf[ours]; c != network.None {
			from, to := d.m.VertexAt[seg], d.m.VertexAt[seg+1]
			h := network.Hazard{
				OSM: d.c.ways.id[wayOf[other]], Chain: c, Node: network.None, Value: int32(layers), Kind: kind, Type: network.OSMWay,
			}
			h.From, h.To = around(float64(from)+f*float64(to-from), d.m.Length[c])
			out = append(out, find{
				Hazard: h, object: wayOf[other],
				proof: [4]key{cmp.Or(firstKey(d.c.ways.tags(int(wayOf[other])), keyHighway, keyRailway, keyAeroway), keyHighway), keyBridge, keyTunnel, keyLayer},
			})
		}
	}
	for _, x := range crossings {
		tell(network.Overpass, x.over, x.under, x.overSeg, x.overF, x.layers)
		tell(network.Underpass, x.under, x.over, x.underSeg, x.underF, x.layers)
	}
	// A way that winds across the road more than once in a few metres is one crossing.
	slices.SortFunc(out, func(a, b find) int {
		return cmp.Or(cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.OSM, b.OSM), cmp.Compare(a.From, b.From))
	})
	merged := out[:0]
	for _, f := range out {
		if n := len(merged); n > 0 {
			g := &merged[n-1]
			if g.Chain == f.Chain && g.Kind == f.Kind && g.OSM == f.OSM && f.From <= g.To {
				g.To, g.Value = max(g.To, f.To), max(g.Value, f.Value)
				continue
			}
		}
		merged = append(merged, f)
	}
	return merged, nil
}

// canCross reports whether a way that is not part of the network is one that a
// road can pass over or under: a path, a railway line, a runway or a taxiway.
// Waters are not: a road over water is on a bridge, and told as such.
func canCross(t tags, closed bool) bool {
	if highway := t.get(keyHighway); highway != "" {
		_, drop := highwayValue(t, highway, closed)
		return drop == "" || drop == DropPath || drop == DropNoMotorAccess
	}
	return t.is(keyRailway, "rail", "light_rail", "subway", "tram", "narrow_gauge", "monorail", "funicular", "preserved", "miniature") ||
		t.is(keyAeroway, "runway", "taxiway") && !(closed && t.is(keyArea, "yes"))
}

// firstKey returns the first of the keys that an object has, else keyNone.
func firstKey(t tags, keys ...key) key {
	for _, k := range keys {
		if t.has(k) {
			return k
		}
	}
	return keyNone
}
