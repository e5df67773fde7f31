package pluginhost

import (
	"fmt"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/plugins/sdk"
)

var opStates = map[sdk.OpState]string{
	sdk.OpPending: OpPending, sdk.OpRequiresAction: OpRequiresAction, sdk.OpAuthorized: OpAuthorized, sdk.OpCaptured: OpCaptured, sdk.OpHeld: OpHeld,
	sdk.OpReleased: OpReleased, sdk.OpRefunded: OpRefunded, sdk.OpVoided: OpVoided, sdk.OpFailed: OpFailed, sdk.OpUnknown: OpUnknown,
}

var opKinds = map[sdk.OpKind]string{sdk.OpCharge: "charge", sdk.OpEscrow: "escrow", sdk.OpRelease: "release", sdk.OpRefund: "refund", sdk.OpPayout: "payout"}

const maxInstructions = 20

func operationFrom(plugin string, o sdk.Operation) (Operation, error) {
	state, ok := opStates[o.State]
	out := Operation{
		ID: o.OpID, Plugin: plugin, Kind: opKinds[o.Kind], State: state, Amount: moneyFrom(o.Amount), Captured: moneyFrom(o.Captured),
		Refunded: moneyFrom(o.Refunded), Instructions: o.Next.Fields, UpstreamRef: o.UpstreamRef, ExpiresAt: o.ExpiresAt,
	}
	switch {
	case !ok || o.OpID == "" || len(o.OpID) > 200 || len(o.Next.Fields) > maxInstructions:
		return Operation{}, fmt.Errorf("%w: operation %q in state %d", errReply, o.OpID, o.State)
	case !out.Amount.Currency.Known() || out.Amount.Minor < 0 || out.Captured.Minor < 0 || out.Refunded.Minor < 0:
		return Operation{}, fmt.Errorf("%w: amounts %v %v %v", errReply, out.Amount, out.Captured, out.Refunded)
	}
	for _, m := range []*money.Money{&out.Captured, &out.Refunded} {
		if m.Currency == "" && m.Minor == 0 {
			m.Currency = out.Amount.Currency
		}
		if m.Currency != out.Amount.Currency {
			return Operation{}, fmt.Errorf("%w: %v beside %v", errReply, *m, out.Amount)
		}
	}
	return out, nil
}

var updateKinds = map[string]bool{UpdateTransferReceived: true, UpdateReleased: true, UpdateRefunded: true, UpdatePaidOut: true, UpdateFailed: true}

func updatesFrom(got []sdk.PaymentUpdate) ([]PaymentUpdate, error) {
	var out []PaymentUpdate
	for _, u := range got {
		state, ok := opStates[u.State]
		amount, captured := moneyFrom(u.Amount), moneyFrom(u.Captured)
		switch {
		case !ok || !updateKinds[u.Kind] || u.DedupeID == "" || u.OpID == "":
			return nil, fmt.Errorf("%w: update %q %q of %q", errReply, u.DedupeID, u.Kind, u.OpID)
		case !amount.Currency.Known() || amount.Minor < 0 || captured.Minor < 0 || captured.Currency != amount.Currency:
			return nil, fmt.Errorf("%w: update of %v, in all %v", errReply, amount, captured)
		}
		out = append(out, PaymentUpdate{u.DedupeID, u.OpID, u.Kind, state, amount, captured, u.At, u.UpstreamRef, ""})
	}
	return out, nil
}
