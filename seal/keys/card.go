package keys

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/seal/internal/canon"
)

// A Hash is a SHA-256 value; in files 64 hexadecimal digits, or nothing.
type Hash = canon.Hash

// Bytes is binary data; in files hexadecimal digits.
type Bytes = canon.Bytes

// An Instant is a time in whole seconds of UTC.
type Instant = canon.Instant

// At returns the instant of a time, the fraction of a second dropped.
func At(t time.Time) Instant { return canon.At(t) }

// Formats of the files of a device.
const (
	FormatCard     = "outrider.card/1"
	FormatIdentity = "outrider.identity/1"
)

const (
	tagCard = "outrider seal 1: card"
	tagKey  = "outrider seal 1: key"
)

// A Suite is a set of algorithms; a greater one is stronger.
type Suite uint64

// Suites. Signatures are Ed25519 in both, so that they are classical: an order
// recorded today cannot be read by a quantum computer that comes later, and one
// forged by such a computer is forged only from then on.
const (
	Classic Suite = 1 // X25519
	Hybrid  Suite = 2 // ML-KEM-768 with X25519
)

// String returns the name of the suite as files have it.
func (s Suite) String() string {
	switch s {
	case Classic:
		return "x25519"
	case Hybrid:
		return "mlkem768x25519"
	}
	return fmt.Sprintf("suite %d", uint64(s))
}

// ParseSuite reads a suite as String writes it.
func ParseSuite(name string) (Suite, error) {
	for _, s := range []Suite{Classic, Hybrid} {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, canon.Invalid("suite", fmt.Sprintf("%q is none", clip(name)), "write "+Classic.String()+" or "+Hybrid.String())
}

// MarshalText implements encoding.TextMarshaler.
func (s Suite) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Suite) UnmarshalText(src []byte) error {
	read, err := ParseSuite(string(src))
	*s = read
	return err
}

// Stanza returns the type that a recipient of the suite has in the header of an
// age file.
func (s Suite) Stanza() string {
	if s == Hybrid {
		return "mlkem768x25519"
	}
	return "X25519"
}

func clip(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// A Card is the public side of an identity: who, with which keys, for how long.
// It is signed with its own signing key, which shows that the holder has it and
// nothing else: whose it is, a role file says, or a voice on the telephone that
// reads out the fingerprint.
type Card struct {
	Format    string  `json:"format"`
	CallSign  string  `json:"call_sign"`  // may be empty: then it can stand in no role file
	Sealing   string  `json:"sealing"`    // recipient of age, "age1pq1…" or "age1…"
	Signing   Bytes   `json:"signing"`    // Ed25519 public key, 32 bytes
	NotBefore Instant `json:"not_before"` // the period of the keys, its first second
	NotAfter  Instant `json:"not_after"`  // and its last; then the secret is destroyed
	Signature Bytes   `json:"signature"`  // Ed25519 over the rest
}

// ReadCard reads a card and checks it.
func ReadCard(src []byte) (*Card, error) {
	var c Card
	if err := canon.Unmarshal("card", src, &c); err != nil {
		return nil, err
	}
	return &c, c.Check()
}

// Marshal returns the card as a file.
func (c *Card) Marshal() ([]byte, error) { return canon.Marshal(c) }

// Row returns the card in canonical form, as it is signed.
func (c *Card) Row() []byte {
	return canon.Begin(tagCard).Text(c.CallSign).Text(c.Sealing).Bytes(c.Signing).Instant(c.NotBefore).Instant(c.NotAfter).Out()
}

// Suite returns the suite of the card's keys.
func (c *Card) Suite() Suite {
	if strings.HasPrefix(c.Sealing, hybridPublic+"1") {
		return Hybrid
	}
	return Classic
}

// Recipient returns whom to encrypt to.
func (c *Card) Recipient() (age.Recipient, error) {
	if c.Suite() == Hybrid {
		return age.ParseHybridRecipient(c.Sealing)
	}
	return age.ParseX25519Recipient(c.Sealing)
}

// ID returns the hash of both keys, by which statements name a recipient. It
// does not depend on call sign and period.
func (c *Card) ID() Hash { return canon.Begin(tagKey).Text(c.Sealing).Bytes(c.Signing).Sum() }

// Who returns the call sign, or the beginning of the key's hash where the card
// has none.
func (c *Card) Who() string {
	if c.CallSign != "" {
		return c.CallSign
	}
	return "key " + c.ID().String()[:8]
}

// Fingerprint is what two people read to each other to see that they hold the
// same card: 20 hexadecimal digits, 80 bits, of its hash.
func (c *Card) Fingerprint() string {
	h := canon.Begin(tagCard).Bytes(c.Row()).Sum()
	return fmt.Sprintf("%x %x %x %x %x", h[0:2], h[2:4], h[4:6], h[6:8], h[8:10])
}

// Verify reports whether signature is the card's over row.
func (c *Card) Verify(row, signature []byte) bool {
	return len(c.Signing) == ed25519.PublicKeySize && ed25519.Verify(ed25519.PublicKey(c.Signing), row, signature)
}

// Covers reports whether the period of the keys holds all of from to to.
func (c *Card) Covers(from, to Instant) bool { return c.NotBefore <= from && to <= c.NotAfter }

// Check refuses a card that is not signed by its own key, or cannot be encrypted
// to.
func (c *Card) Check() error {
	if err := canon.CheckFormat("card", c.Format, FormatCard); err != nil {
		return err
	}
	where := "card"
	if c.CallSign != "" {
		if !callsign.Valid(c.CallSign) {
			return canon.Invalid("card", "its call sign is none", "use capital letters and a number, such as SIERRA 4; never a name")
		}
		where = "card of " + c.CallSign
	}
	if !c.NotBefore.InRange() || !c.NotAfter.InRange() || c.NotAfter <= c.NotBefore {
		return canon.Invalid(where, "its period ends before it begins", "have it made again")
	}
	r, err := c.Recipient()
	if err != nil {
		return canon.Invalid(where, "its sealing key is none of age", "get the card again from its holder")
	}
	if s, ok := r.(fmt.Stringer); !ok || s.String() != c.Sealing {
		return canon.Invalid(where, "its sealing key is not as age writes it", "get the card again from its holder")
	}
	if !c.Verify(c.Row(), c.Signature) {
		return canon.Invalid(where, "it is not signed by its own key", "get the card again from its holder")
	}
	return nil
}
