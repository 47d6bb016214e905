package codeword

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/paper"
)

func samplePlan() *outrider.Plan {
	route := outrider.RoutePlan{
		Name: "primary", Duration: 3600, Times: []float64{0, 3600}, Halts: 0,
		March: []outrider.MarchRow{
			{Point: "Airport gate", Kind: "start"},
			{Point: "chokepoint, Bay Road", Kind: "critical"},
			{Point: "Rest stop", Kind: "halt"},
			{Point: "Assembly hall, front door", Kind: "release"},
		},
		Steps:    []outrider.Step{{Road: "Bay Road"}},
		Havens:   []outrider.HavenPass{{Kind: "hospital", Name: "Saint Anne"}, {Kind: "fire_station", Name: "Engine 4"}, {Kind: "hospital", Name: "General"}, {Kind: "hospital"}},
		BreakOut: []outrider.BreakOut{{Haven: "Saint Anne", Kind: "hospital"}},
	}
	return &outrider.Plan{
		Movement: "Day out", Cover: "KESTREL",
		Convoy: outrider.Column{Vehicles: []outrider.ColumnVehicle{{CallSign: "LEAD 1"}, {CallSign: "LEAD 1"}}, PassTime: 60},
		Areas:  []outrider.PlanArea{{Name: "Keep off"}},
		Venues: []outrider.VenuePlan{{Name: "Assembly hall", At: outrider.VenuePlace{Label: "Assembly hall"}, Arrival: &outrider.VenuePlace{Label: "front door"}, TraumaHospital: &outrider.VenueHospital{Label: "General"}}},
		Legs: []outrider.LegPlan{
			{Name: "To the hall", From: outrider.PlanPoint{Label: "Airport gate", Road: "Gate Road"}, To: outrider.PlanPoint{Label: "Assembly hall, front door"}, Earliest: day(3), Latest: day(3).Add(time.Hour), Routes: []outrider.RoutePlan{route}},
			{From: outrider.PlanPoint{Label: "Assembly hall, front door"}, To: outrider.PlanPoint{Label: "Airport gate"}, Earliest: day(4), Latest: day(4), Routes: []outrider.RoutePlan{route}},
		},
	}
}

func TestNaming(t *testing.T) {
	p := samplePlan()
	path := filepath.Join(t.TempDir(), "book.jsonl")
	r := Request{Movement: p.Movement, Things: append(Things(p), Thing{outrider.ThingPlace, "North post"}), From: day(3), Until: day(5), Avoid: CallSigns(p), Duress: true}
	if len(r.Things) != 9 || !slices.Equal(r.Avoid, []string{"LEAD 1"}) {
		t.Errorf("%v %v", r.Things, r.Avoid)
	}
	b := issue(t, path, 1, r)
	n, err := b.NamingOf(p)
	if err != nil {
		t.Fatal(err)
	}
	var naming outrider.Naming = n
	seen := map[string]bool{}
	for _, x := range r.Things {
		w := naming.Call(x.Kind, x.Name)
		if w != strings.ToUpper(w) || strings.ContainsAny(w, " 0123456789") || seen[w] {
			t.Errorf("%s is called %q", x, w)
		}
		seen[w] = true
		if strings.Contains(strings.ToLower(x.Name), strings.ToLower(w)) {
			t.Errorf("%s is called %q", x, w)
		}
	}
	for _, c := range []struct {
		kind        outrider.Thing
		clear, want string
	}{
		{outrider.ThingRoad, "Bay Road", "road"},
		{outrider.ThingRoad, "", ""},
		{outrider.ThingPlace, "Saint Anne", "hospital 2"},
		{outrider.ThingPlace, "General", "hospital 1"},
		{outrider.ThingPlace, "Engine 4", "fire station 1"},
		{outrider.ThingPlace, "chokepoint, Bay Road", "critical point"},
		{outrider.ThingPlace, "Elsewhere", "place"},
		{outrider.ThingLeg, "leg 2", "leg 2"},
		{outrider.ThingLeg, "leg to the hall", "leg"},
		{outrider.ThingPlace, "Assembly hall", naming.Call(outrider.ThingVenue, "Assembly hall")},
		{outrider.ThingPlace, "front door", naming.Call(outrider.ThingPlace, "Assembly hall, front door")},
		{outrider.ThingVenue, "Airport gate", naming.Call(outrider.ThingPlace, " Airport\n gate")},
	} {
		if got := naming.Call(c.kind, c.clear); got != c.want {
			t.Errorf("%s %q is called %q, want %q", c.kind, c.clear, got, c.want)
		}
	}
	if naming.Clear() {
		t.Error("code words are clear")
	}
	if got := naming.Call(Duress, "x"); got != "duress" {
		t.Errorf("duress: %q", got)
	}
}

