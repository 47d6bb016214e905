// Package signin is signing in with passkeys: the ceremonies that make and prove
// them, the code of the first run, and fresh checks.
//
// It keeps what is under way in memory and stores nothing. A restart ends
// ceremonies and fresh checks; people begin them again.
package signin

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	outrider "github.com/outrider-project/outrider"
)

// Limits of ceremonies.
const (
	CeremonyTime = 5 * time.Minute // from the options to the answer
	FreshTime    = 5 * time.Minute // a fresh check counts
	maxUnderWay  = 4096            // ceremonies at a time, of everybody
	challengeLen = 32              // random bytes
)

// A Passkey is a public key that an account proves itself with.
type Passkey struct {
	ID      []byte // credential id
	Key     []byte // COSE public key
	Counter uint32 // signatures made, as the authenticator counts; 0 if it does not
	Synced  bool   // the key may be copied between devices of the holder
}

// A Holder is an account with the passkeys that count.
type Holder struct {
	Account  string // id
	CallSign string
	Passkeys []Passkey
}

// WebAuthnID returns the id of the account.
func (h Holder) WebAuthnID() []byte { return []byte(h.Account) }

// WebAuthnName returns the call sign.
func (h Holder) WebAuthnName() string { return h.CallSign }

// WebAuthnDisplayName returns the call sign.
func (h Holder) WebAuthnDisplayName() string { return h.CallSign }

// WebAuthnCredentials returns the passkeys in the form of the protocol.
func (h Holder) WebAuthnCredentials() []webauthn.Credential {
	out := make([]webauthn.Credential, len(h.Passkeys))
	for i, p := range h.Passkeys {
		out[i] = webauthn.Credential{
			ID: p.ID, PublicKey: p.Key,
			Flags:         webauthn.CredentialFlags{UserPresent: true, UserVerified: true, BackupEligible: p.Synced, BackupState: p.Synced},
			Authenticator: webauthn.Authenticator{SignCount: p.Counter},
		}
	}
	return out
}

// Purpose is what a ceremony is for. An answer to one counts for no other.
type Purpose string

// The purposes of ceremonies.
const (
	FirstRun   Purpose = "first-run"
	Invitation Purpose = "invitation"
	Recover    Purpose = "recovery"
	SignIn     Purpose = "sign-in"
	Fresh      Purpose = "fresh"
)

// Ceremonies runs registrations and assertions. It may be used from many
// goroutines.
type Ceremonies struct {
	rp     *webauthn.WebAuthn
	random io.Reader

	mu       sync.Mutex
	underWay map[string]ceremony // by challenge
}

type ceremony struct {
	session webauthn.SessionData
	purpose Purpose
	binding string // what the ceremony belongs to: an invitation, a session
	holder  Holder
	until   time.Time
}

// New makes ceremonies for a site: its host name without a port, and its origin
// as a browser writes it. A name that is an address is refused, browsers want a
// name for passkeys.
func New(host, origin string, random io.Reader) (*Ceremonies, error) {
	rp, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "Outrider", RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification:   protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, &outrider.Error{
			Kind: outrider.Usage, Where: "host name " + host, Cause: "no passkeys can be made for it: " + err.Error(),
			Remedy: "use a name such as localhost or outrider.example.org", Err: err,
		}
	}
	return &Ceremonies{rp: rp, random: random, underWay: map[string]ceremony{}}, nil
}

// Register begins making a passkey for an account that may not exist yet. The
// options are what navigator.credentials.create takes.
func (c *Ceremonies) Register(p Purpose, binding string, h Holder, now time.Time) (options json.RawMessage, err error) {
	var exclude []protocol.CredentialDescriptor
	for _, k := range h.Passkeys {
		exclude = append(exclude, protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: k.ID})
	}
	creation, session, err := c.rp.BeginRegistration(h, webauthn.WithExclusions(exclude))
	if err != nil {
		return nil, fmt.Errorf("begin a registration: %w", err)
	}
	if err := c.begin(ceremony{session: *session, purpose: p, binding: binding, holder: h}, now); err != nil {
		return nil, err
	}
	return json.Marshal(creation.Response)
}

// Registered ends a registration: it takes what the browser answered and returns
// for whom and what the passkey is. An answer counts once.
func (c *Ceremonies) Registered(p Purpose, answer []byte, now time.Time) (h Holder, binding string, key Passkey, err error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return h, "", key, unfit(err)
	}
	u, err := c.end(p, parsed.Response.CollectedClientData.Challenge, now)
	if err != nil {
		return h, "", key, err
	}
	made, err := c.rp.CreateCredential(u.holder, u.session, parsed)
	if err != nil {
		return h, "", key, unfit(err)
	}
	return u.holder, u.binding, Passkey{ID: made.ID, Key: made.PublicKey, Counter: made.Authenticator.SignCount, Synced: made.Flags.BackupEligible}, nil
}

// Ask begins a sign-in of whoever holds a passkey of this site.
func (c *Ceremonies) Ask(now time.Time) (options json.RawMessage, err error) {
	assertion, session, err := c.rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, fmt.Errorf("begin a sign-in: %w", err)
	}
	if err := c.begin(ceremony{session: *session, purpose: SignIn}, now); err != nil {
		return nil, err
	}
	return json.Marshal(assertion.Response)
}

// Find returns the account with an id, with the passkeys that count.
type Find func(account string) (Holder, error)

