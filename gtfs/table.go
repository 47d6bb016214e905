package gtfs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A table is a file of a feed, read row by row: comma-separated values as in RFC
// 4180, with or without a byte order mark, lines ended by LF or CRLF. Only columns
// on the allow-list are kept; the bytes of others are passed over.
type table struct {
	file    string
	r       *bufio.Reader
	limits  *limits
	next    int      // line that the next row begins on
	line    int      // line that the current row began on
	names   []string // allowed columns, in the order of the allow-list
	place   []int    // for each column of the file, its place in names, or -1
	at      []span   // for each of names, where its value is in buf
	buf     []byte
	here    []bool // for each of names, whether the file has the column
	rowSize int    // bytes of the row being scanned
	cell    []byte // value being scanned
}

type span struct{ from, to int }

// maxRow is the length in bytes at which a row is taken to be damaged: a quote that
// is not closed makes a row of the rest of the file.
const maxRow = 1 << 20

// newTable reads the header. A file must have the columns that are required; those
// that are optional have an empty value when missing.
func newTable(file string, r io.Reader, limits *limits, required, optional []string) (*table, error) {
	t := &table{file: file, r: bufio.NewReaderSize(r, 1<<16), limits: limits, next: 1}
	t.names = append(slices.Clone(required), optional...)
	t.at, t.here = make([]span, len(t.names)), make([]bool, len(t.names))
	if mark, err := t.r.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		if _, err := t.r.Discard(3); err != nil {
			return nil, t.unreadable(err)
		}
	}
	header, err := t.header()
	if err != nil {
		return nil, err
	}
	for _, name := range header {
		i := slices.Index(t.names, name)
		if i >= 0 {
			if t.here[i] {
				return nil, t.bad("column "+name+" stands twice", "leave one of them")
			}
			t.here[i] = true
		}
		t.place = append(t.place, i)
	}
	for i, name := range required {
		if !t.here[i] {
			return nil, t.bad("no column "+name, "a feed must have it; see the GTFS reference")
		}
	}
	return t, nil
}

// header reads the first row whole.
func (t *table) header() ([]string, error) {
	var names []string
	t.line = t.next
	end, err := t.scan(func(_ int, value []byte) error {
		if len(names) >= 1000 {
			return t.bad("more than 1000 columns", "it is no table of a feed")
		}
		names = append(names, strings.TrimSpace(string(value)))
		return nil
	}, func(int) bool { return true })
	if err != nil {
		return nil, err
	}
	if end && len(names) <= 1 && (len(names) == 0 || names[0] == "") {
		return nil, t.bad("empty", "give a header at least, or leave the file out")
	}
	return names, nil
}

// row reads the next row that is not empty; false at the end of the file.
func (t *table) row() (bool, error) {
	for {
		if err := t.limits.row(t); err != nil {
			return false, err
		}
		clear(t.at)
		t.buf = t.buf[:0]
		t.line = t.next
		columns := 0
		end, err := t.scan(func(i int, value []byte) error {
			columns++
			if i >= len(t.place) {
				if columns == len(t.place)+1 {
					return t.bad(fmt.Sprintf("more values than the header has columns (%d)", len(t.place)), "put values that hold a comma into quotes")
				}
				return nil
			}
			if k := t.place[i]; k >= 0 {
				value = bytes.TrimSpace(value)
				from := len(t.buf)
				t.buf = append(t.buf, value...)
				t.at[k] = span{from, len(t.buf)}
			}
			return nil
		}, func(i int) bool { return i < len(t.place) && t.place[i] >= 0 })
		if err != nil {
			return false, err
		}
		if columns > 1 || t.rowSize > 0 {
			return true, nil
		}
		if end {
			return false, nil
		}
	}
}

// scan reads one row and hands over its values; those that keep refuses come
// empty. It reports whether the file ended.
func (t *table) scan(value func(i int, value []byte) error, keep func(i int) bool) (end bool, err error) {
	line, err := t.r.ReadSlice('\n')
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return false, t.unreadable(err)
	}
	if err == nil {
		plain := bytes.TrimSuffix(line[:len(line)-1], []byte("\r"))
		if bytes.IndexByte(plain, '"') < 0 && bytes.IndexByte(plain, '\r') < 0 {
			t.next++
			t.rowSize = len(plain)
			return false, split(plain, value, keep)
		}
	}
	return t.scanBytes(line, value, keep)
}

// split hands over the values of a row without quotes, as nearly all are.
func split(row []byte, value func(i int, value []byte) error, keep func(i int) bool) error {
	for column := 0; ; column++ {
		end := bytes.IndexByte(row, ',')
		last := end < 0
		if last {
			end = len(row)
		}
		var cell []byte
		if keep(column) {
			cell = row[:end]
		}
		if err := value(column, cell); err != nil || last {
			return err
		}
		row = row[end+1:]
	}
}

