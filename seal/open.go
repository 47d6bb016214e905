package seal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/seal/internal/canon"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// Errors below those of Open, for callers that go on with them.
var (
	// ErrNotForUs: no recipient in the file is this identity.
	ErrNotForUs = errors.New("sealed to others")
	// ErrLocked: everything holds, and the release share is missing.
	ErrLocked = errors.New("not released")
)

// A Reader is who opens, with what is known.
type Reader struct {
	Identity *keys.Identity
	// Roles is the role file, and Signer the one issuer to accept outside any.
	// Just one of them is set.
	Roles  *roles.File
	Signer *keys.Card
	// Seen is what the device remembers. Open changes it: time, role file and list as
	// soon as they hold, the version only when everything holds. It is to be kept
	// whether Open fails or not.
	Seen    *Seen
	Current *CurrentList // may be nil
	Release *Share       // may be nil
	Now     Instant
	// Order and Part, if not empty, are what is expected: another file put in its
	// place is refused.
	Order, Part string
}

// An Opened is a sealed file of which everything holds.
type Opened struct {
	Statement Statement
	Issuer    string // call sign, or which key
	// OutsideRoles: a bare signer was named, and nothing says what he may issue.
	OutsideRoles bool
	Document     []byte
	Link         Hash // what the next version names as Previous
	// Known is what is known of later versions.
	Known string
	// Notes are what the holder should know, one sentence each.
	Notes []string
}

// Open opens a sealed file. It checks, in this order: the clock against what it
// said before; the role file, that the device follows it and that it is in force;
// the current list; that the file is encrypted to this identity and whole; that
// signature, document and padding fit the statement; that the recipients in the
// file are those of the statement, in number and suite, and this identity among
// them; the suite; the issuer's right to issue this kind for all its time; order
// and part, if expected; not-before and expiry; the version against those seen
// and listed; the release share. Only when all hold there is a document.
//
// Errors are *outrider.Error: Refused when a rule stands against it, Invalid or
// Unreadable when the file is damaged. Cost: a decapsulation for each recipient up
// to the own one, and four times the file in memory.
func Open(src []byte, r Reader) (*Opened, error) {
	if err := r.Seen.Tick(r.Now); err != nil {
		return nil, err
	}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	env, err := unwrap(src, r.Identity)
	if err != nil {
		return nil, err
	}
	o, err := r.vouch(env)
	if err != nil {
		return nil, err
	}
	if o.Document, err = r.release(&o.Statement, env.rest); err != nil {
		return nil, err
	}
	o.Link = o.Statement.Link(o.Document)
	if err := r.Seen.agree(&o.Statement, o.Link); err != nil {
		return nil, err
	}
	if err := r.Seen.note(&o.Statement, o.Link); err != nil {
		return nil, err
	}
	return o, nil
}

// Receive does all that Open does short of unlocking, for a file that is not
// released: it returns the statement without a document and remembers nothing of
// it.
func Receive(src []byte, r Reader) (*Opened, error) {
	if err := r.Seen.Tick(r.Now); err != nil {
		return nil, err
	}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	env, err := unwrap(src, r.Identity)
	if err != nil {
		return nil, err
	}
	return r.vouch(env)
}

// prepare holds what is not the file itself against what was seen.
func (r *Reader) prepare() error {
	if (r.Roles == nil) == (r.Signer == nil) {
		return &outrider.Error{Kind: outrider.Usage, Cause: "a role file or a signer must be known, and only one of them", Remedy: "name a role file, or the signer's card"}
	}
	if r.Roles != nil {
		if err := r.Seen.Follow(r.Roles, r.Now); err != nil {
			return err
		}
	} else if err := r.Signer.Check(); err != nil {
		return err
	}
	if r.Current != nil {
		if err := r.Current.Check(r.Roles, r.Signer, r.Now); err != nil {
			return err
		}
		return r.Seen.TakeList(r.Current, r.Now)
	}
	return nil
}

// An envelope is what was encrypted, taken apart, before anything is known of it.
type envelope struct {
	stanzas   int    // recipients in the header
	stanza    string // their type
	row       []byte
	signature []byte
	rest      []byte // document and padding
}

const signatureSize = 64

