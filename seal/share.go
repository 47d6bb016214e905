package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"fmt"
	"io"

	"github.com/outrider-project/outrider/seal/internal/canon"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// FormatShare is the format of release shares.
const FormatShare = "outrider.release-share/1"

const (
	contentKey   = 32
	gcmTag       = 16
	lockOverhead = contentKey + gcmTag
)

// A Share is the half of the content keys of an order that a duty officer keeps
// and publishes when the order is released. The other half stands in each sealed
// file; the key is the exclusive or of both, so that either half alone says
// nothing of it. One share serves all parts of a version; the other halves, and
// so the keys, differ.
type Share struct {
	Format  string     `json:"format"`
	Order   string     `json:"order"`
	Version uint64     `json:"version"`
	Kind    roles.Kind `json:"kind"`
	Share   keys.Bytes `json:"share"` // 32 bytes
}

// NewShare makes a release share: 32 bytes are read from random.
func NewShare(order string, version uint64, kind roles.Kind, random io.Reader) (*Share, error) {
	half := make([]byte, contentKey)
	if _, err := io.ReadFull(random, half); err != nil {
		return nil, fmt.Errorf("make a release share: %w", err)
	}
	s := &Share{Format: FormatShare, Order: order, Version: version, Kind: kind, Share: half}
	return s, s.check()
}

// ReadShare reads a release share.
func ReadShare(src []byte) (*Share, error) {
	var s Share
	if err := canon.Unmarshal("release share", src, &s); err != nil {
		return nil, err
	}
	return &s, s.check()
}

// Marshal returns the share as a file. Until the release it is secret.
func (s *Share) Marshal() ([]byte, error) { return canon.Marshal(s) }

func (s *Share) check() error {
	if err := canon.CheckFormat("release share", s.Format, FormatShare); err != nil {
		return err
	}
	if err := checkID(s.Order); err != nil {
		return err
	}
	if s.Version < 1 || s.Version > maxVersion || !s.Kind.Known() || len(s.Share) != contentKey {
		return canon.Invalid("release share", "it does not say which document it is of, or has not 32 bytes", "get it again from the duty officer")
	}
	return nil
}

// ID names the share without saying anything of it: statements have it.
func (s *Share) ID() Hash {
	return canon.Begin(tagRelease).Text(s.Order).Number(s.Version).Text(string(s.Kind)).Bytes(s.Share).Sum()
}

// lock encrypts a document with a fresh key and returns the other half of the key
// followed by what was encrypted: AES-256-GCM with a nonce of zeros, as no key is
// used twice, and the label as additional data.
func (s *Share) lock(l *Label, document []byte, random io.Reader) ([]byte, error) {
	if s.Order != l.Order || s.Version != l.Version || s.Kind != l.Kind {
		return nil, canon.Refused("release share", "it is of another order, version or kind", "use a share of its own for each")
	}
	half := make([]byte, contentKey, contentKey+len(document)+gcmTag)
	if _, err := io.ReadFull(random, half); err != nil {
		return nil, fmt.Errorf("lock a document: %w", err)
	}
	box, err := s.box(half)
	if err != nil {
		return nil, err
	}
	return box.Seal(half, make([]byte, box.NonceSize()), document, l.bound()), nil
}

// unlock undoes lock. The share is the one that the statement names, so that there
// is one key, and the locked document is the one that was signed.
func (s *Share) unlock(l *Label, locked []byte) ([]byte, error) {
	if len(locked) < lockOverhead {
		return nil, canon.Invalid(whereFile, "its locked document is too short", remedyAgain)
	}
	box, err := s.box(locked[:contentKey])
	if err != nil {
		return nil, err
	}
	document, err := box.Open(nil, make([]byte, box.NonceSize()), locked[contentKey:], l.bound())
	if err != nil {
		return nil, canon.Invalid(whereFile, "its locked document does not fit the release share", remedyAgain)
	}
	return document, nil
}

func (s *Share) box(half []byte) (cipher.AEAD, error) {
	key := make([]byte, contentKey)
	subtle.XORBytes(key, half, s.Share)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (l *Label) bound() []byte {
	return canon.Begin(tagLocked).Text(l.Order).Number(l.Version).Text(string(l.Kind)).Text(l.Part).Out()
}
