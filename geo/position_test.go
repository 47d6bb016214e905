package geo

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParsePosition(t *testing.T) {
	dms := func(d, m, s float64) float64 { return d + m/60 + s/3600 }
	east := at(39.7, 75.5)
	west := at(39.7, -75.5)
	exact := at(dms(39, 42, 10.5), -dms(75, 30, 15))
	utm, err := UTM{18, true, 453234, 4398765}.Point()
	if err != nil {
		t.Fatal(err)
	}
	south, err := UTM{18, false, 453234, 4398765}.Point()
	if err != nil {
		t.Fatal(err)
	}
	square, _, err := ParseMGRS("18SVJ5323498765")
	if err != nil {
		t.Fatal(err)
	}
	for want, texts := range map[Point][]string{
		west: {
			"39.7,-75.5", "39.7, -75.5", " 39.7 -75.5 ", "39.7;-75.5", "+39.7,-75.50", "39.7 −75.5", "39.7°,-75.5°", "39.7° -75.5°",
			"39.7N 75.5W", "39.7 n, 75.5 w", "N39.7 W75.5", "W75.5 N39.7", "75.5W,39.7N", "39.7°N75.5°W", "39.7 north 75.5 west",
			"39:42 -75:30", "39:42:00,-75:30:00", "39°42'N 75°30'W", "39 42 N 75 30 W", "39 42, -75 30", "39°42' -75°30'",
			"N39 42 W075 30 00", "39 42 00N 75 30 00W", "39.7,-075.5",
		},
		east:   {"39.7,75.5", "39.7 75.5", "39°42' 75°30'", "39:42:0 75:30:0", "39 42 0 N 75 30 0 E"},
		exact:  {`39°42'10.5"N 75°30'15"W`, "39°42′10.5″N 75°30′15″W", "39º42’10.5”N, 75º30’15”W", "39 42 10.5 N 75 30 15 W", "N39:42:10.5 W75:30:15", "39°42'10.5''N 75°30'15''W", "39 42.175 N, 75 30.25 W", `39°42'10.5" -75°30'15"`},
		utm:    {"18N 453234 4398765", "18n 453234 4398765", "18 N 453234, 4398765", "18north 453234 4398765", "18 N 453234.0 4398765.0"},
		south:  {"18 south 453234 4398765", "18 SOUTH 453234 4398765", "18F 453234 4398765"},
		square: {"18SVJ5323498765", "18s vj 53234 98765", "18 S VJ 53234 98765"},
		{quarter, 0}: {
			"90,0", "UPS N 2000000 2000000", "upsn 2000000 2000000", "UPS north 2000000,2000000", "90N 0E",
		},
		{-quarter, 0}:      {"-90,0", "UPS S 2000000 2000000", "0W 90S"},
		{0, turn / 2}:      {"0,180", "0N 180E"},
		{0, -turn / 2}:     {"0,-180", "-0,-180", "0N 180W"},
		{-E7 / 2, E7 / 4}:  {"-0:30,0:15", "0°30'S 0°15'E", "-0.5,.25", "-.5 0.25"},
		{-E7 / 2, -E7 / 4}: {"-0°30' -0°15'", "S0 30 W0 15", "-0.5,-.25"},
	} {
		for _, s := range texts {
			if got, err := ParsePosition(s); got != want || err != nil {
				t.Errorf("%q: %v, %v; want %v", s, got, err, want)
			}
		}
	}
}

