package mapbuild

import (
	"testing"

	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/network"
)

// A drive is a sequence of nodes and whether a class may drive it.
type drive struct {
	class network.Class
	nodes []int64
	want  bool
}

func yes(nodes ...int64) drive { return drive{network.Car, nodes, true} }
func no(nodes ...int64) drive  { return drive{network.Car, nodes, false} }
func (d drive) by(c network.Class) drive {
	d.class = c
	return d
}

// crossroads is four roads that meet at 22: 1 from the south (12), 2 from the west
// (21), 3 to the north (32), 4 to the east (23).
func crossroads() *osmtest.Builder {
	return grid(3, 3).
		Way(1, []int64{12, 22}, "highway", "primary").
		Way(2, []int64{21, 22}, "highway", "primary").
		Way(3, []int64{22, 32}, "highway", "primary").
		Way(4, []int64{22, 23}, "highway", "primary")
}

// ladderOfStreets is two streets from west to east, 1 (11 12), 2 (12 13 14) and 3 (21 22),
// 4 (22 23 24), joined by 5 (12 22) and 6 (13 23); 7 leads on from 12 to the south (2).
func ladderOfStreets() *osmtest.Builder {
	return grid(2, 4).Node(2, 50, 8.003).
		Way(1, []int64{11, 12}, "highway", "primary").
		Way(2, []int64{12, 13, 14}, "highway", "primary").
		Way(3, []int64{21, 22}, "highway", "primary").
		Way(4, []int64{22, 23, 24}, "highway", "primary").
		Way(5, []int64{12, 22}, "highway", "primary").
		Way(6, []int64{13, 23}, "highway", "primary").
		Way(7, []int64{12, 2}, "highway", "primary")
}

func members(m ...osmtest.Member) []osmtest.Member { return m }

