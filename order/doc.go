// Package order turns a plan into what people read: a report that is one HTML
// file for screen and paper, with a vector map of each leg, and a text for the
// terminal. Both name the principal by cover name only. While the risk profile
// is not calibrated both show exposure in bands and ratios, never as a
// probability. Of a mix of routes both show what it is worth, the routes and
// where it is attacked best; the attacker's mix that proves it is on neither.
package order
