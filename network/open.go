package network

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unsafe"
)

// Remedies.
const (
	rebuild  = "build it again with outrider map build"
	getAgain = "copy it again or " + rebuild
)

// Info is what the head of a map file says.
type Info struct {
	Meta Meta `json:"meta"`
	// Hash is the SHA-256 that stands for all of the contents, hex; see Map.Hash.
	Hash     string        `json:"sha256"`
	Version  int           `json:"format"` // of the format
	Minor    int           `json:"minor"`
	Bytes    int64         `json:"bytes"` // size of the file
	Sections []SectionInfo `json:"sections"`
}

// A SectionInfo describes one section of a map file.
type SectionInfo struct {
	Name     string `json:"name"`
	Offset   int64  `json:"offset"`
	Bytes    int64  `json:"bytes"`
	ItemSize int    `json:"item_size"`
	// Hash is the hash of the section's bytes, hex, see docs/format/map.md.
	Hash string `json:"sha256"`

	sum [32]byte
}

// Items returns the number of items in the section.
func (s SectionInfo) Items() int64 { return s.Bytes / int64(s.ItemSize) }

// ReadInfo reads what a map file says about itself. It takes the same time
// whatever the size of the file, for it reads the header, the section table and
// the section "meta" only; of the rest it checks that it is there, not what it
// holds. The errors are those of OpenMap.
func ReadInfo(path string) (Info, error) {
	f, err := os.Open(path)
	if err != nil {
		return Info{}, openError(err)
	}
	defer func() { _ = f.Close() }() // only read from
	size, err := regularSize(f, path)
	if err != nil {
		return Info{}, err
	}
	return readInfo(f, size, path)
}

// OpenMap maps a map file into memory and checks all of it: the format, the
// checksums and that every index, position and kind is in range, so that nothing
// can go wrong with it later. It reads the file once on all cores. The file must
// not be written in place while it is open; Save never does. Errors are of the
// kinds ErrNotAMap, ErrVersion and ErrCorrupt, or those of the file system.
func OpenMap(path string) (*Map, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, openError(err)
	}
	defer func() { _ = f.Close() }() // only read from; the mapping outlives it
	size, err := regularSize(f, path)
	if err != nil {
		return nil, err
	}
	info, err := readInfo(f, size, path)
	if err != nil {
		return nil, err
	}
	data, err := mapFile(f, size)
	if err != nil {
		return nil, fmt.Errorf("%s: read the map: %w", path, err)
	}
	m, err := fromBytes(data.data, info, path)
	if err != nil {
		return nil, errors.Join(err, data.close())
	}
	m.file = data
	return m, nil
}

// Close gives back the memory of the map. Nothing obtained from the map may be
// used after that, strings included.
func (m *Map) Close() error {
	file := m.file
	*m = Map{}
	return file.close()
}

func openError(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; build a map with outrider map build", err)
	}
	return err
}

func regularSize(f *os.File, path string) (int64, error) {
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if !st.Mode().IsRegular() {
		return 0, &Error{ErrNotAMap, path, "not a regular file", "name a map file"}
	}
	return st.Size(), nil
}

// readInfo reads and checks header, table and meta of a file of the given size.
func readInfo(r io.ReaderAt, size int64, place string) (Info, error) {
	corrupt := func(format string, a ...any) error {
		return &Error{ErrCorrupt, place, fmt.Sprintf(format, a...), getAgain}
	}
	var header [headerSize]byte
	n, err := r.ReadAt(header[:min(headerSize, size)], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Info{}, fmt.Errorf("%s: %w", place, err)
	}
	if !bytes.HasPrefix(header[:n], []byte(magic)) {
		return Info{}, &Error{ErrNotAMap, place, "not a map file: " + looksLike(header[:n]), "make one from it or from an extract with outrider map build"}
	}
	if n < headerSize {
		return Info{}, corrupt("map file is truncated: it ends at byte %d, within its header", size)
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(header[at:]) }
	if v := u32(16); v != formatVersion {
		return Info{}, &Error{ErrVersion, place, fmt.Sprintf("map of format %d; this program reads %d", v, formatVersion), rebuild}
	}
	if flags := u32(24); flags != 0 {
		return Info{}, &Error{ErrVersion, place, fmt.Sprintf("map with flags %#x that this program does not know", flags), rebuild}
	}
	count := u32(28)
	if count == 0 || count > maxSections {
		return Info{}, corrupt("the header says %d sections, possible are 1 to %d", count, maxSections)
	}
	length := binary.LittleEndian.Uint64(header[32:])
	tableEnd := int64(headerSize + count*entrySize)
	if uint64(size) < length || size < tableEnd {
		return Info{}, corrupt("map file is truncated: it ends at byte %d of %d", size, max(length, uint64(tableEnd)))
	}
	if uint64(size) > length {
		return Info{}, corrupt("%d bytes follow the end of the map", uint64(size)-length)
	}
	table := make([]byte, count*entrySize)
	if _, err := r.ReadAt(table, headerSize); err != nil {
		return Info{}, fmt.Errorf("%s: read the section table: %w", place, err)
	}
	sum := mapHash(header[:], table)
	if !bytes.Equal(sum[:], header[headerHash:]) {
		return Info{}, corrupt("the checksum of the header and section table is wrong")
	}
	info := Info{
		Hash:     hex.EncodeToString(sum[:]),
		Version:  formatVersion,
		Minor:    int(u32(20)),
		Bytes:    size,
		Sections: make([]SectionInfo, count),
	}
	end := tableEnd
	seen := make(map[string]bool, count)
	for i := range info.Sections {
		e := table[i*entrySize : (i+1)*entrySize]
		name := string(bytes.TrimRight(e[:nameSize], "\x00"))
		offset, bytesLong := binary.LittleEndian.Uint64(e[24:]), binary.LittleEndian.Uint64(e[32:])
		itemSize := binary.LittleEndian.Uint32(e[40:])
		switch {
		case name == "" || !printable(name):
			return Info{}, corrupt("section %d has the name %q", i, name)
		case seen[name]:
			return Info{}, corrupt("section %q is there twice", name)
		case offset < uint64(end) || offset%alignment != 0 || offset > length || bytesLong > length-offset:
			return Info{}, corrupt("section %q is said to be at bytes %d to %d of %d", name, offset, offset+bytesLong, length)
		case itemSize == 0 || bytesLong%uint64(itemSize) != 0:
			return Info{}, corrupt("section %q has %d bytes of items of %d bytes", name, bytesLong, itemSize)
		}
		seen[name] = true
		end = int64(offset + bytesLong)
		sum := [32]byte(e[48:])
		info.Sections[i] = SectionInfo{name, int64(offset), int64(bytesLong), int(itemSize), hex.EncodeToString(sum[:]), sum}
	}
	if end != size {
		return Info{}, corrupt("%d bytes follow the last section", size-end)
	}
	meta, ok := info.section(metaSection)
	if !ok {
		return Info{}, corrupt("section %q is missing", metaSection)
	}
	text := make([]byte, meta.Bytes)
	if _, err := r.ReadAt(text, meta.Offset); err != nil && !errors.Is(err, io.EOF) {
		return Info{}, fmt.Errorf("%s: read section %q: %w", place, metaSection, err)
	}
	if hashBytes(text) != meta.sum {
		return Info{}, corrupt("the checksum of section %q is wrong", metaSection)
	}
	if err := json.Unmarshal(text, &info.Meta); err != nil {
		return Info{}, corrupt("section %q: %v", metaSection, err)
	}
	return info, nil
}

