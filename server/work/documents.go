package work

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/approval"
	"github.com/outrider-project/outrider/codeword"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/order/orderfile"
	"github.com/outrider-project/outrider/order/sheets"
	"github.com/outrider-project/outrider/paper"
	"github.com/outrider-project/outrider/server"
)

// written writes a plan as somebody may see it.
func written(l server.Look, write func(io.Writer, *outrider.Plan) error) ([]byte, error) {
	p, err := seen(l)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = write(&out, p)
	return out.Bytes(), err
}

// orderName is what an order may be called.
var orderName = regexp.MustCompile(`^[A-Z0-9]+([ /-][A-Z0-9]+)*$`)

// nameLength is how many of the last characters of a plan's id name its order, and
// longestName how long a name may be.
const (
	nameLength  = 4
	longestName = 24
)

// headOf is what an order says of itself: it is called after the movement and the
// plan, is issued by who released the plan, and says on every page when it is not
// in force.
func headOf(l server.Look, p *outrider.Plan) (sheets.Version, error) {
	record, err := approval.Parse("record", l.Record)
	if err != nil {
		return sheets.Version{}, err
	}
	short := strings.ToUpper(l.Plan.ID[max(0, len(l.Plan.ID)-nameLength):])
	out := &orderfile.Order{Version: 1, ID: strings.ToUpper(p.Cover) + " " + short}
	if !orderName.MatchString(out.ID) || len(out.ID) > longestName {
		out.ID = "PLAN " + short
	}
	v := sheets.Version{Plan: p, Order: out}
	switch record.State() {
	case approval.Released, approval.UnderWay:
		v.Standing = sheets.InForce
	case approval.Cancelled:
		v.Standing = sheets.Cancelled
	case approval.Closed:
		v.Standing = sheets.Over
	case approval.Draft, approval.Submitted, approval.Approved:
		v.Standing = sheets.NotReleased
		return v, nil
	}
	for _, s := range record.Steps() {
		if s.Action == approval.Release {
			out.Issuer, out.Issued = s.By, &orderfile.Time{At: s.At}
		}
	}
	return v, nil
}

// sheet makes a part of the order as one document: cards of a part follow one
// another, each on a page of its own.
func (w *Work) sheet(l server.Look, part string, size paper.Size) (paper.Document, error) {
	none := paper.Document{}
	p, err := seen(l)
	if err != nil {
		return none, err
	}
	g, err := w.ground(l.Plan.Map)
	if err != nil {
		return none, err
	}
	book, err := codeword.Load(w.book())
	if err != nil {
		return none, err
	}
	head, err := headOf(l, p)
	if err != nil {
		return none, err
	}
	begins, _ := codeword.Span(p)
	in := sheets.Input{Version: head, Naming: outrider.ClearNames{}, Map: g.Map, Size: size}
	for _, a := range book.Live(p.Movement, begins) {
		if a.Kind != codeword.Duress { // for those only who are told it by word of mouth
			in.Words = append(in.Words, sheets.CodeWord{Word: a.Word, Kind: a.Kind, Name: a.Name, Until: a.End()})
		}
	}
	made, err := sheets.Make(in)
	if err != nil {
		return none, err
	}
	out, found := none, false
	for _, s := range made.Sheets {
		switch {
		case string(s.Part) != part:
		case !found:
			out, found = s.Document, true
		default:
			out.Blocks = append(append(out.Blocks, paper.PageBreak{}), s.Document.Blocks...)
		}
	}
	if !found {
		return none, server.ErrNotFound
	}
	return out, nil
}

// Order returns a part of the movement order as PDF, with names in clear.
func (w *Work) Order(_ context.Context, l server.Look, part, size string) ([]byte, error) {
	paperSize := paper.A4
	if size == "Letter" || size == string(paper.Letter) {
		paperSize = paper.Letter
	}
	d, err := w.sheet(l, part, paperSize)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = paper.WritePDF(&out, d)
	return out.Bytes(), err
}

// Preview returns the same as HTML.
func (w *Work) Preview(_ context.Context, l server.Look, part string) ([]byte, error) {
	d, err := w.sheet(l, part, paper.A4)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = paper.WriteHTML(&out, d)
	return out.Bytes(), err
}

// reporting is how long before the earliest start crews report.
const reporting = 2 * time.Hour

// Export writes a plan for another program: in code words, which are given out if
// there are none yet, or in clear.
func (w *Work) Export(_ context.Context, l server.Look, r server.ExportRequest) (name, mediaType string, file []byte, err error) {
	formats := map[string]struct {
		ending, mediaType string
		write             func(io.Writer, *outrider.Plan) error
	}{
		"gpx":     {"gpx", "application/gpx+xml", exchange.WriteGPX},
		"kml":     {"kml", "application/vnd.google-earth.kml+xml", exchange.WriteKML},
		"geojson": {"geojson", "application/geo+json", exchange.WriteGeoJSON},
		"csv":     {"csv", "text/csv; charset=utf-8", exchange.WriteCSV},
		"tak":     {"zip", "application/zip", exchange.WriteTAK},
		"ics": {"ics", "text/calendar; charset=utf-8", func(f io.Writer, p *outrider.Plan) error {
			return exchange.WriteICal(f, p, reporting)
		}},
	}
	f, known := formats[r.As]
	if !known {
		return "", "", nil, server.ErrNotFound
	}
	p, err := seen(l)
	if err != nil {
		return "", "", nil, err
	}
	if !r.Clear {
		n, err := w.words(p, l)
		if err != nil {
			return "", "", nil, err
		}
		p = exchange.Named(p, n)
	}
	var out bytes.Buffer
	if err := f.write(&out, p); err != nil {
		return "", "", nil, err
	}
	return "plan." + f.ending, f.mediaType, out.Bytes(), nil
}

func (w *Work) book() string { return filepath.Join(w.o.Folder, bookFile) }

// wordsOutlive is how long after the movement its words are still its own.
const wordsOutlive = 24 * time.Hour

// words returns the naming of a plan, and gives words out to what has none.
func (w *Work) words(p *outrider.Plan, l server.Look) (outrider.Naming, error) {
	begins, over := codeword.Span(p)
	from := l.At
	if begins.Before(from) {
		from = begins
	}
	book, _, err := codeword.Issue(w.book(), codeword.Request{
		Movement: p.Movement, Things: codeword.Things(p), From: from, Until: over.Add(wordsOutlive), Duress: true,
		Avoid: codeword.CallSigns(p), By: l.By, At: l.At,
	}, w.o.Random)
	if err != nil {
		return nil, err
	}
	return book.NamingOf(p)
}
