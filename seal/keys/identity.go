package keys

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"filippo.io/age"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/seal/internal/canon"
)

// Prefixes of keys as age writes them, without the "1" behind them.
const (
	hybridPublic  = "age1pq"
	hybridSecret  = "age-secret-key-pq-"
	classicSecret = "age-secret-key-"
)

const seedSize = 32

// MaxIdentity is the size in bytes up to which identity files are read.
const MaxIdentity = 64 << 10

// Work factors of scrypt as the logarithm of its cost to the base of two: what
// passphrases are stretched with, and the greatest that is read. 18 needs 256 MiB
// and about a second; more would let a file from outside claim any amount of
// memory.
const (
	Work    = 18
	MaxWork = 18
)

// MinPassphrase is the least number of characters of a passphrase.
const MinPassphrase = 10

// ErrPassphrase is below the error of a passphrase that does not fit.
var ErrPassphrase = errors.New("wrong passphrase")

// An Identity is the secret side of a card. It is safe for concurrent use.
type Identity struct {
	Card    Card
	signing ed25519.PrivateKey
	secret  string // sealing key as age writes it
	opener  age.Identity
}

// identityFile is an identity as its file has it, below the passphrase.
type identityFile struct {
	Format  string `json:"format"`
	Card    Card   `json:"card"`
	Signing Bytes  `json:"signing_seed"` // 32 bytes
	Sealing string `json:"sealing_key"`  // identity of age
}

// A Wish says what identity to make. CallSign may be empty.
type Wish struct {
	CallSign  string
	Suite     Suite
	NotBefore Instant
	NotAfter  Instant
}

// New makes an identity: 64 bytes are read from random.
func New(w Wish, random io.Reader) (*Identity, error) {
	var seeds [ed25519.SeedSize + seedSize]byte
	if _, err := io.ReadFull(random, seeds[:]); err != nil {
		return nil, fmt.Errorf("make keys: %w", err)
	}
	prefix := hybridSecret
	switch w.Suite {
	case Hybrid:
	case Classic:
		prefix = classicSecret
	default:
		return nil, canon.Invalid("suite", w.Suite.String()+" is not known", "use "+Hybrid.String())
	}
	id, err := identity(seeds[:ed25519.SeedSize], strings.ToUpper(bech32Encode(prefix, seeds[ed25519.SeedSize:])))
	if err != nil {
		return nil, err
	}
	id.Card.CallSign, id.Card.NotBefore, id.Card.NotAfter = w.CallSign, w.NotBefore, w.NotAfter
	id.Card.Signature = id.Sign(id.Card.Row())
	return id, id.Card.Check()
}

func identity(seed []byte, secret string) (*Identity, error) {
	const remedy = "use the file as it was made"
	if len(seed) != ed25519.SeedSize {
		return nil, canon.Invalid("identity", fmt.Sprintf("its signing seed has %d bytes, not %d", len(seed), ed25519.SeedSize), remedy)
	}
	id := &Identity{signing: ed25519.NewKeyFromSeed(seed), secret: secret}
	id.Card.Format = FormatCard
	id.Card.Signing = Bytes(id.signing.Public().(ed25519.PublicKey))
	// What age says of a malformed key may quote it, so it is not passed on.
	if strings.HasPrefix(secret, strings.ToUpper(hybridSecret)+"1") {
		key, err := age.ParseHybridIdentity(secret)
		if err != nil || key.String() != secret {
			return nil, canon.Invalid("identity", "its sealing key is none of age", remedy)
		}
		id.opener, id.Card.Sealing = key, key.Recipient().String()
		return id, nil
	}
	key, err := age.ParseX25519Identity(secret)
	if err != nil || key.String() != secret {
		return nil, canon.Invalid("identity", "its sealing key is none of age", remedy)
	}
	id.opener, id.Card.Sealing = key, key.Recipient().String()
	return id, nil
}

// Opener returns what age decrypts with.
func (id *Identity) Opener() age.Identity { return id.opener }

// Sign signs a row.
func (id *Identity) Sign(row []byte) Bytes { return ed25519.Sign(id.signing, row) }

