package mapbuild

import (
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// An edge is a stretch of a used way between two nodes at which it may have to
// be cut: reference positions from < to of the way. All nodes in between lie on
// this way alone and are in the extracts.
type edge struct {
	way      int32 // index into c.ways
	from, to int32
}

// A part is an edge as a chain drives along it.
type part struct {
	edge     int32
	reversed bool
}

// joints is the multigraph of edges before chains are made of them.
type joints struct {
	edges []edge
	// edgeFirst leads from a way to its edges, len(ways)+1.
	edgeFirst []int32
	// ends lists, per node that is an end of an edge, the edge ends there:
	// 2*edge for its from end, 2*edge+1 for its to end. node holds the nodes (by
	// rising id), at is the inverse over all nodes, -1 elsewhere.
	node     []uint32
	at       []int32
	endFirst []int32
	ends     []int32

	// parts holds the chains' edges, CSR.
	partFirst []int32
	parts     []part
	// edgeArc is the arc that drives along the edge in the way's direction.
	edgeArc []network.ArcID
}

// makeChains cuts the used ways at junctions, ends, barriers and wherever
// permissions change, and joins what no such place separates.
func (d *draft) makeChains() error {
	segments := d.segmentEnds()
	d.readBarriers(segments)
	d.readRestrictions(segments)
	j := d.makeEdges(segments)
	d.j = j
	d.joinEdges(j)
	d.numberNodes()
	if err := d.layOut(); err != nil {
		return err
	}
	d.describeChains()
	d.components()
	return nil
}

// segmentEnds counts, per node, the ends of segments of used ways; 255 is "255
// or more".
func (d *draft) segmentEnds() []uint8 {
	count := make([]uint8, d.c.nodes.len())
	for w := range d.road {
		if d.road[w] < 0 {
			continue
		}
		refs := d.c.ways.refs(w)
		for i := 1; i < len(refs); i++ {
			a, b := refs[i-1], refs[i]
			if a == b || d.c.nodes.packed[a] == absentNode || d.c.nodes.packed[b] == absentNode {
				continue
			}
			count[a] += min(1, 255-count[a])
			count[b] += min(1, 255-count[b])
		}
	}
	return count
}

// readBarriers finds the barriers on used ways.
func (d *draft) readBarriers(segments []uint8) {
	d.barriers = make(map[uint32]barrier)
	d.forced = make([]uint64, (d.c.nodes.len()+63)/64)
	n := newNotes()
	for i := range d.c.tagged.len() {
		t := d.c.tagged.tags(i)
		if !t.has(keyBarrier) {
			continue
		}
		node, ok := d.c.nodes.find(d.c.tagged.id[i])
		if !ok || segments[node] == 0 {
			continue
		}
		n.next()
		if access, ok := barrierAccess(t, n); ok {
			d.barriers[node] = barrier{access, t.get(keyBarrier)}
			d.force(node)
		}
	}
	d.unread(n)
}

// A barrier is what stands at a node.
type barrier struct {
	access network.Access
	value  string
}

// force makes a node one where ways are cut.
func (d *draft) force(node uint32) { d.forced[node/64] |= 1 << (node % 64) }

func (d *draft) isForced(node uint32) bool { return d.forced[node/64]&(1<<(node%64)) != 0 }

// makeEdges cuts the used ways at every node that is not simply passed through.
func (d *draft) makeEdges(segments []uint8) *joints {
	j := &joints{edgeFirst: make([]int32, d.c.ways.len()+1), at: make([]int32, d.c.nodes.len())}
	for w := range d.road {
		if d.road[w] >= 0 {
			d.cut(w, segments, j)
		}
		j.edgeFirst[w+1] = int32(len(j.edges))
	}
	// Nodes by rising id are nodes by rising index.
	for _, e := range j.edges {
		refs := d.c.ways.refs(int(e.way))
		j.at[refs[e.from]]++
		j.at[refs[e.to]]++
	}
	total := int32(0)
	j.endFirst = append(j.endFirst, 0)
	for n, count := range j.at {
		if count == 0 {
			j.at[n] = -1
			continue
		}
		j.at[n] = int32(len(j.node))
		j.node = append(j.node, uint32(n))
		total += count
		j.endFirst = append(j.endFirst, total)
	}
	j.ends = make([]int32, total)
	next := slices.Clone(j.endFirst)
	for i, e := range j.edges {
		refs := d.c.ways.refs(int(e.way))
		for side, n := range [...]uint32{refs[e.from], refs[e.to]} {
			at := j.at[n]
			j.ends[next[at]] = int32(2*i + side)
			next[at]++
		}
	}
	return j
}

// cut appends the edges of a way.
func (d *draft) cut(w int, segments []uint8, j *joints) {
	refs := d.c.ways.refs(w)
	start := -1 // position where the open edge begins
	for i, n := range refs {
		here := d.c.nodes.packed[n] != absentNode
		if start >= 0 && here && refs[i-1] != n && (i == len(refs)-1 || segments[n] != 2 || d.isForced(n)) {
			j.edges = append(j.edges, edge{int32(w), int32(start), int32(i)})
			start = i
			continue
		}
		if !here {
			// Close at the last node that is there; nothing is left when the edge has
			// just begun there.
			d.closeEdge(w, refs, start, i-1, j)
			start = -1
			continue
		}
		if start < 0 {
			start = i
		}
	}
	d.closeEdge(w, refs, start, len(refs)-1, j)
}

// closeEdge appends the edge from start to end if it has two different nodes
// next to each other.
func (d *draft) closeEdge(w int, refs []uint32, start, end int, j *joints) {
	if start < 0 {
		return
	}
	for end > start && refs[end] == refs[end-1] {
		end--
	}
	if end > start {
		j.edges = append(j.edges, edge{int32(w), int32(start), int32(end)})
	}
}

// endNode returns the node at an edge end.
func (d *draft) endNode(end int32) uint32 {
	e := d.j.edges[end/2]
	if end&1 == 0 {
		return d.c.ways.refs(int(e.way))[e.from]
	}
	return d.c.ways.refs(int(e.way))[e.to]
}

// through returns what may drive towards the node at an edge end and away from
// it, and whether the edge is a ferry line.
func (d *draft) through(end int32) (in, out network.Access, ferry bool) {
	r := &d.roads[d.road[d.j.edges[end/2].way]]
	ferry = r.interval.Class == network.Ferry
	if end&1 == 0 {
		return r.backward, r.forward, ferry
	}
	return r.forward, r.backward, ferry
}

// isCut reports whether chains end at node i of j.node.
func (d *draft) isCut(j *joints, i int32) bool {
	ends := j.ends[j.endFirst[i]:j.endFirst[i+1]]
	if len(ends) != 2 || d.isForced(j.node[i]) {
		return true
	}
	in1, out1, ferry1 := d.through(ends[0])
	in2, out2, ferry2 := d.through(ends[1])
	return in1 != out2 || in2 != out1 || ferry1 != ferry2
}

// joinEdges joins edges into chains. Starting from the cut nodes by rising id gives
// every chain the orientation it must have, except loops; those come out
// anticlockwise. Chains are numbered by tail, closed rings without any junction
// come last.
func (d *draft) joinEdges(j *joints) {
	cut := make([]bool, len(j.node))
	parallel(len(cut), 1<<12, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			cut[i] = d.isCut(j, int32(i))
		}
	})
	taken := make([]bool, len(j.edges))
	j.partFirst = append(j.partFirst, 0)
	// follow appends the chain that begins with the edge end given.
	follow := func(end int32, stop func(at int32) bool) {
		for {
			taken[end/2] = true
			j.parts = append(j.parts, part{end / 2, end&1 == 1})
			at := j.at[d.endNode(end^1)]
			if stop(at) {
				break
			}
			ends := j.ends[j.endFirst[at]:j.endFirst[at+1]]
			if ends[0] == end^1 {
				end = ends[1]
			} else {
				end = ends[0]
			}
		}
		j.partFirst = append(j.partFirst, int32(len(j.parts)))
	}
	for i := range j.node {
		if !cut[i] {
			continue
		}
		for _, end := range j.ends[j.endFirst[i]:j.endFirst[i+1]] {
			if !taken[end/2] {
				follow(end, func(at int32) bool { return cut[at] })
			}
		}
	}
	d.firstRing = len(j.partFirst) - 1
	for e := range j.edges {
		if !taken[e] {
			first := j.at[d.endNode(int32(2*e))]
			follow(int32(2*e), func(at int32) bool { return at == first })
		}
	}
	for c := range len(j.partFirst) - 1 {
		parts := j.parts[j.partFirst[c]:j.partFirst[c+1]]
		if d.endNode(partEnd(parts[0], false)) == d.endNode(partEnd(parts[len(parts)-1], true)) && d.clockwise(parts) {
			slices.Reverse(parts)
			for i := range parts {
				parts[i].reversed = !parts[i].reversed
			}
		}
	}
}

