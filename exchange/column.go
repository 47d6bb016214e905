package exchange

import (
	"fmt"
	"math"
	"time"

	"github.com/outrider-project/outrider"
)

func (r *movementReader) convoy(f *convoyFile) outrider.Convoy {
	c := outrider.Convoy{
		MarchKMH:   r.speed("march", f.MarchKMH, f.MarchMPH),
		CatchUpKMH: r.speed("catch_up", f.CatchUpKMH, f.CatchUpMPH),
		Gap:        r.gap("gap", "the gap between vehicles", f.GapM, f.GapS),
		PacketGap:  r.gap("packet_gap", "the gap between packets", f.PacketGapM, f.PacketGapS),
		SerialGap:  r.gap("serial_gap", "the gap between serials", f.SerialGapM, f.SerialGapS),
	}
	if c.Gap == (outrider.Gap{}) {
		r.bad("/convoy", "the gap between vehicles is missing", "add gap_m (metres) or gap_s (seconds at march speed)", nil)
	}
	if c.MarchKMH > 0 && c.CatchUpKMH > 0 && c.CatchUpKMH < c.MarchKMH {
		at := "/convoy/catch_up_kmh"
		if f.CatchUpMPH > 0 {
			at = "/convoy/catch_up_mph"
		}
		r.bad(at, fmt.Sprintf("catch-up speed %.4g km/h is below the march speed %.4g km/h", c.CatchUpKMH, c.MarchKMH),
			"a vehicle that fell behind must be able to close up: raise the catch-up speed or lower the march speed", nil)
	}
	seen := make(map[string]int, len(f.Vehicles))
	for i := range f.Vehicles {
		v, at := &f.Vehicles[i], fmt.Sprintf("/convoy/vehicles/%d", i)
		if first, again := seen[v.CallSign]; again {
			r.bad(at+"/call_sign", fmt.Sprintf("call sign %q is that of vehicle %d already", v.CallSign, first+1),
				"give every vehicle its own call sign", nil)
		} else {
			seen[v.CallSign] = i
		}
		r.headcount(at, v.Headcount, v.Seats)
		class := outrider.VehicleClass(v.Class)
		if class == "" {
			class = outrider.ClassCar
		}
		c.Vehicles = append(c.Vehicles, outrider.Vehicle{
			CallSign: v.CallSign, Role: outrider.Role(v.Role), Class: class,
			Length: v.Length, Width: v.Width, Height: v.Height, Mass: v.Mass, AxleLoad: v.AxleLoad,
			TurningCircle: v.TurningCircle, FuelRange: v.FuelRange, Seats: v.Seats, Headcount: v.Headcount,
			Serial: v.Serial, Packet: v.Packet,
		})
	}
	serial := func(v *outrider.Vehicle) string { return v.Serial }
	packet := func(v *outrider.Vehicle) string { return v.Packet }
	r.parts(&c, "serial", c.SerialGap, serial, nil)
	r.parts(&c, "packet", c.PacketGap, packet, serial)
	return c
}

// speed reads a speed that is given in one of two units, as km/h.
func (r *movementReader) speed(key string, kmh, mph float64) float64 {
	switch {
	case kmh > 0 && mph > 0:
		r.bad("/convoy/"+key+"_mph", "the speed is given twice, in km/h and in miles per hour", "keep "+key+"_kmh or "+key+"_mph", nil)
	case kmh == 0 && mph == 0:
		r.bad("/convoy", fmt.Sprintf("the key %q is missing", key+"_kmh"), "add "+key+"_kmh: … (or "+key+"_mph: … in miles per hour)", nil)
	case mph > 0:
		return mph * (outrider.MetresPerMile / 1000)
	}
	return kmh
}

func (r *movementReader) gap(key, what string, metres, seconds float64) outrider.Gap {
	if metres > 0 && seconds > 0 {
		words := what
		if key == "gap" {
			words = "the gap"
		}
		r.bad("/convoy/"+key+"_s", words+" is given twice, in metres and in seconds", "keep "+key+"_m or "+key+"_s", nil)
	}
	return outrider.Gap{Metres: metres, Seconds: seconds}
}

