package apptest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	kontor "github.com/kontorhq/kontor/deploy/clients/go"
	"github.com/kontorhq/kontor/tenants"
)

// Client is the generated Go client of one person in one marketplace.
type Client struct {
	*kontor.ClientWithResponses
	Token string // of his session; empty for a visitor
	Host  string
	h     *House
}

// Host is a marketplace's name on this house.
func (h *House) Host(slug string) string {
	_, port, _ := net.SplitHostPort(h.Addr)
	return net.JoinHostPort(slug+".localhost", port)
}

// HTTP reaches the house whatever name is asked for, and follows no redirect.
func (h *House) HTTP() *http.Client {
	c := &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{MaxIdleConnsPerHost: 8, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, h.Addr)
		}},
	}
	if h.Around != nil {
		c.Transport, c.Timeout = h.Around(c.Transport), 0 // it has its own patience
	}
	return c
}

var keys atomic.Int64

// Key is a fresh idempotency key.
func Key() string { return fmt.Sprintf("test-%d-%d", time.Now().UnixNano(), keys.Add(1)) }

// Visitor is nobody in particular, in a marketplace.
func (h *House) Visitor(t testing.TB, slug string) *Client {
	t.Helper()
	return h.client(t, slug, "")
}

// Client signs one of the blueprint's people in.
func (h *House) Client(t testing.TB, slug, email string) *Client {
	t.Helper()
	in, err := h.client(t, slug, "").PostSessionsWithResponse(t.Context(), &kontor.PostSessionsParams{IdempotencyKey: Key()},
		kontor.PostSessionsRequest{Email: email, Password: tenants.DemoPassword})
	session := Got(t, in, err, 201, func() *kontor.IdentitySignedInView { return in.JSON201 })
	return h.client(t, slug, session.Token)
}

// WithToken is whoever holds a token: a session's or an API key.
func (h *House) WithToken(t testing.TB, slug, token string) *Client {
	t.Helper()
	return h.client(t, slug, token)
}

func (h *House) client(t testing.TB, slug, token string) *Client {
	t.Helper()
	as := func(_ context.Context, r *http.Request) error {
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		r.Header.Set("Accept-Language", "en")
		return nil
	}
	host := h.Host(slug)
	c, err := kontor.NewClientWithResponses("http://"+host+"/api/v1", kontor.WithHTTPClient(h.HTTP()), kontor.WithRequestEditorFn(as))
	if err != nil {
		t.Fatal(err)
	}
	return &Client{c, token, host, h}
}

// Answer is what every generated answer can tell.
type Answer interface {
	StatusCode() int
	GetBody() []byte
}

// Got expects a status and gives the parsed answer.
func Got[T any](t testing.TB, a Answer, err error, status int, parsed func() *T) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if a.StatusCode() != status {
		t.Fatalf("status %d, want %d: %s", a.StatusCode(), status, a.GetBody())
	}
	v := parsed()
	if v == nil {
		t.Fatalf("no answer that could be read: %s", a.GetBody())
	}
	return *v
}

// Refused expects a refusal and gives the problem document.
func Refused(t testing.TB, a Answer, err error, status int, code string) kontor.Problem {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var p kontor.Problem
	if e := json.Unmarshal(a.GetBody(), &p); e != nil || a.StatusCode() != status || p.Code != code {
		t.Fatalf("got %d %s, want %d %s: %s", a.StatusCode(), p.Code, status, code, a.GetBody())
	}
	return p
}

// Reasons are the codes of a refusal's grounds, in order.
func Reasons(p kontor.Problem) string {
	var out []string
	for _, r := range Some(p.Reasons) {
		out = append(out, r.Code)
	}
	return strings.Join(out, " ")
}

// Some is what an optional part of an answer holds, or nothing.
func Some[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}
