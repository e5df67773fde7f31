package payments

import (
	"context"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ledger"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/policy"
)

// What one may do here.
const (
	ActionRead    policy.Action = "payments.escrow.read"
	ActionPay     policy.Action = "payments.escrow.pay"
	ActionRelease policy.Action = "payments.escrow.release"
	ActionApprove policy.Action = "payments.escrow.approve_release"
	ActionRefund  policy.Action = "payments.escrow.refund"
	ActionPayout  policy.Action = "payments.payout.request"
	ActionPayouts policy.Action = "payments.payout.read"
	ActionBalance policy.Action = "payments.balance.read"
)

// Order is what payments needs to know of one.
type Order struct {
	event.OrderParties
	ID           id.Order
	Buyer        id.Org
	Seller       id.Org
	Total        money.Money
	Due          money.Money // what the buyer owes after receipt and claims
	OpenToPay    bool
	Received     bool
	Ended        bool // declined or cancelled
	PayerName    string
	PayerCountry string
}

// Orders is ordering, as payments sees it.
type Orders interface {
	Order(ctx context.Context, oid id.Order) (Order, error)
	MarkPaymentBegun(ctx context.Context, oid id.Order) error
	MarkFunded(ctx context.Context, oid id.Order) error
	MarkReleased(ctx context.Context, oid id.Order) error
	MarkRefunded(ctx context.Context, oid id.Order) error
}

// Claims says how many claims on an order are open.
type Claims interface {
	Open(ctx context.Context, oid id.Order) (int, error)
}

// Books is the ledger.
type Books interface {
	Post(ctx context.Context, e ledger.Entry) error
	Balance(ctx context.Context, a ledger.Account, c money.Currency) (money.Money, error)
}

// Vault seals what a stolen dump must not tell.
type Vault interface {
	Seal(ctx context.Context, table, column, row string, plain []byte) ([]byte, error)
	Open(ctx context.Context, table, column, row string, sealed []byte) ([]byte, error)
}

// Accounts knows where a company is paid.
type Accounts interface {
	BankAccount(ctx context.Context, org id.Org) (iban, holder string, err error)
}

// Terms are the tenant's.
type Terms interface {
	CommissionRate(ctx context.Context) (int64, error)
}

// Judge asks the gate: review lists what a second person should look at, err refuses.
type Judge interface {
	Judge(ctx context.Context, do policy.Action, facts any) (review []fault.Reason, err error)
}

// Operation is one movement at the provider.
type Operation struct {
	ID           string
	Plugin       string
	Done         bool // the provider has done it; else it will say so by webhook
	Instructions map[string]string
}

// BeginAsk starts taking money for an order.
type BeginAsk struct {
	Order     id.Order
	Reference string
	Amount    money.Money
	Payer     id.Org
	PayerName string
	Country   string
}

// PayoutAsk sends money to a company's account.
type PayoutAsk struct {
	Party     id.Org
	Amount    money.Money
	IBAN      string
	Holder    string
	Reference string
}

// Update is something that happened at the provider. Captured is the whole sum received.
type Update struct {
	Plugin    string // who has vouched for the provider's signature
	Dedupe    string
	Operation string
	Kind      string // "transfer_received", "released", "refunded", "paid_out", "failed"
	Captured  money.Money
}

// Hook is a provider's message exactly as received.
type Hook struct {
	Headers map[string]string
	Query   string
	Body    []byte
}

// Provider is an outside party that holds money. Every effect carries a key that stays
// the same over retries; calls are never made inside a unit of work.
type Provider interface {
	Begin(ctx context.Context, key string, ask BeginAsk) (Operation, error)
	Release(ctx context.Context, key, operation string, e Escrow, s Split) error
	Refund(ctx context.Context, key, operation string, m money.Money, why string) error
	Payout(ctx context.Context, key string, ask PayoutAsk) (Operation, error)
	Read(ctx context.Context, installation id.Installation, h Hook) ([]Update, error)
}

// Store keeps escrows, releases, payouts and which messages were seen.
type Store interface {
	Add(ctx context.Context, e Escrow) error
	Remove(ctx context.Context, e id.Escrow) error
	ByOrder(ctx context.Context, oid id.Order, lock bool) (Escrow, error)
	ByOperation(ctx context.Context, operation string) (Escrow, error)
	ByID(ctx context.Context, eid id.Escrow, lock bool) (Escrow, error)
	Save(ctx context.Context, e Escrow) error
	// Seen notes a message and reports whether it is new.
	Seen(ctx context.Context, plugin, dedupe string, body []byte) (bool, error)

	AddRelease(ctx context.Context, r Release) error
	Release(ctx context.Context, rid id.Release, lock bool) (Release, error)
	OpenRelease(ctx context.Context, eid id.Escrow) (Release, bool, error)
	SaveRelease(ctx context.Context, r Release) error
	Releases(ctx context.Context, state ReleaseState, p page.Request) (page.List[Release], error)

	AddPayout(ctx context.Context, p Payout) error
	Payout(ctx context.Context, pid id.Payout, lock bool) (Payout, error)
	PayoutByOperation(ctx context.Context, operation string) (Payout, bool, error)
	SavePayout(ctx context.Context, p Payout) error
	Payouts(ctx context.Context, seller id.Org, p page.Request) (page.List[Payout], error)
	LockSeller(ctx context.Context, seller id.Org) error
}
