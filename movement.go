// Package outrider says what the things of the field are: a movement and its
// legs, a convoy and its vehicles, a plan and what it is made of. It computes
// nothing; the packages around it do.
package outrider

import (
	"time"

	"github.com/outrider-project/outrider/geo"
)

// A Movement is what is to be done: who moves in what, from where to where,
// when, and under which constraints. It is read from a movement file.
type Movement struct {
	Name        string         // title of the movement
	Cover       string         // cover name of the principal; never a real one
	Zone        *time.Location // zone in which times are given and printed
	Legs        []Leg          // at least one; each starts where the one before ended, unless it says otherwise
	Secured     []SecuredArea
	Convoy      Convoy
	Constraints Constraints
}

// A Leg is one drive: from a place over others to a place.
type Leg struct {
	Name   string
	From   Endpoint
	Via    []Endpoint // in order
	To     Endpoint
	Window Window // when the head may leave the start point
	Halts  []Halt // planned halts, in order of passage
}

// An Endpoint is a place as the planner wrote it. Exactly one of Point and
// Name is set in a movement file; the planner resolves names.
type Endpoint struct {
	Label    string     // how documents call it; from the file, or made from Text
	Point    *geo.Point // a coordinate
	Text     string     // a name or place id to be searched for, such as "Dover" or "haven/way/123"
	Position Position   // where in the file it stands, for messages
}

// Position is a place in a text file, counted from 1; zero is unknown.
type Position struct {
	Line, Column int
}

// A Window is the span of time in which a leg may start.
type Window struct {
	Earliest, Latest time.Time
}

// A Halt is a planned stop on a leg.
type Halt struct {
	At       Endpoint
	Duration time.Duration
	Reason   string // rest, fuel, changeover, meal, other
}

// A SecuredArea is ground held by posts: within Radius metres of the centre.
type SecuredArea struct {
	Name   string
	Centre Endpoint
	Radius float64 // metres
}

// Role is the part a vehicle plays in the column.
type Role string

// Roles of vehicles.
const (
	Scout     Role = "scout"
	Lead      Role = "lead"
	Principal Role = "principal"
	Follow    Role = "follow"
	Escort    Role = "escort"
	Cargo     Role = "cargo"
	Medical   Role = "medical"
	Recovery  Role = "recovery"
)

// VehicleClass is the class of a vehicle in the sense of traffic signs.
type VehicleClass string

// Classes of vehicle.
const (
	ClassCar       VehicleClass = "car"
	ClassTruck     VehicleClass = "truck"
	ClassBus       VehicleClass = "bus"
	ClassEmergency VehicleClass = "emergency"
)

// A Vehicle is one vehicle of the column. Dimensions that are 0 are unknown
// and are not checked against limits; the plan says so.
type Vehicle struct {
	CallSign string
	Role     Role
	Class    VehicleClass
	Length   float64 // metres
	Width    float64 // metres
	Height   float64 // metres
	Mass     float64 // tonnes
	AxleLoad float64 // tonnes
}

// Gap is the distance kept between vehicles: in metres, or in seconds at the
// march speed. Exactly one is above 0.
type Gap struct {
	Metres  float64
	Seconds float64
}

// A Convoy is the column in order of march.
type Convoy struct {
	Vehicles   []Vehicle
	Gap        Gap
	MarchKMH   float64 // the speed not exceeded by the head
	CatchUpKMH float64 // the speed not exceeded by a vehicle that closes up
}

// Constraints narrow what the planner may choose.
type Constraints struct {
	MaxDetour    float64 // time of a route at most this many times the fastest; default 1.3
	Avoid        []AvoidArea
	MustPass     []Endpoint
	NoFerry      bool
	NoToll       bool
	NoPrivate    bool // private roads not even at the ends
	Alternates   int  // how many alternates to look for, default 2
	SnapDistance float64
}

// An AvoidArea is ground to keep away from.
type AvoidArea struct {
	Name    string
	Centre  *Endpoint   // a circle with Radius, or
	Radius  float64     // metres
	Polygon []geo.Point // a ring, not closed explicitly
	// Weight multiplies the time spent inside for choosing a route; 0 forbids it.
	Weight   float64
	Position Position
}
