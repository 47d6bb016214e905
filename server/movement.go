package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/desk"
	"github.com/outrider-project/outrider/server/internal/events"
	"github.com/outrider-project/outrider/server/internal/policy"
)

type movementItem struct {
	ID    string   `json:"id"`
	Name  string   `json:"name" doc:"Cover name."`
	Unit  string   `json:"unit"`
	State string   `json:"state"`
	Roles []string `json:"roles" doc:"Your roles on it."`
}

type movementFull struct {
	ID       string          `json:"id"`
	Name     string          `json:"name" doc:"Cover name."`
	Unit     string          `json:"unit"`
	Map      string          `json:"map"`
	State    string          `json:"state"`
	Version  int64           `json:"version"`
	Roles    []string        `json:"roles" doc:"Your roles on it."`
	Document json.RawMessage `json:"document" doc:"The movement file, by movement.schema.json."`
}

type movementNew struct {
	Unit     string          `json:"unit" maxLength:"200" doc:"Path of the unit."`
	Name     string          `json:"name" minLength:"1" maxLength:"40" doc:"Cover name: words that say nothing of who, where and why."`
	Map      string          `json:"map" pattern:"^[0-9a-f]{64}$"`
	Document json.RawMessage `json:"document" doc:"The movement file, by movement.schema.json."`
}

type movementChange struct {
	Name     string          `json:"name" minLength:"1" maxLength:"40"`
	Map      string          `json:"map" pattern:"^[0-9a-f]{64}$"`
	State    string          `json:"state" enum:"draft,closed"`
	Document json.RawMessage `json:"document"`
}

type movementSave struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"40" doc:"The ETag of the version that was changed."`
	Body    movementChange
}

type sketchRequest struct {
	ID   string `path:"id" maxLength:"64"`
	Body SketchRequest
}

func (s *Server) movementOperations() {
	register(s, operation{id: "list-movements", method: http.MethodGet, path: "/api/movements", summary: "Movements that you have to do with"}, s.listMovements)
	register(s, operation{id: "add-movement", method: http.MethodPost, path: "/api/movements", summary: "Begin a movement; you become its commander", late: true, status: http.StatusCreated, most: mostDocument}, s.addMovement)
	register(s, operation{id: "get-movement", method: http.MethodGet, path: "/api/movements/{id}", summary: "A movement with its document", on: onMovement, audited: true}, s.getMovement)
	register(s, operation{id: "save-movement", method: http.MethodPut, path: "/api/movements/{id}", summary: "Save a movement; 412 if somebody else has saved in between", on: onMovement, most: mostDocument}, s.saveMovement)
	register(s, operation{id: "sketch", method: http.MethodPost, path: "/api/movements/{id}/sketch", summary: "The line a movement would take, with what is tried out", on: onMovement, most: mostDocument}, s.sketch)
}

// rolesFor returns the roles of a subject on a movement, inherited ones included.
func rolesFor(subject policy.Subject, m Movement) []string {
	out := []string{}
	seen := map[policy.Role]bool{}
	for _, g := range subject.Grants {
		if (g.On == m.ID || within(m.Unit, g.On)) && !seen[g.Role] {
			seen[g.Role] = true
			out = append(out, string(g.Role))
		}
	}
	return out
}

func (s *Server) listMovements(ctx context.Context, c *caller, in *Page) (*answer[list[movementItem]], error) {
	return gather(*in, func(m Movement) string { return m.ID },
		func(after string, limit int) ([]Movement, error) { return s.store.Movements(ctx, after, limit) },
		func(m Movement) (movementItem, bool, error) {
			on := policy.Resource{Kind: policy.Movement, ID: m.ID, Unit: m.Unit, Movement: m.ID}
			return movementItem{m.ID, m.Name, m.Unit, m.State, rolesFor(c.subject, m)}, s.policy.Decide(c.subject, "list-movement", on), nil
		})
}

// coverForm keeps cover names short and plain.
var coverForm = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} .-]{0,38}[\p{L}\p{N}]?$`)

func (s *Server) full(c *caller, m Movement) *answer[movementFull] {
	out := reply(movementFull{m.ID, m.Name, m.Unit, m.Map, m.State, m.Version, rolesFor(c.subject, m), m.Document})
	out.ETag = etag(m.Version)
	return out
}

