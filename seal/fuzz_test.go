package seal_test

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// frugal fails when do allocates out of proportion to n bytes from outside.
func frugal(t *testing.T, n int, do func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(8<<20+64*n); got > most {
		t.Fatalf("%d bytes were allocated for %d bytes from outside, more than %d", got, n, most)
	}
}

// FuzzOpen throws bytes at Open as they come from a relay: nothing but the file
// itself opens, and memory stays in proportion.
func FuzzOpen(f *testing.F) {
	c := newCast(f)
	s := c.seal(label(1), c.document)
	file := s.File
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add([]byte("age-encryption.org/v1\n-> mlkem768x25519 AAAA\nAAAA\n--- AAAA\n"))
	f.Add([]byte("age-encryption.org/v1\n-> X25519 AAAA\nAAAA\n--- AAAA\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		c := c.in(t)
		frugal(t, len(src), func() {
			o, err := c.open(c.r2, src)
			if (o == nil) == (err == nil) {
				t.Fatalf("%v and %v", o, err)
			}
			// Each process seals its own file; what it says is the same in all.
			if o != nil && (!bytes.Equal(o.Document, c.document) || !bytes.Equal(o.Statement.Row(), s.Statement.Row())) {
				t.Fatal("another order opens")
			}
		})
	})
}

// FuzzInside throws bytes at what Open finds inside the encryption, where only a
// recipient can put them.
func FuzzInside(f *testing.F) {
	c := newCast(f)
	in := c.take(c.r2, c.seal(label(1), c.document).File)
	in.document = in.document[:len(c.document)]
	f.Add(in.row, in.signature, in.document, true)
	f.Add(in.row, in.signature, in.document, false)
	f.Fuzz(func(t *testing.T, row, signature, document []byte, sign bool) {
		c := c.in(t)
		if len(signature) != 64 || len(document) > 1<<20 || len(row) > 1<<20 {
			return
		}
		forged := insides{row, signature, document}
		if sign { // by an issuer with the right who signs anything
			forged.signature = c.cmd.Sign(row)
		}
		file := c.make(forged, c.r2, c.r3)
		frugal(t, len(file), func() {
			delete(c.memory, c.r2)
			o, err := c.open(c.r2, file)
			switch {
			case (o == nil) == (err == nil):
				t.Fatalf("%v and %v", o, err)
			case o == nil:
			case !bytes.Equal(o.Statement.Row(), row):
				t.Fatal("a statement is read as another")
			case !sign && !bytes.Equal(row, in.row):
				t.Fatal("a statement that nobody signed opens")
			case !bytes.HasPrefix(document, o.Document):
				t.Fatal("another document")
			}
		})
	})
}

// FuzzSmallFiles throws bytes at the readers of lists, acknowledgements, shares
// and memories: none panics, what is read is written back as it was, and what
// nobody signed is not believed.
func FuzzSmallFiles(f *testing.F) {
	c := newCast(f)
	s := c.seal(label(1), c.document)
	ack, err := seal.NewAck(c.opens(c.r2, s.File, c.document), c.r2, noon)
	c.must(err)
	list, err := seal.NewList([]seal.Entry{{Order: "OP-17", Kind: roles.MovementOrder, Version: 1}}, c.cmd, c.file, noon, noon+day)
	c.must(err)
	share, err := seal.NewShare("OP-17", 1, roles.MovementOrder, stream(7))
	c.must(err)
	for _, marshal := range []func() ([]byte, error){ack.Marshal, list.Marshal, share.Marshal, c.seen(c.r2).Marshal} {
		src, err := marshal()
		c.must(err)
		f.Add(src)
	}
	issue := seal.NewIssue(s, []keys.Card{c.r2.Card, c.r3.Card}, noon)
	ackRow, listRow := string(ack.Row()), string(list.Row())
	f.Fuzz(func(t *testing.T, src []byte) {
		frugal(t, len(src), func() {
			same := func(marshal func() ([]byte, error)) {
				if out, err := marshal(); err != nil || !bytes.Equal(out, src) {
					t.Fatalf("read as another file: %v\n%s", err, out)
				}
			}
			if a, err := seal.ReadAck(src); err == nil {
				same(a.Marshal)
				_, findings := issue.Tally([]*seal.Ack{a})
				if findings[0] == nil && string(a.Row()) != ackRow {
					t.Fatal("an acknowledgement counts that nobody gave")
				}
			}
			if l, err := seal.ReadList(src); err == nil {
				same(l.Marshal)
				if l.Check(c.file, nil, noon) == nil && string(l.Row()) != listRow {
					t.Fatal("a list is believed that nobody made")
				}
			}
			if s, err := seal.ReadShare(src); err == nil {
				same(s.Marshal)
				s.ID()
			}
			if s, err := seal.ReadSeen(src, &c.r2.Card); err == nil {
				same(s.Marshal)
				_ = s.Follow(c.file, noon)
				_ = s.Tick(noon)
				_ = s.TakeList(list, noon)
			}
		})
	})
}
