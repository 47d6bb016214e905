package sheets_test

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/order/orderfile"
	"github.com/outrider-project/outrider/order/sheets"
	"github.com/outrider-project/outrider/paper"
)

func TestEveryPartIsMade(t *testing.T) {
	p := trial("Alpha", 3, 4)
	byRail(p, "Alpha", 1)
	before := sheets.Version{Plan: trial("Alpha", 3, 4)}
	o := made(t, sheets.Input{Version: sheets.Version{Plan: p, Order: trialOrder(t, "Alpha")}, Previous: &before})
	count := map[sheets.Part]int{}
	names := map[string]bool{}
	for _, s := range o.Sheets {
		count[s.Part]++
		if names[s.Name] {
			t.Errorf("two documents are called %s", s.Name)
		}
		names[s.Name] = true
		if s.Document.Marking == "" || !strings.Contains(s.Document.Foot, "TRIAL 7 v2") || s.Document.Title == "" {
			t.Errorf("%s: title %q, marking %q, foot %q", s.Name, s.Document.Title, s.Document.Marking, s.Document.Foot)
		}
	}
	want := map[sheets.Part]int{sheets.DriverCard: 4, sheets.DashCard: 4, sheets.PostCard: 2}
	for _, part := range sheets.Parts() {
		if n := max(want[part], 1); count[part] != n {
			t.Errorf("%d of %s, want %d", count[part], part, n)
		}
	}
	if !names["driver-SIERRA-3"] || !names["driver-CAR-2"] || !names["post-TANGO-1"] {
		t.Errorf("names %v", names)
	}
	for i := range o.Sheets {
		if s := &o.Sheets[i]; s.Part == sheets.DashCard && (!s.Document.Dark || s.Document.Size != paper.A6) {
			t.Errorf("%s is no card to be read at night", s.Name)
		}
	}
}

// What is not in force says so in every part, whatever marking it was given.
func TestStanding(t *testing.T) {
	for standing, want := range map[sheets.Standing]string{
		sheets.InForce: "", sheets.NotReleased: "NOT RELEASED", sheets.Cancelled: "CANCELLED", sheets.Over: "IS OVER",
	} {
		v := sheets.Version{Plan: trial("Alpha", 2, 2), Order: trialOrder(t, "Alpha"), Standing: standing}
		v.Order.Marking = "RESTRICTED"
		if want == "" {
			want = "RESTRICTED"
		}
		for _, s := range made(t, sheets.Input{Version: v}).Sheets {
			if !strings.Contains(s.Document.Marking, want) {
				t.Errorf("%s of standing %d is marked %q", s.Name, standing, s.Document.Marking)
			}
		}
	}
}

// Call signs that make the same file name do not lose a card.
func TestCardsOfLikeCallSigns(t *testing.T) {
	p := trial("Alpha", 1, 3)
	p.Convoy.Vehicles[1].CallSign, p.Convoy.Vehicles[2].CallSign = "CAR-1", "CAR.1"
	names := map[string]int{}
	for _, s := range made(t, sheets.Input{Version: sheets.Version{Plan: p}}).Sheets {
		names[s.Name]++
	}
	for _, name := range []string{"dash-CAR-1", "dash-CAR-1-2", "dash-CAR-1-3"} {
		if names[name] != 1 {
			t.Errorf("%d documents are called %s: %v", names[name], name, names)
		}
	}
}

// A plan alone gives a usable order, with a mark for what nobody said.
func TestPlanAlone(t *testing.T) {
	o := made(t, sheets.Input{Version: sheets.Version{Plan: trial("Alpha", 2, 2)}})
	full := textOf(find(t, o, sheets.Full, ""))
	for _, want := range []string{
		"field Commander | ?", "field Control room | ?", "row Primary | ? | ? | ? | ? | ?", "row Emergency | ?", "field Duress word | ?",
		"Move 2 vehicles and KESTREL from Town 0 Alpha to Town 2 Alpha by way of Town 1 Alpha", "# 1 | Situation", "# 2 | Mission", "# 3 | Execution", "# 4 | Administration", "# 5 | Command and signal",
		"| Separation", "- Seat belts",
	} {
		if !strings.Contains(full, want) {
			t.Errorf("the order does not say %q", want)
		}
	}
	if !slices.ContainsFunc(o.Notes, func(n string) bool { return strings.Contains(n, "no commander") }) {
		t.Errorf("notes %q do not tell of the commander", o.Notes)
	}
}

