// Package tiles makes vector tiles of the ground straight from a map file: roads
// by class, railways, water, names. Nothing is rendered ahead of time and nothing
// comes from anywhere else.
//
// Tiles are Mapbox Vector Tiles, version 2, in the usual numbering of web maps
// (x from the west, y from the north, 2^z on a side, Web Mercator). The layers
// and their attributes are in docs/tiles.md.
package tiles

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/simplify"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// MinZoom and MaxZoom bound the tiles there are. Beyond MaxZoom a map enlarges
// the tiles of MaxZoom, which hold everything to some 30 cm.
const (
	MinZoom = 0
	MaxZoom = 15
)

// extent is the side of a tile in its own units, and buffer how far beyond its
// edge a tile holds what is drawn, so that wide lines and names are not cut.
const (
	extent = 4096
	buffer = 128
)

// ID names a tile.
type ID struct{ Z, X, Y uint32 }

// Check returns an error if there is no such tile.
func (t ID) Check() error {
	switch {
	case t.Z > MaxZoom:
		return fmt.Errorf("tile %d/%d/%d: there are zooms %d to %d", t.Z, t.X, t.Y, MinZoom, MaxZoom)
	case t.X >= 1<<t.Z || t.Y >= 1<<t.Z:
		return fmt.Errorf("tile %d/%d/%d: at zoom %d columns and rows go from 0 to %d", t.Z, t.X, t.Y, t.Z, 1<<t.Z-1)
	}
	return nil
}

// Source gives the tiles of one map. It may be used by any number of goroutines.
type Source struct {
	m *network.Map
	// Chains by how far out they are still seen: a chain is in the first set that
	// has room for the most important class on it.
	roads []roadSet
	water geo.Index // of m.Base
	named []label   // by rank
}

// New gets a map ready, in time linear in its size but for a sort. The map must
// stay open while the source is used.
func New(m *network.Map) *Source {
	return &Source{m: m, roads: sortRoads(m), water: indexWater(m), named: sortNames(m)}
}

// Bounds returns the box of everything that is drawn, the empty box for an empty
// map.
func (s *Source) Bounds() geo.Box {
	box := geo.EmptyBox()
	for _, p := range s.m.NodePoint {
		box = box.Extend(p)
	}
	for _, p := range s.m.Rail.NodePoint {
		box = box.Extend(p)
	}
	return box
}

// Tile returns the tile, or nil where it is empty. The same map gives the same
// bytes.
func (s *Source) Tile(id ID) ([]byte, error) {
	if err := id.Check(); err != nil {
		return nil, err
	}
	d := newDrawing(id)
	var tile []byte
	for _, l := range []struct {
		name string
		draw func(*drawing)
	}{
		{"water", s.drawWater}, {"road", s.drawRoads}, {"rail", s.drawRails}, {"name", s.drawNames},
	} {
		d.features = nil
		l.draw(d)
		if len(d.features) > 0 {
			tile = appendLayer(tile, l.name, d.features)
		}
	}
	return tile, nil
}

// drawing is a tile in the making.
type drawing struct {
	id       ID
	ground   geo.Box // of the tile and its buffer
	scale    float64 // tile units for the whole world
	x0, y0   float64 // of the tile's upper left corner, in tile units
	frame    orb.Bound
	features []feature
}

func newDrawing(id ID) *drawing {
	d := &drawing{
		id:    id,
		scale: extent * math.Exp2(float64(id.Z)),
		x0:    extent * float64(id.X),
		y0:    extent * float64(id.Y),
		frame: orb.Bound{Min: orb.Point{-buffer, -buffer}, Max: orb.Point{extent + buffer, extent + buffer}},
	}
	upper := d.unproject(-buffer, -buffer)
	lower := d.unproject(extent+buffer, extent+buffer)
	d.ground = geo.Box{
		Min: geo.Point{Lat: lower.Lat, Lon: upper.Lon},
		Max: geo.Point{Lat: upper.Lat, Lon: lower.Lon},
	}
	return d
}

// project returns a point in tile units.
func (d *drawing) project(p geo.Point) orb.Point {
	lat, lon := p.Degrees()
	sin := math.Sin(lat * math.Pi / 180)
	// Beyond 85.06 degrees the map of the web ends; what lies there is drawn on
	// its edge's far side and cut.
	sin = min(max(sin, -0.99999), 0.99999)
	return orb.Point{
		(lon/360+0.5)*d.scale - d.x0,
		(0.5-math.Log((1+sin)/(1-sin))/(4*math.Pi))*d.scale - d.y0,
	}
}

// unproject returns where a point in tile units is on the ground.
func (d *drawing) unproject(x, y float64) geo.Point {
	lon := ((x+d.x0)/d.scale - 0.5) * 360
	n := math.Pi * (1 - 2*(y+d.y0)/d.scale)
	lat := math.Atan(math.Sinh(n)) * 180 / math.Pi
	return geo.PointFromDegrees(lat, min(max(lon, -180), 180))
}

// line cuts and thins a line for the tile; nil where nothing of it is in it.
func (d *drawing) line(points []geo.Point) orb.Geometry {
	ls := make(orb.LineString, len(points))
	for i, p := range points {
		ls[i] = d.project(p)
	}
	cut := clip.LineString(d.frame, ls)
	kept := cut[:0]
	for _, part := range cut {
		if part = d.thin(part); len(part) > 1 {
			kept = append(kept, part)
		}
	}
	switch len(kept) {
	case 0:
		return nil
	case 1:
		return kept[0]
	}
	return kept
}

// thin leaves out vertices that would not be seen, and rounds the others.
func (d *drawing) thin(ls orb.LineString) orb.LineString {
	if d.id.Z < MaxZoom {
		// Two units are an eighth of a pixel on a tile of 256 and a quarter on one of
		// 512.
		ls = simplify.DouglasPeucker(2).LineString(ls)
	}
	out := ls[:0]
	for _, p := range ls {
		p = orb.Point{math.Round(p[0]), math.Round(p[1])}
		if len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	return out
}

// ring cuts and thins a closed ring; nil where nothing of it is left to be seen.
// The outer ring of an area runs clockwise on the screen, a hole the other way.
func (d *drawing) ring(points []geo.Point, hole bool) orb.Ring {
	r := make(orb.Ring, len(points))
	for i, p := range points {
		r[i] = d.project(p)
	}
	r = clip.Ring(d.frame, r)
	if len(r) < 4 {
		return nil
	}
	r = orb.Ring(d.thin(orb.LineString(r)))
	if len(r) < 4 {
		return nil
	}
	// On the screen y grows downwards, so that what orb calls counter-clockwise
	// runs clockwise there.
	turn := r.Orientation()
	if turn == 0 {
		return nil // nothing of it has an area
	}
	if (turn == orb.CCW) == hole {
		r.Reverse()
	}
	return r
}

// add puts a feature into the layer being drawn.
func (d *drawing) add(id uint64, g orb.Geometry, attributes ...attribute) {
	d.features = append(d.features, feature{id: id, geometry: g, attributes: attributes})
}
