package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/server"
)

// Check looks through the whole file of an SQLite store for damage. PostgreSQL
// has tools of its own for that (pg_amcheck).
func (s *Store) Check(ctx context.Context) error {
	if s.dialect.name != sqliteName {
		return nil
	}
	for _, q := range []string{`PRAGMA integrity_check(1)`, `PRAGMA foreign_key_check`} {
		found, err := all(ctx, s.read, func(s scan) (string, error) {
			var what, row, parent, key any
			if err := s(&what); err == nil {
				return fmt.Sprint(what), nil
			}
			err := s(&what, &row, &parent, &key)
			return fmt.Sprintf("row %v of %v refers to what is not there", row, what), err
		}, q)
		if err != nil {
			return inFile(s.path, err)
		}
		if len(found) > 0 && found[0] != "ok" {
			return &outrider.Error{Kind: outrider.Unreadable, Where: s.path, Cause: "the database is damaged: " + found[0], Remedy: "restore the last backup"}
		}
	}
	return nil
}

// Backup writes one state of an SQLite store as a database of its own, while
// others read and write. The copy is looked through, and the chain of its audit
// log verified, before it gets its name; it is for its owner only. What was at
// path is replaced. The act is noted in the log, and so in the copy.
func (s *Store) Backup(ctx context.Context, act server.Act, path string) (c Chain, err error) {
	if s.dialect.name != sqliteName {
		return c, &outrider.Error{Kind: outrider.Usage, Where: "store", Cause: "this is a PostgreSQL database, which has a tool of its own for that", Remedy: "use pg_dump, or outrider store export; docs/store.md has an example"}
	}
	// The driver wants whole paths.
	if path, err = filepath.Abs(path); err != nil {
		return c, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".outrider-backup-")
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	copied := filepath.Join(dir, FileName)
	if err := s.Record(ctx, act); err != nil {
		return c, err
	}
	if err := s.copyTo(ctx, copied); err != nil {
		return c, err
	}
	if c, err = inspect(ctx, copied); err != nil {
		return c, err
	}
	return c, place(path, copied)
}

// copyTo writes the present state into a file.
func (s *Store) copyTo(ctx context.Context, path string) (err error) {
	// A connection of its own: the one that writes must not wait for it.
	db, err := sql.Open("sqlite3", dsn(s.path, nil, begun()...))
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, `VACUUM INTO $1`, path)
	return fault("copy", err)
}

// inspect opens a copy and looks through it.
func inspect(ctx context.Context, path string) (c Chain, err error) {
	s, err := openSQLite(ctx, path, nil, false)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Check(ctx); err != nil {
		return c, err
	}
	return s.Verify(ctx)
}

// place puts a file where it belongs, whole or not at all.
func place(path, from string) error {
	return atomicfile.Write(path, 0o600, func(w io.Writer) (err error) {
		f, err := os.Open(from)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		_, err = io.Copy(w, f)
		return err
	})
}

// Restore makes a store of a backup where there is none. The backup is looked
// through first and stays as it is. Nobody stays signed in, and no kept answer is
// given again: sessions and devices that were ended after the backup was made
// would be back otherwise. Devices revoked since then have to be revoked again.
func Restore(ctx context.Context, backup, target string, act server.Act) (c Chain, err error) {
	if isPostgres(target) {
		return c, &outrider.Error{Kind: outrider.Usage, Where: Redacted(target), Cause: "a backup is a file of SQLite", Remedy: "use pg_restore for a dump of PostgreSQL, or outrider store import for an export"}
	}
	path, err := sqlitePath(target)
	if err != nil {
		return c, err
	}
	if err := ours(backup); err != nil {
		return c, err
	}
	for _, p := range []string{path, path + "-wal"} {
		info, err := os.Stat(p)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return c, err
		case info.Size() > 0:
			return c, &outrider.Error{Kind: outrider.Refused, Where: p, Cause: "there is a store already", Remedy: "stop the server and move the file away, with those named -wal and -shm beside it"}
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return c, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".outrider-restore-")
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// The copy is prepared aside, so that the name appears with all of it.
	copied := filepath.Join(dir, FileName)
	if err := place(copied, backup); err != nil {
		return c, err
	}
	if err := prepare(ctx, copied, act); err != nil {
		return c, err
	}
	if c, err = inspect(ctx, copied); err != nil {
		return c, err
	}
	return c, place(path, copied)
}

// ours refuses a file that is no database of this program: an empty one would be
// taken for a store that is to be begun.
func ours(path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	// https://sqlite.org/fileformat2.html#the_database_header
	const magic, idAt, header = "SQLite format 3\x00", 68, 100
	b := make([]byte, header)
	if _, err := io.ReadFull(f, b); err != nil || string(b[:len(magic)]) != magic || binary.BigEndian.Uint32(b[idAt:]) != applicationID {
		return &outrider.Error{Kind: outrider.Unreadable, Where: path, Cause: "it is no backup of a store", Remedy: "name a file that outrider store backup has written"}
	}
	return nil
}

// prepare looks through a copy as it is, brings it up to date and signs everybody
// out.
func prepare(ctx context.Context, path string, act server.Act) (err error) {
	s, err := openSQLite(ctx, path, nil, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Check(ctx); err != nil {
		return err
	}
	if _, err := s.Verify(ctx); err != nil {
		return err
	}
	return s.SignOut(ctx, act)
}

// SignOut ends every session and forgets kept answers: after a copy of a store
// has been put in place, what was ended since the copy was made would be back
// otherwise.
func (s *Store) SignOut(ctx context.Context, act server.Act) error {
	return s.change(ctx, act, func(tx *sql.Tx) error {
		for _, q := range []string{`DELETE FROM sessions`, `DELETE FROM replies`} {
			if _, err := run(ctx, tx, q); err != nil {
				return err
			}
		}
		return nil
	})
}
