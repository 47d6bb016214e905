package exchange

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/outrider-project/outrider/internal/yamldoc"
)

const timeRemedy = "write 2026-11-24T06:30 for local time, 2026-11-24T06:30-05:00 with an offset, or a date-time group such as 241130ZNOV26"

// time reads a point in time: with an offset, local to the movement's zone, or
// as a date-time group.
func (r *movementReader) time(at, s string, zone *time.Location) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if t, isGroup, ok := r.group(at, s, zone); isGroup {
		return t, ok
	}
	for _, layout := range []string{"2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04Z07:00", "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.In(zone), r.year(at, t)
		}
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if wall, err := time.Parse(layout, s); err == nil {
			return r.local(at, s, wall, zone)
		}
	}
	r.bad(at, fmt.Sprintf("%q is not a time", s), timeRemedy, nil)
	return time.Time{}, false
}

// ParseTime reads a point in time as movement files write it: with an offset,
// local to the zone, or as a date-time group. The error is an *outrider.Error
// without a place.
func ParseTime(s string, zone *time.Location) (time.Time, error) {
	r := movementReader{doc: new(yamldoc.Document)}
	t, ok := r.time("", s, zone)
	if !ok {
		e := *r.problems[0]
		e.Where = ""
		return time.Time{}, &e
	}
	return t, nil
}

// local returns the moment at which the clocks of the zone show the wall time,
// given as if in UTC, and refuses one that they skip or show twice.
func (r *movementReader) local(at, s string, wall time.Time, zone *time.Location) (time.Time, bool) {
	times := instants(wall, zone)
	switch len(times) {
	case 0:
		r.bad(at, fmt.Sprintf("%s does not exist in %s: the clocks go forward over it", s, zone), "give a time that exists, or add an offset such as "+wall.Format("2006-01-02T15:04")+offset(wall, zone), nil)
		return time.Time{}, false
	case 1:
		return times[0], r.year(at, times[0])
	default:
		r.bad(at, fmt.Sprintf("%s happens twice in %s: the clocks go back over it", s, zone),
			fmt.Sprintf("add the offset: %s or %s", times[0].Format("2006-01-02T15:04Z07:00"), times[1].Format("2006-01-02T15:04Z07:00")), nil)
		return time.Time{}, false
	}
}

// dateTimeGroup is day, hour, minute, zone letter, month and year; blanks may
// stand before and after the month.
var dateTimeGroup = regexp.MustCompile(`^(?i)([0-9]{2})([0-9]{2})([0-9]{2})([A-Z]?) ?([A-Z]{3}) ?([0-9]{2})$`)

// group reads a date-time group, such as 241130ZNOV26, in the zone that its
// letter names. isGroup is false if the text does not look like one.
func (r *movementReader) group(at, s string, zone *time.Location) (t time.Time, isGroup, ok bool) {
	m := dateTimeGroup.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false, false
	}
	refuse := func(cause, remedy string) (time.Time, bool, bool) {
		r.bad(at, fmt.Sprintf("the date-time group %q %s", s, cause), remedy, nil)
		return time.Time{}, true, false
	}
	day, hour, minute := number2(m[1]), number2(m[2]), number2(m[3])
	month, err := time.Parse("Jan", m[5])
	switch {
	case m[4] == "":
		return refuse("has no zone letter", "put Z (UTC), J (the movement's own zone) or another letter behind the four figures of the time")
	case err != nil:
		return refuse("names no month: "+strings.ToUpper(m[5]), "write JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV or DEC")
	case hour > 23 || minute > 59:
		return refuse("names a time that no clock shows: "+m[2]+m[3], "use 0000 to 2359")
	}
	wall := time.Date(2000+number2(m[6]), month.Month(), day, hour, minute, 0, 0, time.UTC)
	if wall.Day() != day {
		return refuse(fmt.Sprintf("names day %s of %s %d, which has not that many", m[1], month.Month(), 2000+number2(m[6])), "mend the date")
	}
	letter := strings.ToUpper(m[4])
	if letter == "J" {
		t, ok = r.local(at, s, wall, zone)
		return t, true, ok
	}
	return wall.Add(-time.Duration(zoneHours(letter[0])) * time.Hour).In(zone), true, true
}

// zoneHours returns the hours that the zone of a letter is ahead of UTC: A to I
// and K to M are 1 to 12 east, N to Y are 1 to 12 west, Z is UTC (ACP 121). J
// has no hours of its own.
func zoneHours(letter byte) int {
	switch {
	case letter < 'J':
		return int(letter-'A') + 1
	case letter <= 'M':
		return int(letter-'K') + 10
	case letter <= 'Y':
		return -(int(letter-'N') + 1)
	}
	return 0
}

// number2 reads two figures.
func number2(s string) int {
	n, _ := strconv.Atoi(s) // the pattern lets nothing else pass
	return n
}

// day reads a calendar day, 2026-11-20.
func (r *movementReader) day(at, s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		r.bad(at, fmt.Sprintf("%q is not a day", s), "write it as 2026-11-20", err)
		return time.Time{}, false
	}
	return t, r.year(at, t)
}

func (r *movementReader) year(at string, t time.Time) bool {
	if y := t.UTC().Year(); y < 1990 || y > 2200 {
		r.bad(at, fmt.Sprintf("the year %d is none that a movement is planned for", y), "mend the date", nil)
		return false
	}
	return true
}

// instants returns the moments at which the clocks of a zone show the wall time
// (given as if in UTC), in order: usually one, none in the gap when clocks go
// forward, two when they go back.
func instants(wall time.Time, zone *time.Location) []time.Time {
	var found []time.Time
	for _, days := range []int{-1, 1} { // zones change at most once in two days
		_, seconds := wall.AddDate(0, 0, days).In(zone).Zone()
		t := wall.Add(-time.Duration(seconds) * time.Second).In(zone)
		_, actual := t.Zone()
		if actual != seconds || len(found) == 1 && found[0].Equal(t) {
			continue
		}
		found = append(found, t)
	}
	if len(found) == 2 && found[1].Before(found[0]) {
		found[0], found[1] = found[1], found[0]
	}
	return found
}

func offset(wall time.Time, zone *time.Location) string {
	return wall.AddDate(0, 0, 1).In(zone).Format("Z07:00")
}
