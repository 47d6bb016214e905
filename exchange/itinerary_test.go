package exchange_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/exchange"
)

// day has every key that minimal has not.
const day = `format: outrider.movement/1
movement: Day
cover_name: OWL
time_zone: America/New_York
convoy:
  march_mph: 50
  catch_up_mph: 60
  gap_s: 3
  packet_gap_m: 200
  serial_gap_s: 120
  vehicles:
    - {call_sign: A 1, role: lead, length_m: 5, serial: A, packet: A1, turning_circle_m: 11.5, fuel_range_km: 500, seats: 5, headcount: 4}
    - {call_sign: A 2, role: principal, length_m: 5, serial: A, packet: A2, seats: 5, headcount: 5}
    - {call_sign: B 1, role: cargo, class: truck, length_m: 9, serial: B}
venues:
  - name: Hall
    at: "39.1582,-75.5244"
    arrival: {at: "39.1583,-75.5243", approach: north-east}
    departure: {at: {at: Market Street, label: Side door}, approach: "?"}
    staging: "?"
    alternate_entrance: {at: "39.1580,-75.5250"}
    landing_zone: {at: "39.1600,-75.5300", label: Green}
    trauma_hospital: haven/way/123
    telephones:
      - {office: Reception, number: "+1 302 555 0100"}
      - {office: Control room, number: "?"}
    verified: 2026-11-20
    verified_by: SCOUT 1
  - {name: Yard, at: Camden, arrival: "?", departure: {approach: south}, telephones: "?", verified: "?", verified_by: "?"}
legs:
  - name: Out
    from: "39.7365,-75.5512"
    to: {venue: Hall}
    arrive: {earliest: 2026-11-24T09:50, latest: 241000RNOV26}
    back_by: 2026-11-24T16:30
    stay: {minutes: 90}
  - name: On
    to: {venue: Yard, label: The yard}
    stay: {until: 241830ZNOV26, venue: Yard}
  - name: Train
    mode: rail
    to: Newark
    halts: [{at: Middletown, minutes: 2}]
    train:
      call_sign: TRAIN 1
      length_m: 120
      max_kmh: 130
      gauge_mm: 1435
      traction: electric
      voltage: 12000
      kinds: [rail, light_rail]
      reverse_min: 8
      board_min: 10
      alight_min: 5
      shadow: true
      max_behind_min: 7
      stock: [{call_sign: LOCO 1, kind: locomotive, length_m: 20}, {call_sign: COACH 1, kind: coach, length_m: 26, seats: 60, headcount: 40}]
    stay: {minutes: 20}
  - name: Home
    from: {venue: Hall}
    to: Lewes
    window: {earliest: 2026-11-24T19:00, latest: 2026-11-24T19:30}
    stay: {minutes: 5, venue: Yard}
constraints:
  driving: {max_hours: 4, break_min: 30, reserve: 0.25, extra_halts: false}
print: {positions: mgrs, distances: mi}
`

func TestReadMovementOfADay(t *testing.T) {
	m, err := exchange.ReadMovement("day.yaml", []byte(day))
	if err != nil {
		t.Fatal(err)
	}
	c := m.Convoy
	if c.MarchKMH != 50*1.609344 || c.CatchUpKMH != 60*1.609344 || c.PacketGap.Metres != 200 || c.SerialGap.Seconds != 120 || c.Gap.Seconds != 3 {
		t.Errorf("convoy %+v", c)
	}
	if v := c.Vehicles[0]; v.Serial != "A" || v.Packet != "A1" || v.TurningCircle != 11.5 || v.FuelRange != 500 || v.Seats != 5 || v.Headcount != 4 {
		t.Errorf("vehicle %+v", v)
	}
	if d := m.Constraints.Driving; d.MaxDriving != 4*time.Hour || d.Break != 30*time.Minute || d.Reserve != 0.25 || !d.NoExtraHalts {
		t.Errorf("driving %+v", d)
	}
	if m.Print != (outrider.Print{Positions: outrider.MGRS, Distances: outrider.Miles}) {
		t.Errorf("print %+v", m.Print)
	}
	checkVenues(t, m.Venues)
	checkLegs(t, m.Legs)
}

