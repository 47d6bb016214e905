package seal

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/seal/internal/canon"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// A Hash is a SHA-256 value.
type Hash = canon.Hash

// An Instant is a time in whole seconds of UTC.
type Instant = canon.Instant

// At returns the instant of a time, the fraction of a second dropped.
func At(t time.Time) Instant { return canon.At(t) }

// Format is the format of sealed files that statements name.
const Format = "outrider.sealed/1"

// Tags of what is signed and hashed.
const (
	tagStatement = "outrider seal 1: statement"
	tagDocument  = "outrider seal 1: document"
	tagLink      = "outrider seal 1: version"
	tagRelease   = "outrider seal 1: release share"
	tagLocked    = "outrider seal 1: locked document"
	tagList      = "outrider seal 1: current list"
	tagAck       = "outrider seal 1: acknowledgement"
)

// Limits of sealed files.
const (
	MaxRecipients = 500
	MaxDocument   = 32 << 20 // bytes
	// MaxSealed is the size in bytes up to which sealed files are read: the
	// greatest padded content, age's tags and the recipients in the header.
	MaxSealed = 64<<20 + 2<<20
	// MaxLife is the longest time that a sealed file is in force.
	MaxLife = 400 * 24 * time.Hour

	maxID        = 40
	maxPart      = 60
	maxStatement = 64 << 10
	maxVersion   = 1 << 32
)

// A Label says which document of which order this is, and when it counts.
type Label struct {
	Order     string     // id of the order: letters, digits, "." "-" "_" "/"
	Version   uint64     // from 1, counted within order and kind
	Previous  Hash       // link of the same part in the version before, see Link; zero if there is none
	Kind      roles.Kind // what the issuer must have the right to issue
	Part      string     // "driver's card R2"; each part is a file of its own
	NotBefore Instant    // first second in which the document is opened
	Expires   Instant    // first second in which it is not any more
}

// A Statement is what the issuer of a sealed file signs.
type Statement struct {
	Label
	Suite        keys.Suite
	Issuer       keys.Bytes // Ed25519 public key
	RolesVersion uint64     // of the role file; 0 outside any
	RolesHash    Hash
	Recipients   []Hash // ids of the recipients' keys, in rising order
	Length       uint64 // of what stands in the file: the document, or the locked document
	Document     Hash   // of the same
	Release      Hash   // which release share opens it; zero if none is needed
}

// Row returns the statement in canonical form, as it is signed and stands in the
// file.
func (s *Statement) Row() []byte {
	r := canon.Begin(Format).Number(uint64(s.Suite)).Text(tagStatement).
		Text(s.Order).Number(s.Version).Hash(s.Previous).Text(string(s.Kind)).
		Bytes(s.Issuer).Number(s.RolesVersion).Hash(s.RolesHash).
		Number(uint64(len(s.Recipients)))
	for _, id := range s.Recipients {
		r.Hash(id)
	}
	return r.Text(s.Part).Instant(s.NotBefore).Instant(s.Expires).Number(s.Length).Hash(s.Document).Hash(s.Release).Out()
}

// Hash names the statement, and so the file's content and recipients.
func (s *Statement) Hash() Hash { return canon.Begin(tagStatement).Bytes(s.Row()).Sum() }

// Name says in words which document this is.
func (s *Statement) Name() string {
	return fmt.Sprintf("%s %s, version %d, part %s", plain.Text(string(s.Kind)), plain.Text(s.Order), s.Version, plain.Text(s.Part))
}

