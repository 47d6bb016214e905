package outrider

import "time"

// Kinds of RailPass.
const (
	RailStation       = "station"
	RailLevelCrossing = "level_crossing"
	RailTunnel        = "tunnel"
	RailBridge        = "bridge"
	RailOverbridge    = "overbridge" // a road passes over the track
	RailCutting       = "cutting"
	RailEmbankment    = "embankment"
	RailSingleTrack   = "single_track"
	RailReversal      = "reversal"
	RailSiding        = "siding"
	RailAccess        = "road_access"
)

// RailPlan is what was worked out for a leg by rail besides its route, which
// stands first in the leg's Routes. Odometers run from the start of the leg.
type RailPlan struct {
	Train       TrainPlan        `json:"train"`
	Tracks      []RailStretch    `json:"tracks"`     // what is run over, in order
	Passes      []RailPass       `json:"passes"`     // in order of passage
	Access      []RailAccessAt   `json:"access"`     // where a road vehicle gets to the track, in order
	Evacuation  []RailEvacuation `json:"evacuation"` // for every tunnel and long bridge, in order
	Sidings     []RailHold       `json:"sidings"`    // where the train can be held, in order
	Shadow      *ShadowPlan      `json:"shadow,omitempty"`
	Conflicts   []TrainConflict  `json:"conflicts"`   // with the timetable
	Alternative string           `json:"alternative"` // whether there is another way, in words
}

// TrainPlan is the train as the plan computes with it.
type TrainPlan struct {
	CallSign  string           `json:"call_sign"`
	LengthM   float64          `json:"length_m"`
	MaxKMH    float64          `json:"max_kmh"`
	GaugeMM   int              `json:"gauge_mm"`
	Traction  Traction         `json:"traction"`
	Reversals int              `json:"reversals"` // changes of ends on the way
	ReverseS  float64          `json:"reverse_s"` // time of one
	BoardS    float64          `json:"board_s"`
	AlightS   float64          `json:"alight_s"`
	Stock     []TrainStockPlan `json:"stock"`
}

// TrainStockPlan is a vehicle of a train.
type TrainStockPlan struct {
	CallSign  string  `json:"call_sign"`
	Kind      string  `json:"kind"`
	LengthM   float64 `json:"length_m"`
	Seats     int     `json:"seats,omitempty"`
	Headcount int     `json:"headcount,omitempty"`
}

// RailStretch is a run over track with the same properties.
type RailStretch struct {
	From      float64 `json:"from_m"`
	Length    float64 `json:"length_m"`
	Line      string  `json:"line"`              // name and number, empty if the map has none
	Usage     string  `json:"usage"`             // main, branch, industrial, …; "?" if not tagged
	Service   string  `json:"service,omitempty"` // siding, yard, spur, crossover
	GaugeMM   int     `json:"gauge_mm,omitempty"`
	Electric  string  `json:"electrified"` // contact_line, rail, no; "?" if not tagged
	Voltage   int     `json:"voltage,omitempty"`
	KMH       float64 `json:"kmh"`
	KMHTagged bool    `json:"kmh_tagged"`      // otherwise assumed by usage
	Parallel  int     `json:"parallel_tracks"` // tracks beside it, itself not counted
	Ways      []int64 `json:"osm_ways"`
}

// RailPass is something that the train passes.
type RailPass struct {
	Kind   string    `json:"kind"`
	Name   string    `json:"name"` // of a station, or of the road that crosses
	From   float64   `json:"from_m"`
	To     float64   `json:"to_m"`
	At     time.Time `json:"at"` // head
	Lat    float64   `json:"lat"`
	Lon    float64   `json:"lon"`
	Detail string    `json:"detail"` // such as "full barrier, lights"
	OSM    string    `json:"osm,omitempty"`
	Stops  bool      `json:"stops,omitempty"`
}

// RailAccessAt is where a road vehicle gets to the track.
type RailAccessAt struct {
	Odometer float64 `json:"odometer_m"`
	Lat      float64 `json:"lat"`
	Lon      float64 `json:"lon"`
	Road     string  `json:"road"`
	Kind     string  `json:"kind"`   // "level crossing", "station", "road beside the track"
	Away     float64 `json:"away_m"` // from the carriageway to the track
	Private  bool    `json:"private,omitempty"`
}

// RailEvacuation says how to get away from a tunnel or bridge.
type RailEvacuation struct {
	Kind       string        `json:"kind"` // RailTunnel or RailBridge
	From       float64       `json:"from_m"`
	To         float64       `json:"to_m"`
	Before     *RailAccessAt `json:"before,omitempty"` // the nearest road access before it
	After      *RailAccessAt `json:"after,omitempty"`
	WalkBefore float64       `json:"walk_before_m"` // along the track, from the near end; 0 if there is none
	WalkAfter  float64       `json:"walk_after_m"`
}

// RailHold is a track on which the train can be held clear of the line.
type RailHold struct {
	Odometer  float64 `json:"odometer_m"` // of the switch that leads to it
	Lat       float64 `json:"lat"`
	Lon       float64 `json:"lon"`
	Kind      string  `json:"kind"`                // siding, loop, yard, spur
	Length    float64 `json:"length_m"`            // clear of switches
	Backwards bool    `json:"backwards,omitempty"` // only by setting back
	OSM       string  `json:"osm"`
}

// ShadowPlan says how the road column accompanies the train.
type ShadowPlan struct {
	Rendezvous []Rendezvous `json:"rendezvous"`
	KeepsUp    bool         `json:"keeps_up"`
	MaxBehind  float64      `json:"max_behind_s"` // allowed
	Worst      float64      `json:"worst_behind_s"`
	Verdict    string       `json:"verdict"` // in words
}

// Rendezvous is a place where column and train can meet.
type Rendezvous struct {
	Name     string    `json:"name"`
	Lat      float64   `json:"lat"`
	Lon      float64   `json:"lon"`
	Odometer float64   `json:"odometer_m"` // of the train
	Train    time.Time `json:"train"`
	Column   time.Time `json:"column"`   // head arrives, at the earliest
	Behind   float64   `json:"behind_s"` // column after train; below 0 it is there before
	DriveM   float64   `json:"drive_m"`  // from the rendezvous before
	Reached  bool      `json:"reached"`  // there is a way by road
}

// TrainConflict is a train of the timetable that meets this one.
type TrainConflict struct {
	Trip    string    `json:"trip"` // number or id of the train
	Line    string    `json:"line"`
	Kind    string    `json:"kind"`    // "opposite", "ahead", "behind", "same platform"
	Between string    `json:"between"` // stations
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	FromM   float64   `json:"from_m"`
	ToM     float64   `json:"to_m"`
	Detail  string    `json:"detail"`
}
