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
	Venues      []Venue        // the sheets that places and stays refer to
	Secured     []SecuredArea
	Convoy      Convoy
	Constraints Constraints
	Print       Print // how documents write positions and distances
}

// Mode is how a leg moves.
type Mode string

// Modes of a leg.
const (
	ByRoad Mode = "road" // the column drives; the empty mode means the same
	ByRail Mode = "rail" // a train runs, perhaps with the column as its shadow on the road
)

// A Leg is one drive or one train run: from a place over others to a place.
// Its time is fixed in one of three ways: forwards by Window, backwards by
// Arrive, or, with neither, by the leg before: it leaves when the stay there is
// over. The first leg has one of the two.
type Leg struct {
	Name   string
	Mode   Mode
	From   Endpoint
	Via    []Endpoint // in order
	To     Endpoint
	Window Window    // when the head may leave the start point; zero if timed otherwise
	Arrive Window    // when the head must be at the destination; zero if timed otherwise
	BackBy time.Time // when the column must be back at the start if it turns back; zero: by last light
	Halts  []Halt    // planned halts, in order of passage; by rail, stops at stations
	Train  *Train    // by rail: what runs
	Stay   *Stay     // after arrival; nil if the next leg says itself when it leaves
}

// A Stay is what follows a leg: the column waits at the destination. One of
// Duration and Until is set.
type Stay struct {
	Duration time.Duration // from the arrival of the tail
	Until    time.Time     // the next leg leaves at this time, not before
	Venue    string        // name of the sheet of the place; empty if it has none
}

// Traction is what moves a train.
type Traction string

// Kinds of traction.
const (
	Diesel   Traction = "diesel"   // runs everywhere
	Electric Traction = "electric" // needs a contact line or rail
	Bimodal  Traction = "bimodal"  // either; runs everywhere
)

// A Train is what runs on a rail leg.
type Train struct {
	CallSign string
	Length   float64       // metres
	MaxKMH   float64       // km/h, greatest speed of the train
	GaugeMM  int           // millimetres; 0 stands for 1435
	Traction Traction      // empty stands for diesel
	Voltage  int           // volts that an electric train needs; 0: any
	Kinds    []string      // railway values it may run on; none stands for rail
	Reverse  time.Duration // to change ends: 0 stands for 10 minutes
	Board    time.Duration // to board before departure
	Alight   time.Duration // to leave the train after arrival
	Shadow   bool          // the road column follows the train from station to station
	// MaxBehind is how far the shadow may fall behind the train at a rendezvous
	// and still count as keeping up; 0 stands for 5 minutes.
	MaxBehind time.Duration
	Stock     []RailVehicle // may be empty
}

// A RailVehicle is a vehicle of a train in order of march, by number of seats
// and of people carried, never by name.
type RailVehicle struct {
	CallSign  string
	Kind      string // locomotive, multiple unit, coach, van, flat
	Length    float64
	Seats     int
	Headcount int
}

// Print says how documents write positions and distances.
type Print struct {
	Positions PositionForm // empty stands for degrees
	Distances DistanceUnit // empty stands for km
}

// PositionForm is a way to write a position.
type PositionForm string

// Ways to write a position.
const (
	Degrees PositionForm = "degrees"
	UTM     PositionForm = "utm"
	MGRS    PositionForm = "mgrs"
)

// DistanceUnit is a unit of distance in documents.
type DistanceUnit string

// Units of distance.
const (
	Kilometres DistanceUnit = "km"
	Miles      DistanceUnit = "mi" // statute miles of MetresPerMile
)

// MetresPerMile is the length of a statute mile.
const MetresPerMile = 1609.344

// An Endpoint is a place as the planner wrote it. Exactly one of Point and
// Name is set in a movement file; the planner resolves names.
type Endpoint struct {
	Label    string     // how documents call it; from the file, or made from Text
	Point    *geo.Point // a coordinate
	Text     string     // a name or place id to be searched for, such as "Dover" or "haven/way/123"
	Position Position   // where in the file it stands, for messages
	// Venue is the name of the venue that the place was taken from, and Approach
	// the side from which the column comes to it; both may be empty.
	Venue    string
	Approach Side
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
	// TurningCircle is the diameter between kerbs, metres.
	TurningCircle float64
	FuelRange     float64 // km on a full tank
	Seats         int     // the driver's included
	Headcount     int     // how many it carries, never who
	Serial        string  // part of the column it belongs to, such as "A"; may be empty
	Packet        string  // part of the serial it belongs to, such as "A1"; may be empty
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
	Gap        Gap     // between vehicles of a packet
	PacketGap  Gap     // between packets of a serial; zero: Gap
	SerialGap  Gap     // between serials; zero: PacketGap
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
	Driving      Driving
}

// Driving limits how long the column drives without a halt.
type Driving struct {
	// MaxDriving is the longest time at the wheel between breaks, and Break what
	// makes a break; 0 stands for 4 h 30 min and 45 min, those of Regulation (EC)
	// No 561/2006, article 7.
	MaxDriving, Break time.Duration
	// Reserve is the part of the fuel range that stays in the tank; 0 stands for 0.2.
	Reserve float64
	// NoExtraHalts leaves halts that these limits ask for to the planner: they are
	// reported, not put in.
	NoExtraHalts bool
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
