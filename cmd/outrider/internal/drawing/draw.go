// Package drawing is the commands of outrider draw: draws that nobody can bend.
package drawing

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/draw"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/internal/plain"
)

// Cmd is outrider draw.
type Cmd struct {
	Keys    keysCmd    `cmd:"" help:"Make the identity of a party and its public card."`
	Commit  commitCmd  `cmd:"" help:"Fix a draw before its beacon round."`
	Release releaseCmd `cmd:"" help:"Carry a draw out after its beacon round."`
	Slots   slotsCmd   `cmd:"" help:"Decide the slots of a secret start time, as far as they have come."`
	Keeper  keeperCmd  `cmd:"" help:"Chain of a keeper, where no beacon can be had."`
	Verify  verifyCmd  `cmd:"" help:"Do a whole draw again, and say what holds and what it rests on."`
}

type commitCmd struct {
	Open    openCmd    `cmd:"" help:"Open the next draw: what is drawn, by whom, at which beacon round."`
	Join    joinCmd    `cmd:"" help:"Put in a party's part; its secret stays beside its key."`
	Close   closeCmd   `cmd:"" help:"Collect the parts of all parties."`
	Sign    signCmd    `cmd:"" help:"Check the closed record as a party, and countersign it."`
	Seal    sealCmd    `cmd:"" help:"Collect the countersignatures, and enter the record in the log."`
	Abandon abandonCmd `cmd:"" help:"Enter in the log that a draw will not be finished, and why."`
}

type releaseCmd struct {
	Reveal revealCmd `cmd:"" help:"Give out a party's secret, and the shares it holds of absent parties."`
	Make   makeCmd   `cmd:"" help:"Carry the draw out, and enter it in the log."`
}

type keeperCmd struct {
	New  keeperNewCmd  `cmd:"" help:"Make a hash chain for one draw, and its public anchor."`
	Link keeperLinkCmd `cmd:"" help:"Print the link of a slot, when it has come."`
}

// clock is the clock of a step.
type clock struct {
	Now string `hidden:"" help:"The time that counts as now, for repeatable results."`
}

func (f *clock) at(w *cli.World) (time.Time, error) { return cli.ParseTime("--now", f.Now, w.Now()) }

// read reads the clock and a record.
func (f *clock) read(w *cli.World, record string) (now time.Time, r *draw.Record, err error) {
	if now, err = f.at(w); err == nil {
		r, err = readAs(record, draw.ReadRecord)
	}
	return now, r, err
}

