package cch

import "sync"

// A chunk is a run of positions that one goroutine works through: a whole
// subtree of the elimination tree, or part of a path at its top below which
// everything is in other chunks.
type chunk struct {
	from, to uint32
	parent   int32 // the chunk above; -1 at the top
	children int32
}

// plan cuts the elimination tree into chunks, children before parents. Whole
// subtrees up to a small share of the work are chunks; above them chunks end
// where the tree branches. Work is counted in triangles and arcs, so the chunks
// depend on the hierarchy only.
func (h *Hierarchy) plan() {
	const share = 64
	n := uint32(len(h.node))
	work := make([]uint64, n) // of each subtree
	size := make([]uint32, n)
	branches := make([]uint32, n)
	total := uint64(0)
	for p := range n {
		d := uint64(h.first[p+1] - h.first[p])
		own := 8 + d*d/2 + d
		total += own
		work[p] += own
		size[p]++
		if q := h.parent[p]; q != none {
			work[q] += work[p]
			size[q] += size[p]
			branches[q]++
		}
	}
	limit := max(total/share, 1<<12)
	// of is the chunk that ends with a position, where one does.
	of := make([]int32, n)
	for p := range n {
		of[p] = -1
		q := h.parent[p]
		small := work[p] <= limit
		switch {
		case small && q != none && work[q] <= limit:
			continue // inside a subtree that is a chunk
		case !small && q != none && branches[q] == 1:
			continue // further up on the same path
		}
		begin := p + 1 - size[p]
		if !small {
			for begin = p; begin > 0 && of[begin-1] < 0 && h.parent[begin-1] == begin; {
				begin--
			}
		}
		of[p] = int32(len(h.chunks))
		h.chunks = append(h.chunks, chunk{from: begin, to: p + 1, parent: -1})
	}
	// The chunk above one is that which holds the parent of its last position.
	holder := make([]int32, n)
	for i, c := range h.chunks {
		for p := c.from; p < c.to; p++ {
			holder[p] = int32(i)
		}
	}
	for i := range h.chunks {
		c := &h.chunks[i]
		if q := h.parent[c.to-1]; q != none {
			c.parent = holder[q]
			h.chunks[c.parent].children++
		}
	}
}

// upwards runs work over all positions so that children are done before their
// parents. worker is called once per goroutine.
func (h *Hierarchy) upwards(threads int, worker func() func(from, to uint32)) {
	if threads <= 1 || len(h.chunks) < 2 {
		worker()(0, uint32(len(h.node)))
		return
	}
	waiting := make([]int32, len(h.chunks))
	ready := make([]int32, 0, len(h.chunks))
	for i := len(h.chunks) - 1; i >= 0; i-- {
		waiting[i] = h.chunks[i].children
		if waiting[i] == 0 {
			ready = append(ready, int32(i))
		}
	}
	h.schedule(threads, worker, ready, func(i int32, free func(int32)) {
		if p := h.chunks[i].parent; p >= 0 {
			if waiting[p]--; waiting[p] == 0 {
				free(p)
			}
		}
	})
}

// downwards runs work over all positions so that parents are done before their
// children.
func (h *Hierarchy) downwards(threads int, worker func() func(from, to uint32)) {
	if threads <= 1 || len(h.chunks) < 2 {
		worker()(0, uint32(len(h.node)))
		return
	}
	below := make([][]int32, len(h.chunks))
	ready := make([]int32, 0, len(h.chunks))
	for i, c := range h.chunks {
		if c.parent >= 0 {
			below[c.parent] = append(below[c.parent], int32(i))
		} else {
			ready = append(ready, int32(i))
		}
	}
	h.schedule(threads, worker, ready, func(i int32, free func(int32)) {
		for _, c := range below[i] {
			free(c)
		}
	})
}

// schedule runs all chunks, starting with those that are ready. After each,
// done says which may run next; it is called by one goroutine at a time.
func (h *Hierarchy) schedule(threads int, worker func() func(from, to uint32), ready []int32, done func(i int32, free func(int32))) {
	var mu sync.Mutex
	changed := sync.NewCond(&mu)
	left := len(h.chunks)
	free := func(i int32) { ready = append(ready, i) }
	var all sync.WaitGroup
	for range min(threads, len(h.chunks)) {
		all.Go(func() {
			work := worker()
			mu.Lock()
			defer mu.Unlock()
			for {
				for len(ready) == 0 && left > 0 {
					changed.Wait()
				}
				if left == 0 {
					return
				}
				i := ready[len(ready)-1]
				ready = ready[:len(ready)-1]
				mu.Unlock()
				work(h.chunks[i].from, h.chunks[i].to)
				mu.Lock()
				left--
				done(i, free)
				changed.Broadcast()
			}
		})
	}
	all.Wait()
}
