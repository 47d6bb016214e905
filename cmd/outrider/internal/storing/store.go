package storing

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/server"
	"github.com/outrider-project/outrider/store"
)

type storeCmd struct {
	Backup  backupCmd  `cmd:"" help:"Copy an SQLite store into one file while the server runs, and look through the copy."`
	Restore restoreCmd `cmd:"" help:"Make a store of a backup where there is none; everybody has to sign in again."`
	Export  exportCmd  `cmd:"" help:"Write all that a store holds in a form that either database takes."`
	Import  importCmd  `cmd:"" help:"Fill an empty store with an export; everybody has to sign in again."`
}

// acted is an entry of the audit log about the store as a whole: who sits at the
// machine is not known to it.
func acted(what string, at time.Time) server.Act { return server.Act{What: what, At: at} }

// dataFolder is the permission bits of a data folder.
const dataFolder = 0o700

const inClear = "it holds every movement and plan in clear: keep it as you keep the store"

type backupCmd struct {
	clock
	place
	Out string `short:"o" required:"" placeholder:"FILE" help:"Backup to write; one that is there is replaced when the new one is whole."`
}

// Run carries the command out.
func (c *backupCmd) Run(ctx context.Context, w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	if err := c.apart(c.Out); err != nil {
		return err
	}
	return c.on(ctx, func(s *store.Store) error {
		chain, err := s.Backup(ctx, acted("store-backup", now), c.Out)
		if err != nil {
			return err
		}
		t := &cli.Text{W: w.Stdout}
		if err := written(t, "backup", c.Out); err != nil {
			return err
		}
		describe(t, chain)
		t.Paragraph("note        ", inClear)
		return t.Err
	})
}

// apart refuses to write over the store itself.
func (p *place) apart(out string) error {
	target, err := p.target()
	if err != nil {
		return err
	}
	return cli.Apart(out, target)
}

// written says what was written and how large it is.
func written(t *cli.Text, what, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	t.Line("%-10s  %s: %s", what, path, cli.CountOf(int(info.Size()), "byte"))
	return nil
}

type restoreCmd struct {
	clock
	place
	Backup string `arg:"" help:"File that store backup wrote."`
}

// Run carries the command out.
func (c *restoreCmd) Run(ctx context.Context, w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	target, err := c.target()
	if err != nil {
		return err
	}
	chain, err := store.Restore(ctx, c.Backup, target, acted("store-restore", now))
	if err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("restored    %s", target)
	describe(t, chain)
	t.Paragraph("note        ", "devices that were revoked after the backup was made have to be revoked again")
	return t.Err
}

type exportCmd struct {
	clock
	place
	Out string `short:"o" required:"" placeholder:"FILE" help:"Export to write."`
}

// Run carries the command out.
func (c *exportCmd) Run(ctx context.Context, w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	if err := c.apart(c.Out); err != nil {
		return err
	}
	return c.on(ctx, func(s *store.Store) error {
		if err := s.Record(ctx, acted("store-export", now)); err != nil {
			return err
		}
		var rows int64
		err := atomicfile.Write(c.Out, cli.SecretFile, func(out io.Writer) (err error) {
			rows, err = s.Export(ctx, out)
			return err
		})
		if err != nil {
			return err
		}
		t := &cli.Text{W: w.Stdout}
		if err := written(t, "export", c.Out); err != nil {
			return err
		}
		t.Line("rows        %s", cli.Thousands(int(rows)))
		t.Paragraph("note        ", inClear)
		return t.Err
	})
}

type importCmd struct {
	clock
	place
	Export string `arg:"" help:"File that store export wrote."`
}

// Run carries the command out.
func (c *importCmd) Run(ctx context.Context, w *cli.World) (err error) {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	src, err := os.Open(c.Export)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	if c.Data != "" {
		if err := os.MkdirAll(c.Data, dataFolder); err != nil {
			return err
		}
	}
	return c.with(ctx, store.Open, func(s *store.Store) error {
		if _, err := s.Import(ctx, src); err != nil {
			return inFile(c.Export, err)
		}
		if err := s.SignOut(ctx, acted("store-import", now)); err != nil {
			return err
		}
		chain, err := s.Verify(ctx)
		if err != nil {
			return err
		}
		target, err := c.target()
		if err != nil {
			return err
		}
		t := &cli.Text{W: w.Stdout}
		t.Line("imported    %s", store.Redacted(target))
		describe(t, chain)
		t.Paragraph("note        ", "devices that were revoked after the export was made have to be revoked again")
		return t.Err
	})
}
