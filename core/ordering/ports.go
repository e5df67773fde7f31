package ordering

import (
	"context"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/quantity"
)

// Catalog knows offers; those missing from the answer are not on sale here.
type Catalog interface {
	Offers(ctx context.Context, ids []id.Offer) (map[id.Offer]OfferFacts, error)
}

// PriceAsk is one line to price.
type PriceAsk struct {
	Offer OfferFacts
	Qty   quantity.Quantity
}

// PriceAnswer is the line's price for one buyer.
type PriceAnswer struct {
	Price     money.Price
	PricedQty quantity.Quantity
	Goods     money.Money
	Source    map[string]string
}

// Prices answers all lines of a cart at once, in order. It may ask a plugin, so it is
// never called inside a unit of work.
type Prices interface {
	Quote(ctx context.Context, buyer id.Org, lines []PriceAsk) ([]PriceAnswer, error)
}

// StockLine is one order line's claim on stock.
type StockLine struct {
	Line  id.OrderLine
	Offer id.Offer
	Qty   quantity.Quantity
}

// Stock holds goods for orders: all lines or none.
type Stock interface {
	Reserve(ctx context.Context, lines []StockLine) error
	Release(ctx context.Context, lines []id.OrderLine) error
}

// FreightAsk is a consignment to rate.
type FreightAsk struct {
	From, To    Place
	MassKgMicro int64
	Currency    money.Currency
}

// Freight rates consignments; it asks plugins, so never inside a unit of work. No answer
// means that the buyer collects.
type Freight interface {
	Rates(ctx context.Context, ask FreightAsk) ([]FreightOption, error)
}

// Escrows opens and closes the safe for an order, inside the order's unit of work.
type Escrows interface {
	Open(ctx context.Context, o Order) error
	Abandon(ctx context.Context, o Order) error
}

// Member is what ordering needs to know of a person in a company.
type Member struct {
	LimitMinor *int64 // the most one order may come to without asking; nil is no limit
	Currency   money.Currency
}

// Company is a trading party as the compliance rules see it.
type Company struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	State    string    `json:"state"`
	Licences []Licence `json:"licences"`
}

// Licence lets a company trade what is regulated. Scope lists the schedules it covers;
// days are written 2006-01-02.
type Licence struct {
	Kind      string   `json:"kind"`
	Number    string   `json:"number"`
	Scope     []string `json:"scope"`
	ValidFrom string   `json:"valid_from"`
	ValidTo   string   `json:"valid_to"`
	State     string   `json:"state"`
}

// Parties knows companies and their people.
type Parties interface {
	Member(ctx context.Context, org id.Org, person id.Person) (Member, error)
	// ApproverFor says whether anyone but person may approve the amount.
	ApproverFor(ctx context.Context, org id.Org, person id.Person, amount money.Money) (bool, error)
	// Dealing is the facts of all companies that a placement touches, in one question. A
	// person that is none has no membership.
	Dealing(ctx context.Context, orgs []id.Org, buyer id.Org, person id.Person) (Dealing, error)
	CostCentre(ctx context.Context, org id.Org, cc id.CostCentre) (Budget, error)
}

// Dealing is who trades with whom: every company of those asked for, and what the person
// who buys may do for the buyer.
type Dealing struct {
	Companies map[id.Org]Company
	Member    Member
}

// Budget is what a cost centre may spend in its period.
type Budget struct {
	Code, Name string
	Amount     money.Money
}

// Terms are the tenant's own.
type Terms interface {
	Trade(ctx context.Context) (TradeTerms, error)
}

// TradeTerms apply to every cart order of a tenant.
type TradeTerms struct {
	Currency     money.Currency
	TaxRateMicro int64
}

// Numbers gives out document numbers inside the unit of work, "PO-2026-000123", one per
// kind asked for, in order. What is drawn stays locked until the unit ends.
type Numbers interface {
	Take(ctx context.Context, kinds ...string) ([]string, error)
}

// Quota makes room for orders that the unit is about to send out, or refuses. It is on the
// way of every order and asks nobody.
type Quota interface {
	TakeOrders(ctx context.Context, n int64) error
}

// Judge asks the gate; review lists reasons why a person of the company must consent
// first, err refuses outright.
type Judge interface {
	Judge(ctx context.Context, do policy.Action, facts any) (review []fault.Reason, err error)
}

// Store keeps carts, checkouts, orders and approvals.
type Store interface {
	OpenCart(ctx context.Context, org id.Org, person id.Person) (Cart, error)
	// PutLine and RemoveLine change the open cart and answer it as it is then.
	PutLine(ctx context.Context, org id.Org, person id.Person, line CartLine, limit int) (Cart, error)
	RemoveLine(ctx context.Context, org id.Org, person id.Person, offer id.Offer) (Cart, error)

	SaveCheckout(ctx context.Context, c Checkout) error
	Checkout(ctx context.Context, cid id.Checkout, org id.Org) (Checkout, error)
	// TakeCheckout reads a company's checkout and closes its cart with it. Taken is false
	// where the cart was closed already or has changed since.
	TakeCheckout(ctx context.Context, cid id.Checkout, org id.Org) (c Checkout, taken bool, err error)
	// Used reports whether it was this checkout that closed its cart.
	Used(ctx context.Context, c Checkout) (bool, error)

	SaveGroup(ctx context.Context, g Group, orders []Order) error
	Order(ctx context.Context, oid id.Order, lock bool) (Order, error)
	OrdersOfGroup(ctx context.Context, gid id.Group) ([]Order, error)
	SaveMoves(ctx context.Context, o Order) error
	SaveSettlement(ctx context.Context, o Order) error
	Orders(ctx context.Context, f Filter, p page.Request) (page.List[Order], error)
	Spent(ctx context.Context, cc id.CostCentre) (int64, error)
	KnownNumbers(ctx context.Context, numbers []string) (map[string]bool, error)

	AddApproval(ctx context.Context, a Approval) error
	Approval(ctx context.Context, aid id.Approval, lock bool) (Approval, error)
	ApprovalsOf(ctx context.Context, oid id.Order) ([]Approval, error)
	SaveApproval(ctx context.Context, a Approval) error
	PendingApprovals(ctx context.Context, org id.Org, p page.Request) (page.List[Approval], error)
}

// Group is one checkout or award: one order per seller.
type Group struct {
	ID       id.Group
	Number   string
	Buyer    id.Org
	PlacedBy id.Person
	Source   string // "cart" or "rfq"
	RFQ      id.RFQ
	Currency money.Currency
	Total    money.Money
}

// Filter narrows a list of orders; zero fields match everything the caller may see.
type Filter struct {
	Buyer, Seller id.Org
	State         State
	Payment       Payment
	Fulfilment    Fulfilment
	Text          string // order number or PO number, exact or prefix
}
