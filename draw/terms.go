package draw

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// Formats of the files that say what is drawn.
const (
	FormatSheet  = "outrider.draw.sheet/1"
	FormatRecord = "outrider.draw.record/1"
)

// Kinds of draw.
const (
	KindPick  = "pick"  // one of several options, by weight
	KindSlots = "slots" // when: each slot is decided as it comes
)

// MinMargin is the least margin in seconds between the last countersignature and
// the beacon round: the clocks of the parties may be off by so much.
const MinMargin = 60

const maxMargin = 30 * 86400

// An Option can be drawn; Weight over the sum of all weights are its odds.
type Option struct {
	Name   string `json:"name"`
	Weight uint64 `json:"weight"`
}

// A Slot is a time at which something may start. Whether it does is decided by
// its own beacon round, or its own link of a keeper's chain.
type Slot struct {
	Name  string  `json:"name"`
	At    Instant `json:"at"`
	Round uint64  `json:"round,omitempty"` // last round at or before At; 0 with a keeper
}

// A Sheet is what is drawn from. It is for the entitled only: the record of the
// draw holds its commitment, which tells nothing without the nonce.
type Sheet struct {
	Format   string   `json:"format"`
	Instance Hash     `json:"instance"`           // hash of the problem that the mix solves; zeros when there is none
	Mix      Hash     `json:"mix"`                // SHA-256 of the file that the odds came from; zeros when there is none
	Options  []Option `json:"options,omitempty"`  // kind pick
	Sum      uint64   `json:"sum,omitempty"`      // of the weights
	Slots    []Slot   `json:"slots,omitempty"`    // kind slots, in order of time
	Eligible []string `json:"eligible,omitempty"` // who or what is in question, frozen with the rest
	Nonce    Bytes    `json:"nonce"`              // 32 random bytes
}

// ReadSheet reads a sheet and checks it.
func ReadSheet(src []byte) (*Sheet, error) {
	var s Sheet
	if err := unmarshal("sheet", src, &s); err != nil {
		return nil, err
	}
	return &s, s.Check()
}

// Commitment is what the record of the draw holds in place of the sheet.
func (s *Sheet) Commitment() Hash {
	e := encode(tagSheet).bytes(s.Nonce).hash(s.Instance).hash(s.Mix)
	e.number(uint64(len(s.Options)))
	for _, o := range s.Options {
		e.text(o.Name).number(o.Weight)
	}
	e.number(s.Sum)
	e.number(uint64(len(s.Slots)))
	for _, slot := range s.Slots {
		e.text(slot.Name).instant(slot.At).number(slot.Round)
	}
	e.number(uint64(len(s.Eligible)))
	for _, name := range s.Eligible {
		e.text(name)
	}
	return e.sum()
}

// Kind returns the kind of draw that the sheet is for.
func (s *Sheet) Kind() string {
	if len(s.Slots) > 0 {
		return KindSlots
	}
	return KindPick
}

func (s *Sheet) weights() []uint64 {
	w := make([]uint64, len(s.Options))
	for i, o := range s.Options {
		w[i] = o.Weight
	}
	return w
}

// Check refuses a sheet that nothing can be drawn from.
func (s *Sheet) Check() error {
	const most = 10_000
	if err := checkFormat("sheet", s.Format, FormatSheet); err != nil {
		return err
	}
	if len(s.Nonce) != 32 {
		return invalid("sheet", fmt.Sprintf("its nonce has %d bytes, not 32", len(s.Nonce)), "use the sheet as it was made")
	}
	if len(s.Options) > most || len(s.Slots) > most || len(s.Eligible) > most {
		return invalid("sheet", fmt.Sprintf("it lists more than %d of a kind", most), "draw from fewer")
	}
	seen := map[string]bool{}
	name := func(where, s string) error {
		if seen[s] {
			return invalid(where, fmt.Sprintf("%q stands twice", s), "name each once")
		}
		seen[s] = true
		return checkText(where, s, maxPurpose)
	}
	for i, e := range s.Eligible {
		if err := name(fmt.Sprintf("eligible %d", i+1), e); err != nil {
			return err
		}
	}
	clear(seen)
	if len(s.Slots) > 0 {
		if len(s.Options) > 0 || s.Sum != 0 {
			return invalid("sheet", "it has both options and slots", "draw one thing at a time")
		}
		for i, slot := range s.Slots {
			where := fmt.Sprintf("slot %d", i+1)
			if err := name(where, slot.Name); err != nil {
				return err
			}
			if i > 0 && (slot.At <= s.Slots[i-1].At || (slot.Round != 0 || s.Slots[i-1].Round != 0) && slot.Round <= s.Slots[i-1].Round) {
				return invalid(where, "it is not later than the slot before, or has no beacon round of its own", "list slots in order of time, at least one period of the chain apart")
			}
		}
		return nil
	}
	for i, o := range s.Options {
		if err := name(fmt.Sprintf("option %d", i+1), o.Name); err != nil {
			return err
		}
	}
	sum, err := CheckWeights(s.weights())
	if err != nil {
		return err
	}
	if sum != s.Sum {
		return invalid("sheet", fmt.Sprintf("its weights sum to %d, not to %d as it says", sum, s.Sum), "use the sheet as it was made")
	}
	return nil
}

