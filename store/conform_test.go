package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/server"
	"github.com/outrider-project/outrider/store"
)

// ofKind demands an error of a kind.
func ofKind(t *testing.T, what string, err error, want outrider.Kind) {
	t.Helper()
	if err == nil || outrider.KindOf(err) != want {
		t.Errorf("%s: %v (kind %d), want kind %d", what, err, outrider.KindOf(err), want)
	}
}

func missing(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, server.ErrNotFound) {
		t.Errorf("%s: %v, want server.ErrNotFound", what, err)
	}
}

// TestWhatIsRefused tries what no store may take, and holds that nothing of it,
// and no entry of the log, is left.
func TestWhatIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		filled(t, s)
		before, err := s.Verify(ctx)
		must(t, err)
		long := func(n int) string { return strings.Repeat("x", n) }
		with := func(change func(*server.Movement)) error {
			m := movement("M9")
			change(&m)
			return s.AddMovement(ctx, act("add-movement", m.ID), m)
		}
		device := server.Device{ID: "D9", Account: "A9", Since: at}
		account := func(sign string) error {
			return s.AddAccount(ctx, act("accept", "A9"), server.Account{ID: "A9", CallSign: sign, Unit: "top", Since: at}, device, nil, "I2")
		}
		for what, err := range map[string]error{
			"a name in place of a call sign": account("Jane Smith"),
			"an invitation with a name":      s.AddInvitation(ctx, act("invite", "I9"), server.Invitation{ID: "I9", Hash: "h9", CallSign: "Jane Smith", Unit: "top", By: "A1", Until: at}),
			"a role that is none":            s.SetGrant(ctx, act("set", "top"), server.Grant{Account: "A1", Role: "emperor", On: "top"}, true),
			"an unknown state":               with(func(m *server.Movement) { m.State = "lost" }),
			"a long name":                    with(func(m *server.Movement) { m.Name = long(41) }),
			"a name with a zero byte":        with(func(m *server.Movement) { m.Name = "a\x00b" }),
			"a name that is no text":         with(func(m *server.Movement) { m.Name = "\xff" }),
			"version 0":                      with(func(m *server.Movement) { m.Version = 0 }),
			"a unit with a long path":        s.AddUnit(ctx, act("add-unit", "top"), "top/"+long(197)),
			"a reason of 201 characters":     s.Record(ctx, server.Act{What: "x", Why: long(201), At: at}),
			"a finding without a place":      s.AddFinding(ctx, act("add-findings", "f9"), server.StoredFinding{ID: "f9", Finding: []byte(`{"kind":"bridge","lat":91,"lon":0,"date":"2026-11-24"}`)}),
			"a finding of no day":            s.AddFinding(ctx, act("add-findings", "f9"), server.StoredFinding{ID: "f9", Finding: []byte(`{"kind":"bridge","lat":1,"lon":0,"date":"soon"}`)}),
			"a finding that is no JSON":      s.AddFinding(ctx, act("add-findings", "f9"), server.StoredFinding{ID: "f9", Finding: []byte(`{`)}),
			"a job in an unknown state":      s.AddJob(ctx, act("add-map", "J9"), server.Job{ID: "J9", Kind: "plan", Owner: "A1", State: "odd"}),
		} {
			ofKind(t, what, err, outrider.Invalid)
		}
		ofKind(t, "an act that does not say what", s.Record(ctx, server.Act{At: at}), outrider.Internal)
		ofKind(t, "an act that does not say when", s.Record(ctx, server.Act{What: "x"}), outrider.Internal)
		ofKind(t, "a second line in a step", s.AddStep(ctx, act("approval-step", "P1"), "P1", []byte("a\nb"), 1), outrider.Internal)
		ofKind(t, "a call sign that is taken", account("ROMEO 1"), outrider.Stale)
		ofKind(t, "a unit twice", s.AddUnit(ctx, act("add-unit", "top/a"), "top/a"), outrider.Stale)
		ofKind(t, "a movement twice", s.AddMovement(ctx, act("add-movement", "M1"), movement("M1")), outrider.Stale)
		missing(t, "a unit below none", s.AddUnit(ctx, act("add-unit", "no/a"), "no/a"))
		missing(t, "a second top unit", s.AddUnit(ctx, act("add-unit", "other"), "other"))
		missing(t, "a movement of no unit", with(func(m *server.Movement) { m.Unit = "no" }))
		missing(t, "a role on nothing", s.SetGrant(ctx, act("set", "no"), server.Grant{Account: "A1", Role: "reader", On: "no"}, true))
		missing(t, "a role of nobody", s.SetGrant(ctx, act("set", "top"), server.Grant{Account: "A9", Role: "reader", On: "top"}, true))
		missing(t, "a device of nobody", s.AddDevice(ctx, act("add-device", "D9"), device))
		missing(t, "a plan of no movement", s.AddPlan(ctx, act("make-plan", "P9"), server.StoredPlan{ID: "P9", Movement: "no", Author: "A1", Made: at}))
		missing(t, "a step of no plan", s.AddStep(ctx, act("approval-step", "P9"), "P9", []byte(`{}`), 0))
		missing(t, "a session of a revoked device", s.AddSession(ctx, act("sign-in", "D2"), server.Session{Hash: "s9", Account: "A2", Device: "D2", Since: at, Seen: at}))
		missing(t, "a session with another's device", s.AddSession(ctx, act("sign-in", "D1"), server.Session{Hash: "s9", Account: "A2", Device: "D1", Since: at, Seen: at}))
		missing(t, "the end of no session", s.EndSession(ctx, act("sign-out", "s9"), "s9"))
		missing(t, "an invitation twice", s.AddAccount(ctx, act("accept", "A9"), server.Account{ID: "A9", CallSign: "ROMEO 9", Unit: "top"}, device, nil, "I1"))
		late := act("accept", "A9")
		late.At = at.Add(3 * time.Hour)
		missing(t, "an invitation too late", s.AddAccount(ctx, late, server.Account{ID: "A9", CallSign: "ROMEO 9", Unit: "top"}, device, nil, "I2"))
		after, err := s.Verify(ctx)
		if err != nil || after != before {
			t.Errorf("the log afterwards: %+v, %v; before: %+v", after, err, before)
		}
		missing(t, "an account that was refused", func() error { _, err := s.Account(ctx, "A9"); return err }())
	})
}

