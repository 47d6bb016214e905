package draw

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Formats of the files of a release.
const (
	FormatReveal  = "outrider.draw.reveal/1"
	FormatRelease = "outrider.draw.release/1"
)

// A Reveal is what a party gives out when the draw is released: its secret, and
// the shares it holds of parties that do not give out theirs. It needs no
// signature: it either fits the record or it does not.
type Reveal struct {
	Format string      `json:"format"`
	Record Hash        `json:"record"` // hash of the committed record
	Party  string      `json:"party"`
	Secret Bytes       `json:"secret,omitempty"`
	Nonce  Bytes       `json:"nonce,omitempty"`
	Held   []HeldShare `json:"held,omitempty"`
}

// A HeldShare is a share of another party's secret.
type HeldShare struct {
	Party string `json:"party"` // in a reveal whose secret it is of, in a release who held it
	Share Bytes  `json:"share"`
}

// A Release is a draw carried out: everything that is needed to do it again. It
// is for the entitled only, and tells what was drawn.
type Release struct {
	Format   string      `json:"format"`
	Record   Hash        `json:"record"` // hash of the committed record
	Sheet    Sheet       `json:"sheet"`
	Beacons  []Beacon    `json:"beacons,omitempty"` // one; for slots one for each slot decided
	Links    []Bytes     `json:"links,omitempty"`   // likewise, of a keeper's chain
	Secrets  []Disclosed `json:"secrets"`           // in the order of the parties
	Outcomes []Outcome   `json:"outcomes"`          // one; for slots one for each slot decided
}

// A Disclosed secret was either revealed by its party, then it has its nonce, or
// recovered from shares.
type Disclosed struct {
	Party  string      `json:"party"`
	Secret Bytes       `json:"secret"`
	Nonce  Bytes       `json:"nonce,omitempty"`
	Shares []HeldShare `json:"shares,omitempty"`
}

// An Outcome is one thing decided.
type Outcome struct {
	Name  string `json:"name"`  // of the option or slot
	Drawn bool   `json:"drawn"` // false for slots in which nothing starts
	Value uint64 `json:"value"` // below Of
	Of    uint64 `json:"of"`    // sum of the weights; for slots how many there still were
	Seed  Hash   `json:"seed"`
}

// ReadReveal reads a reveal; NewRelease checks it.
func ReadReveal(src []byte) (*Reveal, error) {
	var v Reveal
	if err := unmarshal("reveal", src, &v); err != nil {
		return nil, err
	}
	return &v, checkFormat("reveal", v.Format, FormatReveal)
}

// ReadRelease reads a release; Check checks it against its record.
func ReadRelease(src []byte) (*Release, error) {
	var v Release
	if err := unmarshal("release", src, &v); err != nil {
		return nil, err
	}
	return &v, checkFormat("release", v.Format, FormatRelease)
}

// NewReveal gives out a party's secret, and the shares it holds of the parties
// named. It is refused as long as it could help anybody to bend the draw: before
// all have countersigned, and before the beacon is there (without one: before
// the time of release; for slots, where each has a beacon of its own, before the
// deadline). own may be nil when only shares are to be given.
func (r *Record) NewReveal(id *Identity, own *Secret, beacon *Beacon, of []string, now time.Time) (*Reveal, error) {
	o := &r.Opening
	if err := r.mine(id); err != nil {
		return nil, err
	}
	if !r.Committed() {
		return nil, refused("record", "not all parties have countersigned it", "give out nothing until they have")
	}
	if err := r.Check(); err != nil {
		return nil, err
	}
	switch {
	case o.Kind == KindSlots:
		if At(now) < o.Deadline() {
			return nil, refused("", fmt.Sprintf("it is %s, and secrets are given out from %s", At(now), o.Deadline()), "wait")
		}
	case o.Beacon == nil:
		if At(now) < o.When {
			return nil, refused("", fmt.Sprintf("it is %s, and secrets are given out from %s", At(now), o.When), "wait")
		}
	case beacon == nil:
		return nil, refused("beacon", fmt.Sprintf("round %d of chain %s is missing", o.Beacon.Round, o.Beacon.Chain.ID), "fetch it; secrets are given out only when it is there")
	default:
		if err := o.Beacon.check(beacon, o.Beacon.Round); err != nil {
			return nil, err
		}
	}
	v := &Reveal{Format: FormatReveal, Record: r.Hash(), Party: id.Card.Name}
	if own != nil {
		if err := r.checkOwn(id, own); err != nil {
			return nil, err
		}
		v.Secret, v.Nonce = own.Secret, own.Nonce
	}
	for _, name := range of {
		i := o.party(name)
		if i < 0 || name == id.Card.Name {
			return nil, refused("share of "+name, "you hold none", "name another party of this draw")
		}
		share, err := r.share(i, id)
		if err != nil {
			return nil, err
		}
		if share == nil {
			return nil, refused("share of "+name, "secrets are not shared in this draw", "it needs the secret itself")
		}
		v.Held = append(v.Held, HeldShare{Party: name, Share: share})
	}
	return v, nil
}