// An Opening fixes everything about a draw but the secrets.
type Opening struct {
	Log       Hash         `json:"log"`      // which log it is numbered in
	Previous  Hash         `json:"previous"` // last entry of the log before this draw
	Movement  string       `json:"movement"`
	Leg       uint64       `json:"leg"`
	Number    uint64       `json:"number"` // of the draws for this movement and leg, from 1, without gaps
	Kind      string       `json:"kind"`
	Purpose   string       `json:"purpose"`
	Sheet     Hash         `json:"sheet"` // commitment to what is drawn from
	Beacon    *BeaconTerms `json:"beacon,omitempty"`
	Keeper    *Anchor      `json:"keeper,omitempty"`
	When      Instant      `json:"when"`           // the round's time; without a beacon, before which nothing is revealed
	Margin    uint64       `json:"margin_seconds"` // countersignatures are due so long before When
	Opened    Instant      `json:"opened"`
	Threshold uint64       `json:"threshold"` // shares that give a secret back; 0: secrets are not shared
	Parties   []Card       `json:"parties"`   // in the order in which their secrets count
}

// BeaconTerms pin the chain and the round; for slots the round of the first.
type BeaconTerms struct {
	Chain Chain  `json:"chain"`
	Round uint64 `json:"round"`
}

// Deadline is the time from which on no countersignature counts.
func (o *Opening) Deadline() Instant { return o.When - Instant(o.Margin) }

func (o *Opening) party(name string) int {
	return slices.IndexFunc(o.Parties, func(c Card) bool { return c.Name == name })
}

// Hash identifies the draw from its opening on.
func (o *Opening) Hash() Hash {
	e := encode(tagOpening).hash(o.Log).hash(o.Previous).text(o.Movement).number(o.Leg).number(o.Number).text(o.Kind).text(o.Purpose).hash(o.Sheet)
	e.flag(o.Beacon != nil)
	if b := o.Beacon; b != nil {
		e.bytes(b.Chain.canonical()).number(b.Round)
	}
	e.flag(o.Keeper != nil)
	if k := o.Keeper; k != nil {
		e.bytes(k.Card.canonical()).bytes(k.Card.Signature).bytes(k.canonical().out).bytes(k.Signature)
	}
	e.instant(o.When).number(o.Margin).instant(o.Opened).number(o.Threshold).number(uint64(len(o.Parties)))
	for i := range o.Parties {
		e.bytes(o.Parties[i].canonical()).bytes(o.Parties[i].Signature)
	}
	return e.sum()
}

// Check refuses an opening whose terms do not hold together.
func (o *Opening) Check() error {
	if err := checkText("movement", o.Movement, maxPurpose); err != nil {
		return err
	}
	if err := checkText("purpose", o.Purpose, maxPurpose); err != nil {
		return err
	}
	switch {
	case o.Kind != KindPick && o.Kind != KindSlots:
		return invalid("opening", fmt.Sprintf("it is of no kind known, %q", o.Kind), "use a version of the program that knows it")
	case o.Number == 0:
		return invalid("opening", "its number is 0", "draws are numbered from 1")
	case o.Margin < MinMargin || o.Margin > maxMargin:
		return invalid("margin", fmt.Sprintf("is %d seconds", o.Margin), fmt.Sprintf("take %d seconds to 30 days", MinMargin))
	case o.Opened < 0 || o.When > 1<<40 || o.Opened >= o.Deadline():
		return refused("opening", fmt.Sprintf("it was opened at %s, not before its deadline %s", o.Opened, o.Deadline()), "take a later beacon round or a smaller margin")
	}
	if err := checkParties(o.Parties); err != nil {
		return err
	}
	if o.Threshold >= uint64(len(o.Parties)) {
		return refused("threshold", fmt.Sprintf("%d shares of each secret, but only %d other parties to hold them", o.Threshold, len(o.Parties)-1), "take a smaller one, or 0 to do without shares")
	}
	if b := o.Beacon; b != nil {
		if err := b.Chain.Check(); err != nil {
			return err
		}
		if b.Round == 0 || b.Round > maxRound || b.Chain.TimeOf(b.Round) != o.When {
			return invalid("opening", fmt.Sprintf("round %d of chain %s is not at %s", b.Round, b.Chain.ID, o.When), "use the record as it was made")
		}
	}
	if o.Keeper != nil {
		return o.Keeper.check(o)
	}
	if o.Kind == KindSlots && o.Beacon == nil {
		return refused("opening", "slots are decided by beacon rounds or by a keeper, and there is neither", "name a beacon chain or a keeper's anchor")
	}
	return nil
}

