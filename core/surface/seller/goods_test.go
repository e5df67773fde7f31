package seller_test

import (
	"context"
	"net/http"
	"regexp"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

// optionOf is the first value of a select.
func optionOf(body, name string) string {
	m := regexp.MustCompile(`(?s)name="` + name + `".*?<option value="([^"]+)"`).FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return m[1]
}

func TestAnOfferIsPricedStockedPausedAndPublished(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	seller := surfacetest.Acting(t, h, "steel", "seller5")
	var offer, unit string
	if err := h.DB.Ops(t).QueryRow(context.Background(), `SELECT id::text, unit FROM catalog_offers WHERE seller_id = $1 AND state = 'published' LIMIT 1`, surfacetest.Org(t, seller).UUID()).Scan(&offer, &unit); err != nil {
		t.Fatal(err)
	}
	b := surfacetest.As(t, h, "steel", "en", "seller5")
	page := "/seller/offers/" + offer
	p := b.Get(page)
	if p.Status != http.StatusOK || len(p.Values("prices[0].price")) == 0 {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	before := count(t, h, `SELECT count(*) FROM pricing_prices WHERE offer_id = $1`, offer)
	for name, wrong := range map[string][]string{"none": {}, "nothing": {"prices[0].price", "0"}, "negative": {"prices[0].price", "-3"}, "words": {"prices[0].min_qty", "many", "prices[0].price", "3"}} {
		if p := b.Post(page+"/prices", append(wrong, "prices[0].unit", unit)...); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, p.Status, p.Text())
		}
	}
	if n := count(t, h, `SELECT count(*) FROM pricing_prices WHERE offer_id = $1`, offer); n != before {
		t.Errorf("refused prices were stored: %d, then %d", before, n)
	}
	if p := b.Post(page+"/prices", "prices[0].price", "4321.5", "prices[0].unit", unit, "prices[1].min_qty", "50", "prices[1].price", "4200", "prices[1].unit", unit, "prices[2].unit", unit); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Get(page); p.Value("prices[0].price") != "4321.5" || p.Value("prices[1].min_qty") != "50" || p.Value("prices[2].price") != "" {
		t.Errorf("tiers: %v", p.Values("prices[0].price"))
	}
	house := b.Get(page).Body
	if p := b.Post(page+"/stock", "quantity", "-4"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("less than nothing came: %d", p.Status)
	}
	warehouse := optionOf(house, "warehouse")
	if p := b.Post(page+"/stock", "quantity", "7", "warehouse", warehouse, "lot", "HEAT-9"); p.Status != http.StatusSeeOther {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if n := count(t, h, `SELECT count(*) FROM inventory_stock s JOIN inventory_lots l ON l.id = s.lot_id WHERE s.offer_id = $1 AND l.number = 'HEAT-9' AND s.on_hand_micro = 7000000`, offer); n != 1 {
		t.Error("the goods are not on the shelf")
	}
	for _, to := range []string{"paused", "published"} {
		b.Get(page)
		if p := b.Post(page+"/state", "to", to); p.Status != http.StatusSeeOther || count(t, h, `SELECT count(*) FROM catalog_offers WHERE id = $1 AND state = $2`, offer, to) != 1 {
			t.Errorf("to %s: %d %s", to, p.Status, p.Text())
		}
	}
	if p := b.Post(page+"/state", "to", "sold"); p.Status != http.StatusConflict {
		t.Errorf("an unknown state: %d", p.Status)
	}
}
