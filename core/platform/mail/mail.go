// Package mail sends letters by SMTP, and catches them: where no mail server is set up,
// as in the demo and in tests, Kontor runs one of its own that delivers nothing and shows
// what would have gone out.
package mail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/work"
)

// What can go wrong with a letter.
var (
	ErrAddress = fault.New(fault.Invalid, "mail.address_malformed", "That is not an e-mail address.")
	ErrRefused = fault.New(fault.Unavailable, "mail.not_sent", "The mail server did not take the letter.").Then("Try again later.")
	ErrInUnit  = errors.New("mail: not inside a unit of work; queue it there and send it after")
)

// Letter is one message to one person.
type Letter struct {
	ID      string // ours, for the message id: sending twice is then visible to the recipient's server
	To      string
	ReplyTo string
	Subject string
	Text    string
	HTML    string // optional
}

// Sender takes letters. It is called outside units of work.
type Sender interface {
	Send(ctx context.Context, l Letter) error
}

// Config of the mail server that takes our letters.
type Config struct {
	Host     string
	Port     int
	User     string
	Password string
	From     string // "Kontor <no-reply@example.com>" or a bare address
	TLS      string // "starttls" (default), "tls" for port 465, "none" for the catch-all beside us
	Timeout  time.Duration
}

// SMTP sends through one server.
type SMTP struct {
	cfg  Config
	opts []gomail.Option
}

var _ Sender = (*SMTP)(nil)

// TenantHeader names the marketplace that a letter comes from.
const TenantHeader = "X-Kontor-Tenant"

// New checks the configuration; it does not connect.
func New(cfg Config) (*SMTP, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = 20 * time.Second
	}
	s := &SMTP{cfg: cfg, opts: []gomail.Option{gomail.WithTimeout(cfg.Timeout)}}
	switch cfg.TLS {
	case "", "starttls":
		s.opts = append(s.opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case "tls":
		s.opts = append(s.opts, gomail.WithSSL())
	case "none":
		s.opts = append(s.opts, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("mail: tls is %q, not starttls, tls or none", cfg.TLS)
	}
	if cfg.Port != 0 {
		s.opts = append(s.opts, gomail.WithPort(cfg.Port))
	}
	if cfg.User != "" {
		s.opts = append(s.opts, gomail.WithUsername(cfg.User), gomail.WithPassword(cfg.Password), gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover))
	}
	if _, err := gomail.NewClient(cfg.Host, s.opts...); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	if err := gomail.NewMsg().From(cfg.From); err != nil {
		return nil, fmt.Errorf("mail: from: %w", err)
	}
	return s, nil
}

// Send implements Sender.
func (s *SMTP) Send(ctx context.Context, l Letter) error {
	if work.Active(ctx) {
		return ErrInUnit
	}
	m, err := s.compose(ctx, l)
	if err != nil {
		return err
	}
	c, err := gomail.NewClient(s.cfg.Host, s.opts...)
	if err != nil {
		return err
	}
	if err := c.DialAndSendWithContext(ctx, m); err != nil {
		return ErrRefused.Because(err)
	}
	return nil
}

func (s *SMTP) compose(ctx context.Context, l Letter) (*gomail.Msg, error) {
	m := gomail.NewMsg()
	if err := m.From(s.cfg.From); err != nil {
		return nil, err
	}
	if err := m.To(l.To); err != nil {
		return nil, ErrAddress.Because(err)
	}
	if l.ReplyTo != "" {
		if err := m.ReplyTo(l.ReplyTo); err != nil {
			return nil, ErrAddress.Because(err)
		}
	}
	m.Subject(oneLine(l.Subject))
	m.SetDate()
	if l.ID != "" {
		m.SetMessageIDWithValue(oneLine(l.ID) + "@" + domain(m))
	} else {
		m.SetMessageID()
	}
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday replies, please
	if c, err := caller.From(ctx); err == nil {
		m.SetGenHeader(TenantHeader, c.Tenant.String())
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	return m, nil
}

// oneLine: a line break in a header would begin another header.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\r' || r == '\n' || r == 0 }), " ")
}

func domain(m *gomail.Msg) string {
	from := m.GetFrom()
	if len(from) == 0 {
		return "localhost"
	}
	_, d, _ := strings.Cut(from[0].Address, "@")
	return d
}
