// Package desk is what a planner at a screen asks for: the maps on record, a
// sketch that follows the hand, a plan, and why a place is rated as it is. It
// knows nothing of HTTP, accounts or the page; what it is asked it answers from
// its arguments and the maps.
package desk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/plan"
	"github.com/outrider-project/outrider/tiles"
)

// MapInfo is what a list of maps shows of one.
type MapInfo struct {
	ID       string     `json:"id"` // SHA-256 of the map, hex
	Name     string     `json:"name"`
	DataDate time.Time  `json:"dataDate"`
	Stale    bool       `json:"stale"`
	Box      [4]float64 `json:"box"` // west, south, east, north, degrees
	Bytes    int64      `json:"bytes"`
	// Attribution is what every picture of the map has to name.
	Attribution string `json:"attribution"`
}

const attribution = "© OpenStreetMap contributors"

// A Shelf is a folder with map files, each called by its hash. Maps are opened
// when they are first asked for and stay open: they are mapped, not read.
type Shelf struct {
	folder string
	mu     sync.Mutex
	open   map[string]*Ground
}

// OpenShelf returns the shelf of a folder, which is made if it is missing.
func OpenShelf(folder string) (*Shelf, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	return &Shelf{folder: folder, open: map[string]*Ground{}}, nil
}

// Close closes all maps. Nothing may use a Ground any more.
func (s *Shelf) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all error
	for id, g := range s.open {
		all = errors.Join(all, g.Map.Close())
		delete(s.open, id)
	}
	return all
}

const suffix = ".map"

var mapID = regexp.MustCompile(`^[0-9a-f]{64}$`)

// List returns the maps on the shelf by name. At tells which are stale.
func (s *Shelf) List(at time.Time) ([]MapInfo, error) {
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return nil, err
	}
	out := []MapInfo{}
	for _, e := range entries {
		id, is := strings.CutSuffix(e.Name(), suffix)
		if !is || !mapID.MatchString(id) {
			continue
		}
		info, err := network.ReadInfo(filepath.Join(s.folder, e.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, mapInfo(id, info.Meta, info.Bytes, at))
	}
	slices.SortFunc(out, func(a, b MapInfo) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return out, nil
}

func mapInfo(id string, meta network.Meta, size int64, at time.Time) MapInfo {
	date := time.Unix(meta.DataDate, 0).UTC()
	south, west := meta.Box.Min.Degrees()
	north, east := meta.Box.Max.Degrees()
	return MapInfo{
		ID: id, Name: meta.Name, DataDate: date, Stale: at.Sub(date) > outrider.StaleAfter,
		Box: [4]float64{west, south, east, north}, Bytes: size, Attribution: attribution,
	}
}

// Get returns a map by its id. It is an error of kind Unsurveyed if there is none.
func (s *Shelf) Get(id string) (*Ground, error) {
	if !mapID.MatchString(id) {
		return nil, noMap(id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.open[id]; g != nil {
		return g, nil
	}
	m, err := network.OpenMap(filepath.Join(s.folder, id+suffix))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noMap(id)
	}
	if err != nil {
		return nil, err
	}
	g := newGround(m, id)
	s.open[id] = g
	return g, nil
}

func noMap(id string) error {
	return &outrider.Error{Kind: outrider.Unsurveyed, Where: fmt.Sprintf("map %.64q", id), Cause: "there is no such map", Remedy: "choose one of the list, or import an extract"}
}

// Import puts a map file on the shelf.
func (s *Shelf) Import(path string) (string, error) {
	m, err := network.OpenMap(path)
	if err != nil {
		return "", err
	}
	id, err := s.save(m)
	return id, errors.Join(err, m.Close())
}

// Build makes a map of an extract and puts it on the shelf. Program is what the
// map says it was made by.
func (s *Shelf) Build(ctx context.Context, extract, program string, progress func(phase string, done, total int64)) (string, error) {
	options := mapbuild.Options{Progress: func(p mapbuild.Progress) {
		if progress != nil {
			progress(p.Phase, p.Done, p.Total)
		}
	}}
	m, _, err := mapbuild.Build(ctx, []string{extract}, options)
	if err != nil {
		return "", err
	}
	if m.NumChains() == 0 {
		return "", &outrider.Error{
			Kind: outrider.Invalid, Where: filepath.Base(extract), Cause: "there is no road for vehicles in it",
			Remedy: "take an extract of an area with roads, with the nodes of its ways",
		}
	}
	m.Meta.Program = program
	return s.save(m)
}

// save writes a map under its hash, which is known once it is written.
func (s *Shelf) save(m *network.Map) (id string, err error) {
	folder, err := os.MkdirTemp(s.folder, ".new-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "new"+suffix)
	if err := network.Save(path, m); err != nil {
		return "", err
	}
	info, err := network.ReadInfo(path)
	if err != nil {
		return "", err
	}
	if !mapID.MatchString(info.Hash) {
		return "", fmt.Errorf("the hash %.80q of a map is none", info.Hash)
	}
	return info.Hash, os.Rename(path, filepath.Join(s.folder, info.Hash+suffix))
}

// Ground is a map with what answers need of it. Any number of goroutines may
// use it.
type Ground struct {
	ID    string
	Map   *network.Map
	Tiles *tiles.Source
	index func() (*plan.Index, error)
}

func newGround(m *network.Map, id string) *Ground {
	return &Ground{
		ID: id, Map: m, Tiles: tiles.New(m),
		index: sync.OnceValues(func() (*plan.Index, error) { return plan.NewIndex(m) }),
	}
}

// Info is what a list shows of the map.
func (g *Ground) Info(at time.Time) MapInfo { return mapInfo(g.ID, g.Map.Meta, 0, at) }

// Found is an answer to a search.
type Found struct {
	ID   string  `json:"id"`
	Name string  `json:"name"`
	Kind string  `json:"kind"`
	Lat  float64 `json:"lat"`
	Lon  float64 `json:"lon"`
}

// MostFound bounds the answers to a search.
const MostFound = 20

// Search looks for streets, places and safe havens by name, and understands
// positions in every form.
func (g *Ground) Search(query string) []Found {
	out := []Found{}
	for _, f := range g.Map.Find(query, MostFound) {
		lat, lon := f.Point.Degrees()
		out = append(out, Found{ID: f.ID, Name: f.Name, Kind: f.Kind, Lat: lat, Lon: lon})
	}
	return out
}
