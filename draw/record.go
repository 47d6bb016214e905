package draw

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"
)

// Formats of the files that go round before the beacon's time.
const (
	FormatSecret = "outrider.draw.secret/1"
	FormatPart   = "outrider.draw.part/1"
	FormatSign   = "outrider.draw.signature/1"
)

// A Record is a draw up to its commitment. It is public: it tells nobody what
// will be drawn, nor from what.
//
// It is open when it has no parts, closed when it has them all, committed when
// all parties have countersigned.
type Record struct {
	Format     string             `json:"format"`
	Opening    Opening            `json:"opening"`
	Parts      []Part             `json:"parts,omitempty"`      // in the order of the parties
	Signatures []Countersignature `json:"signatures,omitempty"` // likewise
}

// A Part is what a party puts in: the commitment to its secret, and the shares of
// it sealed to the others.
type Part struct {
	Party      string      `json:"party"`
	At         Instant     `json:"at"`         // by the party's clock
	Commitment Hash        `json:"commitment"` // of party, draw, secret and nonce
	Points     []Bytes     `json:"points,omitempty"`
	Shares     []SealedBox `json:"shares,omitempty"` // one to each other party, in their order
	Signature  Bytes       `json:"signature"`
}

// A SealedBox is a share that only one party can open.
type SealedBox struct {
	To  string `json:"to"`
	Box Bytes  `json:"box"`
}

// A PartFile carries a part from a party to whoever closes the record.
type PartFile struct {
	Format string `json:"format"`
	Draw   Hash   `json:"draw"` // hash of the opening
	Part   Part   `json:"part"`
}

// A Secret is what a party keeps to itself until the release.
type Secret struct {
	Format string `json:"format"`
	Draw   Hash   `json:"draw"` // hash of the opening
	Party  string `json:"party"`
	Secret Bytes  `json:"secret"` // 32 bytes, a number below the group's order
	Nonce  Bytes  `json:"nonce"`  // 32 bytes
}

// A Countersignature says that a party has checked the closed record, by its own
// clock before the deadline, and will stand by it.
type Countersignature struct {
	Party     string  `json:"party"`
	At        Instant `json:"at"`
	Signature Bytes   `json:"signature"`
}

// A SignFile carries a countersignature to whoever seals the record.
type SignFile struct {
	Format           string           `json:"format"`
	Commitment       Hash             `json:"commitment"` // of the closed record
	Countersignature Countersignature `json:"countersignature"`
}

// ReadRecord reads a record in any state, and checks it as far as it goes.
func ReadRecord(src []byte) (*Record, error) {
	var r Record
	if err := unmarshal("record", src, &r); err != nil {
		return nil, err
	}
	return &r, r.Check()
}

// ReadPart reads a part; Record.Close checks it.
func ReadPart(src []byte) (*PartFile, error) {
	var f PartFile
	if err := unmarshal("part", src, &f); err != nil {
		return nil, err
	}
	return &f, checkFormat("part", f.Format, FormatPart)
}

// ReadSecret reads a party's secret; NewReveal checks it.
func ReadSecret(src []byte) (*Secret, error) {
	var s Secret
	if err := unmarshal("secret", src, &s); err != nil {
		return nil, err
	}
	return &s, checkFormat("secret", s.Format, FormatSecret)
}

// ReadSign reads a countersignature; Record.Seal checks it.
func ReadSign(src []byte) (*SignFile, error) {
	var f SignFile
	if err := unmarshal("countersignature", src, &f); err != nil {
		return nil, err
	}
	return &f, checkFormat("countersignature", f.Format, FormatSign)
}

// secretCommitment binds a secret to its party and draw, so that a commitment
// copied from another party or draw opens nowhere else.
func secretCommitment(party string, draw Hash, secret, nonce []byte) Hash {
	return encode(tagSecret).text(party).hash(draw).bytes(secret).bytes(nonce).sum()
}

func shareInfo(draw Hash, from, to string) *encoder {
	return encode(tagShare).hash(draw).text(from).text(to)
}

func (p *Part) canonical(draw Hash) *encoder {
	e := encode(tagPart).hash(draw).text(p.Party).instant(p.At).hash(p.Commitment).number(uint64(len(p.Points)))
	for _, c := range p.Points {
		e.bytes(c)
	}
	e.number(uint64(len(p.Shares)))
	for _, s := range p.Shares {
		e.text(s.To).bytes(s.Box)
	}
	return e
}