func TestNamingNeedsLiveWords(t *testing.T) {
	p := samplePlan()
	for name, test := range map[string]struct {
		from, until time.Time
		spoil       func(string, *Book) (*Book, error)
	}{
		"over too soon":  {day(3), day(4), nil},
		"begin too late": {day(3).Add(time.Second), day(9), nil},
		"one retired": {day(3), day(9), func(path string, b *Book) (*Book, error) {
			return Retire(path, b.Assignments()[2].Word, "heard", "CONTROL 1", day(4))
		}},
	} {
		path := filepath.Join(t.TempDir(), "book.jsonl")
		b := issue(t, path, 1, Request{Movement: p.Movement, Things: Things(p), From: test.from, Until: test.until})
		if test.spoil != nil {
			var err error
			if b, err = test.spoil(path, b); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.NamingOf(p); outrider.KindOf(err) != outrider.Refused || !strings.Contains(err.Error(), "no code word that is live") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	b, err := Parse("book", chain(t, list(0, 9, place("The Walrus", "WALRUS"))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.NamingOf(p); err == nil || !strings.Contains(err.Error(), "not sound") {
		t.Errorf("got %v", err)
	}
}

func TestReferences(t *testing.T) {
	p := samplePlan()
	b := issue(t, filepath.Join(t.TempDir(), "book.jsonl"), 1, Request{Movement: p.Movement, Things: Things(p), From: day(3), Until: day(5)})
	n, err := b.NamingOf(p)
	if err != nil {
		t.Fatal(err)
	}
	refs := ReferencesOf(p)
	const text = "Meet at {{place:airport  gate}}, then {{ road : Bay Road }} to {{venue:Assembly hall}}; wounded to {{place:Saint Anne}}."
	got, err := refs.Render("note", text, outrider.ClearNames{})
	if want := "Meet at Airport gate, then Bay Road to Assembly hall; wounded to Saint Anne."; err != nil || got != want {
		t.Errorf("%q %v", got, err)
	}
	got, err = refs.Render("note", text, n)
	want := "Meet at " + n.Call(outrider.ThingPlace, "Airport gate") + ", then road to " + n.Call(outrider.ThingVenue, "Assembly hall") + "; wounded to hospital 2."
	if err != nil || got != want {
		t.Errorf("%q %v", got, err)
	}
	for text, want := range map[string]string{
		"to {{place:Airprt gate}}": `no place "Airprt gate"`, "to {{palce:Airport gate}}": `"palce"`, "{{place}}": "{{kind:name}}", "{{place:}}": "{{kind:name}}",
		"{{place:Airport gate": "not closed", "a }} b": "without {{", "{{place:{{x}}}}": "not closed", "{{duress:x}}": "of which there is none",
	} {
		for _, naming := range []outrider.Naming{outrider.ClearNames{}, n} {
			if _, err := refs.Render("note", text, naming); outrider.KindOf(err) != outrider.Invalid || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "note: ") {
				t.Errorf("%q: got %v", text, err)
			}
		}
	}
	for text, leaks := range map[string]bool{
		"Meet at the Airport\n\tGate.":          true,
		"Meet at the Airport  gate.":            true,
		"Meet at the Airport\u00a0gate.":        true,
		"Meet at the Air\u00adport \u200bgate.": true,
		"wait at the AIRPORT GATE":              true, "see Bay Road.": true, "the saint anne's staff": true, "Keep off the grass": true,
		"the primary is closed": false, "bay roads": false, "generally": false, "the General is shut": true,
	} {
		if _, err := refs.Render("note", text, outrider.ClearNames{}); err != nil {
			t.Errorf("%q in clear: %v", text, err)
		}
		_, err := refs.Render("note", text, n)
		if leaks != (err != nil && strings.Contains(err.Error(), "in clear")) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func FuzzRender(f *testing.F) {
	p := samplePlan()
	refs := ReferencesOf(p)
	f.Add("to {{place:Airport gate}} by {{road:Bay Road}}")
	f.Add("{{}}{{:}}}}{{")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := refs.Render("note", text, outrider.ClearNames{})
		if err == nil && (strings.Contains(text, "{{") != (got != text) || strings.Contains(got, "{{")) {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func TestSheet(t *testing.T) {
	s, err := NewSheet("Command 1", day(0), day(1), dice(3))
	if err != nil {
		t.Fatal(err)
	}
	again, err := NewSheet("Command 1", day(0), day(1), dice(3))
	if err != nil || *again != *s {
		t.Error("the same random numbers give another sheet")
	}
	other, err := NewSheet("Command 1", day(0), day(1), dice(4))
	if err != nil || other.Number == s.Number {
		t.Error("other random numbers give the same sheet")
	}
	count := map[byte]int{}
	for _, letter := range sheetRows {
		for _, digit := range sheetColumns {
			r, ok := s.Reply(string(letter) + string(digit))
			if !ok || len(r) != 2 || strings.Trim(r, sheetRows) != "" {
				t.Errorf("%c%c: %q", letter, digit, r)
			}
			count[r[0]]++
			count[r[1]]++
		}
	}
	if len(count) != len(sheetRows) {
		t.Errorf("%d letters come up", len(count))
	}
	for _, bad := range []string{"", "K", "I7", "KK", "K77"} {
		if _, ok := s.Reply(bad); ok {
			t.Errorf("%q has a reply", bad)
		}
	}
	d := s.Document(paper.A4)
	var words strings.Builder
	cells := 0
	for _, b := range d.Blocks {
		switch b := b.(type) {
		case paper.Table:
			for _, row := range b.Rows {
				cells += len(row) - 1
			}
		case paper.Paragraph:
			words.WriteString(b.Text)
		}
	}
	if cells != 240 || !strings.Contains(words.String(), "They are no encryption") || !strings.Contains(d.Foot, "020000ZNOV26") {
		t.Errorf("%d cells, foot %q", cells, d.Foot)
	}
}

func TestSheetRefuses(t *testing.T) {
	for name, draw := range map[string]func() (*Sheet, error){
		"too long":  func() (*Sheet, error) { return NewSheet("N", day(0), day(3).Add(time.Second), dice(1)) },
		"backwards": func() (*Sheet, error) { return NewSheet("N", day(0), day(0), dice(1)) },
		"no net":    func() (*Sheet, error) { return NewSheet(" ", day(0), day(1), dice(1)) },
		"no random": func() (*Sheet, error) { return NewSheet("N", day(0), day(1), strings.NewReader("x")) },
	} {
		if _, err := draw(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Numbers are as likely as each other: a source of all bytes in turn gives each
// the same number of times.
func TestUniformIsFair(t *testing.T) {
	var src strings.Builder
	for _, high := range []byte{0, 255} {
		for low := range 256 {
			src.Write([]byte{high, 255, 255, byte(low)})
		}
	}
	r := strings.NewReader(src.String())
	count, drawn := map[int]int{}, 0
	for {
		x, err := uniform(r, 24)
		if err != nil {
			break
		}
		if x < 0 || x >= 24 {
			t.Fatal(x)
		}
		count[x]++
		drawn++
	}
	// 2³² is 16 more than a multiple of 24: the last 16 numbers are thrown away.
	if drawn != 512-16 {
		t.Errorf("%d of 512 were used", drawn)
	}
}

func TestSeenAsAReaderSeesIt(t *testing.T) {
	for text, want := range map[string]string{
		"Stoke\u2010on\u2013Trent": "stoke-on-trent", "  Air\u00adport\u00a0 \n gate ": "airport gate", "\u202eGATE": "gate", "": "",
	} {
		if got := seen(text); got != want {
			t.Errorf("%q is seen as %q, want %q", text, got, want)
		}
	}
}
