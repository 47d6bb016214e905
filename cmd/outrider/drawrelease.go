package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/draw"
	"github.com/outrider-project/outrider/internal/plain"
)

type drawRevealCmd struct {
	drawNow
	Record string   `arg:"" help:"Sealed record, NAME.draw.json."`
	Key    string   `required:"" placeholder:"FILE" help:"Identity of the party."`
	Beacon string   `placeholder:"FILE" help:"The round, as published. Needed for everything but slots and draws without a beacon."`
	For    []string `sep:"none" placeholder:"CALLSIGN" help:"Give out the share you hold of this party too, because it is absent. Repeat it."`
	Lost   bool     `help:"Your own secret is lost: give out shares only."`
	Out    string   `short:"o" placeholder:"FILE" help:"File to send; beside the record when left out."`
}

func (c *drawRevealCmd) Run(w *world) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	r, err := drawRead(c.Record, draw.ReadRecord)
	if err != nil {
		return err
	}
	id, err := drawRead(c.Key, draw.ReadIdentity)
	if err != nil {
		return err
	}
	var own *draw.Secret
	if !c.Lost {
		own, err = drawRead(secretPath(c.Key, r), draw.ReadSecret)
		if errors.Is(err, fs.ErrNotExist) {
			return &outrider.Error{Kind: outrider.Refused, Where: secretPath(c.Key, r), Cause: "your secret of this draw is not there", Remedy: "bring it back, or give out your shares with --lost and --for", Err: err}
		}
		if err != nil {
			return err
		}
	}
	var beacon *draw.Beacon
	if c.Beacon != "" {
		if beacon, err = drawRead(c.Beacon, draw.ParseBeacon); err != nil {
			return err
		}
	}
	reveal, err := r.NewReveal(id, own, beacon, c.For, now)
	if err != nil {
		return drawError("", err)
	}
	out := c.Out
	if out == "" {
		out = beside(c.Record, fileName(id.Card.Name)+".reveal")
	}
	if err := apart(out, c.Key, c.Record, c.Beacon, secretPath(c.Key, r), ledgerPath(c.Key)); err != nil {
		return err
	}
	if err := drawWrite(out, permSecret, reveal); err != nil {
		return err
	}
	t := &text{w: w.stdout}
	t.line("reveal    %s: for whoever carries the draw out, and nobody else before the movement is over", out)
	return t.err
}

// drawOutFlags are what a draw is carried out with.
type drawOutFlags struct {
	Record  string   `arg:"" help:"Sealed record, NAME.draw.json."`
	Reveals []string `arg:"" name:"reveal" help:"What the parties gave out."`
	Sheet   string   `required:"" placeholder:"FILE" help:"Sheet of the draw."`
	Beacon  []string `sep:"none" placeholder:"FILE" help:"The round, as published; for slots one for each that has come. Repeat it."`
	Link    []string `sep:"none" placeholder:"LINK" help:"Link of a keeper's chain, or a file with it, for each slot that has come, from the first. Repeat it."`
}

func (f *drawOutFlags) carryOut() (*draw.Record, *draw.Release, error) {
	r, err := drawRead(f.Record, draw.ReadRecord)
	if err != nil {
		return nil, nil, err
	}
	sheet, err := drawRead(f.Sheet, draw.ReadSheet)
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
	reveals, err := drawReadAll(f.Reveals, draw.ReadReveal)
	if err != nil {
		return nil, nil, err
	}
	release, err := draw.NewRelease(r, sheet, beacons, links, reveals)
	return r, release, drawError("", err)
}

