package railway

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// link makes the graph of nodes and segments.
func (b *builder) link() {
	for _, t := range b.tracks {
		for i := 1; i < len(t.refs); i++ {
			if b.isSegment(t.refs[i-1], t.refs[i]) {
				b.node = append(b.node, t.refs[i-1], t.refs[i])
			}
		}
	}
	slices.Sort(b.node)
	b.node = slices.Clip(slices.Compact(b.node))
	b.point = make([]geo.Point, len(b.node))
	b.tags = make([]Tags, len(b.node))
	b.edge = make([]bool, len(b.node))
	for i, n := range b.node {
		b.point[i], _ = b.x.NodeAt(n)
		b.tags[i] = b.x.NodeTags(n)
	}
	for w, t := range b.tracks {
		for i := 1; i < len(t.refs); i++ {
			p, q := t.refs[i-1], t.refs[i]
			if b.isSegment(p, q) {
				b.segments = append(b.segments, segment{int32(w), [2]int32{b.index(p), b.index(q)}})
				continue
			}
			// The line goes on beyond the border of the data.
			_, ok1 := b.x.NodeAt(p)
			_, ok2 := b.x.NodeAt(q)
			if j, found := slices.BinarySearch(b.node, p); ok1 && !ok2 && found {
				b.edge[j] = true
			}
			if j, found := slices.BinarySearch(b.node, q); ok2 && !ok1 && found {
				b.edge[j] = true
			}
		}
	}
	b.endFirst = make([]int32, len(b.node)+1)
	for _, s := range b.segments {
		b.endFirst[s.node[0]+1]++
		b.endFirst[s.node[1]+1]++
	}
	for i := range b.node {
		b.endFirst[i+1] += b.endFirst[i]
	}
	b.ends = make([]end, 2*len(b.segments))
	next := slices.Clone(b.endFirst)
	for i, s := range b.segments {
		for side, n := range s.node {
			b.ends[next[n]] = end(2*i + side)
			next[n]++
		}
	}
}

// index returns the place of a node in b.node, in which it must be.
func (b *builder) index(n uint32) int32 {
	i, _ := slices.BinarySearch(b.node, n)
	return int32(i)
}

// endsAt returns the ends of segments at a node.
func (b *builder) endsAt(n int32) []end { return b.ends[b.endFirst[n]:b.endFirst[n+1]] }

// nodeAt returns the node that an end is at.
func (b *builder) nodeAt(e end) int32 { return b.segments[e.segment()].node[e&1] }

// trackAt returns what the tags of an end's way say.
func (b *builder) trackAt(e end) *track { return &b.tracks[b.segments[e.segment()].track] }

// onward returns the other end at a node of two ends.
func (b *builder) onward(e end) end {
	ends := b.endsAt(b.nodeAt(e))
	if ends[0] == e {
		return ends[1]
	}
	return ends[0]
}

// tagged reports whether a node has a value among those of its railway tag.
func (b *builder) tagged(n int32, value string) bool {
	return b.tags[n] != nil && has(b.tags[n]("railway"), value)
}

// has reports whether a list separated by ; has a value.
func has(list, value string) bool {
	for part := range strings.SplitSeq(list, ";") {
		if strings.TrimSpace(part) == value {
			return true
		}
	}
	return false
}

// decideCuts finds the nodes at which tracks end.
func (b *builder) decideCuts() {
	b.cut = make([]bool, len(b.node))
	for i := range b.node {
		n := int32(i)
		ends := b.endsAt(n)
		b.cut[i] = len(ends) != 2 || b.tagged(n, "buffer_stop") || b.kindAt(ends[0]) != b.kindAt(ends[1]) || !b.joined(ends[0], ends[1])
	}
}

func (b *builder) kindAt(e end) network.RailKind { return b.trackAt(e).interval.Kind }

// joined reports whether a train can pass from one end to the other of two that
// are alone at a node.
func (b *builder) joined(e, f end) bool {
	return b.sameGauge(e, f) && !b.doublesBack(e, f)
}

// follow runs along the segments from every node at which tracks end to the next
// one; what is left are rings. Tracks come in the order of their tails.
func (b *builder) follow() {
	taken := make([]bool, len(b.segments))
	b.runFirst = []int32{0}
	run := func(e end) {
		start := len(b.runs)
		for {
			taken[e.segment()] = true
			b.runs = append(b.runs, e)
			n := b.nodeAt(e.far())
			if b.cut[n] || taken[b.onward(e.far()).segment()] {
				break
			}
			e = b.onward(e.far())
		}
		one := b.runs[start:]
		if b.nodeAt(one[0]) == b.nodeAt(one[len(one)-1].far()) && b.clockwise(one) {
			slices.Reverse(one)
			for i := range one {
				one[i] = one[i].far()
			}
		}
		b.runFirst = append(b.runFirst, int32(len(b.runs)))
	}
	// Nodes rise with their ids: a track is met first at its smaller end, which
	// is its tail, and a ring at its smallest node.
	for _, cuts := range [...]bool{true, false} {
		for i := range b.node {
			if b.cut[i] != cuts {
				continue
			}
			for _, e := range b.endsAt(int32(i)) {
				if !taken[e.segment()] {
					run(e)
				}
			}
		}
	}
}

