package march

import (
	"fmt"

	outrider "github.com/outrider-project/outrider"
)

// gapKind says what lies between two neighbours in the order of march.
type gapKind uint8

const (
	insideGap gapKind = iota
	packetGap
	serialGap
)

// gaps are the gaps of a convoy in metres at its march speed, none of them
// standing for another any more.
type gaps struct{ inside, packet, serial float64 }

// gapsOf checks what a convoy says of speed and gaps, and turns the gaps into
// metres.
func gapsOf(c outrider.Convoy) (gaps, error) {
	if len(c.Vehicles) == 0 {
		return gaps{}, invalid("no vehicles", "list at least one")
	}
	if !(c.MarchKMH >= minKMH && c.MarchKMH <= maxKMH) {
		return gaps{}, invalid(fmt.Sprintf("march speed %g km/h", c.MarchKMH), "give one from 1 to 255 km/h")
	}
	for _, g := range []struct {
		gap  outrider.Gap
		name string
	}{{c.Gap, "gaps"}, {c.PacketGap, "gaps between packets"}, {c.SerialGap, "gaps between serials"}} {
		if !(g.gap.Metres >= 0 && g.gap.Seconds >= 0) || (g.gap.Metres > 0 && g.gap.Seconds > 0) {
			return gaps{}, invalid(g.name+" both in metres and in seconds, or below 0", "give one of them")
		}
		if g.gap.Metres > maxGapMetres || g.gap.Seconds > maxGapSeconds {
			return gaps{}, invalid(fmt.Sprintf("%s of %g m, %g s", g.name, g.gap.Metres, g.gap.Seconds), "give at most 100 km or 24 hours")
		}
	}
	v := c.MarchKMH / 3.6
	var out gaps
	out.inside = metres(c.Gap, v, 0)
	out.packet = metres(c.PacketGap, v, out.inside)
	out.serial = metres(c.SerialGap, v, out.packet)
	return out, nil
}

// metres returns a gap at speed v, or what stands for it if it is not given.
func metres(g outrider.Gap, v, instead float64) float64 {
	switch {
	case g.Seconds > 0:
		return g.Seconds * v
	case g.Metres > 0:
		return g.Metres
	}
	return instead
}

// between says what gap lies between a vehicle and the one behind it.
func between(a, b outrider.Vehicle) gapKind {
	switch {
	case a.Serial != b.Serial:
		return serialGap
	case a.Packet != b.Packet:
		return packetGap
	}
	return insideGap
}

// checkLabels finds labels that come back after another. They would make a part
// of two pieces, which is far more often a vehicle in the wrong place. Vehicles
// without a label belong to no part, so they may stand in several places. The
// labels of packets count within their serial.
func checkLabels(vehicles []outrider.Vehicle) error {
	type label struct{ serial, packet string }
	serials := make(map[string]int)
	packets := make(map[label]int)
	for i, x := range vehicles {
		kind := serialGap
		if i > 0 {
			kind = between(vehicles[i-1], x)
		}
		if kind == serialGap && x.Serial != "" {
			if first, seen := serials[x.Serial]; seen {
				return twice(i, x, "serial", x.Serial, first, vehicles[first])
			}
			serials[x.Serial] = i
		}
		if kind != insideGap && x.Packet != "" {
			l := label{x.Serial, x.Packet}
			if first, seen := packets[l]; seen {
				return twice(i, x, "packet", x.Packet, first, vehicles[first])
			}
			packets[l] = i
		}
	}
	return nil
}

func twice(i int, x outrider.Vehicle, part, name string, first int, begins outrider.Vehicle) error {
	return invalid(
		fmt.Sprintf("vehicle %d (%s) is of %s %q, which began with vehicle %d (%s) and had ended", i+1, x.CallSign, part, name, first+1, begins.CallSign),
		"put the vehicles of a "+part+" next to each other, or give it another label")
}
