package main

import (
	"context"
	"crypto/md5" //nolint:gosec // names of rows, nothing is protected by it
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/quantity"
)

// crowd is what the load generator must know of the marketplace that it visits.
type crowd struct {
	run    string // names this run's people: the same database may be measured again
	tenant uuid.UUID
	items  []good
	offers [][16]byte
	orders int // prepared
	placed int // of them, before measuring began
}

type good struct {
	id  uuid.UUID
	sku string
}

const (
	browsers  = 64  // who look, in the name of the company with prices of its own
	shoppers  = 200 // who fill carts of five lines
	cartLines = 5
	templates = 200 // different baskets of three lines
)

func token(run, kind string, n int) string {
	return fmt.Sprintf("%s%s%032d", pad(run, 10), pad(kind, 8), n)
}

func pad(s string, n int) string { return s + strings.Repeat("-", n-len(s)) }

// nameOf is the id that the preparing statements give a row: md5 as uuid.
func nameOf(run, kind string, n int) uuid.UUID {
	return md5.Sum(fmt.Appendf(nil, "%s %s %d", run, kind, n)) //nolint:gosec // as above
}

// makeBuyers prepares people with sessions, and for each order to come a person with a
// cart and a checkout: what was done before the button is pressed.
func makeBuyers(ctx context.Context, c *cluster, orders int, say func(string)) (*crowd, error) {
	conn, err := c.admin(ctx, database)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	w := &crowd{run: fmt.Sprintf("%x", time.Now().Unix()), orders: orders}
	if err := w.look(ctx, conn); err != nil {
		return nil, err
	}
	company, err := contractBuyer(ctx, conn, w.tenant)
	if err != nil {
		return nil, err
	}
	for _, p := range []struct {
		kind string
		n    int
		org  string
	}{{"browse", browsers, "'" + company.String() + "'::uuid"}, {"shop", shoppers, w.orgSQL()}, {"order", orders, w.orgSQL()}} {
		if err := w.people(ctx, conn, p.kind, p.n, p.org); err != nil {
			return nil, fmt.Errorf("people for %s: %w", p.kind, err)
		}
	}
	say(fmt.Sprintf("%d baskets through the services, %d checkouts", templates, orders))
	parts, rate, err := w.baskets(ctx, c, conn)
	if err != nil {
		return nil, err
	}
	return w, w.checkouts(ctx, conn, parts, rate)
}

// companies is how many buying companies share the orders.
const companies = 100

func (w *crowd) orgSQL() string {
	return fmt.Sprintf("md5('%s org ' || n %% %d)::uuid", w.run, companies) // run is ours
}

// look reads what the load is going to ask for.
func (w *crowd) look(ctx context.Context, conn *pgx.Conn) error {
	if err := conn.QueryRow(ctx, `SELECT id FROM tenancy_tenants WHERE slug = $1`, marketSlug).Scan(&w.tenant); err != nil {
		return err
	}
	rows, err := conn.Query(ctx, `SELECT id, sku FROM catalog_items WHERE tenant_id = $1 AND sku LIKE $2 || '%' ORDER BY sku`, w.tenant, skuPrefix)
	if err != nil {
		return err
	}
	if w.items, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (g good, err error) { return g, r.Scan(&g.id, &g.sku) }); err != nil {
		return err
	}
	rows, err = conn.Query(ctx, `SELECT id FROM catalog_offers WHERE tenant_id = $1 AND seller_sku LIKE $2 || '%' ORDER BY seller_id, id`, w.tenant, skuPrefix)
	if err != nil {
		return err
	}
	w.offers, err = pgx.CollectRows(rows, pgx.RowTo[[16]byte])
	return err
}

// people are of one kind, numbered from 0, with a session each.
func (w *crowd) people(ctx context.Context, conn *pgx.Conn, kind string, n int, org string) error {
	const who = `md5(@run || ' ' || @kind || ' ' || n)::uuid`
	return execAll(ctx, conn, pgx.NamedArgs{"tenant": w.tenant, "run": w.run, "kind": kind, "last": n - 1, "companies": companies - 1},
		`INSERT INTO parties_orgs (tenant_id, id, name, country, reg_kind, reg_no, city, buys, sells, state, created_at)
			SELECT @tenant, md5(@run || ' org ' || n)::uuid, 'Buyer ' || n, 'CN', 'other', @run || '-' || n, '上海', true, false, 'approved', now() FROM generate_series(0, @companies::int) n ON CONFLICT DO NOTHING`,
		`INSERT INTO identity_people (tenant_id, id, email, name, locale, state, created_at)
			SELECT @tenant, `+who+`, @kind || n || '.' || @run || '@bench.example', 'Buyer', 'zh-CN', 'active', now() FROM generate_series(0, @last::int) n`,
		`INSERT INTO parties_members (tenant_id, org_id, person_id, roles, currency, created_at)
			SELECT @tenant, `+org+`, `+who+`, '{buyer}', 'CNY', now() FROM generate_series(0, @last::int) n`,
		`INSERT INTO identity_sessions (tenant_id, token_hash, id, person_id, org_id, created_at, seen_at, expires_at)
			SELECT @tenant, sha256(convert_to(rpad(@run, 10, '-') || rpad(@kind, 8, '-') || lpad(n::text, 32, '0'), 'UTF8')), gen_random_uuid(), `+who+`, `+org+`, now(), now() + interval '1 hour', now() + interval '1 day'
			FROM generate_series(0, @last::int) n`)
}

