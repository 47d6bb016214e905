package server

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/server/internal/policy"
	"github.com/outrider-project/outrider/server/internal/signin"
)

type nothing struct{}

// answer is a body with the headers that some operations send.
type answer[B any] struct {
	ETag      string `header:"ETag"`
	SetCookie string `header:"Set-Cookie"`
	Body      B
}

func reply[B any](b B) *answer[B] { return &answer[B]{Body: b} }

type body[B any] struct {
	Body B
}

// Role as it is shown.
type heldRole struct {
	Role  string     `json:"role"`
	On    string     `json:"on" doc:"Id of the unit or the movement."`
	Until *time.Time `json:"until,omitempty" doc:"When it ends by itself."`
}

type sessionState struct {
	State       string     `json:"state" enum:"first-run,signed-out,signed-in"`
	Account     string     `json:"account,omitempty"`
	CallSign    string     `json:"callSign,omitempty"`
	Unit        string     `json:"unit,omitempty"`
	Roles       []string   `json:"roles,omitempty" doc:"The roles held anywhere."`
	Held        []heldRole `json:"held,omitempty" doc:"The roles with what they are held on."`
	FreshUntil  *time.Time `json:"freshUntil,omitempty"`
	IdleMinutes int        `json:"idleMinutes" doc:"After so many minutes without a request the session ends."`
}

// options is what a browser makes or uses a passkey with.
type options struct {
	PublicKey json.RawMessage `json:"publicKey" doc:"For navigator.credentials, by parseCreationOptionsFromJSON or parseRequestOptionsFromJSON."`
}

// credential is what a browser answers.
type credential struct {
	Credential json.RawMessage `json:"credential" doc:"PublicKeyCredential.toJSON()."`
}

type firstRun struct {
	Code     string `json:"code" maxLength:"40" doc:"From the terminal."`
	CallSign string `json:"callSign" maxLength:"20"`
	Unit     string `json:"unit" maxLength:"40" doc:"Short name of the unit."`
}

type freshRequest struct {
	BytesHash string `json:"bytesHash,omitempty" pattern:"^[0-9a-f]{64}$" doc:"SHA-256 of what is confirmed."`
}

type freshUntil struct {
	FreshUntil time.Time `json:"freshUntil"`
}

func (s *Server) sessionOperations() {
	register(s, operation{id: "get-session", method: http.MethodGet, path: "/api/session", summary: "Who is signed in", open: true}, s.getSession)
	register(s, operation{id: "first-run", method: http.MethodPost, path: "/api/first-run", summary: "Begin the first account", open: true, signIn: true}, s.firstRun)
	register(s, operation{id: "first-run-finish", method: http.MethodPost, path: "/api/first-run/finish", summary: "Make the first account", open: true, signIn: true}, s.firstRunFinish)
	register(s, operation{id: "sign-in", method: http.MethodPost, path: "/api/sign-in", summary: "Begin to sign in", open: true, signIn: true}, s.signIn)
	register(s, operation{id: "sign-in-finish", method: http.MethodPost, path: "/api/sign-in/finish", summary: "Sign in", open: true, signIn: true}, s.signInFinish)
	register(s, operation{id: "sign-out", method: http.MethodDelete, path: "/api/session", summary: "Sign out"}, s.signOut)
	register(s, operation{id: "fresh", method: http.MethodPost, path: "/api/fresh", summary: "Begin a fresh check of the passkey"}, s.fresh)
	register(s, operation{id: "fresh-finish", method: http.MethodPost, path: "/api/fresh/finish", summary: "Pass a fresh check of the passkey"}, s.freshFinish)
}

func (s *Server) getSession(ctx context.Context, c *caller, _ *nothing) (*answer[sessionState], error) {
	idle := int(sessionIdle / time.Minute)
	if c == nil {
		some, err := s.store.AnyAccount(ctx)
		if err != nil {
			return nil, err
		}
		state := "signed-out"
		if !some {
			state = "first-run"
		}
		return reply(sessionState{State: state, IdleMinutes: idle}), nil
	}
	return s.stateOf(ctx, c.account, c.session.Hash)
}

