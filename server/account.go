package server

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/hazard"
	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/server/internal/policy"
	"github.com/outrider-project/outrider/server/internal/signin"
)

// A Page is the part of a list that is asked for.
type Page struct {
	After string `query:"after" maxLength:"64" doc:"The next of the answer before."`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

// list is what lists answer.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Where the next part begins; empty at the end."`
}

// gather reads a list from the store part by part, until so many items have
// passed the filter. What is filtered out leaves no trace.
func gather[R, T any](p Page, id func(R) string, more func(after string, limit int) ([]R, error), show func(R) (T, bool, error)) (*answer[list[T]], error) {
	out := list[T]{Items: []T{}}
	after := p.After
	for {
		rows, err := more(after, mostItems)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			item, visible, err := show(row)
			if err != nil {
				return nil, err
			}
			if visible {
				if len(out.Items) == p.Limit {
					out.Next = after
					return reply(out), nil
				}
				out.Items = append(out.Items, item)
			}
			after = id(row)
		}
		if len(rows) < mostItems {
			return reply(out), nil
		}
	}
}

var unitForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?$`)

// deepestUnit bounds the tree.
const deepestUnit = 8

func badUnit(where string) error {
	return &outrider.Error{Kind: outrider.Invalid, Where: where, Cause: "this is no name of a unit", Remedy: "use up to 20 small letters, digits and minus signs"}
}

type accountItem struct {
	ID       string    `json:"id"`
	CallSign string    `json:"callSign"`
	Unit     string    `json:"unit"`
	Since    time.Time `json:"since"`
}

type deviceItem struct {
	ID       string     `json:"id"`
	CallSign string     `json:"callSign"`
	Synced   bool       `json:"synced" doc:"The passkey may be copied between devices of its holder."`
	Since    time.Time  `json:"since"`
	Revoked  *time.Time `json:"revoked,omitempty"`
	This     bool       `json:"this" doc:"The device of this session."`
}

type invitationRequest struct {
	CallSign string `json:"callSign" maxLength:"20"`
	Unit     string `json:"unit" maxLength:"200" doc:"Path of the unit."`
	Role     string `json:"role,omitempty" enum:"administrator,unit-leader" doc:"On the unit."`
}

type invitationMade struct {
	Token string    `json:"token" doc:"Shown once. Give it to whom it is for, in person or sealed."`
	Until time.Time `json:"until"`
}

type tokenRequest struct {
	Token string `json:"token" maxLength:"128"`
}

type recoveryRequest struct {
	Account string `json:"account" maxLength:"64" doc:"Id of the account that lost its devices."`
}

type recoveryState struct {
	ID       string    `json:"id"`
	CallSign string    `json:"callSign"`
	Token    string    `json:"token,omitempty" doc:"Shown once, to the second administrator: for the holder of the account."`
	Until    time.Time `json:"until"`
}

type byID struct {
	ID string `path:"id" maxLength:"200"`
}

func (s *Server) accountOperations() {
	register(s, operation{id: "list-accounts", method: http.MethodGet, path: "/api/accounts", summary: "Accounts of the units that you run"}, s.listAccounts)
	register(s, operation{id: "list-devices", method: http.MethodGet, path: "/api/devices", summary: "Your devices, and those of accounts of units that you administer"}, s.listDevices)
	register(s, operation{id: "revoke-device", method: http.MethodDelete, path: "/api/devices/{id}", summary: "End a device and its sessions at once", on: onDevice, status: http.StatusNoContent}, s.revokeDevice)
	register(s, operation{id: "invite", method: http.MethodPost, path: "/api/invitations", summary: "Invite somebody", late: true, secret: true, fresh: true, status: http.StatusCreated}, s.invite)
	register(s, operation{id: "accept-invitation", method: http.MethodPost, path: "/api/invitations/accept", summary: "Begin an account by invitation", open: true, signIn: true}, s.accept)
	register(s, operation{id: "accept-invitation-finish", method: http.MethodPost, path: "/api/invitations/accept/finish", summary: "Make an account by invitation", open: true, signIn: true}, s.acceptFinish)
	register(s, operation{id: "start-recovery", method: http.MethodPost, path: "/api/recoveries", summary: "Ask for the recovery of an account, as the first of two administrators", late: true, fresh: true, status: http.StatusCreated}, s.startRecovery)
	register(s, operation{id: "confirm-recovery", method: http.MethodPost, path: "/api/recoveries/{id}/confirm", summary: "Confirm a recovery, as the second of two administrators", on: onRecovery, fresh: true, secret: true}, s.confirmRecovery)
	register(s, operation{id: "recover", method: http.MethodPost, path: "/api/recoveries/accept", summary: "Begin a new device by recovery", open: true, signIn: true}, s.recover)
	register(s, operation{id: "recover-finish", method: http.MethodPost, path: "/api/recoveries/accept/finish", summary: "Make a new device by recovery", open: true, signIn: true}, s.recoverFinish)
}

func (s *Server) listAccounts(ctx context.Context, c *caller, in *Page) (*answer[list[accountItem]], error) {
	return gather(*in, func(a Account) string { return a.ID },
		func(after string, limit int) ([]Account, error) { return s.store.Accounts(ctx, after, limit) },
		func(a Account) (accountItem, bool, error) {
			on := policy.Resource{Kind: policy.Account, ID: a.ID, Unit: a.Unit}
			return accountItem(a), s.policy.Decide(c.subject, "see-account", on), nil
		})
}

func (s *Server) listDevices(ctx context.Context, c *caller, in *Page) (*answer[list[deviceItem]], error) {
	// The store pages by account; the devices of one account are few.
	out := list[deviceItem]{Items: []deviceItem{}}
	for after := in.After; ; {
		accounts, err := s.store.Accounts(ctx, after, mostItems)
		if err != nil {
			return nil, err
		}
		for _, a := range accounts {
			if !s.policy.Decide(c.subject, "revoke-device", policy.Resource{Kind: policy.Account, ID: a.ID, Unit: a.Unit}) {
				after = a.ID
				continue
			}
			if len(out.Items) >= in.Limit {
				out.Next = after
				return reply(out), nil
			}
			devices, err := s.store.Devices(ctx, a.ID)
			if err != nil {
				return nil, err
			}
			for _, d := range devices {
				item := deviceItem{ID: d.ID, CallSign: a.CallSign, Synced: d.Synced, Since: d.Since, This: d.ID == c.session.Device}
				if !d.Revoked.IsZero() {
					item.Revoked = &d.Revoked
				}
				out.Items = append(out.Items, item)
			}
			after = a.ID
		}
		if len(accounts) < mostItems {
			return reply(out), nil
		}
	}
}

func (s *Server) revokeDevice(ctx context.Context, c *caller, in *byID) (*nothing, error) {
	return nil, s.store.Revoke(ctx, c.act(in.ID), in.ID)
}

// unit returns a unit as a resource.
func (s *Server) unit(ctx context.Context, path string) (policy.Resource, error) {
	units, err := s.store.Units(ctx)
	if err != nil {
		return policy.Resource{}, err
	}
	if !slices.Contains(units, path) {
		return policy.Resource{}, ErrNotFound
	}
	return policy.Resource{Kind: policy.Unit, ID: path, Unit: path}, nil
}

func (s *Server) invite(ctx context.Context, c *caller, in *body[invitationRequest]) (*answer[invitationMade], error) {
	on, err := s.unit(ctx, in.Body.Unit)
	if err := s.may(c, "invite", on, err); err != nil {
		return nil, err
	}
	if !callsign.Valid(in.Body.CallSign) {
		return nil, badCallSign()
	}
	if err := s.free(ctx, in.Body.CallSign); err != nil {
		return nil, err
	}
	id, err := s.id()
	if err != nil {
		return nil, err
	}
	token, err := signin.NewToken(s.random)
	if err != nil {
		return nil, err
	}
	i := Invitation{
		ID: id, Hash: signin.Hash(token), CallSign: in.Body.CallSign, Unit: in.Body.Unit, Role: in.Body.Role, By: c.account.ID,
		Until: c.at.Add(invitedFor),
	}
	if err := s.store.AddInvitation(ctx, c.act(id), i); err != nil {
		return nil, err
	}
	return reply(invitationMade{token, i.Until}), nil
}

// free refuses a call sign that somebody has.
func (s *Server) free(ctx context.Context, callSign string) error {
	_, err := s.store.AccountOf(ctx, callSign)
	if err == nil {
		return &outrider.Error{Kind: outrider.Stale, Where: "callSign", Cause: "somebody has this call sign", Remedy: "use another one"}
	}
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

func spent() error {
	return &outrider.Error{Kind: outrider.Refused, Cause: "this token does not count", Remedy: "tokens count once and for a limited time; ask for a new one"}
}

func (s *Server) invitation(ctx context.Context, token string) (Invitation, error) {
	i, err := s.store.Invitation(ctx, signin.Hash(token))
	if errors.Is(err, ErrNotFound) || err == nil && s.now().After(i.Until) {
		return i, spent()
	}
	return i, err
}

func (s *Server) accept(ctx context.Context, _ *caller, in *body[tokenRequest]) (*answer[options], error) {
	i, err := s.invitation(ctx, in.Body.Token)
	if err != nil {
		return nil, err
	}
	id, err := s.id()
	if err != nil {
		return nil, err
	}
	o, err := s.ceremonies.Register(signin.Invitation, i.Hash, signin.Holder{Account: id, CallSign: i.CallSign}, s.now())
	return reply(options{o}), err
}

func (s *Server) acceptFinish(ctx context.Context, _ *caller, in *body[credential]) (*answer[sessionState], error) {
	h, hash, key, err := s.ceremonies.Registered(signin.Invitation, in.Body.Credential, s.now())
	if err != nil {
		return nil, err
	}
	i, err := s.store.Invitation(ctx, hash)
	if errors.Is(err, ErrNotFound) || err == nil && s.now().After(i.Until) {
		return nil, spent()
	}
	if err != nil {
		return nil, err
	}
	var grants []Grant
	if i.Role != "" {
		grants = []Grant{{Account: h.Account, Role: i.Role, On: i.Unit}}
	}
	if err := s.free(ctx, h.CallSign); err != nil {
		return nil, err
	}
	return s.admit(ctx, "accept-invitation-finish", h, i.Unit, key, grants, i.ID)
}

func (s *Server) startRecovery(ctx context.Context, c *caller, in *body[recoveryRequest]) (*answer[recoveryState], error) {
	on, err := s.account(ctx, in.Body.Account)
	if err := s.may(c, "start-recovery", on, err); err != nil {
		return nil, err
	}
	a, err := s.store.Account(ctx, in.Body.Account)
	if err != nil {
		return nil, err
	}
	id, err := s.id()
	if err != nil {
		return nil, err
	}
	until := c.at.Add(recoveredFor)
	if err := s.store.Record(ctx, c.act(a.ID)); err != nil {
		return nil, err
	}
	if !s.recoveries.Ask(signin.Recovery{ID: id, Account: a.ID, First: c.account.ID}, until, c.at) {
		return nil, problem(http.StatusTooManyRequests, "too many recoveries are open", "wait an hour")
	}
	return reply(recoveryState{ID: id, CallSign: a.CallSign, Until: until}), nil
}

func onRecovery(ctx context.Context, s *Server, r *http.Request) (policy.Resource, error) {
	k, ok := s.recoveries.Open(r.PathValue("id"), s.now())
	if !ok {
		return policy.Resource{}, ErrNotFound
	}
	return s.account(ctx, k.Account)
}

func (s *Server) confirmRecovery(ctx context.Context, c *caller, in *byID) (*answer[recoveryState], error) {
	k, ok := s.recoveries.Open(in.ID, c.at)
	if !ok {
		return nil, missing()
	}
	if k.First == c.account.ID || k.Account == c.account.ID {
		return nil, &outrider.Error{Kind: outrider.Refused, Cause: "a recovery takes two administrators beside the holder of the account", Remedy: "have another administrator confirm it"}
	}
	a, err := s.store.Account(ctx, k.Account)
	if err != nil {
		return nil, err
	}
	token, err := signin.NewToken(s.random)
	if err != nil {
		return nil, err
	}
	if err := s.store.Record(ctx, c.act(a.ID)); err != nil {
		return nil, err
	}
	until := c.at.Add(recoveredFor)
	if !s.recoveries.Second(in.ID, c.account.ID, token, until, c.at) {
		return nil, missing()
	}
	return reply(recoveryState{ID: in.ID, CallSign: a.CallSign, Token: token, Until: until}), nil
}

func (s *Server) recover(ctx context.Context, _ *caller, in *body[tokenRequest]) (*answer[options], error) {
	k, ok := s.recoveries.By(in.Body.Token, s.now())
	if !ok {
		return nil, spent()
	}
	h, _, err := s.holder(ctx, k.Account)
	if err != nil {
		return nil, err
	}
	o, err := s.ceremonies.Register(signin.Recover, k.ID, h, s.now())
	return reply(options{o}), err
}

// recoverFinish adds the new device. The old ones end: they are lost.
func (s *Server) recoverFinish(ctx context.Context, _ *caller, in *body[credential]) (*answer[sessionState], error) {
	h, id, key, err := s.ceremonies.Registered(signin.Recover, in.Body.Credential, s.now())
	if err != nil {
		return nil, err
	}
	if !s.recoveries.Done(id) {
		return nil, spent()
	}
	now := s.now()
	a, err := s.store.Account(ctx, h.Account)
	if err != nil {
		return nil, err
	}
	_, old, err := s.holder(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	d, err := s.deviceOf(a.ID, key, now)
	if err != nil {
		return nil, err
	}
	act := Act{By: a.ID, What: "recover-finish", On: d.ID, At: now}
	if err := s.store.AddDevice(ctx, act, d); err != nil {
		return nil, err
	}
	for _, lost := range old {
		act.On = lost.ID
		if err := s.store.Revoke(ctx, act, lost.ID); err != nil {
			return nil, err
		}
	}
	return s.open(ctx, "recover-finish", a, d.ID)
}

type unitItem struct {
	ID    string   `json:"id" doc:"Path from the top unit."`
	Name  string   `json:"name"`
	Roles []string `json:"roles" doc:"Your roles on it, inherited ones included."`
}

type unitRequest struct {
	Parent string `json:"parent" maxLength:"200" doc:"Path of the unit above."`
	Name   string `json:"name" maxLength:"20"`
}

type roleItem struct {
	CallSign string     `json:"callSign"`
	Role     string     `json:"role"`
	Until    *time.Time `json:"until,omitempty"`
}

type unitRoleChange struct {
	CallSign string `json:"callSign" maxLength:"20"`
	Role     string `json:"role" enum:"administrator,unit-leader"`
	Held     bool   `json:"held" doc:"Give the role, or take it back."`
}

type movementRoleChange struct {
	CallSign string `json:"callSign" maxLength:"20"`
	Role     string `json:"role" enum:"commander,planner,approver,surveyor,reader"`
	Held     bool   `json:"held" doc:"Give the role, or take it back."`
}

type glassReason struct {
	Reason string `json:"reason" minLength:"10" maxLength:"200" doc:"Why it cannot wait for the commander; about the movement."`
}

type changeByID[B any] struct {
	ID   string `path:"id" maxLength:"200"`
	Body B
}

func (s *Server) unitOperations() {
	register(s, operation{id: "list-units", method: http.MethodGet, path: "/api/units", summary: "Units that you belong to or have roles on, and those below"}, s.listUnits)
	register(s, operation{id: "add-unit", method: http.MethodPost, path: "/api/units", summary: "Add a unit below another", late: true, status: http.StatusCreated}, s.addUnit)
	register(s, operation{id: "get-unit-roles", method: http.MethodGet, path: "/api/units/{id}/roles", summary: "Who has which role on a unit", on: onUnit}, s.getRoles)
	register(s, operation{id: "set-unit-roles", method: http.MethodPut, path: "/api/units/{id}/roles", summary: "Give or take a role on a unit", on: onUnit, fresh: true}, s.setUnitRole)
	register(s, operation{id: "get-movement-roles", method: http.MethodGet, path: "/api/movements/{id}/roles", summary: "Who has which role on a movement", on: onMovement}, s.getRoles)
	register(s, operation{id: "set-movement-roles", method: http.MethodPut, path: "/api/movements/{id}/roles", summary: "Give or take a role on a movement", on: onMovement, fresh: true}, s.setMovementRole)
	register(s, operation{id: "break-glass", method: http.MethodPost, path: "/api/movements/{id}/break-glass", summary: "Read a movement of your unit for four hours, with a reason; its commander is told", on: onMovement, fresh: true}, s.breakGlass)
}

func within(path, unit string) bool { return path == unit || strings.HasPrefix(path, unit+"/") }

func (s *Server) listUnits(ctx context.Context, c *caller, in *Page) (*answer[list[unitItem]], error) {
	return gather(*in, func(u string) string { return u },
		func(after string, limit int) ([]string, error) {
			units, err := s.store.Units(ctx)
			slices.Sort(units)
			at, found := slices.BinarySearch(units, after)
			if found {
				at++
			}
			units = units[at:]
			return units[:min(len(units), limit)], err
		},
		func(u string) (unitItem, bool, error) {
			item := unitItem{ID: u, Name: u[strings.LastIndexByte(u, '/')+1:], Roles: []string{}}
			for _, g := range c.subject.Grants {
				if slices.Contains(policy.UnitRoles(), g.Role) && within(u, g.On) && !slices.Contains(item.Roles, string(g.Role)) {
					item.Roles = append(item.Roles, string(g.Role))
				}
			}
			return item, len(item.Roles) > 0 || u == c.account.Unit, nil
		})
}

func (s *Server) addUnit(ctx context.Context, c *caller, in *body[unitRequest]) (*answer[unitItem], error) {
	on, err := s.unit(ctx, in.Body.Parent)
	if err := s.may(c, "add-unit", on, err); err != nil {
		return nil, err
	}
	if !unitForm.MatchString(in.Body.Name) {
		return nil, badUnit("name")
	}
	if strings.Count(in.Body.Parent, "/")+2 > deepestUnit {
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: "parent", Cause: "units are nested too deep", Remedy: "have at most eight levels"}
	}
	path := in.Body.Parent + "/" + in.Body.Name
	switch _, err := s.unit(ctx, path); {
	case err == nil:
		return nil, &outrider.Error{Kind: outrider.Stale, Where: "name", Cause: "there is a unit of this name", Remedy: "use another one"}
	case !errors.Is(err, ErrNotFound):
		return nil, err
	}
	if err := s.store.AddUnit(ctx, c.act(path), path); err != nil {
		return nil, err
	}
	return reply(unitItem{ID: path, Name: in.Body.Name, Roles: []string{}}), nil
}

func (s *Server) getRoles(ctx context.Context, c *caller, in *byID) (*answer[list[roleItem]], error) {
	return s.rolesOn(ctx, c, in.ID)
}

func (s *Server) rolesOn(ctx context.Context, c *caller, on string) (*answer[list[roleItem]], error) {
	grants, err := s.store.GrantsOn(ctx, on, c.at)
	if err != nil {
		return nil, err
	}
	out := list[roleItem]{Items: []roleItem{}}
	for _, g := range grants {
		a, err := s.store.Account(ctx, g.Account)
		if err != nil {
			return nil, err
		}
		item := roleItem{CallSign: a.CallSign, Role: g.Role}
		if !g.Until.IsZero() {
			item.Until = &g.Until
		}
		out.Items = append(out.Items, item)
	}
	return reply(out), nil
}

// setRole gives or takes a role. The last holder of the role that gives roles
// keeps it.
func (s *Server) setRole(ctx context.Context, c *caller, on, callSign, role string, held bool, last policy.Role) error {
	a, err := s.store.AccountOf(ctx, callSign)
	if errors.Is(err, ErrNotFound) {
		return &outrider.Error{Kind: outrider.Invalid, Where: "callSign", Cause: "nobody here has this call sign", Remedy: "look at the spelling, or invite them first"}
	}
	if err != nil {
		return err
	}
	if !held && role == string(last) {
		grants, err := s.store.GrantsOn(ctx, on, c.at)
		if err != nil {
			return err
		}
		others := slices.ContainsFunc(grants, func(g Grant) bool { return g.Role == role && g.Account != a.ID && g.Until.IsZero() })
		if !others {
			return &outrider.Error{Kind: outrider.Refused, Cause: "nobody else has this role here, and somebody must", Remedy: "give it to somebody else first"}
		}
	}
	return s.store.SetGrant(ctx, c.act(on), Grant{Account: a.ID, Role: role, On: on}, held)
}

func (s *Server) setUnitRole(ctx context.Context, c *caller, in *changeByID[unitRoleChange]) (*answer[list[roleItem]], error) {
	last := policy.Role("")
	if !strings.Contains(in.ID, "/") {
		last = policy.Administrator // below the top, the units above can help
	}
	if err := s.setRole(ctx, c, in.ID, in.Body.CallSign, in.Body.Role, in.Body.Held, last); err != nil {
		return nil, err
	}
	return s.rolesOn(ctx, c, in.ID)
}

func (s *Server) setMovementRole(ctx context.Context, c *caller, in *changeByID[movementRoleChange]) (*answer[list[roleItem]], error) {
	if err := s.setRole(ctx, c, in.ID, in.Body.CallSign, in.Body.Role, in.Body.Held, policy.Commander); err != nil {
		return nil, err
	}
	s.tell("roles", c.on)
	return s.rolesOn(ctx, c, in.ID)
}

func (s *Server) breakGlass(ctx context.Context, c *caller, in *changeByID[glassReason]) (*answer[heldRole], error) {
	if cause, remedy := hazard.NoteFault(in.Body.Reason); cause != "" {
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: "reason", Cause: cause, Remedy: remedy}
	}
	until := c.at.Add(brokenGlass)
	act := c.act(in.ID)
	act.Why = in.Body.Reason
	if err := s.store.SetGrant(ctx, act, Grant{Account: c.account.ID, Role: string(policy.Reader), On: in.ID, Until: until}, true); err != nil {
		return nil, err
	}
	s.tell("glass-broken", c.on)
	return reply(heldRole{Role: string(policy.Reader), On: in.ID, Until: &until}), nil
}
