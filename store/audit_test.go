package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver named pgx

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/server"
	"github.com/outrider-project/outrider/store"
)

// counting is a source of bytes that is the same each time.
type counting struct{ n byte }

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		c.n++
		p[i] = c.n
	}
	return len(p), nil
}

func identity(t testing.TB, days int) *keys.Identity {
	t.Helper()
	id, err := keys.New(keys.Wish{CallSign: "ROMEO 7", Suite: keys.Classic, NotBefore: keys.At(at), NotAfter: keys.At(at.AddDate(0, 0, days))}, &counting{})
	must(t, err)
	return id
}

// raw opens the database behind a store, as an intruder would.
func raw(t testing.TB, target string) *sql.DB {
	t.Helper()
	driver, name := "sqlite3", "file:"+filepath.Join(target, store.FileName)
	if strings.HasPrefix(target, "postgres") {
		driver, name = "pgx", target
	}
	db, err := sql.Open(driver, name)
	must(t, err)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// TestTampering writes to the audit log past the program, in every way that one
// could: the chain finds each at the entry that is wrong, or, where the whole log
// was cut or made anew, a checkpoint does.
func TestTampering(t *testing.T) {
	const entries = 6
	for name, empty := range databases() {
		t.Run(name, func(t *testing.T) {
			target := empty(t)
			s, db := opened(t, target), raw(t, target)
			for _, c := range []struct {
				what    string
				queries []string
				at      int  // the entry that the error names
				marked  bool // found only with a checkpoint
			}{
				{"who did it", []string{`UPDATE audit SET actor = 'A2' WHERE number = 3`}, 3, false},
				{"what was done", []string{`UPDATE audit SET what = 'x' WHERE number = 3`}, 3, false},
				{"to what", []string{`UPDATE audit SET subject = 'M2' WHERE number = 3`}, 3, false},
				{"why", []string{`UPDATE audit SET why = 'x' WHERE number = 3`}, 3, false},
				{"a letter from one field to the next", []string{`UPDATE audit SET what = 'stepx', subject = '3' WHERE number = 3`}, 3, false},
				{"when", []string{`UPDATE audit SET at = at + 1 WHERE number = 3`}, 3, false},
				{"the salt", []string{`UPDATE audit SET salt = ` + literal(name, make([]byte, 16)) + ` WHERE number = 3`}, 3, false},
				{"the digest", []string{`UPDATE audit SET digest = ` + literal(name, make([]byte, 32)) + ` WHERE number = 3`}, 3, false},
				{"the hash", []string{`UPDATE audit SET hash = ` + literal(name, make([]byte, 32)) + ` WHERE number = 3`}, 3, false},
				{"words in place of deleted ones", []string{`UPDATE audit SET salt = NULL WHERE number = 3`}, 3, false},
				{"time of a deleted one", []string{`UPDATE audit SET salt = NULL, actor = NULL, what = NULL, subject = NULL, why = NULL, at = at + 1 WHERE number = 3`}, 3, false},
				{"one taken out", []string{`DELETE FROM audit WHERE number = 3`}, 3, false},
				{"the first taken out", []string{`DELETE FROM audit WHERE number = 1`}, 1, false},
				{"one taken out, the others moved up", []string{`DELETE FROM audit WHERE number = 3`, `UPDATE audit SET number = 3 WHERE number = 4`, `UPDATE audit SET number = 4 WHERE number = 5`, `UPDATE audit SET number = 5 WHERE number = 6`, `UPDATE chain_head SET number = 5`}, 3, false},
				{"two changed places", []string{`UPDATE audit SET number = 99 WHERE number = 3`, `UPDATE audit SET number = 3 WHERE number = 4`, `UPDATE audit SET number = 4 WHERE number = 99`}, 3, false},
				{"one put in twice", []string{`INSERT INTO audit SELECT 7, at, salt, actor, what, subject, why, digest, hash FROM audit WHERE number = 6`}, 7, false},
				{"the end cut off", []string{`DELETE FROM audit WHERE number = 6`}, 6, false},
				{"the end forgotten", []string{`DELETE FROM chain_head`}, 6, false},
				{"all of it", []string{`DELETE FROM audit`}, 6, false},
				{"the end cut off, with its note", []string{
					`DELETE FROM audit WHERE number = 6`, `UPDATE chain_head SET number = 5, hash = (SELECT hash FROM audit WHERE number = 5)`,
				}, 6, true},
				{"all of it, with its note", []string{`DELETE FROM audit`, `DELETE FROM chain_head`}, 6, true},
			} {
				t.Run(c.what, func(t *testing.T) {
					ctx := t.Context()
					for _, q := range []string{`DELETE FROM audit`, `DELETE FROM chain_head`} {
						_, err := db.ExecContext(ctx, q)
						must(t, err)
					}
					for i := range entries {
						must(t, s.Record(ctx, act("step", fmt.Sprintf("x%d", i+1))))
					}
					mark, err := s.Checkpoint(ctx, identity(t, 30), at)
					must(t, err)
					if _, err := s.Verify(ctx, mark); err != nil {
						t.Fatal(err)
					}
					for _, q := range c.queries {
						_, err := db.ExecContext(ctx, q)
						must(t, err)
					}
					_, alone := s.Verify(ctx)
					_, marked := s.Verify(ctx, mark)
					if c.marked && alone != nil {
						t.Errorf("without the checkpoint: %v", alone)
					}
					errs := []error{alone, marked}
					if c.marked {
						errs = errs[1:]
					}
					for _, err := range errs {
						ofKind(t, c.what, err, outrider.Refuted)
						if err != nil && !strings.Contains(err.Error(), fmt.Sprintf("audit entry %d:", c.at)) {
							t.Errorf("%v; want entry %d named", err, c.at)
						}
					}
				})
			}
		})
	}
}

// literal writes bytes as SQL does.
func literal(database string, b []byte) string {
	if database == "SQLite" {
		return "x'" + hex.EncodeToString(b) + "'"
	}
	return `'\x` + hex.EncodeToString(b) + "'::bytea"
}

// TestLogMadeAnew puts another log of the same length, which holds by itself, in
// place of the real one: only the checkpoint tells.
func TestLogMadeAnew(t *testing.T) {
	ctx := t.Context()
	genuine, other := opened(t, t.TempDir()), opened(t, t.TempDir())
	for i := range 5 {
		must(t, genuine.Record(ctx, act("step", fmt.Sprint(i))))
		must(t, other.Record(ctx, act("step", fmt.Sprint(i))))
	}
	mark, err := genuine.Checkpoint(ctx, identity(t, 30), at)
	must(t, err)
	must(t, genuine.Record(ctx, act("later", "")))
	if c, err := genuine.Verify(ctx, mark); err != nil || c.Entries != 6 {
		t.Errorf("a log that has grown: %+v, %v", c, err)
	}
	if _, err := other.Verify(ctx); err != nil {
		t.Error(err)
	}
	_, err = other.Verify(ctx, mark)
	ofKind(t, "another log", err, outrider.Refuted)
}

// TestDeletedWords deletes what old entries say: the chain and checkpoints from
// before hold, and the words are gone.
func TestDeletedWords(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		first(t, s)
		secret := act("break-glass", "M1")
		secret.Why = "CANARY"
		must(t, s.Record(ctx, secret))
		mark, err := s.Checkpoint(ctx, identity(t, 900), at)
		must(t, err)
		year := at.AddDate(1, 0, 1)
		keep := store.DefaultRetention()
		keep.Audit = 365 * 24 * time.Hour
		p, err := s.Purge(ctx, server.Act{What: "purge", At: year}, keep)
		if err != nil || p.Entries != 2 {
			t.Fatalf("purged %+v, %v", p, err)
		}
		c, err := s.Verify(ctx, mark)
		if err != nil || c.Entries != 3 || c.Deleted != 2 || !c.Last.Equal(year) {
			t.Errorf("%+v, %v", c, err)
		}
		all, err := s.Records(ctx, 0, 10)
		if err != nil || all[1].Act.What != "" || all[1].Act.By != "" || !all[1].Act.At.Equal(at) || all[1].Hash == "" || all[2].Act.What != "purge" {
			t.Errorf("%+v, %v", all, err)
		}
		if strings.Contains(exported(t, s), "CANARY") {
			t.Error("the words are still there")
		}
	})
}

