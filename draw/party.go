package draw

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Formats of the files of a party.
const (
	FormatCard     = "outrider.draw.card/1"
	FormatIdentity = "outrider.draw.identity/1"
)

const (
	maxName    = 40
	maxPurpose = 200
)

// A Card is the public side of a party: who takes part in draws, from which unit,
// and with which keys. It is signed with its own signing key.
type Card struct {
	Format    string `json:"format"`
	Name      string `json:"name"` // call sign
	Unit      string `json:"unit"`
	OffServer bool   `json:"off_server"` // its secrets are made and kept on a device of its own, not on a shared server
	Signing   Bytes  `json:"signing"`    // Ed25519 public key, 32 bytes
	Sharing   Bytes  `json:"sharing"`    // X25519 public key, 32 bytes
	Signature Bytes  `json:"signature"`  // Ed25519 over the rest
}

// An Identity is the private side of a party.
type Identity struct {
	Card    Card
	signing ed25519.PrivateKey
	sharing *ecdh.PrivateKey
}

// identityFile is an Identity as its file has it.
type identityFile struct {
	Format  string `json:"format"`
	Card    Card   `json:"card"`
	Signing Bytes  `json:"signing_seed"` // 32 bytes
	Sharing Bytes  `json:"sharing_key"`  // 32 bytes
}

// NewIdentity makes keys for a party: 64 bytes are read from random.
func NewIdentity(name, unit string, offServer bool, random io.Reader) (*Identity, error) {
	var seeds [ed25519.SeedSize + 32]byte
	if _, err := io.ReadFull(random, seeds[:]); err != nil {
		return nil, fmt.Errorf("make keys: %w", err)
	}
	id, err := identity(seeds[:ed25519.SeedSize], seeds[ed25519.SeedSize:])
	if err != nil {
		return nil, err
	}
	id.Card.Name, id.Card.Unit, id.Card.OffServer = name, unit, offServer
	id.Card.Signature = ed25519.Sign(id.signing, id.Card.canonical())
	return id, id.Card.Check()
}

func identity(signing, sharing []byte) (*Identity, error) {
	if len(signing) != ed25519.SeedSize {
		return nil, invalid("identity", fmt.Sprintf("its signing seed has %d bytes, not %d", len(signing), ed25519.SeedSize), "use the file as it was made")
	}
	key, err := ecdh.X25519().NewPrivateKey(sharing)
	if err != nil {
		return nil, invalid("identity", "its sharing key has not 32 bytes", "use the file as it was made")
	}
	id := &Identity{signing: ed25519.NewKeyFromSeed(signing), sharing: key}
	id.Card = Card{
		Format:  FormatCard,
		Signing: Bytes(id.signing.Public().(ed25519.PublicKey)),
		Sharing: key.PublicKey().Bytes(),
	}
	return id, nil
}

// Marshal returns the identity as a file. It is the party's secret: whoever has
// it can sign in the party's name.
func (id *Identity) Marshal() ([]byte, error) {
	return Marshal(identityFile{Format: FormatIdentity, Card: id.Card, Signing: Bytes(id.signing.Seed()), Sharing: id.sharing.Bytes()})
}

// ReadIdentity reads what Marshal wrote.
func ReadIdentity(src []byte) (*Identity, error) {
	var f identityFile
	if err := unmarshal("identity", src, &f); err != nil {
		return nil, err
	}
	if err := checkFormat("identity", f.Format, FormatIdentity); err != nil {
		return nil, err
	}
	id, err := identity(f.Signing, f.Sharing)
	if err != nil {
		return nil, err
	}
	if err := f.Card.Check(); err != nil {
		return nil, err
	}
	if !slices.Equal(f.Card.Signing, id.Card.Signing) || !slices.Equal(f.Card.Sharing, id.Card.Sharing) {
		return nil, invalid("identity", "its card has other keys", "use the file as it was made")
	}
	id.Card = f.Card
	return id, nil
}

// sign signs what an encoder built.
func (id *Identity) sign(e *encoder) Bytes { return ed25519.Sign(id.signing, e.out) }

