package paper_test

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/outrider-project/outrider/paper"
)

// movementOrder is an invented five-paragraph order with everything a document can
// have in it.
func movementOrder(size paper.Size) paper.Document {
	return paper.Document{
		Title: "Movement order 17: Northern column, Dover to Georgetown", Marking: "EXERCISE – RESTRICTED – HANDLE BY NAME",
		Foot: "MO 17/3 of 14 May, replaces MO 17/2", Size: size, Made: time.Date(2026, 5, 14, 16, 30, 0, 0, time.UTC),
		Blocks: []paper.Block{
			paper.Fields{Items: []paper.Field{
				{"From", "Movement control, Dover"},
				{"To", "Column leader, all vehicle commanders, posts 1 to 4"},
				{"In force", "15 May 04:00 to 15 May 12:00 (UTC−4)"},
				{"Signed", ""},
			}},
			paper.Paragraph{Text: "Stop and report before the bridge at Milford if the wind is above 60 km/h. Nobody crosses on his own judgement.", Strong: true},
			paper.Heading{Level: 1, Number: "1.", Text: "Situation"},
			paper.Heading{Level: 2, Number: "1.a", Text: "Ground and weather"},
			paper.Paragraph{Text: "The road south runs on low ground between the marshes and the bay. Rain until 03:00, then dry; wind from the west, 25 km/h, in gusts 45 km/h. Sunrise 05:47. The tide is high at 06:12; the causeway at Bowers is wet from 05:30 to 06:50 and must not be used as an alternate then."},
			paper.Heading{Level: 2, Number: "1.b", Text: "Hazards in order of passage"},
			paper.Table{
				Caption: "What is on the way, first to last",
				Columns: []paper.Column{{Head: "km", Right: true}, {Head: "Place"}, {Head: "What"}, {Head: "What to do"}},
				Rows: [][]string{
					{"4.2", "Level crossing, Wyoming", "Gates close without warning; room for two vehicles behind the line", "Close up, pass in one go, last vehicle reports"},
					{"11.8", "Bridge over Murderkill", "Width 6.1 m, load 36 t, one heavy vehicle at a time", "Distance 50 m, 20 km/h"},
					{"23.0", "Milford, Walnut Street", "Market from 06:30, parked cars, people on the road", "Through before 06:20 or by alternate 2"},
					{"38.6", "Roundabout, Ellendale", "Long vehicles need both lanes", "Escort closes the roundabout"},
				},
				Strong: []int{2},
			},
			paper.Heading{Level: 1, Number: "2.", Text: "Mission"},
			paper.Paragraph{Text: "The northern column moves 14 vehicles and 31 people from Dover to Georgetown on 15 May between 04:30 and 07:10, so that the stores are unloaded before 08:00."},
			paper.Heading{Level: 1, Number: "3.", Text: "Execution"},
			paper.Heading{Level: 2, Number: "3.a", Text: "March table"},
			marchTable(),
			paper.Heading{Level: 2, Number: "3.b", Text: "Strip map, leg 1"},
			stripMap(),
			paper.Heading{Level: 2, Number: "3.c", Text: "Actions on"},
			paper.Heading{Level: 3, Text: "Breakdown"},
			paper.List{Ordered: true, Items: []string{
				"Off the road on the right, hazard lights, triangle 100 m behind.",
				"The vehicle behind stops, the others pass and keep their distance.",
				"Report BROKEN, vehicle, kilometre. Recovery within ten minutes or the load is moved to the spare.",
			}},
			paper.Heading{Level: 3, Text: "Lost communications"},
			paper.List{Items: []string{"After two calls without reply: next means of the communications plan.", "After ten minutes on the last means: go on to the next halt, wait there 20 minutes, then to the safe haven."}},
			paper.Heading{Level: 1, Number: "4.", Text: "Sustainment"},
			paper.Table{
				Columns: []paper.Column{{Head: "Stores"}, {Head: "Vehicle"}, {Head: "Amount", Right: true}},
				Rows:    [][]string{{"Diesel", "9", "1,200 l"}, {"Water", "10", "900 l"}, {"First aid, large", "3 and 12", "2"}},
			},
			paper.Heading{Level: 1, Number: "5.", Text: "Command and signal"},
			paper.Heading{Level: 2, Number: "5.a", Text: "Go or no-go, 15 May 04:10"},
			paper.Checklist{Items: []paper.Check{
				{"All drivers have slept seven hours since the last duty", "Column leader"},
				{"Radio check on primary and alternate, every vehicle", "Signals"},
				{"Wind at Milford bridge below 60 km/h, asked at 04:00 and entered in the tracking sheet with the name of whoever was asked", "Movement control"},
				{"Safe havens answer", "Movement control"},
			}},
			paper.Heading{Level: 2, Number: "5.b", Text: "Tracking sheet"},
			trackingSheet(),
		},
	}
}

