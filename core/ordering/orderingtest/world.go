// Package orderingtest is a small market in which people order: real stores, real
// catalogue, stock and ledger; neighbours that a test scripts.
package orderingtest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/catalog/catalogtest"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/ordering/orderingdb"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/quantity"
)

// World is the market. What neighbours answer is in its exported fields.
type World struct {
	*catalogtest.Market
	Ordering *ordering.Service
	Phones   *contact.Phones
	Offers   []catalog.Offer // one per seller, in pieces, at least two in steps of two

	mu       sync.Mutex
	now      time.Time
	Review   []fault.Reason // what the gate wants a second person to look at
	Refuse   error          // what the gate refuses with
	Limits   map[id.Person]*int64
	Reserved map[id.OrderLine]quantity.Quantity
	Short    error // what stock refuses with
	Open     map[id.Order]money.Money
	Safes    ordering.Escrows // where a test brings real ones
	numbers  map[string]int
}

// New makes the market.
func New(t testing.TB, db *pgtest.DB) *World {
	t.Helper()
	w := &World{
		Market: catalogtest.New(t, db), now: clock.System(), Limits: map[id.Person]*int64{}, Reserved: map[id.OrderLine]quantity.Quantity{},
		Open: map[id.Order]money.Money{}, numbers: map[string]int{},
	}
	for i, seller := range w.Sellers {
		made := w.Put(t, catalogtest.Beam(fmt.Sprintf("HW20%d", i), "热轧H型钢", "H-beam", "200", "Q355B", 600, seller))
		w.Offers = append(w.Offers, made.Offers...)
	}
	sealer, err := vault.New(db.DB, []byte("the master key of the orders' tests"), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Phones = contact.New(db.DB, sealer)
	w.Ordering = ordering.New(ordering.Needs{
		Store: orderingdb.New(db.DB, w.Phones), Unit: db.DB, Gate: w.Gate, Judge: w, Events: w.Log, Now: w.Now, Catalog: offers{w}, Prices: w, Stock: w, Freight: w,
		Escrows: escrows{w}, Parties: w, Terms: w, Numbers: w,
	})
	return w
}

// Now is the world's clock.
func (w *World) Now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

// Wait moves the clock.
func (w *World) Wait(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.Add(d) }

// Judge implements ordering.Judge.
func (w *World) Judge(context.Context, policy.Action, any) ([]fault.Reason, error) {
	return w.Review, w.Refuse
}

type offers struct{ w *World }

// Offers implements ordering.Catalog.
func (o offers) Offers(ctx context.Context, ids []id.Offer) (map[id.Offer]ordering.OfferFacts, error) {
	facts, err := o.w.Catalog.Offers(ctx, ids)
	out := map[id.Offer]ordering.OfferFacts{}
	for o, f := range facts {
		out[o] = ordering.OfferFacts{
			Offer: o, Item: f.Item, SKU: f.SKU, Names: f.Names, Seller: f.Seller, SellerName: f.SellerName, Unit: f.Unit, Basis: ordering.ByPiece,
			KgPerUnitMicro: f.KgPerUnitMicro, OnSale: f.Orderable(), ShipsFrom: ordering.Place{City: "Tangshan", Country: "CN"}, Check: f.CheckQuantity,
		}
	}
	return out, err
}

// Quote implements ordering.Prices: everything costs a thousand yuan a piece.
func (w *World) Quote(_ context.Context, _ id.Org, lines []ordering.PriceAsk) ([]ordering.PriceAnswer, error) {
	out := make([]ordering.PriceAnswer, len(lines))
	for i, l := range lines {
		p := money.Price{Micro: 1_000 * quantity.Scale, Currency: "CNY", Per: quantity.Piece}
		goods, err := p.Times(l.Qty)
		if err != nil {
			return nil, err
		}
		out[i] = ordering.PriceAnswer{Price: p, PricedQty: l.Qty, Goods: goods, Source: map[string]string{"source": "test"}}
	}
	return out, nil
}

// Reserve and Release implement ordering.Stock.
func (w *World) Reserve(_ context.Context, lines []ordering.StockLine) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.Short != nil {
		return w.Short
	}
	for _, l := range lines {
		w.Reserved[l.Line] = l.Qty
	}
	return nil
}

