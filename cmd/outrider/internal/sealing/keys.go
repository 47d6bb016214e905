package sealing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/seal/keys"
)

type keysCmd struct {
	New     keysNewCmd     `cmd:"" help:"Make an identity and its public card."`
	Show    keysShowCmd    `cmd:"" help:"Show a card, or the card of an identity: whose, for how long, its fingerprint."`
	Destroy keysDestroyCmd `cmd:"" help:"Destroy the secret of an identity at the end of its period."`
}

type keysNewCmd struct {
	secretFlags
	clock
	Out          string `short:"o" required:"" placeholder:"KEY" help:"Identity file to write; the card goes beside it as KEY.pub."`
	CallSign     string `placeholder:"SIGN" help:"Call sign of its holder, such as \"SIERRA 4\"; role files need one."`
	Days         int    `default:"90" placeholder:"N" help:"The period of the keys in days (${default}); then the secret is to be destroyed."`
	Suite        string `enum:"mlkem768x25519,x25519" default:"mlkem768x25519" help:"Algorithms: mlkem768x25519 (hybrid post-quantum) or x25519."`
	NoPassphrase bool   `help:"Write the identity in clear: whoever gets the file can read and sign."`
}

// maxDays is the longest period of keys.
const maxDays = 1100

// Run carries the command out.
func (c *keysNewCmd) Run(ctx context.Context, w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	if c.CallSign != "" && !callsign.Valid(c.CallSign) {
		return cli.InvalidFlag("--call-sign", fmt.Sprintf("%q is no call sign", c.CallSign), "write capital letters and a number, such as SIERRA 4; never a name")
	}
	if c.Days < 1 || c.Days > maxDays {
		return cli.InvalidFlag("--days", "the period is too short or too long", fmt.Sprintf("give 1 to %d", maxDays))
	}
	if c.NoPassphrase && c.PassphraseFile != "" {
		return cli.UsageError("with --no-passphrase there is nothing for --passphrase-file to do", "give one of them")
	}
	card := c.Out + ".pub"
	for _, path := range []string{c.Out, card, seenPath(c.Out)} {
		if err := cli.Fresh(path, "keep it, or destroy it with keys destroy when its period is over; name another file with --out"); err != nil {
			return err
		}
	}
	suite, err := keys.ParseSuite(c.Suite)
	if err != nil {
		return err
	}
	// From the beginning of the day, so that no clock that is late refuses them.
	from := now - now%keys.Instant(day.Seconds())
	id, err := keys.New(keys.Wish{CallSign: c.CallSign, Suite: suite, NotBefore: from, NotAfter: now.Add(time.Duration(c.Days) * day)}, rand.Reader)
	if err != nil {
		return err
	}
	src, err := c.marshal(ctx, w, id)
	if err != nil {
		return err
	}
	if err := cli.WriteFile(c.Out, cli.SecretFile, src); err != nil {
		return err
	}
	if err := write(card, cli.PublicFile, id.Card.Marshal); err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	if c.NoPassphrase {
		t.Line("identity     %s: in CLEAR; whoever gets this file can read and sign", c.Out)
	} else {
		t.Line("identity     %s: encrypted; nobody can open it without the passphrase", c.Out)
	}
	t.Line("card         %s: give it to those who write to you", card)
	describe(t, &id.Card)
	t.Line("             read the fingerprint to them by voice")
	return t.Err
}

func (c *keysNewCmd) marshal(ctx context.Context, w *cli.World, id *keys.Identity) ([]byte, error) {
	if c.NoPassphrase {
		return id.Marshal()
	}
	word, err := c.passphrase(ctx, w, "the new identity "+c.Out, true)
	if err != nil {
		return nil, err
	}
	return id.Lock(word, keys.Work)
}

func describe(t *cli.Text, c *keys.Card) {
	who := "no call sign"
	if c.CallSign != "" {
		who = c.CallSign
	}
	t.Line("holder       %s", plain.Text(who))
	t.Line("keys         %s with ed25519, from %s to %s", c.Suite(), minute(c.NotBefore), minute(c.NotAfter))
	t.Line("fingerprint  %s", c.Fingerprint())
}

type keysShowCmd struct {
	secretFlags
	clock
	File string `arg:"" help:"Card, KEY.pub, or identity, KEY."`
}

// Run carries the command out.
func (c *keysShowCmd) Run(ctx context.Context, w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	src, err := cli.ReadUpTo(c.File, maxSmall)
	if err != nil {
		return err
	}
	card, err := keys.ReadCard(src)
	if err != nil {
		id, idErr := c.readIdentity(ctx, w, c.File)
		if idErr != nil {
			e, ok := errors.AsType[*outrider.Error](idErr)
			if keys.Locked(src) || ok && e.Kind == outrider.Refused {
				return idErr
			}
			return inFile(c.File, err)
		}
		card = &id.Card
	}
	t := &cli.Text{W: w.Stdout}
	describe(t, card)
	switch {
	case now > card.NotAfter:
		t.Line("             the period is over: destroy the secret with keys destroy")
	case now < card.NotBefore:
		t.Line("             the period has not begun")
	}
	return t.Err
}

type keysDestroyCmd struct {
	Key string `arg:"" help:"Identity file."`
	Yes bool   `help:"Must be said: nothing sealed to this identity can be read afterwards."`
}

// Run carries the command out.
func (c *keysDestroyCmd) Run(w *cli.World) error {
	src, err := cli.ReadUpTo(c.Key, keys.MaxIdentity)
	if err != nil {
		return err
	}
	if !keys.Locked(src) {
		if _, err := keys.Read(src, nil); err != nil {
			return inFile(c.Key, err)
		}
	}
	if !c.Yes {
		return &outrider.Error{Kind: outrider.Refused, Where: c.Key, Cause: "what is sealed to it could never be read again", Remedy: "say --yes if that is meant"}
	}
	if err := overwrite(c.Key, len(src)); err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("destroyed    %s", c.Key)
	t.Paragraph("note         ", "copies, backups and snapshots of the file are not reached, nor what a flash disk keeps of it; what was opened with it stays open")
	return t.Err
}

// overwrite writes random bytes over a file and removes it.
func overwrite(path string, n int) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	noise := make([]byte, n)
	_, err = rand.Read(noise)
	if err == nil {
		_, err = f.WriteAt(noise, 0)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(path))
}
