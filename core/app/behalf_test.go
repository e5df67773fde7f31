package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/parties"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

// as is a context in which somebody of the steel market acts.
func as(t *testing.T, h *apptest.House, c *apptest.Client) (context.Context, caller.Caller) {
	t.Helper()
	got, err := h.Identity.Resolve(t.Context(), tenantID(t, h, "steel"), c.Token)
	if err != nil {
		t.Fatal(err)
	}
	return caller.With(t.Context(), got), got
}

// An order that a seller's representative places for a company carries both, in the order
// and in the record; with the consent he is out at once.
func TestAnOrderOnBehalfCarriesBothAndEndsWithTheConsent(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	rep, boss := h.Client(t, "steel", "seller2@steel.example"), h.Client(t, "steel", "buyer2@steel.example")
	repCtx, repIs := as(t, h, rep)
	bossCtx, bossIs := as(t, h, boss)
	r, err := h.Parties.Represent(repCtx, parties.RepresentInput{Person: repIs.Person, Account: bossIs.Org})
	if err != nil {
		t.Fatal(err)
	}
	limit := money.Of(100_000_000, "CNY")
	if _, err := h.Parties.Consent(bossCtx, parties.ConsentInput{Representation: r.ID, Scope: []string{parties.ScopeOrder}, Until: time.Now().AddDate(0, 0, 3), Limit: &limit}); err != nil {
		t.Fatal(err)
	}
	in, err := h.Identity.SwitchOrg(repCtx, bossIs.Org)
	if err != nil {
		t.Fatal(err)
	}
	agent := h.WithToken(t, "steel", in.Token)
	item := itemBySKU(t, agent, "HW200x200x8x12-Q355B-12")
	offer := seller(t, item, "Huheng", "TNE")
	order := buy(t, agent, "Hangzhou", "CN", map[*kontor.CatalogOfferView]string{&offer: "3"}).Orders[0]
	var consent, placedBy, buyer, signed string
	err = h.DB.Ops(t).QueryRow(t.Context(), `SELECT o.consent_id::text, o.placed_by::text, o.buyer_id::text, a.actor_name FROM ordering_orders o
		JOIN audit_entries a ON a.tenant_id = o.tenant_id AND a.object_id = o.id::text AND a.action LIKE 'ordering.order_placed%' WHERE o.id = $1`, order.Id).Scan(&consent, &placedBy, &buyer, &signed)
	if err != nil || consent != r.ID.String() || placedBy != repIs.Person.String() || buyer != bossIs.Org.String() || !strings.HasPrefix(signed, "seller2@steel.example on behalf of "+buyer+" by consent "+consent) {
		t.Errorf("%s %s %s %q %v", consent, placedBy, buyer, signed, err)
	}
	if _, err := h.Parties.EndRepresentation(bossCtx, r.ID); err != nil {
		t.Fatal(err)
	}
	cart, err := agent.GetCartWithResponse(t.Context())
	if err != nil || cart.StatusCode() != 403 {
		t.Errorf("with the consent gone: %d %v", cart.StatusCode(), err)
	}
}