func checkVenues(t *testing.T, venues []outrider.Venue) {
	t.Helper()
	hall, yard := venues[0], venues[1]
	if hall.At.Label != "Hall" || hall.Arrival.Approach != outrider.NorthEast || hall.Departure.Approach != "" || hall.Departure.At.Label != "Side door" || hall.Staging != nil {
		t.Errorf("hall %+v", hall)
	}
	if hall.LandingZone.Label != "Green" || hall.AlternateEntrance.At.Label != "alternate entrance" || hall.TraumaHospital.Text != "haven/way/123" {
		t.Errorf("hall %+v", hall)
	}
	if len(hall.Telephones) != 2 || hall.Telephones[0].Number != "+1 302 555 0100" || hall.Telephones[1] != (outrider.OfficeTelephone{Office: "Control room"}) {
		t.Errorf("telephones %+v", hall.Telephones)
	}
	if hall.Verified.Format(time.DateOnly) != "2026-11-20" || hall.VerifiedBy != "SCOUT 1" || hall.Position.Line != 16 {
		t.Errorf("verified %v by %s, line %d", hall.Verified, hall.VerifiedBy, hall.Position.Line)
	}
	// Only the side is known: the venue stands in for the point.
	if yard.Arrival != nil || yard.Departure == nil || yard.Departure.At.Text != "Camden" || yard.Departure.Approach != outrider.South {
		t.Errorf("yard %+v", yard)
	}
	if yard.Telephones != nil || !yard.Verified.IsZero() || yard.VerifiedBy != "" {
		t.Errorf("yard %+v", yard)
	}
}

func checkLegs(t *testing.T, legs []outrider.Leg) {
	t.Helper()
	out, on, train, home := legs[0], legs[1], legs[2], legs[3]
	if out.Mode != outrider.ByRoad || !out.Window.Earliest.IsZero() || out.Arrive.Earliest.Format(time.RFC3339) != "2026-11-24T09:50:00-05:00" || out.Arrive.Latest.Format(time.RFC3339) != "2026-11-24T10:00:00-05:00" {
		t.Errorf("out %+v", out)
	}
	if out.To.Venue != "Hall" || out.To.Approach != outrider.NorthEast || out.To.Label != "Hall, arrival point" || out.To.Position.Line != 33 || out.BackBy.Hour() != 16 {
		t.Errorf("out goes to %+v", out.To)
	}
	if *out.Stay != (outrider.Stay{Duration: 90 * time.Minute, Venue: "Hall"}) {
		t.Errorf("stay %+v", out.Stay)
	}
	// It leaves from the point of departure, without a time of its own.
	if on.From.Venue != "Hall" || on.From.Text != "Market Street" || on.From.Label != "Hall, Side door" || !on.Window.Earliest.IsZero() || !on.Arrive.Earliest.IsZero() {
		t.Errorf("on %+v", on)
	}
	if on.To.Label != "The yard" || on.To.Text != "Camden" || on.Stay.Until.Format(time.RFC3339) != "2026-11-24T13:30:00-05:00" || on.Stay.Venue != "Yard" {
		t.Errorf("on %+v, stay %+v", on.To, on.Stay)
	}
	r := train.Train
	if train.Mode != outrider.ByRail || train.From.Venue != "Yard" || train.From.Approach != outrider.South || r == nil || train.Halts[0].Duration != 2*time.Minute {
		t.Fatalf("train %+v", train)
	}
	if r.CallSign != "TRAIN 1" || r.Length != 120 || r.Traction != outrider.Electric || r.Voltage != 12000 || len(r.Kinds) != 2 || r.Reverse != 8*time.Minute ||
		r.Board != 10*time.Minute || r.Alight != 5*time.Minute || !r.Shadow || r.MaxBehind != 7*time.Minute || len(r.Stock) != 2 || r.Stock[1].Headcount != 40 {
		t.Errorf("train %+v", r)
	}
	if home.From.Label != "Hall, Side door" || home.Stay.Venue != "Yard" || home.Window.Earliest.Hour() != 19 {
		t.Errorf("home %+v", home)
	}
}

