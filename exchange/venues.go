package exchange

import (
	"fmt"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
)

func (r *movementReader) venues(files []venueFile) []outrider.Venue {
	var venues []outrider.Venue
	first := map[string]int{}
	for i := range files {
		f, at := &files[i], fmt.Sprintf("/venues/%d", i)
		r.text(at+"/name", f.Name)
		name := strings.TrimSpace(f.Name)
		switch k, again := first[name]; {
		case name == "" || name == unknown:
			r.bad(at+"/name", "the venue has no name", "give the name by which legs and stays refer to it", nil)
		case again:
			r.bad(at+"/name", fmt.Sprintf("there is a venue %q already, venue %d", name, k+1), "give every venue its own name", nil)
		default:
			first[name] = i
		}
		venues = append(venues, r.venue(at, name, f))
	}
	return venues
}

func (r *movementReader) venue(at, name string, f *venueFile) outrider.Venue {
	v := outrider.Venue{Name: name, At: r.endpoint(at+"/at", &f.At), VerifiedBy: f.VerifiedBy, Position: r.position(at)}
	if f.At.Label == "" {
		v.At.Label = name
	}
	v.Arrival = r.venuePoint(at+"/arrival", "arrival point", f.Arrival, &v.At)
	v.Departure = r.venuePoint(at+"/departure", "departure point", f.Departure, &v.At)
	v.AlternateEntrance = r.venuePoint(at+"/alternate_entrance", "alternate entrance", f.AlternateEntrance, nil)
	v.Staging = r.venuePlace(at+"/staging", "staging", f.Staging)
	v.LandingZone = r.venuePlace(at+"/landing_zone", "landing zone", f.LandingZone)
	v.TraumaHospital = r.venuePlace(at+"/trauma_hospital", "trauma hospital", f.TraumaHospital)
	for _, t := range f.Telephones {
		if t.Number == unknown {
			t.Number = ""
		}
		v.Telephones = append(v.Telephones, outrider.OfficeTelephone{Office: t.Office, Number: t.Number})
	}
	if v.VerifiedBy == unknown {
		v.VerifiedBy = ""
	}
	if f.Verified != "" && f.Verified != unknown {
		v.Verified, _ = r.day(at+"/verified", f.Verified)
	} else if v.VerifiedBy != "" {
		r.bad(at+"/verified_by", fmt.Sprintf("%s verified the sheet, but not on any day", v.VerifiedBy), "add verified: with the day, or remove verified_by", nil)
	}
	return v
}

// venuePlace reads a place of a venue, nil if it is not known. A coordinate
// without a label is called after its part in the sheet.
func (r *movementReader) venuePlace(at, part string, f *placeFile) *outrider.Endpoint {
	if !f.known() {
		return nil
	}
	e := r.endpoint(at, f)
	if f.Label == "" && e.Point != nil {
		e.Label = part
	}
	return &e
}

// venuePoint reads a point of a venue. One that has a side of approach only is
// the venue itself, where the venue's place can stand in for it.
func (r *movementReader) venuePoint(at, part string, f *venuePointFile, venue *outrider.Endpoint) *outrider.VenuePoint {
	if f == nil {
		return nil
	}
	side := outrider.Side(f.Approach)
	if side == unknown {
		side = ""
	}
	switch {
	case f.At.known():
		return &outrider.VenuePoint{At: *r.venuePlace(at+"/at", part, f.At), Approach: side}
	case side == "":
		return nil
	case venue == nil:
		r.bad(at+"/approach", "there is a side to come from, but no place to come to", "add at:, or remove approach", nil)
		return nil
	}
	return &outrider.VenuePoint{At: *venue, Approach: side}
}

// legEnd reads a place at an end of a leg: a place, or a venue, of which it is
// the point of departure or of arrival.
func (r *movementReader) legEnd(at string, f *placeFile, venues []outrider.Venue, departure bool) outrider.Endpoint {
	if f.plain {
		return r.endpoint(at, f)
	}
	switch {
	case f.At != "" && f.Venue != "":
		r.bad(at+"/venue", "the place is given twice, by itself and as a venue", "keep at or venue", nil)
		return outrider.Endpoint{Position: r.position(at)}
	case f.At == "" && f.Venue == "":
		r.bad(at, "the place says neither where it is nor which venue it is", "add at: or venue:", nil)
		return outrider.Endpoint{Position: r.position(at)}
	case f.Venue == "":
		return r.endpoint(at, f)
	}
	v := r.findVenue(at+"/venue", f.Venue, venues)
	if v == nil {
		return outrider.Endpoint{Position: r.position(at)}
	}
	r.text(at+"/label", f.Label)
	e := venueEnd(v, departure, r.position(at))
	if label := strings.TrimSpace(f.Label); label != "" {
		e.Label = label
	}
	return e
}

// venueEnd returns where a leg leaves a venue, or arrives at it: the venue
// itself where its sheet has no point for that.
func venueEnd(v *outrider.Venue, departure bool, position outrider.Position) outrider.Endpoint {
	e, point := v.At, v.Arrival
	if departure {
		point = v.Departure
	}
	if point != nil {
		e = point.At
		e.Approach = point.Approach
	}
	if e.Label != v.Name {
		e.Label = v.Name + ", " + e.Label
	}
	e.Venue, e.Position = v.Name, position
	return e
}

func venueNamed(venues []outrider.Venue, name string) *outrider.Venue {
	for i := range venues {
		if name != "" && venues[i].Name == name {
			return &venues[i]
		}
	}
	return nil
}

// findVenue returns the venue of a name, or nil once it has said that there is
// none.
func (r *movementReader) findVenue(at, name string, venues []outrider.Venue) *outrider.Venue {
	name = strings.TrimSpace(name)
	if v := venueNamed(venues, name); v != nil {
		return v
	}
	if len(venues) == 0 {
		r.bad(at, fmt.Sprintf("there is no venue %q: the file has no venues", name), "add its sheet to the list venues", nil)
		return nil
	}
	names := make([]string, 0, len(venues))
	for i := range venues {
		names = append(names, fmt.Sprintf("%q", venues[i].Name))
	}
	r.bad(at, fmt.Sprintf("there is no venue %q", name), "use one of "+strings.Join(names, ", ")+", or add its sheet to the list venues", nil)
	return nil
}

// verifiedInTime refuses sheets that were verified after the movement began: a
// slip in a date that would make an old sheet look fresh.
func (r *movementReader) verifiedInTime(m *outrider.Movement, begins time.Time) {
	if begins.IsZero() {
		return
	}
	last := begins.In(m.Zone).Format(time.DateOnly)
	for i := range m.Venues {
		if v := &m.Venues[i]; !v.Verified.IsZero() && v.Verified.Format(time.DateOnly) > last {
			r.bad(fmt.Sprintf("/venues/%d/verified", i), fmt.Sprintf("the sheet was verified on %s, after the movement begins on %s", v.Verified.Format(time.DateOnly), last), "mend the date", nil)
		}
	}
}
