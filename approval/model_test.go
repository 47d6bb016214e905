package approval_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/approval"
)

func sha(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// A model is the rules of approval in the plainest words. Versions count the
// changes of the movement file and of the plan.
type model struct {
	state                  approval.State
	movement, plan         int // now
	planOf                 int // version of the movement that the plan was made from
	sentMovement, sentPlan int // when it was submitted
	others                 bool
	radio                  approval.Verdict
	waived                 bool // the radio, since it was last ticked
}

func (m *model) stale() bool { return m.movement != m.sentMovement || m.plan != m.sentPlan }

func (m *model) ready() bool { return m.others && (m.radio == approval.Go || m.waived) }

func (m *model) allows(a approval.Act, now time.Time) bool {
	expired := !now.Before(act(approval.Approve).Expires)
	switch a.Action {
	case approval.Submit:
		return m.state != approval.UnderWay && !m.state.Over() && m.planOf == m.movement
	case approval.Approve:
		return m.state == approval.Submitted && !m.stale() && !expired && a.By == authority
	case approval.Return:
		return m.state == approval.Submitted || m.state == approval.Approved
	case approval.Release:
		return m.state == approval.Approved && !m.stale() && !expired && m.ready()
	case approval.Start:
		return m.state == approval.Released && !m.stale() && !expired && m.ready()
	case approval.Close:
		return m.state == approval.UnderWay
	case approval.Cancel:
		return !m.state.Over()
	case approval.Tick:
		return (m.state == approval.Submitted || m.state == approval.Approved || m.state == approval.Released) && m.plan == m.sentPlan
	default: // waive
		return (m.state == approval.Approved || m.state == approval.Released) && m.plan == m.sentPlan &&
			a.By == authority && m.radio != approval.Go && !m.waived
	}
}

func (m *model) follow(a approval.Act) {
	switch a.Action {
	case approval.Submit:
		m.state, m.sentMovement, m.sentPlan = approval.Submitted, m.movement, m.plan
		m.others, m.radio, m.waived = false, approval.NotYet, false
	case approval.Approve:
		m.state = approval.Approved
	case approval.Return:
		m.state = approval.Draft
	case approval.Release:
		m.state = approval.Released
	case approval.Start:
		m.state = approval.UnderWay
	case approval.Close:
		m.state = approval.Closed
	case approval.Cancel:
		m.state = approval.Cancelled
	case approval.Tick:
		m.radio, m.waived = a.Verdict, false
		m.others = m.others || len(a.Items) > 1
	default:
		m.waived = true
	}
}

// TestRecordFollowsModel does one thing after the other, chosen at random, to a
// record and to a model of the rules: they agree on what is allowed, on where it
// leads and on what is stale.
func TestRecordFollowsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newScene(t)
		s.findings = nil // time alone makes nothing stale here
		s.replan()
		r, err := approval.Parse("x", nil)
		if err != nil {
			t.Fatal(err)
		}
		m := model{state: approval.Draft, radio: approval.NotYet}
		var steps []approval.Step
		try := func(t *rapid.T, a approval.Act) {
			s.now = s.now.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "minutes")) * time.Minute)
			step, err := r.Next(a, s.situation())
			if want := m.allows(a, s.now); (err == nil) != want {
				t.Fatalf("%s by %s: %v; the model says %v: %+v", a.Action, a.By, err, want, m)
			}
			if err != nil {
				if k := outrider.KindOf(err); k != outrider.Refused && k != outrider.Stale && k != outrider.Usage {
					t.Fatalf("%v is of kind %d", err, k)
				}
				return
			}
			m.follow(a)
			steps = append(steps, step)
			if r, err = approval.Parse("x", chain(t, slices.Clone(steps))); err != nil {
				t.Fatal(err)
			}
		}
		actions := map[string]func(*rapid.T){
			"approve, by the author": func(t *rapid.T) {
				a := act(approval.Approve)
				a.By = author
				try(t, a)
			},
			"tick the radio": func(t *rapid.T) {
				a := act(approval.Tick)
				a.Items, a.Verdict = []string{"radio"}, rapid.SampledFrom(approval.Verdicts()).Draw(t, "verdict")
				try(t, a)
			},
			"waive, by the crew": func(t *rapid.T) {
				a := act(approval.Waive)
				a.By = crew
				try(t, a)
			},
			"the movement file changes": func(*rapid.T) {
				m.movement++
				s.movement.Hash = fmt.Sprintf("n%d", m.movement)
			},
			"the plan is made anew": func(*rapid.T) {
				m.plan++
				m.planOf = m.movement
				s.now = s.now.Add(time.Minute)
				s.replan()
			},
			"": func(t *rapid.T) {
				x := r.Status(s.situation())
				watched := m.state != approval.Draft && !m.state.Over()
				if x.State != m.state || x.Stale != (watched && m.stale()) {
					t.Fatalf("%s, stale %v; the model says %+v", x.State, x.Stale, m)
				}
			},
		}
		for _, a := range approval.Actions() {
			actions[string(a)] = func(t *rapid.T) {
				if a == approval.Cancel && rapid.IntRange(0, 3).Draw(t, "seldom") > 0 {
					t.Skip("it would end most stories at once")
				}
				try(t, act(a))
			}
		}
		t.Repeat(actions)
	})
}
