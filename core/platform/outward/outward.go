// Package outward asks addresses that strangers wrote: https alone, of the public internet
// alone, and no more of an answer than is worth reading.
package outward

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

// Why an address is not asked.
var (
	ErrScheme   = errors.New("outward: only https addresses are asked")
	ErrPrivate  = errors.New("outward: the address is none of the public internet")
	ErrRedirect = errors.New("outward: the address redirects")
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

// Client asks addresses that strangers write: a tenant's administrator chooses the issuer,
// and the issuer chooses the rest. The address is looked at after the name was
// resolved, when the connection is made, so that no second answer of the DNS slips through.
type Client struct {
	*http.Client
	guard guard
}

type guard struct {
	next     http.RoundTripper
	loopback bool
	most     int64
}

// Limits are what an answer may cost, where it is not the usual.
type Limits struct {
	Patience time.Duration // for the whole answer
	Most     int64         // bytes of it
	Reuse    bool          // keep connections for the next question
	// Redirects are answers. Otherwise they are errors: nobody goes where he was not sent.
	Redirects bool
}

// New makes the client for questions that are small and seldom.
func New(loopback bool) *Client { return For(loopback, Limits{Patience: patience, Most: most}) }

// For makes the client. loopback lets addresses of this very machine be asked, for
// demonstrations and tests alone.
func For(loopback bool, l Limits) *Client {
	d := &net.Dialer{Timeout: 4 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if public(at.Addr()) || loopback && at.Addr().Unmap().IsLoopback() {
			return nil
		}
		return ErrPrivate
	}}
	g := guard{loopback: loopback, most: l.Most, next: &http.Transport{
		DialContext: d.DialContext, TLSHandshakeTimeout: 4 * time.Second, ResponseHeaderTimeout: l.Patience,
		MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: !l.Reuse, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 8, ForceAttemptHTTP2: true,
	}}
	return &Client{guard: g, Client: &http.Client{
		Timeout: l.Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			if l.Redirects {
				return http.ErrUseLastResponse
			}
			return ErrRedirect
		},
		Transport: g,
	}}
}

// Askable reports whether an address is one that may be asked, or a browser sent to: https,
// or plain http on this very machine where that is allowed.
func (c *Client) Askable(u *url.URL) bool { return c.guard.askable(u) }

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if !g.askable(r.URL) {
		return nil, ErrScheme
	}
	res, err := g.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = bounded{io.LimitReader(res.Body, g.most), res.Body}
	return res, nil
}

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

// With gives a conversation a time of its own.
func With(ctx context.Context, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return fn(ctx)
}
