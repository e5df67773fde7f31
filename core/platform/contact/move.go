package contact

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// AtOnce is how many rows one unit looks through.
const AtOnce = 500

// note says how far a table has been looked through. At its end, processes of the earlier
// version may still write to it for a while: for two days the next walk begins from the first
// row, and after that where this one ended.
const note = `INSERT INTO contact_walks AS w (tenant_id, walked, last) VALUES (current_setting('app.tenant_id')::uuid, $1, CASE WHEN $3 THEN $4::uuid ELSE $2::uuid END)
	ON CONFLICT (tenant_id, walked) DO UPDATE SET last = CASE WHEN $3 AND w.began_at > now() - interval '2 days' THEN $4::uuid ELSE $2::uuid END`

// Walk looks through a table in the order of its ids, portion by portion, each in a unit of
// its own, which is given the last id it need not look at and answers the last that it has,
// and how many. Where it has been is noted with each portion: killed, it goes on there.
func (p *Phones) Walk(ctx context.Context, table string, portion func(ctx context.Context, tx pgx.Tx, after uuid.UUID) (last uuid.UUID, seen int, err error)) error {
	for seen := AtOnce; seen == AtOnce; {
		if err := p.db.Do(ctx, func(ctx context.Context) error {
			tx, err := pg.Conn(ctx)
			if err != nil {
				return err
			}
			var after, last uuid.UUID
			if err := tx.QueryRow(ctx, `SELECT coalesce((SELECT last FROM contact_walks WHERE walked = $1), $2)`, table, uuid.Nil).Scan(&after); err != nil {
				return err
			}
			if last, seen, err = portion(ctx, tx, after); err != nil {
				return err
			}
			if seen == 0 {
				last = after
			}
			_, err = tx.Exec(ctx, note, table, last, seen < AtOnce, uuid.Nil)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// Old is where an earlier version has kept numbers as they are: a table with its own id, and
// phone_id beside them. The owner of the table says it.
type Old struct {
	Table string
	Plain string // the number, as SQL; NULL or empty for none
	Clear string // what an UPDATE sets to be rid of it
}

// Move puts numbers of an earlier version where they belong.
func (p *Phones) Move(ctx context.Context, o Old) error {
	table := pgx.Identifier{o.Table}.Sanitize()
	return p.Walk(ctx, o.Table, func(ctx context.Context, tx pgx.Tx, after uuid.UUID) (last uuid.UUID, seen int, err error) {
		rows, err := tx.Query(ctx, `SELECT x.id, coalesce(`+o.Plain+`, '') FROM `+table+` x WHERE x.id > $1 ORDER BY x.id LIMIT $2`, after, AtOnce)
		if err != nil {
			return last, 0, err
		}
		var ids []uuid.UUID
		var plain []string
		var text string
		_, err = pgx.ForEachRow(rows, []any{&last, &text}, func() error {
			if seen++; text != "" {
				ids, plain = append(ids, last), append(plain, text)
			}
			return nil
		})
		if err != nil {
			return last, 0, err
		}
		named, err := p.Keep(ctx, plain...)
		if err != nil || len(named) == 0 {
			return last, seen, err
		}
		var b pgx.Batch
		for i, row := range ids {
			// Whoever wrote meanwhile has kept his number himself.
			b.Queue(`UPDATE `+table+` x SET phone_id = $2, `+o.Clear+` WHERE x.id = $1 AND `+o.Plain+` = $3`, row, named[i].UUID(), plain[i])
		}
		return last, seen, tx.SendBatch(ctx, &b).Close()
	})
}

// Of is the number that a row tells: the one that it names, or one that an earlier version
// has left in it.
func Of(opened map[id.Phone]string, named id.Phone, left string) string {
	if n, ok := opened[named]; ok {
		return n
	}
	return left
}