// Marshal returns the identity in clear. Whoever has it can read what is sealed
// to it and sign in its name.
func (id *Identity) Marshal() ([]byte, error) {
	return canon.Marshal(identityFile{Format: FormatIdentity, Card: id.Card, Signing: Bytes(id.signing.Seed()), Sealing: id.secret})
}

// Lock returns the identity encrypted with a passphrase of at least
// MinPassphrase characters; work is the work factor, Work but in tests. It costs
// 2^work blocks of 1 KiB of memory, and age takes salt and file key from the
// system.
func (id *Identity) Lock(passphrase string, work int) ([]byte, error) {
	if utf8.RuneCountInString(passphrase) < MinPassphrase {
		return nil, canon.Invalid("passphrase", fmt.Sprintf("it has fewer than %d characters", MinPassphrase), "use several words that do not belong together")
	}
	if work < 1 || work > MaxWork {
		return nil, canon.Invalid("passphrase", fmt.Sprintf("a work factor of %d cannot be read back", work), fmt.Sprintf("use 1 to %d", MaxWork))
	}
	open, err := id.Marshal()
	if err != nil {
		return nil, err
	}
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	r.SetWorkFactor(work)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, r)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(open); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Locked reports whether a file is one of age that opens with a passphrase, as
// identities do and sealed files do not.
func Locked(src []byte) bool {
	return bytes.HasPrefix(src, []byte("age-encryption.org/v1\n-> scrypt "))
}

// Read reads what Marshal or Lock wrote; passphrase is asked only for the latter,
// and may be nil if there is none. The error of a wrong passphrase wraps
// ErrPassphrase.
func Read(src []byte, passphrase func() (string, error)) (*Identity, error) {
	const remedy = "use the file as it was made"
	if len(src) > MaxIdentity {
		return nil, canon.Invalid("identity", fmt.Sprintf("larger than %d KiB", MaxIdentity>>10), remedy)
	}
	if Locked(src) {
		open, err := unlock(src, passphrase)
		if err != nil {
			return nil, err
		}
		src = open
	}
	var f identityFile
	if err := canon.Unmarshal("identity", src, &f); err != nil {
		// The decoder may quote the file; of this file nothing is passed on.
		return nil, canon.Invalid("identity", "not an identity file, or not as the program writes it", remedy)
	}
	if err := canon.CheckFormat("identity", f.Format, FormatIdentity); err != nil {
		return nil, err
	}
	id, err := identity(f.Signing, f.Sealing)
	if err != nil {
		return nil, err
	}
	if err := f.Card.Check(); err != nil {
		return nil, err
	}
	if !slices.Equal(f.Card.Signing, id.Card.Signing) || f.Card.Sealing != id.Card.Sealing {
		return nil, canon.Invalid("identity", "its card has other keys", remedy)
	}
	id.Card = f.Card
	return id, nil
}

func unlock(src []byte, passphrase func() (string, error)) ([]byte, error) {
	if passphrase == nil {
		return nil, canon.Refused("identity", "it is encrypted with a passphrase, and there is none", "give the passphrase")
	}
	word, err := passphrase()
	if err != nil {
		return nil, err
	}
	opener, err := age.NewScryptIdentity(word)
	if err != nil {
		return nil, canon.Refused("identity", "the passphrase is empty", "give the passphrase")
	}
	opener.SetMaxWorkFactor(MaxWork)
	r, err := age.Decrypt(bytes.NewReader(src), opener)
	if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return nil, &outrider.Error{Kind: outrider.Refused, Where: "identity", Cause: "the passphrase does not fit", Remedy: "type it again; nobody can open the file without it", Err: ErrPassphrase}
	}
	if err == nil {
		var open []byte
		if open, err = io.ReadAll(io.LimitReader(r, MaxIdentity)); err == nil {
			return open, nil
		}
	}
	return nil, canon.Invalid("identity", "the file is damaged", "use a copy of the file as it was made")
}

// IdentityKeys names the keys of an identity file, for the register of what is
// stored.
func IdentityKeys() []string { return []string{"format", "card", "signing_seed", "sealing_key"} }
