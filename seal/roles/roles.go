// Package roles reads, makes and follows role files: which call sign holds which
// role from when to when, with which device keys, and which role may issue which
// kind of document.
//
// A role file is signed by at least two root keys, so that nobody alone can give
// himself a role. Its versions form a chain: each names the hash of the one
// before, and is signed by roots of the one before as well.
//
// Nothing here reads a clock or a file.
package roles

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/seal/internal/canon"
	"github.com/outrider-project/outrider/seal/keys"
)

// Format of role files.
const Format = "outrider.roles/1"

const tagRoles = "outrider seal 1: roles"

// Limits of a role file.
const (
	MinRoots    = 2 // signatures that every role file has at least
	maxRoots    = 16
	maxDevices  = 1000
	maxHoldings = 4000
	maxRights   = 200
	maxUnit     = 40

	// MaxLife is the longest time from the making of a role file to its expiry: a
	// lost device stays in old copies of the file at most that long.
	MaxLife = 400 * 24 * time.Hour
)

// A Kind is a kind of document that is sealed.
type Kind string

// Kinds of document. A chain of versions is within one kind: a fragmentary order
// says what changes in a movement order and does not replace it.
const (
	Document        Kind = "document" // anything without a kind of its own
	WarningOrder    Kind = "warning-order"
	MovementOrder   Kind = "movement-order"
	Fragmentary     Kind = "fragmentary-order"
	Notification    Kind = "movement-notification"
	Plan            Kind = "plan"
	CodeWords       Kind = "code-words"
	Authentication  Kind = "authentication-sheet"
	Export          Kind = "export"
	Roles           Kind = "role-file"
	CurrentList     Kind = "current-list"
	ReleaseShare    Kind = "release-share"
	Acknowledgement Kind = "acknowledgement"
	Draw            Kind = "draw"
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{
		Document, WarningOrder, MovementOrder, Fragmentary, Notification, Plan, CodeWords, Authentication, Export,
		Roles, CurrentList, ReleaseShare, Acknowledgement, Draw,
	}
}

// Known reports whether k is one of Kinds.
func (k Kind) Known() bool { return slices.Contains(Kinds(), k) }

// A Holding is a role that a call sign holds for a time. With the call sign it
// holds for all devices of that call sign.
type Holding struct {
	Role     string       `json:"role"`
	CallSign string       `json:"call_sign"`
	From     keys.Instant `json:"from"`
	To       keys.Instant `json:"to"`
}

// A Right lets a role issue kinds of documents.
type Right struct {
	Role  string `json:"role"`
	Kinds []Kind `json:"kinds"`
}

// A Signature is that of a root.
type Signature struct {
	Root      keys.Hash  `json:"root"` // hash of its keys
	Signature keys.Bytes `json:"signature"`
}

// A File is a role file.
type File struct {
	Format     string       `json:"format"`
	Unit       string       `json:"unit"`
	Version    uint64       `json:"version"` // from 1
	Previous   keys.Hash    `json:"previous"`
	Made       keys.Instant `json:"made"`
	Expires    keys.Instant `json:"expires"`
	Suite      keys.Suite   `json:"suite"`     // the least that is read and written
	Threshold  int          `json:"threshold"` // how many roots sign, at least MinRoots
	Roots      []keys.Card  `json:"roots"`
	Devices    []keys.Card  `json:"devices"`
	Holdings   []Holding    `json:"holdings"`
	Rights     []Right      `json:"rights"`
	Signatures []Signature  `json:"signatures"`
}

// Read reads a role file and checks all that needs no trust: form, signatures
// against its own roots as far as there are any. Whether those roots are to be
// trusted, is for Found and Follow to say.
func Read(src []byte) (*File, error) {
	var f File
	if err := canon.Unmarshal("role file", src, &f); err != nil {
		return nil, err
	}
	return &f, f.check()
}

// Marshal returns the role file as a file.
func (f *File) Marshal() ([]byte, error) {
	// Lists that hold nothing have one spelling too.
	out := *f
	out.Roots = append([]keys.Card{}, f.Roots...)
	out.Devices = append([]keys.Card{}, f.Devices...)
	out.Holdings = append([]Holding{}, f.Holdings...)
	out.Rights = append([]Right{}, f.Rights...)
	out.Signatures = append([]Signature{}, f.Signatures...)
	return canon.Marshal(out)
}

