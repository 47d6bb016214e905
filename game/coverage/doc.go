// Package coverage places posts on targets: n targets, m posts, each of which
// covers one target, and an attacker who knows with what chance each target is
// covered, not which are today, and strikes where it pays him most. It finds the
// chances that leave the attacker least (ORIGAMI: Kiekintveld, Jain, Tsai, Pita,
// Ordóñez and Tambe, AAMAS 2009), proves them, and draws posts from them.
//
// A target knows four payoffs: the attacker's and the defender's, with the target
// covered or not. Where the defender loses what the attacker gains, such as a
// chance of success, two are enough.
package coverage