func (b *BeaconTerms) check(beacon *Beacon, round uint64) error {
	if beacon.Round != round {
		return refused("beacon", fmt.Sprintf("it is round %d, and the draw waits for round %d", beacon.Round, round), "fetch that round; no other counts")
	}
	return b.Chain.Verify(beacon)
}

// NewRelease carries the draw out. Of a draw by slots it decides as many as there
// are beacons or links, in their order, and stops at the one that fires. Each
// secret comes from the party's reveal or, when there is none that fits, from the
// shares that the others hold.
func NewRelease(r *Record, sheet *Sheet, beacons []Beacon, links []Bytes, reveals []*Reveal) (*Release, error) {
	if !r.Committed() {
		return nil, refused("record", "not all parties have countersigned it", "it cannot be released")
	}
	if err := r.Check(); err != nil {
		return nil, err
	}
	if err := r.CheckSheet(sheet); err != nil {
		return nil, err
	}
	v := &Release{Format: FormatRelease, Record: r.Hash(), Sheet: *sheet}
	for _, reveal := range reveals {
		if reveal.Record != v.Record {
			return nil, refused("reveal of "+reveal.Party, "it is for another draw", "have it made for this record")
		}
		if r.Opening.party(reveal.Party) < 0 {
			return nil, refused("reveal of "+reveal.Party, "no such party takes part", "leave it out")
		}
	}
	for i := range r.Opening.Parties {
		d, err := r.disclose(i, reveals)
		if err != nil {
			return nil, err
		}
		v.Secrets = append(v.Secrets, *d)
	}
	v.Beacons, v.Links = beacons, links
	var err error
	if v.Outcomes, err = v.decide(r); err != nil {
		return nil, err
	}
	// Slots behind the one that fired are never decided.
	v.Beacons = v.Beacons[:min(len(v.Beacons), len(v.Outcomes))]
	v.Links = v.Links[:min(len(v.Links), len(v.Outcomes))]
	return v, v.Check(r)
}

// disclose finds the secret of party i.
func (r *Record) disclose(i int, reveals []*Reveal) (*Disclosed, error) {
	o := &r.Opening
	name := o.Parties[i].Name
	var wrong error
	for _, v := range reveals {
		if v.Party == name && len(v.Secret) > 0 {
			d := &Disclosed{Party: name, Secret: v.Secret, Nonce: v.Nonce}
			if wrong = r.checkDisclosed(i, d); wrong == nil {
				return d, nil
			}
		}
	}
	if o.Threshold == 0 {
		if wrong != nil {
			return nil, wrong
		}
		return nil, refused("secret of "+name, "it is missing, and no shares were made", "get it from "+name+"; without it this draw is stopped")
	}
	d := &Disclosed{Party: name}
	var at []int
	var shares []*scalar
	for k := range o.Parties {
		if k == i || len(at) == int(o.Threshold) {
			continue
		}
		share, bad := r.held(i, k, reveals)
		if bad != nil {
			wrong = bad
		}
		if share == nil {
			continue
		}
		s, err := parseScalar(share)
		if err != nil {
			return nil, err
		}
		at, shares = append(at, k+1), append(shares, s)
		d.Shares = append(d.Shares, HeldShare{Party: o.Parties[k].Name, Share: share})
	}
	if len(at) < int(o.Threshold) {
		also := ""
		if wrong != nil {
			also = " (" + wrong.Error() + ")"
		}
		return nil, refused("secret of "+name, fmt.Sprintf("it is not revealed, and only %d of the %d shares are there that give it back%s", len(at), o.Threshold, also), "get it from "+name+", or shares from the others")
	}
	d.Secret = scalarBytes(combine(at, shares))
	return d, r.checkDisclosed(i, d)
}