// inDraw gives errors of a draw the kind that their exit code is made from.
func inDraw(path string, err error) error {
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

// readAs reads a file of a draw with its reader.
func readAs[T any](path string, read func([]byte) (*T, error)) (*T, error) {
	src, err := cli.ReadUpTo(path, draw.MaxFile)
	if err != nil {
		return nil, err
	}
	v, err := read(src)
	if err != nil {
		return nil, inDraw(path, err)
	}
	return v, nil
}

func readAll[T any](paths []string, read func([]byte) (*T, error)) ([]*T, error) {
	var out []*T
	for _, path := range paths {
		v, err := readAs(path, read)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func writeAs(path string, perm fs.FileMode, v any) error {
	src, err := draw.Marshal(v)
	if err != nil {
		return err
	}
	return cli.WriteFile(path, perm, src)
}

// extendLog changes a log under its lock; what change appends is written. With
// begin a log that is not there is begun.
func extendLog(path string, begin bool, now time.Time, change func(*draw.Log) error) error {
	if !begin {
		if _, err := os.Stat(path); err != nil {
			return err
		}
	}
	ledger := atomicfile.Ledger{Path: path, Entry: "entry", MaxBytes: draw.MaxLog}
	return ledger.Extend(cli.PublicFile, func(src []byte) ([]byte, error) {
		var log *draw.Log
		var err error
		if len(src) == 0 && begin {
			log, err = draw.NewLog(rand.Reader, now)
		} else {
			log, err = draw.ReadLog(src)
		}
		if err != nil {
			return nil, inDraw(path, err)
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

func readLog(path string) (*draw.Log, error) {
	src, err := cli.ReadUpTo(path, draw.MaxLog)
	if err != nil {
		return nil, err
	}
	log, err := draw.ReadLog(src)
	if err != nil {
		return nil, inDraw(path, err)
	}
	return log, nil
}

// beside makes the name of a file that belongs to a record: draw-1.draw.json and
// "OPS1.part" give draw-1.OPS1.part.json.
func beside(record, what string) string {
	return strings.TrimSuffix(strings.TrimSuffix(record, ".json"), ".draw") + "." + what + ".json"
}

type keysCmd struct {
	Name      string `arg:"" help:"Call sign of the party, such as \"OPS 1\"."`
	Unit      string `required:"" placeholder:"UNIT" help:"Unit of the party; the parties of a draw are of at least two."`
	OffServer bool   `help:"This identity is made and kept on a device of its own, not on a shared server."`
	Out       string `short:"o" placeholder:"FILE" help:"Identity file; the call sign with .key.json when left out. The card goes beside it."`
}

// Run makes the identity of a party.
func (c *keysCmd) Run(w *cli.World) error {
	if !callsign.Valid(c.Name) {
		return cli.InvalidFlag("<name>", fmt.Sprintf("%q is no call sign", c.Name), "write capital letters and a number, such as OPS 1; never a name")
	}
	out := c.Out
	if out == "" {
		out = cli.FileName(c.Name) + ".key.json"
	}
	card := strings.TrimSuffix(strings.TrimSuffix(out, ".json"), ".key") + ".card.json"
	for _, path := range []string{out, card} {
		if err := cli.Fresh(path, "keep it: a party with new keys has to be accepted anew; or name another file with --out"); err != nil {
			return err
		}
	}
	id, err := draw.NewIdentity(c.Name, c.Unit, c.OffServer, rand.Reader)
	if err != nil {
		return inDraw("", err)
	}
	src, err := id.Marshal()
	if err != nil {
		return err
	}
	if err := cli.WriteFile(out, cli.SecretFile, src); err != nil {
		return err
	}
	if err := writeAs(card, cli.PublicFile, id.Card); err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("identity     %s: keep it to yourself", out)
	t.Line("card         %s: give it to the other parties", card)
	t.Line("fingerprint  %s: read it to them by voice", id.Card.Fingerprint())
	return t.Err
}

// describe prints what a draw is, whatever its state.
func describe(t *cli.Text, r *draw.Record) {
	o := &r.Opening
	t.Line("draw      %d for %s, leg %d: %s", o.Number, plain.Text(o.Movement), o.Leg, plain.Text(o.Purpose))
	if b := o.Beacon; b != nil {
		t.Line("beacon    round %d of %s, at %s", b.Round, plain.Text(b.Chain.ID), o.When)
		published(t, &b.Chain, b.Round)
	} else {
		t.Line("beacon    none; not before %s", o.When)
	}
	t.Line("deadline  %s, %s before", o.Deadline(), time.Duration(o.Margin)*time.Second)
	for i := range o.Parties {
		c := &o.Parties[i]
		where := "on a server"
		if c.OffServer {
			where = "own device"
		}
		t.Line("party     %s, %s, %s, card %s", plain.Text(c.Name), plain.Text(c.Unit), where, c.Fingerprint())
	}
	if o.Threshold > 0 {
		t.Line("shares    any %d give a secret back", o.Threshold)
	}
	for _, s := range r.Statements() {
		t.Paragraph("note      ", plain.Text(s))
	}
}

// published says where a round of a built-in chain is to be had.
func published(t *cli.Text, c *draw.Chain, round uint64) {
	if c.IsPinned() {
		t.Line("          https://api.drand.sh/%s/public/%d", c.Hash, round)
	}
}

// partyFlags are those of a step that a party takes.
type partyFlags struct {
	clock
	Record           string `arg:"" help:"Record of the draw, NAME.draw.json."`
	Key              string `required:"" placeholder:"FILE" help:"Identity of the party."`
	Log              string `default:"draws.jsonl" placeholder:"FILE" help:"Log in which the draw is numbered, ${default}."`
	Sheet            string `placeholder:"FILE" help:"Sheet of the draw, to see what is drawn from."`
	AcceptCards      bool   `help:"Accept cards with other keys than before; compare the fingerprints by voice first."`
	AcceptUnfinished bool   `help:"Accept that an earlier draw was given up after you countersigned it."`
	Out              string `short:"o" placeholder:"FILE" help:"File to send back; beside the record when left out."`
}

func (f *partyFlags) accept() draw.Accept {
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
	l, err := readAs(path, draw.ReadLedger)
	if errors.Is(err, fs.ErrNotExist) {
		return draw.NewLedger(id.Card.Name), nil
	}
	if err == nil && l.Party != id.Card.Name {
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: path, Cause: "it is the ledger of " + plain.Text(l.Party), Remedy: "keep each identity in a folder of its own"}
	}
	return l, err
}

// A step is what a party needs for what it does in a draw, read, and how it leaves
// it behind.
type step struct {
	flags  *partyFlags
	now    time.Time
	record *draw.Record
	id     *draw.Identity
	log    *draw.Log
	ledger *draw.Ledger
}

// party reads what a party needs for a step.
func (f *partyFlags) party(w *cli.World) (*step, error) {
	s := &step{flags: f}
	var err error
	if s.now, s.record, err = f.read(w, f.Record); err != nil {
		return nil, err
	}
	if s.id, err = readAs(f.Key, draw.ReadIdentity); err != nil {
		return nil, err
	}
	if s.log, err = readLog(f.Log); err != nil {
		return nil, err
	}
	if s.ledger, err = readLedger(f.Key, s.id); err != nil {
		return nil, err
	}
	if f.Sheet == "" {
		return s, nil
	}
	sheet, err := readAs(f.Sheet, draw.ReadSheet)
	if err != nil {
		return nil, err
	}
	return s, inDraw(f.Sheet, s.record.CheckSheet(sheet))
}

// out is the file to send back, what in its name when it has none; it is none of
// those that the step reads.
func (s *step) out(what string) (string, error) {
	f := s.flags
	out := f.Out
	if out == "" {
		out = beside(f.Record, cli.FileName(s.id.Card.Name)+"."+what)
	}
	return out, cli.Apart(out, f.Key, f.Record, f.Log, f.Sheet, secretPath(f.Key, s.record), ledgerPath(f.Key))
}

// write writes what is sent back. The ledger first: what is given out is never
// forgotten.
func (s *step) write(out string, v any) error {
	if err := writeAs(ledgerPath(s.flags.Key), cli.SecretFile, s.ledger); err != nil {
		return err
	}
	return writeAs(out, cli.PublicFile, v)
}

// describe prints what the party takes part in.
func (s *step) describe(t *cli.Text) error {
	describe(t, s.record)
	others(t, s.log, s.record)
	return sheet(t, s.flags.Sheet)
}

// others prints what became of the other draws for the same movement and leg: a
// second roll has a second number.
func others(t *cli.Text, log *draw.Log, r *draw.Record) {
	for _, e := range log.Others(r) {
		line := fmt.Sprintf("draw %d for the same movement and leg was %s at %s", e.Number, e.Kind, e.At)
		if e.Note != "" {
			line += ": " + e.Note
		}
		t.Paragraph("note      ", plain.Text(line))
	}
}

// sheet prints what is drawn from, or that the party has not seen it.
func sheet(t *cli.Text, path string) error {
	if path == "" {
		t.Line("note      you have not looked at the sheet; the record holds its hash")
		return nil
	}
	s, err := readAs(path, draw.ReadSheet)
	if err != nil {
		return err
	}
	for _, o := range s.Options {
		t.Line("option    %s: %d of %d", plain.Text(o.Name), o.Weight, s.Sum)
	}
	for i, slot := range s.Slots {
		t.Line("slot      %d of %d: %s", i+1, len(s.Slots), slot.At)
	}
	for _, name := range s.Eligible {
		t.Line("eligible  %s", plain.Text(name))
	}
	return nil
}

type joinCmd struct {
	partyFlags
	Again bool `help:"Make a new part although you have made one; the old one is then void."`
}

// Run puts a party's part in.
func (c *joinCmd) Run(w *cli.World) error {
	s, err := c.party(w)
	if err != nil {
		return err
	}
	secretFile := secretPath(c.Key, s.record)
	if !c.Again {
		if err := cli.Fresh(secretFile, "you have joined this draw; send your part again, or make a new one with --again"); err != nil {
			return err
		}
	}
	if err := s.ledger.Join(s.record, s.log, c.accept()); err != nil {
		return inDraw("", err)
	}
	part, secret, err := s.record.NewPart(s.id, rand.Reader, s.now)
	if err != nil {
		return inDraw("", err)
	}
	out, err := s.out("part")
	if err != nil {
		return err
	}
	// The secret first: a part without its secret would stop the draw.
	if err := writeAs(secretFile, cli.SecretFile, secret); err != nil {
		return err
	}
	if err := s.write(out, part); err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	if err := s.describe(t); err != nil {
		return err
	}
	t.Line("secret    %s: keep it until the release", secretFile)
	t.Line("part      %s: send it back", out)
	return t.Err
}

type closeCmd struct {
	Record string   `arg:"" help:"Record of the draw, NAME.draw.json; it is completed."`
	Parts  []string `arg:"" name:"part" help:"Parts of all parties."`
}

// Run collects the parts of all parties.
func (c *closeCmd) Run(w *cli.World) error {
	r, err := readAs(c.Record, draw.ReadRecord)
	if err != nil {
		return err
	}
	parts, err := readAll(c.Parts, draw.ReadPart)
	if err != nil {
		return err
	}
	if err := r.Close(parts); err != nil {
		return inDraw("", err)
	}
	if err := writeAs(c.Record, cli.PublicFile, r); err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("closed    %s, commitment %s", cli.CountOf(len(parts), "part"), r.Commitment())
	t.Line("record    %s: send it to all parties, to be countersigned before %s", c.Record, r.Opening.Deadline())
	return t.Err
}

type signCmd struct {
	partyFlags
}

// Run checks the closed record and countersigns it.
func (c *signCmd) Run(w *cli.World) error {
	s, err := c.party(w)
	if err != nil {
		return err
	}
	own, err := readAs(secretPath(c.Key, s.record), draw.ReadSecret)
	if errors.Is(err, fs.ErrNotExist) {
		return &outrider.Error{Kind: outrider.Refused, Where: c.Record, Cause: "you have not joined this draw with this identity: there is no secret", Remedy: "join first; if the secret is lost, have the draw opened anew", Err: err}
	}
	if err != nil {
		return err
	}
	if err := s.ledger.Countersign(s.record, s.log, c.accept()); err != nil {
		return inDraw("", err)
	}
	sign, err := s.record.Countersign(s.id, own, s.now)
	if err != nil {
		return inDraw("", err)
	}
	out, err := s.out("sign")
	if err != nil {
		return err
	}
	if err := s.write(out, sign); err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	if err := s.describe(t); err != nil {
		return err
	}
	t.Line("signed    commitment %s at %s", sign.Commitment, sign.Countersignature.At)
	t.Line("send      %s", out)
	return t.Err
}

type sealCmd struct {
	clock
	Record string   `arg:"" help:"Record of the draw, NAME.draw.json; it is completed."`
	Signs  []string `arg:"" name:"sign" help:"Countersignatures of all parties."`
	Log    string   `default:"draws.jsonl" placeholder:"FILE" help:"Log in which the draw is numbered, ${default}."`
}

// Run collects the countersignatures and enters the record in the log.
func (c *sealCmd) Run(w *cli.World) error {
	now, r, err := c.read(w, c.Record)
	if err != nil {
		return err
	}
	signs, err := readAll(c.Signs, draw.ReadSign)
	if err != nil {
		return err
	}
	// Sealed and not in the log is what a process leaves that was killed between
	// the two; sealing once more with the same signatures finishes it.
	r.Signatures = nil
	err = extendLog(c.Log, false, now, func(log *draw.Log) error {
		if err := r.Seal(signs, log, now); err != nil {
			return inDraw("", err)
		}
		return writeAs(c.Record, cli.PublicFile, r)
	})
	if err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("committed  draw %d, in the log before its deadline", r.Opening.Number)
	t.Line("seal       %s: note it where others can see it before %s", r.Hash(), r.Opening.When)
	t.Line("record     %s: give it to all parties, with the log", c.Record)
	return t.Err
}

type abandonCmd struct {
	clock
	Record string `arg:"" help:"Record of the draw, NAME.draw.json."`
	Log    string `default:"draws.jsonl" placeholder:"FILE" help:"Log in which the draw is numbered, ${default}."`
	Reason string `required:"" placeholder:"TEXT" help:"Why, in at most 200 characters."`
}

// Run enters in the log that a draw will not be finished.
func (c *abandonCmd) Run(w *cli.World) error {
	now, r, err := c.read(w, c.Record)
	if err != nil {
		return err
	}
	kind := ""
	err = extendLog(c.Log, false, now, func(log *draw.Log) error {
		if _, err := log.Numbering(r); err != nil {
			return inDraw("", err)
		}
		var err error
		kind, err = log.GiveUp(r, c.Reason, now)
		return inDraw("", err)
	})
	if err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("%s  draw %d for %s, leg %d", kind, r.Opening.Number, plain.Text(r.Opening.Movement), r.Opening.Leg)
	if kind == draw.Stopped {
		t.Line("note     it was committed: the log shows for ever that it was not released, and parties have to accept that in the next draw")
	}
	return t.Err
}

// beaconsOf reads published rounds.
func beaconsOf(paths []string) ([]draw.Beacon, error) {
	read, err := readAll(paths, draw.ParseBeacon)
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
