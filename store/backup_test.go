package store_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/pgtest"
	"github.com/outrider-project/outrider/server"
	"github.com/outrider-project/outrider/store"
)

// TestBackupWhileOthersWrite makes backups while others save, restores each, and
// holds that it is one state of the store.
func TestBackupWhileOthersWrite(t *testing.T) {
	s := opened(t, t.TempDir())
	filled(t, s)
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		for v := int64(2); ctx.Err() == nil; v++ {
			m := movement("M1")
			m.Version = v
			if _, err := s.SaveMovement(ctx, act("save-movement", "M1"), m); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
		}
	})
	var last int64
	for round := range int64(5) {
		file, target := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "new")
		made, err := s.Backup(t.Context(), act("store-backup", ""), file)
		must(t, err)
		back, err := store.Restore(t.Context(), file, filepath.Join(target, store.FileName), server.Act{What: "restore", At: at})
		if err != nil || back.Entries != made.Entries+1 || made.Entries <= last {
			t.Fatalf("restored %+v, %v; the backup holds %+v", back, err, made)
		}
		last = made.Entries
		r := opened(t, target)
		m, err := r.Movement(t.Context(), "M1")
		// 16 entries come before the savings, the first of which made version 2, and
		// each backup is one.
		if err != nil || m.Version != made.Entries-16-(round+1)+2 {
			t.Errorf("version %d in a backup of %d entries, %v", m.Version, made.Entries, err)
		}
	}
	stop()
	all.Wait()
}

// TestRestore restores a backup: everything is there, but nobody is signed in and
// no answer is kept.
func TestRestore(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir())
	filled(t, s)
	dir := t.TempDir()
	file := filepath.Join(dir, "backup")
	for range 2 { // the second replaces the first
		if _, err := s.Backup(ctx, act("store-backup", ""), file); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a backup: %v, %v", info, err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("beside the backup: %v, %v", names, err)
	}
	t.Chdir(dir)
	if _, err := s.Backup(ctx, act("store-backup", ""), "relative"); err != nil {
		t.Error(err)
	}
	must(t, os.Remove("relative"))
	before, err := os.ReadFile(file)
	must(t, err)
	target := filepath.Join(t.TempDir(), "a", "b")
	must(t, os.MkdirAll(target, 0o700))
	c, err := store.Restore(ctx, file, target, server.Act{What: "restore", At: at.Add(time.Hour)})
	must(t, err)
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("restoring has changed the backup: %v", err)
	}
	r := opened(t, target)
	if now, err := r.Verify(ctx); err != nil || now != c || !now.Last.Equal(at.Add(time.Hour)) {
		t.Errorf("%+v, %v; want %+v", now, err, c)
	}
	missing(t, "a session", func() error { _, err := r.Session(ctx, "s1"); return err }())
	if _, mine, err := r.Reserve(ctx, "A1", "key", server.Reply{Request: "hash"}, at); !mine || err != nil {
		t.Errorf("a kept answer: %v, %v", mine, err)
	}
	if p, err := r.Plan(ctx, "P1"); err != nil || len(p.Plan) == 0 {
		t.Error(err)
	}
	_, err = store.Restore(ctx, file, target, server.Act{What: "restore", At: at})
	ofKind(t, "over a store", err, outrider.Refused)
	_, err = store.Restore(ctx, file, "postgres://localhost/x", server.Act{What: "restore", At: at})
	ofKind(t, "into PostgreSQL", err, outrider.Usage)
	// What is no backup leaves nothing behind.
	broken := map[string][]byte{"text": []byte("no database"), "cut off": before[:len(before)/2], "nothing": {}}
	b := bytes.Clone(before)
	for i := 5000; i < len(b); i += 997 {
		b[i] ^= 0x55
	}
	broken["damaged"] = b
	for what, src := range broken {
		file, target := filepath.Join(t.TempDir(), "b"), filepath.Join(t.TempDir(), "t")
		must(t, os.WriteFile(file, src, 0o600))
		_, err := store.Restore(ctx, file, filepath.Join(target, "x.db"), server.Act{What: "restore", At: at})
		if k := outrider.KindOf(err); k != outrider.Unreadable && k != outrider.Refuted && k != outrider.Internal || err == nil {
			t.Errorf("%s: kind %d, %v", what, k, err)
		}
		if left, err := os.ReadDir(target); err != nil && !errors.Is(err, fs.ErrNotExist) || len(left) > 0 {
			t.Errorf("%s: %v is left, %v", what, left, err)
		}
	}
}

