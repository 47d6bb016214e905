package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/draw"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/internal/plain"
)

type drawCmd struct {
	Keys    drawKeysCmd    `cmd:"" help:"Make the identity of a party and its public card."`
	Commit  drawCommitCmd  `cmd:"" help:"Fix a draw before its beacon round."`
	Release drawReleaseCmd `cmd:"" help:"Carry a draw out after its beacon round."`
	Slots   drawSlotsCmd   `cmd:"" help:"Decide the slots of a secret start time, as far as they have come."`
	Keeper  drawKeeperCmd  `cmd:"" help:"Chain of a keeper, where no beacon can be had."`
	Verify  drawVerifyCmd  `cmd:"" help:"Do a whole draw again, and say what holds and what it rests on."`
}

type drawCommitCmd struct {
	Open    drawOpenCmd    `cmd:"" help:"Open the next draw: what is drawn, by whom, at which beacon round."`
	Join    drawJoinCmd    `cmd:"" help:"Put in a party's part; its secret stays beside its key."`
	Close   drawCloseCmd   `cmd:"" help:"Collect the parts of all parties."`
	Sign    drawSignCmd    `cmd:"" help:"Check the closed record as a party, and countersign it."`
	Seal    drawSealCmd    `cmd:"" help:"Collect the countersignatures, and enter the record in the log."`
	Abandon drawAbandonCmd `cmd:"" help:"Enter in the log that a draw will not be finished, and why."`
}

type drawReleaseCmd struct {
	Reveal drawRevealCmd `cmd:"" help:"Give out a party's secret, and the shares it holds of absent parties."`
	Make   drawMakeCmd   `cmd:"" help:"Carry the draw out, and enter it in the log."`
}

type drawKeeperCmd struct {
	New  drawKeeperNewCmd  `cmd:"" help:"Make a hash chain for one draw, and its public anchor."`
	Link drawKeeperLinkCmd `cmd:"" help:"Print the link of a slot, when it has come."`
}

// drawNow is the clock of a step.
type drawNow struct {
	Now string `hidden:"" help:"The time that counts as now, for repeatable results."`
}

func (f *drawNow) at(w *world) (time.Time, error) { return parseTime("--now", f.Now, w.now()) }

// drawError gives errors of a draw the kind that their exit code is made from.
func drawError(path string, err error) error {
	e, ok := errors.AsType[*draw.Error](err)
	if !ok {
		return err
	}
	kind := outrider.Invalid
	if e.Refused {
		kind = outrider.Refused
	}
	where := e.Where
	if path != "" {
		where = strings.TrimSuffix(path+": "+where, ": ")
	}
	return &outrider.Error{Kind: kind, Where: plain.Text(where), Cause: plain.Text(e.Cause), Remedy: plain.Text(e.Remedy), Err: err}
}

// drawRead reads a file of a draw with its reader.
func drawRead[T any](path string, read func([]byte) (*T, error)) (*T, error) {
	src, err := readUpTo(path, draw.MaxFile)
	if err != nil {
		return nil, err
	}
	v, err := read(src)
	if err != nil {
		return nil, drawError(path, err)
	}
	return v, nil
}

