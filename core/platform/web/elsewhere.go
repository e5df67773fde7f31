package web

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/kontorhq/kontor/core/fault"
)

// What a marketplace of another cell can answer instead of its pages.
var (
	ErrCellDown = fault.New(fault.Unavailable, "http.cell_down", "The machines that serve this marketplace do not answer at the moment.").Then("Nothing of yours is lost. Try again in a moment.")
	ErrMoved    = fault.New(fault.Unavailable, "http.moved", "This marketplace has just moved to other machines.").Then("Try again in a moment.")
)

// Between answers what processes of other cells ask for themselves, below /_cell/. It gives
// the status and the body, whose end closes it.
type Between func(method, path string, body io.Reader) (status int, out io.ReadCloser)

// cells are the ways to other cells, by address.
type cells struct {
	mu  sync.Mutex
	way map[string]*fasthttp.HostClient
}

// Ways to one cell are bounded: one that hangs must not take this process with it.
const (
	cellConns = 256
	cellDial  = 2 * time.Second
	cellBody  = 64 << 20 // of a file that one hands over
)

func (c *cells) to(address string) (*fasthttp.HostClient, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w := c.way[address]; w != nil {
		return w, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, errors.New("web: no address of a cell: " + address)
	}
	host := u.Host
	if u.Port() == "" {
		host += map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
	}
	w := &fasthttp.HostClient{
		Addr: host, IsTLS: u.Scheme == "https", MaxConns: cellConns, MaxIdleConnDuration: 30 * time.Second, MaxIdemponentCallAttempts: 1,
		Dial:               func(addr string) (net.Conn, error) { return fasthttp.DialDualStackTimeout(addr, cellDial) },
		StreamResponseBody: true, NoDefaultUserAgentHeader: true, DisableHeaderNamesNormalizing: false, DisablePathNormalizing: true,
		RetryIfErr: func(*fasthttp.Request, int, error) (bool, bool) { return false, false }, // whoever asked may ask again
	}
	if c.way == nil {
		c.way = map[string]*fasthttp.HostClient{}
	}
	c.way[address] = w
	return w, nil
}

// ofConnection are headers that speak of one connection and end with it.
var ofConnection = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Upgrade"}

// forward passes a request on to the cell in which its marketplace is, and the answer back.
// What was passed on to us is not passed on again: the two cells do not agree yet.
func (s *Server) forward(x *exchange) error {
	if x.hop {
		return ErrMoved
	}
	way, err := s.cells.to(x.site.Elsewhere)
	if err != nil {
		return ErrCellDown.Because(err)
	}
	req := fasthttp.AcquireRequest()
	defer fasthttp.ReleaseRequest(req)
	x.c.Request().CopyTo(req)
	for _, h := range append(ofConnection, "Forwarded", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-Ip") {
		req.Header.Del(h)
	}
	asked := x.from.host
	if x.from.port != "" {
		asked += ":" + x.from.port
	}
	uri := append(bytes.Clone(x.rawPath), query(x.rawQuery)...)
	h := hop{string(req.Header.Method()), string(uri), asked, x.from.ip, x.from.scheme()}
	req.Header.Set("X-Forwarded-For", h.ip)
	req.Header.Set("X-Forwarded-Proto", h.proto)
	req.Header.Set(fiber.HeaderXRequestID, x.id)
	req.Header.Set(hopHeader, h.sign(s.cfg.Hop, s.cfg.Now()))
	req.SetRequestURIBytes(uri)
	req.UseHostHeader = true
	req.Header.SetHost(asked)
	if way.IsTLS {
		req.URI().SetScheme("https")
	} else {
		req.URI().SetScheme("http")
	}
	out := x.c.Response()
	if err := way.DoTimeout(req, out, s.cfg.Deadline+time.Second); err != nil {
		out.Reset()
		out.Header.Set(fiber.HeaderXRequestID, x.id)
		return ErrCellDown.Because(err)
	}
	for _, h := range ofConnection {
		out.Header.Del(h)
	}
	return nil
}

func query(raw []byte) []byte {
	if len(raw) == 0 {
		return nil
	}
	return append([]byte{'?'}, raw...)
}

// between answers another cell's process. Whoever is none gets what everybody does at an
// address that leads nowhere.
func (s *Server) between(c *fiber.Ctx) bool {
	uri := c.Request().URI()
	if s.cfg.Between == nil || !bytes.HasPrefix(uri.PathOriginal(), []byte(cellPath)) {
		return false
	}
	if _, ok := s.hopped(&c.Request().Header); !ok {
		return false
	}
	status, body := s.cfg.Between(c.Method(), string(uri.PathOriginal()[len(cellPath)-1:]), bytes.NewReader(c.Request().Body()))
	c.Status(status).Set(fiber.HeaderCacheControl, "no-store")
	if body != nil {
		c.Context().SetBodyStream(body, -1)
	}
	return true
}
