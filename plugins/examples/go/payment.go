package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

type bank struct{}

var (
	kinds  = map[string]sdk.OpKind{"escrow": sdk.OpEscrow, "release": sdk.OpRelease, "refund": sdk.OpRefund, "payout": sdk.OpPayout}
	states = map[string]sdk.OpState{"awaiting": sdk.OpRequiresAction, "held": sdk.OpHeld, "released": sdk.OpReleased, "refunded": sdk.OpRefunded, "pending": sdk.OpPending}
)

func operation(d done) sdk.Operation {
	money := func(minor int64) sdk.Money { return sdk.Money{Currency: d.Currency, Minor: minor} }
	state, ok := states[d.State]
	if !ok {
		state = sdk.OpUnknown
	}
	return sdk.Operation{
		OpID: d.ID, Kind: kinds[d.Kind], State: state, Amount: money(d.Amount), Captured: money(d.Captured), Refunded: money(d.Refunded), UpstreamRef: d.Reference,
		Next: sdk.NextAction{Kind: sdk.NextShowIBAN, Fields: map[string]string{"reference": d.Reference}},
	}
}

// Begin opens an account for the order. The key goes to the bank, which does a thing once.
func (bank) Begin(ctx context.Context, req sdk.BeginRequest) (sdk.Operation, error) {
	if req.Amount.Minor <= 0 {
		return sdk.Operation{}, sdk.Refuse("amount_not_positive", "")
	}
	d, err := ask(ctx, req.Call, http.MethodPost, "/v1/escrows", map[string]any{"amount": req.Amount.Minor, "currency": req.Amount.Currency})
	return operation(d), err
}

// Operation finds one again.
func (bank) Operation(ctx context.Context, req sdk.OperationRequest) (sdk.Operation, error) {
	d, err := find(ctx, req.Call, req.OpID, req.Key)
	return operation(d), err
}

// ReleaseEscrow gives what is held to those who are named. The bank checks the sum.
func (bank) ReleaseEscrow(ctx context.Context, req sdk.ReleaseRequest) (sdk.Operation, error) {
	amounts, currency := []int64{}, ""
	for _, s := range req.Splits {
		if s.Amount.Minor < 0 || currency != "" && s.Amount.Currency != currency {
			return sdk.Operation{}, sdk.Refuse("split_invalid", s.Party)
		}
		amounts, currency = append(amounts, s.Amount.Minor), s.Amount.Currency
	}
	d, err := ask(ctx, req.Call, http.MethodPost, "/v1/escrows/"+url.PathEscape(req.OpID)+"/release", map[string]any{"amounts": amounts, "currency": currency})
	return operation(d), err
}

// RefundEscrow gives some of it back.
func (bank) RefundEscrow(ctx context.Context, req sdk.RefundRequest) (sdk.Operation, error) {
	d, err := ask(ctx, req.Call, http.MethodPost, "/v1/escrows/"+url.PathEscape(req.OpID)+"/refund", map[string]any{"amount": req.Amount.Minor, "currency": req.Amount.Currency})
	return operation(d), err
}

// Payout sends part of a balance to a bank account.
func (bank) Payout(ctx context.Context, req sdk.PayoutRequest) (sdk.Operation, error) {
	d, err := ask(ctx, req.Call, http.MethodPost, "/v1/payouts", map[string]any{"amount": req.Amount.Minor, "currency": req.Amount.Currency, "party": req.Party, "iban": req.IBAN})
	return operation(d), err
}

// ParseWebhook checks the signature over the bytes before it reads any of them.
func (bank) ParseWebhook(_ context.Context, req sdk.WebhookRequest) (sdk.WebhookReply, error) {
	s, err := settingsOf(req.Call)
	if err != nil {
		return sdk.WebhookReply{}, err
	}
	id, at := req.Headers["till-id"], req.Headers["till-time"]
	m := hmac.New(sha256.New, []byte(s.HookSecret))
	m.Write([]byte(strings.Join([]string{id, at, string(req.Body)}, ".")))
	want := base64.StdEncoding.EncodeToString(m.Sum(nil))
	if s.HookSecret == "" || id == "" || !hmac.Equal([]byte(want), []byte(req.Headers["till-signature"])) {
		return sdk.WebhookReply{}, sdk.Refuse(sdk.ReasonBadSignature, "")
	}
	var d done
	if err := json.Unmarshal(req.Body, &d); err != nil {
		return sdk.WebhookReply{}, sdk.UpstreamRefused("outside_unreadable", err.Error())
	}
	op := operation(d)
	return sdk.WebhookReply{Updates: []sdk.PaymentUpdate{{
		DedupeID: id, OpID: op.OpID, Kind: sdk.TransferReceived, State: op.State, Amount: op.Captured, Captured: op.Captured, At: d.At.Truncate(time.Second), UpstreamRef: d.Reference,
	}}}, nil
}
