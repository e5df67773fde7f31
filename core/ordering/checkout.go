package ordering

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// CheckoutLife is how long the prices of a checkout hold.
const CheckoutLife = 30 * time.Minute

// Checkout is a cart with its prices and freight services fixed for a short while. It is
// kept on the server: the client sends back only its id and its choices, so there is no
// price to tamper with, and placing needs no plugin.
type Checkout struct {
	ID          id.Checkout
	Cart        id.Cart
	CartVersion int64
	Org         id.Org
	Person      id.Person
	Currency    money.Currency
	TaxRate     int64 // millionths
	To          Place // what freight was rated for
	Parts       []Part
	CreatedAt   time.Time
	ExpiresAt   time.Time
}

// Part is what one seller would deliver.
type Part struct {
	Seller      id.Org          `json:"seller"`
	SellerName  string          `json:"seller_name"`
	SellerState string          `json:"seller_state"`
	Lines       []PricedLine    `json:"lines"`
	Goods       money.Money     `json:"goods"`
	Freight     []FreightOption `json:"freight"`
	MassKg      int64           `json:"mass_kg_micro"`
}

// PricedLine is a cart line with its price.
type PricedLine struct {
	Offer     id.Offer          `json:"offer"`
	Item      id.Item           `json:"item"`
	SKU       string            `json:"sku"`
	Names     map[string]string `json:"names"`
	Qty       quantity.Quantity `json:"qty"`
	Price     money.Price       `json:"price"`
	PricedQty quantity.Quantity `json:"priced_qty"`
	Basis     Basis             `json:"basis"`
	Goods     money.Money       `json:"goods"`
	Source    map[string]string `json:"source"`
	Regulated string            `json:"regulated,omitempty"`
	LeadDays  int               `json:"lead_days"`
}

// FreightOption is one way to get a part delivered.
type FreightOption struct {
	ID      string      `json:"id"`
	Carrier string      `json:"carrier"`
	Service string      `json:"service"`
	Amount  money.Money `json:"amount"`
	Days    int         `json:"days"`
}

// Collect is the freight choice of a buyer who fetches the goods himself.
const Collect = "collect"
