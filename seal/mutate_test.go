package seal_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// mutate changes a file in one of the ways in which files are damaged or tried:
// bits, bytes, runs taken out, doubled or moved, the end cut off, text added.
func mutate(src []byte, random *rand.Rand) []byte {
	out := bytes.Clone(src)
	at := random.IntN(len(out))
	if random.IntN(2) == 0 {
		at = random.IntN(min(len(out), 3600)) // the header, where most is decided
	}
	n := 1 + random.IntN(min(64, len(out)-at))
	switch random.IntN(8) {
	case 0:
		out[at] ^= 1 << random.IntN(8)
	case 1:
		out[at] = byte(random.IntN(256))
	case 2:
		return append(out[:at], src[at+n:]...)
	case 3:
		return append(out[:at+n], src[at:]...)
	case 4:
		return out[:at]
	case 5:
		return append(out, src[at:at+n]...)
	case 6:
		to := random.IntN(len(out) - n + 1)
		copy(out[to:to+n], src[at:at+n])
	case 7:
		return append(append(bytes.Clone(out[:at]), byte(random.IntN(256))), src[at:]...)
	}
	return out
}

// TestMutationsAndTruncationsOpenToNothing tries 10,000 changed files, made
// outside the encryption, and 2,000 made inside it by a recipient.
func TestMutationsAndTruncationsOpenToNothing(t *testing.T) {
	t.Parallel()
	c := newCast(t)
	file := c.seal(label(1), c.document).File
	random := rand.New(rand.NewPCG(5, 6))
	tried := 0
	for tried < 10_000 {
		changed := mutate(file, random)
		if bytes.Equal(changed, file) {
			continue
		}
		tried++
		if o, err := c.open(c.r2, changed); o != nil || err == nil {
			t.Fatalf("mutation %d opens", tried)
		}
	}
	in := c.take(c.r2, file)
	whole := append(append(bytes.Clone(in.row), in.signature...), c.document...)
	for tried = 0; tried < 2000; {
		changed := mutate(whole, random)
		if bytes.Equal(changed, whole) || len(changed) < len(in.row)+64 {
			continue
		}
		tried++
		n := len(in.row)
		forged := c.make(insides{changed[:n], changed[n : n+64], changed[n+64:]}, c.r2, c.r3)
		if o, err := c.open(c.r3, forged); o != nil || err == nil {
			t.Fatalf("mutation %d inside opens", tried)
		}
	}
	c.opens(c.r2, file, c.document)
}

// Every byte of a card, role file, list, share and acknowledgement counts.
func TestEveryByteOfTheSmallFilesCounts(t *testing.T) {
	t.Parallel()
	c := newCast(t)
	s := c.seal(label(1), c.document)
	o := c.opens(c.r2, s.File, c.document)
	ack, err := seal.NewAck(o, c.r2, noon)
	c.must(err)
	list, err := seal.NewList([]seal.Entry{{Order: "OP-17", Kind: roles.MovementOrder, Version: 1}}, c.cmd, c.file, noon, noon+day)
	c.must(err)
	share, err := seal.NewShare("OP-17", 1, roles.MovementOrder, stream(7))
	c.must(err)
	issue := seal.NewIssue(s, []keys.Card{c.r2.Card, c.r3.Card}, noon)
	for name, file := range map[string]struct {
		marshal func() ([]byte, error)
		taken   func([]byte) error
	}{
		"card": {c.r2.Card.Marshal, func(src []byte) error { _, err := keys.ReadCard(src); return err }},
		"role file": {c.file.Marshal, func(src []byte) error {
			f, err := roles.Read(src)
			if err == nil {
				_, err = f.Found([]keys.Card{c.roots[0].Card, c.roots[1].Card})
			}
			return err
		}},
		"current list": {list.Marshal, func(src []byte) error {
			l, err := seal.ReadList(src)
			if err == nil {
				err = l.Check(c.file, nil, noon)
			}
			return err
		}},
		"acknowledgement": {ack.Marshal, func(src []byte) error {
			a, err := seal.ReadAck(src)
			if err != nil {
				return err
			}
			_, findings := issue.Tally([]*seal.Ack{a})
			return findings[0]
		}},
		"share": {share.Marshal, func(src []byte) error {
			s, err := seal.ReadShare(src)
			if err == nil && s.ID() != share.ID() {
				err = seal.ErrLocked
			}
			return err
		}},
	} {
		src, err := file.marshal()
		c.must(err)
		c.must(file.taken(src))
		random := rand.New(rand.NewPCG(1, uint64(len(src))))
		for range 3000 {
			if changed := mutate(src, random); !bytes.Equal(changed, src) && file.taken(changed) == nil {
				t.Fatalf("%s: a changed one is taken:\n%s", name, changed)
			}
		}
	}
}
