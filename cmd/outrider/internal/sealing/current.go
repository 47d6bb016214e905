package sealing

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

type currentCmd struct {
	Make currentMakeCmd `cmd:"" help:"Make the current list of what was issued."`
	Show currentShowCmd `cmd:"" help:"Show a current list and how old it is."`
}

type currentMakeCmd struct {
	secretFlags
	clock
	Entries  []string `arg:"" optional:"" name:"entry" help:"ORDER=VERSION or ORDER:KIND=VERSION, besides what the journal says; the kind is movement-order when left out."`
	Sign     string   `required:"" placeholder:"KEY" help:"Identity of the issuer."`
	Roles    string   `placeholder:"FILE" help:"Role file; without one the list is made outside any."`
	Issued   string   `placeholder:"FILE" help:"Journal of what was issued; KEY.issued.jsonl when left out."`
	Withdraw []string `placeholder:"ORDER[:KIND]" help:"Order of which no version is in force any more; once for each."`
	Hours    int      `default:"24" placeholder:"N" help:"Valid for so many hours (${default}), at most 168."`
	Out      string   `short:"o" required:"" placeholder:"FILE" help:"Current list to write."`
}

// Run carries the command out.
func (c *currentMakeCmd) Run(ctx context.Context, w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	journal := c.Issued
	if journal == "" {
		journal = issuedPath(c.Sign)
	}
	if err := cli.Apart(c.Out, c.Sign, c.Roles, journal, seenPath(c.Sign)); err != nil {
		return err
	}
	entries, err := c.entries(journal, now)
	if err != nil {
		return err
	}
	f, err := readRoles(c.Roles)
	if err != nil {
		return err
	}
	id, err := c.readIdentity(ctx, w, c.Sign)
	if err != nil {
		return err
	}
	var l *seal.CurrentList
	err = remembering(c.Sign, id, func(seen *seal.Seen) error {
		if err := seen.Tick(now); err != nil {
			return err
		}
		if f != nil {
			if err := seen.Follow(f, now); err != nil {
				return err
			}
		}
		if l, err = seal.NewList(seen.Withdrawals(&id.Card, f, entries), id, f, now, now.Add(time.Duration(c.Hours)*time.Hour)); err != nil {
			return err
		}
		return seen.TakeList(l, now)
	})
	if err != nil {
		return inFile("", err)
	}
	if err := write(c.Out, cli.PublicFile, l.Marshal); err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	describeList(t, l, now)
	t.Line("file      %s", c.Out)
	return t.Err
}

// entries are those of the journal that have not expired, with what the command
// line says in their place.
func (c *currentMakeCmd) entries(journal string, now keys.Instant) ([]seal.Entry, error) {
	src, err := issuedLedger(journal).Read()
	if err != nil {
		return nil, err
	}
	issued, err := parseIssued(journal, src)
	if err != nil {
		return nil, err
	}
	var out []seal.Entry
	put := func(e seal.Entry, raise bool) {
		i := slices.IndexFunc(out, func(o seal.Entry) bool { return o.Order == e.Order && o.Kind == e.Kind })
		switch {
		case i < 0:
			out = append(out, e)
		case !raise || e.Version > out[i].Version:
			out[i] = e
		}
	}
	for _, i := range issued {
		// What was issued outside the role file is no matter of a list under it.
		if i.Expires > now && (i.Roles == 0) == (c.Roles == "") {
			put(seal.Entry{Order: i.Order, Kind: i.Kind, Version: i.Version}, true)
		}
	}
	for _, s := range c.Entries {
		name, number, ok := strings.Cut(s, "=")
		var e seal.Entry
		if e.Version, err = strconv.ParseUint(number, 10, 32); err != nil || !ok {
			return nil, cli.InvalidFlag("<entry>", plain.Text(s)+" does not say which version", "write ORDER=VERSION or ORDER:KIND=VERSION")
		}
		if e.Order, e.Kind, err = parseName("<entry>", name); err != nil {
			return nil, err
		}
		put(e, false)
	}
	for _, s := range c.Withdraw {
		order, kind, err := parseName("--withdraw", s)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(out, func(o seal.Entry) bool { return o.Order == order && o.Kind == kind })
		if i < 0 {
			return nil, cli.InvalidFlag("--withdraw", plain.Text(s)+" is not in the list", "say which version, as ORDER:KIND=VERSION, and withdraw it")
		}
		out[i].Withdrawn = true
	}
	return out, nil
}

func parseName(flag, s string) (string, roles.Kind, error) {
	order, name, ok := strings.Cut(s, ":")
	if !ok {
		return order, roles.MovementOrder, nil
	}
	kind, err := parseKind(flag, name)
	return order, kind, err
}

