package hazard

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"
	"unicode/utf8"

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

// A JournalError says where a journal cannot be read.
type JournalError struct {
	Path   string
	Line   int // from 1; 0 for the whole file
	Cause  string
	Remedy string
	Err    error // what the file system refused, if it was that
}

// Unwrap returns what the file system refused; nil if the content is at fault.
func (e *JournalError) Unwrap() error { return e.Err }

// Error gives place, cause and remedy in one line.
func (e *JournalError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %s; %s", e.Path, e.Line, e.Cause, e.Remedy)
	}
	return fmt.Sprintf("%s: %s; %s", e.Path, e.Cause, e.Remedy)
}

// LoadJournal reads a journal, one finding a line in JSON. A file that does not
// exist is an empty journal. Errors are *JournalError.
func LoadJournal(path string) (*Journal, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Journal{path: path}, nil
	}
	if err != nil {
		return nil, &JournalError{Path: path, Cause: err.Error(), Remedy: "see that the file can be read", Err: err}
	}
	defer f.Close() //nolint:errcheck // opened for reading
	src, err := io.ReadAll(io.LimitReader(f, maxJournal+1))
	if err != nil {
		return nil, &JournalError{Path: path, Cause: err.Error(), Remedy: "see that the file can be read", Err: err}
	}
	return ParseJournal(path, src)
}

// ParseJournal reads a journal from bytes; path names it in errors and is where
// Add writes to.
func ParseJournal(path string, src []byte) (*Journal, error) {
	if len(src) > maxJournal {
		return nil, &JournalError{Path: path, Cause: fmt.Sprintf("the journal has more than %d bytes", maxJournal), Remedy: "begin a new one"}
	}
	j := &Journal{path: path, lines: src}
	seen := make(map[string]int)
	for n := 1; len(src) > 0; n++ {
		refuse := func(cause string) error {
			return &JournalError{Path: path, Line: n, Cause: cause, Remedy: "restore the file from a copy, or move it away and begin a new one; findings are never edited by hand"}
		}
		line, rest, ended := bytes.Cut(src, []byte{'\n'})
		if !ended {
			return nil, refuse("the last line has no end: the file is cut off")
		}
		src = rest
		f, err := parseLine(line)
		if err != nil {
			return nil, refuse(err.Error())
		}
		if first, twice := seen[f.ID]; twice {
			return nil, refuse(fmt.Sprintf("finding %s is there twice, first on line %d", f.ID, first))
		}
		seen[f.ID] = n
		j.findings = append(j.findings, f)
	}
	return j, nil
}

// parseLine reads one finding and checks all that must hold of a stored one.
func parseLine(line []byte) (f Finding, err error) {
	if len(line) > maxLine {
		return f, fmt.Errorf("the line has %d bytes, more than %d", len(line), maxLine)
	}
	if !utf8.Valid(line) {
		return f, errors.New("the line is not valid UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return f, fmt.Errorf("this is no finding: %w", err)
	}
	if faults := f.Faults(); len(faults) > 0 {
		return f, fmt.Errorf("%s: %s", faults[0].Column, faults[0].Cause)
	}
	canonical, err := marshalLine(&f)
	if err != nil {
		return f, err
	}
	if !bytes.Equal(bytes.TrimSuffix(canonical, []byte{'\n'}), line) {
		return f, errors.New("the line is not as it was written")
	}
	id := f.ID
	f.SetID()
	if f.ID != id {
		return f, errors.New("the id does not belong to the content: the line was changed")
	}
	return f, nil
}

func marshalLine(f *Finding) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		return nil, fmt.Errorf("finding %s: %w", f.ID, err)
	}
	return b.Bytes(), nil
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
	unlock, err := lock(j.path)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, unlock()) }()

	now, err := LoadJournal(j.path)
	if err != nil {
		return result, err
	}
	before := len(now.Current())
	known := make(map[string]bool, len(now.findings))
	for i := range now.findings {
		known[now.findings[i].ID] = true
	}
	for _, f := range fresh {
		if known[f.ID] {
			result.Known = append(result.Known, f)
			continue
		}
		known[f.ID] = true
		line, err := marshalLine(&f)
		if err != nil {
			return Added{}, err
		}
		now.lines = append(now.lines, line...)
		now.findings = append(now.findings, f)
		result.New = append(result.New, f)
	}
	if len(result.New) > 0 {
		err := atomicfile.Write(j.path, 0o600, func(w io.Writer) error {
			_, err := w.Write(now.lines)
			return err
		})
		if err != nil {
			return Added{}, &JournalError{Path: j.path, Cause: err.Error(), Remedy: "see that the folder is there and can be written to; nothing was added", Err: err}
		}
	}
	result.Superseded = before + len(result.New) - len(now.Current())
	j.findings, j.lines = now.findings, now.lines
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

// InForce returns the current findings that by a time have neither expired nor
// are closures that are over.
func (j *Journal) InForce(at time.Time) []Finding {
	return slices.DeleteFunc(j.Current(), func(f Finding) bool { return f.Lapsed(at) || f.Over(at) })
}
