// Package inventory is where goods are: warehouses, lots, what is on hand and what is
// promised, and every movement that changed either. Quantities are in the unit of the
// offer whose goods they are.
package inventory

import (
	"regexp"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/quantity"
)

// Warehouse is a place where a company keeps goods.
type Warehouse struct {
	ID      id.Warehouse
	Org     id.Org
	Code    string
	Name    string
	Country string // ISO 3166-1 alpha-2
	City    string
}

var country = regexp.MustCompile(`^[A-Z]{2}$`)

// Check collects everything that is wrong with a warehouse.
func (w Warehouse) Check() error {
	var bad []fault.Field
	for path, v := range map[string]string{"code": w.Code, "name": w.Name, "city": w.City} {
		if strings.TrimSpace(v) == "" || len(v) > 120 {
			bad = append(bad, fault.Field{Path: path, Reason: "required"})
		}
	}
	if !country.MatchString(w.Country) {
		bad = append(bad, fault.Field{Path: "country", Reason: "unknown"})
	}
	if len(bad) > 0 {
		return ErrWarehouseInvalid.At(bad...)
	}
	return nil
}

// Lot is goods made together: recalled together, expiring together.
type Lot struct {
	ID        id.Lot
	Offer     id.Offer
	Number    string
	MadeOn    time.Time // zero: unknown
	ExpiresOn time.Time // zero: does not expire
}

// Expired reports whether the lot may not be sold any more on a day: its last day is the
// one before it expires.
func (l Lot) Expired(at time.Time) bool { return !l.ExpiresOn.IsZero() && !l.ExpiresOn.After(at) }

// Stock is what lies of an offer in one warehouse, of one lot where goods have lots.
type Stock struct {
	Offer     id.Offer
	Warehouse id.Warehouse
	Lot       id.Lot
	OnHand    int64
	Reserved  int64
}

// Free is what can still be promised.
func (s Stock) Free() int64 { return s.OnHand - s.Reserved }

// Kinds of movements.
const (
	Opening = "opening"
	Receipt = "receipt"
	Reserve = "reserve"
	Release = "release"
	Ship    = "ship"
	Adjust  = "adjust"
)

// Movement is a change of stock, signed. Their sum is the stock, always.
type Movement struct {
	ID        id.Movement
	Offer     id.Offer
	Warehouse id.Warehouse
	Lot       id.Lot
	Kind      string
	OnHand    int64
	Reserved  int64
	Ref       Ref
	At        time.Time
}

// Ref is what a movement or a hold is for: {"order_line", id}.
type Ref struct {
	Kind string
	ID   string
}

// OrderLine is the ref of an order's line.
func OrderLine(l id.OrderLine) Ref { return Ref{"order_line", l.String()} }

// HoldState is what became of a hold.
type HoldState string

// The states of a hold.
const (
	Held     HoldState = "held"
	Shipped  HoldState = "shipped"
	Released HoldState = "released"
)

// Hold is goods set aside for somebody.
type Hold struct {
	ID        id.Hold
	Offer     id.Offer
	Warehouse id.Warehouse
	Lot       id.Lot
	Micro     int64
	Ref       Ref
	State     HoldState
	ExpiresAt time.Time // zero: until released
}

// maxMicro bounds one quantity.
const maxMicro = 1_000_000_000 * quantity.Scale
