// Package march works out columns: road space and time of passage of a convoy
// with its packets and serials, and by how much each part follows the head.
// docs/march.md explains every number.
package march

import (
	"fmt"

	outrider "github.com/outrider-project/outrider"
)

// Bounds of what a convoy may say. They keep sums finite and catch slips of the
// pen; none is a limit of the field.
const (
	minKMH          = 1.0
	maxKMH          = 255.0
	maxDimension    = 500.0    // metres or tonnes
	maxGapMetres    = 100_000. // metres
	maxGapSeconds   = 86_400.  // seconds
	maxFuelKM       = 100_000. // kilometres
	maxSeats        = 1000
	maxReserve      = 0.9
	standardReserve = 0.2 // of the fuel range, where the movement file gives none
)

// Column works out what a convoy is as a whole. reserve is the part of every
// fuel range that stays in the tank, up to 0.9; 0 stands for 0.2.
//
// Vehicles with the same serial and packet that follow each other are a packet;
// packets of the same serial that follow each other are a serial. Between two
// neighbours lies
//
//	Gap        inside a packet
//	PacketGap  between packets of a serial; if it is zero, Gap
//	SerialGap  between serials; if it is zero, the gap between packets
//
// A gap of s seconds is s·v metres at the march speed v. The road space is
//
//	L = Σ length + (n − p)·gap + (p − s)·packet gap + (s − 1)·serial gap
//
// for n vehicles in p packets and s serials, from the head of the first vehicle
// to the tail of the last, and the time of passage
//
//	Δ = L / v
//
// Every vehicle drives like the one in front of it when it comes to the same
// place, so the tail passes every point Δ after the head, also where the column
// is slow and closes up. The same holds for each packet with its own offsets.
//
// Military manuals count vehicles by density d in vehicles per kilometre, so that
// the last vehicle of a packet, too, has a gap behind it: n/d kilometres and the
// gaps between packets, n·60/(d·v) minutes and their times. With
// d = 1000/(length + gap) theirs is ours and one gap per packet more. A worked
// example is held in the tests: ST 100-3 (US Army Command and General Staff
// College), chapter 8, paragraph 8-1.
//
// It takes time in proportion to the number of vehicles. Errors are of kind
// outrider.Invalid, at the convoy, and name the vehicle.
func Column(c outrider.Convoy, reserve float64) (outrider.Column, error) {
	gaps, err := gapsOf(c)
	if err != nil {
		return outrider.Column{}, err
	}
	if reserve == 0 {
		reserve = standardReserve
	}
	if !(reserve > 0 && reserve <= maxReserve) {
		return outrider.Column{}, invalid(fmt.Sprintf("fuel reserve %g", reserve), "give the part of the range that stays in the tank, from 0 to 0.9")
	}
	if err := checkLabels(c.Vehicles); err != nil {
		return outrider.Column{}, err
	}
	out := outrider.Column{GapMetres: gaps.inside, MarchKMH: c.MarchKMH, CatchUpKMH: c.CatchUpKMH}
	p := place{speed: c.MarchKMH / 3.6, gaps: gaps}
	for i, x := range c.Vehicles {
		if err := check(i, x); err != nil {
			return outrider.Column{}, err
		}
		kind := serialGap
		if i > 0 {
			kind = between(c.Vehicles[i-1], x)
			p.counts[kind]++
		}
		headM, headS := p.metres(), p.seconds()
		p.lengths += x.Length
		add(&out, x, reserve)
		out.Vehicles = append(out.Vehicles, outrider.ColumnVehicle{
			CallSign: x.CallSign, Role: x.Role, Class: string(x.Class), LengthM: x.Length,
			Serial: x.Serial, Packet: x.Packet, OffsetM: headM, OffsetS: headS,
			WidthM: x.Width, HeightM: x.Height, MassT: x.Mass, TurningM: x.TurningCircle,
			FuelKM: x.FuelRange, Seats: x.Seats, Headcount: x.Headcount,
		})
		if kind != insideGap {
			out.Packets = append(out.Packets, outrider.PacketPlan{Serial: x.Serial, Packet: x.Packet, First: x.CallSign, HeadM: headM, HeadS: headS})
		}
		packet := &out.Packets[len(out.Packets)-1]
		packet.Last, packet.Vehicles = x.CallSign, packet.Vehicles+1
		packet.TailM, packet.TailS = p.metres(), p.seconds()
		packet.Length = packet.TailM - packet.HeadM
	}
	out.Length, out.PassTime = p.metres(), p.seconds()
	return out, nil
}

