package draw_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/outrider-project/outrider/draw"
)

// Predict: before the round nobody gets a secret out of the program, and nothing
// but the true round stands in for it.
func TestPredict(t *testing.T) {
	s := newScene(t).committed()
	_, err := s.record.NewReveal(s.ids[0], s.secrets[0], nil, nil, s.clock)
	s.refuses(err, "given out only when it is there")
	early := s.op.publish(s.terms.Round - 1)
	_, err = s.record.NewReveal(s.ids[0], s.secrets[0], &early, nil, s.clock)
	s.refuses(err, "the draw waits for round")
	early.Round++ // the round before, renamed
	_, err = s.record.NewReveal(s.ids[0], s.secrets[0], &early, nil, s.clock)
	s.refuses(err, "not by the chain's key")
	invented := s.beacon()
	invented.Randomness[0] ^= 1
	_, err = s.record.NewReveal(s.ids[0], s.secrets[0], &invented, nil, s.clock)
	s.refuses(err, "not the SHA-256 of its signature")

	// Nor before all have countersigned: the open and the closed record.
	s = newScene(t).open().join()
	b := s.beacon()
	_, err = s.record.NewReveal(s.ids[0], s.secrets[0], &b, []string{"GUARD 2"}, s.clock)
	s.refuses(err, "not all parties have countersigned")
	_, err = draw.NewRelease(s.record, s.sheet, []draw.Beacon{b}, nil, nil)
	s.refuses(err, "not all parties have countersigned")
}

// Roll again: a second opening, a second number, a second log, a shorter or
// rewritten log, other parts after countersigning, giving up after the result.
func TestRollAgain(t *testing.T) {
	t.Run("while one is open", func(t *testing.T) {
		s := newScene(t).open()
		_, err := draw.Open(s.terms, s.sheet, s.log, s.clock)
		s.refuses(err, "draw 1 is opened and not finished")
		s.join().sign()
		_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
		s.refuses(err, "draw 1 is committed and not finished")
	})
	t.Run("in a forked log", func(t *testing.T) {
		s := newScene(t)
		fork, err := s.log.Marshal()
		s.must(err)
		s.committed()
		s.log, err = draw.ReadLog(fork)
		s.must(err)
		s.sheet.Nonce[0] ^= 1
		s.open()
		for i, id := range s.ids {
			s.refuses(s.ledgers[i].Join(s.record, s.log, draw.Accept{Cards: true, Unfinished: true}), "is not the one you have seen")
			_ = id
		}
	})
	t.Run("in a second log", func(t *testing.T) {
		s := newScene(t).committed()
		var err error
		s.log, err = draw.NewLog(s.random, s.clock)
		s.must(err)
		s.open()
		s.refuses(s.ledgers[1].Join(s.record, s.log, draw.Accept{Cards: true, Unfinished: true}), "in another log")
	})
	t.Run("with a log cut back", func(t *testing.T) {
		s := newScene(t).committed()
		src, err := s.log.Marshal()
		s.must(err)
		lines := bytes.SplitAfter(src, []byte("\n"))
		s.log, err = draw.ReadLog(bytes.Join(lines[:2], nil))
		s.must(err)
		_, err = s.log.GiveUp(s.record, "pretend it was never sealed", s.clock)
		s.must(err)
		s.open()
		if err := s.ledgers[1].Join(s.record, s.log, draw.Accept{}); err == nil {
			t.Fatal("a party joins in place of a draw it countersigned")
		}
	})
	t.Run("after voiding what was countersigned", func(t *testing.T) {
		s := newScene(t).open().join()
		for i := range s.ids {
			s.must(s.ledgers[i].Countersign(s.record, s.log, draw.Accept{}))
		}
		kind, err := s.log.GiveUp(s.record, "a countersignature never came", s.clock)
		s.must(err)
		if kind != draw.Voided {
			t.Errorf("it is %s", kind)
		}
		s.terms.Round++
		s.open()
		if s.record.Opening.Number != 2 {
			t.Fatalf("number %d", s.record.Opening.Number)
		}
		s.refuses(s.ledgers[0].Join(s.record, s.log, draw.Accept{}), "you countersigned it, and it was voided")
		s.must(s.ledgers[0].Join(s.record, s.log, draw.Accept{Unfinished: true}))
	})
	t.Run("after stopping what was committed", func(t *testing.T) {
		s := newScene(t).committed().later()
		kind, err := s.log.GiveUp(s.record, "we did not like it", s.clock)
		s.must(err)
		if kind != draw.Stopped {
			t.Errorf("it is %s", kind)
		}
		v := s.release(s.reveals(0, 1, 2))
		s.refuses(v.Enter(s.record, s.log, s.clock), "not committed")
		s.refuses(v.CheckLog(s.record, s.log), "draw 1 is stopped there")
		s.terms.Round = s.op.chain.RoundAt(s.clock.Add(time.Hour))
		s.open()
		s.refuses(s.ledgers[2].Join(s.record, s.log, draw.Accept{}), "you countersigned it, and it was stopped")
	})
	t.Run("with other parts", func(t *testing.T) {
		s := newScene(t).open().join()
		s.must(s.ledgers[1].Countersign(s.record, s.log, draw.Accept{}))
		part, _, err := s.record2(t).NewPart(s.ids[0], s.random, s.clock)
		s.must(err)
		other := &draw.Record{Format: s.record.Format, Opening: s.record.Opening}
		s.must(other.Close([]*draw.PartFile{part, s.parts[1], s.parts[2]}))
		s.refuses(s.ledgers[1].Countersign(other, s.log, draw.Accept{}), "with other parts")
		// And the one whose part was exchanged sees that.
		_, err = other.Countersign(s.ids[0], s.secrets[0], s.clock)
		s.refuses(err, "another part than the one you made")
	})
	t.Run("by releasing twice", func(t *testing.T) {
		s := newScene(t).committed().later()
		v := s.release(s.reveals(0, 1, 2))
		s.must(v.Enter(s.record, s.log, s.clock))
		s.refuses(v.Enter(s.record, s.log, s.clock), "not committed")
		w := s.release(s.reveals(0, 1)) // the same outcome, other evidence
		s.refuses(w.CheckLog(s.record, s.log), "another release")
	})
}

