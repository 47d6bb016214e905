package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/outrider-project/outrider"
)

// WriteJSON writes v as one line, without escaping what HTML would need.
func WriteJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Thousands prints 1234567 as 1,234,567.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// TerminalWidth is the width to print for: that of the terminal, within
// reason, or 100 columns.
func TerminalWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return min(max(width, 40), 160)
		}
	}
	return 100
}

// Writable refuses, before any work is done, a file that could not be written in
// the end.
func Writable(flag, path string) error {
	if path == "-" {
		return InvalidFlag(flag, "- is no file", "name a file; what standard output can take is printed there without being asked for")
	}
	folder := filepath.Dir(path)
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &outrider.Error{Kind: outrider.Unreadable, Where: path, Cause: "there is no folder " + folder, Remedy: "make it, or name another", Err: err}
	case err != nil:
		return err
	case !info.IsDir():
		return &outrider.Error{Kind: outrider.Unreadable, Where: path, Cause: folder + " is a file, not a folder", Remedy: "name another place to write to"}
	}
	if info, err := os.Stat(path); err == nil {
		switch {
		case info.IsDir():
			return &outrider.Error{Kind: outrider.Unreadable, Where: path, Cause: "it is a folder", Remedy: "name a file in it"}
		case !info.Mode().IsRegular():
			return &outrider.Error{Kind: outrider.Unreadable, Where: path, Cause: "it is a device, a pipe or the like, which a file would take the place of", Remedy: "name another file"}
		}
	}
	return nil
}

// SameFile reports whether two names lead to one file.
func SameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX == nil && errY == nil {
		return os.SameFile(x, y)
	}
	return filepath.Clean(a) == filepath.Clean(b)
}

// columnGap is what stands between two columns.
const columnGap = "  "

// columnWidths returns how wide the widest cell of each column is.
func columnWidths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// TableWidth is how wide rows are that Columns writes.
func TableWidth(rows [][]string) int {
	width := 0
	for _, w := range columnWidths(rows) {
		width += w + len(columnGap)
	}
	return width - len(columnGap)
}

// Columns writes rows with each column as wide as its widest cell.
func (t *Text) Columns(rows [][]string) {
	widths := columnWidths(rows)
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)) + columnGap)
		}
		t.Line("%s", line.String())
	}
}

// Paragraph writes a label and words behind it, in a terminal as lines that fit
// it, elsewhere as one line that can be searched.
func (t *Text) Paragraph(label, words string) {
	if !IsTerminal(t.W) {
		t.Line("%s%s", label, words)
		return
	}
	indent := strings.Repeat(" ", utf8.RuneCountInString(label))
	if indent == "" {
		indent = "  "
	}
	for i, line := range wrapped(words, TerminalWidth(t.W)-len(indent)) {
		if i > 0 {
			label = indent
		}
		t.Line("%s%s", label, line)
	}
}

// wrapped cuts words into lines of at most width characters; a longer word has a
// line of its own.
func wrapped(words string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(words) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// Text writes lines and keeps the first error.
type Text struct {
	W   io.Writer
	Err error
}

// Line writes a line.
func (t *Text) Line(format string, args ...any) {
	if t.Err == nil {
		_, t.Err = fmt.Fprintln(t.W, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
}

// CountOf writes a number of things: 1 row, 2 rows.
func CountOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	if strings.HasSuffix(thing, "ch") || strings.HasSuffix(thing, "x") {
		return Thousands(n) + " " + thing + "es"
	}
	return Thousands(n) + " " + thing + "s"
}