// Each case changes the day in one place and names what the message must say.
func TestReadMovementRefusesOfADay(t *testing.T) {
	cases := []struct{ name, old, new, want string }{
		{"unknown venue", "to: {venue: Hall}", "to: {venue: Hell}", `day\.yaml:33:17: there is no venue "Hell"; use one of "Hall", "Yard"`},
		{"no venues", day[strings.Index(day, "venues:"):strings.Index(day, "legs:")], "", `there is no venue "Hall": the file has no venues`},
		{"venue twice", "name: Yard", "name: Hall", `day\.yaml:29:12: there is a venue "Hall" already, venue 1`},
		{"venue and place", "to: {venue: Hall}", `to: {venue: Hall, at: Dover}`, `the place is given twice`},
		{"neither venue nor place", "to: {venue: Hall}", `to: {label: Hall}`, `neither where it is nor which venue`},
		{"venue in a halt", "{at: Middletown,", "{at: {venue: Hall},", `day\.yaml:\d+:\d+: .*"venue" is not known here`},
		{"no place", `to: Lewes`, `to: "?"`, `the place is "\?", which stands for unknown`},
		{"entrance nowhere", `alternate_entrance: {at: "39.1580,-75.5250"}`, "alternate_entrance: {approach: west}", `day\.yaml:21:36: there is a side to come from, but no place`},
		{"side", "north-east", "upwards", `day\.yaml:18:\d+: .*north-east`},
		{"office", "office: Reception", "office: Jane", `day\.yaml:25:\d+: .*"?Jane"? is not one of the allowed values.*Reception`},
		{"number", "+1 302 555 0100", "call me", `day\.yaml:25:\d+: .*"call me" does not have the form`},
		{"not verified", "verified: 2026-11-20\n    ", "", `day\.yaml:27:18: SCOUT 1 verified the sheet, but not on any day`},
		{"verified by a person in capitals", "verified_by: SCOUT 1", "verified_by: JANE DOE", `day\.yaml:28:18: .*verified_by`},
		{"verified by a person", "verified_by: SCOUT 1", "verified_by: Jane Doe", `day\.yaml:28:18: .*verified_by`},
		{"verified when", "2026-11-20", "2026-13-20", `day\.yaml:27:15: "2026-13-20" is not a day; write it as`},
		{"verified afterwards", "2026-11-20", "2026-11-25", `day\.yaml:27:15: the sheet was verified on 2026-11-25, after the movement begins on 2026-11-24`},
		{"timed twice", "    back_by:", "    window: {earliest: 2026-11-24T08:00, latest: 2026-11-24T09:00}\n    back_by:", `day\.yaml:34:\d+: the leg is timed twice`},
		{"not timed", "    arrive: {earliest: 2026-11-24T09:50, latest: 241000RNOV26}\n", "", `day\.yaml:31:\d+: the first leg does not say when it moves; add window`},
		{"no stay before", "    stay: {minutes: 90}\n", "", `day\.yaml:36:\d+: the leg does not say when it moves, and no stay before it does; .*leg 1`},
		{"arrival backwards", "latest: 241000RNOV26", "latest: 2026-11-24T09:00", `the span of arrival closes before it opens: latest is 50m0s`},
		{"arrival too early", "  - name: On\n", "  - name: On\n    arrive: {earliest: 2026-11-24T08:00, latest: 2026-11-24T11:00}\n", `day\.yaml:38:\d+: the leg is to arrive before the one before it.*11:20`},
		{"window too early", "2026-11-24T19:00, latest: 2026-11-24T19:30", "2026-11-24T13:35, latest: 2026-11-24T13:40", `this leg's window closes 10m0s before`},
		{"back before it leaves", "  - name: On\n", "  - name: On\n    back_by: 2026-11-24T11:00\n", `the column is to be back before it leaves at 2026-11-24T11:20`},
		{"stay over", "until: 241830ZNOV26", "until: 241600ZNOV26", `day\.yaml:39:\d+: the stay is over before it begins`},
		{"stay twice", "stay: {until: 241830ZNOV26,", "stay: {minutes: 5, until: 241830ZNOV26,", `the stay is given twice`},
		{"stay without end", "stay: {minutes: 90}", "stay: {}", `day\.yaml:36:\d+: the stay does not say how long it lasts`},
		{"stay elsewhere", "stay: {minutes: 90}", "stay: {minutes: 90, venue: Yard}", `the stay is at "Yard", but the leg goes to "Hall"`},
		{"stay nowhere", "stay: {minutes: 90}", "stay: {minutes: 90, venue: Shed}", `there is no venue "Shed"`},
		{"rail without a train", "    mode: rail\n    to: Newark", "    to: Newark", `a leg by road has no train; add mode: rail`},
		{"train turns back", "    mode: rail\n", "    mode: rail\n    back_by: 2026-11-24T20:00\n", `a train does not turn back`},
		{"voltage of diesel", "traction: electric", "traction: diesel", `a diesel train needs no voltage`},
		{"nobody behind", "shadow: true", "shadow: false", `no column shadows this train`},
		{"stock too long", "length_m: 120", "length_m: 40", `the train is 40 m long, its vehicles together 46 m`},
		{"stock twice", "COACH 1", "LOCO 1", `call sign "LOCO 1" is that of vehicle 1 of the train`},
		{"full coach", "seats: 60", "seats: 30", `40 people are to sit on 30 seats`},
		{"full vehicle", "seats: 5, headcount: 4", "seats: 3, headcount: 4", `day\.yaml:12:\d+: 4 people are to sit on 3 seats`},
		{"half seats", "seats: 5, headcount: 4", "seats: 4.5", `day\.yaml:12:\d+: .*whole number`},
		{
			"serial in two places", "packet: A2, seats: 5, headcount: 5}\n    - {call_sign: B 1, role: cargo, class: truck, length_m: 9, serial: B}",
			"packet: A2}\n    - {call_sign: B 1, role: cargo, length_m: 9, serial: B}\n    - {call_sign: A 3, role: cargo, length_m: 5, serial: A, packet: A3}",
			`day\.yaml:15:\d+: serial "A" has vehicles in two places: vehicle 2 and vehicle 4`,
		},
		{"some without serial", ", serial: B", "", `day\.yaml:14:\d+: vehicle 3 has no serial, but vehicle 1 has`},
		{"some without packet", ", packet: A2", "", `day\.yaml:13:\d+: vehicle 2 has no packet, but vehicle 1 has`},
		{"packet in two serials", "serial: B}", "serial: B, packet: A2}", `packet "A2" has vehicles in two places`},
		{"no packets", day[strings.Index(day, "    - {call_sign: A 1"):strings.Index(day, "venues:")], "    - {call_sign: A 1, role: lead, length_m: 5, serial: A}\n", `there is a gap between packets, but no vehicle has a packet`},
		{"gap of packets twice", "packet_gap_m: 200", "packet_gap_m: 200\n  packet_gap_s: 20", `the gap between packets is given twice`},
		{"label", "packet: A1", "packet: the first", `day\.yaml:12:\d+: .*packet`},
		{"reserve", "reserve: 0.25", "reserve: 1.5", `is not below 1`},
		{"print", "positions: mgrs", "positions: grid", `.*degrees, utm, mgrs`},
		{"no such day", "241830ZNOV26", "311830ZNOV26", `day 31 of November 2026, which has not that many`},
		{"no such hour", "241830ZNOV26", "242430ZNOV26", `names a time that no clock shows: 2430`},
		{"no such month", "241830ZNOV26", "241830ZNOW26", `names no month: NOW`},
		{"no letter", "241830ZNOV26", "241830NOV26", `"241830NOV26" has no zone letter; put Z`},
		{"clocks back", "241830ZNOV26", "010130JNOV26", `010130JNOV26 happens twice in America/New_York`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if strings.Count(day, c.old) == 0 {
				t.Fatalf("%q is not in the day", c.old)
			}
			_, err := exchange.ReadMovement("day.yaml", []byte(strings.Replace(day, c.old, c.new, 1)))
			if err == nil {
				t.Fatal("accepted")
			}
			if !regexp.MustCompile(c.want).MatchString(err.Error()) {
				t.Errorf("says %q, want %q", err, c.want)
			}
			var problems exchange.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("%T", err)
			}
			for _, e := range problems {
				if e.Where == "" || e.Cause == "" || e.Remedy == "" || e.Kind != outrider.Invalid {
					t.Errorf("place, cause or remedy is missing: %+v", e)
				}
			}
		})
	}
}

