// Package storing is the commands about the store of the server: its audit log,
// backups, and the way from one database to another.
package storing

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/store"
)

// Cmd is the commands outrider audit and store.
type Cmd struct {
	Audit auditCmd `cmd:"" help:"Whether the audit log of a server is whole, and checkpoints that show it."`
	Store storeCmd `cmd:"" help:"Backups of a server's store, and the way from one database to another."`
}

// clock is the clock of a step.
type clock struct {
	Now string `hidden:"" help:"The time that counts as now, for repeatable results."`
}

func (f *clock) at(w *cli.World) (time.Time, error) {
	t, err := cli.ParseTime("--now", f.Now, w.Now())
	return t.UTC(), err
}

// place says which store is meant.
type place struct {
	Data  string `placeholder:"DIR" help:"Data folder of the server."`
	Store string `placeholder:"URL" help:"Instead of --data: an SQLite file, or postgres://USER@HOST/DATABASE; the password goes into $$PGPASSWORD or a file that $$PGPASSFILE names."`
}

func (p *place) target() (string, error) {
	switch {
	case (p.Data == "") == (p.Store == ""):
		return "", cli.UsageError("nothing says which store is meant", "give just one of --data and --store")
	case p.Data != "":
		return filepath.Join(p.Data, store.FileName), nil
	}
	return p.Store, nil
}

// on carries do out on the store, which must be there.
func (p *place) on(ctx context.Context, do func(*store.Store) error) error {
	return p.with(ctx, store.Existing, do)
}

func (p *place) with(ctx context.Context, open func(context.Context, string) (*store.Store, error), do func(*store.Store) error) (err error) {
	target, err := p.target()
	if err != nil {
		return err
	}
	s, err := open(ctx, target)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s)
}

// inFile puts the name of a file before an error about what is in it, and makes
// its words fit for a terminal.
func inFile(path string, err error) error {
	e, ok := errors.AsType[*outrider.Error](err)
	if !ok {
		return err
	}
	where := path
	if e.Where != "" {
		where += ": " + e.Where
	}
	return &outrider.Error{Kind: e.Kind, Where: plain.Text(where), Cause: plain.Text(e.Cause), Remedy: plain.Text(e.Remedy), Err: err}
}

// minute writes a time as people read it.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }

// describe prints what holds of an audit log.
func describe(t *cli.Text, c store.Chain) {
	if c.Entries == 0 {
		t.Line("entries     none")
		return
	}
	t.Line("entries     %s, each follows from the one before; the last of %s", cli.Thousands(int(c.Entries)), minute(c.Last))
	if c.Deleted > 0 {
		t.Line("            of %s only the hash is kept", cli.CountOf(int(c.Deleted), "entry"))
	}
	t.Line("hash        %s", c.Hash)
}
