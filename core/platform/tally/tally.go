// Package tally lets the processes of a house count together. Each keeps its own limits in
// memory, because a request must not wait for a question; once a second each tells the
// others what it has let through, and is charged with what they have. A limit is therefore
// the house's to within a second, however many processes serve it.
package tally

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/platform/pg"
)

// Key names who is counted. It says nothing of him: addresses are hashed.
type Key = [16]byte

// Counter is one kind of limit in this process.
type Counter interface {
	// Spent is what was let through here since it was last asked, of whoever is anywhere
	// near his limit. It is told once.
	Spent() map[Key]int64
	// Charge takes into account what was let through elsewhere.
	Charge(who Key, n int64)
}

// Every is how often processes talk.
const Every = time.Second

// Book is where they write it down.
type Book struct {
	db       *pg.DB
	log      *slog.Logger
	node     uuid.UUID
	round    int64
	heard    map[uuid.UUID]int64
	counters map[string]Counter
}

// New makes this process's page of it.
func New(db *pg.DB, log *slog.Logger, counters map[string]Counter) *Book {
	return &Book{db: db, log: log, node: uuid.New(), heard: map[uuid.UUID]int64{}, counters: counters}
}

// Watch talks until ctx ends. While the database does not answer each process limits by
// itself, as it would alone.
func (b *Book) Watch(ctx context.Context) {
	for t := time.NewTicker(Every); ; {
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
			if err := b.Round(ctx); err != nil && ctx.Err() == nil {
				b.log.WarnContext(ctx, "limits are this process's own for now", "err", err)
			}
		}
	}
}

// sheet is what one process let through in one round, by counter and key.
type sheet map[string]map[string]int64

// Round tells and hears once.
func (b *Book) Round(ctx context.Context) error {
	mine := sheet{}
	for name, c := range b.counters {
		spent := c.Spent()
		if len(spent) == 0 {
			continue
		}
		mine[name] = make(map[string]int64, len(spent))
		for k, n := range spent {
			mine[name][hex.EncodeToString(k[:])] = n
		}
	}
	var others []sheet
	err := b.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		others = nil
		if err := b.tell(ctx, tx, mine); err != nil {
			return err
		}
		var err error
		others, err = b.hear(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("tell what was let through: %w", err)
	}
	for _, s := range others {
		b.charge(s)
	}
	return nil
}

func (b *Book) tell(ctx context.Context, tx pgx.Tx, mine sheet) error {
	if len(mine) == 0 {
		return nil
	}
	raw, err := json.Marshal(mine)
	if err != nil {
		return err
	}
	b.round++
	_, err = tx.Exec(ctx, `WITH old AS (DELETE FROM tally_sheets WHERE told_at < now() - interval '1 minute')
		INSERT INTO tally_sheets (node, round, told_at, spent) VALUES ($1, $2, now(), $3)`, b.node, b.round, raw)
	return err
}

// hear reads what is new. What is older than some seconds has been worked off since.
func (b *Book) hear(ctx context.Context, tx pgx.Tx) ([]sheet, error) {
	rows, err := tx.Query(ctx, `SELECT node, round, spent FROM tally_sheets WHERE told_at > now() - interval '3 seconds' AND node <> $1 ORDER BY node, round`, b.node)
	if err != nil {
		return nil, err
	}
	var out []sheet
	var node uuid.UUID
	var round int64
	var raw []byte
	_, err = pgx.ForEachRow(rows, []any{&node, &round, &raw}, func() error {
		if round <= b.heard[node] {
			return nil
		}
		b.heard[node] = round
		var s sheet
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		out = append(out, s)
		return nil
	})
	return out, err
}

func (b *Book) charge(s sheet) {
	for name, spent := range s {
		c, ok := b.counters[name]
		if !ok { // of a newer version
			continue
		}
		for text, n := range spent {
			var k Key
			if raw, err := hex.DecodeString(text); err != nil || copy(k[:], raw) != len(k) || n <= 0 {
				continue
			}
			c.Charge(k, n)
		}
	}
}
