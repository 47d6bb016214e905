package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/desk"
	"github.com/outrider-project/outrider/server/internal/policy"
	"github.com/outrider-project/outrider/server/internal/signin"
)

// paperwork stands for the work on maps and plans: it answers with what it was
// asked, so that a test sees what passed.
type paperwork struct {
	mu     sync.Mutex
	change desk.Change
	block  chan struct{} // Make waits for it, if there is one
}

const testMap = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

func (*paperwork) Maps(context.Context, time.Time) ([]desk.MapInfo, error) {
	return []desk.MapInfo{{ID: testMap, Name: "Town"}}, nil
}

func (*paperwork) known(id string) error {
	if id != testMap {
		return ErrNotFound
	}
	return nil
}

func (p *paperwork) Tile(_ context.Context, id string, _, _, _ int) ([]byte, error) {
	return []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0}, p.known(id)
}

func (p *paperwork) Search(_ context.Context, id, _ string) ([]desk.Found, error) {
	return nil, p.known(id)
}

func (*paperwork) Receive(_ context.Context, r io.Reader) (string, error) {
	if r == nil {
		return "sample", nil
	}
	n, err := io.Copy(io.Discard, r)
	return fmt.Sprintf("extract-%d", n), err
}

func (*paperwork) Build(_ context.Context, _ string, progress func(string, int64, int64)) (string, error) {
	progress("ways", 1, 1)
	return testMap, nil
}

func (*paperwork) Check(_ context.Context, document json.RawMessage) error {
	var d map[string]any
	if err := json.Unmarshal(document, &d); err != nil || d["name"] == nil {
		return &outrider.Error{Kind: outrider.Invalid, Where: "document", Cause: "this is no movement file", Remedy: "see the schema"}
	}
	return nil
}

func (p *paperwork) Sketch(_ context.Context, _ Basis, c desk.Change) (*desk.Sketch, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.change = c
	return &desk.Sketch{}, nil
}