// Answered ends a sign-in: it returns who signed in and with which passkey, its
// counter as it is now.
func (c *Ceremonies) Answered(answer []byte, find Find, now time.Time) (Holder, Passkey, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Holder{}, Passkey{}, unfit(err)
	}
	u, err := c.end(SignIn, parsed.Response.CollectedClientData.Challenge, now)
	if err != nil {
		return Holder{}, Passkey{}, err
	}
	var holder Holder
	_, used, err := c.rp.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		h, err := find(string(handle))
		if err != nil {
			return nil, err
		}
		holder = h
		return known(h, parsed), nil
	}, u.session, parsed)
	if err != nil {
		return Holder{}, Passkey{}, unfit(err)
	}
	return proved(holder, used)
}

// Confirm begins a fresh check of a session. The challenge holds the hash of what
// is confirmed, so that the signature covers it; nil confirms presence alone.
func (c *Ceremonies) Confirm(session string, h Holder, hash []byte, now time.Time) (options json.RawMessage, err error) {
	challenge := make([]byte, challengeLen, challengeLen+sha256.Size)
	if _, err := io.ReadFull(c.random, challenge); err != nil {
		return nil, fmt.Errorf("no randomness: %w", err)
	}
	assertion, s, err := c.rp.BeginLogin(h, webauthn.WithChallenge(append(challenge, hash...)), webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, unfit(err)
	}
	if err := c.begin(ceremony{session: *s, purpose: Fresh, binding: session, holder: h}, now); err != nil {
		return nil, err
	}
	return json.Marshal(assertion.Response)
}

// Confirmed ends a fresh check and returns the hash that was signed, empty if
// only presence was. The session must be the one that began it.
func (c *Ceremonies) Confirmed(session string, answer []byte, now time.Time) (hash []byte, key Passkey, err error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, key, unfit(err)
	}
	u, err := c.end(Fresh, parsed.Response.CollectedClientData.Challenge, now)
	if err != nil {
		return nil, key, err
	}
	if u.binding != session {
		return nil, key, overdue()
	}
	used, err := c.rp.ValidateLogin(known(u.holder, parsed), u.session, parsed)
	if err != nil {
		return nil, key, unfit(err)
	}
	challenge, err := base64.RawURLEncoding.DecodeString(u.session.Challenge)
	if err != nil || len(challenge) < challengeLen {
		return nil, key, fmt.Errorf("a challenge of this program does not decode: %w", err)
	}
	_, key, err = proved(u.holder, used)
	return challenge[challengeLen:], key, err
}

// answering is a holder with the flag of the passkey's backup state taken over
// from the answer: whether a passkey is copied at the moment may change and is
// not stored; whether it may be is held against what was stored.
type answering struct {
	Holder
	backedUp bool
}

// WebAuthnCredentials returns the passkeys in the form of the protocol.
func (a answering) WebAuthnCredentials() []webauthn.Credential {
	all := a.Holder.WebAuthnCredentials()
	for i := range all {
		all[i].Flags.BackupState = all[i].Flags.BackupEligible && a.backedUp
	}
	return all
}

func known(h Holder, parsed *protocol.ParsedCredentialAssertionData) webauthn.User {
	return answering{h, parsed.Response.AuthenticatorData.Flags.HasBackupState()}
}

// proved refuses a passkey whose counter ran back: two copies are in use.
func proved(h Holder, used *webauthn.Credential) (Holder, Passkey, error) {
	if used.Authenticator.CloneWarning {
		return h, Passkey{}, &outrider.Error{
			Kind: outrider.Refused, Cause: "the counter of this passkey ran back, there may be a copy of it",
			Remedy: "have the device revoked and a new one invited",
		}
	}
	for _, k := range h.Passkeys {
		if bytes.Equal(k.ID, used.ID) {
			k.Counter = used.Authenticator.SignCount
			return h, k, nil
		}
	}
	return h, Passkey{}, overdue()
}

func (c *Ceremonies) begin(u ceremony, now time.Time) error {
	u.until = now.Add(CeremonyTime)
	// The library holds its own sessions against the clock of the machine; here
	// the clock is a parameter.
	u.session.Expires = time.Time{}
	c.mu.Lock()
	defer c.mu.Unlock()
	for challenge, other := range c.underWay {
		if now.After(other.until) {
			delete(c.underWay, challenge)
		}
	}
	if len(c.underWay) >= maxUnderWay {
		return &outrider.Error{Kind: outrider.Refused, Cause: "too many people are signing in at this moment", Remedy: "try again in five minutes"}
	}
	c.underWay[u.session.Challenge] = u
	return nil
}

func (c *Ceremonies) end(p Purpose, challenge string, now time.Time) (ceremony, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	u, ok := c.underWay[challenge]
	if !ok || u.purpose != p || now.After(u.until) {
		return u, overdue()
	}
	delete(c.underWay, challenge)
	return u, nil
}

func overdue() error {
	return &outrider.Error{Kind: outrider.Refused, Cause: "nobody waits for this answer of a passkey", Remedy: "begin again; there are five minutes from the question to the answer, and each answer counts once"}
}

func unfit(err error) error {
	return &outrider.Error{Kind: outrider.Refused, Cause: "the passkey does not fit", Remedy: "use a passkey made for this site, with a fingerprint, face or PIN", Err: err}
}
