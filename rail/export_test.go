package rail

import "context"

// Cost returns what the path of a leg costs, without what the choice of tracks at
// its ends counts.
func Cost(ctx context.Context, in Input) (float64, error) {
	p, err := Path(ctx, in)
	return p.Cost - p.Ends, err
}

// A Costing says what a path costs.
type Costing struct {
	Cost   float64 // in all
	Ends   float64 // of that, the choice of tracks at both ends
	Places float64 // and at the places on the way
}

// Path returns what the path of a leg costs.
func Path(ctx context.Context, in Input) (Costing, error) {
	w, err := prepare(in)
	if err != nil {
		return Costing{}, err
	}
	if err := w.findPath(ctx); err != nil {
		return Costing{}, err
	}
	c := Costing{Cost: w.cost, Ends: w.path.from.penalty + w.path.to.penalty}
	for _, s := range w.stands {
		c.Places += s.at.spots[s.spot].penalty
	}
	return c, nil
}
