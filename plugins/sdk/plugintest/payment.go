package plugintest

import (
	"bytes"
	"context"
	"maps"
	"testing"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

func (k *kit) begin(t *testing.T, key string, change func(*sdk.BeginRequest)) (sdk.Operation, error) {
	t.Helper()
	r := k.Begin
	r.Call = k.call(key)
	if change != nil {
		change(&r)
	}
	return k.plugin.Begin(within(t, 15*time.Second), r)
}

func (k *kit) payment(t *testing.T) {
	key := "kit-begin-" + time.Now().Format("150405.000000")
	op, err := k.begin(t, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("payment.begin.same_key_one_effect", func(t *testing.T) {
		again, err := k.begin(t, key, nil)
		if err != nil || again.OpID != op.OpID || op.OpID == "" || again.Amount != k.Begin.Amount {
			t.Errorf("first %+v, then %+v, %v", op, again, err)
		}
	})
	t.Run("payment.begin.key_reuse_conflict", func(t *testing.T) {
		_, err := k.begin(t, key, func(r *sdk.BeginRequest) { r.Amount.Minor++ })
		refused(t, err, sdk.ReasonKeyReused)
	})
	t.Run("payment.begin.key_required", func(t *testing.T) {
		_, err := k.begin(t, "", nil)
		refused(t, err, sdk.ReasonKeyMissing)
	})
	t.Run("payment.amount.minor_units", func(t *testing.T) {
		for _, minor := range []int64{0, -1} {
			if _, err := k.begin(t, key+"-zero", func(r *sdk.BeginRequest) { r.Amount.Minor = minor }); err == nil {
				t.Errorf("took %d", minor)
			}
		}
	})
	t.Run("payment.unknown.resolved_by_get", func(t *testing.T) {
		found, err := k.plugin.Operation(within(t, 10*time.Second), sdk.OperationRequest{Call: k.call(""), Key: key})
		if err != nil || found.OpID != op.OpID {
			t.Errorf("by its key: %+v, %v", found, err)
		}
		_, err = k.plugin.Operation(within(t, 10*time.Second), sdk.OperationRequest{Call: k.call(""), Key: "never-used"})
		refused(t, err, sdk.ReasonNotFound)
	})
	k.deadline(t, "begin", func(ctx context.Context) error {
		r := k.Begin
		r.Call = k.call(key + "-late")
		_, err := k.plugin.Begin(ctx, r)
		return err
	})
	if k.Fund == nil {
		return
	}
	k.Fund(t, op)
	if k.Webhook != nil {
		k.webhook(t, op)
	}
	if k.offers(sdk.CapPayment, sdk.FeatureEscrow) {
		k.escrow(t, key, op)
	}
	if k.offers(sdk.CapPayment, sdk.FeaturePayout) {
		k.payout(t, key)
	}
}

func (k *kit) webhook(t *testing.T, op sdk.Operation) {
	genuine := k.Webhook(t, op)
	parse := func(w sdk.WebhookRequest) ([]sdk.PaymentUpdate, error) {
		w.Call = k.call("")
		r, err := k.plugin.ParseWebhook(within(t, 10*time.Second), w)
		return r.Updates, err
	}
	t.Run("payment.webhook.genuine", func(t *testing.T) {
		got, err := parse(genuine)
		if err != nil || len(got) != 1 || got[0].OpID != op.OpID || got[0].Kind != sdk.TransferReceived || got[0].Captured != op.Amount || got[0].DedupeID == "" {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("payment.webhook.duplicate", func(t *testing.T) {
		a, _ := parse(genuine)
		b, err := parse(genuine)
		if err != nil || len(a) != 1 || len(b) != 1 || a[0].DedupeID != b[0].DedupeID {
			t.Errorf("%+v, then %+v, %v", a, b, err)
		}
	})
	t.Run("payment.webhook.bad_signature", func(t *testing.T) {
		body := bytes.Clone(genuine.Body)
		body[len(body)/2] ^= 1
		_, err := parse(sdk.WebhookRequest{Headers: genuine.Headers, Body: body})
		refused(t, err, sdk.ReasonBadSignature)
		for name := range genuine.Headers {
			if name == "content-type" {
				continue
			}
			headers := maps.Clone(genuine.Headers)
			delete(headers, name)
			if _, err := parse(sdk.WebhookRequest{Headers: headers, Body: genuine.Body}); err == nil && isSignature(name) {
				t.Errorf("took a message without %s", name)
			}
		}
		_, err = parse(sdk.WebhookRequest{Body: genuine.Body})
		refused(t, err, sdk.ReasonBadSignature)
	})
}

func isSignature(name string) bool {
	return name == "webhook-signature" || name == "webhook-id" || name == "webhook-timestamp"
}

func (k *kit) escrow(t *testing.T, key string, op sdk.Operation) {
	part := func(minor int64) sdk.Money { return sdk.Money{Currency: op.Amount.Currency, Minor: minor} }
	release := func(key string, seller, commission int64) (sdk.Operation, error) {
		return k.plugin.ReleaseEscrow(within(t, 15*time.Second), sdk.ReleaseRequest{
			Call: k.call(key), OpID: op.OpID,
			Splits: []sdk.Split{{Party: "seller-1", Kind: "seller", Amount: part(seller)}, {Party: "platform", Kind: "commission", Amount: part(commission)}},
		})
	}
	fee := op.Amount.Minor / 100
	t.Run("payment.escrow.split_equals_hold", func(t *testing.T) {
		for _, off := range []int64{-1, 1} {
			if _, err := release(key+"-short", op.Amount.Minor-fee+off, fee); err == nil {
				t.Errorf("released with a sum that is off by %d", off)
			}
		}
	})
	t.Run("payment.refund.over_refused", func(t *testing.T) {
		_, err := k.plugin.RefundEscrow(within(t, 15*time.Second), sdk.RefundRequest{Call: k.call(key + "-over"), OpID: op.OpID, Amount: part(op.Amount.Minor + 1)})
		if err == nil {
			t.Error("gave back more than is held")
		}
	})
	t.Run("payment.escrow.double_release", func(t *testing.T) {
		first, err := release(key+"-release", op.Amount.Minor-fee, fee)
		if err != nil || first.Amount != op.Amount {
			t.Fatalf("%+v, %v", first, err)
		}
		again, err := release(key+"-release", op.Amount.Minor-fee, fee)
		if err != nil || again.OpID != first.OpID {
			t.Errorf("the same key: %+v, %v", again, err)
		}
		if _, err := release(key+"-release-2", op.Amount.Minor-fee, fee); err == nil {
			t.Error("released twice under two keys")
		}
	})
}

func (k *kit) payout(t *testing.T, key string) {
	pay := func(key, party, account string, minor int64) (sdk.Operation, error) {
		return k.plugin.Payout(within(t, 15*time.Second), sdk.PayoutRequest{
			Call: k.call(key), Party: party, Amount: sdk.Money{Currency: k.Begin.Amount.Currency, Minor: minor},
			IBAN: account, AccountName: "Kit Seller", Reference: "kit",
		})
	}
	t.Run("payment.payout.same_key_one_effect", func(t *testing.T) {
		a, err := pay(key+"-pay", "seller-1", k.Account, 100)
		if err != nil {
			t.Fatal(err)
		}
		b, err := pay(key+"-pay", "seller-1", k.Account, 100)
		if err != nil || a.OpID != b.OpID {
			t.Errorf("%+v, then %+v, %v", a, b, err)
		}
	})
	t.Run("payment.payout.more_than_balance_refused", func(t *testing.T) {
		if _, err := pay(key+"-pay-2", "nobody", k.Account, 100); err == nil {
			t.Error("paid from an empty balance")
		}
	})
	t.Run("payment.payout.wrong_account_refused", func(t *testing.T) {
		if _, err := pay(key+"-pay-3", "seller-1", "DE00123456781234567890", 100); err == nil {
			t.Error("paid to an account whose check digits are wrong")
		}
	})
}
