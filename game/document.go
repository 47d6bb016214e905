package game

import (
	"bytes"
	_ "embed" // the schemas are part of the program
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/outrider-project/outrider/game/internal/scan"
)

// A Document is an answer as it is written: one JSON object that names nodes,
// edges and zones as the instance does, and that is the certificate.
// docs/format/mix.md describes it.
type Document struct {
	Status      Status          `json:"status"`
	Value       *float64        `json:"value"` // that of Upper; null where infeasible, as the bounds are
	Lower       *float64        `json:"lower"`
	Upper       *float64        `json:"upper"`
	Gap         *float64        `json:"gap"` // (upper-lower)/upper, 0 where upper is 0
	Method      string          `json:"method"`
	Exact       bool            `json:"exact"`
	PlannerMix  []DocumentRoute `json:"planner_mix"`
	AttackerMix []DocumentPick  `json:"attacker_mix"`
	Seconds     float64         `json:"seconds"` // spent on the answer, without reading the instance

	Mu         *float64                   `json:"mu,omitempty"`
	Posts      []DocumentPost             `json:"posts,omitempty"`
	NodeValues map[string]*float64        `json:"node_values,omitempty"` // by node; null where the sink cannot be reached
	Policy     map[string][]DocumentShare `json:"policy,omitempty"`
	Ambush     map[string][]DocumentShare `json:"ambush,omitempty"`
	Tours      string                     `json:"tours,omitempty"`
	Bits       *float64                   `json:"bits,omitempty"`
	Proof      map[string]any             `json:"proof,omitempty"`

	Kind         Kind            `json:"kind"`
	Assumptions  []string        `json:"assumptions"`
	Notes        []string        `json:"notes"`
	Hash         string          `json:"instance_sha256"`         // of the instance's canonical form
	InstanceFile string          `json:"instance_file,omitempty"` // where the instance was read
	Instance     json.RawMessage `json:"instance,omitempty"`      // the instance itself
}

// A DocumentRoute is a route of the planner's mix.
type DocumentRoute struct {
	Path     []ID    `json:"path"` // edges in order
	Prob     float64 `json:"prob"`
	Posted   *[]ID   `json:"posted,omitempty"`   // edge+escort_joint
	Movement *int    `json:"movement,omitempty"` // edge+multi_movement, from 0
}

// A DocumentPick is what the attacker picks: an edge, a zone, or several edges.
type DocumentPick struct {
	Edge  *ID     `json:"edge,omitempty"`
	Zone  *ID     `json:"zone,omitempty"`
	Edges []ID    `json:"edges,omitempty"`
	Prob  float64 `json:"prob"`
}

// A DocumentPost is an edge with posts.
type DocumentPost struct {
	Edge   ID      `json:"edge"`
	Amount float64 `json:"amount"`
}

// A DocumentShare is an edge of a mix over edges.
type DocumentShare struct {
	Edge ID      `json:"edge"`
	Prob float64 `json:"prob"`
}

// MarshalJSON writes the id as the instance does.
func (id ID) MarshalJSON() ([]byte, error) {
	if id.Number {
		return []byte(id.Text), nil
	}
	return json.Marshal(id.Text)
}

// UnmarshalJSON reads a text or a number.
func (id *ID) UnmarshalJSON(src []byte) error {
	if len(src) > 0 && src[0] == '"' {
		*id = ID{}
		return json.Unmarshal(src, &id.Text)
	}
	if !scan.IsNumber(src) {
		return fmt.Errorf("%s is no id: a text or a number is", src)
	}
	*id = ID{Text: string(src), Number: true}
	return nil
}

// Gap returns (upper-lower)/upper, and 0 where upper is 0 or the bounds meet.
func Gap(lower, upper float64) float64 {
	if upper <= 0 || lower >= upper {
		return 0
	}
	return (upper - lower) / upper
}