// TestDump backs a PostgreSQL store up with PostgreSQL's own program and restores
// it into another database.
func TestDump(t *testing.T) {
	from, to := pgtest.URL(t), pgtest.URL(t)
	s := opened(t, from)
	filled(t, s)
	want := exported(t, s)
	dump := filepath.Join(t.TempDir(), "dump")
	pgtest.Tool(t, nil, "pg_dump", "--format=custom", "--file="+dump, from)
	pgtest.Tool(t, nil, "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--dbname="+to, dump)
	r := opened(t, to)
	if exported(t, r) != want {
		t.Error("the store that was restored is another")
	}
	if _, err := r.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	_, err := s.Backup(t.Context(), act("store-backup", ""), dump)
	ofKind(t, "a file of PostgreSQL", err, outrider.Usage)
	if exported(t, s) != want {
		t.Error("a backup that was refused is in the log")
	}
}

// TestWhatIsNoStore opens what it must not take.
func TestWhatIsNoStore(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(in("text"), []byte(strings.Repeat("no database ", 500)), 0o600))
	other := t.TempDir()
	db := raw(t, other)
	_, err := db.ExecContext(ctx, `CREATE TABLE notes (id INTEGER)`)
	must(t, err)
	for target, want := range map[string]outrider.Kind{
		in("text"): outrider.Unreadable, other: outrider.Unreadable, "": outrider.Usage, "sqlite:": outrider.Usage, "mysql://x/y": outrider.Usage,
		"postgres://%zz": outrider.Usage, "postgres:///x?host=" + dir: outrider.Unreadable,
	} {
		_, err := store.Open(ctx, target)
		ofKind(t, target, err, want)
	}
	for _, target := range []string{in("none"), dir, pgtest.URL(t)} {
		_, err := store.Existing(ctx, target)
		ofKind(t, "Existing "+target, err, outrider.Unreadable)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		// Open takes a lock beside the file it looks at; Existing makes nothing.
		for _, n := range names {
			if n.Name() != "text" && !strings.HasPrefix(n.Name(), "text.") && !strings.HasPrefix(n.Name(), "text-") {
				t.Errorf("%s was made, %v", n.Name(), err)
			}
		}
	}
	for target, want := range map[string]string{
		"postgres://u:secret@h/d":            "postgres://u:xxxxx@h/d",
		"postgres://u@h/d?password=secret":   "postgres://u@h/d",
		"postgres://u:%zzsecret@h/d":         "postgres://…",
		"/srv/outrider":                      "/srv/outrider",
		"postgresql://h/d?sslpassword=s&a=b": "postgresql://h/d",
	} {
		if got := store.Redacted(target); got != want {
			t.Errorf("%s is shown as %s, want %s", target, got, want)
		}
	}
	_, err = store.Open(ctx, "postgres://u:CANARY@127.0.0.1:1/d")
	if err == nil || strings.Contains(err.Error(), "CANARY") {
		t.Errorf("the password is in %v", err)
	}
}

// TestFilesAreForTheirOwner holds that nobody else may read what SQLite writes.
func TestFilesAreForTheirOwner(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir)
	filled(t, s)
	names, err := os.ReadDir(dir)
	must(t, err)
	seen := 0
	for _, n := range names {
		info, err := n.Info()
		must(t, err)
		if strings.HasSuffix(n.Name(), ".lock") {
			continue // holds nothing
		}
		seen++
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %o", n.Name(), info.Mode().Perm())
		}
	}
	if seen < 3 {
		t.Errorf("%d files: %v", seen, names)
	}
}

// TestErased deletes what is kept no longer: with SQLite the bytes are off the
// disk when Purge returns.
func TestErased(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir)
	ctx := t.Context()
	filled(t, s)
	canary := strings.Repeat("CANARY ", 3000)
	m := movement("M2")
	m.Document = []byte(`{"venue":"` + canary + `"}`)
	must(t, s.AddMovement(ctx, act("add-movement", "M2"), m))
	must(t, s.AddPlan(ctx, act("make-plan", "P2"), server.StoredPlan{ID: "P2", Movement: "M2", Author: "A1", Made: at, Plan: []byte(canary)}))
	m.State = "closed"
	_, err := s.SaveMovement(ctx, act("save-movement", "M2"), m)
	must(t, err)
	found := func() (where []string) {
		t.Helper()
		names, err := os.ReadDir(dir)
		must(t, err)
		for _, n := range names {
			src, err := os.ReadFile(filepath.Join(dir, n.Name()))
			must(t, err)
			if bytes.Contains(src, []byte("CANARY CANARY")) {
				where = append(where, n.Name())
			}
		}
		return where
	}
	if len(found()) == 0 {
		t.Fatal("the canary is nowhere: the test looks at the wrong place")
	}
	if _, err := s.Purge(ctx, server.Act{What: "purge", At: at.AddDate(0, 0, 31)}, store.DefaultRetention()); err != nil {
		t.Fatal(err)
	}
	if where := found(); len(where) > 0 {
		t.Errorf("it is still in %v", where)
	}
}

