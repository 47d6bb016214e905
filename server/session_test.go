package server

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestFirstRun(t *testing.T) {
	w := newWorld(t)
	p := w.stranger()
	var state sessionState
	p.want(http.StatusOK, &state, http.MethodGet, "/api/session", nil)
	if state.State != "first-run" {
		t.Fatalf("state %q before the first account", state.State)
	}
	p.want(http.StatusForbidden, nil, http.MethodPost, "/api/first-run", firstRun{Code: "WRONG", CallSign: "ROMEO 1", Unit: "top"})
	p.want(http.StatusUnprocessableEntity, nil, http.MethodPost, "/api/first-run", firstRun{Code: w.code.String(), CallSign: "Jane Smith", Unit: "top"})
	state = p.enrol("/api/first-run", firstRun{Code: strings.ToLower(w.code.String()), CallSign: "ROMEO 1", Unit: "top"})
	if state.State != "signed-in" || state.CallSign != "ROMEO 1" || len(state.Roles) != 2 || state.FreshUntil == nil {
		t.Errorf("after the first run: %+v", state)
	}
	p.want(http.StatusOK, &state, http.MethodGet, "/api/session", nil)
	if state.State != "signed-in" {
		t.Errorf("the session does not last: %+v", state)
	}
	// There is no second first account, with the code or without.
	w.stranger().want(http.StatusNotFound, nil, http.MethodPost, "/api/first-run", firstRun{Code: w.code.String(), CallSign: "ROMEO 2", Unit: "top"})
}

func TestTwoFirstAccountsAtOnce(t *testing.T) {
	w := newWorld(t)
	a, b := w.stranger(), w.stranger()
	var oa, ob asked
	a.want(http.StatusOK, &oa, http.MethodPost, "/api/first-run", firstRun{w.code.String(), "ROMEO 1", "top"})
	b.want(http.StatusOK, &ob, http.MethodPost, "/api/first-run", firstRun{w.code.String(), "ROMEO 2", "top"})
	a.want(http.StatusOK, nil, http.MethodPost, "/api/first-run/finish", credential{a.key.make(oa.PublicKey)})
	b.want(http.StatusNotFound, nil, http.MethodPost, "/api/first-run/finish", credential{b.key.make(ob.PublicKey)})
	if len(w.store.accounts) != 1 {
		t.Errorf("%d accounts", len(w.store.accounts))
	}
}

func TestCodeRunsOutOfGuesses(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		w.stranger().want(http.StatusForbidden, nil, http.MethodPost, "/api/first-run", firstRun{"AAAA-AAAA-AAAA", "ROMEO 1", "top"})
	}
	w.stranger().want(http.StatusForbidden, nil, http.MethodPost, "/api/first-run", firstRun{w.code.String(), "ROMEO 1", "top"})
}

func TestSignInAndOut(t *testing.T) {
	w := newWorld(t)
	p := w.first()
	old := p.cookie
	p.want(http.StatusOK, nil, http.MethodDelete, "/api/session", nil)
	p.cookie = old
	p.want(http.StatusUnauthorized, nil, http.MethodGet, "/api/units", nil)
	p.cookie = ""
	if code := p.signIn(); code != http.StatusOK {
		t.Fatalf("sign-in: %d", code)
	}
	p.want(http.StatusOK, nil, http.MethodGet, "/api/units", nil)
	w.later(sessionIdle + time.Minute)
	p.want(http.StatusUnauthorized, nil, http.MethodGet, "/api/units", nil)
	if code := p.signIn(); code != http.StatusOK {
		t.Fatalf("sign-in after idling: %d", code)
	}
	for range int(sessionTime/sessionIdle) * 2 {
		w.later(sessionIdle / 2)
		p.send(http.MethodGet, "/api/units", nil)
	}
	w.later(time.Minute)
	p.want(http.StatusUnauthorized, nil, http.MethodGet, "/api/units", nil)
}

func TestWrongPasskeys(t *testing.T) {
	w := newWorld(t)
	p := w.first()
	ask := func() asked {
		var o asked
		p.want(http.StatusOK, &o, http.MethodPost, "/api/sign-in", nil)
		return o
	}
	refused := func(name string, answer []byte) {
		t.Helper()
		if a := w.stranger().send(http.MethodPost, "/api/sign-in/finish", credential{answer}); a.Code != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, a.Code, a.Body)
		}
	}
	used := p.key.get(ask().PublicKey)
	p.want(http.StatusOK, nil, http.MethodPost, "/api/sign-in/finish", credential{used})
	refused("an answer sent twice", used)

	elsewhere := *p.key
	elsewhere.origin = "http://evil.example"
	refused("of another origin", elsewhere.get(ask().PublicKey))

	forged := newAuthenticator(t)
	forged.id, forged.user = p.key.id, p.key.user
	refused("of another key under the same id", forged.get(ask().PublicKey))

	unknown := newAuthenticator(t)
	unknown.user = []byte("nobody")
	refused("of nobody", unknown.get(ask().PublicKey))

	o := ask()
	answer := p.key.get(o.PublicKey)
	w.later(6 * time.Minute)
	refused("six minutes late", answer)

	copied := *p.key
	copied.counter = 0
	refused("with a counter that ran back", copied.get(ask().PublicKey))

	p.signIn()
	var f asked
	p.want(http.StatusOK, &f, http.MethodPost, "/api/fresh", nil)
	refused("of a fresh check", p.key.get(f.PublicKey))
	if a := p.send(http.MethodPost, "/api/fresh/finish", credential{p.key.get(ask().PublicKey)}); a.Code != http.StatusForbidden {
		t.Errorf("a sign-in passed as a fresh check: %d", a.Code)
	}
}

