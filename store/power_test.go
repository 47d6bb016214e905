package store_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ncruces/go-sqlite3/vfs"

	"github.com/outrider-project/outrider/server"
	"github.com/outrider-project/outrider/store"
)

// What happens to files, as the recording file system notes it.
type change uint8

const (
	create change = iota
	write
	truncate
	synced
	remove
	folderSynced
	acknowledge // a commit has returned
)

type event struct {
	change change
	name   string // of create and remove
	file   int    // which one: a name that is used again stands for another file
	at     int64  // of a write; the size of truncate
	data   []byte
}

// recording passes everything on to the file system of the machine and notes it.
type recording struct {
	vfs.VFSFilename

	mu     sync.Mutex
	names  map[string]int
	files  int
	events []event
}

func (r *recording) note(e event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recording) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, got, err := r.VFSFilename.OpenFilename(name, flags)
	if err != nil || name == nil {
		return f, got, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	base := filepath.Base(name.String())
	file, there := r.names[base]
	if !there {
		r.files++
		file = r.files
		r.names[base] = file
		r.events = append(r.events, event{change: create, name: base, file: file})
	}
	// The driver's file system syncs the folder when a log or journal that may be
	// new is synced for the first time.
	folder := flags&vfs.OPEN_CREATE != 0 && flags&(vfs.OPEN_MAIN_JOURNAL|vfs.OPEN_WAL) != 0
	return &recorded{File: f, of: r, file: file, syncsFolder: folder}, got, nil
}

func (r *recording) Delete(name string, syncDir bool) error {
	if err := r.VFSFilename.Delete(name, syncDir); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	base := filepath.Base(name)
	delete(r.names, base)
	r.events = append(r.events, event{change: remove, name: base})
	if syncDir {
		r.events = append(r.events, event{change: folderSynced})
	}
	return nil
}

type recorded struct {
	vfs.File

	of          *recording
	file        int
	syncsFolder bool
}

func (f *recorded) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	f.of.note(event{change: write, file: f.file, at: off, data: slices.Clone(p[:n])})
	return n, err
}

func (f *recorded) Truncate(size int64) error {
	err := f.File.Truncate(size)
	f.of.note(event{change: truncate, file: f.file, at: size})
	return err
}

func (f *recorded) Sync(flags vfs.SyncFlag) error {
	err := f.File.Sync(flags)
	f.of.note(event{change: synced, file: f.file})
	if f.syncsFolder {
		f.syncsFolder = false
		f.of.note(event{change: folderSynced})
	}
	return err
}

// DeviceCharacteristics promises nothing but what every disk keeps.
func (f *recorded) DeviceCharacteristics() vfs.DeviceCharacteristic {
	return f.File.DeviceCharacteristics() & (vfs.IOCAP_POWERSAFE_OVERWRITE | vfs.IOCAP_SUBPAGE_READ)
}

// SharedMemory is that of the file below; it does not survive a loss of power.
func (f *recorded) SharedMemory() vfs.SharedMemory {
	return f.File.(vfs.FileSharedMemory).SharedMemory()
}

// sector is what a disk writes as a whole.
const sector = 512

// A disk loses what was not synced: of files and of the folder they are in.
type disk struct {
	files          map[int]*onDisk
	names, durable map[string]int // as they are now, and as they were synced last
}

type onDisk struct {
	durable []byte
	pending []event // since the last sync
}

// newDisk holds the database as the store begins it: an empty file whose name is
// synced.
func newDisk() *disk {
	return &disk{files: map[int]*onDisk{}, names: map[string]int{}, durable: map[string]int{}}
}

func (d *disk) take(e event) {
	switch e.change {
	case create:
		d.files[e.file] = &onDisk{}
		d.names[e.name] = e.file
		if e.name == store.FileName {
			d.durable[e.name] = e.file
		}
	case remove:
		delete(d.names, e.name)
	case folderSynced:
		d.durable = maps.Clone(d.names)
	case write, truncate:
		f := d.files[e.file]
		f.pending = append(f.pending, e)
	case synced:
		f := d.files[e.file]
		for _, p := range f.pending {
			f.durable = carried(f.durable, p)
		}
		f.pending = nil
	case acknowledge:
	}
}

