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

// full returns the five paragraphs of the movement order.
func (b *book) full() *writer {
	w := &writer{}
	b.head(w)
	b.situation(w)
	w.heading(1, "2", wordMission)
	w.paragraph(b.mission())
	b.execution(w)
	b.administration(w)
	b.command(w)
	w.heading(1, "6", wordSafety)
	w.list(false, b.steps(b.order.Safety, defaultSafety))
	if d, ok := b.overview(); ok {
		w.add(paper.PageBreak{})
		w.heading(1, wordAnnexA, wordOverview)
		w.add(d)
	}
	return w
}

// head says which order this is.
func (b *book) head(w *writer) {
	o := b.order
	items := []paper.Field{
		{Label: wordOrder, Text: or(o.ID, wordUnknown)},
		{Label: wordVersion, Text: fmt.Sprint(max(o.Version, 1))},
		{Label: wordIssuer, Text: or(o.Issuer, wordUnknown)},
		{Label: wordIssued, Text: b.when(o.Issued)},
		{Label: wordMovement, Text: b.call(outrider.ThingMovement, b.plan.Movement)},
		{Label: wordCover, Text: plain.Text(b.plan.Cover)},
		{Label: wordTimes, Text: plain.Text(b.plan.Zone)},
		{Label: wordPositions, Text: b.positionsIn()},
		{Label: wordMapData, Text: b.dataDay()},
	}
	w.fields(items...)
	if warnings := b.warnings(); len(warnings) > 0 {
		w.strong(wordBeforeTrust)
		w.list(false, warnings)
	}
}

func (b *book) positionsIn() string {
	switch b.plan.Print.Positions {
	case outrider.UTM:
		return wordInUTM
	case outrider.MGRS:
		return wordInMGRS
	case outrider.Degrees:
	}
	return wordInDegrees
}

func (b *book) dataDay() string {
	s := outrider.DataDay(b.plan.Inputs.DataDate)
	if b.plan.Inputs.Stale {
		s = say(wordStale, s)
	}
	return s + wordDot + plain.Text(b.plan.Inputs.Credit())
}

// warnings are those of the plan. What could hold a name that must not appear
// stays in the plan, and is counted.
func (b *book) warnings() []string {
	var out []string
	left := 0
	for _, s := range b.plan.Warnings {
		if text := b.machine(s); text != "" {
			out = append(out, plain.Capital(text))
		} else {
			left++
		}
	}
	if left > 0 {
		out = append(out, say(wordMoreWarnings, plain.Count(left, wordWarningThing)))
	}
	return out
}

func (b *book) situation(w *writer) {
	s := &b.order.Situation
	w.heading(1, "1", wordSituation)
	w.fields(
		paper.Field{Label: wordArea, Text: b.orUnknown(s.Area)},
		paper.Field{Label: wordThreat, Text: b.orUnknown(s.Threat)},
		paper.Field{Label: wordOwn, Text: b.orUnknown(s.Own)},
		paper.Field{Label: wordWeather, Text: b.orUnknown(s.Weather)},
		paper.Field{Label: wordAttached, Text: b.orUnknown(s.Attached)},
	)
	w.table(b.light(), "", 0)
}

// mission is what the order file says, or who moves what from where to where by
// when.
func (b *book) mission() string {
	if b.order.Mission != "" {
		return b.prose(b.order.Mission)
	}
	first, last := &b.legs[0], &b.legs[len(b.legs)-1]
	var by []string
	for i := range b.legs[:len(b.legs)-1] {
		by = append(by, b.place(b.legs[i].To.Label))
	}
	way := ""
	if len(by) > 0 {
		way = say(wordByWay, strings.Join(by, ", "))
	}
	return say(wordMissionDefault, plain.Count(len(b.plan.Convoy.Vehicles), wordVehicleThing), plain.Text(b.plan.Cover),
		b.place(first.From.Label), b.place(last.To.Label), way, b.both(first.Earliest), b.both(last.arrival()))
}