func execAll(ctx context.Context, conn *pgx.Conn, args pgx.NamedArgs, statements ...string) error {
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql, args); err != nil {
			return err
		}
	}
	return nil
}

// baskets prices three offers of one seller, many times, through cart and checkout, and
// keeps what the checkouts hold.
func (w *crowd) baskets(ctx context.Context, c *cluster, conn *pgx.Conn) (parts []string, taxRate int64, err error) {
	h, done, err := openHouse(ctx, c)
	if err != nil {
		return nil, 0, err
	}
	defer done()
	who := caller.Caller{
		Tenant: id.Tenant(w.tenant), Kind: caller.Person, Person: id.Person(nameOf(w.run, "shop", 0)), Name: "bench",
		Org: id.Org(nameOf(w.run, "org", 0)), Roles: []string{caller.RoleBuyer}, Locale: "zh-CN",
	}
	ctx = caller.With(ctx, who)
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // data, not secrets
	for range templates {
		one, rate, err := w.basket(ctx, h, r.IntN(len(w.offers)-64), conn)
		if err != nil {
			return nil, 0, err
		}
		parts, taxRate = append(parts, one), rate
	}
	return parts, taxRate, nil
}

func (w *crowd) basket(ctx context.Context, h *app.House, at int, conn *pgx.Conn) (parts string, taxRate int64, err error) {
	offers := []id.Offer{w.offers[at], w.offers[at+7], w.offers[at+19]} // sorted by seller: nearly always one
	for _, o := range offers {
		if _, err := h.Ordering.PutInCart(ctx, o, quantity.Of(1, quantity.Piece)); err != nil {
			return "", 0, err
		}
	}
	co, err := h.Ordering.CheckOut(ctx, ordering.Place{})
	if err != nil {
		return "", 0, err
	}
	if err := conn.QueryRow(ctx, `SELECT parts::text, tax_rate_micro FROM ordering_checkouts WHERE tenant_id = $1 AND id = $2`, w.tenant, co.ID.UUID()).Scan(&parts, &taxRate); err != nil {
		return "", 0, err
	}
	for _, o := range offers {
		if _, err := h.Ordering.TakeFromCart(ctx, o); err != nil {
			return "", 0, err
		}
	}
	if len(co.Parts) > 1 { // two sellers: the next basket along
		return w.basket(ctx, h, at+20, conn)
	}
	return parts, taxRate, nil
}

// checkouts gives each buyer a cart and one of the baskets.
func (w *crowd) checkouts(ctx context.Context, conn *pgx.Conn, parts []string, taxRate int64) error {
	const who = `md5(@run || ' order ' || n)::uuid`
	err := execAll(ctx, conn, pgx.NamedArgs{"tenant": w.tenant, "run": w.run, "last": w.orders - 1, "parts": parts, "rate": taxRate},
		`INSERT INTO ordering_carts (tenant_id, id, org_id, person_id, state, created_at, updated_at)
			SELECT @tenant, md5(@run || ' cart ' || n)::uuid, `+w.orgSQL()+`, `+who+`, 'open', now(), now() FROM generate_series(0, @last::int) n`,
		`INSERT INTO ordering_checkouts (tenant_id, id, cart_id, cart_version, org_id, person_id, currency, tax_rate_micro, parts, created_at, expires_at)
			SELECT @tenant, md5(@run || ' checkout ' || n)::uuid, md5(@run || ' cart ' || n)::uuid, 1, `+w.orgSQL()+`, `+who+`, 'CNY', @rate,
			(@parts::text[])[n % cardinality(@parts::text[]) + 1]::jsonb, now(), now() + interval '1 day' FROM generate_series(0, @last::int) n`)
	if err != nil {
		return err
	}
	for _, t := range []string{"identity_people", "identity_sessions", "parties_members", "ordering_carts", "ordering_checkouts"} {
		if _, err := conn.Exec(ctx, `VACUUM ANALYZE `+t); err != nil {
			return err
		}
	}
	return nil
}
