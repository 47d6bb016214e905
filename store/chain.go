package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/server"
)

// Limits of an entry of the audit log, in characters.
const (
	longestWhat    = 64
	longestSubject = 200
	longestWhy     = 200
)

const saltSize = 16

// Domains keep the hashes of one kind from being taken for another's.
const (
	tagEntry = "outrider audit 1: entry"
	tagChain = "outrider audit 1: chain"
)

// hashed is the SHA-256 of parts, each after its length in eight bytes.
func hashed(parts ...[]byte) []byte {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	return h.Sum(nil)
}

func number(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// An entry is a row of the audit log. What it says is hashed with a salt, and the
// chain goes over these hashes: what it says can be deleted with its salt, and
// the chain still holds.
type entry struct {
	number int64
	at     int64
	salt   []byte // nil when what it says was deleted
	act    server.Act
	digest []byte
	hash   []byte
}

func (e *entry) said() []byte {
	return hashed([]byte(tagEntry), e.salt, number(e.at), []byte(e.act.By), []byte(e.act.What), []byte(e.act.On), []byte(e.act.Why))
}

func (e *entry) chained(before []byte) []byte {
	return hashed([]byte(tagChain), before, number(e.number), number(e.at), e.digest)
}

// begins is the hash before the first entry.
func begins() []byte { return hashed([]byte(tagChain)) }

const entryColumns = `number, at, salt, actor, what, subject, why, digest, hash`

func readEntry(s scan) (entry, error) {
	var e entry
	var actor, what, subject, why sql.NullString
	if err := s(&e.number, &e.at, &e.salt, &actor, &what, &subject, &why, &e.digest, &e.hash); err != nil {
		return e, err
	}
	e.act = server.Act{By: actor.String, What: what.String, On: subject.String, Why: why.String, At: moment(e.at)}
	return e, nil
}

// checkAct refuses an act that does not say what was done when.
func checkAct(a *server.Act) error {
	if err := plainText(a.By, a.What, a.On, a.Why); err != nil {
		return err
	}
	if a.What == "" || utf8.RuneCountInString(a.What) > longestWhat || utf8.RuneCountInString(a.On) > longestSubject || a.At.IsZero() {
		return &outrider.Error{Kind: outrider.Internal, Where: "store", Cause: fmt.Sprintf("an act does not say what was done when: %.80q", a.What), Remedy: "report it: this is a defect of the program"}
	}
	if utf8.RuneCountInString(a.Why) > longestWhy {
		return &outrider.Error{Kind: outrider.Invalid, Where: "reason", Cause: fmt.Sprintf("it has more than %d characters", longestWhy), Remedy: "shorten it"}
	}
	return nil
}

// change carries do out and adds the entry of its act, both or none. It is the
// only way in which what people do is written: who changes something has to say
// who, what and when. Changes follow each other, with PostgreSQL by the lock on
// the end of the chain; so do may look first and then write.
func (s *Store) change(ctx context.Context, act server.Act, do func(*sql.Tx) error) error {
	if err := checkAct(&act); err != nil {
		return err
	}
	e := entry{at: micros(act.At), act: act, salt: make([]byte, saltSize)}
	if _, err := io.ReadFull(s.random, e.salt); err != nil {
		return fmt.Errorf("store: make a salt: %w", err)
	}
	e.digest = e.said()
	return s.inside(ctx, func(tx *sql.Tx) error {
		last, err := s.lockHead(ctx, tx)
		if err != nil {
			return err
		}
		if err := do(tx); err != nil {
			return err
		}
		e.number = last.number + 1
		e.hash = e.chained(last.hash)
		_, err = run(ctx, tx, `INSERT INTO audit (`+entryColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			e.number, e.at, e.salt, act.By, act.What, act.On, act.Why, e.digest, e.hash)
		if err != nil {
			return err
		}
		_, err = run(ctx, tx, `UPDATE chain_head SET number = $1, hash = $2 WHERE id = 1`, e.number, e.hash)
		return err
	})
}

// end is the last entry of the chain.
type end struct {
	number int64
	hash   []byte
}

func readEnd(s scan) (end, error) {
	var e end
	err := s(&e.number, &e.hash)
	return e, err
}

// lockHead returns the end of the chain, which nobody else moves until the
// transaction is over.
func (s *Store) lockHead(ctx context.Context, tx *sql.Tx) (end, error) {
	query := `SELECT number, hash FROM chain_head WHERE id = 1` + s.dialect.lockRow
	e, err := one(ctx, tx, readEnd, query)
	if !errors.Is(err, server.ErrNotFound) {
		return e, err
	}
	// The very first change of a store.
	if _, err := run(ctx, tx, `INSERT INTO chain_head (id, number, hash) VALUES (1, 0, $1) ON CONFLICT DO NOTHING`, begins()); err != nil {
		return e, err
	}
	return one(ctx, tx, readEnd, query)
}

// Record notes an act that changes nothing, such as reading a plan.
func (s *Store) Record(ctx context.Context, act server.Act) error {
	return s.change(ctx, act, func(*sql.Tx) error { return nil })
}

// Records returns the entries behind a number, the oldest first. An entry whose
// words were deleted has its number, time and hash only.
func (s *Store) Records(ctx context.Context, after int64, limit int) ([]server.Record, error) {
	return all(ctx, s.read, func(s scan) (server.Record, error) {
		e, err := readEntry(s)
		return server.Record{Number: e.number, Act: e.act, Hash: hex.EncodeToString(e.hash)}, err
	}, `SELECT `+entryColumns+` FROM audit WHERE number > $1 ORDER BY number LIMIT $2`, after, limit)
}

// A Chain is what Verify found to hold.
type Chain struct {
	Entries int64
	Deleted int64     // entries of which only the hash is left
	Hash    string    // of the last entry; of nothing while there is none
	Last    time.Time // when the last entry was made; zero while there is none
}

// Verify works the chain of the audit log out anew, and holds it against
// checkpoints. An entry that was changed, deleted, added or moved is found by
// the chain alone; entries cut off at the end, or a chain made anew as a whole,
// by a checkpoint only. Errors about the log are of kind Refuted and name the
// first entry that is wrong. Memory does not grow with the log.
func (s *Store) Verify(ctx context.Context, marks ...*Checkpoint) (c Chain, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		c, err = verify(ctx, tx, marks)
		return err
	})
	return c, err
}

