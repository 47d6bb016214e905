package signin

import (
	"sync"
	"time"
)

// Checks remembers which sessions have had a fresh check of their passkey, and
// over what.
type Checks struct {
	mu    sync.Mutex
	fresh map[string]check // by session
}

type check struct {
	until time.Time
	hash  string // hex, of the bytes that were confirmed; empty for presence alone
}

// NewChecks returns an empty memory.
func NewChecks() *Checks { return &Checks{fresh: map[string]check{}} }

// Passed records that a session was checked now, over a hash or over none.
func (c *Checks) Passed(session, hash string, now time.Time) (until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for s, k := range c.fresh {
		if !now.Before(k.until) {
			delete(c.fresh, s)
		}
	}
	until = now.Add(FreshTime)
	c.fresh[session] = check{until, hash}
	return until
}

// Until returns when the check of a session ends, the zero time if it has none.
func (c *Checks) Until(session string, now time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok := c.fresh[session]; ok && now.Before(k.until) {
		return k.until
	}
	return time.Time{}
}

// Use reports whether a session had a fresh check over exactly this hash and uses
// it up: one check over a hash allows one act.
func (c *Checks) Use(session, hash string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.fresh[session]
	if !ok || !now.Before(k.until) || hash == "" || k.hash != hash {
		return false
	}
	k.hash = ""
	c.fresh[session] = k
	return true
}

// Forget drops what is known of a session that ended.
func (c *Checks) Forget(session string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.fresh, session)
}
