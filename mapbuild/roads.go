package mapbuild

import (
	"cmp"
	"math"
	"slices"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
)

// classifyWays decides about every way and fills road and roads.
func (d *draft) classifyWays(report *Report) {
	const grain = 2048
	ways := d.c.ways.len()
	d.road = make([]int32, ways)
	type batch struct {
		roads   []road
		drop    []dropped
		used    []int64
		ferries []int64
		foot    int // ferry lines without motor vehicles
		notes   *notes
	}
	batches := make([]batch, (ways+grain-1)/grain)
	parallel(len(batches), 1, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			b := &batches[k]
			b.notes = newNotes()
			for w := k * grain; w < min(ways, (k+1)*grain); w++ {
				d.road[w] = -1
				b.notes.next()
				t := d.c.ways.tags(w)
				refs := d.c.ways.refs(w)
				closed := len(refs) > 2 && refs[0] == refs[len(refs)-1]
				r, drop, ok := classify(t, closed, b.notes)
				if !ok {
					continue
				}
				if drop == "" && !d.drivable(refs) {
					drop = DropMissingNodes
				}
				highway := t.has(keyHighway)
				switch {
				case drop != "" && highway:
					b.drop = append(b.drop, dropped{d.c.ways.id[w], drop})
				case drop != "":
					b.foot++
				case highway:
					b.used = append(b.used, d.c.ways.id[w])
				default:
					b.ferries = append(b.ferries, d.c.ways.id[w])
				}
				if drop != "" {
					continue
				}
				d.ferrySpeed(&r, refs)
				d.road[w] = int32(len(b.roads))
				b.roads = append(b.roads, r)
			}
		}
	})
	report.Drop = make(map[Reason][]int64)
	for _, why := range reasons {
		report.Drop[why] = nil
	}
	unread := newNotes()
	for k := range batches {
		b := &batches[k]
		for w := k * grain; w < min(ways, (k+1)*grain); w++ {
			if d.road[w] >= 0 {
				d.road[w] += int32(len(d.roads))
			}
		}
		d.roads = append(d.roads, b.roads...)
		report.Used = append(report.Used, b.used...)
		report.Ferries = append(report.Ferries, b.ferries...)
		if b.foot > 0 {
			d.notes["ferry lines that do not say that they carry motor vehicles"] += b.foot
		}
		for _, x := range b.drop {
			report.Drop[x.why] = append(report.Drop[x.why], x.id)
		}
		for what, n := range b.notes.count {
			unread.count[what] += n
		}
	}
	d.unread(unread)
}

type dropped struct {
	id  int64
	why Reason
}

// unread adds to what could not be understood.
func (d *draft) unread(n *notes) {
	if d.unreadTags == nil {
		d.unreadTags = make(map[string]int)
	}
	for what, count := range n.count {
		d.unreadTags[what] += count
	}
}

// drivable reports whether two different nodes next to each other are there.
func (d *draft) drivable(refs []uint32) bool {
	for i := 1; i < len(refs); i++ {
		a, b := refs[i-1], refs[i]
		if a != b && d.c.nodes.packed[a] != absentNode && d.c.nodes.packed[b] != absentNode {
			return true
		}
	}
	return false
}

// ferrySpeed sets the speed of a ferry line from how long it takes. It needs the
// whole way; 15 km/h stays where that or the duration is missing, or where the
// speed would be more than a fast ferry's.
func (d *draft) ferrySpeed(r *road, refs []uint32) {
	if r.ferryMillis == 0 {
		return
	}
	total := 0.0
	for i := 1; i < len(refs); i++ {
		a, ok1 := d.c.nodes.at(refs[i-1])
		b, ok2 := d.c.nodes.at(refs[i])
		if !ok1 || !ok2 {
			return
		}
		total += geo.Distance(a, b)
	}
	kmh := math.Round(total / 1000 / (float64(r.ferryMillis) / 3.6e6))
	if kmh > 100 {
		return
	}
	speed := uint8(max(1, kmh))
	r.interval.SpeedForward, r.interval.SpeedBackward = speed, speed
}

// byCount lists counts, the greatest first.
func byCount(m map[string]int) []network.Count {
	list := counts(m)
	slices.SortStableFunc(list, func(a, b network.Count) int { return cmp.Compare(b.N, a.N) })
	return list
}
