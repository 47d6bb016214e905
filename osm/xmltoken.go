package osm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// maxTag is the longest XML tag in bytes; those of real extracts have some
	// hundred, for keys and values end at 255 characters.
	maxTag = 64 << 10
	// lexerBuffer is what a lexer reads at a time, and all it ever holds; it
	// starts with firstBuffer and doubles with every read.
	lexerBuffer = 4 * maxTag
	firstBuffer = 4 << 10
)

var errXMLEnd = errors.New("the file ends in the middle of it")

// A lexer cuts XML into tags. It knows just what OSM XML uses: elements,
// attributes, the five named and the numeric character references, comments and
// processing instructions; text between tags is passed over, and document type
// declarations are refused. It holds one buffer whatever the input.
type lexer struct {
	r          io.Reader
	buf        []byte
	at, end    int   // the unread part of buf
	passed     int64 // bytes of input before buf
	eof        bool
	scratch    []byte
	text       []byte // the beginning of the text before the current tag
	started    bool   // something but blanks was there
	name, rest []byte // of the current tag: its name and its attributes
	opens      bool   // it is a start tag
	closes     bool   // it is an end tag, or a start tag that ends itself
}

func newLexer(r io.Reader) *lexer { return &lexer{r: r, buf: make([]byte, firstBuffer)} }

// offset returns the position in the (unpacked) input.
func (l *lexer) offset() int64 { return l.passed + int64(l.at) }

// fill reads more after the unread part, which it first moves to the front. It
// returns io.EOF when there is no more.
func (l *lexer) fill() error {
	if l.eof {
		return io.EOF
	}
	if to := l.buf; len(to) < lexerBuffer {
		l.buf = make([]byte, 2*len(to))
		copy(l.buf, to[l.at:l.end])
	} else {
		copy(to, to[l.at:l.end])
	}
	l.passed += int64(l.at)
	l.end -= l.at
	l.at = 0
	for range 100 {
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		l.eof = err != nil
		if n > 0 {
			return nil
		}
		if l.eof {
			return io.EOF
		}
	}
	return io.ErrNoProgress
}

// need makes n unread bytes available, or returns errXMLEnd.
func (l *lexer) need(n int) error {
	for l.end-l.at < n {
		if err := l.fill(); err != nil {
			if errors.Is(err, io.EOF) {
				return errXMLEnd
			}
			return err
		}
	}
	return nil
}

// next goes to the next tag. It returns io.EOF at the end of the input.
func (l *lexer) next() error {
	l.text = l.text[:0]
	for {
		if err := l.toTag(); err != nil {
			return err
		}
		if err := l.need(2); err != nil {
			return err
		}
		switch l.buf[l.at+1] {
		case '?':
			if err := l.instruction(); err != nil {
				return err
			}
		case '!':
			if err := l.markup(); err != nil {
				return err
			}
		default:
			return l.tag()
		}
	}
}

// toTag passes over text up to the next "<".
func (l *lexer) toTag() error {
	for {
		text := l.buf[l.at:l.end]
		i := bytes.IndexByte(text, '<')
		if i >= 0 {
			text = text[:i]
		}
		if len(l.text) < 200 {
			l.text = append(l.text, text[:min(len(text), 200)]...)
		}
		l.at += len(text)
		if i >= 0 {
			return nil
		}
		if err := l.fill(); err != nil {
			return err
		}
	}
}

// instruction passes over "<?…?>"; the XML declaration must not name an encoding
// other than UTF-8.
func (l *lexer) instruction() error {
	i, err := l.find("?>")
	if err != nil {
		return err
	}
	body := l.buf[l.at : l.at+i]
	if bytes.HasPrefix(body, []byte("<?xml ")) {
		if _, after, ok := strings.Cut(string(body), "encoding"); ok {
			after = strings.Trim(after, " \t\r\n=\"'?")
			after, _, _ = strings.Cut(strings.ToUpper(after), " ")
			after = strings.Trim(after, "\"'")
			if after != "UTF-8" && after != "UTF8" && after != "US-ASCII" {
				return fmt.Errorf("%w: XML in the encoding %.40q; convert the file to UTF-8", ErrUnsupported, after)
			}
		}
	}
	l.at += i + 2
	return nil
}

// find returns how far ahead a mark is, which must be within maxTag.
func (l *lexer) find(mark string) (int, error) {
	from := 0
	for {
		part := l.buf[l.at:l.end]
		if i := bytes.Index(part[from:], []byte(mark)); i >= 0 && from+i < maxTag {
			return from + i, nil
		}
		if len(part) >= maxTag {
			return 0, fmt.Errorf("a tag longer than %d bytes", maxTag)
		}
		from = max(0, len(part)-len(mark)+1)
		if err := l.need(len(part) + 1); err != nil {
			return 0, err
		}
	}
}

// markup passes over a comment or CDATA and refuses all else that starts "<!".
func (l *lexer) markup() error {
	for _, m := range [...]struct{ start, end string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}} {
		if err := l.need(3); err != nil {
			return err
		}
		if l.buf[l.at+2] != m.start[2] {
			continue
		}
		if err := l.need(len(m.start)); err != nil {
			return err
		}
		if string(l.buf[l.at:l.at+len(m.start)]) != m.start {
			return errors.New("markup that starts with \"<!\" and is no comment")
		}
		l.at += len(m.start)
		for { // of any length
			if i := bytes.Index(l.buf[l.at:l.end], []byte(m.end)); i >= 0 {
				l.at += i + len(m.end)
				return nil
			}
			l.at = max(l.at, l.end-len(m.end)+1)
			if err := l.need(l.end - l.at + 1); err != nil {
				return err
			}
		}
	}
	if err := l.need(14); err == nil && strings.EqualFold(string(l.buf[l.at:l.at+14]), "<!DOCTYPE HTML") {
		return webPage()
	}
	return fmt.Errorf("%w: XML with a document type or entities (\"<!…\"), which map data has no use for; remove it", ErrUnsupported)
}

