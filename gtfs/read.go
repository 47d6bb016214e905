package gtfs

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider/geo"
)

// limits bound what a feed may cost, so that a small file that unpacks to a great
// one does no harm. They are far above the feed of a whole country.
type limits struct {
	bytes int64 // unpacked, of all files read
	rows  int   // of all files read
	calls int   // kept
}

func standardLimits() *limits { return &limits{bytes: 4 << 30, rows: 200_000_000, calls: 20_000_000} }

func (l *limits) row(t *table) error {
	if l.rows--; l.rows < 0 {
		return &Error{File: t.file, Line: t.next, Cause: "the feed has too many rows", Remedy: "cut it down to the lines and days that are needed"}
	}
	return nil
}

// A bounded reader ends with an error where the feed unpacks to too much.
type bounded struct {
	r      io.Reader
	file   string
	limits *limits
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.limits.bytes -= int64(n); b.limits.bytes < 0 {
		return 0, &Error{File: b.file, Cause: "the feed unpacks to too much", Remedy: "cut it down to the lines and days that are needed"}
	}
	return n, err
}

// Read reads a feed: a zip file of the given name, which stands in the result and
// is not opened. What is wrong is an *Error that names file and line. It needs
// memory for what is kept, the ids of all trips and one file's row at a time, and
// takes time in proportion to what the files on the allow-list unpack to.
func Read(name string, src []byte) (*Feed, error) { return read(name, src, standardLimits()) }

