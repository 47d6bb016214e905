package draw

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/cloudflare/circl/ecc/bls12381"
)

// The signature schemes of beacon chains that this package verifies, by the
// names that drand gives them.
const (
	Chained    = "pedersen-bls-chained"     // key in G1, signature in G2 over the previous signature and the round
	Unchained  = "pedersen-bls-unchained"   // key in G1, signature in G2 over the round
	ShortRound = "bls-unchained-g1-rfc9380" // key in G2, signature in G1 over the round
)

// Ciphersuites of the hash to the group of the signatures, RFC 9380 and the BLS
// signature draft.
const (
	suiteG1 = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
	suiteG2 = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_"
)

const (
	sizeG1 = 48 // bytes of a compressed point
	sizeG2 = 96
)

// A Chain is a public randomness beacon: a group of operators that together sign
// the number of every round at its time, and cannot before.
type Chain struct {
	ID        string  `json:"id"` // name that the chain goes by among its operators
	Scheme    string  `json:"scheme"`
	Hash      Hash    `json:"hash"`       // of period, genesis, key, seed and id
	PublicKey Bytes   `json:"public_key"` // compressed point
	Period    uint64  `json:"period"`     // seconds from one round to the next
	Genesis   Instant `json:"genesis"`    // time of round 1
	Seed      Bytes   `json:"seed"`       // what round 1 was chained to; the group's hash
}

// Pinned returns the beacon chains built into the program, as published by their
// operators, the League of Entropy: quicknet, a round every 3 seconds, and
// default, a round every 30 seconds.
func Pinned() []Chain {
	chain := func(id, scheme, hash, key string, period uint64, genesis Instant, seed string) Chain {
		c := Chain{ID: id, Scheme: scheme, Period: period, Genesis: genesis, PublicKey: constant(key), Seed: constant(seed)}
		copy(c.Hash[:], constant(hash))
		return c
	}
	return []Chain{
		chain(
			"quicknet", ShortRound, "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
			"83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
			3, 1692803367, "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e",
		),
		chain(
			"default", Chained, "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
			"868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31",
			30, 1595431050, "176f93498eac9ca337150b46d21dd58673ea4e3581185f869672e59fa4cb390a",
		),
	}
}

// constant reads a constant above; a wrong one gives a chain that Check refuses.
func constant(digits string) []byte {
	b, err := hex.DecodeString(digits)
	if err != nil {
		return nil
	}
	return b
}

// IsPinned reports whether the chain is one built into the program.
func (c *Chain) IsPinned() bool {
	for _, p := range Pinned() {
		if p.Hash == c.Hash {
			return c.same(&p)
		}
	}
	return false
}

func (c *Chain) same(o *Chain) bool { return bytes.Equal(c.canonical(), o.canonical()) }

func (c *Chain) canonical() []byte {
	return (&encoder{}).text(c.ID).text(c.Scheme).hash(c.Hash).bytes(c.PublicKey).number(c.Period).instant(c.Genesis).bytes(c.Seed).out
}

// ComputeHash returns the chain's hash as its operators define it: SHA-256 of the
// period (4 bytes), the genesis (8 bytes), both most significant byte first, the
// public key, the seed, and the id unless it is "default".
func (c *Chain) ComputeHash() Hash {
	var b []byte
	b = binary.BigEndian.AppendUint32(b, uint32(c.Period))
	b = binary.BigEndian.AppendUint64(b, uint64(c.Genesis))
	b = append(b, c.PublicKey...)
	b = append(b, c.Seed...)
	if c.ID != "default" {
		b = append(b, c.ID...)
	}
	return sha256.Sum256(b)
}

