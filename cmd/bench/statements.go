package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
)

// forget makes PostgreSQL count statements afresh, and its plans, where somebody wants to see them.
func (b *bench) forget(ctx context.Context) {
	b.counted(ctx, func(conn *pgx.Conn) error {
		return execAll(ctx, conn, pgx.NamedArgs{}, `CREATE EXTENSION IF NOT EXISTS pg_stat_statements`,
			`ALTER SYSTEM SET pg_stat_statements.track_planning = on`, `SELECT pg_reload_conf()`, `SELECT pg_stat_statements_reset()`)
	})
}

// statements prints what was run for each of so many requests, the dearest first: how often,
// what it took, how many pages it touched, and how much it wrote ahead.
func (b *bench) statements(ctx context.Context, requests int) {
	b.counted(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT calls, plans, total_plan_time, total_exec_time, shared_blks_hit + shared_blks_read, wal_bytes::bigint, query
			FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%' ORDER BY total_plan_time + total_exec_time DESC LIMIT $1`, b.top)
		if err != nil {
			return err
		}
		var calls, plans, pages, wal int64
		var planning, ms float64
		var sql string
		each := float64(max(1, requests))
		_, err = pgx.ForEachRow(rows, []any{&calls, &plans, &planning, &ms, &pages, &wal, &sql}, func() error {
			fmt.Printf("            %6.2fx %8.4f ms + %.4f ms for %.2f plans %7.1f pages %7.0f B wal  %.200s\n", float64(calls)/each, ms/each, planning/each, float64(plans)/each, float64(pages)/each, float64(wal)/each, strings.Join(strings.Fields(sql), " "))
			return nil
		})
		return err
	})
}

func (b *bench) counted(ctx context.Context, do func(*pgx.Conn) error) {
	if b.top == 0 {
		return
	}
	conn, err := b.cluster.admin(ctx, database)
	if err == nil {
		defer func() { _ = conn.Close(ctx) }()
		err = do(conn)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: statements:", err)
	}
}
