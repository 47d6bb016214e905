package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	clock := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	show := func(mode progressMode) (string, []phaseTime) {
		var out bytes.Buffer
		p := newProgress(&out, mode)
		now := clock
		p.now = func() time.Time { return now }
		p.start = now
		p.report("read", 0, 100)
		now = now.Add(time.Second)
		p.report("read", 50, 100)
		now = now.Add(time.Second)
		p.report("write", 0, 0)
		now = now.Add(500 * time.Millisecond)
		return out.String(), append(p.done(), phaseTime{out.String(), 0})
	}
	if out, phases := show(progressPlain); out != "  read                                  2.00 s\n" || phases[0] != (phaseTime{"read", 2}) || phases[1] != (phaseTime{"write", 0.5}) {
		t.Errorf("plain: %q, %v", out, phases)
	}
	if out, _ := show(progressAuto); strings.Contains(out, "\r") {
		t.Errorf("auto drew a bar where there is no terminal: %q", out)
	}
	if out, _ := show(progressBar); !strings.Contains(out, "███████████████░░░░░░░░░░░░░░░  50 %") {
		t.Errorf("bar: %q", out)
	}
	if out, _ := show(progressNone); out != "" {
		t.Errorf("none: %q", out)
	}
	_, phases := show(progressJSON)
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
