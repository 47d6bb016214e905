package canon_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/seal/internal/canon"
)

type record struct {
	Name string        `json:"name"`
	Hash canon.Hash    `json:"hash"`
	Data canon.Bytes   `json:"data"`
	At   canon.Instant `json:"at"`
	List []int         `json:"list"`
}

func TestOneSpelling(t *testing.T) {
	at := canon.At(time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC))
	src, err := canon.Marshal(record{Name: "<a>", Hash: canon.Hash{1}, Data: canon.Bytes{2}, At: at, List: []int{}})
	if err != nil {
		t.Fatal(err)
	}
	var got record
	if err := canon.Unmarshal("record", src, &got); err != nil || got.Hash != (canon.Hash{1}) || got.At != at {
		t.Fatalf("%+v, %v", got, err)
	}
	text := string(src)
	for says, changed := range map[string]string{
		"is not as the program writes it": strings.Replace(text, "<a>", "\\u003ca>", 1),
		"line 4 is not":                   strings.Replace(text, `"02"`, `"02" `, 1),
		"line 5 is not":                   strings.Replace(text, "06:00:00Z", "07:00:00+01:00", 1),
		"the file is cut off":             text[:len(text)-4],
		"unknown field":                   strings.Replace(text, `"name"`, `"nam"`, 1),
		"holds null":                      strings.Replace(text, "[]", "null", 1),
		"line 7 is not":                   strings.TrimSuffix(text, "\n") + " ",
		"hexadecimal":                     strings.Replace(text, "01", "1", 1),
		"no time":                         strings.Replace(text, "2026-11", "2026-13", 1),
		"larger than 4 MiB":               text + strings.Repeat(" ", canon.MaxFile),
	} {
		if changed == text {
			t.Fatalf("%s: nothing was changed", says)
		}
		var v record
		if err := canon.Unmarshal("record", []byte(changed), &v); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

func TestErrorsAreFitForATerminal(t *testing.T) {
	var v record
	err := canon.Unmarshal("record", []byte("{\"\x1b[31m\u202e"+strings.Repeat("x", 500)+`": 1}`), &v)
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\u202e") || len(err.Error()) > 400 {
		t.Errorf("%q", err)
	}
}

// A row is taken apart into what it was made of; cut off anywhere it is refused.
func TestRows(t *testing.T) {
	row := canon.Begin("tag").Number(7).Text("é").Hash(canon.Hash{9}).Hash(canon.Hash{}).Instant(5).Number(2).Number(1).Number(2).Out()
	parse := func(src []byte) error {
		p := canon.Parse(src)
		if p.Text(3) != "tag" || p.Number() != 7 || p.Text(1) != "é" || p.Hash() != (canon.Hash{9}) || !p.Hash().IsZero() || p.Instant() != 5 {
			return p.End()
		}
		for range p.Count(8) {
			p.Number()
		}
		return p.End()
	}
	if err := parse(row); err != nil {
		t.Fatal(err)
	}
	for n := range row {
		if err := parse(row[:n]); err == nil {
			t.Errorf("cut off at %d it is taken", n)
		}
	}
	if err := parse(append(bytes.Clone(row), 0)); err == nil {
		t.Error("with a byte more it is taken")
	}
	// Lengths that no row has, and lists longer than the rest.
	for _, src := range [][]byte{bytes.Repeat([]byte{0xff}, 8), canon.Begin("tag").Number(1 << 62).Out()} {
		p := canon.Parse(src)
		p.Bytes()
		if n := p.Count(8); n != 0 || p.End() == nil {
			t.Errorf("%x: %d elements", src, n)
		}
	}
	zeros := canon.Parse((&canon.Row{}).Bytes(make([]byte, 32)).Out())
	if zeros.Hash(); zeros.End() == nil {
		t.Error("a hash of zeros is a second spelling of none")
	}
}
