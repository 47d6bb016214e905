package draw_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/draw"
)

func TestWholeDraw(t *testing.T) {
	s := newScene(t).committed().later()
	s.record = again(t, s.record, draw.ReadRecord)
	v := s.release(s.reveals(0, 1, 2))
	s.must(v.Enter(s.record, s.log, s.clock))
	v = again(t, v, draw.ReadRelease)
	s.must(v.Check(s.record))
	s.must(v.CheckLog(s.record, s.log))
	name, ok := v.Result()
	if !ok || !slices.ContainsFunc(s.sheet.Options, func(o draw.Option) bool { return o.Name == name }) {
		t.Errorf("drawn: %q, %v", name, ok)
	}
	src, err := s.log.Marshal()
	s.must(err)
	log, err := draw.ReadLog(src)
	s.must(err)
	if log.Head() != s.log.Head() || log.ID() != s.record.Opening.Log {
		t.Error("the log reads back as another")
	}
	// The next draw has the next number.
	s.clock = s.clock.Add(time.Minute)
	s.terms.Round += 1000
	if s.committed(); s.record.Opening.Number != 2 {
		t.Errorf("number %d after the first", s.record.Opening.Number)
	}
}

// The same draw done twice is the same, and every party's secret, the beacon, the
// odds' commitment and the purpose each change it.
func TestSeedDependsOnEverything(t *testing.T) {
	s := newScene(t).committed().later()
	v := s.release(s.reveals(0, 1, 2))
	if w := s.release(s.reveals(0, 1, 2)); w.Outcomes[0] != v.Outcomes[0] {
		t.Error("the same draw comes out twice differently")
	}
	seeds := map[draw.Hash]string{v.Outcomes[0].Seed: "first"}
	for name, change := range map[string]func(*scene){
		"purpose":  func(s *scene) { s.terms.Purpose = "sweep" },
		"round":    func(s *scene) { s.terms.Round++ },
		"movement": func(s *scene) { s.terms.Movement = "Other" },
		"sheet":    func(s *scene) { s.sheet.Options[0].Weight++; s.sheet.Sum++ },
		"secrets":  func(s *scene) { s.random = rand.NewChaCha8([32]byte{1}) },
	} {
		o := newScene(t)
		change(o)
		o.committed().later()
		seed := o.release(o.reveals(0, 1, 2)).Outcomes[0].Seed
		if with, taken := seeds[seed]; taken {
			t.Errorf("%s: the seed is that of %s", name, with)
		}
		seeds[seed] = name
	}
}

// Withholding neither stops nor changes a draw: any two of three give the same.
func TestWithholdingChangesNothing(t *testing.T) {
	s := newScene(t).committed().later()
	want := s.release(s.reveals(0, 1, 2)).Outcomes[0]
	for _, present := range [][]int{{0, 1}, {0, 2}, {1, 2}, {2, 1}} {
		v := s.release(s.reveals(present...))
		if v.Outcomes[0] != want {
			t.Errorf("with %v: %+v, want %+v", present, v.Outcomes[0], want)
		}
		s.must(again(t, v, draw.ReadRelease).Check(s.record))
		if said := strings.Join(v.Statements(), "; "); !strings.Contains(said, "recovered from the shares of") {
			t.Errorf("with %v it says %q", present, said)
		}
	}
	_, err := draw.NewRelease(s.record, s.sheet, []draw.Beacon{s.beacon()}, nil, s.reveals(1))
	s.refuses(err, "only 1 of the 2 shares")
	// A party that lost its secret still gives its shares.
	b := s.beacon()
	lost, err := s.record.NewReveal(s.ids[0], nil, &b, []string{"GUARD 2"}, s.clock)
	s.must(err)
	other, err := s.record.NewReveal(s.ids[2], s.secrets[2], &b, []string{"GUARD 2", "OPS 1"}, s.clock)
	s.must(err)
	_, err = draw.NewRelease(s.record, s.sheet, []draw.Beacon{b}, nil, []*draw.Reveal{lost, other})
	s.refuses(err, "secret of OPS 1: it is not revealed, and only 1 of the 2")
}

func TestWithoutSharesTheRecordSaysSo(t *testing.T) {
	s := newScene(t)
	s.terms.Threshold = 0
	s.committed().later()
	const said = "the last to reveal could have stopped this draw"
	if !slices.Contains(s.record.Statements(), said) {
		t.Errorf("it says %q", s.record.Statements())
	}
	s.release(s.reveals(0, 1, 2))
	b := s.beacon()
	v, err := s.record.NewReveal(s.ids[0], s.secrets[0], &b, nil, s.clock)
	s.must(err)
	_, err = draw.NewRelease(s.record, s.sheet, []draw.Beacon{b}, nil, []*draw.Reveal{v})
	s.refuses(err, "it is missing, and no shares were made")

	s = newScene(t)
	if s.committed(); slices.Contains(s.record.Statements(), said) {
		t.Error("it says so with shares and a beacon")
	}

	s = newScene(t)
	s.terms.Chain, s.terms.Release = nil, draw.At(s.clock.Add(time.Hour))
	if s.committed(); !slices.Contains(s.record.Statements(), said) {
		t.Error("it does not say so without a beacon")
	}
	_, err = s.record.NewReveal(s.ids[0], s.secrets[0], nil, nil, s.clock)
	s.refuses(err, "secrets are given out from")
	s.later()
	var reveals []*draw.Reveal
	for i := range s.ids {
		v, err := s.record.NewReveal(s.ids[i], s.secrets[i], nil, nil, s.clock)
		s.must(err)
		reveals = append(reveals, v)
	}
	_, err = draw.NewRelease(s.record, s.sheet, nil, nil, reveals)
	s.must(err)
}

// What is recorded before the release says nothing about what is drawn from: two
// draws with different sheets have records of the same size and public terms.
func TestRecordHidesTheSheet(t *testing.T) {
	s := newScene(t).committed()
	src, err := draw.Marshal(s.record)
	s.must(err)
	for _, o := range s.sheet.Options {
		if bytes.Contains(src, []byte(o.Name)) {
			t.Errorf("the record names %s", o.Name)
		}
	}
	if bytes.Contains(src, []byte(hexOf(s.sheet.Nonce))) {
		t.Error("the record holds the sheet's nonce")
	}
	other := *s.sheet
	other.Nonce = slices.Clone(s.sheet.Nonce)
	other.Nonce[0] ^= 1
	if other.Commitment() == s.sheet.Commitment() {
		t.Error("the nonce does not change the commitment")
	}
}

// Over many draws with secrets and beacons of their own the outcome follows the
// weights, and knowing the beacon and all secrets but one is worth nothing.
func TestOutcomesFollowTheWeights(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("dozens of whole draws")
	}
	const n = 60
	counts := make([]int, 3)
	s := newScene(t)
	s.terms.Threshold = 0
	for range n {
		s.committed().later()
		v := s.release(s.reveals(0, 1, 2))
		s.must(v.Enter(s.record, s.log, s.clock))
		name, _ := v.Result()
		counts[slices.IndexFunc(s.sheet.Options, func(o draw.Option) bool { return o.Name == name })]++
		s.terms.Round = s.op.chain.RoundAt(s.clock.Add(time.Hour))
	}
	if x, limit := chiSquare(counts, []float64{0.5, 0.3, 0.2}, n), chiSquareLimit(2); x > limit {
		t.Errorf("counts %v, chi-square %.1f above %.1f", counts, x, limit)
	}
}
