package rail

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/network"
)

// What a train is when the movement does not say, and what it may be.
const (
	standardGauge  = 1435
	defaultReverse = 600 // seconds to change ends
	longestTrain   = 5000.0
	fastestTrain   = 600.0
)

// unknownPower is how many times its time a stretch costs an electric train when
// the map does not say whether it is electrified: it is run over only where what
// is known to be electrified would take much longer.
const unknownPower = 4

// wrongWay is how many times its time a stretch costs against the direction in
// which trains usually run on it: a path takes the other track if there is one.
const wrongWay = 2

// A fault is a set of reasons for which a train cannot run over a track.
type fault uint8

const (
	wrongKind fault = 1 << iota
	wrongGauge
	noPower
)

// needs is what a train asks of a track.
type needs struct {
	kinds    [network.RailKinds]bool
	names    []string // of the kinds
	gauge    uint16
	electric bool
	voltage  uint32
	kmh      float64
	length   float64 // metres; 0 changes ends anywhere, to find out what bars the way
	reverse  float64 // seconds

	waived fault // reasons that do not count, to find out what bars the way
}

// needsOf reads the train; where says which leg it is of.
func needsOf(t *outrider.Train, where string) (*needs, error) {
	invalid := func(cause, remedy string) error {
		return &outrider.Error{Kind: outrider.Invalid, Where: where, Cause: cause, Remedy: remedy}
	}
	switch {
	case t == nil:
		return nil, invalid("a leg by rail has no train", "describe the train under train")
	case !(t.Length > 0 && t.Length <= longestTrain):
		return nil, invalid(fmt.Sprintf("the train is %g m long", t.Length), fmt.Sprintf("give a length above 0 and up to %g m", longestTrain))
	case !(t.MaxKMH > 0 && t.MaxKMH <= fastestTrain):
		return nil, invalid(fmt.Sprintf("the train's greatest speed is %g km/h", t.MaxKMH), fmt.Sprintf("give a speed above 0 and up to %g km/h", fastestTrain))
	case t.GaugeMM < 0 || t.GaugeMM > 3000:
		return nil, invalid(fmt.Sprintf("gauge %d mm", t.GaugeMM), "give the gauge in millimetres, such as 1435")
	case t.Voltage < 0:
		return nil, invalid(fmt.Sprintf("voltage %d", t.Voltage), "give volts, such as 25000, or leave it out")
	case t.Reverse < 0 || t.Board < 0 || t.Alight < 0 || t.MaxBehind < 0:
		return nil, invalid("a time of the train is below 0", "give times of 0 or more")
	}
	n := &needs{gauge: standardGauge, voltage: uint32(t.Voltage), kmh: t.MaxKMH, length: t.Length, reverse: defaultReverse}
	if t.GaugeMM > 0 {
		n.gauge = uint16(t.GaugeMM)
	}
	if t.Reverse > 0 {
		n.reverse = t.Reverse.Seconds()
	}
	switch t.Traction {
	case "", outrider.Diesel, outrider.Bimodal:
	case outrider.Electric:
		n.electric = true
	default:
		return nil, invalid(fmt.Sprintf("traction %q", t.Traction), "write diesel, electric or bimodal")
	}
	n.names = t.Kinds
	if len(n.names) == 0 {
		n.names = []string{network.RailHeavy.String()}
	}
	var known []string
	for k := range network.RailKinds {
		known = append(known, k.String())
	}
	for _, name := range n.names {
		k := slices.Index(known, name)
		if k < 0 {
			return nil, invalid(fmt.Sprintf("railway kind %q", name), "write one of "+strings.Join(known, ", "))
		}
		n.kinds[k] = true
	}
	return n, nil
}

// fault says why the train cannot run over a stretch; 0 if it can. What the map
// does not say bars nothing: warnings say over how many metres it is so.
func (n *needs) fault(iv *network.RailInterval) (f fault) {
	if !n.kinds[iv.Kind] {
		f |= wrongKind
	}
	if iv.GaugeMM != 0 && iv.GaugeMM != n.gauge {
		f |= wrongGauge
	}
	if n.electric && (iv.Power == network.NotElectrified || n.voltage != 0 && iv.Voltage != 0 && iv.Voltage != n.voltage) {
		f |= noPower
	}
	return f &^ n.waived
}

// speed returns the speed in km/h at which the train runs over a stretch.
func (n *needs) speed(iv *network.RailInterval, backwards bool) float64 {
	kmh := iv.SpeedForward
	if backwards {
		kmh = iv.SpeedBackward
	}
	return min(float64(max(kmh, 1)), n.kmh)
}

// weight is what a second on the stretch counts when paths are compared.
func (n *needs) weight(iv *network.RailInterval, backwards bool) float64 {
	weight := 1.0
	if n.electric && iv.Power == network.ElectrificationUnknown {
		weight = unknownPower
	}
	if against(iv, backwards) {
		weight *= wrongWay
	}
	return weight
}

// against reports whether trains usually run over a stretch the other way.
func against(iv *network.RailInterval, backwards bool) bool {
	return iv.Flags&network.RailOneWay != 0 && backwards != (iv.Flags&network.RailOneWayBack != 0)
}

// String says in words what the faults are.
func (f fault) String() string {
	var words []string
	for i, w := range []string{"the kind of railway", "the gauge", "the electrification"} {
		if f&(1<<i) != 0 {
			words = append(words, w)
		}
	}
	return strings.Join(words, " and ")
}
