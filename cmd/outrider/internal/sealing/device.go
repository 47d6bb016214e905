package sealing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"golang.org/x/term"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
)

// passphraseVariable is the environment variable of passphrases.
const passphraseVariable = "OUTRIDER_PASSPHRASE"

// secretFlags say where a passphrase comes from. It is never a flag itself:
// command lines are seen by others and kept in histories.
type secretFlags struct {
	PassphraseFile string `placeholder:"FILE" help:"File whose first line is the passphrase; else $$OUTRIDER_PASSPHRASE, else it is asked for."`
}

// passphrase returns the passphrase, asked for once, or twice to make a key.
func (f *secretFlags) passphrase(ctx context.Context, w *cli.World, what string, twice bool) (string, error) {
	if f.PassphraseFile != "" {
		src, err := cli.ReadUpTo(f.PassphraseFile, 4096)
		if err != nil {
			return "", err
		}
		line, _, _ := strings.Cut(string(src), "\n")
		return strings.TrimSuffix(line, "\r"), nil
	}
	if word := os.Getenv(passphraseVariable); word != "" {
		return word, nil
	}
	word, err := ask(ctx, w, "Passphrase for "+what+": ")
	if err != nil || !twice {
		return word, err
	}
	again, err := ask(ctx, w, "The same again: ")
	if err != nil {
		return "", err
	}
	if word != again {
		return "", &outrider.Error{Kind: outrider.Refused, Where: "passphrase", Cause: "the second is not the first", Remedy: "run the command again"}
	}
	return word, nil
}

// ask reads a line from the terminal without showing it. When ctx ends first the
// terminal is put back as it was.
func ask(ctx context.Context, w *cli.World, prompt string) (string, error) {
	from, to := os.Stdin, w.Stderr
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		defer func() { _ = tty.Close() }() // nothing of it is kept
		from, to = tty, tty
	}
	fd := int(from.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", &outrider.Error{Kind: outrider.Usage, Where: "passphrase", Cause: "there is no terminal to ask for it", Remedy: "give --passphrase-file, or set " + passphraseVariable}
	}
	if _, err := io.WriteString(to, prompt); err != nil {
		return "", err
	}
	type answer struct {
		word []byte
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		word, err := term.ReadPassword(fd)
		answered <- answer{word, err}
	}()
	select {
	case a := <-answered:
		_, _ = io.WriteString(to, "\n")
		return string(a.word), a.err
	case <-ctx.Done():
		_, _ = io.WriteString(to, "\n")
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}

// readIdentity reads an identity file.
func (f *secretFlags) readIdentity(ctx context.Context, w *cli.World, path string) (*keys.Identity, error) {
	src, err := cli.ReadUpTo(path, keys.MaxIdentity)
	if err != nil {
		return nil, err
	}
	if err := ownersOnly(path, src); err != nil {
		return nil, err
	}
	id, err := keys.Read(src, func() (string, error) { return f.passphrase(ctx, w, path, false) })
	if err != nil {
		return nil, inFile(path, err)
	}
	return id, nil
}

// ownersOnly refuses a file that others on the machine can read or change and that
// no passphrase keeps, as keys in clear are.
func ownersOnly(path string, src []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if runtime.GOOS == "windows" || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 || keys.Locked(src) || !json.Valid(src) {
		return nil
	}
	if _, err := keys.ReadCard(src); err == nil {
		return nil // a card is for everybody; what is wrong is told by whoever wants an identity
	}
	return refused(path, fmt.Sprintf("it is an identity in clear with permission bits %04o: others on this machine can take it", info.Mode().Perm()), "chmod 600 it, and make new keys if others may have been there")
}

// seenPath is where the memory of an identity is.
func seenPath(key string) string { return key + ".seen.json" }

// remembering gives do what the device of an identity remembers, and keeps what
// it is after do, whether that fails or not, before it returns.
func remembering(key string, id *keys.Identity, do func(*seal.Seen) error) (err error) {
	path := seenPath(key)
	unlock, err := atomicfile.Lock(path)
	if err != nil {
		return fmt.Errorf("remember what was seen: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	before, err := cli.ReadUpTo(path, maxSmall)
	seen := seal.NewSeen(&id.Card)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		if seen, err = seal.ReadSeen(before, &id.Card); err != nil {
			return inFile(path, err)
		}
	}
	failed := do(seen)
	after, err := seen.Marshal()
	if err == nil && !bytes.Equal(before, after) {
		err = cli.WriteFile(path, cli.SecretFile, after)
	}
	if err != nil {
		return errors.Join(failed, err)
	}
	return failed
}
