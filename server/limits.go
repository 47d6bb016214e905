package server

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// A pace is how much somebody may ask: so many requests at once, and so many a
// second after that.
type pace struct {
	burst  float64
	second float64
}

// Who is signed in may draw a map and follow a hand; who is not may sign in.
// Guessing and sign-ins have a slower pace of their own.
var (
	paceOfSession = pace{burst: 600, second: 60}
	paceOfAddress = pace{burst: 600, second: 60}
	paceOfSignIn  = pace{burst: 30, second: 0.5}
)

// maxBuckets bounds the memory of the limiter.
const maxBuckets = 100_000

// A limiter counts requests by who sends them.
type limiter struct {
	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

func newLimiter() *limiter { return &limiter{buckets: map[string]*bucket{}} }

// take reports whether one more request is within the pace of key; if not, it
// returns after how long one will be.
func (l *limiter) take(key string, p pace, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			l.sweep(now)
		}
		b = &bucket{left: p.burst, at: now}
		l.buckets[key] = b
	}
	if d := now.Sub(b.at); d > 0 {
		b.left = min(p.burst, b.left+d.Seconds()*p.second)
		b.at = now
	}
	if b.left < 1 {
		return time.Duration((1 - b.left) / p.second * float64(time.Second)), false
	}
	b.left--
	return 0, true
}

// sweep drops buckets that have been full for long, and all if none has.
func (l *limiter) sweep(now time.Time) {
	for key, b := range l.buckets {
		if now.Sub(b.at) > 10*time.Minute {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}

// address is whom a request comes from. No header is believed: a proxy in front
// counts as one sender.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