// Release implements ordering.Stock.
func (w *World) Release(_ context.Context, lines []id.OrderLine) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range lines {
		delete(w.Reserved, l)
	}
	return nil
}

// Rates implements ordering.Freight: one lorry.
func (w *World) Rates(_ context.Context, a ordering.FreightAsk) ([]ordering.FreightOption, error) {
	return []ordering.FreightOption{{ID: "lorry", Carrier: "Test", Service: "road", Amount: money.Of(500_00, a.Currency), Days: 2}}, nil
}

type escrows struct{ w *World }

// Open implements ordering.Escrows.
func (e escrows) Open(ctx context.Context, o ordering.Order) error {
	if e.w.Safes != nil {
		return e.w.Safes.Open(ctx, o)
	}
	e.w.mu.Lock()
	defer e.w.mu.Unlock()
	e.w.Open[o.ID] = o.Total
	return nil
}

// Abandon implements ordering.Escrows.
func (e escrows) Abandon(ctx context.Context, o ordering.Order) error {
	if e.w.Safes != nil {
		return e.w.Safes.Abandon(ctx, o)
	}
	e.w.mu.Lock()
	defer e.w.mu.Unlock()
	delete(e.w.Open, o.ID)
	return nil
}

// Member implements ordering.Parties.
func (w *World) Member(_ context.Context, _ id.Org, p id.Person) (ordering.Member, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return ordering.Member{LimitMinor: w.Limits[p], Currency: "CNY"}, nil
}

// ApproverFor implements ordering.Parties.
func (w *World) ApproverFor(context.Context, id.Org, id.Person, money.Money) (bool, error) {
	return true, nil
}

// Dealing implements ordering.Parties.
func (w *World) Dealing(ctx context.Context, orgs []id.Org, buyer id.Org, p id.Person) (ordering.Dealing, error) {
	d := ordering.Dealing{Companies: map[id.Org]ordering.Company{}}
	for _, o := range orgs {
		d.Companies[o] = ordering.Company{ID: o.String(), Name: "Test", State: "approved", Licences: []ordering.Licence{}}
	}
	var err error
	if !p.IsZero() {
		d.Member, err = w.Member(ctx, buyer, p)
	}
	return d, err
}

// CostCentre implements ordering.Parties.
func (w *World) CostCentre(context.Context, id.Org, id.CostCentre) (ordering.Budget, error) {
	return ordering.Budget{}, ordering.ErrCostCentre
}

// Trade implements ordering.Terms.
func (w *World) Trade(context.Context) (ordering.TradeTerms, error) {
	return ordering.TradeTerms{Currency: "CNY", TaxRateMicro: 130_000}, nil
}

// Take implements ordering.Numbers.
func (w *World) Take(_ context.Context, kinds ...string) ([]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]string, len(kinds))
	for i, kind := range kinds {
		w.numbers[kind]++
		out[i] = fmt.Sprintf("%s-2026-%06d", kind, w.numbers[kind])
	}
	return out, nil
}

// Checkout fills the person's cart with n pieces of every offer and checks out.
func (w *World) Checkout(t testing.TB, ctx context.Context, n int64) ordering.Checkout {
	t.Helper()
	for _, o := range w.Offers {
		if _, err := w.Ordering.PutInCart(ctx, o.ID, quantity.Of(n, quantity.Piece)); err != nil {
			t.Fatal(err)
		}
	}
	co, err := w.Ordering.CheckOut(ctx, ordering.Place{City: "Shanghai", Country: "CN"})
	if err != nil {
		t.Fatal(err)
	}
	return co
}

// Input places a checkout with the first freight service of every seller.
func Input(co ordering.Checkout) ordering.PlaceInput {
	in := ordering.PlaceInput{Checkout: co.ID, Freight: map[id.Org]string{}, ShipTo: ordering.Address{City: "Shanghai", Country: "CN"}}
	for _, p := range co.Parts {
		in.Freight[p.Seller] = p.Freight[0].ID
	}
	return in
}

// BuyerCtx is a person of the buying company.
func (w *World) BuyerCtx(t testing.TB) context.Context { return w.As(t, w.Buyer, caller.RoleBuyer) }
