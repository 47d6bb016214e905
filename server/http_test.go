package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/server/internal/policy"
)

func TestHeaders(t *testing.T) {
	w := newWorld(t)
	p := w.first()
	for _, path := range []string{"/", "/assets/a-1.js", "/openapi.json", "/healthz", "/api/session", "/api/units", "/nothing", "/api/nothing"} {
		h := p.send(http.MethodGet, path, nil).Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("%s: content policy %q", path, csp)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, h.Get(name), want)
			}
		}
		if !strings.Contains(h.Get("Permissions-Policy"), "geolocation=()") {
			t.Errorf("%s: permissions %q", path, h.Get("Permissions-Policy"))
		}
	}
}

func TestDocumentsRunNothing(t *testing.T) {
	w := newWorld(t)
	_, people := w.scene()
	a := people["planner"].want(http.StatusOK, nil, http.MethodGet, "/api/plans/PA1/report.html", nil)
	csp := a.Header().Get("Content-Security-Policy")
	// printf 'p{color:red}' | openssl dgst -sha256 -binary | base64
	if !strings.Contains(csp, "sandbox") || !strings.Contains(csp, "style-src 'sha256-p0bF+un5yUb9MBO6xRb8kPHlY2BdpHVtLiFkDrZPF64='") || strings.Contains(csp, "script-src") || strings.Contains(csp, "unsafe") {
		t.Errorf("content policy of a report: %q", csp)
	}
	if v := a.Header().Values("Content-Security-Policy"); len(v) != 1 {
		t.Errorf("%d content policies", len(v))
	}
}

func TestHosts(t *testing.T) {
	w := newWorld(t)
	p := w.stranger()
	for host, want := range map[string]int{
		"localhost:8420": 200, "LOCALHOST:8420": 200, "127.0.0.1:8420": 307, "[::1]:8420": 307, "evil.example": 421, "localhost": 421, "localhost:80": 421, "": 421,
		"localhost.evil.example:8420": 421,
	} {
		a := p.send(http.MethodGet, "/", nil, "Host", host)
		if a.Code != want {
			t.Errorf("host %q: %d, want %d", host, a.Code, want)
		}
		if want == 307 && a.Header().Get("Location") != testOrigin+"/" {
			t.Errorf("host %q leads to %q", host, a.Header().Get("Location"))
		}
	}
	p.want(http.StatusMisdirectedRequest, nil, http.MethodGet, "/api/session", nil, "Host", "127.0.0.1:8420")
}

func TestCrossSite(t *testing.T) {
	w := newWorld(t)
	p := w.first()
	ask := invitationRequest{"SIERRA 4", "top", ""}
	p.want(http.StatusForbidden, nil, http.MethodPost, "/api/invitations", ask, "Origin", "https://evil.example")
	p.want(http.StatusForbidden, nil, http.MethodPost, "/api/invitations", ask, "Sec-Fetch-Site", "cross-site")
	p.want(http.StatusForbidden, nil, http.MethodPost, "/api/invitations", ask, "Sec-Fetch-Site", "same-site")
	p.want(http.StatusForbidden, nil, http.MethodPost, "/api/invitations", ask, "Origin", "null")
	p.want(http.StatusCreated, nil, http.MethodPost, "/api/invitations", ask)
}

func TestCookie(t *testing.T) {
	w := newWorld(t)
	p := w.stranger()
	var o asked
	p.want(http.StatusOK, &o, http.MethodPost, "/api/first-run", firstRun{w.code.String(), "ROMEO 1", "top"})
	a := p.want(http.StatusOK, nil, http.MethodPost, "/api/first-run/finish", credential{p.key.make(o.PublicKey)})
	c := a.Header().Get("Set-Cookie")
	for _, part := range []string{"__Host-outrider=", "Path=/", "HttpOnly", "Secure", "SameSite=Strict"} {
		if !strings.Contains(c, part) {
			t.Errorf("the cookie %q lacks %s", c, part)
		}
	}
	if strings.Contains(c, "Domain") {
		t.Errorf("the cookie %q goes to other hosts", c)
	}
	for hash := range w.store.sessions {
		if strings.Contains(c, hash) {
			t.Error("the store holds the token itself")
		}
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t)
	_, people := w.scene()
	p := people["planner"]
	long := []byte(`{"mix":"` + strings.Repeat("x", mostBody) + `"}`)
	p.want(http.StatusRequestEntityTooLarge, nil, http.MethodPost, "/api/movements/MA1/plans", long)
	deep := []byte(`{"mix":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`)
	p.want(http.StatusUnprocessableEntity, nil, http.MethodPost, "/api/movements/MA1/plans", deep)
	brackets := []byte(`{"mix":"` + strings.Repeat("[", 1000) + `\"["}`)
	p.want(http.StatusAccepted, nil, http.MethodPost, "/api/movements/MA1/plans", brackets)
	p.want(http.StatusUnprocessableEntity, nil, http.MethodPost, "/api/movements/MA1/plans", map[string]any{"what": 1})
	p.want(http.StatusUnprocessableEntity, nil, http.MethodGet, "/api/movements?what=1", nil)
	p.want(http.StatusUnprocessableEntity, nil, http.MethodGet, "/api/movements?limit=1000", nil)
}

