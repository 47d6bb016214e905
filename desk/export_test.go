package desk

// FreshGround is a ground on the same map that has never been asked anything.
func FreshGround(g *Ground) *Ground { return newGround(g.Map, g.ID) }