func (s *Server) stateOf(ctx context.Context, a Account, session string) (*answer[sessionState], error) {
	grants, err := s.store.GrantsOf(ctx, a.ID, s.now())
	if err != nil {
		return nil, err
	}
	out := sessionState{State: "signed-in", Account: a.ID, CallSign: a.CallSign, Unit: a.Unit, IdleMinutes: int(sessionIdle / time.Minute)}
	seen := map[string]bool{}
	for _, g := range grants {
		h := heldRole{Role: g.Role, On: g.On}
		if !g.Until.IsZero() {
			h.Until = &g.Until
		}
		out.Held = append(out.Held, h)
		if !seen[g.Role] {
			out.Roles = append(out.Roles, g.Role)
			seen[g.Role] = true
		}
	}
	if until := s.checks.Until(session, s.now()); !until.IsZero() {
		out.FreshUntil = &until
	}
	return reply(out), nil
}

func badCallSign() error {
	return &outrider.Error{Kind: outrider.Invalid, Where: "callSign", Cause: "this is no call sign", Remedy: "use capital letters and a number, such as R2 or SIERRA 4; never a name"}
}

func (s *Server) firstRun(ctx context.Context, _ *caller, in *body[firstRun]) (*answer[options], error) {
	some, err := s.store.AnyAccount(ctx)
	if err != nil {
		return nil, err
	}
	if some || s.code == nil {
		return nil, missing()
	}
	if !s.code.Try(in.Body.Code) {
		return nil, &outrider.Error{Kind: outrider.Refused, Where: "code", Cause: "this is not the code", Remedy: "type the code that the terminal shows; after ten wrong ones start the program again"}
	}
	if !callsign.Valid(in.Body.CallSign) {
		return nil, badCallSign()
	}
	if !unitForm.MatchString(in.Body.Unit) {
		return nil, badUnit("unit")
	}
	id, err := s.id()
	if err != nil {
		return nil, err
	}
	h := signin.Holder{Account: id, CallSign: in.Body.CallSign}
	o, err := s.ceremonies.Register(signin.FirstRun, in.Body.Unit, h, s.now())
	return reply(options{o}), err
}

func (s *Server) firstRunFinish(ctx context.Context, _ *caller, in *body[credential]) (*answer[sessionState], error) {
	h, unit, key, err := s.ceremonies.Registered(signin.FirstRun, in.Body.Credential, s.now())
	if err != nil {
		return nil, err
	}
	// Whoever sets the server up runs the top unit; that opens no plan, and
	// everything else can be handed on.
	grants := []Grant{{Account: h.Account, Role: string(policy.Administrator), On: unit}, {Account: h.Account, Role: string(policy.UnitLeader), On: unit}}
	return s.admit(ctx, "first-run-finish", h, unit, key, grants, "")
}

// admit makes an account with its first device and signs it in.
func (s *Server) admit(ctx context.Context, what string, h signin.Holder, unit string, key signin.Passkey, grants []Grant, invitation string) (*answer[sessionState], error) {
	now := s.now()
	d, err := s.deviceOf(h.Account, key, now)
	if err != nil {
		return nil, err
	}
	a := Account{ID: h.Account, CallSign: h.CallSign, Unit: unit, Since: now}
	if err := s.store.AddAccount(ctx, Act{By: a.ID, What: what, On: a.ID, At: now}, a, d, grants, invitation); err != nil {
		return nil, err
	}
	return s.open(ctx, what, a, d.ID)
}

func (s *Server) deviceOf(account string, key signin.Passkey, now time.Time) (Device, error) {
	id, err := s.id()
	return Device{ID: id, Account: account, Credential: key.ID, Key: key.Key, Counter: key.Counter, Synced: key.Synced, Since: now}, err
}

// open begins a session.
func (s *Server) open(ctx context.Context, what string, a Account, device string) (*answer[sessionState], error) {
	token, err := signin.NewToken(s.random)
	if err != nil {
		return nil, err
	}
	now := s.now()
	session := Session{Hash: signin.Hash(token), Account: a.ID, Device: device, Since: now, Seen: now}
	if err := s.store.AddSession(ctx, Act{By: a.ID, What: what, On: device, At: now}, session); err != nil {
		return nil, err
	}
	// Whoever has just used the passkey need not use it again at once.
	s.checks.Passed(session.Hash, "", now)
	out, err := s.stateOf(ctx, a, session.Hash)
	if err != nil {
		return nil, err
	}
	out.SetCookie = s.cookie(token, int(sessionTime/time.Second))
	return out, nil
}

