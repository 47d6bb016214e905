package sheets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/order/orderfile"
	"github.com/outrider-project/outrider/paper"
)

// warning is the warning order: what everybody needs to get ready, and neither
// route nor destination.
func (b *book) warning() paper.Document {
	w := &writer{}
	o := b.order
	first := &b.legs[0]
	var length, driving float64
	for i := range b.legs {
		if !b.legs[i].rail() {
			length += b.legs[i].route.Length
			driving += b.legs[i].route.Duration
		}
	}
	w.fields(
		paper.Field{Label: wordOrder, Text: or(o.ID, wordUnknown)},
		paper.Field{Label: wordIssuer, Text: or(o.Issuer, wordUnknown)},
		paper.Field{Label: wordIssued, Text: b.when(o.Issued)},
		paper.Field{Label: wordCover, Text: plain.Text(b.plan.Cover)},
		paper.Field{Label: wordTimes, Text: plain.Text(b.plan.Zone)},
	)
	w.heading(1, "1", wordSituation)
	w.paragraph(wordFollows)
	w.heading(1, "2", wordMission)
	w.paragraph(say(wordWarningMission, plain.Count(len(b.plan.Convoy.Vehicles), wordVehicleThing), plain.Text(b.plan.Cover), plain.Count(len(b.legs), wordLegThing)))
	w.heading(1, "3", wordExecution)
	w.fields(
		paper.Field{Label: wordEarliestMove, Text: b.both(first.Earliest)},
		paper.Field{Label: wordReady, Text: b.when(o.Preparation.Ready)},
		paper.Field{Label: wordOrdersAt, Text: b.meeting(o.Preparation.Orders)},
		paper.Field{Label: wordRehearsalAt, Text: b.meeting(o.Preparation.Rehearsal)},
		paper.Field{Label: wordExpect, Text: say(wordExpectOf, b.Long(length), exchange.Duration(driving))},
		paper.Field{Label: wordUntilAbout, Text: b.both(b.legs[len(b.legs)-1].arrival())},
	)
	t := paper.Table{Caption: wordTakePart, Columns: columns(wordCallSign, wordRole, wordCrew)}
	for i := range b.plan.Convoy.Vehicles {
		x := &b.plan.Convoy.Vehicles[i]
		t.Rows = append(t.Rows, []string{plain.Text(x.CallSign), plain.Text(string(x.Role)), b.crew(x.CallSign)})
	}
	w.table(t, wordNoVehicles, 0)
	w.heading(2, "", wordPrepare)
	w.list(true, b.steps(o.Preparation.Steps, defaultPreparation))
	w.heading(1, "4", wordAdministration)
	w.fields(
		paper.Field{Label: wordFuel, Text: b.orUnknown(o.Administration.Fuel)},
		paper.Field{Label: wordRations, Text: b.orUnknown(o.Administration.Rations)},
		paper.Field{Label: wordDress, Text: b.orUnknown(o.Administration.Dress)},
	)
	w.heading(1, "5", wordCommand)
	w.fields(
		paper.Field{Label: wordCommander, Text: or(o.Command.Commander, wordUnknown)},
		paper.Field{Label: wordControl, Text: b.control()},
		paper.Field{Label: wordAckBy, Text: b.when(o.Acknowledgement.By)},
		paper.Field{Label: wordAckFrom, Text: b.ackFrom()},
	)
	return b.document(say(wordWarningTitle, b.id()), w)
}

func (b *book) meeting(m orderfile.Meeting) string {
	return say(wordMeetingAt, b.when(m.At), b.orUnknown(m.Place))
}

