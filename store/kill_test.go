package store_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/store"
)

// saveInto names the folder in which a child of TestKilled saves.
const saveInto = "OUTRIDER_TEST_SAVE_INTO"

// TestSaveUntilKilled is no test but the child of TestKilled: it saves one
// movement again and again, and says so only after each save was acknowledged.
func TestSaveUntilKilled(t *testing.T) {
	dir := os.Getenv(saveInto)
	if dir == "" {
		return
	}
	s, err := store.Open(t.Context(), dir)
	must(t, err)
	m, err := s.Movement(t.Context(), "M1")
	must(t, err)
	for {
		m.Document = killDocument(m.Version + 1)
		m.Version, err = s.SaveMovement(t.Context(), act("save-movement", "M1"), m)
		must(t, err)
		if _, err := fmt.Fprintln(os.Stdout, m.Version); err != nil {
			return
		}
	}
}

func killDocument(version int64) []byte {
	return []byte(strings.Repeat(strconv.FormatInt(version, 10)+",", 500))
}

// TestKilled kills a process with SIGKILL while it saves, at random moments, its
// start among them: nothing that it acknowledged is lost, nothing is half there,
// the database and the chain of its log hold.
func TestKilled(t *testing.T) {
	times := 200
	if testing.Short() {
		times = 20
	}
	ctx := context.WithoutCancel(t.Context())
	dir := t.TempDir()
	s, err := store.Open(ctx, dir)
	must(t, err)
	first(t, s)
	must(t, s.AddMovement(ctx, act("add-movement", "M1"), movement("M1")))
	must(t, s.Close())
	r := rand.New(rand.NewPCG(uint64(times), 2))
	began, saves := time.Now(), int64(1)
	for round := range times {
		last := killedWhileSaving(t, dir, r.IntN(12), time.Duration(r.IntN(4000))*time.Microsecond)
		s, err := store.Open(ctx, dir)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		must(t, s.Check(ctx))
		c, err := s.Verify(ctx)
		must(t, err)
		m, err := s.Movement(ctx, "M1")
		must(t, err)
		// What was sent when the process died may have been stored, or not.
		if m.Version < max(last, saves) || m.Version > max(last, saves)+1 && last > 0 {
			t.Errorf("round %d: version %d is there, %d was acknowledged", round, m.Version, max(last, saves))
		}
		if m.Version > 1 && string(m.Document) != string(killDocument(m.Version)) {
			t.Errorf("round %d: version %d holds something else", round, m.Version)
		}
		if c.Entries != m.Version+1 {
			t.Errorf("round %d: %d entries for version %d", round, c.Entries, m.Version)
		}
		saves = m.Version
		must(t, s.Close())
	}
	t.Logf("killed %d times in %d saves, %s", times, saves-1, time.Since(began).Round(time.Millisecond))
}

// killedWhileSaving starts a child, waits for so many saves and some time more,
// and kills it. It returns the last version that the child acknowledged, 0 if
// none.
func killedWhileSaving(t *testing.T, dir string, saves int, more time.Duration) (last int64) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestSaveUntilKilled$")
	child.Env = append(os.Environ(), saveInto+"="+dir)
	var complaint strings.Builder
	child.Stderr = &complaint
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	lines := bufio.NewScanner(out)
	read := func() bool {
		if !lines.Scan() {
			return false
		}
		last, err = strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			t.Errorf("the child says %q\n%s", lines.Text(), complaint.String())
		}
		return err == nil
	}
	for range saves {
		if !read() {
			break
		}
	}
	time.Sleep(more)
	must(t, child.Process.Kill())
	// What it said before it died was acknowledged too.
	for read() {
	}
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("the child ended by itself: %v\n%s", err, complaint.String())
	}
	return last
}
