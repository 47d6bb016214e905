package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"slices"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/server"
)

// The states of a movement, and the role of who begins one.
const (
	stateClosed   = "closed"
	roleCommander = "commander"
)

const movementColumns = `id, unit, name, map, document, state, version`

func readMovement(s scan) (server.Movement, error) {
	var m server.Movement
	var document []byte
	err := s(&m.ID, &m.Unit, &m.Name, &m.Map, &document, &m.State, &m.Version)
	m.Document = document
	return m, err
}

// Movement returns a movement by its id.
func (s *Store) Movement(ctx context.Context, id string) (server.Movement, error) {
	return one(ctx, s.read, readMovement, `SELECT `+movementColumns+` FROM movements WHERE id = $1`, id)
}

// Movements returns the movements behind an id.
func (s *Store) Movements(ctx context.Context, after string, limit int) ([]server.Movement, error) {
	return all(ctx, s.read, readMovement, `SELECT `+movementColumns+` FROM movements WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}

// closedAt is since when a movement is closed, if it is.
func closedAt(m *server.Movement, act *server.Act) sql.NullInt64 {
	return sql.NullInt64{Int64: micros(act.At), Valid: m.State == stateClosed}
}

// AddMovement adds a movement and makes its maker the commander.
func (s *Store) AddMovement(ctx context.Context, act server.Act, m server.Movement) error {
	if err := plainText(m.ID, m.Name, m.Map); err != nil {
		return err
	}
	return s.change(ctx, act, func(tx *sql.Tx) error {
		_, err := run(ctx, tx, `INSERT INTO movements (`+movementColumns+`, closed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			m.ID, m.Unit, m.Name, m.Map, solid(m.Document), m.State, m.Version, closedAt(&m, &act))
		if err != nil {
			return err
		}
		return setGrant(ctx, tx, server.Grant{Account: act.By, Role: roleCommander, On: m.ID}, act.At, true)
	})
}

// SaveMovement writes what follows the version that m names, and returns the new
// one; *server.ConflictError with the present one if there is a later one
// already. The unit of a movement stays.
func (s *Store) SaveMovement(ctx context.Context, act server.Act, m server.Movement) (int64, error) {
	if err := plainText(m.Name, m.Map); err != nil {
		return 0, err
	}
	err := s.change(ctx, act, func(tx *sql.Tx) error {
		now, err := one(ctx, tx, column[int64], `SELECT version FROM movements WHERE id = $1`, m.ID)
		if err != nil {
			return err
		}
		if now != m.Version {
			return &server.ConflictError{Version: now}
		}
		// Since when it is closed counts from the first time, until it is opened
		// again. What is written after it was erased is to be erased again.
		return must(ctx, tx, `UPDATE movements SET name = $1, map = $2, document = $3, state = $4, version = $5,
			closed = CASE WHEN $6 = 1 THEN COALESCE(closed, $7) END, erased = NULL
			WHERE id = $8 AND version = $9`,
			m.Name, m.Map, solid(m.Document), m.State, m.Version+1, flag(m.State == stateClosed), micros(act.At), m.ID, m.Version)
	})
	if err != nil {
		return 0, err
	}
	return m.Version + 1, nil
}

const planColumns = `id, movement, map, author, made, content, hash`

func readPlan(s scan) (server.StoredPlan, error) {
	var p server.StoredPlan
	var made int64
	var hash []byte
	if err := s(&p.ID, &p.Movement, &p.Map, &p.Author, &made, &p.Plan, &hash); err != nil {
		return p, err
	}
	p.Made = moment(made)
	// Approvals are given to the hash of a plan: bytes that have another one are
	// not given out under its name.
	if sum := sha256.Sum256(p.Plan); string(sum[:]) != string(hash) {
		return p, &outrider.Error{Kind: outrider.Internal, Where: "plan " + p.ID, Cause: "its bytes are not those that were stored", Remedy: "the database was changed or damaged: compare it with a backup"}
	}
	return p, nil
}

// Plan returns a plan by its id.
func (s *Store) Plan(ctx context.Context, id string) (server.StoredPlan, error) {
	return one(ctx, s.read, readPlan, `SELECT `+planColumns+` FROM plans WHERE id = $1`, id)
}

// Plans returns those of a movement, the newest first, behind an id.
func (s *Store) Plans(ctx context.Context, movement, after string, limit int) ([]server.StoredPlan, error) {
	return all(ctx, s.read, readPlan, `SELECT `+planColumns+` FROM plans WHERE movement = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, movement, after, limit)
}

// AddPlan adds a plan; server.ErrKnown if its id is taken.
func (s *Store) AddPlan(ctx context.Context, act server.Act, p server.StoredPlan) error {
	sum := sha256.Sum256(p.Plan)
	return s.change(ctx, act, func(tx *sql.Tx) error {
		there, err := exists(ctx, tx, `SELECT 1 FROM plans WHERE id = $1`, p.ID)
		if err != nil {
			return err
		}
		if there {
			return server.ErrKnown
		}
		_, err = run(ctx, tx, `INSERT INTO plans (`+planColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			p.ID, p.Movement, p.Map, p.Author, micros(p.Made), solid(p.Plan), sum[:])
		return err
	})
}

// Approval returns the record of a plan, a line a step, and how many steps it
// has.
func (s *Store) Approval(ctx context.Context, plan string) ([]byte, int64, error) {
	steps, err := all(ctx, s.read, column[[]byte], `SELECT line FROM approval_steps WHERE plan = $1 ORDER BY step`, plan)
	if err != nil {
		return nil, 0, err
	}
	var lines []byte
	for _, l := range steps {
		lines = append(append(lines, l...), '\n')
	}
	return lines, int64(len(steps)), nil
}

// AddStep adds a line to the record that has this many steps;
// *server.ConflictError if it has another number.
func (s *Store) AddStep(ctx context.Context, act server.Act, plan string, line []byte, steps int64) error {
	if slices.Contains(line, '\n') {
		return &outrider.Error{Kind: outrider.Internal, Where: "plan " + plan, Cause: "a step of an approval has more than one line", Remedy: "report it: this is a defect of the program"}
	}
	return s.change(ctx, act, func(tx *sql.Tx) error {
		now, err := one(ctx, tx, column[int64], `SELECT count(*) FROM approval_steps WHERE plan = $1`, plan)
		if err != nil {
			return err
		}
		if now != steps {
			return &server.ConflictError{Version: now}
		}
		_, err = run(ctx, tx, `INSERT INTO approval_steps (plan, step, line) VALUES ($1, $2, $3)`, plan, steps+1, solid(line))
		return err
	})
}