func drawReadAll[T any](paths []string, read func([]byte) (*T, error)) ([]*T, error) {
	var out []*T
	for _, path := range paths {
		v, err := drawRead(path, read)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// Permission bits: what is secret is for its owner only.
const (
	permSecret fs.FileMode = 0o600
	permPublic fs.FileMode = 0o644
)

func drawWrite(path string, perm fs.FileMode, v any) error {
	src, err := draw.Marshal(v)
	if err != nil {
		return err
	}
	return drawWriteBytes(path, perm, src)
}

func drawWriteBytes(path string, perm fs.FileMode, src []byte) error {
	return atomicfile.Write(path, perm, func(w io.Writer) error {
		_, err := w.Write(src)
		return err
	})
}

// fresh refuses to write over a file whose content would be lost.
func fresh(path, what string) error {
	if err := writable("", path); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return &outrider.Error{Kind: outrider.Refused, Where: path, Cause: "there is one already", Remedy: what}
	}
	return nil
}

// apart refuses to write over a file that a step reads.
func apart(out string, read ...string) error {
	if err := writable("--out", out); err != nil {
		return err
	}
	for _, path := range read {
		if path != "" && sameFile(out, path) {
			return invalidFlag("--out", out+" is read in this step", "name another file")
		}
	}
	return nil
}

// drawLog changes a log under its lock; what change appends is written. With
// begin a log that is not there is begun.
func drawLog(path string, begin bool, now time.Time, change func(*draw.Log) error) error {
	if !begin {
		if _, err := os.Stat(path); err != nil {
			return err
		}
	}
	ledger := atomicfile.Ledger{Path: path, Entry: "entry", MaxBytes: draw.MaxLog}
	return ledger.Extend(permPublic, func(src []byte) ([]byte, error) {
		var log *draw.Log
		var err error
		if len(src) == 0 && begin {
			log, err = draw.NewLog(rand.Reader, now)
		} else {
			log, err = draw.ReadLog(src)
		}
		if err != nil {
			return nil, drawError(path, err)
		}
		if err := change(log); err != nil {
			return nil, err
		}
		grown, err := log.Marshal()
		if err != nil {
			return nil, err
		}
		return grown[len(src):], nil
	})
}

func drawReadLog(path string) (*draw.Log, error) {
	src, err := readUpTo(path, draw.MaxLog)
	if err != nil {
		return nil, err
	}
	log, err := draw.ReadLog(src)
	if err != nil {
		return nil, drawError(path, err)
	}
	return log, nil
}

// fileName makes a call sign fit for a file name.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, name)
}

// beside makes the name of a file that belongs to a record: draw-1.draw.json and
// "OPS1.part" give draw-1.OPS1.part.json.
func beside(record, what string) string {
	return strings.TrimSuffix(strings.TrimSuffix(record, ".json"), ".draw") + "." + what + ".json"
}

type drawKeysCmd struct {
	Name      string `arg:"" help:"Call sign of the party, such as \"OPS 1\"."`
	Unit      string `required:"" placeholder:"UNIT" help:"Unit of the party; the parties of a draw are of at least two."`
	OffServer bool   `help:"This identity is made and kept on a device of its own, not on a shared server."`
	Out       string `short:"o" placeholder:"FILE" help:"Identity file; the call sign with .key.json when left out. The card goes beside it."`
}

func (c *drawKeysCmd) Run(w *world) error {
	if !callsign.Valid(c.Name) {
		return invalidFlag("<name>", fmt.Sprintf("%q is no call sign", c.Name), "write capital letters and a number, such as OPS 1; never a name")
	}
	out := c.Out
	if out == "" {
		out = fileName(c.Name) + ".key.json"
	}
	card := strings.TrimSuffix(strings.TrimSuffix(out, ".json"), ".key") + ".card.json"
	for _, path := range []string{out, card} {
		if err := fresh(path, "keep it: a party with new keys has to be accepted anew; or name another file with --out"); err != nil {
			return err
		}
	}
	id, err := draw.NewIdentity(c.Name, c.Unit, c.OffServer, rand.Reader)
	if err != nil {
		return drawError("", err)
	}
	src, err := id.Marshal()
	if err != nil {
		return err
	}
	if err := drawWriteBytes(out, permSecret, src); err != nil {
		return err
	}
	if err := drawWrite(card, permPublic, id.Card); err != nil {
		return err
	}
	t := &text{w: w.stdout}
	t.line("identity     %s: keep it to yourself", out)
	t.line("card         %s: give it to the other parties", card)
	t.line("fingerprint  %s: read it to them by voice", id.Card.Fingerprint())
	return t.err
}

