package hazard

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/atomicfile"
)

// Limits of a journal. A place is the same for two findings of a kind if they
// are at most samePlace metres apart on one OSM way, or sameSpot on any.
const (
	maxJournal = 256 << 20 // bytes
	maxLine    = 4 << 10   // bytes
	samePlace  = 20.0
	sameSpot   = 5.0
)

// A Journal is the history of findings: it only grows. A finding is superseded
// by a later one of the same kind at the same place, and expires; it stays in
// the journal.
type Journal struct {
	path     string
	findings []Finding // in the order they were added
	lines    []byte    // as stored
}

// A JournalError says where a journal cannot be read, or why nothing was added.
type JournalError = atomicfile.LedgerError

func ledger(path string) atomicfile.Ledger {
	return atomicfile.Ledger{Path: path, Entry: "finding", MaxBytes: maxJournal, MaxLine: maxLine}
}

// LoadJournal reads a journal, one finding a line in JSON. A file that does not
// exist is an empty journal. Errors are *JournalError.
func LoadJournal(path string) (*Journal, error) {
	src, err := ledger(path).Read()
	if err != nil {
		return nil, err
	}
	return ParseJournal(path, src)
}

// ParseJournal reads a journal from bytes; path names it in errors and is where
// Add writes to.
func ParseJournal(path string, src []byte) (*Journal, error) {
	findings, err := atomicfile.Entries(ledger(path), src, atomicfile.Kind[Finding]{
		Fault: func(f *Finding) error {
			if faults := f.Faults(); len(faults) > 0 {
				return fmt.Errorf("%s: %s", faults[0].Column, faults[0].Cause)
			}
			return nil
		},
		ID: func(f *Finding) *string { return &f.ID }, SetID: (*Finding).SetID,
	})
	if err != nil {
		return nil, err
	}
	return &Journal{path: path, lines: src, findings: findings}, nil
}

// Findings returns the whole history, in the order it was added. Read only.
func (j *Journal) Findings() []Finding { return j.findings }

// Hash is the SHA-256, in hex, of the journal as stored.
func (j *Journal) Hash() string {
	sum := sha256.Sum256(j.lines)
	return hex.EncodeToString(sum[:])
}

// An Added says what became of a batch.
type Added struct {
	New        []Finding // as stored, with ids
	Known      []Finding // on record already, not stored again
	Superseded int       // findings that no longer stand because of the new ones
}

// Add appends findings that were put on the network and writes the journal
// anew, all or nothing: a process killed meanwhile leaves the journal as it was.
// Other processes that add at the same time are waited for, and what they added
// is kept. Recorded is the time of adding.
func (j *Journal) Add(batch []Placed, recorded time.Time) (result Added, err error) {
	today := DayOf(recorded)
	fresh := make([]Finding, 0, len(batch))
	for i, p := range batch {
		p.Move()
		f := p.Finding
		f.Recorded = recorded.UTC().Truncate(time.Second)
		f.From, f.To = utc(f.From), utc(f.To)
		f.SetID()
		if faults := f.Faults(); len(faults) > 0 {
			return result, &JournalError{Path: j.path, Cause: fmt.Sprintf("finding %d: %s: %s", i+1, faults[0].Column, faults[0].Cause), Remedy: faults[0].Remedy}
		}
		if f.Date > today+1 { // a day's grace for zones ahead of UTC
			return result, &JournalError{Path: j.path, Cause: fmt.Sprintf("finding %d: date: %s is in the future", i+1, f.Date), Remedy: "give the day of the survey"}
		}
		fresh = append(fresh, f)
	}
	var grown Journal
	err = ledger(j.path).Extend(0o600, func(src []byte) ([]byte, error) {
		result = Added{}
		now, err := ParseJournal(j.path, src)
		if err != nil {
			return nil, err
		}
		before := len(now.Current())
		known := make(map[string]bool, len(now.findings))
		for i := range now.findings {
			known[now.findings[i].ID] = true
		}
		var lines []byte
		for _, f := range fresh {
			if known[f.ID] {
				result.Known = append(result.Known, f)
				continue
			}
			known[f.ID] = true
			line, err := atomicfile.EncodeLine(&f)
			if err != nil {
				return nil, fmt.Errorf("finding %s: %w", f.ID, err)
			}
			lines = append(lines, line...)
			now.findings = append(now.findings, f)
			result.New = append(result.New, f)
		}
		result.Superseded = before + len(result.New) - len(now.Current())
		grown.findings, grown.lines = now.findings, slices.Concat(src, lines)
		return lines, nil
	})
	if err != nil {
		return Added{}, err
	}
	j.findings, j.lines = grown.findings, grown.lines
	return result, nil
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}

// Current returns the findings that no later one supersedes, expired ones too,
// in the order they were added. Later is the one with the later date; on one
// day, the one added later.
func (j *Journal) Current() []Finding {
	order := make([]int, len(j.findings))
	for i := range order {
		order[i] = i
	}
	// From the latest on: a finding stands unless one that stands already is of
	// its kind and at its place.
	slices.SortStableFunc(order, func(a, b int) int {
		if d := int(j.findings[b].Date) - int(j.findings[a].Date); d != 0 {
			return d
		}
		return b - a
	})
	boxes := make([]geo.Box, len(order))
	for i := range j.findings {
		p := j.findings[i].Point()
		boxes[i] = geo.Box{Min: p, Max: p}
	}
	index := geo.BuildIndex(boxes)
	out := make([]bool, len(order))
	for _, i := range order {
		if out[i] {
			continue
		}
		index.Search(geo.BoxAround(j.findings[i].Point(), samePlace+1), func(ref uint32) bool {
			if int(ref) != i && samePlaceAndKind(&j.findings[i], &j.findings[ref]) {
				out[ref] = true
			}
			return true
		})
	}
	var all []Finding
	for i := range j.findings {
		if !out[i] {
			all = append(all, j.findings[i])
		}
	}
	return all
}

func samePlaceAndKind(a, b *Finding) bool {
	if a.Kind != b.Kind {
		return false
	}
	limit := sameSpot
	if a.Way == b.Way && a.Way != 0 {
		limit = samePlace
	}
	// Closures by different events at one place stand side by side.
	if a.Kind == ClosedByEvent && (!a.From.Before(b.To) || !b.From.Before(a.To)) {
		return false
	}
	return geo.Distance(a.Point(), b.Point()) <= limit
}
