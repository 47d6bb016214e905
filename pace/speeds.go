package pace

import (
	"cmp"
	"crypto/sha256"
	_ "embed" // the built-in factors and the schema
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/outrider-project/outrider/internal/yamldoc"
	"github.com/outrider-project/outrider/network"
)

//go:embed builtin.yaml
var builtinYAML []byte

//go:embed speeds.schema.json
var speedsSchema []byte

// MaxFactor is the greatest factor on the free-flow speed that a file may state:
// the map's free flow is an assumption, which traffic may well exceed, but not by
// anything.
const MaxFactor = 1.3

// Speeds are factors on the free-flow speed by class of road and hour of the
// day. They do not change once read. docs/pace.md describes the file.
type Speeds struct {
	Name       string                 `json:"name"`
	Author     string                 `json:"author"`
	Calibrated bool                   `json:"calibrated"` // the author answers for them as measured
	Classes    map[string]ClassSpeeds `json:"classes"`    // by the name of the class; every class has an entry

	day  [network.RoadClasses]calendar
	hash string
}

// ClassSpeeds are the factors of one class of road.
type ClassSpeeds struct {
	Default Factors `json:"default"`           // at hours without an entry
	Hours   []Hours `json:"hours,omitempty"`   // without overlap
	Why     string  `json:"comment,omitempty"` // for the reader
}

// Factors are what is made good of the free-flow speed: above 0, at most
// MaxFactor, Fast >= Likely >= Slow. One drive in ten is expected above Fast, and
// one below Slow.
type Factors struct {
	Fast   float64 `json:"fast"`
	Likely float64 `json:"likely"`
	Slow   float64 `json:"slow"`
}

// Days of the week that Hours may hold for.
const (
	Daily    = "daily"
	Weekdays = "mon-fri"
	Weekend  = "sat-sun"
)

// Hours is a part of the day with factors of its own. One that ends before it
// begins lasts over midnight.
type Hours struct {
	Days string `json:"days,omitempty"` // Daily, Weekdays or Weekend; empty stands for Daily
	From string `json:"from"`           // time of day such as 16:30
	To   string `json:"to"`             // not included; 24:00 is the end of the day
	Factors
}

const minutesPerDay = 24 * 60

// minuteOf returns the minutes since midnight of a time of day of the form that
// the schema demands.
func minuteOf(s string) int {
	digit := func(i int) int { return int(s[i] - '0') }
	return (digit(0)*10+digit(1))*60 + digit(3)*10 + digit(4)
}

// holds reports whether the part of the day includes a minute of a weekday, or
// of a day of the weekend.
func (h Hours) holds(minute int, weekend bool) bool {
	if h.Days == Weekdays && weekend || h.Days == Weekend && !weekend {
		return false
	}
	from, to := minuteOf(h.From), minuteOf(h.To)
	if from <= to {
		return from <= minute && minute < to
	}
	return minute >= from || minute < to
}

// Schema returns the JSON Schema of the file of speed factors.
func Schema() []byte { return slices.Clone(speedsSchema) }

// BuiltinSource returns the built-in factors as the commented file they are.
func BuiltinSource() []byte { return slices.Clone(builtinYAML) }

var compiledSchema = sync.OnceValues(func() (*yamldoc.Schema, error) {
	return yamldoc.Compile(speedsSchema)
})

var builtin = sync.OnceValues(func() (*Speeds, error) {
	return Read("built-in speed factors", builtinYAML)
})

// Builtin returns the built-in, uncalibrated factors.
func Builtin() (*Speeds, error) { return builtin() }

// FreeFlow returns speeds with every factor 1 and no spread.
func FreeFlow() *Speeds { return freeFlow() }

var freeFlow = sync.OnceValue(func() *Speeds {
	one := ClassSpeeds{Default: Factors{Fast: 1, Likely: 1, Slow: 1}}
	s := &Speeds{Name: "free flow", Author: "Outrider project", Classes: make(map[string]ClassSpeeds)}
	for c := range network.RoadClasses {
		s.Classes[className(c)] = one
	}
	s.index()
	return s
})

// Read reads a file of speed factors. Errors are *yamldoc.Errors and name line
// and column.
func Read(name string, src []byte) (*Speeds, error) {
	schema, err := compiledSchema()
	if err != nil {
		return nil, fmt.Errorf("schema of speed factors: %w", err)
	}
	doc, err := yamldoc.Parse(name, src)
	if err != nil {
		return nil, err
	}
	s := new(Speeds)
	if err := doc.Decode(schema, s); err != nil {
		return nil, err
	}
	if err := doc.Errors(s.check(doc)); err != nil {
		return nil, err
	}
	s.index()
	return s, nil
}

// check finds what the schema cannot: contradictions between values.
func (s *Speeds) check(doc *yamldoc.Document) []yamldoc.Problem {
	var all []yamldoc.Problem
	refuse := func(pointer, cause, remedy string) {
		all = append(all, doc.Problem(pointer, cause, remedy))
	}
	ordered := func(at string, f Factors) {
		if f.Likely > f.Fast {
			refuse(at+"/likely", fmt.Sprintf("likely %v is above fast %v", f.Likely, f.Fast), "let fast be at least likely, and likely at least slow")
		}
		if f.Slow > f.Likely {
			refuse(at+"/slow", fmt.Sprintf("slow %v is above likely %v", f.Slow, f.Likely), "let fast be at least likely, and likely at least slow")
		}
	}
	for c := range network.RoadClasses {
		at := "/classes/" + className(c)
		speeds := s.Classes[className(c)]
		ordered(at+"/default", speeds.Default)
		for i, h := range speeds.Hours {
			here := at + "/hours/" + strconv.Itoa(i)
			ordered(here, h.Factors)
			if h.From == h.To {
				refuse(here, "the hours have no length", "let from and to differ; 00:00 to 24:00 is the whole day")
			}
			for j := range i {
				if overlap(speeds.Hours[j], h) {
					refuse(here, fmt.Sprintf("the hours overlap those of entry %d", j+1), "let them meet without overlap")
				}
			}
		}
	}
	return all
}

