// Package jobs carries long work out, one job after the other, so that it
// survives a restart.
//
// A job is held by a lease. Whoever holds it renews it; a server that stops gives
// it back, and that of one that was killed runs out: then the job is taken up
// again from its beginning. Work must therefore be such that doing it twice does
// no harm.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// States of a job as its events name them.
const (
	Running   = "running"
	Done      = "done"
	Failed    = "failed"
	Cancelled = "cancelled"
)

// A Job is work to be done.
type Job struct {
	ID       string
	Kind     string
	Movement string
	Owner    string
	Input    json.RawMessage
	State    string
	Phase    string
	Done     int64
	Total    int64
	Result   string
	Fault    string
	Attempts int // this one included
}

// ErrNone says that no job waits.
var ErrNone = errors.New("no job waits")

// ErrLost says that the job was cancelled, or is held by somebody else.
var ErrLost = errors.New("the job is no longer held")

// Leases is what keeps jobs.
type Leases interface {
	// Claim takes the oldest job that waits or whose lease has run out, until a
	// time; ErrNone if there is none.
	Claim(ctx context.Context, now, until time.Time) (Job, error)
	// Renew stores the progress of a job that is held, and holds it longer;
	// ErrLost if it is not held any more.
	Renew(ctx context.Context, j Job, until time.Time) error
	// Finish stores how a job ended: Done with its result, or Failed.
	Finish(ctx context.Context, j Job, at time.Time) error
	// GiveBack lets a job wait again, and does not count the attempt.
	GiveBack(ctx context.Context, j Job) error
}

// Progress reports how far a job has come. It may be called as often as one
// likes, from the goroutine of the job.
type Progress = func(phase string, done, total int64)

// Do carries a job out and returns the id of what it made.
type Do func(ctx context.Context, j Job, p Progress) (result string, err error)

// Times of the queue.
const (
	lease    = 30 * time.Second
	renewal  = 5 * time.Second
	interval = 2 * time.Second // between looks for jobs whose leases ran out
	shown    = 250 * time.Millisecond
	attempts = 3 // a job that takes the program down with it is not tried for ever
)

// Ticks sends the time every so often, until stop is called.
type Ticks = func(every time.Duration) (ticks <-chan time.Time, stop func())

// A Runner carries jobs out.
type Runner struct {
	Leases  Leases
	Now     func() time.Time
	Ticks   Ticks
	Wake    <-chan struct{} // a job was added
	Log     *slog.Logger
	Do      map[string]Do      // by kind
	Explain func(error) string // what people read of an error
	// Changed is told of every change.
	Changed func(ctx context.Context, j Job)
}

// Run carries jobs out until the context ends.
func (r *Runner) Run(ctx context.Context) error {
	look, rest := r.Ticks(interval)
	defer rest()
	for {
		switch err := r.next(ctx); {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			continue // there may be more
		case !errors.Is(err, ErrNone):
			r.Log.ErrorContext(ctx, "the queue of jobs", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.Wake:
		case <-look:
		}
	}
}

// outcome is how a job ended.
type outcome struct {
	result string
	err    error
}

// next takes one job up and carries it out.
func (r *Runner) next(ctx context.Context) error {
	now := r.Now()
	j, err := r.Leases.Claim(ctx, now, now.Add(lease))
	if err != nil {
		return err
	}
	j.State = Running
	r.Changed(ctx, j)
	do, known := r.Do[j.Kind]
	switch {
	case !known:
		return r.finish(ctx, j, outcome{err: fmt.Errorf("no job of kind %q is known", j.Kind)})
	case j.Attempts > attempts:
		return r.finish(ctx, j, outcome{err: fmt.Errorf("given up after %d attempts", attempts)})
	}
	type at struct {
		phase       string
		done, total int64
	}
	latest := make(chan at, 1)
	ended := make(chan outcome, 1)
	working, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		var o outcome
		defer func() {
			if x := recover(); x != nil {
				o.err = fmt.Errorf("panic: %v", x)
			}
			ended <- o
		}()
		o.result, o.err = do(working, j, func(phase string, done, total int64) {
			select {
			case <-latest: // an older one that nobody has read
			default:
			}
			latest <- at{phase, done, total}
		})
	}()
	renew, stopRenewing := r.Ticks(renewal)
	defer stopRenewing()
	show, stopShowing := r.Ticks(shown)
	defer stopShowing()
	for {
		select {
		case o := <-ended:
			if ctx.Err() != nil && o.err != nil {
				// The server stops: whoever runs next takes the job up.
				return r.Leases.GiveBack(context.WithoutCancel(ctx), j)
			}
			return r.finish(ctx, j, o)
		case <-show:
			select {
			case p := <-latest:
				j.Phase, j.Done, j.Total = p.phase, p.done, p.total
				r.Changed(ctx, j)
			default:
			}
		case <-renew:
			err := r.Leases.Renew(ctx, j, r.Now().Add(lease))
			if errors.Is(err, ErrLost) {
				stop()
				<-ended
				j.State = Cancelled
				r.Changed(ctx, j)
				return nil
			}
			if err != nil && ctx.Err() == nil {
				r.Log.ErrorContext(ctx, "a lease was not renewed", "job", j.ID, "error", err)
			}
		}
	}
}

func (r *Runner) finish(ctx context.Context, j Job, o outcome) error {
	j.State, j.Result, j.Phase = Done, o.result, ""
	if o.err != nil {
		r.Log.WarnContext(ctx, "a job failed", "job", j.ID, "kind", j.Kind, "error", o.err)
		j.State, j.Result, j.Fault = Failed, "", r.Explain(o.err)
	}
	// What was worked out is stored even if the server stops in this moment.
	err := r.Leases.Finish(context.WithoutCancel(ctx), j, r.Now())
	if errors.Is(err, ErrLost) {
		j.State = Cancelled
		err = nil
	}
	if err == nil {
		r.Changed(ctx, j)
	}
	return err
}
