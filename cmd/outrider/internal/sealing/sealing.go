// Package sealing is the commands that make keys, seal and open documents, say
// who may issue what and which version is in force, and tell who has read it.
package sealing

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// Cmd is the commands outrider keys, seal, open, roles, current, ack and acks.
type Cmd struct {
	Keys    keysCmd    `cmd:"" help:"Identities to open and to sign with, and their public cards."`
	Seal    sealCmd    `cmd:"" help:"Make a document into a file that only its readers can read."`
	Open    openCmd    `cmd:"" help:"Open a sealed document, if everything about it holds."`
	Roles   rolesCmd   `cmd:"" help:"Role files: who holds which role from when to when, and who may issue what."`
	Current currentCmd `cmd:"" help:"Current lists: which version of each order is in force."`
	Ack     ackCmd     `cmd:"" help:"Acknowledge a sealed document: that you have read it, or received it."`
	Acks    acksCmd    `cmd:"" help:"Who has read what was sealed, and who has not."`
}

// maxSmall bounds what is read of cards, role files, lists and the like.
const maxSmall = 4 << 20

// clock is the clock of a step.
type clock struct {
	Now string `hidden:"" help:"The time that counts as now, for repeatable results."`
}

func (f *clock) at(w *cli.World) (keys.Instant, error) {
	t, err := cli.ParseTime("--now", f.Now, w.Now())
	return keys.At(t), err
}

// inFile puts the name of a file before an error about what is in it, and makes
// its words fit for a terminal.
func inFile(path string, err error) error {
	e, ok := errors.AsType[*outrider.Error](err)
	if !ok {
		return err
	}
	where := e.Where
	if path != "" && where != "" {
		where = path + ": " + where
	} else if path != "" {
		where = path
	}
	return &outrider.Error{Kind: e.Kind, Where: plain.Text(where), Cause: plain.Text(e.Cause), Remedy: plain.Text(e.Remedy), Err: err}
}

// readAs reads a file with its reader.
func readAs[T any](path string, read func([]byte) (*T, error)) (*T, error) {
	src, err := cli.ReadUpTo(path, maxSmall)
	if err != nil {
		return nil, err
	}
	v, err := read(src)
	if err != nil && bytes.HasPrefix(src, []byte("age-encryption.org/v1\n")) {
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: path, Cause: "it is encrypted: a sealed file or a secret", Remedy: "name what comes out of it when it is opened, or the card beside the secret", Err: err}
	}
	if err != nil {
		return nil, inFile(path, err)
	}
	return v, nil
}

func readCards(paths []string) ([]keys.Card, error) {
	var out []keys.Card
	for _, path := range paths {
		c, err := readAs(path, keys.ReadCard)
		if err != nil {
			return nil, err
		}
		out = append(out, *c)
	}
	return out, nil
}

// readRoles reads a role file; none without a path.
func readRoles(path string) (*roles.File, error) {
	if path == "" {
		return nil, nil
	}
	return readAs(path, roles.Read)
}

func write(path string, perm fs.FileMode, marshal func() ([]byte, error)) error {
	src, err := marshal()
	if err != nil {
		return err
	}
	return cli.WriteFile(path, perm, src)
}

// parseInstant reads a time; otherwise is what counts when there is none.
func parseInstant(flag, s string, otherwise keys.Instant, w *cli.World) (keys.Instant, error) {
	t, err := cli.ParseTime(flag, s, otherwise.Time().In(w.Now().Location()))
	return keys.At(t), err
}

// minute writes a time as people read it.
func minute(i keys.Instant) string { return i.Time().Format("2006-01-02 15:04Z") }

// whoFlags say by whom a file must be.
type whoFlags struct {
	Roles  string `placeholder:"FILE" help:"Role file, accepted before with roles accept."`
	Signer string `placeholder:"FILE" help:"Card of the one signer to accept outside any role file, instead of --roles."`
}

func (f *whoFlags) read() (*roles.File, *keys.Card, error) {
	if (f.Roles == "") == (f.Signer == "") {
		return nil, nil, cli.UsageError("nothing says by whom it must be", "give just one of --roles and --signer")
	}
	if f.Signer != "" {
		c, err := readAs(f.Signer, keys.ReadCard)
		return nil, c, err
	}
	file, err := readRoles(f.Roles)
	return file, nil, err
}

// day is the length of a day.
const day = 24 * time.Hour

// parseKind reads a kind of document.
func parseKind(flag, s string) (roles.Kind, error) {
	if k := roles.Kind(s); k.Known() {
		return k, nil
	}
	var names []string
	for _, k := range roles.Kinds() {
		names = append(names, string(k))
	}
	return "", cli.InvalidFlag(flag, plain.Text(s)+" is no kind of document", "use one of "+strings.Join(names, ", "))
}

// readList reads a current list; none without a path.
func readList(path string) (*seal.CurrentList, error) {
	if path == "" {
		return nil, nil
	}
	return readAs(path, seal.ReadList)
}
