package sealing

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
)

type sealCmd struct {
	secretFlags
	clock
	Document     string   `arg:"" name:"document" help:"Document to seal, any file."`
	To           []string `placeholder:"CARD" help:"Card of a recipient, KEY.pub; once for each."`
	ToRole       []string `placeholder:"ROLE" help:"Role whose holders are recipients, with all their devices; once for each."`
	Sign         string   `required:"" placeholder:"KEY" help:"Identity of the issuer."`
	Out          string   `short:"o" required:"" placeholder:"FILE" help:"Sealed file to write."`
	Roles        string   `placeholder:"FILE" help:"Role file; without one the document is sealed outside any."`
	Order        string   `placeholder:"ID" help:"Id of the order; one is made up when left out."`
	Version      uint64   `placeholder:"N" help:"Version of the order; when left out, the one that was issued last, or 1."`
	Kind         string   `default:"document" placeholder:"KIND" help:"Kind of document, such as movement-order or fragmentary-order (${default})."`
	Part         string   `default:"whole" placeholder:"NAME" help:"Part of the order, such as \"driver's card R2\" (${default}); each part is a file of its own."`
	NotBefore    string   `placeholder:"TIME" help:"Not to be opened before; now when left out."`
	Expires      string   `placeholder:"TIME" help:"Not to be opened from then on; 7 days after --not-before when left out, or the end of the keys' period."`
	Previous     string   `placeholder:"HASH" help:"Hash of the version before, as seal and open print it, where this device has neither issued nor opened it."`
	NoPrevious   bool     `help:"This part was not in the version before."`
	ReleaseShare string   `placeholder:"FILE" help:"Lock the document until this share is published; made if it is not there, and then kept by the duty officer."`
	Issued       string   `placeholder:"FILE" help:"Journal of what was issued; KEY.issued.jsonl when left out."`
}

// defaultLife is how long a sealed document is in force unless said otherwise.
const defaultLife = 7 * day

// Run carries the command out.
func (c *sealCmd) Run(ctx context.Context, w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	if err := cli.Apart(c.Out, slices.Concat(c.To, []string{c.Document, c.Sign, c.Sign + ".pub", c.Roles, c.ReleaseShare, c.PassphraseFile, c.issued(), seenPath(c.Sign)})...); err != nil {
		return err
	}
	if c.ReleaseShare != "" {
		if err := cli.Writable("--release-share", c.ReleaseShare); err != nil {
			return err
		}
	}
	label, err := c.label(w, now)
	if err != nil {
		return err
	}
	document, err := cli.ReadUpTo(c.Document, seal.MaxDocument)
	if err != nil {
		return err
	}
	wr := seal.Writer{Now: now, Random: rand.Reader}
	if wr.Roles, err = readRoles(c.Roles); err != nil {
		return err
	}
	if wr.Identity, err = c.readIdentity(ctx, w, c.Sign); err != nil {
		return err
	}
	if wr.Recipients, err = c.recipients(&wr, &label); err != nil {
		return err
	}
	var sealed *seal.Sealed
	err = remembering(c.Sign, wr.Identity, func(seen *seal.Seen) error {
		if err := seen.Tick(now); err != nil {
			return err
		}
		if wr.Roles != nil {
			if err := seen.Follow(wr.Roles, now); err != nil {
				return err
			}
		}
		sealed, err = c.issue(&label, document, &wr, seen)
		return err
	})
	if err != nil {
		return inFile("", err)
	}
	// The journal has it before it is there to be sent: what went out is on record.
	if err := cli.WriteFile(c.Out, cli.PublicFile, sealed.File); err != nil {
		return err
	}
	return c.report(w, &wr, sealed)
}

func (c *sealCmd) issued() string {
	if c.Issued != "" {
		return c.Issued
	}
	return issuedPath(c.Sign)
}

// label says what the flags say of the document; the version before is filled in
// later.
func (c *sealCmd) label(w *cli.World, now keys.Instant) (seal.Label, error) {
	l := seal.Label{Order: c.Order, Version: c.Version, Part: c.Part}
	var err error
	if l.Order == "" {
		if c.Version > 1 || c.ReleaseShare != "" {
			return l, cli.InvalidFlag("--order", "it must be said of a later version, and with a release share", "give the id of the order")
		}
		l.Order = "DOC-" + rand.Text()[:12]
	}
	if l.Kind, err = parseKind("--kind", c.Kind); err != nil {
		return l, err
	}
	if l.NotBefore, err = parseInstant("--not-before", c.NotBefore, now, w); err != nil {
		return l, err
	}
	l.Expires, err = parseInstant("--expires", c.Expires, l.NotBefore.Add(defaultLife), w)
	return l, err
}

// recipients returns the cards that the flags name. Without an expiry the document
// is in force as long as it can be by those cards and the issuer's.
func (c *sealCmd) recipients(wr *seal.Writer, l *seal.Label) ([]keys.Card, error) {
	f := wr.Roles
	cards, err := readCards(c.To)
	if err != nil {
		return nil, err
	}
	if c.Expires == "" {
		for _, card := range append([]keys.Card{wr.Identity.Card}, cards...) {
			l.Expires = min(l.Expires, max(card.NotAfter+1, l.NotBefore+1))
		}
	}
	if len(c.ToRole) > 0 && f == nil {
		return nil, cli.InvalidFlag("--to-role", "there is no role file to find its holders in", "give --roles")
	}
	for _, role := range c.ToRole {
		held, err := f.Resolve(role, l.NotBefore, l.Expires-1)
		if err != nil {
			return nil, inFile(c.Roles, err)
		}
		cards = append(cards, held...)
	}
	if len(cards) == 0 {
		return nil, cli.UsageError("nobody is to read it", "name cards with --to, or roles with --to-role")
	}
	return cards, nil
}

