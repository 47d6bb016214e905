package server

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"time"

	"github.com/outrider-project/outrider/desk"
	"github.com/outrider-project/outrider/server/internal/policy"
)

type planItem struct {
	ID   string    `json:"id"`
	Map  string    `json:"map"`
	Made time.Time `json:"made"`
	By   string    `json:"by" doc:"Call sign of who had it made."`
}

type planRequest struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Mix json.RawMessage `json:"mix,omitempty" doc:"Options of the route mix; null or nothing for no mix."`
	}
}

type listByID struct {
	ID string `path:"id" maxLength:"64"`
	Page
}

type whyRequest struct {
	ID  string  `path:"id" maxLength:"64"`
	Lat float64 `query:"lat" required:"true" minimum:"-90" maximum:"90"`
	Lon float64 `query:"lon" required:"true" minimum:"-180" maximum:"180"`
}

type orderRequest struct {
	ID   string `path:"id" maxLength:"64"`
	Part string `query:"part" maxLength:"40" default:"order" doc:"The part of the order."`
	Size string `query:"size" enum:"A4,Letter" default:"A4" doc:"Of the paper."`
}

type compareRequest struct {
	A string `path:"a" maxLength:"64"`
	B string `path:"b" maxLength:"64"`
}

func (s *Server) planOperations() {
	const plans = "/api/plans/{id}"
	register(s, operation{id: "make-plan", method: http.MethodPost, path: "/api/movements/{id}/plans", summary: "Work a movement out, as a job", on: onMovement, status: http.StatusAccepted}, s.makePlan)
	register(s, operation{id: "list-plans", method: http.MethodGet, path: "/api/movements/{id}/plans", summary: "Plans of a movement", on: onMovement}, s.listPlans)
	register(s, operation{id: "get-plan", method: http.MethodGet, path: plans, summary: "A plan, as far as your role may read it", on: onPlan, audited: true}, s.getPlan)
	register(s, operation{id: "plan-lines", method: http.MethodGet, path: plans + "/lines", summary: "A plan on the map, as GeoJSON", on: onPlan, audited: true}, s.planLines)
	register(s, operation{id: "plan-why", method: http.MethodGet, path: plans + "/why", summary: "What makes the exposure of a place", on: onPlan}, s.planWhy)
	register(s, operation{id: "plan-report", method: http.MethodGet, path: plans + "/report.html", summary: "The report of a plan", on: onPlan, audited: true}, s.planReport)
	register(s, operation{id: "order", method: http.MethodGet, path: plans + "/order", summary: "A part of the movement order, as PDF", on: onPlan, audited: true}, s.order)
	register(s, operation{id: "preview-order", method: http.MethodGet, path: plans + "/order/preview", summary: "A part of the movement order, as HTML", on: onPlan, audited: true}, s.preview)
	register(s, operation{id: "export-plan", method: http.MethodPost, path: plans + "/export", summary: "A plan for other programs; in clear it wants a fresh check", on: onPlan}, s.export)
	register(s, operation{id: "compare-plans", method: http.MethodGet, path: "/api/plans/{a}/compare/{b}", summary: "What differs between two plans", late: true}, s.compare)
}

func (s *Server) makePlan(ctx context.Context, c *caller, in *planRequest) (*answer[started], error) {
	return s.start(ctx, c, Job{Kind: kindPlan, Movement: in.ID, Owner: c.account.ID}, planInput{Mix: in.Body.Mix}, c.on)
}

func (s *Server) listPlans(ctx context.Context, _ *caller, in *listByID) (*answer[list[planItem]], error) {
	return gather(in.Page, func(p StoredPlan) string { return p.ID },
		func(after string, limit int) ([]StoredPlan, error) { return s.store.Plans(ctx, in.ID, after, limit) },
		func(p StoredPlan) (planItem, bool, error) {
			a, err := s.store.Account(ctx, p.Author)
			if errors.Is(err, ErrNotFound) {
				err = nil // the account may be gone, the plan is not
			}
			return planItem{p.ID, p.Map, p.Made, a.CallSign}, true, err
		})
}