func refuted(at int64, cause string) error {
	return &outrider.Error{Kind: outrider.Refuted, Where: fmt.Sprintf("audit entry %d", at), Cause: cause, Remedy: "keep the database as it is, compare it with a backup from before, and find out who could write to it"}
}

func verify(ctx context.Context, q querier, marks []*Checkpoint) (Chain, error) {
	hash := begins()
	var c Chain
	err := each(ctx, q, func(s scan) error {
		e, err := readEntry(s)
		if err != nil {
			return err
		}
		c.Entries++
		switch {
		case e.number != c.Entries:
			return refuted(c.Entries, fmt.Sprintf("it is missing; entry %d follows", e.number))
		case e.salt == nil && (e.act.By != "" || e.act.What != "" || e.act.On != "" || e.act.Why != ""):
			return refuted(e.number, "it has words, but no salt to check them with")
		case e.salt == nil:
			c.Deleted++
		case string(e.said()) != string(e.digest):
			return refuted(e.number, "what it says was changed after it was written")
		}
		hash = e.chained(hash)
		if string(hash) != string(e.hash) {
			return refuted(e.number, "it does not follow from the entry before: it or an earlier one was changed, moved or replaced")
		}
		c.Last = moment(e.at)
		for _, m := range marks {
			if m.Number == e.number && m.Hash != hex.EncodeToString(e.hash) {
				return refuted(e.number, "it is not the one that the checkpoint of "+m.Made.String()+" names: the log was written anew")
			}
		}
		return nil
	}, `SELECT `+entryColumns+` FROM audit ORDER BY number`)
	if err != nil {
		return Chain{}, err
	}
	last, err := one(ctx, q, readEnd, `SELECT number, hash FROM chain_head WHERE id = 1`)
	switch {
	case errors.Is(err, server.ErrNotFound):
		last = end{0, begins()}
	case err != nil:
		return Chain{}, err
	}
	if last.number != c.Entries || string(last.hash) != string(hash) {
		return Chain{}, refuted(max(last.number, c.Entries), fmt.Sprintf("the log ends with entry %d, where the database notes %d as the last", c.Entries, last.number))
	}
	for _, m := range marks {
		if m.Number > c.Entries {
			return Chain{}, refuted(m.Number, fmt.Sprintf("the checkpoint of %s names it, but the log ends with entry %d: its end was cut off", m.Made, c.Entries))
		}
	}
	c.Hash = hex.EncodeToString(hash)
	return c, nil
}
