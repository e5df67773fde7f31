// Package consoles answers what the screens of sellers, operators and the platform show
// across contexts: read only, one round trip a screen, nothing kept.
package consoles

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Reads reads for the consoles.
type Reads struct {
	db  *pg.DB
	now clock.Now
}

// New makes the reader.
func New(db *pg.DB, now clock.Now) *Reads {
	if now == nil {
		now = clock.System
	}
	return &Reads{db, now}
}

// many queues a query whose rows become values of T by the order of its columns.
func many[T any](b *pgx.Batch, into *[]T, sql string, args ...any) {
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		var err error
		*into, err = pgx.CollectRows(rows, pgx.RowToStructByPos[T])
		return err
	})
}

// texts queues a query of one column of text.
func texts(b *pgx.Batch, into *[]string, sql string, args ...any) {
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		var err error
		*into, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
}

// one queues a query of one row.
func one(b *pgx.Batch, sql string, args []any, into ...any) {
	b.Queue(sql, args...).QueryRow(func(r pgx.Row) error { return r.Scan(into...) })
}

// maybe is one for a row that need not be there; found says whether it was.
func maybe(b *pgx.Batch, found *bool, sql string, args []any, into ...any) {
	b.Queue(sql, args...).QueryRow(func(r pgx.Row) error {
		err := r.Scan(into...)
		*found = err == nil
		if pg.NoRows(err) {
			return nil
		}
		return err
	})
}

// ours is the company the caller acts for. A console of a company shows nothing to those
// who act for none.
func ours(ctx context.Context) (id.Org, error) {
	c, err := caller.From(ctx)
	return c.Org, err
}

// last begins a list that runs from the newest identifier down.
var last = [16]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// from reads a list's cursor, an identifier.
func from(p page.Request) ([16]byte, error) {
	at := id.Event(last)
	err := page.Decode(p.After, &at)
	return at, err
}

// like is a pattern that finds text anywhere, with the pattern's own signs taken literally.
func like(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

func (r *Reads) daysAgo(n int) time.Time { return r.now().AddDate(0, 0, -n) }
