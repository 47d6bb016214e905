package order

import (
	"strings"
)

// symbolOf returns the name of the symbol that a kind of hazard has on map and
// in tables. Kinds that call for the same attention share one.
func symbolOf(kind string) string {
	switch kind {
	case "bridge", "overpass", "bridge_damage":
		return "bridge"
	case "tunnel", "underpass":
		return "tunnel"
	case "level_crossing":
		return "rail"
	case "ford", "ferry", "flood":
		return "water"
	case "narrow_way", "single_lane", "narrow":
		return "narrow"
	case "low_clearance", "weight_limit":
		return "limit"
	case "steep_grade":
		return "grade"
	case "sharp_curve":
		return "curve"
	case "works", "obstruction", "poor_surface":
		return "works"
	case "toll":
		return "toll"
	case "barrier", "closed", "closed_by_event":
		return "barrier"
	case "traffic_signals":
		return "signals"
	case "roundabout":
		return "round"
	case "cut_edge", "chokepoint", "no_exit":
		return "choke"
	case "overlook", "dead_ground":
		return "sight"
	case "base":
		return "road"
	}
	return "other"
}

// symbols are drawn in a square of 24 units around 0,0, in strokes, so that
// they stay legible in grey. The plate under them is that of class "plate".
var symbols = []struct{ name, meaning, drawing string }{
	{"bridge", "bridge, overpass", `<path d="M-9-6Q-4-2-4 0T-9 6M9-6Q4-2 4 0T9 6"/>`},
	{"tunnel", "tunnel, underpass", `<path d="M-7 7V0A7 7 0 0 1 7 0V7M-10 7H10"/>`},
	{"rail", "level crossing", `<path d="M-7-7 7 7M-7 7 7-7"/>`},
	{"water", "ford, ferry, flood", `<path d="M-9-3Q-6-7-3-3T3-3 9-3M-9 4Q-6 0-3 4T3 4 9 4"/>`},
	{"narrow", "narrow road, single lane", `<path d="M-9-6-3 0-9 6M9-6 3 0 9 6"/>`},
	{"limit", "height or weight limit", `<path d="M-8-8H8M0 8V-3M-4 1 0-4 4 1"/>`},
	{"grade", "steep grade", `<path d="M-8 6H8V-6Z"/>`},
	{"curve", "sharp curve", `<path d="M-5 8V1Q-5-5 1-5H6M2-9 7-5 2-1"/>`},
	{"works", "works, poor surface, obstruction", `<path d="M0-8 8 0 0 8-8 0ZM0-4V1M0 4V4.2"/>`},
	{"toll", "toll", `<path d="M-6-6H6M0-6V8"/>`},
	{"barrier", "barrier, gate, closure", `<path d="M-9-2H9V3H-9ZM-6 3V8M6 3V8"/>`},
	{"signals", "traffic signals", `<path d="M-4-9H4V9H-4ZM0-5V-4.8M0 0V.2M0 5V5.2"/>`},
	{"round", "roundabout", `<path d="M6-3A7 7 0 1 0 7 2M7-8V-2H1"/>`},
	{"choke", "chokepoint, only link, no exit", `<path d="M-8-8H8L0 0ZM-8 8H8L0 0Z"/>`},
	{"sight", "overlooked or dead ground", `<path d="M-9 0Q0-9 9 0 0 9-9 0ZM0-2V2"/>`},
	{"road", "every road", `<path d="M-5 8-2-8M5 8 2-8M0 6V3M0-1V-4"/>`},
	{"other", "survey finding, other", `<path d="M0-8V2M0 7V7.2"/>`},
	{"haven", "safe haven", `<path d="M0-7V7M-7 0H7"/>`},
}

// symbolDefs returns the definitions that <use> elements refer to.
func symbolDefs() string {
	var b strings.Builder
	b.WriteString("<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\"><defs>\n")
	for _, s := range symbols {
		b.WriteString(`<g id="s-` + s.name + `"><circle class="plate" r="12"/>` + s.drawing + "</g>\n")
	}
	b.WriteString("</defs></svg>")
	return b.String()
}
