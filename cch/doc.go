// Package cch answers shortest-path questions on road networks whose weights
// change often: customizable contraction hierarchies (Dibbelt, Strasser and
// Wagner, Journal of Experimental Algorithmics 21, 2016).
//
// The work is split in three, from rare to frequent:
//
//   - once per network: an elimination order by nested dissection ([FindOrder],
//     or [FindLiftedOrder] where nodes are states and arcs are turns)
//     and the chordal supergraph it leads to ([Build]);
//   - once per set of weights: [Metric.Customize], or [Metric.Update] when few
//     weights changed, and [Metric.Perfect] when many queries follow, or [Lanes]
//     for several sets together;
//   - once per question: [Query] for two nodes, [Search] for two sets of them,
//     [Pinned] for one or many to many, [Places] for the nearest of a set, [Tree]
//     and [Corridor] for all nodes within a budget, [Alternates] for routes that
//     differ.
//
// A [Hierarchy] is never changed and may be read by all. A [Metric] is changed
// by one goroutine at a time and read by any number in between. A [Query], a
// [Search], a [Sweep], a [PlaceSearch], a [Tree], a [Corridor] and an
// [Alternates] belong to one goroutine each.
//
// The package knows plain slices only: nodes and arcs are numbers from 0, and
// what a weight means is the caller's business.
package cch
