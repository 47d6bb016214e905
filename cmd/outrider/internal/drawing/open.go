package drawing

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/draw"
	"github.com/outrider-project/outrider/internal/plain"
)

type openCmd struct {
	clock
	Log         string        `default:"draws.jsonl" placeholder:"FILE" help:"Log in which draws are numbered, ${default}; begun when there is none."`
	Movement    string        `required:"" placeholder:"TEXT" help:"Movement that the draw is for."`
	Leg         uint64        `default:"1" placeholder:"N" help:"Leg of the movement, ${default}."`
	Purpose     string        `default:"route" placeholder:"TEXT" help:"What is drawn, ${default}."`
	Mix         string        `xor:"what" placeholder:"FILE" help:"Draw a route of this mix, as outrider mix writes it."`
	Option      []string      `xor:"what" sep:"none" placeholder:"NAME=WEIGHT" help:"Draw one of these, with odds by whole-number weights. Repeat it."`
	Slot        []string      `xor:"what" sep:"none" placeholder:"TIME" help:"Draw when: one of these times. Repeat it, in order."`
	Eligible    []string      `sep:"none" placeholder:"TEXT" help:"Who or what is in question; frozen with the rest. Repeat it."`
	Denominator uint64        `default:"1000000" placeholder:"N" help:"Sum of the weights made from a mix, ${default}."`
	Chain       string        `default:"quicknet" placeholder:"NAME" help:"Beacon chain: quicknet, default, none, or a file with a chain's information; ${default}."`
	At          string        `placeholder:"TIME" help:"The first beacon round at or after this time counts; without a beacon secrets are given out from then."`
	Margin      time.Duration `default:"10m" placeholder:"TIME" help:"Countersignatures are due so long before; ${default}."`
	Party       []string      `required:"" sep:"none" placeholder:"CARD" help:"Card of a party. Repeat it."`
	Threshold   int           `default:"-1" placeholder:"N" help:"Shares that give a party's secret back; 0 does without. More than half of the parties when left out, none if there are two."`
	Keeper      string        `placeholder:"FILE" help:"Anchor of a keeper's chain, for slots without a beacon."`
	Out         string        `short:"o" placeholder:"NAME" help:"Write NAME.draw.json and NAME.sheet.json; draw-NUMBER when left out."`
}

// Run opens a draw.
func (c *openCmd) Run(w *cli.World) error {
	now, err := c.at(w)
	if err != nil {
		return err
	}
	terms, err := c.terms()
	if err != nil {
		return err
	}
	plan, said, err := c.plan(now)
	if err != nil {
		return err
	}
	sheet, err := draw.NewSheet(*plan, terms.Chain, rand.Reader)
	if err != nil {
		return inDraw("", err)
	}
	if sheet.Kind() == draw.KindPick {
		if err := c.when(terms, now); err != nil {
			return err
		}
	} else if c.At != "" {
		return cli.InvalidFlag("--at", "slots have times of their own", "leave it out")
	}
	var record *draw.Record
	var paths [2]string
	err = extendLog(c.Log, true, now, func(log *draw.Log) error {
		var err error
		if record, err = draw.Open(*terms, sheet, log, now); err != nil {
			return inDraw("", err)
		}
		base := c.Out
		if base == "" {
			base = fmt.Sprintf("draw-%d", record.Opening.Number)
		}
		paths = [2]string{base + ".draw.json", base + ".sheet.json"}
		for _, path := range paths {
			if err := cli.Fresh(path, "name another with --out"); err != nil {
				return err
			}
		}
		// The files first: a draw that is in the log can be joined.
		if err := writeAs(paths[1], cli.SecretFile, sheet); err != nil {
			return err
		}
		return writeAs(paths[0], cli.PublicFile, record)
	})
	if err != nil {
		return err
	}
	t := &cli.Text{W: w.Stdout}
	describe(t, record)
	for _, s := range said {
		t.Paragraph("note      ", plain.Text(s))
	}
	t.Line("record    %s: send it to all parties, with the log", paths[0])
	t.Line("sheet     %s: for the entitled only", paths[1])
	return t.Err
}

// terms are those of the flags, without the time.
func (c *openCmd) terms() (*draw.Terms, error) {
	cards, err := readAll(c.Party, draw.ReadCard)
	if err != nil {
		return nil, err
	}
	terms := &draw.Terms{Movement: c.Movement, Leg: c.Leg, Purpose: c.Purpose}
	if c.Margin < 0 || c.Margin%time.Second != 0 {
		return nil, cli.InvalidFlag("--margin", c.Margin.String()+" is not a whole number of seconds", "write 10m")
	}
	terms.Margin = uint64(c.Margin / time.Second)
	for _, card := range cards {
		terms.Parties = append(terms.Parties, *card)
	}
	switch n := len(cards); {
	case c.Threshold >= 0:
		terms.Threshold = uint64(c.Threshold)
	case n > 2:
		terms.Threshold = uint64(n/2 + 1)
	}
	if c.Keeper != "" {
		if terms.Keeper, err = readAs(c.Keeper, draw.ReadAnchor); err != nil {
			return nil, err
		}
		return terms, nil
	}
	terms.Chain, err = chainNamed(c.Chain)
	return terms, err
}