// steps are those of the order file, or those of the program.
func (b *book) steps(own, other []string) []string {
	if len(own) == 0 {
		return slices.Clone(other)
	}
	out := make([]string, len(own))
	for i, s := range own {
		out[i] = b.prose(s)
	}
	return out
}

func (b *book) execution(w *writer) {
	e := &b.order.Execution
	w.heading(1, "3", wordExecution)
	w.heading(2, "3.a", wordIntent)
	w.paragraph(b.orUnknown(e.Intent))
	w.heading(2, "3.b", wordOrganisation)
	b.organisation(w)
	w.heading(2, "3.c", wordSchedule)
	w.table(b.itinerary(), "", 0)
	for i := range b.legs {
		b.legParagraph(w, &b.legs[i])
	}
	w.heading(2, "3.e", wordTasks)
	tasks := paper.Table{Columns: columns(wordUnit, wordTask)}
	for _, t := range e.Tasks {
		tasks.Rows = append(tasks.Rows, []string{t.Unit, b.prose(t.Task)})
	}
	w.table(tasks, wordNoTasks, 0, 1)
	if len(b.order.Posts) > 0 {
		w.heading(2, "3.f", wordPosts)
		w.table(b.posts(), "", 1)
	}
	w.heading(2, "3.g", wordActionsOn)
	for _, a := range b.actions() {
		w.heading(3, "", a.name)
		w.list(true, a.steps)
	}
	w.heading(2, "3.h", wordCoordination)
	w.list(false, b.steps(e.Coordination, defaultCoordination))
}

// action is what to do on an event.
type action struct {
	name  string
	steps []string
}

func (b *book) actions() []action {
	a := &b.order.Actions
	return []action{
		{wordOnAccident, b.steps(a.Accident, defaultAccident)},
		{wordOnBreakdown, b.steps(a.Breakdown, defaultBreakdown)},
		{wordOnObstacle, b.steps(a.Obstacle, defaultObstacle)},
		{wordOnSeparation, b.steps(a.Separation, defaultSeparation)},
		{wordOnAttack, b.steps(a.Attack, defaultAttack)},
		{wordOnMedical, b.steps(a.Medical, defaultMedical)},
	}
}

func (b *book) organisation(w *writer) {
	v := &b.plan.Convoy
	t := paper.Table{Caption: wordOrderOfMarch, Columns: columns(">"+wordNo, wordCallSign, wordRole, wordClass, wordSerial, wordCrew, ">"+wordAfterHead, ">"+wordCarries)}
	for i := range v.Vehicles {
		x := &v.Vehicles[i]
		part := or(x.Packet, x.Serial)
		t.Rows = append(t.Rows, []string{
			fmt.Sprint(i + 1), plain.Text(x.CallSign), plain.Text(string(x.Role)), plain.Text(x.Class), or(plain.Text(part), wordNoValue),
			b.crew(x.CallSign), exchange.Duration(x.OffsetS), carries(x.Headcount, x.Seats),
		})
	}
	w.table(t, wordNoVehicles, 1)
	if len(v.Packets) > 1 {
		p := paper.Table{Caption: wordPackets, Columns: columns(wordSerial, wordPacket, ">"+wordVehicles, wordFirst, wordLast, ">"+wordRoadSpace, ">"+wordHeadAfter, ">"+wordTailAfter)}
		for i := range v.Packets {
			q := &v.Packets[i]
			p.Rows = append(p.Rows, []string{
				plain.Text(q.Serial), plain.Text(q.Packet), fmt.Sprint(q.Vehicles), plain.Text(q.First), plain.Text(q.Last),
				b.Distance(q.Length), exchange.Duration(q.HeadS), exchange.Duration(q.TailS),
			})
		}
		w.table(p, "", 0, 1)
	}
	w.fields(
		paper.Field{Label: wordRoadSpace, Text: b.Distance(v.Length)},
		paper.Field{Label: wordPassTime, Text: exchange.Duration(v.PassTime)},
		paper.Field{Label: wordMarchSpeed, Text: b.speed(v.MarchKMH)},
		paper.Field{Label: wordCatchUp, Text: b.speed(v.CatchUpKMH)},
		paper.Field{Label: wordGap, Text: b.Distance(v.GapMetres)},
		paper.Field{Label: wordSizes, Text: say(wordSizesOf, figure(v.HeightM, wordMetres), figure(v.WidthM, wordMetres), figure(v.LongestM, wordMetres), figure(v.MassT, wordTonnes), figure(v.TurningM, wordMetres))},
	)
	if len(v.UnknownDims) > 0 {
		w.paragraph(say(wordUnknownDims, plain.Text(strings.Join(v.UnknownDims, ", "))))
	}
}

