package seller

import (
	"context"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// stockPage is what lies where.
type stockPage struct {
	frame.Frame
	Rows       []consoles.StockRow
	Houses     []inventory.Warehouse
	HouseNames []theme.Choice
	Warehouse  string
	Text       string
	Expiring   bool
	Today      int64
	Pager      console.Pager
}

func (p pages) stock(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.stockPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("seller/stock", page), nil
}

func (p pages) stockPage(ctx context.Context, v *web.Visit) (*stockPage, error) {
	page := &stockPage{Frame: p.screen(ctx, "stock", "nav.stock"), Text: v.Query("q"), Expiring: v.Query("expiring") != "", Warehouse: v.Query("warehouse")}
	f := consoles.StockFilter{Text: page.Text, Expiring: page.Expiring}
	if page.Warehouse != "" {
		if err := console.ReadID(page.Warehouse, &f.Warehouse, inventory.ErrWarehouseNotFound); err != nil {
			return nil, err
		}
	}
	list, err := p.Reads.Stock(ctx, f, console.Ask(v, 40))
	if err != nil {
		return nil, err
	}
	if page.Houses, err = p.Inventory.Warehouses(ctx, v.Caller().Org); err != nil {
		return nil, err
	}
	for _, h := range page.Houses {
		page.HouseNames = append(page.HouseNames, theme.Choice{Value: h.ID.String(), Label: h.Name + " · " + h.City})
	}
	page.Rows, page.Pager = list.Items, console.Pages(v, list.Next)
	return page, nil
}

func (p pages) addWarehouse(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	w, err := p.Inventory.AddWarehouse(ctx, inventory.Warehouse{Code: f.Get("code"), Name: f.Get("name"), Country: f.Get("country"), City: f.Get("city")})
	if err != nil {
		page, lost := p.stockPage(ctx, v)
		if lost != nil || fault.KindOf(err) == fault.Internal {
			return web.Answer{}, err
		}
		return web.Again("seller/stock", page, err)
	}
	return web.Redirect("/seller/stock").Flash("seller.warehouse_added", "name", w.Name), nil
}
