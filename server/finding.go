package server

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/server/internal/events"
)

type findingItem struct {
	ID      string          `json:"id"`
	Finding json.RawMessage `json:"finding" doc:"A line of the journal of findings."`
}

type findingsRequest struct {
	Page
	Box string `query:"box" maxLength:"100" doc:"west,south,east,north in degrees; all if it is missing."`
}

type findingsNew struct {
	Findings []findingNew `json:"findings" minItems:"1" maxItems:"500"`
}

type findingNew struct {
	ID      string          `json:"id" pattern:"^[0-9A-Za-z_-]{1,64}$" doc:"By which the phone knows it; comes back with the answer."`
	Finding json.RawMessage `json:"finding" doc:"Kind, rating, place, note, dates."`
}

type findingAnswer struct {
	ID     string          `json:"id"`
	State  string          `json:"state" enum:"taken,known,conflict,refused"`
	Stored string          `json:"stored,omitempty" doc:"Id in the journal."`
	Theirs json.RawMessage `json:"theirs,omitempty" doc:"What is on record instead."`
	Detail string          `json:"detail,omitempty"`
	Remedy string          `json:"remedy,omitempty"`
}

type findingAnswers struct {
	Items []findingAnswer `json:"items"`
}

func (s *Server) findingOperations() {
	register(s, operation{id: "list-findings", method: http.MethodGet, path: "/api/findings", summary: "Findings on record"}, s.listFindings)
	register(s, operation{id: "add-findings", method: http.MethodPost, path: "/api/findings", summary: "Add findings, one answer for each"}, s.addFindings)
	register(s, operation{id: "get-form", method: http.MethodGet, path: "/api/movements/{id}/form", summary: "Critical points of the corridor in order, as a form", on: onMovement}, s.getForm)
}

func (s *Server) listFindings(ctx context.Context, _ *caller, in *findingsRequest) (*answer[list[findingItem]], error) {
	box := Box{-180, -90, 180, 90}
	if in.Box != "" {
		var err error
		if box, err = boxOf(in.Box); err != nil {
			return nil, err
		}
	}
	return gather(in.Page, func(f StoredFinding) string { return f.ID },
		func(after string, limit int) ([]StoredFinding, error) { return s.store.Findings(ctx, after, limit) },
		func(f StoredFinding) (findingItem, bool, error) {
			var at struct{ Lat, Lon float64 }
			if err := json.Unmarshal(f.Finding, &at); err != nil {
				return findingItem{}, false, err
			}
			inside := at.Lon >= box.West && at.Lon <= box.East && at.Lat >= box.South && at.Lat <= box.North
			return findingItem(f), inside, nil
		})
}

// addFindings takes what it can. A finding that is on record already is known: a
// phone may send the same list again after a lost connection. A conflict is a
// finding of the same kind at the same place and day that says something else:
// both stay visible and a person decides.
func (s *Server) addFindings(ctx context.Context, c *caller, in *body[findingsNew]) (*answer[findingAnswers], error) {
	out := findingAnswers{}
	taken := 0
	for _, f := range in.Body.Findings {
		a, err := s.addFinding(ctx, c, f)
		if err != nil {
			return nil, err
		}
		if a.State == "taken" {
			taken++
		}
		out.Items = append(out.Items, a)
	}
	if taken > 0 {
		s.events.Publish(events.Event{Topic: events.Findings, What: "added", On: system()})
	}
	return reply(out), nil
}

func (s *Server) addFinding(ctx context.Context, c *caller, f findingNew) (findingAnswer, error) {
	a := findingAnswer{ID: f.ID}
	read, err := s.work.ReadFinding(ctx, f.Finding, c.account.CallSign, c.at)
	if err != nil {
		p := problemOf(err)
		if p.Status >= http.StatusInternalServerError {
			return a, err
		}
		a.State, a.Detail, a.Remedy = "refused", p.Detail, p.Remedy
		return a, nil
	}
	a.Stored = read.ID
	switch err := s.store.AddFinding(ctx, c.act(read.ID), read); {
	case err == nil:
		a.State = "taken"
	case errors.Is(err, ErrKnown):
		a.State = "known"
	default:
		other, ok := errors.AsType[*OtherFindingError](err)
		if !ok {
			return a, err
		}
		a.State, a.Theirs = "conflict", other.Theirs.Finding
	}
	return a, nil
}

// ErrKnown is what stores answer to a finding that they hold.
var ErrKnown = errors.New("known already")

// An OtherFindingError is a finding of the same kind at the same place and day
// that says something else.
type OtherFindingError struct {
	Theirs StoredFinding
}

// Error says what happened.
func (e *OtherFindingError) Error() string { return "another finding is on record: " + e.Theirs.ID }

func (s *Server) getForm(ctx context.Context, c *caller, in *byID) (*raw, error) {
	plans, err := s.store.Plans(ctx, in.ID, "", 1)
	if err != nil {
		return nil, err
	}
	if len(plans) == 0 {
		return nil, &outrider.Error{Kind: outrider.Unsurveyed, Cause: "the movement has no plan yet", Remedy: "plan it; its critical points are what is surveyed"}
	}
	b, err := s.basis(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	form, err := s.work.Form(ctx, b, plans[0].Plan)
	return &raw{Body: form}, err
}

// A Box is a part of the map in degrees.
type Box struct {
	West, South, East, North float64
}

func boxOf(text string) (Box, error) {
	wrong := &outrider.Error{Kind: outrider.Invalid, Where: "box", Cause: "this is no box", Remedy: "give west,south,east,north in degrees"}
	parts := strings.Split(text, ",")
	var n [4]float64
	if len(parts) != len(n) {
		return Box{}, wrong
	}
	for i, p := range parts {
		x, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || math.IsNaN(x) || math.Abs(x) > 180 {
			return Box{}, wrong
		}
		n[i] = x
	}
	if n[0] >= n[2] || n[1] >= n[3] || math.Abs(n[1]) > 90 || math.Abs(n[3]) > 90 {
		return Box{}, wrong
	}
	return Box{n[0], n[1], n[2], n[3]}, nil
}
