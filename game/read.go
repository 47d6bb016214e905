package game

import (
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/outrider-project/outrider/game/internal/scan"
)

const (
	mostBytes  = 4 << 30   // of an instance
	mostPlaces = 1<<31 - 2 // nodes or edges
	longestID  = 200       // characters
	mostCount  = 1_000_000_000
)

// An InputError says what is wrong in an instance or a result, where, and what to
// do about it.
type InputError = scan.Error

// kinds lists the games in the order of the documentation.
var kinds = []Kind{
	Edge, EdgeMeanTime, EdgeRouteTimeCap, Zones, EdgePostsLinear, EdgePostsDiscrete,
	EdgeAttackers, EdgeEscortJoint, Multistage, EdgeMultiMovement, SweepEulerian,
}

// ownKeys lists the keys that only some kinds have.
var ownKeys = map[string][]Kind{
	"mean_time_budget": {EdgeMeanTime},
	"route_time_cap":   {EdgeRouteTimeCap},
	"zones":            {Zones},
	"budget":           {EdgePostsLinear, EdgePostsDiscrete},
	"post_gain":        {EdgePostsLinear},
	"post_max":         {EdgePostsLinear},
	"p_with_post":      {EdgePostsDiscrete},
	"attackers":        {EdgeAttackers},
	"mean_posts":       {EdgeEscortJoint},
	"post_effect":      {EdgeEscortJoint},
	"movements":        {EdgeMultiMovement},
}

// UsesP reports whether edges of the kind must have a chance.
func (k Kind) UsesP() bool { return k != Zones && k != SweepEulerian }

// UsesTime reports whether edges of the kind must have a time.
func (k Kind) UsesTime() bool { return k == EdgeMeanTime || k == EdgeRouteTimeCap }

// HasTerminals reports whether the kind needs a source and a sink.
func (k Kind) HasTerminals() bool { return k != EdgeMultiMovement && k != SweepEulerian }

// ReadInstance reads an instance as docs/format/mix.md has it. It is strict: an
// unknown or repeated key, a missing or superfluous one, a value of another type
// or out of range, an id that is not known or comes twice are each an
// *InputError that says where. The time is linear in the length.
func ReadInstance(r io.Reader) (*Instance, error) {
	src, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	if err != nil {
		return nil, err
	}
	if len(src) > mostBytes {
		return nil, &InputError{Cause: "more than 4 GiB", Remedy: "give a smaller instance"}
	}
	return ParseInstance(src)
}

// ParseInstance reads an instance from memory, as ReadInstance does.
func ParseInstance(src []byte) (*Instance, error) {
	p := &instanceParser{in: &Instance{}, at: map[string]int{}}
	p.s.Src = src
	if err := p.parse(); err != nil {
		return nil, err
	}
	if err := p.in.Check(); err != nil {
		return nil, err
	}
	p.in.Hash = p.in.Digest()
	return p.in, nil
}

// instanceParser reads an instance in two goes: first where each value of the
// object is, then the values in the order in which they depend on each other.
type instanceParser struct {
	s    scan.Scanner
	in   *Instance
	at   map[string]int    // offset of the value of each key
	node map[string]uint32 // numbers of nodes by text
	edge map[string]uint32
}

func (p *instanceParser) parse() error {
	s := &p.s
	known := []string{"directed", "nodes", "edges", "source", "sink", "kind", "mean_time_budget", "route_time_cap", "zones", "budget", "attackers", "mean_posts", "post_effect", "movements"}
	err := s.Object("an instance is one JSON object", func(key []byte) error {
		if !slices.Contains(known, string(key)) {
			return s.Fail(fmt.Sprintf("the key %q is not known here", key), "take it out; the keys are "+strings.Join(known, ", "))
		}
		s.Space()
		p.at[string(key)] = s.Pos
		return scan.Within(string(key), s.Skip(1))
	})
	if err != nil {
		return err
	}
	if err := s.End(); err != nil {
		return err
	}
	if err := p.value("kind", p.kind); err != nil {
		return err
	}
	if err := p.keys(); err != nil {
		return err
	}
	for _, part := range []struct {
		key  string
		read func() error
	}{
		{"directed", func() (err error) { p.in.Directed, err = s.Boolean(); return err }},
		{"nodes", p.nodes},
		{"edges", p.edges},
		{"source", func() (err error) { p.in.Sources, err = p.terminals(); return err }},
		{"sink", func() (err error) { p.in.Sinks, err = p.terminals(); return err }},
		{"mean_time_budget", func() (err error) { p.in.MeanTimeBudget, err = p.span(); return err }},
		{"route_time_cap", func() (err error) { p.in.RouteTimeCap, err = p.span(); return err }},
		{"zones", p.zones},
		{"budget", func() (err error) { p.in.Budget, err = p.amount(math.MaxFloat64); return err }},
		{"attackers", func() (err error) { p.in.Attackers, err = p.count(); return err }},
		{"mean_posts", func() (err error) { p.in.MeanPosts, err = p.amount(math.MaxFloat64); return err }},
		{"post_effect", func() (err error) { p.in.PostEffect, err = p.amount(1); return err }},
		{"movements", p.movements},
	} {
		if err := p.value(part.key, part.read); err != nil {
			return err
		}
	}
	return nil
}

