package sheets

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/order/orderfile"
	"github.com/outrider-project/outrider/paper"
)

// driver is who gets a driver's card: the driver of a vehicle, or the vehicle
// where nobody said who drives it.
type driver struct {
	sign    string
	vehicle int
}

func (b *book) drivers() []driver {
	out := make([]driver, 0, len(b.plan.Convoy.Vehicles))
	for i := range b.plan.Convoy.Vehicles {
		d := driver{b.plan.Convoy.Vehicles[i].CallSign, i}
		if p := b.people(d.sign, orderfile.Driver); len(p) > 0 {
			d.sign = p[0]
		}
		out = append(out, d)
	}
	return out
}

// driverCard is what one driver needs: the route as it is driven, with the times
// of the own vehicle. It names no other route but those to change over to.
func (b *book) driverCard(d driver) paper.Document {
	w := &writer{}
	v := b.plan.Convoy.Vehicles
	x := &v[d.vehicle]
	w.fields(
		paper.Field{Label: wordFor, Text: plain.Text(d.sign)},
		paper.Field{Label: wordVehicle, Text: say(wordVehicleOf, plain.Text(x.CallSign), plain.Text(string(x.Role)))},
		paper.Field{Label: wordInColumn, Text: inColumn(v, d.vehicle)},
		paper.Field{Label: wordCrew, Text: b.crew(x.CallSign)},
		paper.Field{Label: wordSpeeds, Text: say(wordSpeedsOf, b.speed(b.plan.Convoy.MarchKMH), b.speed(b.plan.Convoy.CatchUpKMH), b.Distance(b.plan.Convoy.GapMetres))},
		paper.Field{Label: wordCommander, Text: or(strings.Join(append(nonEmpty(b.order.Command.Commander), b.order.Command.Succession...), wordThen), wordUnknown)},
		paper.Field{Label: wordControl, Text: b.control()},
		paper.Field{Label: wordPrimaryNet, Text: b.primaryNet()},
		paper.Field{Label: wordTimes, Text: plain.Text(b.plan.Zone) + wordDot + wordOwnTimes},
	)
	own := seconds(x.OffsetS)
	for i := range b.legs {
		l := &b.legs[i]
		w.heading(1, fmt.Sprint(l.number), l.title)
		if l.rail() {
			b.driverByRail(w, l)
			continue
		}
		w.fields(
			paper.Field{Label: wordStartPoint, Text: b.endpoint(&l.From)},
			paper.Field{Label: wordYouLeave, Text: b.own(l, own)},
			paper.Field{Label: wordReleasePoint, Text: b.endpoint(&l.To)},
			paper.Field{Label: wordYouArrive, Text: b.Local(l.arrival().Add(own))},
			paper.Field{Label: wordRoute, Text: say(wordRouteShort, l.name, b.Long(l.route.Length))},
		)
		w.table(b.ownWay(l, own), "", 3)
		w.table(b.ownDecisions(l), "", 0)
		w.table(b.ownHavens(l), wordNoHavens, 1, 2)
	}
	w.heading(1, "", wordActionsOn)
	for _, a := range b.actions() {
		w.heading(3, "", a.name)
		w.list(true, a.steps)
	}
	w.heading(3, "", wordLostCommunications)
	w.list(true, b.steps(b.order.Communications.Lost, defaultLost))
	if b.order.Communications.Duress.On(orderfile.DriverCard) {
		w.fields(paper.Field{Label: wordDuress, Text: b.duress()})
	}
	w.table(b.codeWords(w), "", 0)
	// Last, so that they can be taken off and clipped to the dashboard, and what comes
	// before runs on without gaps that a drawing would leave.
	for i := range b.legs {
		if l := &b.legs[i]; !l.rail() {
			w.add(b.strips(l, own)...)
		}
	}
	return b.document(say(wordDriverTitle, plain.Text(d.sign), plain.Text(x.CallSign)), w)
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// inColumn says which vehicle of the column this is, and who drives before and
// behind it.
func inColumn(v []outrider.ColumnVehicle, i int) string {
	s := say(wordNth, i+1, len(v))
	if i > 0 {
		s += say(wordBehindVehicle, plain.Text(v[i-1].CallSign))
	}
	if i+1 < len(v) {
		s += say(wordAheadOf, plain.Text(v[i+1].CallSign))
	}
	return s
}

// own is when a vehicle leaves, and until when it may.
func (b *book) own(l *leg, offset time.Duration) string {
	s := b.Local(l.Earliest.Add(offset))
	if l.Latest.After(l.Earliest) {
		s += say(wordAtLatest, b.Minute(l.Earliest, l.Latest.Add(offset)))
	}
	return s
}

// driverByRail says what drivers do on a leg by rail: the column follows the train,
// or stays where it is.
func (b *book) driverByRail(w *writer, l *leg) {
	if l.Rail == nil || l.Rail.Shadow == nil {
		w.paragraph(wordByTrainOnly)
		return
	}
	w.paragraph(wordFollowTrain)
	w.table(b.rendezvous(l), "", 0)
}

// ownWay lists the points of the march table and the turns of a leg in order of
// passage, with the times of one vehicle: a driver reads down one list.
func (b *book) ownWay(l *leg, own time.Duration) paper.Table {
	t := paper.Table{Caption: wordYourWay, Columns: columns(wordMark, ">"+b.Unit(), wordTime, wordPointOrTurn, ">"+wordFor, ">"+wordHalt)}
	t.Columns[3].Share = 1
	steps := l.route.Steps
	step := 0
	turn := func(s *outrider.Step) {
		text := plain.Capital(plain.Text(s.Turn)) + ", " + b.road(s.Road)
		t.Rows = append(t.Rows, []string{"", b.Odometer(s.From), b.Minute(l.Earliest, l.timeAt(s.From).Add(own)), text, b.Distance(s.Length), ""})
	}
	for i, name := range marks(l.route.March) {
		m := &l.route.March[i]
		// A point at a turn lies on the road that is turned into.
		for ; i > 0 && step < len(steps) && (steps[step].From <= m.Odometer || m.Kind == "release"); step++ {
			turn(&steps[step])
		}
		halt := ""
		if m.HaltS > 0 {
			halt = exchange.Duration(m.HaltS)
		}
		if m.Kind != "critical" {
			t.Strong = append(t.Strong, len(t.Rows))
		}
		point := plain.Capital(b.point(m))
		if m.Dark {
			point += wordDarkMark
		}
		t.Rows = append(t.Rows, []string{name, b.Odometer(m.Odometer), b.Minute(l.Earliest, m.Head.Add(own)), point, "", halt})
	}
	for ; step < len(steps); step++ {
		turn(&steps[step])
	}
	return t
}

// ownDecisions lists where a driver must be ready to be told of another route.
func (b *book) ownDecisions(l *leg) paper.Table {
	t := paper.Table{Caption: wordYourDecisions, Columns: columns(">"+b.Unit(), wordDecideBy, wordToRoute, wordAt, wordOver)}
	t.Columns[3].Share, t.Columns[4].Share = 2, 3
	for _, i := range l.decisions() {
		d := &l.Decisions[i]
		over := b.roads(d.Over)
		if d.Parting {
			over = wordPart
		}
		t.Rows = append(t.Rows, []string{b.Odometer(d.Odometer), b.Minute(l.Earliest, d.Latest), b.call(outrider.ThingRoute, d.To), b.road(d.Road), over})
	}
	return t
}

// ownHavens lists where a driver finds help: who is there day and night, or has been
// seen by a survey.
func (b *book) ownHavens(l *leg) paper.Table {
	t := paper.Table{Caption: wordSafeHavens, Columns: columns(">"+b.Unit(), wordKind, wordName, ">"+wordDrive, wordPosition)}
	for _, h := range l.safe() {
		if !h.Verified && (h.Kind == "fuel" || h.Kind == "helipad") {
			continue
		}
		drive := exchange.Duration(h.Drive)
		if h.air > 0 {
			drive = wordUnknown
		}
		t.Rows = append(t.Rows, []string{b.Odometer(h.Odometer), kindName(h.Kind), b.havenName(h.Name), drive, b.Position(h.Lat, h.Lon)})
	}
	return t
}

// dashCard is what is read while driving, at night too.
func (b *book) dashCard(i int) paper.Document {
	w := &writer{}
	v := b.plan.Convoy.Vehicles
	w.fields(
		paper.Field{Label: wordInColumn, Text: inColumn(v, i)},
		paper.Field{Label: wordControl, Text: b.control()},
		paper.Field{Label: wordPrimaryNet, Text: b.primaryNet()},
		paper.Field{Label: wordSpeeds, Text: say(wordSpeedsShort, b.speed(b.plan.Convoy.MarchKMH), b.speed(b.plan.Convoy.CatchUpKMH))},
	)
	own := seconds(v[i].OffsetS)
	for k := range b.legs {
		l := &b.legs[k]
		w.heading(2, fmt.Sprint(l.number), l.title)
		t := paper.Table{Columns: columns(wordTime, ">"+b.Unit(), wordPoint)}
		if l.rail() {
			s := b.rendezvous(l)
			if len(s.Rows) == 0 {
				w.paragraph(wordByTrainOnly)
				continue
			}
			for j, row := range s.Rows {
				t.Rows = append(t.Rows, []string{b.Minute(l.Earliest, l.Rail.Shadow.Rendezvous[j].Column.Add(own)), row[1], row[0]})
			}
			t.Columns = columns(wordTime, ">"+say(wordTrainUnit, b.Unit()), wordPoint)
		} else {
			b.dashRows(&t, l, own)
		}
		w.table(t, "", 2)
	}
	w.heading(2, "", wordLostCommunications)
	w.list(true, b.steps(b.order.Communications.Lost, defaultLost))
	if b.order.Communications.Duress.On(orderfile.DashCard) {
		w.fields(paper.Field{Label: wordDuress, Text: b.duress()})
	}
	d := b.document(plain.Text(v[i].CallSign), w)
	d.Size, d.Dark = paper.A6, true
	return d
}

// dashRows lists the march table of a leg and the decision points of its route;
// critical points that follow one another closely are one row.
func (b *book) dashRows(t *paper.Table, l *leg, own time.Duration) {
	type line struct {
		odometer float64
		at       time.Time
		text     string
		strong   bool
	}
	var list []line
	rows := l.route.March
	names := marks(rows)
	for i := 0; i < len(rows); {
		m := &rows[i]
		end := i + 1
		for m.Kind == "critical" && end < len(rows) && rows[end].Kind == "critical" &&
			(rows[end].Odometer-m.Odometer < dashTogether || rows[end].Point == rows[end-1].Point && rows[end].Odometer-rows[end-1].Odometer < dashTogether) {
			end++
		}
		name := names[i]
		if end-i > 1 {
			name += wordDash + names[end-1]
		}
		list = append(list, line{m.Odometer, m.Head, name + " " + plain.Capital(b.point(m)), m.Kind != "critical"})
		i = end
	}
	for _, i := range l.decisions() {
		d := &l.Decisions[i]
		list = append(list, line{d.Odometer, d.Latest, say(wordDecideTo, b.call(outrider.ThingRoute, d.To), b.road(d.Road)), true})
	}
	slices.SortStableFunc(list, func(a, c line) int { return cmp.Compare(a.odometer, c.odometer) })
	for _, q := range list {
		if q.strong {
			t.Strong = append(t.Strong, len(t.Rows))
		}
		t.Rows = append(t.Rows, []string{b.Minute(l.Earliest, q.at.Add(own)), b.Odometer(q.odometer), q.text})
	}
}

// dashTogether is how near critical points are that a dash card has in one row,
// metres.
const dashTogether = 1000

// postRange is how far from a post the column is taken to pass it, metres.
const postRange = 300

// postCard is what one person on a post needs: the post, and when the column passes
// it. It has no route, and no other post.
func (b *book) postCard(i int, sign string) paper.Document {
	w := &writer{}
	p := &b.order.Posts[i]
	where := wordUnknown
	if p.Place != nil {
		where = b.Position(p.Place.Lat, p.Place.Lon)
	}
	others := slices.DeleteFunc(slices.Clone(p.CallSigns), func(s string) bool { return s == sign })
	w.fields(
		paper.Field{Label: wordFor, Text: sign},
		paper.Field{Label: wordPost, Text: b.place(p.Name)},
		paper.Field{Label: wordPosition, Text: where},
		paper.Field{Label: wordWith, Text: or(strings.Join(others, ", "), wordAlone)},
		paper.Field{Label: wordFrom, Text: b.when(p.From)},
		paper.Field{Label: wordTo, Text: b.when(p.To)},
		paper.Field{Label: wordTask, Text: b.orUnknown(p.Task)},
		paper.Field{Label: wordWithdrawal, Text: b.orUnknown(p.Withdrawal)},
		paper.Field{Label: wordControl, Text: b.control()},
		paper.Field{Label: wordPrimaryNet, Text: b.primaryNet()},
	)
	w.table(b.passing(p), wordNotPassing, 0)
	w.heading(2, "", wordLostCommunications)
	w.list(true, b.steps(b.order.Communications.Lost, postLost))
	w.heading(2, "", wordOnAttack)
	w.list(true, slices.Clone(postAttack))
	if b.order.Communications.Duress.On(orderfile.PostCard) {
		w.fields(paper.Field{Label: wordDuress, Text: b.duress()})
	}
	return b.document(say(wordPostTitle, sign, b.place(p.Name)), w)
}

// passing lists when the column passes a post: on each leg, where its route comes
// nearest.
func (b *book) passing(p *orderfile.Post) paper.Table {
	t := paper.Table{Caption: wordColumnPasses, Columns: columns(wordHead, wordTail, wordEarlyLate, ">"+wordVehicles, wordFirst, wordLast)}
	if p.Place == nil {
		return t
	}
	v := b.plan.Convoy.Vehicles
	for i := range b.legs {
		l := &b.legs[i]
		if l.rail() || len(v) == 0 {
			continue
		}
		odometer, away := l.nearest(p.Place.Point())
		if away > postRange {
			continue
		}
		head := l.timeAt(odometer)
		early, late := 0.0, 0.0
		if r := l.route; r.Length > 0 && r.Late > r.Duration {
			share := odometer / r.Length
			early, late = share*(r.Duration-r.Early), share*(r.Late-r.Duration)
		}
		t.Rows = append(t.Rows, []string{
			b.Local(head), b.Local(head.Add(seconds(b.plan.Convoy.PassTime))), spread(early, late),
			fmt.Sprint(len(v)), plain.Text(v[0].CallSign), plain.Text(v[len(v)-1].CallSign),
		})
	}
	return t
}

// nearest returns where a leg's route is nearest to a place, and how far that is.
func (l *leg) nearest(p geo.Point) (odometer, away float64) {
	points := l.route.Points
	odometer, away = 0, geo.Distance(points[0].Point(), p)
	for i := 1; i < len(points); i++ {
		a, c := points[i-1].Point(), points[i].Point()
		if f, d := geo.ProjectOnSegment(p, a, c); d < away {
			odometer, away = l.route.Odometer[i-1]+f*(l.route.Odometer[i]-l.route.Odometer[i-1]), d
		}
	}
	return odometer, away
}
