package seal_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// The checks of a reader that another one stands behind: each is there by itself.

// A relay makes the header so that reading it costs as much as it can.
func TestHeadersThatCost(t *testing.T) {
	c := newCast(t)
	refused := func(file []byte, says string) {
		t.Helper()
		o, err := c.open(c.r2, file)
		refuses(t, o, err, says)
	}
	refused(make([]byte, seal.MaxSealed+1), "it has more than 66 MiB")
	header := func(kinds ...string) []byte {
		var b strings.Builder
		b.WriteString("age-encryption.org/v1\n")
		for _, kind := range kinds {
			fmt.Fprintf(&b, "-> %s AAAA\nAAAA\n", kind)
		}
		return []byte(b.String() + "--- AAAA\n")
	}
	many := make([]string, seal.MaxRecipients+1)
	for i := range many {
		many[i] = "mlkem768x25519"
	}
	refused(header(many...), "it has more than 500 recipients")
	refused(header("mlkem768x25519", "X25519"), "its recipients are of several kinds")
	refused(header("mlkem768x25519", "grease"), "its recipients are of several kinds")
	refused(header("scrypt"), "header is damaged")
	refused([]byte("age-encryption.org/v1\n-> X25519 "+strings.Repeat("A", 1<<20)), "a line of its header is too long")
	refused([]byte("age-encryption.org/v1\n"), "it is no sealed file")
}

// What is encrypted has a padded size; other sizes would tell more of the document.
func TestSizeIsAPaddedOne(t *testing.T) {
	c := newCast(t)
	in := c.take(c.r2, c.seal(label(1), c.document).File)
	in.document = append(in.document, make([]byte, 70_000)...)
	long := c.make(in, c.r2, c.r3)
	o, err := c.open(c.r2, long)
	refuses(t, o, err, "padding is not the one for its size")
	// A size that is none of the padded ones, by a program of somebody else's.
	r, err := c.r2.Card.Recipient()
	c.must(err)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, r)
	c.must(err)
	_, err = w.Write(make([]byte, 64<<10+1))
	c.must(err)
	c.must(w.Close())
	o, err = c.open(c.r2, out.Bytes())
	refuses(t, o, err, "its size is not a padded one")
	in.row = nil
	o, err = c.open(c.r2, c.make(in, c.r2))
	refuses(t, o, err, "its statement cannot be read")
}

// resigned makes the file anew with a statement that its issuer signs himself.
func (c *cast) resigned(s *seal.Sealed, by *keys.Identity, change func(*seal.Statement), to ...*keys.Identity) []byte {
	in := c.take(c.r2, s.File)
	statement := s.Statement
	change(&statement)
	in.row = statement.Row()
	in.signature = by.Sign(in.row)
	in.document = in.document[:statement.Length]
	return c.make(in, to...)
}

// An issuer's program that does not check what it signs.
func TestStatementsThatNoWriterMakes(t *testing.T) {
	c := newCast(t)
	s := c.seal(label(1), c.document)
	twice := []seal.Hash{c.r2.Card.ID(), c.r2.Card.ID()}
	for says, change := range map[string]func(*seal.Statement){
		"its recipients are not in order":   func(s *seal.Statement) { s.Recipients = twice },
		"more than 400 days":                func(s *seal.Statement) { s.Expires = s.NotBefore + 400*day + 1 },
		"names a role file by half":         func(s *seal.Statement) { s.RolesHash = seal.Hash{} },
		"no version before the first":       func(s *seal.Statement) { s.Previous = seal.Hash{1} },
		"versions count from 1":             func(s *seal.Statement) { s.Version = 0 },
		"suite 3 is not known":              func(s *seal.Statement) { s.Suite = 3 },
		"is no kind of document":            func(s *seal.Statement) { s.Kind = "letter" },
		"is no id of an order":              func(s *seal.Statement) { s.Order = "OP 17" },
		"holds the character U+202E":        func(s *seal.Statement) { s.Part = "card\u202e" },
		"expires before it begins":          func(s *seal.Statement) { s.Expires = s.NotBefore },
		"issued under version 2":            func(s *seal.Statement) { s.RolesVersion = 2 },
		"issued under another version 1":    func(s *seal.Statement) { s.RolesHash = seal.Hash{1} },
		"somebody handed it on":             func(s *seal.Statement) { s.Recipients = []seal.Hash{{1}, {2}} },
		"no right to issue a movement":      func(s *seal.Statement) { s.Expires = noon + 90*day },
		"it expired":                        func(s *seal.Statement) { s.NotBefore, s.Expires = noon-2*day, noon },
		"it is not to be opened before":     func(s *seal.Statement) { s.NotBefore = noon + 121 },
		"the document is another than":      func(s *seal.Statement) { s.Length-- },
		"its issuer's key has not 32 bytes": func(s *seal.Statement) { s.Issuer = s.Issuer[:31] },
	} {
		o, err := c.open(c.r2, c.resigned(s, c.cmd, change, c.r2, c.r3))
		refuses(t, o, err, says)
	}
	c.opens(c.r2, c.resigned(s, c.cmd, func(*seal.Statement) {}, c.r2, c.r3), c.document)
}

