package mapbuild

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/outrider-project/outrider/geo"
	"github.com/outrider-project/outrider/network"
	"github.com/outrider-project/outrider/osm"
)

// collected is what map building needs of the extracts, copied out of them:
// structs of arrays, sorted by id, the same whatever the number of workers.
// Strings are numbers in text.
type collected struct {
	text      *texts
	ways      wayTable
	relations relationTable
	nodes     nodeTable
	tagged    taggedTable
	sources   []network.Source
	wide      []int64 // the node ids that become ways.ref; nil afterwards

	// Objects found in more than one extract; the first extract's is kept.
	repeatedWays, repeatedRelations, repeatedNodes int64
}

// wayTable holds the ways kept, by rising id.
type wayTable struct {
	id       []int64
	refFirst []int // CSR into ref
	ref      []uint32
	tagFirst []int // CSR into tag
	tag      []tag
	text     *texts
}

func (w *wayTable) len() int { return len(w.id) }

// refs returns the nodes of way i as indices into the node table.
func (w *wayTable) refs(i int) []uint32 { return w.ref[w.refFirst[i]:w.refFirst[i+1]] }

func (w *wayTable) tags(i int) tags {
	return tags{w.tag[w.tagFirst[i]:w.tagFirst[i+1]], w.text}
}

// find returns the index of the way with an id.
func (w *wayTable) find(id int64) (int, bool) { return slices.BinarySearch(w.id, id) }

// nodeTable holds every node that a kept way refers to, by rising id.
type nodeTable struct {
	id     []int64
	packed []uint64 // latitude and longitude, absentNode when not in the extracts
	isTag  []uint64 // bit set over nodes: has tags, see taggedTable
}

// absentNode is not a place: its latitude is the least int32.
const absentNode = 1 << 63

func packPoint(p geo.Point) uint64 { return uint64(uint32(p.Lat))<<32 | uint64(uint32(p.Lon)) }

func (n *nodeTable) len() int { return len(n.id) }

// at returns the place of node i; ok is false when the extracts lack the node.
func (n *nodeTable) at(i uint32) (p geo.Point, ok bool) {
	v := n.packed[i]
	return geo.Point{Lat: int32(v >> 32), Lon: int32(v)}, v != absentNode
}

// find returns the index of the node with an id.
func (n *nodeTable) find(id int64) (uint32, bool) {
	i, ok := slices.BinarySearch(n.id, id)
	return uint32(i), ok
}

// taggedTable holds the nodes that have a tag of interest, by rising id.
type taggedTable struct {
	id       []int64
	point    []geo.Point
	tagFirst []int
	tag      []tag
	text     *texts
}

func (n *taggedTable) len() int { return len(n.id) }

func (n *taggedTable) tags(i int) tags {
	return tags{n.tag[n.tagFirst[i]:n.tagFirst[i+1]], n.text}
}

// nodeTags returns the kept tags of node i of the node table.
func (c *collected) nodeTags(i uint32) tags {
	if c.nodes.isTag[i/64]&(1<<(i%64)) == 0 {
		return tags{}
	}
	j, ok := slices.BinarySearch(c.tagged.id, c.nodes.id[i])
	if !ok {
		return tags{}
	}
	return c.tagged.tags(j)
}

// relationTable holds the relations kept, by rising id.
type relationTable struct {
	id          []int64
	memberFirst []int
	member      []member
	tagFirst    []int
	tag         []tag
	text        *texts
}

type member struct {
	id   int64
	role uint32 // number of a string
	kind osm.MemberType
}

func (r *relationTable) len() int { return len(r.id) }

func (r *relationTable) members(i int) []member {
	return r.member[r.memberFirst[i]:r.memberFirst[i+1]]
}

func (r *relationTable) tags(i int) tags {
	return tags{r.tag[r.tagFirst[i]:r.tagFirst[i+1]], r.text}
}

