package seal

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"filippo.io/age"

	"github.com/outrider-project/outrider/seal/internal/canon"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// A Writer is who seals, to whom, under which rules.
type Writer struct {
	Identity *keys.Identity
	// Roles is the role file, accepted by Seen; nil seals outside any role file.
	Roles      *roles.File
	Recipients []keys.Card // the same one twice counts once
	// Release, if not nil, is the share without which the document stays locked.
	Release *Share
	Now     Instant
	Random  io.Reader // of the lock; read only with Release
}

// A Sealed is what Seal made.
type Sealed struct {
	Statement Statement
	Link      Hash // what the next version names as Previous
	File      []byte
}

// Seal makes a document into a sealed file. It refuses what Open would refuse:
// an issuer without the right, keys that are not of the whole time, a suite below
// the role file's. Cost: one encapsulation for each recipient, about 0.1 ms, and
// some copies of the document in memory.
func Seal(l Label, document []byte, w Writer) (*Sealed, error) {
	s := Statement{Label: l, Issuer: w.Identity.Card.Signing}
	cards, err := w.recipients(&s)
	if err != nil {
		return nil, err
	}
	if w.Roles != nil {
		s.RolesVersion, s.RolesHash = w.Roles.Version, w.Roles.Hash()
	}
	if len(document) > MaxDocument {
		return nil, canon.Refused("document", fmt.Sprintf("it has more than %d MiB", MaxDocument>>20), "seal its parts one by one")
	}
	link := l.Link(document)
	if w.Release != nil {
		if document, err = w.Release.lock(&l, document, w.Random); err != nil {
			return nil, err
		}
		s.Release = w.Release.ID()
	}
	s.Length, s.Document = uint64(len(document)), documentHash(document)
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := w.permitted(&s); err != nil {
		return nil, err
	}
	sealed, err := w.write(&s, cards, document)
	if err != nil {
		return nil, err
	}
	sealed.Link = link
	return sealed, nil
}

// recipients fills in suite and recipients of a statement and returns the cards
// in the order of their ids, so that their order in the file says nothing.
func (w *Writer) recipients(s *Statement) ([]*keys.Card, error) {
	byID := map[Hash]*keys.Card{}
	for i := range w.Recipients {
		c := &w.Recipients[i]
		if err := c.Check(); err != nil {
			return nil, err
		}
		if c.NotAfter < s.Expires-1 {
			return nil, canon.Refused("recipient "+c.Who(), fmt.Sprintf("its keys are from %s to %s, and the document expires %s", c.NotBefore, c.NotAfter, s.Expires), "let it expire earlier, or get a card with new keys")
		}
		switch {
		case len(byID) == 0:
			s.Suite = c.Suite()
		case s.Suite != c.Suite():
			return nil, canon.Refused("recipient "+c.Who(), fmt.Sprintf("its keys are for %s, those of others for %s", c.Suite(), s.Suite), "seal to each kind of keys on its own: a file is as strong as its weakest recipient")
		}
		byID[c.ID()] = c
	}
	ids := make([]Hash, 0, len(byID))
	for id := range byID {
		ids = append(ids, id)
	}
	s.Recipients = sorted(ids)
	cards := make([]*keys.Card, len(ids))
	for i, id := range s.Recipients {
		cards[i] = byID[id]
	}
	return cards, nil
}

// permitted refuses what the rules do not allow the writer.
func (w *Writer) permitted(s *Statement) error {
	own := &w.Identity.Card
	if s.Expires <= w.Now {
		return canon.Refused("expiry", fmt.Sprintf("%s is past", s.Expires), "give a later one")
	}
	if w.Roles == nil {
		if !own.Covers(s.NotBefore, s.Expires-1) {
			return canon.Refused("issuer "+own.Who(), fmt.Sprintf("the keys are from %s to %s", own.NotBefore, own.NotAfter), "give the document a time within that, or make new keys")
		}
		return nil
	}
	if err := w.Roles.InForce(w.Now); err != nil {
		return err
	}
	if s.Suite < w.Roles.Suite {
		return canon.Refused("suite", fmt.Sprintf("the recipients' keys are for %s, less than the role file's %s", s.Suite, w.Roles.Suite), "have them make keys of that suite")
	}
	for i := range w.Recipients {
		if c := &w.Recipients[i]; !w.Roles.Holds(c) {
			return canon.Refused("recipient "+c.Who(), fmt.Sprintf("it is no device of version %d of the role file", w.Roles.Version), "leave it out, or have the card put into the role file")
		} else if d := w.Roles.Device(c.Signing); !bytes.Equal(d.Row(), c.Row()) {
			// A holder signs his card himself, also one under another's call sign.
			return canon.Refused("recipient "+c.Who(), fmt.Sprintf("these are the keys of %s to %s in the role file, and the card says otherwise", d.Who(), d.NotAfter), "name the card that is in the role file, or its role; ask who sent this one")
		}
	}
	return mayIssue(w.Roles, own, s)
}

// mayIssue refuses an issuer without the right to issue a document for all of its
// time. So an order in force always has an issuer in office, and one who left
// cannot date an order back.
func mayIssue(f *roles.File, issuer *keys.Card, s *Statement) error {
	if f.MayIssue(issuer, s.Kind, s.NotBefore, s.Expires-1) {
		return nil
	}
	return canon.Refused("issuer "+issuer.Who(), fmt.Sprintf("no right to issue a %s from %s to %s in version %d of the role file", s.Kind, s.NotBefore, s.Expires, f.Version),
		"have it issued by a role that has the right for all that time")
}

func (w *Writer) write(s *Statement, cards []*keys.Card, document []byte) (*Sealed, error) {
	row := s.Row()
	if len(row) > maxStatement {
		return nil, canon.Refused(whereFile, "its statement is too long", "seal to fewer recipients")
	}
	recipients := make([]age.Recipient, len(cards))
	for i, c := range cards {
		r, err := c.Recipient()
		if err != nil {
			return nil, err
		}
		recipients[i] = r
	}
	var out bytes.Buffer
	enc, err := age.Encrypt(&out, recipients...)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if _, err := enc.Write(content(row, w.Identity.Sign(row), document)); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	sealed := &Sealed{Statement: *s, File: out.Bytes()}
	sealed.Statement.Recipients = slices.Clone(s.Recipients)
	return sealed, nil
}
