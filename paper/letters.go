package paper

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"

	"github.com/outrider-project/outrider/internal/plain"
)

// A face is one of the two fonts of a document.
type face int

const (
	regular face = iota
	bold
)

// pointMM is the length of a typographic point in millimetres.
const pointMM = 25.4 / 72

// missing is printed for a character that the fonts lack.
const missing = '□'

// letters knows the fonts: which characters they have, how wide these are and
// what their outlines look like. It is made for one document and counts what it
// had to replace.
type letters struct {
	fonts    [2]*sfnt.Font
	advances [2]map[rune]float64 // parts of the size; -1 if the font lacks it
	outlines [2]map[rune]sfnt.Segments
	buffer   sfnt.Buffer
	replaced int
}

func newLetters() (*letters, error) {
	l := &letters{}
	for f, data := range [2][]byte{goregular.TTF, gobold.TTF} {
		parsed, err := sfnt.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("paper: the built-in font is damaged: %w", err)
		}
		l.fonts[f] = parsed
		l.advances[f] = map[rune]float64{}
		l.outlines[f] = map[rune]sfnt.Segments{}
	}
	return l, nil
}

// advance is how far r moves on, as a part of the size of the letters; -1 if the
// font lacks r.
func (l *letters) advance(f face, r rune) float64 {
	if a, ok := l.advances[f][r]; ok {
		return a
	}
	a := -1.0
	if index, err := l.fonts[f].GlyphIndex(&l.buffer, r); err == nil && index != 0 {
		upem := l.fonts[f].UnitsPerEm()
		width, err := l.fonts[f].GlyphAdvance(&l.buffer, index, fixed.Int26_6(upem), font.HintingNone)
		if err == nil {
			a = float64(width) / float64(upem)
		}
	}
	l.advances[f][r] = a
	return a
}

// outline is the shape of r at a size of 1024 units, y downwards from the
// baseline; empty where the font has none.
func (l *letters) outline(f face, r rune) sfnt.Segments {
	if o, ok := l.outlines[f][r]; ok {
		return o
	}
	var o sfnt.Segments
	if index, err := l.fonts[f].GlyphIndex(&l.buffer, r); err == nil {
		if segments, err := l.fonts[f].LoadGlyph(&l.buffer, index, fixed.Int26_6(outlineSize), nil); err == nil {
			o = append(o, segments...) // the buffer is used again
		}
	}
	l.outlines[f][r] = o
	return o
}

// outlineSize is the size that outlines are given in.
const outlineSize = 1024

// width is the width in millimetres of s in letters of size points.
func (l *letters) width(s string, f face, size float64) float64 {
	w := 0.0
	for _, r := range s {
		w += max(0, l.advance(f, r))
	}
	return w * size * pointMM
}

// clean makes one line of s that the fonts can print. Both fonts have the same
// characters.
func (l *letters) clean(s string) string {
	s = norm.NFC.String(plain.Text(s))
	return strings.Map(func(r rune) rune {
		switch {
		case l.advance(regular, r) >= 0 && r != '\u00ad':
			return r
		case r == 0x2010 || r == 0x2011:
			return '-'
		case r == 0x202f || r == 0x2007:
			return '\u00a0'
		case unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Variation_Selector):
			return -1 // joiners, soft hyphens: nothing to be seen
		}
		l.replaced++
		return missing
	}, s)
}

// lines are the lines of s as it was written, each clean.
func (l *letters) lines(s string) []string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	written := strings.Split(s, "\n")
	for i := range written {
		written[i] = strings.Trim(l.clean(written[i]), " ")
	}
	return written
}

// wrap breaks the clean lines so that none is wider than width millimetres: after
// a space, within a compound, and where nothing else helps within a word. A line
// has one letter at least.
func (l *letters) wrap(written []string, f face, size, width float64) []string {
	var out []string
	limit := width/(size*pointMM) + 1e-6
	for _, line := range written {
		out = l.wrapLine(out, line, f, limit)
	}
	return out
}

// balance breaks one clean line as wrap does, into lines of much the same width: no
// title ends in a single word.
func (l *letters) balance(s string, f face, size, width float64) []string {
	best := l.wrap([]string{s}, f, size, width)
	if len(best) < 2 || len(best) > 4 {
		return best
	}
	_, word := l.span([]string{s}, f, size)
	low, high := min(word, width), width
	for high-low > 0.5 {
		middle := (low + high) / 2
		if lines := l.wrap([]string{s}, f, size, middle); len(lines) == len(best) {
			best, high = lines, middle
		} else {
			low = middle
		}
	}
	return best
}

func (l *letters) wrapLine(out []string, line string, f face, limit float64) []string {
	runes := []rune(line)
	start, opportunity, w := 0, -1, 0.0
	for i := 0; i < len(runes); i++ {
		a := max(0, l.advance(f, runes[i]))
		if w+a > limit && i > start && runes[i] != ' ' {
			end := i
			if opportunity > start {
				end = opportunity
			}
			out = append(out, strings.TrimRight(string(runes[start:end]), " "))
			start, opportunity, w = end, -1, 0
			i = start - 1
			continue
		}
		w += a
		if breaksAfter(runes, i) {
			opportunity = i + 1
		}
	}
	return append(out, strings.TrimRight(string(runes[start:]), " "))
}

// breaksAfter reports whether a line may end after runes[i]: after a space, and
// after a hyphen, dash or stroke between a letter and a letter, so that dates,
// ranges and grid references stay whole.
func breaksAfter(runes []rune, i int) bool {
	if i+1 >= len(runes) || runes[i+1] == ' ' {
		return false
	}
	switch runes[i] {
	case ' ':
		return true
	case '-', '–', '—', '/':
		return i > 0 && unicode.IsLetter(runes[i-1]) && unicode.IsLetter(runes[i+1])
	}
	return false
}

// span is how wide the clean lines are if nothing is broken, and the width of the
// widest part that cannot be broken well, both in millimetres.
func (l *letters) span(written []string, f face, size float64) (natural, least float64) {
	for _, line := range written {
		runes := []rune(line)
		whole, part := 0.0, 0.0
		for i, r := range runes {
			a := max(0, l.advance(f, r))
			whole += a
			if r != ' ' {
				part += a
			}
			least = max(least, part)
			if breaksAfter(runes, i) {
				part = 0
			}
		}
		natural = max(natural, whole)
	}
	return natural * size * pointMM, least * size * pointMM
}

// cut shortens s to one line of width millimetres, with … at its end if anything
// was left out.
func (l *letters) cut(s string, f face, size, width float64) string {
	if l.width(s, f, size) <= width {
		return s
	}
	limit := width/(size*pointMM) - l.advance(f, '…')
	w := 0.0
	for i, r := range s {
		if w += max(0, l.advance(f, r)); w > limit {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}
