// Package work is what the server's operations do that are about maps and plans:
// it answers them from a folder of maps and from what it is given. It keeps no
// records; those are the store's.
package work

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/desk"
	"github.com/outrider-project/outrider/internal/atomicfile"
	"github.com/outrider-project/outrider/server"
	"github.com/outrider-project/outrider/tiles"
)

// Options are what Work is made with.
type Options struct {
	// Folder is the data folder. Below it are maps, extracts that were received,
	// samples, and the book of code words.
	Folder string
	// Sample is an extract to offer to who has none; empty: the first *.osm.pbf
	// in the folder samples.
	Sample string
	// Program is the name and the version of the program, for what it writes.
	Program string
	Random  io.Reader // a cryptographic source
	Now     func() time.Time
}

// Work does what is about maps and plans. Any number of goroutines may use it.
type Work struct {
	o     Options
	shelf *desk.Shelf
}

var _ server.Work = (*Work)(nil)

// Names below the data folder.
const (
	mapsFolder     = "maps"
	extractsFolder = "extracts"
	samplesFolder  = "samples"
	bookFile       = "codewords.jsonl"
)

// keepExtracts is how long an extract is kept that no job has made a map of.
const keepExtracts = 7 * 24 * time.Hour

// New opens the folder of maps, and makes it where there is none.
func New(o Options) (*Work, error) {
	shelf, err := desk.OpenShelf(filepath.Join(o.Folder, mapsFolder))
	if err != nil {
		return nil, err
	}
	w := &Work{o: o, shelf: shelf}
	if err := os.MkdirAll(w.extracts(), 0o700); err != nil {
		return nil, err
	}
	return w, w.tidy()
}

// Close closes the maps. No operation may be under way any more.
func (w *Work) Close() error { return w.shelf.Close() }

// Import puts a map file on the shelf, and returns its id.
func (w *Work) Import(path string) (string, error) { return w.shelf.Import(path) }

func (w *Work) extracts() string { return filepath.Join(w.o.Folder, extractsFolder) }

