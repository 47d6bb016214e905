package work

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/compare"
	"github.com/outrider-project/outrider/desk"
	"github.com/outrider-project/outrider/exchange"
	"github.com/outrider-project/outrider/order"
	"github.com/outrider-project/outrider/server"
)

// seen reads a plan as somebody may see it.
func seen(l server.Look) (*outrider.Plan, error) {
	p, err := exchange.ReadPlan("plan", l.Plan.Plan)
	if err != nil {
		return nil, err
	}
	if !l.Attack {
		p = desk.Narrowed(p)
	}
	return p, nil
}

// Plan returns the plan, plan.json.
func (w *Work) Plan(_ context.Context, l server.Look) (json.RawMessage, error) {
	return written(l, exchange.WriteJSON)
}

// Lines returns the plan as GeoJSON.
func (w *Work) Lines(_ context.Context, l server.Look) (json.RawMessage, error) {
	return written(l, exchange.WriteGeoJSON)
}

// Why says what makes the exposure of a place. It is worked out from the findings
// that are on record now, for the hour at which the first leg may begin.
func (w *Work) Why(_ context.Context, l server.Look, b server.Basis, lat, lon float64) (*desk.Reason, error) {
	p, err := seen(l)
	if err != nil {
		return nil, err
	}
	g, err := w.ground(l.Plan.Map)
	if err != nil {
		return nil, err
	}
	q, err := w.question(b, desk.Change{})
	if err != nil {
		return nil, err
	}
	at := l.At
	if len(p.Legs) > 0 {
		at = p.Legs[0].Earliest
	}
	return g.Why(q, lat, lon, at)
}

// Report returns the plan as one page.
func (w *Work) Report(_ context.Context, l server.Look) ([]byte, error) {
	p, err := seen(l)
	if err != nil {
		return nil, err
	}
	g, err := w.ground(l.Plan.Map)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = order.WriteReport(&out, p, g.Map)
	return out.Bytes(), err
}

// Compare says what differs between two plans.
func (w *Work) Compare(_ context.Context, a, b server.Look) (json.RawMessage, error) {
	before, err := seen(a)
	if err != nil {
		return nil, err
	}
	after, err := seen(b)
	if err != nil {
		return nil, err
	}
	return json.Marshal(compare.Plans(before, after))
}
