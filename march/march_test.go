package march_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/march"
	"pgregory.net/rapid"
)

// three is a column of two packets in one serial and a recovery vehicle of none.
func three() outrider.Convoy {
	return outrider.Convoy{
		Vehicles: []outrider.Vehicle{
			{CallSign: "ONE", Role: outrider.Lead, Class: outrider.ClassCar, Length: 5, Width: 2, Height: 1.5, Mass: 2.5, TurningCircle: 11, FuelRange: 600, Seats: 5, Headcount: 3, Serial: "A", Packet: "1"},
			{CallSign: "TWO", Role: outrider.Principal, Class: outrider.ClassCar, Length: 5, Width: 2, Height: 1.6, Mass: 3, TurningCircle: 12.4, FuelRange: 500, Seats: 5, Headcount: 4, Serial: "A", Packet: "1"},
			{CallSign: "THREE", Role: outrider.Follow, Class: outrider.ClassBus, Length: 12, Width: 2.5, Height: 3.4, Mass: 14, FuelRange: 700, Seats: 30, Headcount: 9, Serial: "A", Packet: "2"},
			{CallSign: "FOUR", Role: outrider.Recovery, Class: outrider.ClassTruck, Length: 8, Height: 3.5, Mass: 16},
		},
		Gap:       outrider.Gap{Metres: 50},
		PacketGap: outrider.Gap{Seconds: 30},
		SerialGap: outrider.Gap{Metres: 1000},
		MarchKMH:  72, CatchUpKMH: 90,
	}
}

func TestColumn(t *testing.T) {
	got, err := march.Column(three(), 0)
	if err != nil {
		t.Fatal(err)
	}
	// 72 km/h are 20 m/s: 5+50+5 = 60 m, 600 m to the bus of 12 m, 1000 m to the
	// truck of 8 m.
	if got.Length != 1680 || got.PassTime != 84 || got.GapMetres != 50 {
		t.Errorf("road space %g m, time of passage %g s, gap %g m; want 1680, 84, 50", got.Length, got.PassTime, got.GapMetres)
	}
	if got.TurningM != 12.4 || got.Seats != 40 || got.Headcount != 16 || got.FuelKM != 400 {
		t.Errorf("turning circle %g, seats %d, headcount %d, fuel %g km; want 12.4, 40, 16, 400", got.TurningM, got.Seats, got.Headcount, got.FuelKM)
	}
	if got.HeightM != 3.5 || got.WidthM != 2.5 || got.MassT != 16 || got.LongestM != 12 || fmt.Sprint(got.UnknownDims) != "[FOUR]" {
		t.Errorf("greatest dimensions %g %g %g %g, unknown %v", got.HeightM, got.WidthM, got.MassT, got.LongestM, got.UnknownDims)
	}
	want := []outrider.PacketPlan{
		{Serial: "A", Packet: "1", First: "ONE", Last: "TWO", Vehicles: 2, Length: 60, TailM: 60, TailS: 3},
		{Serial: "A", Packet: "2", First: "THREE", Last: "THREE", Vehicles: 1, Length: 12, HeadM: 660, HeadS: 33, TailM: 672, TailS: 33.6},
		{First: "FOUR", Last: "FOUR", Vehicles: 1, Length: 8, HeadM: 1672, HeadS: 83.6, TailM: 1680, TailS: 84},
	}
	if fmt.Sprint(got.Packets) != fmt.Sprint(want) {
		t.Errorf("packets\n%+v, want\n%+v", got.Packets, want)
	}
	offsets := []float64{0, 55, 660, 1672}
	for i, v := range got.Vehicles {
		if v.OffsetM != offsets[i] || v.OffsetS != offsets[i]/20 {
			t.Errorf("%s follows by %g m, %g s; want %g m", v.CallSign, v.OffsetM, v.OffsetS, offsets[i])
		}
	}
}

