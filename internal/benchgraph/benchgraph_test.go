package benchgraph

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/cch"
	"github.com/outrider-project/outrider/internal/testdata"
)

func bytesOf(v ...uint32) []byte {
	var out []byte
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, x)
	}
	return out
}

func write(t *testing.T, path string, src []byte) {
	t.Helper()
	if err := os.WriteFile(path, src, 0o600); err != nil {
		t.Fatal(err)
	}
}

// refused fails unless err is an *Error of that place whose cause has the words.
func refused(t *testing.T, what string, err error, place, cause string) {
	t.Helper()
	wrong, ok := errors.AsType[*Error](err)
	if !ok || !strings.HasSuffix(wrong.Place, place) || !strings.Contains(wrong.Cause, cause) || wrong.Remedy == "" {
		t.Errorf("%s: got %v, want %q at %s with a remedy", what, err, cause, place)
	}
}

const town = "c a town\np sp 4 5\na 3 4 7\na 1 2 5\na 1 3 9\na 2 3 3\n\na 1 2 6\n"

func TestDIMACS(t *testing.T) {
	name := filepath.Join(t.TempDir(), "town.gr")
	write(t, name, []byte(town))
	g, err := ReadDIMACS(name)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(g.FirstOut, []uint32{0, 3, 4, 5, 5}) || !slices.Equal(g.Head, []uint32{1, 2, 1, 2, 3}) ||
		!slices.Equal(g.Weight, []uint32{5, 9, 6, 3, 7}) || g.First != 1 || g.Located {
		t.Errorf("read %+v", g)
	}
	beside := strings.TrimSuffix(name, "gr") + "co"
	write(t, beside, []byte("p aux sp co 4\nv 1 -75 39\nv 2 1 1\nv 4 0 0\nv 3 0 0\n"))
	if g, err = ReadDIMACS(name); err != nil || !g.Located {
		t.Errorf("with coordinates: %v", err)
	}
	for src, want := range map[string][2]string{
		"p aux sp co 3\n":                     {".co:1", "no head for 4 nodes"},
		"v 5 0 0\n":                           {".co:1", "node 5 is there twice, or not one of 4"},
		"v 1 0 0\nv 1 0 0\n":                  {".co:2", "node 1 is there twice"},
		"v 1 0 east\n":                        {".co:1", "no coordinate"},
		"p aux sp co 4\nv 1 0 0\n":            {".co", "1 coordinates for 4 nodes"},
		"c only words\nnothing of the kind\n": {".co:2", "neither comment"},
	} {
		write(t, beside, []byte(src))
		_, err := ReadDIMACS(name)
		refused(t, src, err, want[0], want[1])
	}
}

func TestDIMACSRefuses(t *testing.T) {
	for src, want := range map[string][2]string{
		"":                                  {"x.gr", "no head"},
		"p sp 2\n":                          {"x.gr:1", "no head of a graph"},
		"p sp 2 1\np sp 2 1\n":              {"x.gr:2", "not the first"},
		"a 1 2 3\n":                         {"x.gr:1", "before the head"},
		"p sp 2 1\na 1 2\n":                 {"x.gr:2", "is no arc"},
		"p sp 2 1\n\na 1 3 4\n":             {"x.gr:3", "from 1 to 3: nodes are numbered from 1 to 2"},
		"p sp 2 1\na 0 1 4\n":               {"x.gr:2", "from 0 to 1"},
		"p sp 2 1\na 1 2 -4\n":              {"x.gr:2", "is no arc"},
		"p sp 2 1\na 1 2 4294967296\n":      {"x.gr:2", "is no arc"},
		"p sp 2 1\na 1 2 99999999999\n":     {"x.gr:2", "is no arc"},
		"p sp 2 2\na 1 2 4\n":               {"x.gr", "1 arcs, its head says 2"},
		"p sp 4000000000 0\n":               {"x.gr:1", "4000000000 nodes in a file of 18 bytes"},
		"p sp 2 0\n":                        {"x.gr", "no arc"},
		"p sp 0 0\n":                        {"x.gr", "no node"},
		"<html>\n":                          {"x.gr:1", "neither comment"},
		strings.Repeat("words ", 40) + "\n": {"x.gr:1", "neither comment"},
	} {
		_, err := parseDIMACS("x.gr", []byte(src))
		refused(t, src, err, want[0], want[1])
	}
}

