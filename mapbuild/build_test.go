package mapbuild_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
)

func TestBuildErrors(t *testing.T) {
	ctx := context.Background()
	if _, _, err := mapbuild.Build(ctx, nil, mapbuild.Options{}); err == nil || !strings.Contains(err.Error(), "no extract") {
		t.Errorf("without extracts: %v", err)
	}
	if _, _, err := mapbuild.Build(ctx, []string{filepath.Join(t.TempDir(), "none.osm.pbf")}, mapbuild.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	page := filepath.Join(t.TempDir(), "page.osm.pbf")
	if err := os.WriteFile(page, []byte("<!DOCTYPE html><html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := mapbuild.Build(ctx, []string{page}, mapbuild.Options{}); err == nil || !strings.Contains(err.Error(), "page.osm.pbf") {
		t.Errorf("a page for an extract: %v", err)
	}
}

// An extract without roads makes a map without chains, not an error: what to say
// of it is the caller's business.
func TestBuildEmpty(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.osm.pbf")
	b := (&osmtest.Builder{}).Node(1, 50, 8).Node(2, 50, 9).Way(1, []int64{1, 2}, "highway", "footway")
	if err := b.WritePBF(path); err != nil {
		t.Fatal(err)
	}
	m, r, err := mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Length) != 0 || len(r.Used) != 0 || len(r.Drop[mapbuild.DropPath]) != 1 {
		t.Errorf("%d chains, report %+v", len(m.Length), r)
	}
	if err := network.Save(filepath.Join(t.TempDir(), "x.map"), m); err != nil {
		t.Error(err)
	}
}

func TestBuildStopsWhenTold(t *testing.T) {
	path := testdata.Extract(t, "monaco.osm.pbf")
	for _, phase := range []string{
		mapbuild.PhaseWays, mapbuild.PhaseNodes, mapbuild.PhaseRoads, mapbuild.PhaseChains, mapbuild.PhaseTurns,
		mapbuild.PhaseHazards, mapbuild.PhasePlaces, mapbuild.PhaseOutlines, mapbuild.PhaseOrder, mapbuild.PhaseIndex,
	} {
		ctx, cancel := context.WithCancel(context.Background())
		seen := false
		_, _, err := mapbuild.Build(ctx, []string{path}, mapbuild.Options{Progress: func(p mapbuild.Progress) {
			if p.Phase == phase {
				seen = true
				cancel()
			}
		}})
		cancel()
		if !seen || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled in phase %s: seen %v, error %v", phase, seen, err)
		}
	}
}

func BenchmarkBuildDelaware(b *testing.B) {
	path := testdata.Delaware(b)
	out := filepath.Join(b.TempDir(), "delaware.map")
	for b.Loop() {
		m, _, err := mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := network.Save(out, m); err != nil {
			b.Fatal(err)
		}
	}
}

// An extract whose ways come before its nodes gives the same network.
func TestBuildUnsorted(t *testing.T) {
	build := func(e osmtest.Encoding) *network.Map {
		b := &osmtest.Builder{Encoding: e}
		for id := range int64(60) {
			b.Node(id+1, 50+float64(id)*0.001, 8+float64(id%3)*0.001)
		}
		for id := range int64(29) {
			b.Way(id+1, []int64{2*id + 1, 2*id + 2, 2*id + 3}, "highway", "residential")
		}
		path := filepath.Join(t.TempDir(), "x.osm.pbf")
		if err := b.WritePBF(path); err != nil {
			t.Fatal(err)
		}
		m, _, err := mapbuild.Build(t.Context(), []string{path}, mapbuild.Options{})
		if err != nil {
			t.Fatal(err)
		}
		m.Meta.Sources = nil
		if err := network.Save(filepath.Join(t.TempDir(), "x.map"), m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	sorted, reversed := build(osmtest.Encoding{BlockSize: 5}), build(osmtest.Encoding{BlockSize: 5, Reversed: true})
	if sorted.Meta.WaysUsed != 29 || sorted.Hash != reversed.Hash {
		t.Errorf("%d ways used, hash %s; unsorted %d, %s", sorted.Meta.WaysUsed, sorted.Hash, reversed.Meta.WaysUsed, reversed.Hash)
	}
}
