package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// Each of these is an attack by somebody who can do what the name says. None
// brings forth a document.

func TestSignatureFromAnotherOrder(t *testing.T) {
	c := newCast(t)
	other := label(1)
	other.Order = "OP-18"
	in := c.take(c.r2, c.seal(label(1), c.document).File)
	in.signature = c.take(c.r2, c.seal(other, c.another).File).signature
	o, err := c.open(c.r2, c.make(in, c.r2, c.r3))
	refuses(t, o, err, "the signature is not by CMD 1")
}

// A relay takes a recipient out of the header; a recipient makes the file anew
// without one of the others, and that one gets nothing while the rest notice.
func TestStrippedRecipient(t *testing.T) {
	c := newCast(t)
	file := c.seal(label(1), c.document).File
	first := bytes.Index(file, []byte("\n-> ")) + 1
	second := first + bytes.Index(file[first:], []byte("\n-> ")) + 1
	end := bytes.Index(file, []byte("\n--- ")) + 1
	for _, relayed := range [][]byte{
		append(bytes.Clone(file[:first]), file[second:]...),
		append(bytes.Clone(file[:second]), file[end:]...),
	} {
		for _, id := range []*keys.Identity{c.r2, c.r3} {
			if o, err := c.open(id, relayed); o != nil || err == nil {
				t.Errorf("%s opens a file without one of its recipients", id.Card.CallSign)
			}
		}
	}
	anew := c.make(c.take(c.r2, file), c.r2)
	o, err := c.open(c.r2, anew)
	refuses(t, o, err, "issued to 2 recipients and is encrypted to 1")
	o, err = c.open(c.r3, anew)
	refuses(t, o, err, "not among its recipients")
}

// R 2 makes a file for R 3 that says something else.
func TestFileMadeAnewByARecipient(t *testing.T) {
	c := newCast(t)
	in := c.take(c.r2, c.seal(label(1), c.document).File)

	changed := in
	changed.document = bytes.Replace(in.document, []byte("north"), []byte("south"), 1)
	o, err := c.open(c.r3, c.make(changed, c.r2, c.r3))
	refuses(t, o, err, "the document is another than its issuer signed")

	changed = in
	changed.row = bytes.Replace(in.row, []byte("OP-17"), []byte("OP-18"), 1)
	o, err = c.open(c.r3, c.make(changed, c.r2, c.r3))
	refuses(t, o, err, "the signature is not by CMD 1")

	changed.signature = c.r2.Sign(changed.row)
	o, err = c.open(c.r3, c.make(changed, c.r2, c.r3))
	refuses(t, o, err, "the signature is not by CMD 1")

	// Signed by R 2, and said to be: he has no right to.
	s, err := seal.Seal(label(1), c.another, seal.Writer{Identity: c.r2, Roles: &roles.File{}, Now: noon})
	if s != nil || err == nil {
		t.Error("a driver can seal an order")
	}
	w := c.writer()
	w.Identity, w.Roles = c.r2, nil
	s, err = seal.Seal(label(1), c.another, w)
	c.must(err)
	o, err = c.open(c.r3, s.File)
	refuses(t, o, err, "issued outside the role file")

	// Trailing bytes in the padding are a second document that nobody signed.
	changed = in
	changed.document = bytes.Clone(in.document)
	changed.document[len(changed.document)-1] = 1
	o, err = c.open(c.r3, c.make(changed, c.r2, c.r3))
	refuses(t, o, err, "its padding holds something")
	changed.document = append(bytes.Clone(in.document), make([]byte, 1)...)
	o, err = c.open(c.r3, c.make(changed, c.r2, c.r3))
	refuses(t, o, err, "padding is not the one for its size")

	// To the same people with what was signed, it is the same order.
	c.opens(c.r3, c.make(in, c.r2, c.r3), c.document)
}

