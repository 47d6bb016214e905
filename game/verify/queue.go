package verify

// timeEntry is a node and the time at which it is reached.
type timeEntry struct {
	time int64
	node uint32
}

// timeQueue is a binary heap.
type timeQueue []timeEntry

func (q *timeQueue) push(x timeEntry) {
	h := append(*q, x)
	i := len(h) - 1
	for i > 0 && h[i].time < h[(i-1)/2].time {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
		i = (i - 1) / 2
	}
	*q = h
}

func (q *timeQueue) pop() timeEntry {
	h := *q
	top := h[0]
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].time < h[child].time {
			child++
		}
		if h[i].time <= h[child].time {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	*q = h
	return top
}