func TestTurns(t *testing.T) {
	const restriction, value = "type", "restriction"
	straight := grid(3, 3).
		Way(1, []int64{12, 22, 32}, "highway", "primary").
		Way(2, []int64{21, 22}, "highway", "primary").
		Way(4, []int64{22, 23}, "highway", "primary")
	for _, c := range []struct {
		name   string
		b      *osmtest.Builder
		drives []drive
		note   string // what the relation is counted as
	}{
		{"none", crossroads(), []drive{yes(12, 22, 21), yes(12, 22, 32), no(12, 22, 12), yes(22, 12, 22), yes(12, 22, 21, 22, 12)}, ""},
		{
			"no_left_turn", crossroads().Relation(1, members(from(1), via(22), to(2)), restriction, value, "restriction", "no_left_turn"),
			[]drive{no(12, 22, 21), yes(12, 22, 32), yes(12, 22, 23), yes(21, 22, 12), yes(32, 22, 21)},
			noteTaken,
		},
		{
			"members in another order", crossroads().Relation(1, members(to(2), via(22), from(1)), restriction, value, "restriction", "no_left_turn"),
			[]drive{no(12, 22, 21), yes(12, 22, 32)},
			noteTaken,
		},
		{
			"only_straight_on", crossroads().Relation(1, members(from(1), via(22), to(3)), restriction, value, "restriction", "only_straight_on"),
			[]drive{no(12, 22, 21), yes(12, 22, 32), no(12, 22, 23), yes(21, 22, 23)},
			noteTaken,
		},
		{
			"only_straight_on with nowhere else to go",
			grid(1, 3).Way(1, []int64{11, 12}, "highway", "primary").Way(2, []int64{12, 13}, "highway", "primary").
				Relation(1, members(from(1), via(12), to(2)), restriction, value, "restriction", "only_straight_on"),
			[]drive{yes(11, 12, 13), no(11, 12, 11), yes(12, 13, 12)},
			noteIdle,
		},
		{
			"no_entry from two ways", crossroads().Relation(1, members(from(1), from(4), via(22), to(3)), restriction, value, "restriction", "no_entry"),
			[]drive{no(12, 22, 32), no(23, 22, 32), yes(21, 22, 32), yes(12, 22, 21)},
			noteTaken,
		},
		{
			"no_exit to two ways", crossroads().Relation(1, members(from(1), via(22), to(2), to(3)), restriction, value, "restriction", "no_exit"),
			[]drive{no(12, 22, 32), no(12, 22, 21), yes(12, 22, 23)},
			noteTaken,
		},
		{
			"for lorries", crossroads().Relation(1, members(from(1), via(22), to(2)), restriction, value, "restriction:hgv", "no_left_turn"),
			[]drive{yes(12, 22, 21), no(12, 22, 21).by(network.Truck), yes(12, 22, 21).by(network.Bus), yes(12, 22, 21).by(network.Emergency)},
			noteTaken,
		},
		{
			"for buses, by type", crossroads().Relation(1, members(from(1), via(22), to(2)), "type", "restriction:bus", "restriction", "no_left_turn"),
			[]drive{yes(12, 22, 21), no(12, 22, 21).by(network.Bus)},
			noteTaken,
		},
		{
			"except", crossroads().Relation(1, members(from(1), via(22), to(2)), restriction, value, "restriction", "no_left_turn", "except", "psv;emergency;bicycle"),
			[]drive{no(12, 22, 21), no(12, 22, 21).by(network.Truck), yes(12, 22, 21).by(network.Bus), yes(12, 22, 21).by(network.Emergency)},
			noteTaken,
		},
		{
			"only_ except", crossroads().Relation(1, members(from(1), via(22), to(3)), restriction, value, "restriction", "only_straight_on", "except", "bus"),
			[]drive{no(12, 22, 21), yes(12, 22, 21).by(network.Bus)},
			noteTaken,
		},
		{
			"except everybody", crossroads().Relation(1, members(from(1), via(22), to(2)), restriction, value, "restriction", "no_left_turn", "except", "motor_vehicle"),
			[]drive{yes(12, 22, 21)},
			noteNobody,
		},
		{
			"for bicycles", crossroads().Relation(1, members(from(1), via(22), to(2)), restriction, value, "restriction:bicycle", "no_left_turn"),
			[]drive{yes(12, 22, 21)},
			noteNobody,
		},
		{
			"conditional", crossroads().Relation(1, members(from(1), via(22), to(2)), restriction, value, "restriction:conditional", "no_left_turn @ (07:00-09:00)"),
			[]drive{no(12, 22, 21)},
			noteTaken,
		},
		{
			"two rules of one relation", crossroads().Relation(1, members(from(1), via(22), to(2)), restriction, value, "restriction:hgv", "no_left_turn", "restriction:bus", "no_left_turn"),
			[]drive{yes(12, 22, 21), no(12, 22, 21).by(network.Truck), no(12, 22, 21).by(network.Bus)},
			noteTaken,
		},
		{
			"two relations for one turn",
			crossroads().Relation(1, members(from(1), via(22), to(2)), restriction, value, "restriction:hgv", "no_left_turn").
				Relation(2, members(from(1), via(22), to(2)), restriction, value, "restriction:bus", "no_left_turn"),
			[]drive{yes(12, 22, 21), no(12, 22, 21).by(network.Truck), no(12, 22, 21).by(network.Bus), yes(12, 22, 21).by(network.Emergency)},
			noteTaken,
		},
		{
			"from way runs through the via node",
			clone(straight).Relation(1, members(from(1), via(22), to(2)), restriction, value, "restriction", "no_left_turn"),
			[]drive{no(12, 22, 21), no(32, 22, 21), yes(12, 22, 23), yes(12, 22, 32)},
			noteTaken,
		},
		{
			"only_ from a way that runs through",
			clone(straight).Relation(1, members(from(1), via(22), to(2)), restriction, value, "restriction", "only_left_turn"),
			[]drive{yes(12, 22, 21), yes(32, 22, 21), yes(12, 22, 23), yes(12, 22, 32)},
			noteTwoWays,
		},
		{
			"no_u_turn on one way leaves straight on",
			clone(straight).Relation(1, members(from(1), via(22), to(1)), restriction, value, "restriction", "no_u_turn"),
			[]drive{yes(12, 22, 32), yes(32, 22, 12)},
			noteIdle,
		},
		{
			"no_u_turn at a dead end",
			crossroads().Relation(1, members(from(3), via(32), to(3)), restriction, value, "restriction", "no_u_turn"),
			[]drive{no(22, 32, 22), yes(22, 12, 22)},
			noteTaken,
		},
		{
			"no_straight_on from a way to itself",
			clone(straight).Relation(1, members(from(1), via(22), to(1)), restriction, value, "restriction", "no_straight_on"),
			[]drive{no(12, 22, 32), no(32, 22, 12), yes(12, 22, 21)},
			noteTaken,
		},
		{
			"via node in the middle of a road",
			grid(1, 3).Way(1, []int64{11, 12}, "highway", "primary").Way(2, []int64{12, 13}, "highway", "primary").
				Relation(1, members(from(1), via(12), to(2)), restriction, value, "restriction", "no_straight_on"),
			[]drive{no(11, 12, 13), yes(13, 12, 11)},
			noteTaken,
		},
		{
			"to way is one-way towards the via",
			grid(3, 3).Way(1, []int64{12, 22}, "highway", "primary").Way(2, []int64{21, 22}, "highway", "primary", "oneway", "yes").
				Way(3, []int64{22, 32}, "highway", "primary").
				Relation(1, members(from(1), via(22), to(2)), restriction, value, "restriction", "no_left_turn"),
			[]drive{no(12, 22, 21), yes(12, 22, 32)},
			noteApart,
		},
		{
			"over a way", ladderOfStreets().Relation(1, members(from(1), over(5), to(4)), restriction, value, "restriction", "no_left_turn"),
			[]drive{no(11, 12, 22, 23), yes(2, 12, 22, 23), yes(11, 12, 22, 21), yes(12, 22, 23), yes(11, 12, 13, 23)},
			noteTaken,
		},
		{
			"over a way, for lorries", ladderOfStreets().Relation(1, members(from(1), over(5), to(4)), restriction, value, "restriction:hgv", "no_left_turn"),
			[]drive{yes(11, 12, 22, 23), no(11, 12, 22, 23).by(network.Truck)},
			noteTaken,
		},
		{
			"over a way that is cut by a junction",
			ladderOfStreets().Node(3, 50.0015, 8.003).Node(4, 50.0015, 8.002).Way(8, []int64{12, 3, 22}, "highway", "primary").Way(9, []int64{3, 4}, "highway", "primary").
				Relation(1, members(from(1), over(8), to(4)), restriction, value, "restriction", "no_left_turn"),
			[]drive{no(11, 12, 3, 22, 23), yes(4, 3, 22, 23), yes(11, 12, 3, 4), yes(11, 12, 3, 22, 21), yes(11, 12, 22, 23), yes(11, 12, 3, 4, 3, 22, 23)},
			noteTaken,
		},
		{
			"only_ over a way", ladderOfStreets().Relation(1, members(from(1), over(5), to(3)), restriction, value, "restriction", "only_left_turn"),
			[]drive{no(11, 12, 22, 23), yes(11, 12, 22, 21), yes(2, 12, 22, 23), yes(11, 12, 13)},
			noteTaken,
		},
		{
			"no_u_turn over a way",
			ladderOfStreets().Relation(1, members(from(2), over(5), to(4)), restriction, value, "restriction", "no_u_turn"),
			[]drive{no(13, 12, 22, 23), yes(11, 12, 22, 23), yes(13, 12, 22, 21)},
			noteTaken,
		},
		{
			"over two ways, in the wrong order",
			ladderOfStreets().Way(8, []int64{24, 14}, "highway", "primary").
				Relation(1, members(from(1), over(4), over(5), to(8)), restriction, value, "restriction", "no_right_turn"),
			[]drive{no(11, 12, 22, 23, 24, 13), yes(2, 12, 22, 23, 24, 13), yes(11, 12, 22, 23, 13), yes(11, 12, 13, 23, 24, 13)},
			noteTaken,
		},
		{
			"two that overlap", // 1 5 4 is the beginning of one and 5 4 6 the rest of another
			ladderOfStreets().Relation(1, members(from(1), over(5), over(4), to(3)), restriction, value, "restriction", "no_u_turn").
				Relation(2, members(from(7), over(5), to(3)), restriction, value, "restriction", "no_left_turn").
				Relation(3, members(from(5), via(22), to(4)), restriction, value, "restriction:hgv", "no_right_turn"),
			[]drive{no(2, 12, 22, 21), yes(11, 12, 22, 21), no(11, 12, 22, 23).by(network.Truck), no(2, 12, 22, 23).by(network.Truck), yes(2, 12, 22, 23)},
			"",
		},
		{
			"via way is a ring", grid(2, 3).Way(1, []int64{11, 12}, "highway", "primary").Way(2, []int64{12, 13, 23, 12}, "highway", "primary").Way(3, []int64{12, 22}, "highway", "primary").
				Relation(1, members(from(1), over(2), to(3)), restriction, value, "restriction", "no_left_turn"),
			[]drive{yes(11, 12, 22)},
			noteApart,
		},
		{"member outside", crossroads().Relation(1, members(from(77), via(22), to(2)), restriction, value, "restriction", "no_left_turn"), []drive{yes(12, 22, 21)}, noteMissing},
		{"via way outside", crossroads().Relation(1, members(from(1), over(77), to(2)), restriction, value, "restriction", "no_left_turn"), []drive{yes(12, 22, 21)}, noteMissing},
		{"only_ with one to outside", crossroads().Relation(1, members(from(1), via(22), to(2), to(77)), restriction, value, "restriction", "only_left_turn"), []drive{yes(12, 22, 32)}, noteMissing},
		{
			"to a footway", crossroads().Way(5, []int64{22, 33}, "highway", "footway").Relation(1, members(from(1), via(22), to(5)), restriction, value, "restriction", "only_right_turn"),
			[]drive{yes(12, 22, 21)},
			noteNotRoads,
		},
		{"via elsewhere", crossroads().Relation(1, members(from(1), via(32), to(2)), restriction, value, "restriction", "no_left_turn"), []drive{yes(12, 22, 21)}, noteApart},
		{"no via", crossroads().Relation(1, members(from(1), to(2)), restriction, value, "restriction", "no_left_turn"), []drive{yes(12, 22, 21)}, noteMembers},
		{"two via nodes", crossroads().Relation(1, members(from(1), via(22), via(32), to(2)), restriction, value, "restriction", "no_left_turn"), []drive{yes(12, 22, 21)}, noteVias},
		{"no value", crossroads().Relation(1, members(from(1), via(22), to(2)), restriction, value), []drive{yes(12, 22, 21)}, noteValue},
		{"odd value", crossroads().Relation(1, members(from(1), via(22), to(2)), restriction, value, "restriction", "give_way"), []drive{yes(12, 22, 21)}, noteValue},
		{
			"bollard", crossroads().Node(22, 50.002, 8.003, "barrier", "bollard", "bus", "yes"),
			[]drive{no(12, 22, 32), yes(12, 22, 32).by(network.Bus)},
			"",
		},
		{
			"dead end at a bollard", grid(1, 2).Node(13, 50.001, 8.0045, "barrier", "bollard").Way(1, []int64{11, 12, 13}, "highway", "primary"),
			[]drive{yes(11, 13, 11)},
			"",
		},
		{
			"dead end of a one-way street", grid(1, 3).Way(1, []int64{11, 12}, "highway", "primary").Way(2, []int64{12, 13}, "highway", "primary", "oneway", "yes"),
			[]drive{no(12, 13, 12), yes(11, 12, 13)},
			"",
		},
	} {
		m, r := buildFrom(t, c.b)
		for _, d := range c.drives {
			if got := drives(t, m, d.class, d.nodes...); got != d.want {
				t.Errorf("%s: class %d over %v: %v, want %v", c.name, d.class, d.nodes, got, d.want)
			}
		}
		if c.note != "" && noteOf(r, c.note) == 0 {
			t.Errorf("%s: notes %v, want %q", c.name, r.Notes, c.note)
		}
	}
}

