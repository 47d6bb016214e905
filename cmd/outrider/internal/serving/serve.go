// Package serving is the commands of outrider serve: the page and its server.
package serving

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/cmd/outrider/internal/cli"
	"github.com/outrider-project/outrider/server"
	"github.com/outrider-project/outrider/server/localca"
	"github.com/outrider-project/outrider/server/work"
	"github.com/outrider-project/outrider/store"
	"github.com/outrider-project/outrider/web"
)

// ServeCmd is outrider serve.
type ServeCmd struct {
	Listen  string   `default:"127.0.0.1:8420" help:"Address and port to listen on; beyond this machine only with TLS."`
	Data    string   `placeholder:"DIR" help:"Folder of everything that is kept; by default outrider in the user's data folder."`
	Store   string   `placeholder:"URL" help:"Where records are kept: postgres://… for PostgreSQL; by default a file in the data folder."`
	Map     []string `type:"existingfile" placeholder:"FILE" help:"Map files to put on the shelf."`
	Sample  string   `type:"existingfile" placeholder:"FILE" help:"Extract, .osm.pbf, that the page offers to who has no map yet; by default one in the folder samples of the data folder."`
	Host    string   `placeholder:"NAME" help:"Name by which browsers reach the server; passkeys belong to it. By default localhost, or the name in the certificate."`
	TLSCert string   `name:"tls-cert" type:"existingfile" placeholder:"FILE" help:"Certificate, PEM, with those between it and its authority."`
	TLSKey  string   `name:"tls-key" type:"existingfile" placeholder:"FILE" help:"Key of the certificate, PEM."`
	LocalCA bool     `name:"local-ca" help:"Sign with an authority made beside the data; its fingerprint is to be compared."`
	Verbose bool     `help:"Log every request, without what was in it."`
}

// Run answers until the program is stopped.
func (c *ServeCmd) Run(ctx context.Context, w *cli.World) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	folder, err := dataFolder(c.Data)
	if err != nil {
		return err
	}
	target := c.Store
	if target == "" {
		target = folder
	}
	kept, err := store.Open(ctx, target)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	works, err := work.New(work.Options{Folder: folder, Sample: c.Sample, Program: w.Program, Random: rand.Reader, Now: w.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, works.Close()) }()
	for _, path := range c.Map {
		if _, err := works.Import(path); err != nil {
			return err
		}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return cli.InvalidFlag("--listen "+c.Listen, "it cannot be listened on: "+err.Error(), "use another port, or stop what uses it")
	}
	defer func() { _ = l.Close() }() // Serve has closed it unless it never began
	config := server.Config{
		Host: c.Host, Port: l.Addr().(*net.TCPAddr).Port, Store: kept, Work: works, Page: web.Files(), Now: w.Now, Ticks: ticks, Random: rand.Reader,
		Log: c.log(w), Version: w.Program,
	}
	text := cli.Text{W: w.Stdout}
	fingerprint, err := c.secure(&config, folder, w.Now())
	if err != nil {
		return err
	}
	some, err := kept.AnyAccount(ctx)
	if err != nil {
		return err
	}
	if !some {
		if config.Code, err = server.NewCode(rand.Reader); err != nil {
			return err
		}
	}
	s, err := server.New(config)
	if err != nil {
		return err
	}
	text.Line("Outrider answers at %s", s.URL())
	text.Line("Records are kept in %s", store.Redacted(target))
	if _, err := fs.Stat(web.Files(), "index.html"); err != nil {
		text.Line("This program was built without the page: make page, then make build, with Node and npm")
	}
	if fingerprint != "" {
		text.Line("Local authority %s, SHA-256 %s", filepath.Join(folder, localca.CertFile), fingerprint)
	}
	if config.Code != nil {
		text.Line("Code for the first account: %s", config.Code)
	}
	if text.Err != nil {
		return text.Err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	return answer(ctx, s, kept, l, w.Now, config.Log)
}

// answer serves, carries jobs out and clears up until the context ends or one of
// them fails.
func answer(ctx context.Context, s *server.Server, kept *store.Store, l net.Listener, now func() time.Time, log *slog.Logger) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	worked, cleared := make(chan error, 1), make(chan struct{})
	go func() {
		defer stop() // without the queue of jobs there is no use in answering
		worked <- s.Work(ctx, kept)
	}()
	go func() {
		defer close(cleared)
		clearUp(ctx, kept, now, log)
	}()
	err := s.Serve(ctx, l)
	stop()
	<-cleared
	return errors.Join(err, <-worked)
}

