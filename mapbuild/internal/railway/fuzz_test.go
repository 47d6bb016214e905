package railway

import (
	"strings"
	"testing"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// FuzzBuild makes railways of a few ways whose tags, nodes and places come from
// the fuzzer. Nothing may panic, and what comes out must be sound.
func FuzzBuild(f *testing.F) {
	f.Add("railway=rail gauge=1435;1000 maxspeed=60", "railway=switch", []byte{0, 1, 2, 9, 3, 1, 4})
	f.Add("railway=tram electrified=yes voltage=1e9 frequency=16,7 tracks=300", "railway=buffer_stop;signal", []byte{1, 2, 3, 1, 9, 9, 2})
	f.Add("railway=rail oneway=-1 layer=-300", "railway=railway_crossing", []byte{5, 0, 6, 9, 7, 0, 8})
	f.Add("railway=rail", "railway=station station=subway;x", []byte{0, 1, 0, 9, 0, 16, 0, 32})
	f.Fuzz(func(t *testing.T, wayTags, nodeTags string, path []byte) {
		if len(path) > 200 {
			return
		}
		read := func(pairs string) Tags {
			m := make(map[string]string)
			for pair := range strings.FieldsSeq(pairs) {
				k, v, _ := strings.Cut(pair, "=")
				m[k] = v
			}
			return func(key string) string { return m[key] }
		}
		// A byte below 9 goes on to one of nine nodes in a square, 9 begins another
		// way, others are nodes that coincide or are missing.
		at := func(n uint32) (geo.Point, bool) {
			return geo.Point{Lat: 500000000 + int32(n%16/3)*2000, Lon: 80000000 + int32(n%3)*3000}, n%16 < 12
		}
		x := Extract{
			NodeID: func(n uint32) int64 { return int64(n) },
			NodeAt: at,
			NodeTags: func(n uint32) Tags {
				if n%4 == 0 {
					return read(nodeTags)
				}
				return nil
			},
			Guard: func(uint32) (network.Protection, string) { return network.Lights, "" },
			Speed: func(v string) (float64, bool) { return float64(len(v)) * 100, !strings.Contains(v, "?") },
			Text:  func(string) network.Ref { return 0 },
		}
		way := Way{ID: 1, Tags: read(wayTags)}
		for _, b := range path {
			if b == 9 {
				x.Ways = append(x.Ways, way)
				way = Way{ID: way.ID + 1, Tags: read(wayTags)}
				continue
			}
			way.Refs = append(way.Refs, uint32(b))
		}
		x.Ways = append(x.Ways, way)
		for n := range uint32(3) {
			p, _ := at(n)
			x.Places = append(x.Places, Place{Type: network.OSMType(n), ID: int64(n), Tags: read(nodeTags), Point: p, Radius: float64(n) * 1000})
		}
		rail, report, err := Build(&x)
		if err != nil {
			t.Fatal(err)
		}
		n := len(report.Used)
		for _, ids := range report.Drop {
			n += len(ids)
		}
		if n != len(x.Ways) {
			t.Fatalf("%d of %d ways used or dropped", n, len(x.Ways))
		}
		m := emptyMap()
		m.Rail = rail
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// emptyMap returns a map without roads, as Check wants it.
func emptyMap() *network.Map {
	m := &network.Map{
		Limits: []network.Limits{{}}, Rules: []network.Rule{{}}, VertexFirst: []uint32{0}, IntervalFirst: []uint32{0},
		HazardFirst: []uint32{0}, TurnFirst: []uint32{0}, BaseFirst: []uint32{0},
	}
	m.SetText(&network.TextBuilder{})
	m.IndexChains()
	return m
}