// held finds a good share of party i's secret in the reveals of party k; bad says
// what was wrong with one that is not.
func (r *Record) held(i, k int, reveals []*Reveal) (share Bytes, bad error) {
	for _, v := range reveals {
		if v.Party != r.Opening.Parties[k].Name {
			continue
		}
		for _, h := range v.Held {
			if h.Party != r.Opening.Parties[i].Name {
				continue
			}
			if bad = r.checkShare(i, k, h.Share); bad == nil {
				return h.Share, nil
			}
		}
	}
	return nil, bad
}

// checkDisclosed refuses a secret that is not the one that party i committed to.
func (r *Record) checkDisclosed(i int, d *Disclosed) error {
	o := &r.Opening
	p := &r.Parts[i]
	where := "secret of " + p.Party
	const remedy = "get the one that was committed to, or recover it from shares"
	secret, err := parseScalar(d.Secret)
	if err != nil {
		return refused(where, "it is "+err.Error(), remedy)
	}
	if d.Party != p.Party {
		return invalid(where, "it stands at another party's place", "use the release as it was made")
	}
	if o.Threshold > 0 {
		points, err := parseCommitments(p.Points)
		if err != nil {
			return invalid("part of "+p.Party, err.Error(), "use the record as it was made")
		}
		if !fits(points, 0, secret) {
			return refused(where, "it does not fit the points committed to", remedy)
		}
	}
	if len(d.Nonce) > 0 {
		if len(d.Shares) > 0 {
			return invalid(where, "it is both revealed and recovered", "use the release as it was made")
		}
		if secretCommitment(d.Party, o.Hash(), d.Secret, d.Nonce) != p.Commitment {
			return refused(where, "it does not open the commitment", remedy)
		}
		return nil
	}
	if o.Threshold == 0 || len(d.Shares) != int(o.Threshold) {
		return refused(where, "it is neither revealed nor recovered", remedy)
	}
	var at []int
	var shares []*scalar
	for n, h := range d.Shares {
		k := o.party(h.Party)
		if k < 0 || k == i || n > 0 && k <= o.party(d.Shares[n-1].Party) {
			return invalid(where, "its shares are not of different parties in their order", "use the release as it was made")
		}
		if err := r.checkShare(i, k, h.Share); err != nil {
			return err
		}
		s, err := parseScalar(h.Share)
		if err != nil {
			return err
		}
		at, shares = append(at, k+1), append(shares, s)
	}
	if !bytes.Equal(scalarBytes(combine(at, shares)), d.Secret) {
		return refused(where, "its shares give another", remedy)
	}
	return nil
}

// seed derives what one thing is decided by; slot is 0 for options. The public
// part is the beacon's randomness or the keeper's link.
func (r *Record) seed(public []byte, secrets []Disclosed, slot int) (Hash, error) {
	commitment := r.Commitment()
	key := (&encoder{}).bytes(public)
	for i := range secrets {
		key.bytes(secrets[i].Secret)
	}
	info := encode(tagSeed).text(r.Opening.Purpose).number(uint64(slot))
	out, err := hkdf.Key(sha256.New, key.out, commitment[:], string(info.out), sha256.Size)
	if err != nil {
		return Hash{}, fmt.Errorf("derive the seed: %w", err)
	}
	return Hash(out), nil
}

