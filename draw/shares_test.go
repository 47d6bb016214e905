package draw

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Any t shares give the secret back, fewer or a wrong one give another, and every
// share fits at its own place only.
func TestShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.NewChaCha8([32]byte{byte(rapid.IntRange(0, 255).Draw(t, "seed"))})
		n := rapid.IntRange(2, 6).Draw(t, "parties")
		need := rapid.IntRange(1, n-1).Draw(t, "threshold")
		secret, err := randomScalar(random)
		if err != nil {
			t.Fatal(err)
		}
		shares, commitments, err := split(secret, need, n, random)
		if err != nil {
			t.Fatal(err)
		}
		points, err := parseCommitments(commitments)
		if err != nil || !fits(points, 0, secret) {
			t.Fatalf("the secret does not fit: %v", err)
		}
		at := rapid.Permutation([]int{1, 2, 3, 4, 5, 6}[:n]).Draw(t, "who")[:need]
		some := make([]*scalar, need)
		for i, x := range at {
			some[i] = shares[x-1]
			if !fits(points, x, some[i]) {
				t.Fatalf("share %d does not fit", x)
			}
			if other := x%n + 1; need > 1 && fits(points, other, some[i]) {
				t.Fatalf("share %d fits at %d", x, other)
			}
		}
		if combine(at, some).IsEqual(secret) != 1 {
			t.Fatal("the shares give another secret")
		}
		if need > 1 && combine(at[1:], some[1:]).IsEqual(secret) == 1 {
			t.Fatal("one share too few gives the secret")
		}
		wrong := *some[0]
		wrong.Add(&wrong, secret)
		if fits(points, at[0], &wrong) {
			t.Fatal("a wrong share fits")
		}
		some[0] = &wrong
		if combine(at, some).IsEqual(secret) == 1 {
			t.Fatal("a wrong share gives the secret")
		}
	})
}

// One encoding for one scalar: the order of the group and what is above are none.
func TestScalarEncoding(t *testing.T) {
	order := constant("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001")
	if _, err := parseScalar(order); err == nil {
		t.Error("the order itself is read")
	}
	below := slices.Clone(order)
	below[31] = 0
	s, err := parseScalar(below)
	if err != nil || !slices.Equal(scalarBytes(s), below) {
		t.Errorf("the greatest scalar: %v", err)
	}
	for _, n := range []int{0, 31, 33} {
		if _, err := parseScalar(make([]byte, n)); err == nil {
			t.Errorf("%d bytes are read", n)
		}
	}
}

func TestRandomnessThatFails(t *testing.T) {
	if _, err := randomScalar(&short{}); err == nil {
		t.Error("a secret without randomness")
	}
	if _, err := NewIdentity("OPS 1", "Unit", true, &short{}); err == nil {
		t.Error("keys without randomness")
	}
}

// short runs dry.
type short struct{}

func (*short) Read(p []byte) (int, error) { return 0, errNoPoint }
