package paper

import (
	"fmt"
	"math"
)

// farthest is how far from the corner of a drawing a point may lie, in
// millimetres: a hundred metres of paper.
const farthest = 1e5

// check refuses what cannot be printed and says in which block it stands,
// counting from 1.
func check(doc Document) error {
	if _, ok := sheetFor(doc.Size, doc.Dark); !ok {
		return fmt.Errorf("paper: there is no sheet %q: use %s, %s or %s", doc.Size, A4, Letter, A6)
	}
	for i, b := range doc.Blocks {
		var err error
		var what string
		switch b := b.(type) {
		case Heading:
			what = "heading"
			if b.Level < 1 || b.Level > 3 {
				err = fmt.Errorf("level %d: levels are 1, 2 and 3", b.Level)
			}
		case Table:
			what = "table"
			err = checkTable(b)
		case Drawing:
			what = "drawing"
			err = checkDrawing(b)
		case Paragraph, List, Fields, Checklist, PageBreak:
		default:
			return fmt.Errorf("paper: block %d is a %T: blocks are Heading, Paragraph, List, Table, Fields, Checklist, Drawing and PageBreak, as values", i+1, b)
		}
		if err != nil {
			return fmt.Errorf("paper: block %d (%s): %w", i+1, what, err)
		}
	}
	return nil
}

func checkTable(t Table) error {
	for i, c := range t.Columns {
		if !(c.Share >= 0 && c.Share <= 1e6) {
			return fmt.Errorf("column %d has the share %v: shares are 0 to a million", i+1, c.Share)
		}
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("row %d has %d texts for %d columns: give one for each, if need be an empty one", i+1, len(row), len(t.Columns))
		}
	}
	for _, row := range t.Strong {
		if row < 0 || row >= len(t.Rows) {
			return fmt.Errorf("row %d is to stand out, but there are %d rows, counted from 0", row, len(t.Rows))
		}
	}
	return nil
}

func checkDrawing(d Drawing) error {
	if !(d.Width >= 1 && d.Width <= farthest && d.Height >= 1 && d.Height <= farthest) {
		return fmt.Errorf("size of %v mm by %v mm: give from 1 mm to %v mm", d.Width, d.Height, farthest)
	}
	for i, s := range d.Shapes {
		var err error
		switch s := s.(type) {
		case Line:
			err = first(points(s.Points), length("width", s.Width), grey(s.Grey), length("casing", s.Casing), dash(s.Dash))
		case Fill:
			err = first(points(s.Points), grey(s.Grey))
		case Circle:
			err = first(points([]Point{s.Centre}), length("radius", s.Radius), grey(s.Grey), length("edge", s.Edge))
		case Label:
			err = first(points([]Point{s.At}), length("size", s.Size))
			if err == nil && (math.IsNaN(s.Turn) || math.Abs(s.Turn) > 36000) {
				err = fmt.Errorf("turn of %v degrees: give -360 to 360", s.Turn)
			}
			if err == nil && s.Anchor != "" && s.Anchor != "start" && s.Anchor != "middle" && s.Anchor != "end" {
				err = fmt.Errorf("anchor %q: it is start, middle or end", s.Anchor)
			}
		default:
			err = fmt.Errorf("it is a %T: shapes are Line, Fill, Circle and Label, as values", s)
		}
		if err != nil {
			return fmt.Errorf("shape %d: %w", i+1, err)
		}
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func points(ps []Point) error {
	for i, p := range ps {
		if !(math.Abs(p.X) <= farthest && math.Abs(p.Y) <= farthest) {
			return fmt.Errorf("point %d at %v, %v: coordinates are millimetres up to %v", i+1, p.X, p.Y, farthest)
		}
	}
	return nil
}

func length(what string, mm float64) error {
	if !(mm >= 0 && mm <= farthest) {
		return fmt.Errorf("%s of %v mm: give 0 to %v", what, mm, farthest)
	}
	return nil
}

func grey(g float64) error {
	if !(g >= 0 && g <= 1) {
		return fmt.Errorf("grey of %v: give 0 for black to 1 for white", g)
	}
	return nil
}

// dash refuses dashes so short that they would only slow a printer down.
func dash(lengths []float64) error {
	sum := 0.0
	for _, mm := range lengths {
		if err := length("dash", mm); err != nil {
			return err
		}
		sum += mm
	}
	if len(lengths) > 0 && sum < 0.1 {
		return fmt.Errorf("dashes of %v mm in all: give 0.1 mm at least, or none", sum)
	}
	return nil
}
