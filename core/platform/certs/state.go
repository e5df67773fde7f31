package certs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// State is how the certificate of an address does; the zero value is that there is none yet.
type State struct {
	Host       string
	ValidUntil time.Time
	Failures   int
	Cause      string // one of the Cause…, while it fails
	RetryAt    time.Time
}

// Word is the state in one word: none, valid, expired or failing.
func (s State) Word(now time.Time) string {
	switch {
	case s.Failures > 0:
		return "failing"
	case s.ValidUntil.IsZero():
		return "none"
	case now.After(s.ValidUntil):
		return "expired"
	}
	return "valid"
}

// States are those of some addresses, by host; one that nobody asked for yet is not there.
func (m *Manager) States(ctx context.Context, hosts []string) (map[string]State, error) {
	out := map[string]State{}
	err := m.cfg.DB.Global(ctx, func(rows pgx.Rows) error {
		var s State
		_, err := pgx.ForEachRow(rows, []any{&s.Host, &s.ValidUntil, &s.Failures, &s.Cause, &s.RetryAt}, func() error {
			if s.ValidUntil.Unix() == 0 {
				s.ValidUntil = time.Time{}
			}
			out[s.Host] = s
			return nil
		})
		return err
	}, `SELECT host, coalesce(valid_until, 'epoch'), failures, cause, coalesce(retry_at, 'epoch') FROM certs_hosts WHERE host = ANY ($1)`, hosts)
	return out, err
}

// Totals are how all of them do.
type Totals struct {
	Valid, Failing int
	Soonest        time.Time // when the first valid one ends; zero if there is none
}

// Totals counts the certificates of all addresses.
func (m *Manager) Totals(ctx context.Context) (t Totals, err error) {
	err = m.cfg.DB.Global(ctx, func(rows pgx.Rows) error {
		t, err = pgx.CollectExactlyOneRow(rows, func(r pgx.CollectableRow) (t Totals, err error) {
			var soonest *time.Time
			err = r.Scan(&t.Valid, &t.Failing, &soonest)
			if soonest != nil {
				t.Soonest = soonest.UTC()
			}
			return t, err
		})
		return err
	}, `SELECT count(*) FILTER (WHERE valid_until > $1), count(*) FILTER (WHERE failures > 0), min(valid_until) FILTER (WHERE valid_until > $1) FROM certs_hosts`, m.cfg.Now())
	return t, err
}
