package draw

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/cloudflare/circl/ecc/bls12381"
)

// A secret is a scalar of the group of BLS12-381, an integer below the group's
// prime order r; in files 32 bytes, most significant first. It is shared by
// Shamir's scheme over the field of r: shares are values of a random polynomial
// of degree t-1 whose value at 0 is the secret, party i of the draw holding the
// value at i, counted from 1. Feldman's commitments, the generator multiplied by
// each coefficient, let everybody check a share without learning it. They hide
// the secret as well as discrete logarithms are hard; it has 255 bits.
type scalar = bls12381.Scalar

const scalarSize = bls12381.ScalarSize

// randomScalar is uniform to within 2^-256: 64 bytes reduced modulo r. It is
// never 0.
func randomScalar(random io.Reader) (*scalar, error) {
	for {
		var b [64]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return nil, fmt.Errorf("draw a secret: %w", err)
		}
		s := new(scalar)
		s.SetBytes(b[:])
		if s.IsZero() == 0 {
			return s, nil
		}
	}
}

func scalarBytes(s *scalar) Bytes {
	b, err := s.MarshalBinary()
	if err != nil {
		return nil // never: every scalar has 32 bytes
	}
	return b
}

// parseScalar reads the one encoding of a scalar.
func parseScalar(b []byte) (*scalar, error) {
	s := new(scalar)
	if len(b) != scalarSize {
		return nil, fmt.Errorf("not of %d bytes", scalarSize)
	}
	if err := s.UnmarshalBinary(b); err != nil || !bytes.Equal(scalarBytes(s), b) {
		return nil, fmt.Errorf("no number below the group's order")
	}
	return s, nil
}

// times returns the generator multiplied by s, compressed.
func times(s *scalar) Bytes {
	p := new(bls12381.G1)
	p.ScalarMult(s, bls12381.G1Generator())
	return p.BytesCompressed()
}

// split makes shares at 1 to n of a secret, any t of which give it back, and the
// commitments to its polynomial.
func split(secret *scalar, t, n int, random io.Reader) (shares []*scalar, commitments []Bytes, err error) {
	coefficients := []*scalar{secret}
	for len(coefficients) < t {
		c, err := randomScalar(random)
		if err != nil {
			return nil, nil, err
		}
		coefficients = append(coefficients, c)
	}
	for _, c := range coefficients {
		commitments = append(commitments, times(c))
	}
	for x := 1; x <= n; x++ {
		at, value := new(scalar), new(scalar)
		at.SetUint64(uint64(x))
		for _, c := range slices.Backward(coefficients) { // Horner
			value.Mul(value, at)
			value.Add(value, c)
		}
		shares = append(shares, value)
	}
	return shares, commitments, nil
}

// parseCommitments reads the points that a share is checked against.
func parseCommitments(commitments []Bytes) ([]*bls12381.G1, error) {
	points := make([]*bls12381.G1, len(commitments))
	for i, c := range commitments {
		p, err := pointG1(c)
		if err != nil {
			return nil, fmt.Errorf("share commitment %d is %w", i+1, err)
		}
		points[i] = p
	}
	return points, nil
}

// fits reports whether a share at x is the value there of the polynomial that was
// committed to; x = 0 asks of the secret itself.
func fits(points []*bls12381.G1, x int, share *scalar) bool {
	at := new(scalar)
	at.SetUint64(uint64(x))
	sum := new(bls12381.G1)
	sum.SetIdentity()
	for _, p := range slices.Backward(points) { // Horner in the exponent
		next := new(bls12381.G1)
		next.ScalarMult(at, sum)
		sum.Add(next, p)
	}
	got := new(bls12381.G1)
	got.ScalarMult(share, bls12381.G1Generator())
	return got.IsEqual(sum)
}

// combine gives the secret back from shares at distinct places: Lagrange's
// interpolation at 0.
func combine(at []int, shares []*scalar) *scalar {
	secret := new(scalar)
	for i, share := range shares {
		weight, x, y := new(scalar), new(scalar), new(scalar)
		weight.SetOne()
		x.SetUint64(uint64(at[i]))
		for k := range shares {
			if k == i {
				continue
			}
			y.SetUint64(uint64(at[k]))
			difference := new(scalar)
			difference.Sub(y, x)
			difference.Inv(difference)
			difference.Mul(difference, y)
			weight.Mul(weight, difference)
		}
		weight.Mul(weight, share)
		secret.Add(secret, weight)
	}
	return secret
}
