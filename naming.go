package outrider

// Thing is a kind of thing that a document speaks of by name, and that a unit
// may prefer to speak of by code word.
type Thing string

// The things that have names of their own in documents.
const (
	ThingMovement Thing = "movement" // the movement; its code word is its cover name
	ThingPlace    Thing = "place"    // starts, destinations, via points, halts, havens, stops of a train
	ThingLeg      Thing = "leg"
	ThingRoute    Thing = "route"
	ThingVenue    Thing = "venue"
	ThingArea     Thing = "area"
	ThingRoad     Thing = "road" // what the map calls a road
)

// Naming says what a document calls a thing.
//
// Every text that could give a thing away passes through Call, so that a writer
// of documents need not know whether they speak in clear.
type Naming interface {
	// Call returns what to write in place of a name: the name itself, its
	// code word, or a neutral word where it has none and must not appear. The
	// empty name is called by the empty text.
	Call(kind Thing, name string) string
	// Clear reports whether names appear as they are.
	Clear() bool
}

// ClearNames is the naming that hides nothing.
type ClearNames struct{}

// Call returns name.
func (ClearNames) Call(_ Thing, name string) string { return name }

// Clear returns true.
func (ClearNames) Clear() bool { return true }
