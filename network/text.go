package network

import (
	"math"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// A textTable holds strings as bytes one after another: string i is
// bytes[offsets[i]:offsets[i+1]].
type textTable struct {
	offsets []uint32
	bytes   []byte
	full    bool // something found no room
}

// at returns string r; the empty string when there is none. Its bytes are those
// of the table, so it is only valid until the map is closed.
func (t *textTable) at(r Ref) string {
	if uint64(r)+1 >= uint64(len(t.offsets)) {
		return ""
	}
	i, j := t.offsets[r], t.offsets[r+1]
	return unsafe.String(unsafe.SliceData(t.bytes[i:j]), int(j-i))
}

// NumTexts returns the number of strings in the map's string table; a Ref below
// it is valid.
func (m *Map) NumTexts() int { return max(len(m.text.offsets)-1, 0) }

// A TextBuilder collects the strings of a map, each once. The zero value is
// ready to use.
type TextBuilder struct {
	table textTable
	refs  map[string]Ref
}

// Add returns the reference of s, the same for equal strings; the empty string
// has 0. Bytes that are not UTF-8 are replaced by U+FFFD. References count up
// from 1 in the order of first adding. All strings together may have 4 GiB; what
// does not fit gets 0, and Check and Save say so.
func (b *TextBuilder) Add(s string) Ref {
	if s == "" {
		return 0
	}
	if r, ok := b.refs[s]; ok {
		return r
	}
	if !utf8.ValidString(s) {
		return b.Add(strings.ToValidUTF8(s, "�"))
	}
	if b.refs == nil {
		b.refs = make(map[string]Ref)
		b.table.offsets = []uint32{0, 0}
	}
	if uint64(len(b.table.bytes)+len(s)) > math.MaxUint32 || uint64(len(b.table.offsets)) >= math.MaxUint32 {
		b.table.full = true
		return 0
	}
	r := Ref(len(b.table.offsets) - 1)
	b.table.bytes = append(b.table.bytes, s...)
	b.table.offsets = append(b.table.offsets, uint32(len(b.table.bytes)))
	b.refs[strings.Clone(s)] = r
	return r
}

// Text returns the string r; the empty string when there is none.
func (b *TextBuilder) Text(r Ref) string { return strings.Clone(b.table.at(r)) }

// SetText gives a map under construction its strings, as far as they were added
// by now: call it again after adding more. Text and Save use them.
func (m *Map) SetText(b *TextBuilder) {
	m.text = b.table
	if len(m.text.offsets) == 0 {
		m.text.offsets = []uint32{0, 0}
	}
}
