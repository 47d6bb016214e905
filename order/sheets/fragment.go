package sheets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/paper"
)

// fragmentary returns the fragmentary order: what the full order says otherwise
// than the one before, and nothing else. Both are compared as they are printed, so
// that nothing that a reader of the order before goes by can change unsaid.
func (b *book) fragmentary(in *Input, now *writer) (paper.Document, bool, error) {
	was := *in
	was.Version, was.Previous, was.Map = *in.Previous, nil, nil
	if err := was.check(wordPrevious); err != nil {
		return paper.Document{}, false, err
	}
	before, err := newBook(&was)
	if err != nil {
		return paper.Document{}, false, err
	}
	from, to := max(before.order.Version, 1), max(b.order.Version, 1)
	if to <= from {
		return paper.Document{}, false, &outrider.Error{
			Kind: outrider.Invalid, Where: "order", Cause: fmt.Sprintf("it is version %d, the one before it %d", to, from),
			Remedy: fmt.Sprintf("give it version: %d", from+1),
		}
	}
	w := &writer{}
	w.fields(
		paper.Field{Label: wordOrder, Text: or(b.order.ID, wordUnknown)},
		paper.Field{Label: wordVersion, Text: say(wordVersionFrom, to, from)},
		paper.Field{Label: wordIssuer, Text: or(b.order.Issuer, wordUnknown)},
		paper.Field{Label: wordIssued, Text: b.when(b.order.Issued)},
		paper.Field{Label: wordAckBy, Text: b.when(b.order.Acknowledgement.By)},
		paper.Field{Label: wordAckFrom, Text: b.ackFrom()},
	)
	w.strong(say(wordSupersedes, from))
	changed := b.changes(w, before.full(), now)
	w.heading(1, "", wordAllElse)
	w.paragraph(say(wordUnchanged, from))
	return b.document(say(wordFragmentTitle, b.id()), w), changed, nil
}

// A section is what stands under one heading, by the headings above it too.
type section struct {
	path   string
	number string
	says   []row // but for tables
	tables []keyedTable
	drawn  []paper.Drawing
}

// A keyedTable is a table with the columns that say what a row is about.
type keyedTable struct {
	paper.Table
	key []int
}

// sections cuts a document at its headings.
func sections(w *writer) []section {
	out := []section{{}}
	var above [4]string
	for i, block := range w.blocks {
		s := &out[len(out)-1]
		switch q := block.(type) {
		case paper.Heading:
			level := min(max(q.Level, 1), 3)
			above[level] = q.Text
			for k := level + 1; k < len(above); k++ {
				above[k] = ""
			}
			out = append(out, section{path: strings.TrimRight(strings.Join(above[1:], "\x00"), "\x00"), number: q.Number})
		case paper.Table:
			s.tables = append(s.tables, keyedTable{q, w.keys[i]})
		case paper.Drawing:
			s.drawn = append(s.drawn, q)
		case paper.PageBreak:
		default:
			s.says = append(s.says, rowsOf(block)...)
		}
	}
	return out
}

// changes writes what differs, section by section, in the order of the new order;
// sections that are gone stand behind.
func (b *book) changes(w *writer, was, now *writer) (changed bool) {
	old, current := sections(was), sections(now)
	write := func(before, after *section, mark string) {
		var found writer
		diffSections(&found, before, after)
		if len(found.blocks) == 0 {
			return
		}
		changed = true
		s := after
		if mark == wordIsGone {
			s = before
		}
		name := strings.ReplaceAll(s.path, "\x00", wordWithin)
		w.heading(2, s.number, or(name, wordHeadOfOrder)+mark)
		for i, block := range found.blocks {
			if t, ok := block.(paper.Table); ok {
				w.keyed(t, found.keys[i])
			} else {
				w.add(block)
			}
		}
	}
	used := make([]bool, len(old))
	for i := range current {
		s := &current[i]
		k := -1
		for j := range old {
			if !used[j] && old[j].path == s.path {
				k = j
				break
			}
		}
		if k < 0 {
			write(&section{}, s, wordIsNew)
			continue
		}
		used[k] = true
		write(&old[k], s, "")
	}
	for j := range old {
		if !used[j] {
			write(&old[j], &section{}, wordIsGone)
		}
	}
	return changed
}

