package plain_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/plain"
)

func TestText(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"what is plain stays", "Straße 7, Đà Nẵng – 東京 😀", "Straße 7, Đà Nẵng – 東京 😀"},
		{"line breaks", "a\tb\nc\r\u2028d\u2029e", "a b c  d e"},
		{"escape sequences", "a\x1b[31mb\u009b1mc\x7f\x00", "a[31mb1mc"},
		{"direction of writing", "a\u202eb\u2066c\u200fd\u061ce", "abcde"},
		{"not UTF-8", "a\xffb\xed\xa0\x80c\ufffd\ufffe\uffff", "abc"},
		{"joiners stay", "क्\u200dष", "क्\u200dष"},
	} {
		if got := plain.Text(test.in); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// Any text can stand in XML, and what is plain already is not changed.
func FuzzText(f *testing.F) {
	f.Add("a\u202eb\x1b[1m<&>\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := plain.Text(s)
		if plain.Text(got) != got {
			t.Fatalf("%q is not plain", got)
		}
		var b strings.Builder
		if err := xml.EscapeText(&b, []byte(got)); err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(strings.NewReader("<a>" + b.String() + "</a>"))
		var read strings.Builder
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v", got, err)
			}
			if text, ok := token.(xml.CharData); ok {
				read.Write(text)
			}
		}
		if read.String() != got {
			t.Fatalf("%q was read back as %q", got, read.String())
		}
	})
}

func TestCapital(t *testing.T) {
	for in, want := range map[string]string{"": "", "primary": "Primary", "äußerer Weg": "Äußerer Weg", "東": "東", "7th": "7th"} {
		if got := plain.Capital(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
