package certs

import (
	"bytes"
	"context"
	"net/http"
	"net/url"

	"github.com/caddyserver/certmagic"
)

// Challenge answers what the authority asks over plain HTTP; ok is false for all else.
func (m *Manager) Challenge(ctx context.Context, host, path string) (body string, ok bool) {
	if _, known, err := m.book.find(ctx, host); err != nil || !known {
		return "", false
	}
	if _, ours := certmagic.GetACMEChallenge(host); !ours && !m.lookups.Allow() {
		return "", false
	}
	r := (&http.Request{Method: http.MethodGet, Host: host, URL: &url.URL{Path: path}, Header: http.Header{}}).WithContext(ctx)
	w := &written{header: http.Header{}}
	if !m.issuer.HandleHTTPChallenge(w, r) {
		return "", false
	}
	return w.String(), true
}

// written keeps what the library answers.
type written struct {
	bytes.Buffer
	header http.Header
}

// Header implements http.ResponseWriter.
func (w *written) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *written) WriteHeader(int) {}
