package pluginhost

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// The shapes below are the contexts' words for what plugins do, in kernel types. A context
// declares the part it needs as a port of its own; these are what adapters convert from.

// Pricer prices lines; Plain is the one that needs no plugin.
type Pricer interface {
	Quote(ctx context.Context, currency money.Currency, lines []PriceLine) ([]PricedLine, error)
	Reprice(ctx context.Context, original []PricedLine, measured []Measured) ([]Repriced, error)
}

// Rater offers ways to move goods, and moves them.
type Rater interface {
	Rates(ctx context.Context, req RateRequest) ([]RateOffer, error)
	Book(ctx context.Context, key string, req BookRequest) (Booking, error)
	Track(ctx context.Context, plugin, bookingID string) (Tracking, error)
}

// Payer moves money at an outside party.
type Payer interface {
	Begin(ctx context.Context, key string, req BeginRequest) (Operation, error)
	Get(ctx context.Context, operationID string) (Operation, error)
	ParseWebhook(ctx context.Context, installation id.Installation, hook Webhook) ([]PaymentUpdate, error)
	Release(ctx context.Context, key, operationID string, splits []Split) (Operation, error)
	Refund(ctx context.Context, key, operationID string, amount money.Money, reason string) (Operation, error)
	Payout(ctx context.Context, key string, req Payout) (Operation, error)
}

var (
	_ Pricer = (*Host)(nil)
	_ Rater  = (*Host)(nil)
	_ Payer  = (*Host)(nil)
)

// PriceLine is one line to price at a unit price from the seller's list. KgPerUnitMicro is
// the mass of one counted unit in millionths of a kilogram, 0 where unknown.
type PriceLine struct {
	LineID         string
	Attrs          map[string]string
	Qty            quantity.Quantity
	Unit           money.Price
	KgPerUnitMicro int64
}

// Bases of a price.
const (
	BasisPiece           = "piece"
	BasisLength          = "length"
	BasisArea            = "area"
	BasisVolume          = "volume"
	BasisTheoreticalMass = "theoretical_mass"
	BasisWeighedMass     = "weighed_mass"
	BasisPack            = "pack"
	BasisFormula         = "formula"
)

// PricedLine is what a line costs. Components that are not Informational add up to Amount.
// Evidence other than "" means that the amount is settled by it, within the tolerance
// (millionths of one: 30000 is 3 %). Plugin is empty where the platform priced it itself.
type PricedLine struct {
	LineID            string
	Plugin            string
	Basis             string
	PricedQty         quantity.Quantity
	Amount            money.Money
	Components        []Component
	Evidence          string
	TolerancePctMicro int64
	CapPctMicro       int64
	ValidUntil        time.Time
	Problems          []Problem
}

// Component is one part of a price.
type Component struct {
	Code          string
	Unit          money.Price
	Qty           quantity.Quantity
	Amount        money.Money
	Informational bool
}

// Problem is something a person can put right.
type Problem struct {
	Code, Pointer, Message string
	Params                 map[string]string
}

// Measured is what evidence says about a line.
type Measured struct {
	LineID     string
	Qty        quantity.Quantity
	EvidenceID string
}

// Repriced is a settled line. Beyond marks a difference outside the tolerance.
type Repriced struct {
	PricedLine
	Beyond     bool
	Difference quantity.Quantity
}

// Place is where goods start or end.
type Place struct{ Country, City, Locode, Postcode, Street, Name string }

// Parcel is Count equal things. Temperatures are thousandths of a degree Celsius.
type Parcel struct {
	Count                       int
	MassKgMicro                 int64 // of one
	LengthMM, WidthMM, HeightMM int
	Chilled                     bool
	MinMilliC, MaxMilliC        int64
	UNNumber                    string
}

// RateRequest asks what moving the goods costs. Without Parcels, MassKgMicro is one parcel.
type RateRequest struct {
	From, To    Place
	MassKgMicro int64
	Parcels     []Parcel
	Currency    money.Currency
	ReadyAt     time.Time
}