// NewDocument writes an answer in the instance's own names. A lower bound that
// rounding has put above the upper one is brought down to it.
func NewDocument(in *Instance, r *Result, seconds float64) *Document {
	d := &Document{
		Status: r.Status, Method: r.Method, Exact: r.Exact, Seconds: seconds, Kind: in.Kind, Hash: in.Hash,
		PlannerMix: make([]DocumentRoute, 0, len(r.Planner)), AttackerMix: make([]DocumentPick, 0, len(r.Attacker)),
		Assumptions: slices.Clone(r.Assumptions), Notes: slices.Clone(r.Notes),
		Mu: r.Mu, Tours: r.Tours, Bits: r.Bits, Proof: r.Proof,
	}
	if d.Hash == "" {
		d.Hash = in.Digest()
	}
	if in.TimeRounded {
		d.Assumptions = append(d.Assumptions, "Times are rounded to multiples of 1/"+in.TimeScale.String()+".")
	}
	if d.Assumptions == nil {
		d.Assumptions = []string{}
	}
	if d.Notes == nil {
		d.Notes = []string{}
	}
	if r.Status != Infeasible {
		upper := r.Upper
		lower := min(r.Lower, upper)
		gap := Gap(lower, upper)
		d.Value, d.Lower, d.Upper, d.Gap = &upper, &lower, &upper, &gap
	}
	for _, route := range r.Planner {
		w := DocumentRoute{Path: in.edgeIDs(route.Edges), Prob: route.Prob}
		if in.Kind == EdgeEscortJoint {
			posted := in.edgeIDs(route.Posted)
			w.Posted = &posted
		}
		if in.Kind == EdgeMultiMovement {
			movement := route.Movement
			w.Movement = &movement
		}
		d.PlannerMix = append(d.PlannerMix, w)
	}
	for _, a := range r.Attacker {
		pick := DocumentPick{Prob: a.Prob}
		switch {
		case in.Kind == Zones && len(a.Zones) == 1:
			pick.Zone = &in.Zones[a.Zones[0]].ID
		case in.Kind == EdgeAttackers || len(a.Edges) != 1:
			pick.Edges = in.edgeIDs(a.Edges)
		default:
			pick.Edge = &in.Edges[a.Edges[0]]
		}
		d.AttackerMix = append(d.AttackerMix, pick)
	}
	for _, p := range r.Posts {
		d.Posts = append(d.Posts, DocumentPost{Edge: in.Edges[p.Edge], Amount: p.Amount})
	}
	if r.NodeValues != nil {
		d.NodeValues = map[string]*float64{}
		for v, x := range r.NodeValues {
			d.NodeValues[in.Nodes[v].Text] = finite(x)
		}
	}
	d.Policy, d.Ambush = in.sharesByNode(r.Policy), in.sharesByNode(r.Ambush)
	return d
}

// finite returns nil for NaN.
func finite(x float64) *float64 {
	if math.IsNaN(x) {
		return nil
	}
	return &x
}

func (in *Instance) edgeIDs(edges []uint32) []ID {
	ids := make([]ID, len(edges))
	for i, e := range edges {
		ids[i] = in.Edges[e]
	}
	return ids
}

func (in *Instance) sharesByNode(shares [][]Share) map[string][]DocumentShare {
	if shares == nil {
		return nil
	}
	all := map[string][]DocumentShare{}
	for v, list := range shares {
		for _, s := range list {
			name := in.Nodes[v].Text
			all[name] = append(all[name], DocumentShare{Edge: in.Edges[s.Edge], Prob: s.Prob})
		}
	}
	return all
}

// Write writes the document as one line of JSON.
func (d *Document) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(d)
}

// ParseDocument reads a document. It is strict: an unknown or repeated key is an
// *InputError. What the document says is not judged; game/verify does that.
func ParseDocument(src []byte) (*Document, error) {
	s := scan.Scanner{Src: src}
	if s.Peek() != '{' {
		return nil, s.Fail("expected an object, found "+s.What(), "give what outrider mix has written")
	}
	if err := knownKeys(&s, 0, false); err != nil {
		return nil, err
	}
	if err := s.End(); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.DisallowUnknownFields()
	dec.UseNumber() // ids in the proof stay as they are written
	d := &Document{}
	if err := dec.Decode(d); err != nil {
		place, cause := "", err.Error()
		if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			place, cause = mismatch.Field, "a "+mismatch.Value+" cannot stand here"
		}
		return nil, &InputError{Place: place, Cause: cause, Remedy: "give what outrider mix has written"}
	}
	return d, nil
}

