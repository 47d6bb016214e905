package pace

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/outrider-project/outrider/internal/callsign"
)

// MaxAge is how long a timed run counts: after it roads and traffic are taken to
// have changed.
const MaxAge = 180 * 24 * time.Hour

// Limits of a run.
const (
	maxDrives   = 20_000        // stretches of a run
	maxLasting  = 7 * 24 * 3600 // seconds of a run
	maxSeconds  = 24 * 3600     // on one stretch
	maxMetres   = 1e6           // of one stretch
	maxRunSpeed = 70.0          // m/s over a whole stretch; more is no drive on a road
)

// A Run is one timed drive, cut into the stretches between junctions that it
// drove whole. It names its crew by call sign and holds nothing about anybody
// else.
type Run struct {
	ID       string    `json:"id"`                // of the content: see SetID
	By       string    `json:"by"`                // call sign of the crew
	Started  time.Time `json:"started"`           // of the first fix on the road, UTC, whole seconds
	Drives   []Drive   `json:"drives"`            // in order of time, without overlap
	Recorded time.Time `json:"recorded,omitzero"` // when it was added to the journal
}

// A Drive is one stretch between two junctions, driven whole. It is named by what
// a newer map has too.
type Drive struct {
	Way     int64   `json:"way"`     // OSM way that it begins on
	From    int64   `json:"from"`    // OSM node where it is entered
	To      int64   `json:"to"`      // OSM node where it is left
	After   float64 `json:"after_s"` // seconds from the start of the run to entering it
	Seconds float64 `json:"took_s"`
	Metres  float64 `json:"metres"` // its length on the map that it was matched on
}

// Ended is when the last stretch was left.
func (r *Run) Ended() time.Time {
	if len(r.Drives) == 0 {
		return r.Started
	}
	last := &r.Drives[len(r.Drives)-1]
	return r.Started.Add(duration(last.After + last.Seconds))
}

// Metres returns the length of all stretches.
func (r *Run) Metres() float64 {
	sum := 0.0
	for i := range r.Drives {
		sum += r.Drives[i].Metres
	}
	return sum
}

// SetID gives the run the id of its content. Recorded does not matter.
func (r *Run) SetID() {
	h := sha256.New()
	number := func(n uint64) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], n)
		h.Write(b[:])
	}
	text := func(s string) {
		number(uint64(len(s)))
		h.Write([]byte(s))
	}
	text("outrider timed run 1")
	text(r.By)
	text(r.Started.UTC().Format(time.RFC3339))
	number(uint64(len(r.Drives)))
	for i := range r.Drives {
		d := &r.Drives[i]
		for _, n := range [...]int64{d.Way, d.From, d.To} {
			number(uint64(n))
		}
		for _, x := range [...]float64{d.After, d.Seconds, d.Metres} {
			number(math.Float64bits(x))
		}
	}
	r.ID = "t" + strings.ToLower(crockford.EncodeToString(h.Sum(nil)[:15]))
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// fault returns what is wrong with a run apart from its id, "" if nothing is.
func (r *Run) fault() (cause, remedy string) {
	const again = "match the track again"
	switch {
	case !callsign.Valid(r.By):
		by := []rune(r.By)
		return fmt.Sprintf("%q is no call sign", string(by[:min(len(by), 40)])), "write a call sign such as R2 or SIERRA 4: capital letters and a number, never a name"
	case r.Started.Unix() < 0 || r.Started.Year() > 9999 || r.Started.Nanosecond() != 0:
		return "the start of the run is not a time in whole seconds from 1970 to 9999", again
	case len(r.Drives) == 0:
		return "the run holds no stretch that was driven from junction to junction", "record a longer drive"
	case len(r.Drives) > maxDrives:
		return fmt.Sprintf("the run has %d stretches, more than %d", len(r.Drives), maxDrives), "cut the track at a halt"
	}
	left := 0.0
	for i := range r.Drives {
		d := &r.Drives[i]
		switch {
		case !(d.Seconds > 0 && d.Seconds <= maxSeconds):
			return fmt.Sprintf("stretch %d took %v s, which is not between 0 and %d", i+1, d.Seconds, maxSeconds), again
		case !(d.Metres > 0 && d.Metres <= maxMetres):
			return fmt.Sprintf("stretch %d is %v m long, which is not between 0 and %v", i+1, d.Metres, maxMetres), again
		case d.Metres/d.Seconds > maxRunSpeed:
			return fmt.Sprintf("stretch %d was driven at %.0f km/h, more than %.0f", i+1, d.Metres/d.Seconds*3.6, maxRunSpeed*3.6), again
		case d.From == d.To:
			return fmt.Sprintf("stretch %d ends where it begins, so its direction is not known", i+1), again
		case !(d.After >= left-1e-6 && d.After <= maxLasting):
			return fmt.Sprintf("stretch %d begins %v s into the run, which is before the one before ends or after %d", i+1, d.After, maxLasting), again
		}
		left = d.After + d.Seconds
	}
	return "", ""
}
