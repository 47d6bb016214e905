package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

func TestRecipientsOpenWhatWasSealed(t *testing.T) {
	c := newCast(t)
	s := c.seal(label(1), c.document)
	for _, id := range []*keys.Identity{c.r2, c.r3} {
		o := c.opens(id, s.File, c.document)
		if o.Issuer != "CMD 1" || o.OutsideRoles || o.Link != s.Link || o.Statement.Hash() != s.Statement.Hash() || o.Known != "latest known version 1, no current list" {
			t.Errorf("%+v", o)
		}
		c.opens(id, s.File, c.document) // as often as one likes
	}
}

func TestEmptyAndLargestDocuments(t *testing.T) {
	c := newCast(t)
	for i, n := range []int{0, 1, 64<<10 - 700, 64 << 10, 1 << 20} {
		l := label(1)
		l.Order = "OP-" + strings.Repeat("1", 1+i)
		document := bytes.Repeat([]byte{7}, n)
		share, err := seal.NewShare(l.Order, 1, l.Kind, stream(3))
		c.must(err)
		c.opens(c.r2, c.seal(l, document).File, document)
		w, r := c.writer(), c.reader(c.r3)
		w.Release, r.Release = share, share
		locked, err := seal.Seal(l, document, w)
		c.must(err)
		o, err := seal.Open(locked.File, r)
		c.must(err)
		if o.Document == nil || !bytes.Equal(o.Document, document) {
			t.Errorf("%d bytes, locked: %d came back", n, len(o.Document))
		}
	}
	_, err := seal.Seal(label(1), make([]byte, seal.MaxDocument+1), c.writer())
	refuses(t, nil, err, "more than 32 MiB")
}

func TestSizesArePadded(t *testing.T) {
	c := newCast(t)
	sizes := map[int]bool{}
	for _, n := range []int{0, 1, 5000, 60000} {
		sizes[len(c.seal(label(1), make([]byte, n)).File)] = true
	}
	if len(sizes) != 1 {
		t.Errorf("documents up to 60,000 bytes give files of %d sizes", len(sizes))
	}
	sizes = map[int]bool{}
	for _, n := range []int{70_000, 100_000, 129_000} {
		sizes[len(c.seal(label(1), make([]byte, n)).File)] = true
	}
	if len(sizes) != 1 {
		t.Errorf("documents of 70,000 to 129,000 bytes give files of %d sizes", len(sizes))
	}
}

// A relay sees nothing of statement and document: no field of them is in the file.
func TestNothingOfTheOrderIsInClear(t *testing.T) {
	c := newCast(t)
	s := c.seal(label(1), c.document)
	for _, hidden := range [][]byte{
		[]byte("OP-17"), []byte("driver's card"), []byte("north gate"), []byte("movement-order"), []byte("CMD"), c.cmd.Card.Signing,
		s.Statement.Document[:], s.Statement.RolesHash[:], s.Statement.Recipients[0][:], []byte(c.r2.Card.Sealing[:40]),
	} {
		if bytes.Contains(s.File, hidden) {
			t.Errorf("%q is in the sealed file", hidden)
		}
	}
}

func TestHybridByDefault(t *testing.T) {
	c := newCast(t)
	s := c.seal(label(1), c.document)
	if n := bytes.Count(s.File, []byte("\n-> mlkem768x25519 ")); n != 2 || bytes.Contains(s.File, []byte("-> X25519")) {
		t.Errorf("%d hybrid recipients in the header", n)
	}
	w := c.writer()
	w.Roles, w.Recipients = nil, []keys.Card{c.r2.Card, c.classic.Card}
	_, err := seal.Seal(label(1), c.document, w)
	refuses(t, nil, err, "weakest recipient")
}

// A bare signer is taken by his key alone.
func TestBareSigner(t *testing.T) {
	c := newCast(t)
	w := c.writer()
	w.Roles = nil
	s, err := seal.Seal(label(1), c.document, w)
	c.must(err)
	r := c.reader(c.r2)
	r.Roles, r.Signer = nil, &c.cmd.Card
	o, err := seal.Open(s.File, r)
	c.must(err)
	if !o.OutsideRoles || len(o.Notes) != 1 || !strings.Contains(o.Notes[0], "outside the role file") {
		t.Errorf("%+v", o)
	}
	r.Signer = &c.g4.Card
	o, err = seal.Open(s.File, r)
	refuses(t, o, err, "not issued by G 4")
	// Under the role file it does not count, nor the reverse.
	o, err = c.open(c.r2, s.File)
	refuses(t, o, err, "outside the role file")
	r.Signer = &c.cmd.Card
	o, err = seal.Open(c.seal(label(1), c.document).File, r)
	refuses(t, o, err, "issued under a role file")
	r.Signer, r.Roles = nil, nil
	o, err = seal.Open(s.File, r)
	refuses(t, o, err, "a role file or a signer")
}

// Versions that a signer outside the role file has pushed up do not stand in the
// way of orders under it.
func TestBareSignerCannotSupersede(t *testing.T) {
	c := newCast(t)
	w := c.writer()
	w.Roles, w.Identity = nil, c.stranger
	pushed, err := seal.Seal(label(9), c.another, w)
	c.must(err)
	r := c.reader(c.r2)
	r.Roles, r.Signer = nil, &c.stranger.Card
	if _, err := seal.Open(pushed.File, r); err != nil {
		t.Fatal(err)
	}
	c.opens(c.r2, c.seal(label(1), c.document).File, c.document)
}

