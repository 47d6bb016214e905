package hazard_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
)

func good() hazard.Finding {
	return hazard.Finding{
		Kind: hazard.Overlook, Rating: 3, Lat: 39, Lon: -75, Note: "embankment on the north side", Surveyor: "R2",
		Date: day("2026-11-01"), Expiry: day("2026-12-01"),
	}
}

func day(s string) hazard.Day {
	d, err := hazard.ParseDay(s)
	if err != nil {
		panic(err)
	}
	return d
}

func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestFaultsOfFindings(t *testing.T) {
	if f := good(); f.Faults() != nil {
		t.Fatalf("a good finding is refused: %v", f.Faults())
	}
	tests := []struct {
		name   string
		change func(*hazard.Finding)
		column string
	}{
		{"kind", func(f *hazard.Finding) { f.Kind = hazard.Unsurveyed }, "kind"},
		{"rating", func(f *hazard.Finding) { f.Rating = 5 }, "rating"},
		{"latitude", func(f *hazard.Finding) { f.Lat = 91 }, "lat"},
		{"longitude", func(f *hazard.Finding) { f.Lon = -181 }, "lon"},
		{"name for a call sign", func(f *hazard.Finding) { f.Surveyor = "Smith" }, "surveyor"},
		{"no number in the call sign", func(f *hazard.Finding) { f.Surveyor = "SIERRA" }, "surveyor"},
		{"expiry before date", func(f *hazard.Finding) { f.Expiry = f.Date - 1 }, "expiry"},
		{"expiry far off", func(f *hazard.Finding) { f.Expiry = f.Date + 367 }, "expiry"},
		{"times without closure", func(f *hazard.Finding) { f.From = moment("2026-11-01T00:00:00Z") }, "from"},
		{"event without times", func(f *hazard.Finding) { f.Kind = hazard.ClosedByEvent }, "from"},
		{"half a span", func(f *hazard.Finding) { f.Kind = hazard.Closed; f.To = moment("2026-11-01T00:00:00Z") }, "from"},
		{"span backwards", func(f *hazard.Finding) {
			f.Kind, f.From, f.To = hazard.Closed, moment("2026-11-02T00:00:00Z"), moment("2026-11-01T00:00:00Z")
		}, "to"},
		{"expiry before the end of the closure", func(f *hazard.Finding) {
			f.Kind, f.From, f.To = hazard.Closed, moment("2026-11-02T00:00:00Z"), moment("2026-12-02T00:00:00Z")
		}, "expiry"},
		{"long note", func(f *hazard.Finding) { f.Note = strings.Repeat("é", 201) }, "note"},
		{"line break", func(f *hazard.Finding) { f.Note = "a\nb" }, "note"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := good()
			tt.change(&f)
			faults := f.Faults()
			if len(faults) != 1 || faults[0].Column != tt.column || faults[0].Cause == "" || faults[0].Remedy == "" {
				t.Errorf("got %+v", faults)
			}
		})
	}
}

func TestNotesAreAboutPlaces(t *testing.T) {
	refused := []string{
		"call 0171 2345678", "+49 (0)30 123456", "302-555-0142", "ask j.doe@example.org", "see https://example.org", "www.example.org",
		"van AB12 CDE parked", "car B-XY 1234", "ABC 1234", "AB-123-CD", "plate 7ABC123",
	}
	for _, note := range refused {
		f := good()
		f.Note = note
		if faults := f.Faults(); len(faults) != 1 || faults[0].Column != "note" {
			t.Errorf("%q: got %v", note, faults)
		}
	}
	taken := []string{
		"", "US 13 meets DE 1; clearance 4.2 m", "I-95 exit 4A", "A 100", "B 96a", "since 2026-10-30, 12:30 to 14:00",
		"wall 12 m long, 3 m high, 50 m from the bridge", "lanes 2 + 2, width 3.25 m", "Brücke, Geländer 1,1 m", "rails 1435 mm", "L1014 km 23.4", "DE 299 at 0.5 km",
	}
	for _, note := range taken {
		f := good()
		f.Note = note
		if faults := f.Faults(); faults != nil {
			t.Errorf("%q: got %v", note, faults)
		}
	}
}

