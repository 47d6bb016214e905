package osm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// signatures are the beginnings of files people take for extracts.
var signatures = []struct{ magic, is, remedy string }{
	{"PK\x03\x04", "a zip archive", "unpack it and give the .osm or .osm.pbf file inside"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it and give the .osm or .osm.pbf file inside"},
	{"\xfd7zXZ\x00", "packed with xz", "unpack it with \"xz -d\" first"},
	{"\x28\xb5\x2f\xfd", "packed with zstd", "unpack it with \"zstd -d\" first"},
	{"\x04\x22\x4d\x18", "packed with lz4", "unpack it with \"lz4 -d\" first"},
	{"\xff\xe0\x04o5m2", "an o5m file", "convert it with \"osmium cat FILE.o5m -o FILE.osm.pbf\""},
	{"\xff\xe0\x04o5c2", "an o5c change file", "apply it to an extract with \"osmium apply-changes\" and give the result"},
	{"SQLite format 3\x00", "an SQLite database (perhaps a GeoPackage)", "download the area as .osm.pbf"},
	{"%PDF-", "a PDF document", "download the area as .osm.pbf"},
	{"\x00\x00\x27\x0a", "a shapefile", "download the area as .osm.pbf"},
	{"ustar", "a tar archive", "unpack it first"},
}

// detect tells an extract's format from its first bytes.
func detect(src io.ReaderAt, size int64) (format, error) {
	if size == 0 {
		return 0, fmt.Errorf("%w: the file is empty; %s", ErrFormat, again)
	}
	head := make([]byte, min(size, 512))
	if n, err := src.ReadAt(head, 0); n < len(head) {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return 0, fmt.Errorf("read: %w", err)
	}
	switch {
	case looksLikePBF(head):
		return formatPBF, nil
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return formatXMLGzip, nil
	case bytes.HasPrefix(head, []byte("BZh")):
		return formatXMLBzip2, nil
	case looksLikeXML(head):
		return formatXML, nil
	}
	return 0, foreign(head)
}

// looksLikePBF reports whether head is the frame of a blob: a length of at most
// 64 KiB, then a BlobHeader that starts with its type.
func looksLikePBF(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	n := binary.BigEndian.Uint32(head)
	body := head[4:min(len(head), 64)]
	for _, kind := range []string{"\x0a\x09OSMHeader", "\x0a\x07OSMData"} {
		if n > 0 && n <= maxHeader && len(body) > 0 && bytes.HasPrefix(body, []byte(kind[:min(len(kind), len(body))])) {
			return true
		}
	}
	return false
}

// looksLikeXML reports whether the first visible character is "<".
func looksLikeXML(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	head = bytes.TrimLeft(head, " \t\r\n")
	return len(head) > 0 && head[0] == '<'
}

// foreign says what a file that is no extract looks like, and what to do.
func foreign(head []byte) error {
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.magic)) {
			return fmt.Errorf("%w: it is %s; %s", ErrFormat, s.is, s.remedy)
		}
	}
	switch {
	case len(head) > 262 && bytes.HasPrefix(head[257:], []byte("ustar")):
		return fmt.Errorf("%w: it is a tar archive; unpack it and give the .osm or .osm.pbf file inside", ErrFormat)
	case len(bytes.TrimLeft(head, " \t\r\n\x00")) == 0:
		return fmt.Errorf("%w: it starts with nothing but blanks or zeros, as a broken download does; %s", ErrFormat, again)
	case bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")):
		return fmt.Errorf("%w: it is text in UTF-16; save it as UTF-8", ErrFormat)
	case bytes.TrimLeft(head, " \t\r\n")[0] == '{' || bytes.TrimLeft(head, " \t\r\n")[0] == '[':
		return fmt.Errorf("%w: it looks like JSON; download the area as .osm.pbf or .osm instead of GeoJSON or Overpass JSON", ErrFormat)
	case bytes.HasPrefix(head, []byte("version https://git-lfs")):
		return fmt.Errorf("%w: it is a Git LFS pointer to the file; fetch it with \"git lfs pull\"", ErrFormat)
	}
	return fmt.Errorf("%w: it starts with %q, which is neither PBF, XML, gzip nor bzip2; give a .osm.pbf, .osm, .osm.gz or .osm.bz2 file", ErrFormat, head[:min(len(head), 16)])
}
