package seal

import (
	"fmt"
	"slices"

	"github.com/outrider-project/outrider/seal/internal/canon"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// FormatSeen is the format of what a device remembers.
const FormatSeen = "outrider.seen/1"

// maxChains and maxParts bound what a device remembers, so that its file stays
// below the size up to which it is read; keys live for one period, and what they
// have seen with them.
const (
	maxChains = 4000
	maxParts  = 6000 // of all chains together
	maxUnits  = 16
	// What signers outside the role file may fill of it, so that none of them can
	// keep a device from opening what those with a right issue.
	maxBareChains = 1500
	maxBareParts  = 2000
)

// Seen is what the device of an identity remembers, so that nothing older passes
// for new: the latest time, the role file, the versions. Who takes it away from
// the device takes away these checks and no others.
type Seen struct {
	Format string    `json:"format"`
	Key    keys.Hash `json:"key"` // of the identity
	// Latest is the latest time that the device's own clock has said, Signed the
	// latest that a signature vouches for.
	Latest Instant    `json:"latest"`
	Signed Instant    `json:"signed"`
	Pin    *roles.Pin `json:"roles,omitempty"` // nil until a role file was accepted
	Chains []Chain    `json:"chains,omitempty"`
	// Vouched are the role files that the identity has signed as a root.
	Vouched []Vouched `json:"vouched,omitempty"`
}

// Vouched is the latest role file of a unit that a root has signed.
type Vouched struct {
	Unit    string    `json:"unit"`
	Version uint64    `json:"version"`
	Hash    keys.Hash `json:"hash"`
}

// A Chain is what was seen of one kind of document of an order.
type Chain struct {
	// Issuer is the key of a signer outside the role file, so that nobody without
	// a right can push versions of those with one; empty within the role file.
	Issuer  keys.Bytes `json:"issuer"`
	Order   string     `json:"order"`
	Kind    roles.Kind `json:"kind"`
	Version uint64     `json:"version"`          // the highest that was opened
	Listed  uint64     `json:"listed"`           // the highest that a current list named
	Revoked bool       `json:"withdrawn"`        // a current list withdrew it at the version Listed
	Parts   []SeenPart `json:"parts,omitempty"`  // of the version that was opened
	Before  []SeenPart `json:"before,omitempty"` // of the one that was opened before
}

// A SeenPart is a part that was opened.
type SeenPart struct {
	Version uint64    `json:"version"`
	Part    string    `json:"part"`
	Link    keys.Hash `json:"link"` // see Label.Link
}

// NewSeen returns the memory of a device that has seen nothing.
func NewSeen(c *keys.Card) *Seen {
	return &Seen{Format: FormatSeen, Key: c.ID(), Latest: c.NotBefore, Signed: c.NotBefore}
}

// ReadSeen reads the memory of the identity with the given card.
func ReadSeen(src []byte, c *keys.Card) (*Seen, error) {
	const where = "memory of the device"
	var s Seen
	if err := canon.Unmarshal(where, src, &s); err != nil {
		return nil, err
	}
	if err := canon.CheckFormat(where, s.Format, FormatSeen); err != nil {
		return nil, err
	}
	if s.Key != c.ID() {
		return nil, canon.Invalid(where, "it is that of another identity", "keep each identity in a folder of its own")
	}
	if s.Pin != nil && (s.Pin.Threshold < roles.MinRoots || s.Pin.Version < 1) {
		return nil, canon.Invalid(where, "the role file that it follows has no roots", "restore it from a copy")
	}
	all, _ := s.parts()
	if !s.Latest.InRange() || !s.Signed.InRange() || len(s.Chains) > maxChains || len(s.Vouched) > maxUnits || all > maxParts {
		return nil, canon.Invalid(where, "it does not say what it must", "restore it from a copy")
	}
	return &s, nil
}

// parts counts the parts of all chains, and those of signers outside the role
// file among them.
func (s *Seen) parts() (all, bare int) {
	for i := range s.Chains {
		n := len(s.Chains[i].Parts) + len(s.Chains[i].Before)
		all += n
		if len(s.Chains[i].Issuer) > 0 {
			bare += n
		}
	}
	return all, bare
}

// Marshal returns the memory as a file.
func (s *Seen) Marshal() ([]byte, error) { return canon.Marshal(s) }

// Tick tells the device the time. It refuses a clock that says less than it said
// before, or than a signed time, by more than roles.Skew.
func (s *Seen) Tick(now Instant) error {
	if !now.InRange() {
		return canon.Refused("clock", "it is outside the years 1970 to 9999", "set it right")
	}
	switch {
	case now.Add(roles.Skew) < s.Signed:
		return canon.Refused("clock", fmt.Sprintf("it says %s, and something signed %s was seen", now, s.Signed), "set it right")
	case now.Add(roles.Skew) < s.Latest:
		return canon.Refused("clock", fmt.Sprintf("it says %s, and it said %s before", now, s.Latest), "set it right; if it was ahead before, say so with --clock-was-ahead")
	}
	s.Latest = max(s.Latest, now)
	return nil
}

// WasAhead forgets what the device's own clock has said, for one that was set too
// far ahead. What signatures vouch for stays.
func (s *Seen) WasAhead() { s.Latest = s.Signed }

// Found accepts the first role file of the device; see roles.File.Found.
func (s *Seen) Found(f *roles.File, roots []keys.Card, now Instant) error {
	if s.Pin != nil {
		return canon.Refused("role file", fmt.Sprintf("the device follows version %d of one already", s.Pin.Version), "use an identity of its own for each unit; later versions are accepted by themselves")
	}
	if err := f.InForce(now); err != nil {
		return err
	}
	pin, err := f.Found(roots)
	if err != nil {
		return err
	}
	s.Pin, s.Signed = pin, max(s.Signed, f.Made)
	return nil
}

// Follow accepts a role file that is the one the device has accepted or follows
// it, and is in force.
func (s *Seen) Follow(f *roles.File, now Instant) error {
	if s.Pin == nil {
		return canon.Refused("role file", "the device has accepted none yet", "compare the fingerprints of two roots by voice, then use roles accept")
	}
	pin, err := s.Pin.Follow(f)
	if err != nil {
		return err
	}
	if err := f.InForce(now); err != nil {
		return err
	}
	s.Pin, s.Signed = pin, max(s.Signed, f.Made)
	return nil
}

// Vouch remembers that the identity signs a role file as a root. It refuses what
// would let two files of one version be in force: another of the same version, an
// older one, a next one that does not follow the one that was signed, or that
// follows it under another name.
func (s *Seen) Vouch(f *roles.File) error {
	for _, v := range s.Vouched {
		if v.Hash == f.Previous && v.Unit != f.Unit {
			return canon.Refused("role file", fmt.Sprintf("it is of the unit %s and follows version %d of %s, which you have signed", f.Unit, v.Version, v.Unit), "have it made under the name of the unit")
		}
	}
	i := slices.IndexFunc(s.Vouched, func(v Vouched) bool { return v.Unit == f.Unit })
	if i < 0 {
		if len(s.Vouched) == maxUnits {
			return canon.Refused("memory of the device", fmt.Sprintf("it holds %d units", maxUnits), "use another root for more")
		}
		s.Vouched = append(s.Vouched, Vouched{Unit: f.Unit})
		i = len(s.Vouched) - 1
	}
	v, hash := &s.Vouched[i], f.Hash()
	switch {
	case f.Version < v.Version:
		return canon.Refused("role file", fmt.Sprintf("it has version %d, and you have signed version %d", f.Version, v.Version), "sign a later one")
	case f.Version == v.Version && hash != v.Hash:
		return canon.Refused("role file", fmt.Sprintf("you have signed another version %d: %.8s", v.Version, v.Hash), "have it made as the next version")
	case f.Version == v.Version+1 && v.Version > 0 && f.Previous != v.Hash:
		return canon.Refused("role file", fmt.Sprintf("it follows another version %d than the one you have signed", v.Version), "have it made from that one")
	}
	v.Version, v.Hash = f.Version, hash
	return nil
}

// chain returns what was seen of an order, nil if nothing was.
func (s *Seen) chain(issuer []byte, order string, kind roles.Kind) *Chain {
	for i := range s.Chains {
		c := &s.Chains[i]
		if c.Order == order && c.Kind == kind && slices.Equal(c.Issuer, issuer) {
			return c
		}
	}
	return nil
}

func (s *Seen) chainFor(issuer []byte, order string, kind roles.Kind) (*Chain, error) {
	if c := s.chain(issuer, order, kind); c != nil {
		return c, nil
	}
	full := len(s.Chains) >= maxChains
	if len(issuer) > 0 {
		bare := 0
		for i := range s.Chains {
			if len(s.Chains[i].Issuer) > 0 {
				bare++
			}
		}
		full = full || bare >= maxBareChains
	}
	if full {
		return nil, canon.Refused("memory of the device", fmt.Sprintf("it holds %d orders, as many as it can of their kind", len(s.Chains)), "make keys for the next period")
	}
	s.Chains = append(s.Chains, Chain{Issuer: slices.Clone(issuer), Order: order, Kind: kind})
	return &s.Chains[len(s.Chains)-1], nil
}

// scope is whose chain a statement belongs to.
func (s *Statement) scope() []byte {
	if s.RolesVersion > 0 {
		return nil
	}
	return s.Issuer
}

// admit refuses a statement that is older than what was seen, or another than
// what was seen under its name.
func (s *Seen) admit(st *Statement) error {
	c := s.chain(st.scope(), st.Order, st.Kind)
	if c == nil {
		return nil
	}
	switch {
	case c.Revoked && st.Version <= c.Listed:
		return canon.Refused(st.Name(), "a current list has withdrawn it", "do not act on it; ask its issuer")
	case st.Version < c.Listed:
		return canon.Refused(st.Name(), fmt.Sprintf("a current list names version %d", c.Listed), "get that version")
	case st.Version < c.Version:
		return canon.Refused(st.Name(), fmt.Sprintf("version %d was opened before", c.Version), "use that version")
	}
	for _, p := range slices.Concat(c.Parts, c.Before) {
		if p.Part == st.Part && p.Version+1 == st.Version && !st.Previous.IsZero() && st.Previous != p.Link {
			return canon.Refused(st.Name(), fmt.Sprintf("it follows another version %d than the one that was opened", p.Version), "ask its issuer by voice which is right, and why there are two")
		}
	}
	return nil
}

// agree refuses another document than the one that was opened under its name.
func (s *Seen) agree(st *Statement, link Hash) error {
	c := s.chain(st.scope(), st.Order, st.Kind)
	if c == nil {
		return nil
	}
	for _, p := range c.Parts {
		if p.Part == st.Part && p.Version == st.Version && p.Link != link {
			return canon.Refused(st.Name(), "another document with this version was opened before", "ask its issuer by voice which is right, and why there are two")
		}
	}
	return nil
}

// note remembers a statement whose document was opened.
func (s *Seen) note(st *Statement, link Hash) error {
	c, err := s.chainFor(st.scope(), st.Order, st.Kind)
	if err != nil {
		return err
	}
	if st.Version > c.Version {
		if len(c.Parts) > 0 {
			c.Before = c.Parts
		}
		c.Parts, c.Version = nil, st.Version
	}
	part := SeenPart{Version: st.Version, Part: st.Part, Link: link}
	if !slices.Contains(c.Parts, part) {
		if all, bare := s.parts(); all >= maxParts || len(c.Issuer) > 0 && bare >= maxBareParts {
			return canon.Refused("memory of the device", fmt.Sprintf("it holds %d parts of orders, as many as it can of their kind", all), "make keys for the next period")
		}
		c.Parts = append(c.Parts, part)
	}
	s.Signed = max(s.Signed, st.NotBefore)
	return nil
}

// Previous returns the link of a part as it was opened in the
// version before, zero if it was not: what an issuer who takes over an order
// needs. Issuer is nil within the role file.
func (s *Seen) Previous(issuer []byte, order string, kind roles.Kind, part string, version uint64) Hash {
	c := s.chain(issuer, order, kind)
	if c == nil {
		return Hash{}
	}
	for _, p := range slices.Concat(c.Parts, c.Before) {
		if p.Part == part && p.Version+1 == version {
			return p.Link
		}
	}
	return Hash{}
}
