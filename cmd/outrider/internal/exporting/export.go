// Package exporting is the command outrider export: a plan for other programs, in
// code words or, said so and noted, in clear.
package exporting

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/codeword"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/exchange/outgoing"
	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/internal/plain"
)

// Cmd writes a plan in a format of other programs.
type Cmd struct {
	Plan      string            `arg:"" help:"Plan, plan.json."`
	Out       string            `short:"o" required:"" placeholder:"FILE" help:"File to write."`
	As        string            `placeholder:"FORMAT" help:"gpx, kml, geojson, ical, tak or csv; left out, the file's name says it."`
	Codewords string            `default:"codewords.jsonl" placeholder:"BOOK" help:"Book of code words that things are called by (${default})."`
	Clear     bool              `help:"Call things by their names. It is noted in the journal who had it done."`
	By        string            `required:"" placeholder:"CALLSIGN" help:"Call sign of who exports."`
	Journal   string            `placeholder:"FILE" help:"Journal of exports; exports.jsonl beside the plan when left out."`
	Route     map[string]string `placeholder:"LEG=ROUTE" help:"For an order: one route for each leg, this for the leg of this number or name, such as 1=B or 4=alternate 1, and the primary for others."`
	CallIn    time.Duration     `default:"2h" placeholder:"TIME" help:"How long before the earliest start crews report, for ical (${default})."`
	Now       string            `hidden:"" help:"The time that counts as now, for repeatable results."`
}

// formats are the formats by name, with the endings of file names that mean them.
var formats = []struct {
	name, ending string
	write        func(io.Writer, *outrider.Plan, *Cmd) error
}{
	{"gpx", ".gpx", func(w io.Writer, p *outrider.Plan, _ *Cmd) error { return exchange.WriteGPX(w, p) }},
	{"kml", ".kml", func(w io.Writer, p *outrider.Plan, _ *Cmd) error { return exchange.WriteKML(w, p) }},
	{"geojson", ".geojson", func(w io.Writer, p *outrider.Plan, _ *Cmd) error { return exchange.WriteGeoJSON(w, p) }},
	{"ical", ".ics", func(w io.Writer, p *outrider.Plan, c *Cmd) error { return exchange.WriteICal(w, p, c.CallIn) }},
	{"tak", ".zip", func(w io.Writer, p *outrider.Plan, _ *Cmd) error { return exchange.WriteTAK(w, p) }},
	{"csv", ".csv", func(w io.Writer, p *outrider.Plan, _ *Cmd) error { return exchange.WriteCSV(w, p) }},
}

// Run writes the file, once the journal has a line of it.
func (c *Cmd) Run(w *cli.World) error {
	now, err := cli.ParseTime("--now", c.Now, w.Now())
	if err != nil {
		return err
	}
	if !callsign.Valid(c.By) {
		return cli.InvalidFlag("--by", fmt.Sprintf("%.40q is no call sign", c.By), "give one such as PLANNER 1")
	}
	format, err := c.format()
	if err != nil {
		return err
	}
	journal := c.Journal
	if journal == "" {
		journal = filepath.Join(filepath.Dir(c.Plan), "exports.jsonl")
	}
	if err := cli.Apart(c.Out, c.Plan, c.Codewords, journal); err != nil {
		return err
	}
	src, err := cli.ReadUpTo(c.Plan, cli.MaxPlan)
	if err != nil {
		return err
	}
	p, err := exchange.ReadPlan(c.Plan, src)
	if err != nil {
		return err
	}
	line := outgoing.Line{At: now, By: c.By, Names: outgoing.InClear, Format: formats[format].name, File: filepath.Base(c.Out), PlanHash: hash(src)}
	var naming outrider.Naming = outrider.ClearNames{}
	if !c.Clear {
		if naming, line.Book, err = c.inCodeWords(p); err != nil {
			return err
		}
		line.Names = outgoing.InCodeWords
	}
	if len(c.Route) > 0 {
		if p, err = c.drawn(p); err != nil {
			return err
		}
	}
	p = exchange.Named(p, naming)
	var out bytes.Buffer
	if err := formats[format].write(&out, p, c); err != nil {
		return err
	}
	line.FileHash = hash(out.Bytes())
	// The line comes first: an export that is not on record must not exist.
	if line, err = outgoing.Add(journal, line); err != nil {
		return err
	}
	if err := cli.WriteFile(c.Out, cli.SecretFile, out.Bytes()); err != nil {
		return err
	}
	t := cli.Text{W: w.Stdout}
	t.Line("written   %s: %s, in %s, %s bytes", c.Out, line.Format, line.Names, cli.Thousands(out.Len()))
	t.Line("noted     %s, line %d: %s by %s", journal, line.Number, line.Names, line.By)
	if !c.Clear && line.Format != "ical" {
		t.Line("note      names are hidden; where the column goes is not: the file holds every position and time")
	}
	if routes := mixed(p); routes > 0 && len(c.Route) == 0 && line.Format != "ical" {
		t.Line("note      it holds all routes that are drawn from, %d in all: for whoever drives, name the ones drawn with --route", routes)
	}
	if line.Format == "tak" {
		t.Line("note      what is on a TAK server is readable by the server; a sealed order never goes there")
	}
	return t.Err
}

