package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	clock := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	show := func(mode ProgressMode) (string, []PhaseTime) {
		var out bytes.Buffer
		p := newProgress(&out, mode)
		now := clock
		p.now = func() time.Time { return now }
		p.start = now
		p.Report("read", 0, 100)
		now = now.Add(time.Second)
		p.Report("read", 50, 100)
		now = now.Add(time.Second)
		p.Report("write", 0, 0)
		now = now.Add(500 * time.Millisecond)
		return out.String(), append(p.Done(), PhaseTime{out.String(), 0})
	}
	if out, phases := show(ProgressPlain); out != "  read                                  2.00 s\n" || phases[0] != (PhaseTime{"read", 2}) || phases[1] != (PhaseTime{"write", 0.5}) {
		t.Errorf("plain: %q, %v", out, phases)
	}
	if out, _ := show(ProgressAuto); strings.Contains(out, "\r") {
		t.Errorf("auto drew a bar where there is no terminal: %q", out)
	}
	if out, _ := show(ProgressBar); !strings.Contains(out, "███████████████░░░░░░░░░░░░░░░  50 %") {
		t.Errorf("bar: %q", out)
	}
	if out, _ := show(ProgressNone); out != "" {
		t.Errorf("none: %q", out)
	}
	_, phases := show(ProgressJSON)
	lines := strings.Split(strings.TrimSpace(phases[len(phases)-1].Name), "\n")
	ended := 0
	for _, line := range lines {
		var e progressEvent
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("json: %q: %v", line, err)
		}
		if e.Ended {
			ended++
		}
	}
	if ended != 2 || len(lines) < 4 {
		t.Errorf("json: %d phases ended in %q, want 2", ended, lines)
	}
}
