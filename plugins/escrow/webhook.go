package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// message is what the bank tells.
type message struct {
	Type string    `json:"type"`
	At   time.Time `json:"timestamp"`
	Data struct {
		Movement movement `json:"movement"`
		Amount   int64    `json:"amount_minor"` // of this event alone
		Ref      string   `json:"ref"`
	} `json:"data"`
}

var updates = map[string]string{
	"transfer.received": sdk.TransferReceived, "escrow.released": sdk.Released, "escrow.refunded": sdk.Refunded,
	"payout.paid": sdk.PaidOut, "payout.failed": sdk.PaymentFailed,
}

// ParseWebhook checks the signature over the raw bytes, and the age of the message, before
// it looks inside. Messages of kinds we do not know are not ours to refuse.
func (p provider) ParseWebhook(_ context.Context, req sdk.WebhookRequest) (sdk.WebhookReply, error) {
	s, err := settingsOf(req.Call)
	if err != nil {
		return sdk.WebhookReply{}, err
	}
	if s.WebhookSecret == "" {
		return sdk.WebhookReply{}, &sdk.Error{Reason: "bank_not_configured", Blame: sdk.Host, Detail: "webhook_secret is missing"}
	}
	hook, err := standardwebhooks.NewWebhook(s.WebhookSecret)
	if err != nil {
		return sdk.WebhookReply{}, &sdk.Error{Reason: "webhook_secret_invalid", Blame: sdk.Host, Detail: err.Error()}
	}
	headers := http.Header{}
	for k, v := range req.Headers {
		headers.Set(k, v)
	}
	if err := hook.Verify(req.Body, headers); err != nil {
		return sdk.WebhookReply{}, sdk.Refuse(sdk.ReasonBadSignature, err.Error())
	}
	var m message
	if err := json.Unmarshal(req.Body, &m); err != nil {
		return sdk.WebhookReply{}, sdk.UpstreamRefused("bank_unreadable", err.Error())
	}
	kind, ok := updates[m.Type]
	if !ok {
		return sdk.WebhookReply{}, nil
	}
	op := m.Data.Movement.operation()
	return sdk.WebhookReply{Updates: []sdk.PaymentUpdate{{
		DedupeID: headers.Get("webhook-id"), OpID: op.OpID, Kind: kind, State: op.State,
		Amount: sdk.Money{Currency: op.Amount.Currency, Minor: m.Data.Amount}, Captured: op.Captured, At: m.At, UpstreamRef: m.Data.Ref,
	}}}, nil
}
