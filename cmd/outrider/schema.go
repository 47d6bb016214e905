package main

import (
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/pace"
)

type schemaCmd struct {
	Of string `arg:"" name:"file" enum:"movement,profile,speeds,plan" help:"movement, profile, speeds or plan."`
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
	default:
		schema = exchange.PlanSchemaJSON()
	}
	_, err := w.stdout.Write(schema)
	return err
}