func (s *Server) checked(ctx context.Context, name string, document json.RawMessage) error {
	if !coverForm.MatchString(name) {
		return &outrider.Error{Kind: outrider.Invalid, Where: "name", Cause: "this is no cover name", Remedy: "use up to 40 letters, digits and blanks"}
	}
	return s.work.Check(ctx, document)
}

func (s *Server) addMovement(ctx context.Context, c *caller, in *body[movementNew]) (*answer[movementFull], error) {
	on, err := s.unit(ctx, in.Body.Unit)
	if err := s.may(c, "add-movement", on, err); err != nil {
		return nil, err
	}
	if err := s.checked(ctx, in.Body.Name, in.Body.Document); err != nil {
		return nil, err
	}
	id, err := s.id()
	if err != nil {
		return nil, err
	}
	m := Movement{ID: id, Unit: in.Body.Unit, Name: in.Body.Name, Map: in.Body.Map, Document: in.Body.Document, State: "draft", Version: 1}
	if err := s.store.AddMovement(ctx, c.act(id), m); err != nil {
		return nil, err
	}
	c.subject.Grants = append(c.subject.Grants, policy.Grant{Role: policy.Commander, On: id})
	s.tell("made", policy.Resource{Kind: policy.Movement, ID: id, Unit: m.Unit, Movement: id})
	return s.full(c, m), nil
}

func (s *Server) getMovement(ctx context.Context, c *caller, in *byID) (*answer[movementFull], error) {
	m, err := s.store.Movement(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.full(c, m), nil
}

// versionOf reads the version out of If-Match. Changes without one are refused,
// since nobody can tell what they overwrite.
func versionOf(ifMatch string) (int64, error) {
	if ifMatch == "" {
		return 0, problem(http.StatusPreconditionRequired, "the request does not say which version it changes", "send If-Match with the ETag of what you changed")
	}
	version, err := strconv.ParseInt(strings.Trim(ifMatch, `"`), 10, 64)
	if err != nil || version < 0 {
		return 0, problem(http.StatusPreconditionFailed, "If-Match holds no version of this", "send the ETag of what you changed")
	}
	return version, nil
}

func (s *Server) saveMovement(ctx context.Context, c *caller, in *movementSave) (*answer[movementFull], error) {
	version, err := versionOf(in.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := s.checked(ctx, in.Body.Name, in.Body.Document); err != nil {
		return nil, err
	}
	m := Movement{
		ID: in.ID, Unit: c.on.Unit, Name: in.Body.Name, Map: in.Body.Map, Document: in.Body.Document, State: in.Body.State, Version: version,
	}
	if m.Version, err = s.store.SaveMovement(ctx, c.act(in.ID), m); err != nil {
		return nil, err
	}
	s.tell("saved", c.on)
	return s.full(c, m), nil
}

// basis is what a movement is planned from at this moment.
func (s *Server) basis(ctx context.Context, c *caller, movement string) (Basis, error) {
	m, err := s.store.Movement(ctx, movement)
	if err != nil {
		return Basis{}, err
	}
	findings, err := s.allFindings(ctx)
	return Basis{Movement: m, Findings: findings, At: c.at}, err
}

func (s *Server) allFindings(ctx context.Context) ([]StoredFinding, error) {
	var all []StoredFinding
	after := ""
	for {
		part, err := s.store.Findings(ctx, after, mostItems)
		if err != nil {
			return nil, fmt.Errorf("read the findings: %w", err)
		}
		all = append(all, part...)
		if len(part) < mostItems {
			return all, nil
		}
		after = part[len(part)-1].ID
	}
}

func (s *Server) sketch(ctx context.Context, c *caller, in *sketchRequest) (*body[*desk.Sketch], error) {
	b, err := s.basis(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	if len(in.Body.Document) > 0 {
		b.Movement.Document = in.Body.Document
	}
	change := desk.Change{Drop: in.Body.DropFindings, Weights: in.Body.Weights}
	for _, k := range in.Body.Closures {
		change.Closures = append(change.Closures, desk.Closure{Lat: k.Lat, Lon: k.Lon, Radius: k.RadiusM})
	}
	out, err := s.work.Sketch(ctx, b, change)
	return &body[*desk.Sketch]{out}, err
}

// tell publishes that something happened to a movement.
func (s *Server) tell(what string, on policy.Resource) {
	s.events.Publish(events.Event{Topic: events.Movement, What: what, On: on})
}
