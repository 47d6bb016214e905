package draw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

// MaxLog is the size in bytes up to which logs are read.
const MaxLog = 64 << 20

// Kinds of log entry.
const (
	Begun     = "begun"     // first entry; Record is random and names the log
	Opened    = "opened"    // Record is the hash of the opening
	Committed = "committed" // Record is the hash of the sealed record
	Released  = "released"  // Record is the hash of the release
	Voided    = "voided"    // given up before it was committed; Note says why
	Stopped   = "stopped"   // given up after it was committed; Note says why
)

// An Entry is a line of the log.
type Entry struct {
	Sequence uint64  `json:"sequence"` // from 0
	At       Instant `json:"at"`
	Kind     string  `json:"kind"`
	Movement string  `json:"movement,omitempty"`
	Leg      uint64  `json:"leg,omitempty"`
	Number   uint64  `json:"number,omitempty"`
	Draw     Hash    `json:"draw"` // hash of the opening; zeros in the first entry
	Record   Hash    `json:"record"`
	Note     string  `json:"note,omitempty"`
	Previous Hash    `json:"previous"` // hash of the entry before; zeros in the first
	Hash     Hash    `json:"hash"`     // of everything above
}

func (e *Entry) hash() Hash {
	return encode(tagEntry).number(e.Sequence).instant(e.At).text(e.Kind).text(e.Movement).number(e.Leg).number(e.Number).
		hash(e.Draw).hash(e.Record).text(e.Note).hash(e.Previous).sum()
}

// A Log numbers the draws of a place without gaps, one open at a time for each
// movement and leg, and chains what happened to them. It only ever grows.
type Log struct{ entries []Entry }

// NewLog begins a log: 32 bytes are read from random.
func NewLog(random io.Reader, now time.Time) (*Log, error) {
	e := Entry{Kind: Begun, At: At(now)}
	if _, err := io.ReadFull(random, e.Record[:]); err != nil {
		return nil, fmt.Errorf("draw a name for the log: %w", err)
	}
	e.Hash = e.hash()
	return &Log{entries: []Entry{e}}, nil
}

// ReadLog reads a log, one JSON object a line, and checks all of it: hashes,
// times, numbers, and that every draw went through its steps in order.
func ReadLog(src []byte) (*Log, error) {
	const remedy = "get the log from another party; it cannot be mended"
	if len(src) > MaxLog {
		return nil, invalid("log", "larger than "+strconv.Itoa(MaxLog)+" bytes", "begin a new one for other movements")
	}
	l := &Log{}
	for n := 1; len(src) > 0; n++ {
		where := "log line " + strconv.Itoa(n)
		line, rest, whole := bytes.Cut(src, []byte("\n"))
		if !whole {
			return nil, invalid(where, "it is cut off", remedy)
		}
		src = rest
		var e Entry
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil {
			return nil, invalid(where, "it cannot be read ("+err.Error()+")", remedy)
		}
		again, err := e.line()
		if err != nil || !bytes.Equal(again, line) {
			return nil, invalid(where, "it is not as the program writes it", remedy)
		}
		if err := l.follow(&e); err != nil {
			return nil, invalid(where, err.Error(), remedy)
		}
		l.entries = append(l.entries, e)
	}
	if len(l.entries) == 0 {
		return nil, invalid("log", "it is empty", remedy)
	}
	return l, nil
}

func (e *Entry) line() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(e)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// Marshal returns the log as its file has it.
func (l *Log) Marshal() ([]byte, error) {
	var out []byte
	for i := range l.entries {
		line, err := l.entries[i].line()
		if err != nil {
			return nil, err
		}
		out = append(append(out, line...), '\n')
	}
	return out, nil
}

// ID names the log: the hash of its first entry.
func (l *Log) ID() Hash { return l.entries[0].Hash }

// Head is the hash of the last entry, which stands for the whole log.
func (l *Log) Head() Hash { return l.entries[len(l.entries)-1].Hash }

// Entries returns the entries of the log, oldest first.
func (l *Log) Entries() []Entry { return slices.Clone(l.entries) }

// Others returns the last entry of every other draw for the movement and leg of a
// record, in order of number. One that was released before is no proof against a
// second roll: whether there is a reason for two is for people to say.
func (l *Log) Others(r *Record) []Entry {
	o := &r.Opening
	draw := o.Hash()
	var others []Entry
	for i := range l.entries {
		e := &l.entries[i]
		if e.Movement != o.Movement || e.Leg != o.Leg || e.Kind == Begun || e.Draw == draw {
			continue
		}
		if n := len(others); n > 0 && others[n-1].Draw == e.Draw {
			others[n-1] = *e
		} else {
			others = append(others, *e)
		}
	}
	return others
}

// last returns the last entry about a movement and leg, nil if there is none.
func (l *Log) last(movement string, leg uint64) *Entry {
	for i := len(l.entries) - 1; i >= 0; i-- {
		if e := &l.entries[i]; e.Movement == movement && e.Leg == leg && e.Kind != Begun {
			return e
		}
	}
	return nil
}