// A statement of a role file that another one took the place of.
func TestIssuedUnderAFork(t *testing.T) {
	c := newCast(t)
	fork := c.roleFile(1, nil, func(f *roles.File) { f.Expires++ })
	w := c.writer()
	w.Roles = fork
	s, err := seal.Seal(label(1), c.document, w)
	c.must(err)
	o, err := c.open(c.r2, s.File)
	refuses(t, o, err, "issued under another version 1")
	r := c.reader(c.r2)
	r.Roles = c.roleFile(2, c.file, nil)
	o, err = seal.Open(s.File, r)
	refuses(t, o, err, "issued under another version 1")
}

// longer is the same keys with a card for a longer period.
func (c *cast) longer(id *keys.Identity, seed byte) *keys.Identity {
	c.tb.Helper()
	out, err := keys.New(keys.Wish{CallSign: id.Card.CallSign, Suite: keys.Hybrid, NotBefore: noon - 10*day, NotAfter: noon + 300*day}, stream(seed))
	c.must(err)
	if out.Card.ID() != id.Card.ID() {
		c.tb.Fatal("other keys")
	}
	return out
}

// Outside the role file the period on the card that the reader has is what counts.
func TestBareSignerHasHisPeriod(t *testing.T) {
	c := newCast(t)
	l := label(1)
	l.Expires = noon + 100*day
	w := c.writer()
	w.Identity, w.Roles = c.longer(c.cmd, 4), nil
	w.Recipients = []keys.Card{c.longer(c.r2, 5).Card}
	s, err := seal.Seal(l, c.document, w)
	c.must(err)
	r := c.reader(c.r2)
	r.Roles, r.Signer = nil, &c.cmd.Card
	o, err := seal.Open(s.File, r)
	refuses(t, o, err, "the keys of CMD 1 are from")
	// And a card that somebody has stretched is none.
	stretched := c.cmd.Card
	stretched.NotAfter = noon + 300*day
	r.Signer = &stretched
	o, err = seal.Open(s.File, r)
	refuses(t, o, err, "it is not signed by its own key")
}

// What was opened vouches for the time, also against a clock that is said to have
// been ahead; so does a role file that is followed.
func TestSignedTimesVouch(t *testing.T) {
	c := newCast(t)
	c.opens(c.r2, c.seal(label(1), c.document).File, c.document)
	seen := c.seen(c.r2)
	seen.WasAhead()
	refuses(t, nil, seen.Tick(label(1).NotBefore-121), "something signed")
	c.must(seen.Tick(label(1).NotBefore - 120))
	other := c.seen(c.r3)
	c.must(other.Follow(c.roleFile(2, c.file, func(f *roles.File) { f.Made = noon - day }), noon))
	other.WasAhead()
	refuses(t, nil, other.Tick(noon-day-121), "something signed")
}

// A recipient signs that he has read this file, by the name of another one.
func TestAcknowledgementByAnotherName(t *testing.T) {
	c := newCast(t)
	s := c.seal(label(1), c.document)
	issue := seal.NewIssue(s, []keys.Card{c.r2.Card, c.r3.Card}, noon)
	for _, change := range []func(*seal.Ack){
		func(a *seal.Ack) { a.Order = "OP-18" },
		func(a *seal.Ack) { a.Version = 2 },
		func(a *seal.Ack) { a.Kind = roles.Plan },
		func(a *seal.Ack) { a.Part = "post card" },
	} {
		a, err := seal.NewAck(c.opens(c.r2, s.File, c.document), c.r2, noon)
		c.must(err)
		change(a)
		a.Signature = c.r2.Sign(a.Row())
		answers, findings := issue.Tally([]*seal.Ack{a})
		refuses(t, nil, findings[0], "R 2")
		if answers[0].Received {
			t.Errorf("%+v counts", a)
		}
	}
}

// Keys of which one half is a device's and the other somebody else's.
func TestKeysByHalf(t *testing.T) {
	c := newCast(t)
	half, err := keys.New(keys.Wish{CallSign: "R 2", Suite: keys.Hybrid, NotBefore: noon - 10*day, NotAfter: noon + 90*day},
		io.MultiReader(io.LimitReader(stream(5), 32), stream(77)))
	c.must(err)
	if !bytes.Equal(half.Card.Signing, c.r2.Card.Signing) || half.Card.Sealing == c.r2.Card.Sealing {
		t.Fatal("these are not the keys that the test is about")
	}
	if c.file.Holds(&half.Card) {
		t.Error("a card with the sealing key of somebody else passes for the device's")
	}
	w := c.writer()
	w.Recipients = []keys.Card{half.Card}
	_, err = seal.Seal(label(1), c.document, w)
	refuses(t, nil, err, "it is no device of version 1")
	f := *c.file
	f.Devices = append(append([]keys.Card{}, f.Devices...), half.Card)
	refuses(t, nil, f.Sign(c.roots[0]), "the keys of R 2 are in it twice")
}
