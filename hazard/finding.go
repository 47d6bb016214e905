package hazard

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/callsign"
)

// Limits of a finding.
const (
	MaxNote     = 200 // characters of a note
	MaxRating   = 4
	MaxLifetime = 366 // days from the date to the expiry
)

// A Day is a calendar day, in days since 1 January 1970. Days are those of UTC.
type Day int32

const dayForm = "2006-01-02"

// DayOf returns the day of a time, in UTC.
func DayOf(t time.Time) Day { return Day(math.Floor(float64(t.Unix()) / 86400)) }

// ParseDay reads a day such as 2026-11-23, from 1970 to 9999.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(dayForm, s)
	if err != nil || t.Year() < 1970 {
		return 0, fmt.Errorf("%q is not a date of the form 2026-11-23", s)
	}
	return DayOf(t), nil
}

// Time returns the beginning of the day.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String writes the day as 2026-11-23.
func (d Day) String() string { return d.Time().Format(dayForm) }

// MarshalText writes the day as 2026-11-23.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a day such as 2026-11-23.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}

// A Finding is what a surveyor found at a place. It is about the place and
// nothing else: there is no room in it for people, vehicles or dwellings.
type Finding struct {
	ID     string `json:"id"`     // of the content: see SetID
	Kind   Kind   `json:"kind"`   // one of FindingKinds
	Rating uint8  `json:"rating"` // 0 not there, 1 slight, 2 moderate, 3 grave, 4 as bad as it gets
	// The place, in degrees WGS84: as the surveyor gave it, until it is snapped;
	// then on the carriageway.
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
	// Way and Offset name the place on the network: the OSM way, and the metres
	// from where that way's part of the stretch between two junctions begins.
	// 0 until it is snapped.
	Way    int64   `json:"way"`
	Offset float64 `json:"offset_m"`

	Note     string    `json:"note,omitempty"` // about the place, at most MaxNote characters
	Surveyor string    `json:"surveyor"`       // call sign
	Date     Day       `json:"date"`           // of the survey
	Expiry   Day       `json:"expiry"`         // last day on which it holds
	From     time.Time `json:"from,omitzero"`  // of a closure
	To       time.Time `json:"to,omitzero"`
	Recorded time.Time `json:"recorded,omitzero"` // when it was added to the journal
}

// MarshalText writes the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a kind that a finding may have.
func (k *Kind) UnmarshalText(text []byte) error {
	kind, ok := ParseKind(string(text))
	if !ok || kind >= Unsurveyed {
		return fmt.Errorf("%q is no kind of finding", text)
	}
	*k = kind
	return nil
}