// diffSections writes what two sections say otherwise: rows one by one, and a table
// anew of which more than half is another. Drawings go with tables that are anew;
// for themselves they say nothing that tables do not.
func diffSections(w *writer, before, after *section) {
	var rows paper.Table
	diffRows(&rows, before.says, after.says)
	var anew []keyedTable
	used := make([]bool, len(before.tables))
	for i := range after.tables {
		t := &after.tables[i]
		var was []row
		for j := range before.tables {
			if !used[j] && before.tables[j].Caption == t.Caption {
				used[j], was = true, tableRows(&before.tables[j])
				break
			}
		}
		is := tableRows(t)
		if n := differ(was, is); n > anewFrom && n > max(len(is), len(was)) && len(is) > 0 {
			anew = append(anew, *t)
			continue
		}
		diffRows(&rows, was, is)
	}
	for j := range before.tables {
		t := &before.tables[j]
		switch {
		case used[j]:
		case len(t.Rows) > anewFrom && t.Caption != "":
			rows.Rows = append(rows.Rows, []string{t.Caption, plain.Count(len(t.Rows), wordRowThing), wordNone})
		default:
			diffRows(&rows, tableRows(t), nil)
		}
	}
	rows.Columns = []paper.Column{{Head: wordWhat, Share: 2}, {Head: wordWas, Share: 3}, {Head: wordIs, Share: 3}}
	w.form(rows, 0)
	for _, t := range anew {
		w.strong(say(wordAnew, or(t.Caption, wordThisTable)))
		w.form(t.Table, t.key...)
	}
	if len(anew) > 0 {
		for _, d := range after.drawn {
			w.add(d)
		}
	}
}

// anewFrom is how many rows of a table must differ before it is given anew.
const anewFrom = 8

// differ is how many rows of both lists the other one has not.
func differ(a, c []row) int {
	keepA, keepC := common(a, c)
	n := 0
	for _, kept := range append(keepA, keepC...) {
		if !kept {
			n++
		}
	}
	return n
}

// row is one thing that a section says: a field, a line of a list, a row of a
// table, a paragraph.
type row struct {
	group string // table or list it stands in
	key   string // what it is about
	text  string // what it says
}

// diffRows adds what is gone, new, or was one thing and is another.
func diffRows(t *paper.Table, a, c []row) {
	keepA, keepC := common(a, c)
	taken := make([]bool, len(c))
	name := func(r row) string {
		switch {
		case r.group == "":
			return or(r.key, wordText)
		case r.key == "":
			return r.group
		}
		return r.group + ": " + r.key
	}
	for i, r := range a {
		if keepA[i] {
			continue
		}
		is := wordNone
		for j, s := range c {
			if !keepC[j] && !taken[j] && s.group == r.group && s.key == r.key {
				taken[j], is = true, s.text
				break
			}
		}
		t.Rows = append(t.Rows, []string{name(r), r.text, is})
	}
	for j, s := range c {
		if !keepC[j] && !taken[j] {
			t.Rows = append(t.Rows, []string{name(s), wordNone, s.text})
		}
	}
}

// rowsOf lists what a block says that is no table.
func rowsOf(block paper.Block) []row {
	var out []row
	switch q := block.(type) {
	case paper.Paragraph:
		out = append(out, row{text: q.Text})
	case paper.List:
		for k, s := range q.Items {
			r := row{text: s}
			if q.Ordered {
				r.key = say(wordStepN, k+1)
			}
			out = append(out, r)
		}
	case paper.Fields:
		for _, f := range q.Items {
			// These differ in every version, and stand at the head of this order.
			if f.Label != wordVersion && f.Label != wordIssued {
				out = append(out, row{key: f.Label, text: f.Text})
			}
		}
	case paper.Checklist:
		for _, c := range q.Items {
			out = append(out, row{text: strings.TrimSpace(c.Text + " " + c.Who)})
		}
	}
	return out
}

// tableRows lists what a table says.
func tableRows(t *keyedTable) []row {
	out := make([]row, len(t.Rows))
	for i, cells := range t.Rows {
		out[i] = tableRow(&t.Table, cells, t.key)
	}
	return out
}

// tableRow says what a row of a table is about, by its key columns, and all else
// with the heads of the columns.
func tableRow(t *paper.Table, cells []string, key []int) row {
	r := row{group: t.Caption}
	var about, says []string
	for _, k := range key {
		about = append(about, cells[k])
	}
	for k, s := range cells {
		if !slices.Contains(key, k) && s != "" {
			says = append(says, strings.TrimSpace(t.Columns[k].Head+" "+s))
		}
	}
	r.key, r.text = strings.Join(about, ", "), strings.Join(says, "; ")
	return r
}

// common returns which rows of two lists are the same in the same order: a longest
// common subsequence. The cost is the product of the lengths, of sections of some
// hundred rows.
func common(a, c []row) (keepA, keepC []bool) {
	keepA, keepC = make([]bool, len(a)), make([]bool, len(c))
	// Rows that begin or end both lists alike need no table.
	lo := 0
	for lo < len(a) && lo < len(c) && a[lo] == c[lo] {
		keepA[lo], keepC[lo] = true, true
		lo++
	}
	endA, endC := len(a), len(c)
	for endA > lo && endC > lo && a[endA-1] == c[endC-1] {
		endA, endC = endA-1, endC-1
		keepA[endA], keepC[endC] = true, true
	}
	x, y := a[lo:endA], c[lo:endC]
	longest := make([][]int32, len(x)+1)
	for i := range longest {
		longest[i] = make([]int32, len(y)+1)
	}
	for i, p := range slices.Backward(x) {
		for j, q := range slices.Backward(y) {
			if p == q {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] == y[j]:
			keepA[lo+i], keepC[lo+j] = true, true
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			i++
		default:
			j++
		}
	}
	return keepA, keepC
}