// communicationBlocks say who reaches whom by what means, and what to do when
// nobody answers.
func (b *book) communicationBlocks(w *writer) {
	c := &b.order.Communications
	t := paper.Table{Caption: wordNets, Columns: columns(wordLevel, wordNet, wordMeans, wordChannel, wordFrequency, wordUsers)}
	for _, level := range []string{orderfile.Primary, orderfile.Alternate, orderfile.Contingency, orderfile.Emergency} {
		found := false
		for i := range c.Nets {
			if n := &c.Nets[i]; n.Level == level {
				found = true
				t.Rows = append(t.Rows, []string{levelName(level), b.prose(n.Name), b.prose(n.Means), b.orUnknown(n.Channel), or(n.Frequency, wordUnknown), b.orUnknown(n.Users)})
			}
		}
		if !found {
			t.Rows = append(t.Rows, []string{levelName(level), wordUnknown, wordUnknown, wordUnknown, wordUnknown, wordUnknown})
		}
	}
	w.table(t, "", 0, 1)
	check := wordCheckInPoints
	if c.CheckIn > 0 {
		check = say(wordCheckInEvery, c.CheckIn)
	}
	w.fields(
		paper.Field{Label: wordCheckIn, Text: check},
		paper.Field{Label: wordDuress, Text: b.duress()},
	)
	w.heading(3, "", wordLostCommunications)
	w.list(true, b.steps(c.Lost, defaultLost))
}

// duress says where the duress word is to be found; the word is in no document.
func (b *book) duress() string {
	if d := b.order.Communications.Duress; d != nil {
		return say(wordDuressAt, b.prose(d.Reference))
	}
	return wordUnknown
}

func (b *book) communicationsPlan() paper.Document {
	w := &writer{}
	w.fields(
		paper.Field{Label: wordCommander, Text: or(b.order.Command.Commander, wordUnknown)},
		paper.Field{Label: wordSuccession, Text: or(strings.Join(b.order.Command.Succession, wordThen), wordUnknown)},
		paper.Field{Label: wordControl, Text: b.control()},
	)
	b.communicationBlocks(w)
	w.heading(2, "", wordCallSigns)
	t := paper.Table{Columns: columns(wordVehicle, wordRole, wordCrew)}
	for i := range b.plan.Convoy.Vehicles {
		x := &b.plan.Convoy.Vehicles[i]
		t.Rows = append(t.Rows, []string{plain.Text(x.CallSign), plain.Text(string(x.Role)), b.crew(x.CallSign)})
	}
	w.table(t, wordNoVehicles, 0)
	posts := paper.Table{Columns: columns(wordPost, wordCallSigns)}
	for i := range b.order.Posts {
		p := &b.order.Posts[i]
		posts.Rows = append(posts.Rows, []string{b.place(p.Name), strings.Join(p.CallSigns, ", ")})
	}
	w.table(posts, "", 0)
	w.heading(2, "", wordReports)
	w.table(b.reports(), wordNoReports, 0, 1)
	w.heading(2, "", wordCodeWords)
	w.table(b.codeWords(w), wordNoCodeWords, 0)
	return b.document(say(wordCommunicationsTitle, b.id()), w)
}

// reports lists the points at which the head reports, and when it is due.
func (b *book) reports() paper.Table {
	t := paper.Table{Columns: columns(wordLeg, wordMark, wordPoint, wordDue)}
	start := b.legs[0].Earliest
	for i := range b.legs {
		l := &b.legs[i]
		for k, name := range marks(l.route.March) {
			m := &l.route.March[k]
			t.Rows = append(t.Rows, []string{l.title, name, plain.Capital(b.point(m)), b.Minute(start, m.Head)})
		}
	}
	return t
}

// medicalBlocks say who treats, and where the wounded are taken from where.
func (b *book) medicalBlocks(w *writer) {
	m := &b.order.Medical
	vehicles := or(m.Vehicle, strings.Join(b.medicalVehicles(), ", "))
	w.fields(
		paper.Field{Label: wordMedic, Text: or(m.Medic, wordUnknown)},
		paper.Field{Label: wordMedicalVehicle, Text: or(plain.Text(vehicles), wordUnknown)},
	)
	w.table(b.hospitals(), wordNoHospitals, 0, 2, 1)
	w.list(false, b.steps(m.Notes, nil))
}

func (b *book) medicalVehicles() []string {
	var out []string
	for i := range b.plan.Convoy.Vehicles {
		if x := &b.plan.Convoy.Vehicles[i]; x.Role == outrider.Medical {
			out = append(out, x.CallSign)
		}
	}
	return out
}