func read(name string, src []byte, l *limits) (*Feed, error) {
	archive, err := zip.NewReader(bytes.NewReader(src), int64(len(src)))
	if err != nil {
		cause := "not a zip file, or one that was cut off"
		if !errors.Is(err, zip.ErrFormat) {
			cause = "not a zip file that can be read: " + err.Error()
		}
		return nil, &Error{Cause: cause, Remedy: "give a GTFS feed as it is published"}
	}
	sum := sha256.Sum256(src)
	r := reader{
		files: make(map[string]*zip.File), limits: l,
		feed:   &Feed{Name: name, Hash: hex.EncodeToString(sum[:])},
		routes: make(map[string]route), trips: make(map[string]int), services: make(map[string]int),
	}
	if err := r.find(archive); err != nil {
		return nil, err
	}
	for _, step := range []func() error{
		r.readAgency, r.readRoutes, r.readCalendar, r.readCalendarDates, r.readTrips, r.readStops, r.readStopTimes, r.readFrequencies,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r.finish(), nil
}

// A reader holds what is known of a feed while its files are read.
type reader struct {
	files    map[string]*zip.File
	limits   *limits
	feed     *Feed
	routes   map[string]route
	trips    map[string]int // place in feed.Trips, or offRails
	services map[string]int // place in feed.services
	stops    map[string]int // place in halts; in Stop.Parent, too
	halts    []halt
	calls    [][]call // of each trip
}

// offRails stands for a trip that is not kept.
const offRails = -1

type route struct {
	line string
	kind int
}

// A halt is a stop before it is known whether a train calls there.
type halt struct {
	Stop
	placed bool
	parent string // id
	line   int
	used   bool
}

// A call is a call before the calls of its trip are in order.
type call struct {
	Call
	sequence, line int
	timed          bool
}

// Files that are read, and which of them a feed must have.
const (
	agencyFile        = "agency.txt"
	stopsFile         = "stops.txt"
	routesFile        = "routes.txt"
	tripsFile         = "trips.txt"
	stopTimesFile     = "stop_times.txt"
	calendarFile      = "calendar.txt"
	calendarDatesFile = "calendar_dates.txt"
	frequenciesFile   = "frequencies.txt"
)

// find looks the files of the allow-list up in the archive.
func (r *reader) find(archive *zip.Reader) error {
	wanted := []string{agencyFile, stopsFile, routesFile, tripsFile, stopTimesFile, calendarFile, calendarDatesFile, frequenciesFile}
	folder := ""
	for _, f := range archive.File {
		if slices.Contains(wanted, f.Name) {
			if r.files[f.Name] != nil {
				return &Error{File: f.Name, Cause: "stands twice in the feed", Remedy: "get the feed anew"}
			}
			r.files[f.Name] = f
		} else if before, ok := strings.CutSuffix(f.Name, "/"+agencyFile); ok {
			folder = before
		}
	}
	for _, name := range []string{agencyFile, stopsFile, routesFile, tripsFile, stopTimesFile} {
		if r.files[name] != nil {
			continue
		}
		if folder != "" {
			return &Error{File: name, Cause: "is missing; the files lie in folder " + quote([]byte(folder)), Remedy: "pack them without the folder"}
		}
		return &Error{File: name, Cause: "is missing", Remedy: "a feed must have it; give a GTFS feed as it is published"}
	}
	if r.files[calendarFile] == nil && r.files[calendarDatesFile] == nil {
		return &Error{File: calendarFile, Cause: "is missing, and so is " + calendarDatesFile, Remedy: "a feed must have one of them"}
	}
	return nil
}

// each reads the rows of a file, if it is there.
func (r *reader) each(file string, required, optional []string, row func(*table) error) (err error) {
	f := r.files[file]
	if f == nil {
		return nil
	}
	src, err := f.Open()
	if err != nil {
		return &Error{File: file, Cause: "cannot be unpacked: " + err.Error(), Remedy: "get the feed anew"}
	}
	defer func() {
		if closing := src.Close(); err == nil && closing != nil {
			err = &Error{File: file, Cause: "cannot be unpacked: " + closing.Error(), Remedy: "get the feed anew"}
		}
	}()
	t, err := newTable(file, &bounded{src, file, r.limits}, r.limits, required, optional)
	if err != nil {
		return err
	}
	for {
		more, err := t.row()
		if err != nil {
			return err
		}
		if !more {
			return nil
		}
		if err := row(t); err != nil {
			return err
		}
	}
}

func (r *reader) readAgency() error {
	name := ""
	err := r.each(agencyFile, []string{"agency_timezone"}, nil, func(t *table) error {
		zone, err := t.id(0)
		if err != nil {
			return err
		}
		if name != "" && zone != name {
			return t.bad(fmt.Sprintf("time zone %q, but %q before", zone, name), "a feed must have one time zone")
		}
		if name = zone; r.feed.Zone != nil {
			return nil
		}
		// LoadLocation knows two names that are none.
		if zone == "Local" {
			return t.bad("time zone \"Local\"", "give one as America/New_York")
		}
		if r.feed.Zone, err = time.LoadLocation(zone); err != nil {
			return t.bad(fmt.Sprintf("time zone %q is not known", zone), "give one as America/New_York")
		}
		return nil
	})
	if err == nil && r.feed.Zone == nil {
		err = &Error{File: agencyFile, Cause: "no agency", Remedy: "give one with its agency_timezone"}
	}
	return err
}

func (r *reader) readRoutes() error {
	return r.each(routesFile, []string{"route_id", "route_type"}, []string{"route_short_name", "route_long_name"}, func(t *table) error {
		id, err := t.id(0)
		if err != nil {
			return err
		}
		if _, twice := r.routes[id]; twice {
			return t.twice(0, id)
		}
		var out route
		if out.kind, err = t.number(1, 0, 9999); err != nil {
			return err
		}
		for _, column := range []int{2, 3} {
			if out.line == "" {
				if out.line, err = t.text(column); err != nil {
					return err
				}
			}
		}
		r.routes[id] = out
		return nil
	})
}

func (r *reader) readCalendar() error {
	columns := []string{"service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "start_date", "end_date"}
	return r.each(calendarFile, columns, nil, func(t *table) error {
		id, err := t.id(0)
		if err != nil {
			return err
		}
		if _, twice := r.services[id]; twice {
			return t.twice(0, id)
		}
		var s service
		for i := range 7 {
			runs, err := t.number(1+i, 0, 1)
			if err != nil {
				return err
			}
			s.weekdays[(i+1)%7] = runs == 1
		}
		if s.from, err = t.date(8); err != nil {
			return err
		}
		if s.to, err = t.date(9); err != nil {
			return err
		}
		if s.to < s.from {
			return t.bad("end_date is before start_date", "give the last day of service")
		}
		r.services[id] = len(r.feed.services)
		r.feed.services = append(r.feed.services, s)
		return nil
	})
}

func (r *reader) readCalendarDates() error {
	return r.each(calendarDatesFile, []string{"service_id", "date", "exception_type"}, nil, func(t *table) error {
		id, err := t.id(0)
		if err != nil {
			return err
		}
		d, err := t.date(1)
		if err != nil {
			return err
		}
		kind, err := t.number(2, 1, 2)
		if err != nil {
			return err
		}
		i, known := r.services[id]
		if !known {
			i = len(r.feed.services)
			r.services[id] = i
			r.feed.services = append(r.feed.services, service{from: 1, to: 0})
		}
		s := &r.feed.services[i]
		if _, twice := s.added[d]; twice {
			return t.bad(fmt.Sprintf("service_id %q has that date twice", id), "leave one of them")
		}
		if s.added == nil {
			s.added = make(map[day]bool)
		}
		s.added[d] = kind == 1
		return nil
	})
}

func (r *reader) readTrips() error {
	return r.each(tripsFile, []string{"route_id", "service_id", "trip_id"}, []string{"trip_short_name", "trip_headsign"}, func(t *table) error {
		id, err := t.id(2)
		if err != nil {
			return err
		}
		if _, twice := r.trips[id]; twice {
			return t.twice(2, id)
		}
		on, known := r.routes[string(t.raw(0))]
		if !known {
			return t.missing(0, routesFile)
		}
		if !Rail(on.kind) {
			r.trips[id] = offRails
			return nil
		}
		service, known := r.services[string(t.raw(1))]
		if !known {
			return t.missing(1, calendarFile+" or "+calendarDatesFile)
		}
		trip := Trip{ID: id, Line: on.line, Kind: on.kind, service: service}
		if trip.Number, err = t.text(3); err != nil {
			return err
		}
		if trip.Headsign, err = t.text(4); err != nil {
			return err
		}
		r.trips[id] = len(r.feed.Trips)
		r.feed.Trips = append(r.feed.Trips, trip)
		return nil
	})
}

func (r *reader) readStops() error {
	r.stops = make(map[string]int)
	err := r.each(stopsFile, []string{"stop_id"}, []string{"stop_name", "stop_lat", "stop_lon", "parent_station"}, func(t *table) error {
		id, err := t.id(0)
		if err != nil {
			return err
		}
		if _, twice := r.stops[id]; twice {
			return t.twice(0, id)
		}
		h := halt{Stop: Stop{ID: id, Parent: -1}, line: t.line}
		if h.Name, err = t.text(1); err != nil {
			return err
		}
		// Nodes and boarding areas may have no position, and no train calls there.
		if len(t.raw(2)) > 0 || len(t.raw(3)) > 0 {
			lat, err := t.degrees(2, 90)
			if err != nil {
				return err
			}
			lon, err := t.degrees(3, 180)
			if err != nil {
				return err
			}
			h.Point, h.placed = geo.PointFromDegrees(lat, lon), true
		}
		h.parent = string(t.raw(4))
		r.stops[id] = len(r.halts)
		r.halts = append(r.halts, h)
		return nil
	})
	if err != nil {
		return err
	}
	for i := range r.halts {
		h := &r.halts[i]
		if h.parent == "" {
			continue
		}
		p, known := r.stops[h.parent]
		if !known {
			return &Error{File: stopsFile, Line: h.line, Cause: fmt.Sprintf("parent_station %s is not in %s", quote([]byte(h.parent)), stopsFile), Remedy: "add it there, or correct the id"}
		}
		h.Parent = p
	}
	// A boarding area lies in a platform, and that in a station.
	const deepest = 2
	for _, h := range r.halts {
		p := h.Parent
		for range deepest {
			if p >= 0 {
				p = r.halts[p].Parent
			}
		}
		if p >= 0 {
			return &Error{File: stopsFile, Line: h.line, Cause: "parent_station goes on for more than two steps, or round in a circle", Remedy: "let platforms name their station, and stations none"}
		}
	}
	return nil
}

func (r *reader) readStopTimes() error {
	r.calls = make([][]call, len(r.feed.Trips))
	err := r.each(stopTimesFile, []string{"trip_id", "stop_id", "stop_sequence"}, []string{"arrival_time", "departure_time", "timepoint"}, func(t *table) error {
		trip, known := r.trips[string(t.raw(0))]
		if !known {
			return t.missing(0, tripsFile)
		}
		if trip == offRails {
			return nil
		}
		if r.limits.calls--; r.limits.calls < 0 {
			return t.bad("the feed has too many calls of trains", "cut it down to the lines and days that are needed")
		}
		stop, known := r.stops[string(t.raw(1))]
		if !known {
			return t.missing(1, stopsFile)
		}
		if !r.halts[stop].placed {
			return t.bad(fmt.Sprintf("stop_id %s has no position in %s:%d", quote(t.raw(1)), stopsFile, r.halts[stop].line), "give its stop_lat and stop_lon")
		}
		c := call{Call: Call{Stop: stop}, line: t.line}
		var err error
		if c.sequence, err = t.number(2, 0, 1<<31-1); err != nil {
			return err
		}
		arrive, hasArrival, err := t.clock(3)
		if err != nil {
			return err
		}
		depart, hasDeparture, err := t.clock(4)
		if err != nil {
			return err
		}
		switch {
		case !hasArrival:
			arrive = depart
		case !hasDeparture:
			depart = arrive
		}
		if depart < arrive {
			return t.bad("departure_time is before arrival_time", "correct one of them")
		}
		c.Arrive, c.Depart, c.timed = arrive, depart, hasArrival || hasDeparture
		if len(t.raw(5)) > 0 {
			exact, err := t.number(5, 0, 1)
			if err != nil {
				return err
			}
			c.Estimated = exact == 0
		}
		r.calls[trip] = append(r.calls[trip], c)
		return nil
	})
	if err != nil {
		return err
	}
	for i := range r.calls {
		if err := r.order(i); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) readFrequencies() error {
	return r.each(frequenciesFile, []string{"trip_id", "start_time", "end_time", "headway_secs"}, []string{"exact_times"}, func(t *table) error {
		trip, known := r.trips[string(t.raw(0))]
		if !known {
			return t.missing(0, tripsFile)
		}
		if trip == offRails {
			return nil
		}
		from, hasFrom, err := t.clock(1)
		if err != nil {
			return err
		}
		to, hasTo, err := t.clock(2)
		if err != nil {
			return err
		}
		if !hasFrom || !hasTo || to <= from {
			return t.bad("no time from start_time to end_time", "give both, end_time after start_time")
		}
		seconds, err := t.number(3, 10, 86400)
		if err != nil {
			return err
		}
		exact := 0
		if len(t.raw(4)) > 0 {
			if exact, err = t.number(4, 0, 1); err != nil {
				return err
			}
		}
		on := &r.feed.Trips[trip]
		on.every = append(on.every, headway{from: from, to: to, every: time.Duration(seconds) * time.Second, exact: exact == 1})
		return nil
	})
}

func (t *table) twice(column int, id string) error {
	return t.bad(fmt.Sprintf("%s %s stands twice", t.names[column], quote([]byte(id))), "give every one another id")
}

func (t *table) missing(column int, file string) error {
	if len(t.raw(column)) == 0 {
		return t.bad("no "+t.names[column], "give one")
	}
	return t.bad(fmt.Sprintf("%s %s is not in %s", t.names[column], quote(t.raw(column)), file), "add it there, or correct the id")
}
