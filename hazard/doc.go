// Package hazard says how exposed a convoy is at each place of a road network,
// and why: from the hazards of the map, from what surveyors found, and from a
// risk profile that weighs them.
//
// Exposure is a function of place. Along a chain
//
//	p(s) = clip(1 - Π_g (1 - max_{k in g} w_k x_k(s)), p_min, p_max)
//
// is the relative chance that an attack at s succeeds on one pass; hazards of
// one group g combine by their maximum, groups by the product. It is never
// summed over stretches. Λ = ∫ λ(s) ds, with λ a separate rate per km,
//
//	λ(s) = base rate + Σ_k rate_k x_k(s)
//
// is the accumulated exposure of a route. A hazard bears on every place within
// the influence length of its kind, measured along the network across
// junctions, so that neither way borders nor inserted nodes change anything.
// docs/risk.md has the whole model, docs/survey.md the findings.
//
// The package reads no clock: times are parameters.
package hazard
