package mapbuild_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/internal/osmtest"
	"github.com/outrider-project/outrider/internal/testdata"
	"github.com/outrider-project/outrider/mapbuild"
	"github.com/outrider-project/outrider/network"
)

// childExtract names the extract that a child process of TestMemoryGrowsWithData
// builds and saves.
const childExtract = "OUTRIDER_TEST_GROWTH"

func TestGrowthChild(t *testing.T) {
	path := os.Getenv(childExtract)
	if path == "" {
		return // nothing to do outside TestMemoryGrowsWithData
	}
	m, _, err := mapbuild.Build(context.Background(), []string{path}, mapbuild.Options{})
	if err != nil {
		t.Fatal(err)
	}
	built := peak(t)
	if err := network.Save(filepath.Join(t.TempDir(), "x.map"), m); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("chains %d built %d peak %d\n", len(m.Length), built, peak(t))
}

// peak returns the most memory this process has had, in bytes.
func peak(t *testing.T) int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatal("/proc/self/status does not tell the peak")
	}
	kb, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

// Peak memory on 1, 8 and, with OUTRIDER_LONG=1, 64 times Delaware grows no
// faster than the data. The last takes minutes and 6 GB.
func TestMemoryGrowsWithData(t *testing.T) {
	if runtime.GOOS != "linux" {
		testdata.Skip(t, "the peak of memory is read from /proc, which only Linux has")
	}
	if testing.Short() {
		t.Skip("the race detector's own memory would be measured")
	}
	sizes := []int{1, 8}
	if os.Getenv("OUTRIDER_LONG") == "1" {
		sizes = append(sizes, 64)
	}
	var before int64
	for _, n := range sizes {
		extract := filepath.Join(t.TempDir(), "copies.osm.pbf")
		if err := osmtest.Copies(extract, testdata.Delaware(t), n); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(extract)
		if err != nil {
			t.Fatal(err)
		}
		child := exec.Command(os.Args[0], "-test.run=^TestGrowthChild$", "-test.v")
		child.Env = append(os.Environ(), childExtract+"="+extract)
		out, err := child.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		var chains, built, most int64
		for line := range strings.Lines(string(out)) {
			if strings.HasPrefix(line, "chains") {
				if _, err := fmt.Sscanf(line, "chains %d built %d peak %d", &chains, &built, &most); err != nil {
					t.Fatal(err)
				}
			}
		}
		if chains == 0 {
			t.Fatalf("the child says nothing:\n%s", out)
		}
		t.Logf("%d copies: %d MB, %d chains, peak %d MB (%d MB before saving), %.1f times the extract", n, info.Size()>>20, chains, most>>20, built>>20, float64(most)/float64(info.Size()))
		if before > 0 && most > 8*before*11/10 {
			t.Errorf("peak of %d MB for %d copies, of %d MB for an eighth", most>>20, n, before>>20)
		}
		before = most
		if err := os.Remove(extract); err != nil {
			t.Fatal(err)
		}
	}
}
