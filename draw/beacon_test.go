package draw_test

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/outrider-project/outrider/draw"
)

// Rounds as the chains' operators published them.
var published = []struct {
	chain, src, randomness string
}{
	{"default", `{"round":72785,"randomness":"8b676484b5fb1f37f9ec5c413d7d29883504e5b669f604a1ce68b3388e9ae3d9","signature":"82f5d3d2de4db19d40a6980e8aa37842a0e55d1df06bd68bddc8d60002e8e959eb9cfa368b3c1b77d18f02a54fe047b80f0989315f83b12a74fd8679c4f12aae86eaf6ab5690b34f1fddd50ee3cc6f6cdf59e95526d5a5d82aaa84fa6f181e42","previous_signature":"a609e19a03c2fcc559e8dae14900aaefe517cb55c840f6e69bc8e4f66c8d18e8a609685d9917efbfb0c37f058c2de88f13d297c7e19e0ab24813079efe57a182554ff054c7638153f9b26a60e7111f71a0ff63d9571704905d3ca6df0b031747"}`, "8b676484b5fb1f37f9ec5c413d7d29883504e5b669f604a1ce68b3388e9ae3d9"},
	{"default", `{"round":1337,"signature":"945b08dcb30e24da281ccf14a646f0630ceec515af5c5895e18cc1b19edd65d156b71c776a369af3487f1bc6af1062500b059e01095cc0eedce91713977d7735cac675554edfa0d0481bb991ed93d333d08286192c05bf6b65d20f23a37fc7bb","previous_signature":"80d95247ddf1bb3acf5738497a5f10406be283144603f63d714bb1a44ff6b93285ae2697fffeb50c68862bd9fbecd4b204b1798d2686b4ac5d573615031d9d67e6168bde9a7adf1161430a498ca701a25c216aee3e38ffd5290369034fa050a2"}`, "2660664f8d4bc401194d80d81da20a1e79480f65b8e2d205aecbd143b5bfb0d3"},
	{"default", `{"round":2634945,"signature":"814778ed1e480406beb43b74af71ce2f0373e0ea1bfdfea8f9ed62c876c20fcbc7f0163860e3da42ed2148756015f4551451898ffe06d384b4d002245025571b6b7a752f7158b40ad92b13b6d703ad31922a617f2c7f6d960b84d56cf1d79eef","previous_signature":"8bd96294383b4d1e04e736360bd7a487f9f409f1e7bd800b720656a310d577b3bdb1e1631af6c5782a1d8979c502f395036181eff4058960fc40bb7034cdae1991d3eda518ab204a077d2f7e724974cf87b407e549bd815cf0b8e5a3832f675d"}`, ""},
	{"quicknet", `{"round":1000,"randomness":"fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd","signature":"b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"}`, "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd"},
	{"quicknet", `{"round":657413,"signature":"b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"}`, "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"},
}

func pinned(t testing.TB, id string) *draw.Chain {
	t.Helper()
	for _, c := range draw.Pinned() {
		if c.ID == id {
			return &c
		}
	}
	t.Fatalf("no chain %s", id)
	return nil
}

func TestPublishedRoundsVerify(t *testing.T) {
	for _, p := range published {
		c := pinned(t, p.chain)
		b, err := draw.ParseBeacon([]byte(p.src))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Verify(b); err != nil {
			t.Error(err)
		}
		if p.randomness != "" && b.Randomness.String() != p.randomness {
			t.Errorf("round %d: randomness %s, want %s", b.Round, b.Randomness, p.randomness)
		}
		wrong := *b
		wrong.Round++
		if c.Verify(&wrong) == nil {
			t.Errorf("round %d passes for round %d", b.Round, wrong.Round)
		}
		if len(b.PreviousSignature) > 0 {
			wrong = *b
			wrong.PreviousSignature = slices.Clone(b.PreviousSignature)
			wrong.PreviousSignature[3] ^= 1
			if c.Verify(&wrong) == nil {
				t.Errorf("round %d passes with another previous signature", b.Round)
			}
		}
		for _, other := range draw.Pinned() {
			if other.ID != p.chain && other.Verify(b) == nil {
				t.Errorf("round %d of %s passes for chain %s", b.Round, p.chain, other.ID)
			}
		}
	}
}