// next returns the number of the next draw for a movement and leg; it is refused
// while one is open.
func (l *Log) next(movement string, leg uint64) (uint64, error) {
	last := l.last(movement, leg)
	if last == nil {
		return 1, nil
	}
	remedy := "release it; there is one draw at a time, and none is rolled again"
	switch last.Kind {
	case Opened:
		remedy = "finish it or abandon it; there is one draw at a time"
	case Committed:
	default:
		return last.Number + 1, nil
	}
	return 0, refused(fmt.Sprintf("%s leg %d", movement, leg), fmt.Sprintf("draw %d is %s and not finished", last.Number, last.Kind), remedy)
}

// follow reports why an entry cannot stand behind the ones there are.
func (l *Log) follow(e *Entry) error {
	if e.Hash != e.hash() {
		return fmt.Errorf("its hash is not that of its content")
	}
	if e.Sequence != uint64(len(l.entries)) {
		return fmt.Errorf("its sequence number is %d, not %d", e.Sequence, len(l.entries))
	}
	if len(l.entries) == 0 {
		if e.Kind != Begun || !e.Previous.IsZero() || !e.Draw.IsZero() || e.Movement != "" || e.Number != 0 || e.Note != "" {
			return fmt.Errorf("a log does not begin like this")
		}
		return nil
	}
	before := &l.entries[len(l.entries)-1]
	if e.Previous != before.Hash {
		return fmt.Errorf("it does not follow the line before it")
	}
	if e.At < before.At {
		return fmt.Errorf("it is of %s, before the line before it", e.At)
	}
	if err := checkText("movement", e.Movement, maxPurpose); err != nil {
		return err
	}
	last := l.last(e.Movement, e.Leg)
	switch e.Kind {
	case Opened:
		want, err := l.next(e.Movement, e.Leg)
		if err != nil {
			return err
		}
		if e.Number != want {
			return fmt.Errorf("draw %d cannot be opened: the next number is %d", e.Number, want)
		}
		if e.Draw != e.Record {
			return fmt.Errorf("it names two openings")
		}
	case Committed, Voided:
		if last == nil || last.Kind != Opened || last.Draw != e.Draw || last.Number != e.Number {
			return fmt.Errorf("%s, but draw %d is not open", e.Kind, e.Number)
		}
	case Released, Stopped:
		if last == nil || last.Kind != Committed || last.Draw != e.Draw || last.Number != e.Number {
			return fmt.Errorf("%s, but draw %d is not committed", e.Kind, e.Number)
		}
	default:
		return fmt.Errorf("there is no entry %q", e.Kind)
	}
	if gaveUp := e.Kind == Voided || e.Kind == Stopped; gaveUp {
		return checkText("reason", e.Note, maxPurpose)
	} else if e.Note != "" {
		return fmt.Errorf("it has a note where none belongs")
	}
	return nil
}

// add appends an entry; sequence, time and hashes are filled in.
func (l *Log) add(e Entry, now time.Time) error {
	if e.Kind == Opened {
		e.Draw = e.Record
	}
	e.Sequence, e.At, e.Previous = uint64(len(l.entries)), At(now), l.Head()
	e.Hash = e.hash()
	if before := l.entries[len(l.entries)-1].At; e.At < before {
		return refused("log", fmt.Sprintf("its last entry is of %s, and the clock says %s", before, e.At), "set the clock")
	}
	if err := l.follow(&e); err != nil {
		return refused("log", err.Error(), "use the log in which the draw was opened, in its latest state")
	}
	l.entries = append(l.entries, e)
	return nil
}

// GiveUp enters that a draw will not be finished, and why. Before the commitment
// that voids it; afterwards it is stopped, which every later draw of the movement
// and leg shows, and which no party countersigns beside without saying so.
func (l *Log) GiveUp(r *Record, reason string, now time.Time) (kind string, err error) {
	o := &r.Opening
	e := Entry{Kind: Voided, Movement: o.Movement, Leg: o.Leg, Number: o.Number, Draw: o.Hash(), Note: reason}
	if last := l.last(o.Movement, o.Leg); last != nil && last.Kind == Committed {
		e.Kind = Stopped
	}
	e.Record = e.Draw
	return e.Kind, l.add(e, now)
}

// Numbering refuses a record that the log does not hold at the place that the
// record names, and returns the draw's entries.
func (l *Log) Numbering(r *Record) ([]Entry, error) {
	o := &r.Opening
	const remedy = "get the log in which the draw was opened, in its latest state"
	if l.ID() != o.Log {
		return nil, refused("log", "it is not the log in which this draw is numbered", remedy)
	}
	draw := o.Hash()
	var entries []Entry
	for i := range l.entries {
		e := &l.entries[i]
		if e.Draw != draw {
			continue
		}
		if e.Kind == Opened && (e.Previous != o.Previous || e.Number != o.Number || e.Movement != o.Movement || e.Leg != o.Leg) {
			return nil, refused("log", "it holds the draw at another place than the record says", remedy)
		}
		if e.Kind == Committed && r.Committed() && e.Record != r.Hash() {
			return nil, refused("log", "it holds another sealed record for this draw", "two records were made of one draw; ask who did")
		}
		if e.Kind == Committed && e.At >= o.Deadline() {
			return nil, refused("log", fmt.Sprintf("the record was entered at %s, not before the deadline %s", e.At, o.Deadline()), "this draw does not count")
		}
		entries = append(entries, *e)
	}
	if len(entries) == 0 {
		return nil, refused("log", fmt.Sprintf("draw %d of %s leg %d is not in it", o.Number, o.Movement, o.Leg), remedy)
	}
	return entries, nil
}
