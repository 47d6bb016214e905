package rail

import (
	"math"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

const (
	beamEvery = 25.0 // metres along the path between two looks to the sides
	beamReach = 25.0 // metres to each side
	beamAngle = 20.0 // degrees by which a track beside may deviate
	// settled is the length in metres below which a change of the number of tracks
	// is not told: switches and crossovers would make many short stretches.
	settled = 200.0
)

// A beam is a look to both sides of the path, square to it.
type beam struct {
	at      float64 // odometer
	tracks  int     // tracks of the train's kinds that it crosses, that of the path not counted
	running int     // running lines among them
}

// beams looks to the sides every 25 m of the path, in the middle of each 25 m.
func (w *work) beams() []beam {
	var out []beam
	n := max(int(math.Ceil(w.length()/beamEvery)), 1)
	every := w.length() / float64(n)
	for k := range n {
		out = append(out, w.beam((float64(k)+0.5)*every))
	}
	settle(out, every, func(b *beam) *int { return &b.tracks })
	settle(out, every, func(b *beam) *int { return &b.running })
	return out
}

func (w *work) beam(metres float64) beam {
	i, at := w.find(metres)
	own := w.strips[i].arc.Track()
	iv := &w.strips[i].interval
	p := w.rail.PointAt(own, at)
	ahead := w.rail.Bearing(w.strips[i].arc, at) * math.Pi / 180
	b := beam{at: metres}
	l := planeAt(p)
	// Along the beam u, along the track v; a track is crossed where v is 0.
	sin, cos := math.Sincos(ahead)
	turned := func(q geo.Point) (u, v float64) {
		x, y := l.xy(q)
		return x*cos - y*sin, x*sin + y*cos
	}
	limit := math.Tan(beamAngle * math.Pi / 180)
	w.rail.TrackIndex.Search(geo.BoxAround(p, beamReach), func(ref uint32) bool {
		piece := w.rail.Pieces[ref]
		t := network.TrackID(piece.Chain)
		for k := piece.From; k < piece.To; k++ {
			u0, v0 := turned(w.rail.Vertex[k])
			u1, v1 := turned(w.rail.Vertex[k+1])
			// Half open, so that a vertex on the beam is counted once.
			if (v0 < 0) == (v1 < 0) || math.Abs(u1-u0) > limit*math.Abs(v1-v0) {
				continue
			}
			u := u0 + (u1-u0)*v0/(v0-v1)
			if math.Abs(u) > beamReach || t == own && math.Abs(u) < 1 {
				continue
			}
			found := w.rail.VertexAt[k]
			other := w.rail.IntervalAt(t, found)
			if !w.needs.kinds[other.Kind] || (other.Flags^iv.Flags)&network.RailInTunnel != 0 || math.Abs(u) < 0.5 {
				continue
			}
			b.tracks++
			if other.Service == network.NoService {
				b.running++
			}
		}
		return true
	})
	// One way may stand for several tracks.
	if n := int(iv.Tracks) - 1; n > b.tracks && iv.Service == network.NoService {
		b.tracks, b.running = n, max(n, b.running)
	}
	return b
}

// settle joins runs of one number that are shorter than 200 m to the run before,
// or the first to the one after.
func settle(all []beam, every float64, field func(*beam) *int) {
	least := int(math.Ceil(settled / every))
	last := -1 // what the last long run had
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && *field(&all[j]) == *field(&all[i]) {
			j++
		}
		if j-i >= least || last < 0 && j == len(all) {
			if last < 0 {
				for k := range i {
					*field(&all[k]) = *field(&all[i])
				}
			}
			last = *field(&all[i])
		} else if last >= 0 {
			for k := i; k < j; k++ {
				*field(&all[k]) = last
			}
		}
		i = j
	}
	if last < 0 { // no number holds for long: the one that is met most
		count := map[int]int{}
		best := 0
		for i := range all {
			n := *field(&all[i])
			count[n]++
			if count[n] > count[best] || count[n] == count[best] && n < best {
				best = n
			}
		}
		for i := range all {
			*field(&all[i]) = best
		}
	}
}

// beamAt returns the look to the sides nearest to an odometer reading.
func (w *work) beamAt(metres float64) *beam {
	n := len(w.parallel)
	k := int(metres / w.length() * float64(n))
	return &w.parallel[min(max(k, 0), n-1)]
}

// A plane measures metres east and north of a point, for some hundreds of metres.
type plane struct {
	origin geo.Point
	kx, ky float64 // metres per E7 unit
}

func planeAt(p geo.Point) plane {
	// A unit of 1e-7 degree of latitude is 11.132 mm on the sphere of 6378137 m;
	// the error against the ellipsoid is below 0.7 %.
	const unit = 6378137 * math.Pi / 180 / geo.E7
	lat, _ := p.Degrees()
	return plane{origin: p, kx: unit * math.Cos(lat*math.Pi/180), ky: unit}
}

func (l plane) xy(p geo.Point) (x, y float64) {
	dLon := int64(p.Lon) - int64(l.origin.Lon)
	const turn = 360 * geo.E7
	if dLon > turn/2 {
		dLon -= turn
	} else if dLon < -turn/2 {
		dLon += turn
	}
	return float64(dLon) * l.kx, float64(int64(p.Lat)-int64(l.origin.Lat)) * l.ky
}
