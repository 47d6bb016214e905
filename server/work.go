package server

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/outrider-project/outrider/desk"
)

// A SketchRequest is what is different from the movement as it is stored.
type SketchRequest struct {
	Document     json.RawMessage    `json:"document,omitempty" doc:"The movement in place of the stored one."`
	Closures     []Closure          `json:"closures,omitempty" maxItems:"200"`
	DropFindings []string           `json:"dropFindings,omitempty" maxItems:"1000" doc:"Ids of findings to leave out."`
	Weights      map[string]float64 `json:"weights,omitempty" doc:"Factors on the weights of the risk profile, by kind of hazard."`
}

// A Closure is a place closed for a sketch.
type Closure struct {
	Lat     float64 `json:"lat" minimum:"-90" maximum:"90"`
	Lon     float64 `json:"lon" minimum:"-180" maximum:"180"`
	RadiusM float64 `json:"radiusM,omitempty" minimum:"0" maximum:"2000" doc:"0 shuts the nearest carriageway."`
}

// Maps are the maps of the installation.
type Maps interface {
	Maps(ctx context.Context, at time.Time) ([]desk.MapInfo, error)
	// Tile returns a gzipped vector tile, nil where there is nothing.
	Tile(ctx context.Context, id string, z, x, y int) ([]byte, error)
	Search(ctx context.Context, id, words string) ([]desk.Found, error)
}

// A Builder makes maps of extracts.
type Builder interface {
	// Receive keeps an extract, and returns its name for Build. Without one it
	// takes the sample that lies beside the maps.
	Receive(ctx context.Context, extract io.Reader) (name string, err error)
	// Build makes a map and returns its id. It runs as a job.
	Build(ctx context.Context, name string, progress func(phase string, done, total int64)) (id string, err error)
}

// A Basis is what a plan is made of or shown with.
type Basis struct {
	Movement Movement
	Findings []StoredFinding
	At       time.Time
}

// Planning works movements out.
type Planning interface {
	// Check refuses a movement document that does not say what it must.
	Check(ctx context.Context, document json.RawMessage) error
	// Sketch works the lines of the movement out with what is tried out.
	Sketch(ctx context.Context, b Basis, c desk.Change) (*desk.Sketch, error)
	// Make works the plan out; mix holds the options of the route mix. It runs as
	// a job.
	Make(ctx context.Context, b Basis, mix json.RawMessage, progress func(phase string, done, total int64)) (plan []byte, err error)
	// Form returns the critical points of the corridor in order.
	Form(ctx context.Context, b Basis, plan []byte) (json.RawMessage, error)
	// ReadFinding brings a finding into the form of the journal, and names it by
	// its content.
	ReadFinding(ctx context.Context, finding json.RawMessage, surveyor string, at time.Time) (StoredFinding, error)
}

// A Look is what somebody may see of a plan. Without Attack the attacker's side of
// it is left out: the mix's proof, posts and what they are worth, places that
// bind.
type Look struct {
	Plan   StoredPlan
	Attack bool
	Record []byte // of its approval, for orders; empty: none
	By     string // call sign of who looks
	At     time.Time
}

// Views show plans.
type Views interface {
	Plan(ctx context.Context, l Look) (json.RawMessage, error)
	Lines(ctx context.Context, l Look) (json.RawMessage, error)
	Why(ctx context.Context, l Look, b Basis, lat, lon float64) (*desk.Reason, error)
	Report(ctx context.Context, l Look) ([]byte, error)
	Compare(ctx context.Context, a, b Look) (json.RawMessage, error)
}

// An ExportRequest says what to export.
type ExportRequest struct {
	As    string `json:"as" enum:"gpx,kml,geojson,ics,tak,csv" doc:"The format."`
	Clear bool   `json:"clear,omitempty" doc:"Names in clear instead of code words; wants a fresh check."`
}

// Documents writes what leaves the server.
type Documents interface {
	// Order returns a part of the movement order as PDF.
	Order(ctx context.Context, l Look, part, size string) ([]byte, error)
	// Preview returns the same as HTML.
	Preview(ctx context.Context, l Look, part string) ([]byte, error)
	Export(ctx context.Context, l Look, r ExportRequest) (name, mediaType string, file []byte, err error)
}

// An ApprovalRequest is an act on the record of a plan.
type ApprovalRequest struct {
	Action     string    `json:"action" enum:"submit,approve,return,release,start,close,cancel,check,waive"`
	Note       string    `json:"note,omitempty" maxLength:"200" doc:"About the movement; of return, cancel and waive the reason."`
	Post       string    `json:"post,omitempty" maxLength:"40" doc:"From which the plan is approved."`
	Band       int       `json:"band,omitempty" minimum:"0" maximum:"5" doc:"The greatest band of exposure that is accepted."`
	Ratio      float64   `json:"ratio,omitempty" minimum:"0" maximum:"1000" doc:"The greatest ratio to the primary that is accepted."`
	Conditions []string  `json:"conditions,omitempty" maxItems:"10"`
	Expires    time.Time `json:"expires,omitzero"`
	Items      []string  `json:"items,omitempty" maxItems:"50"`
	Verdict    string    `json:"verdict,omitempty" maxLength:"20"`
	BytesHash  string    `json:"bytesHash,omitempty" pattern:"^[0-9a-f]{64}$" doc:"SHA-256 of the plan as it is shown; approve, release and waive want a fresh check over it."`
}

// Approvals keeps the rules of approval.
type Approvals interface {
	// Status says how far the plan has come, and what may follow.
	Status(ctx context.Context, record []byte, p StoredPlan, b Basis) (json.RawMessage, error)
	// Next returns the line that an act adds to the record.
	Next(ctx context.Context, record []byte, p StoredPlan, b Basis, author, by string, r ApprovalRequest) (line []byte, err error)
}

// Work is what the operations do that are about maps and plans.
type Work interface {
	Maps
	Builder
	Planning
	Views
	Documents
	Approvals
}
