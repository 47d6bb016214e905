package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/plan"
)

type routeCmd struct {
	cli.MapFlag
	Findings string   `default:"findings.jsonl" placeholder:"FILE" help:"Journal of survey findings (${default}); may be missing."`
	Speeds   string   `placeholder:"FILE" help:"Speed factors by class of road and hour; the built-in ones when left out, free for the map's own speeds."`
	Runs     string   `default:"runs.jsonl" placeholder:"FILE" help:"Journal of timed runs, made by survey add --drive (${default}); may be missing."`
	Movement string   `placeholder:"FILE" help:"Movement file: its convoy and its constraints hold, its legs do not matter; a car when left out."`
	Places   []string `arg:"" name:"place" help:"Two places or more: coordinates, names or place ids, see outrider map find. Each drive goes from one to the next."`
	Close    []string `sep:"none" placeholder:"PLACE" help:"Shut the roads at a place; may be given again."`
	Around   float64  `default:"30" placeholder:"METRES" help:"How far around its place a closure reaches (${default})."`
	At       string   `placeholder:"TIME" help:"When the drives begin, such as 2026-11-27T08:00; now when left out."`
	Table    bool     `help:"Minutes from each place to each, instead of drives."`
	Havens   bool     `help:"The safe havens nearest to the first place too."`
	JSON     bool     `name:"json" help:"As JSON."`
}

// longestDrive is how long after the start a closure still counts, if it begins
// only then: nobody drives on for longer without asking again.
const longestDrive = 6 * time.Hour

// mostAround is the greatest distance in metres that a closure may reach.
const mostAround = 10_000

// aCar is the convoy where no movement is named.
func aCar() *outrider.Movement {
	return &outrider.Movement{Convoy: outrider.Convoy{
		Vehicles: []outrider.Vehicle{{CallSign: "CAR 1", Class: outrider.ClassCar, Length: 5, Width: 2, Height: 2, Mass: 2.5}}, MarchKMH: 130,
	}}
}

// routeJSON is what outrider route says, as JSON.
type routeJSON struct {
	At       time.Time   `json:"at"`
	DataDate string      `json:"data_date"` // of the map
	Places   []string    `json:"places"`
	Closed   []string    `json:"closed"`
	Drives   []driveJSON `json:"drives,omitempty"`
	Seconds  [][]float64 `json:"table_s,omitempty"` // -1 where there is no way
	Havens   []havenJSON `json:"havens,omitempty"`
}

type driveJSON struct {
	From string  `json:"from"`
	To   string  `json:"to"`
	Now  *wayOut `json:"now"` // null if there is no way
	// Open is the drive without what --close shuts, where that makes a difference.
	Open *wayOut `json:"open,omitempty"`
}

type wayOut struct {
	Seconds float64           `json:"duration_s"`
	Metres  float64           `json:"length_m"`
	Roads   []plan.Road       `json:"roads"`
	Line    []outrider.LatLon `json:"geometry"`
}

type havenJSON struct {
	Kind     string  `json:"kind"`
	Name     string  `json:"name"`
	OSM      string  `json:"osm"`
	Seconds  float64 `json:"duration_s"`
	Verified bool    `json:"verified"`
}

