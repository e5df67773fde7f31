package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// A hop is a request that another cell's process passes on, or asks for itself. It proves by
// a code over what it says of the visitor that it comes from a process of this house: from
// nobody else is any of that believed.

const (
	hopHeader = "X-Kontor-Hop"
	hopFor    = time.Minute // how far the processes' clocks may be apart, either way
	cellPath  = "/_cell/"   // what processes ask each other for themselves
)

// hop is what is said of a visitor.
type hop struct{ method, uri, host, ip, proto string }

func (h hop) sign(key []byte, at time.Time) string {
	unix := strconv.FormatInt(at.Unix(), 10)
	m := hmac.New(sha256.New, key)
	for _, part := range []string{"v1", unix, h.method, h.uri, h.host, h.ip, h.proto} {
		m.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return "v1." + unix + "." + hex.EncodeToString(m.Sum(nil))
}

// genuine reports whether a code is this hop's and fresh.
func (h hop) genuine(key []byte, code string, now time.Time) bool {
	parts := strings.Split(code, ".")
	if len(parts) != 3 || len(key) == 0 {
		return false
	}
	unix, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return false
	}
	at := time.Unix(unix, 0)
	return now.Sub(at).Abs() <= hopFor && hmac.Equal([]byte(code), []byte(h.sign(key, at)))
}

// hopped reads what another cell's process says of the visitor.
func (s *Server) hopped(r *fasthttp.RequestHeader) (hop, bool) {
	code := r.Peek(hopHeader)
	if len(code) == 0 {
		return hop{}, false
	}
	h := hop{string(r.Method()), string(r.RequestURI()), string(r.Host()), string(r.Peek("X-Forwarded-For")), string(r.Peek("X-Forwarded-Proto"))}
	return h, h.genuine(s.cfg.Hop, string(code), s.cfg.Now())
}

// SignHop is for requests that a process makes of another cell's for itself.
func (s *Server) SignHop(r *http.Request) {
	h := hop{method: r.Method, uri: r.URL.RequestURI(), host: r.URL.Host}
	r.Header.Set(hopHeader, h.sign(s.cfg.Hop, s.cfg.Now()))
}