// decide carries out what beacons, links and secrets allow.
func (v *Release) decide(r *Record) ([]Outcome, error) {
	o := &r.Opening
	if o.Kind == KindPick {
		public := []byte{}
		switch {
		case len(v.Links) > 0:
			return nil, invalid("links", "this draw has no keeper", "leave them out")
		case o.Beacon == nil && len(v.Beacons) > 0:
			return nil, invalid("beacon", "this draw has none", "leave it out")
		case o.Beacon != nil && len(v.Beacons) != 1:
			return nil, refused("beacon", fmt.Sprintf("there are %d", len(v.Beacons)), fmt.Sprintf("give round %d of chain %s", o.Beacon.Round, o.Beacon.Chain.ID))
		case o.Beacon != nil:
			if err := o.Beacon.check(&v.Beacons[0], o.Beacon.Round); err != nil {
				return nil, err
			}
			public = v.Beacons[0].Randomness[:]
		}
		seed, err := r.seed(public, v.Secrets, 0)
		if err != nil {
			return nil, err
		}
		i, value, sum := Pick(seed, v.Sheet.weights())
		return []Outcome{{Name: v.Sheet.Options[i].Name, Drawn: true, Value: value, Of: sum, Seed: seed}}, nil
	}
	given := len(v.Beacons)
	if o.Keeper != nil {
		given = len(v.Links)
	}
	if given == 0 || o.Keeper != nil && len(v.Beacons) > 0 || o.Keeper == nil && len(v.Links) > 0 {
		return nil, refused("slots", "there is nothing to decide them by", "give a beacon or a link for each, from the first on")
	}
	var outcomes []Outcome
	var linked []byte // the link before, or the anchor
	if o.Keeper != nil {
		linked = o.Keeper.Anchor[:]
	}
	for i := range min(given, len(v.Sheet.Slots)) {
		slot := &v.Sheet.Slots[i]
		var public []byte
		if o.Keeper != nil {
			public = v.Links[i]
			if !bytes.Equal(before(uint64(i)+1, public), linked) {
				return nil, refused(fmt.Sprintf("link of slot %d", i+1), "it does not lead to the keeper's anchor", "get the right one from the keeper")
			}
			linked = public
		} else {
			if err := o.Beacon.check(&v.Beacons[i], slot.Round); err != nil {
				return nil, err
			}
			public = v.Beacons[i].Randomness[:]
		}
		seed, err := r.seed(public, v.Secrets, i+1)
		if err != nil {
			return nil, err
		}
		left := SlotOdds(i+1, len(v.Sheet.Slots))
		value := NewStream(seed).Uniform(left)
		outcomes = append(outcomes, Outcome{Name: slot.Name, Drawn: value == 0, Value: value, Of: left, Seed: seed})
		if value == 0 {
			break
		}
	}
	return outcomes, nil
}

// SlotOdds is one in how many slot i of n fires, counted from 1, when none before
// it has: one in the number of slots left. That makes all slots equally likely,
// and the last one certain when it is reached.
func SlotOdds(i, n int) uint64 { return uint64(n - i + 1) }

// Result is what was drawn; ok is false while slots are still to come.
func (v *Release) Result() (name string, ok bool) {
	if len(v.Outcomes) == 0 {
		return "", false
	}
	last := v.Outcomes[len(v.Outcomes)-1]
	return last.Name, last.Drawn
}

// Hash identifies the release in the log.
func (v *Release) Hash() Hash {
	e := encode(tagRelease).hash(v.Record).hash(v.Sheet.Commitment()).number(uint64(len(v.Beacons)))
	for i := range v.Beacons {
		b := &v.Beacons[i]
		e.number(b.Round).hash(b.Randomness).bytes(b.Signature).bytes(b.PreviousSignature)
	}
	e.number(uint64(len(v.Links)))
	for _, link := range v.Links {
		e.bytes(link)
	}
	e.number(uint64(len(v.Secrets)))
	for i := range v.Secrets {
		d := &v.Secrets[i]
		e.text(d.Party).bytes(d.Secret).bytes(d.Nonce).number(uint64(len(d.Shares)))
		for _, h := range d.Shares {
			e.text(h.Party).bytes(h.Share)
		}
	}
	e.number(uint64(len(v.Outcomes)))
	for _, x := range v.Outcomes {
		e.text(x.Name).flag(x.Drawn).number(x.Value).number(x.Of).hash(x.Seed)
	}
	return e.sum()
}

