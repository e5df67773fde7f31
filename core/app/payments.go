package app

import (
	"context"
	"errors"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ledger"
	"github.com/kontorhq/kontor/core/ledger/ledgerdb"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/payments/paymentsdb"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

func (h *House) makeMoney() {
	h.Ledger = ledger.New(ledgerdb.New(), h.DB, h.Gate, h.Now)
	h.Payments = payments.New(payments.Needs{
		Store: paymentsdb.New(h.DB), Unit: h.DB, Gate: h.Gate, Judge: h.Gate, Events: h.Queue, Now: h.Now,
		Orders: ordersForMoney{h}, Claims: claimsFor{h}, Books: h.Ledger, Accounts: accountsFor{h}, Vault: h.Vault, Terms: termsFor{h}, Provider: providerFor{h},
	})
}

type ordersForMoney struct{ *House }

// Order implements payments.Orders.
func (h ordersForMoney) Order(ctx context.Context, oid id.Order) (payments.Order, error) {
	o, err := h.Ordering.ForSystem(ctx, oid, true)
	if errors.Is(err, ordering.ErrNotFound) {
		return payments.Order{}, payments.ErrNotFound // as for an order of somebody else
	}
	if err != nil {
		return payments.Order{}, err
	}
	out := paymentsOrder(o)
	out.OpenToPay = (o.State == ordering.Placed || o.State == ordering.Accepted) && (o.Payment == ordering.PaymentNone || o.Payment == ordering.PaymentPending)
	out.Received = o.Fulfilment == ordering.Received
	out.Ended = o.State == ordering.Declined || o.State == ordering.Cancelled
	if out.Due, err = o.SettledTotal(); err != nil {
		return out, err
	}
	payer, err := h.org(ctx, o.Buyer)
	out.PayerName, out.PayerCountry = payer.Name, payer.Country
	return out, err
}

func (h ordersForMoney) MarkPaymentBegun(ctx context.Context, oid id.Order) error {
	return h.Ordering.MarkPaymentBegun(ctx, oid)
}

func (h ordersForMoney) MarkFunded(ctx context.Context, oid id.Order) error {
	return h.Ordering.MarkFunded(ctx, oid)
}

func (h ordersForMoney) MarkReleased(ctx context.Context, oid id.Order) error {
	return h.Ordering.MarkReleased(ctx, oid)
}

func (h ordersForMoney) MarkRefunded(ctx context.Context, oid id.Order) error {
	return h.Ordering.MarkRefunded(ctx, oid)
}

type claimsFor struct{ *House }

// Open implements payments.Claims.
func (h claimsFor) Open(ctx context.Context, oid id.Order) (int, error) {
	return h.Aftersales.Undecided(ctx, oid)
}

type accountsFor struct{ *House }

// BankAccount implements payments.Accounts.
func (h accountsFor) BankAccount(ctx context.Context, org id.Org) (iban, holder string, err error) {
	return h.Parties.BankAccount(ctx, org)
}

type providerFor struct{ *House }

// Begin implements payments.Provider.
func (h providerFor) Begin(ctx context.Context, key string, a payments.BeginAsk) (payments.Operation, error) {
	op, err := h.Host.Begin(ctx, key, pluginhost.BeginRequest{Order: a.Order, Reference: a.Reference, Amount: a.Amount, PayerID: a.Payer.String(), PayerName: a.PayerName, Country: a.Country})
	return payments.Operation{ID: op.ID, Plugin: op.Plugin, Instructions: op.Instructions}, err
}

// Release implements payments.Provider. The provider keeps the seller's part on his
// account until he asks for a payout, pays the buyer's back and ours to us.
func (h providerFor) Release(ctx context.Context, key, operation string, e payments.Escrow, s payments.Split) error {
	var parts []pluginhost.Split
	for _, p := range []struct {
		party, kind string
		m           money.Money
	}{{e.Seller.String(), "seller", s.ToSeller}, {e.Buyer.String(), "buyer", s.ToBuyer}, {"platform", "commission", s.Commission}} {
		if p.m.Minor > 0 {
			parts = append(parts, pluginhost.Split{Party: p.party, Kind: p.kind, Amount: p.m})
		}
	}
	_, err := h.Host.Release(ctx, key, operation, parts)
	return err
}

// Refund implements payments.Provider.
func (h providerFor) Refund(ctx context.Context, key, operation string, m money.Money, why string) error {
	_, err := h.Host.Refund(ctx, key, operation, m, why)
	return err
}

// Payout implements payments.Provider.
func (h providerFor) Payout(ctx context.Context, key string, a payments.PayoutAsk) (payments.Operation, error) {
	op, err := h.Host.Payout(ctx, key, pluginhost.Payout{Party: a.Party.String(), Amount: a.Amount, IBAN: a.IBAN, AccountName: a.Holder, Reference: a.Reference})
	return payments.Operation{ID: op.ID, Plugin: op.Plugin, Done: op.State == pluginhost.OpReleased || op.State == pluginhost.OpCaptured}, err
}

// Read implements payments.Provider.
func (h providerFor) Read(ctx context.Context, inst id.Installation, hook payments.Hook) ([]payments.Update, error) {
	ups, err := h.Host.ParseWebhook(ctx, inst, pluginhost.Webhook{Headers: hook.Headers, Query: hook.Query, Body: hook.Body, ReceivedAt: h.Now()})
	out := make([]payments.Update, len(ups))
	for i, u := range ups {
		out[i] = payments.Update{Plugin: u.Plugin, Dedupe: u.DedupeID, Operation: u.OperationID, Kind: u.Kind, Captured: u.Captured}
	}
	return out, err
}