func (b *book) speed(kmh float64) string {
	if kmh <= 0 {
		return wordUnknown
	}
	return b.Speed(kmh)
}

// crew lists who rides in a vehicle, by duty.
func (b *book) crew(vehicle string) string {
	var out []string
	for _, c := range b.order.Crews {
		if c.Vehicle == vehicle {
			out = append(out, c.CallSign+" ("+duty(c.Duty)+")")
		}
	}
	return or(strings.Join(out, ", "), wordUnknown)
}

func carries(headcount, seats int) string {
	if headcount == 0 && seats == 0 {
		return wordUnknown
	}
	return say(wordOf, figure(float64(headcount), "%.0f"), figure(float64(seats), "%.0f"))
}

func (b *book) posts() paper.Table {
	t := paper.Table{Columns: columns(wordMark, wordPost, wordCallSigns, wordPosition, wordFrom, wordTo, wordTask)}
	start := b.legs[0].Earliest
	at := func(q *orderfile.Time) string {
		if q == nil {
			return wordUnknown
		}
		return b.Minute(start, q.At)
	}
	for i := range b.order.Posts {
		p := &b.order.Posts[i]
		where := wordUnknown
		if p.Place != nil {
			where = b.Position(p.Place.Lat, p.Place.Lon)
		}
		t.Rows = append(t.Rows, []string{say(wordPostMark, i+1), b.place(p.Name), strings.Join(p.CallSigns, ", "), where, at(p.From), at(p.To), b.orUnknown(p.Task)})
	}
	return t
}

func (b *book) administration(w *writer) {
	a := &b.order.Administration
	w.heading(1, "4", wordAdministration)
	reach := wordUnknown
	if f := b.plan.Convoy.FuelKM; f > 0 {
		reach = say(wordFuelReach, b.Long(f*1000))
	}
	fuel := reach
	if a.Fuel != "" {
		fuel = b.prose(a.Fuel) + " " + say(wordBracket, reach)
	}
	w.fields(
		paper.Field{Label: wordFuel, Text: fuel},
		paper.Field{Label: wordRations, Text: b.orUnknown(a.Rations)},
		paper.Field{Label: wordDress, Text: b.orUnknown(a.Dress)},
		paper.Field{Label: wordRecovery, Text: b.recovery()},
		paper.Field{Label: wordAccommodation, Text: b.orUnknown(a.Accommodation)},
	)
	needs := paper.Table{Caption: wordHaltNeeds, Columns: columns(wordLeg, wordWhy, ">"+b.Unit(), ">"+wordMinutes, wordMet)}
	for i := range b.legs {
		l := &b.legs[i]
		for k := range l.HaltNeeds {
			n := &l.HaltNeeds[k]
			if !l.primary {
				needs.Rows = append(needs.Rows, []string{l.title, plain.Text(n.Why), wordUnknown, fmt.Sprintf("%.0f", n.Minutes), wordNotWorkedOut})
				continue
			}
			met := wordNotMet
			if n.Met {
				met = say(wordMetAt, b.place(n.Halt), b.Unit(), b.Odometer(n.HaltAt))
				if n.Added {
					met += wordHaltAdded
				}
			} else {
				needs.Strong = append(needs.Strong, len(needs.Rows))
			}
			needs.Rows = append(needs.Rows, []string{l.title, plain.Text(n.Why), b.Odometer(n.By), fmt.Sprintf("%.0f", n.Minutes), met})
		}
	}
	w.table(needs, "", 0, 1)
	w.heading(2, "4.a", wordMedicalPlan)
	b.medicalBlocks(w)
	for i := range b.plan.Venues {
		v := &b.plan.Venues[i]
		w.heading(3, "", say(wordVenueSheet, or(b.call(outrider.ThingVenue, v.Name), wordUnknown)))
		w.fields(b.venue(v)...)
	}
}

