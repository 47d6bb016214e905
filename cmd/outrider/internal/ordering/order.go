// Package ordering is the command outrider order: a plan and an order file become
// the documents of a movement order.
package ordering

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/codeword"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/order/orderfile"
	"github.com/outrider-project/outrider/order/sheets"
	"github.com/outrider-project/outrider/paper"
)

// Cmd writes the documents of a movement order.
type Cmd struct {
	cli.MapFlag
	Plan          string            `arg:"" help:"Plan, plan.json."`
	Order         string            `placeholder:"FILE" help:"Order file; without one the order says what the plan says, and ? for the rest."`
	Out           string            `short:"o" required:"" placeholder:"FOLDER" help:"Folder for the documents; it must be empty, or is made."`
	Size          string            `enum:"a4,letter" default:"a4" help:"Paper: a4 or letter; dash cards are A6."`
	Codewords     string            `placeholder:"BOOK" help:"Book of code words; names appear by their words only, and a text with a name in clear is refused."`
	Clear         bool              `help:"With --codewords: names as they are, and a list of the words to say for them."`
	HTML          bool              `name:"html" help:"Write each document as HTML too."`
	Part          []string          `placeholder:"PART" help:"Only these parts: warning, order, fragmentary, driver, dash, post, tracking, communications, medical, checklist, notification."`
	Route         map[string]string `placeholder:"LEG=ROUTE" help:"The route of a leg that the order is for, such as 1=B or 4=alternate 1; the primary where none is named."`
	Previous      string            `placeholder:"PLAN" help:"Plan of the version before, for a fragmentary order."`
	PreviousOrder string            `placeholder:"FILE" help:"Order file of the version before."`
	PreviousRoute map[string]string `placeholder:"LEG=ROUTE" help:"The routes of the version before."`
}

// Run makes the documents and lists them with their pages.
func (c *Cmd) Run(w *cli.World) error {
	if err := c.checkParts(); err != nil {
		return err
	}
	if err := emptyFolder(c.Out); err != nil {
		return err
	}
	p, err := cli.LoadPlan(c.Plan)
	if err != nil {
		return err
	}
	in := sheets.Input{Size: paper.Size(c.Size), Naming: outrider.ClearNames{}}
	if c.Codewords != "" {
		if in.Naming, in.Words, err = wordsOf(c.Codewords, p); err != nil {
			return err
		}
	}
	if c.Clear {
		if c.Codewords == "" {
			return cli.UsageError("--clear is for orders with code words; without them names are clear anyway", "leave it out, or give --codewords")
		}
		in.Naming = outrider.ClearNames{}
	}
	if in.Version, err = version(p, c.Order, "--route", c.Route, in.Naming); err != nil {
		return err
	}
	switch {
	case c.Previous != "":
		old, err := cli.LoadPlan(c.Previous)
		if err != nil {
			return err
		}
		before, err := version(old, c.PreviousOrder, "--previous-route", c.PreviousRoute, in.Naming)
		if err != nil {
			return err
		}
		in.Previous = &before
	case c.PreviousOrder != "" || len(c.PreviousRoute) > 0:
		return cli.UsageError("the version before has no plan", "give --previous with its plan; the same plan if only the order file has changed")
	}
	if c.Map != "" {
		m, err := c.Open()
		if err != nil {
			return err
		}
		defer cli.CloseMap(m)
		in.Map = m
	}
	made, err := sheets.Make(in)
	if err != nil {
		return err
	}
	return c.write(w, made)
}

func (c *Cmd) checkParts() error {
	for _, p := range c.Part {
		if !slices.Contains(sheets.Parts(), sheets.Part(p)) {
			return cli.InvalidFlag("--part", fmt.Sprintf("there is no part %q", p), "parts are "+partNames())
		}
	}
	return nil
}