// clearing is how often what has run out is removed.
const clearing = time.Hour

// clearUp removes what is kept no longer, now and every so often. What cannot be
// removed now is removed later.
func clearUp(ctx context.Context, kept *store.Store, now func() time.Time, log *slog.Logger) {
	tick, rest := ticks(clearing)
	defer rest()
	for {
		if _, err := kept.Purge(ctx, server.Act{What: "purge", At: now()}, store.DefaultRetention()); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "what has run out cannot be removed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick:
		}
	}
}

// dataFolder returns the folder of what is kept, and makes it.
func dataFolder(flag string) (string, error) {
	folder := flag
	if folder == "" {
		base := os.Getenv("XDG_DATA_HOME")
		if base == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				return "", cli.InvalidFlag("--data", "there is no home folder to keep things in", "name a folder")
			}
			base = filepath.Join(home, ".local", "share")
		}
		folder = filepath.Join(base, "outrider")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", cli.InvalidFlag("--data "+folder, "the folder cannot be made: "+err.Error(), "name another one")
	}
	info, err := os.Stat(folder)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", cli.InvalidFlag("--data "+folder, "others may look into this folder", "run chmod 700 on it, or name another one")
	}
	return folder, nil
}

// secure sets the name and the certificate, and returns the fingerprint of the
// local authority if there is one.
func (c *ServeCmd) secure(config *server.Config, folder string, now time.Time) (string, error) {
	switch {
	case c.TLSCert != "":
		pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return "", &outrider.Error{Kind: outrider.Unreadable, Where: c.TLSCert, Cause: "certificate and key cannot be used: " + err.Error(), Remedy: "give a PEM certificate and its key", Err: err}
		}
		if config.Host == "" && len(pair.Leaf.DNSNames) > 0 {
			config.Host = pair.Leaf.DNSNames[0]
		}
		if err := pair.Leaf.VerifyHostname(config.Host); err != nil {
			return "", cli.InvalidFlag("--host", "the certificate is not for this name: "+err.Error(), "name one of "+strings.Join(pair.Leaf.DNSNames, ", "))
		}
		config.TLS = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}}
	case c.LocalCA:
		if config.Host == "" {
			config.Host = onlyHere
		}
		authority, err := localca.Open(folder, config.Host, now, rand.Reader)
		if err != nil {
			return "", err
		}
		pair, err := authority.Sign(now, rand.Reader)
		if err != nil {
			return "", err
		}
		config.TLS = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}}
		return authority.Fingerprint(), nil
	default:
		if config.Host == "" {
			config.Host = onlyHere
		}
	}
	return "", nil
}

// onlyHere is the name for which browsers make passkeys without TLS.
const onlyHere = "localhost"

// check refuses flags that do not go together, before anything is made.
func (c *ServeCmd) check() error {
	switch own := c.TLSCert != "" || c.TLSKey != ""; {
	case own && c.LocalCA:
		return cli.UsageError("--local-ca and a certificate of your own exclude each other", "use one of them")
	case own && (c.TLSCert == "" || c.TLSKey == ""):
		return cli.UsageError("--tls-cert and --tls-key go together", "give both")
	case own || c.LocalCA:
		return nil
	}
	if c.Host != "" && c.Host != onlyHere {
		return cli.InvalidFlag("--host "+c.Host, "without TLS browsers make passkeys for "+onlyHere+" only", "give a certificate, or leave --host out")
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return cli.InvalidFlag("--listen "+c.Listen, "this is no address with a port", "give one such as 127.0.0.1:8420")
	}
	if at := net.ParseIP(host); host != onlyHere && (at == nil || !at.IsLoopback()) {
		return cli.InvalidFlag("--listen "+c.Listen, "beyond this machine nothing goes without TLS", "give --local-ca or a certificate, or listen on 127.0.0.1")
	}
	return nil
}

func (c *ServeCmd) log(w *cli.World) *slog.Logger {
	level := slog.LevelInfo
	if c.Verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w.Stderr, &slog.HandlerOptions{Level: level}))
}

func ticks(every time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(every)
	return t.C, t.Stop
}