// clockwise reports whether a ring runs clockwise on a map with north up; one
// without an inside does if its last node but one has a smaller id than its second.
func (b *builder) clockwise(ring []end) bool {
	o := b.point[b.nodeAt(ring[0])]
	area := 0.0
	for _, e := range ring {
		p, q := b.point[b.nodeAt(e)], b.point[b.nodeAt(e.far())]
		px, py := float64(int64(p.Lon)-int64(o.Lon)), float64(int64(p.Lat)-int64(o.Lat))
		qx, qy := float64(int64(q.Lon)-int64(o.Lon)), float64(int64(q.Lat)-int64(o.Lat))
		area += float64(px*qy) - float64(py*qx)
	}
	if area == 0 {
		return b.nodeAt(ring[len(ring)-1]) < b.nodeAt(ring[0].far())
	}
	return area < 0
}

// run returns the segments of a track of the network, each by the end where it
// is entered.
func (b *builder) run(t int) []end { return b.runs[b.runFirst[t]:b.runFirst[t+1]] }

// layOut numbers the nodes and fills tracks and vertices.
func (b *builder) layOut() error {
	r := &b.rail
	count := len(b.runFirst) - 1
	b.railNode = make([]network.RailNodeID, len(b.node))
	for i := range b.railNode {
		b.railNode[i] = network.None
	}
	for t := range count {
		run := b.run(t)
		b.railNode[b.nodeAt(run[0])], b.railNode[b.nodeAt(run[len(run)-1].far())] = 0, 0
	}
	for i := range b.node {
		if b.railNode[i] == network.None {
			continue
		}
		b.railNode[i] = network.RailNodeID(len(r.NodePoint))
		r.NodePoint = append(r.NodePoint, b.point[i])
		r.NodeInfo = append(r.NodeInfo, network.RailNode{OSM: b.x.NodeID(b.node[i])})
	}
	total := uint64(len(b.runs)) + uint64(count)
	if total > math.MaxUint32 {
		return fmt.Errorf("the extracts have %d vertices of railways, more than the %d a map can hold: use smaller extracts", total, uint32(math.MaxUint32))
	}
	r.VertexFirst = make([]uint32, 1, count+1)
	r.Vertex, r.VertexAt = make([]geo.Point, 0, total), make([]network.Millimetres, 0, total)
	for t := range count {
		run := b.run(t)
		tail, head := b.nodeAt(run[0]), b.nodeAt(run[len(run)-1].far())
		r.Tail, r.Head = append(r.Tail, b.railNode[tail]), append(r.Head, b.railNode[head])
		r.Vertex, r.VertexAt = append(r.Vertex, b.point[tail]), append(r.VertexAt, 0)
		metres := 0.0
		for _, e := range run {
			p, q := b.point[b.nodeAt(e)], b.point[b.nodeAt(e.far())]
			metres += geo.Distance(p, q)
			if metres*1000 > math.MaxUint32-1 {
				return fmt.Errorf("way %d and those joined to it run over 4294 km without a switch, more than a map can hold: check the extract for misplaced nodes", b.trackAt(e).id)
			}
			r.Vertex = append(r.Vertex, q)
			r.VertexAt = append(r.VertexAt, network.Millimetres(math.Round(metres*1000)))
		}
		r.Length = append(r.Length, r.VertexAt[len(r.VertexAt)-1])
		r.VertexFirst = append(r.VertexFirst, uint32(len(r.Vertex)))
	}
	return nil
}

// describe fills the intervals: one for each way that a track runs along.
func (b *builder) describe() {
	r := &b.rail
	r.IntervalFirst = []uint32{0}
	for t := range r.Length {
		run := b.run(t)
		at := r.VertexAt[r.VertexFirst[t]:r.VertexFirst[t+1]]
		begin := len(r.Interval)
		for i := 0; i < len(run); {
			way, against := b.segments[run[i].segment()].track, run[i].against()
			j := i + 1
			for j < len(run) && b.segments[run[j].segment()].track == way && run[j].against() == against {
				j++
			}
			// A stretch between nodes at the same place has no length; a track
			// always has one interval.
			if at[i] < at[j] || j == len(run) && len(r.Interval) == begin {
				iv := b.tracks[way].interval
				if against {
					iv = reversed(iv)
				}
				iv.From = at[i]
				r.Interval = append(r.Interval, iv)
			}
			i = j
		}
		r.Interval[begin].From = 0
		r.IntervalFirst = append(r.IntervalFirst, uint32(len(r.Interval)))
	}
}

// reversed turns an interval round.
func reversed(iv network.RailInterval) network.RailInterval {
	iv.WayReversed = 1
	iv.SpeedForward, iv.SpeedBackward = iv.SpeedBackward, iv.SpeedForward
	if iv.Flags&network.RailOneWay != 0 {
		iv.Flags ^= network.RailOneWayBack
	}
	return iv
}

// addFeatures fills what stands on the tracks.
func (b *builder) addFeatures() {
	r := &b.rail
	r.FeatureFirst = []uint32{0}
	for t := range r.Length {
		run := b.run(t)
		at := r.VertexAt[r.VertexFirst[t]:r.VertexFirst[t+1]]
		begin := len(r.Feature)
		b.featuresAt(b.nodeAt(run[0]), network.TrackID(t), 0)
		for i, e := range run {
			b.featuresAt(b.nodeAt(e.far()), network.TrackID(t), at[i+1])
		}
		slices.SortStableFunc(r.Feature[begin:], func(f, g network.RailFeature) int {
			return cmp.Or(cmp.Compare(f.At, g.At), cmp.Compare(f.Kind, g.Kind), cmp.Compare(f.OSM, g.OSM))
		})
		r.FeatureFirst = append(r.FeatureFirst, uint32(len(r.Feature)))
	}
}
