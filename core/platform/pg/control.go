package pg

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/work"
)

// What stands in the way of control work.
var (
	ErrNoControl = errors.New("pg: no connection for the control role was configured")
	ErrInUnit    = errors.New("pg: control work inside a unit would not commit with it")
)

// Control runs fn in one transaction as kontor_control: the role that may write the
// tables which exist before any tenant does (tenancy_*), and sees no tenant's rows.
func (d *DB) Control(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	if d.control == nil {
		return ErrNoControl
	}
	if work.Active(ctx) {
		return ErrInUnit
	}
	opts := pgx.TxOptions{BeginQuery: fmt.Sprintf("begin; select set_config('statement_timeout','%s',true),set_config('lock_timeout','%s',true)",
		millis(d.cfg.Statement), millis(d.cfg.Lock))}
	var err error
	for n := 1; n <= attempts; n++ {
		err = pgx.BeginTxFunc(ctx, d.control, opts, func(tx pgx.Tx) error { return fn(ctx, tx) })
		if !retriable(err) || ctx.Err() != nil {
			break
		}
		pause(ctx, time.Duration(n*n)*10*time.Millisecond)
	}
	return translate(err)
}

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
