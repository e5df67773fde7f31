package kit

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

func handshakeChecks() []Check {
	return []Check{
		{Name: "core.handshake.within_10s", Level: Must, Needs: Program, Rule: "The program serves within ten seconds of its start.", do: func(p *probe) error {
			began := time.Now()
			if _, err := p.fresh(); err != nil {
				return err
			}
			if d := time.Since(began); d > 10*time.Second {
				return fmt.Errorf("it took %v", d)
			}
			return nil
		}},
		{Name: "core.handshake.first_line_only", Level: Must, Needs: Program, Rule: "Standard output holds the handshake, 1|1|unix|PATH|grpc|CERT, and nothing before or after it.", do: firstLineOnly},
		{Name: "core.handshake.cookie_required", Level: Must, Needs: Program, Rule: "Started by hand, without the cookie in its environment, the program says so and ends with an error.", do: cookieRequired},
		{Name: "core.handshake.socket_dir_respected", Level: Must, Needs: Program, Rule: "The socket lies in the folder that PLUGIN_UNIX_SOCKET_DIR names.", do: socketDir},
		{Name: "core.env.minimal_ok", Level: Must, Needs: Program, Rule: "The program needs nothing in its environment but what the host gives: no PATH, no HOME.", do: func(p *probe) error {
			g, err := p.fresh() // which is how everything here is started
			if err != nil {
				return err
			}
			return p.serves(g)
		}},
		{Name: "core.tls.accepts_host", Level: Must, Needs: Program, Rule: "With PLUGIN_CLIENT_CERT set, the program has a certificate of its own and accepts the host by that one.", do: func(p *probe) error {
			g, err := p.fresh()
			if err != nil {
				return err
			}
			_, err = g.life.Describe(p, &wire.DescribeRequest{})
			return err
		}},
		{Name: "core.tls.rejects_stranger", Level: Must, Needs: Program, Rule: "Whoever does not show the host's certificate is not answered: neither without TLS nor with another certificate.", do: rejectsStranger},
	}
}

// raw is a program started without the library.
type raw struct {
	cmd   *exec.Cmd
	out   *bufio.Reader
	errs  *words
	dir   string
	stdin *os.File
}

func (p *probe) raw(env ...string) (*raw, error) {
	dir, err := os.MkdirTemp("/tmp", "kr")
	if err != nil {
		return nil, err
	}
	f, err := os.Open(p.target.Program)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := &raw{dir: dir, errs: &words{}}
	env = append(env, "PLUGIN_MIN_PORT=0", "PLUGIN_MAX_PORT=0", "PLUGIN_PROTOCOL_VERSIONS=1", "PLUGIN_UNIX_SOCKET_DIR="+dir)
	r.cmd = p.target.command(f, append(env, surroundings()...))
	if p.target.Held {
		if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // the plugin passes through it
			return nil, err
		}
		if r.cmd, err = p.target.Hold(f, dir, append(env, surroundings()...)); err != nil {
			return nil, err
		}
	}
	from, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	r.stdin, r.cmd.Stdin, r.cmd.Stderr = to, from, r.errs
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.out = bufio.NewReaderSize(out, 1<<16)
	err = onOneThread(r.cmd.Start)
	from.Close()
	if err != nil {
		return nil, err
	}
	return r, nil
}

func cookie() string { return sdk.Handshake.MagicCookieKey + "=" + sdk.Handshake.MagicCookieValue }

func (r *raw) end() {
	syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL) //nolint:errcheck // it may be gone
	r.stdin.Close()
	r.cmd.Wait() //nolint:errcheck
	os.RemoveAll(r.dir)
}

var handshakeForm = regexp.MustCompile(`^1\|1\|unix\|(/[^|]+)\|grpc\|[A-Za-z0-9+/]*(\|(true|false))?$`)

// handshake reads the first line.
func (r *raw) handshake(ctx context.Context) (socket string, err error) {
	line, err := within(ctx, 10*time.Second, func() (string, error) { return r.out.ReadString('\n') })
	if err != nil {
		return "", fmt.Errorf("no handshake: %w; it wrote %s", err, r.errs)
	}
	m := handshakeForm.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
	if m == nil {
		return "", fmt.Errorf("the first line is %q, not 1|1|unix|PATH|grpc|CERT", line)
	}
	return m[1], nil
}