// value reads the value of a key of the instance if it is there.
func (p *instanceParser) value(key string, read func() error) error {
	at, ok := p.at[key]
	if !ok {
		return nil
	}
	p.s.Pos = at
	return scan.Within(key, read())
}

func (p *instanceParser) kind() error {
	if p.s.Peek() != '"' {
		return p.s.Fail("expected the name of a game, found "+p.s.What(), "write one of "+kindNames())
	}
	name, err := p.s.Text()
	if err != nil {
		return err
	}
	p.in.Kind = Kind(name)
	if !slices.Contains(kinds, p.in.Kind) {
		return p.s.Fail(fmt.Sprintf("%q is no kind of game", name), "write one of "+kindNames())
	}
	return nil
}

func kindNames() string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// keys complains about keys that are missing, or that the kind does not have.
func (p *instanceParser) keys() error {
	need := []string{"kind", "directed", "nodes", "edges"}
	if p.in.Kind.HasTerminals() {
		need = append(need, "source", "sink")
	}
	var own []string
	for key, of := range ownKeys {
		if slices.Contains(of, p.in.Kind) && key != "post_gain" && key != "post_max" && key != "p_with_post" {
			own = append(own, key)
		}
	}
	slices.Sort(own)
	for _, key := range append(need, own...) {
		if _, ok := p.at[key]; ok {
			continue
		}
		remedy := "add it"
		if key == "kind" {
			remedy = "add it with one of " + kindNames()
		}
		return &InputError{Place: key, Cause: "it is missing", Remedy: remedy}
	}
	var extra []string
	for key := range p.at {
		if of := ownKeys[key]; of != nil && !slices.Contains(of, p.in.Kind) {
			extra = append(extra, key)
		}
	}
	if len(extra) == 0 {
		return nil
	}
	slices.Sort(extra)
	p.s.Pos = p.at[extra[0]]
	return scan.Within(extra[0], p.s.Fail(fmt.Sprintf("the kind %s has no such key", p.in.Kind), "take it out, or set kind to "+kindList(ownKeys[extra[0]])))
}

func kindList(of []Kind) string {
	names := make([]string, len(of))
	for i, k := range of {
		names[i] = string(k)
	}
	return strings.Join(names, " or ")
}

// id reads an id; the text is only good until the source is.
func (p *instanceParser) id() (text []byte, number bool, err error) {
	s := &p.s
	switch c := s.Peek(); {
	case c == '"':
		text, err = s.Text()
	case c == '-' || c >= '0' && c <= '9':
		number = true
		text, err = s.Number()
	default:
		return nil, false, s.Fail("expected an id, found "+s.What(), "an id is a text or a number")
	}
	switch {
	case err != nil:
	case len(text) == 0:
		err = s.Fail("an id without characters", "give it a name")
	case utf8.RuneCount(text) > longestID:
		err = s.Fail(fmt.Sprintf("an id of more than %d characters", longestID), "give it a shorter name")
	}
	return text, number, err
}

// newID reads an id that must not be known yet.
func (p *instanceParser) newID(known map[string]uint32, have []ID, what string) (ID, error) {
	text, number, err := p.id()
	if err != nil {
		return ID{}, err
	}
	id := ID{Text: string(text), Number: number}
	if len(have) > mostPlaces {
		return ID{}, p.s.Fail("more than two thousand million of them", "give a smaller instance")
	}
	if other, twice := known[id.Text]; twice {
		if have[other].Number != number {
			return ID{}, p.s.Fail(fmt.Sprintf("%s differs from %s number %d only in its quotes", id, what, other), "give one of them another id")
		}
		return ID{}, p.s.Fail(fmt.Sprintf("the id %s comes twice; it is also that of %s number %d", id, what, other), "give one of them another id")
	}
	known[id.Text] = uint32(len(have))
	return id, nil
}

