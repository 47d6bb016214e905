package draw_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/draw"
)

func TestTermsThatDoNotHold(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*scene)
		why    string
	}{
		"no movement":            {func(s *scene) { s.terms.Movement = "" }, "movement: is empty"},
		"control character":      {func(s *scene) { s.terms.Movement = "Evening\x1b[2Jreturn" }, "movement: holds the character U+001B"},
		"turned direction":       {func(s *scene) { s.terms.Purpose = "route\u202e1" }, "purpose: holds the character U+202E"},
		"blank at the end":       {func(s *scene) { s.terms.Movement = "Evening return " }, "blanks at its ends"},
		"not UTF-8":              {func(s *scene) { s.terms.Purpose = "a\xffb" }, "not UTF-8"},
		"long":                   {func(s *scene) { s.terms.Purpose = strings.Repeat("x", 201) }, "longer than 200"},
		"margin of months":       {func(s *scene) { s.terms.Margin = 40 * 86400 }, "margin"},
		"threshold too high":     {func(s *scene) { s.terms.Threshold = 3 }, "only 2 other parties"},
		"no round":               {func(s *scene) { s.terms.Round = 0 }, "not before its deadline"},
		"chain with another key": {func(s *scene) { s.terms.Chain.PublicKey[5] ^= 1; s.terms.Chain.Hash = s.terms.Chain.ComputeHash() }, "its public key is"},
		"chain with other times": {func(s *scene) { s.terms.Chain.Period++ }, "its hash is not that of its key"},
		"weight 0":               {func(s *scene) { s.sheet.Options[0].Weight = 0 }, "could never be drawn"},
		"weights too great":      {func(s *scene) { s.sheet.Options[0].Weight = draw.MaxSum }, "takes the sum above"},
		"wrong sum":              {func(s *scene) { s.sheet.Sum++ }, "not to"},
		"option twice":           {func(s *scene) { s.sheet.Options[1].Name = "route 1" }, "stands twice"},
		"no options":             {func(s *scene) { s.sheet.Options, s.sheet.Sum = nil, 0 }, "there are none"},
		"options and slots":      {func(s *scene) { s.sheet.Slots = []draw.Slot{{Name: "x", At: 1}} }, "both options and slots"},
		"short nonce":            {func(s *scene) { s.sheet.Nonce = s.sheet.Nonce[:31] }, "its nonce has 31 bytes"},
		"slots in disorder":      {func(s *scene) { s.withSlots(3); slices.Reverse(s.sheet.Slots) }, "not later than the slot before"},
		"slots in one round":     {func(s *scene) { s.withSlots(2); s.sheet.Slots[1].Round = s.sheet.Slots[0].Round }, "no beacon round of its own"},
		"slot of another round":  {func(s *scene) { s.withSlots(2); s.sheet.Slots[1].Round++ }, "the last one before it"},
	} {
		s := newScene(t)
		c.change(s)
		_, err := draw.Open(s.terms, s.sheet, s.log, s.clock)
		if err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v; expected %q", name, err, c.why)
		}
		if n := len(s.log.Entries()); n != 1 {
			t.Errorf("%s: refused, and the log has %d entries", name, n)
		}
	}
}