// TestValuesComeBack holds that both databases give back what was stored, to the
// byte and the microsecond.
func TestValuesComeBack(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		filled(t, s)
		d, err := s.Devices(ctx, "A2")
		if err != nil || len(d) != 1 || string(d[0].Credential) != "\x00\xff" || len(d[0].Key) != 0 || d[0].Synced || !d[0].Revoked.Equal(at) {
			t.Errorf("a device: %+v, %v", d, err)
		}
		p, err := s.Plan(ctx, "P1")
		if err != nil || string(p.Plan) != "{\"a\":\"<ü>\"}\n" || !p.Made.Equal(at) || p.Made.Location() != time.UTC {
			t.Errorf("a plan: %+v, %v", p, err)
		}
		if i, err := s.Invitation(ctx, "h2"); err != nil || i.Role != "" {
			t.Errorf("an invitation without a role: %+v, %v", i, err)
		}
		units, err := s.Units(ctx)
		if err != nil || !slices.Equal(units, []string{"top", "top/a", "top/ä"}) {
			t.Errorf("units, by the bytes of their paths: %v, %v", units, err)
		}
		all, err := s.Records(ctx, 0, 100)
		must(t, err)
		if last := all[len(all)-1]; last.Act.Why != "because <of> & \u2028" || last.Number != int64(len(all)) {
			t.Errorf("the last entry: %+v", last)
		}
		// Closures at one place by different events stand side by side; the same
		// event is on record.
		closure := func(id, from, to string) error {
			return s.AddFinding(ctx, act("add-findings", id), server.StoredFinding{ID: id, Finding: fmt.Appendf(nil,
				`{"id":%q,"kind":"closure","lat":10.0000001,"lon":179.9999999,"way":7,"date":"2026-11-24","from":%q,"to":%q}`, id, from, to)})
		}
		must(t, closure("c1", "2026-11-24T08:00:00Z", "2026-11-24T10:00:00Z"))
		must(t, closure("c2", "2026-11-24T10:00:00Z", "2026-11-24T12:00:00Z"))
		other, ok := errors.AsType[*server.OtherFindingError](closure("c3", "2026-11-24T11:00:00Z", "2026-11-24T13:00:00Z"))
		if !ok || other.Theirs.ID != "c2" {
			t.Errorf("a closure at the same time: %+v", other)
		}
		must(t, s.Counted(ctx, "D1", 4294967295))
		must(t, s.Counted(ctx, "D1", 9))
		if d, err := s.Device(ctx, "D1"); err != nil || d.Counter != 4294967295 {
			t.Errorf("a counter that runs back: %d, %v", d.Counter, err)
		}
		must(t, s.Seen(ctx, "s1", at.Add(-time.Hour)))
		if v, err := s.Session(ctx, "s1"); err != nil || !v.Seen.Equal(at) {
			t.Errorf("seen before it was seen: %v, %v", v.Seen, err)
		}
		must(t, s.Seen(ctx, "gone", at))
		missing(t, "a counter of no device", s.Counted(ctx, "D9", 1))
	})
}