// readLink reads a link as the keeper gave it: 64 hexadecimal digits, or a file
// that holds them.
func readLink(s string) (draw.Bytes, error) {
	link, err := hex.DecodeString(s)
	if err == nil && len(link) == 32 {
		return link, nil
	}
	const most = 4096
	src, err := readUpTo(s, most)
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
func (t *text) outcome(r *draw.Record, v *draw.Release) {
	if r.Opening.Kind == draw.KindPick {
		x := &v.Outcomes[0]
		t.line("drawn     %s (value %d of %d)", plain.Text(x.Name), x.Value, x.Of)
		return
	}
	n := len(v.Sheet.Slots)
	for i, x := range v.Outcomes {
		what := "nothing starts"
		if x.Drawn {
			what = "it starts"
		}
		t.line("slot      %d of %d, %s: %s (1 in %d)", i+1, n, plain.Text(x.Name), what, x.Of)
	}
	if _, fired := v.Result(); !fired {
		i := len(v.Outcomes)
		t.line("next      slot %d of %d, %s: 1 in %d", i+1, n, v.Sheet.Slots[i].At, draw.SlotOdds(i+1, n))
		if b := r.Opening.Beacon; b != nil {
			t.published(&b.Chain, v.Sheet.Slots[i].Round)
		}
	}
}

func (t *text) statements(r *draw.Record, v *draw.Release) {
	said := r.Statements()
	if v != nil {
		said = append(said, v.Statements()...)
	}
	for _, s := range said {
		t.paragraph("note      ", plain.Text(s))
	}
}

type drawMakeCmd struct {
	drawNow
	drawOutFlags
	Log string `default:"draws.jsonl" placeholder:"FILE" help:"Log in which the draw is numbered, ${default}."`
	Out string `short:"o" placeholder:"FILE" help:"Release; beside the record when left out."`
}

func (c *drawMakeCmd) Run(w *world) error {
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
	err = drawLog(c.Log, false, now, func(log *draw.Log) error {
		if err := release.Enter(r, log, now); err != nil {
			return drawError("", err)
		}
		if err := apart(out, slices.Concat([]string{c.Record, c.Log, c.Sheet}, c.Reveals, c.Beacon)...); err != nil {
			return err
		}
		return drawWrite(out, permSecret, release)
	})
	if err != nil {
		return err
	}
	t := &text{w: w.stdout}
	t.outcome(r, release)
	t.statements(r, release)
	t.line("release   %s: for the entitled, when the movement is over", out)
	return t.err
}

type drawSlotsCmd struct {
	drawOutFlags
}

func (c *drawSlotsCmd) Run(w *world) error {
	r, release, err := c.carryOut()
	if err != nil {
		return err
	}
	if r.Opening.Kind != draw.KindSlots {
		return &outrider.Error{Kind: outrider.Refused, Where: c.Record, Cause: "it is no draw by slots", Remedy: "use outrider draw release make"}
	}
	t := &text{w: w.stdout}
	t.outcome(r, release)
	t.statements(r, release)
	return t.err
}

type drawKeeperNewCmd struct {
	Key      string `required:"" placeholder:"FILE" help:"Identity of the keeper, of a unit that takes no part."`
	Movement string `required:"" placeholder:"TEXT" help:"Movement that the draw is for."`
	Leg      uint64 `default:"1" placeholder:"N" help:"Leg of the movement, ${default}."`
	Number   uint64 `default:"1" placeholder:"N" help:"Number that the draw will have, ${default}."`
	Slots    uint64 `required:"" placeholder:"N" help:"How many slots there are."`
	Out      string `short:"o" default:"keeper.json" placeholder:"FILE" help:"Chain, ${default}. The anchor goes beside it."`
}

func (c *drawKeeperNewCmd) Run(w *world) error {
	id, err := drawRead(c.Key, draw.ReadIdentity)
	if err != nil {
		return err
	}
	anchor := strings.TrimSuffix(c.Out, ".json") + ".anchor.json"
	for _, path := range []string{c.Out, anchor} {
		if err := fresh(path, "name another with --out"); err != nil {
			return err
		}
	}
	k, err := draw.NewKeeperChain(id, c.Movement, c.Leg, c.Number, c.Slots, rand.Reader)
	if err != nil {
		return drawError("", err)
	}
	if err := drawWrite(c.Out, permSecret, k); err != nil {
		return err
	}
	if err := drawWrite(anchor, permPublic, k.Anchor); err != nil {
		return err
	}
	t := &text{w: w.stdout}
	t.line("chain     %s: keep it to yourself, and give out one link a slot", c.Out)
	t.line("anchor    %s: for whoever opens the draw", anchor)
	return t.err
}

type drawKeeperLinkCmd struct {
	Chain string `arg:"" help:"Chain of the keeper, keeper.json."`
	Slot  uint64 `arg:"" help:"Number of the slot that has come, from 1."`
}

func (c *drawKeeperLinkCmd) Run(w *world) error {
	k, err := drawRead(c.Chain, draw.ReadKeeperChain)
	if err != nil {
		return err
	}
	link, err := k.Link(c.Slot)
	if err != nil {
		return drawError("", err)
	}
	t := &text{w: w.stdout}
	t.line("%x", []byte(link))
	return t.err
}

type drawVerifyCmd struct {
	Record  string   `arg:"" help:"Record of the draw, NAME.draw.json."`
	Release string   `arg:"" optional:"" help:"Release, NAME.release.json."`
	Log     string   `placeholder:"FILE" help:"Log in which the draw is numbered."`
	Card    []string `sep:"none" placeholder:"FILE" help:"Card of a party that you had before. Repeat it."`
	Seal    string   `placeholder:"HASH" help:"Seal of the record that you noted before the beacon round."`
}

func (c *drawVerifyCmd) Run(w *world) error {
	r, err := drawRead(c.Record, draw.ReadRecord)
	if err != nil {
		return err
	}
	t := &text{w: w.stdout}
	t.describe(r)
	o := &r.Opening
	switch {
	case r.Committed():
		t.line("ok        all %d parties countersigned the commitment before the deadline, by their own clocks", len(o.Parties))
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
		if release, err = drawRead(c.Release, draw.ReadRelease); err != nil {
			return err
		}
		if err := release.Check(r); err != nil {
			return drawError(c.Release, err)
		}
		t.line("ok        sheet, beacons, secrets and sampler give the same result again")
	}
	if err := c.checkLog(t, r, release); err != nil {
		return err
	}
	if release == nil {
		return t.err
	}
	for _, s := range release.Statements() {
		t.paragraph("note      ", plain.Text(s))
	}
	t.outcome(r, release)
	return t.err
}

func (c *drawVerifyCmd) checkSeal(t *text, r *draw.Record) error {
	if c.Seal == "" {
		t.line("note      compare the seal %s with one noted before the round, if you have one", r.Hash())
		return nil
	}
	seal, err := draw.ParseHash(strings.ToLower(c.Seal))
	if err != nil {
		return invalidFlag("--seal", err.Error(), "copy it as outrider draw commit seal printed it")
	}
	if seal != r.Hash() {
		return &outrider.Error{Kind: outrider.Refused, Where: c.Record, Cause: "its seal is " + r.Hash().String() + ", not the one you noted", Remedy: "it is another record than the one you knew of before the round; ask who exchanged it"}
	}
	t.line("ok        the seal is the one noted before the round")
	return nil
}

func (c *drawVerifyCmd) checkCards(t *text, r *draw.Record) error {
	cards, err := drawReadAll(c.Card, draw.ReadCard)
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
		t.line("note      %d of %d cards compared with ones you hold; compare the other fingerprints by voice", matched, len(r.Opening.Parties))
		return nil
	}
	t.line("ok        all cards are the ones you hold")
	return nil
}

func (c *drawVerifyCmd) checkLog(t *text, r *draw.Record, release *draw.Release) error {
	if c.Log == "" {
		t.line("note      without the log nothing is said about other draws of this number")
		return nil
	}
	log, err := drawReadLog(c.Log)
	if err != nil {
		return err
	}
	steps, err := log.Numbering(r)
	if err != nil {
		return drawError(c.Log, err)
	}
	if len(steps) < 2 || steps[1].Kind != draw.Committed {
		return &outrider.Error{Kind: outrider.Refused, Where: c.Log, Cause: "the sealed record is not in it", Remedy: "get the log in its latest state"}
	}
	if release != nil {
		if err := release.CheckLog(r, log); err != nil {
			return drawError(c.Log, err)
		}
	}
	o := &r.Opening
	t.line("ok        draw %d of %s, leg %d is in the log, in time and without gaps", o.Number, plain.Text(o.Movement), o.Leg)
	t.others(log, r)
	return nil
}