// R 2 hands the order on to G 4. With a program of his own he can hand on what he
// reads; what he cannot do is make it an order to G 4.
func TestForwardedToAThirdParty(t *testing.T) {
	c := newCast(t)
	file := c.seal(label(1), c.document).File
	in := c.take(c.r2, file)
	for _, to := range [][]*keys.Identity{{c.g4}, {c.g4, c.r3}, {c.r2, c.r3, c.g4}} {
		o, err := c.open(c.g4, c.make(in, to...))
		if o != nil || err == nil {
			t.Fatal("a third party opens an order that was not issued to it")
		}
		if len(to) == 2 {
			refuses(t, o, err, "was not issued to G 4: somebody handed it on")
		}
	}
	o, err := c.open(c.g4, file)
	refuses(t, o, err, "G 4 is not among its recipients")
	if !errors.Is(err, seal.ErrNotForUs) {
		t.Error(err)
	}
	// And R 3 notices that somebody else can read it.
	o, err = c.open(c.r3, c.make(in, c.r2, c.r3, c.g4))
	refuses(t, o, err, "issued to 2 recipients and is encrypted to 3")
}

func TestOlderVersion(t *testing.T) {
	c := newCast(t)
	first := c.seal(label(1), c.document)
	c.opens(c.r2, first.File, c.document)
	next := label(2)
	next.Previous = first.Link
	second := c.seal(next, c.another)
	c.opens(c.r2, second.File, c.another)
	o, err := c.open(c.r2, first.File)
	refuses(t, o, err, "version 2 was opened before")
	// So is another part of the older version.
	part := label(1)
	part.Part = "post card"
	o, err = c.open(c.r2, c.seal(part, c.document).File)
	refuses(t, o, err, "version 2 was opened before")
	// R 3 has not opened version 2, but knows of it from the list.
	list, err := seal.NewList([]seal.Entry{{Order: "OP-17", Kind: roles.MovementOrder, Version: 2}}, c.cmd, c.file, noon, noon+day)
	c.must(err)
	r := c.reader(c.r3)
	r.Current = list
	o, err = seal.Open(first.File, r)
	refuses(t, o, err, "a current list names version 2")
	// It is remembered, also when the list is withheld later.
	o, err = c.open(c.r3, first.File)
	refuses(t, o, err, "a current list names version 2")
}

func TestExpiredRoleFile(t *testing.T) {
	c := newCast(t)
	expired := c.roleFile(1, nil, func(f *roles.File) { f.Expires = noon + 2*day })
	c.file = expired
	file := c.seal(label(1), c.document).File
	c.opens(c.r2, file, c.document)
	r := c.reader(c.r2)
	r.Now = noon + 2*day
	o, err := seal.Open(file, r)
	refuses(t, o, err, "role file: version 1 expired")
}

// The file says that it is hybrid and is encrypted with X25519 alone; or it says
// what it is, and that is less than the role file asks for.
func TestLowerSuite(t *testing.T) {
	c := newCast(t)
	in := c.take(c.r2, c.seal(label(1), c.document).File)
	// R 2 makes it anew for a device with classic keys, listed or not.
	o, err := c.open(c.classic, c.make(in, c.classic))
	refuses(t, o, err, "is encrypted otherwise")

	// An issuer with an older program, or a role file that asks for less, makes an
	// order of the lower suite; devices that follow the stricter file refuse it.
	lax := c.roleFile(1, nil, func(f *roles.File) {
		f.Suite = keys.Classic
		f.Devices = append(f.Devices, c.classic.Card)
	})
	w := c.writer()
	w.Roles, w.Recipients = lax, []keys.Card{c.classic.Card}
	s, err := seal.Seal(label(1), c.document, w)
	c.must(err)
	strict := c.roleFile(2, lax, nil)
	seen := seal.NewSeen(&c.classic.Card)
	c.must(seen.Found(lax, []keys.Card{c.roots[0].Card, c.roots[1].Card}, noon))
	r := seal.Reader{Identity: c.classic, Roles: strict, Seen: seen, Now: noon}
	o, err = seal.Open(s.File, r)
	refuses(t, o, err, "less than the role file's mlkem768x25519")
	// Back to the lax file there is no way.
	r.Roles = lax
	o, err = seal.Open(s.File, r)
	refuses(t, o, err, "version 2 was seen")
}

