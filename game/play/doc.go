// Package play plays a mix of routes against attackers, movement after movement.
//
// A Game is a mix as it is drawn from, with whole-number weights, and the places
// where it can be attacked. Before each movement an attacker picks a place; he
// has a hit if the route drawn passes it and a coin with the chance of the place
// says so. The odds of a hit are worked out where that can be done exactly
// (Game.Exact), and played in any case (Game.Play), so that each can be held
// against the other and against what was proven of the mix.
//
// Played figures depend on the seed alone: all that is random comes from
// ChaCha8 (the generator of math/rand/v2, which is specified to the bit) through
// whole numbers, so a seed gives the same hits on every machine and whatever else
// was played before.
package play
