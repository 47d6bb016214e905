package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/outrider-project/outrider/server/internal/events"
	"github.com/outrider-project/outrider/server/internal/jobs"
	"github.com/outrider-project/outrider/server/internal/policy"
)

// Kinds of jobs.
const (
	kindMap  = "map-build"
	kindPlan = "plan"
)

type mapInput struct {
	Extract string `json:"extract"`
}

type planInput struct {
	Mix json.RawMessage `json:"mix,omitempty"`
}

type jobItem struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind" enum:"map-build,plan"`
	Movement string   `json:"movement,omitempty"`
	State    JobState `json:"state" enum:"waiting,running,done,failed,cancelled"`
	Phase    string   `json:"phase,omitempty"`
	Done     int64    `json:"done"`
	Total    int64    `json:"total"`
	Result   string   `json:"result,omitempty" doc:"Id of the map or plan that was made."`
	Fault    string   `json:"fault,omitempty" doc:"What went wrong."`
}

func hashOf(src []byte) string {
	sum := sha256.Sum256(src)
	return hex.EncodeToString(sum[:])
}

// start stores a job and has it carried out.
func (s *Server) start(ctx context.Context, c *caller, j Job, input any, on policy.Resource) (*answer[started], error) {
	var err error
	if j.ID, err = s.id(); err != nil {
		return nil, err
	}
	if j.Input, err = json.Marshal(input); err != nil {
		return nil, fmt.Errorf("write a job down: %w", err)
	}
	j.State = JobWaiting
	if err := s.store.AddJob(ctx, c.act(on.ID), j); err != nil {
		return nil, err
	}
	select {
	case s.wake <- struct{}{}:
	default: // it is awake already
	}
	return reply(started{j.ID}), nil
}

func (s *Server) jobOperations() {
	register(s, operation{id: "get-job", method: http.MethodGet, path: "/api/jobs/{id}", summary: "How far a job has come", on: onJob}, s.getJob)
	register(s, operation{id: "cancel-job", method: http.MethodDelete, path: "/api/jobs/{id}", summary: "Stop a job", on: onJob}, s.cancelJob)
	register(s, operation{id: "watch-events", method: http.MethodGet, path: "/api/events", summary: "What happens, as server-sent events", stream: true}, s.watch)
	register(s, operation{id: "read-audit", method: http.MethodGet, path: "/api/audit", summary: "What was done by whom; never what it said", on: onTop}, s.readAudit)
}

