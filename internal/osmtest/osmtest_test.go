package osmtest

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/outrider-project/outrider/osm"
)

// small is an extract with a bit of everything.
func small() *Builder {
	return new(Builder).
		Node(1, 39, -75, "highway", "traffic_signals").
		Node(2, 39.001, -75.001).
		Node(3, 39.5, -74.75).
		Way(7, []int64{1, 2, 3, 1}, "highway", "primary", "name", "Main & \"Market\" Street").
		Relation(9, []Member{{Way, 7, "outer"}, {Node, 3, ""}}, "type", "multipolygon")
}

// TestCopies: every copy has the same objects under its own ids, in sorted
// order, at places of its own.
func TestCopies(t *testing.T) {
	dir := t.TempDir()
	src, dst := filepath.Join(dir, "src.osm.pbf"), filepath.Join(dir, "dst.osm.pbf")
	if err := small().WritePBF(src); err != nil {
		t.Fatal(err)
	}
	const n = 30
	if err := Copies(dst, src, n); err != nil {
		t.Fatal(err)
	}
	f, err := osm.Open(dst)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !f.Header.Sorted {
		t.Error("not marked as sorted")
	}
	var nodes, ways, relations, refs, members []int64
	places := map[[2]int32]bool{}
	err = f.Scan(context.Background(), osm.Scan{Want: osm.Everything}, func(_ int, b *osm.Block) error {
		nodes, ways, relations = append(nodes, b.NodeID...), append(ways, b.WayID...), append(relations, b.RelID...)
		refs, members = append(refs, b.Ref...), append(members, b.MemberID...)
		for i := range b.NodeID {
			places[[2]int32{b.NodeLat[i], b.NodeLon[i]}] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(nodes) != 3*n || len(ways) != n || len(relations) != n || len(refs) != 4*n || len(members) != 2*n || len(places) != 3*n {
		t.Fatalf("%d nodes, %d ways, %d relations, %d refs, %d members, %d places", len(nodes), len(ways), len(relations), len(refs), len(members), len(places))
	}
	if !slices.IsSorted(nodes) || !slices.IsSorted(ways) || !slices.IsSorted(relations) {
		t.Error("not sorted")
	}
	for k := range int64(n) {
		if base := k * 10_000_000_000; nodes[3*k] != base+1 || ways[k] != base+7 || refs[4*k+2] != base+3 || members[2*k] != base+7 {
			t.Errorf("copy %d: node %d, way %d, ref %d, member %d", k, nodes[3*k], ways[k], refs[4*k+2], members[2*k])
		}
	}
}

// TestCopiesNoRoom refuses more copies than the world holds.
func TestCopiesNoRoom(t *testing.T) {
	dir := t.TempDir()
	src := filepath.Join(dir, "src.osm.pbf")
	if err := new(Builder).Node(1, -80, -170).Node(2, 80, 170).WritePBF(src); err != nil {
		t.Fatal(err)
	}
	if err := Copies(filepath.Join(dir, "dst.osm.pbf"), src, 2); err == nil {
		t.Error("two copies of the whole world were written")
	}
}

// TestInexpressible: a position that the granularity cannot express is an error.
func TestInexpressible(t *testing.T) {
	b := new(Builder).NodeE7(1, 15, 20)
	b.Encoding.Granularity = 1000
	if _, err := b.PBF(); err == nil {
		t.Error("1.5e-6 degree was written in units of 1e-6")
	}
}