// record2 is the record before it was closed.
func (s *scene) record2(t *testing.T) *draw.Record {
	t.Helper()
	return &draw.Record{Format: s.record.Format, Opening: s.record.Opening}
}

// Back-date: nothing is made, signed or sealed from the deadline on, and a record
// with a later countersignature does not count, whoever assembled it.
func TestBackDate(t *testing.T) {
	s := newScene(t).open().join()
	deadline := s.record.Opening.Deadline().Time()
	_, _, err := s.record2(t).NewPart(s.ids[0], s.random, deadline)
	s.refuses(err, "the deadline was")
	_, err = s.record.Countersign(s.ids[0], s.secrets[0], deadline)
	s.refuses(err, "the deadline was")
	for i, id := range s.ids {
		at := deadline.Add(-time.Second)
		sign, err := s.record.Countersign(id, s.secrets[i], at)
		s.must(err)
		s.signs = append(s.signs, sign)
	}
	s.refuses(s.record.Seal(s.signs, s.log, deadline), "the deadline was")

	// A party with a patched program signs late: everybody else sees the time.
	late := *s.signs[0]
	late.Countersignature.At = draw.At(deadline)
	s.refuses(s.record.Seal([]*draw.SignFile{&late, s.signs[1], s.signs[2]}, s.log, s.clock), "not by its key over this record and time")
	// The clock of the log goes forward only.
	s.must(s.record.Seal(s.signs, s.log, deadline.Add(-time.Second)))
	s.clock = deadline.Add(-time.Hour)
	s.terms.Movement = "Another"
	s.terms.Round = s.op.chain.RoundAt(deadline.Add(time.Hour))
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "set the clock")

	// A round that is past, or too near for the margin.
	s = newScene(t)
	s.terms.Round = s.op.chain.RoundAt(s.clock.Add(-time.Minute))
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "not before its deadline")
	s.terms.Round = s.op.chain.RoundAt(s.clock.Add(9 * time.Minute))
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "not before its deadline")
	s.terms.Round, s.terms.Margin = s.op.chain.RoundAt(s.clock.Add(time.Hour)), 59
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "margin")
	if entries := s.log.Entries(); len(entries) != 1 {
		t.Errorf("refused draws left %d entries in the log", len(entries)-1)
	}
}

