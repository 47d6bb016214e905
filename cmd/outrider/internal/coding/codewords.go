// Package coding is the commands of outrider codewords: words that things are
// called by, and sheets for voice authentication.
package coding

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/codeword"
	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/internal/plain"
)

// Cmd is outrider codewords.
type Cmd struct {
	New    newCmd    `cmd:"" help:"Give out words for what a plan names, from a time until a time."`
	List   listCmd   `cmd:"" help:"The words that are live."`
	Show   showCmd   `cmd:"" help:"What a word stands for and stood for, or what a thing is called."`
	Retire retireCmd `cmd:"" help:"End a word before its time."`
	Verify verifyCmd `cmd:"" help:"Work out anew whether no two live words sound alike and none came back too soon."`
	Render renderCmd `cmd:"" help:"Replace typed references such as {{place:Airport gate}} in a text."`
	Sheet  sheetCmd  `cmd:"" help:"A sheet for voice authentication: challenge and reply."`
}

// clock is the clock of a step.
type clock struct {
	Now string `hidden:"" help:"The time that counts as now, for repeatable results."`
}

func (f *clock) at(w *cli.World) (time.Time, error) { return cli.ParseTime("--now", f.Now, w.Now()) }

// when reads a time as the plan's zone has it; def is taken where none is given.
func when(flag, s, zone string, def time.Time) (time.Time, error) {
	if z, err := time.LoadLocation(zone); err == nil && zone != "" && zone != "Local" {
		def = def.In(z)
	}
	return cli.ParseTime(flag, s, def)
}

func signed(by string) error {
	if !callsign.Valid(by) {
		return cli.InvalidFlag("--by", fmt.Sprintf("%.40q is no call sign", by), "give one such as PLANNER 1")
	}
	return nil
}

type newCmd struct {
	clock
	Book      string   `arg:"" help:"Book of code words; it is begun if there is none."`
	Plan      string   `arg:"" help:"Plan, plan.json."`
	By        string   `required:"" placeholder:"CALLSIGN" help:"Call sign of who gives them out."`
	From      string   `placeholder:"TIME" help:"When they become live, in the zone of the plan; now when left out."`
	Until     string   `placeholder:"TIME" help:"When they cease to be; a day after the movement is over when left out."`
	KeepClear []string `placeholder:"WORD" help:"Words of the unit that none may sound like; the call signs of the plan are added."`
	Also      []string `sep:"none" placeholder:"KIND:NAME" help:"Give a word to this, too, such as place:North post; once for each."`
	NoDuress  bool     `help:"Draw no duress word."`
}

// Run gives out words and prints the list.
func (c *newCmd) Run(w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	if err := signed(c.By); err != nil {
		return err
	}
	if err := cli.Writable("BOOK", c.Book); err != nil {
		return err
	}
	p, err := cli.LoadPlan(c.Plan)
	if err != nil {
		return err
	}
	begins, over := codeword.Span(p)
	from, err := when("--from", c.From, p.Zone, now)
	if err != nil {
		return err
	}
	until, err := when("--until", c.Until, p.Zone, over.Add(24*time.Hour))
	if err != nil {
		return err
	}
	things := codeword.Things(p)
	for _, s := range c.Also {
		kind, name, ok := strings.Cut(s, ":")
		if !ok {
			return cli.InvalidFlag("--also", fmt.Sprintf("%.60q does not say what kind of thing it is", s), "write it as place:North post")
		}
		things = append(things, codeword.Thing{Kind: outrider.Thing(strings.TrimSpace(kind)), Name: name})
	}
	b, given, err := codeword.Issue(c.Book, codeword.Request{
		Movement: p.Movement, Things: things, From: from, Until: until, Duress: !c.NoDuress,
		Avoid: append(codeword.CallSigns(p), c.KeepClear...), By: c.By, At: now,
	}, rand.Reader)
	if err != nil {
		return err
	}
	t := cli.Text{W: w.Stdout}
	if len(given) == 0 {
		t.Line("nothing to give out: everything in the plan has its word in that time")
		return t.Err
	}
	t.Line("words     %d for %s, from %s until %s", len(given), plain.Text(p.Movement), utc(from), utc(until))
	var rows [][]string
	for _, g := range given {
		word, _ := codeword.Lexicon().Word(g.Word)
		rows = append(rows, []string{g.Word, string(g.Kind), named(p, g.Kind, g.Name), word.Sounds.String()})
	}
	t.Columns(rows)
	if c.From == "" {
		t.Line("note      the words live from now on, not before; --from names another time")
	}
	if from.After(begins) || until.Before(over) {
		t.Line("note      the movement goes on from %s to %s: exports and orders in code words need words for all of it", utc(begins), utc(over))
	}
	t.Line("seal      %s", b.Seal())
	return t.Err
}

