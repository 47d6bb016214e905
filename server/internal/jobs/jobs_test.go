package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outrider-project/outrider/server/internal/jobs"
)

// A shelf holds one job.
type shelf struct {
	mu       sync.Mutex
	job      jobs.Job
	until    time.Time
	finished int
	given    int
}

func (s *shelf) Claim(_ context.Context, now, until time.Time) (jobs.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.job.State == "waiting" || s.job.State == jobs.Running && now.After(s.until) {
		s.job.State, s.until = jobs.Running, until
		s.job.Attempts++
		return s.job, nil
	}
	return jobs.Job{}, jobs.ErrNone
}

func (s *shelf) held() error {
	if s.job.State != jobs.Running {
		return jobs.ErrLost
	}
	return nil
}

func (s *shelf) Renew(_ context.Context, j jobs.Job, until time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until, s.job.Done = until, j.Done
	return s.held()
}

func (s *shelf) Finish(_ context.Context, j jobs.Job, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.held(); err != nil {
		return err
	}
	s.job.State, s.job.Result, s.job.Fault = j.State, j.Result, j.Fault
	s.finished++
	return nil
}

func (s *shelf) GiveBack(_ context.Context, _ jobs.Job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.job.State = "waiting"
	s.job.Attempts--
	s.given++
	return nil
}

func (s *shelf) state() jobs.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.job
}

func (s *shelf) cancel() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.job.State = jobs.Cancelled
}

// run runs a runner over a shelf in a bubble of time, until the test is over.
func run(t *testing.T, s *shelf, do jobs.Do, during func(stop func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r := jobs.Runner{
			Leases: s, Now: time.Now, Wake: make(chan struct{}), Log: slog.New(slog.DiscardHandler), Do: map[string]jobs.Do{"plan": do},
			Ticks: func(d time.Duration) (<-chan time.Time, func()) {
				ticker := time.NewTicker(d)
				return ticker.C, ticker.Stop
			},
			Explain: func(err error) string { return err.Error() },
			Changed: func(context.Context, jobs.Job) {},
		}
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		during(cancel)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func waiting() *shelf { return &shelf{job: jobs.Job{ID: "J", Kind: "plan", State: "waiting"}} }

func TestLongWorkKeepsItsLease(t *testing.T) {
	s := waiting()
	calls := 0
	run(t, s, func(_ context.Context, _ jobs.Job, p jobs.Progress) (string, error) {
		calls++
		for i := range int64(10) {
			p("routes", i, 10)
			time.Sleep(time.Minute)
		}
		return "P", nil
	}, func(func()) { time.Sleep(time.Hour) })
	if j := s.state(); calls != 1 || j.State != jobs.Done || j.Result != "P" || j.Done != 9 {
		t.Errorf("%d calls, %+v", calls, j)
	}
}

func TestStoppedServersGiveJobsBack(t *testing.T) {
	s := waiting()
	do := func(ctx context.Context, _ jobs.Job, _ jobs.Progress) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}
	run(t, s, do, func(stop func()) {
		time.Sleep(time.Minute)
		stop()
	})
	if j := s.state(); j.State != "waiting" || s.given != 1 {
		t.Errorf("after a stop: %+v", j)
	}
	run(t, s, func(context.Context, jobs.Job, jobs.Progress) (string, error) { return "P", nil }, func(func()) { time.Sleep(time.Minute) })
	if j := s.state(); j.State != jobs.Done || j.Attempts != 1 {
		t.Errorf("after the restart: %+v", j)
	}
}

func TestKilledServersLoseTheirLease(t *testing.T) {
	s := waiting()
	synctest.Test(t, func(*testing.T) {
		s.job.State, s.until = jobs.Running, time.Now().Add(30*time.Second)
		s.job.Attempts = 1
	})
	run(t, s, func(context.Context, jobs.Job, jobs.Progress) (string, error) { return "P", nil }, func(func()) {
		time.Sleep(25 * time.Second)
		if s.state().State != jobs.Running {
			t.Error("taken up before the lease ran out")
		}
		time.Sleep(10 * time.Second)
	})
	if j := s.state(); j.State != jobs.Done || j.Attempts != 2 {
		t.Errorf("%+v", j)
	}
}

func TestCancelledJobsEnd(t *testing.T) {
	s := waiting()
	ended := false
	run(t, s, func(ctx context.Context, _ jobs.Job, _ jobs.Progress) (string, error) {
		<-ctx.Done()
		ended = true
		return "", ctx.Err()
	}, func(func()) {
		time.Sleep(time.Second)
		s.cancel()
		time.Sleep(10 * time.Second)
	})
	if !ended || s.finished != 0 || s.given != 0 || s.state().State != jobs.Cancelled {
		t.Errorf("ended %v, %+v", ended, s)
	}
}

func TestFailures(t *testing.T) {
	for name, do := range map[string]jobs.Do{
		"an error": func(context.Context, jobs.Job, jobs.Progress) (string, error) { return "", errors.New("no way") },
		"a panic":  func(context.Context, jobs.Job, jobs.Progress) (string, error) { panic("no way") },
	} {
		s := waiting()
		run(t, s, do, func(func()) { time.Sleep(time.Minute) })
		if j := s.state(); j.State != jobs.Failed || j.Fault == "" || j.Result != "" || j.Attempts != 1 {
			t.Errorf("%s: %+v", name, j)
		}
	}
	s := waiting()
	s.job.Attempts = 3
	run(t, s, func(context.Context, jobs.Job, jobs.Progress) (string, error) {
		t.Error("tried a fourth time")
		return "", nil
	}, func(func()) { time.Sleep(time.Minute) })
	if s.state().State != jobs.Failed {
		t.Errorf("after too many attempts: %+v", s.state())
	}
	s = waiting()
	s.job.Kind = "unheard-of"
	run(t, s, nil, func(func()) { time.Sleep(time.Minute) })
	if s.state().State != jobs.Failed {
		t.Errorf("of an unknown kind: %+v", s.state())
	}
}
