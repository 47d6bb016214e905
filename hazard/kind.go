package hazard

import (
	"fmt"
	"strings"

	"github.com/outrider-project/outrider/network"
)

// A Kind is a kind of hazard or finding. The kinds below network.HazardKinds
// are those of the map data, under the same numbers; the others are only found
// by people on the ground, or follow from where one goes.
type Kind uint8

// The kinds that map data does not show.
const (
	Overlook          = Kind(network.HazardKinds) + iota // high ground, buildings or a structure look down on the road
	DeadGround                                           // ground beside the road that cannot be seen into from it
	RadioGap                                             // no radio contact
	PoorSurface                                          // potholes, ruts, washed-out or loose surface
	Obstruction                                          // something stands in the carriageway
	BridgeDamage                                         // a bridge is damaged
	Flood                                                // the road floods or is flooded
	LightingOut                                          // street lighting is missing or does not work
	NoExit                                               // a long stretch without a turning; the plan finds these too
	Chokepoint                                           // every way leads through here; the plan finds these too
	Closed                                               // the road is closed
	ClosedByEvent                                        // the road is closed by an event, from–to
	SafeHavenVerified                                    // a safe haven was visited and is what the map says
	Clear                                                // surveyed, and nothing found beyond what the map shows
	Unsurveyed                                           // a survey has expired; no finding, only in profiles
	Kinds                                                // their number
)

// Base is the pseudo-kind that stands for the base rate where exposure is
// taken apart by kind; it has no weight.
const Base = Kinds

// Names of the kinds that are not of the map.
var kindNames = [Kinds + 1]string{
	Overlook:          "overlook",
	DeadGround:        "dead_ground",
	RadioGap:          "radio_gap",
	PoorSurface:       "poor_surface",
	Obstruction:       "obstruction",
	BridgeDamage:      "bridge_damage",
	Flood:             "flood",
	LightingOut:       "lighting_out",
	NoExit:            "no_exit",
	Chokepoint:        "chokepoint",
	Closed:            "closed",
	ClosedByEvent:     "closed_by_event",
	SafeHavenVerified: "safe_haven_verified",
	Clear:             "clear",
	Unsurveyed:        "unsurveyed",
	Base:              "base",
}

// String returns the kind's name in files, such as "level_crossing".
func (k Kind) String() string {
	if k.OfMap() {
		return network.HazardKind(k).String()
	}
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", k)
}

// ParseKind returns the kind of a name. Upper case, spaces and hyphens are
// taken as spreadsheets leave them.
func ParseKind(name string) (Kind, bool) {
	name = strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
	for k := range Kinds {
		if k.String() == name {
			return k, true
		}
	}
	return 0, false
}

// FindingKinds returns the kinds that a finding may have.
func FindingKinds() []Kind {
	all := make([]Kind, 0, Unsurveyed)
	for k := range Unsurveyed {
		all = append(all, k)
	}
	return all
}

// OfMap reports whether map data can show the kind.
func (k Kind) OfMap() bool { return k < Kind(network.HazardKinds) }

// Closes reports whether a finding of the kind closes the road.
func (k Kind) Closes() bool { return k == Closed || k == ClosedByEvent }

// measure is the unit in which profiles give the value of a kind: its name, and
// how many units of the map's value make one. An empty name: no value.
type measure struct {
	unit string
	per  float64
}

func (k Kind) measure() measure {
	switch network.HazardKind(k) {
	case network.Underpass, network.Overpass:
		return measure{"layers", 1}
	case network.NarrowWay, network.LowClearance, network.SharpCurve:
		return measure{"m", 100}
	case network.WeightLimit:
		return measure{"t", 1000}
	case network.SteepGrade:
		return measure{"%", 10}
	case network.BarrierGate:
		return measure{"stops", 1}
	case network.CutEdge:
		return measure{"km", 1}
	default:
		return measure{}
	}
}

// Protections of a level crossing under their names in profiles.
var protectionNames = [...]string{
	network.ProtectionUnknown: "unknown",
	network.Unprotected:       "unprotected",
	network.Lights:            "lights",
	network.HalfBarrier:       "half_barrier",
	network.FullBarrier:       "full_barrier",
	network.Attended:          "attended",
}
