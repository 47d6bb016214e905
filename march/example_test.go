package march_test

import (
	"fmt"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/march"
)

// A column of two serials, the first in two packets: 2 s between vehicles, 15 s
// between packets, 2 minutes between serials, at 72 km/h.
func ExampleColumn() {
	vehicle := func(sign, serial, packet string, length, circle, fuel float64, seats, heads int) outrider.Vehicle {
		return outrider.Vehicle{
			CallSign: sign, Class: outrider.ClassCar, Serial: serial, Packet: packet,
			Length: length, Width: 2.1, Height: 2, Mass: 3, TurningCircle: circle, FuelRange: fuel, Seats: seats, Headcount: heads,
		}
	}
	c, err := march.Column(outrider.Convoy{
		Vehicles: []outrider.Vehicle{
			vehicle("SCOUT", "A", "A1", 4.5, 11, 650, 5, 2),
			vehicle("LEAD", "A", "A2", 5, 12.2, 600, 5, 4),
			vehicle("PRINCIPAL", "A", "A2", 5.3, 12.8, 550, 5, 4),
			vehicle("FOLLOW", "A", "A2", 5, 12.2, 600, 5, 4),
			vehicle("MEDIC", "B", "", 6, 13.5, 500, 4, 3),
			vehicle("RECOVERY", "B", "", 8.5, 16, 480, 3, 2),
		},
		Gap: outrider.Gap{Seconds: 2}, PacketGap: outrider.Gap{Seconds: 15}, SerialGap: outrider.Gap{Seconds: 120},
		MarchKMH: 72, CatchUpKMH: 80,
	}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("serial  packet  from       to         vehicles  head m     head s  tail m     tail s")
	for _, p := range c.Packets {
		fmt.Printf("%-7s %-7s %-10s %-10s %8d  %6.1f  %9.3f  %6.1f  %9.3f\n", p.Serial, p.Packet, p.First, p.Last, p.Vehicles, p.HeadM, p.HeadS, p.TailM, p.TailS)
	}
	fmt.Printf("road space %.1f m, time of passage %.3f s\n", c.Length, c.PassTime)
	fmt.Printf("turning circle %g m, %d seats, %d people, fuel for %g km\n", c.TurningM, c.Seats, c.Headcount, c.FuelKM)
	// Output:
	// serial  packet  from       to         vehicles  head m     head s  tail m     tail s
	// A       A1      SCOUT      SCOUT             1     0.0      0.000     4.5      0.225
	// A       A2      LEAD       FOLLOW            3   304.5     15.225   399.8     19.990
	// B               MEDIC      RECOVERY          2  2799.8    139.990  2854.3    142.715
	// road space 2854.3 m, time of passage 142.715 s
	// turning circle 16 m, 27 seats, 19 people, fuel for 384 km
}
