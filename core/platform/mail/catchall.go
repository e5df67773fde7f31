package mail

import (
	"bytes"
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/kontorhq/kontor/core/id"
)

// Caught is a letter that the catch-all kept.
type Caught struct {
	At      time.Time
	Tenant  id.Tenant // none if the letter names no marketplace
	From    string
	To      []string
	Subject string
	Text    string
	HTML    string
	Raw     []byte
}

// CatchAll is a mail server that delivers nothing. It keeps the newest letters in memory.
type CatchAll struct {
	server *smtp.Server
	listen net.Listener
	addr   *net.TCPAddr
	keep   int

	mu      sync.Mutex
	letters []Caught
	arrived chan struct{} // closed and replaced at each letter
}

const (
	keepLetters = 500
	maxLetter   = 5 << 20
)

// Catch listens on addr; "127.0.0.1:0" takes any free port.
func Catch(addr string) (*CatchAll, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &CatchAll{keep: keepLetters, listen: l, addr: l.Addr().(*net.TCPAddr), arrived: make(chan struct{})}
	c.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{c: c}, nil }))
	c.server.Domain = "localhost"
	c.server.MaxMessageBytes, c.server.MaxRecipients = maxLetter, 50
	c.server.ReadTimeout, c.server.WriteTimeout = 30*time.Second, 30*time.Second
	c.server.EnableSMTPUTF8 = true
	go func() { _ = c.server.Serve(l) }() // ends with Close
	return c, nil
}

// Sender sends through this catch-all.
func (c *CatchAll) Sender(from string) (*SMTP, error) {
	return New(Config{Host: c.addr.IP.String(), Port: c.addr.Port, From: from, TLS: "none"})
}

// Addr is where it listens.
func (c *CatchAll) Addr() string { return c.addr.String() }

// Close stops listening; what was caught stays readable.
func (c *CatchAll) Close() error {
	err := c.listen.Close() // the server may not have come to know it yet
	_ = c.server.Close()    // says the same again
	return err
}

// Letters of a tenant, newest first; to one recipient unless it is empty.
func (c *CatchAll) Letters(tenant id.Tenant, recipient string) []Caught {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.find(tenant, recipient)
}

func (c *CatchAll) find(tenant id.Tenant, recipient string) []Caught {
	var found []Caught
	for _, l := range slices.Backward(c.letters) {
		to := recipient == "" || slices.ContainsFunc(l.To, func(a string) bool { return strings.EqualFold(a, recipient) })
		if l.Tenant == tenant && to {
			found = append(found, l)
		}
	}
	return found
}

// Wait returns the newest letter to somebody as soon as there is one.
func (c *CatchAll) Wait(ctx context.Context, tenant id.Tenant, recipient string) (Caught, error) {
	for {
		c.mu.Lock()
		found, arrived := c.find(tenant, recipient), c.arrived
		c.mu.Unlock()
		if len(found) > 0 {
			return found[0], nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return Caught{}, ctx.Err()
		}
	}
}

func (c *CatchAll) add(l Caught) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.letters = append(c.letters, l)
	if over := len(c.letters) - c.keep; over > 0 {
		c.letters = slices.Delete(c.letters, 0, over)
	}
	close(c.arrived)
	c.arrived = make(chan struct{})
}

// session is one client's conversation.
type session struct {
	c    *CatchAll
	from string
	to   []string
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	l, err := parse(bytes.NewReader(raw))
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "this is not a letter"}
	}
	l.At, l.From, l.To, l.Raw = time.Now().UTC(), s.from, slices.Clone(s.to), raw
	s.c.add(l)
	return nil
}