// overlap reports whether two parts of the day share a minute. If they do, one
// of them begins in the other, on some kind of day.
func overlap(a, b Hours) bool {
	for _, weekend := range []bool{false, true} {
		for _, from := range []int{minuteOf(a.From) % minutesPerDay, minuteOf(b.From) % minutesPerDay} {
			if a.holds(from, weekend) && b.holds(from, weekend) {
				return true
			}
		}
		// A day of its own may begin where a part before it ends by its days only.
		if a.holds(0, weekend) && b.holds(0, weekend) {
			return true
		}
	}
	return false
}

// index prepares checked factors for use.
func (s *Speeds) index() {
	sum := sha256.Sum256(s.canonical())
	s.hash = hex.EncodeToString(sum[:])
	for c := range network.RoadClasses {
		s.day[c] = calendarOf(s.Classes[className(c)])
	}
}

// canonical returns all that the factors say in one form, whatever the layout of
// the file.
func (s *Speeds) canonical() []byte {
	b := fmt.Appendf(nil, "outrider speed factors 1\n%q %q %v\n", s.Name, s.Author, s.Calibrated)
	for c := range network.RoadClasses {
		speeds := s.Classes[className(c)]
		b = fmt.Appendf(b, "%s %v %q\n", className(c), speeds.Default, speeds.Why)
		for _, h := range speeds.Hours {
			b = fmt.Appendf(b, "%s %s %s %v\n", cmp.Or(h.Days, Daily), h.From, h.To, h.Factors)
		}
	}
	return b
}

// Hash is the SHA-256, in hex, of what the factors say. Comments and layout of the
// file do not matter.
func (s *Speeds) Hash() string { return s.hash }

// Of returns the factors of a class at a time, in the time's own zone.
func (s *Speeds) Of(c network.RoadClass, at time.Time) Factors {
	d := &s.day[c]
	cell, _, _ := d.at(at)
	return d.cells[cell]
}

// className is the name of a class of road in files.
func className(c network.RoadClass) string { return classNames[c] }

var classNames = [network.RoadClasses]string{
	network.Motorway: "motorway", network.Trunk: "trunk", network.Primary: "primary", network.Secondary: "secondary",
	network.Tertiary: "tertiary", network.Unclassified: "unclassified", network.Residential: "residential",
	network.LivingStreet: "living_street", network.Service: "service", network.Track: "track",
	network.Pedestrian: "pedestrian", network.Busway: "busway", network.Ferry: "ferry",
}

// A calendar says which factors of one class hold when.
type calendar struct {
	cells  []Factors    // the default first, then one for each entry of the hours
	always bool         // the default holds at all hours
	parts  [2][]dayPart // of a weekday, of a day of the weekend; from midnight on, together the whole day
}

// A dayPart is a part of the day with one cell.
type dayPart struct {
	until time.Duration // since midnight, not included
	cell  int
}

func calendarOf(s ClassSpeeds) calendar {
	d := calendar{cells: []Factors{s.Default}, always: len(s.Hours) == 0}
	borders := []int{minutesPerDay}
	for _, h := range s.Hours {
		d.cells = append(d.cells, h.Factors)
		borders = append(borders, minuteOf(h.From), minuteOf(h.To))
	}
	slices.Sort(borders)
	for kind, weekend := range []bool{false, true} {
		from := 0
		for _, until := range slices.Compact(borders) {
			if until == 0 {
				continue
			}
			cell := 0
			for i, h := range s.Hours {
				if h.holds(from, weekend) {
					cell = i + 1
				}
			}
			part := dayPart{time.Duration(until) * time.Minute, cell}
			if n := len(d.parts[kind]); n > 0 && d.parts[kind][n-1].cell == cell {
				d.parts[kind][n-1] = part
			} else {
				d.parts[kind] = append(d.parts[kind], part)
			}
			from = until
		}
	}
	return d
}

// at returns the cell that holds at a time, in the time's own zone, and until
// when it is sure to; ends is false if it holds for ever. Clocks that change end
// a cell too, so that the hours after them are looked up anew.
func (d *calendar) at(t time.Time) (cell int, until time.Time, ends bool) {
	if d.always {
		return 0, time.Time{}, false
	}
	kind := 0
	if day := t.Weekday(); day == time.Saturday || day == time.Sunday {
		kind = 1
	}
	hour, minute, second := t.Clock()
	since := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second + time.Duration(t.Nanosecond())
	for _, p := range d.parts[kind] {
		if since < p.until {
			cell, until = p.cell, t.Add(p.until-since)
			break
		}
	}
	if _, change := t.ZoneBounds(); !change.IsZero() && change.Before(until) {
		until = change
	}
	return cell, until, true
}