// clone returns a copy that may be added to.
func clone(b *osmtest.Builder) *osmtest.Builder {
	c := *b
	return &c
}

func TestRulesSayWhatTheyAre(t *testing.T) {
	b := crossroads().
		Relation(7, members(from(1), via(22), to(2)), "type", "restriction", "restriction:conditional", "no_left_turn @ (07:00-09:00)").
		Relation(8, members(from(3), via(22), to(1)), "type", "restriction", "restriction", "only_straight_on", "except", "bus").
		Relation(9, members(from(2), via(22), to(3)), "type", "restriction", "restriction", "no_left_turn", "hour_on", "07:00", "hour_off", "09:00")
	m, _ := buildFrom(t, b)
	found := make(map[int64]network.Rule)
	for _, r := range m.Rules {
		found[r.Relation] = r
	}
	r := found[7]
	if r.Kind != network.RuleNo || m.Text(r.Text) != "no_left_turn" || m.Text(r.Condition) != "07:00-09:00" || r.Applies != network.AllClasses {
		t.Errorf("%+v %q %q", r, m.Text(r.Text), m.Text(r.Condition))
	}
	r = found[8]
	if r.Kind != network.RuleOnly || m.Text(r.Text) != "only_straight_on" || r.Condition != 0 || r.Applies != network.AllClasses&^(1<<network.Bus) {
		t.Errorf("%+v %q", r, m.Text(r.Text))
	}
	if r = found[9]; m.Text(r.Condition) != "hour_on=07:00 hour_off=09:00" {
		t.Errorf("%+v %q", r, m.Text(r.Condition))
	}
	var uTurns int
	for s := range m.StateArc {
		for x := m.TurnFirst[s]; x < m.TurnFirst[s+1]; x++ {
			if m.Rules[m.TurnRule[x]].Kind == network.RuleUTurn {
				uTurns++
				if m.StateArc[m.TurnTo[x]] != m.StateArc[s].Reverse() {
					t.Error("a U-turn leads to another chain")
				}
			}
		}
	}
	if uTurns != 4 {
		t.Errorf("%d U-turns at 4 dead ends", uTurns)
	}
}

func TestStatesOnlyWhereNeeded(t *testing.T) {
	m, _ := buildFrom(t, ladderOfStreets().Relation(1, members(from(1), over(5), to(4)), "type", "restriction", "restriction", "no_left_turn"))
	if extra := len(m.StateArc) - m.NumArcs(); extra != 1 {
		t.Errorf("%d states beyond the arcs, want 1 for one via way", extra)
	}
	m, _ = buildFrom(t, crossroads().Relation(1, members(from(1), via(22), to(2)), "type", "restriction", "restriction", "no_left_turn"))
	if extra := len(m.StateArc) - m.NumArcs(); extra != 0 {
		t.Errorf("%d states beyond the arcs, want none for a via node", extra)
	}
}
