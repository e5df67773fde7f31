package ordering

import "time"

// Each axis is a small machine; a move from the wrong state is ErrMove with both named.

func (o *Order) wrong(move string) error {
	return ErrMove.With("move", move).With("state", o.State).With("payment", o.Payment).With("fulfilment", o.Fulfilment)
}

// Approve sends an order that waited for its own company out to the seller.
func (o *Order) Approve() error {
	if o.State != AwaitingApproval {
		return o.wrong("approve")
	}
	o.State = Placed
	return nil
}

// Accept binds the seller.
func (o *Order) Accept(now time.Time) error {
	if o.State != Placed {
		return o.wrong("accept")
	}
	o.State, o.AcceptedAt = Accepted, now
	return nil
}

// Decline ends an order the seller will not fill. Money already in escrow goes back.
func (o *Order) Decline() error {
	if o.State != Placed || o.Fulfilment != NotShipped {
		return o.wrong("decline")
	}
	o.State = Declined
	return nil
}

// Cancel withdraws the order; once the seller has accepted it takes both sides.
func (o *Order) Cancel() error {
	if (o.State != AwaitingApproval && o.State != Placed) || o.Fulfilment != NotShipped {
		return o.wrong("cancel")
	}
	o.State = Cancelled
	return nil
}

// PaymentBegun notes that the buyer was told how to pay.
func (o *Order) PaymentBegun() error {
	if (o.State != Placed && o.State != Accepted) || (o.Payment != PaymentNone && o.Payment != PaymentPending) {
		return o.wrong("pay")
	}
	o.Payment = PaymentPending
	return nil
}

// Funded notes that escrow holds the total.
func (o *Order) Funded() error {
	if o.Payment != PaymentPending && o.Payment != PaymentNone {
		return o.wrong("fund")
	}
	o.Payment = PaymentFunded
	return nil
}

// Refunded notes that escrow went back to the buyer.
func (o *Order) Refunded() error {
	if o.Payment != PaymentFunded {
		return o.wrong("refund")
	}
	o.Payment = PaymentRefunded
	return nil
}

// CanShip says whether goods may leave: the seller is bound and the money is there.
func (o *Order) CanShip() error {
	if o.State != Accepted || o.Payment != PaymentFunded || (o.Fulfilment != NotShipped && o.Fulfilment != PartlyShipped) {
		return o.wrong("ship")
	}
	return nil
}

// Ship notes a shipment; whole when nothing is left to send.
func (o *Order) Ship(whole bool) error {
	if err := o.CanShip(); err != nil {
		return err
	}
	o.Fulfilment = PartlyShipped
	if whole {
		o.Fulfilment = Shipped
	}
	return nil
}

// Receive notes that everything shipped has arrived; last when nothing is outstanding.
func (o *Order) Receive(last bool) error {
	if o.Fulfilment != PartlyShipped && o.Fulfilment != Shipped {
		return o.wrong("receive")
	}
	if last {
		o.Fulfilment = Received
	}
	return nil
}

// Claim and Settle move the fourth axis.
func (o *Order) Claim() error {
	if o.Fulfilment == NotShipped || o.Payment != PaymentFunded {
		return o.wrong("claim")
	}
	o.Aftersale = Claimed
	return nil
}

// Settle notes that the last open claim was decided.
func (o *Order) Settle() error {
	if o.Aftersale != Claimed {
		return o.wrong("settle")
	}
	o.Aftersale = Settled
	return nil
}

// Release ends the order: the seller has his money.
func (o *Order) Release(now time.Time) error {
	if o.Payment != PaymentFunded || o.Fulfilment != Received || o.Aftersale == Claimed {
		return o.wrong("release")
	}
	o.Payment, o.State, o.CompletedAt = PaymentReleased, Completed, now
	return nil
}
