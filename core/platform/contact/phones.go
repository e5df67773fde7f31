// Package contact keeps people's telephone numbers apart from what they belong to: each once
// per marketplace, sealed, so that a copy of the database tells none. Rows elsewhere hold a
// number's id.
package contact

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/vault"
)

// Where numbers lie, and which columns find them.
const (
	Table  = "contact_phones"
	Sealed = "sealed"
	Text   = "text_index"
	Digits = "digits_index"
)

// Phones are the numbers of the caller's tenant.
type Phones struct {
	db    *pg.DB
	vault *vault.Vault
}

// New makes the store.
func New(db *pg.DB, v *vault.Vault) *Phones { return &Phones{db, v} }

// keep answers numbers that are known without writing anything, and inserts the others. Two
// who bring one number at once wait for each other, and the slower then finds nothing here.
const keep = `WITH asked AS (SELECT a.* FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[]) a(id, sealed, text_index, digits_index)),
	known AS (SELECT p.text_index, p.id FROM contact_phones p JOIN asked a ON a.text_index = p.text_index),
	made AS (INSERT INTO contact_phones (tenant_id, id, sealed, text_index, digits_index)
		SELECT current_setting('app.tenant_id')::uuid, a.id, a.sealed, a.text_index, a.digits_index FROM asked a
		WHERE NOT EXISTS (SELECT FROM known k WHERE k.text_index = a.text_index) ORDER BY a.text_index
		ON CONFLICT (tenant_id, text_index) DO NOTHING RETURNING text_index, id)
	SELECT text_index, id FROM known UNION ALL SELECT text_index, id FROM made`

const known = `SELECT text_index, id FROM contact_phones WHERE text_index = ANY($1)`

// Keep keeps numbers in the current unit and answers what names them, in their order; no
// number is named by none, and costs nothing.
func (p *Phones) Keep(ctx context.Context, numbers ...string) ([]id.Phone, error) {
	out := make([]id.Phone, len(numbers))
	var texts []string
	for _, n := range numbers {
		if n != "" {
			texts = append(texts, n)
		}
	}
	if len(texts) == 0 {
		return out, nil
	}
	keys, err := p.vault.Keys(ctx)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	var sealed, text, digits [][]byte
	found := map[string]id.Phone{} // by the text's index
	for _, n := range texts {
		t := keys.Index(Table, Text, n)
		if _, twice := found[string(t)]; twice {
			continue
		}
		found[string(t)] = id.Phone{}
		fresh := id.Phone{}.New()
		s, err := keys.Seal(Table, Sealed, fresh.String(), []byte(n))
		if err != nil {
			return nil, err
		}
		ids, sealed, text, digits = append(ids, fresh.UUID()), append(sealed, s), append(text, t), append(digits, keys.Index(Table, Digits, Dialled(n)))
	}
	tx, err := pg.Conn(ctx)
	if err != nil {
		return nil, err
	}
	n, err := take(ctx, tx, found, keep, ids, sealed, text, digits)
	if err == nil && n < len(ids) {
		_, err = take(ctx, tx, found, known, text)
	}
	if err != nil {
		return nil, err
	}
	for i, n := range numbers {
		if n != "" {
			out[i] = found[string(keys.Index(Table, Text, n))]
		}
	}
	return out, nil
}

func take(ctx context.Context, tx pgx.Tx, into map[string]id.Phone, sql string, args ...any) (n int, err error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return 0, err
	}
	var text []byte
	var named id.Phone
	_, err = pgx.ForEachRow(rows, []any{&text, &named}, func() error { into[string(text)] = named; n++; return nil })
	return n, err
}

// Open reads numbers, however many, in one trip. One that is not there is left out: the page
// of an order must not break because of it, and `kontor verify` names it.
func (p *Phones) Open(ctx context.Context, named ...id.Phone) (map[id.Phone]string, error) {
	var ids []uuid.UUID
	for _, n := range named {
		if !n.IsZero() {
			ids = append(ids, n.UUID())
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	sealed := map[id.Phone][]byte{}
	var asked func(context.Context) (vault.Keys, error)
	err := p.db.Lookup(ctx, func(b *pgx.Batch) {
		asked = p.vault.Ask(b)
		b.Queue(`SELECT id, sealed FROM contact_phones WHERE id = ANY($1)`, ids).Query(func(rows pgx.Rows) error {
			var n id.Phone
			var s []byte
			_, err := pgx.ForEachRow(rows, []any{&n, &s}, func() error { sealed[n] = s; return nil })
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	keys, err := asked(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[id.Phone]string, len(sealed))
	for n, s := range sealed {
		plain, err := keys.Open(Table, Sealed, n.String(), s)
		if err != nil {
			return nil, err
		}
		out[n] = string(plain)
	}
	return out, nil
}

// Find names the numbers that are dialled alike, however they were written.
func (p *Phones) Find(ctx context.Context, number string) (out []id.Phone, err error) {
	var asked func(context.Context) (vault.Keys, error)
	if err := p.db.Read(ctx, func(b *pgx.Batch) { asked = p.vault.Ask(b) }); err != nil {
		return nil, err
	}
	keys, err := asked(ctx)
	if err != nil {
		return nil, err
	}
	err = p.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id FROM contact_phones WHERE digits_index = $1 ORDER BY id`, keys.Index(Table, Digits, Dialled(number))).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, pgx.RowTo[id.Phone])
			return err
		})
	})
	return out, err
}

// Dialled is what counts of a number when somebody looks for it: spaces, dashes and brackets
// are taste, and 00 is another way to write +.
func Dialled(number string) string {
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t-–./()[]\u00a0", r) {
			return -1
		}
		return r
	}, number)
	if rest, ok := strings.CutPrefix(plain, "00"); ok {
		return "+" + rest
	}
	return plain
}

// Looks reports whether somebody who looks for this may mean a number: it is written as one,
// and long enough to be one.
func Looks(text string) bool {
	n := Dialled(text)
	digits := strings.TrimLeft(strings.TrimPrefix(n, "+"), "0123456789")
	return digits == "" && len(n) >= 6
}
