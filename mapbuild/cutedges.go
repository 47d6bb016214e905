package mapbuild

import "github.com/outrider-project/outrider/network"

// cutEdgeLeast is how much road, in millimetres, must lie on the smaller side
// before a cut edge is told. Without a floor every drive and every dead-end
// street would be one: they are, but nobody is trapped there who did not go
// there on purpose.
const cutEdgeLeast = 1_000_000

// A cutEdge is a chain whose removal parts the network in two.
type cutEdge struct {
	chain   network.ChainID
	smaller uint64 // millimetres of road on the smaller side, the chain itself on neither
}

// cutEdges returns the bridges of the undirected graph (in the sense of graph
// theory) that have at least `least` millimetres of road on either side, in
// order of chain. Parallel chains between the same two nodes are no bridges of
// each other, loops are none. It is the low-link method of Tarjan ("A note on
// finding the bridges of a graph", IPL 2, 1974) without recursion, in
// O(nodes + chains) time and memory.
func cutEdges(nodes int, tail, head []network.NodeID, length []network.Millimetres, least uint64) []cutEdge {
	first, adjacent := incidence(nodes, tail, head)
	var (
		order  = make([]uint32, nodes) // 1 for the first node visited; 0 is unvisited
		low    = make([]uint32, nodes)
		parent = make([]uint32, nodes) // the chain the search came by
		next   = make([]uint32, nodes) // position in adjacent
		below  = make([]uint64, nodes) // length of the chains hanging on the node and below it
		stack  []network.NodeID
		isCut  = make([]bool, len(length))
		side   = make([]uint64, len(length)) // of the lower side, per tree chain that is cut
		cuts   []network.ChainID             // of the component being searched
		out    []cutEdge
		count  uint32
	)
	copy(next, first)
	for root := range nodes {
		if order[root] != 0 {
			continue
		}
		cuts = cuts[:0]
		count++
		order[root], low[root], parent[root] = count, count, network.None
		stack = append(stack[:0], network.NodeID(root))
		for len(stack) > 0 {
			n := stack[len(stack)-1]
			if next[n] < first[n+1] {
				c := adjacent[next[n]]
				next[n]++
				if uint32(c) == parent[n] {
					continue
				}
				o := tail[c] + head[c] - n
				switch {
				case o == n: // a loop stands in adjacent once
					below[n] += uint64(length[c])
				case order[o] == 0:
					count++
					order[o], low[o], parent[o] = count, count, uint32(c)
					stack = append(stack, o)
				case order[o] < order[n]: // back to an ancestor; seen from there it is skipped
					low[n] = min(low[n], order[o])
					below[n] += uint64(length[c])
				}
				continue
			}
			stack = stack[:len(stack)-1]
			if len(stack) == 0 {
				break
			}
			up, c := stack[len(stack)-1], network.ChainID(parent[n])
			if low[n] > order[up] {
				isCut[c], side[c] = true, below[n]
				cuts = append(cuts, c)
			}
			low[up] = min(low[up], low[n])
			below[up] += below[n] + uint64(length[c])
		}
		total := below[root]
		for _, c := range cuts {
			side[c] = min(side[c], total-side[c]-uint64(length[c]))
		}
	}
	for c := range isCut {
		if isCut[c] && side[c] >= least {
			out = append(out, cutEdge{network.ChainID(c), side[c]})
		}
	}
	return out
}

// incidence returns, as CSR over nodes, the chains that end at each node, in
// order of chain. A loop is listed once.
func incidence(nodes int, tail, head []network.NodeID) (first []uint32, chains []network.ChainID) {
	first = make([]uint32, nodes+1)
	for c := range tail {
		first[tail[c]+1]++
		if head[c] != tail[c] {
			first[head[c]+1]++
		}
	}
	for n := range nodes {
		first[n+1] += first[n]
	}
	chains = make([]network.ChainID, first[nodes])
	at := append([]uint32(nil), first[:nodes]...)
	for c := range tail {
		chains[at[tail[c]]] = network.ChainID(c)
		at[tail[c]]++
		if head[c] != tail[c] {
			chains[at[head[c]]] = network.ChainID(c)
			at[head[c]]++
		}
	}
	return first, chains
}
