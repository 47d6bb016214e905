package main

import (
	"fmt"

	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/game/coverage"
	"github.com/outrider-project/outrider/game/play"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/order/orderfile"
	"github.com/outrider-project/outrider/pace"
	"github.com/outrider-project/outrider/plan/audit"
)

// speedsCmd prints or checks speed factors.
type speedsCmd struct {
	File string `arg:"" optional:"" help:"File of speed factors to check; the built-in one is printed when left out."`
}

func (c *speedsCmd) Run(w *cli.World) error {
	if c.File == "" {
		_, err := w.Stdout.Write(pace.BuiltinSource())
		return err
	}
	s, err := cli.LoadSpeeds(c.File)
	if err != nil {
		return err
	}
	state := "uncalibrated"
	if s.Calibrated {
		state = "calibrated"
	}
	_, err = fmt.Fprintf(w.Stdout, "%s: speeds %q, %s, sha256 %s\n", c.File, s.Name, state, s.Hash())
	return err
}

// schemaCmd prints the schema of a kind of file.
type schemaCmd struct {
	Of string `arg:"" name:"file" enum:"movement,order,profile,speeds,plan,proof,simulation,instance,result,coverage,coverage-answer" help:"movement, order, profile, speeds, plan, proof (of a plan), simulation, instance (of mix), result (of mix), coverage (game of cover) or coverage-answer."`
}

func (c *schemaCmd) Run(w *cli.World) error {
	var schema []byte
	switch c.Of {
	case "movement":
		schema = exchange.MovementSchemaJSON()
	case "order":
		schema = orderfile.Schema()
	case "profile":
		schema = hazard.Schema()
	case "speeds":
		schema = pace.Schema()
	case "proof":
		schema = audit.ProofSchemaJSON()
	case "simulation":
		schema = play.SimulationSchemaJSON()
	case "instance":
		schema = game.InstanceSchema()
	case "result":
		schema = game.ResultSchema()
	case "coverage":
		schema = coverage.GameSchema()
	case "coverage-answer":
		schema = coverage.AnswerSchema()
	default:
		schema = exchange.PlanSchemaJSON()
	}
	_, err := w.Stdout.Write(schema)
	return err
}
