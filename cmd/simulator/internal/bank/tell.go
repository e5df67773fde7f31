package bank

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/kontorhq/kontor/cmd/simulator/internal/party"
)

// delivery is a message on its way.
type delivery struct {
	ID       string          `json:"id"`
	Client   string          `json:"client"`
	URL      string          `json:"url"`
	Body     json.RawMessage `json:"body"`
	Attempts int             `json:"attempts"`
	NextAt   time.Time       `json:"next_at"`
}

// maxAttempts with the pauses of pause() is about a day.
const maxAttempts = 30

// tell queues a message about m; it leaves with the same save as the change itself.
func (b *Bank) tell(m *Movement, kind string, amount int64, ref string) {
	if m.NotifyURL == "" {
		return
	}
	client := m.Client
	if client == "" { // a movement that once() has not finished yet belongs to its parent's client
		client = b.books.Movements[m.Parent].Client
	}
	body, err := json.Marshal(map[string]any{
		"type": kind, "timestamp": b.now(),
		"data": map[string]any{"movement": m, "amount_minor": amount, "ref": ref},
	})
	if err != nil {
		slog.Error("message", "kind", kind, "error", err)
		return
	}
	b.books.Outgoing = append(b.books.Outgoing, &delivery{ID: newID("evt"), Client: client, URL: m.NotifyURL, Body: body, NextAt: b.now()})
}

// Run settles payouts and delivers messages until ctx ends.
func (b *Bank) Run(ctx context.Context) {
	for {
		next := b.settleDue(b.now())
		if at := b.deliverDue(ctx); !at.IsZero() {
			next = earlier(next, at)
		}
		wait := time.Hour
		if !next.IsZero() {
			wait = max(next.Sub(b.now()), 10*time.Millisecond)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-b.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

func (b *Bank) deliverDue(ctx context.Context) (next time.Time) {
	for ctx.Err() == nil {
		b.mu.Lock()
		var d *delivery
		next = time.Time{}
		for _, o := range b.books.Outgoing {
			if !o.NextAt.After(b.now()) {
				d = o
				break
			}
			next = earlier(next, o.NextAt)
		}
		b.mu.Unlock()
		if d == nil {
			return next
		}
		b.deliver(ctx, d)
	}
	return next
}

// deliver tries once. What fails stays in the books, so that a kill forgets nothing and a
// receiver may hear a message twice.
func (b *Bank) deliver(ctx context.Context, d *delivery) {
	err := post(ctx, d, b.now())
	b.change(func() error { //nolint:errcheck
		d.Attempts++
		if err != nil && d.Attempts < maxAttempts {
			d.NextAt = b.now().Add(pause(d.Attempts))
			slog.Info("webhook not taken", "id", d.ID, "attempt", d.Attempts, "error", err)
			return nil
		}
		for i, o := range b.books.Outgoing {
			if o == d {
				b.books.Outgoing = append(b.books.Outgoing[:i:i], b.books.Outgoing[i+1:]...)
				break
			}
		}
		return nil
	})
}

func pause(attempt int) time.Duration {
	return min(250*time.Millisecond<<min(attempt, 14), time.Hour)
}

// local reaches names under localhost without asking anybody where they are.
var local = &http.Client{
	Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(addr); err == nil && strings.HasSuffix(host, "localhost") {
			addr = net.JoinHostPort("127.0.0.1", port)
		}
		return (&net.Dialer{Timeout: 3 * time.Second}).DialContext(ctx, network, addr)
	}},
}

func post(ctx context.Context, d *delivery, now time.Time) error {
	key := party.KeysFor(d.Client, "").WebhookSecret
	hook, err := standardwebhooks.NewWebhook(key)
	if err != nil {
		return err
	}
	sig, err := hook.Sign(d.ID, now, d.Body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("webhook-id", d.ID)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("webhook-signature", sig)
	resp, err := local.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16)) //nolint:errcheck
	if resp.StatusCode >= 300 {
		return &Refusal{resp.StatusCode, "receiver_refused", resp.Status}
	}
	return nil
}
