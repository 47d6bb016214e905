package osm

import (
	"errors"
	"fmt"
	"math"
)

// A primitive decodes the PrimitiveBlock message of a PBF blob into columns
// (https://wiki.openstreetmap.org/wiki/PBF_Format). Nodes come first in the
// columns, then ways, then relations, whatever the order of the groups, so that
// the tags of one kind follow each other.
type primitive struct {
	block  *Block
	budget int // bytes the columns may take
	newest int64

	groups []group

	granularity          int64 // 1e-9 degree
	latOffset, lonOffset int64 // 1e-9 degree
	dateGranularity      int64 // milliseconds
}

type group struct {
	body  []byte
	kinds Content
}

var (
	errStringID = errors.New("a string id lies outside the string table")
	errTooLarge = errors.New("a block holds far more objects than its size on disk explains")
)

// decode reads a block and returns which kinds of object it holds; only those
// in want are decoded. The block refers to data afterwards.
func (d *primitive) decode(data []byte, want Content) (Content, error) {
	d.groups = d.groups[:0]
	d.granularity, d.latOffset, d.lonOffset, d.dateGranularity = 100, 0, 0, 1000
	d.block.text = data

	var table []byte
	var kinds Content
	f := fields{p: data}
	for f.next() {
		switch f.field {
		case 1:
			if f.bytes() {
				table = f.body
			}
		case 2:
			if !f.bytes() {
				break
			}
			k, err := groupKinds(f.body)
			if err != nil {
				return 0, err
			}
			kinds |= k
			if k&want != 0 {
				d.groups = append(d.groups, group{f.body, k})
			}
		case 17:
			if f.number() {
				d.granularity = int64(f.value)
			}
		case 18:
			if f.number() {
				d.dateGranularity = int64(f.value)
			}
		case 19:
			if f.number() {
				d.latOffset = int64(f.value)
			}
		case 20:
			if f.number() {
				d.lonOffset = int64(f.value)
			}
		}
	}
	if f.err != nil {
		return 0, f.err
	}
	const world = 360_000_000_000
	switch {
	case d.granularity < 1 || d.granularity > 1_000_000_000:
		return 0, fmt.Errorf("granularity %d is not in 1 to 1000000000", d.granularity)
	case d.latOffset < -world || d.latOffset > world || d.lonOffset < -world || d.lonOffset > world:
		return 0, fmt.Errorf("offset %d, %d lies outside the world", d.latOffset, d.lonOffset)
	case d.dateGranularity < 1 || d.dateGranularity > 1_000_000_000:
		return 0, fmt.Errorf("date granularity %d is not in 1 to 1000000000", d.dateGranularity)
	}
	if len(d.groups) == 0 {
		return kinds, nil
	}
	if err := d.strings(table); err != nil {
		return 0, err
	}
	for _, k := range [...]Content{Nodes, Ways, Relations} {
		if want&k == 0 {
			continue
		}
		for _, g := range d.groups {
			if g.kinds&k == 0 {
				continue
			}
			if err := d.group(g.body, k); err != nil {
				return 0, err
			}
		}
	}
	return kinds, nil
}

// groupKinds returns which kinds of object a PrimitiveGroup holds.
func groupKinds(p []byte) (Content, error) {
	var kinds Content
	f := fields{p: p}
	for f.next() {
		switch f.field {
		case 1, 2:
			kinds |= Nodes
		case 3:
			kinds |= Ways
		case 4:
			kinds |= Relations
		}
	}
	return kinds, f.err
}

// strings finds the entries of the string table; they stay where they are.
func (d *primitive) strings(table []byte) error {
	if len(table) == 0 {
		return nil
	}
	// The table is a part of text: its place there is the difference of what is
	// left behind their starts.
	base := cap(d.block.text) - cap(table)
	f := fields{p: table}
	for f.next() {
		if f.field == 1 && f.bytes() {
			end := base + f.i
			d.block.strings = append(d.block.strings, span{uint32(end - len(f.body)), uint32(end)})
		}
	}
	if f.err != nil {
		return f.err
	}
	return d.withinBudget()
}

func (d *primitive) withinBudget() error {
	if d.block.size() > d.budget {
		return errTooLarge
	}
	return nil
}

// group decodes the objects of one kind in a PrimitiveGroup.
func (d *primitive) group(p []byte, kind Content) error {
	f := fields{p: p}
	for n := 0; f.next(); n++ {
		var err error
		switch {
		case f.field == 1 && kind == Nodes && f.bytes():
			err = d.node(f.body)
		case f.field == 2 && kind == Nodes && f.bytes():
			err = d.dense(f.body)
		case f.field == 3 && kind == Ways && f.bytes():
			err = d.way(f.body)
		case f.field == 4 && kind == Relations && f.bytes():
			err = d.relation(f.body)
		}
		if err == nil && n%4096 == 4095 {
			err = d.withinBudget()
		}
		if err != nil {
			return err
		}
	}
	if f.err != nil {
		return f.err
	}
	return d.withinBudget()
}