// describe prints what a draw is, whatever its state.
func (t *text) describe(r *draw.Record) {
	o := &r.Opening
	t.line("draw      %d for %s, leg %d: %s", o.Number, plain.Text(o.Movement), o.Leg, plain.Text(o.Purpose))
	if b := o.Beacon; b != nil {
		t.line("beacon    round %d of %s, at %s", b.Round, plain.Text(b.Chain.ID), o.When)
		t.published(&b.Chain, b.Round)
	} else {
		t.line("beacon    none; not before %s", o.When)
	}
	t.line("deadline  %s, %s before", o.Deadline(), time.Duration(o.Margin)*time.Second)
	for i := range o.Parties {
		c := &o.Parties[i]
		where := "on a server"
		if c.OffServer {
			where = "own device"
		}
		t.line("party     %s, %s, %s, card %s", plain.Text(c.Name), plain.Text(c.Unit), where, c.Fingerprint())
	}
	if o.Threshold > 0 {
		t.line("shares    any %d give a secret back", o.Threshold)
	}
	for _, s := range r.Statements() {
		t.paragraph("note      ", plain.Text(s))
	}
}

// published says where a round of a built-in chain is to be had.
func (t *text) published(c *draw.Chain, round uint64) {
	if c.IsPinned() {
		t.line("          https://api.drand.sh/%s/public/%d", c.Hash, round)
	}
}

// drawPartyFlags are those of a step that a party takes.
type drawPartyFlags struct {
	drawNow
	Record           string `arg:"" help:"Record of the draw, NAME.draw.json."`
	Key              string `required:"" placeholder:"FILE" help:"Identity of the party."`
	Log              string `default:"draws.jsonl" placeholder:"FILE" help:"Log in which the draw is numbered, ${default}."`
	Sheet            string `placeholder:"FILE" help:"Sheet of the draw, to see what is drawn from."`
	AcceptCards      bool   `help:"Accept cards with other keys than before; compare the fingerprints by voice first."`
	AcceptUnfinished bool   `help:"Accept that an earlier draw was given up after you countersigned it."`
	Out              string `short:"o" placeholder:"FILE" help:"File to send back; beside the record when left out."`
}

func (f *drawPartyFlags) accept() draw.Accept {
	return draw.Accept{Cards: f.AcceptCards, Unfinished: f.AcceptUnfinished}
}

// ledgerPath is where a party's memory is: beside its key.
func ledgerPath(key string) string {
	return strings.TrimSuffix(strings.TrimSuffix(key, ".json"), ".key") + ".ledger.json"
}

// secretPath is where a party's secret of a draw is: beside its key.
func secretPath(key string, r *draw.Record) string {
	return strings.TrimSuffix(strings.TrimSuffix(key, ".json"), ".key") + ".secret-" + r.Opening.Hash().String()[:12] + ".json"
}

func readLedger(key string, id *draw.Identity) (*draw.Ledger, error) {
	path := ledgerPath(key)
	l, err := drawRead(path, draw.ReadLedger)
	if errors.Is(err, fs.ErrNotExist) {
		return draw.NewLedger(id.Card.Name), nil
	}
	if err == nil && l.Party != id.Card.Name {
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: path, Cause: "it is the ledger of " + plain.Text(l.Party), Remedy: "keep each identity in a folder of its own"}
	}
	return l, err
}

// party reads what a party needs for a step.
func (f *drawPartyFlags) party(w *world) (r *draw.Record, id *draw.Identity, log *draw.Log, l *draw.Ledger, now time.Time, err error) {
	if now, err = f.at(w); err != nil {
		return
	}
	if r, err = drawRead(f.Record, draw.ReadRecord); err != nil {
		return
	}
	if id, err = drawRead(f.Key, draw.ReadIdentity); err != nil {
		return
	}
	if log, err = drawReadLog(f.Log); err != nil {
		return
	}
	if l, err = readLedger(f.Key, id); err != nil {
		return
	}
	if f.Sheet != "" {
		var s *draw.Sheet
		if s, err = drawRead(f.Sheet, draw.ReadSheet); err == nil {
			err = drawError(f.Sheet, r.CheckSheet(s))
		}
	}
	return
}

// others prints what became of the other draws for the same movement and leg: a
// second roll has a second number.
func (t *text) others(log *draw.Log, r *draw.Record) {
	for _, e := range log.Others(r) {
		line := fmt.Sprintf("draw %d for the same movement and leg was %s at %s", e.Number, e.Kind, e.At)
		if e.Note != "" {
			line += ": " + e.Note
		}
		t.paragraph("note      ", plain.Text(line))
	}
}

