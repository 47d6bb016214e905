package main

import (
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/game"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/pace"
)

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
