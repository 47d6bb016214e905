package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/outrider-project/outrider/server"
)

const jobColumns = `id, kind, movement, owner, input, state, phase, done, total, result, fault, attempts`

func readJob(s scan) (server.Job, error) {
	var j server.Job
	var movement sql.NullString
	var input []byte
	err := s(&j.ID, &j.Kind, &movement, &j.Owner, &input, &j.State, &j.Phase, &j.Done, &j.Total, &j.Result, &j.Fault, &j.Attempts)
	j.Movement, j.Input = movement.String, input
	return j, err
}

// AddJob adds work to be done.
func (s *Store) AddJob(ctx context.Context, act server.Act, j server.Job) error {
	return s.change(ctx, act, func(tx *sql.Tx) error {
		_, err := run(ctx, tx, `INSERT INTO jobs (`+jobColumns+`, added) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			j.ID, j.Kind, text(j.Movement), j.Owner, solid(j.Input), string(j.State), j.Phase, j.Done, j.Total, j.Result, j.Fault, j.Attempts, micros(act.At))
		return err
	})
}

// Job returns a job by its id.
func (s *Store) Job(ctx context.Context, id string) (server.Job, error) {
	return one(ctx, s.read, readJob, `SELECT `+jobColumns+` FROM jobs WHERE id = $1`, id)
}

// CancelJob ends a job that waits or runs; one that has ended stays as it is.
func (s *Store) CancelJob(ctx context.Context, act server.Act, id string) error {
	return s.change(ctx, act, func(tx *sql.Tx) error {
		if _, err := one(ctx, tx, column[int64], `SELECT attempts FROM jobs WHERE id = $1`, id); err != nil {
			return err
		}
		_, err := run(ctx, tx, `UPDATE jobs SET state = 'cancelled', until = NULL, ended = $1 WHERE id = $2 AND state IN ('waiting', 'running')`, micros(act.At), id)
		return err
	})
}

// Claim takes the oldest job that waits or whose lease has run out, counts the
// attempt, and holds it until a time; server.ErrNoJob if there is none. Of several
// servers that ask at the same time each gets another job.
func (s *Store) Claim(ctx context.Context, now, until time.Time) (server.Job, error) {
	j, err := one(ctx, s.write, readJob, `UPDATE jobs SET state = 'running', until = $1, attempts = attempts + 1 WHERE id = (
			SELECT id FROM jobs WHERE state = 'waiting' OR state = 'running' AND until < $2 ORDER BY added, id LIMIT 1`+s.dialect.skipHeld+`)
		RETURNING `+jobColumns, micros(until), micros(now))
	if errors.Is(err, server.ErrNotFound) {
		return server.Job{}, server.ErrNoJob
	}
	return j, err
}

// held is true of a job that is still held by whoever claimed it: each claim
// counts an attempt.
const held = ` AND state = 'running' AND attempts = `

func lost(err error) error {
	if errors.Is(err, server.ErrNotFound) {
		return server.ErrJobLost
	}
	return err
}

// Renew stores the progress of a job that is held, and holds it longer;
// server.ErrJobLost if it was cancelled or is held by somebody else.
func (s *Store) Renew(ctx context.Context, j server.Job, until time.Time) error {
	return lost(must(ctx, s.write, `UPDATE jobs SET phase = $1, done = $2, total = $3, until = $4 WHERE id = $5`+held+`$6`,
		j.Phase, j.Done, j.Total, micros(until), j.ID, j.Attempts))
}

// Finish stores how a job ended, with its result or fault; server.ErrJobLost as
// above. The program itself is the author of the entry in the audit log.
func (s *Store) Finish(ctx context.Context, j server.Job, at time.Time) error {
	err := s.change(ctx, server.Act{What: "finish-job", On: j.ID, At: at}, func(tx *sql.Tx) error {
		return must(ctx, tx, `UPDATE jobs SET state = $1, phase = $2, done = $3, total = $4, result = $5, fault = $6, until = NULL, ended = $7 WHERE id = $8`+held+`$9`,
			string(j.State), j.Phase, j.Done, j.Total, j.Result, clipped(j.Fault), micros(at), j.ID, j.Attempts)
	})
	return lost(err)
}

// longestFault is how much of what went wrong is kept, in characters.
const longestFault = 2000

func clipped(s string) string {
	r := []rune(s)
	if len(r) <= longestFault {
		return s
	}
	return string(r[:longestFault-1]) + "…"
}

// GiveBack lets a job wait again, and does not count the attempt.
func (s *Store) GiveBack(ctx context.Context, j server.Job) error {
	return lost(must(ctx, s.write, `UPDATE jobs SET state = 'waiting', until = NULL, attempts = attempts - 1 WHERE id = $1`+held+`$2`, j.ID, j.Attempts))
}
