package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/outrider-project/outrider"
)

// FormatPortable is the format of what Export writes.
const FormatPortable = "outrider.store/1"

// longestLine bounds a line of the portable form in bytes.
const longestLine = 256 << 20

// The portable form is JSON, a value a line: a beginning; for each table its name
// and columns, then its rows as arrays in the order of their keys; an end with
// the number of rows and the SHA-256 of all bytes before it. Bytes are written in
// base64, times as microseconds since 1970 in UTC.
type (
	portableBegin struct {
		Format string `json:"format"`
		Schema int64  `json:"schema"`
	}
	portableTable struct {
		Table   string   `json:"table"`
		Columns []string `json:"columns"`
	}
	portableEnd struct {
		Rows   int64  `json:"rows"`
		SHA256 string `json:"sha256"`
	}
)

// PortableKeys returns the keys of the portable form, for the register of what is
// stored; its rows have those of Schema.
func PortableKeys() []string {
	return []string{"columns", "format", "rows", "schema", "sha256", "table"}
}

func latestSchema() (int64, error) {
	all, err := steps(sqliteName)
	if err != nil {
		return 0, err
	}
	return all[len(all)-1].version, nil
}

// Export writes all that is stored in a form that Import of another store takes,
// of either database. What it writes is one state of the store, whatever is
// written meanwhile, and the same bytes from both databases. It returns how many
// rows there are.
func (s *Store) Export(ctx context.Context, w io.Writer) (rows int64, err error) {
	schema, err := latestSchema()
	if err != nil {
		return 0, err
	}
	sum := sha256.New()
	out := json.NewEncoder(io.MultiWriter(w, sum))
	out.SetEscapeHTML(false)
	if err := out.Encode(portableBegin{FormatPortable, schema}); err != nil {
		return 0, err
	}
	err = s.view(ctx, func(tx *sql.Tx) error {
		for _, t := range tables() {
			if err := out.Encode(portableTable{t.name, t.names()}); err != nil {
				return err
			}
			n, err := t.export(ctx, tx, out)
			if err != nil {
				return err
			}
			rows += n
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return rows, json.NewEncoder(w).Encode(portableEnd{rows, hex.EncodeToString(sum.Sum(nil))})
}

func (t table) export(ctx context.Context, q querier, out *json.Encoder) (rows int64, err error) {
	err = each(ctx, q, func(s scan) error {
		row := make([]any, len(t.columns))
		into := make([]any, len(t.columns))
		for i, c := range t.columns {
			switch {
			case strings.HasSuffix(c, ":n"):
				into[i] = new(sql.NullInt64)
			case strings.HasSuffix(c, ":b"):
				into[i] = new([]byte)
			default:
				into[i] = new(sql.NullString)
			}
		}
		if err := s(into...); err != nil {
			return err
		}
		for i, v := range into {
			switch v := v.(type) {
			case *sql.NullInt64:
				if v.Valid {
					row[i] = v.Int64
				}
			case *sql.NullString:
				if v.Valid {
					row[i] = v.String
				}
			case *[]byte:
				if *v != nil {
					row[i] = base64.StdEncoding.EncodeToString(*v)
				}
			}
		}
		rows++
		return out.Encode(row)
	}, `SELECT `+strings.Join(t.names(), ", ")+` FROM `+t.name+` ORDER BY `+t.key)
	return rows, err
}

// Import fills a store that holds nothing with what Export wrote: all of it or
// none. The chain of the audit log is verified before anything is kept.
func (s *Store) Import(ctx context.Context, r io.Reader) (Chain, error) {
	var c Chain
	err := s.inside(ctx, func(tx *sql.Tx) error {
		for _, t := range tables() {
			if some, err := exists(ctx, tx, `SELECT 1 FROM `+t.name+` LIMIT 1`); err != nil {
				return err
			} else if some {
				return &outrider.Error{Kind: outrider.Refused, Where: "store", Cause: "it is not empty", Remedy: "import into a new one"}
			}
		}
		in := &lines{from: bufio.NewReaderSize(r, 1<<20), sum: sha256.New()}
		if err := in.all(func(t table) (rowSink, error) { return t.filled(ctx, tx) }); err != nil {
			return err
		}
		var err error
		c, err = verify(ctx, tx, nil)
		return err
	})
	return c, err
}

// lines reads the portable form.
type lines struct {
	from *bufio.Reader
	sum  hash.Hash // of all lines before the one read last
	last []byte
	at   int
}

func (l *lines) bad(cause string, err error) error {
	return &outrider.Error{Kind: outrider.Invalid, Where: fmt.Sprintf("line %d", l.at), Cause: cause, Remedy: "use the file as outrider store export wrote it", Err: err}
}

// next returns the next line.
func (l *lines) next() ([]byte, error) {
	l.sum.Write(l.last)
	l.last = nil
	l.at++
	for {
		part, err := l.from.ReadSlice('\n')
		l.last = append(l.last, part...)
		switch {
		case len(l.last) > longestLine:
			return nil, l.bad(fmt.Sprintf("it is longer than %d MiB", longestLine>>20), nil)
		case err == nil:
			return l.last, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil, l.bad("the file is cut off here", nil)
		default:
			return nil, err
		}
	}
}

func decode(line []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	d.UseNumber()
	return d.Decode(into)
}

// A rowSink takes the rows of a table, and is closed behind them.
type rowSink struct {
	add   func(row []any) error
	close func() error
}

// filled is a sink that puts rows into the table.
func (t table) filled(ctx context.Context, tx *sql.Tx) (rowSink, error) {
	marks := make([]string, len(t.columns))
	for i := range marks {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	add, err := tx.PrepareContext(ctx, `INSERT INTO `+t.name+` (`+strings.Join(t.names(), ", ")+`) VALUES (`+strings.Join(marks, ", ")+`)`)
	if err != nil {
		return rowSink{}, fault("write", err)
	}
	return rowSink{
		add: func(row []any) error {
			_, err := add.ExecContext(ctx, row...)
			return fault("write", err)
		},
		close: func() error { return fault("write", add.Close()) },
	}, nil
}

// all reads the whole and hands each table to its sink.
func (l *lines) all(into func(table) (rowSink, error)) error {
	schema, err := latestSchema()
	if err != nil {
		return err
	}
	line, err := l.next()
	if err != nil {
		return err
	}
	var begin portableBegin
	if err := decode(line, &begin); err != nil || begin.Format != FormatPortable {
		return l.bad("this is no export of a store", err)
	}
	if begin.Schema != schema {
		return l.bad(fmt.Sprintf("it was written with schema %d, and this program has %d", begin.Schema, schema), nil)
	}
	var rows int64
	if line, err = l.next(); err != nil {
		return err
	}
	for _, t := range tables() {
		var head portableTable
		if err := decode(line, &head); err != nil || head.Table != t.name || !slices.Equal(head.Columns, t.names()) {
			return l.bad("here the table "+t.name+" should begin", err)
		}
		n, next, err := l.table(t, into)
		if err != nil {
			return err
		}
		line = next
		rows += n
	}
	var end portableEnd
	if err := decode(line, &end); err != nil || end.Rows != rows || end.SHA256 != hex.EncodeToString(l.sum.Sum(nil)) {
		return l.bad("the file was changed: its rows are not those that its end counts", err)
	}
	if _, err := l.from.ReadByte(); !errors.Is(err, io.EOF) {
		return l.bad("something follows the end", err)
	}
	return nil
}

// table reads the rows of a table, and returns the first line that is none.
func (l *lines) table(t table, into func(table) (rowSink, error)) (rows int64, line []byte, err error) {
	sink, err := into(t)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, sink.close()) }()
	for {
		line, err := l.next()
		if err != nil {
			return 0, nil, err
		}
		if len(line) == 0 || line[0] != '[' {
			return rows, line, nil
		}
		row, err := l.row(t, line)
		if err != nil {
			return 0, nil, err
		}
		if err := sink.add(row); err != nil {
			return 0, nil, l.bad("this row cannot be stored", err)
		}
		rows++
	}
}

func (l *lines) row(t table, line []byte) ([]any, error) {
	var row []any
	if err := decode(line, &row); err != nil || len(row) != len(t.columns) {
		return nil, l.bad("this is no row of "+t.name, err)
	}
	for i, c := range t.columns {
		name, kind, _ := strings.Cut(c, ":")
		ok := row[i] == nil
		switch v := row[i].(type) {
		case json.Number:
			n, err := v.Int64()
			row[i], ok = n, err == nil && kind == "n"
		case string:
			switch kind {
			case "":
				ok = plainText(v) == nil
			case "b":
				raw, err := base64.StdEncoding.Strict().DecodeString(v)
				row[i], ok = solid(raw), err == nil
			}
		}
		if !ok {
			return nil, l.bad(name+" has another kind of value", nil)
		}
	}
	return row, nil
}