// TestCheckpoints reads and refuses checkpoint files.
func TestCheckpoints(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir())
	id := identity(t, 30)
	_, err := s.Checkpoint(ctx, id, at)
	ofKind(t, "of an empty log", err, outrider.Unsurveyed)
	first(t, s)
	_, err = s.Checkpoint(ctx, id, at.AddDate(0, 2, 0))
	ofKind(t, "by keys that are over", err, outrider.Refused)
	mark, err := s.Checkpoint(ctx, id, at)
	must(t, err)
	src, err := mark.Marshal()
	must(t, err)
	again, err := store.ReadCheckpoint(src)
	if err != nil || again.Number != 1 || again.Hash != mark.Hash {
		t.Fatalf("%+v, %v", again, err)
	}
	if _, err := s.Verify(ctx, again); err != nil {
		t.Error(err)
	}
	for i := range src {
		for _, bit := range []byte{1, 32} {
			b := bytes.Clone(src)
			b[i] ^= bit
			if m, err := store.ReadCheckpoint(b); err == nil {
				t.Errorf("byte %d changed, and read as %+v", i, m)
			} else if k := outrider.KindOf(err); k != outrider.Invalid {
				t.Errorf("byte %d changed: kind %d, %v", i, k, err)
			}
		}
	}
	for what, b := range map[string][]byte{
		"cut off": src[:len(src)-1], "nothing": nil, "two": append(bytes.Clone(src), src...), "large": bytes.Repeat([]byte(" "), store.MaxCheckpoint+1),
	} {
		_, err := store.ReadCheckpoint(b)
		ofKind(t, what, err, outrider.Invalid)
	}
}

