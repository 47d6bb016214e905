package signin

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// NewToken returns a secret of 32 random bytes in letters that fit in an address
// and a cookie. Only its Hash is stored.
func NewToken(random io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("no randomness: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// Hash returns the SHA-256 of a token in hex. Tokens are random, so that no salt
// is needed.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// alphabet leaves out what is misread: 0 and O, 1, I and L, U and V. Twelve of its
// letters hold 58 bits.
const alphabet = "23456789ABCDEFGHJKMNPQRSTWXYZ"

// maxGuesses is how often a wrong code may be given before the code is void and
// the program has to be started again.
const maxGuesses = 10

// A Code is the secret that is printed in the terminal and typed into the page,
// once, by whoever makes the first account.
type Code struct {
	mu      sync.Mutex
	code    string
	guesses int
}

// NewCode draws a code.
func NewCode(random io.Reader) (*Code, error) {
	var out []byte
	for len(out) < 12 {
		var b [1]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return nil, fmt.Errorf("no randomness: %w", err)
		}
		// Bytes that would favour the first letters are drawn again.
		if int(b[0]) < 256/len(alphabet)*len(alphabet) {
			out = append(out, alphabet[int(b[0])%len(alphabet)])
		}
	}
	return &Code{code: string(out)}, nil
}

// String returns the code in groups of four, for people.
func (c *Code) String() string { return c.code[:4] + "-" + c.code[4:8] + "-" + c.code[8:] }

// Try reports whether the code is right; minus signs, blanks and small letters do
// not matter. After ten wrong ones none is.
func (c *Code) Try(code string) bool {
	typed := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.guesses >= maxGuesses {
		return false
	}
	if subtle.ConstantTimeCompare([]byte(typed), []byte(c.code)) == 1 {
		return true
	}
	c.guesses++
	return false
}

// A Recovery gives an account a new device: two administrators ask for it, then
// the holder accepts with the token.
type Recovery struct {
	ID      string
	Account string
	First   string // the administrator who asked
	Second  string // another one; empty until then
	hash    string // of the token
	until   time.Time
}

// Recoveries keeps what two administrators are about to do. It lives in memory: a
// restart drops it and they begin again.
type Recoveries struct {
	mu  sync.Mutex
	all map[string]Recovery
}

// NewRecoveries returns an empty memory.
func NewRecoveries() *Recoveries { return &Recoveries{all: map[string]Recovery{}} }

// maxRecoveries bounds the memory.
const maxRecoveries = 1000

// Ask notes that an administrator asks for the recovery of an account. It reports
// false if too many are open.
func (r *Recoveries) Ask(k Recovery, until, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, other := range r.all {
		if now.After(other.until) || other.Account == k.Account {
			delete(r.all, id)
		}
	}
	if len(r.all) >= maxRecoveries {
		return false
	}
	k.until = until
	r.all[k.ID] = k
	return true
}

// Open returns a recovery that waits for its second administrator or its holder.
func (r *Recoveries) Open(id string, now time.Time) (Recovery, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.all[id]
	return k, ok && !now.After(k.until)
}

// Second notes the second administrator and the token for the holder. It reports
// false if there is no such recovery, it has had its second, or the two are one.
func (r *Recoveries) Second(id, by, token string, until, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.all[id]
	if !ok || now.After(k.until) || k.Second != "" || k.First == by {
		return false
	}
	k.Second, k.hash, k.until = by, Hash(token), until
	r.all[id] = k
	return true
}

// By returns the recovery that a token stands for.
func (r *Recoveries) By(token string, now time.Time) (Recovery, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	hash := Hash(token)
	for _, k := range r.all {
		if k.hash != "" && subtle.ConstantTimeCompare([]byte(k.hash), []byte(hash)) == 1 && !now.After(k.until) {
			return k, true
		}
	}
	return Recovery{}, false
}

// Done uses a recovery up and reports whether it was still open.
func (r *Recoveries) Done(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.all[id]
	delete(r.all, id)
	return ok
}
