package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/almanac"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// gridCmd writes positions in every form.
type gridCmd struct {
	cli.MapFlag
	Positions []string `arg:"" name:"position" help:"Degrees, degrees-minutes-seconds, UTM, UPS or MGRS; with --map names and place ids too. Put quotes round one that has blanks."`
	JSON      bool     `name:"json" help:"As JSON, one object a line."`
}

type gridJSON struct {
	Asked string  `json:"asked"`
	Lat   float64 `json:"lat"`
	Lon   float64 `json:"lon"`
	UTM   string  `json:"utm"`
	MGRS  string  `json:"mgrs"`
	Name  string  `json:"name,omitempty"`
}

func (c *gridCmd) Run(w *cli.World) error {
	places := gazetteer{flag: c.MapFlag}
	defer places.close()
	t := &cli.Text{W: w.Stdout}
	for i, asked := range c.Positions {
		asked = strings.TrimSpace(asked)
		p, name, err := places.place(asked)
		if err != nil {
			if i+1 < len(c.Positions) && loneNumber(asked) && loneNumber(c.Positions[i+1]) {
				both := asked + "," + strings.TrimSpace(c.Positions[i+1])
				return &outrider.Error{
					Kind: outrider.Usage, Where: fmt.Sprintf("%q", asked), Cause: "it is half a position", Remedy: fmt.Sprintf("write latitude and longitude in one: %q", both), Err: err,
				}
			}
			return err
		}
		lat, lon := p.Degrees()
		j := gridJSON{Asked: asked, Lat: lat, Lon: lon, UTM: geo.ToUTM(p).String(), MGRS: geo.FormatMGRS(p, 5), Name: name}
		if c.JSON {
			if err := cli.WriteJSON(w.Stdout, j); err != nil {
				return err
			}
			continue
		}
		t.Line("%11.6f, %11.6f   %-28s %-16s %s", j.Lat, j.Lon, j.UTM, j.MGRS, j.Name)
	}
	if places.m != nil && !c.JSON {
		t.Source(places.m, w.Now())
	}
	return t.Err
}

// gazetteer reads places. It opens the map when a name is to be looked up: a
// position needs none.
type gazetteer struct {
	flag cli.MapFlag
	m    *network.Map
}

func (g *gazetteer) close() {
	if g.m != nil {
		cli.CloseMap(g.m)
	}
}

// place reads a position, or with a map a name or place id. A position has no
// name.
func (g *gazetteer) place(s string) (p geo.Point, name string, err error) {
	p, err = geo.ParsePosition(s)
	switch {
	case err == nil:
		return p, "", nil
	case positionForm.MatchString(s):
		return p, "", notAPosition(err)
	case g.flag.Map == "" && strings.TrimSpace(s) != "" && !strings.ContainsAny(s, "0123456789"):
		return p, "", &outrider.Error{
			Kind: outrider.Usage, Where: fmt.Sprintf("%q", s), Cause: "it is no position",
			Remedy: "write one like 39.7,-75.5 or 18SVJ5323498765; to look a name up give --map", Err: err,
		}
	case g.flag.Map == "":
		return p, "", notAPosition(err)
	}
	if g.m == nil {
		if g.m, err = g.flag.Open(); err != nil {
			return p, "", err
		}
	}
	found, err := g.m.Resolve(s)
	return found.Point, found.Name, err
}

// resolve looks a place up on a map. What was meant as a position and is none is
// told from a name that the map does not have.
func resolve(m *network.Map, s string) (network.Found, error) {
	found, err := m.Resolve(s)
	if errors.Is(err, network.ErrNotFound) {
		if wrong := positionFault(s); wrong != nil {
			return network.Found{}, wrong
		}
	}
	return found, err
}

// positionForm is what a text looks like that is meant as a position: two or
// more numbers with nothing but marks and hemispheres, a zone and figures, or a
// grid reference.
var positionForm = regexp.MustCompile(`(?i)^\s*(?:` +
	`[NSEW]?\s*[-−–+]?\d[\d.]*[\s,;:°º'′’"″NSEW]+[-−–+]?\d[-−–+\d.\s,;:°º'′’"″NSEW]*` +
	`|\d{1,2}\s*(?:[A-Z]|north|south)\s+\d+\s*,?\s*\d*` +
	`|UPS\s*[NS].*\d.*` +
	`|\d{1,2}\s*[C-X]\s*[A-Z]{2}\s*\d[\s\d]*` +
	`)\s*$`)

// positionFault says what is wrong with a text that is meant as a position, nil
// if nothing is, or if it is not meant as one.
func positionFault(s string) error {
	if !positionForm.MatchString(s) {
		return nil
	}
	if _, err := geo.ParsePosition(s); err != nil {
		return notAPosition(err)
	}
	return nil
}

// notAPosition is what geo.ParsePosition complains of, for somebody who typed it.
func notAPosition(err error) error {
	e, ok := errors.AsType[*geo.PositionError](err)
	if !ok {
		return err
	}
	return &outrider.Error{Kind: outrider.Usage, Cause: e.Error() + " (docs/grids.md lists the forms)", Err: err}
}

// loneNumber reports whether s is one number, half a position.
func loneNumber(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && strings.Trim(s, "+-0123456789.") == ""
}