func parseStatement(row []byte) (*Statement, error) {
	p := canon.Parse(row)
	format := p.Text(len(Format))
	suite := p.Number()
	tag := p.Text(len(tagStatement))
	var s Statement
	s.Suite = keys.Suite(suite)
	s.Order = p.Text(maxID)
	s.Version = p.Number()
	s.Previous = p.Hash()
	s.Kind = roles.Kind(p.Text(maxID))
	s.Issuer = bytes.Clone(p.Bytes())
	s.RolesVersion = p.Number()
	s.RolesHash = p.Hash()
	const idBytes = 8 + len(Hash{})
	for range p.Count(idBytes) {
		s.Recipients = append(s.Recipients, p.Hash())
	}
	s.Part = p.Text(maxPart)
	s.NotBefore = p.Instant()
	s.Expires = p.Instant()
	s.Length = p.Number()
	s.Document = p.Hash()
	s.Release = p.Hash()
	if err := p.End(); err != nil {
		return nil, canon.Invalid(whereFile, "its statement cannot be read: "+err.Error(), remedyAgain)
	}
	if format != Format || tag != tagStatement {
		return nil, canon.Invalid(whereFile, "its statement is of another format", "use the version of the program that made it")
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if !bytes.Equal(s.Row(), row) {
		return nil, canon.Invalid(whereFile, "its statement is not in canonical form", remedyAgain)
	}
	return &s, nil
}

const (
	whereFile   = "sealed file"
	remedyAgain = "have it sent again by its issuer"
)

var idForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$`)

func checkID(id string) error {
	if len(id) > maxID || !idForm.MatchString(id) {
		return canon.Invalid("order", fmt.Sprintf("%.40q is no id of an order", id), fmt.Sprintf("use up to %d letters, digits, dots, hyphens, underscores and slashes", maxID))
	}
	return nil
}

// check refuses what no statement may say.
func (s *Statement) check() error {
	if err := checkID(s.Order); err != nil {
		return err
	}
	if err := canon.CheckText("part", s.Part, maxPart); err != nil {
		return err
	}
	switch {
	case len(s.Recipients) == 0 || len(s.Recipients) > MaxRecipients:
		return canon.Invalid(whereFile, fmt.Sprintf("it has %d recipients", len(s.Recipients)), fmt.Sprintf("seal it to 1 to %d", MaxRecipients))
	case s.Suite != keys.Classic && s.Suite != keys.Hybrid:
		return canon.Invalid(whereFile, s.Suite.String()+" is not known", "use the version of the program that made it")
	case !s.Kind.Known():
		return canon.Invalid(whereFile, fmt.Sprintf("%.40q is no kind of document", s.Kind), "use the version of the program that made it")
	case s.Version < 1 || s.Version > maxVersion:
		return canon.Invalid(whereFile, "versions count from 1", remedyAgain)
	case s.Version == 1 && !s.Previous.IsZero():
		return canon.Invalid(whereFile, "there is no version before the first", remedyAgain)
	case len(s.Issuer) != 32:
		return canon.Invalid(whereFile, "its issuer's key has not 32 bytes", remedyAgain)
	case (s.RolesVersion == 0) != s.RolesHash.IsZero():
		return canon.Invalid(whereFile, "it names a role file by half", remedyAgain)
	case !s.NotBefore.InRange() || !s.Expires.InRange() || s.Expires <= s.NotBefore:
		return canon.Invalid(whereFile, "it expires before it begins", "give it a later expiry")
	case s.Expires > s.NotBefore.Add(MaxLife):
		return canon.Invalid(whereFile, fmt.Sprintf("it would be in force for more than %d days", MaxLife/(24*time.Hour)), "give it an earlier expiry")
	case s.Document.IsZero() || s.Length > MaxDocument+lockOverhead:
		return canon.Invalid(whereFile, fmt.Sprintf("its document is larger than %d MiB, or not named", MaxDocument>>20), "seal something smaller")
	}
	for i, id := range s.Recipients {
		if id.IsZero() || i > 0 && bytes.Compare(s.Recipients[i-1][:], id[:]) >= 0 {
			return canon.Invalid(whereFile, "its recipients are not in order", remedyAgain)
		}
	}
	return nil
}

// Link names one version of one part by what it says: the next version has it as
// its Previous. It does not depend on recipients, so that a version can be sealed
// again to somebody who was forgotten.
func (l *Label) Link(document []byte) Hash {
	return canon.Begin(tagLink).Text(l.Order).Number(l.Version).Text(string(l.Kind)).Text(l.Part).Hash(documentHash(document)).Sum()
}

func documentHash(document []byte) Hash { return canon.Begin(tagDocument).Bytes(document).Sum() }

// content is what is encrypted: the statement behind its length, its signature,
// the document, zeros up to the padded size.
func content(row, signature, document []byte) []byte {
	out := make([]byte, 0, padded(8+len(row)+len(signature)+len(document)))
	out = append(out, canon.Parts(row)...)
	out = append(out, signature...)
	out = append(out, document...)
	return out[:cap(out)]
}

// minPadded is the least size of what is encrypted.
const minPadded = 64 << 10

// padded returns the size to which n bytes are padded: 64 KiB, or the power of
// two that holds them. A relay so learns the size of a document to within a
// factor of two, and nothing of those up to 64 KiB.
func padded(n int) int {
	size := minPadded
	for size < n {
		size *= 2
	}
	return size
}

func sorted(ids []Hash) []Hash {
	out := slices.Clone(ids)
	slices.SortFunc(out, func(a, b Hash) int { return bytes.Compare(a[:], b[:]) })
	return out
}

// StatementFields names the fields of a statement in the order in which they are
// signed, for the register of what is stored.
func StatementFields() []string {
	return []string{
		"format", "suite", "domain", "order", "version", "previous", "kind", "issuer", "roles_version", "roles_hash",
		"recipients", "part", "not_before", "expires", "length", "document", "release",
	}
}
