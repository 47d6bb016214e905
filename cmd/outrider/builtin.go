package main

import (
	"fmt"

	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/pace"
)

// speedsCmd prints or checks speed factors.
type speedsCmd struct {
	File string `arg:"" optional:"" help:"File of speed factors to check; the built-in one is printed when left out."`
}

func (c *speedsCmd) Run(w *world) error {
	if c.File == "" {
		_, err := w.stdout.Write(pace.BuiltinSource())
		return err
	}
	s, err := loadSpeeds(c.File)
	if err != nil {
		return err
	}
	state := "uncalibrated"
	if s.Calibrated {
		state = "calibrated"
	}
	_, err = fmt.Fprintf(w.stdout, "%s: speeds %q, %s, sha256 %s\n", c.File, s.Name, state, s.Hash())
	return err
}

// schemaCmd prints the schema of a kind of file.
type schemaCmd struct {
	Of string `arg:"" name:"file" enum:"movement,profile,speeds,plan,instance,result" help:"movement, profile, speeds, plan, instance (of mix) or result (of mix)."`
}

func (c *schemaCmd) Run(w *world) error {
	var schema []byte
	switch c.Of {
	case "movement":
		schema = exchange.MovementSchemaJSON()
	case "profile":
		schema = hazard.Schema()
	case "speeds":
		schema = pace.Schema()
	case "instance":
		schema = game.InstanceSchema()
	case "result":
		schema = game.ResultSchema()
	default:
		schema = exchange.PlanSchemaJSON()
	}
	_, err := w.stdout.Write(schema)
	return err
}
