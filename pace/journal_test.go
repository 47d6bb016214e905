package pace

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outrider-project/outrider/internal/atomicfile"
)

// goodRun is a run that can be stored.
func goodRun() *Run {
	return &Run{By: "R2", Started: monday.Add(8 * time.Hour), Drives: []Drive{
		{Way: 10, From: 1, To: 2, After: 3.5, Seconds: 20.25, Metres: 250},
		{Way: 10, From: 2, To: 3, After: 23.75, Seconds: 60, Metres: 900.125},
	}}
}

func load(t *testing.T, path string) *Runs {
	t.Helper()
	r, err := LoadRuns(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestJournalKeepsRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.jsonl")
	r := load(t, path)
	if r.Len() != 0 || r.Hash() != "" || len(r.List()) != 0 {
		t.Errorf("an empty journal has %d runs and the hash %q", r.Len(), r.Hash())
	}
	now := monday.Add(12 * time.Hour)
	stored, added, err := r.Add(goodRun(), now)
	if err != nil || !added || !strings.HasPrefix(stored.ID, "t") || !stored.Recorded.Equal(now) {
		t.Fatalf("%+v, %v, %v", stored, added, err)
	}
	first := r.Hash()
	// The same again, the same drive cut differently, and by a crew that writes its
	// call sign otherwise: known.
	for _, again := range []func(*Run){func(*Run) {}, func(r *Run) { r.Drives = r.Drives[1:] }, func(r *Run) { r.By = "R-2" }} {
		run := goodRun()
		again(run)
		old, added, err := r.Add(run, now.Add(time.Hour))
		if err != nil || added || old.ID != stored.ID || r.Len() != 1 || r.Hash() != first {
			t.Errorf("%+v, %v, %v; %d runs", old, added, err, r.Len())
		}
	}
	// Another crew at the same time, and the same crew later, are others.
	other, later := goodRun(), goodRun()
	other.By = "R3"
	later.Started = later.Ended().Add(time.Second).Truncate(time.Second)
	for i, run := range []*Run{other, later} {
		if _, added, err := r.Add(run, now); err != nil || !added || r.Len() != i+2 {
			t.Errorf("%v, %v; %d runs", added, err, r.Len())
		}
	}
	again := load(t, path)
	if again.Hash() != r.Hash() || !slices.EqualFunc(again.List(), r.List(), func(a, b Run) bool {
		return a.ID == b.ID && a.By == b.By && a.Started.Equal(b.Started) && a.Recorded.Equal(b.Recorded) && slices.Equal(a.Drives, b.Drives)
	}) {
		t.Error("the journal read again differs")
	}
	if again.Hash() == first {
		t.Error("the hash does not depend on the runs")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read the journal: %v, %v", info.Mode(), err)
	}
}

func TestRunsGrowOld(t *testing.T) {
	run := goodRun()
	r := &Runs{list: []Run{*run}, lines: []byte("x")}
	for _, test := range []struct {
		at   time.Time
		want int
	}{
		{run.Ended().Add(-time.Second), 0}, {run.Ended(), 1}, {run.Ended().Add(MaxAge), 1}, {run.Ended().Add(MaxAge + time.Second), 0},
	} {
		if in := r.InForce(test.at); in.Len() != test.want || in.Hash() != r.Hash() {
			t.Errorf("at %v %d runs count", test.at, in.Len())
		}
	}
	var none *Runs
	if none.InForce(monday).Len() != 0 || none.Hash() != "" || none.List() != nil {
		t.Error("no runs are some")
	}
	if _, _, err := r.InForce(monday.Add(MaxAge)).Add(run, monday.Add(MaxAge)); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Errorf("got %v", err)
	}
}

func TestBadRunsAreRefused(t *testing.T) {
	r := load(t, filepath.Join(t.TempDir(), "runs.jsonl"))
	tests := map[string]func(*Run){
		`"Smith" is no call sign`:            func(r *Run) { r.By = "Smith" },
		"is in the future":                   func(r *Run) { r.Started = r.Started.Add(48 * time.Hour) },
		"whole seconds":                      func(r *Run) { r.Started = r.Started.Add(time.Millisecond) },
		"from 1970":                          func(r *Run) { r.Started = time.Time{} },
		"holds no stretch":                   func(r *Run) { r.Drives = nil },
		"more than 20000":                    func(r *Run) { r.Drives = make([]Drive, maxDrives+1) },
		"stretch 2 took 0 s":                 func(r *Run) { r.Drives[1].Seconds = 0 },
		"stretch 1 is -1 m long":             func(r *Run) { r.Drives[0].Metres = -1 },
		"driven at 900 km/h":                 func(r *Run) { r.Drives[0].Seconds = 1 },
		"stretch 1 ends where it begins":     func(r *Run) { r.Drives[0].To = 1 },
		"stretch 2 begins 20 s into the run": func(r *Run) { r.Drives[1].After = 20 },
		"begins 1e+06 s into the run":        func(r *Run) { r.Drives[1].After = 1e6 },
	}
	for says, spoil := range tests {
		run := goodRun()
		spoil(run)
		if _, added, err := r.Add(run, monday.Add(12*time.Hour)); err == nil || added || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
	if r.Len() != 0 {
		t.Errorf("%d runs were added", r.Len())
	}
	if _, err := os.Stat(r.path); err == nil {
		t.Error("the journal was written")
	}
}

func TestJournalNeedsItsFolder(t *testing.T) {
	r := load(t, filepath.Join(t.TempDir(), "no", "runs.jsonl"))
	if _, _, err := r.Add(goodRun(), monday.Add(12*time.Hour)); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("got %v", err)
	}
	if _, err := LoadRuns(t.TempDir()); err == nil {
		t.Error("a folder was read as a journal")
	}
}

