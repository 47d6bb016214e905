// Package policy decides who may do what.
//
// There is one question, Decide, and one place that answers it: the policies in
// outrider.cedar. Every movement is a compartment with roles of its own; roles on
// a unit count for all units below it and never open a plan.
package policy

import (
	_ "embed" // the policies are part of the program
	"fmt"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go"
)

// Role is what somebody is, on a unit or on a movement.
type Role string

// The roles: the first two are held on units, the others on movements.
const (
	Administrator Role = "administrator" // accounts, devices, units, unit roles; reads no plan
	UnitLeader    Role = "unit-leader"   // tasking and readiness totals; makes movements in the unit
	Commander     Role = "commander"     // everything on the movement, and its roles
	Planner       Role = "planner"       // edits, plans, exports, submits
	Approver      Role = "approver"      // reads the plan, lets it go ahead or not
	Surveyor      Role = "surveyor"      // reads the critical points, adds findings
	Reader        Role = "reader"        // reads the plan and the order, not what the mix is worth
)

// UnitRoles returns the roles that are held on units.
func UnitRoles() []Role { return []Role{Administrator, UnitLeader} }

// MovementRoles returns the roles that are held on movements.
func MovementRoles() []Role { return []Role{Commander, Planner, Approver, Surveyor, Reader} }

// A Grant is a role on a unit, named by its path, or on a movement, named by its
// id.
type Grant struct {
	Role Role
	On   string
}

// A Subject is somebody who is signed in.
type Subject struct {
	Account string
	Unit    string // path of the unit the account belongs to
	Grants  []Grant
}

// Holds reports whether the subject has one of the roles on anything.
func (s Subject) Holds(roles ...Role) bool {
	return slices.ContainsFunc(s.Grants, func(g Grant) bool { return slices.Contains(roles, g.Role) })
}

// Kind is what sort of thing a resource is.
type Kind string

// The kinds of things that operations are carried out on.
const (
	System   Kind = "System"   // the installation: lists, maps, findings on the network
	Unit     Kind = "Unit"     // ID is its path
	Account  Kind = "Account"  // an account, or one of its devices; Unit is where it belongs
	Movement Kind = "Movement" // a compartment
	Plan     Kind = "Plan"     // in the compartment Movement
	Job      Kind = "Job"      // in the compartment Movement, or with none and an owner
)

// A Resource is what an operation is carried out on.
type Resource struct {
	Kind     Kind
	ID       string
	Unit     string // path of the unit it belongs to
	Movement string // the compartment it lies in, if any
	Owner    string // the account it belongs to, if any
}

// Know is the operation that asks whether a subject may know that a resource
// exists. Whoever may not is told that it does not.
const Know = "know"

//go:embed outrider.cedar
var source []byte

// A Policy answers who may do what. It is immutable and may be asked from many
// goroutines.
type Policy struct {
	set *cedar.PolicySet
}

// New reads the policies of the program.
func New() (*Policy, error) {
	set, err := cedar.NewPolicySetFromBytes("outrider.cedar", source)
	if err != nil {
		return nil, fmt.Errorf("the policies of the program do not parse: %w", err)
	}
	return &Policy{set: set}, nil
}

// Decide reports whether the subject may carry out the operation on the
// resource. It takes about 25 µs. What no policy permits is forbidden;
// so is what a policy fails on.
func (p *Policy) Decide(s Subject, operation string, r Resource) bool {
	decision, diagnostic := cedar.Authorize(p.set, entities(s, r), cedar.Request{
		Principal: uid(Account, s.Account),
		Action:    cedar.NewEntityUID("Action", cedar.String(operation)),
		Resource:  uid(r.Kind, r.ID),
	})
	return decision == cedar.Allow && len(diagnostic.Errors) == 0
}

func uid(k Kind, id string) cedar.EntityUID {
	return cedar.NewEntityUID(cedar.EntityType(k), cedar.String(id))
}

// entities lays out what the policies look at: the subject with the things it has
// roles on, the resource, its compartment, and the units above them.
func entities(s Subject, r Resource) cedar.EntityMap {
	m := cedar.EntityMap{}
	addUnits(m, s.Unit)
	addUnits(m, r.Unit)
	if r.Movement != "" && r.Kind != Movement {
		add(m, uid(Movement, r.Movement), unitOf(r.Unit), nil)
	}
	parents := unitOf(r.Unit)
	switch {
	case r.Kind == Unit:
		addUnits(m, r.ID)
	case r.Movement != "" && r.Kind != Movement:
		parents = []cedar.EntityUID{uid(Movement, r.Movement)}
		fallthrough
	default:
		attributes := cedar.RecordMap{}
		if r.Owner != "" {
			attributes["owner"] = uid(Account, r.Owner)
		}
		add(m, uid(r.Kind, r.ID), parents, attributes)
	}
	held := map[Role][]cedar.Value{}
	for _, role := range slices.Concat(UnitRoles(), MovementRoles()) {
		held[role] = nil
	}
	for _, g := range s.Grants {
		kind := Movement
		if slices.Contains(UnitRoles(), g.Role) {
			kind = Unit
			addUnits(m, g.On)
		}
		held[g.Role] = append(held[g.Role], uid(kind, g.On))
	}
	attributes := cedar.RecordMap{}
	for role, things := range held {
		// Cedar reads attributes with a minus only in brackets; unitLeader is
		// plainer.
		attributes[cedar.String(strings.Replace(string(role), "unit-leader", "unitLeader", 1))] = cedar.NewSet(things...)
	}
	m[uid(Account, s.Account)] = cedar.Entity{
		UID: uid(Account, s.Account), Parents: cedar.NewEntityUIDSet(unitOf(s.Unit)...),
		Attributes: cedar.NewRecord(attributes),
	}
	return m
}

func add(m cedar.EntityMap, id cedar.EntityUID, parents []cedar.EntityUID, attributes cedar.RecordMap) {
	m[id] = cedar.Entity{UID: id, Parents: cedar.NewEntityUIDSet(parents...), Attributes: cedar.NewRecord(attributes)}
}

func unitOf(path string) []cedar.EntityUID {
	if path == "" {
		return nil
	}
	return []cedar.EntityUID{uid(Unit, path)}
}

// addUnits adds a unit and all units above it.
func addUnits(m cedar.EntityMap, path string) {
	for path != "" {
		above := ""
		if i := strings.LastIndexByte(path, '/'); i >= 0 {
			above = path[:i]
		}
		add(m, uid(Unit, path), unitOf(above), nil)
		path = above
	}
}
