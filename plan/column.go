package plan

import (
	"fmt"
	"math"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
)

// column works out what the convoy is as a whole: for the plan, and for the
// network. The headway between the head of the column and its tail is
//
//	Δ = Σ length / v + Σ gap / v   (gaps in metres)
//	Δ = Σ length / v + Σ gap       (gaps in seconds)
//
// over all vehicles and the gaps between them at march speed v. Every vehicle
// drives like the one in front of it when it comes to the same place, so the
// tail passes every point Δ after the head, also where the column is slow and
// closes up.
func column(c outrider.Convoy) (outrider.Column, network.Vehicle, error) {
	bad := func(cause, remedy string) (outrider.Column, network.Vehicle, error) {
		return outrider.Column{}, network.Vehicle{}, &outrider.Error{Kind: outrider.Invalid, Where: "convoy", Cause: cause, Remedy: remedy}
	}
	if len(c.Vehicles) == 0 {
		return bad("no vehicles", "list at least one")
	}
	if !(c.MarchKMH >= 1 && c.MarchKMH <= 255) {
		return bad(fmt.Sprintf("march speed %g km/h", c.MarchKMH), "give one from 1 to 255 km/h")
	}
	if !(c.Gap.Metres >= 0 && c.Gap.Seconds >= 0) || (c.Gap.Metres > 0 && c.Gap.Seconds > 0) {
		return bad("gaps both in metres and in seconds, or below 0", "give one of them")
	}
	v := c.MarchKMH / 3.6
	var out outrider.Column
	var n network.Vehicle
	for i, x := range c.Vehicles {
		class, ok := classOf(x.Class)
		if !ok {
			return bad(fmt.Sprintf("vehicle %d (%s) is of class %q", i+1, x.CallSign, x.Class), "give car, truck, bus or emergency")
		}
		for _, d := range []float64{x.Length, x.Width, x.Height, x.Mass, x.AxleLoad} {
			if !(d >= 0 && d <= 500) {
				return bad(fmt.Sprintf("vehicle %d (%s) has a dimension of %g", i+1, x.CallSign, d), "give metres and tonnes from 0 to 500; 0 is unknown")
			}
		}
		n.Classes |= 1 << class
		n.HeightCM, n.WidthCM, n.LengthCM = max(n.HeightCM, hundredths(x.Height)), max(n.WidthCM, hundredths(x.Width)), max(n.LengthCM, hundredths(x.Length))
		n.WeightKG, n.AxleKG = max(n.WeightKG, kilograms(x.Mass)), max(n.AxleKG, kilograms(x.AxleLoad))
		out.Length += x.Length
		out.HeightM, out.WidthM, out.MassT, out.LongestM = max(out.HeightM, x.Height), max(out.WidthM, x.Width), max(out.MassT, x.Mass), max(out.LongestM, x.Length)
		if x.Length == 0 || x.Width == 0 || x.Height == 0 || x.Mass == 0 {
			out.UnknownDims = append(out.UnknownDims, x.CallSign)
		}
		out.Vehicles = append(out.Vehicles, outrider.ColumnVehicle{CallSign: x.CallSign, Role: x.Role, Class: string(x.Class), LengthM: x.Length})
	}
	gap := c.Gap.Metres
	if c.Gap.Seconds > 0 {
		gap = c.Gap.Seconds * v
	}
	out.GapMetres = gap
	out.Length += gap * float64(len(c.Vehicles)-1)
	out.PassTime = out.Length / v
	out.MarchKMH, out.CatchUpKMH = c.MarchKMH, c.CatchUpKMH
	return out, n, nil
}

func classOf(c outrider.VehicleClass) (network.Class, bool) {
	switch c {
	case outrider.ClassCar, "":
		return network.Car, true
	case outrider.ClassTruck:
		return network.Truck, true
	case outrider.ClassBus:
		return network.Bus, true
	case outrider.ClassEmergency:
		return network.Emergency, true
	}
	return 0, false
}

// hundredths and kilograms round up to the units that limits are kept in, for a
// vehicle is never taken to be smaller than it is. What is within a millionth of
// a unit is not rounding but binary fractions.
func hundredths(metres float64) uint16 { return uint16(math.Ceil(metres*100 - 1e-6)) }

func kilograms(tonnes float64) uint32 { return uint32(math.Ceil(tonnes*1000 - 1e-6)) }
