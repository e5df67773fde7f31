package certs

import (
	"context"
	"crypto/tls"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/caddyserver/certmagic"
)

// Why a handshake gets no certificate.
var (
	errName    = errors.New("certs: no name that an address can have")
	errNotOurs = errors.New("certs: no marketplace answers there")
	errClosed  = errors.New("certs: the marketplace does not answer now and has no certificate")
	errPaused  = errors.New("certs: it did not work a moment ago")
	errSlow    = errors.New("certs: the authority takes its time; try again")
	errUnread  = errors.New("certs: who answers where is not known")
	errBusy    = errors.New("certs: too many challenges")
)

const acmeALPN = "acme-tls/1"

// name is the one spelling of a server name, or "": no address of a machine, no pattern,
// nothing longer than DNS allows.
func (m *Manager) name(asked string) string {
	if asked == "" || len(asked) > 253 || strings.ContainsAny(asked, ":*[]%/ ") {
		return ""
	}
	if _, err := netip.ParseAddr(asked); err == nil {
		return ""
	}
	host := m.cfg.Canonical(asked)
	for _, label := range strings.Split(host, ".") {
		if len(label) > 63 {
			return ""
		}
	}
	return host
}

// Certificate answers a handshake.
func (m *Manager) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	cert, reason, err := m.certificate(hello)
	if err != nil {
		m.happened("refused", reason)
	}
	return cert, err
}

func (m *Manager) certificate(hello *tls.ClientHelloInfo) (_ *tls.Certificate, reason string, _ error) {
	name := m.name(hello.ServerName)
	if name == "" {
		return nil, "name", errName
	}
	s, known, err := m.book.find(m.stop, name)
	switch {
	case err != nil:
		return nil, "unread", err
	case !known:
		return nil, "unknown", errNotOurs
	}
	h := *hello
	h.ServerName = name
	if len(h.SupportedProtos) == 1 && h.SupportedProtos[0] == acmeALPN {
		cert, err := m.challenged(&h)
		return cert, "challenge", err
	}
	if !s.Serves {
		cert, err := m.kept(&h)
		return cert, "closed", err
	}
	have := len(m.cache.AllMatchingCertificates(name)) > 0
	switch paused := m.paused.has(name); {
	case paused && !have:
		return nil, "paused", errPaused
	case paused: // a renewal that failed is not tried at each handshake
		cert, err := m.kept(&h)
		return cert, "paused", err
	}
	cert, err := m.fetched(&h)
	return cert, "failed", err
}

// fetched gives the certificate, obtaining or renewing it where needed. That outlives the
// handshake: who asks again finds it, and no authority works for nothing.
func (m *Manager) fetched(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	type answer struct {
		cert *tls.Certificate
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		ctx, cancel := context.WithTimeout(m.stop, obtainingMost)
		defer cancel()
		cert, err := m.serving.GetCertificateWithContext(ctx, hello)
		if err != nil && !m.paused.has(hello.ServerName) {
			m.paused.set(hello.ServerName, time.Second)
		}
		done <- answer{cert, err}
	}()
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case a := <-done:
		return a.cert, a.err
	case <-t.C:
		return nil, errSlow
	case <-hello.Context().Done():
		return nil, hello.Context().Err()
	}
}

// kept gives a certificate that is there already and valid still.
func (m *Manager) kept(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	if len(m.cache.AllMatchingCertificates(name)) == 0 {
		if m.paused.has(name) {
			return nil, errClosed
		}
		if _, err := m.keeping.CacheManagedCertificate(hello.Context(), name); err != nil {
			m.paused.set(name, 30*time.Second)
			return nil, errClosed
		}
	}
	cert, err := m.keeping.GetCertificateWithContext(hello.Context(), hello)
	if err != nil || cert.Leaf == nil || m.cfg.Now().After(cert.Leaf.NotAfter) {
		return nil, errClosed
	}
	return cert, nil
}

// challenged shows the authority that we are who we say. A challenge that another node
// began has to be looked up, which strangers could have us do.
func (m *Manager) challenged(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if _, ours := certmagic.GetACMEChallenge(hello.ServerName); !ours && !m.lookups.Allow() {
		return nil, errBusy
	}
	return m.serving.GetCertificateWithContext(hello.Context(), hello)
}
