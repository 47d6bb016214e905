package seal

import (
	"fmt"
	"slices"
	"time"

	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/seal/internal/canon"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// FormatList is the format of current lists.
const FormatList = "outrider.current/1"

const (
	maxEntries = 2000

	// MaxListLife is the longest time that a current list speaks for.
	MaxListLife = 7 * 24 * time.Hour
)

// An Entry of a current list names the version in force of an order's kind of
// document.
type Entry struct {
	Order     string     `json:"order"`
	Kind      roles.Kind `json:"kind"`
	Version   uint64     `json:"version"`
	Withdrawn bool       `json:"withdrawn"` // nothing up to this version is in force
}

// A CurrentList is signed by an issuer with the right to: which version of each
// order is in force. It is short-lived; while a device has no newer one, versions
// may have gone on, and the age of the list is what is known of that.
type CurrentList struct {
	Format       string     `json:"format"`
	Issuer       keys.Bytes `json:"issuer"`        // Ed25519 public key
	RolesVersion uint64     `json:"roles_version"` // of the role file it was made under; 0 outside any
	RolesHash    keys.Hash  `json:"roles_hash"`
	Made         Instant    `json:"made"`
	Expires      Instant    `json:"expires"`
	Entries      []Entry    `json:"entries"` // by order, then kind
	Signature    keys.Bytes `json:"signature"`
}

// NewList makes a current list. f is the role file, nil outside any.
func NewList(entries []Entry, id *keys.Identity, f *roles.File, made, expires Instant) (*CurrentList, error) {
	l := &CurrentList{Format: FormatList, Issuer: id.Card.Signing, Made: made, Expires: expires, Entries: append([]Entry{}, entries...)}
	if f != nil {
		if err := f.InForce(made); err != nil {
			return nil, err
		}
		l.RolesVersion, l.RolesHash = f.Version, f.Hash()
	}
	slices.SortFunc(l.Entries, compareEntries)
	if err := l.check(); err != nil {
		return nil, err
	}
	if err := l.issued(&id.Card, f, made); err != nil {
		return nil, err
	}
	l.Signature = id.Sign(l.Row())
	return l, nil
}

func compareEntries(a, b Entry) int {
	if a.Order != b.Order {
		if a.Order < b.Order {
			return -1
		}
		return 1
	}
	switch {
	case a.Kind < b.Kind:
		return -1
	case a.Kind > b.Kind:
		return 1
	}
	return 0
}

// ReadList reads a current list; whether it may be believed, Check says.
func ReadList(src []byte) (*CurrentList, error) {
	var l CurrentList
	if err := canon.Unmarshal("current list", src, &l); err != nil {
		return nil, err
	}
	return &l, l.check()
}

// Marshal returns the list as a file.
func (l *CurrentList) Marshal() ([]byte, error) { return canon.Marshal(l) }

// Row returns the list in canonical form, as it is signed.
func (l *CurrentList) Row() []byte {
	r := canon.Begin(tagList).Bytes(l.Issuer).Number(l.RolesVersion).Hash(l.RolesHash).Instant(l.Made).Instant(l.Expires).Number(uint64(len(l.Entries)))
	for _, e := range l.Entries {
		r.Text(e.Order).Text(string(e.Kind)).Number(e.Version).Flag(e.Withdrawn)
	}
	return r.Out()
}

func (l *CurrentList) check() error {
	const where = "current list"
	if err := canon.CheckFormat(where, l.Format, FormatList); err != nil {
		return err
	}
	switch {
	case !l.Made.InRange() || !l.Expires.InRange() || l.Expires <= l.Made || l.Expires > l.Made.Add(MaxListLife):
		return canon.Invalid(where, fmt.Sprintf("it is to hold for no time, or for more than %d days", MaxListLife/(24*time.Hour)), "give it another expiry")
	case len(l.Entries) > maxEntries:
		return canon.Invalid(where, fmt.Sprintf("it has more than %d entries", maxEntries), "leave out closed orders")
	case (l.RolesVersion == 0) != l.RolesHash.IsZero():
		return canon.Invalid(where, "it names a role file by half", "have it made again")
	}
	for i, e := range l.Entries {
		if err := checkID(e.Order); err != nil {
			return err
		}
		if e.Version < 1 || e.Version > maxVersion || !e.Kind.Known() {
			return canon.Invalid(where+": "+e.Order, "its version or kind is none", "have the list made again")
		}
		if i > 0 && compareEntries(l.Entries[i-1], e) >= 0 {
			return canon.Invalid(where+": "+e.Order, "the entries are not in order, or one is there twice", "have the list made again")
		}
	}
	return nil
}

// issued refuses an issuer who has not the right from the making of the list until
// now: one who left could date a list back and withdraw what others issue.
func (l *CurrentList) issued(c *keys.Card, f *roles.File, now Instant) error {
	until := max(l.Made, now)
	if f == nil {
		if !c.Covers(l.Made, until) {
			return canon.Refused("current list", fmt.Sprintf("it was made %s, and the keys of %s are from %s to %s", l.Made, c.Who(), c.NotBefore, c.NotAfter), "have it made with keys in their period")
		}
		return nil
	}
	switch {
	case f.MayIssue(c, roles.CurrentList, l.Made, until):
		return nil
	case f.MayIssue(c, roles.CurrentList, l.Made, l.Made):
		return canon.Refused("current list", fmt.Sprintf("%s has no right to issue one any more in version %d of the role file", c.Who(), f.Version), "get a list from who has the right now; this one could be dated back")
	}
	return canon.Refused("current list", fmt.Sprintf("%s has no right to issue one in version %d of the role file", c.Who(), f.Version), "have it made by a role that has the right")
}

// Check refuses a list that is not signed by someone with the right to, then and
// now, under the role file or, without one, by the signer. A list past its expiry
// passes: what it names was in force once, and versions only rise.
func (l *CurrentList) Check(f *roles.File, signer *keys.Card, now Instant) error {
	if err := l.check(); err != nil {
		return err
	}
	c := signer
	if f != nil {
		c = f.Device(l.Issuer)
	}
	if c == nil || !slices.Equal(c.Signing, l.Issuer) {
		return canon.Refused("current list", "its issuer is not in the role file, or not the signer that was named", "get the list from its issuer")
	}
	if (f == nil) != (l.RolesVersion == 0) {
		return canon.Refused("current list", "it was made under a role file and is held against none, or the reverse", "name the role file, or the signer, as it was made")
	}
	if f != nil && (l.RolesVersion > f.Version || l.RolesVersion == f.Version && l.RolesHash != f.Hash() || l.RolesVersion+1 == f.Version && l.RolesHash != f.Previous) {
		return canon.Refused("current list", fmt.Sprintf("it was made under version %d of the role file, which is not the one at hand", l.RolesVersion), "get that version")
	}
	if !c.Verify(l.Row(), l.Signature) {
		return canon.Refused("current list", "the signature does not fit", "get the list again from its issuer")
	}
	return l.issued(c, f, now)
}

// scope is whose chains the list speaks of.
func (l *CurrentList) scope() []byte {
	if l.RolesVersion > 0 {
		return nil
	}
	return l.Issuer
}

// TakeList remembers what a list says that Check has passed. Versions only rise,
// so that an older list changes nothing.
func (s *Seen) TakeList(l *CurrentList, now Instant) error {
	if l.Made > now.Add(roles.Skew) {
		return canon.Refused("clock", fmt.Sprintf("it says %s, and the current list was made %s", now, l.Made), "set it right")
	}
	for _, e := range l.Entries {
		c, err := s.chainFor(l.scope(), e.Order, e.Kind)
		if err != nil {
			return err
		}
		switch {
		case e.Version > c.Listed:
			c.Listed, c.Revoked = e.Version, e.Withdrawn
		case e.Version == c.Listed && e.Withdrawn:
			c.Revoked = true
		}
	}
	s.Signed = max(s.Signed, l.Made)
	return nil
}

// Withdrawals returns the entries for an issuer's next list, with what this device
// knows to be withdrawn or to have gone on: an order that one list has withdrawn
// must not be in force by the next, for devices that have seen only that. f is the
// role file, nil outside any.
func (s *Seen) Withdrawals(id *keys.Card, f *roles.File, entries []Entry) []Entry {
	var scope []byte
	if f == nil {
		scope = id.Signing
	}
	out := slices.Clone(entries)
	for i := range s.Chains {
		c := &s.Chains[i]
		if !slices.Equal(c.Issuer, scope) || c.Listed == 0 {
			continue
		}
		at := slices.IndexFunc(out, func(e Entry) bool { return e.Order == c.Order && e.Kind == c.Kind })
		known := Entry{Order: c.Order, Kind: c.Kind, Version: c.Listed, Withdrawn: c.Revoked}
		switch {
		case at < 0 && c.Revoked && len(out) < maxEntries:
			out = append(out, known)
		case at >= 0 && (out[at].Version < c.Listed || out[at].Version == c.Listed && c.Revoked):
			out[at] = known
		}
	}
	return out
}

// Known says what is known of the version in force, for whoever holds a document
// and cannot ask: "latest known version 3, list is 31 h old". l may be nil.
func (s *Seen) Known(st *Statement, l *CurrentList, now Instant) string {
	latest := st.Version
	if c := s.chain(st.scope(), st.Order, st.Kind); c != nil {
		latest = max(latest, c.Version, c.Listed)
	}
	text := fmt.Sprintf("latest known version %d", latest)
	if l == nil {
		return text + ", no current list"
	}
	age := now.Time().Sub(l.Made.Time())
	text += ", list is " + duration(age) + " old"
	if now >= l.Expires {
		text += " and has expired"
	}
	if !slices.ContainsFunc(l.Entries, func(e Entry) bool { return e.Order == st.Order && e.Kind == st.Kind }) {
		text += "; it does not name " + plain.Text(st.Order)
	}
	return text
}

// duration writes how old something is, rounded down.
func duration(d time.Duration) string {
	switch {
	case d < 0:
		return "0 min"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 72*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}