// What an attacker could use of the plan's mix is in no document: odds, worths,
// binding places, held ground, and in cards no route but the one that is driven.
func TestNothingOfTheMix(t *testing.T) {
	p := trial("Alpha", 2, 2)
	o := made(t, sheets.Input{Version: sheets.Version{Plan: p, Order: trialOrder(t, "Alpha"), Routes: map[int]string{0: "B"}}})
	for _, s := range o.Sheets {
		text := textOf(s.Document)
		for _, secret := range []string{"731", "269", "0.7351", "0.7349", "0.81", "0.912", "0.613", "Ambush", "0.444", "0.617", "Held ground", "mix note", "12345", "54321", "route 1"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s says %q", s.Name, secret)
			}
		}
		if s.Part == sheets.DriverCard || s.Part == sheets.DashCard {
			for _, other := range []string{"road 0-0 Alpha", "road 0-1 Alpha", "road 0-2 Alpha", "Road 0-0-", "Road 0-1-", "Road 0-2-"} {
				if strings.Contains(text, other) {
					t.Errorf("%s names %q, which is on a route that is not driven", s.Name, other)
				}
			}
			if !strings.Contains(text, "0-3 Alpha") {
				t.Errorf("%s does not name the route drawn", s.Name)
			}
		}
	}
}

func TestRoutesAreChosen(t *testing.T) {
	p := trial("Alpha", 1, 1)
	for _, test := range []struct{ asked, bridge, name string }{
		{"", "0-0", "primary"}, {"primary", "0-0", "primary"}, {"Alternate 1", "0-1", "alternate 1"}, {"route 1", "0-2", "route 1"}, {"a", "0-2", "route 1"}, {"B", "0-3", "route 2"},
	} {
		in := sheets.Input{Version: sheets.Version{Plan: p}}
		if test.asked != "" {
			in.Routes = map[int]string{0: test.asked}
		}
		o := made(t, in)
		full := textOf(find(t, o, sheets.Full, ""))
		if !strings.Contains(full, "Bridge road "+test.bridge) || !strings.Contains(full, "field Route | "+test.name+", ") {
			t.Errorf("%q: not by the route %s", test.asked, test.name)
		}
		told := slices.ContainsFunc(o.Notes, func(s string) bool { return strings.Contains(s, "--route 1=A") })
		if told != (test.asked == "") {
			t.Errorf("%q: notes %q", test.asked, o.Notes)
		}
		// Decision points are those of the route.
		if has := strings.Contains(full, "Cross road 0 Alpha"); has != (test.name == "primary") {
			t.Errorf("%q: decision point of the primary: %v", test.asked, has)
		}
		if has := strings.Contains(full, "none were worked out for this route"); has != strings.HasPrefix(test.name, "route") {
			t.Errorf("%q: says that decision points were not worked out: %v", test.asked, has)
		}
		if !strings.Contains(full, "Saint Alpha") {
			t.Errorf("%q: no haven is named", test.asked)
		}
	}
}