// Row returns the role file in canonical form without its signatures.
func (f *File) Row() []byte {
	r := canon.Begin(tagRoles).Text(f.Format).Text(f.Unit).Number(f.Version).Hash(f.Previous).Instant(f.Made).Instant(f.Expires).
		Number(uint64(f.Suite)).Number(uint64(f.Threshold))
	for _, cards := range [][]keys.Card{f.Roots, f.Devices} {
		r.Number(uint64(len(cards)))
		for i := range cards {
			r.Bytes(cards[i].Row()).Bytes(cards[i].Signature)
		}
	}
	r.Number(uint64(len(f.Holdings)))
	for _, h := range f.Holdings {
		r.Text(h.Role).Text(h.CallSign).Instant(h.From).Instant(h.To)
	}
	r.Number(uint64(len(f.Rights)))
	for _, right := range f.Rights {
		r.Text(right.Role).Number(uint64(len(right.Kinds)))
		for _, k := range right.Kinds {
			r.Text(string(k))
		}
	}
	return r.Out()
}

// Hash names the content of the role file, whoever has signed it.
func (f *File) Hash() keys.Hash { return canon.Begin(tagRoles).Bytes(f.Row()).Sum() }

var (
	roleForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	unitForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ./-]*$`)
)

func checkRole(where, role string) error {
	if len(role) > maxUnit || !roleForm.MatchString(role) {
		return canon.Invalid(where, fmt.Sprintf("%.40q is no name of a role", role), "use small letters and hyphens, such as driver or movement-commander")
	}
	return nil
}

// check refuses what no role file may say.
func (f *File) check() error {
	const where = "role file"
	const remedy = "have it made anew"
	if err := canon.CheckFormat(where, f.Format, Format); err != nil {
		return err
	}
	if err := canon.CheckText(where+": unit", f.Unit, maxUnit); err != nil {
		return err
	}
	switch {
	case !unitForm.MatchString(f.Unit):
		return canon.Invalid(where, "the unit has other characters than letters, digits, blanks, dots and hyphens", remedy)
	case f.Version < 1 || f.Version > 1<<32:
		return canon.Invalid(where, "versions count from 1", remedy)
	case (f.Version == 1) != f.Previous.IsZero():
		return canon.Invalid(where, "it must name the version before, unless it is the first", remedy)
	case !f.Made.InRange() || !f.Expires.InRange() || f.Expires <= f.Made:
		return canon.Invalid(where, "it expires before it is made", remedy)
	case f.Expires > f.Made.Add(MaxLife):
		return canon.Invalid(where, fmt.Sprintf("it would hold for more than %d days", MaxLife/(24*time.Hour)), "give it an earlier expiry")
	case f.Suite != keys.Classic && f.Suite != keys.Hybrid:
		return canon.Invalid(where, f.Suite.String()+" is not known", remedy)
	case len(f.Roots) > maxRoots || len(f.Devices) > maxDevices || len(f.Holdings) > maxHoldings || len(f.Rights) > maxRights || len(f.Signatures) > maxRoots:
		return canon.Invalid(where, fmt.Sprintf("it has more than %d roots, %d devices, %d holdings or %d rights", maxRoots, maxDevices, maxHoldings, maxRights), "make a role file per unit")
	case f.Threshold < MinRoots || f.Threshold > len(f.Roots):
		return canon.Invalid(where, fmt.Sprintf("roots in it: %d, of which %d are to sign", len(f.Roots), f.Threshold), fmt.Sprintf("name more roots, or another number of signatures; have at least %d roots sign, and at most all", MinRoots))
	}
	if err := f.checkCards(); err != nil {
		return err
	}
	if err := f.checkHoldings(); err != nil {
		return err
	}
	for i, s := range f.Signatures {
		if slices.ContainsFunc(f.Signatures[:i], func(o Signature) bool { return o.Root == s.Root }) {
			return canon.Invalid(where, "a root has signed it twice", remedy)
		}
	}
	return nil
}

func (f *File) checkCards() error {
	ids := map[keys.Hash]bool{}
	halves := map[string]bool{}
	for n, cards := range [][]keys.Card{f.Roots, f.Devices} {
		for i := range cards {
			c := &cards[i]
			if err := c.Check(); err != nil {
				return err
			}
			if c.CallSign == "" {
				return canon.Invalid("role file", "a card in it has no call sign", "have the identity made with one")
			}
			if ids[c.ID()] || halves[c.Sealing] || halves[string(c.Signing)] {
				return canon.Invalid("role file", "the keys of "+c.CallSign+" are in it twice", "a key belongs to one device, and to roots or devices")
			}
			ids[c.ID()], halves[c.Sealing], halves[string(c.Signing)] = true, true, true
			if n == 1 && c.Suite() < f.Suite {
				return canon.Invalid("role file", fmt.Sprintf("the card of %s is for %s, less than %s", c.CallSign, c.Suite(), f.Suite), "have it make keys of that suite")
			}
		}
	}
	// Two roots of one person would be one person who signs twice.
	for i := range f.Roots {
		for k := range f.Roots[:i] {
			if callsign.Same(f.Roots[i].CallSign, f.Roots[k].CallSign) {
				return canon.Invalid("role file", f.Roots[i].CallSign+" has two roots", "give each root to another person")
			}
		}
	}
	return nil
}

func (f *File) checkHoldings() error {
	for _, h := range f.Holdings {
		if err := checkRole("role file: holding", h.Role); err != nil {
			return err
		}
		switch {
		case !callsign.Valid(h.CallSign):
			return canon.Invalid("role file: holding of "+h.Role, "the call sign is none", "use capital letters and a number; never a name")
		case !h.From.InRange() || !h.To.InRange() || h.To <= h.From:
			return canon.Invalid("role file: "+h.CallSign+" as "+h.Role, "it ends before it begins", "give it another time")
		}
	}
	for i, r := range f.Rights {
		if err := checkRole("role file: right", r.Role); err != nil {
			return err
		}
		if slices.ContainsFunc(f.Rights[:i], func(o Right) bool { return o.Role == r.Role }) {
			return canon.Invalid("role file: rights of "+r.Role, "they are stated twice", "put them into one list")
		}
		if len(r.Kinds) == 0 || len(r.Kinds) > len(Kinds()) {
			return canon.Invalid("role file: rights of "+r.Role, "there are none, or some twice", "name each kind once")
		}
		for k, kind := range r.Kinds {
			if !kind.Known() || slices.Contains(r.Kinds[:k], kind) {
				return canon.Invalid("role file: rights of "+r.Role, fmt.Sprintf("%.40q is no kind of document, or there twice", kind), "name each kind once")
			}
		}
	}
	return nil
}

// MayIssue reports whether the card is a device of the file whose call sign holds,
// during all of from to to, a role with the right to issue the kind. A period put
// together from several holdings of one role does not count.
//
// Call sign and period are those that the file has for the keys: a card is signed
// by its holder alone, who can make another one under another name.
func (f *File) MayIssue(c *keys.Card, kind Kind, from, to keys.Instant) bool {
	c = f.Device(c.Signing)
	if c == nil || !c.Covers(from, to) {
		return false
	}
	for _, h := range f.Holdings {
		if callsign.Same(h.CallSign, c.CallSign) && h.From <= from && to <= h.To && f.grants(h.Role, kind) {
			return true
		}
	}
	return false
}

func (f *File) grants(role string, kind Kind) bool {
	return slices.ContainsFunc(f.Rights, func(r Right) bool { return r.Role == role && slices.Contains(r.Kinds, kind) })
}

// Device returns the card with a signing key, nil if the file has none. Roots are
// no devices: they issue nothing but role files.
func (f *File) Device(signing []byte) *keys.Card {
	for i := range f.Devices {
		if slices.Equal(f.Devices[i].Signing, signing) {
			return &f.Devices[i]
		}
	}
	return nil
}

// Holds reports whether the card's keys are those of a device of the file.
func (f *File) Holds(c *keys.Card) bool {
	d := f.Device(c.Signing)
	return d != nil && d.ID() == c.ID()
}

// Called returns the cards of the devices of a call sign.
func (f *File) Called(sign string) []keys.Card {
	var out []keys.Card
	for i := range f.Devices {
		if callsign.Same(f.Devices[i].CallSign, sign) {
			out = append(out, f.Devices[i])
		}
	}
	return out
}

// Resolve returns the cards of all devices of those who hold the role at any time
// from from to to. A device whose keys are not of the whole time is an error:
// its holder could not read the order while it is in force.
func (f *File) Resolve(role string, from, to keys.Instant) ([]keys.Card, error) {
	where := "role " + role
	if err := checkRole("role", role); err != nil {
		return nil, err
	}
	var out []keys.Card
	held := false
	for _, h := range f.Holdings {
		if h.Role != role || h.From > to || h.To < from {
			continue
		}
		held = true
		devices := f.Called(h.CallSign)
		if len(devices) == 0 {
			return nil, canon.Refused(where, h.CallSign+" holds it and has no device in the role file", "add a card of "+h.CallSign+" to the role file")
		}
		fit := false
		for i := range devices {
			if !devices[i].Covers(from, to) {
				continue
			}
			fit = true
			if !slices.ContainsFunc(out, func(c keys.Card) bool { return c.ID() == devices[i].ID() }) {
				out = append(out, devices[i])
			}
		}
		if !fit {
			return nil, canon.Refused(where, fmt.Sprintf("no key of %s is for all the time from %s to %s", h.CallSign, from, to), "shorten the order, or put a card with new keys into the role file")
		}
	}
	if !held {
		return nil, canon.Refused(where, fmt.Sprintf("nobody holds it from %s to %s", from, to), "see roles show")
	}
	return out, nil
}
