package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/outrider-project/outrider/server/internal/policy"
	"github.com/outrider-project/outrider/server/internal/signin"
)

// A gateway stands between the router and the handlers: whatever the API
// registers goes through the gate of its operation.
type gateway struct {
	*http.ServeMux
	s *Server
}

// HandleFunc registers the handler of an operation behind its gate.
func (g gateway) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	op := g.s.operations[pattern]
	if op == nil {
		// Only register leads here, and it has noted the operation before.
		g.s.fault = fmt.Errorf("an operation without a gate: %s", pattern)
		return
	}
	g.ServeMux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := g.s.pass(w, r, op, handler); err != nil {
			p := problemOf(err)
			if p.Status >= http.StatusInternalServerError {
				g.s.log.ErrorContext(r.Context(), "request failed", "operation", op.id, "error", err)
			}
			writeProblem(w, p)
		}
	})
}

// pass lets a request through, or returns why not. Nothing of the body is looked
// at before it is clear who asks and that they may.
func (s *Server) pass(w http.ResponseWriter, r *http.Request, op *operation, next http.HandlerFunc) error {
	now := s.now()
	if err := s.paced(w, "address "+address(r), paceOfAddress, now); err != nil {
		return err
	}
	if op.signIn {
		if err := s.paced(w, "sign-in "+address(r), paceOfSignIn, now); err != nil {
			return err
		}
	}
	if s.crossSite(r) {
		return problem(http.StatusForbidden, "the request comes from a page of elsewhere", "use "+s.origin)
	}
	ctx := r.Context()
	if !op.stream {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, requestTime)
		defer cancel()
	}
	c, err := s.callerFor(ctx, r, now)
	if err != nil && (!op.open || !errors.Is(err, errSignedOut)) {
		return err
	}
	if c != nil {
		c.op = op
		ctx = context.WithValue(ctx, callerKey{}, c)
	}
	r = r.WithContext(ctx)
	if op.open {
		if err := bounded(w, r, op); err != nil {
			return err
		}
		next(w, r)
		return nil
	}
	if err := s.paced(w, "session "+c.session.Hash, paceOfSession, now); err != nil {
		return err
	}
	if !op.late {
		on, err := op.on(ctx, s, r)
		if err := s.may(c, op.id, on, err); err != nil {
			return err
		}
		c.on = on
	}
	if op.fresh && s.checks.Until(c.session.Hash, now).IsZero() {
		return notFresh()
	}
	if op.audited {
		if err := s.store.Record(ctx, c.act(c.on.ID)); err != nil {
			return err
		}
	}
	if err := bounded(w, r, op); err != nil {
		return err
	}
	if key := r.Header.Get("Idempotency-Key"); key != "" && r.Method == http.MethodPost && !op.stream && !op.secret && op.most < mostExtract {
		return s.once(w, r, c, key, next)
	}
	next(w, r)
	return nil
}

func (s *Server) paced(w http.ResponseWriter, key string, p pace, now time.Time) error {
	wait, ok := s.limiter.take(key, p, now)
	if ok {
		return nil
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return problem(http.StatusTooManyRequests, "too many requests at once", fmt.Sprintf("wait %s", wait.Truncate(time.Second)+time.Second))
}

var errSignedOut error = signedOut()

// callerFor returns who sends a request; errSignedOut if nobody is signed in.
func (s *Server) callerFor(ctx context.Context, r *http.Request, now time.Time) (*caller, error) {
	cookie, err := r.Cookie(cookieName)
	if err != nil || len(cookie.Value) > 128 {
		return nil, errSignedOut
	}
	session, err := s.store.Session(ctx, signin.Hash(cookie.Value))
	if errors.Is(err, ErrNotFound) {
		return nil, errSignedOut
	}
	if err != nil {
		return nil, err
	}
	if now.Sub(session.Since) > sessionTime || now.Sub(session.Seen) > sessionIdle {
		return nil, errSignedOut
	}
	if now.Sub(session.Seen) > seenEvery {
		if err := s.store.Seen(ctx, session.Hash, now); err != nil {
			return nil, err
		}
	}
	account, err := s.store.Account(ctx, session.Account)
	if err != nil {
		return nil, err
	}
	grants, err := s.store.GrantsOf(ctx, account.ID, now)
	if err != nil {
		return nil, err
	}
	subject := policy.Subject{Account: account.ID, Unit: account.Unit}
	for _, g := range grants {
		subject.Grants = append(subject.Grants, policy.Grant{Role: policy.Role(g.Role), On: g.On})
	}
	return &caller{session: session, account: account, subject: subject, at: now}, nil
}

// bounded limits the size of a body, and the depth of JSON, which it reads.
func bounded(w http.ResponseWriter, r *http.Request, op *operation) error {
	r.Body = http.MaxBytesReader(w, r.Body, op.most)
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodDelete {
		return nil
	}
	if mediaType(r) == "application/octet-stream" && op.most == mostExtract {
		return nil
	}
	// Whatever else may come is JSON and small enough to be held.
	r.Body = http.MaxBytesReader(w, r.Body, min(op.most, mostDocument))
	body, err := io.ReadAll(r.Body)
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem(http.StatusRequestEntityTooLarge, fmt.Sprintf("more than %d bytes were sent", tooLong.Limit), "send less at a time")
	}
	if err != nil {
		return problem(http.StatusBadRequest, "the request was cut off", "send it again")
	}
	if tooDeep(body) {
		return problem(http.StatusUnprocessableEntity, fmt.Sprintf("brackets are nested more than %d deep", mostDepth), "see /openapi.json for what this operation takes")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}") // nothing to say is an object with nothing in it
	}
	if mediaType(r) == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	return nil
}