// Copy another's commitment: a part repeated under another name is noticed at
// once, and one that is varied opens nowhere.
func TestCopyACommitment(t *testing.T) {
	s := newScene(t).open().join()
	copied := *s.parts[0]
	copied.Part.Party = "GUARD 2"
	s.refuses(s.record2(t).Close([]*draw.PartFile{s.parts[0], &copied, s.parts[2]}), "not signed by its key")

	for _, threshold := range []uint64{0, 2} {
		s = newScene(t)
		s.terms.Threshold = threshold
		s.open().join()
		thief := s.part(1, func(p *draw.Part) { p.Commitment, p.Points = s.parts[0].Part.Commitment, s.parts[0].Part.Points })
		s.refuses(s.record2(t).Close([]*draw.PartFile{s.parts[0], thief, s.parts[2]}), "repeats the commitment of OPS 1")
	}
	// Points copied and the commitment varied: the shares do not fit.
	thief := s.part(1, func(p *draw.Part) { p.Points = s.parts[0].Part.Points })
	s.refuses(s.record2(t).Close([]*draw.PartFile{s.parts[0], thief, s.parts[2]}), "repeats the commitment of OPS 1")
	thief = s.part(1, func(p *draw.Part) { p.Points = []draw.Bytes{s.parts[0].Part.Points[1], s.parts[0].Part.Points[0]} })
	r := s.record2(t)
	s.must(r.Close([]*draw.PartFile{s.parts[0], thief, s.parts[2]}))
	_, err := r.Countersign(s.ids[2], s.secrets[2], s.clock)
	s.refuses(err, "share of GUARD 2's secret held by LEGAL 3: it does not fit")
	// Revealing the other's secret as one's own opens nothing.
	s = newScene(t)
	s.terms.Threshold = 0
	s.committed().later()
	reveals := s.reveals(0, 1, 2)
	stolen := *reveals[0]
	stolen.Party = "GUARD 2"
	_, err = draw.NewRelease(s.record, s.sheet, []draw.Beacon{s.beacon()}, nil, []*draw.Reveal{reveals[0], &stolen, reveals[2]})
	s.refuses(err, "does not open the commitment")
}

// A dealer that seals junk, or nothing, to one party is caught by that party
// before it countersigns.
func TestBadShares(t *testing.T) {
	for name, change := range map[string]func(*draw.Part){
		"junk":    func(p *draw.Part) { p.Shares[1].Box[40] ^= 1 },
		"swapped": func(p *draw.Part) { p.Shares[0].Box, p.Shares[1].Box = p.Shares[1].Box, p.Shares[0].Box },
		"empty":   func(p *draw.Part) { p.Shares[1].Box = nil },
	} {
		s := newScene(t).open().join()
		bad := s.part(0, change)
		r := s.record2(t)
		s.must(r.Close([]*draw.PartFile{bad, s.parts[1], s.parts[2]}))
		_, err := r.Countersign(s.ids[2], s.secrets[2], s.clock)
		if err == nil {
			t.Fatalf("%s: LEGAL 3 countersigns", name)
		}
		s.refuses(err, "the share sealed to LEGAL 3 does not open")
	}
	// Shares for the wrong parties, or too few, do not even close.
	for name, change := range map[string]func(*draw.Part){
		"one short": func(p *draw.Part) { p.Shares = p.Shares[:1] },
		"one extra": func(p *draw.Part) { p.Shares = append(p.Shares, p.Shares[0]) },
		"renamed":   func(p *draw.Part) { p.Shares[0].To = "LEGAL 3" },
		"points":    func(p *draw.Part) { p.Points = p.Points[:1] },
		"no point":  func(p *draw.Part) { p.Points[1] = bytes.Repeat([]byte{0xc0}, 48) },
	} {
		s := newScene(t).open().join()
		if err := s.record2(t).Close([]*draw.PartFile{s.part(0, change), s.parts[1], s.parts[2]}); err == nil {
			t.Errorf("%s: it closes", name)
		}
	}
	// A share altered on its way out is not used.
	s := newScene(t).committed().later()
	reveals := s.reveals(0, 1)
	reveals[1].Held[0].Share[31] ^= 1
	_, err := draw.NewRelease(s.record, s.sheet, []draw.Beacon{s.beacon()}, nil, reveals)
	s.refuses(err, "only 1 of the 2 shares")
	reveals = s.reveals(0, 1, 2)
	reveals[1].Secret[31] ^= 1
	_, err = draw.NewRelease(s.record, s.sheet, []draw.Beacon{s.beacon()}, nil, reveals)
	s.refuses(err, "secret of GUARD 2: it is not revealed")
}

// part changes the part that a party made and signs it anew, as a party that
// cheats could.
func (s *scene) part(i int, change func(*draw.Part)) *draw.PartFile {
	s.t.Helper()
	f := again(s.t, s.parts[i], draw.ReadPart)
	change(&f.Part)
	draw.SignPart(s.ids[i], f)
	return f
}