// look is what the caller may see of the plan that the request is about.
func (s *Server) look(ctx context.Context, c *caller, id string, on policy.Resource) (Look, error) {
	p, err := s.store.Plan(ctx, id)
	return Look{Plan: p, Attack: s.policy.Decide(c.subject, "see-attack", on), By: c.account.CallSign, At: c.at}, err
}

// lookAtOrder is look with the record of the approval: an order says who issued it,
// and what is not released says so on every page.
func (s *Server) lookAtOrder(ctx context.Context, c *caller, id string) (Look, error) {
	l, err := s.look(ctx, c, id, c.on)
	if err != nil {
		return l, err
	}
	l.Record, _, err = s.store.Approval(ctx, id)
	return l, err
}

func (s *Server) getPlan(ctx context.Context, c *caller, in *byID) (*raw, error) {
	l, err := s.look(ctx, c, in.ID, c.on)
	if err != nil {
		return nil, err
	}
	p, err := s.work.Plan(ctx, l)
	return &raw{Body: p}, err
}

func (s *Server) planLines(ctx context.Context, c *caller, in *byID) (*raw, error) {
	l, err := s.look(ctx, c, in.ID, c.on)
	if err != nil {
		return nil, err
	}
	lines, err := s.work.Lines(ctx, l)
	return &raw{Body: lines}, err
}

func (s *Server) planWhy(ctx context.Context, c *caller, in *whyRequest) (*body[*desk.Reason], error) {
	l, err := s.look(ctx, c, in.ID, c.on)
	if err != nil {
		return nil, err
	}
	b, err := s.basis(ctx, c, l.Plan.Movement)
	if err != nil {
		return nil, err
	}
	why, err := s.work.Why(ctx, l, b, in.Lat, in.Lon)
	return &body[*desk.Reason]{why}, err
}

// page of HTML that was written here and in which nothing runs.
func document(html []byte) *file {
	return &file{ContentType: "text/html; charset=utf-8", CacheControl: "no-store", Policy: documentPolicy(html), Frame: "SAMEORIGIN", Body: html, Status: http.StatusOK}
}

func (s *Server) planReport(ctx context.Context, c *caller, in *byID) (*file, error) {
	l, err := s.look(ctx, c, in.ID, c.on)
	if err != nil {
		return nil, err
	}
	html, err := s.work.Report(ctx, l)
	if err != nil {
		return nil, err
	}
	return document(html), nil
}

