package outrider

import (
	"time"

	"github.com/outrider-project/outrider/geo"
)

// PlanSchema is the version of the plan document; it changes when a field
// changes its meaning or goes away, not when one is added.
const PlanSchema = "outrider.plan/1"

// A Plan is a movement worked out on one map with one risk profile and one
// state of the findings, all named by hash, so that it can be recomputed and
// compared. It is a value: nothing in it refers to anything outside. Its JSON
// form is documented in docs/format/plan.md. Lengths are metres, durations
// seconds, positions degrees WGS84 and times RFC 3339 with offset.
type Plan struct {
	Schema   string     `json:"schema"`
	Movement string     `json:"movement"`   // name
	Cover    string     `json:"cover_name"` // of the principal
	Zone     string     `json:"time_zone"`
	Made     time.Time  `json:"made"`
	Inputs   Inputs     `json:"inputs"`
	Convoy   Column     `json:"convoy"`
	Areas    []PlanArea `json:"areas"` // secured areas, then areas to avoid, as the movement file has them
	Legs     []LegPlan  `json:"legs"`
	Warnings []string   `json:"warnings"` // what the planner must know before trusting it
}

// Kinds of PlanArea.
const (
	AreaSecured = "secured"
	AreaAvoid   = "avoid"
)

// PlanArea is ground that the movement file sets apart: a circle, or a polygon.
type PlanArea struct {
	Kind    string   `json:"kind"` // AreaSecured or AreaAvoid
	Name    string   `json:"name"`
	Centre  *LatLon  `json:"centre,omitempty"`
	Radius  float64  `json:"radius_m,omitempty"`
	Polygon []LatLon `json:"polygon,omitempty"` // a ring, not closed explicitly
	// Weight is that of an area to avoid: 0 forbids it. Always 0 for secured ones.
	Weight float64 `json:"weight,omitempty"`
}

// Inputs names what a plan was made from.
type Inputs struct {
	MapName      string    `json:"map_name"`
	MapHash      string    `json:"map_sha256"`
	DataDate     time.Time `json:"data_date"`
	Stale        bool      `json:"stale"` // data older than 90 days when the plan was made
	MovementHash string    `json:"movement_sha256"`
	ProfileName  string    `json:"profile_name"`
	ProfileHash  string    `json:"profile_sha256"`
	Calibrated   bool      `json:"profile_calibrated"`
	FindingsHash string    `json:"findings_sha256"`
	Findings     int       `json:"findings_in_force"`
	Program      string    `json:"program"`
	Attribution  string    `json:"attribution"` // © OpenStreetMap contributors
}

// Column is the convoy as the plan computes with it.
type Column struct {
	Vehicles    []ColumnVehicle `json:"vehicles"`
	Length      float64         `json:"road_space_m"`      // head of the first to tail of the last vehicle at march speed
	PassTime    float64         `json:"time_of_passage_s"` // at march speed
	MarchKMH    float64         `json:"march_kmh"`
	CatchUpKMH  float64         `json:"catch_up_kmh"`
	GapMetres   float64         `json:"gap_m"` // at march speed
	HeightM     float64         `json:"height_m"`
	WidthM      float64         `json:"width_m"`
	MassT       float64         `json:"mass_t"`
	LongestM    float64         `json:"longest_vehicle_m"`
	UnknownDims []string        `json:"unknown_dimensions,omitempty"` // call signs with a dimension not given
}

// ColumnVehicle is a vehicle in order of march.
type ColumnVehicle struct {
	CallSign string  `json:"call_sign"`
	Role     Role    `json:"role"`
	Class    string  `json:"class"`
	LengthM  float64 `json:"length_m"`
}

// LegPlan is what was worked out for one leg.
type LegPlan struct {
	Name       string          `json:"name"`
	From       PlanPoint       `json:"from"`
	To         PlanPoint       `json:"to"`
	Earliest   time.Time       `json:"earliest"`   // the head may leave from here on; all times are for this start
	Latest     time.Time       `json:"latest"`     // and until here
	Routes     []RoutePlan     `json:"routes"`     // the primary first, then the alternates
	Shared     []SharedStretch `json:"must_pass"`  // chokepoints that every route must pass
	Alternates AlternateBounds `json:"alternates"` // what was asked of alternates, and what was met
}

// PlanPoint is a place on the network.
type PlanPoint struct {
	Label string  `json:"label"`
	Lat   float64 `json:"lat"`
	Lon   float64 `json:"lon"`
	Asked LatLon  `json:"asked"`  // the place as the movement file has it
	Away  float64 `json:"away_m"` // from there to the network
	Road  string  `json:"road"`
}