// ReadCard reads a card and checks it.
func ReadCard(src []byte) (*Card, error) {
	var c Card
	if err := unmarshal("card", src, &c); err != nil {
		return nil, err
	}
	return &c, c.Check()
}

func (c *Card) canonical() []byte {
	return encode(tagCard).text(c.Name).text(c.Unit).flag(c.OffServer).bytes(c.Signing).bytes(c.Sharing).out
}

// Check refuses a card that is not signed by its own key.
func (c *Card) Check() error {
	if err := checkFormat("card", c.Format, FormatCard); err != nil {
		return err
	}
	if err := checkText("name on the card", c.Name, maxName); err != nil {
		return err
	}
	where := "card of " + c.Name
	if err := checkText(where+": unit", c.Unit, maxName); err != nil {
		return err
	}
	if len(c.Signing) != ed25519.PublicKeySize || !ed25519.Verify(ed25519.PublicKey(c.Signing), c.canonical(), c.Signature) {
		return invalid(where, "it is not signed by its own key", "get the card again from "+c.Name)
	}
	if _, err := c.sealing(); err != nil {
		return invalid(where, "its sharing key is no X25519 key", "get the card again from "+c.Name)
	}
	return nil
}

// Fingerprint is what two people read to each other to see that they hold the
// same card: 20 hexadecimal digits, 80 bits, of its hash.
func (c *Card) Fingerprint() string {
	h := (&encoder{out: c.canonical()}).sum()
	return fmt.Sprintf("%x %x %x %x %x", h[0:2], h[2:4], h[4:6], h[6:8], h[8:10])
}

func (c *Card) verify(e *encoder, signature []byte) bool {
	return len(c.Signing) == ed25519.PublicKeySize && ed25519.Verify(ed25519.PublicKey(c.Signing), e.out, signature)
}

func (c *Card) sealing() (hpke.PublicKey, error) {
	key, err := ecdh.X25519().NewPublicKey(c.Sharing)
	if err != nil {
		return nil, err
	}
	return hpke.NewDHKEMPublicKey(key)
}

// seal encrypts for the card's party: HPKE, RFC 9180, in base mode with X25519,
// HKDF-SHA256 and ChaCha20-Poly1305; info says what it is and for whom.
func (c *Card) seal(info *encoder, plain []byte) (Bytes, error) {
	key, err := c.sealing()
	if err != nil {
		return nil, err
	}
	return hpke.Seal(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info.out, plain)
}

// open decrypts what seal encrypted for this party.
func (id *Identity) open(info *encoder, box []byte) ([]byte, error) {
	key, err := hpke.NewDHKEMPrivateKey(id.sharing)
	if err != nil {
		return nil, err
	}
	return hpke.Open(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info.out, box)
}

// bare makes OPS 1, OPS-1 and ops1 one name, so that nobody takes part twice.
func bare(name string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(name))
}

// checkParties refuses parties that cannot hold each other in check: fewer than
// two units, none with a device of its own, the same one twice.
func checkParties(parties []Card) error {
	const most = 32
	if len(parties) < 2 || len(parties) > most {
		return refused("parties", fmt.Sprintf("there are %d", len(parties)), fmt.Sprintf("a draw has 2 to %d", most))
	}
	units := map[string]bool{}
	off := false
	for i := range parties {
		c := &parties[i]
		if err := c.Check(); err != nil {
			return err
		}
		for k := range parties[:i] {
			o := &parties[k]
			if bare(o.Name) == bare(c.Name) || slices.Equal(o.Signing, c.Signing) || slices.Equal(o.Sharing, c.Sharing) {
				return refused("parties", o.Name+" and "+c.Name+" are one party", "name parties with names and keys of their own")
			}
		}
		units[bare(c.Unit)] = true
		off = off || c.OffServer
	}
	if len(units) < 2 {
		return refused("parties", "all are of the unit "+parties[0].Unit, "add a party of another unit")
	}
	if !off {
		return refused("parties", "all keep their secrets on a server", "add a party with a device of its own, and a card that says off_server")
	}
	return nil
}
