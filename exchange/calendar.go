package exchange

import (
	"io"
	"strconv"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
)

const (
	// dutyGap parts two duties: with less time between two legs they are one.
	dutyGap = 8 * time.Hour
	// dutyGrain is what times of duties are rounded to, so that they do not tell how
	// long the drive is.
	dutyGrain = 30 * time.Minute
)

// A Duty is what a calendar says of a movement.
type Duty struct {
	CallIn time.Time // report by then
	From   time.Time // the column may leave from then on
	Latest time.Time // and until then
	Until  time.Time // it is back, or has arrived, even if all goes slowly
}

// Duties returns when crews are on duty: one duty for legs with less than eight
// hours between them. Call in is the lead before the earliest start. All times
// are rounded outwards to half hours.
func Duties(p *outrider.Plan, lead time.Duration) []Duty {
	var all []Duty
	for i := range p.Legs {
		leg := &p.Legs[i]
		end := leg.Latest
		for j := range leg.Routes {
			r := &leg.Routes[j]
			seconds := max(r.Times[len(r.Times)-1], r.Late+r.Halts) + p.Convoy.PassTime
			if t := leg.Latest.Add(time.Duration(seconds * float64(time.Second))); t.After(end) {
				end = t
			}
		}
		if n := len(all); n > 0 && leg.Earliest.Sub(all[n-1].Until) < dutyGap {
			if end.After(all[n-1].Until) {
				all[n-1].Until = end
			}
			continue
		}
		all = append(all, Duty{CallIn: leg.Earliest.Add(-lead), From: leg.Earliest, Latest: leg.Latest, Until: end})
	}
	for i := range all {
		d := &all[i]
		d.CallIn, d.From, d.Latest, d.Until = before(d.CallIn), before(d.From), after(d.Latest), after(d.Until)
	}
	return all
}

func before(t time.Time) time.Time { return t.UTC().Truncate(dutyGrain) }

func after(t time.Time) time.Time {
	if r := before(t); r.Before(t) {
		return r.Add(dutyGrain)
	}
	return t.UTC()
}

// WriteICal writes the duties of a plan as a calendar (RFC 5545): for each the
// events "Call in", "Stand-by" and "Duty", and nothing else: no place, no route,
// no name. Stand-by is the band from call in to the latest start. The ids of the
// events stay the same when the movement is planned again, so that a calendar
// puts the new times in place of the old.
func WriteICal(w io.Writer, p *outrider.Plan, lead time.Duration) error {
	if err := check(p); err != nil {
		return err
	}
	if lead < 0 || lead > 48*time.Hour {
		return &outrider.Error{Kind: outrider.Invalid, Where: "call in", Cause: "it is " + lead.String() + " before the start", Remedy: "give from 0 to 48 hours"}
	}
	c := ics.NewCalendarFor("outrider")
	c.SetProductId("-//outrider//" + plain.Text(p.Inputs.Program) + "//EN")
	c.SetMethod(ics.MethodPublish)
	for i, d := range Duties(p, lead) {
		add := func(summary string, from, until time.Time) {
			if !from.Before(until) {
				until = from.Add(dutyGrain)
			}
			e := c.AddEvent(uid(p, summary+" "+strconv.Itoa(i+1)))
			e.SetDtStampTime(p.Made)
			e.SetSequence(sequence(p))
			e.SetStartAt(from)
			e.SetEndAt(until)
			e.SetSummary(summary)
			e.SetClass(ics.ClassificationConfidential)
		}
		add("Call in", d.CallIn, d.CallIn)
		add("Stand-by", d.CallIn, d.Latest)
		add("Duty", d.From, d.Until)
	}
	return c.SerializeTo(w)
}

// sequence grows with every plan of a movement: minutes from 2020 on.
func sequence(p *outrider.Plan) int {
	return max(0, int(p.Made.Sub(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))/time.Minute))
}
