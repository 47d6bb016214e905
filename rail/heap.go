package rail

// heap is a binary heap of things by cost, the least first; of equal ones that
// which was pushed first or moved up is not defined, but always the same.
type heap[T any] []entry[T]

type entry[T any] struct {
	cost float64
	what T
}

func (h *heap[T]) push(cost float64, what T) {
	q := append(*h, entry[T]{cost, what})
	i := len(q) - 1
	for i > 0 {
		up := (i - 1) / 2
		if q[up].cost <= q[i].cost {
			break
		}
		q[up], q[i] = q[i], q[up]
		i = up
	}
	*h = q
}

func (h *heap[T]) pop() (cost float64, what T) {
	q := *h
	top := q[0]
	last := len(q) - 1
	q[0] = q[last]
	q = q[:last]
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < last; c++ {
			if q[c].cost < q[least].cost {
				least = c
			}
		}
		if least == i {
			break
		}
		q[i], q[least] = q[least], q[i]
		i = least
	}
	*h = q
	return top.cost, top.what
}