// TestRetention closes a movement and lets time pass: what ends, ends at its
// time, and not before.
func TestRetention(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		filled(t, s)
		m := movement("M1")
		m.Version, m.State = 2, "closed"
		_, err := s.SaveMovement(ctx, act("save-movement", "M1"), m)
		must(t, err)
		j, err := s.Claim(ctx, at, at.Add(time.Minute))
		must(t, err)
		j.State = server.JobDone
		must(t, s.Finish(ctx, j, at))
		m.Version = 3 // saved again while it is closed: the time runs from the first closing
		late := act("save-movement", "M1")
		late.At = at.AddDate(0, 0, 20)
		_, err = s.SaveMovement(ctx, late, m)
		must(t, err)
		for _, step := range []struct {
			after time.Duration
			want  store.Purged
		}{
			{time.Hour, store.Purged{}}, // invitations end after their time, not at it
			{2 * time.Hour, store.Purged{}},
			{2*time.Hour + time.Microsecond, store.Purged{Invitations: 1}},
			{4*time.Hour + time.Microsecond, store.Purged{Roles: 1}},
			{12 * time.Hour, store.Purged{}},
			{12*time.Hour + time.Microsecond, store.Purged{Sessions: 1}},
			{24*time.Hour + time.Microsecond, store.Purged{Replies: 1}},
			{30 * 24 * time.Hour, store.Purged{}},
			{30*24*time.Hour + time.Microsecond, store.Purged{Jobs: 1, Movements: 1, Plans: 1}},
			{31 * 24 * time.Hour, store.Purged{}},
		} {
			before, err := s.Verify(ctx)
			must(t, err)
			got, err := s.Purge(ctx, server.Act{What: "purge", At: at.Add(step.after)}, store.DefaultRetention())
			if err != nil || got != step.want {
				t.Errorf("after %s: %+v, %v; want %+v", step.after, got, err, step.want)
			}
			after, err := s.Verify(ctx)
			must(t, err)
			if wrote := after.Entries != before.Entries; wrote != (step.want != store.Purged{}) {
				t.Errorf("after %s: an entry was written: %v", step.after, wrote)
			}
		}
		now, err := s.Movement(ctx, "M1")
		if err != nil || string(now.Document) != "{}" || now.Map != "" || now.Version != 5 || now.Name != "COBALT" || now.State != "closed" {
			t.Errorf("what is left: %+v, %v", now, err)
		}
		missing(t, "its plan", func() error { _, err := s.Plan(ctx, "P1"); return err }())
		if lines, n, err := s.Approval(ctx, "P1"); err != nil || n != 0 || len(lines) != 0 {
			t.Errorf("its approval: %q, %d, %v", lines, n, err)
		}
		// Whoever still has the page open cannot bring it back by saving.
		_, err = s.SaveMovement(ctx, act("save-movement", "M1"), m)
		if _, conflict := errors.AsType[*server.ConflictError](err); !conflict {
			t.Errorf("saved over what was erased: %v", err)
		}
		// What is written anew while it is closed goes with the next purge.
		m.Version = 5
		_, err = s.SaveMovement(ctx, late, m)
		must(t, err)
		if p, err := s.Purge(ctx, server.Act{What: "purge", At: at.AddDate(0, 0, 40)}, store.DefaultRetention()); err != nil || p != (store.Purged{Movements: 1}) {
			t.Errorf("purged again: %+v, %v", p, err)
		}
		// And one that is opened again is not closed any more.
		m.Version, m.State = 7, "draft"
		_, err = s.SaveMovement(ctx, late, m)
		must(t, err)
		if p, err := s.Purge(ctx, server.Act{What: "purge", At: at.AddDate(1, 0, 0)}, store.DefaultRetention()); err != nil || p != (store.Purged{}) {
			t.Errorf("purged what is open: %+v, %v", p, err)
		}
		missing(t, "its job", func() error { _, err := s.Job(ctx, "J1"); return err }())
		if f, err := s.Findings(ctx, "", 9); err != nil || len(f) != 1 {
			t.Errorf("findings stay: %v, %v", f, err)
		}
	})
}
