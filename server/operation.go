package server

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/outrider-project/outrider/server/internal/policy"
)

// An operation is something that can be asked of the server.
type operation struct {
	id, method, path, summary string

	open    bool   // answers without a session
	signIn  bool   // is paced as guessing is
	fresh   bool   // wants a fresh check of the passkey
	audited bool   // reading it is noted in the audit log
	secret  bool   // its answer is shown once and kept nowhere
	stream  bool   // goes on as long as somebody listens
	most    int64  // bytes of the body; 0 stands for mostBody
	status  int    // of success; 0 stands for 200
	on      target // what it is carried out on
	late    bool   // what it is carried out on stands in the body: the handler asks
}

// Limits of requests.
const (
	mostBody     = 1 << 20
	mostDocument = 8 << 20
	mostExtract  = 2 << 30
	mostDepth    = 64 // of JSON
	requestTime  = 60 * time.Second
	headerTime   = 10 * time.Second
	idleTime     = 2 * time.Minute
	mostHeader   = 32 << 10
	longestKey   = 64 // characters of an idempotency key
	sessionTime  = 12 * time.Hour
	sessionIdle  = 30 * time.Minute
	seenEvery    = time.Minute
	cookieName   = "__Host-outrider"
	systemID     = "outrider"

	mostItems     = 100
	invitedFor    = 14 * 24 * time.Hour
	brokenGlass   = 4 * time.Hour
	recoveredFor  = time.Hour
	mostReasonLen = 200
)

// A target finds what a request is about from its path.
type target func(ctx context.Context, s *Server, r *http.Request) (policy.Resource, error)

func system() policy.Resource { return policy.Resource{Kind: policy.System, ID: systemID} }

func onSystem(context.Context, *Server, *http.Request) (policy.Resource, error) { return system(), nil }

func onUnit(ctx context.Context, s *Server, r *http.Request) (policy.Resource, error) {
	return s.unit(ctx, r.PathValue("id"))
}

func onMovement(ctx context.Context, s *Server, r *http.Request) (policy.Resource, error) {
	return s.movement(ctx, r.PathValue("id"))
}

func onPlan(ctx context.Context, s *Server, r *http.Request) (policy.Resource, error) {
	return s.plan(ctx, r.PathValue("id"))
}

func onJob(ctx context.Context, s *Server, r *http.Request) (policy.Resource, error) {
	j, err := s.store.Job(ctx, r.PathValue("id"))
	if err != nil {
		return policy.Resource{}, err
	}
	if j.Movement == "" {
		return policy.Resource{Kind: policy.Job, ID: j.ID, Owner: j.Owner}, nil
	}
	m, err := s.movement(ctx, j.Movement)
	return policy.Resource{Kind: policy.Job, ID: j.ID, Unit: m.Unit, Movement: j.Movement}, err
}

func onDevice(ctx context.Context, s *Server, r *http.Request) (policy.Resource, error) {
	d, err := s.store.Device(ctx, r.PathValue("id"))
	if err != nil {
		return policy.Resource{}, err
	}
	return s.account(ctx, d.Account)
}

func (s *Server) account(ctx context.Context, id string) (policy.Resource, error) {
	a, err := s.store.Account(ctx, id)
	return policy.Resource{Kind: policy.Account, ID: a.ID, Unit: a.Unit}, err
}

func (s *Server) movement(ctx context.Context, id string) (policy.Resource, error) {
	m, err := s.store.Movement(ctx, id)
	return policy.Resource{Kind: policy.Movement, ID: m.ID, Unit: m.Unit, Movement: m.ID}, err
}

func (s *Server) plan(ctx context.Context, id string) (policy.Resource, error) {
	p, err := s.store.Plan(ctx, id)
	if err != nil {
		return policy.Resource{}, err
	}
	m, err := s.movement(ctx, p.Movement)
	return policy.Resource{Kind: policy.Plan, ID: p.ID, Unit: m.Unit, Movement: p.Movement}, err
}

// A caller is who sends a request, and on what.
type caller struct {
	session Session
	account Account
	subject policy.Subject
	on      policy.Resource
	op      *operation
	at      time.Time
}

// act returns what the caller does, for the audit log.
func (c *caller) act(on string) Act { return Act{By: c.account.ID, What: c.op.id, On: on, At: c.at} }

type callerKey struct{}

func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(callerKey{}).(*caller)
	return c
}

// may answers as the gate does for what a request names in its body: nil, or the
// same answer for what does not exist and what is none of the caller's business,
// or that the role does not allow it.
func (s *Server) may(c *caller, operation string, on policy.Resource, err error) error {
	switch {
	case err != nil:
		return err
	case s.policy.Decide(c.subject, operation, on):
		return nil
	case on.Kind == policy.System || s.policy.Decide(c.subject, policy.Know, on):
		return forbidden()
	}
	return missing()
}

// register adds an operation to the API. The handler gets a caller, nil if the
// operation is open and nobody is signed in.
func register[I, O any](s *Server, op operation, handler func(context.Context, *caller, *I) (*O, error)) {
	if op.on == nil {
		op.on = onSystem
	}
	if op.most == 0 {
		op.most = mostBody
	}
	known := op
	s.operations[op.method+" "+op.path] = &known
	d := huma.Operation{
		OperationID: op.id, Method: op.method, Path: op.path, Summary: op.summary, DefaultStatus: op.status,
		MaxBodyBytes: op.most + 1, BodyReadTimeout: -1, // the gate has its own
		RejectUnknownQueryParameters: true,
		Responses:                    map[string]*huma.Response{},
	}
	refusals := []int{
		http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusInternalServerError,
	}
	if !op.open {
		refusals = append(refusals, http.StatusUnauthorized, http.StatusForbidden)
		d.Security = []map[string][]string{{"session": {}}}
	}
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for _, status := range refusals {
		d.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status), Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
		}
	}
	huma.Register(s.api, d, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, callerOf(ctx), in)
		if err != nil {
			return nil, s.complain(ctx, op.id, err)
		}
		return out, nil
	})
}

// complain makes a problem of an error, and logs defects.
func (s *Server) complain(ctx context.Context, operation string, err error) error {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		s.log.ErrorContext(ctx, "operation failed", "operation", operation, "error", err)
	}
	if p.etag != "" {
		return huma.ErrorWithHeaders(p, http.Header{"Etag": {p.etag}})
	}
	return p
}
