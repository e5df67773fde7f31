package certs

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3/acme"
)

// guarded is the one way to the authority: an order is made for an address at which a
// marketplace answers, within the limits, and not soon after one that failed.
type guarded struct {
	*certmagic.ACMEIssuer
	m *Manager
}

// Issue implements certmagic.Issuer. It is not repeated here: the next handshake that may
// try again does.
func (g *guarded) Issue(ctx context.Context, csr *x509.CertificateRequest) (*certmagic.IssuedCertificate, error) {
	cert, err := g.issue(ctx, csr)
	if err != nil {
		return nil, certmagic.ErrNoRetry{Err: err}
	}
	return cert, nil
}

func (g *guarded) issue(ctx context.Context, csr *x509.CertificateRequest) (*certmagic.IssuedCertificate, error) {
	m := g.m
	if len(csr.DNSNames) != 1 || len(csr.IPAddresses)+len(csr.EmailAddresses)+len(csr.URIs) > 0 {
		return nil, errName
	}
	name := csr.DNSNames[0]
	s, known, err := m.book.find(ctx, name)
	if err != nil {
		return nil, err
	}
	if !known || !s.Serves {
		return nil, errNotOurs
	}
	if wait, err := m.notes.begin(ctx, s.Tenant, name); err != nil {
		m.paused.set(name, min(max(wait, time.Second), time.Minute)) // another node may succeed meanwhile
		m.happened("refused", "limited")
		return nil, err
	}
	cert, err := g.ACMEIssuer.Issue(ctx, csr)
	if err == nil {
		m.happened("issued", "")
		if err := m.notes.issued(context.WithoutCancel(ctx), name, leaf(cert.Certificate)); err != nil {
			m.cfg.Log.WarnContext(ctx, "a certificate was issued and not noted", "host", name, "err", err)
		}
		return cert, nil
	}
	cause := causeOf(err)
	m.happened("failed", cause)
	m.cfg.Log.WarnContext(ctx, "no certificate", "host", name, "cause", cause, "err", err)
	wait, lost := m.notes.failed(context.WithoutCancel(ctx), name, cause)
	if lost != nil {
		m.cfg.Log.WarnContext(ctx, "a failed certificate was not noted", "host", name, "err", lost)
	}
	m.paused.set(name, min(max(wait, 5*time.Second), time.Minute))
	return nil, err
}

func leaf(chain []byte) *x509.Certificate {
	b, _ := pem.Decode(chain)
	if b == nil {
		return nil
	}
	c, err := x509.ParseCertificate(b.Bytes)
	if err != nil {
		return nil
	}
	return c
}

// What an authority may say no for, in a word that people are told.
const (
	CauseDNS         = "dns"         // the name does not lead here
	CauseUnreachable = "unreachable" // it leads somewhere, and nobody answers
	CauseWrongAnswer = "answer"      // somebody else answers
	CauseCAA         = "caa"         // the domain names other authorities
	CauseLimited     = "limited"     // the authority wants us to wait
	CauseRejected    = "rejected"    // it never certifies such a name
	CauseAuthority   = "authority"   // it cannot be reached, or fails
)

func causeOf(err error) string {
	var p acme.Problem
	if !errors.As(err, &p) {
		return CauseAuthority
	}
	switch strings.TrimPrefix(p.Type, "urn:ietf:params:acme:error:") {
	case "dns":
		return CauseDNS
	case "connection", "tls":
		return CauseUnreachable
	case "unauthorized", "incorrectResponse":
		return CauseWrongAnswer
	case "caa":
		return CauseCAA
	case "rateLimited":
		return CauseLimited
	case "rejectedIdentifier", "unsupportedIdentifier", "malformed":
		return CauseRejected
	}
	return CauseAuthority
}
