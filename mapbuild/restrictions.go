package mapbuild

import (
	"slices"
	"strings"

	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/osm"
)

// A restriction is one turn restriction whose members are all roads here. One
// relation may give several, for different classes of vehicle.
type restriction struct {
	from, to []int  // ways
	node     uint32 // via node, an index into c.nodes, if there are no via ways
	via      []int  // via ways
	rules    []ruleText
}

// A ruleText is one value of a restriction relation.
type ruleText struct {
	relation  int64
	value     string
	condition string
	only      bool
	applies   network.ClassSet
}

// Why a turn restriction cannot be used, as the map's notes count it.
const (
	noteMembers  = "turn restrictions without from, via and to"
	noteVias     = "turn restrictions with several via nodes"
	noteMissing  = "turn restrictions with members outside the extracts"
	noteNotRoads = "turn restrictions whose members are not roads"
	noteApart    = "turn restrictions whose members do not meet"
	noteNobody   = "turn restrictions for no class of motor vehicle"
	noteValue    = "turn restrictions of a kind not understood"
	noteTwoWays  = "only_* turn restrictions that do not say from which side"
	noteIdle     = "turn restrictions that forbid nothing that could be driven"
	noteTaken    = "turn restrictions used"
)

// readRestrictions finds the turn restrictions among used ways and makes their
// via nodes, or the ends of their via ways, nodes of the network.
func (d *draft) readRestrictions(segments []uint8) {
	for i := range d.c.relations.len() {
		t := d.c.relations.tags(i)
		kind, _, _ := strings.Cut(t.get(keyType), ":")
		if kind != "restriction" {
			continue
		}
		rules, note := rulesOf(d.c.relations.id[i], t)
		if note != "" {
			d.notes[note]++
			continue
		}
		r, note := d.membersOf(i, rules[0].only)
		if note == "" && !d.meet(&r, segments) {
			note = noteApart
		}
		if note != "" {
			d.notes[note]++
			continue
		}
		r.rules = rules
		if len(r.via) == 0 {
			d.force(r.node)
		}
		for _, w := range r.via {
			refs := d.c.ways.refs(w)
			d.force(refs[0])
			d.force(refs[len(refs)-1])
		}
		d.restrictions = append(d.restrictions, r)
	}
}

// rulesOf reads the values of a restriction relation.
func rulesOf(id int64, t tags) (rules []ruleText, note string) {
	except := classesIn(t.get(keyExcept))
	_, onlyFor, typed := strings.Cut(t.get(keyType), ":")
	var when []string
	for _, k := range [...]key{keyDayOn, keyDayOff, keyHourOn, keyHourOff} {
		if v := t.get(k); v != "" {
			when = append(when, keyNames[k]+"="+v)
		}
	}
	seen := false
	for _, x := range t.list {
		if x.key&dynamicKey == 0 {
			continue
		}
		name := t.text.keyName(x.key)
		rest, ok := strings.CutPrefix(name, "restriction")
		if !ok {
			continue
		}
		seen = true
		rest, conditional := strings.CutSuffix(rest, ":conditional")
		applies := network.AllClasses
		if vehicle, ok := strings.CutPrefix(rest, ":"); ok {
			applies = classesIn(vehicle)
		}
		if typed {
			applies &= classesIn(onlyFor)
		}
		applies &^= except
		value, condition := t.text.list[x.val], strings.Join(when, " ")
		if conditional {
			value, condition, _ = strings.Cut(value, "@")
			condition = strings.Trim(strings.TrimSpace(condition), "()")
		}
		r := ruleText{id, strings.TrimSpace(value), condition, false, applies}
		switch {
		case strings.HasPrefix(r.value, "no_"):
		case strings.HasPrefix(r.value, "only_"):
			r.only = true
		default:
			note = noteValue
			continue
		}
		if applies == 0 {
			note = noteNobody
			continue
		}
		rules = append(rules, r)
	}
	switch {
	case len(rules) > 0:
		return rules, ""
	case !seen:
		return nil, noteValue
	}
	return nil, note
}

// classesIn returns the classes that a list of vehicles separated by ; names.
func classesIn(list string) network.ClassSet {
	var s network.ClassSet
	for v := range strings.SplitSeq(list, ";") {
		switch strings.TrimSpace(v) {
		case "vehicle", "motor_vehicle":
			s = network.AllClasses
		case "motorcar":
			s |= 1 << network.Car
		case "hgv":
			s |= 1 << network.Truck
		case "bus", "psv", "coach", "tourist_bus":
			s |= 1 << network.Bus
		case "emergency":
			s |= 1 << network.Emergency
		}
	}
	return s
}

// membersOf resolves the members of relation i.
func (d *draft) membersOf(i int, only bool) (r restriction, note string) {
	missing, other := false, false
	var nodes []int64
	vias := 0
	for _, m := range d.c.relations.members(i) {
		role := d.c.text.list[m.role]
		switch {
		case role == "via" && m.kind == osm.MemberNode:
			nodes = append(nodes, m.id)
		case m.kind == osm.MemberWay && (role == "from" || role == "to" || role == "via"):
			if role == "via" {
				vias++
			}
			w, ok := d.c.ways.find(m.id)
			switch {
			case !ok:
				// Highway ways and ferry lines are all collected; what is not may be
				// another way or outside. Either way it is no road here.
				missing = true
			case !d.used(w):
				other = true
			case role == "from":
				r.from = append(r.from, w)
			case role == "to":
				r.to = append(r.to, w)
			default:
				r.via = append(r.via, w)
			}
			if (!ok || !d.used(w)) && (role == "via" || only && role == "to") {
				if !ok {
					return r, noteMissing
				}
				return r, noteNotRoads
			}
		}
	}
	switch {
	case len(r.from) == 0 || len(r.to) == 0:
		switch {
		case other:
			return r, noteNotRoads
		case missing:
			return r, noteMissing
		}
		return r, noteMembers
	case vias > 0:
		return r, ""
	case len(nodes) == 0:
		return r, noteMembers
	case len(nodes) > 1:
		return r, noteVias
	}
	n, ok := d.c.nodes.find(nodes[0])
	if !ok {
		return r, noteApart
	}
	if d.c.nodes.packed[n] == absentNode {
		return r, noteMissing
	}
	r.node = n
	return r, ""
}

// meet reports whether a from way and a to way of the restriction lie at its via,
// and whether the via ways are there from end to end.
func (d *draft) meet(r *restriction, segments []uint8) bool {
	on := func(ways []int, n uint32) bool {
		return slices.ContainsFunc(ways, func(w int) bool { return slices.Contains(d.c.ways.refs(w), n) })
	}
	if len(r.via) == 0 {
		return segments[r.node] > 0 && on(r.from, r.node) && on(r.to, r.node)
	}
	for _, w := range r.via {
		for _, n := range d.c.ways.refs(w) {
			if d.c.nodes.packed[n] == absentNode {
				return false
			}
		}
	}
	return true
}