func TestPace(t *testing.T) {
	w := newWorld(t)
	p := w.stranger()
	codes := map[int]int{}
	for range 100 {
		codes[p.send(http.MethodPost, "/api/sign-in", nil).Code]++
	}
	if codes[http.StatusOK] != int(paceOfSignIn.burst) || codes[http.StatusTooManyRequests] != 100-codes[http.StatusOK] {
		t.Errorf("sign-ins at once: %v", codes)
	}
	w.later(4 * time.Second)
	p.want(http.StatusOK, nil, http.MethodPost, "/api/sign-in", nil)
	a := p.send(http.MethodPost, "/api/sign-in", nil)
	for a.Code == http.StatusOK {
		a = p.send(http.MethodPost, "/api/sign-in", nil)
	}
	if a.Header().Get("Retry-After") == "" {
		t.Error("nobody says how long to wait")
	}
}

func TestPageAndItsAbsence(t *testing.T) {
	w := newWorld(t)
	p := w.stranger()
	if a := p.want(http.StatusOK, nil, http.MethodGet, "/", nil); !strings.Contains(a.Body.String(), "<title>Outrider") {
		t.Errorf("page: %s", a.Body)
	}
	a := p.want(http.StatusOK, nil, http.MethodGet, "/assets/a-1.js", nil)
	if a.Header().Get("Content-Type") != "text/javascript; charset=utf-8" || !strings.Contains(a.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("script: %v", a.Header())
	}
	p.want(http.StatusNotModified, nil, http.MethodGet, "/assets/a-1.js", nil, "If-None-Match", a.Header().Get("ETag"))
	for _, path := range []string{"/.keep", "/assets", "/assets/../server.go", "/%2e%2e/go.mod", "/index.html/x"} {
		if a := p.send(http.MethodGet, path, nil); a.Code != http.StatusNotFound && a.Code/100 != 3 {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
	w.s.page = noFiles{}
	if a := p.want(http.StatusOK, nil, http.MethodGet, "/", nil); !strings.Contains(a.Body.String(), "make page") {
		t.Errorf("without a page: %s", a.Body)
	}
}

func TestTwoEditors(t *testing.T) {
	w := newWorld(t)
	_, people := w.scene()
	one, two := people["commander"], people["planner"]
	var a, b movementFull
	ra := one.want(http.StatusOK, &a, http.MethodGet, "/api/movements/MA1", nil)
	rb := two.want(http.StatusOK, &b, http.MethodGet, "/api/movements/MA1", nil)
	change := func(name string) movementChange {
		return movementChange{Name: name, Map: testMap, State: "draft", Document: json.RawMessage(`{"name":"` + name + `"}`)}
	}
	one.want(http.StatusPreconditionRequired, nil, http.MethodPut, "/api/movements/MA1", change("COBALT"))
	one.want(http.StatusOK, &a, http.MethodPut, "/api/movements/MA1", change("MAGENTA"), "If-Match", ra.Header().Get("ETag"))
	refused := two.want(http.StatusPreconditionFailed, nil, http.MethodPut, "/api/movements/MA1", change("OCHRE"), "If-Match", rb.Header().Get("ETag"))
	if got := refused.Header().Get("ETag"); got != `"2"` {
		t.Errorf("the refusal names version %s", got)
	}
	two.want(http.StatusOK, &b, http.MethodGet, "/api/movements/MA1", nil)
	if b.Name != "MAGENTA" || string(b.Document) != `{"name":"MAGENTA"}` {
		t.Errorf("overwritten: %+v", b)
	}
	two.want(http.StatusOK, nil, http.MethodPut, "/api/movements/MA1", change("OCHRE"), "If-Match", refused.Header().Get("ETag"))
}

func TestApproval(t *testing.T) {
	w := newWorld(t)
	_, people := w.scene()
	const path = "/api/plans/PA1/approval"
	a := people["planner"].want(http.StatusOK, nil, http.MethodPost, path, ApprovalRequest{Action: "submit"}, "If-Match", `"0"`)
	if a.Header().Get("ETag") != `"1"` {
		t.Errorf("after one step: %s", a.Header().Get("ETag"))
	}
	boss := w.realMember("KILO 1", policy.Grant{Role: policy.Approver, On: "MA1"})
	boss.want(http.StatusPreconditionFailed, nil, http.MethodPost, path, ApprovalRequest{Action: "return", Note: "x"}, "If-Match", `"0"`)
	hash := hashOf([]byte("{}"))
	approve := ApprovalRequest{Action: "approve", BytesHash: hash}
	boss.want(http.StatusForbidden, nil, http.MethodPost, path, approve, "If-Match", `"1"`)
	boss.confirm("")
	boss.want(http.StatusForbidden, nil, http.MethodPost, path, approve, "If-Match", `"1"`)
	boss.confirm(hashOf([]byte("another plan")))
	boss.want(http.StatusForbidden, nil, http.MethodPost, path, approve, "If-Match", `"1"`)
	boss.want(http.StatusConflict, nil, http.MethodPost, path, ApprovalRequest{Action: "approve", BytesHash: hashOf([]byte("another plan"))}, "If-Match", `"1"`)
	boss.confirm(hash)
	boss.want(http.StatusOK, nil, http.MethodPost, path, approve, "If-Match", `"1"`)
	boss.want(http.StatusForbidden, nil, http.MethodPost, path, approve, "If-Match", `"2"`) // one check, one act
	boss.confirm(hash)
	w.later(6 * time.Minute)
	boss.want(http.StatusForbidden, nil, http.MethodPost, path, approve, "If-Match", `"2"`)
}

func TestClearExportWantsAFreshCheck(t *testing.T) {
	w := newWorld(t)
	p := w.realMember("KILO 1", policy.Grant{Role: policy.Planner, On: "MA1"})
	w.scene()
	p.want(http.StatusOK, nil, http.MethodPost, "/api/plans/PA1/export", ExportRequest{As: "gpx"})
	p.want(http.StatusForbidden, nil, http.MethodPost, "/api/plans/PA1/export", ExportRequest{As: "gpx", Clear: true})
	p.confirm("")
	p.want(http.StatusOK, nil, http.MethodPost, "/api/plans/PA1/export", ExportRequest{As: "gpx", Clear: true})
	var exports []string
	for _, r := range w.store.log {
		if r.Act.What == "export-plan" {
			exports = append(exports, r.Act.Why)
		}
	}
	if !slices.Equal(exports, []string{"gpx", "gpx in clear"}) {
		t.Errorf("the log has the exports %q", exports)
	}
}

// realMember makes an account with a passkey that works, which has not passed a
// fresh check.
func (w *world) realMember(callSign string, grants ...policy.Grant) *person {
	w.t.Helper()
	p := w.member(callSign, "top/a", grants...)
	var o asked
	w.stranger() // an authenticator of somebody else makes no difference
	options, err := w.s.ceremonies.Register("test", "", holderOf(p.account, callSign), w.now())
	if err != nil {
		w.t.Fatal(err)
	}
	o.PublicKey = options
	_, _, key, err := w.s.ceremonies.Registered("test", p.key.make(o.PublicKey), w.now())
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range w.store.devices {
		if w.store.devices[i].Account == p.account {
			w.store.devices[i].Credential, w.store.devices[i].Key, w.store.devices[i].Counter = key.ID, key.Key, key.Counter
		}
	}
	w.s.checks = newChecks()
	return p
}

func TestFindingsFromThePhone(t *testing.T) {
	w := newWorld(t)
	_, people := w.scene()
	p := people["surveyor"]
	send := func(f ...string) []string {
		t.Helper()
		in := findingsNew{}
		for i, text := range f {
			in.Findings = append(in.Findings, findingNew{fmt.Sprint(i), json.RawMessage(text)})
		}
		var out findingAnswers
		p.want(http.StatusOK, &out, http.MethodPost, "/api/findings", in)
		var states []string
		for _, a := range out.Items {
			states = append(states, a.State)
			if a.State == "conflict" && !strings.Contains(string(a.Theirs), `"rating":1`) {
				t.Errorf("the conflict shows %s", a.Theirs)
			}
		}
		return states
	}
	bridge := `{"kind":"bridge","rating":1,"lat":1,"lon":2}`
	if got := send(bridge, `{"rating":3}`, bridge); !slices.Equal(got, []string{"taken", "refused", "known"}) {
		t.Errorf("first list: %v", got)
	}
	if got := send(bridge, `{"kind":"bridge","rating":4,"lat":1,"lon":2}`); !slices.Equal(got, []string{"known", "conflict"}) {
		t.Errorf("second list: %v", got)
	}
	var l list[findingItem]
	p.want(http.StatusOK, &l, http.MethodGet, "/api/findings?box=1,0,3,2", nil)
	if len(l.Items) != 1 {
		t.Errorf("%d findings", len(l.Items))
	}
	p.want(http.StatusOK, &l, http.MethodGet, "/api/findings?box=10,0,30,2", nil)
	if len(l.Items) != 0 {
		t.Errorf("%d findings elsewhere", len(l.Items))
	}
	p.want(http.StatusUnprocessableEntity, nil, http.MethodGet, "/api/findings?box=3,2,1,0", nil)
}

// TestJobsAndEvents runs a server on the network: a job is carried out, its events
// arrive, and who lost the connection misses none.
func TestJobsAndEvents(t *testing.T) {
	w := newWorld(t)
	_, people := w.scene()
	w.store.jobs = nil
	w.work.block = make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	worked := make(chan error, 1)
	go func() { worked <- w.s.Work(ctx, w.store) }()
	defer func() {
		stop()
		if err := <-worked; err != nil {
			t.Error(err)
		}
	}()
	live := httptest.NewServer(w.s.Handler())
	defer live.Close()
	listen := func(p *person, last string) (*bufio.Scanner, func()) {
		t.Helper()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, live.URL+"/api/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "localhost:8420"
		r.Header.Set("Cookie", cookieName+"="+p.cookie)
		if last != "" {
			r.Header.Set("Last-Event-ID", last)
		}
		a, err := http.DefaultClient.Do(r) //nolint:bodyclose // closed by what is returned
		if err != nil || a.StatusCode != http.StatusOK {
			t.Fatal(err, a.StatusCode)
		}
		return bufio.NewScanner(a.Body), func() { _ = a.Body.Close() }
	}
	until := func(lines *bufio.Scanner, what string) (id string) {
		t.Helper()
		for lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				id = rest
			}
			if strings.Contains(lines.Text(), what) {
				return id
			}
		}
		t.Fatalf("no event with %s: %v", what, lines.Err())
		return ""
	}
	lines, leave := listen(people["planner"], "")
	var job started
	people["planner"].want(http.StatusAccepted, &job, http.MethodPost, "/api/movements/MA1/plans", map[string]any{})
	last := until(lines, `"what":"running"`)
	leave()
	close(w.work.block)
	lines, leave = listen(people["planner"], last)
	defer leave()
	until(lines, `"what":"done"`)
	until(lines, `"what":"planned"`)
	var j jobItem
	people["planner"].want(http.StatusOK, &j, http.MethodGet, "/api/jobs/"+job.Job, nil)
	people["planner"].want(http.StatusOK, nil, http.MethodGet, "/api/plans/"+j.Result, nil)
	if j.State != JobDone {
		t.Errorf("the job is %s", j.State)
	}
	// After a restart ids are of another run.
	lines, leaveToo := listen(people["planner"], "00000000-7")
	defer leaveToo()
	until(lines, `"topic":"reload"`)
}

