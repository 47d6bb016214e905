package server

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/server/internal/events"
	"github.com/outrider-project/outrider/server/internal/policy"
	"github.com/outrider-project/outrider/server/internal/signin"
)

// Parts of operations that have rows of their own: what an answer holds, and what
// a stream passes on.
var partsOfOperations = []string{"see-attack", "see-event"}

// readAuthz reads the table that says who may do what: operation and place to
// role to answer. It is written by hand; nothing derives it from the policies.
func readAuthz(t *testing.T) (roles []string, table map[string]map[string]map[string]string) {
	t.Helper()
	f, err := os.Open("testdata/authz.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	roles = rows[0][2:]
	table = map[string]map[string]map[string]string{}
	for _, row := range rows[1:] {
		if table[row[0]] == nil {
			table[row[0]] = map[string]map[string]string{}
		}
		if table[row[0]][row[1]] != nil {
			t.Errorf("%s, %s: two rows", row[0], row[1])
		}
		cells := map[string]string{}
		for i, cell := range row[2:] {
			if !slices.Contains([]string{"yes", "no", "hidden", "sign-in"}, cell) {
				t.Errorf("%s, %s, %s: %q is no answer", row[0], row[1], roles[i], cell)
			}
			cells[roles[i]] = cell
		}
		table[row[0]][row[1]] = cells
	}
	return roles, table
}

// operations returns the operations of the OpenAPI document, by id.
func (w *world) operations() map[string]operation {
	w.t.Helper()
	var doc struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	w.stranger().want(http.StatusOK, &doc, http.MethodGet, "/openapi.json", nil)
	out := map[string]operation{}
	for path, methods := range doc.Paths {
		for method, o := range methods {
			out[o.OperationID] = operation{id: o.OperationID, method: strings.ToUpper(method), path: path}
		}
	}
	if len(out) < 40 {
		w.t.Fatalf("the OpenAPI document names %d operations", len(out))
	}
	return out
}

// A place holds one of each thing in a unit, or in a compartment of it.
type place struct {
	unit, movement, plan, job, account string
}

// scene fills a world: two units below the top, the first with two compartments.
func (w *world) scene() (places map[string]place, people map[string]*person) {
	w.t.Helper()
	w.store.units = []string{"top", "top/a", "top/b"}
	places = map[string]place{
		"any":               {"top/a", "MA1", "PA1", "JA1", ""},
		"own":               {"top/a", "MA1", "PA1", "JA1", ""},
		"other-unit":        {"top/b", "MB1", "PB1", "JB1", ""},
		"other-compartment": {"top/a", "MA2", "PA2", "JA2", ""},
	}
	victims := map[string]*person{"top/a": w.member("VICTOR 1", "top/a"), "top/b": w.member("VICTOR 2", "top/b")}
	for name, p := range places {
		p.account = victims[p.unit].account
		places[name] = p
		if name == "any" {
			continue
		}
		w.store.movements = append(w.store.movements, Movement{ID: p.movement, Unit: p.unit, Name: "COBALT", Map: testMap, Document: json.RawMessage(`{"name":"x"}`), State: "draft", Version: 1})
		w.store.plans = append(w.store.plans, StoredPlan{ID: p.plan, Movement: p.movement, Map: testMap, Author: p.account, Plan: []byte("{}")})
		w.store.jobs = append(w.store.jobs, Job{ID: p.job, Kind: kindPlan, Movement: p.movement, Owner: p.account, State: JobRunning, Input: json.RawMessage("{}")})
		// Somebody commands each movement already.
		w.store.grants = append(w.store.grants, Grant{Account: p.account, Role: "commander", On: p.movement})
	}
	people = map[string]*person{
		"signed-out":        w.stranger(),
		"none":              w.member("NOVEMBER 1", "top/a"),
		"administrator":     w.member("ALPHA 1", "top/a", policy.Grant{Role: policy.Administrator, On: "top/a"}),
		"top administrator": w.member("ALPHA 2", "top", policy.Grant{Role: policy.Administrator, On: "top"}),
		"unit-leader":       w.member("LIMA 1", "top/a", policy.Grant{Role: policy.UnitLeader, On: "top/a"}),
	}
	for i, role := range policy.MovementRoles() {
		people[string(role)] = w.member(fmt.Sprintf("MIKE %d", i+1), "top/a", policy.Grant{Role: role, On: "MA1"})
	}
	return places, people
}

// request is a request for an operation on a place that nothing but rights stands
// against.
func (w *world) request(op operation, action string, at place) (path string, body any, headers []string) {
	path = op.path
	for name, value := range map[string]string{
		"{id}": at.movement, "{a}": at.plan, "{b}": at.plan, "{z}": "1", "{x}": "1", "{y}": "1",
	} {
		switch {
		case name != "{id}":
		case strings.HasPrefix(path, "/api/maps"):
			value = testMap
		case strings.HasPrefix(path, "/api/plans"):
			value = at.plan
		case strings.HasPrefix(path, "/api/jobs"):
			value = at.job
		case strings.HasPrefix(path, "/api/units"):
			value = strings.ReplaceAll(at.unit, "/", "%2F")
		case strings.HasPrefix(path, "/api/devices"):
			value = at.account // members have a device of the same id
		case strings.HasPrefix(path, "/api/recoveries"):
			value = "R" + at.account
		}
		path = strings.ReplaceAll(path, name, value)
	}
	if op.method != http.MethodGet && op.method != http.MethodDelete {
		body = map[string]any{}
	}
	document := json.RawMessage(`{"name":"x"}`)
	switch op.id {
	case "search-map":
		path += "?q=bridge"
	case "plan-why":
		path += "?lat=1&lon=1"
	case "invite":
		body = invitationRequest{CallSign: "YANKEE 1", Unit: at.unit}
	case "add-unit":
		body = unitRequest{Parent: at.unit, Name: "c"}
	case "set-unit-roles":
		body = unitRoleChange{CallSign: "VICTOR 1", Role: "unit-leader", Held: true}
	case "set-movement-roles":
		body = movementRoleChange{CallSign: "VICTOR 1", Role: "reader", Held: true}
	case "start-recovery":
		body = recoveryRequest{at.account}
	case "break-glass":
		body = glassReason{"The commander cannot be reached."}
	case "add-movement":
		body = movementNew{Unit: at.unit, Name: "COBALT", Map: testMap, Document: document}
	case "save-movement":
		body = movementChange{Name: "COBALT", Map: testMap, State: "draft", Document: document}
		headers = []string{"If-Match", fmt.Sprintf("%q", fmt.Sprint(w.version(at.movement)))}
	case "export-plan":
		body = ExportRequest{As: "gpx", Clear: true}
	case "act-on-approval":
		body = ApprovalRequest{Action: action}
		headers = []string{"If-Match", fmt.Sprintf("%q", fmt.Sprint(len(w.store.approvals[at.plan])))}
	case "add-findings":
		body = findingsNew{[]findingNew{{"1", json.RawMessage(`{"kind":"bridge","rating":1,"lat":1}`)}}}
	case "first-run":
		body = firstRun{"AAAA", "ROMEO 1", "top"}
	case "accept-invitation", "recover":
		body = tokenRequest{"token"}
	case "first-run-finish", "sign-in-finish", "accept-invitation-finish", "recover-finish", "fresh-finish":
		body = credential{json.RawMessage(`{}`)}
	}
	return path, body, headers
}

func (w *world) version(movement string) int64 {
	m, err := w.store.Movement(context.Background(), movement)
	if err != nil {
		w.t.Fatal(err)
	}
	return m.Version
}

// seen puts an answer into the words of the table.
func seen(t *testing.T, a *httptest.ResponseRecorder) string {
	t.Helper()
	var p Problem
	if a.Code >= 400 {
		if err := json.Unmarshal(a.Body.Bytes(), &p); err != nil {
			t.Fatalf("%d without problem details: %s", a.Code, a.Body)
		}
	}
	switch {
	case a.Code >= 500:
		return fmt.Sprint(a.Code)
	case a.Code == http.StatusUnauthorized:
		return "sign-in"
	case a.Code == http.StatusNotFound && p == *missing():
		return "hidden"
	case a.Code == http.StatusForbidden && p == *forbidden():
		return "no"
	}
	return "yes"
}

// placesOf says which rows an operation needs.
func placesOf(op *operation, id string) []string {
	switch {
	case slices.Contains(partsOfOperations, id):
		return []string{"other-compartment", "other-unit", "own"}
	case strings.Contains(op.path, "/movements/{id}"), strings.Contains(op.path, "/plans/"), strings.Contains(op.path, "/jobs/"):
		return []string{"other-compartment", "other-unit", "own"}
	case strings.Contains(op.path, "/units/{id}"), strings.Contains(op.path, "/devices/{id}"), strings.Contains(op.path, "/recoveries/{id}"), op.late:
		return []string{"other-unit", "own"}
	}
	return []string{"any"}
}

func TestAuthzHasEveryRow(t *testing.T) {
	w := newWorld(t)
	_, table := readAuthz(t)
	want := map[string]*operation{}
	for _, op := range w.s.operations {
		want[op.id] = op
		if op.id == "act-on-approval" {
			delete(want, op.id)
			for _, action := range approvalActions() {
				want[op.id+":"+action] = op
			}
		}
	}
	for _, part := range partsOfOperations {
		want[part] = &operation{}
	}
	for id, op := range want {
		var have []string
		for p := range table[id] {
			have = append(have, p)
		}
		slices.Sort(have)
		if places := placesOf(op, id); !slices.Equal(have, places) {
			t.Errorf("authz.csv: %s has rows for %v, want %v", id, have, places)
		}
	}
	for id := range table {
		if want[id] == nil {
			t.Errorf("authz.csv: there is no operation %q", id)
		}
	}
	if strings.Contains(string(w.s.document), "ErrorModel") || !strings.Contains(string(w.s.document), "schemas/Problem") {
		t.Error("the OpenAPI document does not describe problems as they are answered")
	}
	described := w.operations()
	for _, op := range w.s.operations {
		if d := described[op.id]; d.method != op.method || d.path != op.path {
			t.Errorf("the OpenAPI document does not describe %s", op.id)
		}
	}
	if len(described) != len(w.s.operations) {
		t.Errorf("%d operations are described, there are %d", len(described), len(w.s.operations))
	}
}

func approvalActions() []string {
	return []string{"submit", "approve", "return", "release", "start", "close", "cancel", "check", "waive"}
}

// TestAuthz asks the running server everything the table speaks of.
func TestAuthz(t *testing.T) {
	roles, table := readAuthz(t)
	w := newWorld(t)
	described := w.operations()
	for id, places := range table {
		name, action, _ := strings.Cut(id, ":")
		op, ok := described[name]
		if !ok {
			continue // parts have tests of their own
		}
		for where, cells := range places {
			t.Run(strings.ReplaceAll(id, ":", "_")+"/"+where, func(t *testing.T) {
				for _, role := range roles {
					w.t = t
					w.begin()
					at, people := w.scene()
					if name == "confirm-recovery" {
						w.openRecovery(at[where].account)
					}
					p := people[role]
					path, body, headers := w.request(op, action, at[where])
					got := seen(t, p.finite(op, path, body, headers...))
					if got != cells[role] {
						t.Errorf("%s: %q, the table says %q", role, got, cells[role])
					}
				}
			})
		}
	}
}

func (w *world) openRecovery(account string) {
	w.s.recoveries.Ask(recoveryOf(account), w.now().Add(time.Hour), w.now())
}

// finite sends a request and, if the answer is a stream, leaves once it has begun.
func (p *person) finite(op operation, path string, body any, headers ...string) *httptest.ResponseRecorder {
	if op.id != "watch-events" {
		return p.send(op.method, path, body, headers...)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := httptest.NewRequestWithContext(ctx, op.method, path, nil)
	r.Host = "localhost:8420"
	if p.cookie != "" {
		r.Header.Set("Cookie", cookieName+"="+p.cookie)
	}
	a := httptest.NewRecorder()
	p.w.s.Handler().ServeHTTP(a, r)
	return a
}

func TestAuthzOfParts(t *testing.T) {
	roles, table := readAuthz(t)
	w := newWorld(t)
	places, people := w.scene()
	for where, cells := range table["see-attack"] {
		for _, role := range roles {
			a := people[role].send(http.MethodGet, "/api/plans/"+places[where].plan, nil)
			got := "hidden"
			if strings.Contains(a.Body.String(), `"attack":true`) {
				got = "yes"
			}
			want := cells[role]
			if want != "yes" {
				want = "hidden" // the plan itself may answer, without this part
			}
			if got != want {
				t.Errorf("see-attack, %s, %s: %q, the table says %q", where, role, got, cells[role])
			}
		}
	}
	for where, cells := range table["see-event"] {
		at := places[where]
		for _, on := range []policy.Resource{
			{Kind: policy.Movement, ID: at.movement, Unit: at.unit, Movement: at.movement},
			{Kind: policy.Job, ID: at.job, Unit: at.unit, Movement: at.movement},
		} {
			for _, role := range roles {
				if role == "signed-out" {
					continue // watch-events itself answers 401
				}
				a := httptest.NewRecorder()
				if err := w.s.send(a, w.callerAs(people[role]), events.Event{ID: "x-1", Topic: events.Movement, What: "saved", On: on}); err != nil {
					t.Fatal(err)
				}
				got := "hidden"
				if strings.Contains(a.Body.String(), at.movement) {
					got = "yes"
				}
				if got != cells[role] {
					t.Errorf("see-event, %s, %s: %q, the table says %q", where, role, got, cells[role])
				}
			}
		}
	}
}

func (w *world) callerAs(p *person) *caller {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/api/events", nil)
	r.Header.Set("Cookie", cookieName+"="+p.cookie)
	c, err := w.s.callerFor(context.Background(), r, w.now())
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func TestWithoutASession(t *testing.T) {
	w := newWorld(t)
	places, _ := w.scene()
	open := []string{
		"get-session", "first-run", "first-run-finish", "sign-in", "sign-in-finish", "accept-invitation", "accept-invitation-finish",
		"recover", "recover-finish",
	}
	for id, op := range w.operations() {
		if slices.Contains(open, id) {
			continue
		}
		for _, cookie := range []string{"", "forged", strings.Repeat("x", 5000)} {
			p := w.stranger()
			p.cookie = cookie
			path, body, headers := w.request(op, "submit", places["own"])
			for _, at := range []string{path, op.path} {
				if a := p.finite(op, strings.NewReplacer("{", "", "}", "").Replace(at), body, headers...); a.Code != 401 && a.Code != 403 && a.Code != 404 {
					t.Errorf("%s %s without a session: %d %s", op.method, at, a.Code, a.Body)
				}
			}
		}
	}
}

// TestOtherPeoplesThings holds what exists against what does not: the same bytes.
func TestOtherPeoplesThings(t *testing.T) {
	w := newWorld(t)
	places, people := w.scene()
	nothing := place{"top/z", "MZ9", "PZ9", "JZ9", "AZ9"}
	w.openRecovery(places["own"].account)
	compared := 0
	for _, op := range w.operations() {
		for _, where := range []string{"own", "other-unit", "other-compartment"} {
			path, body, headers := w.request(op, "submit", places[where])
			none, noBody, _ := w.requestOf(op, nothing)
			if path == none && fmt.Sprint(body) == fmt.Sprint(noBody) {
				continue // it is about no thing
			}
			a, b := people["none"].send(op.method, path, body, headers...), people["none"].send(op.method, none, noBody)
			if a.Code != http.StatusNotFound || b.Code != http.StatusNotFound || a.Body.String() != b.Body.String() || fmt.Sprint(a.Header()) != fmt.Sprint(b.Header()) {
				t.Errorf("%s: %d %s\n%v\nwhat does not exist: %d %s\n%v", op.id, a.Code, a.Body, a.Header(), b.Code, b.Body, b.Header())
			}
			compared++
		}
	}
	if compared < 60 {
		t.Errorf("%d comparisons", compared)
	}
}

func (w *world) requestOf(op operation, at place) (string, any, []string) {
	if op.id == "save-movement" {
		return "/api/movements/" + at.movement, movementChange{Name: "COBALT", Map: testMap, State: "draft", Document: json.RawMessage(`{"name":"x"}`)}, nil
	}
	return w.request(op, "submit", at)
}

// TestReplaysAreAuthorized repeats a request under its key after the right to it
// is gone, and from another account.
func TestReplaysAreAuthorized(t *testing.T) {
	w := newWorld(t)
	_, people := w.scene()
	planner, reader, none := people["planner"], people["reader"], people["none"]
	key := []string{"Idempotency-Key", "0123456789abcdef"}
	var one, two started
	planner.want(http.StatusAccepted, &one, http.MethodPost, "/api/movements/MA1/plans", map[string]any{}, key...)
	a := planner.want(http.StatusAccepted, &two, http.MethodPost, "/api/movements/MA1/plans", map[string]any{}, key...)
	if one != two || a.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("carried out twice: %v, %v", one, two)
	}
	planner.want(http.StatusUnprocessableEntity, nil, http.MethodPost, "/api/movements/MA1/plans", map[string]any{"mix": map[string]any{}}, key...)
	reader.want(http.StatusForbidden, nil, http.MethodPost, "/api/movements/MA1/plans", map[string]any{}, key...)
	none.want(http.StatusNotFound, nil, http.MethodPost, "/api/movements/MA1/plans", map[string]any{}, key...)
	if err := w.store.SetGrant(t.Context(), Act{}, Grant{Account: planner.account, Role: "planner", On: "MA1"}, false); err != nil {
		t.Fatal(err)
	}
	planner.want(http.StatusNotFound, nil, http.MethodPost, "/api/movements/MA1/plans", map[string]any{}, key...)
	if n := len(w.store.jobs); n != 4 {
		t.Errorf("%d jobs, want three of the scene and one", n)
	}
	// The same key of somebody else is another key.
	var three started
	people["commander"].want(http.StatusAccepted, &three, http.MethodPost, "/api/movements/MA1/plans", map[string]any{}, key...)
	if three == one {
		t.Error("an answer went to another account")
	}
}

// TestSecretsAreNotKept asks for tokens under a key: they are shown once, and no
// answer that holds one is kept for repetition.
func TestSecretsAreNotKept(t *testing.T) {
	w := newWorld(t)
	_, people := w.scene()
	key := []string{"Idempotency-Key", "0123456789abcdef"}
	people["administrator"].want(http.StatusCreated, nil, http.MethodPost, "/api/invitations", invitationRequest{"YANKEE 1", "top/a", ""}, key...)
	var r recoveryState
	people["administrator"].want(http.StatusCreated, &r, http.MethodPost, "/api/recoveries", recoveryRequest{people["none"].account})
	people["top administrator"].want(http.StatusOK, &r, http.MethodPost, "/api/recoveries/"+r.ID+"/confirm", nil, key...)
	if r.Token == "" || len(w.store.replies) != 0 {
		t.Errorf("token %q, %d answers kept", r.Token, len(w.store.replies))
	}
}

func TestJobsOfOthers(t *testing.T) {
	w := newWorld(t)
	_, people := w.scene()
	var job started
	people["administrator"].want(http.StatusAccepted, &job, http.MethodPost, "/api/maps?sample=true", nil)
	people["administrator"].want(http.StatusOK, nil, http.MethodGet, "/api/jobs/"+job.Job, nil)
	for _, role := range []string{"none", "top administrator", "unit-leader", "commander", "planner"} {
		people[role].want(http.StatusNotFound, nil, http.MethodGet, "/api/jobs/"+job.Job, nil)
		people[role].want(http.StatusNotFound, nil, http.MethodDelete, "/api/jobs/"+job.Job, nil)
	}
}

func TestListsShowOwnThingsOnly(t *testing.T) {
	w := newWorld(t)
	_, people := w.scene()
	want := map[string]string{
		"none": "[]", "administrator": "[MA1 MA2]", "top administrator": "[MA1 MA2 MB1]", "unit-leader": "[MA1 MA2]", "commander": "[MA1]",
		"planner": "[MA1]", "approver": "[MA1]", "surveyor": "[MA1]", "reader": "[MA1]",
	}
	for role, ids := range want {
		var l list[movementItem]
		people[role].want(http.StatusOK, &l, http.MethodGet, "/api/movements", nil)
		got := []string{}
		for _, m := range l.Items {
			got = append(got, m.ID)
		}
		if fmt.Sprint(got) != ids {
			t.Errorf("%s sees %v, want %s", role, got, ids)
		}
	}
	// Part by part, what is hidden leaves no gap and no trace.
	var l list[movementItem]
	people["top administrator"].want(http.StatusOK, &l, http.MethodGet, "/api/movements?limit=2", nil)
	if len(l.Items) != 2 || l.Next != "MA2" {
		t.Errorf("first part: %+v", l)
	}
	after := l.Next
	l = list[movementItem]{}
	people["top administrator"].want(http.StatusOK, &l, http.MethodGet, "/api/movements?limit=2&after="+after, nil)
	if len(l.Items) != 1 || l.Next != "" {
		t.Errorf("second part: %+v", l)
	}
}

func TestBrokenGlass(t *testing.T) {
	w := newWorld(t)
	_, people := w.scene()
	boss, commander := people["administrator"], people["commander"]
	boss.want(http.StatusForbidden, nil, http.MethodGet, "/api/movements/MA1", nil)
	boss.want(http.StatusUnprocessableEntity, nil, http.MethodPost, "/api/movements/MA1/break-glass", glassReason{"why not"})
	_, coming, stop, _ := w.s.events.Listen("")
	defer stop()
	boss.want(http.StatusOK, nil, http.MethodPost, "/api/movements/MA1/break-glass", glassReason{"The commander cannot be reached."})
	boss.want(http.StatusOK, nil, http.MethodGet, "/api/movements/MA1", nil)
	boss.want(http.StatusNotFound, nil, http.MethodGet, "/api/movements/MB1", nil)
	e := <-coming
	a := httptest.NewRecorder()
	if err := w.s.send(a, w.callerAs(commander), e); err != nil || !strings.Contains(a.Body.String(), "glass-broken") {
		t.Errorf("the commander is not told: %v %s", err, a.Body)
	}
	logged := slices.ContainsFunc(w.store.log, func(r Record) bool {
		return r.Act.What == "break-glass" && r.Act.By == boss.account && r.Act.Why == "The commander cannot be reached." && r.Act.On == "MA1"
	})
	if !logged {
		t.Error("the log says nothing of it")
	}
	w.later(sessionIdle - time.Minute)
	for range 10 {
		boss.send(http.MethodGet, "/api/session", nil)
		w.later(sessionIdle - time.Minute)
	}
	boss.want(http.StatusForbidden, nil, http.MethodGet, "/api/movements/MA1", nil)
}

func recoveryOf(account string) signin.Recovery {
	return signin.Recovery{ID: "R" + account, Account: account, First: "somebody"}
}