// NewPart makes the part of a party in an open draw, and the secret that it has
// to keep. 64 + 64·threshold bytes are read from random, or a few more.
func (r *Record) NewPart(id *Identity, random io.Reader, now time.Time) (*PartFile, *Secret, error) {
	o := &r.Opening
	if err := r.mine(id); err != nil {
		return nil, nil, err
	}
	if len(r.Parts) > 0 {
		return nil, nil, refused("record", "it is closed: all parts are in", "countersign it if your part is among them, else ask for a new draw")
	}
	if err := o.inTime(now); err != nil {
		return nil, nil, err
	}
	secret, err := randomScalar(random)
	if err != nil {
		return nil, nil, err
	}
	s := &Secret{Format: FormatSecret, Draw: o.Hash(), Party: id.Card.Name, Secret: scalarBytes(secret), Nonce: make(Bytes, 32)}
	if _, err := io.ReadFull(random, s.Nonce); err != nil {
		return nil, nil, fmt.Errorf("draw a nonce: %w", err)
	}
	p := Part{Party: s.Party, At: At(now), Commitment: secretCommitment(s.Party, s.Draw, s.Secret, s.Nonce)}
	if o.Threshold > 0 {
		shares, commitments, err := split(secret, int(o.Threshold), len(o.Parties), random)
		if err != nil {
			return nil, nil, err
		}
		p.Points = commitments
		for i := range o.Parties {
			to := &o.Parties[i]
			if to.Name == s.Party {
				continue
			}
			box, err := to.seal(shareInfo(s.Draw, s.Party, to.Name), scalarBytes(shares[i]))
			if err != nil {
				return nil, nil, fmt.Errorf("seal the share for %s: %w", to.Name, err)
			}
			p.Shares = append(p.Shares, SealedBox{To: to.Name, Box: box})
		}
	}
	p.Signature = id.sign(p.canonical(s.Draw))
	return &PartFile{Format: FormatPart, Draw: s.Draw, Part: p}, s, nil
}

// mine refuses an identity that is not, key by key, a party of the draw.
func (r *Record) mine(id *Identity) error {
	i := r.Opening.party(id.Card.Name)
	if i < 0 {
		return refused("parties", id.Card.Name+" is not one of them", "use the identity of a party")
	}
	if c := &r.Opening.Parties[i]; !bytes.Equal(c.canonical(), id.Card.canonical()) {
		return refused("party "+c.Name, "the draw names other keys or another unit than your identity", "tell the others: somebody has replaced your card")
	}
	return nil
}

func (o *Opening) inTime(now time.Time) error {
	if At(now) >= o.Deadline() {
		return refused("", fmt.Sprintf("it is %s, and the deadline was %s", At(now), o.Deadline()), "void this draw and open another with a later round")
	}
	return nil
}

// Close puts the parts of all parties into an open record, in any order.
func (r *Record) Close(parts []*PartFile) error {
	o := &r.Opening
	if len(r.Parts) > 0 {
		return refused("record", "it is closed already", "countersign it")
	}
	closed := Record{Format: r.Format, Opening: r.Opening, Parts: make([]Part, len(o.Parties))}
	draw := o.Hash()
	for _, f := range parts {
		if f.Draw != draw {
			return refused("part of "+f.Part.Party, "it was made for another draw", "have it made for this record")
		}
		i := o.party(f.Part.Party)
		switch {
		case i < 0:
			return refused("part of "+f.Part.Party, "no such party takes part", "leave it out")
		case closed.Parts[i].Party != "":
			return refused("part of "+f.Part.Party, "there are two", "use the one that the party stands by")
		}
		closed.Parts[i] = f.Part
	}
	for i := range closed.Parts {
		if closed.Parts[i].Party == "" {
			return refused("part of "+o.Parties[i].Name, "it is missing", "wait for it, or void the draw")
		}
	}
	if err := closed.Check(); err != nil {
		return err
	}
	r.Parts = closed.Parts
	return nil
}

// Commitment is the hash of the closed record, which is signed and which salts
// the draw.
func (r *Record) Commitment() Hash {
	e := encode(tagCommitment).hash(r.Opening.Hash()).number(uint64(len(r.Parts)))
	draw := r.Opening.Hash()
	for i := range r.Parts {
		e.bytes(r.Parts[i].canonical(draw).out).bytes(r.Parts[i].Signature)
	}
	return e.sum()
}

// Hash identifies the committed record, countersignatures included. Whoever has
// noted it before the beacon round need trust nobody about the date.
func (r *Record) Hash() Hash {
	e := encode(tagRecord).hash(r.Commitment()).number(uint64(len(r.Signatures)))
	for _, s := range r.Signatures {
		e.text(s.Party).instant(s.At).bytes(s.Signature)
	}
	return e.sum()
}

