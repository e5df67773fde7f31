package surfacetest

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/sourcing"
)

// Acting is a context in which a person of the blueprint acts, for what a test needs done
// before it looks at a page.
func Acting(t testing.TB, h *apptest.House, slug, who string) context.Context {
	t.Helper()
	c := h.Client(t, slug, who+"@"+slug+".example")
	tenant, err := h.Tenancy.ByHost(t.Context(), slug+".localhost")
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.Identity.Resolve(t.Context(), tenant.ID, c.Token)
	if err != nil {
		t.Fatal(err)
	}
	return caller.With(context.WithoutCancel(t.Context()), got)
}

// Org is the company that a person acts for.
func Org(t testing.TB, ctx context.Context) id.Org {
	t.Helper()
	c, err := caller.From(ctx)
	if err != nil || c.Org.IsZero() {
		t.Fatalf("no company: %v", err)
	}
	return c.Org
}

// Asked is a request for ten pieces made to measure, published to one seller.
func Asked(t testing.TB, h *apptest.House, buyer context.Context, seller id.Org, title string) sourcing.RFQ {
	t.Helper()
	r, err := h.Sourcing.Draft(buyer, sourcing.DraftInput{
		Title: title, Currency: "CNY", ClosesAt: time.Now().Add(48 * time.Hour), Sellers: []id.Org{seller},
		ShipTo: sourcing.Address{Country: "CN", City: "杭州", Street: "1"}, Lines: []sourcing.LineInput{{Description: "Girder made to drawing 7", Qty: "10", Unit: "H87"}},
	})
	if err == nil {
		r, err = h.Sourcing.Publish(buyer, r.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Ordered is an order that came of a request: ten pieces at a price each.
func Ordered(t testing.TB, h *apptest.House, buyer, seller context.Context, each int) ordering.Order {
	t.Helper()
	r := Asked(t, h, buyer, Org(t, seller), "Girders, "+strconv.Itoa(each))
	q, err := h.Sourcing.SubmitQuote(seller, r.ID, sourcing.QuoteInput{ValidUntil: time.Now().Add(30 * 24 * time.Hour), Lines: []sourcing.QuoteLineInput{{Line: r.Lines[0].ID, Price: strconv.Itoa(each)}}})
	if err == nil {
		_, err = h.Sourcing.Close(buyer, r.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, a, err := h.Sourcing.Award(buyer, r.ID, sourcing.AwardInput{Lines: []sourcing.AwardLineInput{{Line: r.Lines[0].ID, Quote: q.ID}}})
	if err != nil {
		t.Fatal(err)
	}
	o, err := h.Ordering.Order(buyer, a.Lines[0].Order)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Paid pays an accepted order into escrow.
func Paid(t testing.TB, h *apptest.House, buyer context.Context, o id.Order) {
	t.Helper()
	e, err := h.Payments.Pay(buyer, o)
	if err == nil {
		err = h.Sim.Transfer(t.Context(), e.Instructions["reference"], "exact", 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Eventually(t, 15*time.Second, "the money is in escrow", func() bool {
		got, err := h.Ordering.Order(buyer, o)
		return err == nil && got.Payment == ordering.PaymentFunded
	})
}
