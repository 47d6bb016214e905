//go:build goexperiment.simd && amd64

package cch

import "simd/archsimd"

// bestUnit returns the fastest unit that this program and processor have.
func bestUnit() laneUnit {
	if !archsimd.X86.AVX2() {
		return plainUnit()
	}
	return laneUnit{name: "AVX2", load: loadAVX2, triangles: trianglesAVX2, sweep: sweepAVX2}
}

func loadAVX2(row []lanePair, in []laneRow, inputs, links []uint32, base uint32) {
	inf := archsimd.BroadcastUint32x8(Inf)
	for i := range row {
		inf.Store((*[8]uint32)(&row[i].up))
		inf.Store((*[8]uint32)(&row[i].down))
	}
	links = links[:len(inputs)]
	for j, e := range inputs {
		link := links[j] - base
		to := (*[8]uint32)(&row[link/2].up)
		if link&1 != 0 {
			to = (*[8]uint32)(&row[link/2].down)
		}
		archsimd.LoadUint32x8((*[8]uint32)(&in[e])).Min(archsimd.LoadUint32x8(to)).Store(to)
	}
	archsimd.ClearAVXUpperBits()
}

func trianglesAVX2(v, u []lanePair, via *lanePair, rise, slot []uint32) {
	vu, uv := archsimd.LoadUint32x8((*[8]uint32)(&via.down)), archsimd.LoadUint32x8((*[8]uint32)(&via.up))
	rise = rise[:len(u)]
	for j := range u {
		to, by := &v[slot[rise[j]]], &u[j]
		up, down := (*[8]uint32)(&to.up), (*[8]uint32)(&to.down)
		archsimd.LoadUint32x8((*[8]uint32)(&by.up)).Add(vu).Min(archsimd.LoadUint32x8(up)).Store(up)
		archsimd.LoadUint32x8((*[8]uint32)(&by.down)).Add(uv).Min(archsimd.LoadUint32x8(down)).Store(down)
	}
	archsimd.ClearAVXUpperBits()
}

func sweepAVX2(distance []laneRow, first, from, weight []uint32) {
	weight = weight[:len(from)]
	for i := range distance {
		own := (*[8]uint32)(&distance[i])
		best := archsimd.LoadUint32x8(own)
		for j := first[i]; j < first[i+1]; j++ {
			by := archsimd.LoadUint32x8((*[8]uint32)(&distance[from[j]]))
			best = by.Add(archsimd.BroadcastUint32x8(weight[j])).Min(best)
		}
		best.Store(own)
	}
	archsimd.ClearAVXUpperBits()
}
