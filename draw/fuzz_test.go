package draw_test

import (
	"bytes"
	"testing"

	"github.com/outrider-project/outrider/draw"
)

// FuzzFiles throws bytes at every reader. None panics, what is read is written
// back as it was, and a record or log that is read can be asked for everything.
func FuzzFiles(f *testing.F) {
	s, record, release, log := finished(f)
	for _, src := range [][]byte{record, release, log, []byte(published[0].src), []byte(`{}`), []byte(`null`)} {
		f.Add(src)
	}
	for _, v := range []any{s.ids[0].Card, s.sheet, s.parts[0], s.signs[0], s.secrets[0], s.ledgers[0], s.reveals(1)[0]} {
		src, err := draw.Marshal(v)
		s.must(err)
		f.Add(src)
	}
	k := newScene(f).withSlots(3)
	chain := k.byKeeper(1, "Elsewhere")
	k.committed()
	for _, v := range []any{chain, chain.Anchor, k.sheet, k.record} {
		src, err := draw.Marshal(v)
		s.must(err)
		f.Add(src)
	}
	begin := s.openLog()
	f.Fuzz(func(t *testing.T, src []byte) {
		same := func(v any, err error) {
			if err != nil {
				return
			}
			if out, err := draw.Marshal(v); err != nil || !bytes.Equal(out, src) {
				t.Fatalf("read as another file: %v\n%s", err, out)
			}
		}
		if r, err := draw.ReadRecord(src); err == nil {
			same(r, nil)
			r.Hash()
			r.Statements()
		}
		if v, err := draw.ReadRelease(src); err == nil {
			same(v, nil)
			v.Hash()
			v.Result()
			v.Statements()
			if err := v.Check(s.record); err == nil && !bytes.Equal(src, release) {
				// Other evidence for the same outcome is all right; another outcome is not.
				if want, _ := draw.ReadRelease(release); want.Outcomes[0] != v.Outcomes[0] {
					t.Fatal("a second outcome passes")
				}
			}
		}
		if l, err := draw.ReadLog(src); err == nil {
			if out, err := l.Marshal(); err != nil || !bytes.Equal(out, src) {
				t.Fatalf("log read as another: %v", err)
			}
			if _, err := l.Numbering(s.record); err == nil && !bytes.HasPrefix(src, begin) {
				t.Fatal("the draw is in a log that does not begin as its own")
			}
		}
		a, err := draw.ReadCard(src)
		same(a, err)
		b, err := draw.ReadSheet(src)
		same(b, err)
		c, err := draw.ReadPart(src)
		same(c, err)
		if err == nil {
			r := draw.Record{Format: s.record.Format, Opening: s.record.Opening}
			_ = r.Close([]*draw.PartFile{c, s.parts[1], s.parts[2]})
		}
		d, err := draw.ReadSign(src)
		same(d, err)
		e, err := draw.ReadSecret(src)
		same(e, err)
		g, err := draw.ReadReveal(src)
		same(g, err)
		if err == nil {
			_, _ = draw.NewRelease(s.record, s.sheet, []draw.Beacon{s.beacon()}, nil, []*draw.Reveal{g})
		}
		h, err := draw.ReadLedger(src)
		same(h, err)
		i, err := draw.ReadAnchor(src)
		same(i, err)
		j, err := draw.ReadKeeperChain(src)
		same(j, err)
		_, _ = draw.ReadIdentity(src)
		if b, err := draw.ParseBeacon(src); err == nil {
			for _, c := range draw.Pinned() {
				_ = c.Verify(b)
			}
		}
		_, _ = draw.ParseChain(src)
	})
}
