package tiles

import (
	"encoding/binary"
	"math"

	"github.com/paulmach/orb"
)

// The encoding follows the Mapbox Vector Tile specification 2.1. A library would
// do it, but the one at hand brings a database driver along for a page of code.

// attribute is a property of a feature: a text, a whole number or true.
type attribute struct {
	key  string
	text string
	num  int64
	kind attributeKind
}

type attributeKind uint8

const (
	textValue attributeKind = iota
	numberValue
	trueValue
)

func text(key, value string) attribute { return attribute{key: key, text: value} }

func number(key string, value int64) attribute {
	return attribute{key: key, num: value, kind: numberValue}
}

func truth(key string) attribute { return attribute{key: key, kind: trueValue} }

// feature is a point, line, bundle of lines or area of a layer.
type feature struct {
	id         uint64 // 0 for none
	geometry   orb.Geometry
	attributes []attribute
}

// The types of geometry in a tile.
const (
	unknownType = 0
	pointType   = 1
	lineType    = 2
	areaType    = 3
)

// appendLayer appends a layer, as field 3 of a tile.
func appendLayer(tile []byte, name string, features []feature) []byte {
	var body, keys, values []byte
	keyID, valueID := map[string]uint32{}, map[attribute]uint32{}
	body = appendBytes(body, 1, name)
	for i := range features {
		f := &features[i]
		var tags []uint32
		for _, a := range f.attributes {
			k, ok := keyID[a.key]
			if !ok {
				k = uint32(len(keyID))
				keyID[a.key] = k
				keys = appendBytes(keys, 3, a.key)
			}
			key := a.key
			a.key = "" // equal values of different keys are one
			v, ok := valueID[a]
			if !ok {
				v = uint32(len(valueID))
				valueID[a] = v
				values = appendBytes(values, 4, appendValue(nil, a))
			}
			a.key = key
			tags = append(tags, k, v)
		}
		kind, commands := encodeGeometry(f.geometry)
		var one []byte
		if f.id != 0 {
			one = appendNumber(one, 1, f.id)
		}
		one = appendBytes(one, 2, packed(tags))
		one = appendNumber(one, 3, kind)
		one = appendBytes(one, 4, packed(commands))
		body = appendBytes(body, 2, one)
	}
	body = append(body, keys...)
	body = append(body, values...)
	body = appendNumber(body, 5, extent)
	body = appendNumber(body, 15, 2) // version
	return appendBytes(tile, 3, body)
}

func appendValue(b []byte, a attribute) []byte {
	switch a.kind {
	case numberValue:
		return appendNumber(b, 6, zigzag(a.num))
	case trueValue:
		return appendNumber(b, 7, 1)
	default: // textValue
		return appendBytes(b, 1, a.text)
	}
}

// encodeGeometry returns the type of a geometry and the commands that draw it.
func encodeGeometry(g orb.Geometry) (kind uint64, commands []uint32) {
	p := pen{}
	switch g := g.(type) {
	case orb.Point:
		p.path([]orb.Point{g}, false)
		return pointType, p.commands
	case orb.LineString:
		p.path(g, false)
		return lineType, p.commands
	case orb.MultiLineString:
		for _, l := range g {
			p.path(l, false)
		}
		return lineType, p.commands
	case orb.Polygon:
		for _, r := range g {
			p.path(r[:len(r)-1], true)
		}
		return areaType, p.commands
	default: // no layer makes others; readers pass over a type that they do not know
		return unknownType, nil
	}
}

// pen writes commands; positions are differences from the last one.
type pen struct {
	x, y     int64
	commands []uint32
}

const (
	moveTo    = 1
	lineTo    = 2
	closePath = 7
)

func (p *pen) path(points []orb.Point, closed bool) {
	p.commands = append(p.commands, moveTo|1<<3)
	p.step(points[0])
	if rest := points[1:]; len(rest) > 0 {
		p.commands = append(p.commands, lineTo|uint32(len(rest))<<3)
		for _, q := range rest {
			p.step(q)
		}
	}
	if closed {
		p.commands = append(p.commands, closePath|1<<3)
	}
}

func (p *pen) step(to orb.Point) {
	x, y := int64(math.Round(to[0])), int64(math.Round(to[1]))
	p.commands = append(p.commands, uint32(zigzag(x-p.x)), uint32(zigzag(y-p.y)))
	p.x, p.y = x, y
}

func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

// appendNumber appends a field that holds a number, as Protocol Buffers have it.
func appendNumber(b []byte, field, value uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, field<<3), value)
}

// appendBytes appends a field that holds a text or a message.
func appendBytes[T string | []byte](b []byte, field uint64, value T) []byte {
	b = binary.AppendUvarint(b, field<<3|2)
	b = binary.AppendUvarint(b, uint64(len(value)))
	return append(b, value...)
}

func packed(values []uint32) []byte {
	b := make([]byte, 0, 2*len(values))
	for _, v := range values {
		b = binary.AppendUvarint(b, uint64(v))
	}
	return b
}
