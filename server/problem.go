package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	outrider "github.com/outrider-project/outrider"
)

// A Problem is an answer that is none, as RFC 9457 has it, with the place and the
// remedy beside it.
type Problem struct {
	Type   string `json:"type" doc:"Kind of problem; about:blank where the status says all." example:"about:blank"`
	Title  string `json:"title" doc:"The status in words."`
	Status int    `json:"status" doc:"The HTTP status again."`
	Detail string `json:"detail,omitempty" doc:"What is wrong."`
	Where  string `json:"where,omitempty" doc:"Where in what was sent, or in which file."`
	Remedy string `json:"remedy,omitempty" doc:"What to do."`

	etag string // of the thing as it is, where the caller knew an older one
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns that of problem details.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func problem(status int, detail, remedy string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Remedy: remedy}
}

// missing is what everybody hears of what does not exist or is none of their
// business. It must not tell the two apart, nor one thing from another.
func missing() *Problem {
	return problem(http.StatusNotFound, "there is nothing here", "look at the address; if you expected something, ask whoever leads the movement or the unit for a role on it")
}

func forbidden() *Problem {
	return problem(http.StatusForbidden, "your role does not allow this", "ask whoever leads the movement or the unit")
}

func signedOut() *Problem {
	return problem(http.StatusUnauthorized, "nobody is signed in", "sign in with your passkey")
}

// notFresh asks for a fresh check of the passkey. Its type lets the page ask and
// repeat.
func notFresh() *Problem {
	p := problem(http.StatusForbidden, "this step wants a fresh check of your passkey", "confirm with your passkey and repeat the step within five minutes")
	p.Type = "tag:outrider,2026:fresh-check"
	return p
}

// ErrNotFound is what stores answer for what they do not hold.
var ErrNotFound = errors.New("not found")

// A ConflictError is a change that was made to something as it no longer is.
type ConflictError struct {
	Version int64 // the present one
}

// Error says what happened.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("somebody else has saved version %d in between", e.Version)
}

// statusOf gives the status of a kind of error. Whatever a caller can bring about
// has one below 500.
func statusOf(k outrider.Kind) int {
	switch k {
	case outrider.Usage, outrider.Invalid, outrider.Unreadable, outrider.OffNetwork, outrider.NoRoute,
		outrider.Unsurveyed, outrider.Infeasible:
		return http.StatusUnprocessableEntity
	case outrider.WrongMap, outrider.Stale, outrider.Differs:
		return http.StatusConflict
	case outrider.Refused:
		return http.StatusForbidden
	case outrider.Refuted, outrider.NotProven:
		return http.StatusUnprocessableEntity
	case outrider.Interrupted:
		return http.StatusServiceUnavailable
	case outrider.Internal:
	}
	return http.StatusInternalServerError
}

// problemOf translates errors once. What it returns for defects of the program
// says nothing of them; the caller logs them.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*outrider.Error](err); ok && e.Kind != outrider.Internal {
		p := problem(statusOf(e.Kind), e.Cause, e.Remedy)
		p.Where = e.Where
		return p
	}
	if errors.Is(err, ErrNotFound) {
		return missing()
	}
	if c, ok := errors.AsType[*ConflictError](err); ok {
		p := problem(http.StatusPreconditionFailed, c.Error(), "look at both, take over what you want to keep, and save again")
		p.etag = etag(c.Version)
		return p
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return problem(http.StatusServiceUnavailable, "the request took too long or was broken off", "try again")
	}
	return problem(http.StatusInternalServerError, "a defect of the program stood in the way", "the log of the server says more; try again, and report it if it stays")
}

func etag(version int64) string { return fmt.Sprintf("%q", fmt.Sprint(version)) }

// writeProblem answers outside of huma's handlers.
func writeProblem(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if p.etag != "" {
		h.Set("ETag", p.etag)
	}
	w.WriteHeader(p.Status)
	// An error here means that nobody listens any more.
	_ = json.NewEncoder(w).Encode(p)
}

// plainly makes huma's own complaints problems of ours, without repeating what was
// sent.
func plainly(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := problem(m.Status, m.Detail, "see /openapi.json for what this operation takes")
	const shown = 5
	var what []string
	for _, d := range m.Errors {
		if d == nil || len(what) == shown {
			continue
		}
		if p.Where == "" {
			p.Where = d.Location
		}
		what = append(what, strings.TrimSpace(d.Location+" "+d.Message))
	}
	if len(what) > 0 {
		p.Detail = strings.Join(what, "; ")
	}
	return p, nil
}
