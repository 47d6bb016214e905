package network

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// spread calls fn for ranges that together are 0 to n, of at least grain items
// each but the last, from as many goroutines as there are processors. When fn
// returns false for a range, ranges after it may be left out, but none before it.
func spread(n, grain int, fn func(lo, hi int) bool) {
	if n <= grain {
		if n > 0 {
			fn(0, n)
		}
		return
	}
	workers := runtime.GOMAXPROCS(0)
	grain = max(grain, n/(workers*8))
	ranges := (n + grain - 1) / grain
	var (
		wg   sync.WaitGroup
		next atomic.Int64 // the next range to be done
		stop atomic.Bool
	)
	for range min(workers, ranges) {
		wg.Go(func() {
			// Ranges are handed out in order, so all before a failed one have been
			// handed out and are finished too.
			for !stop.Load() {
				i := int(next.Add(1)) - 1
				if i >= ranges {
					return
				}
				if !fn(i*grain, min((i+1)*grain, n)) {
					stop.Store(true)
				}
			}
		})
	}
	wg.Wait()
}

// inParallel calls fn for ranges as spread does. The error it returns is that of
// the first range that has one, however the goroutines are scheduled.
func inParallel(n, grain int, fn func(lo, hi int) error) error {
	var (
		mu      sync.Mutex
		failed  = n
		problem error
	)
	spread(n, grain, func(lo, hi int) bool {
		err := fn(lo, hi)
		if err != nil {
			mu.Lock()
			defer mu.Unlock()
			if lo < failed {
				failed, problem = lo, err
			}
		}
		return err == nil
	})
	return problem
}