func mediaType(r *http.Request) string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

// tooDeep reports whether brackets outside of strings nest deeper than mostDepth.
func tooDeep(src []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(src); i++ {
		switch b := src[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			if depth++; depth > mostDepth {
				return true
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return false
}

var keyForm = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// mostKept is how much of an answer is kept for repetition.
const mostKept = 1 << 20

// once carries a request out at most once under its key: the same request again
// gets the same answer, for whoever still may have it.
func (s *Server) once(w http.ResponseWriter, r *http.Request, c *caller, key string, next http.HandlerFunc) error {
	if !keyForm.MatchString(key) {
		return problem(http.StatusUnprocessableEntity, fmt.Sprintf("an Idempotency-Key has 8 to %d letters, digits, _ and -", longestKey), "use a random one for each thing to be done")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return problem(http.StatusBadRequest, "the request was cut off", "send it again")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.New()
	sum.Write([]byte(r.Method + " " + r.URL.RequestURI() + "\n" + r.Header.Get("If-Match") + "\n"))
	sum.Write(body)
	request := hex.EncodeToString(sum.Sum(nil))
	kept, first, err := s.store.Reserve(r.Context(), c.account.ID, key, Reply{Request: request}, c.at)
	switch {
	case err != nil:
		return err
	case !first && kept.Request != request:
		return problem(http.StatusUnprocessableEntity, "this Idempotency-Key was used for another request", "use a random one for each thing to be done")
	case !first && kept.Status == 0:
		w.Header().Set("Retry-After", "1")
		return problem(http.StatusConflict, "the same request is under way", "ask again in a second")
	case !first:
		h := w.Header()
		h.Set("Content-Type", kept.Type)
		h.Set("Idempotency-Replayed", "true")
		if kept.ETag != "" {
			h.Set("ETag", kept.ETag)
		}
		w.WriteHeader(kept.Status)
		_, err := w.Write(kept.Body)
		return ignoreGone(err)
	}
	rec := &recorder{ResponseWriter: w}
	done := false
	defer func() {
		if done {
			return
		}
		// What failed may be tried again. The caller may be gone, the key is not.
		if err := s.store.Release(context.WithoutCancel(r.Context()), c.account.ID, key); err != nil {
			s.log.ErrorContext(r.Context(), "an idempotency key was not released", "error", err)
		}
	}()
	next(rec, r)
	if rec.status >= 200 && rec.status < 300 && rec.body.Len() < mostKept {
		h := w.Header()
		err := s.store.Keep(context.WithoutCancel(r.Context()), c.account.ID, key, Reply{
			Request: request, Status: rec.status, Type: h.Get("Content-Type"), ETag: h.Get("ETag"), Body: rec.body.Bytes(),
		})
		if err != nil {
			s.log.ErrorContext(r.Context(), "an answer was not kept", "error", err)
			return nil // the answer is on its way; the key is released
		}
		done = true
	}
	return nil
}

// ignoreGone drops the error of writing to somebody who has gone away.
func ignoreGone(error) error { return nil }

// A recorder remembers an answer while it is sent.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader notes the status and sends it.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write notes what is sent.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	if r.body.Len() <= mostKept {
		r.body.Write(b)
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap returns the writer below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
