package mapbuild

import "github.com/outrider-project/outrider/network"

// A forest is disjoint sets of nodes, each known by its least member.
type forest []network.NodeID

func newForest(n int) forest {
	f := make(forest, n)
	for i := range f {
		f[i] = network.NodeID(i)
	}
	return f
}

func (f forest) find(n network.NodeID) network.NodeID {
	for f[n] != n {
		f[n] = f[f[n]]
		n = f[n]
	}
	return n
}

func (f forest) join(a, b network.NodeID) {
	a, b = f.find(a), f.find(b)
	f[max(a, b)] = min(a, b)
}

// restricted reports whether some class may only reach something here, or needs
// the owner's leave.
func restricted(a network.Access) bool {
	for c := network.Car; c <= network.Emergency; c++ {
		if p := a.Of(c); p == network.Destination || p == network.Private {
			return true
		}
	}
	return false
}

// components fills Component: the connected parts, whatever the direction, made
// of restricted chains and of enclaves. An enclave is a part of the unrestricted
// chains, other than the largest, that touches a restricted chain or a restricted
// barrier: whoever has business in it has to come through those.
func (d *draft) components() {
	m := d.m
	chainIs := make([]bool, len(m.Length)) // restricted
	touched := make([]bool, len(m.NodePoint))
	barrier := make([]bool, len(m.NodePoint))
	for n := range m.NodeInfo {
		barrier[n] = restricted(m.NodeInfo[n].Access)
		touched[n] = barrier[n]
	}
	for c := range chainIs {
		if restricted(m.ArcAccess[2*c]) || restricted(m.ArcAccess[2*c+1]) {
			chainIs[c] = true
			touched[m.Tail[c]], touched[m.Head[c]] = true, true
		}
	}
	d.markEnclaves(chainIs, touched, barrier)

	m.Component = make([]uint32, len(m.Length))
	parts := newForest(len(m.NodePoint))
	for c, is := range chainIs {
		if is {
			parts.join(m.Tail[c], m.Head[c])
		}
	}
	number := make(map[network.NodeID]uint32)
	for c, is := range chainIs {
		m.Component[c] = network.None
		if !is {
			continue
		}
		root := parts.find(m.Tail[c])
		n, ok := number[root]
		if !ok {
			n = uint32(len(number))
			number[root] = n
		}
		m.Component[c] = n
	}
}

// markEnclaves adds the chains of enclaves to the restricted ones. Sets of open
// chains hang together by the nodes that no restricted barrier stands at; each is
// known by its least node.
func (d *draft) markEnclaves(chainIs, touched, barrier []bool) {
	m := d.m
	sets := newForest(len(m.NodePoint))
	for c, is := range chainIs {
		if a, b := m.Tail[c], m.Head[c]; !is && !barrier[a] && !barrier[b] {
			sets.join(a, b)
		}
	}
	// A chain between two restricted barriers is a set of its own, which None
	// stands for.
	setOf := func(c int) network.NodeID {
		switch {
		case !barrier[m.Tail[c]]:
			return sets.find(m.Tail[c])
		case !barrier[m.Head[c]]:
			return sets.find(m.Head[c])
		}
		return network.None
	}
	size := make([]uint32, len(m.NodePoint))
	touches := make([]bool, len(m.NodePoint))
	largest := network.NodeID(network.None)
	for c, is := range chainIs {
		if is {
			continue
		}
		if s := setOf(c); s != network.None {
			size[s]++
			touches[s] = touches[s] || touched[m.Tail[c]] || touched[m.Head[c]]
			if largest == network.None || size[s] > size[largest] {
				largest = s
			}
		}
	}
	for c, is := range chainIs {
		if is {
			continue
		}
		if s := setOf(c); s == network.None || s != largest && touches[s] {
			chainIs[c] = true
		}
	}
}