// unwrap decrypts the whole file and takes it apart.
func unwrap(src []byte, id *keys.Identity) (*envelope, error) {
	damaged := func(cause string) error {
		return &outrider.Error{Kind: outrider.Unreadable, Where: whereFile, Cause: cause, Remedy: remedyAgain}
	}
	if len(src) > MaxSealed {
		return nil, damaged(fmt.Sprintf("it has more than %d MiB", MaxSealed>>20))
	}
	e := &envelope{}
	var err error
	if e.stanzas, e.stanza, err = countStanzas(src); err != nil {
		return nil, damaged(err.Error())
	}
	plainText, err := age.Decrypt(bytes.NewReader(src), id.Opener())
	if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return nil, &outrider.Error{
			Kind: outrider.Refused, Where: whereFile, Cause: id.Card.Who() + " is not among its recipients, or it is damaged",
			Remedy: "ask its issuer for a file of your own", Err: ErrNotForUs,
		}
	}
	if err != nil {
		return nil, damaged("its header is damaged")
	}
	buffer := bytes.NewBuffer(make([]byte, 0, len(src)))
	if _, err := io.Copy(buffer, plainText); err != nil {
		return nil, damaged("it is cut off or damaged")
	}
	all := buffer.Bytes()
	if n := len(all); n < minPadded || n != padded(n) {
		return nil, canon.Invalid(whereFile, "its size is not a padded one", remedyAgain)
	}
	p := canon.Parse(all)
	e.row = p.Bytes()
	if e.row == nil || len(e.row) > maxStatement || len(all) < 8+len(e.row)+signatureSize {
		return nil, canon.Invalid(whereFile, "it holds no statement", remedyAgain)
	}
	rest := all[8+len(e.row):]
	e.signature, e.rest = rest[:signatureSize], rest[signatureSize:]
	return e, nil
}

// countStanzas counts the recipients in the header of an age file, which must be
// of one type.
func countStanzas(src []byte) (n int, kind string, err error) {
	header := bufio.NewScanner(bytes.NewReader(src))
	for header.Scan() {
		line := header.Text()
		if strings.HasPrefix(line, "---") {
			break
		}
		rest, ok := strings.CutPrefix(line, "-> ")
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, " ")
		if n++; n > MaxRecipients {
			return 0, "", fmt.Errorf("it has more than %d recipients", MaxRecipients)
		}
		if n > 1 && name != kind {
			return 0, "", errors.New("its recipients are of several kinds")
		}
		kind = name
	}
	if err := header.Err(); err != nil {
		return 0, "", errors.New("a line of its header is too long")
	}
	if n == 0 {
		return 0, "", errors.New("it is no sealed file, or cut off")
	}
	return n, kind, nil
}

// release returns the document out of what stands in the file.
func (r *Reader) release(s *Statement, rest []byte) ([]byte, error) {
	document := rest[:s.Length]
	if s.Release.IsZero() {
		return bytes.Clone(document), nil
	}
	if r.Release == nil {
		return nil, &outrider.Error{
			Kind: outrider.Refused, Where: s.Name(), Cause: "it is not released", Remedy: "wait for the release share that the duty officer publishes, and name it", Err: ErrLocked,
		}
	}
	if r.Release.ID() != s.Release {
		return nil, canon.Refused(s.Name(), "the release share is not the one for it", "get the release share of this order and version")
	}
	opened, err := r.Release.unlock(&s.Label, document)
	if err != nil {
		return nil, err
	}
	return append([]byte{}, opened...), nil
}

// vouch holds an envelope against everything but the release share.
func (r *Reader) vouch(e *envelope) (*Opened, error) {
	s, err := parseStatement(e.row)
	if err != nil {
		return nil, err
	}
	issuer, err := r.issuer(s)
	if err != nil {
		return nil, err
	}
	if !issuer.Verify(e.row, e.signature) {
		return nil, canon.Refused(whereFile, "the signature is not by "+issuer.Who()+" for this statement", "do not act on it; tell its issuer")
	}
	if err := s.fits(e); err != nil {
		return nil, err
	}
	if !slices.Contains(s.Recipients, r.Identity.Card.ID()) {
		return nil, canon.Refused(s.Name(), "it was not issued to "+r.Identity.Card.Who()+": somebody handed it on", "do not act on it; tell its issuer")
	}
	o := &Opened{Statement: *s, Issuer: issuer.Who(), OutsideRoles: r.Roles == nil}
	if err := r.allowed(s, issuer, o); err != nil {
		return nil, err
	}
	switch {
	case r.Order != "" && r.Order != s.Order:
		return nil, canon.Refused(s.Name(), "it is not of order "+r.Order, "name the file of that order")
	case r.Part != "" && r.Part != s.Part:
		return nil, canon.Refused(s.Name(), "it is not the part "+r.Part, "name the file of that part")
	case r.Now.Add(roles.Skew) < s.NotBefore:
		return nil, canon.Refused(s.Name(), fmt.Sprintf("it is not to be opened before %s, and it is %s", s.NotBefore, r.Now), "wait")
	case r.Now >= s.Expires:
		return nil, canon.Refused(s.Name(), fmt.Sprintf("it expired %s, and it is %s", s.Expires, r.Now), "get the version that is in force")
	}
	if err := r.Seen.admit(s); err != nil {
		return nil, err
	}
	o.Known = r.Seen.Known(s, r.Current, r.Now)
	if own := &r.Identity.Card; r.Now > own.NotAfter {
		o.Notes = append(o.Notes, fmt.Sprintf("the period of your keys ended %s: destroy them", own.NotAfter))
	}
	return o, nil
}

