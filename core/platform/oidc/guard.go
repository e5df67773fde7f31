package oidc

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// What a provider's answer may cost us.
const (
	patience = 8 * time.Second
	most     = 1 << 20
)

var (
	errScheme   = errors.New("oidc: only https addresses are asked")
	errPrivate  = errors.New("oidc: the address is none of the public internet")
	errRedirect = errors.New("oidc: the provider redirects")
)

// special are networks that netip calls global and that no provider on the internet is in:
// carriers' own, protocols', documentation, benchmarks, and IPv6 that stands for IPv4.
var special = func() (out []netip.Prefix) {
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

// public reports whether an address is one of the public internet.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// guard is a transport for addresses that strangers write: a tenant's administrator chooses
// the issuer, and the issuer chooses the rest. The address is looked at after the name was
// resolved, when the connection is made, so that no second answer of the DNS slips through.
type guard struct {
	next     http.RoundTripper
	loopback bool
}

func newClient(loopback bool) *http.Client {
	d := &net.Dialer{Timeout: 4 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if public(at.Addr()) || loopback && at.Addr().Unmap().IsLoopback() {
			return nil
		}
		return errPrivate
	}}
	return &http.Client{
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
		Transport: guard{loopback: loopback, next: &http.Transport{
			DialContext: d.DialContext, TLSHandshakeTimeout: 4 * time.Second, ResponseHeaderTimeout: patience,
			MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		}},
	}
}

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if !g.askable(r.URL) {
		return nil, errScheme
	}
	res, err := g.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = bounded{io.LimitReader(res.Body, most), res.Body}
	return res, nil
}

// askable is https, or plain http on this very machine where that is allowed.
func (g guard) askable(u *url.URL) bool {
	if u.User != nil || u.Hostname() == "" {
		return false
	}
	if u.Scheme == "https" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return g.loopback && u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback())
}

type bounded struct {
	io.Reader
	io.Closer
}

// with gives a conversation with a provider a time of its own.
func with(ctx context.Context, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return fn(ctx)
}
