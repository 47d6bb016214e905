package flow

// Basic moves flow round circles until the edges that carry flow and could carry
// more, or less, at one and the same cost hold no circle: what comes in and goes
// out at the sources and sinks stays, and a flow of least cost stays one. Then Paths
// needs at most one path more than there are full edges for each part of the flow,
// where before it may need one for every place at which routes cross.
//
// Cost: the edges with flow, and for every circle the length of a walk.
func (n *Network) Basic() {
	b := basis{n: n, next: make([]uint32, n.Nodes()), at: make([]int32, n.Nodes())}
	copy(b.next, n.first)
	for v := range b.at {
		b.at[v] = unseen
	}
	for v := range uint32(n.Nodes()) {
		if b.at[v] == unseen {
			b.walk(v)
		}
	}
}

const (
	unseen int32 = -1
	done   int32 = -2
)

// basis is a depth-first walk over the edges that are free to carry more or less.
type basis struct {
	n     *Network
	next  []uint32 // by node, into arcs
	at    []int32  // by node: its place on the walk, unseen or done
	nodes []uint32 // the walk
	refs  []uint32 // how each node of the walk was reached
}

// free reports whether a little more and a little less can flow along ref at the same
// cost, and something flows.
func (n *Network) free(ref uint32) bool {
	if n.edges[ref>>1].flow == 0 {
		return false
	}
	up, more := n.margin(ref)
	down, less := n.margin(ref ^ 1)
	return more > 0 && less > 0 && up == -down
}

func (b *basis) walk(root uint32) {
	n := b.n
	b.enter(root, none)
	for len(b.nodes) > 0 {
		top := len(b.nodes) - 1
		u := b.nodes[top]
		if b.next[u] == n.first[u+1] {
			b.at[u] = done
			b.nodes, b.refs = b.nodes[:top], b.refs[:top]
			continue
		}
		a := n.arcs[b.next[u]]
		b.next[u]++
		if b.refs[top] == a.ref^1 || b.at[a.head] == done || !n.free(a.ref) {
			continue
		}
		if b.at[a.head] == unseen {
			b.enter(a.head, a.ref)
			continue
		}
		first := int(b.at[a.head]) + 1
		b.turn(b.refs[first:], a.ref)
		for i := first; i <= top; i++ {
			if !n.free(b.refs[i]) {
				b.leave(i)
				break
			}
		}
	}
}

func (b *basis) enter(v, ref uint32) {
	b.at[v] = int32(len(b.nodes))
	b.nodes, b.refs = append(b.nodes, v), append(b.refs, ref)
}

// leave takes the walk back to before its node i.
func (b *basis) leave(i int) {
	for _, v := range b.nodes[i:] {
		b.at[v], b.next[v] = unseen, b.n.first[v]
	}
	b.nodes, b.refs = b.nodes[:i], b.refs[:i]
}

// turn sends flow round the circle of the walk's part and the arc that closes it,
// the cheaper way round, and where both cost the same so that an edge becomes empty
// rather than full.
func (b *basis) turn(part []uint32, last uint32) {
	n := b.n
	var room [2]int64
	var empties [2]bool
	cost := int64(0)
	for way := range uint32(2) {
		room[way] = Infinite
		see := func(ref uint32) {
			ref ^= way
			c, r := n.margin(ref)
			if way == 0 {
				cost += c
			}
			if r < room[way] {
				x := n.edges[ref>>1].flow
				room[way], empties[way] = r, (x < 0) == (ref&1 == 0) && r == max(x, -x)
			}
		}
		for _, ref := range part {
			see(ref)
		}
		see(last)
	}
	way := uint32(0)
	if cost > 0 || cost == 0 && empties[1] && !empties[0] {
		way = 1
	}
	for _, ref := range part {
		n.push(ref^way, room[way])
	}
	n.push(last^way, room[way])
}
