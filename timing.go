package outrider

import "time"

// Ways in which the time of a leg is fixed.
const (
	TimedForwards  = "forwards"   // from when the head may leave
	TimedBackwards = "backwards"  // from when the head must arrive
	TimedAfterStay = "after stay" // from the end of the stay before
)

// Span is a span of time.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// PlanPrint says how documents write positions and distances.
type PlanPrint struct {
	Positions PositionForm `json:"positions"`
	Distances DistanceUnit `json:"distances"`
}

// VenuePlan is the sheet of a venue with its places on the map. What is nil,
// empty or zero is unknown: documents print "?".
type VenuePlan struct {
	Name              string           `json:"name"`
	At                VenuePlace       `json:"at"`
	Arrival           *VenuePlace      `json:"arrival,omitempty"`
	Departure         *VenuePlace      `json:"departure,omitempty"`
	Staging           *VenuePlace      `json:"staging,omitempty"`
	AlternateEntrance *VenuePlace      `json:"alternate_entrance,omitempty"`
	LandingZone       *VenuePlace      `json:"landing_zone,omitempty"`
	TraumaHospital    *VenueHospital   `json:"trauma_hospital,omitempty"`
	Telephones        []VenueTelephone `json:"telephones"`
	Verified          string           `json:"verified,omitempty"` // day, 2026-11-20
	VerifiedBy        string           `json:"verified_by,omitempty"`
}

// VenuePlace is a place of a venue sheet.
type VenuePlace struct {
	Label    string  `json:"label"`
	Lat      float64 `json:"lat"`
	Lon      float64 `json:"lon"`
	Approach Side    `json:"approach,omitempty"` // the side from which to come
}

// VenueHospital is where the wounded are taken from a venue.
type VenueHospital struct {
	Label    string  `json:"label"`
	Lat      float64 `json:"lat"`
	Lon      float64 `json:"lon"`
	Drive    float64 `json:"drive_s"` // from the arrival point
	Metres   float64 `json:"drive_m"`
	Verified bool    `json:"verified"`           // named on the sheet, or by a survey
	FromMap  bool    `json:"from_map,omitempty"` // the nearest hospital of the map; whether it takes trauma is not known
}

// VenueTelephone is the number of an office.
type VenueTelephone struct {
	Office string `json:"office"`
	Number string `json:"number"`
}

// StayPlan is what follows a leg.
type StayPlan struct {
	Venue string    `json:"venue,omitempty"` // name of its sheet
	From  time.Time `json:"from"`            // arrival of the tail
	Until time.Time `json:"until"`           // departure of the next leg's head
	Slack float64   `json:"slack_s"`         // what is left of it if the head arrives late and stays as long as asked; below 0 it does not
}

// Daylight is the light on the day of a leg, at its destination. A time is zero
// where the sun does not reach that height on that day.
type Daylight struct {
	FirstLight time.Time `json:"first_light,omitzero"` // morning civil twilight: sun 6° below the horizon
	Sunrise    time.Time `json:"sunrise,omitzero"`
	Sunset     time.Time `json:"sunset,omitzero"`
	LastLight  time.Time `json:"last_light,omitzero"` // end of evening civil twilight
	Polar      string    `json:"polar,omitempty"`     // "day" or "night" where the sun does not set or rise
	DarkS      float64   `json:"dark_s"`              // driving of the primary outside civil twilight, head, at the earliest start
	ArrivesIn  string    `json:"arrives_in"`          // "daylight", "twilight", "dark": tail of the primary
}

// TurningBack says until when and from where the column can still go back to
// the start of the leg. A nil place means: from anywhere on the leg, the
// destination too; or, if it is said so, from nowhere.
type TurningBack struct {
	// Latest is the last place from which the column, turning back, is at the
	// start point by BackBy, and when the head is there.
	Latest *TurnPlace `json:"latest,omitempty"`
	Never  bool       `json:"never,omitempty"` // it cannot be back by BackBy from anywhere
	BackBy time.Time  `json:"back_by,omitzero"`
	Why    string     `json:"why"` // where BackBy comes from: "asked", "last light"; or why there is none
	// EqualTime is where going on takes as long as going back: past it, on is
	// quicker.
	EqualTime *TurnPlace `json:"equal_time,omitempty"`
	// NoReturn is the last place from which the fuel takes every vehicle back to
	// the start; nil if it lasts from the destination too, or no range is known.
	NoReturn  *TurnPlace `json:"no_return,omitempty"`
	FuelNever bool       `json:"fuel_never,omitempty"` // it takes some vehicle back from nowhere on the leg
	FuelWhy   string     `json:"fuel_why"`
}

