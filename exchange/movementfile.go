package exchange

import (
	_ "embed"
	"encoding/json"
)

//go:embed movement.schema.json
var movementSchema []byte

// MovementSchemaJSON returns the JSON Schema (draft 2020-12) of movement files.
func MovementSchemaJSON() []byte { return append([]byte(nil), movementSchema...) }

// unknown is written in a venue sheet for what nobody has found out. It is the
// same as leaving the key out.
const unknown = "?"

// The movement file, key by key. docs/format/movement.md explains the keys.
type (
	movementFile struct {
		Format   string         `json:"format"`
		Movement string         `json:"movement"`
		Cover    string         `json:"cover_name"`
		Zone     string         `json:"time_zone"`
		Convoy   convoyFile     `json:"convoy"`
		Legs     []legFile      `json:"legs"`
		Venues   []venueFile    `json:"venues"`
		Secured  []securedFile  `json:"secured_areas"`
		Limits   constraintFile `json:"constraints"`
		Print    struct {
			Positions string `json:"positions"`
			Distances string `json:"distances"`
		} `json:"print"`
	}
	convoyFile struct {
		MarchKMH   float64       `json:"march_kmh"`
		MarchMPH   float64       `json:"march_mph"`
		CatchUpKMH float64       `json:"catch_up_kmh"`
		CatchUpMPH float64       `json:"catch_up_mph"`
		GapM       float64       `json:"gap_m"`
		GapS       float64       `json:"gap_s"`
		PacketGapM float64       `json:"packet_gap_m"`
		PacketGapS float64       `json:"packet_gap_s"`
		SerialGapM float64       `json:"serial_gap_m"`
		SerialGapS float64       `json:"serial_gap_s"`
		Vehicles   []vehicleFile `json:"vehicles"`
	}
	vehicleFile struct {
		CallSign      string  `json:"call_sign"`
		Role          string  `json:"role"`
		Class         string  `json:"class"`
		Length        float64 `json:"length_m"`
		Width         float64 `json:"width_m"`
		Height        float64 `json:"height_m"`
		Mass          float64 `json:"mass_t"`
		AxleLoad      float64 `json:"axle_load_t"`
		TurningCircle float64 `json:"turning_circle_m"`
		FuelRange     float64 `json:"fuel_range_km"`
		Seats         int     `json:"seats"`
		Headcount     int     `json:"headcount"`
		Serial        string  `json:"serial"`
		Packet        string  `json:"packet"`
	}
	legFile struct {
		Name   string      `json:"name"`
		Mode   string      `json:"mode"`
		From   *placeFile  `json:"from"`
		Via    []placeFile `json:"via"`
		To     placeFile   `json:"to"`
		Window *spanFile   `json:"window"`
		Arrive *spanFile   `json:"arrive"`
		BackBy *string     `json:"back_by"`
		Halts  []haltFile  `json:"halts"`
		Train  *trainFile  `json:"train"`
		Stay   *stayFile   `json:"stay"`
	}
	spanFile struct {
		Earliest string `json:"earliest"`
		Latest   string `json:"latest"`
	}
	haltFile struct {
		At      placeFile `json:"at"`
		Minutes float64   `json:"minutes"`
		Reason  string    `json:"reason"`
	}
	stayFile struct {
		Minutes float64 `json:"minutes"`
		Until   *string `json:"until"`
		Venue   string  `json:"venue"`
	}
	trainFile struct {
		CallSign  string      `json:"call_sign"`
		Length    float64     `json:"length_m"`
		MaxKMH    float64     `json:"max_kmh"`
		Gauge     int         `json:"gauge_mm"`
		Traction  string      `json:"traction"`
		Voltage   int         `json:"voltage"`
		Kinds     []string    `json:"kinds"`
		Reverse   float64     `json:"reverse_min"`
		Board     float64     `json:"board_min"`
		Alight    float64     `json:"alight_min"`
		Shadow    bool        `json:"shadow"`
		MaxBehind float64     `json:"max_behind_min"`
		Stock     []stockFile `json:"stock"`
	}
	stockFile struct {
		CallSign  string  `json:"call_sign"`
		Kind      string  `json:"kind"`
		Length    float64 `json:"length_m"`
		Seats     int     `json:"seats"`
		Headcount int     `json:"headcount"`
	}
	venueFile struct {
		Name              string          `json:"name"`
		At                placeFile       `json:"at"`
		Arrival           *venuePointFile `json:"arrival"`
		Departure         *venuePointFile `json:"departure"`
		Staging           *placeFile      `json:"staging"`
		AlternateEntrance *venuePointFile `json:"alternate_entrance"`
		LandingZone       *placeFile      `json:"landing_zone"`
		TraumaHospital    *placeFile      `json:"trauma_hospital"`
		Telephones        telephonesFile  `json:"telephones"`
		Verified          string          `json:"verified"`
		VerifiedBy        string          `json:"verified_by"`
	}
	// venuePointFile is a point of a venue; nothing in it is known if the file
	// has "?" instead.
	venuePointFile struct {
		At       *placeFile `json:"at"`
		Approach string     `json:"approach"`
	}
	// telephonesFile is a list; it is empty if the file has "?" instead.
	telephonesFile []telephoneFile
	telephoneFile  struct {
		Office string `json:"office"`
		Number string `json:"number"`
	}
	securedFile struct {
		Name   string    `json:"name"`
		Centre placeFile `json:"centre"`
		Radius float64   `json:"radius_m"`
	}
	constraintFile struct {
		MaxDetour  *float64    `json:"max_detour"`
		Alternates *int        `json:"alternates"`
		Snap       *float64    `json:"snap_m"`
		NoFerry    bool        `json:"no_ferry"`
		NoToll     bool        `json:"no_toll"`
		NoPrivate  bool        `json:"no_private"`
		MustPass   []placeFile `json:"must_pass"`
		Avoid      []avoidFile `json:"avoid"`
		Driving    drivingFile `json:"driving"`
	}
	drivingFile struct {
		MaxHours   float64 `json:"max_hours"`
		Break      float64 `json:"break_min"`
		Reserve    float64 `json:"reserve"`
		ExtraHalts *bool   `json:"extra_halts"`
	}
	avoidFile struct {
		Name    string     `json:"name"`
		Centre  *placeFile `json:"centre"`
		Radius  float64    `json:"radius_m"`
		Polygon []string   `json:"polygon"`
		Forbid  bool       `json:"forbid"`
		Weight  float64    `json:"weight"`
	}
	// placeFile is a place written as a plain string, as {at:, label:} or, at the
	// ends of a leg, as {venue:, label:}.
	placeFile struct {
		At    string `json:"at"`
		Label string `json:"label"`
		Venue string `json:"venue"`
		plain bool
	}
)

// UnmarshalJSON reads any form of a place; the schema lets no other pass.
func (p *placeFile) UnmarshalJSON(src []byte) error {
	if err := json.Unmarshal(src, &p.At); err == nil {
		p.plain = true
		return nil
	}
	type full placeFile // without this method
	return json.Unmarshal(src, (*full)(p))
}

// UnmarshalJSON reads a point of a venue, or "?".
func (p *venuePointFile) UnmarshalJSON(src []byte) error {
	if isUnknown(src) {
		return nil
	}
	type full venuePointFile
	return json.Unmarshal(src, (*full)(p))
}

// UnmarshalJSON reads a list of telephones, or "?".
func (p *telephonesFile) UnmarshalJSON(src []byte) error {
	if isUnknown(src) {
		return nil
	}
	return json.Unmarshal(src, (*[]telephoneFile)(p))
}

func isUnknown(src []byte) bool {
	var s string
	return json.Unmarshal(src, &s) == nil && s == unknown
}

// known reports whether a place was given that is not "?".
func (p *placeFile) known() bool { return p != nil && p.At != unknown }
