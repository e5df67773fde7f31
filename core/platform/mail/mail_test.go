package mail_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/mail"
	"github.com/kontorhq/kontor/core/work"
)

func catchAll(t *testing.T) (*mail.CatchAll, *mail.SMTP) {
	t.Helper()
	c, err := mail.Catch("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	s, err := c.Sender("Stahlmarkt <no-reply@steel.example>")
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

func TestALetterArrivesInBothBodiesUnderItsTenant(t *testing.T) {
	t.Parallel()
	c, s := catchAll(t)
	tenant := id.Tenant{}.New()
	ctx, cancel := context.WithTimeout(caller.AsSystem(t.Context(), tenant, "test"), 10*time.Second)
	defer cancel()
	err := s.Send(ctx, mail.Letter{ID: "m-1", To: "li@buyer.example", Subject: "您的订单 PO-7 已接受", Text: "第一行\n第二行", HTML: "<p>第一行</p>"})
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.Wait(ctx, tenant, "Li@Buyer.example")
	if err != nil {
		t.Fatal(err)
	}
	if l.Subject != "您的订单 PO-7 已接受" || strings.TrimSpace(l.Text) != "第一行\n第二行" || !strings.Contains(l.HTML, "<p>第一行</p>") || l.From != "no-reply@steel.example" {
		t.Fatalf("got %+v", l)
	}
	if !strings.Contains(string(l.Raw), "<m-1@steel.example>") {
		t.Fatal("the message id is not ours")
	}
	if other := c.Letters(id.Tenant{}.New(), ""); other != nil {
		t.Fatalf("another marketplace sees %v", other)
	}
	if other := c.Letters(tenant, "somebody@else.example"); other != nil {
		t.Fatalf("another person sees %v", other)
	}
}

func TestALineBreakInASubjectDoesNotBecomeAHeader(t *testing.T) {
	t.Parallel()
	c, s := catchAll(t)
	tenant := id.Tenant{}.New()
	ctx, cancel := context.WithTimeout(caller.AsSystem(t.Context(), tenant, "test"), 10*time.Second)
	defer cancel()
	if err := s.Send(ctx, mail.Letter{To: "a@b.example", Subject: "hello\r\nBcc: victim@example.com", Text: "x"}); err != nil {
		t.Fatal(err)
	}
	l, err := c.Wait(ctx, tenant, "")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(l.Raw), "\nBcc:") || len(l.To) != 1 {
		t.Fatalf("got %s", l.Raw)
	}
}

func TestWrongAddressesAndDeadServersAreTold(t *testing.T) {
	t.Parallel()
	c, s := catchAll(t)
	for _, to := range []string{"", "nobody", "a@b.example\r\nX: y", "a@b.example, c@d.example"} {
		if err := s.Send(t.Context(), mail.Letter{To: to, Subject: "x", Text: "x"}); !errors.Is(err, mail.ErrAddress) {
			t.Errorf("%q: got %v", to, err)
		}
	}
	_ = c.Close()
	if err := s.Send(t.Context(), mail.Letter{To: "a@b.example", Subject: "x", Text: "x"}); !errors.Is(err, mail.ErrRefused) {
		t.Errorf("a dead server: got %v", err)
	}
	if err := s.Send(work.Mark(t.Context()), mail.Letter{To: "a@b.example"}); !errors.Is(err, mail.ErrInUnit) {
		t.Errorf("inside a unit: got %v", err)
	}
}
