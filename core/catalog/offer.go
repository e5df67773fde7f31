package catalog

import (
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// OfferState is whether an offer can be ordered from.
type OfferState string

// The states of an offer.
const (
	OfferDraft     OfferState = "draft"
	OfferPublished OfferState = "published"
	OfferPaused    OfferState = "paused"
	OfferWithdrawn OfferState = "withdrawn"
)

// Basis is what a price by weight is multiplied with.
type Basis string

// The bases of a price. Steel sold by theoretical weight is charged by its section tables,
// by weighed weight on what the weighbridge says.
const (
	ByPiece     Basis = "piece"
	Theoretical Basis = "theoretical"
	Weighed     Basis = "weighed"
)

// Offer is one seller's terms for one item.
type Offer struct {
	ID        id.Offer
	Item      id.Item
	Seller    id.Org
	SellerSKU string
	Unit      quantity.Unit // what quantities are given in
	MOQMicro  int64
	StepMicro int64
	LeadDays  int
	Incoterm  string
	Currency  money.Currency
	Basis     Basis
	State     OfferState
	Note      string
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64
}

// Incoterms 2020, the eleven rules.
var incoterms = []string{"", "EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"}

// Check collects everything that is wrong with an offer by itself.
func (o Offer) Check() error {
	var bad []fault.Field
	add := func(path, reason string) { bad = append(bad, fault.Field{Path: path, Reason: reason}) }
	if s := strings.TrimSpace(o.SellerSKU); s == "" || len(s) > 120 || s != o.SellerSKU {
		add("seller_sku", "required")
	}
	if _, err := quantity.ParseUnit(string(o.Unit)); err != nil {
		add("unit", "unknown")
	}
	if o.MOQMicro <= 0 || o.MOQMicro > maxMicro {
		add("moq", "not_positive")
	}
	if o.StepMicro <= 0 || o.StepMicro > maxMicro {
		add("step", "not_positive")
	}
	if o.LeadDays < 0 || o.LeadDays > 730 {
		add("lead_days", "out_of_range")
	}
	if !slices.Contains(incoterms, o.Incoterm) {
		add("incoterm", "unknown")
	}
	if !o.Currency.Known() {
		add("currency", "unknown")
	}
	if o.Basis != ByPiece && o.Basis != Theoretical && o.Basis != Weighed {
		add("basis", "unknown")
	}
	if len(o.Note) > 1_000 {
		add("note", "too_long")
	}
	if len(bad) > 0 {
		return ErrOfferInvalid.At(bad...)
	}
	return nil
}

// Publish opens the offer for orders.
func (o *Offer) Publish() error {
	if o.State == OfferWithdrawn || o.State == OfferPublished {
		return ErrOfferState
	}
	o.State = OfferPublished
	return nil
}

// Pause closes it for a while.
func (o *Offer) Pause() error {
	if o.State != OfferPublished {
		return ErrOfferState
	}
	o.State = OfferPaused
	return nil
}

// Withdraw closes it for good.
func (o *Offer) Withdraw() error {
	if o.State == OfferWithdrawn {
		return ErrOfferState
	}
	o.State = OfferWithdrawn
	return nil
}
