package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/outrider-project/outrider/internal/pgtest"
	"github.com/outrider-project/outrider/server"
	"github.com/outrider-project/outrider/server/keeptest"
	"github.com/outrider-project/outrider/store"
)

// at is when things happen in these tests.
var at = time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)

func act(what, on string) server.Act { return server.Act{By: "A1", What: what, On: on, At: at} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// opened opens a store for as long as the test runs.
func opened(t testing.TB, target string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), target)
	must(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// databases are the two kinds of database, each with a way to a new empty one.
func databases() map[string]func(testing.TB) string {
	return map[string]func(testing.TB) string{
		"SQLite":     func(t testing.TB) string { return t.TempDir() },
		"PostgreSQL": pgtest.URL,
	}
}

// onBoth runs a test on a new store of each database.
func onBoth(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	for name, empty := range databases() {
		t.Run(name, func(t *testing.T) { test(t, opened(t, empty(t))) })
	}
}

// TestKept is what every store of the server has to keep to.
func TestKept(t *testing.T) {
	for name, empty := range databases() {
		t.Run(name, func(t *testing.T) {
			keeptest.Run(t, func(t *testing.T) keeptest.Kept { return opened(t, empty(t)) })
		})
	}
}

// first makes the first account, A1 with the device D1, of the unit top.
func first(t testing.TB, s *store.Store) {
	t.Helper()
	must(t, s.AddAccount(t.Context(), act("first-run-finish", "A1"), server.Account{ID: "A1", CallSign: "ROMEO 1", Unit: "top", Since: at},
		server.Device{ID: "D1", Account: "A1", Credential: []byte{1}, Key: []byte{2}, Counter: 3, Synced: true, Since: at},
		[]server.Grant{{Account: "A1", Role: "administrator", On: "top"}}, ""))
}

// movement is M1 as somebody begins it.
func movement(id string) server.Movement {
	return server.Movement{ID: id, Unit: "top", Name: "COBALT", Map: "m", Document: []byte(`{"name":"x"}`), State: "draft", Version: 1}
}

// filled puts something of everything that is stored into a store.
func filled(t testing.TB, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	first(t, s)
	must(t, s.AddUnit(ctx, act("add-unit", "top/a"), "top/a"))
	must(t, s.AddUnit(ctx, act("add-unit", "top/ä"), "top/ä"))
	must(t, s.AddInvitation(ctx, act("invite", "I1"), server.Invitation{ID: "I1", Hash: "h1", CallSign: "ROMEO 2", Unit: "top/a", Role: "unit-leader", By: "A1", Until: at.Add(time.Hour)}))
	must(t, s.AddInvitation(ctx, act("invite", "I2"), server.Invitation{ID: "I2", Hash: "h2", CallSign: "ROMEO 3", Unit: "top", By: "A1", Until: at.Add(2 * time.Hour)}))
	must(t, s.AddAccount(ctx, act("accept", "A2"), server.Account{ID: "A2", CallSign: "ROMEO 2", Unit: "top/a", Since: at},
		server.Device{ID: "D2", Account: "A2", Credential: []byte{0, 255}, Since: at}, nil, "I1"))
	must(t, s.AddSession(ctx, act("sign-in", "D1"), server.Session{Hash: "s1", Account: "A1", Device: "D1", Since: at, Seen: at}))
	must(t, s.Revoke(ctx, act("revoke-device", "D2"), "D2"))
	must(t, s.AddMovement(ctx, act("add-movement", "M1"), movement("M1")))
	_, err := s.SaveMovement(ctx, act("save-movement", "M1"), movement("M1"))
	must(t, err)
	must(t, s.SetGrant(ctx, act("break-glass", "M1"), server.Grant{Account: "A2", Role: "reader", On: "M1", Until: at.Add(4 * time.Hour)}, true))
	must(t, s.AddPlan(ctx, act("make-plan", "P1"), server.StoredPlan{ID: "P1", Movement: "M1", Map: "m", Author: "A1", Made: at, Plan: []byte("{\"a\":\"<ü>\"}\n")}))
	must(t, s.AddStep(ctx, act("approval-step", "P1"), "P1", []byte(`{"step":1}`), 0))
	must(t, s.AddFinding(ctx, act("add-findings", "f1"), server.StoredFinding{ID: "f1", Finding: []byte(`{"id":"f1","kind":"bridge","rating":1,"lat":-1.5,"lon":2,"date":"2026-11-24"}`)}))
	_, _, err = s.Reserve(ctx, "A1", "key", server.Reply{Request: "hash"}, at)
	must(t, err)
	must(t, s.Keep(ctx, "A1", "key", server.Reply{Request: "hash", Status: 201, Type: "application/json", ETag: `"1"`, Body: []byte("{}")}))
	must(t, s.AddJob(ctx, act("add-plan", "J1"), server.Job{ID: "J1", Kind: "plan", Movement: "M1", Owner: "A1", Input: []byte(`{"a":1}`), State: server.JobWaiting}))
	read := act("get-plan", "P1")
	read.Why = "because <of> & \u2028"
	must(t, s.Record(context.WithoutCancel(ctx), read))
}
