package policy_test

import (
	"testing"

	"github.com/outrider-project/outrider/server/internal/policy"
)

func newPolicy(tb testing.TB) *policy.Policy {
	tb.Helper()
	p, err := policy.New()
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestWhatNoPolicyNamesIsForbidden(t *testing.T) {
	p := newPolicy(t)
	m := policy.Resource{Kind: policy.Movement, ID: "M", Unit: "top/a", Movement: "M"}
	all := policy.Subject{Account: "A", Unit: "top"}
	for _, role := range policy.UnitRoles() {
		all.Grants = append(all.Grants, policy.Grant{Role: role, On: "top"})
	}
	for _, role := range policy.MovementRoles() {
		all.Grants = append(all.Grants, policy.Grant{Role: role, On: "M"})
	}
	if p.Decide(all, "delete-everything", m) || p.Decide(all, "", m) {
		t.Error("an operation without a policy is allowed")
	}
	if !p.Decide(all, "get-plan", m) {
		t.Error("somebody with all roles reads nothing")
	}
}

// TestNamesAreNoPaths holds units whose names begin alike apart, and ids of
// movements from paths of units.
func TestNamesAreNoPaths(t *testing.T) {
	p := newPolicy(t)
	admin := policy.Subject{Account: "A", Unit: "top/a", Grants: []policy.Grant{{Role: policy.Administrator, On: "top/a"}}}
	for path, want := range map[string]bool{"top/a": true, "top/a/b": true, "top/a/b/c": true, "top/ab": false, "top": false, "a": false, "top/b/a": false} {
		if got := p.Decide(admin, "invite", policy.Resource{Kind: policy.Unit, ID: path, Unit: path}); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	commander := policy.Subject{Account: "A", Unit: "top/a", Grants: []policy.Grant{{Role: policy.Commander, On: "top/a"}}}
	if p.Decide(commander, "get-movement", policy.Resource{Kind: policy.Movement, ID: "M", Unit: "top/a", Movement: "M"}) {
		t.Error("a movement role on the name of a unit opens its movements")
	}
}

func TestAnotherPersonsNameIsNoKey(t *testing.T) {
	p := newPolicy(t)
	s := policy.Subject{Account: "A"}
	for owner, want := range map[string]bool{"A": true, "B": false, "": false} {
		if got := p.Decide(s, "get-job", policy.Resource{Kind: policy.Job, ID: "J", Owner: owner}); got != want {
			t.Errorf("a job of %q: %v, want %v", owner, got, want)
		}
	}
	if p.Decide(policy.Subject{}, "get-job", policy.Resource{Kind: policy.Job, ID: "J"}) {
		t.Error("nobody owns the jobs of nobody")
	}
}

func BenchmarkDecide(b *testing.B) {
	p := newPolicy(b)
	s := policy.Subject{Account: "A", Unit: "top/a", Grants: []policy.Grant{{Role: policy.Planner, On: "M"}, {Role: policy.Reader, On: "N"}}}
	r := policy.Resource{Kind: policy.Plan, ID: "P", Unit: "top/a", Movement: "M"}
	for b.Loop() {
		if !p.Decide(s, "get-plan", r) {
			b.Fatal("refused")
		}
	}
}
