package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The baseline: what Fiber and pgx can do here with nothing of the product in between.
// Its tables are its own, under row-level security like the product's.

const rawSchema = `
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE TABLE raw_items (tenant_id uuid NOT NULL, id uuid NOT NULL, category int NOT NULL, sku text NOT NULL, name text NOT NULL, brand text NOT NULL,
  price bigint NOT NULL, unit text NOT NULL, attrs jsonb NOT NULL, tsv tsvector NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE INDEX ON raw_items (tenant_id, category, id);
CREATE INDEX ON raw_items USING gin (tenant_id, tsv) WITH (fastupdate = off);
CREATE TABLE raw_stock (tenant_id uuid NOT NULL, item_id uuid NOT NULL, on_hand bigint NOT NULL, reserved bigint NOT NULL DEFAULT 0, PRIMARY KEY (tenant_id, item_id)) WITH (fillfactor = 80);
CREATE TABLE raw_orders (tenant_id uuid NOT NULL, id uuid NOT NULL, buyer uuid NOT NULL, total bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant_id, id));
CREATE TABLE raw_lines (tenant_id uuid NOT NULL, order_id uuid NOT NULL, n int NOT NULL, item_id uuid NOT NULL, qty bigint NOT NULL, price bigint NOT NULL, PRIMARY KEY (tenant_id, order_id, n));
CREATE TABLE raw_outbox (tenant_id uuid NOT NULL, id uuid NOT NULL, name text NOT NULL, data jsonb NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE VIEW raw_items_open AS SELECT * FROM raw_items;
GRANT SELECT ON raw_items_open TO kontor_app;
DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['raw_items','raw_stock','raw_orders','raw_lines','raw_outbox'] LOOP
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY; ALTER TABLE %s FORCE ROW LEVEL SECURITY', t, t);
  EXECUTE format('CREATE POLICY p ON %s USING (tenant_id = current_setting(''app.tenant_id'')::uuid) WITH CHECK (tenant_id = current_setting(''app.tenant_id'')::uuid)', t);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO kontor_app', t); END LOOP; END $$;
CREATE FUNCTION raw_search(q text, lim int) RETURNS TABLE (id uuid, name text, price bigint) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
  $$ SELECT i.id, i.name, i.price FROM raw_items i WHERE i.tenant_id = current_setting('app.tenant_id')::uuid AND i.tsv @@ to_tsquery('simple', q)
     ORDER BY ts_rank(i.tsv, to_tsquery('simple', q)) DESC LIMIT lim $$;
GRANT EXECUTE ON FUNCTION raw_search TO kontor_app;`

// rawFill spreads n items over each tenant, in the order an interleaved trade would.
func rawFill(ctx context.Context, pool *pgxpool.Pool, tenants []uuid.UUID, n int) error {
	words := []string{"beam", "pipe", "angle", "channel", "bar", "plate", "hollow", "round", "square", "钢板", "型钢", "钢管", "圆钢", "角钢", "槽钢"}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		var b pgx.Batch
		for _, t := range tenants {
			id := uuid.Must(uuid.NewV7())
			w := words[r.IntN(len(words))]
			name := fmt.Sprintf("%s %d x %d Q355B", w, 100+i%50, 5+i%20)
			b.Queue(`INSERT INTO raw_items VALUES ($1,$2,$3,$4,$5,'brand',$6,'TNE','{"h":"200","b":"200","grade":"Q355B"}',to_tsvector('simple',$5))`, t, id, i%24, fmt.Sprintf("SKU-%06d", i), name, 380000+i)
			b.Queue(`INSERT INTO raw_stock VALUES ($1,$2,1000000000)`, t, id)
		}
		if err := pool.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
	}
	_, err := pool.Exec(ctx, `VACUUM ANALYZE raw_items; VACUUM ANALYZE raw_stock`)
	return err
}

type rawItem struct {
	ID    uuid.UUID       `json:"id"`
	SKU   string          `json:"sku"`
	Name  string          `json:"name"`
	Brand string          `json:"brand"`
	Price int64           `json:"price"`
	Unit  string          `json:"unit"`
	Attrs json.RawMessage `json:"attrs"`
}

type raw struct {
	pool *pgxpool.Pool
}

// one runs statements of one request in one round trip, tenant first.
func (s raw) one(ctx context.Context, tenant uuid.UUID, fill func(*pgx.Batch)) error {
	var b pgx.Batch
	b.Queue(`SELECT set_config('app.tenant_id', $1, true)`, tenant.String())
	fill(&b)
	return s.pool.SendBatch(ctx, &b).Close()
}