func TestVectors(t *testing.T) {
	folder := t.TempDir()
	_, err := ReadVectors(folder, "travel_time")
	refused(t, "empty folder", err, folder, "no first_out")
	for name, v := range map[string][]uint32{"first_out": {0, 2, 2}, "head": {1, 0}, "travel_time": {5, 6}, "short": {5}} {
		write(t, filepath.Join(folder, name), bytesOf(v...))
	}
	g, err := ReadVectors(folder, "travel_time")
	if err != nil || !slices.Equal(g.Weight, []uint32{5, 6}) || g.First != 0 || g.Located {
		t.Errorf("read %+v, %v", g, err)
	}
	_, err = ReadVectors(folder, "geo_distance")
	refused(t, "missing weights", err, folder, "no geo_distance")
	_, err = ReadVectors(folder, "short")
	refused(t, "other weights", err, folder, "1 weights for 2 arcs")
	write(t, filepath.Join(folder, "latitude"), bytesOf(0, 0))
	write(t, filepath.Join(folder, "longitude"), bytesOf(0))
	_, err = ReadVectors(folder, "travel_time")
	refused(t, "other coordinates", err, "longitude", "4 bytes for 2 nodes")
	write(t, filepath.Join(folder, "longitude"), bytesOf(0, 0))
	if g, err = ReadVectors(folder, "travel_time"); err != nil || !g.Located {
		t.Errorf("with coordinates: %v", err)
	}
	write(t, filepath.Join(folder, "head"), bytesOf(1, 2))
	_, err = ReadVectors(folder, "travel_time")
	refused(t, "head out of range", err, folder, "leads to node 2")
	write(t, filepath.Join(folder, "head"), []byte("seven b"))
	_, err = ReadVectors(folder, "travel_time")
	refused(t, "cut off", err, "head", "7 bytes")
	if _, err := readVector(filepath.Join(folder, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestVectorsAreReadAgain writes a graph of turns and reads it.
func TestVectorsAreReadAgain(t *testing.T) {
	g := FromArcs(3, []uint32{2, 0, 0}, []uint32{0, 1, 2}, []uint32{7, 8, cch.Inf})
	folder := t.TempDir()
	save := func() {
		for _, v := range g.Vectors() {
			write(t, filepath.Join(folder, v.Name), v.Bytes)
		}
	}
	save()
	got, err := ReadVectors(folder, "travel_time")
	if err != nil || !slices.Equal(got.FirstOut, g.FirstOut) || !slices.Equal(got.Head, g.Head) || !slices.Equal(got.Weight, g.Weight) || got.Located {
		t.Errorf("read %+v, %v", got, err)
	}
	refused(t, "no groups", ReadGroups(folder, got), folder, "no group in it")
	g.Group, g.Latitude, g.Longitude = []uint32{1, 0, 1}, []float32{1, -2, 0.5}, []float32{3, 4, 5}
	save()
	if got, err = ReadVectors(folder, "travel_time"); err != nil || !got.Located {
		t.Errorf("with coordinates: %v", err)
	}
	if err := ReadGroups(folder, got); err != nil || !slices.Equal(got.Group, g.Group) {
		t.Errorf("groups %v, %v", got.Group, err)
	}
	latitude, err := readVector(filepath.Join(folder, "latitude"))
	if err != nil || !slices.Equal(latitude, []uint32{0x3f800000, 0xc0000000, 0x3f000000}) {
		t.Errorf("latitudes %x, %v", latitude, err)
	}
	for want, group := range map[string][]uint32{"2 entries for 3": {0, 1}, "node 1 is of group 3": {0, 3, 1}} {
		write(t, filepath.Join(folder, "group"), bytesOf(group...))
		refused(t, want, ReadGroups(folder, got), "group", want)
	}
}

func TestOrders(t *testing.T) {
	for _, first := range []uint32{0, 1} {
		g := FromArcs(4, []uint32{0, 1}, []uint32{1, 2}, []uint32{1, 1})
		g.First = first
		name := filepath.Join(t.TempDir(), "order")
		want := []uint32{2, 0, 3, 1}
		write(t, name, OrderBytes(want, g))
		if got, err := ReadOrder(name, g); err != nil || !slices.Equal(got, want) {
			t.Errorf("first %d: written and read again: %v, %v", first, got, err)
		}
		write(t, name, bytesOf(want...))
		if got, err := ReadOrder(name, g); err != nil || !slices.Equal(got, want) {
			t.Errorf("first %d: numbered from 0: %v, %v", first, got, err)
		}
	}
	g := FromArcs(3, nil, nil, nil)
	for want, order := range map[string][]uint32{
		"2 entries for 3":         {0, 1},
		"entry 1 is node 3 of 3":  {0, 3, 1},
		"twice, at ranks 0 and 2": {1, 2, 1},
	} {
		refused(t, want, placeOrder("order", order, g), "order", want)
	}
}

func TestPairs(t *testing.T) {
	g := FromArcs(3, nil, nil, nil)
	g.First = 1
	name := filepath.Join(t.TempDir(), "pairs")
	write(t, name, []byte("c comment\n1 3\n\n 2\t2 \r\n"))
	if got, err := ReadPairs(name, g); err != nil || !slices.Equal(got, []Pair{{0, 2}, {1, 1}}) {
		t.Errorf("read %v, %v", got, err)
	}
	for src, want := range map[string][2]string{
		"":             {"pairs", "no pair"},
		"1 2\n1 4\n":   {"pairs:2", "numbered from 1 to 3"},
		"0 1\n":        {"pairs:1", "numbered from 1 to 3"},
		"1 2 3\n":      {"pairs:1", "no pair of nodes"},
		"1 two\n":      {"pairs:1", "no pair of nodes"},
		"1 -2\n1 99\n": {"pairs:1", "no pair of nodes"},
	} {
		write(t, name, []byte(src))
		_, err := ReadPairs(name, g)
		refused(t, src, err, want[0], want[1])
	}
	if got := string(DistanceText([]uint32{0, cch.Inf - 1, cch.Inf, 1<<32 - 1})); got != "0\n2147483646\ninf\ninf\n" {
		t.Errorf("distances %q", got)
	}
	seen := map[Pair]int{}
	for _, p := range RandomPairs(rand.New(rand.NewPCG(1, 2)), g, 900) {
		seen[p]++
	}
	for p, n := range seen {
		if n < 50 {
			t.Errorf("pair %v was drawn %d times of 900, expected about 100", p, n)
		}
	}
	if len(seen) != 9 {
		t.Errorf("%d different pairs of 3 nodes, want 9", len(seen))
	}
}

// TestDijkstraIsBellmanFord compares all pairs of random graphs.
func TestDijkstraIsBellmanFord(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		n := 1 + rng.IntN(20)
		var tail, head, weight []uint32
		for range rng.IntN(60) {
			tail, head = append(tail, rng.Uint32N(uint32(n))), append(head, rng.Uint32N(uint32(n)))
			w := rng.Uint32N(10)
			if rng.IntN(8) == 0 {
				w = cch.Inf - 5 + rng.Uint32N(10)
			}
			weight = append(weight, w)
		}
		d := NewDijkstra(FromArcs(n, tail, head, weight))
		for s := range n {
			far := make([]uint64, n)
			for v := range far {
				far[v] = uint64(cch.Inf)
			}
			far[s] = 0
			for range n {
				for a := range tail {
					far[head[a]] = min(far[head[a]], far[tail[a]]+uint64(weight[a]))
				}
			}
			for v, want := range far {
				if got := d.Distance(uint32(s), uint32(v)); uint64(got) != want {
					t.Fatalf("%d to %d: %d, want %d", s, v, got, want)
				}
			}
		}
	}
}

// TestReferenceQueries answers some of the queries that come with a graph.
func TestReferenceQueries(t *testing.T) {
	folder := testdata.Graph(t, "luxembourg")
	column := func(name string) []uint32 {
		v, err := readVector(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	source, target := column("source_node"), column("target_node")
	for _, weights := range []string{"travel_time", "geo_distance"} {
		g, err := ReadVectors(folder, weights)
		if err != nil {
			t.Fatal(err)
		}
		d := NewDijkstra(g)
		want := column("query_reference_" + weights + "_length")
		for i := range 50 {
			if got := d.Distance(source[i], target[i]); got != want[i] {
				t.Errorf("%s %d to %d: %d, want %d", weights, source[i], target[i], got, want[i])
			}
		}
	}
}

// FuzzDIMACS: whatever the file holds, nothing panics, memory is bounded, and what
// is read is a graph that the engine takes.
func FuzzDIMACS(f *testing.F) {
	f.Add([]byte(town))
	f.Add([]byte("p sp 4000000000 4000000000\na 1 2 3\n"))
	f.Add([]byte("p sp 2 1\na 1 2 4294967295"))
	f.Fuzz(func(t *testing.T, src []byte) {
		g, err := parseDIMACS("x.gr", src)
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("%v is not of this package", err)
			}
			return
		}
		if err := g.Check(); err != nil || len(g.Weight) != g.Arcs() {
			t.Fatalf("%d weights, %v", len(g.Weight), err)
		}
		if g.Nodes() <= 64 {
			if _, err := cch.FindOrder(t.Context(), &g.Graph, cch.OrderOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzLists: the same for coordinates, pairs, vectors, groups and orders of a small
// graph.
func FuzzLists(f *testing.F) {
	f.Add([]byte("1 2\n3 4\n"))
	f.Add([]byte("p aux sp co 4\nv 1 0 0\nv 2 0 0\nv 3 0 0\nv 4 0 0\n"))
	f.Add(bytesOf(3, 2, 1, 0))
	f.Add(bytesOf(4, 3, 2, 1))
	f.Fuzz(func(t *testing.T, src []byte) {
		g, err := parseDIMACS("town.gr", []byte(town))
		if err != nil {
			t.Fatal(err)
		}
		var pairs []Pair
		errs := []error{checkCoordinates("x.co", src, g.Nodes()), linesOf("pairs", src, pairReader(g, &pairs))}
		for _, p := range pairs {
			if int(p.Source) >= g.Nodes() || int(p.Target) >= g.Nodes() {
				t.Fatalf("pair %v of %d nodes", p, g.Nodes())
			}
		}
		order, err := parseVector("order", src)
		errs = append(errs, err)
		if err == nil {
			if err := g.group("group", order); err == nil {
				if _, err := cch.FindLiftedOrder(t.Context(), &g.Graph, g.Group, cch.OrderOptions{}); err != nil {
					t.Fatalf("the engine refuses what was taken for groups: %v", err)
				}
			} else {
				errs = append(errs, err)
			}
			err = placeOrder("order", order, g)
			errs = append(errs, err)
			if err == nil {
				if _, err := cch.Build(&g.Graph, order); err != nil {
					t.Fatalf("the engine refuses what was taken for an order: %v", err)
				}
			}
		}
		for _, err := range errs {
			if _, ok := errors.AsType[*Error](err); err != nil && !ok {
				t.Fatalf("%v is not of this package", err)
			}
		}
	})
}
