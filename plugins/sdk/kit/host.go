package kit

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// host is what the plugin may ask of us: questions to the outside party, with the token of
// the call that they belong to.
type host struct {
	allowed string // scheme and authority of the outside party
	client  *http.Client

	mu     sync.Mutex
	tokens map[string]string // to installation
	asked  []asked
	kept   map[string]map[string]sdk.Entry // by installation
	rival  bool                            // somebody else is there first
	met    map[string]bool                 // where he has been
	script func(*http.Request, func() (sdk.HTTPReply, error)) (sdk.HTTPReply, error)
}

// asked is a question that came.
type asked struct {
	installation string // whose token it was; none: nobody's
	request      sdk.HTTPRequest
}

func newHost(address string) *host {
	return &host{
		allowed: address, tokens: map[string]string{}, kept: map[string]map[string]sdk.Entry{}, met: map[string]bool{},
		client: &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

func (h *host) issue(installation string) string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // never fails since Go 1.24
	t := hex.EncodeToString(b[:])
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tokens[t] = installation
	return t
}

// normal forgets what was asked, the tokens of old calls and every fault that was ordered.
func (h *host) normal() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked, h.script, h.tokens = nil, nil, map[string]string{}
	h.rival, h.met = false, map[string]bool{}
}

// play has fn decide what becomes of questions; its second argument passes one on.
func (h *host) play(fn func(*http.Request, func() (sdk.HTTPReply, error)) (sdk.HTTPReply, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.script = fn
}

func (h *host) questions() []asked {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]asked(nil), h.asked...)
}

// serve opens the socket that p is told of.
func (h *host) serve(p *process) error {
	dir := p.meet
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("/tmp", "kk"); err != nil {
			return err
		}
		stop := p.stopIt
		p.stopIt = sync.OnceFunc(func() {
			stop()
			os.RemoveAll(dir) //nolint:errcheck // below /tmp
		})
	}
	p.meet = dir
	l, err := net.Listen("unix", filepath.Join(dir, "host"))
	if err != nil {
		return err
	}
	if err := os.Chmod(l.Addr().String(), 0o666); err != nil { //nolint:gosec // the folder is the plugin's alone
		return errors.Join(err, l.Close())
	}
	srv := sdk.NewHostServer(h)
	go srv.Serve(l) //nolint:errcheck // ends when it is stopped
	p.back = closer(srv.Stop)
	if p.lib == nil {
		stop := p.stopIt
		p.stopIt = sync.OnceFunc(func() {
			srv.Stop()
			stop()
		})
	}
	return nil
}

type closer func()

// Close implements io.Closer.
func (c closer) Close() error {
	c()
	return nil
}

// hosting is what a host tells of itself.
func (p *process) hosting() *wire.InitRequest {
	return &wire.InitRequest{Node: "kit", SandboxTier: "S1", HostSocket: filepath.Join(p.meet, "host"), MaxMessageBytes: sdk.MaxMessage}
}

// HTTPDo implements sdk.HostService.
func (h *host) HTTPDo(ctx context.Context, r sdk.HTTPRequest) (sdk.HTTPReply, error) {
	h.mu.Lock()
	installation := h.tokens[r.Token]
	h.asked = append(h.asked, asked{installation, r})
	script := h.script
	h.mu.Unlock()
	deny := func(reason, detail string) error {
		return &sdk.Error{Reason: reason, Blame: sdk.ThisPlugin, Detail: detail}
	}
	u, err := url.Parse(r.URL)
	switch {
	case installation == "":
		return sdk.HTTPReply{}, deny(sdk.ReasonTokenInvalid, "the call is over, or was never made")
	case err != nil, h.allowed == "", u.Scheme+"://"+u.Host != h.allowed:
		return sdk.HTTPReply{}, deny(sdk.ReasonEgressDenied, r.URL+" is not the outside party's")
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return sdk.HTTPReply{}, deny(sdk.ReasonEgressDenied, "no address")
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	pass := func() (sdk.HTTPReply, error) { return h.fetch(req) }
	if script != nil {
		return script(req, pass)
	}
	return pass()
}

func (h *host) fetch(req *http.Request) (sdk.HTTPReply, error) {
	res, err := h.client.Do(req)
	if err != nil {
		return sdk.HTTPReply{}, sdk.UpstreamDown("no_answer", err.Error())
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, sdk.MaxMessage))
	if err != nil {
		return sdk.HTTPReply{}, sdk.UpstreamDown("cut_off", err.Error())
	}
	return sdk.HTTPReply{Status: res.StatusCode, Header: res.Header, Body: b}, nil
}

func hostChecks() []Check {
	return []Check{
		{Name: "host.egress.denied_handled", Level: Must, Rule: "A no of the host to a question outside is passed on as a typed refusal; it is no crash, and no effect is claimed.", do: egressDenied},
		{Name: "host.kv.conflict_handled", Level: Must, Rule: "Somebody else has changed what the plugin keeps with its host: it looks again, or refuses with a typed error; it does not fail.", do: kvConflict},
	}
}

// egressDenied orders the host to say no to everything, and asks for whatever goes outside.
func egressDenied(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	all, err := p.outward()
	if err != nil {
		return err
	}
	p.host.play(func(*http.Request, func() (sdk.HTTPReply, error)) (sdk.HTTPReply, error) {
		return sdk.HTTPReply{}, &sdk.Error{Reason: sdk.ReasonEgressDenied, Blame: sdk.ThisPlugin, Detail: "the kit said no"}
	})
	for _, a := range all {
		before := len(p.host.questions())
		_, err := a.of(p, g, p.call(p.key("denied-"+strings.ReplaceAll(a.name, ".", "-"))))
		if len(p.host.questions()) == before {
			continue // it asked nobody
		}
		if err == nil {
			return errors.New(a.name + " answers as if it had been done")
		}
		if refusal(err) == nil {
			return errors.New(a.name + " fails without a typed error: " + explain(err))
		}
	}
	p.host.normal()
	return p.serves(g)
}

// outward are the requests that may lead to questions outside: what has an effect, too.
func (p *probe) outward() ([]ask, error) {
	out, err := p.asks()
	if err != nil {
		return nil, err
	}
	for _, c := range capabilities() {
		if !offered(p.declared, c.name) || c.outward == nil {
			continue
		}
		more, err := c.outward(p)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}
