// Command broken is a sound plugin in front of which something goes wrong, by order: its
// first argument is the name of a fault. The plugin itself is the example, whose files are
// compiled in; calls to it pass here, where requests, answers and errors can be changed.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
	"github.com/kontorhq/kontor/plugins/sdk/kit"
)

// fault is what is wrong, by order.
var fault = "none"

func is(names ...string) bool {
	for _, n := range names {
		if n == fault {
			return true
		}
	}
	return false
}

func main() {
	if len(os.Args) > 1 {
		fault = os.Args[1]
	}
	start()
	p := sdk.Plugin{ID: "example.go", Version: "0.1.0", Pricing: pricer{}, Logistics: carrier{}, Payment: bank{}, Check: check}
	if is("version_differs") {
		p.Version = "9.9.9"
	}
	inner, _, err := kit.Dial(p)
	if err != nil {
		panic(err)
	}
	f := &front{inner: inner}
	book = func(ctx context.Context, c *wire.Call) error {
		c = proto.CloneOf(c)
		c.IdempotencyKey = fmt.Sprint(time.Now().UnixNano())
		return inner.Invoke(ctx, "/kontor.plugin.v1.Payment/Begin", &wire.BeginRequest{Call: c, Amount: &wire.Money{Currency: "EUR", Minor: 1}}, &wire.Operation{})
	}
	if !is("orphan") {
		go func() {
			b := make([]byte, 1)
			for {
				if _, err := os.Stdin.Read(b); err != nil {
					os.Exit(3)
				}
			}
		}()
	}
	if is("no_tls") {
		os.Unsetenv("PLUGIN_CLIENT_CERT")
	}
	if is("own_socket_dir") {
		elsewhere, _ := os.MkdirTemp(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "e")
		os.Setenv("PLUGIN_UNIX_SOCKET_DIR", elsewhere)
	}
	if is("anybody") {
		openToAll(f)
	}
	if is("no_cookie") {
		os.Setenv(sdk.Handshake.MagicCookieKey, sdk.Handshake.MagicCookieValue)
	}
	if is("floods") {
		stdout := os.Stdout // the library puts another in its place
		flood = func() {
			if os.Getenv(sdk.SelfTestEnv) != "" {
				fmt.Fprintln(stdout, strings.Repeat("x", 256<<10))
			}
		}
	}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  sdk.Handshake,
		VersionedPlugins: map[int]plugin.PluginSet{1: {"kontor": f}},
		GRPCServer:       f.server,
		Logger:           hclog.New(&hclog.LoggerOptions{Output: os.Stderr, JSONFormat: true, Level: hclog.Error}),
	})
	switch fault {
	case "slow_exit":
		time.Sleep(4 * time.Second)
	}
}

// front stands between the host and the sound plugin.
type front struct {
	plugin.NetRPCUnsupportedPlugin
	inner grpc.ClientConnInterface
}

func (f *front) server(opts []grpc.ServerOption) *grpc.Server {
	limit := sdk.MaxMessage
	if is("takes_all", "gives_all") {
		limit = 64 << 20
	}
	opts = append(opts, grpc.MaxRecvMsgSize(limit), grpc.MaxSendMsgSize(limit))
	if is("knows_all") {
		opts = append(opts, grpc.UnknownServiceHandler(func(_ any, s grpc.ServerStream) error { return s.SendMsg(&wire.InitReply{}) }))
	}
	return grpc.NewServer(opts...)
}

// GRPCServer registers every service of the contract with a handler that passes on.
func (f *front) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	for _, name := range []string{"Lifecycle", "Pricing", "Logistics", "Payment"} {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName("kontor.plugin.v1." + name))
		if err != nil {
			return err
		}
		methods := d.(protoreflect.ServiceDescriptor).Methods()
		desc := &grpc.ServiceDesc{ServiceName: string(d.FullName()), HandlerType: (*any)(nil)}
		for i := range methods.Len() {
			m := methods.Get(i)
			desc.Methods = append(desc.Methods, grpc.MethodDesc{MethodName: string(m.Name()), Handler: f.handler(m)})
		}
		s.RegisterService(desc, f)
	}
	return nil
}

func (f *front) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

func (f *front) handler(m protoreflect.MethodDescriptor) grpc.MethodHandler {
	path := "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
	return func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		in, out := blank(m.Input()), blank(m.Output())
		if err := decode(in); err != nil {
			return nil, err
		}
		err := instead(ctx, string(m.Name()), in, out, func(ctx context.Context) error { return f.inner.Invoke(ctx, path, in, out) })
		return out, err
	}
}

func blank(d protoreflect.MessageDescriptor) proto.Message {
	t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		panic(err)
	}
	return t.New().Interface()
}

func say(level, text string) {
	b, _ := json.Marshal(map[string]string{"@level": level, "@message": text})
	fmt.Fprintln(os.Stderr, string(b))
}

// dial is an address that is not there without a network.
func dial() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err == nil {
		c.Close()
	}
	return err
}

// openToAll serves with a certificate, and asks nobody for one.
func openToAll(f *front) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "p")
	l, err := net.Listen("unix", path)
	if err != nil {
		panic(err)
	}
	creds := credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12})
	s := f.server([]grpc.ServerOption{grpc.Creds(creds)})
	if err := f.GRPCServer(nil, s); err != nil {
		panic(err)
	}
	fmt.Printf("1|1|unix|%s|grpc|%s\n", path, base64.RawStdEncoding.EncodeToString(der))
	panic(s.Serve(l))
}