// partEnd returns the edge end where a part begins, or where it ends.
func partEnd(p part, last bool) int32 {
	end := 2 * p.edge
	if p.reversed != last {
		end++
	}
	return end
}

// clockwise reports whether a ring runs clockwise on a map with north up. A ring
// without an inside (there and back on one line) counts as clockwise when its
// last but one node has a smaller id than its second.
func (d *draft) clockwise(parts []part) bool {
	var nodes []uint32
	for _, p := range parts {
		nodes = d.appendNodes(nodes, p)
	}
	area := 0.0
	origin, _ := d.c.nodes.at(nodes[0])
	var last geo.Point
	for _, n := range nodes {
		p, _ := d.c.nodes.at(n)
		q := geo.Point{Lat: p.Lat - origin.Lat, Lon: p.Lon - origin.Lon}
		area += float64(float64(last.Lon)*float64(q.Lat)) - float64(float64(q.Lon)*float64(last.Lat))
		last = q
	}
	if area == 0 {
		return nodes[len(nodes)-2] < nodes[1]
	}
	return area < 0
}

// appendNodes appends the nodes of a part in driving order, without the first if
// it is there already and without immediate repetitions.
func (d *draft) appendNodes(nodes []uint32, p part) []uint32 {
	e := d.j.edges[p.edge]
	refs := d.c.ways.refs(int(e.way))[e.from : e.to+1]
	for i := range refs {
		n := refs[i]
		if p.reversed {
			n = refs[len(refs)-1-i]
		}
		if len(nodes) == 0 || nodes[len(nodes)-1] != n {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// chainNodes returns the nodes of a chain and where in them each part begins. A
// ring without a junction begins at its node with the smallest id; the part that
// lies there is then split in two.
func (d *draft) chainNodes(c int, nodes []uint32, runs []runOfWay) ([]uint32, []runOfWay) {
	nodes, runs = nodes[:0], runs[:0]
	for _, p := range d.j.parts[d.j.partFirst[c]:d.j.partFirst[c+1]] {
		way := d.j.edges[p.edge].way
		if n := len(runs); n == 0 || runs[n-1].way != way || runs[n-1].reversed != p.reversed {
			runs = append(runs, runOfWay{max(0, len(nodes)-1), way, p.reversed})
		}
		nodes = d.appendNodes(nodes, p)
	}
	if c < d.firstRing {
		return nodes, runs
	}
	ring := nodes[:len(nodes)-1]
	k := slices.Index(ring, slices.Min(ring))
	if k == 0 {
		return nodes, runs
	}
	turned := append(append(append([]uint32{}, ring[k:]...), ring[:k]...), ring[k])
	split := 0 // the run that covers the segment after k
	for split+1 < len(runs) && runs[split+1].first <= k {
		split++
	}
	var moved []runOfWay
	for _, r := range runs[split:] {
		r.first = max(0, r.first-k)
		moved = append(moved, r)
	}
	for i, r := range runs[:split+1] {
		r.first += len(ring) - k
		if last := moved[len(moved)-1]; i == 0 && last.way == r.way && last.reversed == r.reversed {
			continue // the ring's old beginning lay inside this way
		}
		if r.first < len(ring) {
			moved = append(moved, r)
		}
	}
	return turned, moved
}

// A runOfWay is a stretch of a chain along one way: first is the position of its
// first node among the chain's.
type runOfWay struct {
	first    int
	way      int32
	reversed bool
}

// numberNodes makes the network's nodes out of the chains' ends, by rising id.
func (d *draft) numberNodes() {
	j, m := d.j, d.m
	chains := len(j.partFirst) - 1
	tails, heads := make([]uint32, chains), make([]uint32, chains)
	isNode := make([]uint64, (d.c.nodes.len()+63)/64)
	var nodes []uint32
	for c := range chains {
		first, last := j.parts[j.partFirst[c]], j.parts[j.partFirst[c+1]-1]
		tails[c], heads[c] = d.endNode(partEnd(first, false)), d.endNode(partEnd(last, true))
		if c >= d.firstRing {
			nodes, _ = d.chainNodes(c, nodes, nil)
			tails[c], heads[c] = nodes[0], nodes[0]
		}
		isNode[tails[c]/64] |= 1 << (tails[c] % 64)
		isNode[heads[c]/64] |= 1 << (heads[c] % 64)
	}
	idOf := j.at // no longer needed for edge ends
	for n := range idOf {
		idOf[n] = -1
		if isNode[n/64]&(1<<(n%64)) == 0 {
			continue
		}
		idOf[n] = int32(len(d.nodeOf))
		d.nodeOf = append(d.nodeOf, uint32(n))
	}
	d.nodeID = idOf
	m.NodePoint = make([]geo.Point, len(d.nodeOf))
	m.NodeInfo = make([]network.NodeInfo, len(d.nodeOf))
	for i, n := range d.nodeOf {
		m.NodePoint[i], _ = d.c.nodes.at(n)
		m.NodeInfo[i].OSM = d.c.nodes.id[n]
		if b, ok := d.barriers[n]; ok {
			m.NodeInfo[i].Access, m.NodeInfo[i].Barrier = b.access, d.text.Add(b.value)
		}
	}
	m.Tail, m.Head = make([]network.NodeID, chains), make([]network.NodeID, chains)
	for c := range chains {
		m.Tail[c], m.Head[c] = network.NodeID(idOf[tails[c]]), network.NodeID(idOf[heads[c]])
		for _, n := range [...]network.NodeID{m.Tail[c], m.Head[c]} {
			if m.NodeInfo[n].Degree < 255 {
				m.NodeInfo[n].Degree++
			}
		}
	}
}

// layOut fills the vertices and their positions.
func (d *draft) layOut() error {
	j, m := d.j, d.m
	chains := len(j.partFirst) - 1
	m.VertexFirst = make([]uint32, chains+1)
	counts := make([]uint32, chains)
	parallel(chains, 1<<11, func(lo, hi int) {
		for c := lo; c < hi; c++ {
			n := uint32(1)
			for _, p := range j.parts[j.partFirst[c]:j.partFirst[c+1]] {
				e := j.edges[p.edge]
				refs := d.c.ways.refs(int(e.way))
				for i := e.from; i < e.to; i++ {
					if refs[i] != refs[i+1] {
						n++
					}
				}
			}
			counts[c] = n
		}
	})
	total := uint64(0)
	for c, n := range counts {
		m.VertexFirst[c] = uint32(total)
		total += uint64(n)
	}
	if total > math.MaxUint32 {
		return fmt.Errorf("the extracts have %d road vertices, more than the %d a map can hold: use smaller extracts", total, uint32(math.MaxUint32))
	}
	m.VertexFirst[chains] = uint32(total)
	m.Vertex, m.VertexAt = make([]geo.Point, total), make([]network.Millimetres, total)
	d.vertexNode = make([]uint32, total)
	m.Length = make([]network.Millimetres, chains)
	tooLong := make([]bool, chains)
	parallel(chains, 1<<11, func(lo, hi int) {
		var nodes []uint32
		var runs []runOfWay
		for c := lo; c < hi; c++ {
			nodes, runs = d.chainNodes(c, nodes, runs)
			first := m.VertexFirst[c]
			at := 0.0
			for i, n := range nodes {
				v := first + uint32(i)
				d.vertexNode[v] = n
				m.Vertex[v], _ = d.c.nodes.at(n)
				if i > 0 {
					at += geo.Distance(m.Vertex[v-1], m.Vertex[v])
				}
				mm := math.Round(at * 1000)
				if mm > math.MaxUint32 {
					tooLong[c] = true
					break
				}
				m.VertexAt[v] = network.Millimetres(mm)
				m.Length[c] = network.Millimetres(mm)
			}
		}
	})
	if c := slices.Index(tooLong, true); c >= 0 {
		way := d.c.ways.id[j.edges[j.parts[j.partFirst[c]].edge].way]
		return fmt.Errorf("way %d and those joined to it run over 4294 km without a junction, more than a map can hold: check the extract for misplaced nodes", way)
	}
	return nil
}

// describeChains fills the intervals, permissions, limits and conditions of the
// chains, and edgeArc.
func (d *draft) describeChains() {
	j, m := d.j, d.m
	chains := len(m.Length)
	m.Limits = []network.Limits{{}}
	limitOf := map[network.Limits]uint32{{}: 0}
	limit := func(l network.Limits) uint32 {
		i, ok := limitOf[l]
		if !ok {
			i = uint32(len(m.Limits))
			limitOf[l] = i
			m.Limits = append(m.Limits, l)
		}
		return i
	}
	m.IntervalFirst = make([]uint32, 1, chains+1)
	m.Interval = make([]network.Interval, 0, len(j.parts))
	m.ArcAccess, m.ArcLimits = make([]network.Access, 2*chains), make([]uint32, 2*chains)
	j.edgeArc = make([]network.ArcID, len(j.edges))
	var nodes []uint32
	var runs []runOfWay
	for c := range chains {
		for _, p := range j.parts[j.partFirst[c]:j.partFirst[c+1]] {
			j.edgeArc[p.edge] = network.ChainID(c).Arc(p.reversed)
		}
		nodes, runs = d.chainNodes(c, nodes, runs)
		at := m.VertexAt[m.VertexFirst[c]:]
		var tightest [2]network.Limits
		begin := len(m.Interval)
		for i, run := range runs {
			r := &d.roads[d.road[run.way]]
			iv := r.interval
			iv.Way = d.c.ways.id[run.way]
			iv.From = at[run.first]
			to := m.Length[c]
			if i+1 < len(runs) {
				to = at[runs[i+1].first]
			}
			iv.Name, iv.Number = d.ref(r.name), d.ref(r.number)
			iv.Limits = limit(tighter(r.limits[0], r.limits[1]))
			ahead, back, along, against := r.forward, r.backward, r.limits[0], r.limits[1]
			if run.reversed {
				iv.WayReversed = 1
				iv.SpeedForward, iv.SpeedBackward = iv.SpeedBackward, iv.SpeedForward
				ahead, back, along, against = back, ahead, against, along
			}
			m.ArcAccess[2*c], m.ArcAccess[2*c+1] = ahead, back
			tightest[0], tightest[1] = tighter(tightest[0], along), tighter(tightest[1], against)
			for _, t := range r.conditions {
				m.Conditions = append(m.Conditions, network.Condition{
					Chain: network.ChainID(c), From: iv.From, To: to,
					Key: d.text.Add(d.c.text.keyName(t.key)), Val: d.ref(t.val),
				})
			}
			// A stretch between nodes at the same place has no length; a chain
			// always has one interval.
			if iv.From < to || len(runs) == 1 || i == len(runs)-1 && len(m.Interval) == begin {
				m.Interval = append(m.Interval, iv)
			}
		}
		m.Interval[begin].From = 0
		m.IntervalFirst = append(m.IntervalFirst, uint32(len(m.Interval)))
		m.ArcLimits[2*c], m.ArcLimits[2*c+1] = limit(tightest[0]), limit(tightest[1])
	}
}

// ref returns the map's reference of a collected string.
func (d *draft) ref(text uint32) network.Ref {
	if text == 0 {
		return 0
	}
	if d.refs == nil {
		d.refs = make([]network.Ref, len(d.c.text.list))
	}
	if d.refs[text] == 0 {
		d.refs[text] = d.text.Add(d.c.text.list[text])
	}
	return d.refs[text]
}
