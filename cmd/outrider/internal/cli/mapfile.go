package cli

import (
	"fmt"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
)

// MapFlag is the map file that a command works on.
type MapFlag struct {
	Map string `short:"m" env:"OUTRIDER_MAP" placeholder:"FILE" help:"Map file, made by outrider map build."`
}

// Open opens the map; the caller closes it.
func (f MapFlag) Open() (*network.Map, error) {
	if f.Map == "" {
		return nil, UsageError("no map file was named", "give --map FILE or set OUTRIDER_MAP")
	}
	return network.OpenMap(f.Map)
}

// CloseMap gives a map's memory back. At the end of a command there is nobody
// left to whom a failure would matter.
func CloseMap(m *network.Map) { _ = m.Close() }

// Source says of what date the map's data is, and whose.
func (t *Text) Source(m *network.Map, now time.Time) {
	t.Line("map data of %s, © OpenStreetMap contributors", DataDate(m.Meta.DataDate, now))
}

// DataDay is the date of a map's data in JSON, "unknown" if the extract had none.
func DataDay(m *network.Map) string {
	if m.Meta.DataDate == 0 {
		return "unknown"
	}
	return time.Unix(m.Meta.DataDate, 0).UTC().Format(time.DateOnly)
}

// DataDate prints the date of map data, and that it is old when it is.
func DataDate(unix int64, now time.Time) string {
	if unix == 0 {
		return "unknown date (STALE: take it as old)"
	}
	at := time.Unix(unix, 0).UTC()
	s := at.Format("2006-01-02")
	if now.Sub(at) > outrider.StaleAfter {
		s += fmt.Sprintf(" (STALE: %d days old)", int(now.Sub(at).Hours()/24))
	}
	return s
}
