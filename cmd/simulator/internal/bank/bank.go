// Package bank is a bank that holds money for marketplaces: virtual accounts that wait for
// a transfer, releases to the parties of a trade, and payouts to their accounts. It does
// nothing twice for one key, keeps its books through a kill, and tells what happened by
// signed messages.
package bank

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/kontorhq/kontor/cmd/simulator/internal/party"
)

// Movement is anything the bank does with money.
type Movement struct {
	ID           string            `json:"id"`
	Client       string            `json:"client"`
	Kind         string            `json:"kind"`  // escrow, release, refund, payout
	State        string            `json:"state"` // awaiting_transfer, held, released, refunded, pending, paid, failed
	Currency     string            `json:"currency"`
	Amount       int64             `json:"amount_minor"`
	Captured     int64             `json:"captured_minor"`
	Refunded     int64             `json:"refunded_minor"`
	Reference    string            `json:"reference"` // the client's own
	Instructions map[string]string `json:"instructions,omitempty"`
	Payer        string            `json:"payer,omitempty"`
	Parent       string            `json:"parent,omitempty"`
	Splits       []Split           `json:"splits,omitempty"`
	Party        string            `json:"party,omitempty"`
	IBAN         string            `json:"iban,omitempty"`
	AccountName  string            `json:"account_name,omitempty"`
	NotifyURL    string            `json:"notify_url,omitempty"`
	CreatedAt    time.Time         `json:"created_at"`
	ExpiresAt    time.Time         `json:"expires_at"`
}

// Split is a receiver's part of a release.
type Split struct {
	Party  string `json:"party"`
	Kind   string `json:"kind"`
	Amount int64  `json:"amount_minor"`
}

// held is what an escrow still keeps.
func (m *Movement) held() int64 {
	if m.Kind != "escrow" || m.State == "released" {
		return 0
	}
	return m.Captured - m.Refunded
}

// books are everything the bank must not forget.
type books struct {
	Movements map[string]*Movement `json:"movements"`
	Keys      map[string]keyed     `json:"keys"`     // client + idempotency key
	Balances  map[string]int64     `json:"balances"` // client, party, currency
	Notify    map[string]string    `json:"notify"`   // client: where messages went last
	Outgoing  []*delivery          `json:"outgoing"`
}

type keyed struct {
	Hash     string `json:"hash"`
	Movement string `json:"movement"`
}

// Bank is open for business from New on.
type Bank struct {
	mu     sync.Mutex
	books  books
	file   party.File
	now    func() time.Time
	settle time.Duration
	wake   chan struct{}
	failed error // books that cannot be saved: nothing is promised any more
}

// New opens the bank with the books it finds. settle is how long a payout takes.
func New(file party.File, settle time.Duration) (*Bank, error) {
	b := &Bank{
		file: file, settle: settle, wake: make(chan struct{}, 1), now: func() time.Time { return time.Now().UTC() },
		books: books{map[string]*Movement{}, map[string]keyed{}, map[string]int64{}, map[string]string{}, nil},
	}
	return b, file.Load(&b.books)
}

// Refusal is the bank saying no.
type Refusal struct {
	Status       int
	Code, Detail string
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Detail }

func refuse(status int, code, detail string) error { return &Refusal{status, code, detail} }

// change runs fn on the books and saves them before anybody hears of it.
func (b *Bank) change(fn func() error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed != nil {
		return b.failed
	}
	if err := fn(); err != nil {
		return err
	}
	if err := b.file.Save(&b.books); err != nil {
		b.failed = err
		return err
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return nil
}

// once carries out fn for a key of a client, or finds what it did before.
func (b *Bank) once(client, key, hash string, fn func() (*Movement, error)) (Movement, error) {
	if key == "" || len(key) > 200 {
		return Movement{}, refuse(400, "key_missing", "Idempotency-Key")
	}
	var out Movement
	err := b.change(func() error {
		if k, ok := b.books.Keys[client+"\n"+key]; ok {
			if k.Hash != hash {
				return refuse(409, "key_reused", "the key was used for another request")
			}
			out = *b.books.Movements[k.Movement]
			return nil
		}
		m, err := fn()
		if err != nil {
			return err
		}
		m.Client, m.CreatedAt = client, b.now()
		b.books.Movements[m.ID] = m
		b.books.Keys[client+"\n"+key] = keyed{hash, m.ID}
		out = *m
		return nil
	})
	return out, err
}

// Find reads a movement of a client by its id, or by the key it was asked with.
func (b *Bank) Find(client, id, key string) (Movement, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if id == "" {
		id = b.books.Keys[client+"\n"+key].Movement
	}
	m, ok := b.books.Movements[id]
	if !ok || m.Client != client {
		return Movement{}, refuse(404, "not_found", "no such movement")
	}
	return *m, nil
}

// Movements lists everything, newest first, for the page.
func (b *Bank) Movements() []Movement {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Movement
	for _, m := range b.books.Movements {
		c := *m
		c.Instructions = maps.Clone(m.Instructions)
		out = append(out, c)
	}
	slices.SortFunc(out, func(x, y Movement) int { return y.CreatedAt.Compare(x.CreatedAt) })
	return out
}

// Balance is what a party of a client may be paid.
func (b *Bank) Balance(client, party, currency string) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.books.Balances[purse(client, party, currency)]
}

func purse(client, party, currency string) string { return client + "\n" + party + "\n" + currency }

func newID(prefix string) string {
	var b [12]byte
	rand.Read(b[:]) //nolint:errcheck // never fails since Go 1.24
	return prefix + "_" + hex.EncodeToString(b[:])
}
