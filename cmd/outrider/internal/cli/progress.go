package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// ProgressMode says how progress is shown.
type ProgressMode string

// Ways of showing progress; ProgressAuto is a bar in a terminal and plain lines
// elsewhere.
const (
	ProgressAuto  ProgressMode = "auto"
	ProgressBar   ProgressMode = "bar"
	ProgressPlain ProgressMode = "plain"
	ProgressJSON  ProgressMode = "json"
	ProgressNone  ProgressMode = "none"
)

// Progress shows how far a long job is, on standard error. Its Report method
// is the one callback that every long job is given; it may be called from any
// goroutine.
type Progress struct {
	w     io.Writer
	mode  ProgressMode
	now   func() time.Time
	start time.Time

	mu      sync.Mutex
	phase   string
	begun   time.Time
	drawn   time.Time
	last    [2]int64
	phases  []PhaseTime
	visible bool
}

// PhaseTime is how long a phase took.
type PhaseTime struct {
	Name    string  `json:"phase"`
	Seconds float64 `json:"seconds"`
}

// progressEvent is a line of --progress=json.
type progressEvent struct {
	Phase   string  `json:"phase"`
	Done    int64   `json:"done"`
	Total   int64   `json:"total,omitempty"` // absent when not known beforehand
	Seconds float64 `json:"seconds"`         // since the job began
	Ended   bool    `json:"ended,omitempty"`
}

func newProgress(w io.Writer, mode ProgressMode) *Progress {
	if mode == ProgressAuto {
		mode = ProgressPlain
		if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			mode = ProgressBar
		}
	}
	now := time.Now()
	return &Progress{w: w, mode: mode, now: time.Now, start: now, drawn: now}
}

// Report says that done of total units of the phase are done; total 0 is
// unknown. A new phase name ends the phase before.
func (p *Progress) Report(phase string, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if phase != p.phase {
		p.endPhase(now)
		p.phase, p.begun = phase, now
		p.drawn = time.Time{}
	}
	p.last = [2]int64{done, total}
	if now.Sub(p.drawn) < 100*time.Millisecond {
		return
	}
	p.drawn = now
	switch p.mode {
	case ProgressBar:
		p.drawBar(now)
	case ProgressJSON:
		p.event(progressEvent{Phase: phase, Done: done, Total: total, Seconds: now.Sub(p.start).Seconds()})
	case ProgressAuto, ProgressPlain, ProgressNone:
	}
}

// Done ends the last phase and returns how long each took.
func (p *Progress) Done() []PhaseTime {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endPhase(p.now())
	p.phase = ""
	return p.phases
}

// Abandon clears a half-drawn bar before an error is printed.
func (p *Progress) Abandon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.visible {
		p.print("\r\x1b[K")
	}
	p.phase, p.visible = "", false
}

func (p *Progress) endPhase(now time.Time) {
	if p.phase == "" {
		return
	}
	took := now.Sub(p.begun).Seconds()
	p.phases = append(p.phases, PhaseTime{p.phase, took})
	switch p.mode {
	case ProgressBar:
		p.print(fmt.Sprintf("\r\x1b[K  %-34s %7.2f s\n", p.phase, took))
		p.visible = false
	case ProgressPlain, ProgressAuto:
		p.print(fmt.Sprintf("  %-34s %7.2f s\n", p.phase, took))
	case ProgressJSON:
		p.event(progressEvent{Phase: p.phase, Done: p.last[0], Total: p.last[1], Seconds: now.Sub(p.start).Seconds(), Ended: true})
	case ProgressNone:
	}
}

const barCells = 30

func (p *Progress) drawBar(now time.Time) {
	done, total := p.last[0], p.last[1]
	var bar string
	if total > 0 {
		filled := int(min(done, total) * barCells / total)
		bar = strings.Repeat("█", filled) + strings.Repeat("░", barCells-filled) + fmt.Sprintf(" %3d %%", min(done, total)*100/total)
	} else {
		bar = fmt.Sprintf("%d", done)
	}
	p.print(fmt.Sprintf("\r\x1b[K  %-34s %7.2f s  %s", p.phase, now.Sub(p.begun).Seconds(), bar))
	p.visible = true
}

func (p *Progress) event(e progressEvent) {
	line, err := json.Marshal(e)
	if err == nil {
		p.print(string(line) + "\n")
	}
}

// print shows s. That standard error is gone is no reason to stop the job.
func (p *Progress) print(s string) {
	_, _ = io.WriteString(p.w, s)
}