// What the plan worked out for the primary is not passed off as that of another
// route.
func TestPrimaryFactsStayWithThePrimary(t *testing.T) {
	p := trial("Alpha", 1, 1)
	slow := &p.Legs[0].Mix.Routes[1].Route
	slow.Duration = 10 * 3600
	full := textOf(find(t, made(t, sheets.Input{Version: sheets.Version{Plan: p, Routes: map[int]string{0: "B"}}}), sheets.Full, ""))
	for _, want := range []string{
		"field Latest turn-back | ? – worked out for the primary route only", "row Leg 1 Alpha | fuel | ? | 15 | ? –",
		"| 15:20 | dark", "field Stays | 16:30 to 08:00",
	} {
		if !strings.Contains(full, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	for _, wrong := range []string{"Far road", "Station Alpha at", "NOT MET", "twilight"} {
		if strings.Contains(full, wrong) {
			t.Errorf("it says %q, which is of the primary", wrong)
		}
	}
}

// A route of the mix that is one of the plan's routes gets what is known of that.
func TestDrawnRouteIsThePrimary(t *testing.T) {
	p := trial("Alpha", 1, 1)
	p.Legs[0].Mix.Routes[1].Route.Points = p.Legs[0].Routes[0].Points
	full := textOf(find(t, made(t, sheets.Input{Version: sheets.Version{Plan: p, Routes: map[int]string{0: "B"}}}), sheets.Full, ""))
	if !strings.Contains(full, "Cross road 0 Alpha") {
		t.Error("the decision points of the primary are missing")
	}
}

func TestRefused(t *testing.T) {
	plan := func(change func(p *outrider.Plan)) sheets.Input {
		p := trial("Alpha", 2, 2)
		change(p)
		return sheets.Input{Version: sheets.Version{Plan: p}}
	}
	file := func(change func(o *orderfile.Order)) sheets.Input {
		o := trialOrder(t, "Alpha")
		change(o)
		return sheets.Input{Version: sheets.Version{Plan: trial("Alpha", 2, 2), Order: o}}
	}
	route := func(leg int, name string) sheets.Input {
		return sheets.Input{Version: sheets.Version{Plan: trial("Alpha", 2, 2), Routes: map[int]string{leg: name}}}
	}
	later := file(func(*orderfile.Order) {})
	later.Previous = &sheets.Version{Plan: later.Plan, Order: trialOrder(t, "Alpha")}
	other := plan(func(*outrider.Plan) {})
	other.Map = &network.Map{Hash: "ffff"}
	for _, test := range []struct {
		name, cause string
		in          sheets.Input
	}{
		{"no plan", "no leg", sheets.Input{}},
		{"no legs", "no leg", plan(func(p *outrider.Plan) { p.Legs = nil })},
		{"no routes", "no route", plan(func(p *outrider.Plan) { p.Legs[1].Routes = nil })},
		{"no line", "no line", plan(func(p *outrider.Plan) { p.Legs[1].Routes[0].Points = nil })},
		{"odometer of another length", "no line", plan(func(p *outrider.Plan) { p.Legs[1].Routes[0].Odometer = nil })},
		{"no such route", "no route \"C\"", route(0, "C")},
		{"no such leg", "leg 3, of 2", route(2, "primary")},
		{"crew of no vehicle", "no vehicle CAR 9", file(func(o *orderfile.Order) { o.Crews[0].Vehicle = "CAR 9" })},
		{"medical vehicle that is none", "no vehicle CAR 9", file(func(o *orderfile.Order) { o.Medical.Vehicle = "CAR 9" })},
		{"version of the one before", "version 2, the one before it 2", later},
		{"another map", "another map", other},
	} {
		_, err := sheets.Make(test.in)
		e, ok := errors.AsType[*outrider.Error](err)
		if !ok || !strings.Contains(e.Cause, test.cause) || e.Remedy == "" {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// The warning order says neither where to nor by which road.
func TestWarningOrderKeepsTheRoute(t *testing.T) {
	o := made(t, sheets.Input{Version: sheets.Version{Plan: trial("Alpha", 2, 2), Order: trialOrder(t, "Alpha")}})
	text := textOf(find(t, o, sheets.Warning, ""))
	for _, secret := range []string{"Town", "End road", "Road 0", "Bridge", "Hall", "Saint", "primary", "Rest 0"} {
		if strings.Contains(text, secret) {
			t.Errorf("it says %q", secret)
		}
	}
	for _, want := range []string{"Briefing room", "Motor pool", "24 Nov 2026, 06:30 UTC", "23 Nov 2026, 18:00", "SIERRA 3 (driver)", "23 Nov 2026, 21:00"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

// A post card has its own post and the time at which the column is there, and
// nothing of the way there.
func TestPostCard(t *testing.T) {
	p := trial("Alpha", 2, 3)
	o := made(t, sheets.Input{Version: sheets.Version{Plan: p, Order: trialOrder(t, "Alpha")}})
	text := textOf(find(t, o, sheets.PostCard, "TANGO 1"))
	for _, secret := range []string{"Town", " road", "Road ", "Hall", "Saint", "primary", "Rest"} {
		if strings.Contains(text, secret) {
			t.Errorf("it says %q", secret)
		}
	}
	// 50.1, 10.1 is half way along the first leg, 13.3 km at 20 m/s.
	for _, want := range []string{"Post Alpha", "Hold the gate", "On foot", "TANGO 2", "sheet 3, line 2", "row Tue 24 Nov 2026, 06:41 UTC | Tue 24 Nov 2026, 06:41 UTC", "| 3 | CAR 1 | CAR 3"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

// The duress word has no field in an order file, so only where to find it can be on
// a card; and that is on those that need it.
func TestDuressReference(t *testing.T) {
	o := trialOrder(t, "Alpha")
	o.Communications.Duress.Cards = []string{orderfile.DashCard}
	all := made(t, sheets.Input{Version: sheets.Version{Plan: trial("Alpha", 1, 2), Order: o}})
	for _, s := range all.Sheets {
		has := strings.Contains(textOf(s.Document), "sheet 3, line 2")
		switch s.Part {
		case sheets.DashCard, sheets.Full, sheets.Communications:
			if !has {
				t.Errorf("%s does not say where the duress word is", s.Name)
			}
		default:
			if has {
				t.Errorf("%s says where the duress word is", s.Name)
			}
		}
	}
}

// The driver's times are those of the vehicle: the head's and the way to it.
func TestDriverTimes(t *testing.T) {
	p := trial("Alpha", 1, 3)
	p.Convoy.Vehicles[2].OffsetS = 120
	o := made(t, sheets.Input{Version: sheets.Version{Plan: p}})
	head, third := textOf(find(t, o, sheets.DriverCard, "CAR 1")), textOf(find(t, o, sheets.DriverCard, "CAR 3"))
	if !strings.Contains(head, "row SP | 0.0 | 06:30 | Town 0 Alpha") || !strings.Contains(third, "row SP | 0.0 | 06:32 | Town 0 Alpha") {
		t.Error("the start is not at 06:30 for the first vehicle and 06:32 for the third")
	}
	dash := strings.Join(lines(find(t, o, sheets.DashCard, "CAR 3"), false), "\n")
	for _, want := range []string{"row 06:32 | 0.0 | SP Town 0 Alpha", "row 06:40 | 9.0 | DECIDE: alternate 1, at Cross road 0 Alpha", "1–2 Bridge, Bridge road 0-0 Alpha", "RP Town 1 Alpha"} {
		if !strings.Contains(dash, want) {
			t.Errorf("the dash card does not say %q:\n%s", want, dash)
		}
	}
	if !strings.Contains(third, "3 of 3, behind CAR 2") || !strings.Contains(head, "1 of 3, ahead of CAR 2") {
		t.Error("the place in the column is not said")
	}
}

// A leg that arrives after the one that follows leaves is told to the issuer.
func TestLateIsNoted(t *testing.T) {
	p := trial("Alpha", 2, 1)
	p.Legs[1].Earliest = p.Legs[0].Earliest
	told := func(what string) bool {
		return slices.ContainsFunc(made(t, sheets.Input{Version: sheets.Version{Plan: p}}).Notes, func(s string) bool { return strings.Contains(s, what) })
	}
	if !told("after the leg that follows") || told("asked for") {
		t.Error("it is not told that the second leg leaves too early, or that the first is late")
	}
	p = trial("Alpha", 2, 1)
	end := p.Legs[0].Earliest.Add(time.Duration(p.Legs[0].Routes[0].Duration * float64(time.Second)))
	for late, want := range map[time.Duration]bool{-time.Minute: false, time.Minute: true} {
		p.Legs[0].Arrive = &outrider.Span{From: p.Legs[0].Earliest, To: end.Add(-late)}
		if told("asked for") != want {
			t.Errorf("%v late: told %v", late, !want)
		}
	}
}

// Plans that are unlike those one has in mind become documents that print.
func TestOddPlansPrint(t *testing.T) {
	long := strings.Repeat("Llanfairpwllgwyngyll ", 12)
	for name, change := range map[string]func(p *outrider.Plan){
		"as they are": func(*outrider.Plan) {},
		"no halts": func(p *outrider.Plan) {
			for j := range p.Legs[0].Routes {
				m := p.Legs[0].Routes[j].March
				p.Legs[0].Routes[j].March = append(m[:3:3], m[4:]...)
			}
		},
		"by rail":         func(p *outrider.Plan) { byRail(p, "Alpha", 0) },
		"no shadow":       func(p *outrider.Plan) { byRail(p, "Alpha", 0); p.Legs[0].Rail.Shadow = nil },
		"forty vehicles":  func(p *outrider.Plan) { *p = *trial("Alpha", 1, 40) },
		"twelve legs":     func(p *outrider.Plan) { *p = *trial("Alpha", 12, 2) },
		"no vehicles":     func(p *outrider.Plan) { p.Convoy = outrider.Column{} },
		"long names":      func(p *outrider.Plan) { *p = *trial(long, 2, 2) },
		"right to left":   func(p *outrider.Plan) { *p = *trial("شارع الملك فيصل", 2, 2) },
		"CJK":             func(p *outrider.Plan) { *p = *trial("東京都千代田区丸の内一丁目", 2, 2) },
		"control letters": func(p *outrider.Plan) { *p = *trial("\x1b[31m\u202e\x00<b>&\"", 2, 2) },
		"nothing known": func(p *outrider.Plan) {
			l := &p.Legs[0]
			r := outrider.RoutePlan{Name: "primary", Points: l.Routes[0].Points[:2], Odometer: []float64{0, 0}}
			p.Legs = []outrider.LegPlan{{Routes: []outrider.RoutePlan{r}}}
			p.Venues, p.Warnings, p.Movement, p.Cover, p.Zone = nil, nil, "", "", ""
		},
		"nameless": func(p *outrider.Plan) { p.Legs[0].Name, p.Legs[0].From.Label, p.Legs[0].Routes[0].Steps = "", "", nil },
		"miles, MGRS": func(p *outrider.Plan) {
			p.Print = outrider.PlanPrint{Positions: outrider.MGRS, Distances: outrider.Miles}
		},
	} {
		p := trial("Alpha", 2, 3)
		change(p)
		o := made(t, sheets.Input{Version: sheets.Version{Plan: p}, Size: paper.Letter})
		for i, s := range o.Sheets {
			if i > 8 && s.Part != sheets.Tracking { // cards are alike
				continue
			}
			if err := paper.WritePDF(io.Discard, s.Document); err != nil {
				t.Errorf("%s: %s as PDF: %v", name, s.Name, err)
			}
			if err := paper.WriteHTML(io.Discard, s.Document); err != nil {
				t.Errorf("%s: %s as HTML: %v", name, s.Name, err)
			}
			if strings.ContainsAny(strings.Join(lines(s.Document, true), ""), "\x1b\x00\u202e") {
				t.Errorf("%s: %s holds control characters", name, s.Name)
			}
		}
	}
}

// A driver reads down one list: every point and every turn of the leg, in order of
// passage; the strip maps come last, for the dashboard.
func TestDriverReadsDownOneList(t *testing.T) {
	p := trial("Alpha", 2, 1)
	// A turn where the way ends, as rounding leaves it, comes before the end.
	last := &p.Legs[1].Routes[0]
	last.Steps[len(last.Steps)-1].From = last.March[len(last.March)-1].Odometer + 0.01
	card := find(t, made(t, sheets.Input{Version: sheets.Version{Plan: p}}), sheets.DriverCard, "CAR 1")
	leg, strips := 0, 0
	for _, block := range card.Blocks {
		switch q := block.(type) {
		case paper.Drawing:
			strips++
		case paper.Table:
			if strips > 0 {
				t.Errorf("the table %q comes after a strip map", q.Caption)
			}
			if q.Caption != "Your way" {
				continue
			}
			r := &p.Legs[leg].Routes[0]
			if want := len(r.March) + len(r.Steps); len(q.Rows) != want {
				t.Errorf("leg %d: %d rows, want %d", leg+1, len(q.Rows), want)
			}
			if q.Rows[0][0] != "SP" || q.Rows[len(q.Rows)-1][0] != "RP" {
				t.Errorf("leg %d: from %q to %q", leg+1, q.Rows[0], q.Rows[len(q.Rows)-1])
			}
			last := -1.0
			for _, row := range q.Rows {
				km, err := strconv.ParseFloat(row[1], 64)
				if err != nil || km < last {
					t.Errorf("leg %d: %q after km %.1f", leg+1, row, last)
				}
				last = km
			}
			leg++
		}
	}
	if leg != 2 || strips != 2 {
		t.Errorf("%d lists and %d strip maps for two legs", leg, strips)
	}
}

// A road that carries other numbers along the way is said once.
func TestRoadOfSeveralNumbersIsSaidOnce(t *testing.T) {
	p := trial("Alpha", 1, 1)
	p.Legs[0].Routes[0].BreakOut[0].Over = []string{"Ridge Road", "Ridge Road (US 3)", "Mill Lane", "Ridge Road"}
	full := textOf(find(t, made(t, sheets.Input{Version: sheets.Version{Plan: p}}), sheets.Full, ""))
	if !strings.Contains(full, "Ridge Road (US 3), Mill Lane, Ridge Road") || strings.Contains(full, "Ridge Road, Ridge Road") {
		t.Error("a road is said twice, or not at all")
	}
	if !strings.Contains(full, "Break-out routes, ") {
		t.Error("there is no table of break-out routes")
	}
}

// Who stands on a post is not told to drive on, unless the order says so itself.
func TestPostsAreNotToldToDrive(t *testing.T) {
	in := sheets.Input{Version: sheets.Version{Plan: trial("Alpha", 2, 2), Order: trialOrder(t, "Alpha")}}
	in.Order.Communications.Lost = nil
	sign := in.Order.Posts[0].CallSigns[0]
	if text := textOf(find(t, made(t, in), sheets.PostCard, sign)); strings.Contains(text, "Drive on") || !strings.Contains(text, "Stay at the post") {
		t.Error(text)
	}
	in.Order.Communications.Lost = []string{"Drive on to the hall."}
	if text := textOf(find(t, made(t, in), sheets.PostCard, sign)); !strings.Contains(text, "Drive on to the hall.") {
		t.Error(text)
	}
}
