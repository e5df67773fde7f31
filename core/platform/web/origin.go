package web

import (
	"net"
	"net/netip"
	"strings"

	"github.com/valyala/fasthttp"
	"golang.org/x/net/idna"
)

// origin is where a request came from and which address it asked for, after deciding
// whom to believe. It is the only reader of Host and X-Forwarded-*.
type origin struct {
	host  string // canonical
	port  string // as asked, for absolute URLs
	ip    string
	https bool
}

func (o origin) scheme() string {
	if o.https {
		return "https"
	}
	return "http"
}

// base is "https://host[:port]".
func (o origin) base() string {
	if o.port == "" {
		return o.scheme() + "://" + o.host
	}
	return o.scheme() + "://" + o.host + ":" + o.port
}

// originOf reads Host, and the X-Forwarded headers only when the peer is a proxy of ours.
func originOf(c *fasthttp.RequestCtx, trusted []netip.Prefix) origin {
	asked := string(c.Request.Header.Host())
	o := origin{https: c.IsTLS()}
	peer := addrOf(c.RemoteAddr())
	o.ip = peer.String()
	if believes(trusted, peer) {
		if h := last(c.Request.Header.Peek("X-Forwarded-Host")); h != "" {
			asked = h
		}
		if p := last(c.Request.Header.Peek("X-Forwarded-Proto")); p != "" {
			o.https = strings.EqualFold(p, "https")
		}
		if ip, ok := client(c.Request.Header.Peek("X-Forwarded-For"), trusted); ok {
			o.ip = ip
		}
	}
	o.host, o.port = canonical(asked)
	return o
}

func addrOf(a net.Addr) netip.Addr {
	if t, ok := a.(*net.TCPAddr); ok {
		return t.AddrPort().Addr().Unmap()
	}
	return netip.IPv4Unspecified()
}

func believes(trusted []netip.Prefix, a netip.Addr) bool {
	for _, p := range trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// client walks X-Forwarded-For from the right, past our own proxies: what stands left
// of the first stranger was written by that stranger.
func client(header []byte, trusted []netip.Prefix) (string, bool) {
	hops := strings.Split(string(header), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return "", false
		}
		if a = a.Unmap(); !believes(trusted, a) {
			return a.String(), true
		}
	}
	return "", false
}

// last is the value our own proxy appended.
func last(header []byte) string {
	h := string(header)
	return strings.TrimSpace(h[strings.LastIndexByte(h, ',')+1:])
}

// canonical is the one spelling of a host: lower case, punycode, no port, no trailing
// dot. What cannot be a host becomes "".
func canonical(asked string) (host, port string) {
	host = asked
	if i := strings.LastIndexByte(asked, ':'); i >= 0 && !strings.HasSuffix(asked, "]") {
		host, port = asked[:i], asked[i+1:]
		if !digits(port) {
			return "", ""
		}
	}
	host = strings.TrimSuffix(host, ".")
	if plain(host) {
		return host, port
	}
	h, err := idna.Lookup.ToASCII(strings.ToLower(host))
	if err != nil || !plain(h) {
		return "", ""
	}
	return h, port
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) <= 5
}

// plain reports whether a host is in canonical form already.
func plain(h string) bool {
	if h == "" || len(h) > 253 || strings.HasPrefix(h, ".") || strings.Contains(h, "..") {
		return false
	}
	for i := range len(h) {
		switch b := h[i]; {
		case b >= 'a' && b <= 'z', b >= '0' && b <= '9', b == '-', b == '.':
		default:
			return false
		}
	}
	return true
}
