package outrider

import "time"

// Side is a side of the compass from which a column comes to a place.
type Side string

// Sides of approach; the empty side is unknown.
const (
	North     Side = "north"
	NorthEast Side = "north-east"
	East      Side = "east"
	SouthEast Side = "south-east"
	South     Side = "south"
	SouthWest Side = "south-west"
	West      Side = "west"
	NorthWest Side = "north-west"
)

// Sides returns the sides of approach, clockwise from north.
func Sides() []Side {
	return []Side{North, NorthEast, East, SouthEast, South, SouthWest, West, NorthWest}
}

// A Venue is the sheet of a place where a column stays: what a driver and a
// commander must know of it. What is nil or empty is unknown, and documents
// print it as "?". It holds no person: telephones are those of offices.
type Venue struct {
	Name              string
	At                Endpoint    // the venue itself
	Arrival           *VenuePoint // where the column stops on arrival
	Departure         *VenuePoint // where it leaves from
	Staging           *Endpoint   // where vehicles wait
	AlternateEntrance *VenuePoint
	LandingZone       *Endpoint
	TraumaHospital    *Endpoint // nil: the nearest hospital of the map, unverified
	Telephones        []OfficeTelephone
	Verified          time.Time // day on which the sheet was verified; zero: never
	VerifiedBy        string    // call sign
	Position          Position
}

// A VenuePoint is a point at a venue, with the side from which to come to it.
type VenuePoint struct {
	At       Endpoint
	Approach Side
}

// An OfficeTelephone is the number of an office, never of a person.
type OfficeTelephone struct {
	Office string // such as "Reception" or "Control room"
	Number string
}
