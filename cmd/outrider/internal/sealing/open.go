package sealing

import (
	"context"

	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/seal"
)

// readerFlags are those of a step that reads a sealed file.
type readerFlags struct {
	secretFlags
	clock
	whoFlags
	File          string `arg:"" help:"Sealed file."`
	Current       string `placeholder:"FILE" help:"Current list, to see whether there is a later version."`
	Share         string `placeholder:"FILE" help:"Release share, as the duty officer published it."`
	Order         string `placeholder:"ID" help:"Order that is expected; another one is refused."`
	Part          string `placeholder:"NAME" help:"Part that is expected; another one is refused."`
	ClockWasAhead bool   `help:"This device's clock was too far ahead before and is right now."`
}

// reader reads what the flags name, but for the sealed file.
func (f *readerFlags) reader(ctx context.Context, w *cli.World, key string) (seal.Reader, error) {
	r := seal.Reader{Order: f.Order, Part: f.Part}
	var err error
	if r.Now, err = f.at(w); err != nil {
		return r, err
	}
	if r.Roles, r.Signer, err = f.whoFlags.read(); err != nil {
		return r, err
	}
	if r.Current, err = readList(f.Current); err != nil {
		return r, err
	}
	if f.Share != "" {
		if r.Release, err = readAs(f.Share, seal.ReadShare); err != nil {
			return r, err
		}
	}
	r.Identity, err = f.readIdentity(ctx, w, key)
	return r, err
}

// open reads the sealed file and holds it against what the device remembers.
func (f *readerFlags) open(key string, r *seal.Reader, with func([]byte, seal.Reader) (*seal.Opened, error)) (o *seal.Opened, err error) {
	src, err := cli.ReadUpTo(f.File, seal.MaxSealed)
	if err != nil {
		return nil, err
	}
	err = remembering(key, r.Identity, func(seen *seal.Seen) error {
		if f.ClockWasAhead {
			seen.WasAhead()
		}
		r.Seen = seen
		o, err = with(src, *r)
		return err
	})
	if err != nil {
		return nil, inFile(f.File, err)
	}
	return o, nil
}

// inputs are the files that a step reads.
func (f *readerFlags) inputs(key string) []string {
	return []string{f.File, f.Roles, f.Signer, f.Current, f.Share, f.PassphraseFile, key, key + ".pub", seenPath(key), issuedPath(key)}
}

type openCmd struct {
	readerFlags
	Identity string `required:"" placeholder:"KEY" help:"Identity that it is sealed to."`
	Out      string `short:"o" required:"" placeholder:"FILE" help:"Where the document goes, for its owner only; nothing else is written in clear."`
}

// Run carries the command out.
func (c *openCmd) Run(ctx context.Context, w *cli.World) error {
	if err := cli.Apart(c.Out, c.inputs(c.Identity)...); err != nil {
		return err
	}
	r, err := c.reader(ctx, w, c.Identity)
	if err != nil {
		return err
	}
	o, err := c.open(c.Identity, &r, seal.Open)
	if err != nil {
		return err
	}
	if err := cli.WriteFile(c.Out, cli.SecretFile, o.Document); err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	account(t, o)
	t.Line("hash        %s", o.Link)
	t.Line("document    %s, %s bytes", c.Out, cli.Thousands(len(o.Document)))
	return t.Err
}

// account says which document was opened and what is known of it.
func account(t *cli.Text, o *seal.Opened) {
	s := &o.Statement
	t.Line("opened      %s", s.Name())
	t.Line("issued by   %s", plain.Text(o.Issuer))
	t.Line("in force    %s to %s", minute(s.NotBefore), minute(s.Expires))
	t.Line("known       %s", o.Known)
	for _, n := range o.Notes {
		t.Paragraph("note        ", plain.Text(n))
	}
}

type ackCmd struct {
	readerFlags
	Sign string `required:"" placeholder:"KEY" help:"Your identity, which the document is sealed to."`
	Out  string `short:"o" required:"" placeholder:"FILE" help:"Acknowledgement to write; send it to the issuer."`
}

// Run carries the command out.
func (c *ackCmd) Run(ctx context.Context, w *cli.World) error {
	if err := cli.Apart(c.Out, c.inputs(c.Sign)...); err != nil {
		return err
	}
	r, err := c.reader(ctx, w, c.Sign)
	if err != nil {
		return err
	}
	// What is not released can be acknowledged as received.
	with := func(src []byte, r seal.Reader) (*seal.Opened, error) {
		o, err := seal.Receive(src, r)
		if err != nil || !o.Statement.Release.IsZero() && r.Release == nil {
			return o, err
		}
		return seal.Open(src, r)
	}
	o, err := c.open(c.Sign, &r, with)
	if err != nil {
		return err
	}
	a, err := seal.NewAck(o, r.Identity, r.Now)
	if err != nil {
		return inFile("", err)
	}
	if err := write(c.Out, cli.PublicFile, a.Marshal); err != nil {
		return err
	}
	state := "read"
	if !a.Read {
		state = "received, not released yet"
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("%s  %s: %s", "acknowledged", o.Statement.Name(), state)
	t.Line("file          %s: send it to %s", c.Out, plain.Text(o.Issuer))
	return t.Err
}
