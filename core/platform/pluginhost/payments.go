package pluginhost

import (
	"context"
	"fmt"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/work"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// payments moves money through the tenant's payment plugin.
type payments struct{ host *Host }

func (s payments) route(ctx context.Context) (route, error) {
	if work.Active(ctx) {
		return route{}, ErrInUnit
	}
	who, err := caller.From(ctx)
	if err != nil {
		return route{}, err
	}
	routes := s.host.book.routes(who.Tenant, sdk.CapPayment)
	if len(routes) == 0 {
		return route{}, ErrNotInstalled
	}
	return routes[0], nil
}

// moves is an effect of the payment capability: do it, and check what comes back.
func moves[Q any](s payments, name string, do func(context.Context, *sdk.Client, sdk.Call, Q) (sdk.Operation, error), right func(Q, Operation) error) action[Q, Operation] {
	act := action[Q, Operation]{rpc: rpc{"payment." + name, "payment", s.host.time.Effect, false}, find: s.find}
	act.do = func(ctx context.Context, r route, c *sdk.Client, call sdk.Call, q Q) (Operation, error) {
		got, err := do(ctx, c, call, q)
		if err != nil {
			return Operation{}, err
		}
		op, err := operationFrom(r.proc.manifest.ID, got)
		if err != nil {
			return Operation{}, err
		}
		return op, right(q, op)
	}
	return act
}

func (s payments) find(ctx context.Context, r route, c *sdk.Client, call sdk.Call, key string) (Operation, error) {
	got, err := c.Operation(ctx, sdk.OperationRequest{Call: call, Key: key})
	if err != nil {
		return Operation{}, err
	}
	return operationFrom(r.proc.manifest.ID, got)
}

// lookup is an effect that is only asked after.
func (s payments) lookup(name string) action[struct{}, Operation] {
	return action[struct{}, Operation]{rpc: rpc{name, "payment", s.host.time.Effect, false}, find: s.find}
}

func amounts(want money.Money, got Operation) error {
	if got.Amount != want {
		return fmt.Errorf("%w: %v where %v was asked", errReply, got.Amount, want)
	}
	return nil
}

// Begin implements Payer.
func (s payments) Begin(ctx context.Context, key string, req BeginRequest) (Operation, error) {
	r, err := s.route(ctx)
	if err != nil {
		return Operation{}, err
	}
	if req.NotifyURL == "" && s.host.cfg.NotifyURL != nil {
		req.NotifyURL = s.host.cfg.NotifyURL(r.inst.Tenant, r.inst.ID)
	}
	act := moves(s, "Begin", func(ctx context.Context, c *sdk.Client, call sdk.Call, q BeginRequest) (sdk.Operation, error) {
		return c.Begin(ctx, sdk.BeginRequest{
			Call: call, Order: sdk.Ref{Kind: "order", ID: q.Order.String()}, Amount: moneyTo(q.Amount), Method: "escrow_transfer",
			Payer: sdk.Party{ID: q.PayerID, Name: q.PayerName, Country: q.Country}, Fields: map[string]string{"reference": q.Reference}, NotifyURL: q.NotifyURL,
		})
	}, func(q BeginRequest, op Operation) error { return amounts(q.Amount, op) })
	return effect(ctx, s.host, r, act, key, req)
}

// release is what is remembered of a Release.
type release struct {
	Operation string  `json:"operation"`
	Splits    []Split `json:"splits"`
}

// Release implements Payer.
func (s payments) Release(ctx context.Context, key, operationID string, splits []Split) (Operation, error) {
	r, err := s.route(ctx)
	if err != nil {
		return Operation{}, err
	}
	act := moves(s, "ReleaseEscrow", func(ctx context.Context, c *sdk.Client, call sdk.Call, q release) (sdk.Operation, error) {
		req := sdk.ReleaseRequest{Call: call, OpID: q.Operation}
		for _, p := range q.Splits {
			req.Splits = append(req.Splits, sdk.Split{Party: p.Party, Kind: p.Kind, Amount: moneyTo(p.Amount)})
		}
		return c.ReleaseEscrow(ctx, req)
	}, func(q release, op Operation) error {
		total := money.Zero(op.Amount.Currency)
		for _, p := range q.Splits {
			var err error
			if total, err = total.Add(p.Amount); err != nil {
				return fmt.Errorf("%w: %w", errReply, err)
			}
		}
		return amounts(total, op)
	})
	return effect(ctx, s.host, r, act, key, release{operationID, splits})
}

type refund struct {
	Operation string      `json:"operation"`
	Amount    money.Money `json:"amount"`
	Reason    string      `json:"reason"`
}

// Refund implements Payer.
func (s payments) Refund(ctx context.Context, key, operationID string, amount money.Money, reason string) (Operation, error) {
	r, err := s.route(ctx)
	if err != nil {
		return Operation{}, err
	}
	act := moves(s, "RefundEscrow", func(ctx context.Context, c *sdk.Client, call sdk.Call, q refund) (sdk.Operation, error) {
		return c.RefundEscrow(ctx, sdk.RefundRequest{Call: call, OpID: q.Operation, Amount: moneyTo(q.Amount), Reason: q.Reason})
	}, func(q refund, op Operation) error { return amounts(q.Amount, op) })
	return effect(ctx, s.host, r, act, key, refund{operationID, amount, reason})
}

// Payout implements Payer.
func (s payments) Payout(ctx context.Context, key string, req Payout) (Operation, error) {
	r, err := s.route(ctx)
	if err != nil {
		return Operation{}, err
	}
	act := moves(s, "Payout", func(ctx context.Context, c *sdk.Client, call sdk.Call, q Payout) (sdk.Operation, error) {
		return c.Payout(ctx, sdk.PayoutRequest{Call: call, Party: q.Party, Amount: moneyTo(q.Amount), IBAN: q.IBAN, AccountName: q.AccountName, Reference: q.Reference})
	}, func(q Payout, op Operation) error { return amounts(q.Amount, op) })
	return effect(ctx, s.host, r, act, key, req)
}

// Get implements Payer: how an operation stands now, by the provider.
func (s payments) Get(ctx context.Context, operationID string) (Operation, error) {
	r, err := s.route(ctx)
	if err != nil {
		return Operation{}, err
	}
	spec := rpc{"payment.GetOperation", "payment?", s.host.time.Read, true}
	return ask(ctx, r, spec, "", func(ctx context.Context, c *sdk.Client, call sdk.Call) (Operation, error) {
		return contract(r, func() (Operation, error) {
			got, err := c.Operation(ctx, sdk.OperationRequest{Call: call, OpID: operationID})
			if err != nil {
				return Operation{}, err
			}
			return operationFrom(r.proc.manifest.ID, got)
		})
	})
}

// ParseWebhook implements Payer. The message is not yet trusted, and neither is the address
// it came to: the installation only says which plugin and which secret to try.
func (s payments) ParseWebhook(ctx context.Context, installation id.Installation, hook Webhook) ([]PaymentUpdate, error) {
	in, ok := s.host.book.byInstallation(installation)
	tenant, err := tenantOf(ctx)
	if err != nil {
		return nil, err
	}
	p := s.host.fleet.of(in.berth())
	if !ok || p == nil || !in.Enabled || in.Tenant != tenant {
		return nil, ErrNotInstalled
	}
	headers := make(map[string]string, len(hook.Headers))
	for k, v := range hook.Headers {
		headers[strings.ToLower(k)] = v
	}
	at := hook.ReceivedAt
	if at.IsZero() {
		at = s.host.now()
	}
	r := route{proc: p, inst: in}
	spec := rpc{"payment.ParseWebhook", "webhook", s.host.time.Read, true}
	return ask(ctx, r, spec, "", func(ctx context.Context, c *sdk.Client, call sdk.Call) ([]PaymentUpdate, error) {
		reply, err := c.ParseWebhook(ctx, sdk.WebhookRequest{Call: call, Headers: headers, Body: hook.Body, Query: hook.Query, ReceivedAt: at})
		if err != nil {
			return nil, err
		}
		return contract(r, func() ([]PaymentUpdate, error) {
			out, err := updatesFrom(reply.Updates)
			for i := range out {
				out[i].Plugin = in.Plugin
			}
			return out, err
		})
	})
}

// InstallationFor is the payment installation of the caller's tenant: what the address for
// the provider's messages is made of.
func (h *Host) InstallationFor(ctx context.Context) (id.Installation, error) {
	tenant, err := tenantOf(ctx)
	if err != nil {
		return id.Installation{}, err
	}
	routes := h.book.routes(tenant, sdk.CapPayment)
	if len(routes) == 0 {
		return id.Installation{}, ErrNotInstalled
	}
	return routes[0].inst.ID, nil
}

// TenantOf says whose installation an address names; webhooks come without a caller.
func (h *Host) TenantOf(installation id.Installation) (id.Tenant, bool) {
	in, ok := h.book.byInstallation(installation)
	return in.Tenant, ok && in.Enabled
}
