package exchange

import (
	"fmt"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/internal/yamldoc"
)

// What a movement gets when its file does not say otherwise.
const (
	defaultMaxDetour  = 1.3
	defaultAlternates = 2
	defaultSnap       = 500 // metres
)

// ReadMovement reads a movement file. It is YAML, at most 1 MiB, and follows the
// schema that MovementSchemaJSON returns; unknown keys are refused. Beyond the
// schema it checks what the keys say together: times that exist once in their
// zone, legs whose times are fixed in one way and follow one another, venues
// that have a sheet, speeds in order, parts of the column that stand together,
// positions on the globe, areas that are areas. The error names up to 20
// problems, each with line, column, cause and remedy; it is a Problems.
func ReadMovement(name string, src []byte) (*outrider.Movement, error) {
	schema, err := yamldoc.Compile(movementSchema)
	if err != nil {
		return nil, fmt.Errorf("the built-in movement schema: %w", err)
	}
	doc, err := yamldoc.Parse(name, src)
	if err != nil {
		return nil, problemsOf(err)
	}
	var f movementFile
	if err := doc.Decode(schema, &f); err != nil {
		return nil, problemsOf(err)
	}
	r := movementReader{name: name, doc: doc}
	m := r.movement(&f)
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return m, nil
}

// A movementReader turns the file into a movement and collects what is wrong.
type movementReader struct {
	name     string
	doc      *yamldoc.Document
	problems Problems
}

func (r *movementReader) movement(f *movementFile) *outrider.Movement {
	m := &outrider.Movement{
		Name: f.Movement, Cover: f.Cover, Zone: time.UTC,
		Print: outrider.Print{Positions: outrider.PositionForm(f.Print.Positions), Distances: outrider.DistanceUnit(f.Print.Distances)},
	}
	r.text("/movement", f.Movement)
	if zone, err := time.LoadLocation(f.Zone); err != nil || f.Zone == "Local" {
		r.bad("/time_zone", fmt.Sprintf("unknown time zone %q", f.Zone), "give a name of the IANA list, such as America/New_York or UTC", err)
	} else {
		m.Zone = zone
	}
	m.Convoy = r.convoy(&f.Convoy)
	m.Venues = r.venues(f.Venues)
	var clock itinerary
	for i := range f.Legs {
		m.Legs = append(m.Legs, r.leg(m, f, i))
		r.timing(m, f, i, &clock)
	}
	r.verifiedInTime(m, clock.begins)
	m.Secured = r.secured(f.Secured)
	m.Constraints = r.constraints(&f.Limits)
	return m
}

func (r *movementReader) constraints(f *constraintFile) outrider.Constraints {
	c := outrider.Constraints{
		MaxDetour: defaultMaxDetour, Alternates: defaultAlternates, SnapDistance: defaultSnap,
		NoFerry: f.NoFerry, NoToll: f.NoToll, NoPrivate: f.NoPrivate,
		Driving: outrider.Driving{
			MaxDriving: minutes(f.Driving.MaxHours * 60), Break: minutes(f.Driving.Break), Reserve: f.Driving.Reserve,
			NoExtraHalts: f.Driving.ExtraHalts != nil && !*f.Driving.ExtraHalts,
		},
	}
	if f.MaxDetour != nil {
		c.MaxDetour = *f.MaxDetour
	}
	if f.Alternates != nil {
		c.Alternates = *f.Alternates
	}
	if f.Snap != nil {
		c.SnapDistance = *f.Snap
	}
	for i := range f.MustPass {
		c.MustPass = append(c.MustPass, r.endpoint(fmt.Sprintf("/constraints/must_pass/%d", i), &f.MustPass[i]))
	}
	for i := range f.Avoid {
		c.Avoid = append(c.Avoid, r.avoid(fmt.Sprintf("/constraints/avoid/%d", i), &f.Avoid[i]))
	}
	return c
}

// text refuses control characters, which no document could print.
func (r *movementReader) text(at, s string) {
	if s != plain.Text(s) {
		r.bad(at, "the text holds a control character or a line break", "write it on one line, in plain characters", nil)
	}
}
