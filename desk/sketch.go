package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/plan"
)

// A Question is what plans and sketches are made from.
type Question struct {
	// Document is the movement file, YAML or JSON.
	Document []byte
	// Findings are those on record, as the journal has them.
	Findings     []hazard.Finding
	FindingsHash string
	Change       Change
	Now          time.Time
	Program      string
}

// A Change is what a planner tries out without putting it on record.
type Change struct {
	Closures []Closure          `json:"closures"` // roads shut, at most MostClosures
	Drop     []string           `json:"drop"`     // findings not to be counted, by id
	Weights  map[string]float64 `json:"weights"`  // factors on the profile, by kind of hazard
}

// A Closure shuts the carriageways at a place, both ways.
type Closure struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
	// Radius is how far around the place carriageways are shut, metres; 0 shuts
	// the nearest one.
	Radius float64 `json:"radiusM"`
}

// Limits of a Change.
const (
	MostClosures   = 200
	GreatestRadius = 2000.0 // metres
	closureReach   = 150.0  // metres from the place to the nearest carriageway
	mostShut       = 500    // carriageways within one radius
	mostDrops      = 10_000
)

// input lays out what a plan is made from.
func (g *Ground) input(q Question) (plan.Input, error) {
	mv, err := exchange.ReadMovement("movement", q.Document)
	if err != nil {
		return plan.Input{}, err
	}
	index, err := g.index()
	if err != nil {
		return plan.Input{}, err
	}
	profile, err := hazard.Builtin()
	if err != nil {
		return plan.Input{}, err
	}
	if len(q.Change.Weights) > 0 {
		if profile, err = profile.Scaled(q.Change.Weights); err != nil {
			return plan.Input{}, &outrider.Error{Kind: outrider.Invalid, Where: "weights", Cause: err.Error(), Remedy: "use the kinds of the profile, with factors in these bounds"}
		}
	}
	speeds, err := pace.Builtin()
	if err != nil {
		return plan.Input{}, err
	}
	placed, err := g.findings(q)
	if err != nil {
		return plan.Input{}, err
	}
	sum := sha256.Sum256(q.Document)
	return plan.Input{
		Map: g.Map, Index: index, Movement: mv, Profile: profile, Findings: placed, Speeds: speeds, Now: q.Now.Truncate(time.Second),
		Program: q.Program, MovementHash: hex.EncodeToString(sum[:]), FindingsHash: q.FindingsHash,
	}, nil
}

// findings returns those that count, on the network, with the closures tried out.
func (g *Ground) findings(q Question) ([]hazard.Placed, error) {
	if len(q.Change.Closures) > MostClosures || len(q.Change.Drop) > mostDrops {
		return nil, &outrider.Error{
			Kind: outrider.Invalid, Where: "changes", Cause: fmt.Sprintf("%d closures and %d findings dropped are too many", len(q.Change.Closures), len(q.Change.Drop)),
			Remedy: fmt.Sprintf("try at most %d closures out", MostClosures),
		}
	}
	dropped := map[string]bool{}
	for _, id := range q.Change.Drop {
		dropped[id] = true
	}
	kept := slices.DeleteFunc(slices.Clone(q.Findings), func(f hazard.Finding) bool { return dropped[f.ID] })
	placed, _ := hazard.Snap(g.Map, kept, q.Now)
	today := hazard.DayOf(q.Now)
	for i, c := range q.Change.Closures {
		shut, err := g.shut(i, c)
		if err != nil {
			return nil, err
		}
		for k := range shut {
			f := &shut[k].Finding
			f.ID, f.Kind, f.Rating, f.Date, f.Expiry = fmt.Sprintf("closure %d.%d", i+1, k+1), hazard.Closed, 4, today, today+trialDays
		}
		placed = append(placed, shut...)
	}
	return placed, nil
}

// trialDays is how long a closure that is tried out lasts.
const trialDays = 3650

// shut returns the places that a closure covers.
func (g *Ground) shut(i int, c Closure) ([]hazard.Placed, error) {
	where := fmt.Sprintf("closure %d", i+1)
	if math.IsNaN(c.Lat+c.Lon) || math.Abs(c.Lat) > 90 || math.Abs(c.Lon) > 180 || !(c.Radius >= 0 && c.Radius <= GreatestRadius) {
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: where, Cause: "its place or radius is none", Remedy: fmt.Sprintf("give degrees, and at most %.0f metres", GreatestRadius)}
	}
	p := geo.PointFromDegrees(c.Lat, c.Lon)
	at := hazard.Placed{Finding: hazard.Finding{Lat: c.Lat, Lon: c.Lon}}
	if c.Radius == 0 {
		loc, err := g.Map.Snap(p, nil, closureReach)
		if err != nil {
			return nil, &outrider.Error{Kind: outrider.OffNetwork, Where: where, Cause: "there is no road near it", Remedy: fmt.Sprintf("put it within %.0f metres of the road to be shut", closureReach), Err: err}
		}
		at.Location = loc
		return []hazard.Placed{at}, nil
	}
	var out []hazard.Placed
	for _, loc := range g.Map.SnapAll(p, nil, c.Radius, mostShut) {
		at.Location = loc
		out = append(out, at)
	}
	return out, nil
}