func marchTable() paper.Table {
	t := paper.Table{
		Caption: "Times of head and tail at the critical points",
		Columns: []paper.Column{{Head: "No.", Right: true}, {Head: "Critical point"}, {Head: "Grid"}, {Head: "km", Right: true}, {Head: "Head", Right: true}, {Head: "Tail", Right: true}, {Head: "Halt", Right: true}, {Head: "Remark"}},
		Strong:  []int{0, 11},
	}
	names := []string{"Start point, depot gate", "Wyoming level crossing", "Camden junction", "Woodside", "Felton", "Bridge over Murderkill", "Harrington", "Halt 1, fairground", "Milford north", "Lincoln", "Ellendale roundabout", "Release point, Georgetown"}
	remarks := map[int]string{1: "gates", 5: "36 t, one at a time", 7: "20 min, fuel for 4 and 9", 10: "escort closes"}
	for i, name := range names {
		minute := 270 + i*14
		t.Rows = append(t.Rows, []string{
			fmt.Sprint(i + 1), name, fmt.Sprintf("18S VJ %05d %05d", 51230+i*1311, 34410-i*2977), fmt.Sprintf("%.1f", float64(i)*4.73),
			fmt.Sprintf("%02d:%02d", minute/60, minute%60), fmt.Sprintf("%02d:%02d", (minute+9)/60, (minute+9)%60),
			map[bool]string{true: "20", false: "–"}[i == 7], remarks[i],
		})
	}
	return t
}

func trackingSheet() paper.Table {
	t := paper.Table{Caption: "Fill in at every point", Columns: []paper.Column{{Head: "Point"}, {Head: "Planned", Right: true}, {Head: "Head"}, {Head: "Tail"}, {Head: "Vehicles"}, {Head: "Remark", Share: 0}}}
	for i, name := range []string{"Start point", "Woodside", "Harrington", "Halt 1", "Ellendale", "Release point"} {
		t.Rows = append(t.Rows, []string{name, fmt.Sprintf("%02d:%02d", 4+i/2, 30*(i%2)), "", "", "", ""})
	}
	return t
}

// stripMap is a drawing such as a strip map is: fields, thin roads, a route with
// casing, marks and names.
func stripMap() paper.Drawing {
	d := paper.Drawing{Caption: "Leg 1, Dover to Harrington. North is up; one square is a kilometre. Heavy line: route; dashes: alternate; circles: critical points by number.", Width: 160, Height: 110}
	wave := func(x0, y0, x1, y1, bend float64) []paper.Point {
		var ps []paper.Point
		for i := 0; i <= 40; i++ {
			t := float64(i) / 40
			s := bend * math.Sin(t*math.Pi*2.3)
			ps = append(ps, paper.Point{X: x0 + (x1-x0)*t + s*0.4, Y: y0 + (y1-y0)*t + s})
		}
		return ps
	}
	water := append(wave(118, -5, 150, 115, 6), paper.Point{X: 170, Y: 115}, paper.Point{X: 170, Y: -5})
	d.Shapes = append(d.Shapes, paper.Fill{Points: water, Grey: 0.86}, paper.Fill{Points: []paper.Point{{X: 20, Y: 60}, {X: 44, Y: 56}, {X: 50, Y: 74}, {X: 26, Y: 80}}, Grey: 0.93})
	for i := range 9 {
		f := float64(i)
		d.Shapes = append(d.Shapes,
			paper.Line{Points: wave(-10, 6+f*13, 125+f, 12+f*11, 3), Width: 0.25, Grey: 0.55},
			paper.Line{Points: wave(6+f*14, -10, 12+f*13, 120, -2.5), Width: 0.25, Grey: 0.55})
	}
	route := wave(18, 8, 132, 100, 7)
	d.Shapes = append(d.Shapes,
		paper.Line{Points: wave(18, 8, 132, 100, -9), Width: 0.7, Dash: []float64{2.4, 1.2}, Casing: 0.5, Grey: 0},
		paper.Line{Points: route, Width: 1.5, Casing: 0.8})
	for i, name := range []string{"Depot gate", "Wyoming", "Camden", "Murderkill bridge", "Harrington"} {
		at := route[i*10]
		d.Shapes = append(d.Shapes,
			paper.Circle{Centre: at, Radius: 2.4, Grey: 0, Edge: 0},
			paper.Circle{Centre: at, Radius: 2.4, Grey: 1, Edge: 0.5},
			paper.Label{At: paper.Point{X: at.X, Y: at.Y + 1.1}, Text: fmt.Sprint(i + 1), Size: 3, Strong: true, Anchor: "middle"},
			paper.Label{At: paper.Point{X: at.X + 4, Y: at.Y - 2}, Text: name, Size: 3.4, Strong: i == 0 || i == 4})
	}
	d.Shapes = append(d.Shapes,
		paper.Label{At: paper.Point{X: 146, Y: 40}, Text: "Delaware Bay", Size: 4, Turn: 70, Anchor: "middle"},
		paper.Fill{Points: []paper.Point{{X: 4, Y: 98}, {X: 36, Y: 98}, {X: 36, Y: 106}, {X: 4, Y: 106}}, Grey: 0},
		paper.Label{At: paper.Point{X: 20, Y: 103.4}, Text: "LEG 1", Size: 4, Strong: true, Anchor: "middle", White: true})
	return d
}

