package exchange

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
)

// Limits of a track.
const (
	MaxTrack = 64 << 20  // bytes of a GPX file
	MaxFixes = 1_000_000 // track points in it
)

// A Fix is where a receiver saw itself at a time.
type Fix struct {
	Point geo.Point
	Time  time.Time // UTC
}

// ReadTrack reads the track points of a GPX file, 1.0 or 1.1, in the order of the
// file: latitude, longitude and time. It takes these and nothing else: names,
// comments, waypoints, routes and extensions such as a pulse are passed over
// and not kept. Errors are *outrider.Error of kind Invalid and name line and
// column.
func ReadTrack(name string, src []byte) ([]Fix, error) {
	r := trackReader{name: name}
	if len(src) > MaxTrack {
		return nil, r.bad(fmt.Sprintf("the file has more than %d bytes", MaxTrack), "export a single drive", nil)
	}
	r.d = xml.NewDecoder(bytes.NewReader(src))
	if err := r.read(); err != nil {
		return nil, err
	}
	return r.fixes, nil
}

type trackReader struct {
	name  string
	d     *xml.Decoder // nil before reading begins
	fixes []Fix
	other bool // there is a route or a waypoint
}

const (
	exportGPX   = "export the recorded track as GPX 1.1"
	exportTimes = "export the recorded track with times, not a planned route"
)

// bad makes an error at the place that has been read up to.
func (r *trackReader) bad(cause, remedy string, err error) error {
	e := &outrider.Error{Kind: outrider.Invalid, Where: r.name, Cause: cause, Remedy: remedy, Err: err}
	if r.d != nil {
		line, column := r.d.InputPos()
		e.Where = fmt.Sprintf("%s:%d:%d", r.name, line, column)
	}
	return e
}

// next returns the next start or end of an element, nil at the end of the file.
func (r *trackReader) next() (xml.Token, error) {
	for {
		t, err := r.d.Token()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, r.bad("this is no well-formed XML: "+cause(err), exportGPX, err)
		}
		switch t.(type) {
		case xml.StartElement, xml.EndElement:
			return t, nil
		case xml.Directive:
			return nil, r.bad("the file has a document type or entities (\"<!…\"), which a track has no use for", exportGPX, nil)
		}
	}
}

// cause returns what the XML decoder found without its own place.
func cause(err error) string {
	if bad, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return bad.Msg
	}
	return err.Error()
}

func (r *trackReader) read() error {
	root, err := r.next()
	if err != nil {
		return err
	}
	start, ok := root.(xml.StartElement)
	if !ok || start.Name.Local != "gpx" {
		return r.bad("this is no GPX file", exportGPX, nil)
	}
	if v := attribute(start, "version"); v != "1.0" && v != "1.1" {
		return r.bad(fmt.Sprintf("GPX of version %q is not read", clip(v)), exportGPX, nil)
	}
	if err := r.inside(map[string]func(xml.StartElement) error{
		"trk": r.track,
		"rte": func(xml.StartElement) error { r.other = true; return r.skip() },
		"wpt": func(xml.StartElement) error { r.other = true; return r.skip() },
	}); err != nil {
		return err
	}
	if rest, err := r.next(); err != nil || rest != nil {
		if err == nil {
			err = r.bad("there is something behind the end of the GPX document", exportGPX, nil)
		}
		return err
	}
	if len(r.fixes) == 0 {
		r.d = nil // the whole file is meant
		if r.other {
			return r.bad("the file holds a route or waypoints but no track", exportTimes, nil)
		}
		return r.bad("the file holds no track point", exportTimes, nil)
	}
	return nil
}

// inside calls the function for each child of the element that was begun, up to
// its end; others are passed over.
func (r *trackReader) inside(children map[string]func(xml.StartElement) error) error {
	for {
		t, err := r.next()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			read := children[t.Name.Local]
			if read == nil {
				read = func(xml.StartElement) error { return r.skip() }
			}
			if err := read(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		default:
			return r.bad("the file is cut off", exportGPX, nil)
		}
	}
}

func (r *trackReader) skip() error {
	for depth := 1; depth > 0; {
		t, err := r.next()
		if err != nil {
			return err
		}
		switch t.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		default:
			return r.bad("the file is cut off", exportGPX, nil)
		}
	}
	return nil
}

func (r *trackReader) track(xml.StartElement) error {
	return r.inside(map[string]func(xml.StartElement) error{
		"trkseg": func(xml.StartElement) error {
			return r.inside(map[string]func(xml.StartElement) error{"trkpt": r.point})
		},
	})
}

func (r *trackReader) point(start xml.StartElement) error {
	if len(r.fixes) == MaxFixes {
		return r.bad(fmt.Sprintf("the file has more than %d track points", MaxFixes), "export a single drive", nil)
	}
	lat, err := r.degrees(start, "lat", 90)
	if err != nil {
		return err
	}
	lon, err := r.degrees(start, "lon", 180)
	if err != nil {
		return err
	}
	f := Fix{Point: geo.PointFromDegrees(lat, lon)}
	err = r.inside(map[string]func(xml.StartElement) error{"time": func(xml.StartElement) (err error) {
		f.Time, err = r.time()
		return err
	}})
	if err != nil {
		return err
	}
	if f.Time.IsZero() {
		return r.bad("a track point has no time", exportTimes, nil)
	}
	r.fixes = append(r.fixes, f)
	return nil
}

func (r *trackReader) degrees(start xml.StartElement, name string, most float64) (float64, error) {
	text := attribute(start, name)
	x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(x >= -most && x <= most) {
		return 0, r.bad(fmt.Sprintf("a track point has %s %q, which is not between -%g and %g", name, clip(text), most, most), exportGPX, nil)
	}
	return x, nil
}

// time reads the text of a time element, up to its end.
func (r *trackReader) time() (time.Time, error) {
	var text []byte
	for {
		t, err := r.d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return time.Time{}, r.bad("the file is cut off", exportGPX, err)
			}
			return time.Time{}, r.bad("this is no well-formed XML: "+cause(err), exportGPX, err)
		}
		switch t := t.(type) {
		case xml.CharData:
			if len(text) < 100 {
				text = append(text, t[:min(len(t), 100)]...)
			}
		case xml.EndElement:
			return r.timeOf(strings.TrimSpace(string(text)))
		case xml.StartElement, xml.Directive:
			return time.Time{}, r.bad("a time holds more than text", exportGPX, nil)
		}
	}
}

// timeOf reads a time of the form that XML Schema calls dateTime; without a zone
// it is UTC, as GPX demands.
func (r *trackReader) timeOf(text string) (time.Time, error) {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(form, text); err == nil && t.Year() >= 1970 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, r.bad(fmt.Sprintf("a track point has the time %q, which is not of the form 2026-11-23T08:15:00Z", clip(text)), exportGPX, nil)
}

// attribute returns the value of an attribute without a namespace, "" if there
// is none.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// clip cuts a text that would swamp a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}
