package storing

import (
	"context"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/cmd/outrider/internal/sealing"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/store"
)

type auditCmd struct {
	Verify     verifyCmd     `cmd:"" help:"Work the chain of the audit log out anew, and hold it against checkpoints."`
	Checkpoint checkpointCmd `cmd:"" help:"Verify the audit log, and sign how far it is."`
}

type verifyCmd struct {
	place
	Checkpoint []string `sep:"none" placeholder:"FILE" help:"Checkpoint that the log must lead through; once for each. Only with one is an end that was cut off found, or a log that was written anew."`
	Signer     string   `placeholder:"FILE" help:"Card of who must have signed the checkpoints."`
}

// Run carries the command out.
func (c *verifyCmd) Run(ctx context.Context, w *cli.World) error {
	if c.Signer != "" && len(c.Checkpoint) == 0 {
		return cli.UsageError("--signer is about checkpoints, and none is given", "give --checkpoint too")
	}
	marks, err := c.checkpoints()
	if err != nil {
		return err
	}
	return c.on(ctx, func(s *store.Store) error {
		chain, err := s.Verify(ctx, marks...)
		if err != nil {
			return err
		}
		t := &cli.Text{W: w.Stdout}
		describe(t, chain)
		for i, m := range marks {
			t.Line("checkpoint  %s: entry %s, made %s, holds", c.Checkpoint[i], cli.Thousands(int(m.Number)), minute(m.Made.Time()))
			t.Line("            signed by %s, fingerprint %s", who(&m.Card), m.Card.Fingerprint())
		}
		switch {
		case len(marks) == 0:
			t.Paragraph("note        ", "without a checkpoint nothing shows that the end was not cut off, or the whole written anew")
		case c.Signer == "":
			t.Paragraph("note        ", "compare the fingerprint with that of the card you know, or give the card with --signer")
		}
		return t.Err
	})
}

func (c *verifyCmd) checkpoints() ([]*store.Checkpoint, error) {
	var signer *keys.Card
	if c.Signer != "" {
		src, err := cli.ReadUpTo(c.Signer, keys.MaxIdentity)
		if err != nil {
			return nil, err
		}
		if signer, err = keys.ReadCard(src); err != nil {
			return nil, inFile(c.Signer, err)
		}
	}
	var marks []*store.Checkpoint
	for _, path := range c.Checkpoint {
		src, err := cli.ReadUpTo(path, store.MaxCheckpoint)
		if err != nil {
			return nil, err
		}
		m, err := store.ReadCheckpoint(src)
		if err != nil {
			return nil, inFile(path, err)
		}
		if signer != nil && m.Card.Fingerprint() != signer.Fingerprint() {
			return nil, &outrider.Error{Kind: outrider.Refused, Where: path, Cause: "it is signed by " + who(&m.Card) + ", fingerprint " + m.Card.Fingerprint() + ", not by " + who(signer), Remedy: "use a checkpoint of theirs"}
		}
		marks = append(marks, m)
	}
	return marks, nil
}

func who(c *keys.Card) string {
	if c.CallSign == "" {
		return "a key without a call sign"
	}
	return plain.Text(c.CallSign)
}

type checkpointCmd struct {
	clock
	place
	sealing.Secret
	Sign string `required:"" placeholder:"KEY" help:"Identity to sign with, of somebody who does not run the server; outrider keys new makes one."`
	Out  string `short:"o" required:"" placeholder:"FILE" help:"Checkpoint to write; keep it where the server cannot write."`
}

// Run carries the command out.
func (c *checkpointCmd) Run(ctx context.Context, w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	if err := cli.Apart(c.Out, c.Sign); err != nil {
		return err
	}
	if err := cli.Fresh(c.Out, "keep it: an older checkpoint still shows what was before it; name another file with --out"); err != nil {
		return err
	}
	return c.on(ctx, func(s *store.Store) error {
		id, err := c.Identity(ctx, w, c.Sign)
		if err != nil {
			return err
		}
		m, err := s.Checkpoint(ctx, id, now)
		if err != nil {
			return err
		}
		src, err := m.Marshal()
		if err != nil {
			return err
		}
		if err := cli.WriteFile(c.Out, cli.PublicFile, src); err != nil {
			return err
		}
		t := &cli.Text{W: w.Stdout}
		t.Line("checkpoint  %s: entry %s, made %s", c.Out, cli.Thousands(int(m.Number)), minute(m.Made.Time()))
		t.Line("hash        %s", m.Hash)
		t.Line("signed by   %s, fingerprint %s", who(&m.Card), m.Card.Fingerprint())
		return t.Err
	})
}
