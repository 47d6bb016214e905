package seal_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

const hour = 60 * 60

func (c *cast) list(made seal.Instant, entries ...seal.Entry) *seal.CurrentList {
	c.tb.Helper()
	l, err := seal.NewList(entries, c.cmd, c.file, made, made+day)
	c.must(err)
	return l
}

func TestCurrentListOffline(t *testing.T) {
	c := newCast(t)
	entry := seal.Entry{Order: "OP-17", Kind: roles.MovementOrder, Version: 3}
	r := c.reader(c.r2)
	r.Current = c.list(noon-31*hour, entry)
	r.Now = noon
	l := label(3)
	file := c.seal(l, c.document).File
	o, err := seal.Open(file, r)
	c.must(err)
	if o.Known != "latest known version 3, list is 31 h old and has expired" {
		t.Errorf("%q", o.Known)
	}
	r.Current = c.list(noon-90*60, entry)
	o, err = seal.Open(file, r)
	c.must(err)
	if o.Known != "latest known version 3, list is 90 min old" {
		t.Errorf("%q", o.Known)
	}
	r.Current = c.list(noon - 60)
	o, err = seal.Open(file, r)
	c.must(err)
	if o.Known != "latest known version 3, list is 1 min old; it does not name OP-17" {
		t.Errorf("%q", o.Known)
	}
}

func TestWithdrawn(t *testing.T) {
	c := newCast(t)
	file := c.seal(label(1), c.document).File
	c.opens(c.r2, file, c.document)
	r := c.reader(c.r2)
	r.Current = c.list(noon, seal.Entry{Order: "OP-17", Kind: roles.MovementOrder, Version: 1, Withdrawn: true})
	o, err := seal.Open(file, r)
	refuses(t, o, err, "withdrawn")
	r.Current = nil
	o, err = seal.Open(file, r)
	refuses(t, o, err, "withdrawn")
	c.opens(c.r2, c.seal(label(2), c.another).File, c.another)
}

func TestListByWhomItMay(t *testing.T) {
	c := newCast(t)
	entries := []seal.Entry{{Order: "OP-17", Kind: roles.MovementOrder, Version: 2}}
	_, err := seal.NewList(entries, c.g4, c.file, noon, noon+day)
	refuses(t, nil, err, "no right to issue one")
	_, err = seal.NewList(entries, c.cmd, c.file, noon, noon+8*day)
	refuses(t, nil, err, "more than 7 days")
	_, err = seal.NewList(append(entries, entries...), c.cmd, c.file, noon, noon+day)
	refuses(t, nil, err, "is there twice")
	file := c.seal(label(1), c.document).File
	for says, change := range map[string]func(*seal.CurrentList){
		"signature does not fit":    func(l *seal.CurrentList) { l.Entries[0].Version = 1 },
		"not in the role file":      func(l *seal.CurrentList) { l.Issuer = c.stranger.Card.Signing },
		"held against none":         func(l *seal.CurrentList) { l.RolesVersion, l.RolesHash = 0, seal.Hash{} },
		"not the one at hand":       func(l *seal.CurrentList) { l.RolesVersion = 7 },
		"the current list was made": func(l *seal.CurrentList) { *l = *c.list(noon+hour, entries...) },
		"no right to issue": func(l *seal.CurrentList) {
			l.Issuer = c.g4.Card.Signing
			l.Signature = c.g4.Sign(l.Row())
		},
	} {
		l := c.list(noon, entries...)
		change(l)
		r := c.reader(c.r2)
		r.Current = l
		o, err := seal.Open(file, r)
		refuses(t, o, err, says)
	}
	c.opens(c.r2, file, c.document) // none of them has left anything behind
}

func TestWhoHasRead(t *testing.T) {
	c := newCast(t)
	s := c.seal(label(1), c.document)
	issue := seal.NewIssue(s, []keys.Card{c.r2.Card, c.r3.Card, c.r2.Card}, noon)
	if len(issue.Recipients) != 2 {
		t.Fatalf("%d recipients", len(issue.Recipients))
	}
	ack := func(id *keys.Identity, at seal.Instant) *seal.Ack {
		a, err := seal.NewAck(c.opens(id, s.File, c.document), id, at)
		c.must(err)
		return a
	}
	received, err := seal.Receive(s.File, c.reader(c.r3))
	c.must(err)
	early, err := seal.NewAck(received, c.r3, noon+1)
	c.must(err)
	other := c.seal(label(2), c.another)
	elsewhere, err := seal.NewAck(c.opens(c.r3, other.File, c.another), c.r3, noon)
	c.must(err)
	c.memory = map[*keys.Identity]*seal.Seen{}

	answers, findings := issue.Tally([]*seal.Ack{early, elsewhere})
	if answers[0].Received || !answers[1].Received || answers[1].Read || answers[1].At != noon+1 || findings[0] != nil || !errors.Is(findings[1], seal.ErrOtherFile) {
		t.Errorf("%+v %v", answers, findings)
	}
	answers, _ = issue.Tally([]*seal.Ack{ack(c.r3, noon+9), early, ack(c.r2, noon+5), ack(c.r3, noon+7)})
	if !answers[0].Read || !answers[1].Read || answers[1].At != noon+7 || answers[1].Who() != "R 3" {
		t.Errorf("%+v", answers)
	}

	forged := ack(c.r2, noon)
	forged.At++
	counts := func(a *seal.Ack, says string) {
		t.Helper()
		answers, findings := issue.Tally([]*seal.Ack{a, ack(c.r3, noon+9)})
		refuses(t, nil, findings[0], says)
		if answers[0].Received || findings[1] != nil || !answers[1].Read {
			t.Errorf("beside one that does not count: %+v", answers)
		}
	}
	counts(forged, "the signature is not by R 2")
	forged = ack(c.r2, noon)
	forged.Key = c.g4.Card.ID()
	forged.Signature = c.g4.Sign(forged.Row())
	counts(forged, "is no recipient of")
	forged = ack(c.r2, noon)
	forged.Key = c.r3.Card.ID()
	forged.Signature = c.r2.Sign(forged.Row())
	counts(forged, "the signature is not by R 3")
}

