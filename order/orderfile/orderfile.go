// Package orderfile reads order files: what a movement order says besides its
// plan. docs/format/order.md explains every key.
package orderfile

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/internal/yamldoc"
)

// Format is the version of order files.
const Format = "outrider.order/1"

//go:embed order.schema.json
var schemaJSON []byte

// Schema returns the JSON Schema (draft 2020-12) of order files.
func Schema() []byte { return slices.Clone(schemaJSON) }

var compiled = sync.OnceValues(func() (*yamldoc.Schema, error) { return yamldoc.Compile(schemaJSON) })

// Time is a point in time, and the text by which the file has it.
type Time struct {
	Text string
	At   time.Time
}

// UnmarshalText keeps the text; Read makes a time of it.
func (t *Time) UnmarshalText(b []byte) error {
	t.Text = string(b)
	return nil
}

// MarshalText returns the text as the file had it.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.Text), nil }

// Levels of a communications plan, in the order in which they are tried.
const (
	Primary     = "primary"
	Alternate   = "alternate"
	Contingency = "contingency"
	Emergency   = "emergency"
)

// Duties of who rides in a vehicle.
const (
	Driver    = "driver"
	Commander = "commander"
	Navigator = "navigator"
	Escort    = "escort"
	Medic     = "medic"
	Operator  = "operator"
	Recovery  = "recovery"
)

// Kinds of card that may carry the reference to the duress word.
const (
	DriverCard = "driver"
	PostCard   = "post"
	DashCard   = "dash"
)

// Order is an order file. What is empty is not known, or is left to the program.
type Order struct {
	Format          string          `json:"format,omitempty"`
	ID              string          `json:"order"`
	Version         int             `json:"version"`
	Marking         string          `json:"marking,omitempty"`
	Issuer          string          `json:"issuer,omitempty"`
	Issued          *Time           `json:"issued,omitempty"`
	Situation       Situation       `json:"situation"`
	Mission         string          `json:"mission,omitempty"`
	Execution       Execution       `json:"execution"`
	Preparation     Preparation     `json:"preparation"`
	Administration  Administration  `json:"administration"`
	Safety          []string        `json:"safety,omitempty"`
	Command         Command         `json:"command"`
	Crews           []Crew          `json:"crews,omitempty"`
	Posts           []Post          `json:"posts,omitempty"`
	Communications  Communications  `json:"communications"`
	Medical         Medical         `json:"medical"`
	Checklist       []Check         `json:"checklist,omitempty"`
	Actions         Actions         `json:"actions_on"`
	Acknowledgement Acknowledgement `json:"acknowledgement"`
	Notification    Notification    `json:"notification"`
}

// Situation is the first paragraph of an order.
type Situation struct {
	Area     string `json:"area,omitempty"`
	Threat   string `json:"threat,omitempty"` // by place and event
	Own      string `json:"own,omitempty"`
	Weather  string `json:"weather,omitempty"`
	Attached string `json:"attached,omitempty"`
}

// Execution is what the third paragraph says besides the plan.
type Execution struct {
	Intent       string   `json:"intent,omitempty"`
	Tasks        []Task   `json:"tasks,omitempty"`
	Coordination []string `json:"coordination,omitempty"`
}

// Task is what a vehicle, a post or a part of the column is to do.
type Task struct {
	Unit string `json:"unit"`
	Task string `json:"task"`
}

// Preparation is what the warning order says besides the plan.
type Preparation struct {
	Orders    Meeting  `json:"orders"`
	Rehearsal Meeting  `json:"rehearsal"`
	Ready     *Time    `json:"ready,omitempty"`
	Steps     []string `json:"steps,omitempty"`
}

// Meeting is when and where people come together.
type Meeting struct {
	At    *Time  `json:"at,omitempty"`
	Place string `json:"place,omitempty"`
}

// Administration is the fourth paragraph of an order.
type Administration struct {
	Fuel          string `json:"fuel,omitempty"`
	Rations       string `json:"rations,omitempty"`
	Dress         string `json:"dress,omitempty"`
	Recovery      string `json:"recovery,omitempty"`
	Accommodation string `json:"accommodation,omitempty"`
}

// Command says who commands, by call sign.
type Command struct {
	Commander  string   `json:"commander,omitempty"`
	Succession []string `json:"succession,omitempty"`
	Control    string   `json:"control,omitempty"`           // of the control room
	Telephone  string   `json:"control_telephone,omitempty"` // of the control room
}

