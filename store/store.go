package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/server"
)

// A Store is an open database. It is safe for concurrent use.
type Store struct {
	write   *sql.DB // one connection with SQLite
	read    *sql.DB
	dialect dialect
	path    string    // of the file with SQLite
	random  io.Reader // salts of the audit log
}

// dialect is what the two databases differ in.
type dialect struct {
	name     string
	lockRow  string // behind a SELECT of a row that is then changed
	skipHeld string // behind a SELECT of a row that nobody else is taking
	snapshot *sql.TxOptions
}

// Open opens a store, and makes one where there is none. A URL that begins with
// postgres:// names a PostgreSQL database; anything else, with or without
// sqlite: before it, is the path of an SQLite file, or of the folder that holds
// it as outrider.db. An older database is brought up to date; one that a later
// version of the program has written is refused.
func Open(ctx context.Context, url string) (*Store, error) { return open(ctx, url, true) }

// Existing opens a store as Open does, but makes none and changes no schema.
func Existing(ctx context.Context, url string) (*Store, error) { return open(ctx, url, false) }

func open(ctx context.Context, target string, change bool) (*Store, error) {
	if isPostgres(target) {
		return openPostgres(ctx, target, change)
	}
	path, err := sqlitePath(target)
	if err != nil {
		return nil, err
	}
	return openSQLite(ctx, path, nil, change)
}

func isPostgres(target string) bool {
	return strings.HasPrefix(target, "postgres://") || strings.HasPrefix(target, "postgresql://")
}

// Redacted returns a target of Open as it may be shown: without its password.
func Redacted(target string) string {
	if !isPostgres(target) {
		return target
	}
	u, err := url.Parse(target)
	if err != nil {
		return "postgres://…"
	}
	// A password may also stand among the parameters.
	u.RawQuery = ""
	return u.Redacted()
}

// Close closes the store. What was acknowledged needs no Close to be kept.
func (s *Store) Close() error {
	if s.read == s.write {
		return s.write.Close()
	}
	// The last connection to close tidies up, and must be one that may write.
	return errors.Join(s.read.Close(), s.write.Close())
}

// querier is a database or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// scan reads the columns of a row.
type scan = func(columns ...any) error

// one reads one row; server.ErrNotFound if there is none.
func one[T any](ctx context.Context, q querier, read func(scan) (T, error), query string, args ...any) (T, error) {
	v, err := read(q.QueryRowContext(ctx, query, args...).Scan)
	if err != nil {
		var none T
		return none, fault("read", err)
	}
	return v, nil
}

// all reads every row.
func all[T any](ctx context.Context, q querier, read func(scan) (T, error), query string, args ...any) ([]T, error) {
	var out []T
	err := each(ctx, q, func(s scan) error {
		v, err := read(s)
		out = append(out, v)
		return err
	}, query, args...)
	return out, err
}

// each calls do for every row.
func each(ctx context.Context, q querier, do func(scan) error, query string, args ...any) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return fault("read", err)
	}
	defer func() { err = errors.Join(err, fault("read", rows.Close())) }()
	for rows.Next() {
		if err := do(rows.Scan); err != nil {
			return fault("read", err)
		}
	}
	return fault("read", rows.Err())
}

// column reads rows of one column.
func column[T any](s scan) (T, error) {
	var v T
	err := s(&v)
	return v, err
}

// run changes rows and returns how many.
func run(ctx context.Context, q querier, query string, args ...any) (int64, error) {
	done, err := q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fault("write", err)
	}
	n, err := done.RowsAffected()
	return n, fault("write", err)
}

// must changes rows; server.ErrNotFound if there was none to change.
func must(ctx context.Context, q querier, query string, args ...any) error {
	n, err := run(ctx, q, query, args...)
	if err == nil && n == 0 {
		return server.ErrNotFound
	}
	return err
}

// exists reports whether a query finds anything.
func exists(ctx context.Context, q querier, query string, args ...any) (bool, error) {
	switch _, err := one(ctx, q, column[int64], query, args...); {
	case errors.Is(err, server.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

// inside carries do out in a transaction. Whatever it returns as an error is
// returned, and nothing is stored.
func (s *Store) inside(ctx context.Context, do func(*sql.Tx) error) (err error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fault("begin", err)
	}
	defer func() {
		if err == nil {
			return
		}
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			err = errors.Join(err, fault("roll back", back))
		}
	}()
	if err := do(tx); err != nil {
		return err
	}
	return fault("commit", tx.Commit())
}

// view shows do one state of the database, whatever is written meanwhile.
func (s *Store) view(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.read.BeginTx(ctx, s.dialect.snapshot)
	if err != nil {
		return fault("begin", err)
	}
	err = do(tx)
	if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
		err = errors.Join(err, fault("end reading", back))
	}
	return err
}

// micros is a time as it is stored: microseconds since 1970 in UTC.
func micros(t time.Time) int64 { return t.UnixMicro() }

// maybe is a time that may be missing.
func maybe(t time.Time) sql.NullInt64 { return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()} }

func moment(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

func maybeMoment(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return moment(n.Int64)
}

// text is a text that may be missing.
func text(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

// solid makes bytes that are not NULL.
func solid(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// plainText refuses texts that one of the databases cannot hold.
func plainText(texts ...string) error {
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
			return &outrider.Error{Kind: outrider.Invalid, Where: fmt.Sprintf("%.60q", s), Cause: "it is no text", Remedy: "use characters of UTF-8, without a zero byte"}
		}
	}
	return nil
}

func systemRandom() io.Reader { return rand.Reader }