// oldID reads an id that must be known.
func (p *instanceParser) oldID(known map[string]uint32, have []ID, what string) (uint32, error) {
	text, number, err := p.id()
	if err != nil {
		return 0, err
	}
	i, ok := known[string(text)]
	id := ID{Text: string(text), Number: number}
	switch {
	case !ok:
		return 0, p.s.Fail(fmt.Sprintf("there is no %s %s", what, id), "name one that is listed in "+what+"s")
	case have[i].Number != number:
		return 0, p.s.Fail(fmt.Sprintf("there is no %s %s", what, id), fmt.Sprintf("write %s, as in %ss", have[i], what))
	}
	return i, nil
}

func (p *instanceParser) nodes() error {
	p.node = map[string]uint32{}
	return p.s.List("nodes is a list of ids", func(int) error {
		id, err := p.newID(p.node, p.in.Nodes, "node")
		p.in.Nodes = append(p.in.Nodes, id)
		return err
	})
}

const edgeKeys = "id, from, to, p, time, post_gain, post_max, p_with_post"

func (p *instanceParser) edges() error {
	in, s := p.in, &p.s
	p.edge = map[string]uint32{}
	var times []scan.Ratio
	err := s.List("edges is a list of objects", func(i int) error {
		var id ID
		var from, to uint32
		chance, gain, most, posted := math.NaN(), 0.0, math.Inf(1), math.NaN()
		var time scan.Ratio
		var hasID, hasFrom, hasTo, hasTime bool
		err := s.Object("an edge is an object", func(key []byte) error {
			var err error
			if of := ownKeys[string(key)]; of != nil && !slices.Contains(of, in.Kind) {
				return scan.Within(string(key), s.Fail(fmt.Sprintf("the kind %s has no such key", in.Kind), "take it out, or set kind to "+kindList(of)))
			}
			switch string(key) {
			case "id":
				hasID = true
				id, err = p.newID(p.edge, in.Edges, "edge")
			case "from":
				hasFrom = true
				from, err = p.oldID(p.node, in.Nodes, "node")
			case "to":
				hasTo = true
				to, err = p.oldID(p.node, in.Nodes, "node")
			case "p":
				chance, err = p.chance()
			case "p_with_post":
				posted, err = p.chance()
			case "time":
				hasTime = true
				var tok []byte
				if tok, err = s.Quantity(); err == nil {
					if tok[0] == '-' {
						err = s.Fail("a time below 0", "write 0 or more")
					} else if in.Kind.UsesTime() {
						time = scan.RatioOf(tok)
					}
				}
			case "post_gain":
				gain, err = p.amount(math.MaxFloat64)
			case "post_max":
				most, err = p.amount(math.MaxFloat64)
			default:
				return s.Fail(fmt.Sprintf("the key %q is not known here", key), "take it out; the keys of an edge are "+edgeKeys)
			}
			if err != nil {
				return scan.Within(string(key), err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		missing := ""
		switch {
		case !hasID:
			missing = "id"
		case !hasFrom:
			missing = "from"
		case !hasTo:
			missing = "to"
		case in.Kind.UsesP() && math.IsNaN(chance):
			missing = "p"
		case in.Kind.UsesTime() && !hasTime:
			missing = "time"
		}
		if missing != "" {
			return scan.Within(missing, s.Fail("it is missing", "add it"))
		}
		in.Edges, in.From, in.To = append(in.Edges, id), append(in.From, from), append(in.To, to)
		if in.Kind.UsesP() {
			in.P = append(in.P, chance)
		}
		if in.Kind.UsesTime() {
			times = append(times, time)
		}
		switch in.Kind {
		case EdgePostsLinear:
			in.PostGain, in.PostMax = append(in.PostGain, gain), append(in.PostMax, most)
		case EdgePostsDiscrete:
			if math.IsNaN(posted) {
				posted = chance
			}
			in.PPost = append(in.PPost, posted)
		default:
		}
		return nil
	})
	if err != nil || !in.Kind.UsesTime() {
		return err
	}
	var ok bool
	if in.Time, in.TimeScale, in.TimeRounded, ok = scan.ScaleTimes(times); !ok {
		return &InputError{Cause: "the times add up to more than 2^60", Remedy: "give times in a larger unit"}
	}
	return nil
}

// chance reads 0, or a number from leastChance to 1.
func (p *instanceParser) chance() (float64, error) {
	x, err := p.amount(1)
	if err == nil && faint(x) {
		err = p.s.Fail(fmt.Sprintf("%v is too small a chance", x), fmt.Sprintf("write 0, or %g or more", leastChance))
	}
	return x, err
}

// amount reads a number from 0 to most.
func (p *instanceParser) amount(most float64) (float64, error) {
	tok, err := p.s.Quantity()
	if err != nil {
		return 0, err
	}
	x := scan.Float(tok)
	if x == 0 {
		return 0, nil // -0 as well
	}
	if x >= 0 && x <= most {
		return x, nil
	}
	if most == 1 {
		return 0, p.s.Fail(string(tok)+" is not in [0, 1]", "write a chance from 0 to 1")
	}
	return 0, p.s.Fail(string(tok)+" is below 0 or too large", "write 0 or more")
}

// span reads a time exactly.
func (p *instanceParser) span() (*big.Rat, error) {
	tok, err := p.s.Quantity()
	if err != nil {
		return nil, err
	}
	if tok[0] == '-' {
		return nil, p.s.Fail("a time below 0", "write 0 or more")
	}
	return scan.Rat(tok), nil
}

// count reads a whole number from 1.
func (p *instanceParser) count() (int, error) {
	tok, err := p.s.Number()
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(string(tok))
	if err != nil || n < 1 || n > mostCount {
		return 0, p.s.Fail(string(tok)+" is no whole number from 1 to 1,000,000,000", "write one without a point")
	}
	return n, nil
}

// terminals reads one node or a list of them.
func (p *instanceParser) terminals() ([]uint32, error) {
	if p.s.Peek() != '[' {
		v, err := p.oldID(p.node, p.in.Nodes, "node")
		return []uint32{v}, err
	}
	return p.places(p.node, p.in.Nodes, "node")
}

// places reads a list of ids that are known, none of them twice.
func (p *instanceParser) places(known map[string]uint32, have []ID, what string) ([]uint32, error) {
	list := []uint32{}
	seen := map[uint32]bool{}
	err := p.s.List("a list of ids of "+what+"s", func(int) error {
		v, err := p.oldID(known, have, what)
		if err != nil {
			return err
		}
		if seen[v] {
			return p.s.Fail(fmt.Sprintf("the %s %s comes twice", what, have[v]), "name it once")
		}
		seen[v] = true
		list = append(list, v)
		return nil
	})
	return list, err
}

func (p *instanceParser) zones() error {
	s := &p.s
	known := map[string]uint32{}
	var ids []ID
	return s.List("zones is a list of objects", func(int) error {
		z := Zone{P: math.NaN()}
		hasID := false
		err := s.Object("a zone is an object", func(key []byte) error {
			var err error
			switch string(key) {
			case "id":
				hasID = true
				z.ID, err = p.newID(known, ids, "zone")
				ids = append(ids, z.ID)
			case "nodes":
				z.Nodes, err = p.places(p.node, p.in.Nodes, "node")
			case "edges":
				z.Edges, err = p.places(p.edge, p.in.Edges, "edge")
			case "p":
				z.P, err = p.chance()
			default:
				return s.Fail(fmt.Sprintf("the key %q is not known here", key), "take it out; the keys of a zone are id, nodes, edges, p")
			}
			if err != nil {
				return scan.Within(string(key), err)
			}
			return nil
		})
		switch {
		case err != nil:
			return err
		case !hasID:
			return scan.Within("id", s.Fail("it is missing", "add it"))
		case math.IsNaN(z.P):
			return scan.Within("p", s.Fail("it is missing", "add it"))
		}
		p.in.Zones = append(p.in.Zones, z)
		return nil
	})
}

func (p *instanceParser) movements() error {
	s := &p.s
	return s.List("movements is a list of objects", func(int) error {
		var m Movement
		err := s.Object("a movement is an object", func(key []byte) error {
			var err error
			switch string(key) {
			case "source":
				m.Sources, err = p.terminals()
			case "sink":
				m.Sinks, err = p.terminals()
			case "count":
				m.Count, err = p.count()
			default:
				return s.Fail(fmt.Sprintf("the key %q is not known here", key), "take it out; the keys of a movement are source, sink, count")
			}
			if err != nil {
				return scan.Within(string(key), err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		missing := ""
		switch {
		case m.Sources == nil:
			missing = "source"
		case m.Sinks == nil:
			missing = "sink"
		case m.Count == 0:
			missing = "count"
		}
		if missing != "" {
			return scan.Within(missing, s.Fail("it is missing", "add it"))
		}
		p.in.Movements = append(p.in.Movements, m)
		return nil
	})
}

// String gives the id as the instance writes it.
func (id ID) String() string {
	if id.Number {
		return id.Text
	}
	return strconv.Quote(id.Text)
}
