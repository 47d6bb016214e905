package work

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/desk"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/plan"
	"github.com/outrider-project/outrider/server"
)

// Check refuses a movement document that does not say what it must.
func (w *Work) Check(_ context.Context, document json.RawMessage) error {
	_, err := exchange.ReadMovement("movement", document)
	return err
}

// groundOf returns the map of a movement.
func (w *Work) groundOf(m server.Movement) (*desk.Ground, error) {
	if m.Map == "" {
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: "movement", Cause: "it has no map yet", Remedy: "choose a map for it"}
	}
	return w.ground(m.Map)
}

// Sketch works the lines of the movement out with what is tried out.
func (w *Work) Sketch(ctx context.Context, b server.Basis, c desk.Change) (*desk.Sketch, error) {
	g, err := w.groundOf(b.Movement)
	if err != nil {
		return nil, err
	}
	q, err := w.question(b, c)
	if err != nil {
		return nil, err
	}
	return g.Sketch(ctx, q)
}

// mixRequest are the options of a route mix.
type mixRequest struct {
	Routes int     `json:"routes"`  // how many at most; 0: as many as usual
	Reach  float64 `json:"reach_m"` // radius of an attack; 0: the usual one
	Area   float64 `json:"area_m"`  // radius of secured areas; 0: the usual one
	Mean   float64 `json:"mean"`    // limit of the mean time, times the fastest; 0: one that is worth it
}

// Bounds of a mix that is asked for. More routes than these nobody can rehearse.
const (
	mostRoutes = 12
	mostRadius = 5000 // metres
	mostMean   = 3
)

func readMix(src json.RawMessage) (plan.MixOptions, error) {
	if len(src) == 0 || string(src) == "null" {
		return plan.MixOptions{}, nil
	}
	var r mixRequest
	if err := strict("mix", src, &r); err != nil {
		return plan.MixOptions{}, err
	}
	wrong := func(field, cause, remedy string) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: "mix." + field, Cause: cause, Remedy: remedy}
	}
	switch radius := func(x float64) bool { return x >= 0 && x <= mostRadius }; {
	case r.Routes < 0 || r.Routes > mostRoutes:
		return plan.MixOptions{}, wrong("routes", fmt.Sprintf("%d routes are no mix", r.Routes), fmt.Sprintf("ask for 1 to %d, or leave it out", mostRoutes))
	case !radius(r.Reach):
		return plan.MixOptions{}, wrong("reach_m", fmt.Sprintf("%g m is no reach", r.Reach), fmt.Sprintf("give up to %d metres, or leave it out", mostRadius))
	case !radius(r.Area):
		return plan.MixOptions{}, wrong("area_m", fmt.Sprintf("%g m is no radius", r.Area), fmt.Sprintf("give up to %d metres, or leave it out", mostRadius))
	case r.Mean != 0 && !(r.Mean >= 1 && r.Mean <= mostMean):
		return plan.MixOptions{}, wrong("mean", fmt.Sprintf("%g times the fastest is no mean time", r.Mean), fmt.Sprintf("give 1 to %d, or leave it out", mostMean))
	}
	o := plan.MixOptions{Routes: r.Routes, Reach: r.Reach, Area: r.Area, Mean: r.Mean}
	if o.Routes == 0 {
		o.Routes = plan.DefaultMixRoutes
	}
	return o, nil
}

// Make works the plan out.
func (w *Work) Make(ctx context.Context, b server.Basis, mix json.RawMessage, progress func(phase string, done, total int64)) ([]byte, error) {
	o, err := readMix(mix)
	if err != nil {
		return nil, err
	}
	g, err := w.groundOf(b.Movement)
	if err != nil {
		return nil, err
	}
	q, err := w.question(b, desk.Change{})
	if err != nil {
		return nil, err
	}
	made, err := g.Plan(ctx, q, o, progress)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = exchange.WriteJSON(&out, made)
	return out.Bytes(), err
}

