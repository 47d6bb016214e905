package plan

import (
	"cmp"
	"context"
	"iter"
	"runtime"
	"slices"
	"sync"
	"unsafe"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan/internal/router"
	"github.com/outrider-project/outrider/plan/internal/search"
)

// engine finds shortest paths on the state graph, by searches under weights that
// may live for one question only; search.Query is the one there is. Where many
// questions share their weights, see quick. An engine belongs to one goroutine.
type engine interface {
	// Shortest finds a shortest path that takes at least one turn.
	Shortest(m search.Metric, sources []search.Source, targets []search.Target) (cost uint32, ok bool)
	// Within finds a shortest path of at most budget inside the corridor that
	// the backward tree leaves.
	Within(m search.Metric, sources []search.Source, targets []search.Target, ahead *search.Tree, budget uint32) (cost uint32, ok bool)
	// Path appends the states of the path found last.
	Path(dst []uint32) []uint32
	// Forward and Backward label every state within budget.
	Forward(m search.Metric, sources []search.Source, budget uint32, t *search.Tree)
	Backward(m search.Metric, targets []search.Target, budget uint32, t *search.Tree)
	// BackwardUntil is Backward with a budget that settled may lower.
	BackwardUntil(m search.Metric, targets []search.Target, budget uint32, t *search.Tree, settled func(state, label uint32) uint32)
}

// An Index is what plans on one map share: the search graph, and which hazards
// stand at which node. What it answers never changes, and it may serve any number
// of goroutines.
type Index struct {
	m     *network.Map
	graph *search.Graph
	// Hazards that stand at a node (CSR over nodes), as numbers in Map.Hazards.
	nodeFirst  []uint32
	nodeHazard []uint32
	// Arcs that end at a node (CSR over nodes).
	intoFirst []uint32
	into      []network.ArcID
	// What answers many questions under one set of weights, made when the first
	// plan needs it.
	making  sync.Mutex
	network *router.Network
	opened  openings
}

// router returns the hierarchy on the index's states. The first call makes it,
// in some tenths of a second for 100,000 chains, and finds the order too if
// the map has none.
func (x *Index) router(ctx context.Context) (*router.Network, error) {
	x.making.Lock()
	defer x.making.Unlock()
	if x.network == nil {
		n, err := router.New(ctx, x.graph, words(x.m.StateOrder), runtime.GOMAXPROCS(0))
		if err != nil {
			if err := interrupted(ctx); err != nil {
				return nil, err
			}
			return nil, &outrider.Error{Kind: outrider.Unreadable, Where: "map", Cause: err.Error(), Remedy: "build the map again", Err: err}
		}
		x.network = n
	}
	return x.network, nil
}

// routed reports whether the hierarchy is made.
func (x *Index) routed() bool {
	x.making.Lock()
	defer x.making.Unlock()
	return x.network != nil
}

// quick answers under one lane at a time, in microseconds: that which its weights
// were set to last. Its zero value answers nothing.
type quick struct {
	lane   *lane
	metric *router.Metric
	ask    *router.Query
}

// hasten lets questions under a lane be answered from the hierarchy from here on,
// until another one is hastened. It takes some hundredths of a second for 100,000
// chains; less where few weights differ from those of the lane before.
func (p *planner) hasten(ctx context.Context, l *lane) error {
	p.quick.lane = nil
	if p.quick.metric == nil {
		n, err := p.router(ctx)
		if err != nil {
			return err
		}
		p.quick.metric = n.NewMetric()
		p.quick.ask = p.quick.metric.NewQuery()
	}
	if err := p.quick.metric.Set(l.Metric, runtime.GOMAXPROCS(0)); err != nil {
		return &outrider.Error{Kind: outrider.Internal, Cause: err.Error(), Err: err}
	}
	p.quick.lane = l
	return nil
}

// least returns the cost of a shortest path that takes at least one turn; ok is
// false if there is none.
func (p *planner) least(l *lane, sources []search.Source, targets []search.Target) (cost uint32, ok bool) {
	if p.quick.lane == l {
		return p.quick.ask.Shortest(sources, targets)
	}
	return p.engine.Shortest(l.Metric, sources, targets)
}

// NewIndex makes the index of a map, in time linear in the map.
func NewIndex(m *network.Map) (*Index, error) {
	g, err := search.NewGraph(words(m.TurnFirst), words(m.TurnTo), words(m.StateArc), m.NumArcs())
	if err != nil {
		return nil, err
	}
	x := &Index{m: m, graph: g, nodeFirst: make([]uint32, len(m.NodePoint)+1)}
	for _, h := range m.Hazards {
		if h.Node != network.None {
			x.nodeFirst[h.Node+1]++
		}
	}
	for n := range m.NodePoint {
		x.nodeFirst[n+1] += x.nodeFirst[n]
	}
	x.nodeHazard = make([]uint32, x.nodeFirst[len(m.NodePoint)])
	at := append([]uint32(nil), x.nodeFirst[:len(m.NodePoint)]...)
	for i, h := range m.Hazards {
		if h.Node != network.None {
			x.nodeHazard[at[h.Node]] = uint32(i)
			at[h.Node]++
		}
	}
	x.intoFirst = make([]uint32, len(m.NodePoint)+1)
	for a := range network.ArcID(m.NumArcs()) {
		x.intoFirst[m.ArcHead(a)+1]++
	}
	for n := range m.NodePoint {
		x.intoFirst[n+1] += x.intoFirst[n]
	}
	x.into = make([]network.ArcID, m.NumArcs())
	copy(at, x.intoFirst)
	for a := range network.ArcID(m.NumArcs()) {
		n := m.ArcHead(a)
		x.into[at[n]] = a
		at[n]++
	}
	return x, nil
}

// statesInto returns the states that end at a node.
func (x *Index) statesInto(n network.NodeID) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, a := range x.into[x.intoFirst[n]:x.intoFirst[n+1]] {
			if !yield(uint32(a)) {
				return
			}
			for _, s := range x.graph.Extra(uint32(a)) {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// hazardsAt returns the numbers of the hazards at a node.
func (x *Index) hazardsAt(n network.NodeID) []uint32 {
	return x.nodeHazard[x.nodeFirst[n]:x.nodeFirst[n+1]]
}

// words views ids or times as plain words, without copying.
func words[T ~uint32](s []T) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}

// A lane is one metric together with what a part of an arc costs under it.
type lane struct {
	search.Metric
	part func(a network.ArcID, from, to network.Millimetres) uint32
}

// conditionsOn returns the numbers of the conditions kept for a chain.
func (x *Index) conditionsOn(c network.ChainID) []int {
	i, _ := slices.BinarySearchFunc(x.m.Conditions, c, func(k network.Condition, c network.ChainID) int { return cmp.Compare(k.Chain, c) })
	var out []int
	for ; i < len(x.m.Conditions) && x.m.Conditions[i].Chain == c; i++ {
		out = append(out, i)
	}
	return out
}
