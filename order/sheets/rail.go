package sheets

import (
	"fmt"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/plain"
	"github.com/outrider-project/outrider/paper"
)

// railBlocks says what a leg by rail needs besides its march table.
func (b *book) railBlocks(w *writer, l *leg) {
	r := l.Rail
	w.fields(
		paper.Field{Label: wordTrain, Text: say(wordTrainOf, or(plain.Text(r.Train.CallSign), wordUnknown), r.Train.LengthM, b.speed(r.Train.MaxKMH), plain.Text(string(r.Train.Traction)))},
		paper.Field{Label: wordBoards, Text: exchange.Duration(r.Train.BoardS) + ", " + exchange.Duration(r.Train.AlightS)},
		paper.Field{Label: wordStock, Text: b.stock(&r.Train)},
	)
	w.table(b.rendezvous(l), "", 0)
	if s := r.Shadow; s != nil {
		w.paragraph(plain.Capital(b.machine(s.Verdict)))
	}
	t := paper.Table{Caption: say(wordConflicts, l.title), Columns: columns(wordTrain, wordKind, wordBetweenStations, wordFrom, wordTo)}
	for i := range r.Conflicts {
		c := &r.Conflicts[i]
		t.Rows = append(t.Rows, []string{plain.Text(c.Trip), plain.Text(c.Kind), b.prose(c.Between), b.Minute(l.Earliest, c.From), b.Minute(l.Earliest, c.To)})
	}
	w.table(t, "", 0, 1)
	w.table(b.evacuation(l), "", 1, 0)
	w.table(b.holds(l), "", 1, 4)
}

func (b *book) stock(t *outrider.TrainPlan) string {
	var each []string
	for _, v := range t.Stock {
		s := plain.Text(strings.TrimSpace(v.CallSign + " " + v.Kind))
		if v.Seats > 0 || v.Headcount > 0 {
			s += say(wordSeats, carries(v.Headcount, v.Seats))
		}
		each = append(each, s)
	}
	return or(strings.Join(each, ", "), wordUnknown)
}

// rendezvous lists where the column on the road can meet the train.
func (b *book) rendezvous(l *leg) paper.Table {
	t := paper.Table{Caption: say(wordRendezvous, l.title), Columns: columns(wordPlace, ">"+b.Unit(), wordTrain, wordColumn, ">"+wordBehind, wordPosition)}
	if l.Rail == nil || l.Rail.Shadow == nil {
		return t
	}
	for i := range l.Rail.Shadow.Rendezvous {
		q := &l.Rail.Shadow.Rendezvous[i]
		column, behind := wordNoWay, ""
		if q.Reached {
			column, behind = b.Second(l.Earliest, q.Column), exchange.Duration(q.Behind)
		}
		if !q.Reached || q.Behind > l.Rail.Shadow.MaxBehind {
			t.Strong = append(t.Strong, len(t.Rows))
		}
		t.Rows = append(t.Rows, []string{b.place(q.Name), b.Odometer(q.Odometer), b.Second(l.Earliest, q.Train), column, behind, b.Position(q.Lat, q.Lon)})
	}
	return t
}

// evacuation lists how to get away from tunnels and bridges.
func (b *book) evacuation(l *leg) paper.Table {
	t := paper.Table{Caption: say(wordEvacuation, l.title), Columns: columns(">"+b.Unit(), wordKind, ">"+wordExtent, wordAccessBefore, ">"+wordWalk, wordAccessAfter, ">"+wordWalk)}
	access := func(a *outrider.RailAccessAt, walk float64) (string, string) {
		if a == nil {
			return wordNone, ""
		}
		return b.road(a.Road) + ", " + b.Position(a.Lat, a.Lon), b.Distance(walk)
	}
	for i := range l.Rail.Evacuation {
		q := &l.Rail.Evacuation[i]
		before, back := access(q.Before, q.WalkBefore)
		after, on := access(q.After, q.WalkAfter)
		t.Rows = append(t.Rows, []string{b.Odometer(q.From), kindName(q.Kind), b.Distance(q.To - q.From), before, back, after, on})
	}
	return t
}

// holds lists tracks on which the train can be held.
func (b *book) holds(l *leg) paper.Table {
	t := paper.Table{Caption: say(wordHolds, l.title), Columns: columns(">"+b.Unit(), wordKind, ">"+wordClear, wordEntered, wordPosition)}
	for i := range l.Rail.Sidings {
		q := &l.Rail.Sidings[i]
		entered := wordAhead
		if q.Backwards {
			entered = wordBackwards
		}
		t.Rows = append(t.Rows, []string{b.Odometer(q.Odometer), plain.Text(q.Kind), fmt.Sprintf(wordWholeMetres, q.Length), entered, b.Position(q.Lat, q.Lon)})
	}
	return t
}
