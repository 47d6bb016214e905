package reach

// Usual returns the fastest route, with odds 1.
func (x *Game) Usual() Route {
	r := x.routes[0]
	return Route{Nodes: r.nodes, Time: r.time, Prob: 1, Worst: x.worst(r)}
}

// mostSingle is how many routes Single looks at before it settles for the best.
const mostSingle = 40

// Single returns the route within the limit whose worst disc is least, the
// fastest of those it came by, with odds 1. Ground is forbidden that lies in a disc
// which is no better than the best route so far; when no route is left, that one
// is best. What discs ground lies in is worked out where routes go, so that it
// takes some turns; after a number of them the best route so far is returned.
func (x *Game) Single() Route {
	best := x.Usual()
	for _, r := range x.routes {
		if w := x.worst(r); w < best.Worst {
			best = Route{Nodes: r.nodes, Time: r.time, Prob: 1, Worst: w}
		}
	}
	worst := make([]float64, x.f.Pieces) // at least
	known := make([]bool, x.f.Pieces)
	for range mostSingle {
		found, ok := x.w.fastestPast(func(v uint32) bool {
			p := x.f.Piece[v]
			if !known[p] {
				known[p] = true
				// Nothing is worse than Most, but some disc has the chance of the ground.
				for _, s := range x.g.of(p) {
					worst[p] = max(worst[p], s.P)
				}
			}
			return worst[p] < best.Worst
		})
		if !ok {
			break
		}
		far := x.g.passed(&route{nodes: found.nodes}, true)
		most := 0.0
		for _, d := range far {
			p := x.g.pWide[d]
			most = max(most, p)
			if p >= best.Worst {
				for _, piece := range x.g.reached(d, true) {
					worst[piece], known[piece] = max(worst[piece], p), true
				}
			}
		}
		if most < best.Worst {
			best = Route{Nodes: found.nodes, Time: found.time, Prob: 1, Worst: most}
		}
	}
	return best
}