func (p *paperwork) Make(ctx context.Context, b Basis, _ json.RawMessage, progress func(string, int64, int64)) ([]byte, error) {
	progress("routes", 1, 2)
	if p.block != nil {
		select {
		case <-p.block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return fmt.Appendf(nil, `{"schema":"outrider.plan/1","of":%q}`, b.Movement.ID), nil
}

func (*paperwork) Form(context.Context, Basis, []byte) (json.RawMessage, error) {
	return json.RawMessage(`{"rows":[]}`), nil
}

func (*paperwork) ReadFinding(_ context.Context, f json.RawMessage, _ string, _ time.Time) (StoredFinding, error) {
	var d struct {
		Kind   string
		Rating int
		Lat    float64
	}
	if err := json.Unmarshal(f, &d); err != nil || d.Kind == "" {
		return StoredFinding{}, &outrider.Error{Kind: outrider.Invalid, Cause: "this is no finding", Remedy: "name its kind"}
	}
	return StoredFinding{ID: hashOf(fmt.Append(nil, d)), Finding: f}, nil
}

func (*paperwork) Plan(_ context.Context, l Look) (json.RawMessage, error) {
	return json.RawMessage(fmt.Sprintf(`{"id":%q,"attack":%v}`, l.Plan.ID, l.Attack)), nil
}

func (*paperwork) Lines(context.Context, Look) (json.RawMessage, error) {
	return json.RawMessage(`{}`), nil
}

func (*paperwork) Why(context.Context, Look, Basis, float64, float64) (*desk.Reason, error) {
	return &desk.Reason{}, nil
}

func (*paperwork) Report(context.Context, Look) ([]byte, error) {
	return []byte("<!doctype html><style>p{color:red}</style><p>report"), nil
}

func (*paperwork) Compare(_ context.Context, a, b Look) (json.RawMessage, error) {
	return json.RawMessage(fmt.Sprintf(`{"a":%q,"b":%q}`, a.Plan.ID, b.Plan.ID)), nil
}

func (*paperwork) Order(context.Context, Look, string, string) ([]byte, error) {
	return []byte("%PDF-1.7"), nil
}

func (*paperwork) Preview(context.Context, Look, string) ([]byte, error) {
	return []byte("<!doctype html><p>order"), nil
}

func (*paperwork) Export(context.Context, Look, ExportRequest) (string, string, []byte, error) {
	return "plan.gpx", "application/gpx+xml", []byte("<gpx/>"), nil
}

func (*paperwork) Status(_ context.Context, record []byte, _ StoredPlan, _ Basis) (json.RawMessage, error) {
	return json.RawMessage(fmt.Sprintf(`{"steps":%d}`, bytes.Count(record, []byte("\n")))), nil
}

func (*paperwork) Next(_ context.Context, _ []byte, _ StoredPlan, _ Basis, _, by string, r ApprovalRequest) ([]byte, error) {
	return fmt.Appendf(nil, `{"action":%q,"by":%q}`, r.Action, by), nil
}

// A world is a server with its store, its clock and people.
type world struct {
	t     *testing.T
	s     *Server
	store *memory
	work  *paperwork
	code  *signin.Code

	mu    sync.Mutex
	clock time.Time
}

const testOrigin = "http://localhost:8420"

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: newMemory(), work: &paperwork{}, clock: time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)}
	var err error
	if w.code, err = NewCode(rand.Reader); err != nil {
		t.Fatal(err)
	}
	w.s, err = New(Config{
		Host: "localhost", Port: 8420, Store: w.store, Work: w.work, Code: w.code, Now: w.now, Ticks: ticks, Random: rand.Reader,
		Page: fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>Outrider</title>")}, "assets/a-1.js": {Data: []byte("export {}")}},
		Log:  slog.New(slog.NewTextHandler(w, nil)), Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Write logs to the test that runs.
func (w *world) Write(line []byte) (int, error) { return w.t.Output().Write(line) }

// begin empties the store of a world, which is quicker than making another one.
func (w *world) begin() {
	w.store = newMemory()
	w.s.store, w.s.limiter = w.store, newLimiter()
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

// A person has a browser and perhaps a passkey.
type person struct {
	w       *world
	key     *authenticator
	cookie  string
	account string
}

func (w *world) stranger() *person { return &person{w: w, key: newAuthenticator(w.t)} }

// send sends a request as a page of this server does.
func (p *person) send(method, path string, body any, headers ...string) *httptest.ResponseRecorder {
	p.w.t.Helper()
	var src io.Reader = http.NoBody
	switch b := body.(type) {
	case nil:
	case []byte:
		src = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			p.w.t.Fatal(err)
		}
		src = bytes.NewReader(text)
	}
	r := httptest.NewRequest(method, path, src)
	r.Host = "localhost:8420"
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if method != http.MethodGet {
		r.Header.Set("Origin", testOrigin)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if p.cookie != "" {
		r.Header.Set("Cookie", cookieName+"="+p.cookie)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	a := httptest.NewRecorder()
	p.w.s.Handler().ServeHTTP(a, r)
	for _, c := range a.Result().Cookies() {
		if c.Name == cookieName {
			p.cookie = c.Value
		}
	}
	return a
}

// want sends a request, demands a status and reads the answer into out.
func (p *person) want(status int, out any, method, path string, body any, headers ...string) *httptest.ResponseRecorder {
	p.w.t.Helper()
	a := p.send(method, path, body, headers...)
	if a.Code != status {
		p.w.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.Code, status, a.Body)
	}
	if out != nil {
		if err := json.Unmarshal(a.Body.Bytes(), out); err != nil {
			p.w.t.Fatalf("%s %s: %v: %s", method, path, err, a.Body)
		}
	}
	return a
}

type asked struct{ PublicKey json.RawMessage }

// enrol goes through a registration at a path with a body.
func (p *person) enrol(path string, body any) sessionState {
	p.w.t.Helper()
	var o asked
	p.want(http.StatusOK, &o, http.MethodPost, path, body)
	var out sessionState
	p.want(http.StatusOK, &out, http.MethodPost, path+"/finish", credential{p.key.make(o.PublicKey)})
	p.account = out.Account
	return out
}

func (w *world) first() *person {
	w.t.Helper()
	p := w.stranger()
	p.enrol("/api/first-run", firstRun{Code: w.code.String(), CallSign: "ROMEO 1", Unit: "top"})
	return p
}

func (p *person) invite(callSign, unit, role string) *person {
	p.w.t.Helper()
	var made invitationMade
	p.want(http.StatusCreated, &made, http.MethodPost, "/api/invitations", invitationRequest{callSign, unit, role})
	n := p.w.stranger()
	n.enrol("/api/invitations/accept", tokenRequest{made.Token})
	return n
}

func (p *person) signIn() int {
	p.w.t.Helper()
	var o asked
	p.want(http.StatusOK, &o, http.MethodPost, "/api/sign-in", nil)
	return p.send(http.MethodPost, "/api/sign-in/finish", credential{p.key.get(o.PublicKey)}).Code
}

func (p *person) confirm(hash string) {
	p.w.t.Helper()
	var o asked
	p.want(http.StatusOK, &o, http.MethodPost, "/api/fresh", freshRequest{hash})
	p.want(http.StatusOK, nil, http.MethodPost, "/api/fresh/finish", credential{p.key.get(o.PublicKey)})
}

// member makes an account directly in the store, with a session and a fresh
// check: for tests of what comes after.
func (w *world) member(callSign, unit string, grants ...policy.Grant) *person {
	w.t.Helper()
	id, err := w.s.id()
	if err != nil {
		w.t.Fatal(err)
	}
	token := strings.ToLower(id) + "-token"
	p := &person{w: w, account: id, cookie: token, key: newAuthenticator(w.t)}
	w.store.accounts = append(w.store.accounts, Account{ID: id, CallSign: callSign, Unit: unit, Since: w.now()})
	w.store.devices = append(w.store.devices, Device{ID: id, Account: id, Credential: p.key.id, Key: []byte{1}})
	for _, g := range grants {
		w.store.grants = append(w.store.grants, Grant{Account: id, Role: string(g.Role), On: g.On})
	}
	w.store.sessions[signin.Hash(token)] = Session{Hash: signin.Hash(token), Account: id, Device: id, Since: w.now(), Seen: w.now()}
	w.s.checks.Passed(signin.Hash(token), "", w.now())
	return p
}

func holderOf(account, callSign string) signin.Holder {
	return signin.Holder{Account: account, CallSign: callSign}
}

func newChecks() *signin.Checks { return signin.NewChecks() }

func ticks(every time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(every)
	return t.C, t.Stop
}

// noFiles is a page that was not built.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
