package signin_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/server/internal/signin"
)

func TestCodes(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		c, err := signin.NewCode(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		text := c.String()
		if len(text) != 14 || strings.ContainsAny(text, "01OILUVl") || seen[text] {
			t.Fatalf("code %q", text)
		}
		seen[text] = true
		if !c.Try(strings.ToLower(strings.ReplaceAll(text, "-", " "))) || c.Try("") || c.Try(text[:13]) {
			t.Errorf("%q is tried wrongly", text)
		}
	}
}

func TestNoRandomness(t *testing.T) {
	if _, err := signin.NewCode(strings.NewReader("")); err == nil {
		t.Error("a code without randomness")
	}
	if _, err := signin.NewToken(strings.NewReader("short")); err == nil {
		t.Error("a token without randomness")
	}
}

func TestRecoveriesRunOut(t *testing.T) {
	now := time.Unix(1e9, 0)
	r := signin.NewRecoveries()
	if !r.Ask(signin.Recovery{ID: "R", Account: "A", First: "1"}, now.Add(time.Hour), now) {
		t.Fatal("not taken")
	}
	late := now.Add(2 * time.Hour)
	if _, ok := r.Open("R", late); ok || r.Second("R", "2", "token", late.Add(time.Hour), late) {
		t.Error("an old recovery is open")
	}
	if r.Second("R", "1", "token", now.Add(time.Hour), now) {
		t.Error("one administrator is both")
	}
	if !r.Second("R", "2", "token", now.Add(time.Hour), now) || r.Second("R", "3", "other", now.Add(time.Hour), now) {
		t.Error("the second administrator counts once")
	}
	if _, ok := r.By("token", late); ok {
		t.Error("an old token counts")
	}
	if _, ok := r.By("", now); ok {
		t.Error("no token counts")
	}
	if k, ok := r.By("token", now); !ok || k.Account != "A" || !r.Done("R") || r.Done("R") {
		t.Error("a token counts once")
	}
	// Asking again for the same account drops what was open.
	r.Ask(signin.Recovery{ID: "S", Account: "A", First: "1"}, now.Add(time.Hour), now)
	r.Ask(signin.Recovery{ID: "T", Account: "A", First: "1"}, now.Add(time.Hour), now)
	if _, ok := r.Open("S", now); ok {
		t.Error("two recoveries of one account")
	}
}

func TestChecksAreUsedUp(t *testing.T) {
	now := time.Unix(1e9, 0)
	c := signin.NewChecks()
	until := c.Passed("s", "aa", now)
	if until.Sub(now) != 5*time.Minute || c.Until("s", until).IsZero() == false || c.Until("t", now) != (time.Time{}) {
		t.Error("the time of a check")
	}
	if c.Use("s", "bb", now) || c.Use("s", "", now) || c.Use("t", "aa", now) || c.Use("s", "aa", until) {
		t.Error("a check counts for what it was not")
	}
	if !c.Use("s", "aa", now) || c.Use("s", "aa", now) {
		t.Error("a check counts once")
	}
	c.Forget("s")
	if !c.Until("s", now).IsZero() {
		t.Error("a forgotten check counts")
	}
}
