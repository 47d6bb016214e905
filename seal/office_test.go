package seal_test

import (
	"fmt"
	"testing"

	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// Attacks of those who are or were something within the unit.

// One root and whoever writes the role file want two versions 2 in force. The honest
// root signs one of each unit, so the second is of a unit with another name.
func TestUnitUnderAnotherName(t *testing.T) {
	c := newCast(t)
	memory := seal.NewSeen(&c.roots[0].Card)
	c.must(memory.Vouch(c.file))
	renamed := c.roleFile(2, c.file, func(f *roles.File) { f.Unit = "Cell Nord" })
	refuses(t, nil, memory.Vouch(renamed), "it is of the unit Cell Nord and follows version 1 of Cell North")
	// Had it been signed, as one of a unit that the root has not seen, no device would follow it.
	r := c.reader(c.r2)
	r.Roles = renamed
	o, err := seal.Open(c.seal(label(1), c.document).File, r)
	refuses(t, o, err, "it is of the unit Cell Nord, and the device follows Cell North")
	skipped := c.roleFile(3, renamed, func(f *roles.File) { f.Unit = "Cell Nord" })
	refuses(t, nil, r.Seen.Follow(skipped, noon), "it is of the unit Cell Nord")
	c.must(memory.Vouch(c.roleFile(2, c.file, nil)))
}

// Two roots whose period is over, or who found their keys, make a version in it.
func TestRoleFileDatedBack(t *testing.T) {
	c := newCast(t)
	second := c.roleFile(2, c.file, func(f *roles.File) { f.Made = noon - day })
	seen := c.seen(c.r2)
	c.must(seen.Follow(second, noon))
	back := c.roleFile(3, second, func(f *roles.File) { f.Made = noon - day - 1 })
	refuses(t, nil, seen.Follow(back, noon), "before version 2")
	c.must(seen.Follow(c.roleFile(3, second, func(f *roles.File) { f.Made = noon - day }), noon))
}

// R 2 makes himself a card with the keys of his device and the call sign of the
// commander. What is sealed to it would be on record as sealed to the commander.
func TestCardUnderAnothersCallSign(t *testing.T) {
	c := newCast(t)
	for _, change := range []func(*keys.Card){
		func(card *keys.Card) { card.CallSign = "CMD 1" },
		func(card *keys.Card) { card.NotAfter += 300 * day },
	} {
		card := c.r2.Card
		change(&card)
		card.Signature = c.r2.Sign(card.Row())
		c.must(card.Check())
		w := c.writer()
		w.Recipients = []keys.Card{c.r3.Card, card}
		s, err := seal.Seal(label(1), c.document, w)
		if s != nil {
			t.Error("a card is sealed to that says what the role file does not")
		}
		refuses(t, nil, err, "these are the keys of R 2")
		// Nor does it give a right.
		if c.file.MayIssue(&card, roles.MovementOrder, noon, noon+day) {
			t.Error("a card says who may issue")
		}
	}
}

// CMD 1 has left his role and still has his keys. A list of his, dated back into his
// time, would withdraw for ever what others issue.
func TestListDatedBack(t *testing.T) {
	c := newCast(t)
	later := c.roleFile(2, c.file, func(f *roles.File) {
		f.Made = noon - day
		f.Holdings[0].To = noon - day
		f.Devices = append(f.Devices, c.stranger.Card)
		f.Holdings = append(f.Holdings, roles.Holding{Role: "movement-commander", CallSign: "X 9", From: noon - day, To: noon + 40*day})
	})
	w := c.writer()
	w.Identity, w.Roles = c.stranger, later
	s, err := seal.Seal(label(1), c.document, w)
	c.must(err)
	back := c.list(noon-2*day, seal.Entry{Order: "OP-17", Kind: roles.MovementOrder, Version: 9, Withdrawn: true})
	r := c.reader(c.r2)
	r.Roles, r.Current = later, back
	o, err := seal.Open(s.File, r)
	refuses(t, o, err, "CMD 1 has no right to issue one any more in version 2")
	r.Current = nil
	if o, err = seal.Open(s.File, r); err != nil || o.Issuer != "X 9" {
		t.Errorf("%v: it has left something behind", err)
	}
	// Outside the role file it is the period of the keys that counts.
	bare, err := seal.NewList(nil, c.cmd, nil, noon, noon+day)
	c.must(err)
	c.must(bare.Check(nil, &c.cmd.Card, noon+90*day))
	refuses(t, nil, bare.Check(nil, &c.cmd.Card, noon+90*day+1), "the keys of CMD 1 are from")
	// Version 1 that the list was made under is the one before version 2.
	fork := c.roleFile(1, nil, func(f *roles.File) { f.Expires++ })
	forked, err := seal.NewList(nil, c.cmd, fork, noon, noon+day)
	c.must(err)
	refuses(t, nil, forked.Check(c.roleFile(2, c.file, nil), nil, noon), "which is not the one at hand")
}

// A signer outside the role file, whom the holder has named once, fills the memory of
// the device as far as he can. What those with a right issue opens all the same.
func TestBareSignerCannotFillTheMemory(t *testing.T) {
	c := newCast(t)
	r := c.reader(c.r2)
	for batch := range 3 {
		var entries []seal.Entry
		for i := range 900 {
			entries = append(entries, seal.Entry{Order: fmt.Sprintf("J-%d-%d", batch, i), Kind: roles.Document, Version: 1})
		}
		junk, err := seal.NewList(entries, c.stranger, nil, noon, noon+day)
		c.must(err)
		c.must(junk.Check(nil, &c.stranger.Card, noon))
		err = r.Seen.TakeList(junk, noon)
		if batch == 0 {
			c.must(err)
		} else {
			refuses(t, nil, err, "as many as it can of their kind")
		}
	}
	// As many parts as can be, but one, as if they had been opened.
	chain := &r.Seen.Chains[0]
	chain.Version = 1
	for i := range 1999 {
		chain.Parts = append(chain.Parts, seal.SeenPart{Version: 1, Part: fmt.Sprint("part ", i), Link: seal.Hash{1}})
	}
	w := c.writer()
	w.Identity, w.Roles, w.Recipients = c.stranger, nil, []keys.Card{c.r2.Card}
	for i, says := range []string{"", "parts of orders, as many as it can of their kind"} {
		l := label(1)
		l.Order, l.Kind, l.Part = chain.Order, chain.Kind, fmt.Sprint("another part ", i)
		s, err := seal.Seal(l, nil, w)
		c.must(err)
		o, err := seal.Open(s.File, seal.Reader{Identity: c.r2, Signer: &c.stranger.Card, Seen: r.Seen, Now: noon})
		if says == "" {
			c.must(err)
		} else {
			refuses(t, o, err, says)
		}
	}
	c.opens(c.r2, c.seal(label(1), c.document).File, c.document)
	src, err := r.Seen.Marshal()
	c.must(err)
	_, err = seal.ReadSeen(src, &c.r2.Card)
	c.must(err)
}

// What one list has withdrawn, the next one of the same issuer withdraws too, so that
// a device that sees only that does not take it for one in force.
func TestWithdrawalIsCarriedOn(t *testing.T) {
	c := newCast(t)
	seen := c.seen(c.cmd)
	entry := func(order string, version uint64, withdrawn bool) seal.Entry {
		return seal.Entry{Order: order, Kind: roles.MovementOrder, Version: version, Withdrawn: withdrawn}
	}
	c.must(seen.TakeList(c.list(noon, entry("OP-1", 2, true), entry("OP-2", 4, false), entry("OP-3", 1, true), entry("OP-4", 3, true)), noon))
	got := seen.Withdrawals(&c.cmd.Card, c.file, []seal.Entry{entry("OP-1", 2, false), entry("OP-2", 3, false), entry("OP-4", 4, false), entry("OP-5", 1, false)})
	want := []seal.Entry{entry("OP-1", 2, true), entry("OP-2", 4, false), entry("OP-4", 4, false), entry("OP-5", 1, false), entry("OP-3", 1, true)}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if bare := seen.Withdrawals(&c.cmd.Card, nil, []seal.Entry{entry("OP-1", 1, false)}); len(bare) != 1 || bare[0].Withdrawn {
		t.Errorf("outside the role file: %v", bare)
	}
}

// An acknowledgement of a time when nobody could have read it does not count.
func TestAcknowledgementOfAnotherTime(t *testing.T) {
	c := newCast(t)
	s := c.seal(label(1), c.document)
	issue := seal.NewIssue(s, []keys.Card{c.r2.Card, c.r3.Card}, noon)
	o := c.opens(c.r2, s.File, c.document)
	for at, counts := range map[seal.Instant]bool{
		noon - 121: false, noon - 120: true, noon + day: true, label(1).Expires + 119: true, label(1).Expires + 120: false,
	} {
		a, err := seal.NewAck(o, c.r2, at)
		c.must(err)
		answers, findings := issue.Tally([]*seal.Ack{a})
		if answers[0].Read != counts {
			t.Errorf("dated %s: %v", at, findings[0])
		}
		if !counts {
			refuses(t, nil, findings[0], "it is dated")
		}
	}
}
