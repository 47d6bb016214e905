package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/callsign"
	"github.com/outrider-project/outrider/server"
)

const accountColumns = `id, call_sign, unit, since`

func readAccount(s scan) (server.Account, error) {
	var a server.Account
	var since int64
	err := s(&a.ID, &a.CallSign, &a.Unit, &since)
	a.Since = moment(since)
	return a, err
}

// AnyAccount reports whether there is an account.
func (s *Store) AnyAccount(ctx context.Context) (bool, error) {
	return exists(ctx, s.read, `SELECT 1 FROM accounts LIMIT 1`)
}

// Account returns an account by its id.
func (s *Store) Account(ctx context.Context, id string) (server.Account, error) {
	return one(ctx, s.read, readAccount, `SELECT `+accountColumns+` FROM accounts WHERE id = $1`, id)
}

// AccountOf returns an account by its call sign.
func (s *Store) AccountOf(ctx context.Context, callSign string) (server.Account, error) {
	return one(ctx, s.read, readAccount, `SELECT `+accountColumns+` FROM accounts WHERE call_sign = $1`, callSign)
}

// Accounts returns the accounts behind an id.
func (s *Store) Accounts(ctx context.Context, after string, limit int) ([]server.Account, error) {
	return all(ctx, s.read, readAccount, `SELECT `+accountColumns+` FROM accounts WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}

// checkCallSign keeps names out: what goes with a person has the form of a call
// sign, or is refused.
func checkCallSign(c string) error {
	if callsign.Valid(c) {
		return nil
	}
	return &outrider.Error{Kind: outrider.Invalid, Where: "call sign", Cause: fmt.Sprintf("%.40q is none", c), Remedy: "use capital letters and a number, such as ROMEO 1; never a name"}
}

func taken(where string) error {
	return &outrider.Error{Kind: outrider.Stale, Where: where, Cause: "there is one of this name already", Remedy: "use another one"}
}

// AddAccount adds an account with its first device and roles, and uses the
// invitation up.
func (s *Store) AddAccount(ctx context.Context, act server.Act, a server.Account, d server.Device, grants []server.Grant, invitation string) error {
	if err := checkCallSign(a.CallSign); err != nil {
		return err
	}
	return s.change(ctx, act, func(tx *sql.Tx) error {
		if err := admit(ctx, tx, &a, invitation, act.At); err != nil {
			return err
		}
		known, err := exists(ctx, tx, `SELECT 1 FROM accounts WHERE call_sign = $1`, a.CallSign)
		if err != nil {
			return err
		}
		if known {
			return taken("call sign")
		}
		if _, err := run(ctx, tx, `INSERT INTO accounts (`+accountColumns+`) VALUES ($1, $2, $3, $4)`, a.ID, a.CallSign, a.Unit, micros(a.Since)); err != nil {
			return err
		}
		if err := addDevice(ctx, tx, &d); err != nil {
			return err
		}
		for _, g := range grants {
			if err := setGrant(ctx, tx, g, act.At, true); err != nil {
				return err
			}
		}
		return nil
	})
}

// admit lets somebody in who was invited, or is the first.
func admit(ctx context.Context, tx *sql.Tx, a *server.Account, invitation string, at time.Time) error {
	if invitation != "" {
		return must(ctx, tx, `DELETE FROM invitations WHERE id = $1 AND until >= $2`, invitation, micros(at))
	}
	some, err := exists(ctx, tx, `SELECT 1 FROM accounts LIMIT 1`)
	if err != nil {
		return err
	}
	if some {
		return server.ErrNotFound
	}
	_, err = run(ctx, tx, `INSERT INTO units (path) VALUES ($1)`, a.Unit)
	return err
}

const deviceColumns = `id, account, credential, public_key, counter, synced, since, revoked`

func readDevice(s scan) (server.Device, error) {
	var d server.Device
	var synced, since int64
	var revoked sql.NullInt64
	err := s(&d.ID, &d.Account, &d.Credential, &d.Key, &d.Counter, &synced, &since, &revoked)
	d.Synced, d.Since, d.Revoked = synced == 1, moment(since), maybeMoment(revoked)
	return d, err
}

func addDevice(ctx context.Context, tx *sql.Tx, d *server.Device) error {
	_, err := run(ctx, tx, `INSERT INTO devices (`+deviceColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		d.ID, d.Account, solid(d.Credential), solid(d.Key), int64(d.Counter), flag(d.Synced), micros(d.Since), maybe(d.Revoked))
	return err
}

// Device returns a device by its id.
func (s *Store) Device(ctx context.Context, id string) (server.Device, error) {
	return one(ctx, s.read, readDevice, `SELECT `+deviceColumns+` FROM devices WHERE id = $1`, id)
}

// Devices returns the devices of an account, revoked ones too, the oldest first.
func (s *Store) Devices(ctx context.Context, account string) ([]server.Device, error) {
	return all(ctx, s.read, readDevice, `SELECT `+deviceColumns+` FROM devices WHERE account = $1 ORDER BY since, id`, account)
}

// AddDevice adds a device to an account.
func (s *Store) AddDevice(ctx context.Context, act server.Act, d server.Device) error {
	return s.change(ctx, act, func(tx *sql.Tx) error { return addDevice(ctx, tx, &d) })
}

// Revoke ends a device and its sessions at once. One that was revoked before
// stays so since then.
func (s *Store) Revoke(ctx context.Context, act server.Act, id string) error {
	return s.change(ctx, act, func(tx *sql.Tx) error {
		if err := must(ctx, tx, `UPDATE devices SET revoked = COALESCE(revoked, $1) WHERE id = $2`, micros(act.At), id); err != nil {
			return err
		}
		_, err := run(ctx, tx, `DELETE FROM sessions WHERE device = $1`, id)
		return err
	})
}

// Counted notes the signature counter of a device. It never runs back, whichever
// of two sign-ins at the same time is noted last.
func (s *Store) Counted(ctx context.Context, id string, counter uint32) error {
	return must(ctx, s.write, `UPDATE devices SET counter = CASE WHEN counter > $1 THEN counter ELSE $1 END WHERE id = $2`, int64(counter), id)
}

const sessionColumns = `hash, account, device, since, seen`

// Session returns a session by the hash of its token.
func (s *Store) Session(ctx context.Context, hash string) (server.Session, error) {
	return one(ctx, s.read, func(s scan) (server.Session, error) {
		var v server.Session
		var since, seen int64
		err := s(&v.Hash, &v.Account, &v.Device, &since, &seen)
		v.Since, v.Seen = moment(since), moment(seen)
		return v, err
	}, `SELECT `+sessionColumns+` FROM sessions WHERE hash = $1`, hash)
}

// AddSession signs somebody in. A device that was revoked in this moment gets no
// session: server.ErrNotFound.
func (s *Store) AddSession(ctx context.Context, act server.Act, v server.Session) error {
	return s.change(ctx, act, func(tx *sql.Tx) error {
		live, err := exists(ctx, tx, `SELECT 1 FROM devices WHERE id = $1 AND account = $2 AND revoked IS NULL`, v.Device, v.Account)
		if err != nil {
			return err
		}
		if !live {
			return server.ErrNotFound
		}
		_, err = run(ctx, tx, `INSERT INTO sessions (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5)`, v.Hash, v.Account, v.Device, micros(v.Since), micros(v.Seen))
		return err
	})
}

// Seen notes that a session is used. Of one that has ended meanwhile there is
// nothing to note.
func (s *Store) Seen(ctx context.Context, hash string, at time.Time) error {
	_, err := run(ctx, s.write, `UPDATE sessions SET seen = $1 WHERE hash = $2 AND seen < $1`, micros(at), hash)
	return err
}

// EndSession signs somebody out.
func (s *Store) EndSession(ctx context.Context, act server.Act, hash string) error {
	return s.change(ctx, act, func(tx *sql.Tx) error { return must(ctx, tx, `DELETE FROM sessions WHERE hash = $1`, hash) })
}

const invitationColumns = `id, hash, call_sign, unit, role, inviter, until`

// Invitation returns an invitation by the hash of its token, whether it still
// counts or not.
func (s *Store) Invitation(ctx context.Context, hash string) (server.Invitation, error) {
	return one(ctx, s.read, func(s scan) (server.Invitation, error) {
		var i server.Invitation
		var role sql.NullString
		var until int64
		err := s(&i.ID, &i.Hash, &i.CallSign, &i.Unit, &role, &i.By, &until)
		i.Role, i.Until = role.String, moment(until)
		return i, err
	}, `SELECT `+invitationColumns+` FROM invitations WHERE hash = $1`, hash)
}

// AddInvitation expects somebody.
func (s *Store) AddInvitation(ctx context.Context, act server.Act, i server.Invitation) error {
	if err := checkCallSign(i.CallSign); err != nil {
		return err
	}
	return s.change(ctx, act, func(tx *sql.Tx) error {
		_, err := run(ctx, tx, `INSERT INTO invitations (`+invitationColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			i.ID, i.Hash, i.CallSign, i.Unit, text(i.Role), i.By, micros(i.Until))
		return err
	})
}