// collect reads the extracts. Ways and relations come first, then the member
// ways of kept areas, then the nodes that all of those need. An object that is
// in several extracts is taken from the first of them. Memory is bounded by
// what is kept, not by what is read.
func collect(ctx context.Context, paths []string, workers int, progress *reporter) (*collected, error) {
	if len(paths) == 0 {
		return nil, fmt.Errorf("no extract given: name at least one .osm.pbf, .osm, .osm.gz or .osm.bz2 file")
	}
	files := make([]*osm.File, 0, len(paths))
	defer func() {
		for _, f := range files {
			_ = f.Close() // only read from; nothing can be lost
		}
	}()
	for _, path := range paths {
		f, err := osm.Open(path)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	var origins []network.Source
	sums := make(chan error, 1)
	summing, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		var err error
		origins, err = sources(summing, paths)
		sums <- err
	}()
	c := newCollected()
	err := c.read(ctx, files, paths, workers, true, progress)
	if errors.Is(err, osm.ErrUnsorted) {
		// Ways stand among the nodes: read again without skipping anything.
		c = newCollected()
		err = c.read(ctx, files, paths, workers, false, progress)
	}
	if err != nil {
		stop() // a bad extract is told at once, not when all of it has been hashed
	}
	if sumErr := <-sums; err == nil {
		err = sumErr
	}
	c.sources = origins
	if err != nil {
		return nil, err
	}
	for i, f := range files {
		date := f.Header.ReplicationTimestamp
		if date == 0 {
			date = f.Newest()
		}
		c.sources[i].Date = date
	}
	return c, nil
}

func newCollected() *collected {
	text := newTexts()
	return &collected{text: text, ways: wayTable{text: text}, relations: relationTable{text: text}, tagged: taggedTable{text: text}}
}

// read fills c. With sorted, PBF files are taken to have their nodes first; the
// error is osm.ErrUnsorted if one has not.
func (c *collected) read(ctx context.Context, files []*osm.File, paths []string, workers int, sorted bool, progress *reporter) error {
	gather := make([]*gatherer, len(files)*workers)
	for i := range gather {
		gather[i] = newGatherer(i / workers)
	}
	scan := func(phase string, want osm.Content, visit func(g *gatherer, b *osm.Block) error, done func(file int)) error {
		for k, f := range files {
			s := osm.Scan{Want: want, Workers: workers, TakeSorted: sorted, Progress: func(done, total int64) {
				progress.report(Progress{phase, filepath.Base(paths[k]), done, total})
			}}
			err := f.Scan(ctx, s, func(worker int, b *osm.Block) error {
				g := gather[k*workers+worker]
				g.begin(b)
				return visit(g, b)
			})
			if err != nil {
				return err
			}
			if done != nil {
				done(k)
			}
		}
		return nil
	}

	err := scan(PhaseWays, osm.Ways|osm.Relations, func(g *gatherer, b *osm.Block) error {
		g.takeWays(b, nil)
		g.takeRelations(b)
		return nil
	}, nil)
	if err != nil {
		return err
	}
	c.mergeRelations(gather)
	if missing := c.missingMembers(gather); len(missing) > 0 {
		err := scan(PhaseWays, osm.Ways, func(g *gatherer, b *osm.Block) error {
			g.takeWays(b, missing)
			return nil
		}, nil)
		if err != nil {
			return err
		}
	}
	c.mergeWays(gather)

	if err := c.numberNodes(); err != nil {
		return err
	}
	filled := c.nodes.filled()
	var repeated atomic.Int64
	err = scan(PhaseNodes, osm.Nodes, func(g *gatherer, b *osm.Block) error {
		repeated.Add(c.place(b, filled))
		g.takeNodes(b)
		return nil
	}, func(file int) {
		if file < len(files)-1 {
			filled = c.nodes.filled()
		}
	})
	if err != nil {
		return err
	}
	c.repeatedNodes = repeated.Load()
	c.mergeNodes(gather)
	return nil
}

// sources describes the extracts' files.
func sources(ctx context.Context, paths []string) ([]network.Source, error) {
	list := make([]network.Source, len(paths))
	for i, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		h := sha256.New()
		n, err := io.Copy(h, untilDone(ctx, f))
		err = cmp.Or(err, f.Close())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		list[i] = network.Source{Name: filepath.Base(path), Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}
	}
	return list, nil
}

// A readFunc is a Read method.
type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// untilDone reads from r until the context ends.
func untilDone(ctx context.Context, r io.Reader) io.Reader {
	return readFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	})
}

