package bank

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// OpenEscrow is a request for a virtual account.
type OpenEscrow struct {
	Reference string `json:"reference"`
	Amount    int64  `json:"amount_minor"`
	Currency  string `json:"currency"`
	Payer     string `json:"payer"`
	Country   string `json:"country"`
	NotifyURL string `json:"notify_url"`
	HoldDays  int    `json:"hold_days"`
}

const maxAmount = 1 << 52

// Open makes a virtual account that waits for a transfer.
func (b *Bank) Open(client, key, hash string, in OpenEscrow) (Movement, error) {
	switch {
	case in.Amount <= 0 || in.Amount > maxAmount:
		return Movement{}, refuse(422, "amount_invalid", "")
	case !isCurrency(in.Currency):
		return Movement{}, refuse(422, "currency_invalid", in.Currency)
	case in.NotifyURL != "" && !loopback(in.NotifyURL):
		return Movement{}, refuse(422, "notify_url_invalid", "only addresses on this machine are told")
	}
	return b.once(client, key, hash, func() (*Movement, error) {
		m := &Movement{
			ID: newID("esc"), Kind: "escrow", State: "awaiting_transfer", Currency: in.Currency, Amount: in.Amount,
			Reference: in.Reference, Payer: in.Payer, NotifyURL: in.NotifyURL, ExpiresAt: b.now().Add(14 * 24 * time.Hour),
		}
		m.Instructions = instructions(m.ID, in)
		if in.NotifyURL != "" {
			b.books.Notify[client] = in.NotifyURL
		}
		return m, nil
	})
}

// instructions are what a payer needs to know. In China accounts have no IBAN.
func instructions(id string, in OpenEscrow) map[string]string {
	out := map[string]string{"account_name": "Kontor Clients' Money (simulated)", "bank": "Simulated Bank", "reference": creditorReference(id), "order": in.Reference}
	if in.Currency == "CNY" {
		out["account"] = domesticAccount(id)
	} else {
		out["iban"], out["bic"] = virtualIBAN(id), "SIMUDEFFXXX"
	}
	return out
}

// Receive is a transfer coming in: exact, short or over. It is found by its reference, or
// by the account it was sent to.
func (b *Bank) Receive(reference string, amount int64, sender string) (Movement, error) {
	var out Movement
	err := b.change(func() error {
		m := b.byReference(reference)
		switch {
		case m == nil:
			return refuse(404, "reference_unknown", reference)
		case amount <= 0 || amount > maxAmount:
			return refuse(422, "amount_invalid", "")
		case m.State != "awaiting_transfer" && m.State != "held":
			return refuse(409, "escrow_closed", m.State)
		}
		m.Captured += amount
		if m.Captured >= m.Amount {
			m.State = "held"
		}
		b.tell(m, "transfer.received", amount, newID("trf"))
		out = *m
		return nil
	})
	return out, err
}

// Due is what a reference still waits for.
func (b *Bank) Due(reference string) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.byReference(reference)
	if m == nil {
		return 0, refuse(404, "reference_unknown", reference)
	}
	return max(m.Amount-m.Captured, 0), nil
}

func (b *Bank) byReference(reference string) *Movement {
	want := strings.ToUpper(strings.ReplaceAll(reference, " ", ""))
	for _, m := range b.books.Movements {
		if m.Kind == "escrow" && want != "" && (m.Instructions["reference"] == want || m.Instructions["iban"] == want || m.Instructions["account"] == want) {
			return m
		}
	}
	return nil
}

func (b *Bank) escrow(client, id string) (*Movement, error) {
	m, ok := b.books.Movements[id]
	if !ok || m.Client != client || m.Kind != "escrow" {
		return nil, refuse(404, "not_found", "no such escrow")
	}
	return m, nil
}

// Release gives what is held to the parties; their parts add up to it exactly.
func (b *Bank) Release(client, key, hash, id, currency string, splits []Split) (Movement, error) {
	return b.once(client, key, hash, func() (*Movement, error) {
		e, err := b.escrow(client, id)
		if err != nil {
			return nil, err
		}
		var sum int64
		for _, s := range splits {
			if s.Amount < 0 || s.Amount > maxAmount || s.Party == "" {
				return nil, refuse(422, "split_invalid", s.Party)
			}
			sum += s.Amount
		}
		switch {
		case e.State == "released":
			return nil, refuse(409, "already_released", id)
		case e.held() <= 0:
			return nil, refuse(409, "nothing_held", id)
		case currency != e.Currency:
			return nil, refuse(422, "currency_differs", e.Currency)
		case sum != e.held():
			return nil, refuse(422, "splits_differ_from_held", "")
		}
		for _, s := range splits {
			if s.Kind == "buyer" { // goes back to the account it came from
				e.Refunded += s.Amount
				continue
			}
			b.books.Balances[purse(client, s.Party, currency)] += s.Amount
		}
		e.State = "released"
		m := &Movement{
			ID: newID("rel"), Kind: "release", State: "released", Currency: currency, Amount: sum, Captured: sum,
			Reference: e.Reference, Parent: e.ID, Splits: slices.Clone(splits), NotifyURL: e.NotifyURL,
		}
		b.tell(m, "escrow.released", sum, e.ID)
		return m, nil
	})
}

// Refund gives part or all of what is held back.
func (b *Bank) Refund(client, key, hash, id, currency string, amount int64) (Movement, error) {
	return b.once(client, key, hash, func() (*Movement, error) {
		e, err := b.escrow(client, id)
		switch {
		case err != nil:
			return nil, err
		case currency != e.Currency:
			return nil, refuse(422, "currency_differs", e.Currency)
		case amount <= 0 || amount > e.held():
			return nil, refuse(409, "more_than_held", "")
		}
		e.Refunded += amount
		if e.held() == 0 {
			e.State = "refunded"
		}
		m := &Movement{
			ID: newID("ref"), Kind: "refund", State: "refunded", Currency: currency, Amount: amount, Refunded: amount,
			Reference: e.Reference, Parent: e.ID, NotifyURL: e.NotifyURL,
		}
		b.tell(m, "escrow.refunded", amount, e.ID)
		return m, nil
	})
}

func isCurrency(s string) bool {
	return len(s) == 3 && strings.ToUpper(s) == s && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// loopback keeps the simulated bank on this machine.
func loopback(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return false
	}
	return isLoopbackHost(u.Hostname())
}