// Check refuses a chain that does not hang together, one of a scheme that this
// package cannot verify, and one that bears the hash of a built-in chain without
// being it.
func (c *Chain) Check() error {
	const remedy = "take the chain's information from its operators again"
	if err := checkText("chain id", c.ID, 40); err != nil {
		return err
	}
	where := "chain " + c.ID
	if c.Period == 0 || c.Period > 86400 {
		return invalid(where, "its period is not from 1 second to one day", remedy)
	}
	if c.Genesis < 0 || c.Genesis > 1<<40 {
		return invalid(where, "its first round is at no time that makes sense", remedy)
	}
	if len(c.Seed) > 64 {
		return invalid(where, "its seed is longer than 64 bytes", remedy)
	}
	if c.ComputeHash() != c.Hash {
		return invalid(where, "its hash is not that of its key, period, first round and seed", remedy)
	}
	var err error
	switch c.Scheme {
	case Chained, Unchained:
		_, err = pointG1(c.PublicKey)
	case ShortRound:
		_, err = pointG2(c.PublicKey)
	default:
		return invalid(where, fmt.Sprintf("its scheme %q is not one of %s, %s, %s", c.Scheme, ShortRound, Chained, Unchained), "take another chain")
	}
	if err != nil {
		return invalid(where, "its public key is "+err.Error(), remedy)
	}
	for _, p := range Pinned() {
		if p.Hash == c.Hash && !c.same(&p) {
			return invalid(where, "it bears the hash of the built-in chain "+p.ID+" but differs from it", remedy)
		}
	}
	return nil
}

