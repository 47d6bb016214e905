// Package localca makes certificates for a server that has no public name: an
// authority of its own, kept beside the data, and a certificate signed by it.
//
// A browser trusts the authority after a person has compared its fingerprint and
// installed it. It can sign for one name only, so that its key, if it is stolen,
// is good for no other site.
package localca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	outrider "github.com/outrider-project/outrider"
	"github.com/outrider-project/outrider/internal/atomicfile"
)

// Names of the files in the folder.
const (
	CertFile = "local-ca.crt" // to be installed in browsers
	keyFile  = "local-ca.key"
)

// Lifetimes.
const (
	authorityTime = 5 * 365 * 24 * time.Hour
	certTime      = 90 * 24 * time.Hour // made anew at each start
	early         = time.Hour           // clocks of phones go wrong
)

// An Authority signs for one name.
type Authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// Open reads the authority of a folder, or makes one for a host name. An authority
// for another name, or one whose time has run out, is refused: whoever trusts the
// old one has to learn of the new one.
func Open(folder, host string, now time.Time, random io.Reader) (*Authority, error) {
	host = strings.ToLower(host)
	certPath, keyPath := filepath.Join(folder, CertFile), filepath.Join(folder, keyFile)
	certPEM, err := os.ReadFile(certPath)
	if errors.Is(err, fs.ErrNotExist) {
		return create(certPath, keyPath, host, now, random)
	}
	if err != nil {
		return nil, err
	}
	keyPEM, err := os.ReadFile(keyPath)
	if err != nil {
		return nil, broken(keyPath, err)
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, broken(certPath, err)
	}
	a := &Authority{cert: pair.Leaf}
	var ok bool
	if a.key, ok = pair.PrivateKey.(crypto.Signer); !ok || !a.cert.IsCA {
		return nil, broken(certPath, errors.New("it is no authority"))
	}
	if len(a.cert.PermittedDNSDomains) != 1 || a.cert.PermittedDNSDomains[0] != host {
		return nil, &outrider.Error{
			Kind: outrider.Usage, Where: certPath, Cause: "this authority signs for another name than " + host,
			Remedy: "keep the name, or move " + CertFile + " and " + keyFile + " away and install the new authority everywhere",
		}
	}
	if now.Add(certTime).After(a.cert.NotAfter) {
		return nil, &outrider.Error{
			Kind: outrider.Stale, Where: certPath, Cause: "the time of this authority ends on " + a.cert.NotAfter.Format(time.DateOnly),
			Remedy: "move " + CertFile + " and " + keyFile + " away and install the new authority everywhere",
		}
	}
	return a, nil
}

func broken(path string, err error) error {
	return &outrider.Error{
		Kind: outrider.Unreadable, Where: path, Cause: "the local authority cannot be used: " + err.Error(),
		Remedy: "restore " + CertFile + " and " + keyFile + ", or move both away for a new authority", Err: err,
	}
}

func create(certPath, keyPath, host string, now time.Time, random io.Reader) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	serial, err := serialNumber(random)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Outrider at " + host},
		NotBefore:    now.Add(-early), NotAfter: now.Add(authorityTime),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage:                    x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{host},
	}
	der, err := x509.CreateCertificate(random, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make an authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read back an authority: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("write a key down: %w", err)
	}
	// The key first: a certificate without its key would be refused ever after.
	if err := atomicfile.Write(keyPath, 0o600, block("PRIVATE KEY", secret)); err != nil {
		return nil, err
	}
	if err := atomicfile.Write(certPath, 0o644, block("CERTIFICATE", der)); err != nil {
		return nil, err
	}
	return &Authority{cert, key}, nil
}

func block(kind string, src []byte) func(io.Writer) error {
	return func(w io.Writer) error { return pem.Encode(w, &pem.Block{Type: kind, Bytes: src}) }
}

func serialNumber(random io.Reader) (*big.Int, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return nil, fmt.Errorf("no randomness: %w", err)
	}
	b[0] &= 0x7f // positive
	return new(big.Int).SetBytes(b[:]), nil
}

// Fingerprint returns the SHA-256 of the authority's certificate as browsers show
// it: pairs of hex digits with colons.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	var pairs []string
	for i := 0; i < len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	return strings.Join(pairs, ":")
}

// Sign makes a key and a certificate for the name of the authority.
func (a *Authority) Sign(now time.Time, random io.Reader) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a key: %w", err)
	}
	serial, err := serialNumber(random)
	if err != nil {
		return tls.Certificate{}, err
	}
	host := a.cert.PermittedDNSDomains[0]
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: now.Add(-early), NotAfter: now.Add(certTime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(random, template, a.cert, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sign a certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key}, nil
}
