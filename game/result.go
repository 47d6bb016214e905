package game

// Status says what an answer is.
type Status string

const (
	// Optimal says that lower and upper bound meet, to Tolerance.
	Optimal Status = "optimal"
	// Bound says that the bounds are proven but do not meet.
	Bound Status = "bound"
	// Infeasible says that no mix satisfies the constraints.
	Infeasible Status = "infeasible"
)

// Tolerance is the relative gap up to which bounds count as meeting.
const Tolerance = 1e-9

// A Result is the answer to an instance: mixes for both sides and what they
// prove. Routes, places and posts are numbers of the instance.
type Result struct {
	Status Status
	// Lower and Upper bound the value of the game; the planner's mix is worth
	// Upper. For edge+multi_movement they are expected successes, else chances.
	Lower, Upper float64
	Method       string // how it was found, for people
	// Exact says that the method is exact for this instance: the bounds are those
	// of the game itself, not of a relaxation.
	Exact bool
	// Assumptions are what the numbers rest on beyond the instance.
	Assumptions []string

	Planner  []Route
	Attacker []Attack

	Mu         *float64       // price of the mean time or of the posts drawn with a route, where the kind has one: part of the proof
	Posts      []Post         // edge+posts_*
	NodeValues []float64      // multistage, by node; NaN where the sink cannot be reached
	Policy     [][]Share      // multistage, by node: the planner's odds over outgoing edges
	Ambush     [][]Share      // multistage, by node: the attacker's odds over outgoing edges
	Tours      string         // sweep_eulerian: the number of cyclic tours, decimal
	Bits       *float64       // sweep_eulerian: its logarithm to base 2
	Notes      []string       // what a reader must know, such as a route that passes a place twice
	Proof      map[string]any // further parts of the proof by kind, plain values that marshal to JSON
}

// A Route is a way from a source to a sink and its odds. A route of no edges
// stays where it is.
type Route struct {
	Edges    []uint32
	Prob     float64
	Posted   []uint32 // edge+escort_joint: the edges with a post when this route is drawn
	Movement int      // edge+multi_movement: which
}

// An Attack is a set of places attacked at once and its odds.
type Attack struct {
	Edges []uint32 // one; several for edge+k_attackers
	Zones []uint32 // zone: one
	Prob  float64
}

// A Post stands on an edge; Amount is 1 for posts that cannot be divided.
type Post struct {
	Edge   uint32
	Amount float64
}

// A Share is a part of a mix over edges.
type Share struct {
	Edge uint32
	Prob float64
}
