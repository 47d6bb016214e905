package almanac_test

import (
	"fmt"
	"time"
	_ "time/tzdata" // the zones of the tests are there on any machine

	"github.com/outrider-project/outrider/almanac"
	"github.com/outrider-project/outrider/geo"
)

func ExampleOf() {
	for _, c := range []struct {
		name, zone, day string
		lat, lon        float64
	}{
		{"Dover, Delaware", "America/New_York", "2026-10-31", 39.158, -75.524},
		{"Dover, Delaware", "America/New_York", "2026-11-01", 39.158, -75.524},
		{"Oslo", "Europe/Oslo", "2026-06-21", 59.914, 10.752},
		{"Tromsø", "Europe/Oslo", "2026-07-25", 69.649, 18.955},
		{"Tromsø", "Europe/Oslo", "2026-12-21", 69.649, 18.955},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			fmt.Println(err)
			return
		}
		day, err := time.ParseInLocation(time.DateOnly, c.day, zone)
		if err != nil {
			fmt.Println(err)
			return
		}
		d := almanac.Of(day, geo.PointFromDegrees(c.lat, c.lon))
		fmt.Printf("%-15s %s", c.name, c.day)
		for _, t := range []time.Time{d.FirstLight, d.Sunrise, d.Sunset, d.LastLight} {
			if t.IsZero() {
				fmt.Printf("  %11s", "-")
			} else {
				fmt.Printf("  %s", t.Format("02 15:04:05"))
			}
		}
		if d.Polar != "" {
			fmt.Print("  polar ", d.Polar)
		}
		fmt.Println()
	}
	// Output:
	// Dover, Delaware 2026-10-31  31 07:01:02  31 07:28:43  31 18:02:10  31 18:29:51
	// Dover, Delaware 2026-11-01  01 06:02:04  01 06:29:49  01 17:01:01  01 17:28:46
	// Oslo            2026-06-21  21 02:09:30  21 03:53:43  21 22:43:54  22 00:28:06
	// Tromsø          2026-07-25            -            -  26 00:37:30            -
	// Tromsø          2026-12-21  21 09:31:12            -            -  21 13:53:14  polar night
}
