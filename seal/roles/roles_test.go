package roles_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

var noon = keys.At(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))

const day = 24 * 60 * 60

func person(tb testing.TB, seed byte, sign string) *keys.Identity {
	tb.Helper()
	id, err := keys.New(keys.Wish{CallSign: sign, Suite: keys.Hybrid, NotBefore: noon - 10*day, NotAfter: noon + 30*day}, rand.NewChaCha8([32]byte{seed}))
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

type unit struct {
	roots  []*keys.Identity
	device *keys.Identity
}

func newUnit(tb testing.TB) *unit {
	u := &unit{device: person(tb, 9, "CMD 1")}
	for i := range 4 {
		u.roots = append(u.roots, person(tb, byte(1+i), "ROOT "+string(rune('1'+i))))
	}
	return u
}

// file makes a version with the given roots, unsigned.
func (u *unit) file(version uint64, before *roles.File, roots ...int) *roles.File {
	f := &roles.File{
		Format: roles.Format, Unit: "Cell North", Version: version, Made: noon, Expires: noon + 20*day, Suite: keys.Hybrid, Threshold: 2,
		Devices:    []keys.Card{u.device.Card},
		Holdings:   []roles.Holding{{Role: "movement-commander", CallSign: "CMD-1", From: noon, To: noon + 10*day}},
		Rights:     []roles.Right{{Role: "movement-commander", Kinds: []roles.Kind{roles.MovementOrder}}},
		Signatures: []roles.Signature{},
	}
	for _, i := range roots {
		f.Roots = append(f.Roots, u.roots[i].Card)
	}
	if before != nil {
		f.Previous = before.Hash()
	}
	return f
}

func (u *unit) signed(tb testing.TB, f *roles.File, by ...int) *roles.File {
	tb.Helper()
	for _, i := range by {
		if err := f.Sign(u.roots[i]); err != nil {
			tb.Fatal(err)
		}
	}
	return f
}

func (u *unit) cards(which ...int) []keys.Card {
	var out []keys.Card
	for _, i := range which {
		out = append(out, u.roots[i].Card)
	}
	return out
}

func wants(tb testing.TB, err error, says string) {
	tb.Helper()
	switch {
	case says == "" && err != nil:
		tb.Error(err)
	case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
		tb.Errorf("got %v, want %q", err, says)
	}
}

func TestTwoRootsAtLeast(t *testing.T) {
	u := newUnit(t)
	f := u.signed(t, u.file(1, nil, 0, 1, 2), 0)
	_, err := f.Found(u.cards(0, 1))
	wants(t, err, "of 2 known roots 1 have signed it")
	_, err = f.Found(u.cards(0))
	wants(t, err, "at least 2 roots must be known")
	_, err = f.Found(u.cards(0, 0))
	wants(t, err, "at least 2 roots must be known")
	u.signed(t, f, 0) // again: it does not count twice
	_, err = f.Found(u.cards(0, 1))
	wants(t, err, "of 2 known roots 1 have signed it")
	u.signed(t, f, 1)
	_, err = f.Found(u.cards(0, 1))
	wants(t, err, "")
	_, err = f.Found(u.cards(0, 3))
	wants(t, err, "ROOT 4 is no root of it")
	wants(t, f.Sign(u.roots[3]), "is no root of it")
	alone := u.file(1, nil, 0, 1)
	alone.Threshold = 1
	wants(t, alone.Sign(u.roots[0]), "have at least 2 roots sign")
	// The same person with two cards is one root.
	twin := u.file(1, nil, 0, 1)
	again := person(t, 77, "ROOT-1")
	twin.Roots[1] = again.Card
	wants(t, twin.Sign(u.roots[0]), "ROOT-1 has two roots")
	if !strings.Contains(twin.Sign(again).Error(), "two roots") {
		t.Error("a root with two cards signs")
	}
}

func TestVersionsFollow(t *testing.T) {
	u := newUnit(t)
	first := u.signed(t, u.file(1, nil, 0, 1, 2), 0, 1)
	pin, err := first.Found(u.cards(0, 1))
	wants(t, err, "")
	second := u.signed(t, u.file(2, first, 0, 1, 2), 1, 2)
	next, err := pin.Follow(second)
	wants(t, err, "")
	_, err = next.Follow(second)
	wants(t, err, "")
	_, err = next.Follow(first)
	wants(t, err, "it has version 1, and version 2 was seen")
	fork := u.file(2, first, 0, 1, 2)
	fork.Expires++
	_, err = next.Follow(u.signed(t, fork, 0, 1))
	wants(t, err, "there are two of version 2")
	_, err = next.Follow(u.signed(t, u.file(3, first, 0, 1, 2), 0, 1))
	wants(t, err, "follows another version 2")
	third := u.signed(t, u.file(3, second, 0, 1, 2), 0)
	_, err = next.Follow(third)
	wants(t, err, "1 roots of the version before have signed it")
	// One that comes after a version that was missed.
	_, err = pin.Follow(u.signed(t, third, 1))
	wants(t, err, "")
}

// Roots hand over to others only together, and one root cannot throw out another.
func TestRootsHandOver(t *testing.T) {
	u := newUnit(t)
	first := u.signed(t, u.file(1, nil, 0, 1, 2), 0, 1)
	pin, err := first.Found(u.cards(0, 1))
	wants(t, err, "")
	taken := u.signed(t, u.file(2, first, 2, 3), 2, 3)
	_, err = pin.Follow(taken)
	wants(t, err, "1 roots of the version before have signed it")
	wants(t, taken.SignOver(u.roots[0], first), "")
	next, err := pin.Follow(taken)
	wants(t, err, "")
	// What the old roots sign among themselves counts no longer.
	old := u.signed(t, u.file(3, taken, 0, 1), 0, 1)
	_, err = next.Follow(old)
	wants(t, err, "0 roots of the version before have signed it")
	wants(t, u.file(3, first, 2, 3).SignOver(u.roots[0], taken), "no root of the version before")
}

func TestRolesHaveTheirTime(t *testing.T) {
	u := newUnit(t)
	f := u.file(1, nil, 0, 1)
	f.Holdings = append(f.Holdings, roles.Holding{Role: "movement-commander", CallSign: "CMD 1", From: noon + 10*day, To: noon + 15*day})
	u.signed(t, f, 0, 1)
	c := &u.device.Card
	for _, test := range []struct {
		from, to keys.Instant
		want     bool
	}{
		{noon, noon + 10*day, true},
		{noon - 1, noon + day, false},
		{noon + 9*day, noon + 11*day, false}, // two holdings do not make one
		{noon + 11*day, noon + 15*day, true},
		{noon + 11*day, noon + 15*day + 1, false},
	} {
		if got := f.MayIssue(c, roles.MovementOrder, test.from, test.to); got != test.want {
			t.Errorf("%s to %s: %v", test.from, test.to, got)
		}
	}
	if f.MayIssue(c, roles.Plan, noon, noon+1) || f.MayIssue(&u.roots[0].Card, roles.MovementOrder, noon, noon+1) {
		t.Error("a right that nobody gave")
	}
	if cards, err := f.Resolve("movement-commander", noon, noon+day); err != nil || len(cards) != 1 {
		t.Errorf("%v, %v", cards, err)
	}
	_, err := f.Resolve("movement-commander", noon+16*day, noon+17*day)
	wants(t, err, "nobody holds it")
	_, err = f.Resolve("Driver", noon, noon+1)
	wants(t, err, "is no name of a role")
	_, err = f.Resolve("movement-commander", noon+14*day, noon+31*day)
	wants(t, err, "no key of CMD 1 is for all the time")
	f.Holdings[0].CallSign = "CMD 2"
	_, err = f.Resolve("movement-commander", noon, noon+1)
	wants(t, err, "has no device in the role file")
}

func TestRoleFileIsChecked(t *testing.T) {
	u := newUnit(t)
	for says, change := range map[string]func(*roles.File){
		"versions count":           func(f *roles.File) { f.Version = 0 },
		"name the version before":  func(f *roles.File) { f.Version = 2 },
		"expires before":           func(f *roles.File) { f.Expires = f.Made },
		"more than 400 days":       func(f *roles.File) { f.Expires = f.Made + 401*day },
		"not known":                func(f *roles.File) { f.Suite = 3 },
		"are to sign":              func(f *roles.File) { f.Threshold = 3 },
		"are in it twice":          func(f *roles.File) { f.Devices = append(f.Devices, f.Roots[0]) },
		"no name of a role":        func(f *roles.File) { f.Holdings[0].Role = "John" },
		"the call sign is none":    func(f *roles.File) { f.Holdings[0].CallSign = "John Smith" },
		"it ends before":           func(f *roles.File) { f.Holdings[0].To = f.Holdings[0].From },
		"stated twice":             func(f *roles.File) { f.Rights = append(f.Rights, f.Rights[0]) },
		"there are none":           func(f *roles.File) { f.Rights[0].Kinds = nil },
		"is no kind of document":   func(f *roles.File) { f.Rights[0].Kinds = []roles.Kind{"letter"} },
		"the unit has other":       func(f *roles.File) { f.Unit = "Zelle Süd" },
		"unit: is empty":           func(f *roles.File) { f.Unit = "" },
		"not signed by its own":    func(f *roles.File) { f.Devices[0].NotAfter++ },
		"has no call sign":         func(f *roles.File) { f.Devices[0] = person(t, 50, "").Card },
		"sign with keys of that t": func(f *roles.File) { f.Made = noon - 11*day },
	} {
		f := u.file(1, nil, 0, 1)
		change(f)
		wants(t, f.Sign(u.roots[0]), says)
	}
	f := u.signed(t, u.file(1, nil, 0, 1), 0, 1)
	wants(t, f.InForce(noon+20*day), "version 1 expired")
	wants(t, f.InForce(noon-day), "the clock says")
	wants(t, f.InForce(noon-60), "")
}

// FuzzRead throws bytes at the reader: it never panics, what it reads is written
// back as it was, and can be asked for everything.
func FuzzRead(f *testing.F) {
	u := newUnit(f)
	made := u.signed(f, u.file(1, nil, 0, 1), 0, 1)
	src, err := made.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(src)
	pin, err := made.Found(u.cards(0, 1))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := roles.Read(src)
		if err != nil {
			return
		}
		if out, err := r.Marshal(); err != nil || !bytes.Equal(out, src) {
			t.Fatalf("read as another: %v", err)
		}
		if _, err := pin.Follow(r); err == nil && r.Hash() != made.Hash() {
			t.Fatal("a file that the roots have not signed is followed")
		}
		_, _ = r.Resolve("movement-commander", noon, noon+1)
		r.MayIssue(&u.device.Card, roles.MovementOrder, noon, noon+1)
	})
}
