package roles

import (
	"fmt"
	"slices"
	"time"

	"github.com/outrider-project/outrider/seal/internal/canon"
	"github.com/outrider-project/outrider/seal/keys"
)

// Sign adds the signature of a root, in place of one it gave before.
func (f *File) Sign(root *keys.Identity) error {
	id := root.Card.ID()
	if !slices.ContainsFunc(f.Roots, func(c keys.Card) bool { return c.ID() == id }) {
		return canon.Refused("role file", root.Card.Who()+" is no root of it", "sign with a root")
	}
	return f.sign(root)
}

// SignOver adds the signature of a root of the version before that is no root of
// this one: it hands over to the new roots.
func (f *File) SignOver(root *keys.Identity, before *File) error {
	id := root.Card.ID()
	if f.Previous != before.Hash() || !slices.ContainsFunc(before.Roots, func(c keys.Card) bool { return c.ID() == id }) {
		return canon.Refused("role file", root.Card.Who()+" is no root of the version before", "sign with a root")
	}
	return f.sign(root)
}

func (f *File) sign(root *keys.Identity) error {
	if !root.Card.Covers(f.Made, f.Made) {
		return canon.Refused("role file", fmt.Sprintf("the keys of %s are from %s to %s, and it was made %s", root.Card.Who(), root.Card.NotBefore, root.Card.NotAfter, f.Made), "sign with keys of that time")
	}
	if err := f.check(); err != nil {
		return err
	}
	id := root.Card.ID()
	f.Signatures = slices.DeleteFunc(f.Signatures, func(s Signature) bool { return s.Root == id })
	if len(f.Signatures) == maxRoots {
		return canon.Refused("role file", "it has all the signatures it can hold", "leave out those that are not needed")
	}
	f.Signatures = append(f.Signatures, Signature{Root: id, Signature: root.Sign(f.Row())})
	return nil
}

// signedBy counts the roots that have signed and whose keys were in their period
// when the file was made.
func (f *File) signedBy(roots []keys.Card) int {
	row, n := f.Row(), 0
	for i := range roots {
		id := roots[i].ID()
		at := slices.IndexFunc(f.Signatures, func(s Signature) bool { return s.Root == id })
		if at >= 0 && roots[i].Covers(f.Made, f.Made) && roots[i].Verify(row, f.Signatures[at].Signature) {
			n++
		}
	}
	return n
}

// Skew is how far two clocks may be apart without anybody being refused.
const Skew = 2 * time.Minute

// InForce refuses a file that has expired, or that was made after now.
func (f *File) InForce(now keys.Instant) error {
	switch {
	case now >= f.Expires:
		return canon.Refused("role file", fmt.Sprintf("version %d expired %s", f.Version, f.Expires), "get the version that is in force")
	case now.Add(Skew) < f.Made:
		return canon.Refused("role file", fmt.Sprintf("version %d was made %s, and the clock says %s", f.Version, f.Made, now), "set the clock right")
	}
	return nil
}

// A Pin is what a device remembers of the role files it has accepted.
type Pin struct {
	Unit      string       `json:"unit"`
	Version   uint64       `json:"version"`
	Hash      keys.Hash    `json:"hash"`
	Made      keys.Instant `json:"made"`
	Threshold int          `json:"threshold"`
	Roots     []keys.Card  `json:"roots"`
}

func (f *File) pin() *Pin {
	return &Pin{Unit: f.Unit, Version: f.Version, Hash: f.Hash(), Made: f.Made, Threshold: f.Threshold, Roots: slices.Clone(f.Roots)}
}

// Found accepts a first role file of a device: roots are the cards that the
// device's holder has compared by fingerprint, at least MinRoots of them, and
// all of them must be roots of the file and have signed it.
func (f *File) Found(roots []keys.Card) (*Pin, error) {
	var distinct []keys.Card
	for i := range roots {
		id := roots[i].ID()
		if !slices.ContainsFunc(distinct, func(c keys.Card) bool { return c.ID() == id }) {
			distinct = append(distinct, roots[i])
		}
		if !slices.ContainsFunc(f.Roots, func(c keys.Card) bool { return c.ID() == id }) {
			return nil, canon.Refused("role file", roots[i].Who()+" is no root of it", "see that it is the right file, and the right root")
		}
	}
	if len(distinct) < MinRoots {
		return nil, canon.Refused("role file", fmt.Sprintf("at least %d roots must be known", MinRoots), "name the cards of roots whose fingerprints you have compared")
	}
	if n := f.signedBy(distinct); n < len(distinct) {
		return nil, canon.Refused("role file", fmt.Sprintf("of %d known roots %d have signed it", len(distinct), n), "have it signed by all of them")
	}
	if err := f.Signed(); err != nil {
		return nil, err
	}
	return f.pin(), nil
}

// Signed refuses a file that not enough of its own roots have signed.
func (f *File) Signed() error {
	if n := f.signedBy(f.Roots); n < f.Threshold {
		return canon.Refused("role file", fmt.Sprintf("%d of %d roots have signed it, and %d must", n, len(f.Roots), f.Threshold), "have it signed by more roots")
	}
	return nil
}

// Follow accepts a role file by a device that has accepted one before: it is the
// same, or a later one, signed by enough roots of the earlier and by enough of
// its own. An older version is refused, and so is another content of the same
// version. Between versions some may be missing; then the chain of hashes cannot
// be followed, and the roots' signatures are what counts.
//
// The unit stays the same: a root signs one file of each version of a unit, and
// two under two names would be in force at one time. Nor is a later version made
// before the earlier one: roots whose period is over could date one back into it.
func (p *Pin) Follow(f *File) (*Pin, error) {
	hash := f.Hash()
	switch {
	case f.Unit != p.Unit:
		return nil, canon.Refused("role file", fmt.Sprintf("it is of the unit %s, and the device follows %s", f.Unit, p.Unit), "use an identity of its own for each unit")
	case f.Version < p.Version:
		return nil, canon.Refused("role file", fmt.Sprintf("it has version %d, and version %d was seen", f.Version, p.Version), "get the version that is in force")
	case f.Version == p.Version && hash != p.Hash:
		return nil, canon.Refused("role file", fmt.Sprintf("there are two of version %d: %.8s and %.8s", f.Version, hash, p.Hash), "ask the roots by voice which is right, and why there are two")
	case f.Version == p.Version+1 && f.Previous != p.Hash:
		return nil, canon.Refused("role file", fmt.Sprintf("version %d follows another version %d than the one that was seen", f.Version, p.Version), "ask the roots by voice which is right, and why there are two")
	case f.Made < p.Made:
		return nil, canon.Refused("role file", fmt.Sprintf("version %d was made %s, before version %d, %s", f.Version, f.Made, p.Version, p.Made), "ask the roots by voice; somebody has dated it back, or a clock is wrong")
	}
	if n := f.signedBy(p.Roots); n < p.Threshold {
		return nil, canon.Refused("role file", fmt.Sprintf("%d roots of the version before have signed it, and %d must", n, p.Threshold), "have it signed by more of them")
	}
	if err := f.Signed(); err != nil {
		return nil, err
	}
	return f.pin(), nil
}
