package server

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/outrider-project/outrider/desk"
	"github.com/outrider-project/outrider/server/localca"
)

// TestServe runs a server over TLS with an authority of its own, as phones see it,
// and stops it while somebody listens to events and somebody is being answered.
func TestServe(t *testing.T) {
	folder := t.TempDir()
	authority, err := localca.Open(folder, "cell.example", time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := authority.Sign(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	w := newWorld(t)
	slow := &slowWork{paperwork: w.work, begun: make(chan struct{}), free: make(chan struct{})}
	w.s, err = New(Config{
		Host: "cell.example", Port: port, TLS: &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert}},
		Store: w.store, Work: slow, Page: noFiles{}, Now: time.Now, Ticks: ticks, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	w.clock = time.Now()
	p := w.member("MIKE 1", "top")
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- w.s.Serve(ctx, l) }()

	pem, err := os.ReadFile(filepath.Join(folder, localca.CertFile))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: pool},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, l.Addr().String())
		},
	}}
	ask := func(path string) (*http.Response, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("https://cell.example:%d%s", port, path), nil)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Cookie", cookieName+"="+p.cookie)
		return client.Do(r)
	}
	a, err := ask("/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK || a.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	events, err := ask("/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	if lines := bufio.NewScanner(events.Body); !lines.Scan() || !strings.HasPrefix(lines.Text(), "retry") {
		t.Errorf("events begin with %q", lines.Text())
	}
	answered := make(chan error, 1)
	go func() {
		a, err := ask("/api/maps/" + testMap + "/search?q=bridge")
		if err == nil {
			_, err = io.ReadAll(a.Body)
			if a.StatusCode != http.StatusOK {
				err = errors.Join(err, fmt.Errorf("status %d", a.StatusCode))
			}
			err = errors.Join(err, a.Body.Close())
		}
		answered <- err
	}()
	<-slow.begun
	stop()
	<-w.s.closing
	close(slow.free)
	if err := <-answered; err != nil {
		t.Errorf("a request was not finished: %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("the server did not stop in peace: %v", err)
	}
}

// slowWork answers a search when it is let to.
type slowWork struct {
	*paperwork
	begun, free chan struct{}
}

// Search waits.
func (s *slowWork) Search(ctx context.Context, _, _ string) ([]desk.Found, error) {
	close(s.begun)
	select {
	case <-s.free:
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
