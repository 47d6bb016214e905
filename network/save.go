package network

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/outrider-project/outrider/internal/atomicfile"
)

// Save writes the map to a file, replacing what is there as a whole; see
// atomicfile.Write for what happens when it is interrupted. The map must have
// its strings (SetText), its pieces and index (IndexChains) and be valid, which
// Save checks first, so that what it writes can be opened. Equal maps give equal
// bytes. Save sets m.Hash to the hash of the file.
func Save(path string, m *Map) error {
	return atomicfile.Write(path, 0o644, func(w io.Writer) error { return m.write(w) })
}

// write writes the map file and sets m.Hash.
func (m *Map) write(w io.Writer) error {
	if !littleEndian() {
		return errors.New("map files need a little-endian processor")
	}
	if err := m.Check(); err != nil {
		return fmt.Errorf("the map to be written is wrong: %w", err)
	}
	meta, err := json.Marshal(m.Meta)
	if err != nil {
		return fmt.Errorf("write the description of the map: %w", err)
	}
	plain := column{name: metaSection, size: 1}
	cols := append([]column{plain}, columns()...)
	views := make([][]byte, len(cols))
	views[0] = meta
	for i := range cols[1:] {
		views[i+1] = cols[i+1].view(m)
	}

	table := make([]byte, len(cols)*entrySize)
	end := uint64(headerSize + len(table))
	starts := make([]uint64, len(cols))
	for i, c := range cols {
		starts[i] = (end + alignment - 1) / alignment * alignment
		end = starts[i] + uint64(len(views[i]))
		sum := c.hash(views[i])
		e := table[i*entrySize:]
		copy(e[:nameSize], c.name)
		binary.LittleEndian.PutUint64(e[24:], starts[i])
		binary.LittleEndian.PutUint64(e[32:], uint64(len(views[i])))
		binary.LittleEndian.PutUint32(e[40:], c.size)
		copy(e[48:], sum[:])
	}
	header := make([]byte, headerSize)
	copy(header, magic)
	binary.LittleEndian.PutUint32(header[16:], formatVersion)
	binary.LittleEndian.PutUint32(header[20:], formatMinor)
	binary.LittleEndian.PutUint32(header[28:], uint32(len(cols)))
	binary.LittleEndian.PutUint64(header[32:], end)
	sum := mapHash(header, table)
	copy(header[headerHash:], sum[:])

	if _, err := w.Write(header); err != nil {
		return err
	}
	if _, err := w.Write(table); err != nil {
		return err
	}
	at := uint64(headerSize + len(table))
	buf := make([]byte, hashBlock)
	for i, c := range cols {
		if _, err := w.Write(make([]byte, starts[i]-at)); err != nil {
			return err
		}
		at = starts[i] + uint64(len(views[i]))
		if err := c.writeTo(w, views[i], buf); err != nil {
			return err
		}
	}
	m.Hash = hex.EncodeToString(sum[:])
	return nil
}

// writeTo writes the section's bytes.
func (c *column) writeTo(w io.Writer, view, buf []byte) error {
	if len(c.pad) == 0 {
		_, err := w.Write(view)
		return err
	}
	for from := 0; from < len(view); from += len(buf) {
		part := buf[:min(len(buf), len(view)-from)]
		c.copyItems(part, view, from)
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// mapHash is the hash of a map file: of its header before the hash and its
// section table, which holds the hashes of the sections.
func mapHash(header, table []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(header[:headerHash])
	h.Write(table)
	return [sha256.Size]byte(h.Sum(nil))
}
