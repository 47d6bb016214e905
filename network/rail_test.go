package network

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/geo"
)

// firstMinor returns a map file as a program of format 1.0 wrote it: without the
// sections of the railways and what comes after them.
func firstMinor(good []byte) []byte { return ofMinor(good, 0) }

// ofMinor returns a map file as a program of an earlier minor format number wrote
// it: without the sections that came later, which are the last.
func ofMinor(good []byte, minor int) []byte {
	old := bytes.Clone(good)
	count := 1
	for _, c := range columns() {
		if c.since <= minor {
			count++
		}
	}
	last := old[headerSize+(count-1)*entrySize:]
	end := binary.LittleEndian.Uint64(last[24:]) + binary.LittleEndian.Uint64(last[32:])
	all := int(binary.LittleEndian.Uint32(old[28:]))
	clear(old[headerSize+count*entrySize : headerSize+all*entrySize])
	old = old[:end]
	binary.LittleEndian.PutUint32(old[20:], uint32(minor))
	binary.LittleEndian.PutUint32(old[28:], uint32(count))
	binary.LittleEndian.PutUint64(old[32:], end)
	reseal(old)
	return old
}

func TestMapOfTheFirstMinorHasNoRailways(t *testing.T) {
	m := randomMap(newRand(31), 20)
	good := encode(t, m)
	old, err := parse(aligned(firstMinor(good)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(old.Rail, Rail{}) || !reflect.DeepEqual(old.Vertex, m.Vertex) {
		t.Error("a map without railways has some, or other roads")
	}
	use(t, old)
	again, err := parse(aligned(encode(t, old))) // written by this program, it has all sections
	if err != nil || again.Rail.NumTracks() != 0 {
		t.Errorf("%d tracks, %v", again.Rail.NumTracks(), err)
	}

	// What a file of minor 0 calls rail.… is not ours to understand.
	b := aligned(good)
	b[20] = 0
	reseal(b)
	if old, err := parse(b); err != nil || old.Rail.NumTracks() != 0 {
		t.Errorf("sections of a later minor number: %v", err)
	}

	// A file of minor 1 must have them.
	b = aligned(firstMinor(good))
	b[20] = 1
	reseal(b)
	if _, err := parse(b); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), `section "rail.node.point" is missing`) {
		t.Errorf("a file of minor 1 without railways: %v", err)
	}
}

// useRail calls every method of the railways of a map that passed the checks.
func useRail(t *testing.T, m *Map) {
	r := &m.Rail
	for id := range TrackID(r.NumTracks()) {
		r.Geometry(id.Arc(true), r.Length[id], 0)
		r.Bearing(id.Arc(false), r.Length[id]/2)
		r.PointAt(id, r.Length[id])
		r.IntervalAt(id, r.Length[id]/2)
		r.FeaturesOn(id)
		for _, a := range []RailArcID{id.Arc(false), id.Arc(true)} {
			for _, b := range r.Moves(a) {
				if r.ArcHead(a) != r.ArcTail(b) || !slices.Contains(r.Moves(b.Reverse()), a.Reverse()) {
					t.Fatalf("arc %d leads to arc %d and not back", a, b)
				}
			}
		}
	}
	for i, p := range r.NodePoint {
		if i == 20 {
			break
		}
		r.SnapAll(p, nil, 100, 5)
	}
	for range r.Near(m.Meta.Box) {
	}
}

