package compare_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/compare"
)

// unsaid are the fields of a plan that a comparison does not speak of, and why. A
// path ends in [] for the elements of a list.
var unsaid = map[string]string{
	"Schema":              "of the file, not of the plan",
	"Made":                "shown at the head; the same plan may be made twice",
	"Inputs.Attribution":  "said once",
	"Inputs.FindingsHash": "the findings themselves are compared",

	"Convoy.Packets[].Serial": "named by the packet", "Convoy.Packets[].Vehicles": "follows from first and last",
	"Convoy.Packets[].Length": "follows from the vehicles", "Convoy.Packets[].HeadM": "follows from the vehicles",
	"Convoy.Packets[].HeadS": "follows from the vehicles", "Convoy.Packets[].TailM": "follows from the vehicles",
	"Convoy.Packets[].TailS":    "follows from the vehicles",
	"Convoy.Vehicles[].OffsetM": "follows from the vehicles before", "Convoy.Vehicles[].OffsetS": "follows from the vehicles before",

	"Venues[].TraumaHospital.Metres": "the time of the drive is compared", "Venues[].TraumaHospital.FromMap": "whether it is verified is compared",

	"Legs[].From.Asked": "the place on the network is compared", "Legs[].From.Away": "the place on the network is compared", "Legs[].From.Road": "said where the place moved",
	"Legs[].To.Asked": "the place on the network is compared", "Legs[].To.Away": "the place on the network is compared", "Legs[].To.Road": "said where the place moved",
	"Legs[].Alternates.MaxDetour": "a bound of the movement file, whose hash is compared", "Legs[].Alternates.MaxShared": "a constant of the program",
	"Legs[].Alternates.Reason": "follows from how many were found",

	"Legs[].Decisions[].Odometer": "told by the place", "Legs[].Decisions[].ChangeS": "the way and the cost are compared", "Legs[].Decisions[].Over": "the way and the cost are compared",
	"Legs[].Decisions[].Rejoin": "told by the place", "Legs[].Decisions[].RejoinOn": "told by the place", "Legs[].Decisions[].Geometry": "the way and the cost are compared",
	"Legs[].Decisions[].Detour":  "the cost is compared",
	"Legs[].Daylight.FirstLight": "last light is compared", "Legs[].Daylight.Sunrise": "last light is compared", "Legs[].Daylight.Sunset": "last light is compared",
	"Legs[].HaltNeeds[].HaltAt": "the halt is named",

	"Legs[].Mix.Step": "a constant of the program", "Legs[].Mix.MaxDetour": "a bound of the movement file, whose hash is compared", "Legs[].Mix.Areas": "the movement file's hash is compared",
	"Legs[].Mix.Routes": "their number and the value of the mix are compared", "Legs[].Mix.Sum": "a constant of the program", "Legs[].Mix.BestKnown": "what was kept is compared",
	"Legs[].Mix.SingleS": "its value is compared", "Legs[].Mix.RatioLow": "follows from the values", "Legs[].Mix.RatioHigh": "follows from the values", "Legs[].Mix.FastestS": "the routes are compared",
	"Legs[].Mix.Places": "what the mix is worth is compared", "Legs[].Mix.Frontier": "what the mix is worth is compared", "Legs[].Mix.Radii": "what the mix is worth is compared",
	"Legs[].Mix.Door": "what the mix is worth is compared", "Legs[].Mix.Proof": "what it proves is compared", "Legs[].Mix.Method": "a text of the program", "Legs[].Mix.Notes": "texts of the program",

	"Legs[].Routes[].Detour": "over the fastest, which is no route of the plan", "Legs[].Routes[].Shared": "the ways themselves are compared",
	"Legs[].Routes[].MaxP": "its band is compared", "Legs[].Routes[].Parts": "the sum is compared", "Legs[].Routes[].Exposure": "the sum and the worst band are compared",
	"Legs[].Routes[].Times": "the march table is compared", "Legs[].Routes[].Odometer": "the ways themselves are compared", "Legs[].Routes[].Steps": "the ways themselves are compared",
	"Legs[].Routes[].Hazards[].At": "follows from the times", "Legs[].Routes[].Hazards[].Evidence": "said where something else differs",
	"Legs[].Routes[].March[].Lat": "the ways themselves are compared", "Legs[].Routes[].March[].Lon": "the ways themselves are compared",
	"Legs[].Routes[].March[].Odometer": "shown", "Legs[].Routes[].March[].PassTime": "head and tail are compared",
	"Legs[].Routes[].Havens[].Kind": "their number is compared", "Legs[].Routes[].Havens[].Name": "their number is compared", "Legs[].Routes[].Havens[].OSM": "their number is compared",
	"Legs[].Routes[].Havens[].Odometer": "their number is compared", "Legs[].Routes[].Havens[].Drive": "their number is compared", "Legs[].Routes[].Havens[].Metres": "their number is compared",
	"Legs[].Routes[].Havens[].Lat": "their number is compared", "Legs[].Routes[].Havens[].Lon": "their number is compared",
	"Legs[].Routes[].BreakOut[].Odometer": "shown", "Legs[].Routes[].BreakOut[].Kind": "the haven is compared", "Legs[].Routes[].BreakOut[].Lat": "the haven is compared",
	"Legs[].Routes[].BreakOut[].Lon": "the haven is compared", "Legs[].Routes[].BreakOut[].Over": "drive and length are compared", "Legs[].Routes[].BreakOut[].Leaves": "drive and length are compared",

	"Legs[].Rail.Train.ReverseS": "the times are compared", "Legs[].Rail.Train.Stock[].CallSign": "their number is compared", "Legs[].Rail.Train.Stock[].Kind": "their number is compared",
	"Legs[].Rail.Train.Stock[].LengthM": "the length of the train is compared", "Legs[].Rail.Train.Stock[].Seats": "their number is compared", "Legs[].Rail.Train.Stock[].Headcount": "their number is compared",
	"Legs[].Rail.Tracks": "the ways themselves are compared", "Legs[].Rail.Access[]": "their number is compared", "Legs[].Rail.Evacuation[]": "their number is compared",
	"Legs[].Rail.Sidings[]": "their number is compared", "Legs[].Rail.Shadow.Verdict": "follows from whether it keeps up",
	"Legs[].Rail.Shadow.Rendezvous[].Lat": "named", "Legs[].Rail.Shadow.Rendezvous[].Lon": "named", "Legs[].Rail.Shadow.Rendezvous[].Odometer": "shown",
	"Legs[].Rail.Shadow.Rendezvous[].DriveM": "the times are compared",
	"Legs[].Rail.Conflicts[].Line":           "the train is named", "Legs[].Rail.Conflicts[].FromM": "the times are compared", "Legs[].Rail.Conflicts[].ToM": "the times are compared",
	"Legs[].Rail.Conflicts[].Detail": "the times are compared",
}