// headcount refuses more people than seats where both are known.
func (r *movementReader) headcount(at string, people, seats int) {
	if seats > 0 && people > seats {
		r.bad(at+"/headcount", fmt.Sprintf("%d people are to sit on %d seats", people, seats), "seats count the driver's: raise seats, or put people into another vehicle", nil)
	}
}

// parts checks the serials or packets of a column: within an outer part either
// every vehicle has a label or none, and the vehicles of one label stand
// together. A gap between parts needs parts.
func (r *movementReader) parts(c *outrider.Convoy, key string, gap outrider.Gap, label, outer func(*outrider.Vehicle) string) {
	named, last := map[string]int{}, map[string]int{} // first and last vehicle of a label
	within, without := map[string]int{}, map[string]int{}
	for i := range c.Vehicles {
		v, at := &c.Vehicles[i], fmt.Sprintf("/convoy/vehicles/%d", i)
		group := ""
		if outer != nil {
			group = outer(v)
		}
		l := label(v)
		if l == "" {
			without[group] = i
		} else {
			if first, again := named[l]; !again {
				named[l] = i
			} else if last[l] != i-1 || outer != nil && outer(&c.Vehicles[first]) != group {
				r.bad(at+"/"+key, fmt.Sprintf("%s %q has vehicles in two places: vehicle %d and vehicle %d, with others between them or in another serial", key, l, last[l]+1, i+1),
					"put its vehicles one behind the other, or give this part a label of its own", nil)
			}
			last[l] = i
			if _, met := within[group]; !met {
				within[group] = i
			}
		}
	}
	for group, with := range within {
		if i, mixed := without[group]; mixed {
			r.bad(fmt.Sprintf("/convoy/vehicles/%d", i), fmt.Sprintf("vehicle %d has no %s, but vehicle %d has", i+1, key, with+1),
				"give every vehicle a "+key+", or none", nil)
		}
	}
	if gap != (outrider.Gap{}) && len(named) == 0 {
		at := "/convoy/" + key + "_gap_m"
		if gap.Seconds > 0 {
			at = "/convoy/" + key + "_gap_s"
		}
		r.bad(at, fmt.Sprintf("there is a gap between %ss, but no vehicle has a %s", key, key), "add "+key+": to the vehicles, or remove the gap", nil)
	}
}

// train reads what runs. What the file leaves out stays zero, which package rail
// takes as what the documentation says.
func (r *movementReader) train(at string, f *trainFile) *outrider.Train {
	t := &outrider.Train{
		CallSign: f.CallSign, Length: f.Length, MaxKMH: f.MaxKMH, GaugeMM: f.Gauge, Traction: outrider.Traction(f.Traction), Voltage: f.Voltage,
		Kinds: f.Kinds, Reverse: minutes(f.Reverse), Board: minutes(f.Board), Alight: minutes(f.Alight),
		Shadow: f.Shadow, MaxBehind: minutes(f.MaxBehind),
	}
	if t.Voltage > 0 && (t.Traction == outrider.Diesel || t.Traction == "") {
		r.bad(at+"/voltage", "a diesel train needs no voltage", "remove voltage, or set traction: electric", nil)
	}
	if f.MaxBehind > 0 && !f.Shadow {
		r.bad(at+"/max_behind_min", "no column shadows this train, so none can fall behind", "add shadow: true, or remove max_behind_min", nil)
	}
	seen, length := map[string]int{}, 0.0
	for i := range f.Stock {
		s, here := &f.Stock[i], fmt.Sprintf("%s/stock/%d", at, i)
		if first, again := seen[s.CallSign]; again {
			r.bad(here+"/call_sign", fmt.Sprintf("call sign %q is that of vehicle %d of the train already", s.CallSign, first+1), "give every vehicle its own call sign", nil)
		} else {
			seen[s.CallSign] = i
		}
		r.headcount(here, s.Headcount, s.Seats)
		length += s.Length
		t.Stock = append(t.Stock, outrider.RailVehicle{CallSign: s.CallSign, Kind: s.Kind, Length: s.Length, Seats: s.Seats, Headcount: s.Headcount})
	}
	if length > t.Length+1e-6 {
		r.bad(at+"/length_m", fmt.Sprintf("the train is %g m long, its vehicles together %g m", t.Length, length), "mend length_m, or the lengths of the stock", nil)
	}
	return t
}

func minutes(m float64) time.Duration { return time.Duration(math.Round(m * float64(time.Minute))) }