func rawServe(addr, dsn string) error {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return err
	}
	cfg.MaxConns = 16
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		return err
	}
	s := raw{pool}
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	app.Get("/hello", func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"hello": "world"}) })
	app.Get("/item/:t/:id", s.item)
	app.Get("/list/:t/:category", s.list)
	app.Get("/search/:t/:q", s.search)
	app.Post("/touch/:t/:id", s.touch)
	app.Post("/order/:t", s.order)
	fmt.Fprintln(os.Stdout, "ready")
	return app.Listen(addr)
}

func (s raw) item(c *fiber.Ctx) error {
	var it rawItem
	err := s.pool.QueryRow(c.Context(), `SELECT id, sku, name, brand, price, unit, attrs FROM raw_items_open WHERE tenant_id = $1 AND id = $2`, c.Params("t"), c.Params("id")).
		Scan(&it.ID, &it.SKU, &it.Name, &it.Brand, &it.Price, &it.Unit, &it.Attrs)
	if err != nil {
		return err
	}
	return c.JSON(it)
}

func (s raw) list(c *fiber.Ctx) error {
	tenant, err := uuid.Parse(c.Params("t"))
	if err != nil {
		return err
	}
	category, _ := c.ParamsInt("category")
	out := make([]rawItem, 0, 24)
	err = s.one(c.Context(), tenant, func(b *pgx.Batch) {
		b.Queue(`SELECT id, sku, name, brand, price, unit, attrs FROM raw_items WHERE category = $1 ORDER BY id LIMIT 24`, category).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var it rawItem
				if err := rows.Scan(&it.ID, &it.SKU, &it.Name, &it.Brand, &it.Price, &it.Unit, &it.Attrs); err != nil {
					return err
				}
				out = append(out, it)
			}
			return rows.Err()
		})
	})
	if err != nil {
		return err
	}
	return c.JSON(out)
}

func (s raw) search(c *fiber.Ctx) error {
	tenant, err := uuid.Parse(c.Params("t"))
	if err != nil {
		return err
	}
	var out []rawItem
	err = s.one(c.Context(), tenant, func(b *pgx.Batch) {
		b.Queue(`SELECT id, name, price FROM raw_search($1, 24)`, c.Params("q")).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var it rawItem
				if err := rows.Scan(&it.ID, &it.Name, &it.Price); err != nil {
					return err
				}
				out = append(out, it)
			}
			return rows.Err()
		})
	})
	if err != nil {
		return err
	}
	return c.JSON(out)
}

func (s raw) touch(c *fiber.Ctx) error {
	tenant, err := uuid.Parse(c.Params("t"))
	if err != nil {
		return err
	}
	err = s.one(c.Context(), tenant, func(b *pgx.Batch) {
		b.Queue(`UPDATE raw_stock SET reserved = reserved + 1 WHERE item_id = $1`, c.Params("id"))
	})
	if err != nil {
		return err
	}
	return c.JSON(fiber.Map{"ok": true})
}

// order is one order of three lines with guarded stock and an outbox row, pipelined.
func (s raw) order(c *fiber.Ctx) error {
	tenant, err := uuid.Parse(c.Params("t"))
	if err != nil {
		return err
	}
	var in struct{ Items []uuid.UUID }
	if err := c.BodyParser(&in); err != nil {
		return err
	}
	tx, err := s.pool.Begin(c.Context())
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(c.Context())) //nolint:errcheck // after commit it does nothing
	id, now := uuid.Must(uuid.NewV7()), time.Now()
	var b pgx.Batch
	b.Queue(`SELECT set_config('app.tenant_id', $1, true)`, tenant.String())
	b.Queue(`INSERT INTO raw_orders VALUES ($1,$2,$3,$4,$5)`, tenant, id, tenant, 100, now)
	for i, item := range in.Items {
		b.Queue(`INSERT INTO raw_lines VALUES ($1,$2,$3,$4,$5,$6)`, tenant, id, i, item, 1, 100)
		b.Queue(`UPDATE raw_stock SET reserved = reserved + 1 WHERE item_id = $1 AND on_hand - reserved >= 1`, item)
	}
	b.Queue(`INSERT INTO raw_outbox VALUES ($1,$2,'order_placed','{"n":1}')`, tenant, id)
	if err := tx.SendBatch(c.Context(), &b).Close(); err != nil {
		return err
	}
	if err := tx.Commit(c.Context()); err != nil {
		return err
	}
	return c.Status(201).JSON(fiber.Map{"id": id})
}
