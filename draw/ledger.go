package draw

import "fmt"

// FormatLedger is the format of a party's ledger.
const FormatLedger = "outrider.draw.ledger/1"

// A Ledger is a party's own memory, kept beside its identity: what it has joined
// and countersigned, how far it has seen each log, and which cards it has met. It
// is why one honest party is enough: it does not countersign a second draw for
// one number, a rewritten log, or a card with other keys.
type Ledger struct {
	Format string     `json:"format"`
	Party  string     `json:"party"`
	Logs   []SeenLog  `json:"logs,omitempty"`
	Draws  []SeenDraw `json:"draws,omitempty"`
	Cards  []SeenCard `json:"cards,omitempty"`
}

// A SeenLog is how far a log had come.
type SeenLog struct {
	Log      Hash   `json:"log"`
	Sequence uint64 `json:"sequence"`
	Head     Hash   `json:"head"`
}

// A SeenDraw is a draw that the party has joined.
type SeenDraw struct {
	Log        Hash   `json:"log"`
	Movement   string `json:"movement"`
	Leg        uint64 `json:"leg"`
	Number     uint64 `json:"number"`
	Draw       Hash   `json:"draw"`
	Commitment Hash   `json:"commitment"` // what was countersigned; zeros until then
}

// A SeenCard is the card under which a name was met.
type SeenCard struct {
	Name string `json:"name"`
	Card Hash   `json:"card"`
}

// Accept names what a party takes in spite of its ledger.
type Accept struct {
	Cards      bool // cards with other keys than before
	Unfinished bool // an earlier draw that it countersigned and that was never released
}

// NewLedger begins the ledger of a party.
func NewLedger(party string) *Ledger { return &Ledger{Format: FormatLedger, Party: party} }

// ReadLedger reads a ledger.
func ReadLedger(src []byte) (*Ledger, error) {
	var l Ledger
	if err := unmarshal("ledger", src, &l); err != nil {
		return nil, err
	}
	return &l, checkFormat("ledger", l.Format, FormatLedger)
}

// Join checks an open draw against the ledger and the log, and notes it. Nothing
// is noted when it is refused.
func (l *Ledger) Join(r *Record, log *Log, accept Accept) error {
	return l.note(r, log, accept, Hash{})
}

// Countersign checks a closed record against the ledger and the log, and notes
// what is about to be signed. Nothing is noted when it is refused.
func (l *Ledger) Countersign(r *Record, log *Log, accept Accept) error {
	if len(r.Parts) == 0 {
		return refused("record", "it is not closed: parts are missing", "wait until it is")
	}
	return l.note(r, log, accept, r.Commitment())
}

func (l *Ledger) note(r *Record, log *Log, accept Accept, commitment Hash) error {
	o := &r.Opening
	draw := o.Hash()
	steps, err := log.Numbering(r)
	if err != nil {
		return err
	}
	if last := steps[len(steps)-1]; last.Kind != Opened {
		return refused("log", fmt.Sprintf("draw %d is %s", o.Number, last.Kind), "there is nothing more to join or countersign")
	}
	if err := l.checkLogs(log); err != nil {
		return err
	}
	if err := l.checkCards(o, accept); err != nil {
		return err
	}
	if err := l.checkDraws(o, log, accept, commitment); err != nil {
		return err
	}
	l.noteLog(log)
	l.noteCards(o)
	for i := range l.Draws {
		if d := &l.Draws[i]; d.Draw == draw {
			d.Commitment = commitment
			return nil
		}
	}
	l.Draws = append(l.Draws, SeenDraw{Log: o.Log, Movement: o.Movement, Leg: o.Leg, Number: o.Number, Draw: draw, Commitment: commitment})
	return nil
}

// checkLogs refuses a log that is not the one seen before, grown.
func (l *Ledger) checkLogs(log *Log) error {
	for _, s := range l.Logs {
		if s.Log != log.ID() {
			continue
		}
		if s.Sequence >= uint64(len(log.entries)) {
			return refused("log", fmt.Sprintf("it ends before line %d, which you have seen", s.Sequence+1), "ask for the whole log; lines are never taken away")
		}
		if log.entries[s.Sequence].Hash != s.Head {
			return refused("log", fmt.Sprintf("its line %d is not the one you have seen", s.Sequence+1), "the log was rewritten; tell the other parties and take part in nothing until it is explained")
		}
	}
	return nil
}

func (l *Ledger) checkCards(o *Opening, accept Accept) error {
	for i := range o.Parties {
		c := &o.Parties[i]
		for _, s := range l.Cards {
			if s.Name == bare(c.Name) && s.Card != cardHash(c) && !accept.Cards {
				return refused("card of "+c.Name, "it has other keys or another unit than when you met it last", "ask "+c.Name+" for the fingerprint by voice: "+c.Fingerprint()+"; accept the card if it is right")
			}
		}
	}
	return nil
}

// checkDraws refuses a second draw beside one that the party knows.
func (l *Ledger) checkDraws(o *Opening, log *Log, accept Accept, commitment Hash) error {
	draw := o.Hash()
	for _, d := range l.Draws {
		if d.Movement != o.Movement || d.Leg != o.Leg {
			continue
		}
		switch {
		case d.Log != o.Log:
			return refused("log", fmt.Sprintf("you have joined draws of %s leg %d in another log", d.Movement, d.Leg), "a movement stays in one log; ask who began a second")
		case d.Draw == draw:
			if d.Commitment != (Hash{}) && d.Commitment != commitment {
				return refused(fmt.Sprintf("draw %d", d.Number), "you have countersigned it already, with other parts", "one draw has one commitment; tell the other parties")
			}
		case d.Number == o.Number:
			return refused(fmt.Sprintf("draw %d", d.Number), "you have joined another draw of this number", "a draw is not rolled again; tell the other parties")
		case d.Number < o.Number && d.Commitment != (Hash{}) && !accept.Unfinished:
			if kind := log.state(d.Draw); kind != Released {
				return refused(fmt.Sprintf("draw %d", d.Number), "you countersigned it, and it was "+kind+", not released", "find out why before you take part in a draw that replaces it; accept it if you agree")
			}
		}
	}
	return nil
}

// state is the kind of the last entry of a draw.
func (l *Log) state(draw Hash) string {
	kind := "never entered"
	for i := range l.entries {
		if l.entries[i].Draw == draw {
			kind = l.entries[i].Kind
		}
	}
	return kind
}

func (l *Ledger) noteLog(log *Log) {
	seen := SeenLog{Log: log.ID(), Sequence: uint64(len(log.entries) - 1), Head: log.Head()}
	for i := range l.Logs {
		if l.Logs[i].Log == seen.Log {
			l.Logs[i] = seen
			return
		}
	}
	l.Logs = append(l.Logs, seen)
}

func (l *Ledger) noteCards(o *Opening) {
next:
	for i := range o.Parties {
		c := &o.Parties[i]
		seen := SeenCard{Name: bare(c.Name), Card: cardHash(c)}
		for k := range l.Cards {
			if l.Cards[k].Name == seen.Name {
				l.Cards[k] = seen
				continue next
			}
		}
		l.Cards = append(l.Cards, seen)
	}
}

func cardHash(c *Card) Hash { return (&encoder{out: c.canonical()}).sum() }
