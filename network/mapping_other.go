//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package network

import (
	"fmt"
	"io"
	"math"
	"os"
)

// A mapping is the memory that a map's slices are views of.
type mapping struct {
	data []byte
}

// mapFile reads the whole of f: files are not mapped on this system.
func mapFile(f *os.File, size int64) (mapping, error) {
	if size > math.MaxInt-8 {
		return mapping{}, fmt.Errorf("%d bytes are more than this processor can address", size)
	}
	data := alignedBytes(int(size))
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, size), data); err != nil {
		return mapping{}, err
	}
	return mapping{data}, nil
}

func (m *mapping) close() error {
	*m = mapping{}
	return nil
}