// Check does the whole draw again and compares: record, countersignatures and
// their times, sheet, beacons against the pinned key, secrets against their
// commitments, seeds and outcomes.
func (v *Release) Check(r *Record) error {
	if err := checkFormat("release", v.Format, FormatRelease); err != nil {
		return err
	}
	if err := r.Check(); err != nil {
		return err
	}
	if !r.Committed() {
		return refused("record", "not all parties have countersigned it", "this draw does not count")
	}
	if v.Record != r.Hash() {
		return refused("release", "it is of another record", "use the record that was released")
	}
	if err := r.CheckSheet(&v.Sheet); err != nil {
		return err
	}
	if len(v.Secrets) != len(r.Opening.Parties) {
		return invalid("release", fmt.Sprintf("it has %d secrets of %d parties", len(v.Secrets), len(r.Opening.Parties)), "use the release as it was made")
	}
	for i := range v.Secrets {
		if err := r.checkDisclosed(i, &v.Secrets[i]); err != nil {
			return err
		}
	}
	outcomes, err := v.decide(r)
	if err != nil {
		return err
	}
	if !slices.Equal(outcomes, v.Outcomes) || max(len(v.Beacons), len(v.Links)) > len(v.Outcomes) {
		return refused("release", "the draw done again comes out otherwise", "somebody has changed the result; what was drawn is "+outcomes[len(outcomes)-1].Name)
	}
	return nil
}

// Enter enters a finished release in the log.
func (v *Release) Enter(r *Record, log *Log, now time.Time) error {
	if _, ok := v.Result(); !ok {
		return refused("release", "slots are still to come", "release when one has fired")
	}
	if err := v.Check(r); err != nil {
		return err
	}
	if _, err := log.Numbering(r); err != nil {
		return err
	}
	o := &r.Opening
	return log.add(Entry{Kind: Released, Movement: o.Movement, Leg: o.Leg, Number: o.Number, Draw: o.Hash(), Record: v.Hash()}, now)
}

// CheckLog refuses a release that the log holds otherwise, or not at all.
func (v *Release) CheckLog(r *Record, log *Log) error {
	steps, err := log.Numbering(r)
	if err != nil {
		return err
	}
	for _, e := range steps {
		if e.Kind == Released {
			if e.Record != v.Hash() {
				return refused("log", "it holds another release of this draw", "ask for the one that was entered")
			}
			return nil
		}
	}
	return refused("log", fmt.Sprintf("draw %d is %s there, not released", r.Opening.Number, steps[len(steps)-1].Kind), "get the log in its latest state")
}

// Statements says in plain words what the record cannot promise.
func (r *Record) Statements() []string {
	o := &r.Opening
	var out []string
	if o.Threshold == 0 || o.Beacon == nil && o.Keeper == nil {
		out = append(out, "the last to reveal could have stopped this draw")
	}
	if o.Beacon == nil && o.Keeper == nil {
		out = append(out, "no beacon: all parties together could have chosen the outcome; one honest party is enough that they did not")
	}
	if b := o.Beacon; b != nil && !b.Chain.IsPinned() {
		out = append(out, fmt.Sprintf("chain %s is none of the two built in: whether its rounds are unpredictable is for you to judge", b.Chain.ID))
	}
	if o.Keeper != nil {
		out = append(out, fmt.Sprintf("known to the keeper: %s, %s, has known all links since the draw was opened, and with the parties' secrets the outcome, and can stop it by giving out no link", o.Keeper.Card.Name, o.Keeper.Card.Unit))
	}
	if t := int(o.Threshold); t > 0 {
		out = append(out, fmt.Sprintf("any %d of the %d parties together can learn the outcome once the beacon is out; none of them can change it", t, len(o.Parties)))
		units := map[string][]string{}
		for i := range o.Parties {
			u := bare(o.Parties[i].Unit)
			units[u] = append(units[u], o.Parties[i].Name)
			if len(units[u]) == t && t > 1 {
				out = append(out, strings.Join(units[u], " and ")+" are of one unit, "+o.Parties[i].Unit+", and can learn it without another")
			}
		}
		if stop := len(o.Parties) - t + 1; o.Beacon != nil || o.Keeper != nil {
			out = append(out, fmt.Sprintf("%d parties together could stop it by giving nothing out; fewer cannot", stop))
		}
	}
	if o.Kind == KindSlots {
		out = append(out, "likelihood rises towards the end: whoever knows the slots knows that what has not happened yet must happen in those left")
	}
	return out
}

// Statements says which secrets were not revealed by their parties.
func (v *Release) Statements() []string {
	var out []string
	for i := range v.Secrets {
		if d := &v.Secrets[i]; len(d.Shares) > 0 {
			from := make([]string, len(d.Shares))
			for k, h := range d.Shares {
				from[k] = h.Party
			}
			out = append(out, "secret of "+d.Party+" recovered from the shares of "+strings.Join(from, ", "))
		}
	}
	return out
}
