package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A memory keeps what a store keeps, for tests of what stands before it.
type memory struct {
	mu          sync.Mutex
	accounts    []Account
	devices     []Device
	sessions    map[string]Session
	invitations map[string]Invitation
	units       []string
	grants      []Grant
	movements   []Movement
	plans       []StoredPlan
	approvals   map[string][]string
	findings    []StoredFinding
	replies     map[string]Reply
	jobs        []Job
	held        map[string]time.Time
	log         []Record
}

func newMemory() *memory {
	return &memory{
		sessions: map[string]Session{}, invitations: map[string]Invitation{}, approvals: map[string][]string{},
		replies: map[string]Reply{}, held: map[string]time.Time{},
	}
}

func (m *memory) note(a Act) {
	m.log = append(m.log, Record{Number: int64(len(m.log) + 1), Act: a, Hash: fmt.Sprintf("%064x", len(m.log)+1)})
}

func find[T any](all []T, is func(T) bool) (T, error) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], nil
	}
	var none T
	return none, ErrNotFound
}

func part[T any](all []T, id func(T) string, after string, limit int) []T {
	all = slices.SortedFunc(slices.Values(all), func(a, b T) int { return cmp.Compare(id(a), id(b)) })
	all = slices.DeleteFunc(all, func(x T) bool { return id(x) <= after })
	return all[:min(len(all), limit)]
}

func (m *memory) AnyAccount(context.Context) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.accounts) > 0, nil
}

func (m *memory) Account(_ context.Context, id string) (Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return find(m.accounts, func(a Account) bool { return a.ID == id })
}

func (m *memory) AccountOf(_ context.Context, callSign string) (Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return find(m.accounts, func(a Account) bool { return a.CallSign == callSign })
}

func (m *memory) Accounts(_ context.Context, after string, limit int) ([]Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return part(m.accounts, func(a Account) string { return a.ID }, after, limit), nil
}

func (m *memory) AddAccount(_ context.Context, act Act, a Account, d Device, grants []Grant, invitation string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if invitation == "" {
		if len(m.accounts) > 0 {
			return ErrNotFound
		}
		m.units = append(m.units, a.Unit)
	} else {
		used := false
		for hash, i := range m.invitations {
			if i.ID == invitation {
				delete(m.invitations, hash)
				used = true
			}
		}
		if !used {
			return ErrNotFound
		}
	}
	m.accounts, m.devices, m.grants = append(m.accounts, a), append(m.devices, d), append(m.grants, grants...)
	m.note(act)
	return nil
}

func (m *memory) Device(_ context.Context, id string) (Device, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return find(m.devices, func(d Device) bool { return d.ID == id })
}

func (m *memory) Devices(_ context.Context, account string) ([]Device, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.devices), func(d Device) bool { return d.Account != account }), nil
}

func (m *memory) AddDevice(_ context.Context, act Act, d Device) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.devices = append(m.devices, d)
	m.note(act)
	return nil
}

func (m *memory) Revoke(_ context.Context, act Act, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.devices {
		if m.devices[i].ID == id {
			m.devices[i].Revoked = act.At
		}
	}
	for hash, s := range m.sessions {
		if s.Device == id {
			delete(m.sessions, hash)
		}
	}
	m.note(act)
	return nil
}

func (m *memory) Counted(_ context.Context, id string, counter uint32) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.devices {
		if m.devices[i].ID == id {
			m.devices[i].Counter = counter
		}
	}
	return nil
}

func (m *memory) Session(_ context.Context, hash string) (Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[hash]
	if !ok {
		return s, ErrNotFound
	}
	return s, nil
}

func (m *memory) AddSession(_ context.Context, act Act, s Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[s.Hash] = s
	m.note(act)
	return nil
}

func (m *memory) Seen(_ context.Context, hash string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sessions[hash]
	s.Seen = at
	m.sessions[hash] = s
	return nil
}

func (m *memory) EndSession(_ context.Context, act Act, hash string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, hash)
	m.note(act)
	return nil
}

func (m *memory) Invitation(_ context.Context, hash string) (Invitation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.invitations[hash]
	if !ok {
		return i, ErrNotFound
	}
	return i, nil
}

func (m *memory) AddInvitation(_ context.Context, act Act, i Invitation) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.invitations[i.Hash] = i
	m.note(act)
	return nil
}

func (m *memory) Units(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(slices.Values(m.units)), nil
}

func (m *memory) AddUnit(_ context.Context, act Act, path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.units = append(m.units, path)
	m.note(act)
	return nil
}

func (m *memory) grantsWhere(is func(Grant) bool, at time.Time) []Grant {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.grants), func(g Grant) bool { return !is(g) || !g.Until.IsZero() && !at.Before(g.Until) })
}

func (m *memory) GrantsOf(_ context.Context, account string, at time.Time) ([]Grant, error) {
	return m.grantsWhere(func(g Grant) bool { return g.Account == account }, at), nil
}

func (m *memory) GrantsOn(_ context.Context, on string, at time.Time) ([]Grant, error) {
	return m.grantsWhere(func(g Grant) bool { return g.On == on }, at), nil
}

func (m *memory) SetGrant(_ context.Context, act Act, g Grant, held bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.grants = slices.DeleteFunc(m.grants, func(o Grant) bool { return o.Account == g.Account && o.On == g.On && o.Role == g.Role })
	if held {
		m.grants = append(m.grants, g)
	}
	m.note(act)
	return nil
}

func (m *memory) Movement(_ context.Context, id string) (Movement, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return find(m.movements, func(x Movement) bool { return x.ID == id })
}