// Crew is a person on duty in a vehicle, by call sign.
type Crew struct {
	CallSign string `json:"call_sign"`
	Vehicle  string `json:"vehicle"`
	Duty     string `json:"duty"`
}

// Post is a place that people hold while the column moves.
type Post struct {
	Name       string           `json:"name"`
	At         string           `json:"at,omitempty"`
	Place      *outrider.LatLon `json:"-"` // At, nil if not given
	CallSigns  []string         `json:"call_signs"`
	From       *Time            `json:"from,omitempty"`
	To         *Time            `json:"to,omitempty"`
	Task       string           `json:"task,omitempty"`
	Withdrawal string           `json:"withdrawal,omitempty"`
}

// Communications says how people reach one another.
type Communications struct {
	Nets    []Net    `json:"nets,omitempty"`
	CheckIn int      `json:"check_in_min,omitempty"` // minutes
	Lost    []string `json:"lost,omitempty"`
	Duress  *Duress  `json:"duress,omitempty"`
}

// Net is a means to reach one another.
type Net struct {
	Name      string `json:"name"`
	Level     string `json:"level"` // Primary, Alternate, Contingency or Emergency
	Means     string `json:"means"`
	Channel   string `json:"channel,omitempty"`
	Frequency string `json:"frequency,omitempty"` // 155.25 MHz
	Users     string `json:"users,omitempty"`
}

// Duress says where the duress word is to be found, and which cards say so.
type Duress struct {
	Reference string   `json:"reference"`
	Cards     []string `json:"cards,omitempty"` // none: driver's and post cards
}

// On reports whether cards of a kind carry the reference.
func (d *Duress) On(card string) bool {
	if d == nil {
		return false
	}
	if len(d.Cards) == 0 {
		return card == DriverCard || card == PostCard
	}
	return slices.Contains(d.Cards, card)
}

// Medical is the medical plan.
type Medical struct {
	Medic     string     `json:"medic,omitempty"`
	Vehicle   string     `json:"vehicle,omitempty"`
	Hospitals []Hospital `json:"hospitals,omitempty"`
	Notes     []string   `json:"notes,omitempty"`
}

// Hospital is what is known of a hospital besides what the plan has.
type Hospital struct {
	Name      string `json:"name"`
	Telephone string `json:"telephone,omitempty"`
	Trauma    *bool  `json:"trauma,omitempty"` // nil: not known
}

// Check is an item of the go or no-go checklist.
type Check struct {
	Item string `json:"item"`
	Who  string `json:"who,omitempty"`
}

// Actions are the steps to take on an event; none leaves them to the program.
type Actions struct {
	Accident   []string `json:"accident,omitempty"`
	Breakdown  []string `json:"breakdown,omitempty"`
	Obstacle   []string `json:"obstacle,omitempty"`
	Separation []string `json:"separation,omitempty"`
	Attack     []string `json:"attack,omitempty"`
	Medical    []string `json:"medical,omitempty"`
}

// Acknowledgement says who must say that they have read the order.
type Acknowledgement struct {
	By   *Time    `json:"by,omitempty"`
	To   string   `json:"to,omitempty"`
	From []string `json:"from,omitempty"`
}

// Notification is for an office that is told of the movement.
type Notification struct {
	To        string `json:"to,omitempty"`
	Telephone string `json:"telephone,omitempty"` // where it can ask back
	Request   string `json:"request,omitempty"`
	Roads     bool   `json:"roads,omitempty"`
}

// Read reads an order file. It is YAML, at most 1 MiB, and follows the schema
// that Schema returns; unknown keys are refused. Times without an offset are in
// zone. Beyond the schema it checks that times exist, that references in texts
// have the form {{place:NAME}}, that nobody has two duties, and that posts lie on
// the globe. The error is a *yamldoc.Errors that names line and column.
func Read(name string, src []byte, zone *time.Location) (*Order, error) {
	schema, err := compiled()
	if err != nil {
		return nil, fmt.Errorf("schema of order files: %w", err)
	}
	doc, err := yamldoc.Parse(name, src)
	if err != nil {
		return nil, err
	}
	o := new(Order)
	if err := doc.Decode(schema, o); err != nil {
		return nil, err
	}
	if o.Version == 0 {
		o.Version = 1
	}
	c := checker{doc: doc, zone: zone}
	c.times(o)
	c.people(o)
	c.posts(o)
	o.EachText(c.text)
	if err := doc.Errors(c.problems); err != nil {
		return nil, err
	}
	return o, nil
}

