package draw_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/draw"
)

// withSlots makes the scene one of n slots, the first in an hour, ten minutes
// apart, decided by the beacon.
func (s *scene) withSlots(n int) *scene {
	s.t.Helper()
	sheet := draw.Sheet{Eligible: []string{"first shift", "second shift"}}
	for i := range n {
		sheet.Slots = append(sheet.Slots, draw.Slot{Name: fmt.Sprintf("slot %d", i+1), At: draw.At(s.clock.Add(time.Hour + time.Duration(i)*10*time.Minute))})
	}
	var err error
	s.sheet, err = draw.NewSheet(sheet, s.terms.Chain, s.random)
	s.must(err)
	s.terms.Purpose = "exercise"
	return s
}

// byKeeper replaces the beacon by a keeper's chain.
func (s *scene) byKeeper(number uint64, unit string) *draw.KeeperChain {
	s.t.Helper()
	id, err := draw.NewIdentity("KEEPER 9", unit, true, s.random)
	s.must(err)
	k, err := draw.NewKeeperChain(id, s.terms.Movement, s.terms.Leg, number, uint64(max(1, len(s.sheet.Slots))), s.random)
	s.must(err)
	s.terms.Chain, s.terms.Keeper = nil, &k.Anchor
	for i := range s.sheet.Slots {
		s.sheet.Slots[i].Round = 0
	}
	return k
}

func (s *scene) slotReveals() []*draw.Reveal {
	s.t.Helper()
	s.clock = s.record.Opening.Deadline().Time()
	var out []*draw.Reveal
	for i, id := range s.ids {
		v, err := s.record.NewReveal(id, s.secrets[i], nil, nil, s.clock)
		s.must(err)
		out = append(out, v)
	}
	return out
}

func TestSlotsByBeacon(t *testing.T) {
	const n = 6
	s := newScene(t).withSlots(n).committed()
	_, err := s.record.NewReveal(s.ids[0], s.secrets[0], nil, nil, s.clock)
	s.refuses(err, "secrets are given out from")
	reveals := s.slotReveals()
	_, err = draw.NewRelease(s.record, s.sheet, nil, nil, reveals)
	s.refuses(err, "nothing to decide them by")
	var beacons []draw.Beacon
	fired := 0
	for i, slot := range s.sheet.Slots {
		beacons = append(beacons, s.op.publish(slot.Round))
		v, err := draw.NewRelease(s.record, s.sheet, beacons, nil, reveals)
		s.must(err)
		s.must(again(t, v, draw.ReadRelease).Check(s.record))
		name, ok := v.Result()
		if want := len(v.Outcomes); fired == 0 && want != i+1 || v.Outcomes[want-1].Of != uint64(n-want+1) {
			t.Fatalf("slot %d: %+v", i+1, v.Outcomes)
		}
		switch {
		case fired > 0 && name != s.sheet.Slots[fired-1].Name:
			t.Errorf("slot %d fired, and later %s", fired, name)
		case ok && fired == 0:
			fired = i + 1
		case !ok:
			s.refuses(v.Enter(s.record, s.log, s.clock), "slots are still to come")
		}
	}
	if fired == 0 {
		t.Error("no slot fired; the last one must")
	}
	// A round of another slot does not count.
	swapped := slices.Clone(beacons)
	swapped[0] = beacons[1]
	_, err = draw.NewRelease(s.record, s.sheet, swapped, nil, reveals)
	s.refuses(err, "the draw waits for round")
	if said := strings.Join(s.record.Statements(), "; "); !strings.Contains(said, "likelihood rises towards the end") {
		t.Errorf("it says %q", said)
	}
}

// By the odds that the draw uses, every slot has the chance 1/N exactly: that to
// come so far times that to fire there. And one fires for certain.
func TestSlotsAreUniformByTheRule(t *testing.T) {
	for n := 1; n <= 60; n++ {
		rest := big.NewRat(1, 1)
		for i := 1; i <= n; i++ {
			fires := big.NewRat(1, int64(draw.SlotOdds(i, n)))
			if here := new(big.Rat).Mul(rest, fires); here.Cmp(big.NewRat(1, int64(n))) != 0 {
				t.Fatalf("slot %d of %d has odds %s", i, n, here)
			}
			rest.Mul(rest, fires.Sub(big.NewRat(1, 1), fires))
		}
		if rest.Sign() != 0 {
			t.Fatalf("of %d slots none fires with chance %s", n, rest)
		}
	}
}

func TestSlotsAreUniform(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("hundreds of whole draws")
	}
	const n, draws = 5, 250
	counts, odds := make([]int, n), make([]float64, n)
	s := newScene(t)
	s.terms.Threshold = 0
	for k := range draws {
		s.withSlots(n)
		keeper := s.byKeeper(uint64(k)+1, "Elsewhere")
		s.committed()
		reveals := s.slotReveals()
		var links []draw.Bytes
		for i := range n {
			link, err := keeper.Link(uint64(i) + 1)
			s.must(err)
			links = append(links, link)
		}
		v, err := draw.NewRelease(s.record, s.sheet, nil, links, reveals)
		s.must(err)
		s.must(v.Enter(s.record, s.log, s.clock))
		for i, x := range v.Outcomes {
			if x.Of != uint64(n-i) || x.Drawn != (i == len(v.Outcomes)-1) {
				t.Fatalf("outcomes %+v", v.Outcomes)
			}
		}
		counts[len(v.Outcomes)-1]++
	}
	for i := range odds {
		odds[i] = 1.0 / n
	}
	if x, limit := chiSquare(counts, odds, draws), chiSquareLimit(n-1); x > limit {
		t.Errorf("counts %v, chi-square %.1f above %.1f", counts, x, limit)
	}
}

func TestKeeper(t *testing.T) {
	s := newScene(t).withSlots(3)
	k := again(t, s.byKeeper(1, "Elsewhere"), draw.ReadKeeperChain)
	s.terms.Keeper = again(t, s.terms.Keeper, draw.ReadAnchor)
	s.committed()
	if said := strings.Join(s.record.Statements(), "; "); !strings.Contains(said, "known to the keeper: KEEPER 9, Elsewhere") {
		t.Errorf("it says %q", said)
	}
	s.must(again(t, s.record, draw.ReadRecord).Check())
	reveals := s.slotReveals()
	second, err := k.Link(2)
	s.must(err)
	_, err = draw.NewRelease(s.record, s.sheet, nil, []draw.Bytes{second}, reveals)
	s.refuses(err, "does not lead to the keeper's anchor")
	_, err = draw.NewRelease(s.record, s.sheet, nil, []draw.Bytes{nil}, reveals)
	s.refuses(err, "does not lead to the keeper's anchor")
	for _, i := range []uint64{0, 4} {
		if _, err := k.Link(i); err == nil {
			t.Errorf("the keeper gives link %d of 3", i)
		}
	}

	s = newScene(t).withSlots(3)
	s.byKeeper(1, "cell-north")
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "choose a keeper outside")
	s = newScene(t).withSlots(3)
	s.byKeeper(2, "Elsewhere")
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "the anchor is for draw 2")
	s = newScene(t).withSlots(3)
	s.byKeeper(1, "Elsewhere")
	s.withSlots(4)
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "the chain has 3 links for 4 slots")
	s = newScene(t).withSlots(3)
	s.terms.Chain = nil
	s.withSlots(3)
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "decided by beacon rounds or by a keeper")
	s = newScene(t)
	s.byKeeper(1, "Elsewhere")
	s.terms.Chain = s.op.chain
	_, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.refuses(err, "a keeper decides slots where there is no beacon")
}