func TestInvitations(t *testing.T) {
	w := newWorld(t)
	boss := w.first()
	var made invitationMade
	boss.want(http.StatusCreated, &made, http.MethodPost, "/api/invitations", invitationRequest{"SIERRA 4", "top", ""})
	late := w.stranger()
	var o asked
	late.want(http.StatusOK, &o, http.MethodPost, "/api/invitations/accept", tokenRequest{made.Token})
	n := w.stranger()
	if state := n.enrol("/api/invitations/accept", tokenRequest{made.Token}); state.CallSign != "SIERRA 4" || len(state.Roles) != 0 {
		t.Errorf("invited: %+v", state)
	}
	late.want(http.StatusForbidden, nil, http.MethodPost, "/api/invitations/accept/finish", credential{late.key.make(o.PublicKey)})
	w.stranger().want(http.StatusForbidden, nil, http.MethodPost, "/api/invitations/accept", tokenRequest{made.Token})
	boss.want(http.StatusConflict, nil, http.MethodPost, "/api/invitations", invitationRequest{"SIERRA 4", "top", ""})
	boss.want(http.StatusUnprocessableEntity, nil, http.MethodPost, "/api/invitations", invitationRequest{"John Smith", "top", ""})
	boss.want(http.StatusCreated, &made, http.MethodPost, "/api/invitations", invitationRequest{"SIERRA 5", "top", ""})
	w.later(invitedFor + time.Minute)
	w.stranger().want(http.StatusForbidden, nil, http.MethodPost, "/api/invitations/accept", tokenRequest{made.Token})
	for _, s := range w.store.invitations {
		if strings.Contains(s.Hash, made.Token) {
			t.Error("a token is stored in clear")
		}
	}
}

func TestFreshCheckRunsOut(t *testing.T) {
	w := newWorld(t)
	p := w.first()
	w.later(5*time.Minute + time.Second)
	a := p.want(http.StatusForbidden, nil, http.MethodPost, "/api/invitations", invitationRequest{"SIERRA 4", "top", ""})
	if !strings.Contains(a.Body.String(), "fresh-check") {
		t.Errorf("the answer does not ask for a fresh check: %s", a.Body)
	}
	p.confirm("")
	p.want(http.StatusCreated, nil, http.MethodPost, "/api/invitations", invitationRequest{"SIERRA 4", "top", ""})
}

func TestRevocation(t *testing.T) {
	w := newWorld(t)
	boss := w.first()
	n := boss.invite("SIERRA 4", "top", "")
	n.want(http.StatusOK, nil, http.MethodGet, "/api/units", nil)
	var devices list[deviceItem]
	boss.want(http.StatusOK, &devices, http.MethodGet, "/api/devices", nil)
	id := ""
	for _, d := range devices.Items {
		if d.CallSign == "SIERRA 4" {
			id = d.ID
		}
	}
	boss.want(http.StatusNoContent, nil, http.MethodDelete, "/api/devices/"+id, nil)
	n.want(http.StatusUnauthorized, nil, http.MethodGet, "/api/units", nil)
	n.cookie = ""
	if code := n.signIn(); code != http.StatusForbidden {
		t.Errorf("a revoked passkey signs in: %d", code)
	}
}

func TestRecovery(t *testing.T) {
	w := newWorld(t)
	boss := w.first()
	second := boss.invite("ROMEO 2", "top", "administrator")
	lost := boss.invite("SIERRA 4", "top", "")
	var r recoveryState
	boss.want(http.StatusCreated, &r, http.MethodPost, "/api/recoveries", recoveryRequest{lost.account})
	if r.Token != "" {
		t.Error("one administrator has the token")
	}
	boss.want(http.StatusForbidden, nil, http.MethodPost, "/api/recoveries/"+r.ID+"/confirm", nil)
	lost.want(http.StatusForbidden, nil, http.MethodPost, "/api/recoveries/"+r.ID+"/confirm", nil)
	second.want(http.StatusOK, &r, http.MethodPost, "/api/recoveries/"+r.ID+"/confirm", nil)
	second.want(http.StatusNotFound, nil, http.MethodPost, "/api/recoveries/"+r.ID+"/confirm", nil)
	renewed := w.stranger()
	if state := renewed.enrol("/api/recoveries/accept", tokenRequest{r.Token}); state.CallSign != "SIERRA 4" || state.Account != lost.account {
		t.Errorf("recovered: %+v", state)
	}
	lost.want(http.StatusUnauthorized, nil, http.MethodGet, "/api/units", nil)
	w.stranger().want(http.StatusForbidden, nil, http.MethodPost, "/api/recoveries/accept", tokenRequest{r.Token})
	renewed.cookie = ""
	if code := renewed.signIn(); code != http.StatusOK {
		t.Errorf("the new passkey does not sign in: %d", code)
	}
}