// SetID gives the finding the id of its content: the same finding added twice has
// the same id. Way, Offset and Recorded do not matter.
func (f *Finding) SetID() {
	h := sha256.New()
	field := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	field("outrider finding 1")
	field(f.Kind.String())
	field(fmt.Sprint(f.Rating))
	field(fmt.Sprintf("%.7f,%.7f", f.Lat, f.Lon))
	field(f.Note)
	field(f.Surveyor)
	field(f.Date.String())
	field(f.Expiry.String())
	for _, t := range []time.Time{f.From, f.To} {
		if t.IsZero() {
			field("")
		} else {
			field(t.UTC().Format(time.RFC3339))
		}
	}
	f.ID = "f" + strings.ToLower(crockford.EncodeToString(h.Sum(nil)[:15]))
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// Point returns the place.
func (f *Finding) Point() geo.Point { return geo.PointFromDegrees(f.Lat, f.Lon) }

// Lapsed reports whether the finding has expired by then: its place then counts
// as unsurveyed. A closure by an event never lapses: when it is over, it is over.
func (f *Finding) Lapsed(at time.Time) bool {
	return f.Kind != ClosedByEvent && DayOf(at) > f.Expiry
}

// Over reports whether the finding is a closure for a time that has passed.
func (f *Finding) Over(at time.Time) bool {
	return !f.To.IsZero() && !at.Before(f.To)
}

// Age returns the days from the survey to a time, at least 0.
func (f *Finding) Age(at time.Time) int { return int(max(DayOf(at)-f.Date, 0)) }

// A Fault is one thing wrong with a finding.
type Fault struct {
	Column string // of the form, such as "rating"
	Cause  string
	Remedy string
}

// Faults returns everything wrong with a finding, apart from its id and its
// place on the network.
func (f *Finding) Faults() []Fault {
	var all []Fault
	refuse := func(column, cause, remedy string) { all = append(all, Fault{column, cause, remedy}) }
	if f.Kind >= Unsurveyed {
		refuse("kind", "this is no kind of finding", "use one of "+kindList())
	}
	if f.Rating > MaxRating {
		refuse("rating", fmt.Sprintf("the rating %d is above 4", f.Rating), "rate from 0 (not there) to 4 (as bad as it gets)")
	}
	if !(f.Lat >= -90 && f.Lat <= 90) {
		refuse("lat", fmt.Sprintf("the latitude %v is not between -90 and 90", f.Lat), "give degrees, north positive")
	}
	if !(f.Lon >= -180 && f.Lon <= 180) {
		refuse("lon", fmt.Sprintf("the longitude %v is not between -180 and 180", f.Lon), "give degrees, east positive")
	}
	if cause, remedy := badNote(f.Note); cause != "" {
		refuse("note", cause, remedy)
	}
	if !callsign.Valid(f.Surveyor) {
		refuse("surveyor", fmt.Sprintf("%q is no call sign", clip(f.Surveyor)), "write a call sign such as R2 or SIERRA 4: capital letters and a number, never a name")
	}
	switch {
	case f.Expiry < f.Date:
		refuse("expiry", fmt.Sprintf("the expiry %s is before the date %s", f.Expiry, f.Date), "give the last day on which the finding can be relied on")
	case f.Expiry > f.Date+MaxLifetime:
		refuse("expiry", fmt.Sprintf("the expiry %s is more than %d days after the date %s", f.Expiry, MaxLifetime, f.Date), "give an earlier day; survey again after it")
	}
	switch {
	case !f.Kind.Closes():
		if !f.From.IsZero() || !f.To.IsZero() {
			refuse("from", "only closures have from and to", "leave from and to empty, or use the kind closed or closed_by_event")
		}
	case f.Kind == ClosedByEvent && (f.From.IsZero() || f.To.IsZero()):
		refuse("from", "a closure by an event needs from and to", "write both, such as 2026-11-23T08:00:00+01:00")
	case f.From.IsZero() != f.To.IsZero():
		refuse("from", "from and to belong together", "write both or none")
	case !f.From.IsZero() && !f.To.After(f.From):
		refuse("to", "the closure ends before it begins", "let to be after from")
	case !f.To.IsZero() && f.Expiry < DayOf(f.To) && f.Expiry >= f.Date:
		refuse("expiry", fmt.Sprintf("the expiry %s is before the end of the closure", f.Expiry), "let the finding hold as long as the closure")
	}
	return all
}

func kindList() string {
	names := make([]string, 0, Unsurveyed)
	for _, k := range FindingKinds() {
		names = append(names, k.String())
	}
	return strings.Join(names, ", ")
}

var (
	// What has no business in a note about a place. Road numbers such as US 13,
	// A 4 or L1014 must pass, and dates.
	dates  = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}:\d{2}\b`)
	phone  = regexp.MustCompile(`\+?\(?\d(?:[ ./()-]{0,2}\d){6,}`)
	plates = []*regexp.Regexp{
		regexp.MustCompile(`\b[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}[ -]?\d{1,4}[EH]?\b`),            // letters, hyphen, letters, digits
		regexp.MustCompile(`\b[A-Z]{2}\d{2} ?[A-Z]{3}\b`),                              // AB12 CDE
		regexp.MustCompile(`\b[A-Z]{2}[- ]?\d{3}[- ]?[A-Z]{2}\b`),                      // AB-123-CD
		regexp.MustCompile(`\b[A-Z]{3}[- ]?\d{3,4}\b`),                                 // ABC 1234
		regexp.MustCompile(`\b\d{1,4}[- ][A-Z]{2,3}[- ]\d{1,4}\b`),                     // 1234-AB-1
		regexp.MustCompile(`\b\d{1,3}[- ]?[A-Z]{3}[- ]?\d{0,3}\b|\b\d[A-Z]{3}\d{3}\b`), // 1ABC234
	}
)

// NoteFault says why a note is refused and what to write instead: it is too
// long, not one line of plain text, or looks as if it held an address, a
// telephone number or a number plate. Both are empty if nothing is wrong.
func NoteFault(note string) (cause, remedy string) { return badNote(note) }

// badNote says why a note is refused, "" if it is not.
func badNote(note string) (cause, remedy string) {
	const about = "write about the place only: what is there, how wide, how high, on which side"
	switch {
	case !utf8.ValidString(note):
		return "the note is not valid UTF-8", "save the file in the encoding UTF-8"
	case utf8.RuneCountInString(note) > MaxNote:
		return fmt.Sprintf("the note has %d characters, more than %d", utf8.RuneCountInString(note), MaxNote), "shorten it"
	case strings.ContainsFunc(note, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "the note holds a line break or a control character", "write one line of plain text"
	case strings.ContainsRune(note, '@'):
		return "the note looks as if it held an e-mail address or an account (@)", about
	case strings.Contains(note, "://") || strings.Contains(strings.ToLower(note), "www."):
		return "the note holds a web address", about
	}
	bare := dates.ReplaceAllString(note, "·")
	if found := phone.FindString(bare); found != "" {
		return fmt.Sprintf("the note looks as if it held a telephone number (%s)", found), about + "; coordinates belong into lat and lon"
	}
	for _, form := range plates {
		if found := form.FindString(bare); found != "" {
			return fmt.Sprintf("the note looks as if it held a number plate (%s)", found), about + "; write road numbers in the form US 13"
		}
	}
	return "", ""
}

// clip cuts a text that would swamp a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}
