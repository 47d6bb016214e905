package exchange

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/plain"
)

// MarchColumns returns the columns of WriteCSV, in order.
func MarchColumns() []string {
	return []string{
		"leg", "route", "number", "point", "kind", "lat", "lon", "odometer_m", "head_utc", "tail_utc", "head_local",
		"pass_s", "halt_s", "early_s", "late_s", "dark",
	}
}

// WriteCSV writes the march tables of all routes as one table (RFC 4180), a row
// for each point, the earliest start taken. Times are RFC 3339: in UTC, and local
// with offset. A text that a spreadsheet would take for a formula gets an
// apostrophe in front.
func WriteCSV(w io.Writer, p *outrider.Plan) error {
	if err := check(p); err != nil {
		return err
	}
	table := csv.NewWriter(w)
	table.UseCRLF = true
	if err := table.Write(MarchColumns()); err != nil {
		return err
	}
	form := FormOf(p)
	number := func(x float64, places int) string { return strconv.FormatFloat(x, 'f', places, 64) }
	utc := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
	for i := range p.Legs {
		for j := range p.Legs[i].Routes {
			r := &p.Legs[i].Routes[j]
			for k := range r.March {
				row := &r.March[k]
				if err := table.Write([]string{
					cell(p.LegName(i)), cell(r.Name), strconv.Itoa(k + 1), cell(row.Point), cell(row.Kind), number(row.Lat, 7), number(row.Lon, 7), number(row.Odometer, 0),
					utc(row.Head), utc(row.Tail), form.In(row.Head).Format("2006-01-02T15:04:05Z07:00"),
					number(row.PassTime, 0), number(row.HaltS, 0), number(row.EarlyS, 0), number(row.LateS, 0), strconv.FormatBool(row.Dark),
				}); err != nil {
					return err
				}
			}
		}
	}
	table.Flush()
	return table.Error()
}

// cell writes a text on one line that no spreadsheet takes for a formula.
func cell(s string) string {
	s = strings.Join(strings.Fields(plain.Text(s)), " ")
	if s != "" && strings.IndexByte("=+-@", s[0]) >= 0 {
		return "'" + s
	}
	return s
}
