package draw_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/outrider-project/outrider/draw"
)

// A draw made once on the command line, with a published round of quicknet, must
// verify for ever: docs/format/draw.md gives its hashes as vectors, worked out
// from the files by another program.
func TestDrawOnFile(t *testing.T) {
	read := func(name string) []byte {
		src, err := os.ReadFile(filepath.Join("testdata", "evening", name))
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
	r, err := draw.ReadRecord(read("draw.json"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := draw.ReadRelease(read("release.json"))
	if err != nil {
		t.Fatal(err)
	}
	log, err := draw.ReadLog(read("draws.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Check(r); err != nil {
		t.Error(err)
	}
	if err := v.CheckLog(r, log); err != nil {
		t.Error(err)
	}
	for name, h := range map[string][2]string{
		"sheet":      {v.Sheet.Commitment().String(), "a5e372f6788c5e14aa1da435de03ef24dc102070e3f7c3d7689ef9041093a320"},
		"opening":    {r.Opening.Hash().String(), "5aa3babf7207bbcb8a232b9429974a751e05422f942462b76d226046cda72cf9"},
		"commitment": {r.Commitment().String(), "024a5f378856564a7afc6ce223711e0f534e1fc88eeed77664948920cd57bb0b"},
		"record":     {r.Hash().String(), "9b72f4f29e0029971c9a2a9f0fc0fda5c04adec3ea86cdba9caed8682b162d4b"},
		"seed":       {v.Outcomes[0].Seed.String(), "0ac40f48a81f09cfe5fb8d41176bdca652228fbb0daed0ff235b336cf9ba4557"},
		"release":    {v.Hash().String(), "bb604e27233326407f44dfb838601e06576e35b3f47b2a98e0c09fa9b7e7526a"},
		"log":        {log.Head().String(), "789b8af9088552906cee6361e82c3f71e1c76b7fa607dd83c8e602579f0b1fd8"},
	} {
		if h[0] != h[1] {
			t.Errorf("%s: %s, want %s", name, h[0], h[1])
		}
	}
	if name, _ := v.Result(); name != "route 1" || v.Outcomes[0].Value != 297212 {
		t.Errorf("drawn: %+v", v.Outcomes[0])
	}
}
