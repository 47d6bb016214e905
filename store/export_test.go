package store

import (
	"bufio"
	"context"
	"crypto/sha256"
	"io"
	"net/url"
)

// OpenOn opens an SQLite store on a file system of the driver, with so many pages
// in the write-ahead log until they go into the database.
func OpenOn(ctx context.Context, path, fileSystem, pages string) (*Store, error) {
	return openSQLite(ctx, path, url.Values{"vfs": {fileSystem}, "_pragma": begun("secure_delete(on)", "wal_autocheckpoint("+pages+")")}, true)
}

// OpenAt makes a store with the schema of an earlier version of the program.
func OpenAt(ctx context.Context, target string, schema int64) error {
	s, err := open(ctx, target, true)
	if err != nil {
		return err
	}
	// Begin anew: no earlier program is at hand, but its schema is.
	for _, t := range append(tableNamesBackwards(), versionTable) {
		if _, err := s.write.ExecContext(ctx, "DROP TABLE "+t); err != nil {
			return err
		}
	}
	if err := s.migrate(ctx, true, schema); err != nil {
		return err
	}
	return s.Close()
}

func tableNamesBackwards() []string {
	var out []string
	for _, t := range tables() {
		out = append([]string{t.name}, out...)
	}
	return out
}

// ReadPortable reads an export and keeps nothing of it.
func ReadPortable(r io.Reader) (rows int64, err error) {
	in := &lines{from: bufio.NewReader(r), sum: sha256.New()}
	err = in.all(func(table) (rowSink, error) {
		return rowSink{add: func([]any) error { rows++; return nil }, close: func() error { return nil }}, nil
	})
	return rows, err
}

// ColumnsOf returns the columns of a table in order, with ":n" behind numbers and
// ":b" behind bytes.
func ColumnsOf(name string) []string {
	for _, t := range tables() {
		if t.name == name {
			return t.columns
		}
	}
	return nil
}
