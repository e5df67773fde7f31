package certs

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"
)

// Handshakes at once, and how long one may take: a little more than it waits for an order.
const (
	handshakesMost = 4096
	handshakeMost  = patience + 5*time.Second
)

// listener hands out connections whose handshake is done, so that nobody who dawdles over
// his keeps another waiting, and who is refused never reaches the server.
type listener struct {
	net.Listener
	m     *Manager
	tls   *tls.Config
	ready chan net.Conn
	slots chan struct{}
	once  sync.Once
	done  chan struct{}
	err   error
}

// Listen ends TLS on a listener.
func (m *Manager) Listen(ln net.Listener) net.Listener {
	l := &listener{
		Listener: ln, m: m, ready: make(chan net.Conn), slots: make(chan struct{}, handshakesMost), done: make(chan struct{}),
		tls: &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1", acmeALPN}, GetCertificate: m.Certificate},
	}
	go l.accept()
	return l
}

func (l *listener) accept() {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			var n net.Error
			if errors.As(err, &n) && n.Timeout() {
				continue
			}
			l.end(err)
			return
		}
		select {
		case l.slots <- struct{}{}:
			go l.shake(c)
		default:
			l.m.happened("refused", "busy")
			_ = c.Close()
		}
	}
}

func (l *listener) shake(raw net.Conn) {
	defer func() { <-l.slots }()
	ctx, cancel := context.WithTimeout(l.m.stop, handshakeMost)
	defer cancel()
	c := tls.Server(raw, l.tls)
	if err := c.HandshakeContext(ctx); err != nil || c.ConnectionState().NegotiatedProtocol == acmeALPN {
		_ = c.Close()
		return
	}
	select {
	case l.ready <- c:
	case <-l.done:
		_ = c.Close()
	}
}

func (l *listener) end(err error) {
	l.once.Do(func() {
		l.err = err
		close(l.done)
	})
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.ready:
		return c, nil
	case <-l.done:
		return nil, l.err
	}
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.end(net.ErrClosed)
	return l.Listener.Close()
}

// port splits an address.
func port(addr string) (host string, n int, err error) {
	host, p, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, err
	}
	n, err = strconv.Atoi(p)
	return host, n, err
}