// RateOffer is one way to move the goods.
type RateOffer struct {
	Plugin, OfferID  string
	Carrier, Service string
	Amount           money.Money
	ETADays          int
	ValidUntil       time.Time
	Features         []string
}

// BookRequest takes an offer of a plugin.
type BookRequest struct {
	Plugin, OfferID string
	From, To        Place
	MassKgMicro     int64
	Parcels         []Parcel
	Shipment        id.Shipment
}

// Booking is a carrier's promise.
type Booking struct {
	ID       string      `json:"id"`
	Plugin   string      `json:"plugin"`
	State    string      `json:"state"`
	Carrier  string      `json:"carrier"`
	Tracking string      `json:"tracking"`
	Amount   money.Money `json:"amount"`
	ETA      time.Time   `json:"eta"`
}

// Tracking is a booking and what has happened to it.
type Tracking struct {
	Booking Booking
	Events  []TrackEvent
}

// TrackEvent happened once; its id never changes.
type TrackEvent struct {
	ID    string
	At    time.Time
	Code  string
	Place string
}

// States of a payment operation.
const (
	OpPending        = "pending"
	OpRequiresAction = "requires_action"
	OpAuthorized     = "authorized"
	OpCaptured       = "captured"
	OpHeld           = "held"
	OpReleased       = "released"
	OpRefunded       = "refunded"
	OpVoided         = "voided"
	OpFailed         = "failed"
	OpUnknown        = "unknown"
)

// BeginRequest starts taking money for an order into escrow.
type BeginRequest struct {
	Order     id.Order
	Reference string // what the payer sees, such as the order number
	Amount    money.Money
	PayerID   string
	PayerName string
	Country   string
	NotifyURL string // where the provider's messages reach us
}

// Operation is one movement of money at the provider. Instructions are what to show the
// payer: iban, account_name, bank, reference.
type Operation struct {
	ID           string            `json:"id"`
	Plugin       string            `json:"plugin"`
	Kind         string            `json:"kind"`
	State        string            `json:"state"`
	Amount       money.Money       `json:"amount"`
	Captured     money.Money       `json:"captured"`
	Refunded     money.Money       `json:"refunded"`
	Instructions map[string]string `json:"instructions,omitempty"`
	UpstreamRef  string            `json:"upstream_ref,omitempty"`
	ExpiresAt    time.Time         `json:"expires_at"`
}

// Webhook is a provider's message exactly as received.
type Webhook struct {
	Headers    map[string]string
	Body       []byte
	Query      string
	ReceivedAt time.Time
}

// Kinds of payment update.
const (
	UpdateTransferReceived = "transfer_received"
	UpdateReleased         = "released"
	UpdateRefunded         = "refunded"
	UpdatePaidOut          = "paid_out"
	UpdateFailed           = "failed"
)

// PaymentUpdate is one thing that happened at the provider. Captured is the whole sum
// received so far, so that late and early messages give the same end.
type PaymentUpdate struct {
	DedupeID    string
	OperationID string
	Kind        string
	State       string
	Amount      money.Money
	Captured    money.Money
	At          time.Time
	UpstreamRef string
	Plugin      string // who has vouched for it
}

// Split is one receiver's part of an escrow; Party is an organisation's id or "platform".
type Split struct {
	Party  string      `json:"party"`
	Kind   string      `json:"kind"`
	Amount money.Money `json:"amount"`
}

// Payout sends part of a party's balance to its bank account.
type Payout struct {
	Party       string      `json:"party"`
	Amount      money.Money `json:"amount"`
	IBAN        string      `json:"iban"`
	AccountName string      `json:"account_name"`
	Reference   string      `json:"reference"`
}

// MarshalJSON keeps the account's number out of what is remembered of the call; the plugin
// is told the whole.
func (p Payout) MarshalJSON() ([]byte, error) {
	type remembered Payout
	q := remembered(p)
	if n := len(q.IBAN); n > 4 {
		q.IBAN = "…" + q.IBAN[n-4:]
	}
	return json.Marshal(q)
}