// scanBytes reads one row byte by byte. What begins it has been read already.
func (t *table) scanBytes(begins []byte, value func(i int, value []byte) error, keep func(i int) bool) (end bool, err error) {
	next := func() (byte, error) {
		if len(begins) > 0 {
			c := begins[0]
			begins = begins[1:]
			return c, nil
		}
		return t.r.ReadByte()
	}
	peek := func() ([]byte, error) {
		if len(begins) > 0 {
			return begins, nil
		}
		return t.r.Peek(1)
	}
	t.rowSize = 0
	cell := t.cell[:0]
	defer func() { t.cell = cell }() // to be used again
	column := 0
	wanted := keep(column)
	quoted, closed := false, false // within quotes; after the closing one
	started := false
	for {
		c, err := next()
		if errors.Is(err, io.EOF) {
			if quoted && !closed {
				return false, t.bad("a quote is not closed", "close it; a quote within quotes is written twice")
			}
			return true, value(column, cell)
		}
		if err != nil {
			return false, t.unreadable(err)
		}
		if c != '\r' && c != '\n' {
			t.rowSize++
		}
		if t.rowSize > maxRow {
			return false, t.bad(fmt.Sprintf("longer than %d bytes", maxRow), "look for a quote that is not closed")
		}
		switch {
		case quoted && !closed:
			if c == '\n' {
				t.next++
				t.rowSize++
			}
			if c == '"' {
				closed = true
			} else if wanted {
				cell = append(cell, c)
			}
			continue
		case c == '"' && closed: // two quotes stand for one
			closed = false
			if wanted {
				cell = append(cell, c)
			}
			continue
		case c == '"' && !started:
			quoted, started = true, true
			continue
		case c == '"':
			return false, t.bad("a quote inside a value", "put the value into quotes, and write a quote within it twice")
		case c == ',':
			if err := value(column, cell); err != nil {
				return false, err
			}
			column++
			cell, wanted, quoted, closed, started = cell[:0], keep(column), false, false, false
		case c == '\n':
			t.next++
			return false, value(column, cell)
		case c == '\r':
			if after, err := peek(); err == nil && after[0] == '\n' || errors.Is(err, io.EOF) {
				continue
			}
			return false, t.bad("a carriage return without a line feed", "end lines with LF or CRLF")
		case closed && (c == ' ' || c == '\t'): // blanks after a quoted value
		case closed:
			return false, t.bad("text after a closing quote", "write a quote within quotes twice")
		case !started && (c == ' ' || c == '\t'): // blanks before a value
		default:
			started = true
			if wanted {
				cell = append(cell, c)
			}
		}
	}
}

// raw returns the value of a column, by its place on the allow-list, until the next
// row is read.
func (t *table) raw(i int) []byte { return t.buf[t.at[i].from:t.at[i].to] }

// text returns a value as text, its white space put right.
func (t *table) text(i int) (string, error) {
	b := t.raw(i)
	if !utf8.Valid(b) {
		return "", t.bad(t.names[i]+" is not UTF-8", "save the file in UTF-8")
	}
	return strings.Join(strings.Fields(string(b)), " "), nil
}

// id returns a value that must not be empty, as it stands.
func (t *table) id(i int) (string, error) {
	b := t.raw(i)
	if len(b) == 0 {
		return "", t.bad("no "+t.names[i], "give one")
	}
	if !utf8.Valid(b) {
		return "", t.bad(t.names[i]+" is not UTF-8", "save the file in UTF-8")
	}
	return string(b), nil
}

// number returns a whole number from low to high.
func (t *table) number(i, low, high int) (int, error) {
	b := t.raw(i)
	n, err := strconv.Atoi(string(b))
	if err != nil || n < low || n > high {
		return 0, t.bad(fmt.Sprintf("%s is %s", t.names[i], quote(b)), fmt.Sprintf("give a whole number from %d to %d", low, high))
	}
	return n, nil
}

// degrees returns a decimal number from -most to most.
func (t *table) degrees(i int, most float64) (float64, error) {
	b := t.raw(i)
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || !(v >= -most && v <= most) {
		return 0, t.bad(fmt.Sprintf("%s is %s", t.names[i], quote(b)), fmt.Sprintf("give decimal degrees from -%g to %g", most, most))
	}
	return v, nil
}

// date returns a day written as 20261124.
func (t *table) date(i int) (day, error) {
	b := t.raw(i)
	d, err := time.Parse("20060102", string(b))
	if err != nil || d.Year() < 1900 || d.Year() > 2200 {
		return 0, t.bad(fmt.Sprintf("%s is %s", t.names[i], quote(b)), "give a day as 20261124, from 1900 to 2200")
	}
	return dayOf(d), nil
}

// maxHours bounds times of day. No train is under way for longer.
const maxHours = 999

// clock returns a time of day written as 7:05:00 or 25:10:30; ok is false if it is
// empty.
func (t *table) clock(i int) (at time.Duration, ok bool, err error) {
	b := t.raw(i)
	if len(b) == 0 {
		return 0, false, nil
	}
	n := len(b)
	if n >= 7 && n <= 9 && b[n-3] == ':' && b[n-6] == ':' {
		h, okH := digits(b[:n-6])
		m, okM := digits(b[n-5 : n-3])
		s, okS := digits(b[n-2:])
		if okH && okM && okS && h <= maxHours && m < 60 && s < 60 {
			return time.Duration(h*3600+m*60+s) * time.Second, true, nil
		}
	}
	return 0, false, t.bad(fmt.Sprintf("%s is %s", t.names[i], quote(b)), "give hours, minutes and seconds as 7:05:00; after midnight 25:05:00")
}

func digits(b []byte) (n int, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(b) > 0
}

// bad says what is wrong with the current row.
func (t *table) bad(cause, remedy string) error {
	return &Error{File: t.file, Line: t.line, Cause: cause, Remedy: remedy}
}

// unreadable says that the file could not be unpacked.
func (t *table) unreadable(err error) error {
	if _, own := errors.AsType[*Error](err); own {
		return err
	}
	return &Error{File: t.file, Line: t.next, Cause: "cannot be unpacked: " + err.Error(), Remedy: "get the feed anew"}
}

// quote shows a value of a file in a message, cut off where it is long.
func quote(b []byte) string {
	const most = 40
	if len(b) > most {
		return strconv.Quote(string(b[:most])) + "…"
	}
	return strconv.Quote(string(b))
}