// filled returns a plan in which every field holds something and every list one
// thing; the same each time.
func filled() *outrider.Plan {
	p := new(outrider.Plan)
	n := 0
	fill(reflect.ValueOf(p).Elem(), &n)
	return p
}

func fill(v reflect.Value, n *int) {
	*n++
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC).Add(time.Duration(*n) * time.Minute)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(field, n)
		}
	case reflect.Slice:
		size := 1
		if v.Type() == reflect.TypeFor[[]outrider.LatLon]() {
			size = 3 // a line
		}
		v.Set(reflect.MakeSlice(v.Type(), size, size))
		for i := range size {
			fill(v.Index(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n%50) + 1)
	default:
		panic("a plan holds a " + v.Kind().String() + ": say here how to fill it")
	}
}

// leaves calls visit for every value in v that holds no others, with its path.
func leaves(v reflect.Value, path string, visit func(path string, v reflect.Value)) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		visit(path, v)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), visit)
		}
	case reflect.Slice:
		leaves(v.Index(0), path+"[]", visit)
	case reflect.Pointer:
		leaves(v.Elem(), path, visit)
	default:
		visit(path, v)
	}
}

func disturb(v reflect.Value) {
	if at, ok := reflect.TypeAssert[time.Time](v); ok {
		v.Set(reflect.ValueOf(at.Add(90 * time.Second)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + ", other")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	default:
		v.SetFloat(v.Float() + 1.5)
	}
}

// TestEveryFieldIsCompared disturbs every field of a plan, one after the other:
// each either shows in the comparison or is in the list of those that do not, so
// that a field to come is not forgotten.
func TestEveryFieldIsCompared(t *testing.T) {
	if r := compare.Plans(filled(), filled()); !r.Same {
		t.Fatalf("a plan differs from itself: %+v", r)
	}
	var paths []string
	leaves(reflect.ValueOf(filled()).Elem(), "", func(path string, _ reflect.Value) { paths = append(paths, path) })
	used := map[string]bool{}
	for k, path := range paths {
		why := ""
		for prefix, reason := range unsaid {
			if path == prefix || strings.HasPrefix(path, prefix+".") || strings.HasPrefix(path, prefix+"[]") {
				why = reason
				used[prefix] = true
			}
		}
		b := filled()
		i := 0
		leaves(reflect.ValueOf(b).Elem(), "", func(_ string, v reflect.Value) {
			if i == k {
				disturb(v)
			}
			i++
		})
		r := compare.Plans(filled(), b)
		switch {
		case why == "" && r.Same:
			t.Errorf("%s differs, and nothing is said", path)
		case why != "" && !r.Same:
			t.Errorf("%s is said not to show (%s), and does", path, why)
		}
	}
	for prefix := range unsaid {
		if !used[prefix] {
			t.Errorf("%s is no field of a plan", prefix)
		}
	}
}

// TestBelowRounding: what is less than a second or a metre is no difference.
func TestBelowRounding(t *testing.T) {
	b := filled()
	route := &b.Legs[0].Routes[0]
	route.Duration += 0.9
	route.Length += 0.9
	route.Lambda *= 1.004
	b.Legs[0].Earliest = b.Legs[0].Earliest.Add(900 * time.Millisecond)
	b.Legs[0].Stay.Slack -= 0.9
	b.Convoy.Length -= 0.9
	if r := compare.Plans(filled(), b); !r.Same {
		t.Errorf("%+v", r.Legs)
	}
	route.Duration += 0.2
	if r := compare.Plans(filled(), b); r.Same || len(r.Legs) != 1 || len(r.Legs[0].Routes) != 1 || len(r.Legs[0].Routes[0].Values) != 1 {
		t.Errorf("1.1 s: %+v", r)
	}
}

// Both plans' dates of map data and the credit of both maps are said.
func TestDatesAndCredits(t *testing.T) {
	a, b := filled(), filled()
	a.Inputs.DataDate, b.Inputs.DataDate = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), time.Unix(0, 0)
	a.Inputs.Attribution, b.Inputs.Attribution = "", "© Somebody"
	var out bytes.Buffer
	r := compare.Plans(a, b)
	if err := r.WriteText(&out, compare.Style{Width: 160}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"map data 2026-11-20", "map data of unknown date", "2026-11-20 00:00:00 +00:00 → none", "© OpenStreetMap contributors; © Somebody"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not said:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "1970") {
		t.Error("a date is made up")
	}
	if back := compare.Plans(b, a); back.Attribution != r.Attribution {
		t.Errorf("%q the other way round", back.Attribution)
	}
}
