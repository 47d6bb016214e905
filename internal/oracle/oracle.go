// Package oracle answers, from raw OpenStreetMap data and by other code, the
// questions that the network answers: which ways carry whom how fast, what turn
// restrictions forbid, and how long the fastest drive takes. It was written from
// docs/network.md and shares no code with what it checks: its graph is made of
// single segments between neighbouring nodes, nothing is joined or folded, and
// restrictions are followed rule by rule along the drive. It is deliberately
// plain and slow; tests compare the two.
package oracle

import (
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	osm "github.com/paulmach/osm"
	"github.com/paulmach/osm/osmpbf"
	"github.com/paulmach/osm/osmxml"
)

// Class is a class of vehicle.
type Class uint8

// The classes of vehicle.
const (
	Car Class = iota
	Truck
	Bus
	Emergency
	classes
)

// A Net is the road network of one extract, segment by segment.
type Net struct {
	Ways      []Way
	Segments  []Segment
	Relations []Relation // every turn restriction in the extract, in its order
	// Tied says that two sets of open ways have most chains, or that none has more
	// than one. docs/network.md does not say which of them is the main one then, so
	// parts cannot be compared.
	Tied bool

	nodes   []node
	out     [][]Edge           // edges that leave a node
	pairs   map[Edge][]pair    // rules about the turn that follows an edge
	courses map[Edge][]*course // rules over via ways that begin with an edge
	part    []int32            // per segment: the part for those with business there, -1 none
}

// A Way is a way that some class of vehicle may use.
type Way struct {
	ID    int64
	Refs  []int64
	Ferry bool
	// Per direction, along and against the way:
	Access [2][classes]Permission
	KMH    [2]float64
	Limits [2]Limits
}

// A Segment joins two nodes of a way that follow one another in it.
type Segment struct {
	Way    int // index into Net.Ways
	At     int // position of its first node in Way.Refs
	Metres float64

	ends [2]int32 // nodes, in the way's order
}

// An Edge is a segment in one direction: 2*segment along the way, 2*segment+1
// against it.
type Edge int32

// Segment returns the number of the edge's segment.
func (e Edge) Segment() int { return int(e / 2) }

// Against reports whether the edge runs against its way.
func (e Edge) Against() bool { return e&1 == 1 }

// Reverse returns the edge back along the same segment.
func (e Edge) Reverse() Edge { return e ^ 1 }

// node is a node of some used way.
type node struct {
	id       int64
	lat, lon float64 // degrees
	ends     int     // ends of segments here
	barrier  *[classes]Permission
	cut      bool // chains end here
}

// Ends returns the OSM ids of the nodes where the edge begins and ends.
func (n *Net) Ends(e Edge) (from, to int64) {
	return n.nodes[n.tail(e)].id, n.nodes[n.head(e)].id
}

// Degrees returns where the edge begins and ends.
func (n *Net) Degrees(e Edge) (from, to [2]float64) {
	a, b := n.nodes[n.tail(e)], n.nodes[n.head(e)]
	return [2]float64{a.lat, a.lon}, [2]float64{b.lat, b.lon}
}

// Part returns the number of the part for those with business there that a
// segment lies in, -1 if in none.
func (n *Net) Part(segment int) int { return int(n.part[segment]) }

func (n *Net) tail(e Edge) int32 { return n.Segments[e/2].ends[e&1] }
func (n *Net) head(e Edge) int32 { return n.Segments[e/2].ends[e&1^1] }
func (n *Net) way(e Edge) *Way   { return &n.Ways[n.Segments[e/2].Way] }

// usableByAny reports whether some class may drive along the edge.
func (n *Net) usableByAny(e Edge) bool {
	for _, p := range n.way(e).Access[e&1] {
		if p != Forbidden {
			return true
		}
	}
	return false
}

// raw is what is kept of an extract.
type raw struct {
	nodes     map[int64][2]float64
	barriers  map[int64]tags
	ways      []*osm.Way
	relations []*osm.Relation
}

