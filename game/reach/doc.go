// Package reach finds mixes of routes over real ground, where an attack covers
// everything within reach of a point.
//
// A place is a disc: a point and all ground within the reach of it. An attack
// there succeeds with the greatest chance of any ground in the disc, once for a
// route that comes within reach, however often it does. Discs stand on a net so
// fine that every point of the plane is within a step of one, so that
//
//	v_net(reach) ≤ v(reach) ≤ v_net(reach + step)
//
// for v the value with discs anywhere: the planner's mix is held against the
// wider discs, the attacker's against the narrower ones. Routes are walks on a
// graph whose nodes are stretches being driven, with a limit on the time of
// each; turn rules, stops on the way and partial stretches at the ends are in the
// graph. Both bounds are of the same game, and Check recomputes them with other
// code.
//
// The package knows points and chances, nothing of roads or movements.
package reach