// chainNamed finds a chain by name or in a file; nil stands for none.
func chainNamed(name string) (*draw.Chain, error) {
	if name == "none" {
		return nil, nil
	}
	for _, c := range draw.Pinned() {
		if c.ID == name {
			return &c, nil
		}
	}
	return readAs(name, draw.ParseChain)
}

// when finds the round, or the time of release.
func (c *openCmd) when(terms *draw.Terms, now time.Time) error {
	if c.At == "" {
		return cli.InvalidFlag("--at", "it is missing", "name the time of the beacon round, such as 2026-11-24T06:00Z")
	}
	at, err := cli.ParseTime("--at", c.At, now)
	if err != nil {
		return err
	}
	terms.Release = draw.At(at)
	if terms.Chain != nil {
		terms.Round = max(terms.Chain.RoundAt(at), 1)
		if terms.Chain.TimeOf(terms.Round).Time().Before(at) {
			terms.Round++
		}
	}
	return nil
}

// plan reads what is drawn from; said is what the user must know of it.
func (c *openCmd) plan(now time.Time) (sheet *draw.Sheet, said []string, err error) {
	s := &draw.Sheet{Eligible: c.Eligible}
	switch {
	case c.Mix != "":
		return mixSheet(c.Mix, c.Denominator, s)
	case len(c.Option) > 0:
		for _, o := range c.Option {
			i := strings.LastIndexByte(o, '=')
			if i < 0 {
				return nil, nil, cli.InvalidFlag("--option", fmt.Sprintf("%q has no weight", o), "write NAME=WEIGHT")
			}
			weight, err := strconv.ParseUint(o[i+1:], 10, 64)
			if err != nil {
				return nil, nil, cli.InvalidFlag("--option", fmt.Sprintf("%q is no whole number", o[i+1:]), "write NAME=WEIGHT, such as \"route 1=3\"")
			}
			s.Options = append(s.Options, draw.Option{Name: o[:i], Weight: weight})
		}
	case len(c.Slot) > 0:
		for _, slot := range c.Slot {
			at, err := cli.ParseTime("--slot", slot, now)
			if err != nil {
				return nil, nil, err
			}
			s.Slots = append(s.Slots, draw.Slot{Name: draw.At(at).String(), At: draw.At(at)})
		}
	default:
		return nil, nil, cli.InvalidFlag("--mix", "there is nothing to draw from", "name a mix, options or slots")
	}
	return s, nil, nil
}

// mixSheet makes weights of the probabilities of a mix, as they are written there.
func mixSheet(path string, denominator uint64, s *draw.Sheet) (*draw.Sheet, []string, error) {
	const most = 64 << 20
	src, err := cli.ReadUpTo(path, most)
	if err != nil {
		return nil, nil, err
	}
	var mix struct {
		Instance string `json:"instance_sha256"`
		Planner  []struct {
			Prob json.RawMessage `json:"prob"`
		} `json:"planner_mix"`
	}
	bad := func(cause string) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: path, Cause: cause, Remedy: "name what outrider mix wrote"}
	}
	if err := json.Unmarshal(src, &mix); err != nil {
		return nil, nil, bad("it cannot be read (" + err.Error() + ")")
	}
	if len(mix.Planner) == 0 {
		return nil, nil, bad("it has no planner_mix")
	}
	s.Mix = sha256.Sum256(src)
	if mix.Instance != "" {
		if s.Instance, err = draw.ParseHash(mix.Instance); err != nil {
			return nil, nil, bad("instance_sha256: " + err.Error())
		}
	}
	odds := make([]*big.Rat, len(mix.Planner))
	for i, route := range mix.Planner {
		number := string(bytes.Trim(route.Prob, `"`))
		p, ok := new(big.Rat).SetString(number)
		// An exponent of millions would take all memory to write out.
		if !ok || len(number) > 400 || p.Num().BitLen() > 4000 || p.Denom().BitLen() > 4000 {
			return nil, nil, bad(fmt.Sprintf("the probability of route %d is no number", i+1))
		}
		odds[i] = p
	}
	weights, err := draw.Weights(odds, denominator)
	if err != nil {
		return nil, nil, inDraw(path, err)
	}
	var said []string
	moved := new(big.Rat) // twice the distance between odds and weights in total variation
	for i, weight := range weights {
		share := new(big.Rat).SetFrac(new(big.Int).SetUint64(weight), new(big.Int).SetUint64(denominator))
		moved.Add(moved, share.Abs(share.Sub(share, odds[i])))
		if weight == 0 {
			said = append(said, fmt.Sprintf("route %d has odds below 1 in %d and is left out", i+1, denominator))
			continue
		}
		s.Options = append(s.Options, draw.Option{Name: fmt.Sprintf("route %d", i+1), Weight: weight})
	}
	if moved.Sign() > 0 {
		// A chance is at most 1, so it moves no further than the odds do.
		most, _ := moved.Quo(moved, big.NewRat(2, 1)).Float64()
		said = append(said, fmt.Sprintf("the weights are the odds of the mix rounded to 1 in %d, which moves the chance at any place by at most %.1g; what is proven of the mix has to be proven of the weights", denominator, most))
	}
	return s, said, nil
}
