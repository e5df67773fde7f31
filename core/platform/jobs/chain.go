package jobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/platform/pg"
)

// chain is one table whose rows are linked: each row's hash covers its content and the
// hash before it, so that a changed, removed or inserted row breaks every later link.
type chain struct {
	name    string // for people
	table   string
	content string // an SQL expression: all that must not change, as one jsonb value
}

// chains of the platform. A ledger entry's content includes its postings.
var chains = []chain{
	{"audit record", "audit_entries", `jsonb_build_array(e.id, (extract(epoch FROM e.at) * 1000000)::bigint, e.actor, e.actor_name, e.org_id, e.action,
		e.object_kind, e.object_id, e.outcome, e.data, e.ip, e.request_id)`},
	{"ledger", "ledger_entries", `jsonb_build_array(e.id, e.kind, e.ref_kind, e.ref_id, e.memo, (extract(epoch FROM e.at) * 1000000)::bigint, e.by,
		(SELECT coalesce(jsonb_agg(jsonb_build_array(p.position, p.account_id, p.amount_minor, p.currency) ORDER BY p.position), '[]')
		 FROM ledger_postings p WHERE p.tenant_id = e.tenant_id AND p.entry_id = e.id))`},
}

// link is the hash of a row: SHA-256 over the tenant, its place, the hash before it and
// its content in canonical JSON.
func link(tenant uuid.UUID, seq int64, prev, content []byte) ([]byte, error) {
	canon, err := canonical(content)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	h.Write(tenant[:])
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(seq))
	h.Write(n[:])
	h.Write(prev) // empty or 32 bytes; seq says which
	h.Write(canon)
	return h.Sum(nil), nil
}

// canonical spells JSON one way, so that a newer PostgreSQL's spacing breaks no chain.
func canonical(content []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber() // amounts are exact
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v) // keys sorted
}

// sealed is a row of a chain as it is read back.
type sealed struct {
	id         uuid.UUID
	seq        int64
	prev, hash []byte
	content    []byte
}

func (c chain) columns() string {
	return `e.id, coalesce(e.seq, 0), e.prev_hash, e.hash, (` + c.content + `)::text`
}

func scanSealed(row pgx.CollectableRow) (sealed, error) {
	var s sealed
	var text string
	err := row.Scan(&s.id, &s.seq, &s.prev, &s.hash, &text)
	s.content = []byte(text)
	return s, err
}

// Seal links the caller's tenant's new rows to the chains and says how many there were.
func (q *Queue) Seal(ctx context.Context) (int, error) {
	total := 0
	for _, c := range chains {
		for {
			n, err := q.sealSome(ctx, c)
			total += n
			if err != nil {
				return total, fmt.Errorf("seal %s: %w", c.name, err)
			}
			if n < sealBatch {
				break
			}
		}
	}
	return total, nil
}

const sealBatch = 500

func (q *Queue) sealSome(ctx context.Context, c chain) (n int, err error) {
	any, err := q.unsealed(ctx, c)
	if err != nil || !any {
		return 0, err
	}
	err = q.db.Do(ctx, func(ctx context.Context) error {
		who, tx, err := here(ctx)
		if err != nil {
			return err
		}
		tenant := who.Tenant.UUID()
		// One sealer at a time per tenant and chain; the next one continues where it ended.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, c.table+tenant.String()); err != nil {
			return err
		}
		var last sealed
		err = tx.QueryRow(ctx, `SELECT seq, hash FROM `+c.table+` WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1`).Scan(&last.seq, &last.hash)
		if err != nil && !pg.NoRows(err) {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT `+c.columns()+` FROM `+c.table+` e WHERE e.seq IS NULL ORDER BY e.id LIMIT $1`, sealBatch)
		if err != nil {
			return err
		}
		news, err := pgx.CollectRows(rows, scanSealed)
		if err != nil {
			return err
		}
		n = len(news)
		ids, seqs, before, hashes := make([]uuid.UUID, n), make([]int64, n), make([][]byte, n), make([][]byte, n)
		for i, s := range news {
			hash, err := link(tenant, last.seq+1, last.hash, s.content)
			if err != nil {
				return err
			}
			ids[i], seqs[i], before[i], hashes[i] = s.id, last.seq+1, last.hash, hash
			last.seq, last.hash = last.seq+1, hash
		}
		b := &pgx.Batch{}
		pg.Planned(ctx, b)
		b.Queue(`UPDATE `+c.table+` e SET seq = r.seq, prev_hash = r.prev, hash = r.hash
			FROM unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::bytea[]) r(id, seq, prev, hash) WHERE e.id = r.id AND e.seq IS NULL`, ids, seqs, before, hashes)
		return tx.SendBatch(ctx, b).Close()
	})
	return n, err
}

func (q *Queue) unsealed(ctx context.Context, c chain) (any bool, err error) {
	err = q.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT EXISTS (SELECT FROM ` + c.table + ` WHERE seq IS NULL)`).QueryRow(func(r pgx.Row) error { return r.Scan(&any) })
	})
	return any, err
}

// Head is the end of a chain: worth printing, because who keeps it elsewhere will notice
// even a chain that was rewritten as a whole.
type Head struct {
	Chain string
	Seq   int64
	Hash  []byte
}

// Broken names the first row of a chain that is not what was sealed.
type Broken struct {
	Chain string
	Seq   int64
	ID    string
	Why   string
}

func (b *Broken) Error() string {
	return fmt.Sprintf("the %s is broken at number %d (%s): %s", b.Chain, b.Seq, b.ID, b.Why)
}
