package tiles

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// A reader of vector tiles that refuses what the specification forbids.

type decodedLayer struct {
	name     string
	features []feature
}

func decode(b []byte) ([]decodedLayer, error) {
	var out []decodedLayer
	seen := map[string]bool{}
	err := fields(b, func(field, _ uint64, data []byte) error {
		if field != 3 {
			return fmt.Errorf("field %d in a tile", field)
		}
		l, err := decodeLayer(data)
		if err != nil {
			return err
		}
		if seen[l.name] {
			return fmt.Errorf("two layers %s", l.name)
		}
		seen[l.name] = true
		out = append(out, l)
		return nil
	})
	return out, err
}

// fields calls do for each field of a message.
func fields(b []byte, do func(field, value uint64, data []byte) error) error {
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return errors.New("broken tag")
		}
		b = b[n:]
		value, n := binary.Uvarint(b)
		if n <= 0 {
			return errors.New("broken value")
		}
		b = b[n:]
		var data []byte
		switch tag & 7 {
		case 0:
		case 2:
			if value > uint64(len(b)) {
				return errors.New("cut off")
			}
			data, b = b[:value], b[value:]
		default:
			return fmt.Errorf("wire type %d", tag&7)
		}
		if err := do(tag>>3, value, data); err != nil {
			return err
		}
	}
	return nil
}

func decodeLayer(b []byte) (l decodedLayer, err error) {
	var keys []string
	var values []attribute
	var raw [][]byte
	var version, size uint64
	err = fields(b, func(field, value uint64, data []byte) error {
		switch field {
		case 1:
			l.name = string(data)
		case 2:
			raw = append(raw, data)
		case 3:
			keys = append(keys, string(data))
		case 4:
			return fields(data, func(field, value uint64, data []byte) error {
				switch field {
				case 1:
					values = append(values, attribute{text: string(data)})
				case 6:
					values = append(values, attribute{num: int64(value>>1) ^ -int64(value&1), kind: numberValue})
				case 7:
					values = append(values, attribute{kind: trueValue})
				default:
					return fmt.Errorf("value of kind %d", field)
				}
				return nil
			})
		case 5:
			size = value
		case 15:
			version = value
		default:
			return fmt.Errorf("field %d in a layer", field)
		}
		return nil
	})
	if err != nil {
		return l, err
	}
	if version != 2 || size != extent || l.name == "" {
		return l, fmt.Errorf("layer %q of version %d and extent %d", l.name, version, size)
	}
	for _, data := range raw {
		f, err := decodeFeature(data, keys, values)
		if err != nil {
			return l, fmt.Errorf("layer %s: %w", l.name, err)
		}
		l.features = append(l.features, f)
	}
	return l, nil
}

func decodeFeature(b []byte, keys []string, values []attribute) (f feature, err error) {
	var kind uint64
	var tags, commands []uint64
	err = fields(b, func(field, value uint64, data []byte) error {
		switch field {
		case 1:
			f.id = value
		case 2:
			tags, err = numbers(data)
		case 3:
			kind = value
		case 4:
			commands, err = numbers(data)
		default:
			err = fmt.Errorf("field %d in a feature", field)
		}
		return err
	})
	if err != nil {
		return f, err
	}
	if len(tags)%2 != 0 {
		return f, errors.New("a key without value")
	}
	for i := 0; i < len(tags); i += 2 {
		if tags[i] >= uint64(len(keys)) || tags[i+1] >= uint64(len(values)) {
			return f, errors.New("a key or value that is not there")
		}
		a := values[tags[i+1]]
		a.key = keys[tags[i]]
		f.attributes = append(f.attributes, a)
	}
	f.geometry, err = decodeGeometry(kind, commands)
	return f, err
}

func numbers(b []byte) (out []uint64, err error) {
	for len(b) > 0 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errors.New("broken number")
		}
		out, b = append(out, v), b[n:]
	}
	return out, nil
}

func decodeGeometry(kind uint64, commands []uint64) (orb.Geometry, error) {
	var paths []orb.LineString
	var x, y int64
	step := func() (orb.Point, error) {
		if len(commands) < 2 {
			return orb.Point{}, errors.New("geometry cut off")
		}
		x += int64(commands[0]>>1) ^ -int64(commands[0]&1)
		y += int64(commands[1]>>1) ^ -int64(commands[1]&1)
		commands = commands[2:]
		return orb.Point{float64(x), float64(y)}, nil
	}
	for len(commands) > 0 {
		command, count := commands[0]&7, commands[0]>>3
		commands = commands[1:]
		if command == closePath {
			if len(paths) == 0 || count != 1 || kind != areaType {
				return nil, errors.New("closes nothing")
			}
			last := &paths[len(paths)-1]
			*last = append(*last, (*last)[0])
			continue
		}
		if command == moveTo && count != 1 {
			return nil, errors.New("moves more than once")
		}
		if command != moveTo && (command != lineTo || len(paths) == 0) {
			return nil, fmt.Errorf("command %d", command)
		}
		for range count {
			p, err := step()
			if err != nil {
				return nil, err
			}
			if command == moveTo {
				paths = append(paths, orb.LineString{p})
			} else {
				paths[len(paths)-1] = append(paths[len(paths)-1], p)
			}
		}
	}
	switch {
	case len(paths) == 0:
		return nil, errors.New("no geometry")
	case kind == pointType && len(paths) == 1 && len(paths[0]) == 1:
		return paths[0][0], nil
	case kind == lineType && len(paths) == 1:
		return paths[0], nil
	case kind == lineType:
		return orb.MultiLineString(paths), nil
	case kind == areaType:
		area := make(orb.Polygon, len(paths))
		for i, p := range paths {
			area[i] = orb.Ring(p)
		}
		return area, nil
	}
	return nil, fmt.Errorf("type %d with %d paths", kind, len(paths))
}

// wellFormed reports what a map could not draw: lines without length, positions
// far outside of the tile, rings that run the wrong way.
func (f feature) wellFormed() error {
	inside := func(points []orb.Point) error {
		for i, p := range points {
			if math.Abs(p[0]-extent/2) > extent/2+buffer || math.Abs(p[1]-extent/2) > extent/2+buffer {
				return fmt.Errorf("feature %d: %v is outside of the tile", f.id, p)
			}
			if i > 0 && points[i-1] == p {
				return fmt.Errorf("feature %d: %v twice", f.id, p)
			}
		}
		return nil
	}
	switch g := f.geometry.(type) {
	case orb.Point:
		return inside([]orb.Point{g})
	case orb.LineString:
		if len(g) < 2 {
			return fmt.Errorf("feature %d is a line of %d points", f.id, len(g))
		}
		return inside(g)
	case orb.MultiLineString:
		for _, l := range g {
			if err := (feature{id: f.id, geometry: l}).wellFormed(); err != nil {
				return err
			}
		}
	case orb.Polygon:
		for i, r := range g {
			if len(r) < 4 {
				return fmt.Errorf("ring of %d points", len(r))
			}
			// The specification: on the tile, with y downwards, the surveyor's formula
			// gives an outer ring a positive area.
			var twice float64
			for k := range r[1:] {
				twice += r[k][0]*r[k+1][1] - r[k+1][0]*r[k][1]
			}
			if (twice > 0) != (i == 0) || twice == 0 {
				return fmt.Errorf("ring %d has area %g", i, twice/2)
			}
			if err := inside(r); err != nil {
				return err
			}
		}
	}
	return nil
}
