package app

import (
	"context"
	"errors"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/jobs"
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
	jobs.Register(h.Queue, "payments.settle", h.settle)
	jobs.Register(h.Queue, "payments.refund", func(ctx context.Context, a aboutOrder) error { return h.Payments.RefundEnded(ctx, a.Order) })
	jobs.Register(h.Queue, "invoicing.issue", func(ctx context.Context, a aboutOrder) error {
		_, err := h.Invoicing.Issue(ctx, a.Order)
		return err
	})
	for name, task := range map[string]string{
		"ordering.order_received.v1":    "payments.settle",
		"aftersales.claim_accepted.v1":  "payments.settle",
		"aftersales.claim_rejected.v1":  "payments.settle",
		"aftersales.claim_withdrawn.v1": "payments.settle",
		"ordering.order_declined.v1":    "payments.refund",
		"ordering.order_cancelled.v1":   "payments.refund",
		"ordering.order_completed.v1":   "invoicing.issue",
	} {
		h.Queue.Subscribe(name, task, func(ctx context.Context, e event.Recorded) error {
			var oid id.Order
			if err := oid.UnmarshalText([]byte(e.Subject.ID)); err != nil {
				return err
			}
			return h.Queue.Enqueue(ctx, task, aboutOrder{oid, e.Actor}, jobs.Once())
		})
	}
	h.Queue.Every("payments.unfinished", unfinishedEvery, h.Payments.Unfinished)
	h.Queue.Every("sourcing.expire", expireEvery, func(ctx context.Context) error {
		_, err := h.Sourcing.ExpireDue(ctx)
		return err
	})
	h.Queue.Subscribe("*", "page-cache", h.forgetPages)
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

// forgetPages drops what visitors were shown of goods that changed.
func (h *House) forgetPages(ctx context.Context, e event.Recorded) error {
	c, err := caller.From(ctx)
	if err != nil || h.Web == nil {
		return err
	}
	switch e.Subject.Kind {
	case "item", "offer", "category", "catalog":
		h.Web.Cache().Invalidate(c.Tenant)
	case "tenant":
		h.Web.Cache().Invalidate(c.Tenant)
	}
	return nil
}
