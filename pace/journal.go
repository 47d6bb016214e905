package pace

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/internal/callsign"
)

// Limits of the journal.
const (
	maxJournal = 256 << 20 // bytes
	maxLine    = 4 << 20   // bytes: a run of maxDrives stretches
)

// Runs are the timed runs on record: a journal that only grows. The zero value
// is an empty journal without a file.
type Runs struct {
	path  string
	list  []Run  // in the order they were added
	lines []byte // as stored
}

// A JournalError says where a journal cannot be read, or why nothing was added.
type JournalError = atomicfile.LedgerError

func ledger(path string) atomicfile.Ledger {
	return atomicfile.Ledger{Path: path, Entry: "timed run", MaxBytes: maxJournal, MaxLine: maxLine}
}

// LoadRuns reads the journal of timed runs, one run a line in JSON; a file that
// does not exist is an empty journal. Errors are *JournalError.
func LoadRuns(path string) (*Runs, error) {
	src, err := ledger(path).Read()
	if err != nil {
		return nil, err
	}
	return ParseRuns(path, src)
}

// ParseRuns reads a journal from bytes; path names it in errors and is where Add
// writes to.
func ParseRuns(path string, src []byte) (*Runs, error) {
	list, err := atomicfile.Entries(ledger(path), src, atomicfile.Kind[Run]{
		Fault: func(r *Run) error {
			if cause, _ := r.fault(); cause != "" {
				return errors.New(cause)
			}
			return nil
		},
		ID: func(r *Run) *string { return &r.ID }, SetID: (*Run).SetID,
	})
	if err != nil {
		return nil, err
	}
	return &Runs{path: path, lines: src, list: list}, nil
}

// Hash is the SHA-256, in hex, of the journal as stored; empty for an empty one.
func (r *Runs) Hash() string {
	if r == nil || len(r.lines) == 0 {
		return ""
	}
	sum := sha256.Sum256(r.lines)
	return hex.EncodeToString(sum[:])
}

// Len returns how many runs are on record.
func (r *Runs) Len() int {
	if r == nil {
		return 0
	}
	return len(r.list)
}

// List returns the runs in the order they were added. Read only.
func (r *Runs) List() []Run {
	if r == nil {
		return nil
	}
	return r.list
}

// InForce returns the runs that count at a time: those that ended before it, at
// most MaxAge ago. Its Hash is still that of the whole journal; runs cannot be
// added to it.
func (r *Runs) InForce(at time.Time) *Runs {
	now := &Runs{}
	if r == nil {
		return now
	}
	now.lines = r.lines
	for i := range r.list {
		if age := at.Sub(r.list[i].Ended()); age >= 0 && age <= MaxAge {
			now.list = append(now.list, r.list[i])
		}
	}
	return now
}

// Add appends a run and writes the journal anew, all or nothing. Recorded is the
// time of adding; stored is the run as it is on record. added is false, and nothing
// is written, if the run is known: one of the same crew is on record that overlaps
// it in time, since nobody drives two runs at once; stored is then that one.
// Errors are *JournalError.
func (r *Runs) Add(run *Run, recorded time.Time) (stored *Run, added bool, err error) {
	fresh := *run
	fresh.Drives = slices.Clone(run.Drives)
	fresh.Started = fresh.Started.UTC()
	fresh.Recorded = recorded.UTC().Truncate(time.Second)
	fresh.SetID()
	cause, remedy := fresh.fault()
	switch {
	case r.path == "":
		cause, remedy = "this journal has no file", "load one"
	case cause == "" && fresh.Ended().After(recorded.Add(24*time.Hour)): // a day's grace for clocks that are wrong
		cause, remedy = fmt.Sprintf("the run ended at %s, which is in the future", fresh.Ended().Format(time.RFC3339)), "see that the track's times are right"
	}
	if cause != "" {
		return nil, false, &JournalError{Path: r.path, Cause: cause, Remedy: remedy}
	}
	var grown *Runs
	stored, added = &fresh, true
	err = ledger(r.path).Extend(0o600, func(src []byte) ([]byte, error) {
		now, err := ParseRuns(r.path, src)
		if err != nil {
			return nil, err
		}
		grown = now
		for i := range now.list {
			old := &now.list[i]
			if callsign.Same(old.By, fresh.By) && old.Started.Before(fresh.Ended()) && fresh.Started.Before(old.Ended()) {
				stored, added = old, false
				return nil, nil
			}
		}
		line, err := atomicfile.EncodeLine(&fresh)
		if err != nil {
			return nil, fmt.Errorf("timed run %s: %w", fresh.ID, err)
		}
		if len(line) > maxLine {
			return nil, &JournalError{Path: r.path, Cause: fmt.Sprintf("the run has %d bytes, more than %d", len(line), maxLine), Remedy: "cut the track at a halt"}
		}
		now.list, now.lines = append(now.list, fresh), slices.Concat(src, line)
		return line, nil
	})
	if err != nil {
		return nil, false, err
	}
	r.list, r.lines = grown.list, grown.lines
	return stored, added, nil
}
