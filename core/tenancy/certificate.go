package tenancy

import (
	"context"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
)

// Orders is what orders certificates.
type Orders interface {
	// Retry orders one for an address of the tenant's whose last order failed, without waiting
	// any longer. Limits on orders hold: what they refuse is a fault of its own.
	Retry(ctx context.Context, t id.Tenant, host string) (Certificate, error)
}

// Outcome is what came of an order.
type Outcome string

// The outcomes. An order that is under way is told on the page of addresses when it ends.
const (
	Issued   Outcome = "issued"
	Failed   Outcome = "failed"
	Underway Outcome = "underway"
)

// Certificate is how that of an address does after an order.
type Certificate struct {
	Host       string
	Outcome    Outcome
	Cause      string // why it failed
	ValidUntil time.Time
	RetryAt    time.Time // when it is tried by itself, after a failure
}

// RetryCertificate has the certificate of a proved address ordered now that failed. It asks the
// authority, so it must not run inside a unit of work.
func (s *Service) RetryCertificate(ctx context.Context, which id.HostClaim) (Certificate, error) {
	if err := s.Gate.Allow(ctx, ActionHosts, nil); err != nil {
		return Certificate{}, err
	}
	caller, err := caller.From(ctx)
	if err != nil {
		return Certificate{}, err
	}
	c, err := s.Store.Claim(ctx, which)
	if err != nil {
		return Certificate{}, err
	}
	if c.State != ClaimVerified {
		return Certificate{}, ErrHostUnproven.With("host", c.Host)
	}
	if s.Orders == nil {
		return Certificate{}, ErrNoOrders
	}
	got, err := s.Orders.Retry(ctx, caller.Tenant, c.Host)
	if err != nil {
		return Certificate{}, fmt.Errorf("retry certificate of %s: %w", c.Host, err)
	}
	return got, s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Events.Append(ctx, event.CertificateTried{Claim: c.ID.String(), Host: c.Host, Outcome: string(got.Outcome), Cause: got.Cause})
	})
}
