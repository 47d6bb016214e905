package cli

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestWrapped draws words and widths: nothing is lost, no line that could be
// shorter is too long, and no word that had room stands on the next line.
func TestWrapped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[a-zäö,0-9]{1,12}`)).Draw(t, "words")
		width := rapid.IntRange(1, 40).Draw(t, "width")
		lines := wrapped(strings.Join(words, " "), width)
		if got := strings.Fields(strings.Join(lines, " ")); strings.Join(got, " ") != strings.Join(words, " ") {
			t.Fatalf("wrote %q, got %q", words, got)
		}
		for i, line := range lines {
			if utf8.RuneCountInString(line) > width && strings.Contains(line, " ") {
				t.Fatalf("line %q is longer than %d", line, width)
			}
			if i == 0 {
				continue
			}
			first, _, _ := strings.Cut(line, " ")
			if utf8.RuneCountInString(lines[i-1])+1+utf8.RuneCountInString(first) <= width {
				t.Fatalf("%q had room behind %q in %d", first, lines[i-1], width)
			}
		}
	})
}

// TestColumns holds that cells of a column begin at one place and that tableWidth
// is the width of the widest line.
func TestColumns(t *testing.T) {
	rows := [][]string{{"a", "–––", "x"}, {"aaaa", "b", "yy"}, {"", "bb"}}
	var out strings.Builder
	table := &Text{W: &out}
	table.Columns(rows)
	const want = "a     –––  x\naaaa  b    yy\n      bb\n"
	if out.String() != want || table.Err != nil {
		t.Errorf("wrote\n%s, error %v, want\n%s", out.String(), table.Err, want)
	}
	if got := TableWidth(rows); got != 13 {
		t.Errorf("table is %d wide, want 13", got)
	}
}
