package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/pace"
)

// addDrive puts a timed run on the network and on record.
func (c *surveyAddCmd) addDrive(w *cli.World) error {
	if c.By == "" {
		return cli.InvalidFlag("--by", "a timed run needs the call sign of the crew that drove it", "give one, such as --by \"SURVEY 1\"")
	}
	if !callsign.Valid(c.By) {
		return cli.InvalidFlag("--by", fmt.Sprintf("%q is no call sign", c.By), "write one such as R2 or SIERRA 4: capital letters and a number, never a name")
	}
	src, err := cli.ReadUpTo(c.Drive, exchange.MaxTrack)
	if err != nil {
		return err
	}
	track, err := exchange.ReadTrack(c.Drive, src)
	if err != nil {
		return err
	}
	if madeHere(src) {
		return &outrider.Error{
			Kind: outrider.Invalid, Where: c.Drive, Cause: "this track was planned by outrider and not driven",
			Remedy: "drive it, and add what the receiver recorded",
		}
	}
	m, err := c.Open()
	if err != nil {
		return err
	}
	defer cli.CloseMap(m)
	fixes := make([]pace.Fix, len(track))
	for i, f := range track {
		fixes[i] = pace.Fix{Point: f.Point, Time: f.Time}
	}
	matched, err := pace.Match(m, nil, fixes)
	if err != nil {
		return inTrack(c.Drive, err)
	}
	run, err := pace.NewRun(c.By, matched)
	if err != nil {
		return inTrack(c.Drive, err)
	}
	runs, err := pace.LoadRuns(c.Runs)
	if err != nil {
		return err
	}
	run, added, err := runs.Add(run, w.Now())
	if err != nil {
		return err
	}
	what := "added"
	if !added {
		what = "on record already"
	}
	t := &cli.Text{W: w.Stdout}
	t.Line("%s: run %s %s: %s over %.1f km timed, %s, by %s", c.Runs, run.ID, what, cli.CountOf(len(run.Drives), "stretch"), run.Metres()/1000, run.Started.Format(time.RFC3339), run.By)
	t.Line("%s: %s, of them %d off the road and %s of the receiver; left out: %s driven in part, %d with a halt",
		c.Drive, cli.CountOf(matched.Fixes, "fix"), matched.OffRoad, cli.CountOf(matched.Errors, "error"), cli.CountOf(matched.Partly, "stretch"), matched.Halted)
	return t.Err
}

// madeHere reports whether a GPX file is a plan that this program wrote: a
// planned time is no timed one.
func madeHere(src []byte) bool {
	var root struct {
		Creator string `xml:"creator,attr"`
	}
	// ReadTrack has seen to the form; what cannot be read has no creator.
	if err := xml.Unmarshal(src, &root); err != nil {
		return false
	}
	name, _, _ := strings.Cut(root.Creator, " ")
	return name == cli.ProgramTitle
}

// inTrack names the file that a track came from.
func inTrack(path string, err error) error {
	if e, ok := errors.AsType[*pace.TrackError](err); ok {
		return &outrider.Error{Kind: outrider.Invalid, Where: path, Cause: e.Cause, Remedy: e.Remedy, Err: err}
	}
	return err
}

// listDrives prints what the timed runs say, stretch by stretch.
func (c *surveyListCmd) listDrives(w *cli.World, at time.Time) error {
	runs, err := pace.LoadRuns(c.Runs)
	if err != nil {
		return err
	}
	if runs.Len() == 0 {
		return &outrider.Error{
			Kind: outrider.Unsurveyed, Where: c.Runs, Cause: "no timed runs on record",
			Remedy: "record a drive as GPX and read it with outrider survey add --drive",
		}
	}
	t := &cli.Text{W: w.Stdout}
	if c.Map == "" {
		for _, r := range runs.List() {
			if c.JSON {
				if err := cli.WriteJSON(w.Stdout, r); err != nil {
					return err
				}
				continue
			}
			state := "in force"
			if at.Sub(r.Started) > pace.MaxAge {
				state = "too old"
			}
			t.Line("%s  %-10s %s  %5s over %6.1f km  %s", r.ID, r.By, r.Started.Format(time.RFC3339), cli.CountOf(len(r.Drives), "stretch"), r.Metres()/1000, state)
		}
		return t.Err
	}
	m, err := c.Open()
	if err != nil {
		return err
	}
	defer cli.CloseMap(m)
	return c.listStretches(t, m, runs.InForce(at), w.Now())
}

// timedJSON is a line of survey list --drives --json with a map.
type timedJSON struct {
	Way      int64     `json:"osm_way"`
	Lat      float64   `json:"lat"`
	Lon      float64   `json:"lon"`
	Road     string    `json:"road"`
	Metres   float64   `json:"metres"`
	Runs     int       `json:"runs"`
	Median   float64   `json:"median_s"`
	Lower    float64   `json:"lower_quartile_s"`
	Upper    float64   `json:"upper_quartile_s"`
	Free     float64   `json:"free_flow_s"`
	Last     time.Time `json:"last"`
	DataDate string    `json:"data_date"` // of the map
}

func (c *surveyListCmd) listStretches(t *cli.Text, m *network.Map, runs *pace.Runs, now time.Time) error {
	p := pace.New(m, pace.FreeFlow(), runs, time.UTC)
	timed := p.Timed()
	if len(timed) == 0 {
		return &outrider.Error{
			Kind: outrider.Unsurveyed, Where: c.Runs, Cause: "no run that is in force has a stretch on this map",
			Remedy: "leave the map out to see the runs, or name the map of the area where they were driven",
		}
	}
	if !c.JSON {
		t.Line("%4s %8s %8s %17s %8s %6s  %-11s %-24s %s", "runs", "metres", "median", "quartiles", "map", "km/h", "last", "entered at", "road")
	}
	for _, x := range timed {
		at := network.Millimetres(0)
		if x.Arc.Backwards() {
			at = m.Length[x.Arc.Chain()]
		}
		lat, lon := m.PointAt(x.Arc.Chain(), at).Degrees()
		if c.JSON {
			if err := cli.WriteJSON(t.W, timedJSON{
				x.Way, lat, lon, x.Road, thousandths(x.Metres), x.N,
				thousandths(x.Median), thousandths(x.Lower), thousandths(x.Upper), thousandths(x.FreeFlow), x.Last, cli.DataDay(m),
			}); err != nil {
				return err
			}
			continue
		}
		t.Line("%4d %8.0f %6.1f s %6.1f to %5.1f s %6.1f s %6.0f  %-11s %10.6f,%11.6f   %s", x.N, x.Metres, x.Median, x.Lower, x.Upper, x.FreeFlow,
			math.Round(x.Metres/x.Median*3.6), x.Last.Format(time.DateOnly), lat, lon, x.Road)
	}
	if c.JSON {
		return t.Err
	}
	if n := p.Unplaced(); n > 0 {
		t.Line("besides %s on record, not on this map", cli.CountOf(n, "stretch"))
	}
	t.Source(m, now)
	return t.Err
}

// thousandths rounds to three places.
func thousandths(x float64) float64 { return math.Round(x*1000) / 1000 }