func signed(commitment Hash, s *Countersignature) *encoder {
	return encode(tagSign).hash(commitment).text(s.Party).instant(s.At)
}

// Countersign checks a closed record as the party has to, and signs it: its own
// part is in it unchanged, the share that every other party sealed to it opens
// and fits, and the deadline is not past. Ledger.Join and Ledger.Countersign
// guard against a second draw beside this one.
func (r *Record) Countersign(id *Identity, own *Secret, now time.Time) (*SignFile, error) {
	o := &r.Opening
	if err := r.mine(id); err != nil {
		return nil, err
	}
	if len(r.Parts) == 0 {
		return nil, refused("record", "it is not closed: parts are missing", "wait until it is")
	}
	if err := o.inTime(now); err != nil {
		return nil, err
	}
	if err := r.Check(); err != nil {
		return nil, err
	}
	if err := r.checkOwn(id, own); err != nil {
		return nil, err
	}
	for i := range r.Parts {
		if r.Parts[i].Party == id.Card.Name {
			continue
		}
		if _, err := r.share(i, id); err != nil {
			return nil, err
		}
	}
	s := Countersignature{Party: id.Card.Name, At: At(now)}
	commitment := r.Commitment()
	s.Signature = id.sign(signed(commitment, &s))
	return &SignFile{Format: FormatSign, Commitment: commitment, Countersignature: s}, nil
}

// checkOwn refuses a record in which a party's part is not the one it made.
func (r *Record) checkOwn(id *Identity, own *Secret) error {
	if own == nil || own.Draw != r.Opening.Hash() || own.Party != id.Card.Name {
		return refused("secret", "it is of another draw or party", "use the secret that was made when you joined this draw")
	}
	p := &r.Parts[r.Opening.party(own.Party)]
	if secretCommitment(own.Party, own.Draw, own.Secret, own.Nonce) != p.Commitment {
		return refused("part of "+own.Party, "the record holds another part than the one you made with this secret", "ask for the record to be closed with your part")
	}
	return nil
}

// share opens and checks the share of part i that is sealed to a party; nil when
// secrets are not shared.
func (r *Record) share(i int, id *Identity) (Bytes, error) {
	if r.Opening.Threshold == 0 {
		return nil, nil
	}
	p := &r.Parts[i]
	to := id.Card.Name
	const remedy = "do not countersign; have this party make its part again, in a new draw"
	k := slices.IndexFunc(p.Shares, func(s SealedBox) bool { return s.To == to })
	if k < 0 {
		return nil, refused("part of "+p.Party, "it has no share for "+to, remedy)
	}
	plain, err := id.open(shareInfo(r.Opening.Hash(), p.Party, to), p.Shares[k].Box)
	if err != nil {
		return nil, refused("part of "+p.Party, "the share sealed to "+to+" does not open", remedy)
	}
	return plain, r.checkShare(i, r.Opening.party(to), plain)
}

// checkShare refuses a share of part i, held by party k, that does not lie on the
// polynomial committed to.
func (r *Record) checkShare(i, k int, share []byte) error {
	p := &r.Parts[i]
	where := "share of " + p.Party + "'s secret held by " + r.Opening.Parties[k].Name
	s, err := parseScalar(share)
	if err != nil {
		return refused(where, "it is "+err.Error(), "do not rely on it")
	}
	points, err := parseCommitments(p.Points)
	if err != nil {
		return invalid("part of "+p.Party, err.Error(), "use the record as it was made")
	}
	if !fits(points, k+1, s) {
		return refused(where, "it does not fit the commitments", "do not countersign if you have not yet; otherwise recover without it")
	}
	return nil
}

// Seal puts the countersignatures of all parties into a closed record and enters
// it in the log, before the deadline. Record and log are left as they were if
// anything is missing.
func (r *Record) Seal(signatures []*SignFile, log *Log, now time.Time) error {
	o := &r.Opening
	if len(r.Signatures) > 0 {
		return refused("record", "it is sealed already", "")
	}
	if err := o.inTime(now); err != nil {
		return err
	}
	sealed := Record{Format: r.Format, Opening: r.Opening, Parts: r.Parts, Signatures: make([]Countersignature, len(o.Parties))}
	commitment := r.Commitment()
	for _, f := range signatures {
		name := f.Countersignature.Party
		i := o.party(name)
		switch {
		case i < 0:
			return refused("countersignature of "+name, "no such party takes part", "leave it out")
		case f.Commitment != commitment:
			return refused("countersignature of "+name, "it is for another record", "send the party this one")
		case sealed.Signatures[i].Party != "":
			return refused("countersignature of "+name, "there are two", "give one")
		}
		sealed.Signatures[i] = f.Countersignature
	}
	for i := range sealed.Signatures {
		if sealed.Signatures[i].Party == "" {
			return refused("countersignature of "+o.Parties[i].Name, "it is missing", "wait for it; without it the draw does not count")
		}
	}
	if err := sealed.Check(); err != nil {
		return err
	}
	if err := log.add(Entry{Kind: Committed, Movement: o.Movement, Leg: o.Leg, Number: o.Number, Record: sealed.Hash(), Draw: o.Hash()}, now); err != nil {
		return err
	}
	r.Signatures = sealed.Signatures
	return nil
}