// hospitals lists the hospitals along the routes and those of venues.
func (b *book) hospitals() paper.Table {
	t := paper.Table{Caption: wordHospitals, Columns: columns(wordLeg, ">"+b.Unit(), wordName, wordPosition, ">"+wordDrive, wordTrauma, wordTelephoneHead, wordSurveyed)}
	row := func(from, odometer, name string, lat, lon float64, drive string, verified bool, fromMap bool) {
		phone, trauma := wordUnknown, wordUnknown
		for i := range b.order.Medical.Hospitals {
			h := &b.order.Medical.Hospitals[i]
			if name == "" || !strings.EqualFold(orderfile.Rendered(h.Name, outrider.ClearNames{}), name) {
				continue
			}
			phone = or(h.Telephone, wordUnknown)
			if h.Trauma != nil {
				trauma = map[bool]string{true: wordYes, false: wordNegative}[*h.Trauma]
			}
		}
		surveyed := wordUnverified
		if verified {
			surveyed = wordVerified
		}
		if !fromMap {
			surveyed = wordFromSheet
		}
		t.Rows = append(t.Rows, []string{from, odometer, b.havenName(name), b.Position(lat, lon), drive, trauma, phone, surveyed})
	}
	for i := range b.legs {
		l := &b.legs[i]
		for _, h := range l.safe() {
			if h.Kind != "hospital" {
				continue
			}
			drive := exchange.Duration(h.Drive)
			if h.air > 0 {
				drive = wordUnknown
			}
			row(l.title, b.Odometer(h.Odometer), h.Name, h.Lat, h.Lon, drive, h.Verified, true)
		}
	}
	for i := range b.plan.Venues {
		v := &b.plan.Venues[i]
		if h := v.TraumaHospital; h != nil {
			row(b.call(outrider.ThingVenue, v.Name), wordNoValue, h.Label, h.Lat, h.Lon, exchange.Duration(h.Drive), h.Verified, h.FromMap)
		}
	}
	return t
}

func (b *book) medicalPlan() paper.Document {
	w := &writer{}
	b.medicalBlocks(w)
	w.heading(2, "", wordOnMedical)
	w.list(true, b.steps(b.order.Actions.Medical, defaultMedical))
	landing := paper.Table{Caption: wordLandingZones, Columns: columns(wordPlace, wordPosition)}
	for i := range b.plan.Venues {
		v := &b.plan.Venues[i]
		if z := v.LandingZone; z != nil {
			landing.Rows = append(landing.Rows, []string{b.call(outrider.ThingVenue, v.Name) + ": " + b.place(z.Label), b.Position(z.Lat, z.Lon)})
		}
	}
	for i := range b.legs {
		for _, h := range b.legs[i].safe() {
			if h.Kind == "helipad" {
				landing.Rows = append(landing.Rows, []string{b.legs[i].title + ": " + b.havenName(h.Name), b.Position(h.Lat, h.Lon)})
			}
		}
	}
	w.table(landing, wordNoLanding, 0, 1)
	w.fields(
		paper.Field{Label: wordControl, Text: b.control()},
		paper.Field{Label: wordPrimaryNet, Text: b.primaryNet()},
	)
	w.heading(2, "", wordCasualtyReport)
	w.fields(fieldsOf(casualtyLines)...)
	return b.document(say(wordMedicalTitle, b.id()), w)
}

// fieldsOf returns lines to fill in.
func fieldsOf(labels []string) []paper.Field {
	out := make([]paper.Field, len(labels))
	for i, s := range labels {
		out[i].Label = s
	}
	return out
}

// primaryNet is the first net of the primary level.
func (b *book) primaryNet() string {
	for i := range b.order.Communications.Nets {
		if n := &b.order.Communications.Nets[i]; n.Level == orderfile.Primary {
			s := []string{b.prose(n.Name), b.prose(n.Means)}
			if n.Channel != "" {
				s = append(s, say(wordChannelOf, b.prose(n.Channel)))
			}
			if n.Frequency != "" {
				s = append(s, n.Frequency)
			}
			return strings.Join(s, ", ")
		}
	}
	return wordUnknown
}

