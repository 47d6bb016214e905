package drawing

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/draw"
	"github.com/outrider-project/outrider/internal/plain"
)

type revealCmd struct {
	clock
	Record string   `arg:"" help:"Sealed record, NAME.draw.json."`
	Key    string   `required:"" placeholder:"FILE" help:"Identity of the party."`
	Beacon string   `placeholder:"FILE" help:"The round, as published. Needed for everything but slots and draws without a beacon."`
	For    []string `sep:"none" placeholder:"CALLSIGN" help:"Give out the share you hold of this party too, because it is absent. Repeat it."`
	Lost   bool     `help:"Your own secret is lost: give out shares only."`
	Out    string   `short:"o" placeholder:"FILE" help:"File to send; beside the record when left out."`
}

// Run gives out a party's secret and the shares it holds.
func (c *revealCmd) Run(w *cli.World) error {
	now, r, err := c.read(w, c.Record)
	if err != nil {
		return err
	}
	id, err := readAs(c.Key, draw.ReadIdentity)
	if err != nil {
		return err
	}
	var own *draw.Secret
	if !c.Lost {
		own, err = readAs(secretPath(c.Key, r), draw.ReadSecret)
		if errors.Is(err, fs.ErrNotExist) {
			return &outrider.Error{Kind: outrider.Refused, Where: secretPath(c.Key, r), Cause: "your secret of this draw is not there", Remedy: "bring it back, or give out your shares with --lost and --for", Err: err}
		}
		if err != nil {
			return err
		}
	}
	var beacon *draw.Beacon
	if c.Beacon != "" {
		if beacon, err = readAs(c.Beacon, draw.ParseBeacon); err != nil {
			return err
		}
	}
	reveal, err := r.NewReveal(id, own, beacon, c.For, now)
	if err != nil {
		return inDraw("", err)
	}
	out := c.Out
	if out == "" {
		out = beside(c.Record, cli.FileName(id.Card.Name)+".reveal")
	}
	if err := cli.Apart(out, c.Key, c.Record, c.Beacon, secretPath(c.Key, r), ledgerPath(c.Key)); err != nil {
		return err
	}
	if err := writeAs(out, cli.SecretFile, reveal); err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("reveal    %s: for whoever carries the draw out, and nobody else before the movement is over", out)
	return t.Err
}

// outFlags are what a draw is carried out with.
type outFlags struct {
	Record  string   `arg:"" help:"Sealed record, NAME.draw.json."`
	Reveals []string `arg:"" name:"reveal" help:"What the parties gave out."`
	Sheet   string   `required:"" placeholder:"FILE" help:"Sheet of the draw."`
	Beacon  []string `sep:"none" placeholder:"FILE" help:"The round, as published; for slots one for each that has come. Repeat it."`
	Link    []string `sep:"none" placeholder:"LINK" help:"Link of a keeper's chain, or a file with it, for each slot that has come, from the first. Repeat it."`
}

func (f *outFlags) carryOut() (*draw.Record, *draw.Release, error) {
	r, err := readAs(f.Record, draw.ReadRecord)
	if err != nil {
		return nil, nil, err
	}
	sheet, err := readAs(f.Sheet, draw.ReadSheet)
	if err != nil {
		return nil, nil, err
	}
	beacons, err := beaconsOf(f.Beacon)
	if err != nil {
		return nil, nil, err
	}
	var links []draw.Bytes
	for _, l := range f.Link {
		link, err := readLink(l)
		if err != nil {
			return nil, nil, err
		}
		links = append(links, link)
	}
	reveals, err := readAll(f.Reveals, draw.ReadReveal)
	if err != nil {
		return nil, nil, err
	}
	release, err := draw.NewRelease(r, sheet, beacons, links, reveals)
	return r, release, inDraw("", err)
}

// readLink reads a link as the keeper gave it: 64 hexadecimal digits, or a file
// that holds them.
func readLink(s string) (draw.Bytes, error) {
	link, err := hex.DecodeString(s)
	if err == nil && len(link) == 32 {
		return link, nil
	}
	const most = 4096
	src, err := cli.ReadUpTo(s, most)
	if err != nil {
		return nil, err
	}
	link, err = hex.DecodeString(strings.TrimSpace(string(src)))
	if err != nil || len(link) != 32 {
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: s, Cause: "it does not hold a link, 64 hexadecimal digits", Remedy: "save what outrider draw keeper link printed"}
	}
	return link, nil
}

