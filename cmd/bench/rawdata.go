package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// The baseline's tables are its own, under row-level security like the product's, and so
// is the role it runs as.

const rawSchema = `
CREATE EXTENSION IF NOT EXISTS btree_gin;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'raw_app') THEN CREATE ROLE raw_app LOGIN PASSWORD 'raw'; END IF; END $$;
CREATE TABLE raw_items (tenant_id uuid NOT NULL, id uuid NOT NULL, category int NOT NULL, sku text NOT NULL, name text NOT NULL, brand text NOT NULL,
  price bigint NOT NULL, unit text NOT NULL, attrs jsonb NOT NULL, tsv tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', name)) STORED, PRIMARY KEY (tenant_id, id));
CREATE INDEX ON raw_items (tenant_id, category, id);
CREATE INDEX ON raw_items USING gin (tenant_id, tsv) WITH (fastupdate = off);
CREATE TABLE raw_stock (tenant_id uuid NOT NULL, item_id uuid NOT NULL, on_hand bigint NOT NULL, reserved bigint NOT NULL DEFAULT 0, PRIMARY KEY (tenant_id, item_id)) WITH (fillfactor = 80);
CREATE TABLE raw_orders (tenant_id uuid NOT NULL, id uuid NOT NULL, buyer uuid NOT NULL, total bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant_id, id));
CREATE TABLE raw_lines (tenant_id uuid NOT NULL, order_id uuid NOT NULL, n int NOT NULL, item_id uuid NOT NULL, qty bigint NOT NULL, price bigint NOT NULL, PRIMARY KEY (tenant_id, order_id, n));
CREATE TABLE raw_outbox (tenant_id uuid NOT NULL, id uuid NOT NULL, name text NOT NULL, data jsonb NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE VIEW raw_items_open AS SELECT * FROM raw_items;
GRANT SELECT ON raw_items_open TO raw_app;
DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['raw_items','raw_stock','raw_orders','raw_lines','raw_outbox'] LOOP
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
  EXECUTE format('CREATE POLICY p ON %s USING (tenant_id = current_setting(''app.tenant_id'')::uuid) WITH CHECK (tenant_id = current_setting(''app.tenant_id'')::uuid)', t);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO raw_app', t); END LOOP; END $$;
CREATE FUNCTION raw_search(q text, lim int) RETURNS TABLE (id uuid, name text, price bigint) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
  $$ SELECT i.id, i.name, i.price FROM raw_items i WHERE i.tenant_id = current_setting('app.tenant_id')::uuid AND i.tsv @@ to_tsquery('simple', q)
     ORDER BY ts_rank(i.tsv, to_tsquery('simple', q)) DESC LIMIT lim $$;
GRANT EXECUTE ON FUNCTION raw_search TO raw_app;`

const (
	rawItems      = 10_000
	rawCategories = 24
)

// rawID is the same item's in every run, so that the load generator need not ask.
func rawID(kind string, n int) uuid.UUID {
	return uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%s %d", kind, n))
}

func rawTenant(n int) uuid.UUID { return rawID("tenant", n) }

// rawFill gives each tenant its items, in the order an interleaved trade would.
func rawFill(ctx context.Context, conn *pgx.Conn, tenants int) error {
	var n int
	if err := conn.QueryRow(ctx, `SELECT count(*) FROM pg_class WHERE relname = 'raw_items'`).Scan(&n); err != nil || n > 0 {
		return err
	}
	if _, err := conn.Exec(ctx, rawSchema); err != nil {
		return err
	}
	rows := func(row func(t uuid.UUID, i int) []any) pgx.CopyFromSource {
		return pgx.CopyFromSlice(rawItems*tenants, func(k int) ([]any, error) { return row(rawTenant(k%tenants), k/tenants), nil })
	}
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{"raw_items"}, []string{"tenant_id", "id", "category", "sku", "name", "brand", "price", "unit", "attrs"},
		rows(func(t uuid.UUID, i int) []any {
			return []any{t, rawID("item", i), i % rawCategories, fmt.Sprintf("SKU-%06d", i), goodsName(i), "brand", int64(380000 + i), "TNE", `{"h":"200","b":"200","grade":"Q355B"}`}
		})); err != nil {
		return err
	}
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{"raw_stock"}, []string{"tenant_id", "item_id", "on_hand"},
		rows(func(t uuid.UUID, i int) []any { return []any{t, rawID("item", i), int64(1_000_000_000)} })); err != nil {
		return err
	}
	for _, t := range []string{"raw_items", "raw_stock"} {
		if _, err := conn.Exec(ctx, `VACUUM ANALYZE `+t); err != nil {
			return err
		}
	}
	return nil
}
