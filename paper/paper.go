// Package paper puts documents on paper: blocks of text, tables, drawings and
// lines to fill in, as PDF to print and as one self-contained HTML page to read.
//
// What a document says is not its business; whoever writes one gives blocks and
// gets the same document in both forms. Nothing here reads a clock: the same
// document gives the same bytes.
//
// The letters are those of the Go fonts: Latin, Greek and Cyrillic. A character
// that they lack is printed as □, and a note at the end of the PDF says how many
// there were; the HTML page keeps every character and leaves it to the reader's
// fonts. Control characters and those that turn the direction of writing are left
// out of both.
package paper

import "time"

// Size is the size of a sheet.
type Size string

// The sheets that documents are printed on.
const (
	A4     Size = "a4"
	Letter Size = "letter"
	A6     Size = "a6" // cards
)

// Document is what is printed: one file.
type Document struct {
	Title   string // at the top of the first page
	Marking string // on every page, at the top and at the bottom; how the document is to be handled
	Foot    string // on every page, beside the page's number: which order, which version
	Size    Size
	// Dark asks for a card that is read at night: light on black, large letters, no
	// greys.
	Dark bool
	// Made is the date that the PDF names as its own; a document without one names
	// 1 January 1970, and is otherwise the same.
	Made   time.Time
	Blocks []Block
}

// Block is one of Heading, Paragraph, List, Table, Fields, Checklist, Drawing and
// PageBreak.
type Block interface{ block() }

// Heading begins a part of the document. Level 1 is a chapter, 2 a paragraph of
// an order, 3 a part of one.
type Heading struct {
	Level  int
	Number string // "3.b", printed before the text; may be empty
	Text   string
}

// Paragraph is running text. Strong is for what must not be overlooked.
type Paragraph struct {
	Text   string
	Strong bool
}

// List is a list of texts, numbered if Ordered.
type List struct {
	Ordered bool
	Items   []string
}

// Column is a column of a table.
type Column struct {
	Head  string
	Right bool // numbers stand to the right
	// Share is the column's part of the width in relation to the others; 0 leaves
	// it to the contents.
	Share float64
}

// Table is a table. Its head is repeated on every page; a row is not broken
// across pages unless it is longer than a page.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]string // one text per column; a line break within a text is kept
	Strong  []int      // rows that stand out, by index
}

// Fields are labels with a text, or with a line to write on where the text is
// empty.
type Fields struct{ Items []Field }

// Field is a label and its text.
type Field struct{ Label, Text string }

// Checklist is a list with boxes to tick. Who is printed behind an item if it
// says who answers for it.
type Checklist struct{ Items []Check }

// Check is an item of a checklist.
type Check struct{ Text, Who string }

// PageBreak begins a new page.
type PageBreak struct{}

// Drawing is a vector drawing, scaled to the width of the page, or less where its
// height would not fit.
type Drawing struct {
	Caption string
	// Width and Height are the size of the drawing in millimetres; x grows to the
	// right and y downwards from the upper left corner. What lies outside is cut.
	Width, Height float64
	Shapes        []Shape
}

// Shape is one of Line, Fill, Circle and Label; later ones lie above earlier ones.
type Shape interface{ shape() }

// Point is a point of a drawing, in millimetres.
type Point struct{ X, Y float64 }

// Line is an open line.
type Line struct {
	Points []Point
	Width  float64   // millimetres
	Grey   float64   // 0 black to 1 white
	Dash   []float64 // lengths on and off in millimetres; none for a whole line
	// Casing is the width of a white edge on each side, so that the line stands out
	// from those it crosses.
	Casing float64
}

// Fill is a filled polygon.
type Fill struct {
	Points []Point
	Grey   float64
}

// Circle is a circle, filled with Grey unless Open, with a black edge of width
// Edge.
type Circle struct {
	Centre     Point
	Radius     float64
	Grey, Edge float64
	Open       bool
}

// Label is a text in a drawing, Size millimetres high, with a white halo. Anchor
// is where it stands at its point: "start", "middle" or "end".
type Label struct {
	At     Point
	Text   string
	Size   float64
	Strong bool
	Anchor string
	Turn   float64 // degrees clockwise
	White  bool    // white letters without halo, on a dark ground
}

func (Heading) block()   {}
func (Paragraph) block() {}
func (List) block()      {}
func (Table) block()     {}
func (Fields) block()    {}
func (Checklist) block() {}
func (PageBreak) block() {}
func (Drawing) block()   {}

func (Line) shape()   {}
func (Fill) shape()   {}
func (Circle) shape() {}
func (Label) shape()  {}