// place is how far back in the column one has come. Lengths and the gaps of each
// kind are counted apart and put together at the end, so that a gap counts the
// same wherever it stands and columns without packets have the sum they always had.
type place struct {
	speed   float64 // metres per second
	gaps    gaps
	lengths float64 // metres of vehicles
	counts  [serialGap + 1]int
}

func (p *place) metres() float64 {
	m := p.lengths
	m += p.gaps.inside * float64(p.counts[insideGap])
	m += p.gaps.packet * float64(p.counts[packetGap])
	m += p.gaps.serial * float64(p.counts[serialGap])
	return m
}

func (p *place) seconds() float64 { return p.metres() / p.speed }

// add takes a vehicle into what the column is as a whole.
func add(out *outrider.Column, x outrider.Vehicle, reserve float64) {
	out.HeightM, out.WidthM = max(out.HeightM, x.Height), max(out.WidthM, x.Width)
	out.MassT, out.LongestM = max(out.MassT, x.Mass), max(out.LongestM, x.Length)
	out.TurningM = max(out.TurningM, x.TurningCircle)
	out.Seats += x.Seats
	out.Headcount += x.Headcount
	if x.FuelRange > 0 {
		if km := x.FuelRange * (1 - reserve); out.FuelKM == 0 || km < out.FuelKM {
			out.FuelKM = km
		}
	}
	if x.Length == 0 || x.Width == 0 || x.Height == 0 || x.Mass == 0 {
		out.UnknownDims = append(out.UnknownDims, x.CallSign)
	}
}

// check says what is wrong with the vehicle at place i of the order of march.
func check(i int, x outrider.Vehicle) error {
	switch x.Class {
	case outrider.ClassCar, outrider.ClassTruck, outrider.ClassBus, outrider.ClassEmergency, "":
	default:
		return invalid(fmt.Sprintf("vehicle %d (%s) is of class %q", i+1, x.CallSign, x.Class), "give car, truck, bus or emergency")
	}
	for _, d := range []float64{x.Length, x.Width, x.Height, x.Mass, x.AxleLoad, x.TurningCircle} {
		if !(d >= 0 && d <= maxDimension) {
			return invalid(fmt.Sprintf("vehicle %d (%s) has a dimension of %g", i+1, x.CallSign, d), "give metres and tonnes from 0 to 500; 0 is unknown")
		}
	}
	if !(x.FuelRange >= 0 && x.FuelRange <= maxFuelKM) {
		return invalid(fmt.Sprintf("vehicle %d (%s) has a fuel range of %g km", i+1, x.CallSign, x.FuelRange), "give kilometres on a full tank from 0 to 100000; 0 is unknown")
	}
	if x.Seats < 0 || x.Seats > maxSeats || x.Headcount < 0 || x.Headcount > maxSeats {
		return invalid(fmt.Sprintf("vehicle %d (%s) has %d seats and carries %d", i+1, x.CallSign, x.Seats, x.Headcount), "give numbers from 0 to 1000; 0 seats are unknown")
	}
	if x.Seats > 0 && x.Headcount > x.Seats {
		return invalid(fmt.Sprintf("vehicle %d (%s) carries %d on %d seats", i+1, x.CallSign, x.Headcount, x.Seats), "seat the others in another vehicle, or correct the seats; the driver counts in both")
	}
	return nil
}

func invalid(cause, remedy string) error {
	return &outrider.Error{Kind: outrider.Invalid, Where: "convoy", Cause: cause, Remedy: remedy}
}