func (s *Server) cookie(value string, age int) string {
	return (&http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode,
	}).String()
}

func (s *Server) signIn(context.Context, *caller, *nothing) (*answer[options], error) {
	o, err := s.ceremonies.Ask(s.now())
	return reply(options{o}), err
}

// holder returns an account with the passkeys that count.
func (s *Server) holder(ctx context.Context, account string) (signin.Holder, []Device, error) {
	a, err := s.store.Account(ctx, account)
	if err != nil {
		return signin.Holder{}, nil, err
	}
	devices, err := s.store.Devices(ctx, account)
	if err != nil {
		return signin.Holder{}, nil, err
	}
	h := signin.Holder{Account: a.ID, CallSign: a.CallSign}
	var good []Device
	for _, d := range devices {
		if d.Revoked.IsZero() {
			h.Passkeys = append(h.Passkeys, signin.Passkey{ID: d.Credential, Key: d.Key, Counter: d.Counter, Synced: d.Synced})
			good = append(good, d)
		}
	}
	return h, good, nil
}

// counted notes the counter of a passkey that was used, and returns its device.
func (s *Server) counted(ctx context.Context, devices []Device, key signin.Passkey) (Device, error) {
	for _, d := range devices {
		if string(d.Credential) == string(key.ID) {
			if key.Counter == d.Counter {
				return d, nil
			}
			return d, s.store.Counted(ctx, d.ID, key.Counter)
		}
	}
	return Device{}, ErrNotFound
}

func (s *Server) signInFinish(ctx context.Context, _ *caller, in *body[credential]) (*answer[sessionState], error) {
	var devices []Device
	h, key, err := s.ceremonies.Answered(in.Body.Credential, func(account string) (h signin.Holder, err error) {
		h, devices, err = s.holder(ctx, account)
		return h, err
	}, s.now())
	if err != nil {
		return nil, err
	}
	d, err := s.counted(ctx, devices, key)
	if err != nil {
		return nil, err
	}
	a, err := s.store.Account(ctx, h.Account)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, "sign-in-finish", a, d.ID)
}

func (s *Server) signOut(ctx context.Context, c *caller, _ *nothing) (*answer[sessionState], error) {
	if err := s.store.EndSession(ctx, c.act(c.session.Device), c.session.Hash); err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	s.checks.Forget(c.session.Hash)
	out := reply(sessionState{State: "signed-out", IdleMinutes: int(sessionIdle / time.Minute)})
	out.SetCookie = s.cookie("", -1)
	return out, nil
}

func (s *Server) fresh(ctx context.Context, c *caller, in *body[freshRequest]) (*answer[options], error) {
	h, _, err := s.holder(ctx, c.account.ID)
	if err != nil {
		return nil, err
	}
	hash, err := hex.DecodeString(in.Body.BytesHash)
	if err != nil {
		return nil, &outrider.Error{Kind: outrider.Invalid, Where: "bytesHash", Cause: "this is no SHA-256 in hex", Remedy: "send 64 digits from 0 to f"}
	}
	o, err := s.ceremonies.Confirm(c.session.Hash, h, hash, c.at)
	return reply(options{o}), err
}

func (s *Server) freshFinish(ctx context.Context, c *caller, in *body[credential]) (*answer[freshUntil], error) {
	hash, key, err := s.ceremonies.Confirmed(c.session.Hash, in.Body.Credential, c.at)
	if err != nil {
		return nil, err
	}
	_, devices, err := s.holder(ctx, c.account.ID)
	if err != nil {
		return nil, err
	}
	// A device that was revoked since the question counts no more.
	if _, err := s.counted(ctx, devices, key); err != nil {
		return nil, signedOut()
	}
	if err := s.store.Record(ctx, Act{By: c.account.ID, What: c.op.id, On: hex.EncodeToString(hash), At: c.at}); err != nil {
		return nil, err
	}
	return reply(freshUntil{s.checks.Passed(c.session.Hash, hex.EncodeToString(hash), c.at)}), nil
}
