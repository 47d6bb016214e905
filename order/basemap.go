package order

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// A basemap draws the ground under a route: water, roads, names.
type basemap struct {
	m *network.Map
	v *view
	// budget is how many bytes of path data may still be written. Important
	// roads come first; the first class that does not fit ends the drawing.
	budget int
	// drawn is the least important class of road that was drawn.
	drawn network.RoadClass
}

// classShown returns the least important class of road that a drawing of the
// given width on the ground (metres) has room for.
func classShown(span float64) network.RoadClass {
	switch {
	case span <= 5_000:
		return network.Service
	case span <= 15_000:
		return network.Residential
	case span <= 35_000:
		return network.Unclassified
	case span <= 70_000:
		return network.Tertiary
	case span <= 180_000:
		return network.Secondary
	case span <= 600_000:
		return network.Primary
	}
	return network.Trunk
}

// water appends lakes and rivers as areas and lines, and coastlines with a pale
// band on the side of the sea: an extract ends at a border, so that the sea
// itself cannot be told from missing ground.
func (b *basemap) water(out []byte) []byte {
	ground := b.v.ground()
	var areas, rivers, coast, shore []byte
	for i := range b.m.Base {
		o := &b.m.Base[i]
		if !o.Box.Intersects(ground) || len(areas)+len(rivers)+2*len(coast) > b.budget/3 {
			continue
		}
		line := b.project(b.m.BaseVertex[b.m.BaseFirst[i]:b.m.BaseFirst[i+1]])
		switch o.Kind {
		case network.WaterArea, network.WaterHole:
			ring := simplify(b.v.clipRing(line), 1.5)
			// A pond smaller than a letter is no help.
			if len(ring) > 3 && boxArea(ring) > 150 {
				areas = appendPath(areas, ring, true)
			}
		case network.River:
			if lineLength(line) < 120 && b.v.span() > 20_000 {
				continue
			}
			for _, run := range b.v.runs(line) {
				rivers = appendPath(rivers, simplify(run, 2), false)
			}
		case network.Coastline:
			for _, run := range b.v.runs(line) {
				run = simplify(run, 2)
				coast = appendPath(coast, run, false)
				shore = appendPath(shore, beside(run, 26), false)
			}
		case network.OutlineKinds:
		}
	}
	b.budget -= len(areas) + len(rivers) + len(coast) + len(shore)
	out = path(out, "sea", shore)
	out = path(out, "water", areas)
	out = path(out, "river", rivers)
	return path(out, "coast", coast)
}

// railways appends the running lines, on small ground sidings and yards too. The
// ground of a large drawing shows heavy rail only.
func (b *basemap) railways(out []byte) []byte {
	r := &b.m.Rail
	span := b.v.span()
	var lines []byte
	for t := range r.Near(b.v.ground()) {
		first := &r.Interval[r.IntervalFirst[t]]
		if first.Service != network.NoService && span > 8_000 || first.Kind != network.RailHeavy && span > 60_000 || len(lines) > b.budget/5 {
			continue
		}
		vertices, _ := r.Vertices(t)
		for _, run := range b.v.runs(b.project(vertices)) {
			lines = appendPath(lines, simplify(run, 2), false)
		}
	}
	b.budget -= len(lines)
	return path(path(out, "rail", lines), "sleepers", lines)
}

// path appends a path element of a class, unless it is empty.
func path(out []byte, class string, data []byte) []byte {
	if len(data) == 0 {
		return out
	}
	return fmt.Appendf(out, "<path class=\"%s\" d=\"%s\"/>\n", class, data)
}

func (b *basemap) project(points []geo.Point) []xy {
	line := make([]xy, len(points))
	for i, p := range points {
		line[i] = b.v.point(p)
	}
	return line
}

// beside returns the line moved to its right, where a coastline has the sea.
func beside(line []xy, by float64) []xy {
	out := make([]xy, len(line))
	for i, p := range line {
		a, c := line[max(i-1, 0)], line[min(i+1, len(line)-1)]
		dx, dy := c.x-a.x, c.y-a.y
		if l := math.Hypot(dx, dy); l > 0 {
			// y runs south, so the right of (dx, dy) is (-dy, dx).
			p.x, p.y = p.x-dy/l*by, p.y+dx/l*by
		}
		out[i] = p
	}
	return out
}

func boxArea(ring []xy) float64 {
	lo, hi := ring[0], ring[0]
	for _, p := range ring {
		lo, hi = xy{math.Min(lo.x, p.x), math.Min(lo.y, p.y)}, xy{math.Max(hi.x, p.x), math.Max(hi.y, p.y)}
	}
	return (hi.x - lo.x) * (hi.y - lo.y)
}

func lineLength(line []xy) float64 {
	sum := 0.0
	for i := 1; i < len(line); i++ {
		sum += math.Hypot(line[i].x-line[i-1].x, line[i].y-line[i-1].y)
	}
	return sum
}

// roadStyle returns the style classes of casing and filling for a class of road;
// the casing may be empty.
func roadStyle(c network.RoadClass) (casing, filling string) {
	switch c {
	case network.Motorway, network.Trunk:
		return "c1", "r1"
	case network.Primary:
		return "c2", "r2"
	case network.Secondary:
		return "", "r3"
	case network.Tertiary:
		return "", "r4"
	case network.Ferry:
		return "", "ferry"
	default:
		return "", "r5"
	}
}

