package sdk

import (
	"context"
	"time"
)

// Pricer says what lines cost. Quote has no effects and answers in 500 ms, 500 lines too;
// pricing lines one by one gives the same as pricing them together.
type Pricer interface {
	Quote(context.Context, QuoteRequest) (QuoteReply, error)
}

// Repricer is a Pricer that settles a quoted line by what was measured afterwards.
type Repricer interface {
	Reprice(context.Context, RepriceRequest) (RepriceReply, error)
}

// Basis is what a price is counted by.
type Basis int

// The bases. NotMine leaves the line to the host's own pricing.
const (
	NotMine Basis = iota
	ByPiece
	ByLength
	ByArea
	ByVolume
	TheoreticalMass
	WeighedMass
	ByPack
	ByFormula
)

// QuoteRequest asks for prices in one currency.
type QuoteRequest struct {
	Call     Call
	Currency string
	At       time.Time
	Lines    []QuoteLine
}

// QuoteLine is one line to price. Base is the price on the seller's list.
type QuoteLine struct {
	LineID   string
	Item     Ref
	Attrs    map[string]string // quantities read "12 MTR"
	Qty      Quantity
	Base     UnitPrice
	Customer map[string]string
}

// QuoteReply answers every line by its id.
type QuoteReply struct{ Lines []QuotedLine }

// QuotedLine is a price with its parts; those that are not Informational add up to
// Amount, and the host checks that.
type QuotedLine struct {
	LineID     string
	Basis      Basis
	PricedQty  Quantity // what the basis counted
	Components []Component
	Amount     Money
	Settlement Settlement
	ValidUntil time.Time
	CacheKey   string
	Problems   []Problem
}

// Component is one part of a price.
type Component struct {
	Code          string
	Unit          UnitPrice
	Qty           Quantity
	Amount        Money
	Informational bool
}

// Settlement says whether the quoted amount is final. Without Evidence it is.
type Settlement struct {
	Evidence     string  // "WEIGHBRIDGE"
	TolerancePct Decimal // the quantity may differ by so much and is paid as measured
	CapPct       Decimal // nobody pays for more than so much above the quoted quantity
}

// RepriceRequest gives what was quoted and what was measured.
type RepriceRequest struct {
	Call     Call
	Original []QuotedLine
	Measured []Measurement
}

// Measurement is what evidence says about a line.
type Measurement struct {
	LineID   string
	Qty      Quantity
	Evidence Ref
}

// RepriceReply answers every measured line.
type RepriceReply struct{ Lines []RepricedLine }

// RepricedLine is the settled price. Beyond marks a difference that the parties must talk
// about.
type RepricedLine struct {
	QuotedLine
	Beyond     bool
	Difference Quantity // measured minus quoted
}