// recovery says who recovers: what the order says, or the vehicles of that role.
func (b *book) recovery() string {
	if r := b.order.Administration.Recovery; r != "" {
		return b.prose(r)
	}
	var signs []string
	for i := range b.plan.Convoy.Vehicles {
		if x := &b.plan.Convoy.Vehicles[i]; x.Role == outrider.Recovery {
			signs = append(signs, plain.Text(x.CallSign))
		}
	}
	return or(strings.Join(signs, ", "), wordUnknown)
}

func (b *book) command(w *writer) {
	c := &b.order.Command
	w.heading(1, "5", wordCommand)
	w.heading(2, "5.a", wordCommandChain)
	w.fields(
		paper.Field{Label: wordCommander, Text: or(c.Commander, wordUnknown)},
		paper.Field{Label: wordSuccession, Text: or(strings.Join(c.Succession, wordThen), wordUnknown)},
		paper.Field{Label: wordControl, Text: b.control()},
	)
	w.heading(2, "5.b", wordCommunications)
	b.communicationBlocks(w)
	w.heading(2, "5.c", wordCodeWords)
	none := wordNoCodeWords
	if len(b.words) > 0 {
		none = wordNoWordsUsed
	}
	w.table(b.codeWords(w), none, 0)
	w.heading(2, "5.d", wordAcknowledgement)
	a := &b.order.Acknowledgement
	w.fields(
		paper.Field{Label: wordAckBy, Text: b.when(a.By)},
		paper.Field{Label: wordAckTo, Text: or(a.To, or(c.Control, wordUnknown))},
		paper.Field{Label: wordAckFrom, Text: b.ackFrom()},
	)
}

// control is the control room with its telephone.
func (b *book) control() string {
	c := &b.order.Command
	s := or(c.Control, wordUnknown)
	if c.Telephone != "" {
		s += wordTelephone + c.Telephone
	}
	return s
}

// ackFrom says who must acknowledge: whom the order names, or everybody in it.
func (b *book) ackFrom() string {
	from := b.order.Acknowledgement.From
	if len(from) == 0 {
		for _, c := range b.order.Crews {
			from = append(from, c.CallSign)
		}
		for i := range b.order.Posts {
			from = append(from, b.order.Posts[i].CallSigns...)
		}
	}
	if len(from) == 0 {
		return wordAckAll
	}
	return strings.Join(from, ", ")
}

// codeWords lists the code words that a document uses so far, or those for the
// names that it uses. Others are not its readers' concern: how many routes there
// were to draw from, say.
func (b *book) codeWords(w *writer) paper.Table {
	t := paper.Table{Columns: columns(wordCodeWord, wordMeaning, wordUntil)}
	used := strings.Join(w.texts(), "\n")
	for _, c := range b.words {
		sought, meaning := c.Word, string(c.Kind)
		if b.naming.Clear() {
			sought, meaning = c.Name, say(wordStandsFor, meaning, c.Name)
		}
		if sought == "" || len(appendFound(nil, used, sought, 0)) == 0 {
			continue
		}
		until := wordNoValue
		if !c.Until.IsZero() {
			until = b.Local(c.Until)
		}
		t.Rows = append(t.Rows, []string{plain.Text(c.Word), plain.Text(meaning), until})
	}
	return t
}