func describeList(t *cli.Text, l *seal.CurrentList, now keys.Instant) {
	t.Line("made      %s, valid to %s", minute(l.Made), minute(l.Expires))
	if now >= l.Expires {
		t.Line("note      it has expired: versions may have gone on since")
	}
	for _, e := range l.Entries {
		state := fmt.Sprintf("version %d is in force", e.Version)
		if e.Withdrawn {
			state = fmt.Sprintf("withdrawn, up to version %d", e.Version)
		}
		t.Line("order     %s, %s: %s", plain.Text(e.Order), e.Kind, state)
	}
}

type currentShowCmd struct {
	clock
	whoFlags
	File string `arg:"" help:"Current list."`
}

// Run carries the command out.
func (c *currentShowCmd) Run(w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	l, err := readAs(c.File, seal.ReadList)
	if err != nil {
		return err
	}
	f, signer, err := c.read()
	if err != nil {
		return err
	}
	if err := l.Check(f, signer, now); err != nil {
		return inFile(c.File, err)
	}
	t := &cli.Text{W: w.Stdout}
	describeList(t, l, now)
	if f == nil {
		t.Line("note      outside the role file: nothing says what %s may issue", signer.Who())
	}
	return t.Err
}

type acksCmd struct {
	Acks    []string `arg:"" optional:"" name:"ack" help:"Acknowledgements as they came in."`
	Issued  string   `required:"" placeholder:"FILE" help:"Journal of what was issued, KEY.issued.jsonl."`
	Order   string   `placeholder:"ID" help:"Only this order."`
	Version uint64   `placeholder:"N" help:"Only this version; the last one of each order when left out."`
}

// Run carries the command out.
func (c *acksCmd) Run(w *cli.World) error {
	if _, err := os.Stat(c.Issued); err != nil {
		return err
	}
	src, err := issuedLedger(c.Issued).Read()
	if err != nil {
		return err
	}
	issued, err := parseIssued(c.Issued, src)
	if err != nil {
		return err
	}
	var acks []*seal.Ack
	for _, path := range c.Acks {
		a, err := readAs(path, seal.ReadAck)
		if err != nil {
			return err
		}
		acks = append(acks, a)
	}
	// What becomes of each acknowledgement: nothing it was counted for, until there is.
	findings := make([]error, len(acks))
	for i := range findings {
		findings[i] = seal.ErrOtherFile
	}
	t := &cli.Text{W: w.Stdout}
	shown := 0
	for n := range issued {
		answers, found := issued[n].Tally(acks)
		for i, err := range found {
			if !errors.Is(err, seal.ErrOtherFile) {
				findings[i] = err
			}
		}
		if c.wants(issued, n) {
			shown++
			tally(t, &issued[n], answers)
		}
	}
	if shown == 0 {
		return &outrider.Error{Kind: outrider.Unsurveyed, Where: c.Issued, Cause: "nothing like that has been issued", Remedy: "leave out --order and --version to see what has"}
	}
	var refused []error
	for i, err := range findings {
		switch {
		case errors.Is(err, seal.ErrOtherFile):
			t.Line("note      %s is of something that this journal does not hold", c.Acks[i])
		case err != nil:
			refused = append(refused, inFile(c.Acks[i], err))
		}
	}
	if len(refused) > 1 {
		for _, err := range refused {
			t.Paragraph("refused   ", err.Error())
		}
	}
	if len(refused) > 0 {
		return errors.Join(t.Err, refused[0])
	}
	return t.Err
}

// wants reports whether an entry is to be shown.
func (c *acksCmd) wants(issued []seal.Issue, n int) bool {
	e := &issued[n]
	if c.Order != "" && e.Order != c.Order {
		return false
	}
	if c.Version != 0 {
		return e.Version == c.Version
	}
	return !slices.ContainsFunc(issued, func(o seal.Issue) bool { return o.Order == e.Order && o.Kind == e.Kind && o.Version > e.Version })
}

func tally(t *cli.Text, e *seal.Issue, answers []seal.Answer) {
	read := 0
	for _, a := range answers {
		if a.Read {
			read++
		}
	}
	t.Line("%s %s, version %d, part %s: %d of %d have read it", plain.Text(string(e.Kind)), plain.Text(e.Order), e.Version, plain.Text(e.Part), read, len(answers))
	for _, a := range answers {
		state := "has not answered"
		switch {
		case a.Read:
			state = "read " + minute(a.At)
		case a.Received:
			state = "received " + minute(a.At) + ", not read"
		}
		t.Line("  %-12s %s", plain.Text(a.Who()), state)
	}
}