// Bend the mix: the sheet is fixed when the draw is opened.
func TestSwapTheWeights(t *testing.T) {
	s := newScene(t).committed().later()
	reveals := s.reveals(0, 1, 2)
	for name, change := range map[string]func(*draw.Sheet){
		"weights": func(x *draw.Sheet) {
			x.Options[0].Weight, x.Options[1].Weight = x.Options[1].Weight, x.Options[0].Weight
		},
		"order":    func(x *draw.Sheet) { x.Options[0], x.Options[1] = x.Options[1], x.Options[0] },
		"name":     func(x *draw.Sheet) { x.Options[2].Name = "route 4" },
		"nonce":    func(x *draw.Sheet) { x.Nonce[31]++ },
		"instance": func(x *draw.Sheet) { x.Instance[0]++ },
		"mix":      func(x *draw.Sheet) { x.Mix[0]++ },
		"eligible": func(x *draw.Sheet) { x.Eligible = []string{"someone"} },
	} {
		sheet := *s.sheet
		sheet.Options, sheet.Nonce = slices.Clone(s.sheet.Options), slices.Clone(s.sheet.Nonce)
		change(&sheet)
		_, err := draw.NewRelease(s.record, &sheet, []draw.Beacon{s.beacon()}, nil, reveals)
		if err == nil {
			t.Fatalf("%s changed, and it is released", name)
		}
		s.refuses(err, "not the one that this draw was opened with")
	}
}

// Replace a party: other keys under a known name, a changed unit, a party twice,
// parties of one unit, none off the server.
func TestReplaceAParty(t *testing.T) {
	s := newScene(t).committed().later()
	s.must(s.release(s.reveals(0, 1, 2)).Enter(s.record, s.log, s.clock))
	impostor, err := draw.NewIdentity("LEGAL 3", "Cell North", true, s.random)
	s.must(err)
	s.terms.Parties[2] = impostor.Card
	s.terms.Round = s.op.chain.RoundAt(s.clock.Add(time.Hour))
	s.open()
	s.refuses(s.ledgers[0].Join(s.record, s.log, draw.Accept{}), "card of LEGAL 3: it has other keys")
	s.must(s.ledgers[0].Join(s.record, s.log, draw.Accept{Cards: true}))
	_, _, err = s.record.NewPart(s.ids[2], s.random, s.clock)
	s.refuses(err, "other keys or another unit than your identity")

	s = newScene(t)
	s.terms.Parties = s.terms.Parties[:1]
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "parties: there are 1")
	s.terms.Parties = []draw.Card{s.ids[0].Card, s.ids[2].Card}
	s.terms.Threshold = 0
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "all are of the unit Cell North")
	s.terms.Parties = []draw.Card{s.ids[0].Card, s.ids[1].Card, s.ids[1].Card}
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "are one party")
	on, err := draw.NewIdentity("GUARD 5", "Guard South", false, s.random)
	s.must(err)
	s.terms.Parties = []draw.Card{s.ids[0].Card, on.Card}
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "all keep their secrets on a server")
	promoted := on.Card
	promoted.OffServer = true
	s.terms.Parties = []draw.Card{s.ids[0].Card, promoted}
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "not signed by its own key")
	s.terms.Parties, s.terms.Threshold = []draw.Card{s.ids[0].Card, s.ids[1].Card}, 2
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "threshold")
}

// Numbers without gaps: a log with a draw left out, or its lines reordered, is no
// log.
func TestGapsInTheLog(t *testing.T) {
	s := newScene(t).committed().later()
	s.must(s.release(s.reveals(0, 1, 2)).Enter(s.record, s.log, s.clock))
	s.terms.Round = s.op.chain.RoundAt(s.clock.Add(time.Hour))
	s.open()
	src, err := s.log.Marshal()
	s.must(err)
	lines := bytes.SplitAfter(bytes.TrimSuffix(src, []byte("\n")), []byte("\n"))
	if len(lines) != 5 {
		t.Fatalf("%d lines", len(lines))
	}
	for i := range lines {
		without := slices.Delete(slices.Clone(lines), i, i+1)
		if i == len(lines)-1 {
			continue // the last line can be missing: that is an older state of the log
		}
		if _, err := draw.ReadLog(bytes.Join(without, nil)); err == nil {
			t.Errorf("line %d left out, and it is read", i+1)
		}
		if i > 0 {
			swapped := slices.Clone(lines)
			swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
			if _, err := draw.ReadLog(bytes.Join(swapped, nil)); err == nil {
				t.Errorf("line %d before line %d, and it is read", i+1, i)
			}
		}
	}
}
