package work

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/approval"
	"github.com/outrider-project/outrider/desk"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/server"
)

// situation is what the plan rests on now.
func (w *Work) situation(p server.StoredPlan, b server.Basis) (approval.Situation, error) {
	none := approval.Situation{}
	made, err := exchange.ReadPlan("plan", p.Plan)
	if err != nil {
		return none, err
	}
	g, err := w.groundOf(b.Movement)
	if err != nil {
		return none, err
	}
	q, err := w.question(b, desk.Change{})
	if err != nil {
		return none, err
	}
	profile, err := hazard.Builtin()
	if err != nil {
		return none, err
	}
	speeds, err := pace.Builtin()
	if err != nil {
		return none, err
	}
	placed, _ := hazard.Snap(g.Map, q.Findings, b.At)
	findings := make([]hazard.Finding, 0, len(placed))
	for i := range placed {
		findings = append(findings, placed[i].Finding)
	}
	sum := sha256.Sum256(b.Movement.Document)
	x := approval.Present{
		Plan: p.Plan, Movement: &approval.Source{Name: "movement", Hash: hex.EncodeToString(sum[:])},
		Map: &approval.Source{Name: g.Map.Meta.Name, Hash: g.Map.Hash}, DataDate: time.Unix(g.Map.Meta.DataDate, 0),
		Profile: profile, Findings: &findings, Speeds: &approval.Source{Name: speeds.Name, Hash: speeds.Hash()},
		// The server plans without own runs and timetables.
		Runs: &approval.Source{}, Timetable: &approval.Source{},
	}
	now, err := x.Basis(made, b.At)
	return approval.Situation{Plan: made, Now: now, At: b.At}, err
}

// stepItem is what is shown of a step.
type stepItem struct {
	Action  approval.Action  `json:"action"`
	State   approval.State   `json:"state"`
	By      string           `json:"by"`
	At      time.Time        `json:"at"`
	Post    string           `json:"post,omitempty"`
	Note    string           `json:"note,omitempty"`
	Items   []string         `json:"items,omitempty"`
	Verdict approval.Verdict `json:"verdict,omitempty"`
}

// Status says how far the plan has come, and what may follow.
func (w *Work) Status(_ context.Context, record []byte, p server.StoredPlan, b server.Basis) (json.RawMessage, error) {
	r, err := approval.Parse("record", record)
	if err != nil {
		return nil, err
	}
	s, err := w.situation(p, b)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(p.Plan)
	out := struct {
		approval.Status
		BytesHash string            `json:"bytesHash"`
		Posts     []string          `json:"posts"`
		Possible  []approval.Action `json:"possible"`
		Steps     []stepItem        `json:"steps"`
	}{Status: r.Status(s), BytesHash: hex.EncodeToString(sum[:]), Posts: approval.Posts(), Steps: []stepItem{}}
	out.Possible = append([]approval.Action{}, approval.Possible(out.State)...)
	for _, x := range r.Steps() {
		out.Steps = append(out.Steps, stepItem{x.Action, x.State, x.By, x.At, x.Post, x.Note, x.Items, x.Verdict})
	}
	return json.Marshal(out)
}

// Next returns the line that an act adds to the record.
func (w *Work) Next(_ context.Context, record []byte, p server.StoredPlan, b server.Basis, author, by string, r server.ApprovalRequest) ([]byte, error) {
	kept, err := approval.Parse("record", record)
	if err != nil {
		return nil, err
	}
	s, err := w.situation(p, b)
	if err != nil {
		return nil, err
	}
	act := approval.Act{
		Action: approval.Action(r.Action), By: by, Note: r.Note, Post: r.Post, Accepted: approval.Exposure{Band: r.Band, Ratio: r.Ratio},
		Conditions: r.Conditions, Expires: r.Expires, Items: r.Items, Verdict: approval.Verdict(r.Verdict),
	}
	if act.Action == approval.Submit {
		act.Author = author
	}
	step, err := kept.Next(act, s)
	if err != nil {
		return nil, explained(err)
	}
	line, err := atomicfile.EncodeLine(step)
	return bytes.TrimSuffix(line, []byte("\n")), err
}

// explained says of a plan that is stale what has changed.
func explained(err error) error {
	stale, ok := errors.AsType[*approval.StaleError](err)
	if !ok {
		return err
	}
	return &outrider.Error{Kind: outrider.Stale, Where: "plan", Cause: stale.Error(), Remedy: "make the plan again, or put this one before the authority anew", Err: err}
}
