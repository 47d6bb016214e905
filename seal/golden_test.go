package seal_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
	"github.com/outrider-project/outrider/seal/roles"
)

var makeGolden = flag.Bool("golden", false, "make the files in testdata/golden anew")

// Files made once must open for ever. docs/format/sealed.md gives their hashes as
// vectors, worked out from the files by another program.
func TestFilesOnRecord(t *testing.T) {
	c := newCast(t)
	name := func(s string) string { return filepath.Join("testdata", "golden", s) }
	if *makeGolden {
		c.makeGolden(name)
	}
	read := func(s string) []byte {
		src, err := os.ReadFile(name(s))
		c.must(err)
		return src
	}
	r2, err := keys.Read(read("R2.key"), nil)
	c.must(err)
	cmd, err := keys.ReadCard(read("CMD1.pub"))
	c.must(err)
	root1, err := keys.ReadCard(read("ROOT1.pub"))
	c.must(err)
	root2, err := keys.ReadCard(read("ROOT2.pub"))
	c.must(err)
	file, err := roles.Read(read("roles.json"))
	c.must(err)
	list, err := seal.ReadList(read("current.json"))
	c.must(err)
	share, err := seal.ReadShare(read("share.json"))
	c.must(err)
	ack, err := seal.ReadAck(read("R2.ack.json"))
	c.must(err)

	seen := seal.NewSeen(&r2.Card)
	c.must(seen.Found(file, []keys.Card{*root1, *root2}, noon))
	r := seal.Reader{Identity: r2, Roles: file, Seen: seen, Current: list, Now: noon}
	o, err := seal.Open(read("order.sealed"), r)
	c.must(err)
	if !bytes.Equal(o.Document, c.document) || o.Issuer != cmd.CallSign || ack.Statement != o.Statement.Hash() {
		t.Errorf("%+v", o.Statement)
	}
	r.Release = share
	locked, err := seal.Open(read("locked.sealed"), r)
	c.must(err)
	if !bytes.Equal(locked.Document, c.another) {
		t.Error("the locked order opens to something else")
	}
	for name, h := range map[string][2]string{
		"key of R 2":      {r2.Card.ID().String(), goldenKey},
		"print of R 2":    {r2.Card.Fingerprint(), goldenPrint},
		"role file":       {file.Hash().String(), goldenRoles},
		"statement":       {o.Statement.Hash().String(), goldenStatement},
		"link":            {o.Link.String(), goldenLink},
		"release share":   {share.ID().String(), goldenShare},
		"locked document": {locked.Statement.Document.String(), goldenLocked},
	} {
		if h[0] != h[1] {
			t.Errorf("%s: %s, want %s", name, h[0], h[1])
		}
	}
}

// The vectors of docs/format/sealed.md.
const (
	goldenKey       = "96c60198a7718a13a38d3a2d89ae50f80ae5380b581a4783ea9a3c709df9208d"
	goldenPrint     = "5336 b653 1ff4 a2bc 8446"
	goldenRoles     = "4d87883b8da28ef47e521e4b38f2ad0dbf1f14557163079068839a01869cdc0f"
	goldenStatement = "f1d6326f50c67e0cb63d720f806fcb1fa7919e9a3948f4e6f8e0e6b9af275416"
	goldenLink      = "d29943a79ca81b0e8eae52534f608fcd0273306edf345fed1d815acee7354c7a"
	goldenShare     = "f16c6d7805acc50d65d12c0e2c2e59d256cef88b65095d10ee9e7dd447821a7d"
	goldenLocked    = "3262dacad639bb67f47b7600afa3cc24fdee993b9a093fd430cfd7a02d1150af"
)

func (c *cast) makeGolden(name func(string) string) {
	put := func(s string, marshal func() ([]byte, error)) {
		src, err := marshal()
		c.must(err)
		c.must(os.WriteFile(name(s), src, 0o600))
	}
	c.must(os.MkdirAll(name(""), 0o700))
	put("R2.key", c.r2.Marshal)
	put("CMD1.pub", c.cmd.Card.Marshal)
	put("ROOT1.pub", c.roots[0].Card.Marshal)
	put("ROOT2.pub", c.roots[1].Card.Marshal)
	put("roles.json", c.file.Marshal)
	s := c.seal(label(1), c.document)
	c.must(os.WriteFile(name("order.sealed"), s.File, 0o600))
	share, err := seal.NewShare("OP-18", 1, roles.MovementOrder, stream(7))
	c.must(err)
	put("share.json", share.Marshal)
	w, l := c.writer(), label(1)
	w.Release, l.Order = share, "OP-18"
	locked, err := seal.Seal(l, c.another, w)
	c.must(err)
	c.must(os.WriteFile(name("locked.sealed"), locked.File, 0o600))
	list, err := seal.NewList([]seal.Entry{{Order: "OP-17", Kind: roles.MovementOrder, Version: 1}}, c.cmd, c.file, noon, noon+day)
	c.must(err)
	put("current.json", list.Marshal)
	ack, err := seal.NewAck(c.opens(c.r2, s.File, c.document), c.r2, noon)
	c.must(err)
	put("R2.ack.json", ack.Marshal)
	delete(c.memory, c.r2)
}
