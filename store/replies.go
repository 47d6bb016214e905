package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/outrider-project/outrider/server"
)

// How long an answer is kept for requests that are sent again, and how long a
// request may be under way: a reservation that is older was made by a server that
// was killed.
const (
	replyLife = 24 * time.Hour
	underWay  = 15 * time.Minute
)

// Reserve returns the reply under a key of an account, and whether this call has
// made the reservation: then the caller carries out the request.
func (s *Store) Reserve(ctx context.Context, account, key string, r server.Reply, at time.Time) (server.Reply, bool, error) {
	var kept server.Reply
	first := false
	err := s.inside(ctx, func(tx *sql.Tx) error {
		_, err := run(ctx, tx, `DELETE FROM replies WHERE account = $1 AND idempotency_key = $2 AND (at < $3 OR status = 0 AND at < $4)`,
			account, key, micros(at.Add(-replyLife)), micros(at.Add(-underWay)))
		if err != nil {
			return err
		}
		// Of two that come at the same time, one is told that there is one already.
		n, err := run(ctx, tx, `INSERT INTO replies (account, idempotency_key, request, status, media_type, etag, body, at) VALUES ($1, $2, $3, 0, '', '', $4, $5) ON CONFLICT DO NOTHING`,
			account, key, r.Request, []byte{}, micros(at))
		if err != nil {
			return err
		}
		first = n == 1
		kept, err = one(ctx, tx, func(s scan) (server.Reply, error) {
			var k server.Reply
			err := s(&k.Request, &k.Status, &k.Type, &k.ETag, &k.Body)
			return k, err
		}, `SELECT request, status, media_type, etag, body FROM replies WHERE account = $1 AND idempotency_key = $2`, account, key)
		if errors.Is(err, server.ErrNotFound) {
			// It was released between the two statements: as good as under way.
			kept, err = server.Reply{Request: r.Request}, nil
		}
		return err
	})
	if err != nil {
		return server.Reply{}, false, err
	}
	return kept, first, nil
}

// Keep stores the answer of a request under its key.
func (s *Store) Keep(ctx context.Context, account, key string, r server.Reply) error {
	return must(ctx, s.write, `UPDATE replies SET request = $1, status = $2, media_type = $3, etag = $4, body = $5 WHERE account = $6 AND idempotency_key = $7`,
		r.Request, r.Status, r.Type, r.ETag, solid(r.Body), account, key)
}

// Release lets a key be used again.
func (s *Store) Release(ctx context.Context, account, key string) error {
	_, err := run(ctx, s.write, `DELETE FROM replies WHERE account = $1 AND idempotency_key = $2`, account, key)
	return err
}
