package contact

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Old is where an earlier version has kept numbers as they are: a table with its own id, and
// phone_id beside them. The owner of the table says it.
type Old struct {
	Table string
	Plain string // the number, as SQL; NULL or empty for none
	Clear string // what an UPDATE sets to be rid of it
}

// atOnce is how many rows one unit looks through.
const atOnce = 500

// Move puts numbers of an earlier version where they belong, in portions in the order of the
// table's ids. Where it has been is noted with each portion: killed, it goes on there, and
// the next time it looks at what was added since alone.
func (p *Phones) Move(ctx context.Context, o Old) error {
	for n := atOnce; n == atOnce; {
		if err := p.db.Do(ctx, func(ctx context.Context) (err error) { n, err = p.portion(ctx, o); return err }); err != nil {
			return err
		}
	}
	return nil
}

func (p *Phones) portion(ctx context.Context, o Old) (seen int, err error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return 0, err
	}
	table := pgx.Identifier{o.Table}.Sanitize()
	rows, err := tx.Query(ctx, `SELECT x.id, coalesce(`+o.Plain+`, '') FROM `+table+` x
		WHERE x.id > coalesce((SELECT w.last FROM contact_walks w WHERE w.walked = $1), '00000000-0000-0000-0000-000000000000') ORDER BY x.id LIMIT $2`, o.Table, atOnce)
	if err != nil {
		return 0, err
	}
	var ids []uuid.UUID
	var plain []string
	var last uuid.UUID
	var text string
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&last), &text}, func() error {
		if seen++; text != "" {
			ids, plain = append(ids, last), append(plain, text)
		}
		return nil
	})
	if err != nil || seen == 0 {
		return 0, err
	}
	named, err := p.Keep(ctx, plain...)
	if err != nil {
		return 0, err
	}
	var b pgx.Batch
	for i, row := range ids {
		// Whoever wrote meanwhile has kept his number himself.
		b.Queue(`UPDATE `+table+` x SET phone_id = $2, `+o.Clear+` WHERE x.id = $1 AND `+o.Plain+` = $3`, row, named[i].UUID(), plain[i])
	}
	b.Queue(`INSERT INTO contact_walks (tenant_id, walked, last) VALUES (current_setting('app.tenant_id')::uuid, $1, $2)
		ON CONFLICT (tenant_id, walked) DO UPDATE SET last = EXCLUDED.last`, o.Table, last)
	return seen, tx.SendBatch(ctx, &b).Close()
}

// Of is the number that a row tells: the one that it names, or one that an earlier version
// has left in it.
func Of(opened map[id.Phone]string, named id.Phone, left string) string {
	if n, ok := opened[named]; ok {
		return n
	}
	return left
}
