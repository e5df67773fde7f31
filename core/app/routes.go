package app

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/access/accesshttp"
	"github.com/kontorhq/kontor/core/aftersales/aftersaleshttp"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog/cataloghttp"
	"github.com/kontorhq/kontor/core/cells/cellshttp"
	"github.com/kontorhq/kontor/core/fulfilment/fulfilmenthttp"
	"github.com/kontorhq/kontor/core/identity/identityhttp"
	"github.com/kontorhq/kontor/core/inventory/inventoryhttp"
	"github.com/kontorhq/kontor/core/invoicing/invoicinghttp"
	"github.com/kontorhq/kontor/core/notify/notifyhttp"
	"github.com/kontorhq/kontor/core/ordering/orderinghttp"
	"github.com/kontorhq/kontor/core/parties/partieshttp"
	"github.com/kontorhq/kontor/core/payments/paymentshttp"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/plans/planshttp"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/plugins/pluginshttp"
	"github.com/kontorhq/kontor/core/pricing/pricinghttp"
	"github.com/kontorhq/kontor/core/scim/scimhttp"
	"github.com/kontorhq/kontor/core/sourcing/sourcinghttp"
	"github.com/kontorhq/kontor/core/sso/ssohttp"
	"github.com/kontorhq/kontor/core/surface/frame"
	"github.com/kontorhq/kontor/core/tenancy/tenancyhttp"
)

// routes is everything that answers, context by context, then the pages.
func (h *House) routes() [][]web.Route {
	return append([][]web.Route{
		tenancyhttp.Routes(h.Tenancy), tenancyhttp.BrandRoutes(h.Tenancy, looks{h.Theme}, theme.SheetName, h.open), identityhttp.Routes(h.Identity), identityhttp.GuiseRoutes(guisesFor{h}, h.Tenancy), accesshttp.Routes(h.Access), ssohttp.Routes(h.SSO), scimhttp.KeyRoutes(h.SCIM), scimhttp.Routes(h.SCIM), partieshttp.Routes(h.Parties),
		cataloghttp.Routes(h.Catalog, h.Shop), pricinghttp.Routes(h.Pricing), inventoryhttp.Routes(h.Inventory),
		sourcinghttp.Routes(h.Sourcing), orderinghttp.Routes(h.Ordering), paymentshttp.Routes(h.Payments),
		invoicinghttp.Routes(h.Invoicing), fulfilmenthttp.Routes(h.Fulfilment), aftersaleshttp.Routes(h.Aftersales), notifyhttp.Routes(h.Notify), planshttp.Routes(h.Plans), pluginshttp.Routes(h.Plugins), cellshttp.Routes(h.Cells, h.Tenancy),
	}, append(h.pages(), h.consoles()...)...)
}

// around gathers what the chrome of a page shows of its reader, in one round trip.
func (h *House) around(ctx context.Context, c web.Chrome) frame.Around {
	var out frame.Around
	if c.Caller.Kind == caller.Person {
		var told []plans.Notice
		err := h.DB.Read(ctx, func(b *pgx.Batch) {
			aroundPerson(b, c.Caller, &out)
			if strings.HasPrefix(c.Path, "/operator") && c.Caller.Has(caller.RoleOperator) {
				h.noticed(b, c.Site.TimeZone, &told)
			}
		})
		if err != nil {
			h.Log.WarnContext(ctx, "the page's frame is incomplete", "err", err)
		}
		out.Alerts = h.alerts(c, told)
	}
	if shelf, err := h.Catalog.Shelf(ctx); err == nil {
		for _, top := range shelf.Tree.Children("") {
			out.Categories = append(out.Categories, theme.Link{Text: top.Names.In(c.Locale), URL: "/c/" + top.Path})
		}
	}
	return out
}

func aroundPerson(b *pgx.Batch, c caller.Caller, out *frame.Around) {
	b.Queue(`SELECT count(*) FROM notify_messages WHERE person_id = $1 AND read_at IS NULL`, c.Person.UUID()).QueryRow(func(r pgx.Row) error { return r.Scan(&out.Messages) })
	b.Queue(`SELECT name FROM identity_people WHERE id = $1`, c.Person.UUID()).QueryRow(func(r pgx.Row) error { return r.Scan(&out.Name) })
	if c.Org.IsZero() {
		return
	}
	b.Queue(`SELECT o.id::text, o.name, o.id = $2, m.representation_id IS NOT NULL FROM parties_members m JOIN parties_orgs o ON o.tenant_id = m.tenant_id AND o.id = m.org_id
		WHERE m.person_id = $1 AND (m.until IS NULL OR m.until > now()) ORDER BY m.created_at, m.org_id LIMIT 50`, c.Person.UUID(), c.Org.UUID()).Query(func(rows pgx.Rows) error {
		var a theme.Acting
		_, err := pgx.ForEachRow(rows, []any{&a.ID, &a.Name, &a.Current, &a.Represents}, func() error {
			if out.Companies = append(out.Companies, a); a.Current {
				out.Org = a.Name
			}
			return nil
		})
		return err
	})
	b.Queue(`SELECT count(*) FROM ordering_cart_lines l JOIN ordering_carts c ON c.tenant_id = l.tenant_id AND c.id = l.cart_id
		WHERE c.org_id = $1 AND c.person_id = $2 AND c.state = 'open'`, c.Org.UUID(), c.Person.UUID()).QueryRow(func(r pgx.Row) error { return r.Scan(&out.Cart) })
}