func (b *book) checklist() paper.Document {
	w := &writer{}
	w.paragraph(wordGoMeaning)
	items := b.order.Checklist
	var checks []paper.Check
	for _, c := range items {
		checks = append(checks, paper.Check{Text: b.prose(c.Item), Who: c.Who})
	}
	if len(items) == 0 {
		checks = b.defaultChecks()
	}
	w.add(paper.Checklist{Items: checks})
	if warnings := b.warnings(); len(warnings) > 0 {
		w.heading(2, "", wordWarningsTaken)
		var list []paper.Check
		for _, s := range warnings {
			list = append(list, paper.Check{Text: s, Who: b.order.Command.Commander})
		}
		w.add(paper.Checklist{Items: list})
	}
	w.heading(2, "", wordDecision)
	w.fields(
		paper.Field{Label: wordGo}, paper.Field{Label: wordNoGo}, paper.Field{Label: wordDecidedBy}, paper.Field{Label: wordDecidedAt},
	)
	return b.document(say(wordChecklistTitle, b.id()), w)
}

// defaultChecks are the items of the program, with those that the plan gives rise
// to.
func (b *book) defaultChecks() []paper.Check {
	o := b.order
	medic := or(o.Medical.Medic, o.Medical.Vehicle)
	var out []paper.Check
	for _, c := range []struct {
		text, who string
		when      bool
	}{
		{checkOrder, o.Command.Commander, true},
		{checkRollCall, o.Command.Commander, true},
		{say(checkVehicles, plain.Count(len(b.plan.Convoy.Vehicles), wordVehicleThing)), o.Command.Commander, true},
		{checkFuel, "", true},
		{checkRadio, o.Command.Control, true},
		{checkDuress, o.Command.Control, o.Communications.Duress != nil},
		{checkPosts, o.Command.Control, len(o.Posts) > 0},
		{checkMedic, medic, true},
		{checkHospitals, o.Command.Control, true},
		{checkRoute, o.Command.Control, true},
		{checkClosures, o.Command.Control, true},
		{checkWeather, o.Command.Control, true},
		{checkTrain, o.Command.Control, slices.ContainsFunc(b.legs, func(l leg) bool { return l.rail() })},
		{checkVenues, o.Command.Control, len(b.plan.Venues) > 0},
		{checkCards, o.Command.Commander, true},
	} {
		if c.when {
			out = append(out, paper.Check{Text: c.text, Who: c.who})
		}
	}
	return out
}

// notification tells an office of the movement. It has no route unless the order
// says so, and neither crews nor posts.
func (b *book) notification() paper.Document {
	w := &writer{}
	n, v := &b.order.Notification, &b.plan.Convoy
	w.fields(
		paper.Field{Label: wordNotifyTo, Text: b.orUnknown(n.To)},
		paper.Field{Label: wordNotifyFrom, Text: or(b.order.Issuer, wordUnknown)},
		paper.Field{Label: wordNotifyAsk, Text: or(n.Telephone, or(b.order.Command.Telephone, wordUnknown))},
		paper.Field{Label: wordMovement, Text: plain.Text(b.plan.Cover)},
		paper.Field{Label: wordTimes, Text: plain.Text(b.plan.Zone)},
		paper.Field{Label: wordVehicles, Text: fmt.Sprint(len(v.Vehicles))},
		paper.Field{Label: wordSizes, Text: say(wordSizesOf, figure(v.HeightM, wordMetres), figure(v.WidthM, wordMetres), figure(v.LongestM, wordMetres), figure(v.MassT, wordTonnes), figure(v.TurningM, wordMetres))},
		paper.Field{Label: wordRoadSpace, Text: say(wordSpaceAndTime, b.Distance(v.Length), exchange.Duration(v.PassTime))},
	)
	t := paper.Table{Caption: wordItinerary, Columns: columns(wordBy, wordFromPlace, wordToPlace, wordLeaves, wordArrives)}
	for i := range b.legs {
		l := &b.legs[i]
		t.Rows = append(t.Rows, []string{mode(l.Mode), b.place(l.From.Label), b.place(l.To.Label), b.both(l.Earliest), b.both(l.arrival())})
	}
	w.table(t, "", 1, 2)
	if n.Roads {
		for i := range b.legs {
			l := &b.legs[i]
			r := paper.Table{Caption: say(wordRoadsOf, l.title), Columns: columns(">"+b.Unit(), wordRoad, ">"+wordFor)}
			for k := range l.route.Steps {
				s := &l.route.Steps[k]
				r.Rows = append(r.Rows, []string{b.Odometer(s.From), b.road(s.Road), b.Distance(s.Length)})
			}
			w.table(r, "", 1, 0)
		}
	}
	w.fields(paper.Field{Label: wordRequest, Text: or(b.prose(n.Request), wordRequestNone)})
	w.heading(2, "", wordReceived)
	w.fields(paper.Field{Label: wordReceivedBy}, paper.Field{Label: wordReceivedAt}, paper.Field{Label: wordReference})
	return b.document(say(wordNotificationTitle, b.id()), w)
}

