package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/internal/pgtest"
	"github.com/outrider-project/outrider/server"
	"github.com/outrider-project/outrider/store"
)

// fillStore keeps an account, two movements and a session, each with its entry of
// the audit log.
func fillStore(ctx context.Context, s *store.Store) error {
	at := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	act := func(what, on string) server.Act { return server.Act{By: "A1", What: what, On: on, At: at} }
	err := s.AddAccount(ctx, act("first-run-finish", "A1"), server.Account{ID: "A1", CallSign: "ROMEO 1", Unit: "north", Since: at},
		server.Device{ID: "D1", Account: "A1", Credential: []byte{1}, Key: []byte{2}, Since: at}, []server.Grant{{Account: "A1", Role: "administrator", On: "north"}}, "")
	if err != nil {
		return err
	}
	for i := range 2 {
		id := fmt.Sprintf("M%d", i+1)
		if err := s.AddMovement(ctx, act("add-movement", id), server.Movement{ID: id, Unit: "north", Name: "COBALT", Document: []byte(`{"note":"CANARY"}`), State: "draft", Version: 1}); err != nil {
			return err
		}
	}
	return s.AddSession(ctx, act("sign-in", "D1"), server.Session{Hash: "h", Account: "A1", Device: "D1", Since: at, Seen: at})
}

// keep FOLDER makes a data folder of a server with something in it; keep FOLDER
// OPERATION notes one more act in it.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	ts.Check(os.MkdirAll(ts.MkAbs(args[0]), 0o700))
	s, err := store.Open(ctx, ts.MkAbs(args[0]))
	ts.Check(err)
	if len(args) > 1 {
		ts.Check(s.Record(ctx, server.Act{By: "A1", What: args[1], At: time.Date(2026, 11, 25, 6, 0, 0, 0, time.UTC)}))
	} else {
		ts.Check(fillStore(ctx, s))
	}
	ts.Check(s.Close())
}

// TestStoreMovesToPostgreSQL takes a store to PostgreSQL and back with the
// commands of docs/store.md.
func TestStoreMovesToPostgreSQL(t *testing.T) {
	url := pgtest.URL(t)
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	ctx := t.Context()
	s, err := store.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := fillStore(ctx, s); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	outrider := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := run(ctx, args, &out, &out); code != want {
			t.Fatalf("outrider %v: exit code %d, want %d\n%s", args, code, want, out.String())
		}
		return out.String()
	}
	outrider(cli.ExitDone, "store", "export", "--data", dir, "-o", in("there"))
	outrider(cli.ExitDone, "store", "import", in("there"), "--store", url)
	outrider(cli.ExitRefused, "store", "import", in("there"), "--store", url)
	outrider(cli.ExitDone, "keys", "new", "-o", in("KEY"), "--no-passphrase")
	outrider(cli.ExitDone, "audit", "checkpoint", "--store", url, "--sign", in("KEY"), "-o", in("mark"))
	if got := outrider(cli.ExitUsage, "store", "backup", "--store", url, "-o", in("backup")); !strings.Contains(got, "pg_dump") {
		t.Errorf("a backup of PostgreSQL: %s", got)
	}
	outrider(cli.ExitDone, "store", "export", "--store", url, "-o", in("back"))
	outrider(cli.ExitDone, "store", "import", in("back"), "--store", in("again.db"))
	got := outrider(cli.ExitDone, "audit", "verify", "--store", in("again.db"), "--checkpoint", in("mark"), "--signer", in("KEY.pub"))
	if !strings.Contains(got, "holds") {
		t.Errorf("the checkpoint from PostgreSQL, on SQLite: %s", got)
	}
}
