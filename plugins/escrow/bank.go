package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// movement is the bank's own word for anything it does: an escrow, a release, a refund or
// a payout.
type movement struct {
	ID           string            `json:"id"`
	Kind         string            `json:"kind"`
	State        string            `json:"state"`
	Currency     string            `json:"currency"`
	Amount       int64             `json:"amount_minor"`
	Captured     int64             `json:"captured_minor"`
	Refunded     int64             `json:"refunded_minor"`
	Reference    string            `json:"reference"`
	Instructions map[string]string `json:"instructions"`
	ExpiresAt    time.Time         `json:"expires_at"`
}

var kinds = map[string]sdk.OpKind{"escrow": sdk.OpEscrow, "release": sdk.OpRelease, "refund": sdk.OpRefund, "payout": sdk.OpPayout}

var states = map[string]sdk.OpState{
	"pending": sdk.OpPending, "awaiting_transfer": sdk.OpRequiresAction, "held": sdk.OpHeld, "released": sdk.OpReleased,
	"refunded": sdk.OpRefunded, "paid": sdk.OpCaptured, "failed": sdk.OpFailed, "closed": sdk.OpVoided,
}

func stateOf(s string) sdk.OpState {
	if st, ok := states[s]; ok {
		return st
	}
	return sdk.OpUnknown
}

func (m movement) operation() sdk.Operation {
	money := func(minor int64) sdk.Money { return sdk.Money{Currency: m.Currency, Minor: minor} }
	op := sdk.Operation{
		OpID: m.ID, Kind: kinds[m.Kind], State: stateOf(m.State), Amount: money(m.Amount), Captured: money(m.Captured),
		Refunded: money(m.Refunded), UpstreamRef: m.Reference, ExpiresAt: m.ExpiresAt, Next: sdk.NextAction{Kind: sdk.NextNone},
	}
	if len(m.Instructions) > 0 {
		op.Next = sdk.NextAction{Kind: sdk.NextShowIBAN, Fields: m.Instructions}
	}
	return op
}

type doer interface {
	Do(*http.Request) (*http.Response, error)
}

// through asks by way of the host, which puts the key in. It waits a little less than the
// host does, so that the answer is ours to word.
func through(c sdk.Call) doer {
	h := c.HTTP()
	h.Timeout = 14 * time.Second
	return h
}

const maxAnswer = 1 << 20

// ask sends one request. Anything but a clear yes or no leaves the outcome open, and the
// host asks again with the same key.
func (p provider) ask(ctx context.Context, call sdk.Call, method, path string, in any) (movement, error) {
	s, err := settingsOf(call)
	if err != nil {
		return movement{}, err
	}
	if s.BankURL == "" {
		return movement{}, &sdk.Error{Reason: "bank_not_configured", Blame: sdk.Host, Detail: "bank_url is missing"}
	}
	var body []byte
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return movement{}, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.BankURL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return movement{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if s.APIKey != "" { // known only where no host puts it in
		req.Header.Set("Authorization", "Bearer "+s.APIKey)
	}
	if call.Key != "" {
		req.Header.Set("Idempotency-Key", call.Key)
	}
	resp, err := p.http(call).Do(req)
	if err != nil {
		return movement{}, sdk.NoAnswer("bank_silent", err)
	}
	defer resp.Body.Close()
	return read(resp)
}

func read(resp *http.Response) (movement, error) {
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return movement{}, sdk.UpstreamDown("bank_cut_off", err.Error())
	}
	var refusal struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}
	switch {
	case resp.StatusCode < 300:
		var m movement
		if err := json.Unmarshal(b, &m); err != nil || m.ID == "" {
			return movement{}, sdk.UpstreamDown("bank_unreadable", "no movement in the answer")
		}
		return m, nil
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests:
		return movement{}, sdk.UpstreamDown("bank_down", resp.Status)
	}
	_ = json.Unmarshal(b, &refusal) // a refusal without words is still one
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return movement{}, sdk.Refuse(sdk.ReasonNotFound, refusal.Detail)
	case refusal.Code == sdk.ReasonKeyReused:
		return movement{}, sdk.Refuse(sdk.ReasonKeyReused, refusal.Detail)
	case refusal.Code == "":
		return movement{}, sdk.UpstreamRefused("bank_refused", resp.Status)
	}
	return movement{}, sdk.UpstreamRefused(refusal.Code, refusal.Detail)
}