// TestRandomBodies sends what nobody would send to every operation: no answer may
// be a defect of the server, and all are problem details.
func TestRandomBodies(t *testing.T) {
	w := newWorld(t)
	places, people := w.scene()
	rnd := rand.New(rand.NewPCG(7, 24))
	ops := w.operations()
	ids := []string{}
	for id := range ops {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for range 40 {
		for _, id := range ids {
			op := ops[id]
			if op.method == http.MethodGet || op.method == http.MethodDelete {
				continue
			}
			w.s.limiter = newLimiter()
			path, body, headers := w.request(op, "submit", places["own"])
			src, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			who := people[[]string{"commander", "administrator", "planner", "unit-leader"}[rnd.IntN(4)]]
			bent := bend(rnd, src)
			if rnd.IntN(4) == 0 {
				headers = append(headers, "If-Match", string(bend(rnd, []byte(`"1"`))))
			}
			if rnd.IntN(8) == 0 {
				headers = append(headers, "Content-Type", "text/plain; charset=\x00")
			}
			a := who.send(op.method, path, bent, headers...)
			checkAnswer(t, id, bent, a)
		}
	}
}

func checkAnswer(t *testing.T, id string, body []byte, a *httptest.ResponseRecorder) {
	t.Helper()
	if a.Code >= 500 {
		t.Errorf("%s answers %d to %q: %s", id, a.Code, body, a.Body)
	}
	if a.Code >= 400 && a.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s answers %d to %q as %s: %s", id, a.Code, body, a.Header().Get("Content-Type"), a.Body)
	}
}