func TestDays(t *testing.T) {
	d := day("2026-11-23")
	if d.String() != "2026-11-23" || hazard.DayOf(d.Time()) != d || hazard.DayOf(d.Time().Add(24*time.Hour-1)) != d {
		t.Errorf("got %v", d)
	}
	if hazard.DayOf(moment("2026-11-23T00:30:00+02:00")) != d-1 {
		t.Error("days are those of UTC")
	}
	for _, s := range []string{"", "23.11.2026", "11/23/2026", "2026-02-30", "1969-12-31", "2026-11-23T00:00"} {
		if _, err := hazard.ParseDay(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}

// onLine gives a finding at a position of chain 1 of the line network.
func onLine(t *testing.T, m *network.Map, f hazard.Finding, at network.Millimetres) hazard.Placed {
	t.Helper()
	f.Lat, f.Lon = m.PointAt(1, at).Degrees()
	placed, refused := hazard.Snap(m, []hazard.Finding{f}, f.Date.Time())
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	return placed[0]
}

func TestSnap(t *testing.T) {
	n := new(net)
	a, b := n.node(39, -75), n.node(39, -74.99)
	c, d := n.node(39.0002, -75), n.node(39.0002, -74.99) // 22 m north
	n.road(a, b)
	n.road(c, d)
	m := n.network()
	f := good()
	f.Lat, f.Lon = 39.00009, -74.995 // nearer to the first
	placed, refused := hazard.Snap(m, []hazard.Finding{f}, f.Date.Time())
	if len(refused) != 0 || placed[0].Location.Chain != 0 || placed[0].Finding.Way != 1000 || placed[0].Lapsed {
		t.Fatalf("got %+v, %v", placed, refused)
	}
	if want := m.Length[0].Metres() / 2; placed[0].Finding.Offset < want-0.2 || placed[0].Finding.Offset > want+0.2 {
		t.Errorf("offset %v, want %v", placed[0].Finding.Offset, want)
	}
	if p := &placed[0]; p.Finding.Lat != f.Lat {
		t.Error("the place moved before it was stored")
	} else if p.Move(); geo.Distance(p.Finding.Point(), p.Location.Point) > 0.02 {
		t.Error("the place is not on the carriageway")
	}
	f.Way = 1001 // it was surveyed on the other
	placed, _ = hazard.Snap(m, []hazard.Finding{f}, (f.Expiry + 1).Time())
	if placed[0].Location.Chain != 1 || !placed[0].Lapsed {
		t.Errorf("got %+v", placed[0])
	}
	far := good()
	far.Lat = 39.01
	placed, refused = hazard.Snap(m, []hazard.Finding{f, far}, f.Date.Time())
	if len(placed) != 1 || len(refused) != 1 || refused[0].Index != 1 || !strings.Contains(refused[0].Cause, "m from the nearest road, more than 50 m") {
		t.Errorf("got %v, %v", placed, refused)
	}
}

func TestJournalKeepsAHistory(t *testing.T) {
	m := line().network()
	path := filepath.Join(t.TempDir(), "findings.jsonl")
	j, err := hazard.LoadJournal(path)
	if err != nil || len(j.Findings()) != 0 {
		t.Fatalf("no file: %v, %v", j, err)
	}
	empty := j.Hash()
	first := good()
	at := func(days int) time.Time { return (first.Date + hazard.Day(days)).Time() }
	added, err := j.Add([]hazard.Placed{onLine(t, m, first, 200_000)}, at(1))
	if err != nil || len(added.New) != 1 || added.New[0].ID == "" {
		t.Fatalf("got %+v, %v", added, err)
	}
	again, err := j.Add([]hazard.Placed{onLine(t, m, first, 200_000)}, at(2))
	if err != nil || len(again.New) != 0 || len(again.Known) != 1 {
		t.Fatalf("the same again: %+v, %v", again, err)
	}
	other := first
	other.Kind = hazard.Flood
	later := first
	later.Date, later.Expiry, later.Rating = first.Date+5, first.Date+10, 1
	added, err = j.Add([]hazard.Placed{onLine(t, m, other, 200_000), onLine(t, m, later, 212_000), onLine(t, m, first, 300_000)}, at(6))
	if err != nil || len(added.New) != 3 || added.Superseded != 1 {
		t.Fatalf("got %+v, %v", added, err)
	}
	stale := first // came late: older than what is on record
	stale.Date, stale.Rating = first.Date-3, 4
	if added, err = j.Add([]hazard.Placed{onLine(t, m, stale, 205_000)}, at(7)); err != nil || added.Superseded != 1 {
		t.Fatalf("late: %+v, %v", added, err)
	}

	read, err := hazard.LoadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read.Findings(), j.Findings()) || read.Hash() != j.Hash() || j.Hash() == empty {
		t.Error("what was read is not what was added")
	}
	if len(read.Findings()) != 5 || len(read.Current()) != 3 {
		t.Errorf("%d findings, %d current", len(read.Findings()), len(read.Current()))
	}
	// Expired: the later finding, which superseded the first, is over on day 11.
	if got := len(inForce(read, at(10))); got != 3 {
		t.Errorf("%d in force on day 10", got)
	}
	if got := len(inForce(read, at(11))); got != 2 {
		t.Errorf("%d in force on day 11", got)
	}
	placed, _ := hazard.Snap(m, read.Current(), at(11))
	lapsed := 0
	for _, p := range placed {
		if p.Lapsed {
			lapsed++
		}
	}
	if lapsed != 1 {
		t.Errorf("%d lapsed", lapsed)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestWhatSupersedesWhat(t *testing.T) {
	n := new(net)
	// Two carriageways 11 m apart, as of a dual carriageway.
	n.road(n.node(39, -75), n.node(39, -74.99))
	n.road(n.node(39.0001, -75), n.node(39.0001, -74.99))
	m := n.network()
	event := func(f hazard.Finding, from, to string) hazard.Finding {
		f.Kind, f.From, f.To = hazard.ClosedByEvent, moment(from), moment(to)
		return f
	}
	place := func(f hazard.Finding, lat, lon float64) hazard.Finding {
		f.Lat, f.Lon = lat, lon
		return f
	}
	first := place(good(), 39, -74.995)
	better, otherKind := first, first
	better.Rating = 1
	otherKind.Kind = hazard.Flood
	morning := event(first, "2026-11-10T08:00:00Z", "2026-11-10T10:00:00Z")
	tests := []struct {
		name          string
		first, second hazard.Finding
		current       int
	}{
		{"same day: the one added later", first, better, 1},
		{"other kind", first, otherKind, 2},
		{"17 m on, same way", first, place(better, 39, -74.9948), 1},
		{"26 m on, same way", first, place(better, 39, -74.9947), 2},
		{"other carriageway", first, place(better, 39.0001, -74.995), 2},
		{"events one after the other", morning, event(first, "2026-11-10T10:00:00Z", "2026-11-10T12:00:00Z"), 2},
		{"event moved", morning, event(first, "2026-11-10T09:00:00Z", "2026-11-10T12:00:00Z"), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, err := hazard.LoadJournal(filepath.Join(t.TempDir(), "f.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			placed, _ := hazard.Snap(m, []hazard.Finding{tt.first, tt.second}, tt.first.Date.Time())
			if _, err := j.Add(placed, tt.first.Date.Time()); err != nil {
				t.Fatal(err)
			}
			current := j.Current()
			if len(current) != tt.current {
				t.Fatalf("%d current, want %d: %+v", len(current), tt.current, current)
			}
			if last := current[len(current)-1]; last.Rating != tt.second.Rating || !last.From.Equal(tt.second.From) {
				t.Errorf("the first stands: %+v", last)
			}
		})
	}
}

func TestJournalRefusesTheFuture(t *testing.T) {
	m := line().network()
	path := filepath.Join(t.TempDir(), "findings.jsonl")
	j, err := hazard.LoadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	f := good()
	if _, err := j.Add([]hazard.Placed{onLine(t, m, f, 1000)}, (f.Date - 2).Time()); err == nil || !strings.Contains(err.Error(), "in the future") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the journal was written")
	}
}

func TestJournalNeedsItsFolder(t *testing.T) {
	j, err := hazard.LoadJournal(filepath.Join(t.TempDir(), "no", "findings.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	m := line().network()
	if _, err := j.Add([]hazard.Placed{onLine(t, m, good(), 1000)}, good().Date.Time()); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("got %v", err)
	}
	if _, err := hazard.LoadJournal(t.TempDir()); err == nil {
		t.Error("a folder was read as a journal")
	}
}

// Several processes that add at once lose nothing.
func TestAddsAtTheSameTime(t *testing.T) {
	m := line().network()
	path := filepath.Join(t.TempDir(), "findings.jsonl")
	var wait sync.WaitGroup
	for i := range 8 {
		p := onLine(t, m, good(), network.Millimetres(40_000*i))
		wait.Go(func() {
			j, err := hazard.LoadJournal(path)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := j.Add([]hazard.Placed{p}, good().Date.Time()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	j, err := hazard.LoadJournal(path)
	if err != nil || len(j.Findings()) != 8 {
		t.Errorf("%d findings, %v", len(j.Findings()), err)
	}
}

func TestDamagedJournalsAreRefused(t *testing.T) {
	m := line().network()
	path := filepath.Join(t.TempDir(), "findings.jsonl")
	j, err := hazard.LoadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Add([]hazard.Placed{onLine(t, m, good(), 1000), onLine(t, m, good(), 90_000)}, good().Date.Time()); err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(src)
	first := text[:strings.IndexByte(text, '\n')+1]
	tests := map[string]string{
		"findings.jsonl:2: the last line has no end":       text[:len(text)-1],
		"findings.jsonl:1: the id does not belong":         strings.Replace(text, `"rating":3`, `"rating":1`, 1),
		"findings.jsonl:2: finding f":                      first + first,
		"findings.jsonl:1: this is no finding":             "nonsense\n",
		"findings.jsonl:1: this is no finding: json: unkn": strings.Replace(text, `"rating"`, `"person":"x","rating"`, 1),
		"findings.jsonl:1: surveyor":                       strings.Replace(text, `"surveyor":"R2"`, `"surveyor":"Smith"`, 1),
		"findings.jsonl:1: the line is not as it was":      strings.Replace(text, `{"id"`, `{ "id"`, 1),
		"findings.jsonl:3: this is no finding":             text + "\n",
		"is not valid UTF-8":                               strings.Replace(text, "embankment", "\xff", 1),
		"more than 4096":                                   first + strings.Repeat("x", 5000) + "\n",
		"no kind of finding":                               strings.Replace(text, "overlook", "unsurveyed", 1),
	}
	for says, src := range tests {
		if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := hazard.LoadJournal(path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

func TestClosures(t *testing.T) {
	m := line().network()
	closed, event, cleared := good(), good(), good()
	closed.Kind, event.Kind, cleared.Kind = hazard.Closed, hazard.ClosedByEvent, hazard.Closed
	cleared.Rating = 0
	event.From, event.To = moment("2026-11-10T08:00:00Z"), moment("2026-11-10T12:00:00Z")
	placed := []hazard.Placed{
		onLine(t, m, event, 300_000), onLine(t, m, closed, 100_000), onLine(t, m, cleared, 200_000), onLine(t, m, good(), 250_000),
	}
	count := func(from, to string) int { return len(hazard.Closures(placed, moment(from), moment(to))) }
	if n := count("2026-11-10T09:00:00Z", "2026-11-10T10:00:00Z"); n != 2 {
		t.Errorf("during the event: %d", n)
	}
	if n := count("2026-11-10T12:00:00Z", "2026-11-10T13:00:00Z"); n != 1 {
		t.Errorf("after it: %d", n)
	}
	if n := count("2026-11-10T06:00:00Z", "2026-11-10T08:00:00Z"); n != 2 {
		t.Errorf("up to its beginning: %d", n)
	}
	all := hazard.Closures(placed, moment("2026-11-10T09:00:00Z"), moment("2026-11-10T10:00:00Z"))
	if all[0].From > all[1].From || all[0].Chain != 1 || all[0].Heading != network.BothWays {
		t.Errorf("got %+v", all)
	}
	placed[1].Lapsed = true
	if n := count("2026-11-20T12:00:00Z", "2026-11-20T13:00:00Z"); n != 0 {
		t.Errorf("expired: %d", n)
	}
}

// An event that is over leaves nothing behind; a closure that expired does.
func TestEventsEnd(t *testing.T) {
	m := line().network()
	event, closed := good(), good()
	event.Kind, event.From, event.To = hazard.ClosedByEvent, moment("2026-11-10T08:00:00Z"), moment("2026-11-10T12:00:00Z")
	closed.Kind = hazard.Closed
	j, err := hazard.LoadJournal(filepath.Join(t.TempDir(), "f.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Add([]hazard.Placed{onLine(t, m, event, 100_000), onLine(t, m, closed, 300_000)}, event.Date.Time()); err != nil {
		t.Fatal(err)
	}
	if n := len(inForce(j, moment("2026-11-10T11:59:59Z"))); n != 2 {
		t.Errorf("%d in force during the event", n)
	}
	if n := len(inForce(j, event.To)); n != 1 {
		t.Errorf("%d in force after it", n)
	}
	at := moment("2027-03-01T00:00:00Z")
	placed, _ := hazard.Snap(m, j.Current(), at)
	e := exposure(t, m, placed, hazard.Options{})
	for pos, want := range map[network.Millimetres]float64{100_000: 0.01, 300_000: 0.06} {
		if p, _ := e.At(network.ChainID(1).Arc(false), pos); !near(p, want) {
			t.Errorf("p %v at %d, want %v", p, pos, want)
		}
	}
}

func TestVerifiedHavens(t *testing.T) {
	n := line()
	n.havens = []network.Haven{
		{Point: geo.PointFromDegrees(39.0005, -74.9925), AccessChain: network.None},            // 56 m away
		{Point: geo.PointFromDegrees(39.0004, -74.9925), AccessChain: network.None},            // 44 m away
		{Point: geo.PointFromDegrees(39.01, -74.98), AccessChain: 2, AccessPoint: n.points[3]}, // elsewhere
	}
	m := n.network()
	f := good()
	f.Kind, f.Lat, f.Lon = hazard.SafeHavenVerified, 39, -74.9925
	placed, _ := hazard.Snap(m, []hazard.Finding{f}, f.Date.Time())
	got := hazard.VerifiedHavens(m, placed)
	if len(got) != 1 || got[1].Surveyor != "R2" {
		t.Errorf("got %v", got)
	}
	placed[0].Lapsed = true
	if got := hazard.VerifiedHavens(m, placed); len(got) != 0 {
		t.Errorf("expired, and still verified: %v", got)
	}
	f.Rating = 0
	placed, _ = hazard.Snap(m, []hazard.Finding{f}, f.Date.Time())
	if got := hazard.VerifiedHavens(m, placed); len(got) != 0 {
		t.Errorf("not there, and still verified: %v", got)
	}
}

// The form gives a haven's own place, which may be far from any road.
func TestVerifyAHavenSetBackFromTheRoad(t *testing.T) {
	n := line()
	n.havens = []network.Haven{
		{Point: geo.PointFromDegrees(39.0008, -74.9925), AccessChain: network.None},                          // 89 m away, no access
		{Point: geo.PointFromDegrees(39.01, -74.98), AccessChain: 2, AccessAt: 0, AccessPoint: n.points[2]},  // 1.1 km away
		{Point: geo.PointFromDegrees(39.02, -74.98), AccessChain: 2, AccessAt: 10, AccessPoint: n.points[2]}, // 2.2 km away
	}
	m := n.network()
	f := good()
	f.Kind, f.Lat, f.Lon = hazard.SafeHavenVerified, 39.01, -74.98
	placed, refused := hazard.Snap(m, []hazard.Finding{f}, f.Date.Time())
	if len(refused) != 0 || placed[0].Location.Point != n.points[2] {
		t.Fatalf("placed %v, refused %v", placed, refused)
	}
	if got := hazard.VerifiedHavens(m, placed); len(got) != 1 || got[1].Surveyor != "R2" {
		t.Errorf("verified %v", got)
	}
	placed[0].Move() // as the journal keeps it
	again, refused := hazard.Snap(m, []hazard.Finding{placed[0].Finding}, f.Date.Time())
	if len(refused) != 0 || len(hazard.VerifiedHavens(m, again)) != 1 {
		t.Errorf("read back: placed %v, refused %v", again, refused)
	}
	for _, place := range [][2]float64{{39.0008, -74.9925}, {39.005, -74.98}} { // no access; no haven
		f.Lat, f.Lon = place[0], place[1]
		if placed, _ := hazard.Snap(m, []hazard.Finding{f}, f.Date.Time()); len(placed) != 0 {
			t.Errorf("a haven verified from %v: %v", place, placed)
		}
	}
	f.Kind, f.Lat, f.Lon = hazard.SafeHavenVerified-1, 39.01, -74.98
	if placed, _ := hazard.Snap(m, []hazard.Finding{f}, f.Date.Time()); len(placed) != 0 {
		t.Errorf("another kind is taken off the road: %v", placed)
	}
}

func FuzzJournal(f *testing.F) {
	m := line().network()
	p := good()
	p.Lat, p.Lon = m.PointAt(1, 1000).Degrees()
	p.SetID()
	text, err := json.Marshal(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text) + "\n")
	f.Add("{}\n")
	f.Fuzz(func(t *testing.T, src string) {
		j, err := hazard.ParseJournal("f.jsonl", []byte(src))
		if err != nil {
			return
		}
		if got := len(j.Current()); got > len(j.Findings()) || (len(j.Findings()) > 0 && got == 0) {
			t.Errorf("%d current of %d", got, len(j.Findings()))
		}
		for _, f := range j.Findings() {
			if faults := f.Faults(); faults != nil {
				t.Errorf("%+v has %v", f, faults)
			}
		}
	})
}

// inForce returns the current findings that at a time are neither too old nor
// closures that are over.
func inForce(j *hazard.Journal, at time.Time) []hazard.Finding {
	return slices.DeleteFunc(j.Current(), func(f hazard.Finding) bool { return f.Lapsed(at) || f.Over(at) })
}
