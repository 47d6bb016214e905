package osm

import (
	"errors"
	"fmt"
)

// What can be wrong with a protobuf message; the caller adds the place.
var (
	errVarint   = errors.New("a number runs past the end of its message")
	errLength   = errors.New("a field is longer than the message it is in")
	errOverflow = errors.New("a difference leads out of the 64-bit range")
)

// uvarint reads the variable-length number at p[i:] and returns the position
// after it, or -1 when it runs past the end or does not fit 64 bits.
func uvarint(p []byte, i int) (uint64, int) {
	if uint(i) < uint(len(p)) && p[i] < 0x80 {
		return uint64(p[i]), i + 1
	}
	return longUvarint(p, i)
}

// longUvarint is uvarint for numbers of two bytes and more.
func longUvarint(p []byte, i int) (uint64, int) {
	if uint(i) >= uint(len(p)) {
		return 0, -1
	}
	p = p[i:]
	if len(p) > 2 { // the usual lengths, without a loop
		v := uint64(p[0]&0x7f) | uint64(p[1]&0x7f)<<7
		if p[1] < 0x80 {
			return v, i + 2
		}
		v |= uint64(p[2]&0x7f) << 14
		if p[2] < 0x80 {
			return v, i + 3
		}
	}
	var v uint64
	for n := 0; n < len(p) && n < 10; n++ {
		b := p[n]
		if n == 9 && b > 1 {
			return 0, -1
		}
		v |= uint64(b&0x7f) << (7 * n)
		if b < 0x80 {
			return v, i + n + 1
		}
	}
	return 0, -1
}

// zigzag turns an unsigned number into the signed one it stands for.
func zigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// numbers returns how many variable-length numbers p holds: the bytes that end
// one.
func numbers(p []byte) int {
	n := 0
	for _, b := range p {
		n += int(b>>7 ^ 1)
	}
	return n
}

// fields walks the fields of a protobuf message.
type fields struct {
	p     []byte
	i     int
	field uint64
	wire  uint64
	value uint64 // of a number
	body  []byte // of a text, message or packed list
	err   error
}

// next reads one field and returns false at the end or on an error.
func (f *fields) next() bool {
	if f.err != nil || f.i >= len(f.p) {
		return false
	}
	key, i := uvarint(f.p, f.i)
	if i < 0 {
		f.err = errVarint
		return false
	}
	f.field, f.wire = key>>3, key&7
	switch f.wire {
	case 0:
		if f.value, i = uvarint(f.p, i); i < 0 {
			f.err = errVarint
			return false
		}
	case 1, 5:
		n := 8
		if f.wire == 5 {
			n = 4
		}
		if len(f.p)-i < n {
			f.err = errLength
			return false
		}
		i += n
	case 2:
		n, j := uvarint(f.p, i)
		if j < 0 {
			f.err = errVarint
			return false
		}
		if n > uint64(len(f.p)-j) {
			f.err = errLength
			return false
		}
		f.body, i = f.p[j:j+int(n)], j+int(n)
	default:
		f.err = fmt.Errorf("field %d has the unknown wire type %d", f.field, f.wire)
		return false
	}
	f.i = i
	return true
}

// number reports whether the field is a number, and notes an error if not.
func (f *fields) number() bool { return f.is(0) }

// bytes reports whether the field is a text, message or packed list, and notes
// an error if not.
func (f *fields) bytes() bool { return f.is(2) }

func (f *fields) is(wire uint64) bool {
	if f.wire != wire && f.err == nil {
		f.err = fmt.Errorf("field %d has wire type %d instead of %d", f.field, f.wire, wire)
	}
	return f.wire == wire
}
