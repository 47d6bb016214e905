package osmtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/osm"
)

// copyStep is what the ids of each copy are higher by than those of the one
// before.
const copyStep = 10_000_000_000

// margin is the gap between copies, in units of 1e-7 degree.
const margin = 100_000

// Copies writes n copies of the extract src as one PBF file, so that growth can
// be measured. Copy k has ids higher by k·10¹⁰ and lies beside the others: copy 0
// in its place, the next ones east of it on the same latitudes as far as there is
// room short of the antimeridian, then west of it, then in rows further
// north and south. The file is sorted like src within the copies, and holds first
// all nodes, then all ways, then all relations. It fails when the world has no
// room for n copies.
func Copies(dst, src string, n int) (err error) {
	all, err := load(src)
	if err != nil {
		return err
	}
	shifts, err := places(all.box, n)
	if err != nil {
		return fmt.Errorf("%d copies of %s: %w", n, src, err)
	}
	out, err := os.Create(dst)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	buffered := bufio.NewWriterSize(out, 1<<20)
	w := newWriter(buffered, Encoding{Optional: []string{"Sort.Type_then_ID"}}, all.date)
	box := geo.EmptyBox()
	for _, s := range shifts {
		box = box.Union(geo.Box{Min: moved(all.box.Min, s), Max: moved(all.box.Max, s)})
	}
	w.header([]int32{box.Min.Lat, box.Min.Lon, box.Max.Lat, box.Max.Lon}, all.date)
	for k, s := range shifts {
		for _, v := range all.nodes {
			at := moved(geo.Point{Lat: v.lat, Lon: v.lon}, s)
			v.id, v.lat, v.lon = v.id+int64(k)*copyStep, at.Lat, at.Lon
			w.node(v)
		}
	}
	w.flush()
	for k := range shifts {
		for _, v := range all.ways {
			refs := make([]int64, len(v.refs))
			for i, r := range v.refs {
				refs[i] = r + int64(k)*copyStep
			}
			v.id, v.refs = v.id+int64(k)*copyStep, refs
			w.way(v)
		}
	}
	w.flush()
	for k := range shifts {
		for _, v := range all.relations {
			members := make([]Member, len(v.members))
			for i, m := range v.members {
				m.ID += int64(k) * copyStep
				members[i] = m
			}
			v.id, v.members = v.id+int64(k)*copyStep, members
			w.relation(v)
		}
	}
	w.flush()
	return errors.Join(w.err, buffered.Flush())
}

func moved(p, by geo.Point) geo.Point { return geo.Point{Lat: p.Lat + by.Lat, Lon: p.Lon + by.Lon} }

// places returns how far each copy is moved.
func places(box geo.Box, n int) ([]geo.Point, error) {
	const north, south, east, west = 850_000_000, -850_000_000, 1_800_000_000, -1_800_000_000
	if n < 1 {
		return nil, errors.New("there must be at least one")
	}
	width := int64(box.Max.Lon) - int64(box.Min.Lon) + margin
	height := int64(box.Max.Lat) - int64(box.Min.Lat) + margin
	var columns []int64
	for x := int64(0); int64(box.Max.Lon)+x <= east; x += width {
		columns = append(columns, x)
	}
	for x := -width; int64(box.Min.Lon)+x >= west; x -= width {
		columns = append(columns, x)
	}
	var rows []int64
	for y := int64(0); y == 0 || int64(box.Max.Lat)+y <= north; y += height {
		rows = append(rows, y)
	}
	for y := -height; int64(box.Min.Lat)+y >= south; y -= height {
		rows = append(rows, y)
	}
	var shifts []geo.Point
	for _, y := range rows {
		for _, x := range columns {
			if len(shifts) == n {
				return shifts, nil
			}
			shifts = append(shifts, geo.Point{Lat: int32(y), Lon: int32(x)})
		}
	}
	if len(shifts) < n {
		return nil, fmt.Errorf("the world has room for %d", len(shifts))
	}
	return shifts, nil
}

// An extract is all objects of a file.
type extract struct {
	nodes     []node
	ways      []way
	relations []relation
	box       geo.Box
	date      int64
}

// load reads all of a file, in file order.
func load(path string) (*extract, error) {
	f, err := osm.Open(path)
	if err != nil {
		return nil, err
	}
	e := &extract{box: geo.EmptyBox()}
	texts := map[string]string{} // keys and values come again and again
	err = f.Scan(context.Background(), osm.Scan{Want: osm.Everything}, func(_ int, b *osm.Block) error {
		e.add(b, texts)
		return nil
	})
	e.date = f.Header.ReplicationTimestamp
	if e.date == 0 {
		e.date = f.Newest()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if e.box.Empty() {
		return nil, fmt.Errorf("%s: no nodes to copy", path)
	}
	return e, nil
}

func (e *extract) add(b *osm.Block, texts map[string]string) {
	text := func(i uint32) string {
		s, ok := texts[string(b.String(i))]
		if !ok {
			s = string(b.String(i))
			texts[s] = s
		}
		return s
	}
	tags := func(offsets []uint32, i int) []string {
		if len(offsets) == 0 {
			return nil
		}
		var t []string
		for j := offsets[i]; j < offsets[i+1]; j++ {
			t = append(t, text(b.Key[j]), text(b.Val[j]))
		}
		return t
	}
	for i, id := range b.NodeID {
		e.box = e.box.Extend(geo.Point{Lat: b.NodeLat[i], Lon: b.NodeLon[i]})
		e.nodes = append(e.nodes, node{id: id, lat: b.NodeLat[i], lon: b.NodeLon[i], tags: tags(b.NodeTag, i)})
	}
	for i, id := range b.WayID {
		refs := append([]int64(nil), b.Ref[b.WayRef[i]:b.WayRef[i+1]]...)
		e.ways = append(e.ways, way{id: id, refs: refs, tags: tags(b.WayTag, i)})
	}
	for i, id := range b.RelID {
		var members []Member
		for j := b.RelMember[i]; j < b.RelMember[i+1]; j++ {
			members = append(members, Member{Kind(b.MemberType[j]), b.MemberID[j], text(b.MemberRole[j])})
		}
		e.relations = append(e.relations, relation{id: id, members: members, tags: tags(b.RelTag, i)})
	}
}