// TestRailCheckBites spoils one thing of the railways at a time.
func TestRailCheckBites(t *testing.T) {
	for _, c := range []struct {
		says  string
		spoil func(r *Rail)
	}{
		{"rail.node.info has", func(r *Rail) { r.NodeInfo = r.NodeInfo[1:] }},
		{"rail.track.tail has", func(r *Rail) { r.Tail = r.Tail[1:] }},
		{"rail.track.head has", func(r *Rail) { r.Head = nil }},
		{"rail.vertex.at has", func(r *Rail) { r.VertexAt = r.VertexAt[1:] }},
		{"rail.track.vertex has", func(r *Rail) { r.VertexFirst = r.VertexFirst[1:] }},
		{"rail.track.interval has", func(r *Rail) { r.IntervalFirst = nil }},
		{"rail.arc.move has", func(r *Rail) { r.MoveFirst = r.MoveFirst[2:] }},
		{"rail.track.feature has", func(r *Rail) { r.FeatureFirst = append(r.FeatureFirst, 9) }},
		{"rail.track.vertex runs", func(r *Rail) { r.VertexFirst[0] = 1 }},
		{"rail.arc.move runs", func(r *Rail) { r.MoveTo = r.MoveTo[1:] }},
		{"rail.arc.move goes back", func(r *Rail) { r.MoveFirst[1] = math.MaxUint32 }},
		{"node 0 has", func(r *Rail) { r.NodePoint[0].Lat = 900_000_001 }},
		{"node 1 has", func(r *Rail) { r.NodeInfo[1].Kind = RailNodeKinds }},
		{"node 1 has", func(r *Rail) { r.NodeInfo[1].Edge = 2 }},
		{"node 1 has", func(r *Rail) { r.NodeInfo[1].Tagged = 2 }},
		{"track 0 runs from node", func(r *Rail) { r.Head[0] = None }},
		{"of track 0 do not lead", func(r *Rail) { r.Length[0]++ }},
		{"of track 0 do not begin and end", func(r *Rail) { r.Vertex[0].Lat++ }},
		{"vertex of track 0", func(r *Rail) { r.Vertex[1].Lon = math.MinInt32 }},
		{"track 0 has no interval", func(r *Rail) { r.Interval[0].From = 1 }},
		{"interval 0 of track 0", func(r *Rail) { r.Interval[0].Kind = RailKinds }},
		{"interval 0 of track 0", func(r *Rail) { r.Interval[0].Usage = RailUsages }},
		{"interval 0 of track 0", func(r *Rail) { r.Interval[0].Service = RailServices }},
		{"interval 0 of track 0", func(r *Rail) { r.Interval[0].Power = Electrifications }},
		{"interval 0 of track 0", func(r *Rail) { r.Interval[0].SpeedForward = 0 }},
		{"interval 0 of track 0", func(r *Rail) { r.Interval[0].SpeedBackward = 0 }},
		{"interval 0 of track 0", func(r *Rail) { r.Interval[0].WayReversed = 2 }},
		{"interval 0 of track 0", func(r *Rail) { r.Interval[0].Number = None }},
		{"out of order", func(r *Rail) { r.Interval[1].From = math.MaxUint32 }},
		{"leads to arc", func(r *Rail) { r.MoveTo[0] = RailArcID(r.NumArcs()) }},
		{"do not meet", func(r *Rail) {
			a := firstMover(r)
			for b := range RailArcID(r.NumArcs()) {
				if r.ArcTail(b) != r.ArcHead(a) {
					r.MoveTo[r.MoveFirst[a]] = b
					return
				}
			}
		}},
		{"back on itself", func(r *Rail) { a := firstMover(r); r.MoveTo[r.MoveFirst[a]] = a.Reverse() }},
		{"are out of order", func(r *Rail) {
			for a := range RailArcID(r.NumArcs()) {
				if list := r.Moves(a); len(list) > 1 {
					list[0], list[1] = list[1], list[0]
					return
				}
			}
		}},
		{"but not back", func(r *Rail) {
			// One move fewer, its reverse left in place.
			a := firstMover(r)
			r.MoveTo = slices.Delete(r.MoveTo, int(r.MoveFirst[a]), int(r.MoveFirst[a]+1))
			for i := int(a) + 1; i < len(r.MoveFirst); i++ {
				r.MoveFirst[i]--
			}
		}},
		{"feature 0 of track", func(r *Rail) { r.Feature[0].Track++ }},
		{"feature 0 of track", func(r *Rail) { r.Feature[0].At = math.MaxUint32 }},
		{"feature 0 of track", func(r *Rail) { r.Feature[0].Tags = None }},
		{"feature 0 of track", func(r *Rail) { r.Feature[0].Kind = RailFeatureKinds }},
		{"feature 0 of track", func(r *Rail) { r.Feature[0].Value = -1 }},
		{"feature 0 of track", func(r *Rail) { r.Feature[0].Kind, r.Feature[0].Value = RailSignal, int32(RailSignalKinds) }},
		{"feature 0 of track", func(r *Rail) { r.Feature[0].Foot = 2 }},
		{"feature 0 of track", func(r *Rail) { r.Feature[0].Type = OSMRelation + 1 }},
		{"feature 1 of track", func(r *Rail) {
			for t := range TrackID(r.NumTracks()) {
				if f := r.FeaturesOn(t); len(f) > 1 && f[1].At > 0 {
					f[0].At = f[1].At + 1
					return
				}
			}
		}},
		{"station 0", func(r *Rail) { r.Station[0].Kind = StationKinds }},
		{"station 1", func(r *Rail) { r.Station[1].Code = None }},
		{"station 1", func(r *Rail) { r.Station[1].Type = OSMRelation + 1 }},
		{"station 1 is out of order", func(r *Rail) { r.Station[1].Type, r.Station[1].OSM = 0, 20 }},
		{"rail.station.track", func(r *Rail) { r.StationTrack[0].Station = 3 }},
		{"rail.station.track", func(r *Rail) { r.StationTrack[0].Track = TrackID(r.NumTracks()) }},
		{"rail.station.track", func(r *Rail) { r.StationTrack[0].At = math.MaxUint32 }},
		{"item 1 of rail.station.track", func(r *Rail) { r.StationTrack[0].Track = r.StationTrack[1].Track + 1; r.StationTrack[0].At = 0 }},
		{"piece 0 is not a part of a track", func(r *Rail) { r.Pieces[0].Chain = None }},
		{"piece 0 is not a part of a track", func(r *Rail) { r.Pieces[0].To = r.Pieces[0].From }},
		{"spatial index", func(r *Rail) { r.TrackIndex.Entries[0].Ref = None }},
		{"spatial index", func(r *Rail) { r.TrackIndex.Nodes = r.TrackIndex.Nodes[1:] }},
	} {
		m := randomMap(newRand(52), 30)
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		c.spoil(&m.Rail)
		if err := m.Check(); err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "railways: ") {
			t.Errorf("%v; want words like %q", err, c.says)
		}
	}
}

