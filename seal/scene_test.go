package seal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

// stream is randomness that is the same each time.
func stream(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

// noon is when most of what the tests tell happens.
var noon = seal.At(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))

const day = 24 * 60 * 60

// A cast is a unit with its role file: two roots of three sign, CMD 1 issues
// orders and lists, R 2, R 3 and G 4 are drivers and a guard who issue nothing,
// X 9 belongs to nobody.
type cast struct {
	tb                testing.TB
	roots             []*keys.Identity
	cmd, r2, r3, g4   *keys.Identity
	stranger          *keys.Identity
	classic           *keys.Identity // a device of R 3 with keys of the lower suite
	file              *roles.File
	memory            map[*keys.Identity]*seal.Seen
	now               seal.Instant
	document, another []byte
}

func newCast(tb testing.TB) *cast {
	tb.Helper()
	c := &cast{tb: tb, now: noon, memory: map[*keys.Identity]*seal.Seen{}}
	seed := byte(0)
	person := func(sign string, suite keys.Suite) *keys.Identity {
		seed++
		id, err := keys.New(keys.Wish{CallSign: sign, Suite: suite, NotBefore: noon - 10*day, NotAfter: noon + 90*day}, stream(seed))
		c.must(err)
		return id
	}
	for _, sign := range []string{"ROOT 1", "ROOT 2", "ROOT 3"} {
		c.roots = append(c.roots, person(sign, keys.Hybrid))
	}
	c.cmd, c.r2, c.r3, c.g4 = person("CMD 1", keys.Hybrid), person("R 2", keys.Hybrid), person("R 3", keys.Hybrid), person("G 4", keys.Hybrid)
	c.stranger, c.classic = person("X 9", keys.Hybrid), person("R 3", keys.Classic)
	c.file = c.roleFile(1, nil, nil)
	c.document = []byte(strings.Repeat("Leave by the north gate at 04:00. ", 500))
	c.another = []byte(strings.Repeat("Leave by the south gate at 05:00. ", 500))
	return c
}

// in returns the cast for another test, with the memories it has now.
func (c *cast) in(tb testing.TB) *cast {
	other := *c
	other.tb, other.memory = tb, maps.Clone(c.memory)
	return &other
}

func (c *cast) must(err error) {
	c.tb.Helper()
	if err != nil {
		c.tb.Fatal(err)
	}
}

// roleFile makes a version of the role file, signed by the first two roots.
func (c *cast) roleFile(version uint64, before *roles.File, change func(*roles.File)) *roles.File {
	c.tb.Helper()
	f := &roles.File{
		Format: roles.Format, Unit: "Cell North", Version: version, Made: noon - 5*day, Expires: noon + 60*day, Suite: keys.Hybrid, Threshold: 2,
		Roots:   []keys.Card{c.roots[0].Card, c.roots[1].Card, c.roots[2].Card},
		Devices: []keys.Card{c.cmd.Card, c.r2.Card, c.r3.Card, c.g4.Card},
		Holdings: []roles.Holding{
			{Role: "movement-commander", CallSign: "CMD 1", From: noon - 5*day, To: noon + 40*day},
			{Role: "driver", CallSign: "R 2", From: noon - 5*day, To: noon + 40*day},
			{Role: "driver", CallSign: "R 3", From: noon - 5*day, To: noon + 40*day},
			{Role: "guard", CallSign: "G 4", From: noon - 5*day, To: noon + 40*day},
		},
		Rights: []roles.Right{
			{Role: "movement-commander", Kinds: []roles.Kind{roles.MovementOrder, roles.Fragmentary, roles.CurrentList}},
			{Role: "guard", Kinds: []roles.Kind{roles.Acknowledgement}},
		},
		Signatures: []roles.Signature{},
	}
	if before != nil {
		f.Previous = before.Hash()
	}
	if change != nil {
		change(f)
	}
	c.must(f.Sign(c.roots[0]))
	c.must(f.Sign(c.roots[1]))
	return f
}

// seen is what a device remembers; it has accepted the role file.
func (c *cast) seen(id *keys.Identity) *seal.Seen {
	c.tb.Helper()
	if c.memory[id] == nil {
		s := seal.NewSeen(&id.Card)
		c.must(s.Found(c.file, []keys.Card{c.roots[0].Card, c.roots[1].Card}, noon))
		c.memory[id] = s
	}
	return c.memory[id]
}

func label(version uint64) seal.Label {
	return seal.Label{
		Order: "OP-17", Version: version, Kind: roles.MovementOrder, Part: "driver's card",
		NotBefore: noon - 60, Expires: noon + 5*day,
	}
}

// writer seals as CMD 1 to R 2 and R 3.
func (c *cast) writer() seal.Writer {
	return seal.Writer{Identity: c.cmd, Roles: c.file, Recipients: []keys.Card{c.r2.Card, c.r3.Card}, Now: c.now, Random: stream(99)}
}

func (c *cast) seal(l seal.Label, document []byte) *seal.Sealed {
	c.tb.Helper()
	s, err := seal.Seal(l, document, c.writer())
	c.must(err)
	return s
}

func (c *cast) reader(id *keys.Identity) seal.Reader {
	return seal.Reader{Identity: id, Roles: c.file, Seen: c.seen(id), Now: c.now}
}

func (c *cast) open(id *keys.Identity, file []byte) (*seal.Opened, error) {
	return seal.Open(file, c.reader(id))
}

// opens expects the document.
func (c *cast) opens(id *keys.Identity, file, document []byte) *seal.Opened {
	c.tb.Helper()
	o, err := c.open(id, file)
	c.must(err)
	if !bytes.Equal(o.Document, document) {
		c.tb.Fatalf("opened to %d other bytes", len(o.Document))
	}
	return o
}

// refuses expects no document, and an error that says why.
func refuses(tb testing.TB, o *seal.Opened, err error, says string) {
	tb.Helper()
	if o != nil {
		tb.Fatalf("it opened: %s", o.Statement.Name())
	}
	if err == nil || !strings.Contains(err.Error(), says) {
		tb.Fatalf("got %v, want %q", err, says)
	}
	e, ok := errors.AsType[*outrider.Error](err)
	if !ok || e.Kind == outrider.Internal || e.Remedy == "" || e.Cause == "" {
		tb.Fatalf("%v is no error with cause, remedy and kind", err)
	}
}

// insides are what a recipient finds in a sealed file.
type insides struct{ row, signature, document []byte }

// take decrypts a file as any holder of a key can with a program of his own.
func (c *cast) take(id *keys.Identity, file []byte) insides {
	c.tb.Helper()
	r, err := age.Decrypt(bytes.NewReader(file), id.Opener())
	c.must(err)
	all, err := io.ReadAll(r)
	c.must(err)
	n := binary.BigEndian.Uint64(all)
	rest := all[8+n:]
	return insides{all[8 : 8+n : 8+n], rest[:64:64], rest[64:]}
}

// make encrypts insides to recipients as any recipient can.
func (c *cast) make(in insides, to ...*keys.Identity) []byte {
	c.tb.Helper()
	content := binary.BigEndian.AppendUint64(nil, uint64(len(in.row)))
	content = append(append(append(content, in.row...), in.signature...), in.document...)
	size := 64 << 10
	for size < len(content) {
		size *= 2
	}
	content = append(content, make([]byte, size-len(content))...)
	var recipients []age.Recipient
	for _, id := range to {
		r, err := id.Card.Recipient()
		c.must(err)
		recipients = append(recipients, r)
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipients...)
	c.must(err)
	_, err = w.Write(content)
	c.must(err)
	c.must(w.Close())
	return out.Bytes()
}