// issue seals under the lock of the journal, so that no version goes out twice.
func (c *sealCmd) issue(l *seal.Label, document []byte, wr *seal.Writer, seen *seal.Seen) (*seal.Sealed, error) {
	var sealed *seal.Sealed
	err := issuedLedger(c.issued()).Extend(cli.SecretFile, func(src []byte) ([]byte, error) {
		journal, err := parseIssued(c.issued(), src)
		if err != nil {
			return nil, err
		}
		if err := c.number(l, document, journal, wr, seen); err != nil {
			return nil, err
		}
		if wr.Release, err = c.share(l); err != nil {
			return nil, err
		}
		if sealed, err = seal.Seal(*l, document, *wr); err != nil {
			return nil, err
		}
		return atomicfile.EncodeLine(seal.NewIssue(sealed, wr.Recipients, wr.Now))
	})
	return sealed, err
}

// number fills in version and the version before, from what was issued and seen.
func (c *sealCmd) number(l *seal.Label, document []byte, journal []seal.Issue, wr *seal.Writer, seen *seal.Seen) error {
	latest := uint64(0)
	var before, same seal.Hash
	for pass := range 2 {
		for i := range journal {
			e := &journal[i]
			if e.Order != l.Order || e.Kind != l.Kind || (e.Roles == 0) != (wr.Roles == nil) {
				continue
			}
			latest = max(latest, e.Version)
			if pass == 0 || e.Part != l.Part {
				continue
			}
			switch e.Version {
			case l.Version:
				same = e.Link
			case l.Version - 1:
				before = e.Link
			}
		}
		if l.Version == 0 {
			l.Version = max(latest, 1)
		}
	}
	switch {
	case l.Version < latest:
		return refused(l.Order, fmt.Sprintf("version %d has been issued", latest), "issue a later one")
	case !same.IsZero() && same != l.Link(document):
		return refused(l.Order, fmt.Sprintf("version %d of this part has been issued and says something else", l.Version), fmt.Sprintf("issue it as --version %d", l.Version+1))
	case l.Version == 1:
		return nil
	}
	if c.Previous != "" {
		if err := before.UnmarshalText([]byte(c.Previous)); err != nil {
			return cli.InvalidFlag("--previous", err.Error(), "copy it from what seal or open printed")
		}
	}
	if before.IsZero() {
		var issuer []byte
		if wr.Roles == nil {
			issuer = wr.Identity.Card.Signing
		}
		before = seen.Previous(issuer, l.Order, l.Kind, l.Part, l.Version)
	}
	if before.IsZero() && !c.NoPrevious {
		return refused(l.Order, fmt.Sprintf("version %d of this part was neither issued nor opened here", l.Version-1), "give its hash with --previous, or say --no-previous if there was none")
	}
	l.Previous = before
	return nil
}

func refused(where, cause, remedy string) error {
	return &outrider.Error{Kind: outrider.Refused, Where: where, Cause: cause, Remedy: remedy}
}

// share reads the release share, or makes it.
func (c *sealCmd) share(l *seal.Label) (*seal.Share, error) {
	if c.ReleaseShare == "" {
		return nil, nil
	}
	s, err := readAs(c.ReleaseShare, seal.ReadShare)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	if s, err = seal.NewShare(l.Order, l.Version, l.Kind, rand.Reader); err != nil {
		return nil, err
	}
	return s, write(c.ReleaseShare, cli.SecretFile, s.Marshal)
}

func (c *sealCmd) report(w *cli.World, wr *seal.Writer, sealed *seal.Sealed) error {
	s := &sealed.Statement
	t := &cli.Text{W: w.Stdout}
	t.Line("sealed      %s", s.Name())
	var names []string
	for i := range wr.Recipients {
		if who := wr.Recipients[i].Who(); !slices.Contains(names, who) {
			names = append(names, who)
		}
	}
	slices.Sort(names)
	t.Paragraph("to          ", plain.Text(strings.Join(names, ", "))+", "+cli.CountOf(len(s.Recipients), "key")+", "+s.Suite.String())
	t.Line("in force    %s to %s", minute(s.NotBefore), minute(s.Expires))
	t.Line("hash        %s", sealed.Link)
	if wr.Roles == nil {
		t.Line("note        outside the role file: recipients must know the signer")
	}
	if wr.Release != nil {
		t.Line("share       %s: for the duty officer, who publishes it at the release", c.ReleaseShare)
	}
	t.Line("file        %s, %s bytes: send it by any means", c.Out, cli.Thousands(len(sealed.File)))
	return t.Err
}

// issuedPath is where the journal of an issuer is.
func issuedPath(key string) string { return key + ".issued.jsonl" }

func issuedLedger(path string) atomicfile.Ledger {
	return atomicfile.Ledger{Path: path, Entry: "journal line", MaxBytes: 64 << 20, MaxLine: 1 << 20}
}

func parseIssued(path string, src []byte) ([]seal.Issue, error) {
	var out []seal.Issue
	err := issuedLedger(path).Parse(src, func(_ int, line []byte) error {
		if len(bytes.TrimSpace(line)) == 0 {
			return errors.New("the line is empty")
		}
		var i seal.Issue
		if err := atomicfile.DecodeLine(line, &i); err != nil {
			return errors.New("the line is no entry of this journal")
		}
		if err := atomicfile.Pristine(line, i); err != nil {
			return err
		}
		out = append(out, i)
		return nil
	})
	return out, err
}