// firstMover returns the first arc that leads anywhere.
func firstMover(r *Rail) RailArcID {
	for a := range RailArcID(r.NumArcs()) {
		if len(r.Moves(a)) > 0 {
			return a
		}
	}
	return None
}

// TestRailSnapAll compares with a look at every segment.
func TestRailSnapAll(t *testing.T) {
	m := randomMap(newRand(33), 60)
	r := &m.Rail
	rnd := newRand(34)
	odd := func(t TrackID) bool { return t%2 == 1 }
	for i := range 40 {
		p := r.Vertex[rnd.IntN(len(r.Vertex))]
		p.Lat += int32(rnd.IntN(20000)) - 10000
		keep := odd
		asked := odd
		if i%2 == 0 {
			keep, asked = func(TrackID) bool { return true }, nil
		}
		const within = 1500.0
		best := make(map[TrackID]float64)
		for id := range TrackID(r.NumTracks()) {
			line, _ := r.Vertices(id)
			for j := range line[1:] {
				if _, away := geo.ProjectOnSegment(p, line[j], line[j+1]); away <= within && keep(id) {
					if d, ok := best[id]; !ok || away < d {
						best[id] = away
					}
				}
			}
		}
		got := r.SnapAll(p, asked, within, math.MaxInt)
		if len(got) != len(best) {
			t.Fatalf("%d tracks within %g m, want %d", len(got), within, len(best))
		}
		for j, l := range got {
			if l.Away != best[l.Track] || j > 0 && got[j-1].Away > l.Away {
				t.Errorf("track %d is %g m away at place %d, want %g", l.Track, l.Away, j, best[l.Track])
			}
			if off := geo.Distance(l.Point, r.PointAt(l.Track, l.At)); off > 0.02 {
				t.Errorf("the position on track %d is %g m from its place", l.Track, off)
			}
		}
		if few := r.SnapAll(p, asked, within, 2); !slices.Equal(few, got[:min(2, len(got))]) {
			t.Error("a limit of 2 gives other tracks")
		}
	}
	if got := r.SnapAll(r.Vertex[0], nil, 100, 0); got != nil {
		t.Errorf("a limit of 0 gives %v", got)
	}
}

// TestTracksAreLinesLikeChains holds the same geometry as chain and as track
// against each other.
func TestTracksAreLinesLikeChains(t *testing.T) {
	m := randomMap(newRand(35), 40)
	r := &m.Rail
	r.VertexFirst, r.Vertex, r.VertexAt, r.Length = m.VertexFirst, m.Vertex, m.VertexAt, m.Length
	r.IndexTracks()
	rnd := newRand(36)
	for c := range ChainID(m.NumChains()) {
		from := Millimetres(rnd.IntN(int(m.Length[c]) + 1))
		to := from + Millimetres(rnd.IntN(int(m.Length[c]-from)+1))
		if m.PointAt(c, from) != r.PointAt(TrackID(c), from) ||
			m.Bearing(c.Arc(true), to) != r.Bearing(TrackID(c).Arc(true), to) ||
			!slices.Equal(m.Geometry(c.Arc(true), to, from), r.Geometry(TrackID(c).Arc(true), to, from)) ||
			!slices.Equal(m.Geometry(c.Arc(false), from, to), r.Geometry(TrackID(c).Arc(false), from, to)) {
			t.Fatalf("track %d is not the line that chain %d is", c, c)
		}
	}
	box := geo.BoxAround(m.NodePoint[0], 2000)
	var chains []ChainID
	for id := range r.Near(box) {
		chains = append(chains, ChainID(id))
	}
	if want := slices.Collect(m.Near(box)); len(want) == 0 || !slices.Equal(chains, want) {
		t.Errorf("tracks %v near, chains %v", chains, want)
	}
}

func TestNamesOfRailKinds(t *testing.T) {
	seen := make(map[string]bool)
	tell := func(s string) {
		if s == "" || strings.HasPrefix(s, "kind ") || seen[s] {
			t.Errorf("a kind is called %q", s)
		}
		seen[s] = true
	}
	for k := range RailKinds {
		tell(k.String())
	}
	for k := range RailUsages {
		tell(k.String())
	}
	for k := range RailServices {
		tell(k.String())
	}
	for k := range Electrifications {
		tell(k.String())
	}
	for k := range RailNodeKinds {
		tell(k.String())
	}
	for k := range RailFeatureKinds {
		tell(k.String())
	}
	for k := range RailSignalKinds {
		tell(k.String())
	}
	for k := range StationKinds {
		tell(k.String())
	}
	if got := (&RailStation{OSM: 7, Type: OSMWay}).Object() + (&RailFeature{OSM: 8}).Object(); got != "way/7node/8" {
		t.Error(got)
	}
}
