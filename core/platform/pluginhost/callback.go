package pluginhost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/outward"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// callbacks are what one process may ask of us, over a socket that only it can see.
type callbacks struct {
	p      *process
	server *grpc.Server
	room   chan struct{} // questions outside at a time
}

// hostSocket is its name in the folder to meet in.
const hostSocket = "host"

func (p *process) listen(dir string) (*callbacks, string, error) {
	path := filepath.Join(dir, hostSocket)
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, "", err
	}
	if err := os.Chmod(path, 0o666); err != nil { //nolint:gosec // the folder is the plugin's alone
		return nil, "", errors.Join(err, l.Close())
	}
	c := &callbacks{p: p, room: make(chan struct{}, cap(p.gate))}
	c.server = sdk.NewHostServer(c)
	go c.server.Serve(l) //nolint:errcheck // ends when it is stopped
	return c, path, nil
}

// outside is the client for all plugins' questions. The host's deadline is the call's own.
func outside(loopback bool) *outward.Client {
	return outward.For(loopback, outward.Limits{Patience: 30 * time.Second, Most: sdk.MaxMessage + 1, Reuse: true, Redirects: true})
}

func denied(reason, detail string) error {
	return &sdk.Error{Reason: reason, Blame: sdk.ThisPlugin, Detail: detail}
}

// HTTPDo implements sdk.HostService: an address that the manifest names, for the tenant
// whose call is being answered, with the secret that the plugin does not know.
func (c *callbacks) HTTPDo(ctx context.Context, r sdk.HTTPRequest) (sdk.HTTPReply, error) {
	p, began := c.p, time.Now()
	in, err := c.caller(r.Token)
	if err != nil {
		return sdk.HTTPReply{}, err
	}
	u, err := url.Parse(r.URL)
	if err != nil || len(r.Body) > sdk.MaxMessage {
		return sdk.HTTPReply{}, denied(sdk.ReasonTooLarge, "a request has an address and at most 4 MiB")
	}
	req, err := c.allow(ctx, in, r, u)
	if err != nil {
		p.stats.outside(false)
		p.host.log.WarnContext(ctx, "plugin may not ask outside", "plugin", p.manifest.ID, "tenant", in.Tenant, "method", r.Method, "host", u.Host, "path", u.EscapedPath(), "error", err)
		return sdk.HTTPReply{}, err
	}
	select {
	case c.room <- struct{}{}:
		defer func() { <-c.room }()
	case <-ctx.Done():
		return sdk.HTTPReply{}, ctx.Err()
	}
	got, err := c.fetch(req)
	p.stats.outside(true)
	p.host.log.InfoContext(ctx, "plugin asked outside", "plugin", p.manifest.ID, "tenant", in.Tenant, "method", r.Method, "host", u.Host, "path", u.EscapedPath(),
		"status", got.Status, "sent", len(r.Body), "received", len(got.Body), "took", time.Since(began), "error", err)
	return got, err
}

// caller is the installation whose call is being answered. A token of another plugin's
// process is worth nothing here.
func (c *callbacks) caller(token string) (Installation, error) {
	i, ok := c.p.host.tokens.read(token, c.p.host.now())
	if !ok {
		return Installation{}, denied(sdk.ReasonTokenInvalid, "the call is over")
	}
	in, ok := c.p.host.book.byInstallation(i)
	if b := c.p.berth; !ok || in.Plugin != b.plugin || b.alone != (id.Tenant{}) && in.Tenant != b.alone || !in.Enabled {
		return Installation{}, denied(sdk.ReasonTokenInvalid, "the call is not this plugin's")
	}
	return in, nil
}

// allow finds the permission for a question and makes the request of it.
func (c *callbacks) allow(ctx context.Context, in Installation, r sdk.HTTPRequest, u *url.URL) (*http.Request, error) {
	var settings map[string]any
	if len(in.Config) > 0 {
		if err := json.Unmarshal(in.Config, &settings); err != nil {
			return nil, denied(sdk.ReasonEgressDenied, "the settings cannot be read")
		}
	}
	for _, e := range c.p.manifest.Permissions.Egress {
		if !e.covers(r.Method, u, settings) {
			continue
		}
		req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
		if err != nil {
			return nil, denied(sdk.ReasonEgressDenied, "no address")
		}
		req.Header = passed(r.Header)
		if e.Secret != "" {
			secret, _ := settings[e.Secret].(string)
			if secret == "" {
				return nil, &sdk.Error{Reason: sdk.ReasonSecretMissing, Blame: sdk.Host, Detail: e.Secret + " is not set"}
			}
			req.Header.Set(strings.TrimPrefix(e.Place, "header:"), e.Prefix+secret)
		}
		return req, nil
	}
	return nil, denied(sdk.ReasonEgressDenied, r.Method+" "+u.Host+u.EscapedPath()+" is not in the manifest's permissions")
}

// fetch asks. What the answer says is the plugin's to read; only how it came is ours.
func (c *callbacks) fetch(req *http.Request) (sdk.HTTPReply, error) {
	res, err := c.p.host.outside.Do(req)
	switch {
	case errors.Is(err, outward.ErrPrivate), errors.Is(err, outward.ErrScheme):
		return sdk.HTTPReply{}, denied(sdk.ReasonEgressDenied, err.Error())
	case err != nil:
		return sdk.HTTPReply{}, sdk.UpstreamDown("no_answer", err.Error())
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return sdk.HTTPReply{}, sdk.UpstreamDown("cut_off", err.Error())
	case len(b) > sdk.MaxMessage:
		return sdk.HTTPReply{}, sdk.UpstreamRefused(sdk.ReasonTooLarge, "the answer has more than 4 MiB")
	}
	h := passed(res.Header)
	h.Del("Set-Cookie")
	return sdk.HTTPReply{Status: res.StatusCode, Header: h, Body: b}, nil
}

// ours are headers of a connection, which is not the plugin's.
var ours = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Host", "Content-Length", "Forwarded", "X-Forwarded-For"}

func passed(h http.Header) http.Header {
	out := h.Clone()
	if out == nil {
		out = http.Header{}
	}
	for _, name := range ours {
		out.Del(name)
	}
	return out
}