// The letters of ACP 121: east A to M without J, west N to Y, Z for UTC.
func TestReadMovementTakesDateTimeGroups(t *testing.T) {
	hours := map[string]int{"Z": 0, "A": 1, "B": 2, "I": 9, "K": 10, "L": 11, "M": 12, "N": -1, "R": -5, "Y": -12, "J": 1, "a": 1, "r": -5}
	for letter, east := range hours {
		s := "241130" + letter + "NOV26"
		m, err := exchange.ReadMovement("m.yaml", []byte(strings.Replace(minimal, "earliest: 2026-11-24T06:30, latest: 2026-11-24T07:30", "earliest: "+s+", latest: 2026-11-26T00:00", 1)))
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if got, want := m.Legs[0].Window.Earliest, time.Date(2026, 11, 24, 11-east, 30, 0, 0, time.UTC); !got.Equal(want) {
			t.Errorf("%s read as %v, want %v", s, got, want)
		}
		if back := exchange.DTG(m.Legs[0].Window.Earliest); letter == "Z" && back != s {
			t.Errorf("%s written as %s", s, back)
		}
	}
	for _, s := range []string{"241130z nov 26", `"241130Z NOV26"`, "290000ZFEB28"} {
		if _, err := exchange.ReadMovement("m.yaml", []byte(strings.Replace(minimal, "earliest: 2026-11-24T06:30, latest: 2026-11-24T07:30", "earliest: "+s+", latest: 2029-11-26T00:00", 1))); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// Every key of a venue sheet may hold "?", and is then as if left out.
func TestUnknownIsAsIfLeftOut(t *testing.T) {
	const bare = "venues: [{name: Hall, at: Berlin}]\n"
	const asked = `venues: [{name: Hall, at: Berlin, arrival: {at: "?", approach: "?"}, departure: "?", staging: "?", alternate_entrance: "?",
  landing_zone: {at: "?"}, trauma_hospital: "?", telephones: "?", verified: "?", verified_by: "?"}]
`
	read := func(src string) outrider.Venue {
		m, err := exchange.ReadMovement("m.yaml", []byte(minimal+src))
		if err != nil {
			t.Fatal(err)
		}
		v := m.Venues[0]
		v.At.Position, v.Position = outrider.Position{}, outrider.Position{}
		return v
	}
	a, b := read(bare), read(asked)
	if a.At != b.At || b.Arrival != nil || b.Departure != nil || b.Staging != nil || b.AlternateEntrance != nil || b.LandingZone != nil || b.TraumaHospital != nil || b.Telephones != nil || !b.Verified.IsZero() || b.VerifiedBy != "" {
		t.Errorf("%+v is not %+v", b, a)
	}
}

func TestReadMovementOfTheExampleDay(t *testing.T) {
	m, err := exchange.ReadMovement("day.yaml", exampleFile(t, "day.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Legs) != 4 || m.Legs[1].Train == nil || !m.Legs[1].Train.Shadow || m.Legs[2].Arrive.Earliest.IsZero() || m.Legs[3].From.Label != "Assembly hall, side street" {
		t.Errorf("legs %+v", m.Legs)
	}
	v := m.Venues[0]
	if v.LandingZone != nil || v.AlternateEntrance != nil || v.Telephones[1].Number != "" || v.Arrival.Approach != outrider.North {
		t.Errorf("venue %+v", v)
	}
}

// The examples of the documentation are read: the first as it stands, the
// others, which show one block each, together.
func TestDocumentedExamplesAreRead(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(document(t, "movement.md"), -1)
	if len(blocks) < 4 {
		t.Fatalf("%d examples", len(blocks))
	}
	parts := minimal[:strings.Index(minimal, "legs:")]
	for _, b := range blocks[1:] {
		parts += b[1]
	}
	for i, src := range []string{blocks[0][1], parts} {
		if _, err := exchange.ReadMovement("doc.yaml", []byte(src)); err != nil {
			t.Errorf("example %d: %v\n%s", i+1, err, src)
		}
	}
}