func (s *Server) order(ctx context.Context, c *caller, in *orderRequest) (*file, error) {
	l, err := s.lookAtOrder(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	pdf, err := s.work.Order(ctx, l, in.Part, in.Size)
	if err != nil {
		return nil, err
	}
	return &file{ContentType: "application/pdf", CacheControl: "no-store", Disposition: attachment(in.Part + ".pdf"), Body: pdf, Status: http.StatusOK}, nil
}

func attachment(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

type previewRequest struct {
	ID   string `path:"id" maxLength:"64"`
	Part string `query:"part" maxLength:"40" default:"order" doc:"The part of the order."`
}

func (s *Server) preview(ctx context.Context, c *caller, in *previewRequest) (*file, error) {
	l, err := s.lookAtOrder(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	html, err := s.work.Preview(ctx, l, in.Part)
	if err != nil {
		return nil, err
	}
	return document(html), nil
}

func (s *Server) export(ctx context.Context, c *caller, in *changeByID[ExportRequest]) (*file, error) {
	if in.Body.Clear && s.checks.Until(c.session.Hash, c.at).IsZero() {
		return nil, notFresh()
	}
	l, err := s.look(ctx, c, in.ID, c.on)
	if err != nil {
		return nil, err
	}
	name, kind, made, err := s.work.Export(ctx, l, in.Body)
	if err != nil {
		return nil, err
	}
	// Noted before it leaves, so that nothing leaves that is not on record.
	act := c.act(in.ID)
	act.Why = in.Body.As
	if in.Body.Clear {
		act.Why += " in clear"
	}
	if err := s.store.Record(ctx, act); err != nil {
		return nil, err
	}
	return &file{ContentType: kind, CacheControl: "no-store", Disposition: attachment(name), Body: made, Status: http.StatusOK}, nil
}

func (s *Server) compare(ctx context.Context, c *caller, in *compareRequest) (*raw, error) {
	var looks [2]Look
	for i, id := range []string{in.A, in.B} {
		on, err := s.plan(ctx, id)
		if err := s.may(c, "compare-plans", on, err); err != nil {
			return nil, err
		}
		if looks[i], err = s.look(ctx, c, id, on); err != nil {
			return nil, err
		}
		if err := s.store.Record(ctx, c.act(id)); err != nil {
			return nil, err
		}
	}
	report, err := s.work.Compare(ctx, looks[0], looks[1])
	return &raw{Body: report}, err
}

type approvalChange struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"40" doc:"The ETag of the record as it was read."`
	Body    ApprovalRequest
}

func (s *Server) approvalOperations() {
	const path = "/api/plans/{id}/approval"
	register(s, operation{id: "get-approval", method: http.MethodGet, path: path, summary: "How far a plan has come", on: onPlan}, s.getApproval)
	register(s, operation{id: "act-on-approval", method: http.MethodPost, path: path, summary: "Submit, approve, return, release and so on", on: onPlan}, s.actOnApproval)
}

func (s *Server) getApproval(ctx context.Context, c *caller, in *byID) (*raw, error) {
	p, err := s.store.Plan(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.approval(ctx, c, p)
}

func (s *Server) approval(ctx context.Context, c *caller, p StoredPlan) (*raw, error) {
	record, steps, err := s.store.Approval(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	b, err := s.basis(ctx, c, p.Movement)
	if err != nil {
		return nil, err
	}
	status, err := s.work.Status(ctx, record, p, b)
	return &raw{Body: status, ETag: etag(steps)}, err
}

// signed lists the actions that are confirmed over the hash of what they are
// about.
func signed(action string) bool {
	return action == "approve" || action == "release" || action == "waive"
}

func (s *Server) actOnApproval(ctx context.Context, c *caller, in *approvalChange) (*raw, error) {
	if err := s.may(c, "act-on-approval:"+in.Body.Action, c.on, nil); err != nil {
		return nil, err
	}
	steps, err := versionOf(in.IfMatch)
	if err != nil {
		return nil, err
	}
	p, err := s.store.Plan(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	record, now, err := s.store.Approval(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if now != steps {
		return nil, &ConflictError{Version: now}
	}
	b, err := s.basis(ctx, c, p.Movement)
	if err != nil {
		return nil, err
	}
	author, err := s.store.Account(ctx, p.Author)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	line, err := s.work.Next(ctx, record, p, b, author.CallSign, c.account.CallSign, in.Body)
	if err != nil {
		return nil, err
	}
	if signed(in.Body.Action) {
		// The hash is that of the bytes of the plan: what was confirmed is what is
		// stored, whatever the page showed.
		if in.Body.BytesHash != hashOf(p.Plan) {
			return nil, problem(http.StatusConflict, "the confirmation is over other bytes than the plan has", "load the plan again, read it and confirm anew")
		}
		if !s.checks.Use(c.session.Hash, in.Body.BytesHash, c.at) {
			return nil, notFresh()
		}
	}
	act := c.act(p.ID)
	act.Why = in.Body.Action
	if err := s.store.AddStep(ctx, act, p.ID, line, steps); err != nil {
		return nil, err
	}
	s.tell(in.Body.Action, c.on)
	return s.approval(ctx, c, p)
}