// Committed reports whether all parties have countersigned.
func (r *Record) Committed() bool { return len(r.Signatures) > 0 }

// Check verifies everything that the record holds so far: terms, cards, parts and
// their signatures, countersignatures and their times. It takes some
// milliseconds, most of them for the points that shares are checked against.
func (r *Record) Check() error {
	o := &r.Opening
	if err := checkFormat("record", r.Format, FormatRecord); err != nil {
		return err
	}
	if err := o.Check(); err != nil {
		return err
	}
	if len(r.Parts) == 0 && len(r.Signatures) == 0 {
		return nil
	}
	if len(r.Parts) != len(o.Parties) {
		return invalid("record", fmt.Sprintf("it has %d parts for %d parties", len(r.Parts), len(o.Parties)), "use the record as it was closed")
	}
	for i := range r.Parts {
		if err := r.checkPart(i); err != nil {
			return err
		}
	}
	if err := r.checkSignatures(); err != nil {
		return err
	}
	// Last, because it takes longest.
	for i := range r.Parts {
		if _, err := parseCommitments(r.Parts[i].Points); err != nil {
			return invalid("part of "+r.Parts[i].Party, err.Error(), "have it made again")
		}
	}
	return nil
}

func (r *Record) checkSignatures() error {
	o := &r.Opening
	if len(r.Signatures) == 0 {
		return nil
	}
	if len(r.Signatures) != len(o.Parties) {
		return invalid("record", fmt.Sprintf("it has %d countersignatures for %d parties", len(r.Signatures), len(o.Parties)), "use the record as it was sealed")
	}
	commitment := r.Commitment()
	for i := range r.Signatures {
		s, c := &r.Signatures[i], &o.Parties[i]
		where := "countersignature of " + c.Name
		switch {
		case s.Party != c.Name || !c.verify(signed(commitment, s), s.Signature):
			return invalid(where, "it is not by its key over this record and time", "somebody has changed the record; get it from another party")
		case s.At >= o.Deadline():
			return refused(where, fmt.Sprintf("made at %s, not before the deadline %s", s.At, o.Deadline()), "this draw does not count")
		case s.At+Instant(o.Margin) < o.Opened:
			return refused(where, fmt.Sprintf("made at %s, before the draw was opened at %s", s.At, o.Opened), "this draw does not count")
		}
	}
	return nil
}

func (r *Record) checkPart(i int) error {
	o := &r.Opening
	p, c := &r.Parts[i], &o.Parties[i]
	where := "part of " + c.Name
	const remedy = "somebody has changed it; get it from its party"
	if p.Party != c.Name || !c.verify(p.canonical(o.Hash()), p.Signature) {
		return invalid(where, "it is not signed by its key for this draw", remedy)
	}
	if p.At >= o.Deadline() {
		return refused(where, fmt.Sprintf("made at %s, not before the deadline %s", p.At, o.Deadline()), "this draw does not count")
	}
	if len(p.Points) != int(o.Threshold) {
		return invalid(where, fmt.Sprintf("it has %d points for a threshold of %d", len(p.Points), o.Threshold), "have it made again")
	}
	for k := range r.Parts[:i] {
		q := &r.Parts[k]
		if p.Commitment == q.Commitment || len(p.Points) > 0 && bytes.Equal(p.Points[0], q.Points[0]) {
			return refused(where, "it repeats the commitment of "+q.Party, "find out who copied whom; void the draw")
		}
	}
	if o.Threshold == 0 {
		if len(p.Shares) > 0 {
			return invalid(where, "it has shares although secrets are not shared", remedy)
		}
		return nil
	}
	want := 0
	for k := range o.Parties {
		if k == i {
			continue
		}
		if want >= len(p.Shares) || p.Shares[want].To != o.Parties[k].Name {
			return invalid(where, "it has no share for "+o.Parties[k].Name+" at its place", "have it made again")
		}
		want++
	}
	if want != len(p.Shares) {
		return invalid(where, "it has shares too many", "have it made again")
	}
	return nil
}