// missingMembers returns, sorted, the ways that kept areas are made of and that
// were not kept for their own tags.
func (c *collected) missingMembers(gather []*gatherer) []int64 {
	var kept []int64
	for _, g := range gather {
		kept = append(kept, g.ways.id...)
	}
	slices.Sort(kept)
	var ids []int64
	for i := range c.relations.len() {
		if !c.relations.tags(i).is(keyType, "multipolygon") {
			continue
		}
		for _, m := range c.relations.members(i) {
			if _, ok := slices.BinarySearch(kept, m.id); m.kind == osm.MemberWay && !ok {
				ids = append(ids, m.id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// numberNodes makes the node table of all nodes that ways refer to and turns
// the ids in ways.wide into indices into it.
func (c *collected) numberNodes() error {
	ids := sortedIDs(c.wide)
	if uint64(len(ids)) >= math.MaxUint32 {
		return fmt.Errorf("the extracts have %d nodes on roads, railways and waters, more than the %d a map can hold: use smaller extracts", len(ids), uint32(math.MaxUint32))
	}
	c.nodes = nodeTable{id: ids, packed: make([]uint64, len(ids)), isTag: make([]uint64, (len(ids)+63)/64)}
	for i := range c.nodes.packed {
		c.nodes.packed[i] = absentNode
	}
	c.ways.ref = make([]uint32, len(c.wide))
	parallel(len(c.wide), 1<<14, func(lo, hi int) {
		at := 0
		for i := lo; i < hi; i++ {
			at = seek(ids, at, c.wide[i])
			c.ways.ref[i] = uint32(at)
		}
	})
	c.wide = nil
	return nil
}

// seek returns the position of the first id in ids that is not less than id. It
// starts to look at position from: the nodes of a way tend to lie close together.
func seek(ids []int64, from int, id int64) int {
	if from < len(ids) && ids[from] < id {
		lo, hi := from+1, from+1
		for step := 1; hi < len(ids) && ids[hi] < id; step *= 2 {
			lo, hi = hi+1, hi+step
		}
		i, _ := slices.BinarySearch(ids[lo:min(hi, len(ids))], id)
		return lo + i
	}
	lo, hi := 0, from
	for step := 1; hi > 0; step *= 2 {
		probe := max(0, hi-step)
		if ids[probe] < id {
			lo = probe + 1
			break
		}
		hi = probe
	}
	i, _ := slices.BinarySearch(ids[lo:hi], id)
	return lo + i
}

// filled returns the set of nodes whose place is known.
func (n *nodeTable) filled() []uint64 {
	set := make([]uint64, (len(n.id)+63)/64)
	for i, v := range n.packed {
		if v != absentNode {
			set[i/64] |= 1 << (i % 64)
		}
	}
	return set
}

// place enters the coordinates of the block's nodes that are needed. Blocks are
// entered by several workers at once. Nodes known before this file began
// (known) stay as they are and are counted; a node that one file has twice,
// which no sound file does, gets the lesser of its packed places, so that the
// order in which workers come does not matter.
func (c *collected) place(b *osm.Block, known []uint64) (repeated int64) {
	ids, at := c.nodes.id, 0
	for i, id := range b.NodeID {
		at = seek(ids, at, id)
		if at == len(ids) || ids[at] != id {
			continue
		}
		if known[at/64]&(1<<(at%64)) != 0 {
			repeated++
			continue
		}
		v := packPoint(geo.Point{Lat: b.NodeLat[i], Lon: b.NodeLon[i]})
		slot := &c.nodes.packed[at]
		for {
			old := atomic.LoadUint64(slot)
			if old != absentNode && old <= v || atomic.CompareAndSwapUint64(slot, old, v) {
				break
			}
		}
	}
	return repeated
}

// parallel calls do for consecutive ranges of at least grain items that together
// cover [0, n), from as many goroutines as processors can run.
func parallel(n, grain int, do func(lo, hi int)) {
	workers := min(maxWorkers(), n/grain)
	if workers <= 1 {
		do(0, n)
		return
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for {
				hi := int(next.Add(int64(grain)))
				lo := hi - grain
				if lo >= n {
					return
				}
				do(lo, min(hi, n))
			}
		})
	}
	wait.Wait()
}