func (s *Server) getJob(ctx context.Context, _ *caller, in *byID) (*answer[jobItem], error) {
	j, err := s.store.Job(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return reply(jobItem{j.ID, j.Kind, j.Movement, j.State, j.Phase, j.Done, j.Total, j.Result, j.Fault}), nil
}

func (s *Server) cancelJob(ctx context.Context, c *caller, in *byID) (*answer[jobItem], error) {
	if err := s.store.CancelJob(ctx, c.act(in.ID), in.ID); err != nil {
		return nil, err
	}
	return s.getJob(ctx, c, in)
}

// Leases keeps the jobs that wait and those that are carried out. A job is held by
// a lease until a time; whoever carries it out renews it.
type Leases interface {
	// Claim takes the oldest job that waits or whose lease has run out, counts the
	// attempt, and holds it until a time; ErrNoJob if there is none.
	Claim(ctx context.Context, now, until time.Time) (Job, error)
	// Renew stores the progress of a job that is held, and holds it longer;
	// ErrJobLost if it was cancelled or is held by somebody else.
	Renew(ctx context.Context, j Job, until time.Time) error
	// Finish stores how a job ended, with its result or fault; ErrJobLost as above.
	Finish(ctx context.Context, j Job, at time.Time) error
	// GiveBack lets a job wait again, and does not count the attempt: a server that
	// is stopped is no fault of the job.
	GiveBack(ctx context.Context, j Job) error
}

// Errors of leases.
var (
	ErrNoJob   = jobs.ErrNone
	ErrJobLost = jobs.ErrLost
)

// leases speaks of jobs as the runner does.
type leases struct{ of Leases }

// Claim takes a job up.
func (l leases) Claim(ctx context.Context, now, until time.Time) (jobs.Job, error) {
	j, err := l.of.Claim(ctx, now, until)
	return jobs.Job{
		ID: j.ID, Kind: j.Kind, Movement: j.Movement, Owner: j.Owner, Input: j.Input, State: string(j.State), Attempts: j.Attempts,
	}, err
}

func stored(j jobs.Job) Job {
	return Job{
		ID: j.ID, Kind: j.Kind, Movement: j.Movement, Owner: j.Owner, Input: j.Input, State: JobState(j.State), Phase: j.Phase, Done: j.Done,
		Total: j.Total, Result: j.Result, Fault: j.Fault, Attempts: j.Attempts,
	}
}

// Renew stores progress.
func (l leases) Renew(ctx context.Context, j jobs.Job, until time.Time) error {
	return l.of.Renew(ctx, stored(j), until)
}

// Finish stores how a job ended.
func (l leases) Finish(ctx context.Context, j jobs.Job, at time.Time) error {
	return l.of.Finish(ctx, stored(j), at)
}

// GiveBack lets a job wait again.
func (l leases) GiveBack(ctx context.Context, j jobs.Job) error { return l.of.GiveBack(ctx, stored(j)) }

// Work carries jobs out, one after the other, until the context ends. Jobs that
// were running when a server stopped are taken up again.
func (s *Server) Work(ctx context.Context, queue Leases) error {
	runner := jobs.Runner{
		Leases: leases{queue}, Now: s.now, Ticks: s.ticks, Wake: s.wake, Log: s.log,
		Do: map[string]jobs.Do{kindMap: s.doMap, kindPlan: s.doPlan},
		Explain: func(err error) string {
			p := problemOf(err)
			if p.Remedy == "" {
				return p.Detail
			}
			return p.Detail + "; " + p.Remedy
		},
		Changed: s.jobChanged,
	}
	return runner.Run(ctx)
}

func (s *Server) jobChanged(ctx context.Context, j jobs.Job) {
	on := policy.Resource{Kind: policy.Job, ID: j.ID, Owner: j.Owner}
	if j.Movement != "" {
		m, err := s.movement(ctx, j.Movement)
		if err != nil {
			s.log.WarnContext(ctx, "a job without its movement", "job", j.ID, "error", err)
			return
		}
		on = policy.Resource{Kind: policy.Job, ID: j.ID, Unit: m.Unit, Movement: j.Movement}
	}
	s.events.Publish(events.Event{Topic: events.Job, What: j.State, On: on, Done: j.Done, Total: j.Total})
	if j.State == jobs.Done && j.Movement != "" {
		on.Kind, on.ID = policy.Movement, j.Movement
		s.tell("planned", on)
	}
}

func (s *Server) doMap(ctx context.Context, j jobs.Job, progress jobs.Progress) (string, error) {
	var in mapInput
	if err := json.Unmarshal(j.Input, &in); err != nil {
		return "", fmt.Errorf("read a job: %w", err)
	}
	return s.work.Build(ctx, in.Extract, progress)
}

func (s *Server) doPlan(ctx context.Context, j jobs.Job, progress jobs.Progress) (string, error) {
	var in planInput
	if err := json.Unmarshal(j.Input, &in); err != nil {
		return "", fmt.Errorf("read a job: %w", err)
	}
	now := s.now()
	m, err := s.store.Movement(ctx, j.Movement)
	if err != nil {
		return "", err
	}
	findings, err := s.allFindings(ctx)
	if err != nil {
		return "", err
	}
	made, err := s.work.Make(ctx, Basis{Movement: m, Findings: findings, At: now}, in.Mix, progress)
	if err != nil {
		return "", err
	}
	// A job that was taken up again finds its plan under the same id.
	p := StoredPlan{ID: j.ID, Movement: m.ID, Map: m.Map, Author: j.Owner, Made: now, Plan: made}
	if err := s.store.AddPlan(ctx, Act{By: j.Owner, What: "make-plan", On: p.ID, At: now}, p); err != nil && !errors.Is(err, ErrKnown) {
		return "", err
	}
	return p.ID, nil
}

type watchRequest struct {
	Last string `header:"Last-Event-ID" maxLength:"40" doc:"Of the last event that arrived."`
}

// heartbeat keeps connections open and finds out who has gone.
const heartbeat = 15 * time.Second

type eventBody struct {
	Topic    string `json:"topic"`
	What     string `json:"what"`
	ID       string `json:"id,omitempty"`
	Movement string `json:"movement,omitempty"`
	Done     int64  `json:"done,omitempty"`
	Total    int64  `json:"total,omitempty"`
}

// EventFields names what an event carries, for the register of what is stored.
func EventFields() []string {
	var names []string
	for f := range reflect.TypeFor[eventBody]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

func (s *Server) watch(_ context.Context, c *caller, in *watchRequest) (*huma.StreamResponse, error) {
	missed, coming, stop, ok := s.events.Listen(in.Last)
	if !ok {
		return nil, problem(http.StatusServiceUnavailable, "too many listeners", "close other windows")
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer stop()
		r, w := humago.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("X-Accel-Buffering", "no")
		w.WriteHeader(http.StatusOK)
		out := http.NewResponseController(w)
		if err := s.stream(r, w, out, c, missed, coming); err != nil {
			s.log.DebugContext(r.Context(), "a listener left", "reason", err)
		}
	}}, nil
}

var errListenerBehind = errors.New("fell behind")

func (s *Server) stream(r *http.Request, w http.ResponseWriter, out *http.ResponseController, c *caller, missed []events.Event, coming <-chan events.Event) error {
	beat, stop := s.ticks(heartbeat)
	defer stop()
	if _, err := fmt.Fprint(w, "retry: 2000\n\n"); err != nil {
		return err
	}
	for _, e := range missed {
		if err := s.send(w, c, e); err != nil {
			return err
		}
	}
	for {
		if err := out.Flush(); err != nil {
			return err
		}
		select {
		case <-r.Context().Done():
			return r.Context().Err()
		case <-s.closing:
			return http.ErrServerClosed
		case <-beat:
			// Rights and sessions end while somebody listens.
			if _, err := s.callerFor(r.Context(), r, s.now()); err != nil {
				return err
			}
			if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil {
				return err
			}
		case e, open := <-coming:
			if !open {
				return errListenerBehind
			}
			listener, err := s.callerFor(r.Context(), r, s.now())
			if err != nil {
				return err
			}
			if err := s.send(w, listener, e); err != nil {
				return err
			}
		}
	}
}

// send writes an event if the listener may know.
func (s *Server) send(w http.ResponseWriter, c *caller, e events.Event) error {
	body := eventBody{Topic: string(e.Topic), What: e.What, Done: e.Done, Total: e.Total}
	switch e.Topic {
	case events.Reload:
	case events.Findings:
		if !s.policy.Decide(c.subject, "list-findings", system()) {
			return nil
		}
	case events.Job, events.Movement:
		operation := "see-event"
		if e.On.Movement == "" {
			operation = "get-job"
		}
		if !s.policy.Decide(c.subject, operation, e.On) {
			return nil
		}
		body.ID, body.Movement = e.On.ID, e.On.Movement
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "id: %s\nevent: %s\ndata: %s\n\n", e.ID, e.Topic, text)
	return err
}

type auditItem struct {
	Number   int64     `json:"number"`
	At       time.Time `json:"at"`
	CallSign string    `json:"callSign,omitempty"`
	What     string    `json:"what"`
	On       string    `json:"on,omitempty"`
	Why      string    `json:"why,omitempty"`
	Hash     string    `json:"hash"`
}

type auditRequest struct {
	After int64 `query:"after" minimum:"0" doc:"Number of the last entry known."`
	Limit int   `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

type auditPage struct {
	Items []auditItem `json:"items"`
	Next  int64       `json:"next,omitempty"`
}

// onTop is about the installation as a whole, which the administrators of the top
// unit look after.
func onTop(ctx context.Context, s *Server, _ *http.Request) (policy.Resource, error) {
	units, err := s.store.Units(ctx)
	if err != nil {
		return policy.Resource{}, err
	}
	for _, u := range units {
		if !strings.Contains(u, "/") {
			return policy.Resource{Kind: policy.Unit, ID: u, Unit: u}, nil
		}
	}
	return policy.Resource{}, ErrNotFound
}

func (s *Server) readAudit(ctx context.Context, _ *caller, in *auditRequest) (*answer[auditPage], error) {
	records, err := s.store.Records(ctx, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	out := auditPage{Items: []auditItem{}}
	names := map[string]string{}
	for _, r := range records {
		if _, known := names[r.Act.By]; !known && r.Act.By != "" {
			a, err := s.store.Account(ctx, r.Act.By)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return nil, err
			}
			names[r.Act.By] = a.CallSign
		}
		out.Items = append(out.Items, auditItem{r.Number, r.Act.At, names[r.Act.By], r.Act.What, r.Act.On, r.Act.Why, r.Hash})
	}
	if len(records) == in.Limit {
		out.Next = records[len(records)-1].Number
	}
	return reply(out), nil
}