// outcome prints what was decided.
func outcome(t *cli.Text, r *draw.Record, v *draw.Release) {
	if r.Opening.Kind == draw.KindPick {
		x := &v.Outcomes[0]
		t.Line("drawn     %s (value %d of %d)", plain.Text(x.Name), x.Value, x.Of)
		return
	}
	n := len(v.Sheet.Slots)
	for i, x := range v.Outcomes {
		what := "nothing starts"
		if x.Drawn {
			what = "it starts"
		}
		t.Line("slot      %d of %d, %s: %s (1 in %d)", i+1, n, plain.Text(x.Name), what, x.Of)
	}
	if _, fired := v.Result(); !fired {
		i := len(v.Outcomes)
		t.Line("next      slot %d of %d, %s: 1 in %d", i+1, n, v.Sheet.Slots[i].At, draw.SlotOdds(i+1, n))
		if b := r.Opening.Beacon; b != nil {
			published(t, &b.Chain, v.Sheet.Slots[i].Round)
		}
	}
}

func statements(t *cli.Text, r *draw.Record, v *draw.Release) {
	said := r.Statements()
	if v != nil {
		said = append(said, v.Statements()...)
	}
	for _, s := range said {
		t.Paragraph("note      ", plain.Text(s))
	}
}

type makeCmd struct {
	clock
	outFlags
	Log string `default:"draws.jsonl" placeholder:"FILE" help:"Log in which the draw is numbered, ${default}."`
	Out string `short:"o" placeholder:"FILE" help:"Release; beside the record when left out."`
}

// Run carries a draw out and enters it in the log.
func (c *makeCmd) Run(w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	r, release, err := c.carryOut()
	if err != nil {
		return err
	}
	out := c.Out
	if out == "" {
		out = beside(c.Record, "release")
	}
	err = extendLog(c.Log, false, now, func(log *draw.Log) error {
		if err := release.Enter(r, log, now); err != nil {
			return inDraw("", err)
		}
		if err := cli.Apart(out, slices.Concat([]string{c.Record, c.Log, c.Sheet}, c.Reveals, c.Beacon)...); err != nil {
			return err
		}
		return writeAs(out, cli.SecretFile, release)
	})
	if err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	outcome(t, r, release)
	statements(t, r, release)
	t.Line("release   %s: for the entitled, when the movement is over", out)
	return t.Err
}

type slotsCmd struct {
	outFlags
}

// Run decides the slots that have come.
func (c *slotsCmd) Run(w *cli.World) error {
	r, release, err := c.carryOut()
	if err != nil {
		return err
	}
	if r.Opening.Kind != draw.KindSlots {
		return &outrider.Error{Kind: outrider.Refused, Where: c.Record, Cause: "it is no draw by slots", Remedy: "use outrider draw release make"}
	}
	t := &cli.Text{W: w.Stdout}
	outcome(t, r, release)
	statements(t, r, release)
	return t.Err
}

type keeperNewCmd struct {
	Key      string `required:"" placeholder:"FILE" help:"Identity of the keeper, of a unit that takes no part."`
	Movement string `required:"" placeholder:"TEXT" help:"Movement that the draw is for."`
	Leg      uint64 `default:"1" placeholder:"N" help:"Leg of the movement, ${default}."`
	Number   uint64 `default:"1" placeholder:"N" help:"Number that the draw will have, ${default}."`
	Slots    uint64 `required:"" placeholder:"N" help:"How many slots there are."`
	Out      string `short:"o" default:"keeper.json" placeholder:"FILE" help:"Chain, ${default}. The anchor goes beside it."`
}

// Run makes a hash chain and its anchor.
func (c *keeperNewCmd) Run(w *cli.World) error {
	id, err := readAs(c.Key, draw.ReadIdentity)
	if err != nil {
		return err
	}
	anchor := strings.TrimSuffix(c.Out, ".json") + ".anchor.json"
	for _, path := range []string{c.Out, anchor} {
		if err := cli.Fresh(path, "name another with --out"); err != nil {
			return err
		}
	}
	k, err := draw.NewKeeperChain(id, c.Movement, c.Leg, c.Number, c.Slots, rand.Reader)
	if err != nil {
		return inDraw("", err)
	}
	if err := writeAs(c.Out, cli.SecretFile, k); err != nil {
		return err
	}
	if err := writeAs(anchor, cli.PublicFile, k.Anchor); err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("chain     %s: keep it to yourself, and give out one link a slot", c.Out)
	t.Line("anchor    %s: for whoever opens the draw", anchor)
	return t.Err
}

type keeperLinkCmd struct {
	Chain string `arg:"" help:"Chain of the keeper, keeper.json."`
	Slot  uint64 `arg:"" help:"Number of the slot that has come, from 1."`
}

