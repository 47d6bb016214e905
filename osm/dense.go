package osm

import (
	"bytes"
	"errors"
	"fmt"
	"math"
)

// dense decodes a DenseNodes message: columns of differences.
func (d *primitive) dense(p []byte) error {
	var ids, lats, lons, tags, times, visible []byte
	f := fields{p: p}
	for f.next() {
		switch f.field {
		case 1:
			once(&ids, &f)
		case 5:
			if !f.bytes() {
				break
			}
			info := fields{p: f.body}
			for info.next() {
				switch info.field {
				case 2:
					once(&times, &info)
				case 6:
					once(&visible, &info)
				}
			}
			if info.err != nil {
				return info.err
			}
		case 8:
			once(&lats, &f)
		case 9:
			once(&lons, &f)
		case 10:
			once(&tags, &f)
		}
	}
	if f.err != nil {
		return f.err
	}
	n := numbers(ids)
	if y, x := numbers(lats), numbers(lons); y != n || x != n {
		return fmt.Errorf("%d node ids come with %d latitudes and %d longitudes", n, y, x)
	}
	if n == 0 {
		return nil
	}
	if len(visible) > 0 && numbers(visible) != n {
		return fmt.Errorf("%d node ids come with %d marks of visibility", n, numbers(visible))
	}
	b := d.block
	if b.size()+20*n > d.budget {
		return errTooLarge
	}
	from := len(b.NodeID)
	b.NodeID = extend(b.NodeID, n)
	b.NodeLat, b.NodeLon = extend(b.NodeLat, n), extend(b.NodeLon, n)
	if err := sums(b.NodeID[from:], ids); err != nil {
		return err
	}
	hidden := bytes.IndexByte(visible, 0) >= 0
	if err := d.coordinates(b.NodeLat[from:], lats, d.latOffset, 90*e7, hidden); err != nil {
		return err
	}
	if err := d.coordinates(b.NodeLon[from:], lons, d.lonOffset, 180*e7, hidden); err != nil {
		return err
	}
	if err := d.denseTags(from, tags); err != nil {
		return err
	}
	if err := d.denseTimes(times); err != nil {
		return err
	}
	if hidden {
		if err := d.dropHidden(from, visible); err != nil {
			return err
		}
	}
	for i := from; i < len(b.NodeID); i++ {
		if b.NodeLat[i] == nowhere || b.NodeLon[i] == nowhere {
			return fmt.Errorf("node %d lies outside the world", b.NodeID[i])
		}
	}
	return nil
}

const (
	e7 = 10_000_000
	// nowhere marks a coordinate outside the world, which only a deleted node may
	// have.
	nowhere = math.MinInt32
)

// extend returns s with n more elements, which hold anything.
func extend[T any](s []T, n int) []T {
	if len(s)+n <= cap(s) {
		return s[:len(s)+n]
	}
	return append(s, make([]T, n)...)
}

// sums decodes a list of zigzag differences, as many as there are in out.
func sums(out []int64, p []byte) error {
	var sum, wrapped int64
	i := 0
	for k := range out {
		v, next := uvarint(p, i)
		if next < 0 {
			return errVarint
		}
		i = next
		step := zigzag(v)
		s := sum + step
		wrapped |= (sum ^ s) & (step ^ s)
		sum = s
		out[k] = s
	}
	if i != len(p) {
		return errVarint
	}
	if wrapped < 0 {
		return errOverflow
	}
	return nil
}

// coordinates decodes a column of differences into E7 units. One outside
// ±limit becomes nowhere.
func (d *primitive) coordinates(out []int32, p []byte, offset, limit int64, hidden bool) error {
	var sum, wrapped int64
	plain := d.granularity == 100 && offset == 0
	i := 0
	for k := range out {
		v, next := uvarint(p, i)
		if next < 0 {
			return errVarint
		}
		i = next
		step := zigzag(v)
		s := sum + step
		wrapped |= (sum ^ s) & (step ^ s)
		sum = s
		if !plain {
			s = d.toE7(s, offset)
		}
		if uint64(s+limit) > uint64(2*limit) {
			s = nowhere
		}
		out[k] = int32(s)
	}
	if i != len(p) {
		return errVarint
	}
	if wrapped < 0 && !hidden {
		return errOverflow
	}
	return nil
}

// toE7 converts a coordinate of the block to E7 units, rounded to the nearest,
// or to something outside the world.
func (d *primitive) toE7(v, offset int64) int64 {
	const far = 1_000_000_000_000
	if v > far/d.granularity || v < -far/d.granularity {
		return math.MaxInt32 * 2
	}
	nano := v*d.granularity + offset
	if nano < 0 {
		return (nano - 50) / 100
	}
	return (nano + 50) / 100
}

// denseTags decodes the tags of the nodes from index from on: for each node
// pairs of string ids, then a zero. No list at all means no tags.
func (d *primitive) denseTags(from int, p []byte) error {
	b := d.block
	if len(p) == 0 {
		if len(b.NodeTag) > 0 { // nodes of an earlier group have tags
			for range len(b.NodeID) - from {
				b.NodeTag = append(b.NodeTag, uint32(len(b.Key)))
			}
		}
		return nil
	}
	b.startNodeTags(from)
	limit := uint64(len(b.strings))
	i := 0
	for range len(b.NodeID) - from {
		for {
			k, next := uvarint(p, i)
			if next < 0 {
				return errVarint
			}
			i = next
			if k == 0 {
				break
			}
			v, next := uvarint(p, i)
			if next < 0 {
				return errVarint
			}
			i = next
			if k >= limit || v >= limit {
				return errStringID
			}
			b.Key, b.Val = append(b.Key, uint32(k)), append(b.Val, uint32(v))
		}
		b.NodeTag = append(b.NodeTag, uint32(len(b.Key)))
	}
	if i != len(p) {
		return errors.New("there are tags for more nodes than there are")
	}
	return nil
}

// startNodeTags makes NodeTag hold the tags, none, of the first n nodes unless
// it already holds theirs.
func (b *Block) startNodeTags(n int) {
	if len(b.NodeTag) == 0 {
		for range n + 1 {
			b.NodeTag = append(b.NodeTag, 0)
		}
	}
}

// denseTimes notes the latest of a column of times.
func (d *primitive) denseTimes(p []byte) error {
	var sum, latest int64
	for i := 0; i < len(p); {
		v, next := uvarint(p, i)
		if next < 0 {
			return errVarint
		}
		i = next
		sum += zigzag(v)
		latest = max(latest, sum)
	}
	d.seen(latest)
	return nil
}
