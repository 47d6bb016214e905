// Package server is the HTTP side of Outrider: the page, the API behind it,
// sessions, rights, events and jobs.
//
// A request passes, in this order: headers, the name of the host, the gate of its
// operation (pace, origin, session, rights, size, idempotency), and only then the
// handler. Who may do what is decided in one place, package policy; what does not
// exist and what is none of the caller's business get the same answer.
//
// What the operations on maps, plans and documents do lies behind the interface
// Work; what is kept lies behind Store. The package reads no clock but the one it
// is given, and logs requests without what was in them.
package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/server/internal/events"
	"github.com/outrider-project/outrider/server/internal/jobs"
	"github.com/outrider-project/outrider/server/internal/policy"
	"github.com/outrider-project/outrider/server/internal/signin"
)

// A Config is what a server is made of. All fields but TLS and Code are needed.
type Config struct {
	// Host and Port are the name and the port by which browsers reach the server.
	// The name is the relying party of passkeys: they are lost when it changes.
	Host string
	Port int
	// TLS is the certificate; without one the server must listen on loopback only.
	TLS *tls.Config

	Store Store
	Work  Work
	Page  fs.FS            // the built page, or an empty file system
	Now   func() time.Time // the clock
	// Ticks sends the time every so often, until stop is called.
	Ticks   func(every time.Duration) (ticks <-chan time.Time, stop func())
	Random  io.Reader // a cryptographic source
	Log     *slog.Logger
	Version string // of the program
	// Code is asked for before the first account is made; nil where accounts
	// exist.
	Code *signin.Code
}

// NewCode draws the code that is asked for before the first account is made.
func NewCode(random io.Reader) (*signin.Code, error) { return signin.NewCode(random) }

// A Server answers requests.
type Server struct {
	store     Store
	work      Work
	page      fs.FS
	now       func() time.Time
	ticks     jobs.Ticks
	random    io.Reader
	log       *slog.Logger
	code      *signin.Code
	tls       *tls.Config
	secure    bool
	loopback  bool
	authority string // host, with the port unless it is the scheme's own
	origin    string

	policy     *policy.Policy
	ceremonies *signin.Ceremonies
	checks     *signin.Checks
	recoveries *signin.Recoveries
	limiter    *limiter
	events     *events.Hub
	api        huma.API
	operations map[string]*operation // by method and path
	document   []byte                // OpenAPI
	handler    http.Handler
	wake       chan struct{} // a job was added
	closing    chan struct{} // closed when the server stops

	stopStreams func()
	fault       error // of registering operations
}

// New makes a server. It does not listen yet.
func New(c Config) (*Server, error) {
	s := &Server{
		store: c.Store, work: c.Work, page: c.Page, now: c.Now, ticks: c.Ticks, random: c.Random, log: c.Log, code: c.Code, tls: c.TLS,
		secure: c.TLS != nil, loopback: c.TLS == nil, checks: signin.NewChecks(), recoveries: signin.NewRecoveries(),
		limiter: newLimiter(), operations: map[string]*operation{}, wake: make(chan struct{}, 1), closing: make(chan struct{}),
	}
	s.stopStreams = sync.OnceFunc(func() { close(s.closing) })
	scheme, own := "http", 80
	if s.secure {
		scheme, own = "https", 443
	}
	s.authority = strings.ToLower(c.Host)
	if c.Port != own {
		s.authority = net.JoinHostPort(s.authority, fmt.Sprint(c.Port))
	}
	s.origin = scheme + "://" + s.authority
	var err error
	if s.policy, err = policy.New(); err != nil {
		return nil, err
	}
	if s.ceremonies, err = signin.New(strings.ToLower(c.Host), s.origin, c.Random); err != nil {
		return nil, err
	}
	if s.events, err = events.New(c.Random); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Outrider", c.Version)
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no links to schemas in answers
	config.Transformers = []huma.Transformer{plainly}
	config.Info.Description = "Plans protected movements. Errors are problem details with the place and the remedy."
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "Set by signing in with a passkey."},
	}
	s.api = humago.New(gateway{mux, s}, config)
	s.sessionOperations()
	s.accountOperations()
	s.unitOperations()
	s.mapOperations()
	s.movementOperations()
	s.planOperations()
	s.approvalOperations()
	s.findingOperations()
	s.jobOperations()
	if s.fault != nil {
		return nil, s.fault
	}
	// The schema of huma's own complaints, which no answer has.
	delete(s.api.OpenAPI().Components.Schemas.Map(), "ErrorModel")
	delete(s.api.OpenAPI().Components.Schemas.Map(), "ErrorDetail")
	if s.document, err = json.Marshal(s.api.OpenAPI()); err != nil {
		return nil, fmt.Errorf("the API cannot be written down: %w", err)
	}
	s.static(mux)
	s.handler = s.withLog(s.withRecovery(s.withHeaders(s.withHost(mux))))
	return s, nil
}

// URL is where a browser finds the server.
func (s *Server) URL() string { return s.origin + "/" }

// Handler answers all requests.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers on a listener and carries jobs out until the context ends; then
// it lets requests finish for ten seconds. Without a certificate it refuses to
// listen beyond this machine.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if s.tls == nil {
		if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			return &outrider.Error{
				Kind: outrider.Usage, Where: "--listen " + l.Addr().String(), Cause: "beyond this machine nothing goes without TLS",
				Remedy: "give --tls-cert and --tls-key, or --local-ca, or listen on 127.0.0.1",
			}
		}
	} else {
		l = tls.NewListener(l, s.tls)
	}
	// Requests that are under way when the server stops are finished; streams,
	// which have no end, are told to go.
	hs := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: mostHeader,
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	hs.RegisterOnShutdown(s.stopStreams)
	failed := make(chan error, 1)
	go func() { failed <- hs.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	const grace = 10 * time.Second
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return hs.Shutdown(last)
}

// withRecovery answers 500 where a handler panics, and logs it.
func (s *Server) withRecovery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch x := recover(); x {
			case nil:
			default:
				s.log.ErrorContext(r.Context(), "panic", "path", r.URL.Path, "value", fmt.Sprint(x))
				writeProblem(w, problemOf(fmt.Errorf("panic: %v", x)))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// withLog writes a line for each request: no bodies, no queries, no cookies, no
// addresses.
func (s *Server) withLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.now()
		noted := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(noted, r)
		s.log.DebugContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", noted.status, "took", s.now().Sub(began))
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status and sends it.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap returns the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// id makes a ULID: 48 bits of time and 80 random ones, in Crockford's letters.
func (s *Server) id() (string, error) {
	const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var b [16]byte
	if _, err := io.ReadFull(s.random, b[6:]); err != nil {
		return "", fmt.Errorf("no randomness: %w", err)
	}
	ms := uint64(s.now().UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	// 26 letters hold 130 bits: the first two are zero.
	var out [26]byte
	var acc uint32
	bits, at := 2, 0
	for _, x := range b {
		acc = acc<<8 | uint32(x)
		for bits += 8; bits >= 5; at++ {
			bits -= 5
			out[at] = crockford[acc>>bits&31]
		}
	}
	return string(out[:]), nil
}
