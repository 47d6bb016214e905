package approval_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/outrider-project/outrider/approval"
)

// story is a record with every kind of step in it.
func story(tb tester) (*scene, []byte) {
	tb.Helper()
	s := newScene(tb)
	for _, a := range []approval.Action{approval.Submit, approval.Return, approval.Submit, approval.Approve, approval.Tick} {
		s.must(act(a))
	}
	no := act(approval.Tick)
	no.Items, no.Verdict = []string{"radio"}, approval.NoGo
	s.must(no)
	for _, a := range []approval.Action{approval.Waive, approval.Release, approval.Start, approval.Close} {
		s.must(act(a))
	}
	return s, s.lines
}

// TestTampering: no byte of a record can be changed, left out or put in, and no
// line moved, without its being noticed.
func TestTampering(t *testing.T) {
	s, src := story(t)
	whole, err := approval.Parse("x", src)
	if err != nil {
		t.Fatal(err)
	}
	if whole.Seal() != s.record().Seal() || whole.State() != approval.Closed {
		t.Fatalf("read back as %s with seal %s", whole.State(), whole.Seal())
	}
	lines := bytes.SplitAfter(src, []byte{'\n'})
	lines = lines[:len(lines)-1]
	parse := func(what string, src []byte) {
		r, err := approval.Parse("x", src)
		// The last line is held by the seal alone, which somebody must have noted.
		if err == nil && r.Seal() == whole.Seal() {
			t.Errorf("%s: not noticed", what)
		}
	}
	last := len(src) - len(lines[len(lines)-1])
	// What stands in the lists of a submission is much and all alike: of it, every
	// 301st byte is enough; of the rest, every one.
	profile, findings := []byte(`"profile":[`), []byte(`"findings":[`)
	dull := func(i int) bool {
		line := src[bytes.LastIndexByte(src[:i], '\n')+1:]
		at := i - (len(src) - len(line))
		from, to := bytes.Index(line, profile), bytes.Index(line, findings)
		return from >= 0 && from+40 < at && at < to && i%301 != 0
	}
	for i := range src {
		if dull(i) {
			continue
		}
		b := src[i] ^ []byte{1, 2, 8, 0x20}[i%4]
		changed := bytes.Clone(src)
		changed[i] = b
		r, err := approval.Parse("x", changed)
		if err == nil && (i < last || r.Seal() == whole.Seal()) {
			t.Fatalf("byte %d changed from %q to %q: not noticed", i, src[i], b)
		}
		if i%23 == 0 {
			parse("a byte left out", append(bytes.Clone(src[:i]), src[i+1:]...))
			parse("a byte put in", append(append(bytes.Clone(src[:i]), ' '), src[i:]...))
			parse("cut off", src[:i])
		}
	}
	for i := range lines {
		rest := bytes.Join(append(append([][]byte{}, lines[:i]...), lines[i+1:]...), nil)
		parse("a line left out", rest)
		for j := range i {
			swapped := append([][]byte{}, lines...)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			if _, err := approval.Parse("x", bytes.Join(swapped, nil)); err == nil {
				t.Errorf("lines %d and %d changed places: not noticed", j+1, i+1)
			}
		}
		twice := append(append(append([][]byte{}, lines[:i+1]...), lines[i]), lines[i+1:]...)
		if _, err := approval.Parse("x", bytes.Join(twice, nil)); err == nil {
			t.Errorf("line %d twice: not noticed", i+1)
		}
	}
	for i := range lines {
		parse("cut off between lines", bytes.Join(lines[:i], nil))
	}
}