func (c *routeCmd) Run(ctx context.Context, w *cli.World) error {
	if len(c.Places) < 2 {
		return cli.UsageError("a drive has two ends, "+cli.CountOf(len(c.Places), "place")+" was named", "name from where and to where")
	}
	if !(c.Around > 0 && c.Around <= mostAround) {
		return cli.InvalidFlag("--around", fmt.Sprintf("%g m", c.Around), fmt.Sprintf("give metres from above 0 to %d", mostAround))
	}
	mv := aCar()
	now := w.Now()
	if c.Movement != "" {
		var err error
		if mv, _, err = cli.LoadMovement(c.Movement); err != nil {
			return err
		}
		if mv.Zone != nil {
			now = now.In(mv.Zone)
		}
	}
	at, err := cli.ParseTime("--at", c.At, now)
	if err != nil {
		return err
	}
	if mv.Zone == nil {
		mv.Zone = at.Location() // whose rush hours count
	}
	m, err := c.Open()
	if err != nil {
		return err
	}
	defer cli.CloseMap(m)
	r, findings, err := c.router(ctx, m, mv, at)
	if err != nil {
		return cli.InFile(c.Movement, err)
	}
	places := make([]plan.Place, len(c.Places))
	for i, asked := range c.Places {
		if places[i], err = findPlace(m, r, asked); err != nil {
			return err
		}
	}
	q := r.NewQuery()
	out := routeJSON{At: at, DataDate: cli.DataDay(m), Closed: []string{}}
	for _, p := range places {
		out.Places = append(out.Places, p.Label)
	}
	var before []*wayOut
	if len(c.Close) > 0 && !c.Table {
		if before, err = ways(r, q, places); err != nil {
			return err
		}
	}
	for _, asked := range c.Close {
		found, err := resolve(m, strings.TrimSpace(asked))
		if err != nil {
			return err
		}
		if _, err := r.CloseAround(asked, found.Point, c.Around); err != nil {
			return err
		}
	}
	out.Closed = append(out.Closed, r.Closures()...)
	switch {
	case c.Table:
		if err := r.Serve(places...); err != nil {
			return err
		}
		out.Seconds = table(q, places)
	default:
		after, err := ways(r, q, places)
		if err != nil {
			return err
		}
		for i, x := range after {
			d := driveJSON{From: places[i].Label, To: places[i+1].Label, Now: x}
			if before != nil && before[i] != nil && (x == nil || x.Seconds != before[i].Seconds) {
				d.Open = before[i]
			}
			out.Drives = append(out.Drives, d)
		}
	}
	if c.Havens {
		if err := r.Serve(places[0]); err != nil {
			return err
		}
		out.Havens = havensNear(m, q, places[0], hazard.VerifiedHavens(m, findings))
	}
	if c.JSON {
		err = cli.WriteJSON(w.Stdout, out)
	} else {
		err = c.write(w, m, &out)
	}
	if err != nil {
		return err
	}
	return noWay(&out)
}

// router makes the router that the flags ask for, and returns the findings too.
func (c *routeCmd) router(ctx context.Context, m *network.Map, mv *outrider.Movement, at time.Time) (*plan.Router, []hazard.Placed, error) {
	journal, err := hazard.LoadJournal(c.Findings)
	if err != nil {
		return nil, nil, err
	}
	placed, _ := hazard.Snap(m, journal.Current(), at)
	speeds, err := cli.LoadSpeeds(c.Speeds)
	if err != nil {
		return nil, nil, err
	}
	runs, err := pace.LoadRuns(c.Runs)
	if err != nil {
		return nil, nil, err
	}
	r, err := plan.NewRouter(ctx, plan.Input{Map: m, Movement: mv, Findings: placed, Speeds: speeds, Runs: runs, Now: at}, at, at.Add(longestDrive))
	return r, placed, err
}

// findPlace looks a place up and finds the road for it.
func findPlace(m *network.Map, r *plan.Router, asked string) (plan.Place, error) {
	asked = strings.TrimSpace(asked)
	found, err := resolve(m, asked)
	if err != nil {
		return plan.Place{}, err
	}
	e := outrider.Endpoint{Point: &found.Point, Label: found.Name}
	if e.Label == "" {
		e.Label = asked
	}
	return r.Place(e)
}

// ways returns the drive from each place to the next, nil where there is none.
func ways(r *plan.Router, q *plan.RouterQuery, places []plan.Place) ([]*wayOut, error) {
	var out []*wayOut
	for i := range places[1:] {
		if err := r.Serve(places[i], places[i+1]); err != nil {
			return nil, err
		}
		x, ok := q.Way(places[i].Location, places[i+1].Location)
		if !ok {
			out = append(out, nil)
			continue
		}
		out = append(out, &wayOut{float64(x.Time) / 1000, toMillimetres(x.Metres), roadsOf(x), x.Line})
	}
	return out, nil
}

func table(q *plan.RouterQuery, places []plan.Place) [][]float64 {
	all := q.Table(places, nil)
	out := make([][]float64, len(places))
	for i, took := range all {
		s := -1.0
		if took < network.Unreachable {
			s = float64(took) / 1000
		}
		row := &out[i/len(places)]
		*row = append(*row, s)
	}
	return out
}

// havensNear lists the haven of each kind that is nearest to a place.
func havensNear(m *network.Map, q *plan.RouterQuery, from plan.Place, verified map[int]hazard.Finding) []havenJSON {
	var out []havenJSON
	for k := range network.HavenKinds {
		n, took, ok := q.Haven(from.Location, k, nil)
		if !ok {
			continue
		}
		h := &m.Havens[n]
		_, known := verified[n]
		out = append(out, havenJSON{k.String(), m.Text(h.Name), h.Object(), float64(took) / 1000, known})
	}
	return out
}