func TestParsePositionErrors(t *testing.T) {
	for _, c := range []struct {
		text string
		at   int
		want string
	}{
		{"", 0, "empty"},
		{"39.7", 1, "only one coordinate"},
		{"39.7N", 5, "only one coordinate"},
		{"-39.7", 2, "only one coordinate"},
		{"39.7,", 5, "one side of the comma is empty"},
		{",39.7", 1, "one side of the comma is empty"},
		{"39,7,-75,5", 5, "a second comma"},
		{"39.7.1,-75.5", 1, "39.7.1 is no number"},
		{".,-75.5", 1, ". is no number"},
		{"1e5,2", 3, "outside of every zone"}, // no exponents: E is a band
		{"91,0", 1, "latitude 91 is beyond the pole"},
		{"139.7,35.6", 1, "latitude comes first"},
		{"0,180.1", 3, "beyond the antimeridian"},
		{"39.7N 40S", 7, "two of the same"},
		{"39E 40W", 5, "two of the same"},
		{"39.7N, 75.5", 8, "no hemisphere here"},
		{"39.7, 75.5W", 1, "no hemisphere here"},
		{"-39.7N 75.5W", 1, "a sign and a hemisphere"},
		{"39 60 N 75 30 W", 4, "60 minutes"},
		{"39 42 60 N 75 30 W", 7, "60 seconds"},
		{"39.5 30 N 75 30 W", 6, "minutes after a fraction"},
		{"39 42.5 10 N 75 30 W", 9, "seconds after a fraction"},
		{"39 42 10 5 N 75 W", 10, "5 does not belong there"},
		{"39 42 10 5", 7, "cannot be told where latitude ends"},
		{"39 42 75 30", 7, "cannot be told where latitude ends"},
		{"39: , 75", 3, "a colon and nothing after it"},
		{"39°°,75", 4, "° where minutes should be"},
		{"--39,75", 2, "- where degrees should be"},
		{"N,75W", 1, "without a number"},
		{"39!7,5", 3, "'!' has no place"},
		{"18S 453234 4398765", 3, "write 18 south, or 18 north"},
		{"61N 453234 4398765", 1, "there is no zone 61"},
		{"18T 453234 4398765", 3, "does not lie in latitude band T"},
		{"18N 4398765 453234", 5, "swapped"},
		{"18Q 453234 4398765 1", 3, "two numbers and no more"},
		{"39N 75 30", 5, "outside of every zone"},
		{"18I 453234 4398765", 3, "neither a hemisphere nor"},
		{"18 east 453234 4398765", 4, "neither a hemisphere nor"},
		{"UPS 2000000 2000000", 1, "neither a hemisphere nor"},
		{"UPS N 2000000", 5, "two numbers and no more"},
		{"UPS", 1, "two numbers and no more"},
		{"UPS N 5000000 2000000", 7, "beyond the end of the polar grid"},
		{"18SUJ234", 8, "an odd number of digits"},
		{"18 N " + strings.Repeat("9", 190) + " 1", 6, "at most 8 digits"},
		{strings.Repeat("9", 101) + "," + strings.Repeat("9", 99), 0, "longer than 200 characters"},
	} {
		_, err := ParsePosition(c.text)
		var e *PositionError
		if !errors.As(err, &e) || e.At != c.at || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v; want character %d: %q", c.text, err, c.at, c.want)
		}
	}
	_, err := ParsePosition(strings.Repeat("1 ", 1<<16))
	if err == nil || len(err.Error()) > 400 {
		t.Errorf("a long text makes a long error: %.500v", err)
	}
}

// TestPositionRoundTrip: a point written in each form is read as itself.
func TestPositionRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPoint(90).Draw(t, "p")
		// Units of 1e-7 degree are 0.00036 seconds: whole hundred-thousandths.
		part := func(v int32, positive, negative string) (string, string, string) {
			h, a := positive, int64(v)
			if a < 0 {
				h, a = negative, -a
			}
			d, rest := a/E7, a%E7*36
			m, s := rest/6_000_000, rest%6_000_000
			minutes := fmt.Sprintf("%d.%07d", a%E7*6/1_000_000, a%E7*6%1_000_000*10)
			return fmt.Sprintf("%d°%d'%d.%05d\"%s", d, m, s/100_000, s%100_000, h),
				fmt.Sprintf("%s%d %s", h, d, minutes),
				fmt.Sprintf("%s%d:%d:%d.%05d", map[bool]string{true: "-"}[v < 0], d, m, s/100_000, s%100_000)
		}
		latDMS, latMin, latColon := part(p.Lat, "N", "S")
		lonDMS, lonMin, lonColon := part(p.Lon, "E", "W")
		lat, lon := p.Degrees()
		for _, s := range []string{
			latDMS + " " + lonDMS, lonDMS + latDMS, latMin + " " + lonMin, lonMin + "," + latMin, latColon + "," + lonColon, latColon + " " + lonColon,
			fmt.Sprintf("%.7f,%.7f", lat, lon), fmt.Sprintf("%.7f %.7f", lat, lon),
		} {
			if got, err := ParsePosition(s); err != nil || got != p {
				t.Fatalf("%v written %q is read as %v, %v", p, s, got, err)
			}
		}
		mgrs := FormatMGRS(p, 5)
		if got, err := ParsePosition(mgrs); err != nil || Distance(got, p) > 0.73 {
			t.Fatalf("%v written %s is read as %v, %v", p, mgrs, got, err)
		}
	})
}

func FuzzParsePosition(f *testing.F) {
	for _, s := range []string{
		"39.7,-75.5", `39°42'10"N 75°30'15"W`, "18N 453234 4398765", "18SUJ2348306479", "UPS N 2000000 2000000",
		"18 south 453234 4398765", "39 42 10 75 30 15", "N39.7W75.5", "-0:30 0:15", "39''", "--", ",",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePosition(s)
		if err != nil {
			checkError(t, s, err)
			return
		}
		if p.Lat < -quarter || p.Lat > quarter || p.Lon < -turn/2 || p.Lon > turn/2 {
			t.Fatalf("%q: %v", s, p)
		}
		lat, lon := p.Degrees()
		if q, err := ParsePosition(fmt.Sprintf("%.7f,%.7f", lat, lon)); err != nil || q != p {
			t.Fatalf("%q: %v comes back as %v, %v", s, p, q, err)
		}
	})
}