// A checker finds what the schema cannot.
type checker struct {
	doc      *yamldoc.Document
	zone     *time.Location
	problems []yamldoc.Problem
}

func (c *checker) bad(at, cause, remedy string) {
	c.problems = append(c.problems, c.doc.Problem(at, cause, remedy))
}

func (c *checker) time(at string, t *Time) {
	if t == nil {
		return
	}
	found, err := exchange.ParseTime(t.Text, c.zone)
	if e, ok := err.(*outrider.Error); ok { //nolint:errorlint // ParseTime says so
		c.bad(at, e.Cause, e.Remedy)
		return
	}
	t.At = found
}

func (c *checker) times(o *Order) {
	c.time("/issued", o.Issued)
	c.time("/preparation/orders/at", o.Preparation.Orders.At)
	c.time("/preparation/rehearsal/at", o.Preparation.Rehearsal.At)
	c.time("/preparation/ready", o.Preparation.Ready)
	c.time("/acknowledgement/by", o.Acknowledgement.By)
	for i := range o.Posts {
		p, at := &o.Posts[i], "/posts/"+strconv.Itoa(i)
		c.time(at+"/from", p.From)
		c.time(at+"/to", p.To)
		if p.From != nil && p.To != nil && !p.From.At.IsZero() && !p.To.At.IsZero() && !p.To.At.After(p.From.At) {
			c.bad(at+"/to", "the post ends before it begins", "mend one of the two times")
		}
	}
}

// people refuses somebody with two duties, or in two places.
func (c *checker) people(o *Order) {
	type seat struct{ sign, where string }
	var seen []seat
	take := func(at, sign, where string) {
		if i := slices.IndexFunc(seen, func(s seat) bool { return callsign.Same(s.sign, sign) }); i >= 0 {
			c.bad(at, fmt.Sprintf("%s is in %s already", sign, seen[i].where), "give everybody one place")
			return
		}
		seen = append(seen, seat{sign, where})
	}
	drivers := map[string]bool{}
	for i, crew := range o.Crews {
		at := "/crews/" + strconv.Itoa(i)
		take(at+"/call_sign", crew.CallSign, crew.Vehicle)
		if crew.Duty == Driver {
			if drivers[crew.Vehicle] {
				c.bad(at+"/duty", crew.Vehicle+" has a driver already", "make one of them navigator, or relief by another order")
			}
			drivers[crew.Vehicle] = true
		}
	}
	for i := range o.Posts {
		for k, sign := range o.Posts[i].CallSigns {
			take(fmt.Sprintf("/posts/%d/call_signs/%d", i, k), sign, "post "+o.Posts[i].Name)
		}
	}
}

func (c *checker) posts(o *Order) {
	names := map[string]bool{}
	for i := range o.Posts {
		p, at := &o.Posts[i], "/posts/"+strconv.Itoa(i)
		if names[p.Name] {
			c.bad(at+"/name", fmt.Sprintf("there is a post %q already", p.Name), "give every post its own name")
		}
		names[p.Name] = true
		if p.At == "" {
			continue
		}
		first, second, _ := strings.Cut(p.At, ",")
		lat, errLat := strconv.ParseFloat(strings.TrimSpace(first), 64)
		lon, errLon := strconv.ParseFloat(strings.TrimSpace(second), 64)
		if errLat != nil || errLon != nil || !(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180) {
			c.bad(at+"/at", fmt.Sprintf("%q is no position on the globe", p.At), `write it as "latitude,longitude", such as "39.15820,-75.52440"`)
			continue
		}
		p.Place = &outrider.LatLon{Lat: lat, Lon: lon}
	}
}

// text refuses what no document could print, and references without a form.
func (c *checker) text(at string, s *string) {
	if *s != plain.Text(*s) {
		c.bad(at, "the text holds a control character or a line break", "write it on one line, in plain characters")
		return
	}
	if err := CheckReferences(*s); err != nil {
		c.bad(at, err.Error(), "write {{place:NAME}}; kinds are "+strings.Join(kindNames(), ", "))
	}
}