// noWay is the error of drives that cannot be made; what can be was told already.
func noWay(out *routeJSON) error {
	for _, d := range out.Drives {
		if d.Now != nil {
			continue
		}
		e := &outrider.Error{
			Kind: outrider.NoRoute, Where: d.From + " to " + d.To, Cause: "no road leads there for this convoy",
			Remedy: "let outrider plan say what stands in the way",
		}
		if d.Open != nil {
			e.Cause, e.Remedy = "no road is left with these closures", "see outrider route without --close for the way there was"
		}
		return e
	}
	return nil
}

func (c *routeCmd) write(w *cli.World, m *network.Map, out *routeJSON) error {
	t := &cli.Text{W: w.Stdout}
	t.Line("drives at %s", out.At.Format("2006-01-02 15:04 MST"))
	for _, x := range out.Closed {
		t.Paragraph("closed  ", x)
	}
	for _, d := range out.Drives {
		t.Line("")
		t.Line("%s → %s", d.From, d.To)
		if d.Now == nil {
			t.Line("  no way")
		} else {
			t.Paragraph("  ", wayText(d.Now))
		}
		if d.Open != nil {
			if d.Now != nil {
				t.Paragraph("  ", longer(d.Now.Seconds-d.Open.Seconds, d.Now.Metres-d.Open.Metres)+" for what --close shuts; without it:")
			} else {
				t.Line("  without what --close shuts:")
			}
			t.Paragraph("  ", wayText(d.Open))
		}
	}
	if out.Seconds != nil {
		t.Line("")
		t.Line("minutes from each place to each")
		var rows [][]string
		head := []string{""}
		for i := range out.Places {
			head = append(head, fmt.Sprint(i+1))
		}
		rows = append(rows, head)
		for i, row := range out.Seconds {
			cells := []string{fmt.Sprintf("%d %s", i+1, out.Places[i])}
			for _, s := range row {
				cell := "–"
				if s >= 0 {
					cell = fmt.Sprintf("%.1f", s/60)
				}
				cells = append(cells, cell)
			}
			rows = append(rows, cells)
		}
		t.Columns(rows)
	}
	if c.Havens {
		t.Line("")
		t.Line("safe havens nearest to %s", out.Places[0])
		if len(out.Havens) == 0 {
			t.Line("  none that can be reached")
		}
		for _, h := range out.Havens {
			state := "unverified"
			if h.Verified {
				state = "verified"
			}
			name := h.Name
			if name == "" {
				name = h.OSM
			}
			t.Paragraph(fmt.Sprintf("  %-12s ", h.Kind), inWords(h.Seconds)+", "+name+", "+state)
		}
	}
	t.Line("")
	t.Source(m, w.Now())
	return t.Err
}

// roadsOf returns the roads of a way with lengths to the millimetre.
func roadsOf(x plan.Way) []plan.Road {
	out := slices.Clone(x.Roads)
	for i := range out {
		out[i].Metres = toMillimetres(out[i].Metres)
	}
	return out
}

func toMillimetres(metres float64) float64 { return math.Round(metres*1000) / 1000 }

// mostRoads is how many roads of a drive are named in the terminal: the longest.
const mostRoads = 8

// wayText tells a drive in one sentence.
func wayText(x *wayOut) string {
	longest := slices.Clone(x.Roads)
	slices.SortStableFunc(longest, func(a, b plan.Road) int { return cmp.Compare(b.Metres, a.Metres) })
	least := longest[min(len(longest), mostRoads)-1].Metres
	var names []string
	for _, road := range x.Roads {
		if road.Metres >= least && len(names) < mostRoads {
			names = append(names, fmt.Sprintf("%s %.1f", road.Name, road.Metres/1000))
		}
	}
	over := " over "
	if n := len(x.Roads) - len(names); n > 0 {
		over = fmt.Sprintf(" over %d roads, mostly ", len(x.Roads))
	}
	return fmt.Sprintf("%s, %.1f km%s%s", inWords(x.Seconds), x.Metres/1000, over, strings.Join(names, ", "))
}

// inWords writes a time as 1 h 02 min 03 s.
func inWords(seconds float64) string {
	s := int(math.Round(seconds))
	switch {
	case s >= 3600:
		return fmt.Sprintf("%d h %02d min %02d s", s/3600, s/60%60, s%60)
	case s >= 60:
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	}
	return fmt.Sprintf("%d s", s)
}

// longer says how much longer or shorter a drive takes, and is.
func longer(seconds, metres float64) string {
	out := inWords(math.Abs(seconds)) + " longer"
	if seconds < 0 {
		out = inWords(-seconds) + " shorter"
	}
	if math.Abs(metres) >= 50 {
		out += fmt.Sprintf(", %+.1f km", metres/1000)
	}
	return out
}
