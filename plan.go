package outrider

import (
	"strconv"
	"strings"
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
	Schema   string      `json:"schema"`
	Movement string      `json:"movement"`   // name
	Cover    string      `json:"cover_name"` // of the principal
	Zone     string      `json:"time_zone"`
	Made     time.Time   `json:"made"`
	Inputs   Inputs      `json:"inputs"`
	Convoy   Column      `json:"convoy"`
	Areas    []PlanArea  `json:"areas"` // secured areas, then areas to avoid, as the movement file has them
	Venues   []VenuePlan `json:"venues"`
	Print    PlanPrint   `json:"print"` // how documents write positions and distances
	Legs     []LegPlan   `json:"legs"`
	Warnings []string    `json:"warnings"` // what the planner must know before trusting it
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
	// FindingIDs are the findings that were current, expired ones included, by
	// rising id, so that what has changed since can be said.
	FindingIDs []string `json:"finding_ids"`
	SpeedsName string   `json:"speeds_name"`
	SpeedsHash string   `json:"speeds_sha256"`
	RunsHash   string   `json:"runs_sha256,omitempty"` // of the journal of timed runs; empty if there is none
	Runs       int      `json:"timed_runs"`            // how many were current
	// Timetable is the name of the timetable that rail legs were held against.
	Timetable     string `json:"timetable,omitempty"`
	TimetableHash string `json:"timetable_sha256,omitempty"`
	Program       string `json:"program"`
	Attribution   string `json:"attribution"` // © OpenStreetMap contributors
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
	Packets     []PacketPlan    `json:"packets"`                      // parts of the column in order of march
	TurningM    float64         `json:"turning_circle_m,omitempty"`   // of the vehicle that needs most; 0 if none is known
	Seats       int             `json:"seats,omitempty"`
	Headcount   int             `json:"headcount,omitempty"`
	FuelKM      float64         `json:"fuel_range_km,omitempty"` // the least, reserve taken off; 0 if none is known
}

// PacketPlan is a part of the column: a packet, or all vehicles of a serial or
// column that has no packets. Offsets are counted from the head of the column,
// in metres and in seconds at march speed.
type PacketPlan struct {
	Serial   string  `json:"serial"`
	Packet   string  `json:"packet"`
	First    string  `json:"first"` // call sign of its first vehicle
	Last     string  `json:"last"`
	Vehicles int     `json:"vehicles"`
	Length   float64 `json:"road_space_m"`
	HeadM    float64 `json:"head_offset_m"`
	HeadS    float64 `json:"head_offset_s"`
	TailM    float64 `json:"tail_offset_m"`
	TailS    float64 `json:"tail_offset_s"`
}

// ColumnVehicle is a vehicle in order of march.
type ColumnVehicle struct {
	CallSign string  `json:"call_sign"`
	Role     Role    `json:"role"`
	Class    string  `json:"class"`
	LengthM  float64 `json:"length_m"`
	// What follows is 0 or empty when unknown.
	Serial    string  `json:"serial,omitempty"`
	Packet    string  `json:"packet,omitempty"`
	OffsetM   float64 `json:"offset_m"` // from the head of the column to its own, at march speed
	OffsetS   float64 `json:"offset_s"`
	WidthM    float64 `json:"width_m,omitempty"`
	HeightM   float64 `json:"height_m,omitempty"`
	MassT     float64 `json:"mass_t,omitempty"`
	TurningM  float64 `json:"turning_circle_m,omitempty"`
	FuelKM    float64 `json:"fuel_range_km,omitempty"`
	Seats     int     `json:"seats,omitempty"`
	Headcount int     `json:"headcount,omitempty"`
}

// LegPlan is what was worked out for one leg.
type LegPlan struct {
	Name       string          `json:"name"`
	Mode       Mode            `json:"mode"` // ByRoad or ByRail
	From       PlanPoint       `json:"from"`
	To         PlanPoint       `json:"to"`
	Timed      string          `json:"timed"`            // TimedForwards, TimedBackwards or TimedAfterStay
	Arrive     *Span           `json:"arrive,omitempty"` // asked for, of a leg timed backwards
	Earliest   time.Time       `json:"earliest"`         // the head may leave from here on; all times are for this start
	Latest     time.Time       `json:"latest"`           // and until here
	Routes     []RoutePlan     `json:"routes"`           // the primary first, then the alternates
	Shared     []SharedStretch `json:"must_pass"`        // chokepoints that every route must pass
	Alternates AlternateBounds `json:"alternates"`       // what was asked of alternates, and what was met
	Decisions  []DecisionPoint `json:"decision_points"`  // route by route left, by rising odometer on it
	Daylight   Daylight        `json:"daylight"`
	Turning    TurningBack     `json:"turning_back"`   // on the primary
	HaltNeeds  []HaltNeed      `json:"halt_needs"`     // of the primary, by driving hours and fuel range
	Mix        *RouteMix       `json:"mix,omitempty"`  // what the route is drawn from; nil where no mix was asked for
	Stay       *StayPlan       `json:"stay,omitempty"` // after arrival
	Rail       *RailPlan       `json:"rail,omitempty"` // of a leg by rail; its run is the first of Routes
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
	Duration float64 `json:"duration_s"` // of the head, halts excluded
	Halts    float64 `json:"halts_s"`    // planned halts
	// Early and Late bound Duration: what the head takes if all goes fast, and if
	// all goes slowly, by the spread of the speeds and timed runs.
	Early  float64 `json:"duration_early_s"`
	Late   float64 `json:"duration_late_s"`
	TimedM float64 `json:"timed_m"`        // metres of it whose time comes from timed runs
	Detour float64 `json:"detour"`         // duration over the fastest route's
	Shared float64 `json:"shared_primary"` // share of the length in common with the primary
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
	BreakOut []BreakOut     `json:"break_outs"` // from critical points, in order of passage
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
	// EarlyS and LateS are by how much the head, and with it the tail, may be
	// before or after its time, at the same start.
	EarlyS float64 `json:"early_s"`
	LateS  float64 `json:"late_s"`
	Dark   bool    `json:"dark,omitempty"` // head or tail passes between evening and morning civil twilight
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

// LegName returns how documents call leg i: by its name, or "leg 2" if it has
// none.
func (p *Plan) LegName(i int) string {
	if name := strings.TrimSpace(p.Legs[i].Name); name != "" {
		return name
	}
	return "leg " + strconv.Itoa(i+1)
}

// StaleAfter is the age from which map data is called stale.
const StaleAfter = 90 * 24 * time.Hour

// DataDay writes the date of map data: the day in UTC, such as 2026-11-20, or "of
// unknown date" if the extract had none.
func DataDay(date time.Time) string {
	if date.Unix() <= 0 {
		return "of unknown date"
	}
	return date.UTC().Format(time.DateOnly)
}

// Credit returns what the licence of the map data asks documents to say; also for
// a plan that came without.
func (in *Inputs) Credit() string {
	if in.Attribution == "" {
		return "© OpenStreetMap contributors"
	}
	return in.Attribution
}
