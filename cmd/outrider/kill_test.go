package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/outrider-project/outrider/internal/testdata"
)

// TestKilledBuildLeavesOldMapOrNone kills a build at 200 moments spread over
// its whole length. Whatever stood under the map's name must stand there
// unchanged, or the complete new map, and nothing in between.
func TestKilledBuildLeavesOldMapOrNone(t *testing.T) {
	moments := 200
	if testing.Short() {
		moments = 20
	}
	program := testdata.BuildOutrider(t)
	extract := testdata.Extract(t, "monaco.osm.pbf")
	dir := t.TempDir()
	target := filepath.Join(dir, "monaco.map")
	build := func() *exec.Cmd {
		return exec.Command(program, "--progress=none", "map", "build", extract, "-o", target)
	}

	// The quickest of a few builds: a slow first one would put most moments
	// after the end of the others.
	length := time.Hour
	for range 3 {
		begun := time.Now()
		if out, err := build().CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
		length = min(length, time.Since(begun))
	}
	whole, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	old := []byte("the map that stood here before")

	killed, finished := 0, 0
	for i := range moments {
		withOld := i%2 == 0
		if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if withOld {
			if err := os.WriteFile(target, old, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := build()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(length * 11 / 10 * time.Duration(i) / time.Duration(moments)) // to a little past the end
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		if cmd.Wait() == nil {
			finished++
		} else {
			killed++
		}
		got, err := os.ReadFile(target)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if withOld {
				t.Fatalf("moment %d of %d: the old map is gone", i, moments)
			}
		case err != nil:
			t.Fatal(err)
		case bytes.Equal(got, whole):
		case withOld && bytes.Equal(got, old):
		default:
			t.Fatalf("moment %d of %d: a file of %d bytes that is neither the old map nor the new one", i, moments, len(got))
		}
	}
	if killed < moments/2 {
		t.Errorf("only %d of %d builds were killed before they ended", killed, moments)
	}
	t.Logf("%d killed, %d had ended; a build takes %v", killed, finished, length)

	// What the killed builds left behind goes with the next one that ends.
	if out, err := build().CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 {
		t.Errorf("after a build that ended the folder holds %v, not only the map", left)
	}
}