// once stores the body of a packed list; the lists of one object come in one
// piece each, and silently taking the last of several would lose data.
func once(list *[]byte, f *fields) {
	if f.bytes() {
		if *list != nil {
			f.err = fmt.Errorf("field %d is there twice", f.field)
			return
		}
		*list = f.body
	}
}

// seen notes a time of last edit, in the block's units.
func (d *primitive) seen(time int64) {
	if time > 0 && time <= math.MaxInt64/d.dateGranularity {
		d.newest = max(d.newest, time*d.dateGranularity/1000)
	}
}

// dropHidden removes the nodes from index from on whose mark is zero.
func (d *primitive) dropHidden(from int, visible []byte) error {
	b := d.block
	tagged := len(b.NodeTag) > 0
	at, i := from, 0
	var tag, start uint32
	if tagged {
		start = b.NodeTag[from]
		tag = start
	}
	for k := from; k < len(b.NodeID); k++ {
		v, next := uvarint(visible, i)
		if next < 0 {
			return errVarint
		}
		i = next
		var end uint32
		if tagged {
			end = b.NodeTag[k+1]
		}
		if v != 0 {
			b.NodeID[at], b.NodeLat[at], b.NodeLon[at] = b.NodeID[k], b.NodeLat[k], b.NodeLon[k]
			if tagged {
				copy(b.Key[tag:], b.Key[start:end])
				copy(b.Val[tag:], b.Val[start:end])
				tag += end - start
				b.NodeTag[at+1] = tag
			}
			at++
		}
		start = end
	}
	b.NodeID, b.NodeLat, b.NodeLon = b.NodeID[:at], b.NodeLat[:at], b.NodeLon[:at]
	if tagged {
		b.NodeTag, b.Key, b.Val = b.NodeTag[:at+1], b.Key[:tag], b.Val[:tag]
	}
	return nil
}

// info reads an object's Info message; visible is false for a deleted version.
func (d *primitive) info(p []byte) (visible bool, err error) {
	visible = true
	f := fields{p: p}
	for f.next() {
		switch f.field {
		case 2:
			if f.number() {
				d.seen(int64(f.value))
			}
		case 6:
			if f.number() {
				visible = f.value != 0
			}
		}
	}
	return visible, f.err
}

// node decodes a Node message.
func (d *primitive) node(p []byte) error {
	b := d.block
	var keys, vals []byte
	var id, lat, lon int64
	visible := true
	var parts int
	f := fields{p: p}
	for f.next() {
		switch f.field {
		case 1:
			if f.number() {
				id = zigzag(f.value)
				parts |= 1
			}
		case 2:
			once(&keys, &f)
		case 3:
			once(&vals, &f)
		case 4:
			if f.bytes() {
				v, err := d.info(f.body)
				if err != nil {
					return err
				}
				visible = v
			}
		case 8:
			if f.number() {
				lat = zigzag(f.value)
				parts |= 2
			}
		case 9:
			if f.number() {
				lon = zigzag(f.value)
				parts |= 4
			}
		}
	}
	if f.err != nil {
		return f.err
	}
	if parts != 7 {
		return errors.New("a node lacks its id or a coordinate")
	}
	if !visible {
		return nil
	}
	lat, lon = d.toE7(lat, d.latOffset), d.toE7(lon, d.lonOffset)
	if lat < -90*e7 || lat > 90*e7 || lon < -180*e7 || lon > 180*e7 {
		return fmt.Errorf("node %d lies outside the world", id)
	}
	if len(keys) > 0 {
		b.startNodeTags(len(b.NodeID))
	}
	if err := d.tags(keys, vals); err != nil {
		return fmt.Errorf("node %d: %w", id, err)
	}
	b.NodeID = append(b.NodeID, id)
	b.NodeLat, b.NodeLon = append(b.NodeLat, int32(lat)), append(b.NodeLon, int32(lon))
	if len(b.NodeTag) > 0 {
		b.NodeTag = append(b.NodeTag, uint32(len(b.Key)))
	}
	return nil
}