func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }

func name(s string) string {
	if s == "" {
		return "-"
	}
	return plain.Text(s)
}

// named returns a name and, for a route of a mix, the letters that order --route
// takes for it.
func named(p *outrider.Plan, kind outrider.Thing, s string) string {
	if kind != outrider.ThingRoute {
		return name(s)
	}
	var letters []string
	for i := range p.Legs {
		if p.Legs[i].Mix == nil {
			continue
		}
		for k := range p.Legs[i].Mix.Routes {
			if l := letter(k); strings.EqualFold(p.Legs[i].Mix.Routes[k].Route.Name, s) && !slices.Contains(letters, l) {
				letters = append(letters, l)
			}
		}
	}
	if len(letters) == 0 {
		return name(s)
	}
	return name(s) + " (" + strings.Join(letters, ", ") + ")"
}

// letter names route i of a mix as reports and orders do: A, B, … Z, AA.
func letter(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

// load reads a book that must be there.
func load(path string) (*codeword.Book, error) {
	b, err := codeword.Load(path)
	if err != nil {
		return nil, err
	}
	if len(b.Entries()) == 0 {
		return nil, &outrider.Error{Kind: outrider.Unreadable, Where: path, Cause: "there is no book of code words, or it is empty", Remedy: "see that the name is right; codewords new begins one"}
	}
	return b, nil
}

type listCmd struct {
	clock
	Book     string `arg:"" help:"Book of code words."`
	Movement string `placeholder:"NAME" help:"Only those of this movement."`
	At       string `placeholder:"TIME" help:"Those that are live then; now when left out."`
	JSON     bool   `name:"json" help:"As JSON, one word a line."`
}

// word is a line of codewords list --json.
type word struct {
	Word     string         `json:"word"`
	Kind     outrider.Thing `json:"kind"`
	Name     string         `json:"name,omitempty"`
	Movement string         `json:"movement"`
	From     time.Time      `json:"from"`
	Until    time.Time      `json:"until"`
}

// Run prints the words that are live, by movement and kind.
func (c *listCmd) Run(w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	at, err := cli.ParseTime("--at", c.At, now)
	if err != nil {
		return err
	}
	b, err := load(c.Book)
	if err != nil {
		return err
	}
	live := b.Live(c.Movement, at)
	slices.SortStableFunc(live, func(x, y codeword.Assignment) int {
		return cmp.Or(strings.Compare(x.Movement, y.Movement), strings.Compare(string(x.Kind), string(y.Kind)), strings.Compare(x.Name, y.Name))
	})
	if c.JSON {
		for _, a := range live {
			if err := cli.WriteJSON(w.Stdout, word{a.Word, a.Kind, a.Name, a.Movement, a.From, a.End()}); err != nil {
				return err
			}
		}
		return nil
	}
	t := cli.Text{W: w.Stdout}
	t.Line("%s live at %s", cli.CountOf(len(live), "word"), utc(at))
	var rows [][]string
	for _, a := range live {
		rows = append(rows, []string{a.Word, string(a.Kind), name(a.Name), "until " + utc(a.End()), name(a.Movement)})
	}
	t.Columns(rows)
	return t.Err
}

type showCmd struct {
	clock
	Book  string `arg:"" help:"Book of code words."`
	About string `arg:"" name:"word-or-name" help:"A code word, or the name of a thing."`
}

// Run prints every time a word was given out, or a thing had one.
func (c *showCmd) Run(w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	b, err := load(c.Book)
	if err != nil {
		return err
	}
	t := cli.Text{W: w.Stdout}
	var rows [][]string
	for _, a := range b.Assignments() {
		if !strings.EqualFold(a.Word, c.About) && !strings.EqualFold(a.Name, c.About) {
			continue
		}
		state := "over"
		switch {
		case a.LiveAt(now):
			state = "live"
		case !a.Retired.IsZero():
			state = "retired"
		case now.Before(a.From):
			state = "not yet live"
		}
		spoken, _ := codeword.Lexicon().Word(a.Word)
		rows = append(rows, []string{a.Word, string(a.Kind), name(a.Name), utc(a.From), utc(a.End()), state, spoken.Sounds.String(), name(a.Movement)})
	}
	if len(rows) == 0 {
		return &outrider.Error{Kind: outrider.Invalid, Where: c.Book, Cause: fmt.Sprintf("it has neither a word nor a thing %.60q", plain.Text(c.About)), Remedy: "write it as codewords list does"}
	}
	t.Columns(rows)
	return t.Err
}

type retireCmd struct {
	clock
	Book string `arg:"" help:"Book of code words."`
	Word string `arg:"" help:"The word."`
	Why  string `required:"" help:"Why it ends, in one line."`
	By   string `required:"" placeholder:"CALLSIGN" help:"Call sign of who ends it."`
}

// Run ends a word.
func (c *retireCmd) Run(w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	if err := signed(c.By); err != nil {
		return err
	}
	if _, err := load(c.Book); err != nil {
		return err
	}
	b, err := codeword.Retire(c.Book, c.Word, strings.TrimSpace(c.Why), c.By, now)
	if err != nil {
		return err
	}
	t := cli.Text{W: w.Stdout}
	t.Line("retired   %s, from %s; it is not given out again for %d days", strings.ToUpper(c.Word), utc(now), int(codeword.Rest.Hours()/24))
	t.Line("next      give what it stood for a new word with codewords new --from, and tell everybody who has the list")
	t.Line("seal      %s", b.Seal())
	return t.Err
}

type verifyCmd struct {
	Book string `arg:"" help:"Book of code words."`
	JSON bool   `name:"json" help:"The certificate as JSON."`
}

// Run checks a book.
func (c *verifyCmd) Run(w *cli.World) error {
	b, err := load(c.Book)
	if err != nil {
		return err
	}
	faults, cert := b.Check()
	if c.JSON {
		if err := cli.WriteJSON(w.Stdout, cert); err != nil {
			return err
		}
	} else {
		t := cli.Text{W: w.Stdout}
		t.Line("book      %s, %s given out, seal %s", cli.CountOf(cert.Lines, "line"), cli.CountOf(cert.Words, "word"), cert.Seal)
		t.Line("chain     every line follows the one before it")
		if cert.Pairs > 0 {
			t.Line("pairs     %s of words live at one time; the nearest are %s, %d sounds apart", cli.Thousands(cert.Pairs), strings.Join(cert.Closest, " and "), cert.Nearest)
		}
		if len(cert.ClosestGuard) == 2 {
			t.Line("radio     the word most like one of the radio is %s, %d sounds from %q", cert.ClosestGuard[0], cert.NearestGuard, cert.ClosestGuard[1])
		}
		for _, f := range faults {
			t.Line("WRONG     %s", f)
		}
		if len(faults) == 0 {
			t.Line("holds     no two live words are nearer than %d sounds, none is near a word of the radio, none came back within %d days", cert.MinDistance, int(codeword.Rest.Hours()/24))
		}
		if t.Err != nil {
			return t.Err
		}
	}
	if len(faults) > 0 {
		return &outrider.Error{Kind: outrider.Refuted, Where: c.Book, Cause: fmt.Sprintf("the book does not keep its word: %s; first: %s", cli.CountOf(len(faults), "fault"), faults[0]), Remedy: "use none of its words; begin a new book"}
	}
	return nil
}

type renderCmd struct {
	Text      string `arg:"" help:"Text file with references {{kind:name}}; kinds are movement, place, leg, route, venue, area and road."`
	Plan      string `arg:"" help:"Plan whose things it refers to."`
	Codewords string `default:"codewords.jsonl" placeholder:"BOOK" help:"Book of code words that things are called by (${default})."`
	Clear     bool   `help:"Call things by their names."`
}

// Run prints a text with its references replaced.
func (c *renderCmd) Run(w *cli.World) error {
	src, err := cli.ReadFile(c.Text)
	if err != nil {
		return err
	}
	p, err := cli.LoadPlan(c.Plan)
	if err != nil {
		return err
	}
	var naming outrider.Naming = outrider.ClearNames{}
	if !c.Clear {
		b, err := load(c.Codewords)
		if err != nil {
			return err
		}
		if naming, err = b.NamingOf(p); err != nil {
			return err
		}
	}
	out, err := codeword.ReferencesOf(p).Render(c.Text, string(src), naming)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(w.Stdout, out)
	return err
}