// A Sketch is the line that a movement would take, and what exposes it.
type Sketch struct {
	Legs     []SketchLeg `json:"legs"`
	Warnings []string    `json:"warnings"`
}

// SketchLeg is the line of one leg.
type SketchLeg struct {
	Name    string                  `json:"name"`
	Mode    outrider.Mode           `json:"mode"`
	Line    [][2]float64            `json:"line"` // longitude, latitude
	Metres  float64                 `json:"metres"`
	Seconds float64                 `json:"seconds"` // driving, halts excluded
	Lambda  float64                 `json:"lambda"`
	Bands   []SketchBand            `json:"bands"`   // where which band of exposure begins, in order
	Hazards []SketchHazard          `json:"hazards"` // in order of passage
	Start   time.Time               `json:"start"`
	End     time.Time               `json:"end"`
	Parts   []outrider.ExposurePart `json:"parts"`
}

// SketchBand is a stretch of one band, by positions in Line. Together they cover
// it; band 0 is ground that is held, a secured area, or has no exposure worked
// out, as on rails.
type SketchBand struct {
	From int `json:"from"`
	To   int `json:"to"`
	Band int `json:"band"`
}

// SketchHazard is a hazard on the line.
type SketchHazard struct {
	Kind     string  `json:"kind"`
	Lat      float64 `json:"lat"`
	Lon      float64 `json:"lon"`
	Metres   float64 `json:"metres"` // from the start
	Detail   string  `json:"detail"`
	Band     int     `json:"band"`
	Evidence string  `json:"evidence"`          // tags of the map, or the finding
	Finding  string  `json:"finding,omitempty"` // its id
}

// Sketch works out the lines of a movement, and nothing beside them: see
// plan.Input.Sketch. On the sample map it takes about 0.1 s once its first
// question is answered: what closures do not change is kept with the ground.
func (g *Ground) Sketch(ctx context.Context, q Question) (*Sketch, error) {
	in, err := g.input(q)
	if err != nil {
		return nil, err
	}
	in.Sketch = true
	p, err := plan.Make(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &Sketch{Warnings: p.Warnings}
	for i := range p.Legs {
		out.Legs = append(out.Legs, sketchLeg(&p.Legs[i]))
	}
	return out, nil
}

func sketchLeg(leg *outrider.LegPlan) SketchLeg {
	r := &leg.Routes[0]
	out := SketchLeg{
		Name: leg.Name, Mode: leg.Mode, Metres: r.Length, Seconds: r.Duration, Lambda: r.Lambda, Parts: r.Parts,
		Start: leg.Earliest, End: leg.Earliest.Add(time.Duration(r.Times[len(r.Times)-1] * float64(time.Second))),
		Hazards: []SketchHazard{}, Line: make([][2]float64, 0, len(r.Points)),
	}
	// A point where a band begins in the middle of a stretch belongs to the line.
	cuts := map[float64]bool{}
	for _, b := range r.Exposure {
		cuts[b.From], cuts[b.To] = true, true
	}
	at := make([]float64, 0, len(r.Points))
	add := func(p [2]float64, odometer float64) {
		out.Line = append(out.Line, p)
		at = append(at, odometer)
	}
	rest := slices.Sorted(maps.Keys(cuts))
	for k, p := range r.Points {
		for len(rest) > 0 && rest[0] <= r.Odometer[k] {
			if cut := rest[0]; k > 0 && cut < r.Odometer[k] && cut > r.Odometer[k-1] {
				part := (cut - r.Odometer[k-1]) / (r.Odometer[k] - r.Odometer[k-1])
				a := r.Points[k-1]
				add([2]float64{a.Lon + part*(p.Lon-a.Lon), a.Lat + part*(p.Lat-a.Lat)}, cut)
			}
			rest = rest[1:]
		}
		add([2]float64{p.Lon, p.Lat}, r.Odometer[k])
	}
	out.Bands = bandsOf(r.Exposure, at)
	for _, h := range r.Hazards {
		out.Hazards = append(out.Hazards, SketchHazard{Kind: h.Kind, Lat: h.Lat, Lon: h.Lon, Metres: h.From, Detail: h.Detail, Band: h.Band, Evidence: h.Evidence, Finding: h.Finding})
	}
	return out
}

// bandsOf puts the bands of a route onto the points of its line, and fills what
// they leave out.
func bandsOf(exposure []outrider.ExposureBand, at []float64) []SketchBand {
	out := []SketchBand{}
	end := 0
	add := func(from, to, band int) {
		if to > from {
			out = append(out, SketchBand{From: from, To: to, Band: band})
		}
		end = max(end, to)
	}
	for _, b := range exposure {
		from, _ := slices.BinarySearch(at, b.From)
		to, _ := slices.BinarySearch(at, b.To)
		add(end, from, 0)
		add(max(from, end), min(to, len(at)-1), b.Band)
	}
	add(end, len(at)-1, 0)
	return out
}
