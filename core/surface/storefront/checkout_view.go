package storefront

import (
	"time"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Delivery asks where the goods should go.
type Delivery struct {
	frame.Frame
	Addresses []theme.Choice
	Chosen    string // an address's id, or "other"
	Other     ordering.Address
	Countries []theme.Choice
	Lines     int
}

// Review shows what each seller will deliver and what it comes to, before it is ordered.
type Review struct {
	frame.Frame
	ID        string
	ShipTo    ordering.Address
	Expires   time.Time
	Parts     []ReviewPart
	Goods     money.Money
	Freight   money.Money
	Tax       money.Money
	TaxRate   int64
	Total     money.Money
	Centres   []theme.Choice
	Form      ReviewForm
	Steps     []string // what happens next
	Approval  string   // why somebody of the company has to consent, empty if nobody has to
	InPortal  bool
	Addresses bool
}

// ReviewForm is what the buyer adds to his order.
type ReviewForm struct{ PONumber, CostCentre, Note string }

// ReviewPart is one seller's order.
type ReviewPart struct {
	Seller, URL     string
	Lines           []ReviewLine
	Goods           money.Money
	Freight         []theme.Choice
	FreightName     string // of the field
	Chosen          string
	Total           money.Money
	MassKg          quantity.Quantity
	NeedsApproval   bool
	FreightAmount   money.Money
	FreightServices int
}

// ReviewLine is one line with its price as it will be ordered.
type ReviewLine struct {
	Name, SKU, URL string
	Qty            quantity.Quantity
	PricedQty      *quantity.Quantity
	Price          money.Price
	Goods          money.Money
	Basis          string
	Regulated      string
	LeadDays       int
}

// Placed confirms an order group.
type Placed struct {
	frame.Frame
	Number  string
	Orders  []PlacedOrder
	Total   money.Money
	Waiting bool // at least one order waits for approval
	Steps   []string
}

// PlacedOrder is one of the group's orders.
type PlacedOrder struct {
	Number, URL, Seller, State string
	Lines                      int
	Total                      money.Money
	Freight                    string
}