func TestSealRefusesWhatOpenWould(t *testing.T) {
	c := newCast(t)
	for says, change := range map[string]func(*seal.Label, *seal.Writer){
		"no right to issue":            func(_ *seal.Label, w *seal.Writer) { w.Identity = c.g4 },
		"no right to issue a plan":     func(l *seal.Label, _ *seal.Writer) { l.Kind = roles.Plan },
		"no right to issue a movement": func(l *seal.Label, _ *seal.Writer) { l.Expires = noon + 41*day },
		"it is no device of version 1": func(_ *seal.Label, w *seal.Writer) { w.Recipients = append(w.Recipients, c.stranger.Card) },
		"is past":                      func(l *seal.Label, _ *seal.Writer) { l.NotBefore, l.Expires = noon-9, noon-1 },
		"expires before it begins":     func(l *seal.Label, _ *seal.Writer) { l.NotBefore = l.Expires },
		"is no id of an order":         func(l *seal.Label, _ *seal.Writer) { l.Order = "OP 17" },
		"part: is empty":               func(l *seal.Label, _ *seal.Writer) { l.Part = "" },
		"part: holds the character":    func(l *seal.Label, _ *seal.Writer) { l.Part = "driver\u202e" },
		"versions count from 1":        func(l *seal.Label, _ *seal.Writer) { l.Version = 0 },
		"no kind of document":          func(l *seal.Label, _ *seal.Writer) { l.Kind = "letter" },
		"no version before the first":  func(l *seal.Label, _ *seal.Writer) { l.Previous = seal.Hash{1} },
		"0 recipients":                 func(_ *seal.Label, w *seal.Writer) { w.Recipients = nil },
		"less than the role file's":    func(_ *seal.Label, w *seal.Writer) { w.Recipients = []keys.Card{c.classic.Card} },
		"and the document expires":     func(l *seal.Label, _ *seal.Writer) { l.Expires = noon + 91*day },
		"not signed by its own key":    func(_ *seal.Label, w *seal.Writer) { w.Recipients[0].Signature = make([]byte, 64) },
		"version 1 expired":            func(l *seal.Label, w *seal.Writer) { w.Now, l.Expires = noon+60*day, noon+61*day },
		"it is of another order":       func(_ *seal.Label, w *seal.Writer) { w.Release = &seal.Share{Order: "OP-18"} },
		"in force for more than 400":   func(l *seal.Label, w *seal.Writer) { l.NotBefore = 0 },
	} {
		l, w := label(1), c.writer()
		change(&l, &w)
		s, err := seal.Seal(l, c.document, w)
		if s != nil {
			t.Errorf("%s: it was sealed", says)
			continue
		}
		refuses(t, nil, err, says)
	}
}

// Roles resolve to the keys of devices, so that no key is shared.
func TestRolesResolveToDeviceKeys(t *testing.T) {
	c := newCast(t)
	cards, err := c.file.Resolve("driver", noon, noon+day)
	c.must(err)
	if len(cards) != 2 || cards[0].CallSign != "R 2" || cards[1].CallSign != "R 3" || bytes.Equal(cards[0].Signing, cards[1].Signing) {
		t.Errorf("%+v", cards)
	}
	w := c.writer()
	w.Recipients = cards
	s, err := seal.Seal(label(1), c.document, w)
	c.must(err)
	c.opens(c.r2, s.File, c.document)
	_, err = c.open(c.g4, s.File)
	if !errors.Is(err, seal.ErrNotForUs) {
		t.Errorf("the guard reads a driver's card: %v", err)
	}
}

// The next version names the one before by what it says.
func TestVersionsAreChained(t *testing.T) {
	c := newCast(t)
	first := c.seal(label(1), c.document)
	c.opens(c.r2, first.File, c.document)
	forked := label(2)
	forked.Previous = seal.Hash{1}
	o, err := c.open(c.r2, c.seal(forked, c.another).File)
	refuses(t, o, err, "follows another version 1")
	next := label(2)
	next.Previous = first.Link
	c.opens(c.r2, c.seal(next, c.another).File, c.another)
	if got := c.seen(c.r2).Previous(nil, "OP-17", roles.MovementOrder, "driver's card", 2); got != first.Link {
		t.Errorf("version 1 is remembered as %s", got)
	}
}

// Two documents with one version are told apart by whoever opens both; the same
// document, sealed again to one more recipient, is not.
func TestOneVersionOneDocument(t *testing.T) {
	c := newCast(t)
	c.opens(c.r2, c.seal(label(1), c.document).File, c.document)
	c.opens(c.r2, c.seal(label(1), c.document).File, c.document)
	o, err := c.open(c.r2, c.seal(label(1), c.another).File)
	refuses(t, o, err, "another document with this version")
	part := label(1)
	part.Part = "post card"
	c.opens(c.r2, c.seal(part, c.another).File, c.another)
}

func TestErrorsKeepNoDocument(t *testing.T) {
	c := newCast(t)
	s := c.seal(label(1), c.document)
	r := c.reader(c.r2)
	r.Now = noon + 6*day
	_, err := seal.Open(s.File, r)
	if err == nil || strings.Contains(err.Error(), "north gate") {
		t.Errorf("%v", err)
	}
}