// TurnPlace is a place on the primary route.
type TurnPlace struct {
	Road     string    `json:"road"`
	Lat      float64   `json:"lat"`
	Lon      float64   `json:"lon"`
	Odometer float64   `json:"odometer_m"`
	Head     time.Time `json:"head"`   // at the earliest start
	Back     float64   `json:"back_s"` // driving back to the start from there
	BackM    float64   `json:"back_m"`
	On       float64   `json:"on_s"` // driving on to the destination
}

// HaltNeed is a halt that driving hours or fuel ask for.
type HaltNeed struct {
	Why     string  `json:"why"`       // "driving hours" or "fuel"
	By      float64 `json:"by_m"`      // odometer at which it must have been made
	Met     bool    `json:"met"`       // a halt of the plan meets it
	Halt    string  `json:"halt"`      // label of the halt that does
	Added   bool    `json:"added"`     // that halt was put in by the planner
	HaltAt  float64 `json:"halt_at_m"` // its odometer
	Minutes float64 `json:"minutes"`   // how long it must be
}

// DecisionPoint is a place on one route at which the column can change over to
// another: where the two part, or the last such place before they run together
// again.
type DecisionPoint struct {
	From string `json:"from_route"` // name of the route left
	To   string `json:"to_route"`
	// Parting says that the two routes part here by themselves; otherwise it is
	// the last place for a change before they meet again.
	Parting  bool      `json:"parting"`
	Road     string    `json:"road"`
	Lat      float64   `json:"lat"`
	Lon      float64   `json:"lon"`
	Odometer float64   `json:"odometer_m"` // on the route left
	Latest   time.Time `json:"latest"`     // head is there at the earliest start; decide before
	// What is driven between the routes; 0 where they part by themselves.
	ChangeM   float64  `json:"change_m"`
	ChangeS   float64  `json:"change_s"`
	Over      []string `json:"over"` // roads driven to change over
	RejoinLat float64  `json:"rejoin_lat"`
	RejoinLon float64  `json:"rejoin_lon"`
	Rejoin    float64  `json:"rejoin_m"` // odometer on the route joined
	RejoinOn  string   `json:"rejoin_road"`
	Cost      float64  `json:"cost_s"`   // how much later at the destination than by staying
	Detour    float64  `json:"detour"`   // time of the whole drive, changed here, over the fastest route's
	Avoids    float64  `json:"avoids_m"` // metres of the route left that are no longer driven before the two meet again
	Geometry  []LatLon `json:"geometry"` // of what is driven between the routes
}

// BreakOut is the way from a critical point to a safe haven: on in the direction
// of travel, or off the route before it. It does not begin with turning back.
type BreakOut struct {
	Point string `json:"point"` // the critical point, as in the march table
	// Before says that this way leaves the route before the point, for when it is
	// the point itself that is blocked; otherwise it goes on from the point.
	Before   bool     `json:"before,omitempty"`
	Odometer float64  `json:"odometer_m"` // of the point
	Haven    string   `json:"haven"`      // its name, or its OSM object if it has none; empty if none is in reach
	Kind     string   `json:"kind"`
	OSM      string   `json:"osm"`
	Lat      float64  `json:"lat"`
	Lon      float64  `json:"lon"`
	Verified bool     `json:"verified"` // by a survey; if none verified is in reach, the nearest that is not
	Drive    float64  `json:"drive_s"`  // from the point, or from where it leaves the route before it
	Metres   float64  `json:"drive_m"`
	Over     []string `json:"over"`     // roads driven after leaving the route, in order
	Leaves   float64  `json:"leaves_m"` // odometer at which it leaves the route
	Geometry []LatLon `json:"geometry"` // from there on; empty if the haven lies on the route
}
