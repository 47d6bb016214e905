package hazard

import (
	"crypto/sha256"
	_ "embed" // the built-in profile and the schema
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/outrider-project/outrider/internal/yamldoc"
	"github.com/outrider-project/outrider/network"
)

//go:embed builtin.yaml
var builtinYAML []byte

//go:embed profile.schema.json
var profileSchema []byte

// A Profile says how much each kind of hazard weighs: docs/risk.md describes the
// model and the file. Profiles do not change once read.
type Profile struct {
	Name       string            `json:"name"`
	Author     string            `json:"author"`
	Calibrated bool              `json:"calibrated"` // the author answers for the weights as probabilities
	PMin       float64           `json:"p_min"`      // no place is below it, above 0
	PMax       float64           `json:"p_max"`      // no place is above it, below 1
	BaseRate   float64           `json:"base_rate_per_km"`
	Bands      [4]float64        `json:"bands"`          // p from which the bands 2, 3, 4 and 5 begin
	Reach      float64           `json:"survey_reach_m"` // how far a finding speaks for the road, at least
	Ratings    [5]float64        `json:"ratings"`        // x of a finding rated 0 to 4
	Groups     []string          `json:"groups"`
	Weights    map[string]Weight `json:"kinds"` // by the name of the kind; every kind has an entry

	weights [Kinds]Weight
	group   [Kinds]uint8 // number of the group, below Kinds; kinds without one have a group of their own
	hash    string
}

// A Weight is what a profile says of one kind.
type Weight struct {
	Weight    float64 `json:"weight"`            // w in [0,1): chance that an attack succeeds because of it alone
	Group     string  `json:"group,omitempty"`   // the greatest of a group counts
	Influence float64 `json:"influence_m"`       // metres beyond a point or the ends of an extent
	Rate      float64 `json:"rate_per_km"`       // added to the rate of attacks λ
	Value     *Form   `json:"value,omitempty"`   // how x depends on the hazard's value; absent: x = 1
	Hours     []Hours `json:"hours,omitempty"`   // how x depends on the time of day; 1 at other hours
	Why       string  `json:"comment,omitempty"` // for the reader
}

// A Form is the dependence of x on a hazard's value.
type Form struct {
	Form    string             `json:"form"` // "linear", "margin" or "table"
	From    float64            `json:"from,omitempty"`
	XFrom   float64            `json:"x_from,omitempty"`
	To      float64            `json:"to,omitempty"`
	XTo     float64            `json:"x_to,omitempty"`
	Unknown float64            `json:"unknown"` // x where the value, or the convoy's dimension, is unknown
	X       map[string]float64 `json:"x,omitempty"`
}

// Hours is a part of the day and the factor on x in it. A part that ends before
// it begins lasts over midnight.
type Hours struct {
	From   Minute  `json:"from"`
	To     Minute  `json:"to"`
	Factor float64 `json:"factor"` // 0 to 1
}

// A Minute is a time of day in minutes since local midnight.
type Minute int

const day = Minute(24 * 60)

// String writes the time of day as 21:30.
func (m Minute) String() string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

// UnmarshalText reads a time of day such as 21:30; 24:00 is allowed.
func (m *Minute) UnmarshalText(text []byte) error {
	if len(text) != 5 || text[2] != ':' {
		return fmt.Errorf("time of day %q is not of the form 21:30", text)
	}
	hour, err1 := strconv.ParseUint(string(text[:2]), 10, 8)
	minute, err2 := strconv.ParseUint(string(text[3:]), 10, 8)
	t := Minute(hour*60 + minute)
	if err1 != nil || err2 != nil || minute > 59 || t > day {
		return fmt.Errorf("time of day %q is not between 00:00 and 24:00", text)
	}
	*m = t
	return nil
}

// MarshalText is the inverse of UnmarshalText.
func (m Minute) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// holds reports whether the part of the day includes the minute.
func (h Hours) holds(m Minute) bool {
	if h.From <= h.To {
		return h.From <= m && m < h.To
	}
	return m >= h.From || m < h.To
}

// Schema returns the JSON Schema of the profile file.
func Schema() []byte { return slices.Clone(profileSchema) }

// BuiltinSource returns the built-in profile as the commented file it is.
func BuiltinSource() []byte { return slices.Clone(builtinYAML) }

var compiledSchema = sync.OnceValues(func() (*yamldoc.Schema, error) {
	return yamldoc.Compile(profileSchema)
})