// What a device remembers survives its file, and is that of one identity.
func TestMemoryIsKept(t *testing.T) {
	c := newCast(t)
	c.opens(c.r2, c.seal(label(2), c.document).File, c.document)
	src, err := c.seen(c.r2).Marshal()
	c.must(err)
	again, err := seal.ReadSeen(src, &c.r2.Card)
	c.must(err)
	c.memory[c.r2] = again
	o, err := c.open(c.r2, c.seal(label(1), c.document).File)
	refuses(t, o, err, "version 2 was opened before")
	_, err = seal.ReadSeen(src, &c.r3.Card)
	refuses(t, nil, err, "that of another identity")
	if strings.Contains(string(src), "north gate") {
		t.Error("the memory holds the document")
	}
}

// Without a role file accepted beforehand none is believed.
func TestRoleFileIsAcceptedFirst(t *testing.T) {
	c := newCast(t)
	r := c.reader(c.r2)
	r.Seen = seal.NewSeen(&c.r2.Card)
	o, err := seal.Open(c.seal(label(1), c.document).File, r)
	refuses(t, o, err, "has accepted none yet")
}

// A root signs one role file of each version, so that one honest root among those
// who must sign is enough against two in force.
func TestRootSignsOneFileOfAVersion(t *testing.T) {
	c := newCast(t)
	memory := seal.NewSeen(&c.roots[0].Card)
	c.must(memory.Vouch(c.file))
	c.must(memory.Vouch(c.file))
	other := c.roleFile(1, nil, func(f *roles.File) { f.Expires++ })
	refuses(t, nil, memory.Vouch(other), "you have signed another version 1")
	refuses(t, nil, memory.Vouch(c.roleFile(2, other, nil)), "it follows another version 1")
	c.must(memory.Vouch(c.roleFile(2, c.file, nil)))
	refuses(t, nil, memory.Vouch(c.file), "you have signed version 2")
	c.must(memory.Vouch(c.roleFile(1, nil, func(f *roles.File) { f.Unit = "Cell South" })))
}

// A revoked device gets nothing, also when its card is named by itself.
func TestRevokedDeviceGetsNothing(t *testing.T) {
	c := newCast(t)
	later := c.roleFile(2, c.file, func(f *roles.File) {
		f.Devices = f.Devices[:2] // CMD 1 and R 2
		f.Holdings = f.Holdings[:2]
	})
	w := c.writer()
	w.Roles = later
	s, err := seal.Seal(label(1), c.document, w)
	if s != nil {
		t.Fatal("a lost device is sealed to")
	}
	refuses(t, nil, err, "recipient R 3: it is no device of version 2")
}

func TestManyRecipients(t *testing.T) {
	c := newCast(t)
	w := c.writer()
	w.Roles = nil
	for range seal.MaxRecipients - 2 {
		id, err := keys.New(keys.Wish{Suite: keys.Hybrid, NotBefore: noon - day, NotAfter: noon + 9*day}, rand.Reader)
		c.must(err)
		w.Recipients = append(w.Recipients, id.Card)
	}
	s, err := seal.Seal(label(1), c.document, w)
	c.must(err)
	if len(s.Statement.Recipients) != seal.MaxRecipients {
		t.Fatalf("%d recipients", len(s.Statement.Recipients))
	}
	r := c.reader(c.r3)
	r.Roles, r.Signer = nil, &c.cmd.Card
	o, err := seal.Open(s.File, r)
	c.must(err)
	if string(o.Document) != string(c.document) {
		t.Error("another document")
	}
	w.Recipients = append(w.Recipients, c.g4.Card)
	_, err = seal.Seal(label(1), c.document, w)
	refuses(t, nil, err, "recipients; seal it to 1 to 500")
}
