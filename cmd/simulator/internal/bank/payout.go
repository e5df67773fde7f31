package bank

import (
	"strings"
	"time"
)

// Payout is a request to send a balance to an account.
type Payout struct {
	Party       string `json:"party"`
	Amount      int64  `json:"amount_minor"`
	Currency    string `json:"currency"`
	IBAN        string `json:"iban"`
	AccountName string `json:"account_name"`
	Reference   string `json:"reference"`
}

// Pay takes the amount from a party's balance at once and settles a little later, as banks
// do; an account whose holder is named "REFUSED …" comes back.
func (b *Bank) Pay(client, key, hash string, in Payout) (Movement, error) {
	if !validAccount(in.IBAN) {
		return Movement{}, refuse(422, "iban_invalid", in.IBAN)
	}
	return b.once(client, key, hash, func() (*Movement, error) {
		from := purse(client, in.Party, in.Currency)
		switch {
		case in.Amount <= 0 || in.Amount > maxAmount:
			return nil, refuse(422, "amount_invalid", "")
		case in.Amount > b.books.Balances[from]:
			return nil, refuse(409, "balance_too_small", in.Party)
		}
		b.books.Balances[from] -= in.Amount
		return &Movement{
			ID: newID("pay"), Kind: "payout", State: "pending", Currency: in.Currency, Amount: in.Amount, Reference: in.Reference,
			Party: in.Party, IBAN: in.IBAN, AccountName: in.AccountName, NotifyURL: b.books.Notify[client],
		}, nil
	})
}

// settleDue ends the payouts whose time has come.
func (b *Bank) settleDue(now time.Time) (next time.Time) {
	var due []string
	b.mu.Lock()
	for id, m := range b.books.Movements {
		if m.Kind != "payout" || m.State != "pending" {
			continue
		}
		if at := m.CreatedAt.Add(b.settle); at.After(now) {
			next = earlier(next, at)
		} else {
			due = append(due, id)
		}
	}
	b.mu.Unlock()
	for _, id := range due {
		b.change(func() error { //nolint:errcheck // books that fail to save refuse everything from then on
			m := b.books.Movements[id]
			if strings.HasPrefix(strings.ToUpper(m.AccountName), "REFUSED") {
				m.State = "failed"
				b.books.Balances[purse(m.Client, m.Party, m.Currency)] += m.Amount
				b.tell(m, "payout.failed", m.Amount, newID("ret"))
				return nil
			}
			m.State, m.Captured = "paid", m.Amount
			b.tell(m, "payout.paid", m.Amount, newID("sct"))
			return nil
		})
	}
	return next
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