// issuer returns the card of the issuer whom the statement names, if it is one
// to be believed.
func (r *Reader) issuer(s *Statement) (*keys.Card, error) {
	if r.Roles == nil {
		if !slices.Equal(r.Signer.Signing, s.Issuer) {
			return nil, canon.Refused(whereFile, "it is not issued by "+r.Signer.Who(), "name the card of its issuer")
		}
		return r.Signer, nil
	}
	c := r.Roles.Device(s.Issuer)
	if c == nil {
		return nil, canon.Refused(whereFile, fmt.Sprintf("its issuer is not in version %d of the role file", r.Roles.Version), "do not act on it; if the issuer is new, get a later role file")
	}
	return c, nil
}

// fits holds what stands in the file against the statement.
func (s *Statement) fits(e *envelope) error {
	if s.Length > uint64(len(e.rest)) {
		return canon.Invalid(whereFile, "the document is shorter than its statement says", remedyAgain)
	}
	used := 8 + len(e.row) + signatureSize + int(s.Length)
	if padded(used) != 8+len(e.row)+signatureSize+len(e.rest) {
		return canon.Invalid(whereFile, "its padding is not the one for its size", remedyAgain)
	}
	for _, b := range e.rest[s.Length:] {
		if b != 0 {
			return canon.Invalid(whereFile, "its padding holds something", remedyAgain)
		}
	}
	if documentHash(e.rest[:s.Length]) != s.Document {
		return canon.Refused(s.Name(), "the document is another than its issuer signed", "do not act on it; tell its issuer")
	}
	if s.Suite.Stanza() != e.stanza {
		return canon.Refused(s.Name(), fmt.Sprintf("it says %s and is encrypted otherwise: somebody made it anew", s.Suite), "do not act on it; tell its issuer")
	}
	if len(s.Recipients) != e.stanzas {
		return canon.Refused(s.Name(), fmt.Sprintf("it was issued to %d recipients and is encrypted to %d: somebody made it anew", len(s.Recipients), e.stanzas), "do not act on it; tell its issuer")
	}
	return nil
}

// allowed holds a statement against the rules.
func (r *Reader) allowed(s *Statement, issuer *keys.Card, o *Opened) error {
	f := r.Roles
	if f == nil {
		o.Notes = append(o.Notes, "outside the role file: nothing says what "+issuer.Who()+" may issue")
		if s.RolesVersion > 0 {
			return canon.Refused(s.Name(), "it was issued under a role file", "name the role file instead of a signer")
		}
		if !issuer.Covers(s.NotBefore, s.Expires-1) {
			return canon.Refused(s.Name(), fmt.Sprintf("the keys of %s are from %s to %s", issuer.Who(), issuer.NotBefore, issuer.NotAfter), "have it issued with keys of that time")
		}
		return nil
	}
	switch {
	case s.RolesVersion == 0:
		return canon.Refused(s.Name(), "it was issued outside the role file", "name its signer, if that is meant")
	case s.RolesVersion > f.Version:
		return canon.Refused(s.Name(), fmt.Sprintf("it was issued under version %d of the role file, and version %d is at hand", s.RolesVersion, f.Version), "get the later role file")
	case s.RolesVersion == f.Version && s.RolesHash != f.Hash(), s.RolesVersion+1 == f.Version && s.RolesHash != f.Previous:
		return canon.Refused(s.Name(), fmt.Sprintf("it was issued under another version %d of the role file", s.RolesVersion), "ask the roots by voice why there are two")
	case s.Suite < f.Suite:
		return canon.Refused(s.Name(), fmt.Sprintf("its suite is %s, less than the role file's %s", s.Suite, f.Suite), "have it issued again with keys of that suite")
	}
	if s.RolesVersion < f.Version {
		o.Notes = append(o.Notes, fmt.Sprintf("issued under version %d of the role file; version %d is what it was held against", s.RolesVersion, f.Version))
	}
	return mayIssue(f, issuer, s)
}
