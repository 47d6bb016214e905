// Package keeptest says in tests what a store of the server has to keep to. Every
// store passes it, the one in memory that the server's own tests use too.
package keeptest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/outrider-project/outrider/server"
)

// A Kept is a store with its jobs.
type Kept interface {
	server.Store
	server.Leases
}

// at is when things happen in these tests.
var at = time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant

func act(what, on string) server.Act { return server.Act{By: "A1", What: what, On: on, At: at} }

// Run tests an empty store, made by open for each test.
func Run(t *testing.T, open func(t *testing.T) Kept) {
	for name, test := range map[string]func(*testing.T, Kept){
		"accounts": accounts, "sessions": sessions, "roles": roles, "movements": movements, "plans": plans, "findings": findings,
		"replies": replies, "jobs": jobs, "audit": audit, "at once": atOnce,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// must stops a test at an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// missing demands that something is not there.
func missing(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, server.ErrNotFound) {
		t.Errorf("%s: %v, want server.ErrNotFound", what, err)
	}
}

// first makes the first account, A1 with the device D1, of the unit top.
func first(t *testing.T, k Kept) {
	t.Helper()
	must(t, k.AddAccount(t.Context(), act("first-run-finish", "A1"), server.Account{ID: "A1", CallSign: "ROMEO 1", Unit: "top", Since: at},
		server.Device{ID: "D1", Account: "A1", Credential: []byte{1}, Key: []byte{2}, Counter: 3, Synced: true, Since: at},
		[]server.Grant{{Account: "A1", Role: "administrator", On: "top"}}, ""))
}

func accounts(t *testing.T, k Kept) {
	ctx := t.Context()
	if some, err := k.AnyAccount(ctx); some || err != nil {
		t.Errorf("an empty store has accounts: %v, %v", some, err)
	}
	_, err := k.Account(ctx, "A1")
	missing(t, "no account", err)
	first(t, k)
	if some, err := k.AnyAccount(ctx); !some || err != nil {
		t.Errorf("the first account: %v, %v", some, err)
	}
	if units, err := k.Units(ctx); err != nil || fmt.Sprint(units) != "[top]" {
		t.Errorf("the unit of the first account: %v, %v", units, err)
	}
	if d, err := k.Device(ctx, "D1"); err != nil || d.Counter != 3 || !d.Synced || d.Account != "A1" || string(d.Key) != "\x02" {
		t.Errorf("its device: %+v, %v", d, err)
	}
	second := server.Account{ID: "A2", CallSign: "ROMEO 2", Unit: "top", Since: at}
	device := server.Device{ID: "D2", Account: "A2", Credential: []byte{9}, Key: []byte{9}, Since: at}
	missing(t, "a second first account", k.AddAccount(ctx, act("first-run-finish", "A2"), second, device, nil, ""))
	missing(t, "an account without an invitation", k.AddAccount(ctx, act("accept", "A2"), second, device, nil, "I1"))
	must(t, k.AddInvitation(ctx, act("invite", "I1"), server.Invitation{ID: "I1", Hash: "h1", CallSign: "ROMEO 2", Unit: "top", By: "A1", Until: at.Add(time.Hour)}))
	if i, err := k.Invitation(ctx, "h1"); err != nil || i.ID != "I1" || !i.Until.Equal(at.Add(time.Hour)) {
		t.Errorf("an invitation: %+v, %v", i, err)
	}
	must(t, k.AddAccount(ctx, act("accept", "A2"), second, device, nil, "I1"))
	_, err = k.Invitation(ctx, "h1")
	missing(t, "an invitation that was used", err)
	if a, err := k.AccountOf(ctx, "ROMEO 2"); err != nil || a.ID != "A2" {
		t.Errorf("by call sign: %+v, %v", a, err)
	}
	part, err := k.Accounts(ctx, "A1", 10)
	if err != nil || len(part) != 1 || part[0].ID != "A2" {
		t.Errorf("accounts after the first: %v, %v", part, err)
	}
}

func sessions(t *testing.T, k Kept) {
	ctx := t.Context()
	first(t, k)
	must(t, k.AddSession(ctx, act("sign-in", "D1"), server.Session{Hash: "s1", Account: "A1", Device: "D1", Since: at, Seen: at}))
	must(t, k.AddSession(ctx, act("sign-in", "D1"), server.Session{Hash: "s2", Account: "A1", Device: "D1", Since: at, Seen: at}))
	must(t, k.Seen(ctx, "s1", at.Add(time.Minute)))
	if s, err := k.Session(ctx, "s1"); err != nil || !s.Seen.Equal(at.Add(time.Minute)) || !s.Since.Equal(at) {
		t.Errorf("seen: %+v, %v", s, err)
	}
	must(t, k.EndSession(ctx, act("sign-out", "D1"), "s1"))
	_, err := k.Session(ctx, "s1")
	missing(t, "a session that ended", err)
	must(t, k.Counted(ctx, "D1", 7))
	must(t, k.Revoke(ctx, act("revoke-device", "D1"), "D1"))
	_, err = k.Session(ctx, "s2")
	missing(t, "a session of a revoked device", err)
	if d, err := k.Device(ctx, "D1"); err != nil || d.Revoked.IsZero() || d.Counter != 7 {
		t.Errorf("a revoked device: %+v, %v", d, err)
	}
}

func roles(t *testing.T, k Kept) {
	ctx := t.Context()
	first(t, k)
	must(t, k.AddUnit(ctx, act("add-unit", "top/a"), "top/a"))
	grant := server.Grant{Account: "A1", Role: "reader", On: "M1", Until: at.Add(time.Hour)}
	must(t, k.AddMovement(ctx, act("add-movement", "M1"), server.Movement{ID: "M1", Unit: "top/a", Name: "COBALT", Map: "m", Document: []byte(`{}`), State: "draft", Version: 1}))
	must(t, k.SetGrant(ctx, act("break-glass", "M1"), grant, true))
	count := func(when time.Time) int {
		t.Helper()
		g, err := k.GrantsOn(ctx, "M1", when)
		must(t, err)
		return len(g)
	}
	if count(at) != 2 || count(at.Add(time.Hour)) != 1 {
		t.Errorf("%d roles, and %d when one has run out; want 2 and 1", count(at), count(at.Add(time.Hour)))
	}
	must(t, k.SetGrant(ctx, act("set", "M1"), grant, true)) // again
	if count(at) != 2 {
		t.Errorf("a role that is given twice is held %d times", count(at)-1)
	}
	must(t, k.SetGrant(ctx, act("set", "M1"), grant, false))
	must(t, k.SetGrant(ctx, act("set", "M1"), grant, false)) // again
	if of, err := k.GrantsOf(ctx, "A1", at); err != nil || len(of) != 2 {
		t.Errorf("administrator and commander are left: %v, %v", of, err)
	}
}

func movements(t *testing.T, k Kept) {
	ctx := t.Context()
	first(t, k)
	m := server.Movement{ID: "M1", Unit: "top", Name: "COBALT", Map: "m", Document: []byte(`{"name":"x"}`), State: "draft", Version: 1}
	must(t, k.AddMovement(ctx, act("add-movement", "M1"), m))
	m.Document = []byte(`{"name":"y"}`)
	version, err := k.SaveMovement(ctx, act("save-movement", "M1"), m)
	if err != nil || version != 2 {
		t.Errorf("saved: version %d, %v", version, err)
	}
	m.Document = []byte(`{"name":"z"}`)
	_, err = k.SaveMovement(ctx, act("save-movement", "M1"), m)
	if c, ok := errors.AsType[*server.ConflictError](err); !ok || c.Version != 2 {
		t.Errorf("saved over a later version: %v", err)
	}
	if now, err := k.Movement(ctx, "M1"); err != nil || string(now.Document) != `{"name":"y"}` || now.Version != 2 {
		t.Errorf("afterwards: %s, version %d, %v", now.Document, now.Version, err)
	}
	m.ID = "M2"
	_, err = k.SaveMovement(ctx, act("save-movement", "M2"), m)
	missing(t, "a movement that is not there", err)
}

func plans(t *testing.T, k Kept) {
	ctx := t.Context()
	movements(t, k)
	for _, id := range []string{"P1", "P2", "P3"} {
		must(t, k.AddPlan(ctx, act("make-plan", id), server.StoredPlan{ID: id, Movement: "M1", Map: "m", Author: "A1", Made: at, Plan: []byte(`{"id":"` + id + `"}`)}))
	}
	if err := k.AddPlan(ctx, act("make-plan", "P1"), server.StoredPlan{ID: "P1", Movement: "M1", Author: "A1", Plan: []byte(`{}`)}); !errors.Is(err, server.ErrKnown) {
		t.Errorf("a plan twice: %v", err)
	}
	part, err := k.Plans(ctx, "M1", "", 2)
	if err != nil || len(part) != 2 || part[0].ID != "P3" || part[1].ID != "P2" {
		t.Errorf("the newest first: %v, %v", part, err)
	}
	part, err = k.Plans(ctx, "M1", "P2", 2)
	if err != nil || len(part) != 1 || part[0].ID != "P1" || string(part[0].Plan) != `{"id":"P1"}` {
		t.Errorf("the rest: %v, %v", part, err)
	}
	must(t, k.AddStep(ctx, act("act-on-approval", "P1"), "P1", []byte(`{"step":1}`), 0))
	must(t, k.AddStep(ctx, act("act-on-approval", "P1"), "P1", []byte(`{"step":2}`), 1))
	err = k.AddStep(ctx, act("act-on-approval", "P1"), "P1", []byte(`{"step":"other"}`), 1)
	if c, ok := errors.AsType[*server.ConflictError](err); !ok || c.Version != 2 {
		t.Errorf("a step beside another: %v", err)
	}
	lines, steps, err := k.Approval(ctx, "P1")
	if err != nil || steps != 2 || string(lines) != "{\"step\":1}\n{\"step\":2}\n" {
		t.Errorf("the record: %q, %d, %v", lines, steps, err)
	}
}

func findings(t *testing.T, k Kept) {
	ctx := t.Context()
	first(t, k)
	f := server.StoredFinding{ID: "f1", Finding: []byte(`{"id":"f1","kind":"bridge","rating":1,"lat":1,"lon":2,"date":"2026-11-24"}`)}
	must(t, k.AddFinding(ctx, act("add-findings", "f1"), f))
	if err := k.AddFinding(ctx, act("add-findings", "f1"), f); !errors.Is(err, server.ErrKnown) {
		t.Errorf("a finding twice: %v", err)
	}
	f.ID, f.Finding = "f2", []byte(`{"id":"f2","kind":"bridge","rating":4,"lat":1,"lon":2,"date":"2026-11-24"}`)
	other, ok := errors.AsType[*server.OtherFindingError](k.AddFinding(ctx, act("add-findings", "f2"), f))
	if !ok || other.Theirs.ID != "f1" {
		t.Errorf("another finding at the same place: %v", other)
	}
	if all, err := k.Findings(ctx, "", 10); err != nil || len(all) != 1 {
		t.Errorf("%d findings, %v", len(all), err)
	}
}

func replies(t *testing.T, k Kept) {
	ctx := t.Context()
	first(t, k)
	r := server.Reply{Request: "hash"}
	if _, mine, err := k.Reserve(ctx, "A1", "key", r, at); !mine || err != nil {
		t.Errorf("a new key: %v, %v", mine, err)
	}
	if kept, mine, err := k.Reserve(ctx, "A1", "key", r, at); mine || err != nil || kept.Status != 0 || kept.Request != "hash" {
		t.Errorf("a key under way: %+v, %v, %v", kept, mine, err)
	}
	r.Status, r.Type, r.ETag, r.Body = 201, "application/json", `"1"`, []byte("{}")
	must(t, k.Keep(ctx, "A1", "key", r))
	if kept, mine, err := k.Reserve(ctx, "A1", "key", server.Reply{Request: "other"}, at); mine || err != nil || kept.Status != 201 || kept.ETag != `"1"` || string(kept.Body) != "{}" || kept.Request != "hash" {
		t.Errorf("a kept answer: %+v, %v, %v", kept, mine, err)
	}
	if _, mine, err := k.Reserve(ctx, "A1", "failed", r, at); !mine || err != nil {
		t.Errorf("another key: %v, %v", mine, err)
	}
	must(t, k.Release(ctx, "A1", "failed"))
	if _, mine, err := k.Reserve(ctx, "A1", "failed", r, at); !mine || err != nil {
		t.Errorf("a key that was released: %v, %v", mine, err)
	}
}

func jobs(t *testing.T, k Kept) {
	ctx := t.Context()
	first(t, k)
	if _, err := k.Claim(ctx, at, at.Add(time.Minute)); !errors.Is(err, server.ErrNoJob) {
		t.Errorf("no job: %v", err)
	}
	for _, id := range []string{"J1", "J2"} {
		must(t, k.AddJob(ctx, act("add-map", id), server.Job{ID: id, Kind: "map-build", Owner: "A1", Input: []byte(`{"extract":"x"}`), State: server.JobWaiting}))
	}
	j, err := k.Claim(ctx, at, at.Add(time.Minute))
	if err != nil || j.ID != "J1" || j.Attempts != 1 || string(j.Input) != `{"extract":"x"}` {
		t.Errorf("the oldest: %+v, %v", j, err)
	}
	j.Phase, j.Done, j.Total = "ways", 3, 4
	must(t, k.Renew(ctx, j, at.Add(2*time.Minute)))
	if seen, err := k.Job(ctx, "J1"); err != nil || seen.State != server.JobRunning || seen.Phase != "ways" || seen.Done != 3 || seen.Total != 4 {
		t.Errorf("its progress: %+v, %v", seen, err)
	}
	if next, err := k.Claim(ctx, at.Add(90*time.Second), at.Add(3*time.Minute)); err != nil || next.ID != "J2" {
		t.Errorf("while it is held: %+v, %v", next, err)
	}
	again, err := k.Claim(ctx, at.Add(150*time.Second), at.Add(4*time.Minute))
	if err != nil || again.ID != "J1" || again.Attempts != 2 {
		t.Errorf("when its lease has run out: %+v, %v", again, err)
	}
	again.State, again.Result = server.JobDone, "map"
	must(t, k.Finish(ctx, again, at))
	if seen, err := k.Job(ctx, "J1"); err != nil || seen.State != server.JobDone || seen.Result != "map" {
		t.Errorf("done: %+v, %v", seen, err)
	}
	if err := k.Renew(ctx, again, at.Add(time.Hour)); !errors.Is(err, server.ErrJobLost) {
		t.Errorf("renewed after its end: %v", err)
	}
	must(t, k.CancelJob(ctx, act("cancel-job", "J2"), "J2"))
	if err := k.Finish(ctx, server.Job{ID: "J2", State: server.JobDone}, at); !errors.Is(err, server.ErrJobLost) {
		t.Errorf("finished after it was cancelled: %v", err)
	}
	must(t, k.CancelJob(ctx, act("cancel-job", "J1"), "J1"))
	if seen, err := k.Job(ctx, "J1"); err != nil || seen.State != server.JobDone {
		t.Errorf("cancelled after its end: %+v, %v", seen, err)
	}
	must(t, k.AddJob(ctx, act("add-map", "J3"), server.Job{ID: "J3", Kind: "map-build", Owner: "A1", Input: []byte(`{}`), State: server.JobWaiting}))
	j, err = k.Claim(ctx, at, at.Add(time.Minute))
	must(t, err)
	must(t, k.GiveBack(ctx, j))
	if j, err := k.Claim(ctx, at, at.Add(time.Minute)); err != nil || j.ID != "J3" || j.Attempts != 1 {
		t.Errorf("given back: %+v, %v", j, err)
	}
}

func audit(t *testing.T, k Kept) {
	ctx := t.Context()
	first(t, k)
	read := act("get-plan", "P1")
	read.Why = "because"
	must(t, k.Record(ctx, read))
	all, err := k.Records(ctx, 0, 10)
	if err != nil || len(all) != 2 || all[1].Act.What != "get-plan" || all[1].Act.Why != "because" || all[1].Act.By != "A1" || !all[1].Act.At.Equal(at) || all[0].Hash == all[1].Hash {
		t.Fatalf("the log: %+v, %v", all, err)
	}
	if rest, err := k.Records(ctx, all[0].Number, 10); err != nil || len(rest) != 1 {
		t.Errorf("after the first: %+v, %v", rest, err)
	}
	// What is refused leaves no entry.
	missing(t, "a second first account", k.AddAccount(ctx, act("first-run-finish", "A2"), server.Account{ID: "A2", CallSign: "ROMEO 2", Unit: "top"}, server.Device{ID: "D2", Account: "A2"}, nil, ""))
	if all, err := k.Records(ctx, 0, 10); err != nil || len(all) != 2 {
		t.Errorf("after a refusal: %d entries, %v", len(all), err)
	}
}

// atOnce has many editors save the same version: one of them wins.
func atOnce(t *testing.T, k Kept) {
	movements(t, k)
	const editors = 16
	var won sync.Map
	var all sync.WaitGroup
	for i := range editors {
		all.Go(func() {
			m := server.Movement{ID: "M1", Unit: "top", Name: "COBALT", Map: "m", Document: fmt.Appendf(nil, `{"name":"%d"}`, i), State: "draft", Version: 2}
			if _, err := k.SaveMovement(context.WithoutCancel(t.Context()), act("save-movement", "M1"), m); err == nil {
				won.Store(i, true)
			}
		})
	}
	all.Wait()
	n, winner := 0, -1
	won.Range(func(i, _ any) bool {
		n++
		winner = i.(int)
		return true
	})
	m, err := k.Movement(t.Context(), "M1")
	if n != 1 || err != nil || m.Version != 3 || string(m.Document) != fmt.Sprintf(`{"name":"%d"}`, winner) {
		t.Errorf("%d of %d saves were acknowledged; stored is version %d, %s, %v", n, editors, m.Version, m.Document, err)
	}
}
