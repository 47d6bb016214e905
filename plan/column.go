package plan

import (
	"fmt"
	"math"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/march"
	"github.com/outrider-project/outrider/network"
)

// column works out what the convoy is as a whole: for the plan, see package
// march, and for the network, which must let pass the worst of all vehicles.
func column(c outrider.Convoy, reserve float64) (outrider.Column, network.Vehicle, error) {
	out, err := march.Column(c, reserve)
	if err != nil {
		return outrider.Column{}, network.Vehicle{}, err
	}
	var n network.Vehicle
	for i, x := range c.Vehicles {
		class, ok := classOf(x.Class)
		if !ok {
			return outrider.Column{}, network.Vehicle{}, &outrider.Error{Kind: outrider.Invalid, Where: "convoy", Cause: fmt.Sprintf("vehicle %d (%s) is of class %q", i+1, x.CallSign, x.Class), Remedy: "give car, truck, bus or emergency"}
		}
		n.Classes |= 1 << class
		n.HeightCM, n.WidthCM, n.LengthCM = max(n.HeightCM, hundredths(x.Height)), max(n.WidthCM, hundredths(x.Width)), max(n.LengthCM, hundredths(x.Length))
		n.WeightKG, n.AxleKG = max(n.WeightKG, kilograms(x.Mass)), max(n.AxleKG, kilograms(x.AxleLoad))
	}
	return out, n, nil
}

// VehicleOf returns what a convoy is to the network: the worst of all its
// vehicles. Errors are those of a convoy that cannot be, of kind Invalid.
func VehicleOf(c outrider.Convoy) (network.Vehicle, error) {
	_, v, err := column(c, 0)
	return v, err
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
