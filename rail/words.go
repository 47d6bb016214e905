package rail

import (
	"fmt"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// unknown is what plans say for what the map does not tell.
const unknown = "?"

func powerName(p network.Electrification) string {
	switch p {
	case network.NotElectrified:
		return "no"
	case network.ContactLine:
		return "contact_line"
	case network.ThirdRail:
		return "rail"
	case network.FourthRail:
		return "4th_rail"
	case network.GroundLevel:
		return "ground-level_power_supply"
	case network.ElectrifiedSomehow:
		return "yes"
	default:
		return unknown
	}
}

// usageName and serviceName are the values of the tags, as plans hold them.
func usageName(u network.RailUsage) string {
	switch u {
	case network.UsageUnknown:
		return unknown
	case network.OtherUsage:
		return "other"
	default:
		return u.String()
	}
}

func serviceName(s network.RailService) string {
	switch s {
	case network.NoService:
		return ""
	case network.OtherService:
		return "other"
	default:
		return s.String()
	}
}

// lineOf names the line that a stretch belongs to; empty if the map does not.
func lineOf(m *network.Map, iv *network.RailInterval) string {
	name, number := m.Text(iv.Name), m.Text(iv.Number)
	if name != "" && number != "" && !strings.Contains(name, number) {
		return name + " (" + number + ")"
	}
	if name != "" {
		return name
	}
	return number
}

// roadOf names a step over a stretch for those who read it: its line, or what
// kind of track it is.
func roadOf(m *network.Map, iv *network.RailInterval) string {
	if line := lineOf(m, iv); line != "" {
		return line
	}
	if s := serviceName(iv.Service); s != "" && s != "other" {
		return "unnamed " + s + " track"
	}
	switch iv.Usage {
	case network.MainLine, network.BranchLine, network.Industrial, network.Military:
		return "unnamed " + usageName(iv.Usage) + " line"
	default:
		return "unnamed track"
	}
}

func object(t network.OSMType, id int64) string { return fmt.Sprintf("%s/%d", t, id) }

func latLon(p geo.Point) outrider.LatLon {
	lat, lon := p.Degrees()
	return outrider.LatLon{Lat: lat, Lon: lon}
}

// metresText writes a length as people say it: "85 m", "1.2 km".
func metresText(m float64) string {
	if m < 999.5 {
		return fmt.Sprintf("%.0f m", m)
	}
	return fmt.Sprintf("%.1f km", m/1000)
}

// minutesText writes a time as people say it: "40 s", "4 min", "1 h 05 min".
func minutesText(s float64) string {
	switch m := int(s/60 + 0.5); {
	case s < 59.5:
		return fmt.Sprintf("%.0f s", s)
	case m < 60:
		return fmt.Sprintf("%d min", m)
	default:
		return fmt.Sprintf("%d h %02d min", m/60, m%60)
	}
}

func crossingsText(n int) string {
	if n == 1 {
		return "a level crossing"
	}
	return fmt.Sprintf("%d level crossings", n)
}
