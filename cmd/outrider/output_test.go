package main

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
	table := &text{w: &out}
	table.columns(rows)
	const want = "a     –––  x\naaaa  b    yy\n      bb\n"
	if out.String() != want || table.err != nil {
		t.Errorf("wrote\n%s, error %v, want\n%s", out.String(), table.err, want)
	}
	if got := tableWidth(rows); got != 13 {
		t.Errorf("table is %d wide, want 13", got)
	}
}

// TestPositionFault tells what is meant as a position from names.
func TestPositionFault(t *testing.T) {
	for _, s := range []string{
		"95,10", "39,190", "-91,10", "39.7N 75.5", "39,7,-75,5", "18S 453234 4398765", "61 north 400000 400000", "18SVJ123", "99SVJ5323498765",
		"39°99'00\"N 75°00'00\"W", "UPS N 9 9", " 95 , 10 ",
	} {
		if positionFault(s) == nil {
			t.Errorf("%q passes for a name", s)
		}
	}
	for _, s := range []string{
		"", "3rd", "3rd Street", "13", "US 13", "12 The Green", "5 Mile", "way/123", "haven/node/5", "Dover", "A 4, exit 7", "10th & 5th", "18S",
		"39.7,-75.5", "18SVJ5323498765", "39.7N 75.5W", "-33.92,18.42",
	} {
		if err := positionFault(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}