func TestGapsStandForEachOther(t *testing.T) {
	for _, c := range []struct {
		name           string
		packet, serial outrider.Gap
		want           float64
	}{
		{"neither given", outrider.Gap{}, outrider.Gap{}, 30 + 3*50},
		{"gap between packets stands for that between serials", outrider.Gap{Metres: 200}, outrider.Gap{}, 30 + 50 + 2*200},
		{"gap between serials only", outrider.Gap{}, outrider.Gap{Seconds: 60}, 30 + 2*50 + 1200},
		{"both", outrider.Gap{Seconds: 10}, outrider.Gap{Metres: 3000}, 30 + 50 + 200 + 3000},
	} {
		convoy := three()
		convoy.PacketGap, convoy.SerialGap = c.packet, c.serial
		got, err := march.Column(convoy, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got.Length != c.want {
			t.Errorf("%s: road space %g m, want %g", c.name, got.Length, c.want)
		}
	}
}

func TestReserve(t *testing.T) {
	for reserve, want := range map[float64]float64{0: 400, 0.5: 250, 0.9: 50} {
		got, err := march.Column(three(), reserve)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.FuelKM-want) > 1e-9 {
			t.Errorf("with %g in reserve %g km, want %g", reserve, got.FuelKM, want)
		}
	}
	convoy := three()
	for i := range convoy.Vehicles {
		convoy.Vehicles[i].FuelRange = 0
	}
	if got, err := march.Column(convoy, 0); err != nil || got.FuelKM != 0 {
		t.Errorf("with no range known: %g km, %v; want 0", got.FuelKM, err)
	}
}

func TestUnlabelledVehiclesMayStandInSeveralPlaces(t *testing.T) {
	convoy := three()
	convoy.Vehicles = append([]outrider.Vehicle{{CallSign: "SCOUT", Length: 4}}, convoy.Vehicles...)
	got, err := march.Column(convoy, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Packets) != 4 || got.Length != 4+1000+1680 {
		t.Errorf("%d parts of %g m, want 4 of 2684 m", len(got.Packets), got.Length)
	}
}

func TestInvalid(t *testing.T) {
	for _, c := range []struct {
		name    string
		spoil   func(*outrider.Convoy)
		reserve float64
		want    string
	}{
		{"no vehicles", func(c *outrider.Convoy) { c.Vehicles = nil }, 0, "no vehicles"},
		{"standing", func(c *outrider.Convoy) { c.MarchKMH = 0 }, 0, "march speed 0 km/h"},
		{"no speed", func(c *outrider.Convoy) { c.MarchKMH = math.NaN() }, 0, "march speed NaN km/h"},
		{"both gaps", func(c *outrider.Convoy) { c.Gap.Seconds = 2 }, 0, "gaps both in metres and in seconds"},
		{"gap below 0", func(c *outrider.Convoy) { c.Gap.Metres = -1 }, 0, "gaps both in metres and in seconds, or below 0"},
		{"both gaps between packets", func(c *outrider.Convoy) { c.PacketGap.Metres = 2 }, 0, "gaps between packets both"},
		{"gap between serials no number", func(c *outrider.Convoy) { c.SerialGap.Seconds = math.NaN() }, 0, "gaps between serials both"},
		{"endless gap", func(c *outrider.Convoy) { c.SerialGap.Metres = math.Inf(1) }, 0, "gaps between serials of +Inf m"},
		{"class", func(c *outrider.Convoy) { c.Vehicles[1].Class = "tank" }, 0, `vehicle 2 (TWO) is of class "tank"`},
		{"length", func(c *outrider.Convoy) { c.Vehicles[2].Length = 501 }, 0, "vehicle 3 (THREE) has a dimension of 501"},
		{"turning circle", func(c *outrider.Convoy) { c.Vehicles[2].TurningCircle = -1 }, 0, "vehicle 3 (THREE) has a dimension of -1"},
		{"fuel", func(c *outrider.Convoy) { c.Vehicles[0].FuelRange = math.Inf(1) }, 0, "vehicle 1 (ONE) has a fuel range of +Inf km"},
		{"headcount", func(c *outrider.Convoy) { c.Vehicles[0].Headcount = 6 }, 0, "vehicle 1 (ONE) carries 6 on 5 seats"},
		{"headcount below 0", func(c *outrider.Convoy) { c.Vehicles[3].Headcount = -1 }, 0, "vehicle 4 (FOUR) has 0 seats and carries -1"},
		{"reserve", func(*outrider.Convoy) {}, 0.91, "fuel reserve 0.91"},
		{"reserve below 0", func(*outrider.Convoy) {}, -0.1, "fuel reserve -0.1"},
		{"reserve no number", func(*outrider.Convoy) {}, math.NaN(), "fuel reserve NaN"},
		{"serial in two pieces", func(c *outrider.Convoy) {
			c.Vehicles = append(c.Vehicles, outrider.Vehicle{CallSign: "FIVE", Serial: "A", Packet: "3"})
		}, 0, `vehicle 5 (FIVE) is of serial "A", which began with vehicle 1 (ONE) and had ended`},
		{"packet in two pieces", func(c *outrider.Convoy) {
			c.Vehicles[3].Serial, c.Vehicles[3].Packet = "A", "1"
		}, 0, `vehicle 4 (FOUR) is of packet "1", which began with vehicle 1 (ONE) and had ended`},
	} {
		t.Run(c.name, func(t *testing.T) {
			convoy := three()
			c.spoil(&convoy)
			_, err := march.Column(convoy, c.reserve)
			var e *outrider.Error
			if !errors.As(err, &e) || e.Kind != outrider.Invalid || e.Where != "convoy" || e.Remedy == "" || !strings.Contains(e.Cause, c.want) {
				t.Errorf("got %v, want an invalid convoy with %q and a remedy", err, c.want)
			}
		})
	}
}

