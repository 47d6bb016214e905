package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/outrider-project/outrider/server"
)

// Retention says how long things are kept. Invitations and roles end at the time
// that stands in them.
type Retention struct {
	Sessions time.Duration // since sign-in
	Replies  time.Duration // answers under idempotency keys
	Jobs     time.Duration // since their end
	// Closed is how long a movement keeps its file, its plans and their approval
	// after it was closed: with them go routes, venues and names.
	Closed time.Duration
	// Audit is how long the audit log keeps who did what; later only the hashes of
	// the chain are left. Zero keeps it for good.
	Audit time.Duration
}

// DefaultRetention is what the manual promises.
func DefaultRetention() Retention {
	const day = 24 * time.Hour
	return Retention{Sessions: 12 * time.Hour, Replies: replyLife, Jobs: 30 * day, Closed: 30 * day}
}

// Purged counts what was removed.
type Purged struct {
	Invitations, Sessions, Roles, Replies, Jobs int64
	Movements                                   int64 // closed ones that lost file and plans
	Plans                                       int64
	Entries                                     int64 // of the audit log that lost their words
}

func (p Purged) any() bool { return p != Purged{} }

// errNothing ends a purge without an entry of the audit log.
var errNothing = errors.New("nothing to purge")

// erasedDocument is left of a movement file.
const erasedDocument = `{}`

// Purge removes what is kept no longer at the time of act. It is an act like
// others, and leaves an entry if there was something to remove. With SQLite the
// bytes are overwritten on disk before it returns; PostgreSQL marks them free and
// overwrites them when it reuses their place.
func (s *Store) Purge(ctx context.Context, act server.Act, keep Retention) (Purged, error) {
	var p Purged
	before := func(d time.Duration) int64 { return micros(act.At.Add(-d)) }
	err := s.change(ctx, act, func(tx *sql.Tx) error {
		p = Purged{}
		for _, step := range []struct {
			count *int64
			query string
			limit int64
		}{
			{&p.Invitations, `DELETE FROM invitations WHERE until < $1`, micros(act.At)},
			{&p.Sessions, `DELETE FROM sessions WHERE since < $1`, before(keep.Sessions)},
			{&p.Roles, `DELETE FROM grants WHERE until < $1`, micros(act.At)},
			{&p.Replies, `DELETE FROM replies WHERE at < $1`, before(keep.Replies)},
			{&p.Jobs, `DELETE FROM jobs WHERE ended < $1`, before(keep.Jobs)},
			{nil, `DELETE FROM approval_steps WHERE plan IN (SELECT p.id FROM plans p JOIN movements m ON m.id = p.movement WHERE m.closed < $1)`, before(keep.Closed)},
			{&p.Plans, `DELETE FROM plans WHERE movement IN (SELECT id FROM movements WHERE closed < $1)`, before(keep.Closed)},
			{&p.Jobs, `DELETE FROM jobs WHERE movement IN (SELECT id FROM movements WHERE closed < $1)`, before(keep.Closed)},
		} {
			n, err := run(ctx, tx, step.query, step.limit)
			if err != nil {
				return err
			}
			if step.count != nil {
				*step.count += n
			}
		}
		var err error
		p.Movements, err = run(ctx, tx, `UPDATE movements SET document = $1, map = '', version = version + 1, erased = $2 WHERE closed < $3 AND erased IS NULL`,
			[]byte(erasedDocument), micros(act.At), before(keep.Closed))
		if err != nil {
			return err
		}
		if keep.Audit > 0 {
			p.Entries, err = run(ctx, tx, `UPDATE audit SET salt = NULL, actor = NULL, what = NULL, subject = NULL, why = NULL WHERE at < $1 AND salt IS NOT NULL`, before(keep.Audit))
			if err != nil {
				return err
			}
		}
		if !p.any() {
			return errNothing
		}
		return nil
	})
	if errors.Is(err, errNothing) {
		return Purged{}, nil
	}
	if err != nil {
		return Purged{}, err
	}
	return p, s.overwrite(ctx)
}

// overwrite sees to it that what was deleted is no longer on disk, as far as the
// database can.
func (s *Store) overwrite(ctx context.Context) error {
	if s.dialect.name == postgresName {
		_, err := s.write.ExecContext(ctx, `VACUUM invitations, sessions, grants, replies, jobs, plans, approval_steps, movements, audit`)
		return fault("vacuum", err)
	}
	// Deleted bytes were overwritten with zeros (secure_delete); older pages may
	// still stand in the write-ahead log.
	// While somebody reads an older state they stay there, until the next purge
	// or until the store is closed.
	_, err := one(ctx, s.write, func(s scan) (int64, error) {
		var busy, frames, done int64
		err := s(&busy, &frames, &done)
		return busy, err
	}, `PRAGMA wal_checkpoint(truncate)`)
	return err
}
