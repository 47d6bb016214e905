// Package osmtest makes OpenStreetMap extracts for tests: small ones put together
// by hand, with every way of encoding them that a decoder has to understand, and
// renumbered copies of a real one for measuring growth.
package osmtest

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"fmt"
	"math"
	"os"
	"strings"
	"time"
)

// A Kind is a kind of OpenStreetMap object.
type Kind uint8

// The kinds of object, numbered as in the PBF format.
const (
	Node Kind = iota
	Way
	Relation
)

// String returns the kind's name in OSM XML.
func (k Kind) String() string { return [...]string{"node", "way", "relation"}[k] }

// A Member is one member of a relation.
type Member struct {
	Kind Kind
	ID   int64
	Role string
}

// A Builder collects the objects of a hand-made extract and writes them as PBF
// or XML. The zero value is an empty extract with the usual encoding: sorted by
// nothing but the order of the calls within each kind, dense nodes, zlib,
// 8,000 objects a block. Set the fields before writing for anything else.
type Builder struct {
	// Replication is the data date in the PBF header or the XML root, in Unix
	// seconds; 0 leaves it out.
	Replication int64
	// Timestamp is the time of last edit given to every object, in Unix seconds;
	// 0 leaves metadata out.
	Timestamp int64
	// Encoding says how PBF is written.
	Encoding Encoding

	nodes     []node
	ways      []way
	relations []relation
	last      *bool
}

type node struct {
	id       int64
	lat, lon int32
	tags     []string
	hidden   bool
}

type way struct {
	id     int64
	refs   []int64
	tags   []string
	hidden bool
}

type relation struct {
	id      int64
	members []Member
	tags    []string
	hidden  bool
}

// Node adds a node at a position in degrees, with tags as key, value, key, value…
// It panics on an odd number of tag strings, as the other methods do.
func (b *Builder) Node(id int64, lat, lon float64, tags ...string) *Builder {
	return b.NodeE7(id, int32(math.Round(lat*1e7)), int32(math.Round(lon*1e7)), tags...)
}

// NodeE7 adds a node at a position in units of 1e-7 degree.
func (b *Builder) NodeE7(id int64, lat, lon int32, tags ...string) *Builder {
	b.nodes = append(b.nodes, node{id: id, lat: lat, lon: lon, tags: pairs(tags)})
	b.last = &b.nodes[len(b.nodes)-1].hidden
	return b
}

// Way adds a way through the nodes with the given ids.
func (b *Builder) Way(id int64, refs []int64, tags ...string) *Builder {
	b.ways = append(b.ways, way{id: id, refs: append([]int64(nil), refs...), tags: pairs(tags)})
	b.last = &b.ways[len(b.ways)-1].hidden
	return b
}

// Relation adds a relation.
func (b *Builder) Relation(id int64, members []Member, tags ...string) *Builder {
	b.relations = append(b.relations, relation{id: id, members: append([]Member(nil), members...), tags: pairs(tags)})
	b.last = &b.relations[len(b.relations)-1].hidden
	return b
}

// Deleted marks the object added last as a deleted version (visible=false).
func (b *Builder) Deleted() *Builder {
	*b.last = true
	return b
}

func pairs(tags []string) []string {
	if len(tags)%2 != 0 {
		panic(fmt.Sprintf("osmtest: %d tag strings are no list of pairs: %q", len(tags), tags))
	}
	return append([]string(nil), tags...)
}

// WritePBF writes the extract as OSM PBF.
func (b *Builder) WritePBF(path string) error {
	data, err := b.PBF()
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// WriteXML writes the extract as OSM XML, packed with gzip when the name ends in
// ".gz".
func (b *Builder) WriteXML(path string) error {
	data := b.XML()
	if strings.HasSuffix(path, ".gz") {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write(data); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		data = packed.Bytes()
	}
	return os.WriteFile(path, data, 0o644)
}

// XML returns the extract as OSM XML.
func (b *Builder) XML() []byte {
	var x bytes.Buffer
	x.WriteString("<?xml version='1.0' encoding='UTF-8'?>\n<osm version=\"0.6\" generator=\"osmtest\"")
	if b.Replication != 0 {
		fmt.Fprintf(&x, " osmosis_replication_timestamp=%q", rfc3339(b.Replication))
	}
	x.WriteString(">\n")
	if len(b.nodes) > 0 {
		minLat, minLon, maxLat, maxLon := b.bounds()
		fmt.Fprintf(&x, "  <bounds minlat=%q minlon=%q maxlat=%q maxlon=%q/>\n", e7(minLat), e7(minLon), e7(maxLat), e7(maxLon))
	}
	for _, n := range b.nodes {
		fmt.Fprintf(&x, "  <node id=\"%d\"%s lat=%q lon=%q", n.id, b.meta(n.hidden), e7(n.lat), e7(n.lon))
		if len(n.tags) == 0 {
			x.WriteString("/>\n")
			continue
		}
		x.WriteString(">\n")
		xmlTags(&x, n.tags)
		x.WriteString("  </node>\n")
	}
	for _, w := range b.ways {
		fmt.Fprintf(&x, "  <way id=\"%d\"%s>\n", w.id, b.meta(w.hidden))
		for _, r := range w.refs {
			fmt.Fprintf(&x, "    <nd ref=\"%d\"/>\n", r)
		}
		xmlTags(&x, w.tags)
		x.WriteString("  </way>\n")
	}
	for _, r := range b.relations {
		fmt.Fprintf(&x, "  <relation id=\"%d\"%s>\n", r.id, b.meta(r.hidden))
		for _, m := range r.members {
			fmt.Fprintf(&x, "    <member type=\"%s\" ref=\"%d\" role=\"%s\"/>\n", m.Kind, m.ID, escaped(m.Role))
		}
		xmlTags(&x, r.tags)
		x.WriteString("  </relation>\n")
	}
	x.WriteString("</osm>\n")
	return x.Bytes()
}

func (b *Builder) meta(hidden bool) string {
	var s string
	if b.Timestamp != 0 {
		s = fmt.Sprintf(" version=\"1\" timestamp=%q", rfc3339(b.Timestamp))
	}
	if hidden {
		s += ` visible="false"`
	}
	return s
}

// bounds returns the smallest box around the nodes.
func (b *Builder) bounds() (minLat, minLon, maxLat, maxLon int32) {
	minLat, minLon, maxLat, maxLon = math.MaxInt32, math.MaxInt32, math.MinInt32, math.MinInt32
	for _, n := range b.nodes {
		minLat, maxLat = min(minLat, n.lat), max(maxLat, n.lat)
		minLon, maxLon = min(minLon, n.lon), max(maxLon, n.lon)
	}
	return minLat, minLon, maxLat, maxLon
}

func rfc3339(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }

// e7 writes units of 1e-7 degree as exact degrees.
func e7(v int32) string {
	sign, u := "", int64(v)
	if u < 0 {
		sign, u = "-", -u
	}
	return fmt.Sprintf("%s%d.%07d", sign, u/1e7, u%1e7)
}

func xmlTags(x *bytes.Buffer, tags []string) {
	for i := 0; i < len(tags); i += 2 {
		fmt.Fprintf(x, "    <tag k=\"%s\" v=\"%s\"/>\n", escaped(tags[i]), escaped(tags[i+1]))
	}
}

func escaped(s string) string {
	var x bytes.Buffer
	if err := xml.EscapeText(&x, []byte(s)); err != nil {
		panic(err) // a bytes.Buffer does not fail
	}
	return x.String()
}