func TestSameLabelOfAPacketInTwoSerials(t *testing.T) {
	convoy := three()
	convoy.Vehicles[3].Serial, convoy.Vehicles[3].Packet = "B", "1"
	if _, err := march.Column(convoy, 0); err != nil {
		t.Error(err)
	}
}

// The closed form of the plain column, as it was before there were packets, must
// come out to the last bit.
func TestPlainColumnIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := convoys(t)
		for i := range c.Vehicles {
			c.Vehicles[i].Serial, c.Vehicles[i].Packet = "", ""
		}
		got, err := march.Column(c, 0)
		if err != nil {
			t.Fatal(err)
		}
		length := 0.0
		for _, v := range c.Vehicles {
			length += v.Length
		}
		v := c.MarchKMH / 3.6
		gap := c.Gap.Metres
		if c.Gap.Seconds > 0 {
			gap = c.Gap.Seconds * v
		}
		length += gap * float64(len(c.Vehicles)-1)
		if got.Length != length || got.PassTime != length/v || got.GapMetres != gap {
			t.Fatalf("road space %v, time %v, gap %v; want %v, %v, %v", got.Length, got.PassTime, got.GapMetres, length, length/v, gap)
		}
		if len(got.Packets) != 1 || got.Packets[0].TailM != length || got.Packets[0].Vehicles != len(c.Vehicles) {
			t.Fatalf("a column without labels has the parts %+v", got.Packets)
		}
	})
}

// The form of the manuals, vehicles by density and time gaps, is the same but for
// the gap that it counts behind the last vehicle of every packet.
func TestFormOfTheManuals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := convoys(t)
		// The manuals know one length, and gaps between march units in time.
		length := rapid.Float64Range(3, 20).Draw(t, "length")
		for i := range c.Vehicles {
			c.Vehicles[i].Length = length
		}
		unit := rapid.Float64Range(1, 600).Draw(t, "unit gap, s")
		serial := rapid.Float64Range(1, 1800).Draw(t, "serial gap, s")
		c.PacketGap, c.SerialGap = outrider.Gap{Seconds: unit}, outrider.Gap{Seconds: serial}
		got, err := march.Column(c, 0)
		if err != nil {
			t.Fatal(err)
		}
		n, units, serials := float64(len(c.Vehicles)), 1.0, 1.0
		for i := 1; i < len(c.Vehicles); i++ {
			a, b := c.Vehicles[i-1], c.Vehicles[i]
			switch {
			case a.Serial != b.Serial:
				units, serials = units+1, serials+1
			case a.Packet != b.Packet:
				units++
			}
		}
		if got.GapMetres == 0 {
			return
		}
		density := 1000 / (length + got.GapMetres)                     // vehicles per km
		timeGaps := ((units-1)*unit + (serials-1)*(serial-unit)) / 60  // minutes
		roadSpace := n/density + timeGaps*c.MarchKMH/60                // km
		passTime := n*60/(density*c.MarchKMH) + timeGaps               // minutes
		more := units * got.GapMetres                                  // metres counted behind packets
		near(t, "road space", got.Length, roadSpace*1000-more)         // m
		near(t, "time", got.PassTime, passTime*60-more*3.6/c.MarchKMH) // s
	})
}

// A slow simulation: every vehicle is two points, its head and its tail, that
// stand in line before the start point and then drive, each at the speed of the
// place where it is and with the halts of the route. What the closed form says of
// a part must hold at every point of the route.
func TestSimulatedMarch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := convoys(t)
		got, err := march.Column(c, 0)
		if err != nil {
			t.Fatal(err)
		}
		route := routes(t, c.MarchKMH/3.6)
		starts, tails := lineUp(c)
		head := route.drive(starts[0])
		passes := func(what string, from, offset float64) {
			t.Helper()
			for i, at := range route.drive(from) {
				near(t, fmt.Sprintf("%s at point %d", what, i), at-head[i], offset)
			}
		}
		passes("tail of the column", tails[len(tails)-1], got.PassTime)
		first := 0
		for _, p := range got.Packets {
			last := first + p.Vehicles - 1
			if c.Vehicles[first].CallSign != p.First || c.Vehicles[last].CallSign != p.Last {
				t.Fatalf("packet from %s to %s, want %s to %s", p.First, p.Last, c.Vehicles[first].CallSign, c.Vehicles[last].CallSign)
			}
			passes("head of a packet", starts[first], p.HeadS)
			passes("tail of a packet", tails[last], p.TailS)
			near(t, "road space of a packet", p.Length, starts[first]-tails[last])
			first = last + 1
		}
		if first != len(c.Vehicles) {
			t.Fatalf("%d of %d vehicles in packets", first, len(c.Vehicles))
		}
		for i, v := range got.Vehicles {
			passes("head of "+v.CallSign, starts[i], v.OffsetS)
			near(t, "offset of "+v.CallSign, v.OffsetM, -starts[i])
		}
	})
}