// Several processes that add at once lose nothing.
func TestAddsAtTheSameTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.jsonl")
	var wait sync.WaitGroup
	for i := range 8 {
		run := goodRun()
		run.Started = run.Started.Add(time.Duration(i) * time.Hour)
		wait.Go(func() {
			r, err := LoadRuns(path)
			if err != nil {
				t.Error(err)
				return
			}
			if _, added, err := r.Add(run, monday.Add(24*time.Hour)); err != nil || !added {
				t.Error(added, err)
			}
		})
	}
	wait.Wait()
	if r := load(t, path); r.Len() != 8 {
		t.Errorf("%d runs", r.Len())
	}
}

func TestDamagedJournalsAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.jsonl")
	r := load(t, path)
	other := goodRun()
	other.By = "SIERRA 4"
	for _, run := range []*Run{goodRun(), other} {
		if _, _, err := r.Add(run, monday.Add(12*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(src)
	first := text[:strings.IndexByte(text, '\n')+1]
	tests := map[string]string{
		"runs.jsonl:2: the last line has no end":          text[:len(text)-1],
		"runs.jsonl:1: the id does not belong":            strings.Replace(text, `"took_s":60`, `"took_s":61`, 1),
		"runs.jsonl:2: timed run t":                       first + first,
		"runs.jsonl:1: this is no timed run":              "nonsense\n",
		"runs.jsonl:1: this is no timed run: json: unkno": strings.Replace(text, `"by"`, `"driver":"x","by"`, 1),
		`runs.jsonl:1: "Smith" is no call sign`:           strings.Replace(text, `"R2"`, `"Smith"`, 1),
		"runs.jsonl:1: the line is not as it was":         strings.Replace(text, `{"id"`, `{ "id"`, 1),
		"timed runs are never edited by hand":             text + "\n",
		"is not valid UTF-8":                              strings.Replace(text, "R2", "\xff", 1),
	}
	for says, src := range tests {
		if _, err := ParseRuns("runs.jsonl", []byte(src)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

// FuzzParseRuns: whatever is in the file, nothing panics, and what is read can be
// put on a map and computed with.
func FuzzParseRuns(f *testing.F) {
	m := line(rand.New(rand.NewPCG(9, 9)), 6)
	for _, run := range someRuns(rand.New(rand.NewPCG(8, 8)), m, 2) {
		f.Add(lineOf(f, &run))
	}
	f.Add(lineOf(f, goodRun()))
	f.Add([]byte(`{"id":"t","by":"R1","started":"2026-11-23T09:00:00Z","drives":[]}` + "\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := ParseRuns("runs.jsonl", src)
		if err != nil {
			// Ids are not guessed: see what becomes of the content with the right one.
			var run Run
			line, _, _ := bytes.Cut(src, []byte{'\n'})
			if atomicfile.DecodeLine(line, &run) != nil {
				return
			}
			run.SetID()
			if cause, _ := run.fault(); cause != "" {
				return
			}
			r = &Runs{list: []Run{run}}
		}
		p := New(m, nil, r, nil)
		for _, x := range p.Timed() {
			if !(x.Median > 0 && x.Lower <= x.Median && x.Median <= x.Upper && x.FreeFlow > 0) {
				t.Fatalf("%+v", x)
			}
		}
	})
}

func lineOf(tb testing.TB, r *Run) []byte {
	r.SetID()
	path := filepath.Join(tb.TempDir(), "runs.jsonl")
	runs, err := LoadRuns(path)
	if err != nil {
		tb.Fatal(err)
	}
	if _, _, err := runs.Add(r, monday.Add(24*time.Hour)); err != nil {
		tb.Fatal(err)
	}
	return runs.lines
}
