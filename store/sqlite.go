package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	// The driver named sqlite3.
	_ "github.com/ncruces/go-sqlite3/driver"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/atomicfile"
)

const sqliteName = "sqlite"

// FileName is the name of the database in a data folder.
const FileName = "outrider.db"

// applicationID marks the files of this program: "OUTR".
const applicationID = 0x4f555452

// readers is how many connections read at the same time.
const readers = 4

// sqlitePath is the file that a target of Open names.
func sqlitePath(target string) (string, error) {
	path := strings.TrimPrefix(target, "sqlite:")
	if path == "" {
		return "", &outrider.Error{Kind: outrider.Usage, Where: "store", Cause: "no file is named", Remedy: "name a folder, a file, or postgres://…"}
	}
	if strings.Contains(path, "://") {
		return "", &outrider.Error{Kind: outrider.Usage, Where: Redacted(target), Cause: "this is no kind of store", Remedy: "name a folder, a file, or postgres://…"}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("store: %w", err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", fmt.Errorf("store: %w", err)
	case info.IsDir():
		return filepath.Join(path, FileName), nil
	}
	return path, nil
}

// dsn is how the driver is told about a file. Order matters: how long to wait
// comes first.
func dsn(path string, extra url.Values, pragmas ...string) string {
	q := url.Values{"_pragma": pragmas, "modeof": {path}}
	maps.Copy(q, extra)
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	u := url.URL{Scheme: "file", Path: p, RawQuery: q.Encode()}
	return u.String()
}

// begun are the pragmas of every connection. FULL syncs the write-ahead log at
// each commit: what is acknowledged is on disk.
func begun(more ...string) []string {
	return append([]string{"busy_timeout(10000)", "foreign_keys(on)", "synchronous(full)", "trusted_schema(off)"}, more...)
}

// openSQLite opens a file; extra are more parameters of the driver, for tests.
func openSQLite(ctx context.Context, path string, extra url.Values, change bool) (s *Store, err error) {
	unlock := func() error { return nil }
	if change {
		if unlock, err = atomicfile.Lock(path); err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := placeFile(path, change); err != nil {
		return nil, err
	}
	params := url.Values{"_txlock": {"immediate"}}
	maps.Copy(params, extra)
	write, err := sql.Open("sqlite3", dsn(path, params, begun("secure_delete(on)")...))
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	write.SetMaxOpenConns(1)
	params = url.Values{"_txlock": {"deferred"}}
	maps.Copy(params, extra)
	read, err := sql.Open("sqlite3", dsn(path, params, begun("query_only(on)")...))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", err), write.Close())
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	s = &Store{
		write: write, read: read, path: path, random: systemRandom(),
		dialect: dialect{name: sqliteName, snapshot: &sql.TxOptions{ReadOnly: true}},
	}
	if err := s.adopt(ctx, change); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// placeFile makes an empty file that nobody else may read, and sees to it that
// its name survives a loss of power.
func placeFile(path string, change bool) error {
	_, err := os.Stat(path)
	switch {
	case err == nil:
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("store: %w", err)
	case !change:
		return &outrider.Error{Kind: outrider.Unreadable, Where: path, Cause: "there is no store", Remedy: "see that the name is right", Err: err}
	default:
		if err := atomicfile.Write(path, 0o600, func(io.Writer) error { return nil }); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	// The index of the write-ahead log is made anew by whoever comes first; the
	// log itself gets the mode of the database by the parameter modeof.
	f, err := os.OpenFile(path+"-shm", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return f.Close()
}

// adopt checks that the file is ours or empty, and brings it up to date.
func (s *Store) adopt(ctx context.Context, change bool) error {
	id, err := one(ctx, s.write, column[int64], `PRAGMA application_id`)
	if err != nil {
		return inFile(s.path, err)
	}
	empty, err := one(ctx, s.write, column[int64], `SELECT count(*) FROM sqlite_schema`)
	if err != nil {
		return inFile(s.path, err)
	}
	if id != applicationID && (empty > 0 || !change) {
		return &outrider.Error{Kind: outrider.Unreadable, Where: s.path, Cause: "it is a database, but none of Outrider", Remedy: "see that the name is right"}
	}
	if change {
		// A backup is not in this mode; a file that is stays so.
		if _, err := one(ctx, s.write, column[string], `PRAGMA journal_mode = wal`); err != nil {
			return inFile(s.path, err)
		}
	}
	if change && empty == 0 {
		if _, err := s.write.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d`, applicationID)); err != nil {
			return inFile(s.path, fault("begin", err))
		}
	}
	return inFile(s.path, s.migrate(ctx, change, 0))
}

// inFile names the file in an error that says only that it is about the store.
func inFile(path string, err error) error {
	e, ok := errors.AsType[*outrider.Error](err)
	if !ok {
		return err
	}
	named := *e
	named.Where = path
	if e.Kind == outrider.Internal {
		named.Kind = outrider.Unreadable
	}
	return &named
}