// Every flipped bit of a signature is noticed, those that flag the encoding too.
func TestSignatureBits(t *testing.T) {
	c := pinned(t, "quicknet")
	b, err := draw.ParseBeacon([]byte(published[3].src))
	if err != nil {
		t.Fatal(err)
	}
	for i := range b.Signature {
		for bit := range 8 {
			if i > 0 && bit != i%8 {
				continue // every bit of the first byte, one of each other
			}
			wrong := *b
			wrong.Signature = slices.Clone(b.Signature)
			wrong.Signature[i] ^= 1 << bit
			again, err := json.Marshal(map[string]any{"round": wrong.Round, "signature": hex.EncodeToString(wrong.Signature)})
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := draw.ParseBeacon(again)
			if err != nil {
				t.Fatal(err)
			}
			if c.Verify(parsed) == nil {
				t.Errorf("byte %d bit %d changed, and it passes", i, bit)
			}
		}
	}
	b.Signature = append(b.Signature, 0)
	if c.Verify(b) == nil {
		t.Error("a longer signature passes")
	}
}

func TestPinnedChainsHangTogether(t *testing.T) {
	for _, c := range draw.Pinned() {
		if err := c.Check(); err != nil {
			t.Error(err) // the hash covers key, period, genesis and seed
		}
		if !c.IsPinned() {
			t.Errorf("%s does not count as pinned", c.ID)
		}
		wrong := c
		wrong.Scheme = draw.Unchained
		if wrong.IsPinned() || wrong.Check() == nil {
			t.Errorf("%s passes with another scheme", c.ID)
		}
		wrong = c
		wrong.Genesis -= draw.Instant(c.Period)
		if wrong.Check() == nil {
			t.Errorf("%s passes with another first round", c.ID)
		}
	}
}

func TestRoundsAndTimes(t *testing.T) {
	c := pinned(t, "quicknet")
	for round, at := range map[uint64]string{1: "2023-08-23T15:09:27Z", 1000: "2023-08-23T15:59:24Z", 27946612: "2026-04-20T00:00:00Z"} {
		if got := c.TimeOf(round).String(); got != at {
			t.Errorf("round %d at %s, want %s", round, got, at)
		}
		when := c.TimeOf(round).Time()
		if c.RoundAt(when) != round || c.RoundAt(when.Add(2*time.Second)) != round || c.RoundAt(when.Add(-time.Second)) != round-1 {
			t.Errorf("round %d is not the one at its time", round)
		}
	}
}

func TestChainInformation(t *testing.T) {
	v1 := `{"public_key":"868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31","period":30,"genesis_time":1595431050,"hash":"8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce","groupHash":"176f93498eac9ca337150b46d21dd58673ea4e3581185f869672e59fa4cb390a","schemeID":"pedersen-bls-chained","metadata":{"beaconID":"default"}}`
	v2 := `{"public_key":"83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a","beacon_id":"quicknet","period":3,"scheme":"bls-unchained-g1-rfc9380","genesis_time":1692803367,"genesis_seed":"f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e","chain_hash":"52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"}`
	for _, src := range []string{v1, v2} {
		c, err := draw.ParseChain([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if !c.IsPinned() {
			t.Errorf("%s is not the built-in one", c.ID)
		}
		// No digit of it may change: the hash covers key, times and seed, and the
		// built-in chains cover the rest.
		for i := range src {
			if src[i] < '0' || src[i] > '9' {
				continue
			}
			changed := []byte(src)
			changed[i] = '0' + (src[i]-'0'+1)%10
			if d, err := draw.ParseChain(changed); err == nil && d.IsPinned() {
				t.Errorf("character %d changed, and it still counts as %s", i, d.ID)
			}
		}
	}
	for name, src := range map[string]string{
		"empty": ``, "no object": `[]`, "no hash": `{"period":3}`, "cut off": v1[:100],
		"old scheme": `{"public_key":"a0b862a7527fee3a731bcb59280ab6ab","period":3,"genesis_time":1,"hash":"8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce","schemeID":"bls-unchained-on-g1"}`,
	} {
		if _, err := draw.ParseChain([]byte(src)); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}
