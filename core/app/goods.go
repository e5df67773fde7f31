package app

import (
	"context"
	"encoding/json"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/catalog/catalogdb"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/inventory/inventorydb"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/pricing/pricingdb"
	"github.com/kontorhq/kontor/core/reads"
)

func (h *House) makeGoods() {
	h.Catalog = catalog.New(catalog.Deps{Unit: h.DB, Store: catalogdb.New(h.DB), Gate: h.Gate, Events: h.Queue, Licences: licencesFor{h}, Room: growing{h, plans.Products}, Now: h.Now})
	h.Pricing = pricing.New(pricing.Deps{Unit: h.DB, Store: pricingdb.New(h.DB), Catalog: h.Catalog, Gate: h.Gate, Events: h.Queue, Calculator: calculatorFor{h}, Now: h.Now})
	h.Shop = reads.NewStorefront(h.DB, h.Catalog, h.Now)
	h.Inventory = inventory.New(inventory.Deps{Unit: h.DB, Store: inventorydb.New(h.DB), Catalog: h.Catalog, Gate: h.Gate, Events: h.Queue, Now: h.Now})
}

type licencesFor struct{ *House }

// Company implements catalog.SellerLicences.
func (h licencesFor) Company(ctx context.Context, org id.Org) (catalog.Company, error) {
	var out catalog.Company
	facts, err := h.Parties.Company(ctx, org)
	if err != nil {
		return out, err
	}
	return out, recast(facts, &out)
}

// recast copies between two contexts' views of the same facts. Both are the JSON that the
// policies' schema defines, which makes the schema the contract between them.
func recast(from, to any) error {
	b, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, to)
}

// calculatorFor asks the tenant's pricing plugin where mass decides the price, and counts
// pieces itself.
type calculatorFor struct{ *House }

// Calculate implements pricing.Calculator.
func (h calculatorFor) Calculate(ctx context.Context, lines []pricing.CalcLine) ([]pricing.CalcResult, error) {
	var byMass []int
	for i, l := range lines {
		if l.Basis != catalog.ByPiece {
			byMass = append(byMass, i)
		}
	}
	out, err := pricing.Plain{}.Calculate(ctx, lines)
	if err != nil || len(byMass) == 0 {
		return out, err
	}
	asks := make([]pluginhost.PriceLine, len(byMass))
	for n, i := range byMass {
		l := lines[i]
		asks[n] = pluginhost.PriceLine{LineID: l.Offer.String(), Attrs: map[string]string{"basis": string(l.Basis)}, Qty: l.Qty, Unit: l.Price, KgPerUnitMicro: l.KgPerUnitMicro}
	}
	priced, err := h.Host.Quote(ctx, lines[byMass[0]].Price.Currency, asks)
	if err != nil {
		h.Log.WarnContext(ctx, "pricing plugin did not answer; counted here", "err", err)
		return out, nil
	}
	for n, i := range byMass {
		out[i] = pricing.CalcResult{Qty: priced[n].PricedQty, Amount: priced[n].Amount, Note: priced[n].Basis}
	}
	return out, nil
}