// FuzzCheckpoint reads anything.
func FuzzCheckpoint(f *testing.F) {
	s, err := store.Open(f.Context(), f.TempDir())
	must(f, err)
	must(f, s.Record(f.Context(), act("x", "")))
	mark, err := s.Checkpoint(f.Context(), identity(f, 30), at)
	must(f, err)
	must(f, s.Close())
	src, err := mark.Marshal()
	must(f, err)
	f.Add(src)
	f.Add([]byte(`{"format":"outrider.audit-checkpoint/1"}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := store.ReadCheckpoint(src)
		if err != nil {
			return
		}
		if again, err := m.Marshal(); err != nil || !bytes.Equal(again, src) {
			t.Errorf("in %q, out %q, %v", src, again, err)
		}
	})
}

// TestChangedPlansAreNotGivenOut changes the bytes of a plan past the program.
func TestChangedPlansAreNotGivenOut(t *testing.T) {
	for name, empty := range databases() {
		t.Run(name, func(t *testing.T) {
			target := empty(t)
			s := opened(t, target)
			filled(t, s)
			_, err := raw(t, target).ExecContext(t.Context(), `UPDATE plans SET content = `+literal(name, []byte("{}")))
			must(t, err)
			_, err = s.Plan(t.Context(), "P1")
			ofKind(t, "a changed plan", err, outrider.Internal)
		})
	}
}

// reSummed gives an export that was edited a sum that fits.
func reSummed(t testing.TB, src string) string {
	t.Helper()
	again := summed(src)
	if again == src {
		t.Fatal("the sum fits already")
	}
	return again
}

// summed gives an export a sum that fits, if it has one.
func summed(src string) string {
	end := strings.LastIndexByte(strings.TrimSuffix(src, "\n"), '\n') + 1
	head, tail := src[:end], src[end:]
	tail, _, found := strings.Cut(tail, `"sha256":"`)
	if !found {
		return src
	}
	sum := sha256.Sum256([]byte(head))
	return head + tail + `"sha256":"` + hex.EncodeToString(sum[:]) + "\"}\n"
}

// TestEveryChangeHasItsEntry walks through what people do: each leaves just one
// entry that says who, what and to what.
func TestEveryChangeHasItsEntry(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		filled(t, s)
		ctx := context.WithoutCancel(t.Context())
		j, err := s.Claim(ctx, at, at.Add(time.Minute))
		must(t, err)
		j.State = server.JobDone
		must(t, s.Finish(ctx, j, at))
		must(t, s.EndSession(ctx, act("sign-out", "D1"), "s1"))
		all, err := s.Records(ctx, 0, 100)
		must(t, err)
		var got []string
		for _, r := range all {
			got = append(got, strings.TrimSpace(r.Act.By+" "+r.Act.What+" "+r.Act.On))
		}
		want := `A1 first-run-finish A1; A1 add-unit top/a; A1 add-unit top/ä; A1 invite I1; A1 invite I2; A1 accept A2; A1 sign-in D1; A1 revoke-device D2; ` +
			`A1 add-movement M1; A1 save-movement M1; A1 break-glass M1; A1 make-plan P1; A1 approval-step P1; A1 add-findings f1; A1 add-plan J1; A1 get-plan P1; finish-job J1; A1 sign-out D1`
		if strings.Join(got, "; ") != want {
			t.Errorf("the log is\n%s\nwant\n%s", strings.Join(got, "; "), want)
		}
	})
}