// TestPages reads lists part by part: every item once, in one order in both
// databases.
func TestPages(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		first(t, s)
		ids := []string{"M-1", "M1", "M10", "M2", "Ma", "Mb", "m", "é"}
		for _, i := range []int{3, 7, 0, 5, 2, 6, 1, 4} {
			must(t, s.AddMovement(ctx, act("add-movement", ids[i]), movement(ids[i])))
		}
		var got []string
		for after := ""; ; {
			part, err := s.Movements(ctx, after, 3)
			must(t, err)
			if len(part) == 0 {
				break
			}
			for _, m := range part {
				got = append(got, m.ID)
			}
			after = got[len(got)-1]
		}
		if !slices.Equal(got, ids) {
			t.Errorf("movements %v, want %v", got, ids)
		}
		for i := range 5 {
			id := fmt.Sprintf("P%d", i)
			must(t, s.AddPlan(ctx, act("make-plan", id), server.StoredPlan{ID: id, Movement: "M1", Author: "A1", Made: at, Plan: []byte(id)}))
		}
		var plans []string
		for after := ""; len(plans) < 9; {
			part, err := s.Plans(ctx, "M1", after, 2)
			must(t, err)
			if len(part) == 0 {
				break
			}
			for _, p := range part {
				plans = append(plans, p.ID)
			}
			after = plans[len(plans)-1]
		}
		if fmt.Sprint(plans) != "[P4 P3 P2 P1 P0]" {
			t.Errorf("plans %v, want the newest first", plans)
		}
	})
}

// TestOneOfMany has many do the same at the same time: invitations, first
// accounts, steps and keys are used up once, each job is claimed by one, and the
// chain of the log holds.
func TestOneOfMany(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		const many = 12
		race := func(what string, want int, do func(i int) error) {
			t.Helper()
			var mu sync.Mutex
			var all sync.WaitGroup
			won := 0
			for i := range many {
				all.Go(func() {
					err := do(i)
					mu.Lock()
					defer mu.Unlock()
					switch _, conflict := errors.AsType[*server.ConflictError](err); {
					case err == nil:
						won++
					case !conflict && !errors.Is(err, server.ErrNotFound) && !errors.Is(err, server.ErrKnown) && !errors.Is(err, server.ErrNoJob) && outrider.KindOf(err) != outrider.Stale:
						t.Errorf("%s: %v", what, err)
					}
				})
			}
			all.Wait()
			if won != want {
				t.Errorf("%s: %d of %d succeeded, want %d", what, won, many, want)
			}
		}
		account := func(i int, invitation string) error {
			a := fmt.Sprintf("A%d", i+1)
			return s.AddAccount(ctx, act("accept", a), server.Account{ID: a, CallSign: fmt.Sprintf("ROMEO %d", i+1), Unit: "top", Since: at},
				server.Device{ID: "D" + a, Account: a, Since: at}, []server.Grant{{Account: a, Role: "administrator", On: "top"}}, invitation)
		}
		race("the first account", 1, func(i int) error { return account(i, "") })
		all, err := s.Accounts(ctx, "", 10)
		if err != nil || len(all) != 1 {
			t.Fatalf("%d accounts, %v", len(all), err)
		}
		by := all[0].ID
		acted := func(what string) server.Act { return server.Act{By: by, What: what, At: at} }
		must(t, s.AddInvitation(ctx, acted("invite"), server.Invitation{ID: "I1", Hash: "h", CallSign: "ROMEO 50", Unit: "top", By: by, Until: at.Add(time.Hour)}))
		race("one invitation", 1, func(i int) error { return account(50+i, "I1") })
		must(t, s.AddMovement(ctx, acted("add-movement"), movement("M1")))
		race("saving over one version", 1, func(int) error {
			_, err := s.SaveMovement(ctx, acted("save-movement"), movement("M1"))
			return err
		})
		race("one plan", 1, func(int) error {
			return s.AddPlan(ctx, acted("make-plan"), server.StoredPlan{ID: "P1", Movement: "M1", Author: by, Made: at, Plan: []byte("x")})
		})
		race("one step", 1, func(int) error { return s.AddStep(ctx, acted("approval-step"), "P1", []byte(`{}`), 0) })
		race("one finding", 1, func(i int) error {
			id := fmt.Sprintf("f%d", i)
			err := s.AddFinding(ctx, acted("add-findings"), server.StoredFinding{ID: id, Finding: []byte(`{"kind":"bridge","lat":1,"lon":2,"date":"2026-11-24"}`)})
			if _, other := errors.AsType[*server.OtherFindingError](err); other {
				return server.ErrKnown
			}
			return err
		})
		race("one key", 1, func(int) error {
			_, mine, err := s.Reserve(ctx, by, "key", server.Reply{Request: "r"}, at)
			if err == nil && !mine {
				return server.ErrKnown
			}
			return err
		})
		const jobs = 7
		for i := range jobs {
			must(t, s.AddJob(ctx, acted("add-map"), server.Job{ID: fmt.Sprintf("J%d", i), Kind: "map-build", Owner: by, State: server.JobWaiting}))
		}
		var claimed sync.Map
		race("claims", jobs, func(int) error {
			// With PostgreSQL whoever finds the oldest row taken meanwhile may be told
			// that none waits, and asks again, as the queue does.
			var j server.Job
			err := server.ErrNoJob
			for try := 0; try < many && errors.Is(err, server.ErrNoJob); try++ {
				j, err = s.Claim(ctx, at, at.Add(time.Minute))
			}
			if err != nil {
				return err
			}
			if _, twice := claimed.LoadOrStore(j.ID, true); twice {
				t.Errorf("%s was claimed twice", j.ID)
			}
			return nil
		})
		if _, err := s.Verify(ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestOneStateWhileOthersWrite exports while others write: every export is one
// state of the store.
func TestOneStateWhileOthersWrite(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
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
		for range 5 {
			into := opened(t, t.TempDir())
			if _, err := into.Import(t.Context(), strings.NewReader(exported(t, s))); err != nil {
				t.Error(err)
			}
			m, err := into.Movement(t.Context(), "M1")
			must(t, err)
			saved := int64(0)
			records, err := into.Records(t.Context(), 0, 1<<20)
			must(t, err)
			for _, r := range records {
				if r.Act.What == "save-movement" {
					saved++
				}
			}
			if m.Version != saved+1 {
				t.Errorf("version %d of the movement, and %d entries of its saving", m.Version, saved)
			}
		}
		stop()
		all.Wait()
	})
}