// Whoever carries a draw out holds all secrets. It can still only come out one way.
func TestForgedRelease(t *testing.T) {
	s := newScene(t).committed().later()
	other := func(drawn string) string {
		i := slices.IndexFunc(s.sheet.Options, func(o draw.Option) bool { return o.Name != drawn })
		return s.sheet.Options[i].Name
	}
	for name, c := range map[string]struct {
		change func(*draw.Release)
		why    string
	}{
		"another option":      {func(v *draw.Release) { v.Outcomes[0].Name = other(v.Outcomes[0].Name) }, "comes out otherwise"},
		"another value":       {func(v *draw.Release) { v.Outcomes[0].Value++ }, "comes out otherwise"},
		"another seed":        {func(v *draw.Release) { v.Outcomes[0].Seed[0]++ }, "comes out otherwise"},
		"no outcome":          {func(v *draw.Release) { v.Outcomes = nil }, "comes out otherwise"},
		"two outcomes":        {func(v *draw.Release) { v.Outcomes = append(v.Outcomes, v.Outcomes[0]) }, "comes out otherwise"},
		"a secret less":       {func(v *draw.Release) { v.Secrets = v.Secrets[:2] }, "2 secrets of 3 parties"},
		"secrets exchanged":   {func(v *draw.Release) { v.Secrets[0], v.Secrets[2] = v.Secrets[2], v.Secrets[0] }, "at another party's place"},
		"secret of no number": {func(v *draw.Release) { v.Secrets[0].Secret = slices.Repeat(draw.Bytes{0xff}, 32) }, "no number below"},
		"nonce left out":      {func(v *draw.Release) { v.Secrets[0].Nonce = nil }, "neither revealed nor recovered"},
		"another nonce":       {func(v *draw.Release) { v.Secrets[0].Nonce = slices.Clone(v.Secrets[2].Nonce) }, "does not open the commitment"},
		"a share less":        {func(v *draw.Release) { v.Secrets[1].Shares = v.Secrets[1].Shares[:1] }, "neither revealed nor recovered"},
		"one share twice":     {func(v *draw.Release) { v.Secrets[1].Shares[1] = v.Secrets[1].Shares[0] }, "not of different parties"},
		"shares and nonce":    {func(v *draw.Release) { v.Secrets[1].Nonce = v.Secrets[0].Nonce }, "both revealed and recovered"},
		"no beacon":           {func(v *draw.Release) { v.Beacons = nil }, "beacon: there are 0"},
		"two beacons":         {func(v *draw.Release) { v.Beacons = append(v.Beacons, v.Beacons[0]) }, "beacon: there are 2"},
		"the next round":      {func(v *draw.Release) { v.Beacons[0] = s.op.publish(s.terms.Round + 1) }, "the draw waits for round"},
		"a link":              {func(v *draw.Release) { v.Links = []draw.Bytes{{1}} }, "no keeper"},
		"another record":      {func(v *draw.Release) { v.Record[0]++ }, "of another record"},
		"another format":      {func(v *draw.Release) { v.Format = "outrider.draw.release/2" }, "format is"},
		"another sheet":       {func(v *draw.Release) { v.Sheet.Options[0].Weight++; v.Sheet.Sum++ }, "not the one that this draw was opened with"},
	} {
		v := again(t, s.release(s.reveals(0, 2)), draw.ReadRelease)
		c.change(v)
		err := v.Check(s.record)
		if err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v; expected %q", name, err, c.why)
		}
		if err := v.Enter(s.record, s.log, s.clock); err == nil {
			t.Errorf("%s: it is entered in the log", name)
		}
	}
}

