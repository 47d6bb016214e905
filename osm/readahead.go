package osm

import "io"

// A readAhead reads from another reader in a goroutine of its own, a few
// buffers ahead.
type readAhead struct {
	full  chan chunk
	empty chan []byte
	quit  chan struct{}
	now   []byte // the buffer being handed out
	rest  []byte // what is left of it
	err   error
}

type chunk struct {
	data []byte
	err  error
}

func newReadAhead(r io.Reader) *readAhead {
	const buffers, size = 4, 64 << 10
	a := &readAhead{
		full:  make(chan chunk, buffers),
		empty: make(chan []byte, buffers),
		quit:  make(chan struct{}),
	}
	for range buffers {
		a.empty <- nil // made when first needed
	}
	go func() {
		defer close(a.full)
		for {
			var buf []byte
			select {
			case buf = <-a.empty:
			case <-a.quit:
				return
			}
			if buf == nil {
				buf = make([]byte, size)
			}
			n, err := 0, error(nil)
			for n < len(buf) && err == nil {
				var m int
				m, err = r.Read(buf[n:])
				n += m
			}
			// There is room for every buffer: this does not block.
			a.full <- chunk{buf[:n], err}
			if err != nil {
				return
			}
		}
	}()
	return a
}

// Read implements io.Reader.
func (a *readAhead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.err != nil {
			return 0, a.err
		}
		if a.now != nil {
			a.empty <- a.now[:cap(a.now)]
			a.now = nil
		}
		c := <-a.full
		a.now, a.rest, a.err = c.data, c.data, c.err
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// stop ends the goroutine and waits for it, for it uses the caller's reader.
func (a *readAhead) stop() {
	close(a.quit)
	for range a.full {
	}
}
