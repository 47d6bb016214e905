package mapbuild

import "sync"

// Options are the choices of Build. The zero value is good.
type Options struct {
	// Workers is the number of goroutines that decode; 0 is one per processor.
	// The result does not depend on it.
	Workers int
	// Progress, if not nil, is told how far the work has come. It is never
	// called from two goroutines at once.
	Progress func(Progress)
}

// A Progress says how far one phase of Build has come. The phases follow one
// another in the order of the Phase constants; a receiver that wants durations
// takes the time when the phase changes.
type Progress struct {
	Phase       string
	File        string // the extract being read, "" where that says nothing
	Done, Total int64  // bytes or objects; 0 of 0 when a phase begins
}

// The phases of Build.
const (
	PhaseWays     = "ways"     // reading ways and relations
	PhaseNodes    = "nodes"    // reading nodes
	PhaseRoads    = "roads"    // classifying ways
	PhaseChains   = "chains"   // cutting at junctions, joining
	PhaseTurns    = "turns"    // turn restrictions, states, connectivity
	PhaseHazards  = "hazards"  // hazards in tags and in the geometry
	PhasePlaces   = "places"   // safe havens, places, streets
	PhaseRailways = "railways" // tracks, switches, stations
	PhaseOutlines = "outlines" // land and water
	PhaseOrder    = "order"    // order for routing
	PhaseIndex    = "index"    // spatial index, counts
)

// reporter passes progress on, one call at a time.
type reporter struct {
	mu sync.Mutex
	to func(Progress)
}

func (r *reporter) report(p Progress) {
	if r.to == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to(p)
}