// mixed counts the routes of the mixes of a plan, which only planners are to know
// together.
func mixed(p *outrider.Plan) int {
	n := 0
	for i := range p.Legs {
		if m := p.Legs[i].Mix; m != nil {
			n += len(m.Routes)
		}
	}
	return n
}

func hash(src []byte) string {
	sum := sha256.Sum256(src)
	return hex.EncodeToString(sum[:])
}

// format returns the index of the format asked for.
func (c *Cmd) format() (int, error) {
	var names []string
	for i := range formats {
		f := &formats[i]
		if c.As == f.name || c.As == "" && strings.EqualFold(filepath.Ext(c.Out), f.ending) {
			return i, nil
		}
		names = append(names, f.name)
	}
	list := strings.Join(names, ", ")
	if c.As == "" {
		return 0, cli.InvalidFlag("--as", fmt.Sprintf("the name %s does not say which format it is", filepath.Base(c.Out)), "give one of "+list)
	}
	return 0, cli.InvalidFlag("--as", fmt.Sprintf("there is no format %q", c.As), "give one of "+list)
}

// drawn returns the plan with the routes that were named.
func (c *Cmd) drawn(p *outrider.Plan) (*outrider.Plan, error) {
	routes := map[int]string{}
	for leg, route := range c.Route {
		i, err := strconv.Atoi(leg)
		if i--; err != nil {
			i = slices.IndexFunc(p.Legs, func(l outrider.LegPlan) bool { return strings.EqualFold(l.Name, leg) })
		}
		if i < 0 || i >= len(p.Legs) {
			return nil, cli.InvalidFlag("--route", fmt.Sprintf("the plan has no leg %q", plain.Text(leg)), fmt.Sprintf("name a leg by its number, 1 to %d, or its name", len(p.Legs)))
		}
		if _, twice := routes[i]; twice {
			return nil, cli.InvalidFlag("--route", fmt.Sprintf("leg %d is named twice", i+1), "name one route for a leg")
		}
		routes[i] = route
	}
	return exchange.Drawn(p, routes)
}

// inCodeWords returns the naming of the book, and the seal of the book.
func (c *Cmd) inCodeWords(p *outrider.Plan) (outrider.Naming, string, error) {
	if _, err := os.Stat(c.Codewords); errors.Is(err, fs.ErrNotExist) {
		return nil, "", &outrider.Error{
			Kind: outrider.Refused, Where: c.Codewords, Cause: "there is no book of code words", Err: err,
			Remedy: "give out words with outrider codewords new, name another book with --codewords, or say --clear to export names",
		}
	}
	b, err := codeword.Load(c.Codewords)
	if err != nil {
		return nil, "", err
	}
	n, err := b.NamingOf(p)
	if err != nil {
		return nil, "", err
	}
	return n, b.Seal(), nil
}