func partNames() string {
	var names []string
	for _, p := range sheets.Parts() {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

// emptyFolder refuses a folder with files in it: cards of an older version among
// those of this would be handed out.
func emptyFolder(path string) error {
	entries, err := os.ReadDir(path)
	switch {
	case os.IsNotExist(err):
		return nil
	case err != nil:
		return &outrider.Error{Kind: outrider.Unreadable, Where: path, Cause: "it cannot be listed as a folder", Remedy: "name a folder for --out", Err: err}
	case len(entries) > 0:
		return &outrider.Error{
			Kind: outrider.Refused, Where: path, Cause: "the folder is not empty, and cards of an older version among new ones would be handed out",
			Remedy: "name a new folder, or empty this one",
		}
	}
	return nil
}

// wordsOf returns the naming of a plan from a book, and its words.
func wordsOf(path string, p *outrider.Plan) (outrider.Naming, []sheets.CodeWord, error) {
	book, err := codeword.Load(path)
	if err != nil {
		return nil, nil, err
	}
	naming, err := book.NamingOf(p)
	if err != nil {
		return nil, nil, err
	}
	var words []sheets.CodeWord
	from, _ := codeword.Span(p)
	for _, a := range book.Live(p.Movement, from) {
		if a.Kind == codeword.Duress { // for those only who are told it by word of mouth
			continue
		}
		words = append(words, sheets.CodeWord{Word: a.Word, Kind: a.Kind, Name: a.Name, Until: a.End()})
	}
	return naming, words, nil
}

// version reads a version of an order. References in its texts are to things of the
// plan, and where names must not appear, none stands in a text.
func version(p *outrider.Plan, orderPath, flag string, routes map[string]string, naming outrider.Naming) (sheets.Version, error) {
	v := sheets.Version{Plan: p}
	if orderPath != "" {
		zone, err := time.LoadLocation(p.Zone)
		if err != nil {
			return v, &outrider.Error{Kind: outrider.Invalid, Where: "plan", Cause: fmt.Sprintf("unknown time zone %q", plain.Text(p.Zone)), Remedy: "make the plan again", Err: err}
		}
		src, err := cli.ReadFile(orderPath)
		if err != nil {
			return v, err
		}
		if v.Order, err = orderfile.Read(orderPath, src, zone); err != nil {
			return v, err
		}
		if err := render(orderPath, v.Order, p, naming); err != nil {
			return v, err
		}
	}
	var err error
	if v.Routes, err = routesOf(flag, p, routes); err != nil {
		return v, err
	}
	return v, nil
}

// render puts what things are called in place of references. Names of hospitals are
// not printed, but looked for in the plan: they stay.
func render(path string, o *orderfile.Order, p *outrider.Plan, naming outrider.Naming) error {
	references := codeword.ReferencesOf(p)
	var first error
	o.EachText(func(at string, s *string) {
		if first != nil || strings.HasPrefix(at, "/medical/hospitals/") {
			return
		}
		text, err := references.Render(path+": "+strings.ReplaceAll(strings.TrimPrefix(at, "/"), "/", "."), *s, naming)
		if err != nil {
			first = err
			return
		}
		*s = text
	})
	return first
}

// routesOf finds the legs that routes are named for, by number or by name.
func routesOf(flag string, p *outrider.Plan, named map[string]string) (map[int]string, error) {
	out := map[int]string{}
	for leg, route := range named {
		var i int
		if n, err := strconv.Atoi(leg); err == nil && n >= 1 && n <= len(p.Legs) {
			i = n - 1
		} else {
			i = slices.IndexFunc(p.Legs, func(l outrider.LegPlan) bool { return strings.EqualFold(l.Name, leg) })
		}
		if i < 0 {
			return nil, cli.InvalidFlag(flag, fmt.Sprintf("the plan has no leg %q", plain.Text(leg)), fmt.Sprintf("name a leg by its number, 1 to %d, or its name", len(p.Legs)))
		}
		if _, twice := out[i]; twice {
			return nil, cli.InvalidFlag(flag, fmt.Sprintf("leg %d is named twice", i+1), "name one route for a leg")
		}
		out[i] = route
	}
	return out, nil
}

// write makes every file before the first is written.
func (c *Cmd) write(w *cli.World, made *sheets.Order) error {
	type file struct {
		name  string
		src   []byte
		pages string
		who   string
	}
	var files []file
	for _, s := range made.Sheets {
		if len(c.Part) > 0 && !slices.Contains(c.Part, string(s.Part)) {
			continue
		}
		var pdf, page bytes.Buffer
		if err := paper.WritePDF(&pdf, s.Document); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		pages, err := paper.Pages(s.Document)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		files = append(files, file{s.Name + ".pdf", pdf.Bytes(), cli.CountOf(pages, "page"), s.For})
		if c.HTML {
			if err := paper.WriteHTML(&page, s.Document); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
			files = append(files, file{s.Name + ".html", page.Bytes(), "", s.For})
		}
	}
	if len(files) == 0 {
		return &outrider.Error{Kind: outrider.Invalid, Where: "order", Cause: "there is no document of the parts asked for", Remedy: "a fragmentary order needs --previous and something that changed, post cards need posts in the order file"}
	}
	// What people on duty are told is for them only.
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return err
	}
	var rows [][]string
	for _, f := range files {
		if err := cli.WriteFile(filepath.Join(c.Out, f.name), cli.SecretFile, f.src); err != nil {
			return err
		}
		rows = append(rows, []string{f.name, f.pages, plain.Text(f.who)})
	}
	t := cli.Text{W: w.Stdout}
	t.Columns(rows)
	for _, n := range made.Notes {
		t.Paragraph("note: ", plain.Text(n))
	}
	return t.Err
}
