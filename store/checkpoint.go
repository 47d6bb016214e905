package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/seal/keys"
)

// FormatCheckpoint is the format of checkpoints.
const FormatCheckpoint = "outrider.audit-checkpoint/1"

const tagCheckpoint = "outrider audit 1: checkpoint"

// MaxCheckpoint is the size in bytes up to which checkpoints are read.
const MaxCheckpoint = 64 << 10

// A Checkpoint says how far the audit log was and what hash its chain had there.
// It is signed, and kept by somebody who cannot write to the database: with it
// Verify finds a log that was cut off or written anew.
type Checkpoint struct {
	Format    string       `json:"format"`
	Number    int64        `json:"number"`    // of the last entry
	Hash      string       `json:"hash"`      // of the chain there, 64 hexadecimal digits
	Made      keys.Instant `json:"made"`      // in whole seconds
	Card      keys.Card    `json:"card"`      // of the signer
	Signature keys.Bytes   `json:"signature"` // Ed25519
}

// Checkpoint verifies the chain, and signs where it ends. An empty log has none.
func (s *Store) Checkpoint(ctx context.Context, by *keys.Identity, at time.Time) (*Checkpoint, error) {
	now := keys.At(at)
	if !by.Card.Covers(now, now) {
		return nil, &outrider.Error{Kind: outrider.Refused, Where: "key", Cause: "its period is over or has not begun", Remedy: "sign with keys of today; outrider keys new makes some"}
	}
	c, err := s.Verify(ctx)
	if err != nil {
		return nil, err
	}
	if c.Entries == 0 {
		return nil, &outrider.Error{Kind: outrider.Unsurveyed, Where: "audit log", Cause: "it has no entries yet", Remedy: "make a checkpoint when there are some"}
	}
	m := &Checkpoint{Format: FormatCheckpoint, Number: c.Entries, Hash: c.Hash, Made: now, Card: by.Card}
	m.Signature = by.Sign(m.row())
	return m, m.Check()
}

// row is what is signed: everything but the signature, each part after its
// length.
func (m *Checkpoint) row() []byte {
	var b bytes.Buffer
	for _, p := range [][]byte{[]byte(tagCheckpoint), number(m.Number), []byte(m.Hash), number(int64(m.Made)), m.Card.Row()} {
		b.Write(number(int64(len(p))))
		b.Write(p)
	}
	return b.Bytes()
}

// Check refuses a checkpoint that is not signed by the key it names. Whose key
// that is, it does not say: compare its card with one you know.
func (m *Checkpoint) Check() error {
	bad := func(cause string) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: "checkpoint", Cause: cause, Remedy: "use the file as it was made"}
	}
	if m.Format != FormatCheckpoint {
		return bad("this is no checkpoint of an audit log, or of another version")
	}
	if raw, err := hex.DecodeString(m.Hash); err != nil || len(raw) != 32 || m.Number < 1 || strings.ToLower(m.Hash) != m.Hash {
		return bad("it names no entry")
	}
	if err := m.Card.Check(); err != nil {
		return err
	}
	if !m.Card.Covers(m.Made, m.Made) {
		return bad("it was made outside the period of the keys that signed it")
	}
	if !m.Card.Verify(m.row(), m.Signature) {
		return bad("its signature does not fit: it was changed")
	}
	return nil
}

// Marshal returns the checkpoint as a file.
func (m *Checkpoint) Marshal() ([]byte, error) {
	out, err := json.MarshalIndent(m, "", "  ")
	return append(out, '\n'), err
}

// ReadCheckpoint reads a checkpoint and checks it. Only the very bytes that
// Marshal writes are read.
func ReadCheckpoint(src []byte) (*Checkpoint, error) {
	bad := func(cause string, err error) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: "checkpoint", Cause: cause, Remedy: "use the file as it was made", Err: err}
	}
	if len(src) > MaxCheckpoint {
		return nil, bad(fmt.Sprintf("larger than %d KiB", MaxCheckpoint>>10), nil)
	}
	d := json.NewDecoder(bytes.NewReader(src))
	d.DisallowUnknownFields()
	var m Checkpoint
	if err := d.Decode(&m); err != nil {
		return nil, bad("it cannot be read", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, bad("something follows its end", nil)
	}
	again, err := m.Marshal()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, src) {
		return nil, bad("it is not as the program writes it", nil)
	}
	return &m, m.Check()
}