// OrderedStates returns how many states the order for routing has, 0 if the file
// has none.
func (i *Info) OrderedStates() int64 {
	s, _ := i.section(orderSection)
	return s.Bytes / int64(max(s.ItemSize, 1))
}

func (i *Info) section(name string) (SectionInfo, bool) {
	for _, s := range i.Sections {
		if s.Name == name {
			return s, true
		}
	}
	return SectionInfo{}, false
}

func printable(s string) bool {
	for _, r := range s {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return true
}

// looksLike says in a few words what a file with this beginning seems to be.
func looksLike(b []byte) string {
	trimmed := bytes.TrimLeft(b, "\ufeff \t\r\n")
	lower := bytes.ToLower(trimmed)
	switch {
	case len(b) == 0:
		return "it is empty"
	case bytes.HasPrefix([]byte(magic), b):
		return "it ends within the first bytes"
	case bytes.HasPrefix(b, []byte("OUTRIDER MAP")):
		return "its line ends were changed, as a transfer as text does"
	case bytes.Contains(b, []byte("OSMHeader")):
		return "it looks like an OpenStreetMap extract (PBF)"
	case bytes.HasPrefix(lower, []byte("<osm")), bytes.HasPrefix(lower, []byte("<?xml")):
		return "it looks like XML, perhaps an OpenStreetMap extract"
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return "it looks like a web page"
	case bytes.HasPrefix(b, []byte("BZh")), bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
		return "it is compressed, perhaps an OpenStreetMap extract"
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return "it looks like a zip archive"
	case bytes.HasPrefix(lower, []byte("{")):
		return "it looks like JSON"
	}
	return fmt.Sprintf("it begins with %.16q", b)
}

// fromBytes makes a map of a file whose head has been read.
func fromBytes(data []byte, info Info, place string) (*Map, error) {
	if !littleEndian() {
		return nil, fmt.Errorf("%s: map files need a little-endian processor", place)
	}
	m := &Map{Meta: info.Meta, Hash: info.Hash}
	end := int64(headerSize + len(info.Sections)*entrySize)
	for _, s := range info.Sections {
		for _, b := range data[end:s.Offset] {
			if b != 0 {
				return nil, &Error{ErrCorrupt, place, fmt.Sprintf("the gap before section %q is not empty", s.Name), getAgain}
			}
		}
		end = s.Offset + s.Bytes
		if s.Name != metaSection && hashBytes(data[s.Offset:end]) != s.sum {
			return nil, &Error{ErrCorrupt, place, fmt.Sprintf("the checksum of section %q (bytes %d to %d) is wrong", s.Name, s.Offset, end), getAgain}
		}
	}
	for _, c := range columns() {
		if c.since > info.Minor {
			continue // the file is older than what this section tells
		}
		s, ok := info.section(c.name)
		if !ok {
			return nil, &Error{ErrCorrupt, place, fmt.Sprintf("section %q is missing", c.name), rebuild}
		}
		if s.ItemSize != int(c.size) {
			return nil, &Error{ErrCorrupt, place, fmt.Sprintf("section %q has items of %d bytes; this format has %d", c.name, s.ItemSize, c.size), rebuild}
		}
		// The capacity ends with the section, so that an append copies.
		c.set(m, data[s.Offset:s.Offset+s.Bytes:s.Offset+s.Bytes])
	}
	if err := m.Check(); err != nil {
		return nil, &Error{ErrCorrupt, place, err.Error(), rebuild}
	}
	return m, nil
}

// alignedBytes returns n bytes that start at a multiple of 8, as the items of a
// map need.
func alignedBytes(n int) []byte {
	words := make([]uint64, (n+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), n)
}
