package main

import (
	"context"
	"net/http"
	"net/url"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// provider is the bank, as the host sees it. It keeps nothing of its own: the bank knows
// every key, so a plugin that was killed has lost nothing.
type provider struct{ http func(sdk.Call) doer }

type openEscrow struct {
	Reference string `json:"reference"`
	Amount    int64  `json:"amount_minor"`
	Currency  string `json:"currency"`
	Payer     string `json:"payer"`
	Country   string `json:"country"`
	NotifyURL string `json:"notify_url"`
	HoldDays  int    `json:"hold_days,omitempty"`
}

// Begin opens a virtual account for the order and says where to transfer the money to.
func (p provider) Begin(ctx context.Context, req sdk.BeginRequest) (sdk.Operation, error) {
	s, err := settingsOf(req.Call)
	switch {
	case err != nil:
		return sdk.Operation{}, err
	case req.Amount.Minor <= 0:
		return sdk.Operation{}, sdk.Refuse("amount_not_positive", "")
	case s.Currency != "" && s.Currency != req.Amount.Currency:
		return sdk.Operation{}, sdk.Refuse("currency_not_taken", req.Amount.Currency)
	}
	reference := req.Fields["reference"]
	if reference == "" {
		reference = req.Order.ID
	}
	m, err := p.ask(ctx, req.Call, http.MethodPost, "/bank/v1/escrows", openEscrow{
		reference, req.Amount.Minor, req.Amount.Currency,
		req.Payer.Name, req.Payer.Country, req.NotifyURL, s.HoldDays,
	})
	return m.operation(), err
}

// Operation finds a movement by its id, or by the key of a request whose answer was lost.
func (p provider) Operation(ctx context.Context, req sdk.OperationRequest) (sdk.Operation, error) {
	path := "/bank/v1/movements/" + url.PathEscape(req.OpID)
	if req.OpID == "" {
		path = "/bank/v1/movements?key=" + url.QueryEscape(req.Key)
	}
	m, err := p.ask(ctx, req.Call, http.MethodGet, path, nil)
	return m.operation(), err
}

type part struct {
	Party  string `json:"party"`
	Kind   string `json:"kind"`
	Amount int64  `json:"amount_minor"`
}

// ReleaseEscrow gives what is held to seller and platform. The bank refuses splits that do
// not add up to it; the sum is asked for here too, because currencies are ours to compare.
func (p provider) ReleaseEscrow(ctx context.Context, req sdk.ReleaseRequest) (sdk.Operation, error) {
	if len(req.Splits) == 0 {
		return sdk.Operation{}, sdk.Refuse("splits_missing", "")
	}
	in := struct {
		Currency string `json:"currency"`
		Splits   []part `json:"splits"`
	}{Currency: req.Splits[0].Amount.Currency}
	for _, s := range req.Splits {
		if s.Amount.Minor < 0 || s.Amount.Currency != in.Currency || s.Party == "" {
			return sdk.Operation{}, sdk.Refuse("split_invalid", s.Party)
		}
		in.Splits = append(in.Splits, part{s.Party, s.Kind, s.Amount.Minor})
	}
	m, err := p.ask(ctx, req.Call, http.MethodPost, "/bank/v1/escrows/"+url.PathEscape(req.OpID)+"/release", in)
	return m.operation(), err
}

// RefundEscrow gives part or all of what is held back to whoever transferred it.
func (p provider) RefundEscrow(ctx context.Context, req sdk.RefundRequest) (sdk.Operation, error) {
	if req.Amount.Minor <= 0 {
		return sdk.Operation{}, sdk.Refuse("amount_not_positive", "")
	}
	m, err := p.ask(ctx, req.Call, http.MethodPost, "/bank/v1/escrows/"+url.PathEscape(req.OpID)+"/refund", map[string]any{
		"amount_minor": req.Amount.Minor, "currency": req.Amount.Currency, "reason": req.Reason,
	})
	return m.operation(), err
}

// Payout sends part of a party's balance to its bank account.
func (p provider) Payout(ctx context.Context, req sdk.PayoutRequest) (sdk.Operation, error) {
	if req.Amount.Minor <= 0 {
		return sdk.Operation{}, sdk.Refuse("amount_not_positive", "")
	}
	m, err := p.ask(ctx, req.Call, http.MethodPost, "/bank/v1/payouts", map[string]any{
		"party": req.Party, "amount_minor": req.Amount.Minor, "currency": req.Amount.Currency,
		"iban": req.IBAN, "account_name": req.AccountName, "reference": req.Reference,
	})
	return m.operation(), err
}
