// Package game finds mixes of routes that an attacker who knows them can use
// least, with the proof of what they are worth.
//
// A planner draws a route from a mix; an attacker who knows the mix but not the
// draw picks one place. The value is the greatest chance of success that any
// place gives him. Solve answers for bare instances, graphs with chances and
// times; every answer carries a mix for both sides and a lower and an upper bound,
// which game/verify recomputes from the instance alone.
//
// The package knows plain slices only: what an edge is, is the caller's business.
package game