// LatLon is a position in degrees.
type LatLon struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// AlternateBounds says what alternates had to satisfy and which bound was the
// reason for finding fewer than asked.
type AlternateBounds struct {
	Asked     int     `json:"asked"`
	Found     int     `json:"found"`
	MaxDetour float64 `json:"max_detour"` // times the fastest
	MaxShared float64 `json:"max_shared"` // share of length
	Reason    string  `json:"reason,omitempty"`
}

// RoutePlan is one way to drive a leg.
type RoutePlan struct {
	Name     string  `json:"name"` // "primary", "alternate 1"
	Length   float64 `json:"length_m"`
	Duration float64 `json:"duration_s"`     // of the head, halts excluded
	Halts    float64 `json:"halts_s"`        // planned halts
	Detour   float64 `json:"detour"`         // duration over the fastest route's
	Shared   float64 `json:"shared_primary"` // share of the length in common with the primary
	// MaxP is the greatest exposure of any place on the route, Lambda the
	// accumulated exposure; with an uncalibrated profile only bands are shown.
	MaxP     float64        `json:"max_p"`
	MaxPBand int            `json:"max_p_band"` // 1 (least) to 5
	Lambda   float64        `json:"lambda"`
	Parts    []ExposurePart `json:"lambda_parts"` // what Lambda is made of, the greatest first
	Points   []LatLon       `json:"geometry"`
	Times    []float64      `json:"times_s"`    // per point: head's seconds after start, halts included; never decreasing
	Odometer []float64      `json:"odometer_m"` // per point
	Steps    []Step         `json:"steps"`
	Hazards  []HazardPass   `json:"hazards"` // in order of passage
	March    []MarchRow     `json:"march_table"`
	Havens   []HavenPass    `json:"havens"` // the nearest along the way, in order of passage
	Exposure []ExposureBand `json:"exposure"`
}

// ExposurePart is what one kind of hazard adds to a route's exposure.
type ExposurePart struct {
	Kind   string  `json:"kind"`
	Lambda float64 `json:"lambda"`
	MaxP   float64 `json:"max_p"`
	Metres float64 `json:"metres"`
}

// A Step is a run of the route along one named road.
type Step struct {
	Road     string  `json:"road"`
	From     float64 `json:"from_m"`
	Length   float64 `json:"length_m"`
	Duration float64 `json:"duration_s"`
	Turn     string  `json:"turn"` // how the step begins: "start", "left", "straight on", "at the roundabout", "turn back"
	Ways     []int64 `json:"osm_ways"`
	Private  bool    `json:"private,omitempty"` // needs the owner's leave
}

// HazardPass is a hazard that the route passes.
type HazardPass struct {
	Kind     string    `json:"kind"`
	From     float64   `json:"from_m"` // odometer at its beginning
	To       float64   `json:"to_m"`
	At       time.Time `json:"at"` // head, at the earliest start
	Lat      float64   `json:"lat"`
	Lon      float64   `json:"lon"`
	Detail   string    `json:"detail"`   // "height limit 4.1 m", "full barrier", …
	Evidence string    `json:"evidence"` // tags, or finding with call sign and date
	OSM      string    `json:"osm,omitempty"`
	Finding  string    `json:"finding,omitempty"`
	Band     int       `json:"band"`
}

// MarchRow is one line of the march table.
type MarchRow struct {
	Point    string    `json:"point"`
	Kind     string    `json:"kind"` // start, critical, via, halt, release
	Lat      float64   `json:"lat"`
	Lon      float64   `json:"lon"`
	Odometer float64   `json:"odometer_m"`
	Head     time.Time `json:"head"`
	Tail     time.Time `json:"tail"`
	PassTime float64   `json:"pass_s"`
	HaltS    float64   `json:"halt_s,omitempty"`
}

// HavenPass is a safe haven near the route.
type HavenPass struct {
	Kind     string  `json:"kind"`
	Name     string  `json:"name"`
	OSM      string  `json:"osm"`
	Odometer float64 `json:"odometer_m"` // where to leave the route for it
	Drive    float64 `json:"drive_s"`    // from there
	Metres   float64 `json:"drive_m"`
	Lat      float64 `json:"lat"`
	Lon      float64 `json:"lon"`
	Verified bool    `json:"verified"` // only a survey verifies
}

// ExposureBand is a stretch of the route with constant exposure.
type ExposureBand struct {
	From float64 `json:"from_m"`
	To   float64 `json:"to_m"`
	P    float64 `json:"p"`
	Band int     `json:"band"`
}

// SharedStretch is a place that every route within the corridor must pass.
type SharedStretch struct {
	Road string  `json:"road"`
	Lat  float64 `json:"lat"`
	Lon  float64 `json:"lon"`
	From float64 `json:"from_m"` // odometer on the primary
	To   float64 `json:"to_m"`
}

// Point returns the position as an E7 point.
func (l LatLon) Point() geo.Point { return geo.PointFromDegrees(l.Lat, l.Lon) }
