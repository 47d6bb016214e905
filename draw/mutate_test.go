package draw_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/outrider-project/outrider/draw"
)

// everything that is kept of a draw, as files.
func finished(t testing.TB) (s *scene, record, release, log []byte) {
	t.Helper()
	s = newScene(t).committed().later()
	v := s.release(s.reveals(0, 2)) // one secret recovered, so that shares are in it
	s.must(v.Enter(s.record, s.log, s.clock))
	var err error
	record, err = draw.Marshal(s.record)
	s.must(err)
	release, err = draw.Marshal(v)
	s.must(err)
	log, err = s.log.Marshal()
	s.must(err)
	return s, record, release, log
}

// variants calls f with src changed at one place at a time, at every byte: it is
// exchanged for another of its kind, and, by turns or with OUTRIDER_LONG=1 all of
// them, for a blank, in its upper case, in one bit, taken out, doubled, and the
// file cut off there. With turns 2 the first two kinds take turns from byte to byte.
// In short runs most bytes are left out.
func variants(src []byte, turns int, f func(at int, how string, changed []byte)) {
	step := 1
	if testing.Short() {
		step = 23
	}
	all := os.Getenv("OUTRIDER_LONG") == "1"
	for i := 0; i < len(src); i += step {
		turn := 0
		f := func(at int, how string, changed []byte) {
			if turn++; all || turn == 1+i%turns || turns == 1 && turn == 2+i%5 {
				f(at, how, changed)
			}
		}
		with := func(b byte) []byte {
			out := bytes.Clone(src)
			out[i] = b
			return out
		}
		c := src[i]
		switch {
		case c == '9':
			f(i, "next digit", with('0'))
		case c >= '0' && c < '9':
			f(i, "next digit", with(c+1))
		case c >= 'a' && c <= 'z':
			f(i, "next letter", with('a'+(c-'a'+1)%6))
			f(i, "case", with(c-'a'+'A'))
		case c >= 'A' && c <= 'Z':
			f(i, "case", with(c-'A'+'a'))
		case c == ' ':
			f(i, "tab", with('\t'))
		}
		if c != ' ' {
			f(i, "blank", with(' '))
		}
		f(i, "bit", with(c^0x80))
		f(i, "left out", append(bytes.Clone(src[:i]), src[i+1:]...))
		f(i, "doubled", append(append(bytes.Clone(src[:i+1]), c), src[i+1:]...))
		f(i, "cut off", bytes.Clone(src[:i]))
	}
}

// No byte of a record can be changed without notice: what is read is either
// refused, or it is another record for everybody who noted its hash or holds the
// log.
func TestEveryByteOfTheRecordCounts(t *testing.T) {
	t.Parallel()
	s, record, _, _ := finished(t)
	tried := 0
	variants(record, 1, func(at int, how string, changed []byte) {
		if bytes.Equal(changed, record) {
			return
		}
		tried++
		if r, err := draw.ReadRecord(changed); err == nil {
			t.Errorf("byte %d, %s: it is read, with hash %s instead of %s", at, how, r.Hash(), s.record.Hash())
		}
	})
	t.Logf("%d variants of %d bytes", tried, len(record))
}

func TestEveryByteOfTheReleaseCounts(t *testing.T) {
	t.Parallel()
	s, _, release, _ := finished(t)
	tried := 0
	variants(release, 2, func(at int, how string, changed []byte) {
		if bytes.Equal(changed, release) {
			return
		}
		tried++
		v, err := draw.ReadRelease(changed)
		if err == nil {
			err = v.Check(s.record)
		}
		if err == nil {
			err = v.CheckLog(s.record, s.log)
		}
		if err == nil {
			t.Errorf("byte %d, %s: it passes", at, how)
		}
	})
	t.Logf("%d variants of %d bytes", tried, len(release))
}

func TestEveryByteOfTheLogCounts(t *testing.T) {
	s, _, _, log := finished(t)
	tried := 0
	variants(log, 1, func(at int, how string, changed []byte) {
		if bytes.Equal(changed, log) {
			return
		}
		tried++
		l, err := draw.ReadLog(changed)
		// A log cut off between two lines is an older state of it: it is read, but
		// whoever has seen the later one, or the release, notices.
		if err == nil && l.Head() == s.log.Head() {
			t.Errorf("byte %d, %s: it is read as the same log", at, how)
		}
		if err == nil && how != "cut off" && how != "left out" {
			t.Errorf("byte %d, %s: it is read", at, how)
		}
	})
	t.Logf("%d variants of %d bytes", tried, len(log))
}

// The other files that go round: none is taken with a byte changed, except where
// what it says is checked only against the record; then that refuses it.
func TestEveryByteOfTheSmallFilesCounts(t *testing.T) {
	t.Parallel()
	s := newScene(t).committed().later()
	reveals := s.reveals(0, 2)
	check := func(name string, v any, taken func(src []byte) error) {
		src, err := draw.Marshal(v)
		s.must(err)
		s.must(taken(src))
		variants(src, 2, func(at int, how string, changed []byte) {
			if !bytes.Equal(changed, src) && taken(changed) == nil {
				t.Errorf("%s byte %d, %s: it is taken", name, at, how)
			}
		})
	}
	check("card", s.ids[0].Card, func(src []byte) error { _, err := draw.ReadCard(src); return err })
	check("sheet", s.sheet, func(src []byte) error {
		x, err := draw.ReadSheet(src)
		if err != nil {
			return err
		}
		return s.record.CheckSheet(x)
	})
	check("part", s.parts[0], func(src []byte) error {
		f, err := draw.ReadPart(src)
		if err != nil {
			return err
		}
		r := draw.Record{Format: s.record.Format, Opening: s.record.Opening}
		return r.Close([]*draw.PartFile{f, s.parts[1], s.parts[2]})
	})
	check("countersignature", s.signs[1], func(src []byte) error {
		f, err := draw.ReadSign(src)
		if err != nil {
			return err
		}
		r := draw.Record{Format: s.record.Format, Opening: s.record.Opening, Parts: s.record.Parts}
		log, err := draw.ReadLog(s.openLog())
		s.must(err)
		return r.Seal([]*draw.SignFile{s.signs[0], f, s.signs[2]}, log, s.record.Opening.Opened.Time())
	})
	check("secret", s.secrets[0], func(src []byte) error {
		x, err := draw.ReadSecret(src)
		if err != nil {
			return err
		}
		b := s.beacon()
		_, err = s.record.NewReveal(s.ids[0], x, &b, nil, s.clock)
		return err
	})
	check("reveal", reveals[1], func(src []byte) error {
		x, err := draw.ReadReveal(src)
		if err != nil {
			return err
		}
		_, err = draw.NewRelease(s.record, s.sheet, []draw.Beacon{s.beacon()}, nil, []*draw.Reveal{reveals[0], x})
		return err
	})
	identity, err := s.ids[0].Marshal()
	s.must(err)
	variants(identity, 2, func(at int, how string, changed []byte) {
		if id, err := draw.ReadIdentity(changed); err == nil && !bytes.Equal(changed, identity) {
			t.Errorf("identity byte %d, %s: it is read as %s", at, how, id.Card.Name)
		}
	})
}

// openLog is the log as it was when the draw was opened.
func (s *scene) openLog() []byte {
	s.t.Helper()
	src, err := s.log.Marshal()
	s.must(err)
	return bytes.Join(bytes.SplitAfter(src, []byte("\n"))[:2], nil)
}