// bend changes JSON here and there.
func bend(rnd *rand.Rand, src []byte) []byte {
	out := bytes.Clone(src)
	pieces := []string{"null", "-1", "1e999", `"\ud800"`, "[]", "{}", `"` + strings.Repeat("A", 300) + `"`, "\x00", "true", "1.5", `""`, `{"a":{"a":1}}`, "\xff\xfe"}
	for range 1 + rnd.IntN(3) {
		at := rnd.IntN(len(out) + 1)
		switch rnd.IntN(4) {
		case 0: // something in between
			out = slices.Concat(out[:at], []byte(pieces[rnd.IntN(len(pieces))]), out[at:])
		case 1: // cut off
			out = out[:at]
		case 2: // a value in place of another
			if colon := bytes.IndexByte(out[at:], ':'); colon >= 0 {
				from := at + colon + 1
				to := from
				for to < len(out) && out[to] != ',' && out[to] != '}' {
					to++
				}
				out = slices.Concat(out[:from], []byte(pieces[rnd.IntN(len(pieces))]), out[to:])
			}
		default:
			if at < len(out) {
				out[at] ^= byte(1 + rnd.IntN(255))
			}
		}
	}
	return out
}

func FuzzBodies(f *testing.F) {
	f.Add("save-movement", []byte(`{"name":"COBALT"}`))
	f.Add("first-run-finish", []byte(`{"credential":{"id":"","rawId":"","type":"public-key","response":{}}}`))
	f.Add("act-on-approval", []byte(`{"action":"approve"}`))
	var w *world
	var operations map[string]operation
	f.Fuzz(func(t *testing.T, id string, body []byte) {
		if w == nil { // once for each worker: describing the API takes longer than a request
			w = newWorld(t)
			operations = w.operations()
		}
		w.t = t
		w.begin()
		places, people := w.scene()
		op, known := operations[id]
		if !known || op.method == http.MethodGet {
			return
		}
		path, _, headers := w.request(op, "submit", places["own"])
		checkAnswer(t, id, body, people["commander"].send(op.method, path, body, headers...))
	})
}

func TestLoopbackOnlyWithoutTLS(t *testing.T) {
	w := newWorld(t)
	err := w.s.Serve(t.Context(), listenerAt{&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1}})
	if outrider.KindOf(err) != outrider.Usage {
		t.Errorf("beyond this machine without TLS: %v", err)
	}
}

type listenerAt struct{ at net.Addr }

func (l listenerAt) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (l listenerAt) Close() error              { return nil }
func (l listenerAt) Addr() net.Addr            { return l.at }

func TestAddressesThatAreNoNames(t *testing.T) {
	_, err := New(Config{Host: "127.0.0.1", Port: 8420, Random: strings.NewReader("0000"), Page: noFiles{}})
	if outrider.KindOf(err) != outrider.Usage {
		t.Errorf("passkeys for an address: %v", err)
	}
}

func TestIDs(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for range 1000 {
		id, err := w.s.id()
		if err != nil || len(id) != 26 || seen[id] || id[0] > '7' {
			t.Fatal(id, err)
		}
		seen[id] = true
	}
	a, _ := w.s.id()
	w.later(time.Millisecond)
	if b, _ := w.s.id(); a >= b {
		t.Errorf("ids do not rise with time: %s, %s", a, b)
	}
}
