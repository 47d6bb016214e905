//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package network

import (
	"fmt"
	"math"
	"os"
	"syscall"
)

// A mapping is the memory that a map's slices are views of.
type mapping struct {
	data   []byte
	mapped bool
}

// mapFile maps the whole of f, which must have size > 0 bytes, read only.
func mapFile(f *os.File, size int64) (mapping, error) {
	if size > math.MaxInt {
		return mapping{}, fmt.Errorf("%d bytes are more than this processor can address", size)
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return mapping{}, os.NewSyscallError("mmap", err)
	}
	return mapping{data, true}, nil
}

func (m *mapping) close() error {
	if !m.mapped {
		return nil
	}
	data := m.data
	*m = mapping{}
	return os.NewSyscallError("munmap", syscall.Munmap(data))
}