// tidy removes what was received long ago.
func (w *Work) tidy() error {
	entries, err := os.ReadDir(w.extracts())
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return err
		}
		if w.o.Now().Sub(info.ModTime()) > keepExtracts {
			if err := os.Remove(filepath.Join(w.extracts(), e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// ground returns a map; server.ErrNotFound if there is none of this id.
func (w *Work) ground(id string) (*desk.Ground, error) {
	g, err := w.shelf.Get(id)
	if outrider.KindOf(err) == outrider.Unsurveyed {
		return nil, server.ErrNotFound
	}
	return g, err
}

// Maps returns the maps on the shelf.
func (w *Work) Maps(_ context.Context, at time.Time) ([]desk.MapInfo, error) { return w.shelf.List(at) }

// Tile returns a gzipped vector tile, nil where there is nothing.
func (w *Work) Tile(_ context.Context, id string, z, x, y int) ([]byte, error) {
	g, err := w.ground(id)
	if err != nil {
		return nil, err
	}
	if z < 0 || x < 0 || y < 0 || z > tiles.MaxZoom {
		return nil, server.ErrNotFound
	}
	t := tiles.ID{Z: uint32(z), X: uint32(x), Y: uint32(y)}
	if t.Check() != nil {
		return nil, server.ErrNotFound
	}
	tile, err := g.Tiles.Tile(t)
	if err != nil || len(tile) == 0 {
		return nil, err
	}
	var out bytes.Buffer
	// A tile goes over the wire once and lives in the browser's cache: speed
	// counts more here than the last byte.
	z1, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	_, err = z1.Write(tile)
	if err := errors.Join(err, z1.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Search looks for streets, places and safe havens by name, and for positions.
func (w *Work) Search(_ context.Context, id, words string) ([]desk.Found, error) {
	g, err := w.ground(id)
	if err != nil {
		return nil, err
	}
	return g.Search(words), nil
}

// sampleName stands for the sample where an extract is named.
const sampleName = "sample"

var extractName = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Receive keeps an extract until a map is made of it.
func (w *Work) Receive(_ context.Context, extract io.Reader) (name string, err error) {
	if extract == nil {
		_, err := w.sample()
		return sampleName, err
	}
	var random [16]byte
	if _, err := io.ReadFull(w.o.Random, random[:]); err != nil {
		return "", err
	}
	name = hex.EncodeToString(random[:])
	empty := false
	err = atomicfile.Write(filepath.Join(w.extracts(), name), 0o600, func(f io.Writer) error {
		n, err := io.Copy(f, extract)
		if empty = n == 0; err == nil && empty {
			return &outrider.Error{Kind: outrider.Invalid, Where: "extract", Cause: "it is empty", Remedy: "send an OpenStreetMap extract, .osm.pbf"}
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return name, nil
}

// sample returns the path of the sample extract.
func (w *Work) sample() (string, error) {
	missing := &outrider.Error{
		Kind: outrider.Invalid, Where: "sample", Cause: "there is no sample extract beside the maps",
		Remedy: "send an OpenStreetMap extract, or put one into the folder " + samplesFolder + " of the data folder",
	}
	if w.o.Sample != "" {
		_, err := os.Stat(w.o.Sample)
		if errors.Is(err, fs.ErrNotExist) {
			return "", missing
		}
		return w.o.Sample, err
	}
	found, err := filepath.Glob(filepath.Join(w.o.Folder, samplesFolder, "*.osm.pbf"))
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", missing
	}
	slices.Sort(found)
	return found[0], nil
}

// Build makes a map of an extract that was received, and returns its id. Doing it
// again does no harm: what was made of an extract is noted before the extract is
// removed.
func (w *Work) Build(ctx context.Context, name string, progress func(phase string, done, total int64)) (string, error) {
	if name == sampleName {
		path, err := w.sample()
		if err != nil {
			return "", err
		}
		return w.shelf.Build(ctx, path, w.o.Program, progress)
	}
	if !extractName.MatchString(name) {
		return "", &outrider.Error{Kind: outrider.Invalid, Where: "extract", Cause: "there is none of this name", Remedy: "send it again"}
	}
	path := filepath.Join(w.extracts(), name)
	note := path + ".made"
	switch id, err := os.ReadFile(note); {
	case err == nil:
		return string(id), nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", &outrider.Error{Kind: outrider.Invalid, Where: "extract", Cause: "it is not there any more", Remedy: "send it again", Err: err}
	}
	id, err := w.shelf.Build(ctx, path, w.o.Program, progress)
	if err != nil {
		return "", w.refused(ctx, path, err)
	}
	write := func(f io.Writer) error { _, err := io.WriteString(f, id); return err }
	if err := atomicfile.Write(note, 0o600, write); err != nil {
		return "", err
	}
	return id, os.Remove(path)
}

// refused removes an extract of which no map can be made, and says so without the
// path that it had here.
func (w *Work) refused(ctx context.Context, path string, err error) error {
	if ctx.Err() != nil {
		return err // the job was stopped; the next one begins anew
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return err // of the disk, not of the extract
	}
	refusal := &outrider.Error{Kind: outrider.Invalid, Where: "extract", Cause: err.Error(), Remedy: "send an OpenStreetMap extract, .osm.pbf", Err: err}
	if e, ok := errors.AsType[*outrider.Error](err); ok {
		refusal.Kind, refusal.Cause, refusal.Remedy = e.Kind, e.Cause, e.Remedy
	}
	refusal.Cause = strings.ReplaceAll(refusal.Cause, path, "extract")
	return errors.Join(refusal, os.Remove(path))
}

// question is what plans and sketches are made from.
func (w *Work) question(b server.Basis, c desk.Change) (desk.Question, error) {
	q := desk.Question{Document: b.Movement.Document, Change: c, Now: b.At, Program: w.o.Program}
	sum := sha256.New()
	for _, f := range b.Findings {
		x, err := finding(f)
		if err != nil {
			return q, err
		}
		q.Findings = append(q.Findings, x)
		sum.Write([]byte(f.ID + "\n"))
	}
	q.FindingsHash = hex.EncodeToString(sum.Sum(nil))
	return q, nil
}

// strict reads JSON without fields that nobody knows and without anything behind.
func strict(where string, src []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(src))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		err = errors.New("something follows the object")
	}
	return &outrider.Error{Kind: outrider.Invalid, Where: where, Cause: fmt.Sprintf("it cannot be read: %.200v", err), Remedy: "see /openapi.json for its fields", Err: err}
}