// TestForgedChain: a record written anew with right hashes still has to follow
// the rules, and has another seal.
func TestForgedChain(t *testing.T) {
	_, src := story(t)
	whole, err := approval.Parse("x", src)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		forge func([]approval.Step) []approval.Step
		says  string // empty: it follows the rules
	}{
		{"nothing", func(s []approval.Step) []approval.Step { return s }, ""},
		{"a note", func(s []approval.Step) []approval.Step { s[4].Note = "in haste"; return s }, ""},
		{"approved by the author", func(s []approval.Step) []approval.Step { s[3].By = author; return s }, "made the plan"},
		{"accepted less", func(s []approval.Step) []approval.Step { s[3].Grant.Accepted.Band = 2; return s }, "residual exposure"},
		{"without approval", func(s []approval.Step) []approval.Step { return append(s[:3], s[7:]...) }, "number"},
		{"a state of its own", func(s []approval.Step) []approval.Step { s[0].State = approval.Released; return s }, "leads to"},
		{"waived by the crew", func(s []approval.Step) []approval.Step { s[6].By = crew; return s }, "did not approve"},
		{"back in time", func(s []approval.Step) []approval.Step { s[5].At = s[2].At; return s }, "before the last step"},
		{"released late", func(s []approval.Step) []approval.Step {
			for i := 7; i < len(s); i++ {
				s[i].At = s[3].Grant.Expires
			}
			return s
		}, "expired"},
		{"a grant for a release", func(s []approval.Step) []approval.Step { s[7].Grant = s[3].Grant; return s }, "does not hold"},
		{"a post that is a name", func(s []approval.Step) []approval.Step { s[3].Post = "Jane Doe"; return s }, "no post"},
		{"another schema", func(s []approval.Step) []approval.Step { s[0].Schema = "outrider.approval/9"; return s }, "schema"},
	} {
		forged := chain(t, c.forge(deepCopy(t, whole.Steps())))
		r, err := approval.Parse("x", forged)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.says == "" && (r.Seal() == whole.Seal()) != (c.name == "nothing"):
			t.Errorf("%s: seal %s of %s", c.name, r.Seal(), whole.Seal())
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
}

func deepCopy(t tester, steps []approval.Step) []approval.Step {
	t.Helper()
	src, err := json.Marshal(steps)
	if err != nil {
		t.Fatal(err)
	}
	var out []approval.Step
	if err := json.Unmarshal(src, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// chain writes steps with the hashes that belong to them.
func chain(tb tester, steps []approval.Step) []byte {
	tb.Helper()
	var out bytes.Buffer
	before := ""
	for i := range steps {
		steps[i].Before = before
		line := encode(tb, &steps[i])
		before = sha(bytes.TrimSuffix(line, []byte{'\n'}))
		out.Write(line)
	}
	return out.Bytes()
}

// FuzzRecord: whatever is read either is refused or is a record that reads the
// same again and can tell where it stands.
func FuzzRecord(f *testing.F) {
	_, src := story(f)
	whole, err := approval.Parse("x", src)
	if err != nil {
		f.Fatal(err)
	}
	// With short lists, so that there is something to change in little time.
	steps := deepCopy(f, whole.Steps())
	for i := range steps {
		if b := steps[i].Basis; b != nil {
			b.Profile, b.Findings = b.Profile[:1], b.Findings[:1]
		}
	}
	src = chain(f, steps)
	f.Add(src)
	lines := bytes.SplitAfter(src, []byte{'\n'})
	f.Add(lines[0])
	f.Add(bytes.Join(lines[:4], nil))
	f.Add([]byte("\n"))
	f.Add([]byte(`{"schema":"outrider.approval/1","step":1,"action":"cancel","state":"cancelled","by":"R2","at":"2026-11-23T12:00:00Z","note":"x","before":""}` + "\n"))
	f.Add([]byte(`{"schema":"outrider.approval/1","step":1,"action":"approve","state":"approved","by":"R2","at":"2026-11-23T12:00:00Z","before":""}` + "\n"))
	s := newScene(f)
	situation := s.situation()
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := approval.Parse("x", src)
		if err != nil {
			return
		}
		again, err := approval.Parse("x", src)
		if err != nil || again.Seal() != r.Seal() || again.State() != r.State() {
			t.Fatalf("read again: %v", err)
		}
		steps := r.Steps()
		for i := range steps {
			if _, ok := approval.After(stateBefore(steps, i), steps[i].Action); !ok {
				t.Fatalf("step %d cannot follow", i+1)
			}
		}
		r.Status(situation)
		for _, a := range approval.Actions() {
			if step, err := r.Next(act(a), situation); err == nil && step.Number != len(steps)+1 {
				t.Fatalf("step %d after %d", step.Number, len(steps))
			}
		}
	})
}

func stateBefore(steps []approval.Step, i int) approval.State {
	if i == 0 {
		return approval.Draft
	}
	return steps[i-1].State
}