// roads appends the roads, the least important lowest.
func (b *basemap) roads(out []byte) []byte {
	least := classShown(b.v.span())
	chains := make([][]network.ChainID, network.RoadClasses)
	for c := range b.m.Near(b.v.ground()) {
		class := b.m.Intervals(c)[0].Class
		if class <= least || class == network.Ferry {
			chains[class] = append(chains[class], c)
		}
	}
	data := make([][]byte, network.RoadClasses)
	order := []network.RoadClass{network.Ferry}
	for class := network.Motorway; class <= least; class++ {
		order = append(order, class)
	}
	for _, class := range order {
		var d []byte
		for _, line := range b.joined(chains[class]) {
			for _, run := range b.v.runs(line) {
				d = appendPath(d, simplify(run, 2), false)
			}
		}
		casing, _ := roadStyle(class)
		size := len(d)
		if casing != "" {
			size *= 2
		}
		if size > b.budget {
			break
		}
		b.budget -= size
		data[class] = d
		if class != network.Ferry {
			b.drawn = class
		}
	}
	for class := int(least); class >= 0; class-- {
		casing, filling := roadStyle(network.RoadClass(class))
		if casing != "" {
			out = path(out, casing, data[class])
		}
		out = path(out, filling, data[class])
	}
	return path(out, "ferry", data[network.Ferry])
}

// joined returns the chains as lines, joined end to end where they meet, so that
// they can be simplified across junctions. Each chain is in one line. The order
// follows from that of the ids.
func (b *basemap) joined(chains []network.ChainID) [][]xy {
	at := make(map[network.NodeID][]network.ChainID, len(chains))
	for _, c := range chains {
		at[b.m.Tail[c]] = append(at[b.m.Tail[c]], c)
		at[b.m.Head[c]] = append(at[b.m.Head[c]], c)
	}
	used := make(map[network.ChainID]bool, len(chains))
	next := func(n network.NodeID) (network.ChainID, bool) {
		for _, c := range at[n] {
			if !used[c] {
				return c, true
			}
		}
		return 0, false
	}
	// follow walks from a node for as long as there is a chain to take.
	follow := func(n network.NodeID) []xy {
		var line []xy
		for {
			c, ok := next(n)
			if !ok {
				return line
			}
			used[c] = true
			vertices, _ := b.m.Vertices(c)
			part := b.project(vertices)
			if b.m.Tail[c] == n {
				n = b.m.Head[c]
			} else {
				slices.Reverse(part)
				n = b.m.Tail[c]
			}
			if len(line) > 0 {
				part = part[1:]
			}
			line = append(line, part...)
		}
	}
	var lines [][]xy
	for _, c := range chains {
		if used[c] {
			continue
		}
		tail := b.m.Tail[c]
		line := follow(tail)
		if before := follow(tail); len(before) > 0 {
			slices.Reverse(before)
			line = append(before, line[1:]...)
		}
		lines = append(lines, line)
	}
	return lines
}

// A label is a name on the map.
type label struct {
	at    xy
	text  string
	class string
	size  float64 // of the letters, in units
}

// A rect is ground of the drawing that is taken.
type rect struct{ x0, y0, x1, y1 float64 }

func (r rect) meets(s rect) bool { return r.x0 < s.x1 && s.x0 < r.x1 && r.y0 < s.y1 && s.y0 < r.y1 }

// taken is the ground of a drawing on which nothing more may be written.
type taken []rect

func (t taken) free(r rect) bool {
	return !slices.ContainsFunc(t, r.meets)
}

// names appends the names of places that fit without meeting one another or what
// is drawn already, larger places first.
func (b *basemap) names(out []byte, ground taken) ([]byte, taken) {
	span := b.v.span()
	var labels []label
	box := b.v.ground()
	for i := range b.m.Places {
		p := &b.m.Places[i]
		if !box.Contains(p.Point) {
			continue
		}
		l := label{at: b.v.point(p.Point), text: b.m.Text(p.Name)}
		switch {
		case p.Kind == network.City:
			l.class, l.size = "city", 84
		case p.Kind == network.Town:
			l.class, l.size = "town", 66
		case p.Kind == network.Village && span < 90_000:
			l.class, l.size = "village", 54
		case p.Kind == network.Suburb && span < 12_000, p.Kind == network.Hamlet && span < 12_000:
			l.class, l.size = "hamlet", 50
		default:
			continue
		}
		if l.text != "" {
			labels = append(labels, l)
		}
	}
	slices.SortStableFunc(labels, func(a, c label) int { return cmp.Compare(c.size, a.size) })
	const most = 48
	count := 0
	for _, l := range labels {
		// Over the place itself, else above, below, right or left of it.
		w := l.size * 0.62 * float64(len([]rune(l.text)))
		side := w/2 + 70
		for _, move := range []xy{{0, 0}, {0, -110}, {0, 110}, {side, 0}, {-side, 0}, {side, -90}, {-side, -90}, {side, 90}, {-side, 90}} {
			x, y := l.at.x+move.x, l.at.y+move.y
			r := rect{x - w/2 - 10, y - l.size*0.6, x + w/2 + 10, y + l.size*0.5}
			if r.x0 < 20 || r.x1 > float64(b.v.width)-20 || r.y0 < 20 || r.y1 > float64(b.v.height)-20 || !ground.free(r) {
				continue
			}
			ground = append(ground, r)
			out = fmt.Appendf(out, "<text class=\"%s\" x=\"%.0f\" y=\"%.0f\">%s</text>\n", l.class, x, y+l.size*0.3, escape(l.text))
			count++
			break
		}
		if count == most {
			break
		}
	}
	return out, ground
}