// tracking is what the control room fills in while the column moves.
func (b *book) tracking() paper.Document {
	w := &writer{}
	w.fields(
		paper.Field{Label: wordCommander, Text: or(b.order.Command.Commander, wordUnknown)},
		paper.Field{Label: wordControl, Text: b.control()},
		paper.Field{Label: wordPrimaryNet, Text: b.primaryNet()},
		paper.Field{Label: wordColumn, Text: say(wordColumnOf, plain.Count(len(b.plan.Convoy.Vehicles), wordVehicleThing), exchange.Duration(b.plan.Convoy.PassTime))},
		paper.Field{Label: wordSheetOpened}, paper.Field{Label: wordSheetClosed},
	)
	for i := range b.legs {
		l := &b.legs[i]
		t := paper.Table{Caption: say(wordMarchTable, l.title), Columns: []paper.Column{
			{Head: wordMark, Share: 1},
			{Head: wordPoint, Share: 5},
			{Head: b.Unit(), Right: true, Share: 1.3},
			{Head: wordHeadDue, Share: 1.7},
			{Head: wordEarlyLate, Share: 2.3},
			{Head: wordHeadActual, Share: 2},
			{Head: wordTailActual, Share: 2},
			{Head: wordRemarks, Share: 3},
		}}
		for k, name := range marks(l.route.March) {
			m := &l.route.March[k]
			t.Rows = append(t.Rows, []string{name, plain.Capital(b.point(m)), b.Odometer(m.Odometer), b.Minute(l.Earliest, m.Head), spread(m.EarlyS, m.LateS), "", "", ""})
		}
		w.form(t, 1, 0)
		w.form(b.decisionLog(l), 0, 1)
	}
	const across = 6 // legs side by side
	for from := 0; from < len(b.legs); from += across {
		some := b.legs[from:min(from+across, len(b.legs))]
		t := paper.Table{Caption: wordRollCall, Columns: []paper.Column{{Head: wordCallSign, Share: 2}}}
		for i := range some {
			t.Columns = append(t.Columns, paper.Column{Head: say(wordLegN, some[i].number), Share: 1.5})
		}
		for i := range b.plan.Convoy.Vehicles {
			t.Rows = append(t.Rows, append([]string{plain.Text(b.plan.Convoy.Vehicles[i].CallSign)}, make([]string, len(some))...))
		}
		w.form(t, 0)
	}
	hand := paper.Table{Caption: wordHandover, Columns: columns(wordHandedBy, wordTakenBy, wordAtTime, wordState)}
	for range 4 {
		hand.Rows = append(hand.Rows, []string{"", "", "", ""})
	}
	w.form(hand)
	return b.document(say(wordTrackingTitle, b.id()), w)
}

// decisionLog lists the decision points of a leg with room for what was decided.
func (b *book) decisionLog(l *leg) paper.Table {
	t := paper.Table{Caption: say(wordDecisionsOf, l.title), Columns: columns(">"+b.Unit(), wordDecideBy, wordToRoute, wordAt, wordDecided)}
	for _, i := range l.decisions() {
		d := &l.Decisions[i]
		t.Rows = append(t.Rows, []string{b.Odometer(d.Odometer), b.Minute(l.Earliest, d.Latest), b.call(outrider.ThingRoute, d.To), b.road(d.Road), ""})
	}
	return t
}
