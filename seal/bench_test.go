package seal_test

import (
	"testing"

	"github.com/outrider-project/outrider/seal"
	"github.com/outrider-project/outrider/seal/keys"
)

// A driver's card to two recipients.
func BenchmarkSeal(b *testing.B) {
	c := newCast(b)
	for b.Loop() {
		c.seal(label(1), c.document)
	}
}

func BenchmarkOpen(b *testing.B) {
	c := newCast(b)
	file := c.seal(label(1), c.document).File
	for b.Loop() {
		c.opens(c.r2, file, c.document)
	}
}

// BenchmarkUnlock is what a guess at a passphrase costs.
func BenchmarkUnlock(b *testing.B) {
	c := newCast(b)
	src, err := c.r2.Lock("four words by dice", keys.Work)
	c.must(err)
	for b.Loop() {
		_, err := keys.Read(src, func() (string, error) { return "four words by dice", nil })
		c.must(err)
	}
}

// BenchmarkOpenLarge opens a document of 16 MiB.
func BenchmarkOpenLarge(b *testing.B) {
	c := newCast(b)
	document := make([]byte, 16<<20)
	file := c.seal(label(1), document).File
	b.SetBytes(int64(len(document)))
	for b.Loop() {
		if _, err := seal.Open(file, c.reader(c.r2)); err != nil {
			b.Fatal(err)
		}
	}
}