// lineUp places vehicles one behind the other on the road before the start point
// and returns where the head and the tail of each is.
func lineUp(c outrider.Convoy) (heads, tails []float64) {
	v := c.MarchKMH / 3.6
	in := func(gaps ...outrider.Gap) float64 {
		for _, g := range gaps {
			if g.Metres > 0 || g.Seconds > 0 {
				return g.Metres + g.Seconds*v
			}
		}
		return 0
	}
	at := 0.0
	for i, x := range c.Vehicles {
		if i > 0 {
			before := c.Vehicles[i-1]
			switch {
			case before.Serial != x.Serial:
				at -= in(c.SerialGap, c.PacketGap, c.Gap)
			case before.Packet != x.Packet:
				at -= in(c.PacketGap, c.Gap)
			default:
				at -= in(c.Gap)
			}
		}
		heads = append(heads, at)
		at -= x.Length
		tails = append(tails, at)
	}
	return heads, tails
}

// road is a way with a speed on every stretch and a halt at the end of some. Up
// to the start point, at 0, all drive at march speed.
type road struct {
	march             float64
	ends, speed, halt []float64
}

// drive moves one point from where it stands, in steps of at most 10 s, and
// returns when it passes the start point and the end of every stretch.
func (r road) drive(from float64) []float64 {
	var passed []float64
	at, now := from, 0.0
	to := func(end, speed float64) {
		for at < end {
			dt := min(10, (end-at)/speed)
			if at+dt*speed <= at { // a step too small to be seen
				break
			}
			at, now = min(end, at+dt*speed), now+dt
		}
		passed = append(passed, now)
	}
	to(0, r.march)
	for i, end := range r.ends {
		to(end, r.speed[i])
		now += r.halt[i]
	}
	return passed
}

func routes(t *rapid.T, march float64) road {
	r := road{march: march}
	at := 0.0
	for range rapid.IntRange(1, 6).Draw(t, "stretches") {
		at += rapid.Float64Range(10, 3000).Draw(t, "stretch, m")
		r.ends = append(r.ends, at)
		r.speed = append(r.speed, march*rapid.Float64Range(0.2, 1).Draw(t, "speed"))
		r.halt = append(r.halt, rapid.SampledFrom([]float64{0, 0, 0, 60, 900, 2700}).Draw(t, "halt, s"))
	}
	return r
}

func convoys(t *rapid.T) outrider.Convoy {
	gap := func(name string) outrider.Gap {
		switch rapid.IntRange(0, 2).Draw(t, name+" gap in") {
		case 0:
			return outrider.Gap{Metres: rapid.Float64Range(1, 500).Draw(t, name+" gap, m")}
		case 1:
			return outrider.Gap{Seconds: rapid.Float64Range(1, 300).Draw(t, name+" gap, s")}
		}
		return outrider.Gap{}
	}
	c := outrider.Convoy{
		Gap: gap("vehicle"), PacketGap: gap("packet"), SerialGap: gap("serial"),
		MarchKMH: rapid.Float64Range(10, 120).Draw(t, "march speed"),
	}
	serial, packet := 0, 0
	for i := range rapid.IntRange(1, 12).Draw(t, "vehicles") {
		switch rapid.IntRange(0, 4).Draw(t, "begins") {
		case 0:
			serial++
		case 1:
			packet++
		}
		x := outrider.Vehicle{CallSign: fmt.Sprint("V", i), Length: rapid.Float64Range(0, 25).Draw(t, "length")}
		if serial > 0 {
			x.Serial = fmt.Sprint("S", serial)
		}
		if packet > 0 {
			x.Packet = fmt.Sprint("P", packet)
		}
		c.Vehicles = append(c.Vehicles, x)
	}
	return c
}

func near(t *rapid.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-6*max(1, math.Abs(want)) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}