// within gives fn so much time.
func within[T any](ctx context.Context, d time.Duration, fn func() (T, error)) (T, error) {
	type out struct {
		v   T
		err error
	}
	ch := make(chan out, 1)
	go func() {
		v, err := fn()
		ch <- out{v, err}
	}()
	select {
	case o := <-ch:
		return o.v, o.err
	case <-ctx.Done():
		return *new(T), ctx.Err()
	case <-time.After(d):
		return *new(T), fmt.Errorf("not within %v", d)
	}
}

// firstLineOnly lets the program serve and end, and then reads all that it has said.
func firstLineOnly(p *probe) error {
	r, err := p.raw(cookie())
	if err != nil {
		return err
	}
	defer r.end()
	socket, err := r.handshake(p)
	if err != nil {
		return err
	}
	conn, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	c := recorded{conn, p.tape}
	if _, err := wire.NewLifecycleClient(c).Describe(p, &wire.DescribeRequest{}); err != nil {
		return err
	}
	if err := shutdown(p, c); err != nil {
		return err
	}
	rest, err := within(p, 10*time.Second, func() ([]byte, error) { return io.ReadAll(r.out) })
	if err != nil {
		return fmt.Errorf("standard output does not end with the program: %w", err)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return fmt.Errorf("after the handshake it wrote %q to standard output", shorten(string(rest)))
	}
	return nil
}

// shutdown asks the program to end. It may be gone before it can answer.
func shutdown(ctx context.Context, c grpc.ClientConnInterface) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	err := c.Invoke(ctx, "/plugin.GRPCController/Shutdown", &emptypb.Empty{}, &emptypb.Empty{})
	if err != nil && !unreachable(err) {
		return fmt.Errorf("plugin.GRPCController/Shutdown: %w", err)
	}
	return nil
}

func cookieRequired(p *probe) error {
	r, err := p.raw()
	if err != nil {
		return err
	}
	defer r.end()
	out, err := within(p, 10*time.Second, func() ([]byte, error) { return io.ReadAll(r.out) })
	switch {
	case err != nil && bytes.Contains(out, []byte("|grpc|")), err != nil:
		return errors.New("started by hand, it serves and does not end")
	case bytes.Contains(out, []byte("|unix|")):
		return fmt.Errorf("started by hand, it says %q", out)
	}
	if r.cmd.Wait(); r.cmd.ProcessState.Success() { //nolint:errcheck // its status is looked at
		return errors.New("started by hand, it ends as if all were well")
	}
	return nil
}

func socketDir(p *probe) error {
	r, err := p.raw(cookie())
	if err != nil {
		return err
	}
	defer r.end()
	socket, err := r.handshake(p)
	if err != nil {
		return err
	}
	if filepath.Dir(socket) != r.dir {
		return fmt.Errorf("the socket is %s, the folder for it is %s", socket, r.dir)
	}
	return nil
}

func rejectsStranger(p *probe) error {
	g, err := p.fresh()
	if err != nil {
		return err
	}
	cert, err := stranger()
	if err != nil {
		return err
	}
	for what, creds := range map[string]credentials.TransportCredentials{
		"without TLS":           insecure.NewCredentials(),
		"without a certificate": credentials.NewTLS(&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}),                                        //nolint:gosec // the stranger does not care
		"with another's":        credentials.NewTLS(&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}), //nolint:gosec
	} {
		conn, err := grpc.NewClient("unix:"+g.lib.ReattachConfig().Addr.String(), grpc.WithTransportCredentials(creds))
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(p, 3*time.Second)
		_, err = wire.NewLifecycleClient(recorded{conn, p.tape}).Describe(ctx, &wire.DescribeRequest{})
		cancel()
		conn.Close()
		if err == nil {
			return fmt.Errorf("it answers a stranger %s", what)
		}
	}
	_, err = g.life.Describe(p, &wire.DescribeRequest{}) // and still its host
	return err
}

// stranger is a certificate that nobody was told of.
func stranger() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Minute),
		NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