// ParseChain reads chain information as the HTTP interface of drand publishes it
// under /HASH/info, in its first or second form.
func ParseChain(src []byte) (*Chain, error) {
	const what, remedy = "chain information", "save what https://api.drand.sh/HASH/info returns"
	if len(src) > MaxFile {
		return nil, invalid(what, "larger than "+strconv.Itoa(MaxFile)+" bytes", remedy)
	}
	var in struct {
		PublicKey Bytes  `json:"public_key"`
		Period    uint64 `json:"period"`
		Genesis   int64  `json:"genesis_time"`
		Hash      *Hash  `json:"hash"`
		ChainHash *Hash  `json:"chain_hash"`
		GroupHash Bytes  `json:"groupHash"`
		Seed      Bytes  `json:"genesis_seed"`
		SchemeID  string `json:"schemeID"`
		Scheme    string `json:"scheme"`
		BeaconID  string `json:"beacon_id"`
		Metadata  struct {
			BeaconID string `json:"beaconID"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(src, &in); err != nil {
		return nil, invalid(what, "cannot be read ("+err.Error()+")", remedy)
	}
	c := &Chain{
		ID: first(in.BeaconID, in.Metadata.BeaconID, "default"), Scheme: first(in.Scheme, in.SchemeID, Chained),
		PublicKey: in.PublicKey, Period: in.Period, Genesis: Instant(in.Genesis), Seed: in.Seed,
	}
	if len(c.Seed) == 0 {
		c.Seed = in.GroupHash
	}
	switch {
	case in.Hash != nil:
		c.Hash = *in.Hash
	case in.ChainHash != nil:
		c.Hash = *in.ChainHash
	default:
		return nil, invalid(what, "names no hash", remedy)
	}
	return c, c.Check()
}

func first(of ...string) string {
	for _, s := range of {
		if s != "" {
			return s
		}
	}
	return ""
}

// TimeOf returns when a round is published; rounds count from 1.
func (c *Chain) TimeOf(round uint64) Instant {
	return c.Genesis + Instant((round-1)*c.Period)
}

// maxRound keeps times of rounds far from the limits of 64 bits.
const maxRound = 1 << 40

// RoundAt returns the last round published at or before a time, 0 before the
// first.
func (c *Chain) RoundAt(t time.Time) uint64 {
	since := t.Unix() - int64(c.Genesis)
	if since < 0 {
		return 0
	}
	return uint64(since)/c.Period + 1
}

// A Beacon is one published round of a chain.
type Beacon struct {
	Round             uint64 `json:"round"`
	Randomness        Hash   `json:"randomness"` // SHA-256 of the signature
	Signature         Bytes  `json:"signature"`
	PreviousSignature Bytes  `json:"previous_signature,omitempty"` // of chained schemes
}

// ParseBeacon reads a round as the HTTP interface of drand publishes it under
// /HASH/public/ROUND. The signature is not verified: Chain.Verify does.
func ParseBeacon(src []byte) (*Beacon, error) {
	const what, remedy = "beacon", "save what https://api.drand.sh/HASH/public/ROUND returns, unchanged"
	if len(src) > MaxFile {
		return nil, invalid(what, "larger than "+strconv.Itoa(MaxFile)+" bytes", remedy)
	}
	var in struct {
		Round             uint64 `json:"round"`
		Randomness        *Hash  `json:"randomness"`
		Signature         Bytes  `json:"signature"`
		PreviousSignature Bytes  `json:"previous_signature"`
	}
	if err := json.Unmarshal(src, &in); err != nil {
		return nil, invalid(what, "cannot be read ("+err.Error()+")", remedy)
	}
	if in.Round == 0 || len(in.Signature) == 0 {
		return nil, invalid(what, "names no round or no signature", remedy)
	}
	b := &Beacon{Round: in.Round, Signature: in.Signature, Randomness: sha256.Sum256(in.Signature)}
	if in.Randomness != nil && *in.Randomness != b.Randomness {
		return nil, invalid(what, "its randomness is not the SHA-256 of its signature", remedy)
	}
	if len(in.PreviousSignature) > 0 {
		b.PreviousSignature = in.PreviousSignature
	}
	return b, nil
}

// Verify checks a round against the chain's public key: one pairing equation, a
// few milliseconds.
func (c *Chain) Verify(b *Beacon) error {
	where := fmt.Sprintf("round %d of chain %s", b.Round, c.ID)
	const remedy = "fetch the round again, from another server of the chain"
	if b.Round == 0 || b.Round > maxRound {
		return invalid(where, "there is no such round", remedy)
	}
	if sha256.Sum256(b.Signature) != b.Randomness {
		return invalid(where, "its randomness is not the SHA-256 of its signature", remedy)
	}
	var message []byte
	switch {
	case c.Scheme != Chained && len(b.PreviousSignature) > 0:
		return invalid(where, "it names a previous signature, which its chain does not have", remedy)
	case c.Scheme == Chained && b.Round == 1 && !bytes.Equal(b.PreviousSignature, c.Seed):
		return invalid(where, "it does not follow the chain's seed", remedy)
	case c.Scheme == Chained && b.Round > 1 && len(b.PreviousSignature) != sizeG2:
		return invalid(where, "it names no previous signature", remedy)
	case c.Scheme == Chained:
		message = append(message, b.PreviousSignature...)
	}
	digest := sha256.Sum256(binary.BigEndian.AppendUint64(message, b.Round))
	good, err := c.pairs(digest[:], b.Signature)
	if err != nil {
		return invalid(where, "its signature is "+err.Error(), remedy)
	}
	if !good {
		return invalid(where, "its signature is not by the chain's key", remedy)
	}
	return nil
}

// pairs reports whether the signature is that of the chain's key on the message:
// e(key, H(message)) = e(generator, signature), or with the groups exchanged.
func (c *Chain) pairs(message, signature []byte) (bool, error) {
	if c.Scheme == ShortRound {
		key, err := pointG2(c.PublicKey)
		if err != nil {
			return false, err
		}
		sig, err := pointG1(signature)
		if err != nil {
			return false, err
		}
		hashed := new(bls12381.G1)
		hashed.Hash(message, []byte(suiteG1))
		return bls12381.ProdPairFrac([]*bls12381.G1{hashed, sig}, []*bls12381.G2{key, bls12381.G2Generator()}, []int{1, -1}).IsIdentity(), nil
	}
	key, err := pointG1(c.PublicKey)
	if err != nil {
		return false, err
	}
	sig, err := pointG2(signature)
	if err != nil {
		return false, err
	}
	hashed := new(bls12381.G2)
	hashed.Hash(message, []byte(suiteG2))
	return bls12381.ProdPairFrac([]*bls12381.G1{key, bls12381.G1Generator()}, []*bls12381.G2{hashed, sig}, []int{1, -1}).IsIdentity(), nil
}

// pointG1 reads a compressed point of the first group: in the subgroup of prime
// order, not the neutral element, in the one encoding it has.
func pointG1(b []byte) (*bls12381.G1, error) {
	p := new(bls12381.G1)
	if len(b) != sizeG1 {
		return nil, fmt.Errorf("not of %d bytes", sizeG1)
	}
	if err := p.SetBytes(b); err != nil || p.IsIdentity() || !bytes.Equal(p.BytesCompressed(), b) {
		return nil, errNoPoint
	}
	return p, nil
}

// pointG2 is pointG1 for the second group.
func pointG2(b []byte) (*bls12381.G2, error) {
	p := new(bls12381.G2)
	if len(b) != sizeG2 {
		return nil, fmt.Errorf("not of %d bytes", sizeG2)
	}
	if err := p.SetBytes(b); err != nil || p.IsIdentity() || !bytes.Equal(p.BytesCompressed(), b) {
		return nil, errNoPoint
	}
	return p, nil
}

var errNoPoint = fmt.Errorf("no point of the curve's group")