// formRow is a critical point to be surveyed.
type formRow struct {
	No       int     `json:"no"`
	Leg      string  `json:"leg"`
	Odometer float64 `json:"odometer_km"`
	Road     string  `json:"road"`
	MapSays  string  `json:"map_says"`
	Lat      float64 `json:"lat"`
	Lon      float64 `json:"lon"`
	Kind     string  `json:"kind"`
}

// Form returns the critical points of the corridor in order.
func (w *Work) Form(_ context.Context, _ server.Basis, src []byte) (json.RawMessage, error) {
	p, err := exchange.ReadPlan("plan", src)
	if err != nil {
		return nil, err
	}
	out := struct {
		Rows  []formRow     `json:"rows"`
		Kinds []hazard.Kind `json:"kinds"`
	}{Rows: []formRow{}, Kinds: hazard.FindingKinds()}
	for i, r := range plan.SurveyRows(p) {
		lat, lon := r.Point.Degrees()
		out.Rows = append(out.Rows, formRow{
			No: i + 1, Leg: r.Leg, Odometer: r.Odometer, Road: r.Road, MapSays: r.MapSays, Lat: lat, Lon: lon, Kind: r.Kind.String(),
		})
	}
	return json.Marshal(out)
}

// newFinding is what a surveyor may say. Who it was and when it came is the
// server's to say. What must be there is a pointer, to tell it from a zero.
type newFinding struct {
	Kind   *hazard.Kind `json:"kind"`
	Rating *uint8       `json:"rating"`
	Lat    *float64     `json:"lat"`
	Lon    *float64     `json:"lon"`
	Date   *hazard.Day  `json:"date"`
	Expiry *hazard.Day  `json:"expiry"`
	Note   string       `json:"note"`
	From   time.Time    `json:"from"`
	To     time.Time    `json:"to"`
}

// missing names a field that must be there and is not; empty if there is none.
func (n newFinding) missing() string {
	for name, absent := range map[string]bool{
		"kind": n.Kind == nil, "rating": n.Rating == nil, "lat": n.Lat == nil, "lon": n.Lon == nil, "date": n.Date == nil, "expiry": n.Expiry == nil,
	} {
		if absent {
			return name
		}
	}
	return ""
}

// ReadFinding brings a finding into the form of the journal, and names it by its
// content.
func (w *Work) ReadFinding(_ context.Context, src json.RawMessage, surveyor string, at time.Time) (server.StoredFinding, error) {
	var n newFinding
	none := server.StoredFinding{}
	if err := strict("finding", src, &n); err != nil {
		return none, err
	}
	if name := n.missing(); name != "" {
		return none, &outrider.Error{Kind: outrider.Invalid, Where: "finding." + name, Cause: "it is missing", Remedy: "see /openapi.json for what a finding must say"}
	}
	if math.Abs(*n.Lat) > 90 || math.Abs(*n.Lon) > 180 {
		return none, &outrider.Error{Kind: outrider.Invalid, Where: "finding.lat, lon", Cause: "this is no position", Remedy: "give degrees"}
	}
	f := hazard.Finding{
		Kind: *n.Kind, Rating: *n.Rating, Lat: *n.Lat, Lon: *n.Lon, Note: n.Note, Surveyor: surveyor,
		Date: *n.Date, Expiry: *n.Expiry, From: n.From, To: n.To, Recorded: at.UTC().Truncate(time.Second),
	}
	if wrong := f.Faults(); len(wrong) > 0 {
		return none, &outrider.Error{Kind: outrider.Invalid, Where: "finding." + wrong[0].Column, Cause: wrong[0].Cause, Remedy: wrong[0].Remedy}
	}
	f.SetID()
	line, err := json.Marshal(f)
	return server.StoredFinding{ID: f.ID, Finding: line}, err
}

// finding reads a finding that is on record.
func finding(f server.StoredFinding) (hazard.Finding, error) {
	var x hazard.Finding
	if err := atomicfile.DecodeLine(f.Finding, &x); err != nil {
		return x, fmt.Errorf("finding %s on record: %w", f.ID, err)
	}
	return x, nil
}