// dashCard is a card to be read at night.
func dashCard() paper.Document {
	return paper.Document{
		Title: "Dash card 4", Marking: "EXERCISE – RESTRICTED", Foot: "MO 17/3, vehicle 4", Size: paper.A6, Dark: true,
		Blocks: []paper.Block{
			paper.Fields{Items: []paper.Field{{"Call", "AMBER 4"}, {"Net", "Ch 12, then 7"}, {"Start", "04:34"}}},
			paper.Table{
				Columns: []paper.Column{{Head: "km", Right: true}, {Head: "Do"}, {Head: "At", Right: true}},
				Rows:    [][]string{{"0.0", "Right, US 13", "04:34"}, {"4.2", "Crossing: close up", "04:42"}, {"11.8", "Bridge: 50 m, 20 km/h", "05:01"}, {"23.0", "Left, Walnut St", "05:24"}},
				Strong:  []int{2},
			},
			paper.Paragraph{Text: "Lost: stop, call AMBER 1.", Strong: true},
			paper.Drawing{Caption: "Harrington, exit 2", Width: 80, Height: 45, Shapes: []paper.Shape{
				paper.Line{Points: []paper.Point{{X: 0, Y: 10}, {X: 80, Y: 38}}, Width: 0.5, Grey: 0.5},
				paper.Line{Points: []paper.Point{{X: 10, Y: 50}, {X: 30, Y: 22}, {X: 55, Y: 20}, {X: 75, Y: 5}}, Width: 2, Casing: 0.8},
				paper.Circle{Centre: paper.Point{X: 42, Y: 21}, Radius: 5, Grey: 1, Edge: 0.8},
				paper.Label{At: paper.Point{X: 60, Y: 16}, Text: "US 13 S", Size: 5, Strong: true},
			}},
		},
	}
}

// driversCard is a card for the pocket.
func driversCard() paper.Document {
	return paper.Document{
		Title: "Driver's card: vehicle 4", Marking: "EXERCISE – RESTRICTED", Foot: "MO 17/3", Size: paper.A6,
		Blocks: []paper.Block{
			paper.Fields{Items: []paper.Field{{"Driver", ""}, {"Commander", "Cpl R. Đà Nẵng, 東京"}, {"Load", "Water, 900 l"}}},
			paper.Heading{Level: 2, Text: "Before the start"},
			paper.Checklist{Items: []paper.Check{{"Tyres, oil, lights", ""}, {"Radio check", "AMBER 1"}}},
			paper.Heading{Level: 2, Text: "On the way"},
			paper.Table{Columns: []paper.Column{{Head: "Point"}, {Head: "Head", Right: true}, {Head: "Remark"}}, Rows: [][]string{{"Woodside", "05:12", "Keep right"}, {"Harrington", "05:40", "Halt 20 min, refuel,\ncheck the load"}}},
			paper.Paragraph{Text: "Duty officer: " + strings.Repeat("555 0142, ", 3) + "day and night."},
		},
	}
}
