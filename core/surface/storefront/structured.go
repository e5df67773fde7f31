package storefront

import (
	"github.com/kontorhq/kontor/core/platform/theme"
)

// structured is the item for search engines (schema.org). It repeats what the page says
// to visitors and nothing that is one company's own.
func structured(m *Item, e eye) any {
	if e.site.LoginRequired || e.who.SignedIn() {
		return nil
	}
	p := map[string]any{"@context": "https://schema.org", "@type": "Product", "name": m.Name, "sku": m.SKU, "description": m.Description, "category": m.Category, "inLanguage": e.Locale()}
	if m.Brand != "" {
		p["brand"] = map[string]any{"@type": "Brand", "name": m.Brand}
	}
	var props []any
	for _, s := range m.Specs {
		props = append(props, map[string]any{"@type": "PropertyValue", "name": s.Name, "value": s.Value})
	}
	p["additionalProperty"] = props
	var offers []any
	for _, o := range m.Offers {
		if len(o.Tiers) == 0 {
			continue
		}
		price := o.Tiers[0].Price
		there := "https://schema.org/InStock"
		if o.Free.Micro <= 0 {
			there = "https://schema.org/BackOrder"
		}
		offers = append(offers, map[string]any{
			"@type": "Offer", "price": price.Decimal(), "priceCurrency": string(price.Currency), "availability": there,
			"seller":             map[string]any{"@type": "Organization", "name": o.Seller},
			"priceSpecification": map[string]any{"@type": "UnitPriceSpecification", "price": price.Decimal(), "priceCurrency": string(price.Currency), "unitCode": string(price.Per)},
		})
	}
	if offers != nil {
		p["offers"] = offers
	}
	return p
}

// step is one stair of the tier chart.
func (e eye) step(t TierRow) theme.Tier {
	return theme.Tier{From: t.From.Micro, FromTxt: e.Qty(t.From), Price: t.Price.Micro, Text: e.Money(t.Price)}
}
