package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/outrider-project/outrider/server"
)

// Units returns the paths of all units, in their order.
func (s *Store) Units(ctx context.Context) ([]string, error) {
	return all(ctx, s.read, column[string], `SELECT path FROM units ORDER BY path`)
}

// AddUnit adds a unit below one that is there; server.ErrNotFound if it is not.
// The top unit comes with the first account.
func (s *Store) AddUnit(ctx context.Context, act server.Act, path string) error {
	if err := plainText(path); err != nil {
		return err
	}
	cut := strings.LastIndexByte(path, '/')
	if cut < 0 {
		return server.ErrNotFound
	}
	return s.change(ctx, act, func(tx *sql.Tx) error {
		there, err := exists(ctx, tx, `SELECT 1 FROM units WHERE path = $1`, path)
		if err != nil {
			return err
		}
		if there {
			return taken("unit")
		}
		_, err = run(ctx, tx, `INSERT INTO units (path, parent) VALUES ($1, $2)`, path, path[:cut])
		return err
	})
}

const grantColumns = `account, role, COALESCE(unit, movement), until`

func readGrant(s scan) (server.Grant, error) {
	var g server.Grant
	var until sql.NullInt64
	err := s(&g.Account, &g.Role, &g.On, &until)
	g.Until = maybeMoment(until)
	return g, err
}

// GrantsOf returns the roles that an account has at a time.
func (s *Store) GrantsOf(ctx context.Context, account string, at time.Time) ([]server.Grant, error) {
	return all(ctx, s.read, readGrant, `SELECT `+grantColumns+` FROM grants WHERE account = $1 AND (until IS NULL OR until > $2) ORDER BY 3, role`, account, micros(at))
}

// GrantsOn returns who has which role on a unit or movement at a time; roles on
// units above are not among them.
func (s *Store) GrantsOn(ctx context.Context, on string, at time.Time) ([]server.Grant, error) {
	return all(ctx, s.read, readGrant, `SELECT `+grantColumns+` FROM grants WHERE (unit = $1 OR movement = $1) AND (until IS NULL OR until > $2) ORDER BY account, role`, on, micros(at))
}

// SetGrant gives a role, or takes it back. Both may be done again.
func (s *Store) SetGrant(ctx context.Context, act server.Act, g server.Grant, held bool) error {
	return s.change(ctx, act, func(tx *sql.Tx) error { return setGrant(ctx, tx, g, act.At, held) })
}

func setGrant(ctx context.Context, tx *sql.Tx, g server.Grant, at time.Time, held bool) error {
	if _, err := run(ctx, tx, `DELETE FROM grants WHERE account = $1 AND role = $2 AND (unit = $3 OR movement = $3)`, g.Account, g.Role, g.On); err != nil {
		return err
	}
	if !held {
		return nil
	}
	movement, err := exists(ctx, tx, `SELECT 1 FROM movements WHERE id = $1`, g.On)
	if err != nil {
		return err
	}
	on := "unit"
	if movement {
		on = "movement"
	}
	// A unit that does not exist is refused by the database.
	_, err = run(ctx, tx, `INSERT INTO grants (account, role, `+on+`, since, until) VALUES ($1, $2, $3, $4, $5)`, g.Account, g.Role, g.On, micros(at), maybe(g.Until))
	return err
}