func (m *memory) Movements(_ context.Context, after string, limit int) ([]Movement, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return part(m.movements, func(x Movement) string { return x.ID }, after, limit), nil
}

func (m *memory) AddMovement(_ context.Context, act Act, x Movement) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.movements = append(m.movements, x)
	m.grants = append(m.grants, Grant{Account: act.By, Role: "commander", On: x.ID})
	m.note(act)
	return nil
}

func (m *memory) SaveMovement(_ context.Context, act Act, x Movement) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, old := range m.movements {
		if old.ID == x.ID {
			if old.Version != x.Version {
				return 0, &ConflictError{Version: old.Version}
			}
			x.Version++
			m.movements[i] = x
			m.note(act)
			return x.Version, nil
		}
	}
	return 0, ErrNotFound
}

func (m *memory) Plan(_ context.Context, id string) (StoredPlan, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return find(m.plans, func(p StoredPlan) bool { return p.ID == id })
}

func (m *memory) Plans(_ context.Context, movement, after string, limit int) ([]StoredPlan, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	of := slices.DeleteFunc(slices.Clone(m.plans), func(p StoredPlan) bool { return p.Movement != movement })
	slices.SortFunc(of, func(a, b StoredPlan) int { return cmp.Compare(b.ID, a.ID) })
	of = slices.DeleteFunc(of, func(p StoredPlan) bool { return after != "" && p.ID >= after })
	return of[:min(len(of), limit)], nil
}

func (m *memory) AddPlan(_ context.Context, act Act, p StoredPlan) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.ContainsFunc(m.plans, func(o StoredPlan) bool { return o.ID == p.ID }) {
		return ErrKnown
	}
	m.plans = append(m.plans, p)
	m.note(act)
	return nil
}

func (m *memory) Approval(_ context.Context, plan string) ([]byte, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b bytes.Buffer
	for _, line := range m.approvals[plan] {
		b.WriteString(line + "\n")
	}
	return b.Bytes(), int64(len(m.approvals[plan])), nil
}

func (m *memory) AddStep(_ context.Context, act Act, plan string, line []byte, steps int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := int64(len(m.approvals[plan])); n != steps {
		return &ConflictError{Version: n}
	}
	m.approvals[plan] = append(m.approvals[plan], string(line))
	m.note(act)
	return nil
}

func (m *memory) Findings(_ context.Context, after string, limit int) ([]StoredFinding, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return part(m.findings, func(f StoredFinding) string { return f.ID }, after, limit), nil
}

func (m *memory) AddFinding(_ context.Context, act Act, f StoredFinding) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.findings {
		if o.ID == f.ID {
			return ErrKnown
		}
		if placeOf(o) == placeOf(f) {
			return &OtherFindingError{o}
		}
	}
	m.findings = append(m.findings, f)
	m.note(act)
	return nil
}

func placeOf(f StoredFinding) string {
	var at struct {
		Kind     string
		Lat, Lon float64
	}
	if err := json.Unmarshal(f.Finding, &at); err != nil {
		panic(err)
	}
	return fmt.Sprint(at)
}

func (m *memory) Reserve(_ context.Context, account, key string, r Reply, _ time.Time) (Reply, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if kept, ok := m.replies[account+" "+key]; ok {
		return kept, false, nil
	}
	m.replies[account+" "+key] = r
	return r, true, nil
}

func (m *memory) Keep(_ context.Context, account, key string, r Reply) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.replies[account+" "+key] = r
	return nil
}

func (m *memory) Release(_ context.Context, account, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.replies, account+" "+key)
	return nil
}

func (m *memory) AddJob(_ context.Context, act Act, j Job) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.jobs = append(m.jobs, j)
	m.note(act)
	return nil
}

func (m *memory) Job(_ context.Context, id string) (Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return find(m.jobs, func(j Job) bool { return j.ID == id })
}

func (m *memory) CancelJob(_ context.Context, act Act, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.jobs {
		if m.jobs[i].ID == id && (m.jobs[i].State == JobWaiting || m.jobs[i].State == JobRunning) {
			m.jobs[i].State = JobCancelled
		}
	}
	m.note(act)
	return nil
}

func (m *memory) Claim(_ context.Context, now, until time.Time) (Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.jobs {
		j := &m.jobs[i]
		if j.State == JobWaiting || j.State == JobRunning && now.After(m.held[j.ID]) {
			j.State, m.held[j.ID] = JobRunning, until
			j.Attempts++
			return *j, nil
		}
	}
	return Job{}, ErrNoJob
}

func (m *memory) change(id string, f func(*Job)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.jobs {
		if m.jobs[i].ID == id && m.jobs[i].State == JobRunning {
			f(&m.jobs[i])
			return nil
		}
	}
	return ErrJobLost
}

func (m *memory) Renew(_ context.Context, j Job, until time.Time) error {
	return m.change(j.ID, func(k *Job) {
		k.Phase, k.Done, k.Total = j.Phase, j.Done, j.Total
		m.held[j.ID] = until
	})
}

func (m *memory) Finish(_ context.Context, j Job, _ time.Time) error {
	return m.change(j.ID, func(k *Job) { k.State, k.Result, k.Fault = j.State, j.Result, j.Fault })
}

func (m *memory) GiveBack(_ context.Context, j Job) error {
	return m.change(j.ID, func(k *Job) {
		k.State = JobWaiting
		k.Attempts--
	})
}

func (m *memory) Record(_ context.Context, act Act) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.note(act)
	return nil
}

func (m *memory) Records(_ context.Context, after int64, limit int) ([]Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rest := m.log[min(after, int64(len(m.log))):]
	return rest[:min(len(rest), limit)], nil
}