// sheet prints what is drawn from, or that the party has not seen it.
func (t *text) sheet(path string) error {
	if path == "" {
		t.line("note      you have not looked at the sheet; the record holds its hash")
		return nil
	}
	s, err := drawRead(path, draw.ReadSheet)
	if err != nil {
		return err
	}
	for _, o := range s.Options {
		t.line("option    %s: %d of %d", plain.Text(o.Name), o.Weight, s.Sum)
	}
	for i, slot := range s.Slots {
		t.line("slot      %d of %d: %s", i+1, len(s.Slots), slot.At)
	}
	for _, name := range s.Eligible {
		t.line("eligible  %s", plain.Text(name))
	}
	return nil
}

type drawJoinCmd struct {
	drawPartyFlags
	Again bool `help:"Make a new part although you have made one; the old one is then void."`
}

func (c *drawJoinCmd) Run(w *world) error {
	r, id, log, ledger, now, err := c.party(w)
	if err != nil {
		return err
	}
	secretFile := secretPath(c.Key, r)
	if !c.Again {
		if err := fresh(secretFile, "you have joined this draw; send your part again, or make a new one with --again"); err != nil {
			return err
		}
	}
	if err := ledger.Join(r, log, c.accept()); err != nil {
		return drawError("", err)
	}
	part, secret, err := r.NewPart(id, rand.Reader, now)
	if err != nil {
		return drawError("", err)
	}
	out := c.Out
	if out == "" {
		out = beside(c.Record, fileName(id.Card.Name)+".part")
	}
	if err := apart(out, c.Key, c.Record, c.Log, c.Sheet, secretFile, ledgerPath(c.Key)); err != nil {
		return err
	}
	// The secret first: a part without its secret would stop the draw.
	if err := drawWrite(secretFile, permSecret, secret); err != nil {
		return err
	}
	if err := drawWrite(ledgerPath(c.Key), permSecret, ledger); err != nil {
		return err
	}
	if err := drawWrite(out, permPublic, part); err != nil {
		return err
	}
	t := &text{w: w.stdout}
	t.describe(r)
	t.others(log, r)
	if err := t.sheet(c.Sheet); err != nil {
		return err
	}
	t.line("secret    %s: keep it until the release", secretFile)
	t.line("part      %s: send it back", out)
	return t.err
}

type drawCloseCmd struct {
	Record string   `arg:"" help:"Record of the draw, NAME.draw.json; it is completed."`
	Parts  []string `arg:"" name:"part" help:"Parts of all parties."`
}

func (c *drawCloseCmd) Run(w *world) error {
	r, err := drawRead(c.Record, draw.ReadRecord)
	if err != nil {
		return err
	}
	parts, err := drawReadAll(c.Parts, draw.ReadPart)
	if err != nil {
		return err
	}
	if err := r.Close(parts); err != nil {
		return drawError("", err)
	}
	if err := drawWrite(c.Record, permPublic, r); err != nil {
		return err
	}
	t := &text{w: w.stdout}
	t.line("closed    %s, commitment %s", countOf(len(parts), "part"), r.Commitment())
	t.line("record    %s: send it to all parties, to be countersigned before %s", c.Record, r.Opening.Deadline())
	return t.err
}

type drawSignCmd struct {
	drawPartyFlags
}