// Whoever keeps the log can compute its hashes anew. The rules hold all the same.
func TestForgedLog(t *testing.T) {
	s := newScene(t).committed().later()
	s.must(s.release(s.reveals(0, 1, 2)).Enter(s.record, s.log, s.clock))
	for name, c := range map[string]struct {
		change func([]draw.Entry) []draw.Entry
		why    string
	}{
		"number left out":   {func(e []draw.Entry) []draw.Entry { e[1].Number, e[2].Number, e[3].Number = 2, 2, 2; return e }, "the next number is 1"},
		"never opened":      {func(e []draw.Entry) []draw.Entry { return slices.Delete(e, 1, 2) }, "is not open"},
		"never committed":   {func(e []draw.Entry) []draw.Entry { return slices.Delete(e, 2, 3) }, "is not committed"},
		"opened twice":      {func(e []draw.Entry) []draw.Entry { return slices.Insert(e, 2, e[1]) }, "draw 1 is opened and not finished"},
		"released twice":    {func(e []draw.Entry) []draw.Entry { return append(e, e[3]) }, "is not committed"},
		"another's release": {func(e []draw.Entry) []draw.Entry { e[3].Draw[0]++; return e }, "is not committed"},
		"two openings":      {func(e []draw.Entry) []draw.Entry { e[1].Record[0]++; return e }, "names two openings"},
		"clock back":        {func(e []draw.Entry) []draw.Entry { e[3].At = e[1].At - 1; return e }, "before the line before it"},
		"stopped, no why":   {func(e []draw.Entry) []draw.Entry { e[3].Kind = draw.Stopped; return e }, "reason: is empty"},
		"a note":            {func(e []draw.Entry) []draw.Entry { e[3].Note = "x"; return e }, "note where none belongs"},
		"unknown kind":      {func(e []draw.Entry) []draw.Entry { e[3].Kind = "erased"; return e }, `no entry "erased"`},
		"no beginning":      {func(e []draw.Entry) []draw.Entry { return e[1:] }, "does not begin like this"},
		"nothing":           {func([]draw.Entry) []draw.Entry { return nil }, "it is empty"},
	} {
		src, err := draw.ForgeLog(c.change(s.log.Entries()))
		s.must(err)
		if _, err := draw.ReadLog(src); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v; expected %q", name, err, c.why)
		}
	}
	// What breaks no rule is noticed by the record: entered late, or under another
	// name, in place of another record.
	for name, c := range map[string]struct {
		change func([]draw.Entry)
		why    string
	}{
		"entered late": {func(e []draw.Entry) { e[2].At = s.record.Opening.Deadline(); e[3].At = max(e[3].At, e[2].At) }, "not before the deadline"},
		"other record": {func(e []draw.Entry) { e[2].Record[0]++ }, "another sealed record"},
		"other name": {func(e []draw.Entry) {
			for i := range e[1:] {
				e[i+1].Movement = "Morning return"
			}
		}, "at another place"},
		"other draw": {func(e []draw.Entry) {
			for i := range e[1:] {
				e[i+1].Draw[0]++
			}
			e[1].Record[0]++
		}, "draw 1 of Evening return leg 1 is not in it"},
		"other log": {func(e []draw.Entry) { e[0].Record[0]++ }, "not the log in which this draw is numbered"},
	} {
		entries := s.log.Entries()
		c.change(entries)
		src, err := draw.ForgeLog(entries)
		s.must(err)
		log, err := draw.ReadLog(src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := log.Numbering(s.record); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v; expected %q", name, err, c.why)
		}
		if s.ledgers[1].Join(s.record, log, draw.Accept{}) == nil {
			t.Errorf("%s: a party joins", name)
		}
	}
}

// A second draw for one movement and leg is allowed, for movements that are
// repeated, and never hidden.
func TestOtherDrawsShow(t *testing.T) {
	s := newScene(t).committed().later()
	s.must(s.release(s.reveals(0, 1, 2)).Enter(s.record, s.log, s.clock))
	if got := s.log.Others(s.record); len(got) != 0 {
		t.Errorf("others of the only draw: %+v", got)
	}
	s.terms.Round = s.op.chain.RoundAt(s.clock.Add(time.Hour))
	s.open()
	if _, err := s.log.GiveUp(s.record, "cancelled", s.clock); err != nil {
		t.Fatal(err)
	}
	s.open()
	got := s.log.Others(s.record)
	if len(got) != 2 || got[0].Number != 1 || got[0].Kind != draw.Released || got[1].Number != 2 || got[1].Kind != draw.Voided || got[1].Note != "cancelled" {
		t.Errorf("others of draw 3: %+v", got)
	}
}

func TestHashText(t *testing.T) {
	h := seedOf(1)
	if got, err := draw.ParseHash(h.String()); err != nil || got != h {
		t.Errorf("%s reads back as %s, %v", h, got, err)
	}
	for _, bad := range []string{"", "00", strings.Repeat("0", 63) + "g", strings.Repeat("0", 66)} {
		if _, err := draw.ParseHash(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