func TestIssuerWithoutTheRight(t *testing.T) {
	c := newCast(t)
	// Made with a program that does not ask for the right: the guard writes a
	// statement as CMD 1 would, and signs it.
	forge := func(l seal.Label, id *keys.Identity) []byte {
		w := c.writer()
		all := c.roleFile(1, nil, func(f *roles.File) {
			f.Rights[1].Kinds = append(f.Rights[1].Kinds, roles.MovementOrder)
		})
		w.Identity, w.Roles = id, all
		s, err := seal.Seal(l, c.another, w)
		c.must(err)
		in := c.take(c.r2, s.File)
		was, is := all.Hash(), c.file.Hash()
		in.row = bytes.Replace(in.row, was[:], is[:], 1)
		in.signature = id.Sign(in.row)
		return c.make(in, c.r2, c.r3)
	}
	o, err := c.open(c.r2, forge(label(1), c.g4))
	refuses(t, o, err, "no right to issue a movement-order")

	// Nobody in the role file at all.
	in := c.take(c.r2, c.seal(label(1), c.document).File)
	in.row = bytes.Replace(in.row, c.cmd.Card.Signing, c.stranger.Card.Signing, 1)
	in.signature = c.stranger.Sign(in.row)
	o, err = c.open(c.r2, c.make(in, c.r2, c.r3))
	refuses(t, o, err, "its issuer is not in version 1")

	// A root signs role files and nothing else.
	in.row = bytes.Replace(in.row, c.stranger.Card.Signing, c.roots[0].Card.Signing, 1)
	in.signature = c.roots[0].Sign(in.row)
	o, err = c.open(c.r2, c.make(in, c.r2, c.r3))
	refuses(t, o, err, "its issuer is not in version 1")

	// The right was taken away in a later role file.
	file := c.seal(label(1), c.document).File
	later := c.roleFile(2, c.file, func(f *roles.File) { f.Holdings[0].To = noon - day })
	r := c.reader(c.r2)
	r.Roles = later
	o, err = seal.Open(file, r)
	refuses(t, o, err, "no right to issue a movement-order")
}

// R 2 has the driver's card and the post card, and swaps them.
func TestPartsSwapped(t *testing.T) {
	c := newCast(t)
	post := label(1)
	post.Part = "post card"
	card, other := c.seal(label(1), c.document).File, c.seal(post, c.another).File
	a, b := c.take(c.r2, card), c.take(c.r2, other)
	mixed := a
	mixed.document = b.document[:len(c.another)]
	o, err := c.open(c.r3, c.make(mixed, c.r2, c.r3))
	refuses(t, o, err, "the document is another than its issuer signed")
	// A relay swaps the files.
	r := c.reader(c.r3)
	r.Part = "driver's card"
	o, err = seal.Open(other, r)
	refuses(t, o, err, "it is not the part driver's card")
	r.Part, r.Order = "", "OP-18"
	o, err = seal.Open(other, r)
	refuses(t, o, err, "it is not of order OP-18")
	r.Order, r.Part = "OP-17", "post card"
	if _, err := seal.Open(other, r); err != nil {
		t.Error(err)
	}
}

func TestCutAtEachChunk(t *testing.T) {
	c := newCast(t)
	const chunk = 64<<10 + 16 // of age, with its tag
	file := c.seal(label(1), bytes.Repeat([]byte("north gate "), 50_000)).File
	body := bytes.Index(file, []byte("\n--- ")) + 1
	body += bytes.IndexByte(file[body:], '\n') + 1 + 16 // the MAC's line, the nonce
	cuts := 0
	for at := body; at < len(file); at += chunk {
		for _, n := range []int{at - 1, at, at + 1, at + 16, at + 17} {
			if n >= len(file) {
				continue
			}
			cuts++
			if o, err := c.open(c.r2, file[:n]); o != nil || err == nil {
				t.Errorf("cut off at %d of %d it opens", n, len(file))
			}
		}
		// A chunk left out, and one doubled.
		if at+chunk < len(file) {
			for _, changed := range [][]byte{
				append(bytes.Clone(file[:at]), file[at+chunk:]...),
				append(bytes.Clone(file[:at+chunk]), file[at:]...),
			} {
				if o, err := c.open(c.r2, changed); o != nil || err == nil {
					t.Errorf("with the chunk at %d left out or doubled it opens", at)
				}
			}
		}
	}
	if cuts < 40 {
		t.Errorf("only %d cuts were tried", cuts)
	}
	if o, err := c.open(c.r2, append(bytes.Clone(file), 0)); o != nil || err == nil {
		t.Error("with a byte more it opens")
	}
	c.opens(c.r2, file, bytes.Repeat([]byte("north gate "), 50_000))
}