func webPage() error {
	return fmt.Errorf("%w: it is a web page, perhaps the error message of a download server; open it in a browser to read it, then download the extract itself", ErrFormat)
}

// tag reads the tag at the "<" that comes next.
func (l *lexer) tag() error {
	// Find the ">" outside quotes.
	quote, i := byte(0), 1
	for {
		part := l.buf[l.at:l.end]
		for ; i < len(part); i++ {
			c := part[i]
			if quote != 0 {
				// Attribute values are most of a tag: jump to their end.
				j := bytes.IndexByte(part[i:], quote)
				if j < 0 {
					i = len(part)
					break
				}
				i += j
				quote = 0
				continue
			}
			if c == '"' || c == '\'' {
				quote = c
			} else if c == '>' || c == '<' {
				break
			}
		}
		if i < len(part) {
			break
		}
		if len(part) >= maxTag {
			return fmt.Errorf("a tag longer than %d bytes", maxTag)
		}
		if err := l.need(len(part) + 1); err != nil {
			return err
		}
	}
	if i >= maxTag {
		return fmt.Errorf("a tag longer than %d bytes", maxTag)
	}
	body := l.buf[l.at+1 : l.at+i]
	if l.buf[l.at+i] == '<' {
		return fmt.Errorf("\"<\" inside the tag \"<%.20s\"", printable(body))
	}
	l.at += i + 1
	l.started = true
	l.opens, l.closes = true, false
	if len(body) > 0 && body[0] == '/' {
		l.opens, l.closes, body = false, true, body[1:]
	} else if len(body) > 0 && body[len(body)-1] == '/' {
		l.closes, body = true, body[:len(body)-1]
	}
	n := 0
	for n < len(body) && !blank(body[n]) {
		n++
	}
	l.name, l.rest = body[:n], body[n:]
	if n == 0 {
		return errors.New("a tag without name")
	}
	return nil
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func printable(b []byte) string { return strings.ToValidUTF8(string(b[:min(len(b), 40)]), "\ufffd") }

// attribute takes the next attribute of the current tag; ok is false when there
// is none left. The value is valid until the next call.
func (l *lexer) attribute() (name, value []byte, ok bool, err error) {
	p := l.rest
	for len(p) > 0 && blank(p[0]) {
		p = p[1:]
	}
	if len(p) == 0 {
		return nil, nil, false, nil
	}
	eq := bytes.IndexByte(p, '=')
	if eq <= 0 {
		return nil, nil, false, fmt.Errorf("an attribute of <%s> without value", printable(l.name))
	}
	name = p[:eq]
	for len(name) > 0 && blank(name[len(name)-1]) {
		name = name[:len(name)-1]
	}
	p = p[eq+1:]
	for len(p) > 0 && blank(p[0]) {
		p = p[1:]
	}
	if len(p) == 0 || p[0] != '"' && p[0] != '\'' {
		return nil, nil, false, fmt.Errorf("attribute %q of <%s> has no quoted value", printable(name), printable(l.name))
	}
	end := bytes.IndexByte(p[1:], p[0])
	if end < 0 {
		return nil, nil, false, fmt.Errorf("attribute %q of <%s> does not end", printable(name), printable(l.name))
	}
	value, l.rest = p[1:1+end], p[end+2:]
	if bytes.IndexByte(value, '&') >= 0 {
		if value, err = l.unescape(value); err != nil {
			return nil, nil, false, err
		}
	}
	return name, value, true, nil
}

// unescape replaces character references.
func (l *lexer) unescape(v []byte) ([]byte, error) {
	out := l.scratch[:0]
	for len(v) > 0 {
		i := bytes.IndexByte(v, '&')
		if i < 0 {
			out = append(out, v...)
			break
		}
		out = append(out, v[:i]...)
		v = v[i+1:]
		end := bytes.IndexByte(v[:min(len(v), 12)], ';')
		if end < 0 {
			return nil, errors.New("\"&\" without a name and \";\" after it")
		}
		ref := v[:end]
		v = v[end+1:]
		switch string(ref) {
		case "amp":
			out = append(out, '&')
		case "lt":
			out = append(out, '<')
		case "gt":
			out = append(out, '>')
		case "quot":
			out = append(out, '"')
		case "apos":
			out = append(out, '\'')
		default:
			r, ok := numericReference(ref)
			if !ok {
				return nil, fmt.Errorf("unknown character reference \"&%s;\"", printable(ref))
			}
			out = utf8.AppendRune(out, r)
		}
	}
	l.scratch = out
	return out, nil
}

// numericReference reads "#10" or "#xA".
func numericReference(ref []byte) (rune, bool) {
	if len(ref) < 2 || ref[0] != '#' {
		return 0, false
	}
	base, digits := rune(10), ref[1:]
	if digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	var r rune
	for _, c := range digits {
		d := rune(99)
		switch {
		case c >= '0' && c <= '9':
			d = rune(c - '0')
		case c >= 'a' && c <= 'f':
			d = rune(c-'a') + 10
		case c >= 'A' && c <= 'F':
			d = rune(c-'A') + 10
		}
		if d >= base {
			return 0, false
		}
		if r = r*base + d; r > utf8.MaxRune {
			return 0, false
		}
	}
	return r, len(digits) > 0 && r > 0 && utf8.ValidRune(r)
}