var builtin = sync.OnceValues(func() (*Profile, error) {
	return ReadProfile("built-in profile", builtinYAML)
})

// Builtin returns the built-in, uncalibrated profile.
func Builtin() (*Profile, error) { return builtin() }

// ReadProfile reads a profile file. Errors are *yamldoc.Errors and name line and
// column.
func ReadProfile(name string, src []byte) (*Profile, error) {
	schema, err := compiledSchema()
	if err != nil {
		return nil, fmt.Errorf("schema of risk profiles: %w", err)
	}
	doc, err := yamldoc.Parse(name, src)
	if err != nil {
		return nil, err
	}
	p := new(Profile)
	if err := doc.Decode(schema, p); err != nil {
		return nil, err
	}
	if err := doc.Errors(p.check(doc)); err != nil {
		return nil, err
	}
	if err := p.index(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// check finds what the schema cannot: contradictions between values.
func (p *Profile) check(doc *yamldoc.Document) []yamldoc.Problem {
	var all []yamldoc.Problem
	refuse := func(pointer, cause, remedy string) {
		all = append(all, doc.Problem(pointer, cause, remedy))
	}
	if p.PMin >= p.PMax {
		refuse("/p_min", fmt.Sprintf("p_min %v is not below p_max %v", p.PMin, p.PMax), "lower p_min or raise p_max")
	}
	for i := 1; i < len(p.Bands); i++ {
		if p.Bands[i] <= p.Bands[i-1] {
			refuse("/bands/"+strconv.Itoa(i), "the bands do not rise", "give four rising values of p")
		}
	}
	for i := 1; i < len(p.Ratings); i++ {
		if p.Ratings[i] < p.Ratings[i-1] {
			refuse("/ratings/"+strconv.Itoa(i), "a higher rating has a lower x", "let the five values rise")
		}
	}
	for k := range Kinds {
		name := k.String()
		w, at := p.Weights[name], "/kinds/"+name
		if w.Group != "" && !slices.Contains(p.Groups, w.Group) {
			refuse(at+"/group", fmt.Sprintf("the group %q is not in the list of groups", w.Group), "add it to groups or use one that is there")
		}
		if w.Value != nil {
			all = append(all, w.Value.check(doc, at+"/value", k)...)
		}
		for i, h := range w.Hours {
			if h.From == h.To {
				refuse(at+"/hours/"+strconv.Itoa(i), "the hours have no length", "let from and to differ; 00:00 to 24:00 is the whole day")
			}
			for j := range i {
				if overlap(w.Hours[j], h) {
					refuse(at+"/hours/"+strconv.Itoa(i), fmt.Sprintf("the hours overlap those of entry %d", j+1), "let them meet without overlap")
				}
			}
		}
	}
	return all
}

func overlap(a, b Hours) bool {
	return a.holds(b.From%day) || b.holds(a.From%day)
}

func (f *Form) check(doc *yamldoc.Document, at string, k Kind) []yamldoc.Problem {
	one := func(pointer, cause, remedy string) []yamldoc.Problem {
		return []yamldoc.Problem{doc.Problem(pointer, cause, remedy)}
	}
	crossing := k == Kind(network.LevelCrossing)
	switch f.Form {
	case "table":
		if !crossing {
			return one(at+"/form", "only level_crossing has a table", "use linear, or leave out value")
		}
		for _, name := range protectionNames {
			if _, ok := f.X[name]; !ok {
				return one(at, fmt.Sprintf("the table x has no entry %q", name), "add "+name+": followed by a number from 0 to 1")
			}
		}
		if len(f.X) != len(protectionNames) {
			return one(at+"/x", "the table has an entry that is no protection of a level crossing", fmt.Sprintf("use only %v", protectionNames))
		}
	case "margin":
		if h := network.HazardKind(k); h != network.LowClearance && h != network.WeightLimit && h != network.NarrowWay {
			return one(at+"/form", "a margin exists only for low_clearance, weight_limit and narrow_way", "use linear, or leave out value")
		}
		fallthrough
	default:
		if k.measure().unit == "" {
			return one(at, "hazards of this kind have no value", "leave out value")
		}
		if f.From >= f.To {
			return one(at+"/to", "to is not above from", "give two values, the lower one first")
		}
		if f.X != nil {
			return one(at+"/x", "x belongs to the form table", "use x_from and x_to")
		}
	}
	return nil
}

// index prepares a checked profile for use.
func (p *Profile) index() error {
	canonical, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("put the profile into its canonical form: %w", err)
	}
	sum := sha256.Sum256(canonical)
	p.hash = hex.EncodeToString(sum[:])
	for k := range Kinds {
		p.weights[k] = p.Weights[k.String()]
	}
	// Groups are numbered without those that no kind is in, so that there are at
	// most as many as kinds.
	next := uint8(0)
	for _, name := range p.Groups {
		used := false
		for k := range Kinds {
			if p.weights[k].Group == name {
				p.group[k], used = next, true
			}
		}
		if used {
			next++
		}
	}
	for k := range Kinds {
		if p.weights[k].Group == "" {
			p.group[k] = next
			next++
		}
	}
	return nil
}

// Hash is the SHA-256, in hex, of the profile's canonical form: its JSON with
// the keys in fixed order. Comments and layout of the file do not matter.
func (p *Profile) Hash() string { return p.hash }

// Scaled returns the profile with the weight and the rate of some kinds times a
// factor of at least 0, by the name of the kind; weights stay below 1, rates
// within what a profile file may say. Its hash is another one, and it is not
// calibrated: nobody answers for its weights.
func (p *Profile) Scaled(factors map[string]float64) (*Profile, error) {
	out := *p
	out.Weights = maps.Clone(p.Weights)
	for name, f := range factors {
		w, ok := out.Weights[name]
		if !ok {
			return nil, fmt.Errorf("there is no kind of hazard %.64q", name)
		}
		if !(f >= 0 && f <= MostFactor) {
			return nil, fmt.Errorf("the factor %v of %s is not between 0 and %d", f, name, MostFactor)
		}
		w.Weight = min(w.Weight*f, greatestWeight)
		w.Rate = min(w.Rate*f, greatestRate)
		out.Weights[name] = w
	}
	out.Calibrated = out.Calibrated && len(factors) == 0
	return &out, out.index()
}

// MostFactor bounds the factors of Scaled.
const MostFactor = 100

// What Scaled does not go beyond, as the schema has it.
const (
	greatestWeight = 0.999
	greatestRate   = 100
)

// Of returns what the profile says of a kind.
func (p *Profile) Of(k Kind) Weight { return p.weights[k] }

// Band returns the band, 1 (least) to 5, of a p. Bands are relative: they order
// places, and are no probabilities.
func (p *Profile) Band(prob float64) int {
	band := 1
	for _, from := range p.Bands {
		if prob >= from {
			band++
		}
	}
	return band
}

// x returns how far a map hazard of kind k and this value is what its weight
// stands for, 0 to 1, for a convoy of dimensions v.
func (p *Profile) x(k Kind, value int32, v network.Vehicle) float64 {
	f := p.weights[k].Value
	if f == nil {
		return 1
	}
	if f.Form == "table" {
		if value < 0 || int(value) >= len(protectionNames) {
			return f.Unknown
		}
		return f.X[protectionNames[value]]
	}
	m := k.measure()
	at := float64(value) / m.per
	switch network.HazardKind(k) {
	case network.SteepGrade:
		at = math.Abs(at)
	case network.NarrowWay, network.LowClearance, network.WeightLimit:
		if value <= 0 {
			return f.Unknown
		}
	default:
	}
	if f.Form == "margin" {
		size := dimension(network.HazardKind(k), v)
		if size == 0 {
			return f.Unknown
		}
		at -= size / m.per
	}
	switch {
	case at <= f.From:
		return f.XFrom
	case at >= f.To:
		return f.XTo
	}
	return f.XFrom + (f.XTo-f.XFrom)*(at-f.From)/(f.To-f.From)
}

// dimension returns the convoy's dimension that a limit of the kind is about, in
// the units of the map; 0 is unknown.
func dimension(k network.HazardKind, v network.Vehicle) float64 {
	switch k {
	case network.LowClearance:
		return float64(v.HeightCM)
	case network.WeightLimit:
		return float64(v.WeightKG)
	case network.NarrowWay:
		return float64(v.WidthCM)
	default:
		return 0
	}
}

// factor returns the factor on x at a minute of the day.
func (w *Weight) factor(m Minute) float64 {
	for _, h := range w.Hours {
		if h.holds(m) {
			return h.Factor
		}
	}
	return 1
}

// influence is how far a kind's hazards reach, in millimetres.
func (w *Weight) influence() network.Millimetres {
	return network.Millimetres(math.Round(w.Influence * 1000))
}