// An order has expired; the holder of the device turns its clock back.
func TestClockSetBack(t *testing.T) {
	c := newCast(t)
	file := c.seal(label(1), c.document).File
	r := c.reader(c.r2)
	r.Now = noon + 5*day
	o, err := seal.Open(file, r)
	refuses(t, o, err, "it expired")
	r.Now = noon
	o, err = seal.Open(file, r)
	refuses(t, o, err, "it said 2026-11-29T12:00:00Z before")
	// A clock that was ahead by mistake can be told so; what was signed stays.
	r.Seen.WasAhead()
	if _, err := seal.Open(file, r); err != nil {
		t.Error(err)
	}
	list, err := seal.NewList(nil, c.cmd, c.file, noon+day, noon+2*day)
	c.must(err)
	r.Now, r.Current = noon+day, list
	if _, err := seal.Open(file, r); err != nil {
		t.Error(err)
	}
	r.Now = noon
	r.Seen.WasAhead()
	o, err = seal.Open(file, r)
	refuses(t, o, err, "something signed 2026-11-25T12:00:00Z was seen")
	// A new device with its clock back: the role file is from later.
	fresh := seal.NewSeen(&c.r3.Card)
	err = fresh.Found(c.file, []keys.Card{c.roots[0].Card, c.roots[1].Card}, noon-6*day)
	refuses(t, nil, err, "set the clock right")
}

func TestNotBeforeItsTime(t *testing.T) {
	c := newCast(t)
	l := label(1)
	l.NotBefore = noon + 3600
	file := c.seal(l, c.document).File
	o, err := c.open(c.r2, file)
	refuses(t, o, err, "not to be opened before")
	c.now = noon + 3600
	c.opens(c.r2, file, c.document)
}

// Without the share a locked order is not read, whoever has it; half of the key
// is not in the file, and half of it is not in the share.
func TestEarlyRelease(t *testing.T) {
	c := newCast(t)
	share, err := seal.NewShare("OP-17", 1, roles.MovementOrder, stream(7))
	c.must(err)
	w := c.writer()
	w.Release = share
	s, err := seal.Seal(label(1), c.document, w)
	c.must(err)
	o, err := c.open(c.r2, s.File)
	refuses(t, o, err, "it is not released")
	if !errors.Is(err, seal.ErrLocked) {
		t.Error(err)
	}
	in := c.take(c.r2, s.File)
	for _, hidden := range [][]byte{[]byte("north gate"), share.Share} {
		if bytes.Contains(in.document, hidden) {
			t.Errorf("a recipient finds %q in the locked file", hidden)
		}
	}
	// He can have received it.
	got, err := seal.Receive(s.File, c.reader(c.r2))
	c.must(err)
	if got.Document != nil || got.Statement.Part != "driver's card" {
		t.Errorf("%+v", got)
	}
	r := c.reader(c.r2)
	r.Release, err = seal.NewShare("OP-17", 1, roles.MovementOrder, stream(8))
	c.must(err)
	o, err = seal.Open(s.File, r)
	refuses(t, o, err, "not the one for it")
	// As published.
	src, err := share.Marshal()
	c.must(err)
	r.Release, err = seal.ReadShare(src)
	c.must(err)
	o, err = seal.Open(s.File, r)
	c.must(err)
	if !bytes.Equal(o.Document, c.document) || o.Link != s.Link {
		t.Error("released, it opens to something else")
	}
	// One share opens all parts, with keys of their own.
	post := label(1)
	post.Part = "post card"
	w.Random = stream(9)
	other, err := seal.Seal(post, c.another, w)
	c.must(err)
	if bytes.Equal(c.take(c.r2, other.File).document[:32], in.document[:32]) {
		t.Error("two parts have one key")
	}
	if o, err = seal.Open(other.File, r); err != nil || !bytes.Equal(o.Document, c.another) {
		t.Error(err)
	}
}