// tags decodes the tags of one object.
func (d *primitive) tags(keys, vals []byte) error {
	b := d.block
	limit := uint64(len(b.strings))
	i, j := 0, 0
	for i < len(keys) {
		k, ni := uvarint(keys, i)
		v, nj := uvarint(vals, j)
		if ni < 0 || nj < 0 {
			return errors.New("its tags are no list of pairs")
		}
		if k >= limit || v >= limit {
			return errStringID
		}
		i, j = ni, nj
		b.Key, b.Val = append(b.Key, uint32(k)), append(b.Val, uint32(v))
	}
	if j != len(vals) {
		return errors.New("its tags are no list of pairs")
	}
	return nil
}

// way decodes a Way message.
func (d *primitive) way(p []byte) error {
	b := d.block
	var keys, vals, refs []byte
	var id int64
	visible, known := true, false
	f := fields{p: p}
	for f.next() {
		switch f.field {
		case 1:
			if f.number() {
				id, known = int64(f.value), true
			}
		case 2:
			once(&keys, &f)
		case 3:
			once(&vals, &f)
		case 4:
			if f.bytes() {
				v, err := d.info(f.body)
				if err != nil {
					return err
				}
				visible = v
			}
		case 8:
			once(&refs, &f)
		}
	}
	if f.err != nil {
		return f.err
	}
	if !known {
		return errors.New("a way lacks its id")
	}
	if !visible {
		return nil
	}
	n := numbers(refs)
	if b.size()+8*n > d.budget {
		return errTooLarge
	}
	if len(b.WayID) == 0 {
		b.WayRef = append(b.WayRef, 0)
		b.WayTag = append(b.WayTag, uint32(len(b.Key)))
	}
	from := len(b.Ref)
	b.Ref = extend(b.Ref, n)
	if err := sums(b.Ref[from:], refs); err != nil {
		return fmt.Errorf("way %d: %w", id, err)
	}
	if err := d.tags(keys, vals); err != nil {
		return fmt.Errorf("way %d: %w", id, err)
	}
	b.WayID = append(b.WayID, id)
	b.WayRef = append(b.WayRef, uint32(len(b.Ref)))
	b.WayTag = append(b.WayTag, uint32(len(b.Key)))
	return nil
}

// relation decodes a Relation message.
func (d *primitive) relation(p []byte) error {
	b := d.block
	var keys, vals, roles, ids, kinds []byte
	var id int64
	visible, known := true, false
	f := fields{p: p}
	for f.next() {
		switch f.field {
		case 1:
			if f.number() {
				id, known = int64(f.value), true
			}
		case 2:
			once(&keys, &f)
		case 3:
			once(&vals, &f)
		case 4:
			if f.bytes() {
				v, err := d.info(f.body)
				if err != nil {
					return err
				}
				visible = v
			}
		case 8:
			once(&roles, &f)
		case 9:
			once(&ids, &f)
		case 10:
			once(&kinds, &f)
		}
	}
	if f.err != nil {
		return f.err
	}
	if !known {
		return errors.New("a relation lacks its id")
	}
	if !visible {
		return nil
	}
	n := numbers(ids)
	if r, k := numbers(roles), numbers(kinds); r != n || k != n {
		return fmt.Errorf("relation %d: %d members come with %d roles and %d types", id, n, r, k)
	}
	if b.size()+13*n > d.budget {
		return errTooLarge
	}
	if len(b.RelID) == 0 {
		b.RelMember = append(b.RelMember, 0)
		b.RelTag = append(b.RelTag, uint32(len(b.Key)))
	}
	from := len(b.MemberID)
	b.MemberID = extend(b.MemberID, n)
	if err := sums(b.MemberID[from:], ids); err != nil {
		return fmt.Errorf("relation %d: %w", id, err)
	}
	limit := uint64(len(b.strings))
	i, j := 0, 0
	for range n {
		role, ni := uvarint(roles, i)
		kind, nj := uvarint(kinds, j)
		switch {
		case ni < 0 || nj < 0:
			return fmt.Errorf("relation %d: %w", id, errVarint)
		case role >= limit:
			return fmt.Errorf("relation %d: %w", id, errStringID)
		case kind > uint64(MemberRelation):
			return fmt.Errorf("relation %d has a member of the unknown type %d", id, kind)
		}
		i, j = ni, nj
		b.MemberRole = append(b.MemberRole, uint32(role))
		b.MemberType = append(b.MemberType, MemberType(kind))
	}
	if i != len(roles) || j != len(kinds) {
		return fmt.Errorf("relation %d: %w", id, errVarint)
	}
	if err := d.tags(keys, vals); err != nil {
		return fmt.Errorf("relation %d: %w", id, err)
	}
	b.RelID = append(b.RelID, id)
	b.RelMember = append(b.RelMember, uint32(len(b.MemberID)))
	b.RelTag = append(b.RelTag, uint32(len(b.Key)))
	return nil
}