// documentKeys lists the keys of a document and of what it holds. The decoder takes
// keys in other letters for the same, so that two of them could say two things to
// two readers.
var documentKeys = []string{
	"status", "value", "lower", "upper", "gap", "method", "exact", "planner_mix", "attacker_mix", "seconds",
	"mu", "posts", "node_values", "policy", "ambush", "tours", "bits", "proof",
	"kind", "assumptions", "notes", "instance_sha256", "instance_file", "instance",
	"path", "prob", "posted", "movement", "edge", "zone", "edges", "amount",
	"cuts", "tree", "with", "without", "weights", "limit", "entry_lower", "entry_upper",
}

// knownKeys passes over a value of a document and refuses keys that are not known
// letter by letter. named says that the keys of this object are names of nodes.
func knownKeys(s *scan.Scanner, depth int, named bool) error {
	if depth > scan.MostDepth {
		return s.Skip(depth)
	}
	switch s.Peek() {
	case '{':
		return s.Object("", func(key []byte) error {
			name := string(key)
			if !named && !slices.Contains(documentKeys, name) {
				return s.Fail(fmt.Sprintf("the key %q is not known here", key), "give what outrider mix has written")
			}
			if depth == 0 && name == "instance" {
				return scan.Within(name, s.Skip(depth+1))
			}
			byNode := depth == 0 && (name == "node_values" || name == "policy" || name == "ambush")
			return scan.Within(name, knownKeys(s, depth+1, byNode))
		})
	case '[':
		return s.List("", func(int) error { return knownKeys(s, depth+1, false) })
	}
	return s.Skip(depth)
}

// Result returns the answer in numbers of the instance. It fails where the
// document names what the instance does not have. Value, Gap, Kind and Hash are
// the document's own.
func (d *Document) Result(in *Instance) (*Result, error) {
	m, err := namesOf(in)
	if err != nil {
		return nil, err
	}
	r := &Result{
		Status: d.Status, Method: d.Method, Exact: d.Exact, Assumptions: d.Assumptions, Notes: d.Notes,
		Mu: d.Mu, Tours: d.Tours, Bits: d.Bits, Proof: d.Proof, Lower: math.NaN(), Upper: math.NaN(),
	}
	if d.Lower != nil {
		r.Lower = *d.Lower
	}
	if d.Upper != nil {
		r.Upper = *d.Upper
	}
	for i, route := range d.PlannerMix {
		place := fmt.Sprintf("planner_mix[%d]", i)
		edges, err := m.edgesOf(route.Path)
		if err != nil {
			return nil, scan.Within(place+".path", err)
		}
		out := Route{Edges: edges, Prob: route.Prob}
		if route.Posted != nil {
			if out.Posted, err = m.edgesOf(*route.Posted); err != nil {
				return nil, scan.Within(place+".posted", err)
			}
		}
		switch {
		case route.Movement != nil:
			out.Movement = *route.Movement
		case in.Kind == EdgeMultiMovement:
			return nil, wrong(place+".movement", "it is missing", "give what outrider mix has written")
		}
		r.Planner = append(r.Planner, out)
	}
	for i, pick := range d.AttackerMix {
		a, err := m.attack(pick)
		if err != nil {
			return nil, scan.Within(fmt.Sprintf("attacker_mix[%d]", i), err)
		}
		r.Attacker = append(r.Attacker, a)
	}
	for i, post := range d.Posts {
		e, err := m.edgesOf([]ID{post.Edge})
		if err != nil {
			return nil, scan.Within(fmt.Sprintf("posts[%d].edge", i), err)
		}
		r.Posts = append(r.Posts, Post{Edge: e[0], Amount: post.Amount})
	}
	if d.NodeValues != nil {
		r.NodeValues = make([]float64, len(in.Nodes))
		for v := range r.NodeValues {
			r.NodeValues[v] = math.NaN()
		}
		for name, x := range d.NodeValues {
			v, ok := m.node[name]
			if !ok {
				return nil, wrong("node_values", fmt.Sprintf("there is no node %q", name), "see that result and instance belong together")
			}
			if x != nil {
				r.NodeValues[v] = *x
			}
		}
	}
	if r.Policy, err = m.shares(d.Policy); err != nil {
		return nil, scan.Within("policy", err)
	}
	if r.Ambush, err = m.shares(d.Ambush); err != nil {
		return nil, scan.Within("ambush", err)
	}
	return r, nil
}

