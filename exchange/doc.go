// Package exchange reads movement files and writes plans in the formats that
// other programs read: GPX 1.1, KML 2.2, GeoJSON (RFC 7946) and Outrider's own
// JSON document. What goes out names the principal by cover name only and says
// from which data and of which date the plan was made. What comes in is read by
// allow-list: a field that the format does not have is refused, not kept.
package exchange
