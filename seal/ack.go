package seal

import (
	"errors"
	"fmt"
	"slices"

	"github.com/outrider-project/outrider/seal/internal/canon"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// FormatAck is the format of acknowledgements.
const FormatAck = "outrider.acknowledgement/1"

// An Ack says that the holder of a key has a version of a document: that he has
// read it, or, of one that is not released, that he has received it. It is
// signed.
type Ack struct {
	Format    string     `json:"format"`
	Order     string     `json:"order"`
	Version   uint64     `json:"version"`
	Kind      roles.Kind `json:"kind"`
	Part      string     `json:"part"`
	Statement keys.Hash  `json:"statement"` // hash of the statement
	Read      bool       `json:"read"`      // false: received, and still locked
	Key       keys.Hash  `json:"key"`       // of the recipient
	At        Instant    `json:"at"`
	Signature keys.Bytes `json:"signature"`
}

// NewAck acknowledges what Open has opened, or Receive has vouched for.
func NewAck(o *Opened, id *keys.Identity, at Instant) (*Ack, error) {
	s := &o.Statement
	a := &Ack{
		Format: FormatAck, Order: s.Order, Version: s.Version, Kind: s.Kind, Part: s.Part,
		Statement: s.Hash(), Read: o.Document != nil, Key: id.Card.ID(), At: at,
	}
	a.Signature = id.Sign(a.Row())
	return a, a.check()
}

// ReadAck reads an acknowledgement; whether it is by a recipient, Tally says.
func ReadAck(src []byte) (*Ack, error) {
	var a Ack
	if err := canon.Unmarshal("acknowledgement", src, &a); err != nil {
		return nil, err
	}
	return &a, a.check()
}

// Marshal returns the acknowledgement as a file.
func (a *Ack) Marshal() ([]byte, error) { return canon.Marshal(a) }

// Row returns the acknowledgement in canonical form, as it is signed.
func (a *Ack) Row() []byte {
	return canon.Begin(tagAck).Text(a.Order).Number(a.Version).Text(string(a.Kind)).Text(a.Part).Hash(a.Statement).Flag(a.Read).Hash(a.Key).Instant(a.At).Out()
}

func (a *Ack) check() error {
	const where = "acknowledgement"
	if err := canon.CheckFormat(where, a.Format, FormatAck); err != nil {
		return err
	}
	if err := checkID(a.Order); err != nil {
		return err
	}
	if err := canon.CheckText(where+": part", a.Part, maxPart); err != nil {
		return err
	}
	if a.Version < 1 || a.Version > maxVersion || !a.Kind.Known() || a.Statement.IsZero() || a.Key.IsZero() || !a.At.InRange() || len(a.Signature) != signatureSize {
		return canon.Invalid(where, "it does not say what, by whom or when", "have it made again")
	}
	return nil
}

// An Issue is what an issuer keeps of a sealed file: enough to number the next
// version, and to tell who has read this one.
type Issue struct {
	Order      string     `json:"order"`
	Version    uint64     `json:"version"`
	Kind       roles.Kind `json:"kind"`
	Part       string     `json:"part"`
	Roles      uint64     `json:"roles"` // version of the role file it was issued under; 0 outside any
	At         Instant    `json:"at"`
	Expires    Instant    `json:"expires"`
	Statement  keys.Hash  `json:"statement"`
	Link       keys.Hash  `json:"link"`
	Locked     bool       `json:"locked"`
	Recipients []Reached  `json:"recipients"`
}

// A Reached is a recipient of a sealed file.
type Reached struct {
	CallSign string     `json:"call_sign"`
	Key      keys.Hash  `json:"key"`
	Signing  keys.Bytes `json:"signing"`
}

// NewIssue returns what to keep of a sealed file.
func NewIssue(s *Sealed, recipients []keys.Card, at Instant) Issue {
	st := &s.Statement
	i := Issue{
		Order: st.Order, Version: st.Version, Kind: st.Kind, Part: st.Part, Roles: st.RolesVersion, At: at, Expires: st.Expires,
		Statement: st.Hash(), Link: s.Link, Locked: !st.Release.IsZero(),
	}
	for k := range recipients {
		c := &recipients[k]
		r := Reached{CallSign: c.CallSign, Key: c.ID(), Signing: c.Signing}
		if !slices.ContainsFunc(i.Recipients, func(o Reached) bool { return o.Key == r.Key }) {
			i.Recipients = append(i.Recipients, r)
		}
	}
	return i
}

// An Answer is how far a recipient has got with a sealed file.
type Answer struct {
	Reached
	Received bool    // has it, locked
	Read     bool    // has opened it
	At       Instant // of the acknowledgement that counts
}

// ErrOtherFile is the finding of Tally about an acknowledgement of another sealed
// file.
var ErrOtherFile = errors.New("it is of another sealed file")

// Tally says who has read what, who has received it, and who has not answered.
// For each acknowledgement there is a finding: nil if it was counted, ErrOtherFile
// if it is of another sealed file, else why it does not count: it is not by a
// recipient, or its signature does not fit.
func (i *Issue) Tally(acks []*Ack) (answers []Answer, findings []error) {
	answers = make([]Answer, len(i.Recipients))
	for k, r := range i.Recipients {
		answers[k].Reached = r
	}
	findings = make([]error, len(acks))
	for n, a := range acks {
		findings[n] = i.count(a, answers)
	}
	return answers, findings
}

func (i *Issue) count(a *Ack, answers []Answer) error {
	if a.Statement != i.Statement {
		return ErrOtherFile
	}
	at := slices.IndexFunc(i.Recipients, func(r Reached) bool { return r.Key == a.Key })
	if at < 0 {
		return canon.Refused("acknowledgement", fmt.Sprintf("key %.8s is no recipient of %s %s, version %d", a.Key, a.Kind, a.Order, a.Version), "find out how it got there")
	}
	// A recipient cannot have opened it then, whatever he signs.
	if a.At.Add(roles.Skew) < i.At || a.At >= i.Expires.Add(roles.Skew) {
		return canon.Refused("acknowledgement", fmt.Sprintf("it is dated %s, and the file was sealed %s and expires %s", a.At, i.At, i.Expires), "see that the clocks of issuer and recipient are right, and have it made again")
	}
	r := &answers[at]
	card := keys.Card{Signing: r.Signing}
	if !card.Verify(a.Row(), a.Signature) || a.Order != i.Order || a.Version != i.Version || a.Kind != i.Kind || a.Part != i.Part {
		return canon.Refused("acknowledgement", "the signature is not by "+r.Who(), "have it sent again")
	}
	switch {
	case a.Read && (!r.Read || a.At < r.At):
		r.Read, r.At = true, a.At
	case !a.Read && !r.Read && (!r.Received || a.At < r.At):
		r.At = a.At
	}
	r.Received = true
	return nil
}

// Who returns the call sign, or the beginning of the key's hash.
func (r *Reached) Who() string {
	if r.CallSign != "" {
		return r.CallSign
	}
	return fmt.Sprintf("key %.8s", r.Key)
}