// names finds the numbers of ids.
type names struct {
	in         *Instance
	node, edge map[string]uint32
}

// namesOf fails where an id comes twice, which ReadInstance refuses, so that an
// answer could mean either.
func namesOf(in *Instance) (*names, error) {
	m := &names{in: in, node: make(map[string]uint32, len(in.Nodes)), edge: make(map[string]uint32, len(in.Edges))}
	for v, id := range in.Nodes {
		m.node[id.Text] = uint32(v)
	}
	for e, id := range in.Edges {
		m.edge[id.Text] = uint32(e)
	}
	const remedy = "give each an id of its own"
	if len(m.node) < len(in.Nodes) {
		return nil, wrong("nodes", "an id comes twice", remedy)
	}
	if len(m.edge) < len(in.Edges) {
		return nil, wrong("edges", "an id comes twice", remedy)
	}
	return m, nil
}

func (m *names) edgesOf(ids []ID) ([]uint32, error) {
	edges := make([]uint32, len(ids))
	for i, id := range ids {
		e, ok := m.edge[id.Text]
		if !ok || m.in.Edges[e] != id {
			return nil, wrong(fmt.Sprintf("[%d]", i), fmt.Sprintf("there is no edge %s", id), "see that result and instance belong together")
		}
		edges[i] = e
	}
	return edges, nil
}

func (m *names) attack(pick DocumentPick) (Attack, error) {
	a := Attack{Prob: pick.Prob}
	switch {
	case pick.Zone != nil && pick.Edge == nil && pick.Edges == nil:
		for z := range m.in.Zones {
			if m.in.Zones[z].ID == *pick.Zone {
				a.Zones = []uint32{uint32(z)}
				return a, nil
			}
		}
		return a, wrong("zone", fmt.Sprintf("there is no zone %s", *pick.Zone), "see that result and instance belong together")
	case pick.Zone == nil && pick.Edge != nil && pick.Edges == nil:
		pick.Edges = []ID{*pick.Edge}
	case pick.Zone == nil && pick.Edge == nil && pick.Edges != nil:
	default:
		return a, wrong("", "it must have one of edge, edges and zone", "give what outrider mix has written")
	}
	var err error
	a.Edges, err = m.edgesOf(pick.Edges)
	return a, err
}

func (m *names) shares(byName map[string][]DocumentShare) ([][]Share, error) {
	if byName == nil {
		return nil, nil
	}
	all := make([][]Share, len(m.in.Nodes))
	for name, list := range byName {
		v, ok := m.node[name]
		if !ok {
			return nil, wrong("", fmt.Sprintf("there is no node %q", name), "see that result and instance belong together")
		}
		for _, s := range list {
			e, err := m.edgesOf([]ID{s.Edge})
			if err != nil {
				return nil, err
			}
			all[v] = append(all[v], Share{Edge: e[0], Prob: s.Prob})
		}
	}
	return all, nil
}

//go:embed instance.schema.json
var instanceSchema []byte

//go:embed result.schema.json
var resultSchema []byte

// InstanceSchema returns the JSON Schema (draft 2020-12) of instances.
func InstanceSchema() []byte { return bytes.Clone(instanceSchema) }

// ResultSchema returns the JSON Schema (draft 2020-12) of answers.
func ResultSchema() []byte { return bytes.Clone(resultSchema) }