// Terms are what Open makes an opening of.
type Terms struct {
	Movement  string
	Leg       uint64
	Purpose   string
	Chain     *Chain  // nil: no beacon
	Round     uint64  // kind pick, with a chain
	Release   Instant // kind pick, without a chain: nothing is revealed before
	Keeper    *Anchor // kind slots, without a chain
	Margin    uint64  // seconds
	Threshold uint64
	Parties   []Card
}

// NewSheet completes a sheet: sum, nonce (32 bytes read from random) and the
// rounds of its slots on a chain, if there is one.
func NewSheet(s Sheet, chain *Chain, random io.Reader) (*Sheet, error) {
	s.Format, s.Sum = FormatSheet, 0
	for _, o := range s.Options {
		s.Sum += min(o.Weight, MaxSum) // Check refuses what is greater
	}
	s.Slots = slices.Clone(s.Slots)
	for i := range s.Slots {
		s.Slots[i].Round = 0
		if chain != nil {
			s.Slots[i].Round = chain.RoundAt(s.Slots[i].At.Time())
		}
	}
	s.Nonce = make(Bytes, 32)
	if _, err := io.ReadFull(random, s.Nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	return &s, s.Check()
}

// Open opens the next draw for a movement and leg, and enters it in the log,
// which is left as it was if the terms are refused.
func Open(t Terms, sheet *Sheet, log *Log, now time.Time) (*Record, error) {
	if err := sheet.Check(); err != nil {
		return nil, err
	}
	number, err := log.next(t.Movement, t.Leg)
	if err != nil {
		return nil, err
	}
	o := Opening{
		Log: log.ID(), Previous: log.Head(), Movement: t.Movement, Leg: t.Leg, Number: number, Kind: sheet.Kind(), Purpose: t.Purpose,
		Sheet: sheet.Commitment(), Keeper: t.Keeper, When: t.Release, Margin: t.Margin, Opened: At(now), Threshold: t.Threshold, Parties: slices.Clone(t.Parties),
	}
	if o.Kind == KindSlots {
		t.Round = sheet.Slots[0].Round
		o.When = sheet.Slots[0].At
	}
	if t.Chain != nil {
		o.Beacon = &BeaconTerms{Chain: *t.Chain, Round: t.Round}
		o.When = t.Chain.TimeOf(max(t.Round, 1))
	}
	r := &Record{Format: FormatRecord, Opening: o}
	if err := o.Check(); err != nil {
		return nil, err
	}
	if err := r.CheckSheet(sheet); err != nil {
		return nil, err
	}
	return r, log.add(Entry{Kind: Opened, Movement: o.Movement, Leg: o.Leg, Number: o.Number, Record: o.Hash()}, now)
}

// CheckSheet refuses a sheet that is not the one that the record was opened with,
// or does not suit it.
func (r *Record) CheckSheet(s *Sheet) error {
	o := &r.Opening
	if err := s.Check(); err != nil {
		return err
	}
	if s.Commitment() != o.Sheet {
		return refused("sheet", "it is not the one that this draw was opened with: its options, weights, slots or hashes differ", "get the sheet of this draw; it cannot be changed")
	}
	if s.Kind() != o.Kind {
		return invalid("sheet", "it is for a draw of kind "+s.Kind()+", not "+o.Kind, "use the sheet as it was made")
	}
	if o.Kind != KindSlots {
		return nil
	}
	for i, slot := range s.Slots {
		want := uint64(0)
		if o.Beacon != nil {
			want = o.Beacon.Chain.RoundAt(slot.At.Time())
		}
		if slot.Round != want {
			return invalid(fmt.Sprintf("slot %d", i+1), fmt.Sprintf("its round is %d, and the last one before it is %d", slot.Round, want), "use the sheet as it was made")
		}
	}
	if first := s.Slots[0]; o.Beacon != nil && first.Round != o.Beacon.Round || o.Beacon == nil && first.At != o.When {
		return invalid("slot 1", "it is not the one that the record's deadline was set by", "use the sheet as it was made")
	}
	if o.Keeper != nil && o.Keeper.Links != uint64(len(s.Slots)) {
		return refused("keeper", fmt.Sprintf("the chain has %d links for %d slots", o.Keeper.Links, len(s.Slots)), "have the keeper make one of the right length")
	}
	return nil
}
