package sdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// Reasons that the host gives when a plugin asks it for something.
const (
	ReasonEgressDenied  = "egress_denied"  // the manifest does not name the address, or the tenant has not consented
	ReasonTokenInvalid  = "token_invalid"  // the call that it belongs to is over, or was another's
	ReasonTooLarge      = "too_large"      // 4 MiB either way
	ReasonSecretMissing = "secret_missing" // the tenant has not set what the address needs
)

// HTTP is the way to outside parties: through the host, which lets a plugin ask the
// addresses of its manifest, puts secrets in that the plugin never sees, and writes down
// what was asked. It holds for this call and its tenant. Redirects are answers. In a plugin
// that is not held in a cage, and under a host that offers nothing, it goes straight there.
func (c Call) HTTP() *http.Client {
	out := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if c.host != nil {
		out.Transport = throughHost{c.host, c.token}
	}
	return out
}

// NoAnswer is what a failed question outside means: the host's own no, or a party that did
// not answer, of which nobody knows whether it acted.
func NoAnswer(reason string, err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		if !e.Retryable {
			return e
		}
		err = e
	}
	return UpstreamDown(reason, err.Error())
}

type throughHost struct {
	host  wire.HostClient
	token string
}

// RoundTrip implements http.RoundTripper.
func (t throughHost) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		defer r.Body.Close()
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, MaxMessage+1)); err != nil {
			return nil, err
		}
	}
	got, err := t.host.HttpDo(r.Context(), &wire.HttpRequest{CallToken: t.token, Method: r.Method, Url: r.URL.String(), Headers: headersTo(r.Header), Body: body})
	if err != nil {
		return nil, fromStatus(err)
	}
	return &http.Response{
		StatusCode: int(got.GetStatus()), Status: fmt.Sprintf("%d %s", got.GetStatus(), http.StatusText(int(got.GetStatus()))), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: headersFrom(got.GetHeaders()), Body: io.NopCloser(bytes.NewReader(got.GetBody())), ContentLength: int64(len(got.GetBody())), Request: r,
	}, nil
}

func headersTo(h http.Header) (out []*wire.Header) {
	for k, v := range h {
		out = append(out, &wire.Header{Name: k, Values: v})
	}
	return out
}

func headersFrom(h []*wire.Header) http.Header {
	out := http.Header{}
	for _, x := range h {
		for _, v := range x.GetValues() {
			out.Add(x.GetName(), v)
		}
	}
	return out
}

// dialHost reaches the host's socket; nothing is sent before the first request.
func dialHost(socket string) (wire.HostClient, error) {
	c, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(2*MaxMessage), grpc.MaxCallSendMsgSize(2*MaxMessage)))
	if err != nil {
		return nil, err
	}
	return wire.NewHostClient(c), nil
}

// HTTPRequest is what a plugin asks the host to ask.
type HTTPRequest struct {
	Token, Method, URL string
	Header             http.Header
	Body               []byte
}

// HTTPReply is the answer.
type HTTPReply struct {
	Status int
	Header http.Header
	Body   []byte
}

// HostService is the host's side. Authors do not need it.
type HostService interface {
	HTTPDo(ctx context.Context, r HTTPRequest) (HTTPReply, error)
}

// NewHostServer serves h on a socket of one process.
func NewHostServer(h HostService) *grpc.Server {
	s := grpc.NewServer(grpc.MaxRecvMsgSize(2*MaxMessage), grpc.MaxSendMsgSize(2*MaxMessage), grpc.MaxConcurrentStreams(256), grpc.ConnectionTimeout(5*time.Second))
	wire.RegisterHostServer(s, hostServer{h: h})
	return s
}

type hostServer struct {
	wire.UnimplementedHostServer
	h HostService
}

// HttpDo implements wire.HostServer.
func (s hostServer) HttpDo(ctx context.Context, r *wire.HttpRequest) (*wire.HttpReply, error) {
	got, err := s.h.HTTPDo(ctx, HTTPRequest{r.GetCallToken(), r.GetMethod(), r.GetUrl(), headersFrom(r.GetHeaders()), r.GetBody()})
	if err != nil {
		return nil, toStatus(err)
	}
	return &wire.HttpReply{Status: int32(got.Status), Headers: headersTo(got.Header), Body: got.Body}, nil //nolint:gosec // three digits
}
