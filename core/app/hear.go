package app

import (
	"context"
	"errors"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/tenancy"
)

// aboutOrder is the argument of tasks that follow from something that happened to an
// order. By is who did it, as the audit trail names him.
type aboutOrder struct {
	Order id.Order `json:"order"`
	By    string   `json:"by"`
}

// hear lets one context follow from another's news. What asks an outside party is queued
// as a task, for subscribers run inside a transaction.
func (h *House) hear() {
	h.obey()
	jobs.Register(h.Queue, "payments.settle", h.settle)
	jobs.Register(h.Queue, "payments.refund", func(ctx context.Context, a aboutOrder) error { return h.Payments.RefundEnded(ctx, a.Order) })
	jobs.Register(h.Queue, "invoicing.issue", func(ctx context.Context, a aboutOrder) error {
		_, err := h.Invoicing.Issue(ctx, a.Order)
		return err
	})
	jobs.Register(h.Queue, tenancy.TaskRun, h.Tenancy.Work)
	for task, events := range map[string][]string{
		"payments.settle": {
			"ordering.order_received.v1", "aftersales.claim_accepted.v1", "aftersales.claim_rejected.v1", "aftersales.claim_withdrawn.v1",
		},
		"payments.refund": {"ordering.order_declined.v1", "ordering.order_cancelled.v1"},
		"invoicing.issue": {"ordering.order_completed.v1"},
	} {
		h.Queue.Subscribe(task, jobs.Each(func(ctx context.Context, e event.Recorded) error {
			var oid id.Order
			if err := oid.UnmarshalText([]byte(e.Subject.ID)); err != nil {
				return err
			}
			return h.Queue.Enqueue(ctx, task, aboutOrder{oid, e.Actor}) // one per event: what was refused before may go now
		}), events...)
	}
	h.Queue.Every("payments.unfinished", unfinishedEvery, h.Payments.Unfinished)
	h.Queue.Every("sourcing.expire", expireEvery, untilNone(h.Sourcing.ExpireDue))
	h.Queue.Every("inventory.expire", expireEvery, untilNone(h.Inventory.ExpireHolds))
	h.Queue.Every("pricing.floors", expireEvery, untilNone(h.Pricing.RefloorStale))
	h.Queue.Every("fulfilment.resume", unfinishedEvery, func(ctx context.Context) error {
		_, err := h.Fulfilment.Resume(ctx)
		return err
	})
	h.Queue.Every("identity.prune", sweepEvery, func(ctx context.Context) error {
		_, err := h.Identity.Prune(ctx)
		return err
	})
	h.Queue.Every("tenancy.recheck_hosts", sweepEvery, func(ctx context.Context) error {
		_, err := h.Tenancy.RecheckHosts(ctx)
		return err
	})
	h.Queue.Every("sso.recheck", sweepEvery, h.SSO.Recheck)
	h.Queue.Every("parties.seal_accounts", sweepEvery, h.Parties.SealAccounts)
	h.Queue.Every("contact.keep_phones", sweepEvery, h.KeepPhones)
	h.Queue.Every("access.warn", warnEvery, untilNone(h.Access.Warn))
	h.Queue.Every("blob.sweep", sweepEvery, func(ctx context.Context) error {
		_, err := h.Blobs.Sweep(ctx, sweepEvery)
		return err
	})
	h.Queue.Subscribe("freshen", jobs.Each(h.freshen), "catalog.*", "pricing.*", "inventory.*", "tenancy.*", "sourcing.*", "parties.*")
}

// KeepPhones puts telephone numbers that an earlier version left in rows where they belong.
func (h *House) KeepPhones(ctx context.Context) error {
	for _, move := range h.movers {
		if err := move(ctx); err != nil {
			return err
		}
	}
	return nil
}

// settle empties the safe once nothing stands against it. That the goods are not all here,
// a claim is open or somebody else was faster is no failure: the next event asks again.
func (h *House) settle(ctx context.Context, a aboutOrder) error {
	_, err := h.Payments.Settle(ctx, a.Order, a.By)
	for _, fine := range []error{payments.ErrNotFunded, payments.ErrNotReceived, payments.ErrReleaseOpen, payments.ErrNotFound} {
		if errors.Is(err, fine) {
			return nil
		}
	}
	if fault.KindOf(err) == fault.Denied && err != nil {
		h.Log.InfoContext(ctx, "release waits", "order", a.Order, "why", err)
		return nil
	}
	return err
}

// freshen keeps what is derived from the catalogue true, here and in other processes' view:
// price floors follow offers, what is remembered of goods is forgotten, and visitors see
// new pages.
func (h *House) freshen(ctx context.Context, e event.Recorded) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	area, _, _ := strings.Cut(e.Name, ".")
	switch area {
	case "catalog":
		h.Catalog.Forget(c.Tenant)
		h.Shop.Forget(c.Tenant)
		h.Web.Cache().Invalidate(c.Tenant)
	case "pricing", "inventory", "tenancy":
		h.Shop.Forget(c.Tenant)
		h.Web.Cache().Invalidate(c.Tenant)
	case "sourcing", "parties":
		if shownToVisitors[e.Name] {
			h.Web.Cache().Invalidate(c.Tenant)
		}
	}
	return nil
}

// shownToVisitors are the news of requests and companies that visitors' pages tell: the open
// requests on the front page, and who a seller is. Quotes and members are nobody's business,
// and there are many: their events throw no page away.
var shownToVisitors = map[string]bool{
	event.RFQPublished{}.EventName(): true, event.RFQClosed{}.EventName(): true, event.RFQCancelled{}.EventName(): true,
	event.RFQExpired{}.EventName(): true, event.RFQAwarded{}.EventName(): true,
	event.CompanyDecided{}.EventName(): true, event.CompanyUpdated{}.EventName(): true, event.LicenceVerified{}.EventName(): true,
}

// untilNone repeats a job that works in portions.
func untilNone(fn func(context.Context) (int, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			if n, err := fn(ctx); err != nil || n == 0 {
				return err
			}
		}
	}
}