func (c *drawSignCmd) Run(w *world) error {
	r, id, log, ledger, now, err := c.party(w)
	if err != nil {
		return err
	}
	own, err := drawRead(secretPath(c.Key, r), draw.ReadSecret)
	if errors.Is(err, fs.ErrNotExist) {
		return &outrider.Error{Kind: outrider.Refused, Where: c.Record, Cause: "you have not joined this draw with this identity: there is no secret", Remedy: "join first; if the secret is lost, have the draw opened anew", Err: err}
	}
	if err != nil {
		return err
	}
	if err := ledger.Countersign(r, log, c.accept()); err != nil {
		return drawError("", err)
	}
	sign, err := r.Countersign(id, own, now)
	if err != nil {
		return drawError("", err)
	}
	out := c.Out
	if out == "" {
		out = beside(c.Record, fileName(id.Card.Name)+".sign")
	}
	if err := apart(out, c.Key, c.Record, c.Log, c.Sheet, secretPath(c.Key, r), ledgerPath(c.Key)); err != nil {
		return err
	}
	// The ledger first: what is signed is never forgotten.
	if err := drawWrite(ledgerPath(c.Key), permSecret, ledger); err != nil {
		return err
	}
	if err := drawWrite(out, permPublic, sign); err != nil {
		return err
	}
	t := &text{w: w.stdout}
	t.describe(r)
	t.others(log, r)
	if err := t.sheet(c.Sheet); err != nil {
		return err
	}
	t.line("signed    commitment %s at %s", sign.Commitment, sign.Countersignature.At)
	t.line("send      %s", out)
	return t.err
}

type drawSealCmd struct {
	drawNow
	Record string   `arg:"" help:"Record of the draw, NAME.draw.json; it is completed."`
	Signs  []string `arg:"" name:"sign" help:"Countersignatures of all parties."`
	Log    string   `default:"draws.jsonl" placeholder:"FILE" help:"Log in which the draw is numbered, ${default}."`
}

func (c *drawSealCmd) Run(w *world) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	r, err := drawRead(c.Record, draw.ReadRecord)
	if err != nil {
		return err
	}
	signs, err := drawReadAll(c.Signs, draw.ReadSign)
	if err != nil {
		return err
	}
	// Sealed and not in the log is what a process leaves that was killed between
	// the two; sealing once more with the same signatures finishes it.
	r.Signatures = nil
	err = drawLog(c.Log, false, now, func(log *draw.Log) error {
		if err := r.Seal(signs, log, now); err != nil {
			return drawError("", err)
		}
		return drawWrite(c.Record, permPublic, r)
	})
	if err != nil {
		return err
	}
	t := &text{w: w.stdout}
	t.line("committed  draw %d, in the log before its deadline", r.Opening.Number)
	t.line("seal       %s: note it where others can see it before %s", r.Hash(), r.Opening.When)
	t.line("record     %s: give it to all parties, with the log", c.Record)
	return t.err
}

type drawAbandonCmd struct {
	drawNow
	Record string `arg:"" help:"Record of the draw, NAME.draw.json."`
	Log    string `default:"draws.jsonl" placeholder:"FILE" help:"Log in which the draw is numbered, ${default}."`
	Reason string `required:"" placeholder:"TEXT" help:"Why, in at most 200 characters."`
}

func (c *drawAbandonCmd) Run(w *world) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	r, err := drawRead(c.Record, draw.ReadRecord)
	if err != nil {
		return err
	}
	kind := ""
	err = drawLog(c.Log, false, now, func(log *draw.Log) error {
		if _, err := log.Numbering(r); err != nil {
			return drawError("", err)
		}
		var err error
		kind, err = log.GiveUp(r, c.Reason, now)
		return drawError("", err)
	})
	if err != nil {
		return err
	}
	t := &text{w: w.stdout}
	t.line("%s  draw %d for %s, leg %d", kind, r.Opening.Number, plain.Text(r.Opening.Movement), r.Opening.Leg)
	if kind == draw.Stopped {
		t.line("note     it was committed: the log shows for ever that it was not released, and parties have to accept that in the next draw")
	}
	return t.err
}

// beaconsOf reads published rounds.
func beaconsOf(paths []string) ([]draw.Beacon, error) {
	read, err := drawReadAll(paths, draw.ParseBeacon)
	if err != nil {
		return nil, err
	}
	var out []draw.Beacon
	for _, b := range read {
		out = append(out, *b)
	}
	slices.SortFunc(out, func(a, b draw.Beacon) int {
		switch {
		case a.Round < b.Round:
			return -1
		case a.Round > b.Round:
			return 1
		}
		return 0
	})
	return out, nil
}
