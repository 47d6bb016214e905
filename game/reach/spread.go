package reach

import "context"

// spread takes in routes that go round all places where the mix known so far is
// attacked well, for as long as there are such within the limit: one search for the
// fastest of them is much less work than one for the cheapest at the prices of the
// master, and as long as some way round all priced discs exists, those prices tell
// little.
func (x *Game) spread(ctx context.Context, m *master, meanLimit float64) error {
	barred := make([]bool, x.f.Pieces)
	var list []uint32
	share := spreadLeast
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var worst []loaded
		for {
			x.grow(m)
			odds, _, _, err := m.solve(ctx, meanLimit)
			if err != nil {
				return err
			}
			worst = m.load(x.routes, odds).best()
			if !m.cover(worst, m.value()) {
				break
			}
		}
		if len(worst) == 0 || worst[0].value <= 0 {
			return nil
		}
		for {
			for _, p := range list {
				barred[p] = false
			}
			list = list[:0]
			for _, l := range worst {
				if l.value < share*worst[0].value {
					break
				}
				for _, p := range x.g.reached(l.d, m.wide) {
					if !barred[p] {
						barred[p] = true
						list = append(list, p)
					}
				}
			}
			x.work.Ways++
			w, ok := x.w.fastestPast(func(v uint32) bool { return !barred[x.f.Piece[v]] })
			if ok && x.add(w) {
				share = max(share-spreadStep, spreadLeast)
				break
			}
			if share >= spreadMost {
				return nil
			}
			share = min(share+spreadStep, spreadMost)
		}
	}
}

// What share of the value of the best place others must have to be gone round.
const (
	spreadLeast = 0.3
	spreadStep  = 0.1
	spreadMost  = 0.999
)