// TestCancelled ends calls whose caller has gone.
func TestCancelled(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		first(t, s)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if err := s.Record(ctx, act("x", "")); !errors.Is(err, context.Canceled) {
			t.Errorf("a change: %v", err)
		}
		if _, err := s.Movements(ctx, "", 1); !errors.Is(err, context.Canceled) {
			t.Errorf("a list: %v", err)
		}
		must(t, s.Record(t.Context(), act("x", ""))) // and the store goes on
	})
}

// TestMovementsLikeAModel saves, reads and lists at random, and compares with a
// map in memory.
func TestMovementsLikeAModel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		first(t, s)
		run := 0
		rapid.Check(t, func(r *rapid.T) {
			run++
			ctx := t.Context()
			model := map[string]server.Movement{}
			id := rapid.Custom(func(r *rapid.T) string {
				return fmt.Sprintf("%d-%c", run, rapid.RuneFrom([]rune("abcä")).Draw(r, "id"))
			})
			for range rapid.IntRange(1, 8).Draw(r, "steps") {
				m := movement(id.Draw(r, "movement"))
				m.Document = rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(r, "document")
				m.State = rapid.SampledFrom([]string{"draft", "closed"}).Draw(r, "state")
				m.Version = rapid.Int64Range(1, 3).Draw(r, "version")
				now, there := model[m.ID]
				if rapid.Bool().Draw(r, "add") {
					m.Version = 1
					err := s.AddMovement(ctx, act("add-movement", m.ID), m)
					if (err == nil) == there {
						r.Fatalf("%s is there: %v, and adding it gives %v", m.ID, there, err)
					}
					if !there {
						model[m.ID] = m
					}
					continue
				}
				version, err := s.SaveMovement(ctx, act("save-movement", m.ID), m)
				conflict, stale := errors.AsType[*server.ConflictError](err)
				switch {
				case !there:
					if !errors.Is(err, server.ErrNotFound) {
						r.Fatalf("saving what is not there: %v", err)
					}
				case m.Version != now.Version:
					if !stale || conflict.Version != now.Version {
						r.Fatalf("saving over version %d as %d: %v", now.Version, m.Version, err)
					}
				case err != nil || version != m.Version+1:
					r.Fatalf("saving version %d: %d, %v", m.Version, version, err)
				default:
					m.Version++
					model[m.ID] = m
				}
			}
			list, err := s.Movements(ctx, fmt.Sprintf("%d-", run), 10)
			if err != nil {
				r.Fatal(err)
			}
			list = slices.DeleteFunc(list, func(m server.Movement) bool { return !strings.HasPrefix(m.ID, fmt.Sprintf("%d-", run)) })
			if len(list) != len(model) {
				r.Fatalf("%d movements, want %d", len(list), len(model))
			}
			for _, got := range list {
				want := model[got.ID]
				if got.Version != want.Version || string(got.Document) != string(want.Document) || got.State != want.State {
					r.Fatalf("%+v, want %+v", got, want)
				}
			}
		})
		if _, err := s.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
