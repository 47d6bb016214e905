package game

import "math/big"

// Kind says which game an instance is.
type Kind string

// The games. docs/route-mixes.md states each.
const (
	// Edge: the attacker picks one edge.
	Edge Kind = "edge"
	// EdgeMeanTime is Edge with a limit on the mean time of the mix.
	EdgeMeanTime Kind = "edge+mean_time"
	// EdgeRouteTimeCap is Edge with a limit on the time of every route.
	EdgeRouteTimeCap Kind = "edge+route_time_cap"
	// Zones: the attacker picks a zone; success counts once per route.
	Zones Kind = "zone"
	// EdgePostsLinear is Edge with posts that can be divided: the capacity of an
	// edge is 1/p + gain·b for b posts.
	EdgePostsLinear Kind = "edge+posts_linear"
	// EdgePostsDiscrete is Edge with posts that stand or do not.
	EdgePostsDiscrete Kind = "edge+posts_discrete"
	// EdgeAttackers is Edge with several attackers on distinct edges, at least
	// one of whom must succeed.
	EdgeAttackers Kind = "edge+k_attackers"
	// EdgeEscortJoint draws posts together with the route.
	EdgeEscortJoint Kind = "edge+escort_joint"
	// Multistage: one ambush, placed anew on an outgoing edge at every node until
	// the first success, on an acyclic graph.
	Multistage Kind = "multistage"
	// EdgeMultiMovement: expected successes of one edge held for a campaign of
	// movements.
	EdgeMultiMovement Kind = "edge+multi_movement"
	// SweepEulerian: tours that sweep every edge once in each direction.
	SweepEulerian Kind = "sweep_eulerian"
)

// An ID names a node, an edge or a zone as the instance does: a string or a
// number.
type ID struct {
	Text   string
	Number bool // written without quotes
}

// An Instance is a game on a graph. Nodes, edges and zones are numbered in the
// order in which the instance names them; all slices by edge have one element per
// edge, or are nil where the kind does not use them.
type Instance struct {
	Kind     Kind
	Directed bool // else an edge may be driven either way, and an attack on it counts both

	Nodes []ID
	Edges []ID
	From  []uint32
	To    []uint32
	// P is the chance in [0, 1] that an attack on the edge succeeds, as the
	// nearest float64.
	P []float64
	// Time is the time of the edge in units of 1/TimeScale: rational times are
	// scaled to integers. All of them add up to at most 2^60. TimeRounded says
	// that no such scale holds them all, so that each was rounded to the unit.
	Time        []int64
	TimeScale   *big.Int
	TimeRounded bool

	Sources, Sinks []uint32 // any of them, the planner's choice

	MeanTimeBudget *big.Rat // edge+mean_time, in the instance's own unit
	RouteTimeCap   *big.Rat // edge+route_time_cap, in the instance's own unit

	Zones []Zone // zone

	Budget   float64   // edge+posts_linear, edge+posts_discrete
	PostGain []float64 // edge+posts_linear
	PostMax  []float64 // edge+posts_linear; +Inf where none is given
	PPost    []float64 // edge+posts_discrete: P with a post; P where none can stand

	Attackers int // edge+k_attackers

	MeanPosts  float64 // edge+escort_joint
	PostEffect float64 // edge+escort_joint

	Movements []Movement // edge+multi_movement

	// Hash is the SHA-256 of the instance in canonical form, hex; see Canonical.
	Hash string
}

// A Zone is a set of nodes and edges that one attack covers.
type Zone struct {
	ID    ID
	Nodes []uint32
	Edges []uint32
	P     float64
}

// A Movement of a campaign takes place Count times.
type Movement struct {
	Sources, Sinks []uint32
	Count          int
}
