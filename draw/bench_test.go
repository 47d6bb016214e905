package draw_test

import "testing"

func BenchmarkVerifyBeacon(b *testing.B) {
	op := newOperator(b)
	round := op.publish(1000)
	for b.Loop() {
		if err := op.chain.Verify(&round); err != nil {
			b.Fatal(err)
		}
	}
}

// A whole draw of three parties done again, with one secret recovered.
func BenchmarkCheckRelease(b *testing.B) {
	s := newScene(b).committed().later()
	v := s.release(s.reveals(0, 2))
	for b.Loop() {
		if err := v.Check(s.record); err != nil {
			b.Fatal(err)
		}
	}
}
