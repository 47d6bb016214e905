package localca_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/server/localca"
)

func TestTrust(t *testing.T) {
	folder, now := t.TempDir(), time.Now()
	a, err := localca.Open(folder, "Cell.example", now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := a.Sign(now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(filepath.Join(folder, localca.CertFile))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("the file holds no certificate")
	}
	for name, want := range map[string]bool{"cell.example": true, "other.example": false} {
		client, server := net.Pipe()
		done := make(chan error, 1)
		go func() { done <- tls.Server(server, &tls.Config{Certificates: []tls.Certificate{cert}}).Handshake() }()
		err := tls.Client(client, &tls.Config{RootCAs: pool, ServerName: name}).Handshake()
		_ = client.Close()
		if failed := <-done; (failed == nil) != want {
			t.Errorf("%s: the server says %v", name, failed)
		}
		if (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	again, err := localca.Open(folder, "cell.example", now, rand.Reader)
	if err != nil || again.Fingerprint() != a.Fingerprint() || len(a.Fingerprint()) != 95 {
		t.Errorf("opened again: %v", err)
	}
	if info, err := os.Stat(filepath.Join(folder, "local-ca.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v, %v", info.Mode(), err)
	}
}

func TestRefusals(t *testing.T) {
	folder, now := t.TempDir(), time.Now()
	if _, err := localca.Open(folder, "cell.example", now, rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, err := localca.Open(folder, "other.example", now, rand.Reader); outrider.KindOf(err) != outrider.Usage {
		t.Errorf("another name: %v", err)
	}
	if _, err := localca.Open(folder, "cell.example", now.AddDate(5, 0, 0), rand.Reader); outrider.KindOf(err) != outrider.Stale {
		t.Errorf("after five years: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "local-ca.key"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := localca.Open(folder, "cell.example", now, rand.Reader); outrider.KindOf(err) != outrider.Unreadable {
		t.Errorf("a damaged key: %v", err)
	}
}
