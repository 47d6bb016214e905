package approval

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/outrider-project/outrider/internal/atomicfile"
)

// Schema is the version of the record; it changes when a field changes its
// meaning or goes away.
const Schema = "outrider.approval/1"

// Limits of a record.
const (
	maxRecord = 64 << 20 // bytes
	maxLine   = 16 << 20 // bytes; a submission holds the findings
)

// A Step is one act on record. What belongs to other actions than its own is
// empty.
type Step struct {
	Schema string    `json:"schema"`
	Number int       `json:"step"` // from 1
	Action Action    `json:"action"`
	State  State     `json:"state"` // after it
	By     string    `json:"by"`    // call sign
	At     time.Time `json:"at"`    // UTC, whole seconds
	Note   string    `json:"note,omitempty"`

	// Of a submission.
	Movement string    `json:"movement,omitempty"` // title
	Author   string    `json:"author,omitempty"`   // call sign of who made the plan
	Basis    *Basis    `json:"basis,omitempty"`
	Residual *Exposure `json:"residual,omitempty"` // what the plan has

	// Of an approval.
	Post  string `json:"post,omitempty"` // one of Posts
	Grant *Grant `json:"grant,omitempty"`

	// Of a check and of a waiver.
	Items   []string `json:"items,omitempty"`
	Verdict Verdict  `json:"verdict,omitempty"` // of a check

	Before string `json:"before"` // SHA-256 of the line before, hex; empty for the first
}

// An Exposure is what remains of exposure in a plan: of all its routes, since the
// column may change over to any of them.
type Exposure struct {
	Band  int     `json:"max_p_band"`   // the greatest of any place, 1 to 5
	Ratio float64 `json:"lambda_ratio"` // the greatest Λ of a route over that of its leg's primary, at least 1, two decimals
}

// A Grant is what an authority allows.
type Grant struct {
	Accepted   Exposure  `json:"accepted"`   // at least what the plan has
	Conditions []string  `json:"conditions"` // at most MaxConditions of MaxCondition characters
	Expires    time.Time `json:"expires"`    // from then on it can neither be released nor started
}

// A Record is the history of one plan: it only grows.
type Record struct {
	path  string
	steps []Step
	lines []byte // as stored
}

func ledger(path string) atomicfile.Ledger {
	return atomicfile.Ledger{Path: path, Entry: "step", MaxBytes: maxRecord, MaxLine: maxLine}
}

// Load reads a record. A file that does not exist is an empty record, whose state
// is Draft. Errors are *atomicfile.LedgerError; a record whose chain of hashes is
// broken is refused.
func Load(path string) (*Record, error) {
	src, err := ledger(path).Read()
	if err != nil {
		return nil, err
	}
	return Parse(path, src)
}

// Parse reads a record from bytes; path names it in errors and is where Add
// writes to. Every step must be written as this program writes it, follow the
// one before by its hash, and be allowed by the rules that need nothing but the
// record.
func Parse(path string, src []byte) (*Record, error) {
	r := &Record{path: path, lines: src}
	before := ""
	err := ledger(path).Parse(src, func(_ int, line []byte) error {
		s, err := parseStep(line)
		if err != nil {
			return err
		}
		if s.Before != before {
			return fmt.Errorf("step %d does not follow the line before it, the hashes differ: the record was changed", s.Number)
		}
		if err := r.admit(&s); err != nil {
			return fmt.Errorf("the step is not allowed: %w", err)
		}
		r.steps = append(r.steps, s)
		before = sealOf(line)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

func parseStep(line []byte) (s Step, err error) {
	if err := atomicfile.DecodeLine(line, &s); err != nil {
		return s, fmt.Errorf("this is no step of an approval: %w", err)
	}
	if s.Schema != Schema {
		return s, fmt.Errorf("schema %q is not %q", clip(s.Schema, 40), Schema)
	}
	return s, atomicfile.Pristine(line, &s)
}

func sealOf(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// Steps returns the history. Read only.
func (r *Record) Steps() []Step { return r.steps }

// State returns how far the plan has come.
func (r *Record) State() State {
	if n := len(r.steps); n > 0 {
		return r.steps[n-1].State
	}
	return Draft
}

// Seal is the SHA-256, in hex, of the last line: whoever notes it down can tell
// later whether steps were cut off or the record was written anew. It is empty
// for an empty record.
func (r *Record) Seal() string {
	lines := bytes.TrimSuffix(r.lines, []byte{'\n'})
	if len(lines) == 0 {
		return ""
	}
	return sealOf(lines[bytes.LastIndexByte(lines, '\n')+1:])
}

// Submission returns the step with which the plan was last submitted, nil in
// Draft.
func (r *Record) Submission() *Step { return r.standing().submission }

// Approval returns the step with which the submitted plan was approved, nil if it
// was not.
func (r *Record) Approval() *Step { return r.standing().approval }

// Add appends the step that an act leads to, and writes the record anew, all or
// nothing. Other processes are waited for, and the act is judged by the record
// as they left it. Errors are those of Next, and *atomicfile.LedgerError.
func (r *Record) Add(a Act, s Situation) (step Step, err error) {
	var now *Record
	err = ledger(r.path).Extend(0o600, func(src []byte) ([]byte, error) {
		if now, err = Parse(r.path, src); err != nil {
			return nil, err
		}
		if step, err = now.Next(a, s); err != nil {
			return nil, err
		}
		return now.append(&step)
	})
	if err != nil {
		return Step{}, err
	}
	r.steps, r.lines = now.steps, now.lines
	return step, nil
}

// append adds a step that Next made and returns its line.
func (r *Record) append(s *Step) ([]byte, error) {
	line, err := atomicfile.EncodeLine(s)
	if err != nil {
		return nil, fmt.Errorf("step %d: %w", s.Number, err)
	}
	if len(line) > maxLine {
		return nil, refused(fmt.Sprintf("the step would have %d bytes, more than %d", len(line), maxLine), "keep the findings of this area in a journal of their own")
	}
	r.steps = append(r.steps, *s)
	r.lines = slices.Concat(r.lines, line)
	return line, nil
}

// standing is what the steps since the last submission come to.
type standing struct {
	submission *Step
	approval   *Step
	release    *Step
	ticks      map[string]tick
	waived     map[string]*Step
}

type tick struct {
	verdict Verdict
	step    *Step
}

func (r *Record) standing() standing {
	var now standing
	for i := range r.steps {
		s := &r.steps[i]
		switch s.Action {
		case Submit:
			now = standing{submission: s, ticks: map[string]tick{}, waived: map[string]*Step{}}
		case Return:
			now = standing{}
		case Approve:
			now.approval = s
		case Release:
			now.release = s
		case Tick:
			for _, item := range s.Items {
				now.ticks[item] = tick{s.Verdict, s}
			}
		case Waive:
			for _, item := range s.Items {
				now.waived[item] = s
			}
		case Start, Close, Cancel:
		}
	}
	return now
}