// Run prints the link of a slot.
func (c *keeperLinkCmd) Run(w *cli.World) error {
	k, err := readAs(c.Chain, draw.ReadKeeperChain)
	if err != nil {
		return err
	}
	link, err := k.Link(c.Slot)
	if err != nil {
		return inDraw("", err)
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("%x", []byte(link))
	return t.Err
}

type verifyCmd struct {
	Record  string   `arg:"" help:"Record of the draw, NAME.draw.json."`
	Release string   `arg:"" optional:"" help:"Release, NAME.release.json."`
	Log     string   `placeholder:"FILE" help:"Log in which the draw is numbered."`
	Card    []string `sep:"none" placeholder:"FILE" help:"Card of a party that you had before. Repeat it."`
	Seal    string   `placeholder:"HASH" help:"Seal of the record that you noted before the beacon round."`
}

// Run does a whole draw again.
func (c *verifyCmd) Run(w *cli.World) error {
	r, err := readAs(c.Record, draw.ReadRecord)
	if err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	describe(t, r)
	o := &r.Opening
	switch {
	case r.Committed():
		t.Line("ok        all %d parties countersigned the commitment before the deadline, by their own clocks", len(o.Parties))
	case len(r.Parts) > 0:
		return &outrider.Error{Kind: outrider.Refused, Where: c.Record, Cause: "it is closed, but not countersigned by all parties", Remedy: "it does not count as it is"}
	default:
		return &outrider.Error{Kind: outrider.Refused, Where: c.Record, Cause: "it is open: no parts are in", Remedy: "it does not count as it is"}
	}
	if err := c.checkSeal(t, r); err != nil {
		return err
	}
	if err := c.checkCards(t, r); err != nil {
		return err
	}
	var release *draw.Release
	if c.Release != "" {
		if release, err = readAs(c.Release, draw.ReadRelease); err != nil {
			return err
		}
		if err := release.Check(r); err != nil {
			return inDraw(c.Release, err)
		}
		t.Line("ok        sheet, beacons, secrets and sampler give the same result again")
	}
	if err := c.checkLog(t, r, release); err != nil {
		return err
	}
	if release == nil {
		return t.Err
	}
	for _, s := range release.Statements() {
		t.Paragraph("note      ", plain.Text(s))
	}
	outcome(t, r, release)
	return t.Err
}

func (c *verifyCmd) checkSeal(t *cli.Text, r *draw.Record) error {
	if c.Seal == "" {
		t.Line("note      compare the seal %s with one noted before the round, if you have one", r.Hash())
		return nil
	}
	seal, err := draw.ParseHash(strings.ToLower(c.Seal))
	if err != nil {
		return cli.InvalidFlag("--seal", err.Error(), "copy it as outrider draw commit seal printed it")
	}
	if seal != r.Hash() {
		return &outrider.Error{Kind: outrider.Refused, Where: c.Record, Cause: "its seal is " + r.Hash().String() + ", not the one you noted", Remedy: "it is another record than the one you knew of before the round; ask who exchanged it"}
	}
	t.Line("ok        the seal is the one noted before the round")
	return nil
}

func (c *verifyCmd) checkCards(t *cli.Text, r *draw.Record) error {
	cards, err := readAll(c.Card, draw.ReadCard)
	if err != nil {
		return err
	}
	known := map[string]string{}
	for _, card := range cards {
		known[card.Name] = card.Fingerprint()
	}
	matched := 0
	for i := range r.Opening.Parties {
		p := &r.Opening.Parties[i]
		mark, ok := known[p.Name]
		if !ok {
			continue
		}
		if mark != p.Fingerprint() {
			return &outrider.Error{Kind: outrider.Refused, Where: "card of " + plain.Text(p.Name), Cause: "the record has other keys or another unit than the card you hold", Remedy: "ask the party which is right; the record is not its own"}
		}
		matched++
	}
	if matched < len(r.Opening.Parties) {
		t.Line("note      %d of %d cards compared with ones you hold; compare the other fingerprints by voice", matched, len(r.Opening.Parties))
		return nil
	}
	t.Line("ok        all cards are the ones you hold")
	return nil
}

func (c *verifyCmd) checkLog(t *cli.Text, r *draw.Record, release *draw.Release) error {
	if c.Log == "" {
		t.Line("note      without the log nothing is said about other draws of this number")
		return nil
	}
	log, err := readLog(c.Log)
	if err != nil {
		return err
	}
	steps, err := log.Numbering(r)
	if err != nil {
		return inDraw(c.Log, err)
	}
	if len(steps) < 2 || steps[1].Kind != draw.Committed {
		return &outrider.Error{Kind: outrider.Refused, Where: c.Log, Cause: "the sealed record is not in it", Remedy: "get the log in its latest state"}
	}
	if release != nil {
		if err := release.CheckLog(r, log); err != nil {
			return inDraw(c.Log, err)
		}
	}
	o := &r.Opening
	t.Line("ok        draw %d of %s, leg %d is in the log, in time and without gaps", o.Number, plain.Text(o.Movement), o.Leg)
	others(t, log, r)
	return nil
}
