package oracle

// sets are disjoint sets of segments.
type sets []int32

func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i] = int32(i)
	}
	return s
}

func (s sets) find(i int32) int32 {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

func (s sets) join(a, b int32) { s[s.find(a)] = s.find(b) }

// restricted reports whether some permission is for those with business there.
func restricted(list []Permission) bool {
	for _, p := range list {
		if p == Destination || p == Private {
			return true
		}
	}
	return false
}

// markCuts finds the nodes where chains end; those of restrictions are marked
// already.
func (n *Net) markCuts() {
	for i := range n.nodes {
		x := &n.nodes[i]
		if x.ends != 2 || x.barrier != nil {
			x.cut = true
			continue
		}
		a, b := n.out[i][0], n.out[i][1]
		v, w := n.way(a), n.way(b)
		if v.Ferry != w.Ferry || v.Access[a&1^1] != w.Access[b&1] || w.Access[b&1^1] != v.Access[a&1] {
			x.cut = true
		}
	}
}

// findParts finds the parts for those with business there.
func (n *Net) findParts() {
	n.markCuts()
	count := len(n.Segments)
	closed := make([]bool, count) // restricted segments
	for s := range n.Segments {
		w := &n.Ways[n.Segments[s].Way]
		closed[s] = restricted(w.Access[0][:]) || restricted(w.Access[1][:])
	}
	free := newSets(count) // the others, joined where nothing restricted stands
	for i := range n.nodes {
		if b := n.nodes[i].barrier; b != nil && restricted(b[:]) {
			continue
		}
		first := int32(-1)
		for _, e := range n.out[i] {
			switch s := int32(e / 2); {
			case closed[s]:
			case first < 0:
				first = s
			default:
				free.join(s, first)
			}
		}
	}
	// The greatest is the one with most chains, and each chain has two ends.
	ends := map[int32]int{}
	touched := map[int32]bool{}
	for i := range n.nodes {
		b := n.nodes[i].barrier
		near := b != nil && restricted(b[:])
		for _, e := range n.out[i] {
			near = near || closed[e/2]
		}
		for _, e := range n.out[i] {
			if s := int32(e / 2); !closed[s] {
				root := free.find(s)
				if n.nodes[i].cut {
					ends[root]++
				}
				touched[root] = touched[root] || near
			}
		}
	}
	main, most := int32(-1), 0
	for s := range int32(count) {
		switch k := ends[s]; {
		case k > most:
			main, most, n.Tied = s, k, false
		case k == most && k > 0:
			n.Tied = true
		}
	}
	// A lone chain, such as one between two barriers, is no main network.
	n.Tied = n.Tied || most <= 2
	within := func(s int32) bool {
		root := free.find(s)
		return closed[s] || root != main && touched[root]
	}
	parts := newSets(count)
	for i := range n.nodes {
		first := int32(-1)
		for _, e := range n.out[i] {
			switch s := int32(e / 2); {
			case !within(s):
			case first < 0:
				first = s
			default:
				parts.join(s, first)
			}
		}
	}
	n.part = make([]int32, count)
	for s := range int32(count) {
		n.part[s] = -1
		if within(s) {
			n.part[s] = parts.find(s)
		}
	}
}
