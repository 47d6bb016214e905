package exchange_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/outrider-project/outrider/exchange"
)

func BenchmarkReadMovement(b *testing.B) {
	src := example(b)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := exchange.ReadMovement("m.yaml", src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriters(b *testing.B) {
	p := randomPlan(seeded(1), "x")
	for _, w := range writers() {
		b.Run(w.name, func(b *testing.B) {
			var buf bytes.Buffer
			if err := w.write(&buf, p); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(buf.Len()))
			for b.Loop() {
				if err := w.write(io.Discard, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
