package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan"
)

type riskCmd struct {
	Explain riskExplainCmd `cmd:"" help:"Say why the exposure of a place is what it is."`
	Profile riskProfileCmd `cmd:"" help:"Print the built-in risk profile, or check one of your own."`
}

type riskExplainCmd struct {
	cli.MapFlag
	cli.RiskFlags
	Movement string `placeholder:"FILE" help:"Movement file: hazards are rated for the dimensions of its convoy, and --at is in its time zone."`
	Place    string `arg:"" help:"A coordinate, a name or a place id, see outrider map find."`
	At       string `placeholder:"TIME" help:"When, such as 2026-11-27T08:00-05:00; in the zone of this machine without an offset, now when left out."`
	JSON     bool   `name:"json" help:"As JSON, one object for each direction of travel."`
}

func (c *riskExplainCmd) Run(w *cli.World) error {
	var convoy network.Vehicle
	var zone *time.Location
	now := w.Now()
	if c.Movement != "" {
		mv, _, err := cli.LoadMovement(c.Movement)
		if err != nil {
			return err
		}
		if convoy, err = plan.VehicleOf(mv.Convoy); err != nil {
			return cli.InFile(c.Movement, err)
		}
		zone = mv.Zone
		now = now.In(zone)
	}
	at, err := cli.ParseTime("--at", c.At, now)
	if err != nil {
		return err
	}
	if zone != nil {
		at = at.In(zone)
	}
	m, err := c.Open()
	if err != nil {
		return err
	}
	defer cli.CloseMap(m)
	risk, err := c.Load(m, at)
	if err != nil {
		return err
	}
	found, err := resolve(m, strings.TrimSpace(c.Place))
	if err != nil {
		return err
	}
	here, err := m.Snap(found.Point, nil, explainSnap)
	if err != nil {
		return err
	}
	exposure, err := hazard.New(m, risk.Profile, risk.Placed, hazard.Options{Window: hazard.WindowOf(at, at.Add(time.Minute), at.Location()), Vehicle: convoy})
	if err != nil {
		return err
	}
	shown := 0
	for _, backwards := range []bool{false, true} {
		arc := here.Chain.Arc(backwards)
		if m.ArcAccess[arc] == network.NoAccess {
			continue
		}
		x, err := exposure.Explain(arc, here.At, at)
		if err != nil {
			return err
		}
		if c.JSON {
			err = cli.WriteJSON(w.Stdout, struct {
				*hazard.Explanation
				DataDate string `json:"data_date"` // of the map
			}{x, cli.DataDay(m)})
		} else {
			if shown > 0 {
				if _, err := fmt.Fprintln(w.Stdout); err != nil {
					return err
				}
			}
			err = x.WriteText(w.Stdout)
		}
		if err != nil {
			return err
		}
		shown++
	}
	if shown == 0 {
		return &outrider.Error{
			Kind: outrider.OffNetwork, Where: c.Place, Cause: "the carriageway there is open to nobody", Remedy: "name a place on another road",
		}
	}
	if c.JSON {
		return nil
	}
	t := &cli.Text{W: w.Stdout}
	t.Source(m, w.Now())
	return t.Err
}

// explainSnap is how far from a carriageway, in metres, a place may be to be
// explained.
const explainSnap = 200

type riskProfileCmd struct {
	File string `arg:"" optional:"" help:"Profile to check; the built-in one is printed when left out."`
}

func (c *riskProfileCmd) Run(w *cli.World) error {
	if c.File == "" {
		_, err := w.Stdout.Write(hazard.BuiltinSource())
		return err
	}
	p, err := cli.LoadProfile(c.File)
	if err != nil {
		return err
	}
	state := "uncalibrated"
	if p.Calibrated {
		state = "calibrated"
	}
	_, err = fmt.Fprintf(w.Stdout, "%s: profile %q, %s, sha256 %s\n", c.File, p.Name, state, p.Hash())
	return err
}
