package draw_test

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cloudflare/circl/ecc/bls12381"

	"github.com/outrider-project/outrider/draw"
)

// operator is a beacon chain of the tests' own, whose key they hold: it can
// publish any round.
type operator struct {
	key   bls12381.Scalar
	chain *draw.Chain
}

const genesis = 1_790_000_000

func newOperator(t testing.TB) *operator {
	t.Helper()
	op := &operator{}
	op.key.SetUint64(0x5eed)
	public := new(bls12381.G2)
	public.ScalarMult(&op.key, bls12381.G2Generator())
	op.chain = &draw.Chain{ID: "test", Scheme: draw.ShortRound, PublicKey: public.BytesCompressed(), Period: 10, Genesis: genesis, Seed: make([]byte, 32)}
	op.chain.Hash = op.chain.ComputeHash()
	if err := op.chain.Check(); err != nil {
		t.Fatal(err)
	}
	return op
}

func (op *operator) publish(round uint64) draw.Beacon {
	digest := sha256.Sum256(binary.BigEndian.AppendUint64(nil, round))
	hashed, signature := new(bls12381.G1), new(bls12381.G1)
	hashed.Hash(digest[:], []byte("BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"))
	signature.ScalarMult(&op.key, hashed)
	b := draw.Beacon{Round: round, Signature: signature.BytesCompressed()}
	b.Randomness = sha256.Sum256(b.Signature)
	return b
}

// scene is a draw among three parties in two offices.
type scene struct {
	t       testing.TB
	random  io.Reader
	op      *operator
	ids     []*draw.Identity
	ledgers []*draw.Ledger
	log     *draw.Log
	terms   draw.Terms
	sheet   *draw.Sheet
	record  *draw.Record
	secrets []*draw.Secret
	parts   []*draw.PartFile
	signs   []*draw.SignFile
	clock   time.Time
}

// newScene has everything ready for Open: the round is an hour away.
func newScene(t testing.TB) *scene {
	t.Helper()
	s := &scene{t: t, op: newOperator(t), clock: time.Unix(genesis+100_000, 0)}
	s.random = rand.NewChaCha8([32]byte([]byte("outrider draw: seed of all tests")))
	for _, p := range []struct {
		name, unit string
		off        bool
	}{{"OPS 1", "Cell North", false}, {"GUARD 2", "Guard South", true}, {"LEGAL 3", "Cell North", true}} {
		id, err := draw.NewIdentity(p.name, p.unit, p.off, s.random)
		s.must(err)
		s.ids = append(s.ids, id)
		s.ledgers = append(s.ledgers, draw.NewLedger(p.name))
	}
	var err error
	s.log, err = draw.NewLog(s.random, s.clock)
	s.must(err)
	s.terms = draw.Terms{
		Movement: "Evening return", Leg: 1, Purpose: "route", Chain: s.op.chain, Round: s.op.chain.RoundAt(s.clock.Add(time.Hour)),
		Margin: 600, Threshold: 2, Parties: []draw.Card{s.ids[0].Card, s.ids[1].Card, s.ids[2].Card},
	}
	s.sheet, err = draw.NewSheet(draw.Sheet{Options: []draw.Option{{Name: "route 1", Weight: 500_000}, {Name: "route 2", Weight: 300_000}, {Name: "route 3", Weight: 200_000}}}, nil, s.random)
	s.must(err)
	return s
}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// refuses expects an error that says why.
func (s *scene) refuses(err error, why string) {
	s.t.Helper()
	if err == nil {
		s.t.Fatalf("it is allowed; expected %q", why)
	}
	if !strings.Contains(err.Error(), why) {
		s.t.Fatalf("it is refused for another reason: %v; expected %q", err, why)
	}
}

func (s *scene) open() *scene {
	s.t.Helper()
	var err error
	s.record, err = draw.Open(s.terms, s.sheet, s.log, s.clock)
	s.must(err)
	s.secrets, s.parts, s.signs = nil, nil, nil
	return s
}

func (s *scene) join() *scene {
	s.t.Helper()
	for i, id := range s.ids {
		s.must(s.ledgers[i].Join(s.record, s.log, draw.Accept{}))
		part, secret, err := s.record.NewPart(id, s.random, s.clock)
		s.must(err)
		s.parts, s.secrets = append(s.parts, part), append(s.secrets, secret)
	}
	s.must(s.record.Close(s.parts))
	return s
}

func (s *scene) sign() *scene {
	s.t.Helper()
	for i, id := range s.ids {
		s.must(s.ledgers[i].Countersign(s.record, s.log, draw.Accept{}))
		sign, err := s.record.Countersign(id, s.secrets[i], s.clock)
		s.must(err)
		s.signs = append(s.signs, sign)
	}
	s.must(s.record.Seal(s.signs, s.log, s.clock))
	return s
}

// committed goes through all steps before the beacon.
func (s *scene) committed() *scene {
	s.t.Helper()
	return s.open().join().sign()
}

// later sets the clock to a time after the round.
func (s *scene) later() *scene {
	s.clock = s.record.Opening.When.Time().Add(time.Minute)
	return s
}

func (s *scene) beacon() draw.Beacon { return s.op.publish(s.terms.Round) }

// reveals are those of the parties named by index; shares are given of everybody
// else who is not among them.
func (s *scene) reveals(of ...int) []*draw.Reveal {
	s.t.Helper()
	var absent []string
	for i, id := range s.ids {
		here := false
		for _, k := range of {
			here = here || k == i
		}
		if !here {
			absent = append(absent, id.Card.Name)
		}
	}
	var out []*draw.Reveal
	b := s.beacon()
	for _, i := range of {
		v, err := s.record.NewReveal(s.ids[i], s.secrets[i], &b, absent, s.clock)
		s.must(err)
		out = append(out, v)
	}
	return out
}

func (s *scene) release(reveals []*draw.Reveal) *draw.Release {
	s.t.Helper()
	v, err := draw.NewRelease(s.record, s.sheet, []draw.Beacon{s.beacon()}, nil, reveals)
	s.must(err)
	return v
}

// again reads back what is written, as every step of the command line does.
func again[T any](t testing.TB, v *T, read func([]byte) (*T, error)) *T {
	t.Helper()
	src, err := draw.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := read(src)
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return out
}

func hexOf(b draw.Bytes) string {
	text, err := b.MarshalText()
	if err != nil {
		panic(err)
	}
	return string(text)
}