// carried carries one event out on the bytes of a file.
func carried(b []byte, e event) []byte {
	end := e.at + int64(len(e.data))
	if e.change == truncate {
		end = e.at
		b = b[:min(int64(len(b)), end)]
	}
	if more := end - int64(len(b)); more > 0 {
		b = append(b, make([]byte, more)...)
	}
	copy(b[e.at:], e.data)
	return b
}

// survive writes into a folder what is there after a loss of power. Of what was
// not synced each sector, cut and name has reached the disk with the odds given.
func (d *disk) survive(dir string, odds float64, r *rand.Rand) error {
	lucky := func() bool { return r.Float64() < odds }
	names := maps.Clone(d.durable)
	for _, name := range slices.Sorted(maps.Keys(d.durable)) {
		if now, there := d.names[name]; (!there || now != d.durable[name]) && lucky() {
			delete(names, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.names)) {
		if d.durable[name] != d.names[name] && lucky() {
			names[name] = d.names[name]
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		f := d.files[names[name]]
		b := slices.Clone(f.durable)
		for _, p := range f.pending {
			if p.change == truncate {
				if lucky() {
					b = carried(b, p)
				}
				continue
			}
			for from := int64(0); from < int64(len(p.data)); {
				to := min(int64(len(p.data)), (p.at+from)/sector*sector+sector-p.at)
				if lucky() {
					b = carried(b, event{change: write, at: p.at + from, data: p.data[from:to]})
				}
				from = to
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Steps of the work that power is cut from. What step n stores follows from n.
const (
	powerSteps  = 120
	compartment = 5
)

func powerDocument(n int) []byte {
	return []byte(strings.Repeat(fmt.Sprintf("%d,", n), 200+n%7*300))
}

// powerStep does step n, from 1: each is one entry of the log.
func powerStep(ctx context.Context, s *store.Store, n int) error {
	id := fmt.Sprintf("M%d", n%compartment)
	switch {
	case n == 1:
		return s.AddAccount(ctx, act("first-run-finish", "A1"), server.Account{ID: "A1", CallSign: "ROMEO 1", Unit: "top", Since: at},
			server.Device{ID: "D1", Account: "A1", Since: at}, nil, "")
	case n <= 1+compartment:
		m := movement(id)
		m.Document = powerDocument(n)
		return s.AddMovement(ctx, act("add-movement", id), m)
	case n%29 == 0:
		// Sessions come and go, and the log is emptied into the database.
		_, err := s.Purge(ctx, server.Act{What: "purge", At: at.AddDate(0, 0, 1)}, store.Retention{Closed: 1 << 60})
		return err
	case n%29 == 28:
		return s.AddSession(ctx, act("sign-in", "D1"), server.Session{Hash: fmt.Sprint(n), Account: "A1", Device: "D1", Since: at, Seen: at})
	case n%4 == 0:
		p := fmt.Sprintf("P%d", n)
		return s.AddPlan(ctx, act("make-plan", p), server.StoredPlan{ID: p, Movement: id, Author: "A1", Made: at, Plan: powerDocument(n)})
	}
	now, err := s.Movement(ctx, id)
	if err != nil {
		return err
	}
	now.Document = powerDocument(n)
	_, err = s.SaveMovement(ctx, act("save-movement", id), now)
	return err
}

// powerState compares a store with what it holds after n steps.
func powerState(ctx context.Context, s *store.Store, n int) error {
	last := map[string]int{}
	for i := 2; i <= n; i++ {
		id := fmt.Sprintf("M%d", i%compartment)
		switch {
		case i > 1+compartment && (i%29 == 0 || i%29 == 28):
		case i > 1+compartment && i%4 == 0:
			p, err := s.Plan(ctx, fmt.Sprintf("P%d", i))
			if err != nil {
				return fmt.Errorf("plan of step %d: %w", i, err)
			}
			if string(p.Plan) != string(powerDocument(i)) {
				return fmt.Errorf("plan of step %d holds something else", i)
			}
		default:
			last[id] = i
		}
	}
	for id, i := range last {
		m, err := s.Movement(ctx, id)
		if err != nil {
			return fmt.Errorf("movement of step %d: %w", i, err)
		}
		if string(m.Document) != string(powerDocument(i)) {
			return fmt.Errorf("%s: version %d is not that of step %d", id, m.Version, i)
		}
	}
	return nil
}

// record does the work on a recording file system and returns what happened.
func record(t *testing.T) []event {
	t.Helper()
	below, ok := vfs.Find("").(vfs.VFSFilename)
	if !ok {
		t.Fatal("the driver's file system has changed")
	}
	r := &recording{VFSFilename: below, names: map[string]int{}}
	vfs.Register(t.Name(), r)
	t.Cleanup(func() { vfs.Unregister(t.Name()) })
	path := filepath.Join(t.TempDir(), store.FileName)
	for n := 1; n <= powerSteps; {
		s, err := store.OpenOn(t.Context(), path, t.Name(), "30")
		must(t, err)
		// Now and then it is closed, which empties the log and removes it.
		for first := true; n <= powerSteps && (first || n%50 != 0); n++ {
			first = false
			must(t, powerStep(t.Context(), s, n))
			r.note(event{change: acknowledge})
		}
		must(t, s.Close())
	}
	return r.events
}

// TestPowerLoss cuts the power at 1,000 random moments of work, with commits,
// checkpoints, restarts and the making of the database among them, from a disk
// that drops what was not synced, all of it or a random part by sectors. Whatever
// was acknowledged is there afterwards; what was under way is there whole or not
// at all; the database and the chain of its log hold; and work goes on.
func TestPowerLoss(t *testing.T) {
	events := record(t)
	points := 1000
	if testing.Short() {
		points = 50
	}
	r := rand.New(rand.NewPCG(7, 1))
	moments := make([]int, points)
	for i := range moments {
		moments[i] = r.IntN(len(events) + 1)
	}
	slices.Sort(moments)
	d := newDisk()
	done, acknowledged, under := 0, 0, 0
	for _, moment := range moments {
		for ; done < moment; done++ {
			d.take(events[done])
			if events[done].change == acknowledge {
				acknowledged++
			}
		}
		odds := []float64{0, 0, 0.1, 0.5, 0.9, 1}[r.IntN(6)]
		dir := t.TempDir()
		must(t, d.survive(dir, odds, r))
		entries := afterPowerLoss(t, dir, fmt.Sprintf("event %d of %d, odds %g", moment, len(events), odds), acknowledged)
		if entries > acknowledged {
			under++
		}
		must(t, os.RemoveAll(dir))
		if t.Failed() {
			return
		}
	}
	t.Logf("%d moments among %d events; %d times what was under way was there too", points, len(events), under)
}

// afterPowerLoss opens what is left, and returns how many steps are there.
func afterPowerLoss(t *testing.T, dir, when string, acknowledged int) int {
	t.Helper()
	ctx := t.Context()
	s, err := store.Open(ctx, dir)
	if err != nil {
		t.Errorf("%s: %v", when, err)
		return 0
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}()
	if err := s.Check(ctx); err != nil {
		t.Errorf("%s: %v", when, err)
	}
	c, err := s.Verify(ctx)
	if err != nil {
		t.Errorf("%s: %v", when, err)
	}
	n := int(c.Entries)
	if n != acknowledged && n != acknowledged+1 {
		t.Errorf("%s: %d steps are there, %d were acknowledged", when, n, acknowledged)
		return n
	}
	if err := powerState(ctx, s, n); err != nil {
		t.Errorf("%s: after %d steps: %v", when, n, err)
	}
	if err := powerStep(ctx, s, n+1); err != nil {
		t.Errorf("%s: step %d afterwards: %v", when, n+1, err)
	}
	return n
}

// TestPowerLossIsNoticed holds the test above against a store that does not sync:
// it must fail.
func TestPowerLossIsNoticed(t *testing.T) {
	events := record(t)
	d := newDisk()
	acknowledged, syncs := 0, 0
	for _, e := range events {
		switch e.change {
		case acknowledge:
			acknowledged++
		case synced:
			if syncs++; acknowledged >= powerSteps/2 {
				continue // this disk says that it has synced, and has not
			}
		case create, write, truncate, remove, folderSynced:
		}
		d.take(e)
	}
	if syncs < acknowledged {
		t.Errorf("%d syncs for %d commits", syncs, acknowledged)
	}
	dir := t.TempDir()
	must(t, d.survive(dir, 0, rand.New(rand.NewPCG(1, 1))))
	s := opened(t, dir)
	if c, err := s.Verify(t.Context()); err == nil && int(c.Entries) >= acknowledged {
		t.Errorf("a disk that does not sync has kept all %d steps", c.Entries)
	}
}