// lightCmd says when it is light.
type lightCmd struct {
	cli.MapFlag
	Place string `arg:"" help:"A position; with --map a name or place id too."`
	Date  string `placeholder:"DATE" help:"Day, such as 2026-11-27; today when left out."`
	Zone  string `placeholder:"ZONE" help:"Time zone, such as America/New_York; that of this machine when left out."`
	Days  int    `default:"1" help:"How many days, from the date on."`
	JSON  bool   `name:"json" help:"As JSON, one object a day."`
}

// Years for which the sun's place is known well enough, see package almanac.
const firstLightYear, lastLightYear = 1950, 2100

// lightJSON is a line of light --json. Times that do not take place are absent.
type lightJSON struct {
	Day        string     `json:"day"`
	Lat        float64    `json:"lat"`
	Lon        float64    `json:"lon"`
	FirstLight *time.Time `json:"first_light,omitempty"`
	Sunrise    *time.Time `json:"sunrise,omitempty"`
	Sunset     *time.Time `json:"sunset,omitempty"`
	LastLight  *time.Time `json:"last_light,omitempty"`
	Polar      string     `json:"polar,omitempty"` // day or night
}

func (c *lightCmd) Run(w *cli.World) error {
	day, zoneName, err := c.firstDay(w.Now())
	if err != nil {
		return err
	}
	places := gazetteer{flag: c.MapFlag}
	defer places.close()
	at, name, err := places.place(strings.TrimSpace(c.Place))
	if err != nil {
		return err
	}
	lat, lon := at.Degrees()
	days := make([]time.Time, c.Days) // at noon, so that no change of clocks moves one to another day
	for i := range days {
		days[i] = time.Date(day.Year(), day.Month(), day.Day()+i, 12, 0, 0, 0, day.Location())
	}
	if c.JSON {
		for _, noon := range days {
			d := almanac.Of(noon, at)
			line := lightJSON{noon.Format(time.DateOnly), lat, lon, known(d.FirstLight), known(d.Sunrise), known(d.Sunset), known(d.LastLight), d.Polar}
			if err := cli.WriteJSON(w.Stdout, line); err != nil {
				return err
			}
		}
		return nil
	}
	t := &cli.Text{W: w.Stdout}
	where := fmt.Sprintf("%.5f, %.5f", lat, lon)
	if name != "" {
		where += "  " + name
	}
	t.Line("%s, times in %s", where, zoneName)
	rows := lightTable(days, at, true)
	if cli.IsTerminal(w.Stdout) && cli.TableWidth(rows) > cli.TerminalWidth(w.Stdout) {
		rows = lightTable(days, at, false)
	}
	t.Columns(rows)
	if places.m != nil {
		t.Source(places.m, w.Now())
	}
	return t.Err
}

// lightTable has a row for each day, with date-time groups if asked for.
func lightTable(days []time.Time, at geo.Point, groups bool) [][]string {
	rows := [][]string{{"day", "first light", "sunrise", "sunset", "last light", ""}}
	for _, noon := range days {
		d := almanac.Of(noon, at)
		note := ""
		if d.Polar != "" {
			note = "polar " + d.Polar
		}
		rows = append(rows, []string{
			noon.Format(time.DateOnly), lightTime(d.FirstLight, noon, groups), lightTime(d.Sunrise, noon, groups),
			lightTime(d.Sunset, noon, groups), lightTime(d.LastLight, noon, groups), note,
		})
	}
	return rows
}

// firstDay returns the first day asked for, in the zone asked for, and that
// zone's name.
func (c *lightCmd) firstDay(now time.Time) (day time.Time, zoneName string, err error) {
	zone := now.Location()
	if c.Zone != "" {
		if zone, err = time.LoadLocation(c.Zone); err != nil {
			return day, "", cli.InvalidFlag("--zone", fmt.Sprintf("%q is no time zone", c.Zone), "write it as America/New_York or UTC")
		}
	}
	if c.Days < 1 || c.Days > 366 {
		return day, "", cli.InvalidFlag("--days", fmt.Sprintf("%d is not a number of days that can be shown", c.Days), "give 1 to 366")
	}
	day = now.In(zone)
	if c.Date != "" {
		if day, err = time.ParseInLocation(time.DateOnly, c.Date, zone); err != nil {
			return day, "", cli.InvalidFlag("--date", fmt.Sprintf("%q is not a day", c.Date), "write it as 2026-11-27")
		}
	}
	if day.Year() < firstLightYear || day.Year() > lastLightYear {
		return day, "", cli.InvalidFlag("--date", fmt.Sprintf("the sun's place in %d is not known well enough", day.Year()), fmt.Sprintf("name a day from %d to %d", firstLightYear, lastLightYear))
	}
	zoneName = c.Zone
	if zoneName == "" {
		zoneName = day.Format("MST") + ", the zone of this machine"
	}
	return day, zoneName, nil
}

// known returns nil for a time that does not take place.
func known(x time.Time) *time.Time {
	if x.IsZero() {
		return nil
	}
	return &x
}

// lightTime writes a time of the day of noon, in its zone and as a date-time
// group. Last light after midnight belongs to the day before: then its date is
// added.
func lightTime(x, noon time.Time, group bool) string {
	if x.IsZero() {
		return "–"
	}
	s := x.Format("15:04")
	if x.YearDay() != noon.YearDay() {
		s += " (" + x.Format("2 Jan") + ")"
	}
	if group {
		s += " " + exchange.DTG(x)
	}
	return s
}
