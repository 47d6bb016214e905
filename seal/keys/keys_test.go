package keys_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/seal/keys"
)

var noon = keys.At(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))

func wish(sign string, suite keys.Suite) keys.Wish {
	return keys.Wish{CallSign: sign, Suite: suite, NotBefore: noon, NotAfter: noon + 86400}
}

func make1(t testing.TB, sign string, suite keys.Suite) *keys.Identity {
	t.Helper()
	id, err := keys.New(wish(sign, suite), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestIdentityComesBack(t *testing.T) {
	for _, suite := range []keys.Suite{keys.Classic, keys.Hybrid} {
		for _, sign := range []string{"SIERRA 4", ""} {
			id := make1(t, sign, suite)
			open, err := id.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			locked, err := id.Lock("correct horse", 10)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(locked, []byte("seed")) || !keys.Locked(locked) || keys.Locked(open) {
				t.Error("the locked file is in clear")
			}
			for _, src := range [][]byte{open, locked} {
				got, err := keys.Read(src, func() (string, error) { return "correct horse", nil })
				if err != nil {
					t.Fatal(err)
				}
				if got.Card.ID() != id.Card.ID() || got.Card.Suite() != suite || got.Card.Fingerprint() != id.Card.Fingerprint() || !got.Card.Verify([]byte("x"), id.Sign([]byte("x"))) {
					t.Errorf("%s comes back as %s", id.Card.Fingerprint(), got.Card.Fingerprint())
				}
			}
		}
	}
}

// The keys are those of age, so that its own program opens what is sealed.
func TestKeysAreThoseOfAge(t *testing.T) {
	for _, suite := range []keys.Suite{keys.Classic, keys.Hybrid} {
		id := make1(t, "R 2", suite)
		r, err := id.Card.Recipient()
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		w, err := age.Encrypt(&file, r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, "hello")
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		out, err := age.Decrypt(&file, id.Opener())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(out); err != nil || string(got) != "hello" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestPassphrases(t *testing.T) {
	id := make1(t, "R 2", keys.Hybrid)
	if _, err := id.Lock("short", 10); outrider.KindOf(err) != outrider.Invalid {
		t.Errorf("a passphrase of 5 characters: %v", err)
	}
	if _, err := id.Lock("correct horse", keys.MaxWork+1); err == nil {
		t.Error("a file was made that cannot be read back")
	}
	locked, err := id.Lock("correct horse", 10)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Read(locked, nil); outrider.KindOf(err) != outrider.Refused {
		t.Error(err)
	}
	if _, err := keys.Read(locked, func() (string, error) { return "wrong horse", nil }); !errors.Is(err, keys.ErrPassphrase) {
		t.Error(err)
	}
	gone := errors.New("terminal gone")
	if _, err := keys.Read(locked, func() (string, error) { return "", gone }); !errors.Is(err, gone) {
		t.Error(err)
	}
	// A file that asks for more memory than any of ours is refused before it gets it.
	greedy, err := age.NewScryptRecipient("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	greedy.SetWorkFactor(10)
	stanza, err := greedy.Wrap(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	asks := bytes.Replace(locked, []byte(" 10\n"), []byte(" 22\n"), 1)
	if bytes.Equal(asks, locked) || len(stanza) != 1 {
		t.Fatal("the work factor is not where it was")
	}
	if _, err := keys.Read(asks, func() (string, error) { return "correct horse", nil }); outrider.KindOf(err) != outrider.Invalid {
		t.Error(err)
	}
}

// An error about a secret file says nothing of what is in it.
func TestErrorsKeepSecrets(t *testing.T) {
	id := make1(t, "R 2", keys.Hybrid)
	open, err := id.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(open, []byte("AGE-SECRET-KEY-PQ-1"))
	secret := string(open[at+19 : at+31])
	for i := range len(open) {
		changed := bytes.Clone(open)
		changed[i] ^= 1
		_, err := keys.Read(changed, nil)
		if err == nil {
			t.Fatalf("with byte %d changed it is read", i)
		}
		if strings.Contains(err.Error(), secret[:6]) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
}

func TestCardsAreRefused(t *testing.T) {
	a, b := make1(t, "R 2", keys.Hybrid), make1(t, "R 3", keys.Hybrid)
	for says, change := range map[string]func(*keys.Card){
		"not signed by its own key": func(c *keys.Card) { c.CallSign = "R 3" },
		"call sign is none":         func(c *keys.Card) { c.CallSign = "JOHN SMITH" },
		"ends before it begins":     func(c *keys.Card) { c.NotAfter = c.NotBefore },
		"its sealing key is none":   func(c *keys.Card) { c.Sealing = c.Sealing[:len(c.Sealing)-1] },
		"sealing key is none of":    func(c *keys.Card) { c.Sealing = strings.ToUpper(c.Sealing) },
		"format is":                 func(c *keys.Card) { c.Format = "outrider.card/2" },
	} {
		c := a.Card
		change(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	other := a.Card
	other.Sealing = b.Card.Sealing
	if other.Check() == nil {
		t.Error("a card takes another's sealing key")
	}
}

func TestNewNeedsRandomness(t *testing.T) {
	if _, err := keys.New(wish("R 2", keys.Hybrid), strings.NewReader("too short")); err == nil {
		t.Error("keys were made of nothing")
	}
	if _, err := keys.New(wish("R 2", 3), rand.Reader); err == nil {
		t.Error("keys were made of an unknown suite")
	}
}

// FuzzRead throws bytes at the readers of cards and identities: none panics, and
// what is read is written back as it was.
func FuzzRead(f *testing.F) {
	id := make1(f, "R 2", keys.Hybrid)
	for _, marshal := range []func() ([]byte, error){id.Marshal, id.Card.Marshal} {
		src, err := marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	locked, err := id.Lock("correct horse", 2)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(locked)
	f.Fuzz(func(t *testing.T, src []byte) {
		// The cost of scrypt is bounded by MaxWork; here it would only be slow.
		if bytes.Contains(src, []byte("scrypt")) && !bytes.Equal(src, locked) {
			src = bytes.ReplaceAll(src, []byte("scrypt"), []byte("script"))
		}
		if c, err := keys.ReadCard(src); err == nil {
			if out, err := c.Marshal(); err != nil || !bytes.Equal(out, src) {
				t.Fatalf("card read as another: %v", err)
			}
		}
		if id, err := keys.Read(src, func() (string, error) { return "correct horse", nil }); err == nil {
			if out, err := id.Marshal(); err != nil || !keys.Locked(src) && !bytes.Equal(out, src) {
				t.Fatalf("identity read as another: %v", err)
			}
		}
	})
}