// Read makes a Net of an extract: *.pbf, or XML as *.osm, *.gz or *.bz2. It keeps
// all of it in memory.
func Read(ctx context.Context, path string) (*Net, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open extract: %w", err)
	}
	r, err := scan(ctx, f, path)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read extract %s: %w", path, err)
	}
	return r.net(), nil
}

func scan(ctx context.Context, f io.Reader, path string) (r *raw, err error) {
	var s osm.Scanner
	in := bufio.NewReader(f)
	switch {
	case strings.HasSuffix(path, ".pbf"):
		s = osmpbf.New(ctx, in, 1)
	case strings.HasSuffix(path, ".gz"):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		s = osmxml.New(ctx, z)
	case strings.HasSuffix(path, ".bz2"):
		s = osmxml.New(ctx, bzip2.NewReader(in))
	default:
		s = osmxml.New(ctx, in)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r = &raw{nodes: map[int64][2]float64{}, barriers: map[int64]tags{}}
	seenWay, seenRelation := map[int64]bool{}, map[int64]bool{}
	for s.Scan() {
		switch o := s.Object().(type) {
		case *osm.Node:
			if _, again := r.nodes[int64(o.ID)]; again {
				continue
			}
			r.nodes[int64(o.ID)] = [2]float64{o.Lat, o.Lon}
			if o.Tags.HasTag("barrier") {
				r.barriers[int64(o.ID)] = o.Tags.Map()
			}
		case *osm.Way:
			if !seenWay[int64(o.ID)] && (o.Tags.HasTag("highway") || o.Tags.HasTag("route")) {
				r.ways = append(r.ways, o)
			}
			seenWay[int64(o.ID)] = true
		case *osm.Relation:
			kind := o.Tags.Find("type")
			if !seenRelation[int64(o.ID)] && (kind == "restriction" || strings.HasPrefix(kind, "restriction:")) {
				r.relations = append(r.relations, o)
			}
			seenRelation[int64(o.ID)] = true
		}
	}
	return r, s.Err()
}

// net makes segments of the ways that are used, then what depends on them.
func (r *raw) net() *Net {
	n := &Net{pairs: map[Edge][]pair{}, courses: map[Edge][]*course{}}
	index := map[int64]int32{}
	at := func(id int64) int32 {
		i, ok := index[id]
		if !ok {
			i = int32(len(n.nodes))
			index[id] = i
			p := r.nodes[id]
			n.nodes = append(n.nodes, node{id: id, lat: p[0], lon: p[1]})
		}
		return i
	}
	for _, w := range r.ways {
		refs := make([]int64, len(w.Nodes))
		for i, x := range w.Nodes {
			refs[i] = int64(x.ID)
		}
		way, ok := readWay(w.Tags.Map(), refs)
		if !ok {
			continue
		}
		way.ID, way.Refs = int64(w.ID), refs
		before, whole, metres := len(n.Segments), len(refs) > 0, 0.0
		for i := 1; i < len(refs); i++ {
			p, okP := r.nodes[refs[i-1]]
			q, okQ := r.nodes[refs[i]]
			whole = whole && okP && okQ
			if !okP || !okQ || refs[i-1] == refs[i] {
				continue
			}
			s := Segment{Way: len(n.Ways), At: i - 1, Metres: distance(p, q)}
			s.ends = [2]int32{at(refs[i-1]), at(refs[i])}
			metres += s.Metres
			n.Segments = append(n.Segments, s)
		}
		if len(n.Segments) == before {
			continue
		}
		if way.Ferry && whole {
			way.ferrySpeed(w.Tags.Find("duration"), metres)
		}
		n.Ways = append(n.Ways, way)
	}
	n.out = make([][]Edge, len(n.nodes))
	for e := range Edge(2 * len(n.Segments)) {
		n.out[n.tail(e)] = append(n.out[n.tail(e)], e)
		n.nodes[n.tail(e)].ends++
	}
	for i := range n.nodes {
		if t, ok := r.barriers[n.nodes[i].id]; ok {
			n.nodes[i].barrier = barrierAccess(t)
		}
	}
	n.restrict(r.relations, index)
	n.findParts()
	return n
}
