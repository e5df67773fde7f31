package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The baseline: what Fiber and pgx can do here with nothing of the product in between.

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

// rawServe is the baseline's process.
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
	app.Get("/search/:t", s.search)
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
	category, err := c.ParamsInt("category")
	if err != nil {
		return err
	}
	out := make([]rawItem, 0, 24)
	err = s.one(c.Context(), tenant, func(b *pgx.Batch) {
		b.Queue(`SELECT id, sku, name, brand, price, unit, attrs FROM raw_items WHERE category = $1 ORDER BY id LIMIT 24`, category).Query(func(rows pgx.Rows) error {
			var it rawItem
			_, err := pgx.ForEachRow(rows, []any{&it.ID, &it.SKU, &it.Name, &it.Brand, &it.Price, &it.Unit, &it.Attrs}, func() error { out = append(out, it); return nil })
			return err
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
	out := make([]rawItem, 0, 24)
	err = s.one(c.Context(), tenant, func(b *pgx.Batch) {
		b.Queue(`SELECT id, name, price FROM raw_search($1, $2)`, c.Query("q"), c.QueryInt("limit", 24)).Query(func(rows pgx.Rows) error {
			var it rawItem
			_, err := pgx.ForEachRow(rows, []any{&it.ID, &it.Name, &it.Price}, func() error { out = append(out, it); return nil })
			return err
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
	return c.Status(fiber.StatusCreated).JSON(fiber.Map{"id": id})
}
