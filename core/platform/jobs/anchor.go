package jobs

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

// Anchor is the head of a chain as it once was, kept outside the database: whoever may
// rewrite a table can make its hashes fit again, but not with what was noted elsewhere.
type Anchor struct {
	At     time.Time `json:"at"`
	Tenant id.Tenant `json:"tenant"`
	Chain  string    `json:"chain"`
	Seq    int64     `json:"seq"`
	Hash   string    `json:"hash"`
}

// Anchors are what was noted, by tenant.
type Anchors map[id.Tenant][]Anchor

// ReadAnchors reads every note in a folder; want narrows it to one tenant, zero is all. A
// folder that does not exist holds none. A line that is no note is an error: the notes are
// evidence, and half of them would prove what they do not.
func ReadAnchors(folder string, want id.Tenant) (Anchors, error) {
	out := Anchors{}
	files, err := filepath.Glob(filepath.Join(folder, "*.ndjson"))
	if err != nil || folder == "" {
		return out, err
	}
	slices.Sort(files)
	for _, name := range files {
		if err := out.read(name, want); err != nil {
			return nil, fmt.Errorf("anchors in %s: %w", name, err)
		}
	}
	return out, nil
}

func (a Anchors) read(name string, want id.Tenant) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		var x Anchor
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil || x.Seq < 1 || len(x.Hash) != 64 {
			return fmt.Errorf("line %d is no anchor", n)
		}
		if want.IsZero() || x.Tenant == want {
			a[x.Tenant] = append(a[x.Tenant], x)
		}
	}
	return lines.Err()
}

// of are a tenant's notes of one chain, in the chain's order.
func (a Anchors) of(t id.Tenant, c chain) []Anchor {
	var out []Anchor
	for _, x := range a[t] {
		if x.Chain == c.table {
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(x, y Anchor) int { return int(x.Seq - y.Seq) })
	return out
}

// Anchor notes the heads of the caller's tenant's chains in today's file of the folder, if
// they moved since this process noted them last, and says how many it noted.
func (q *Queue) Anchor(ctx context.Context) (int, error) {
	c, err := caller.From(ctx)
	if err != nil || q.anchors == "" {
		return 0, err
	}
	heads, err := q.heads(ctx)
	if err != nil {
		return 0, err
	}
	q.noting.Lock()
	defer q.noting.Unlock()
	var text bytes.Buffer
	var fresh []string
	for i, h := range heads {
		key := c.Tenant.String() + chains[i].table
		if h.Seq == 0 || q.noted[key] == h.Seq {
			continue
		}
		line, err := json.Marshal(Anchor{q.now().UTC(), c.Tenant, chains[i].table, h.Seq, hex.EncodeToString(h.Hash)})
		if err != nil {
			return 0, err
		}
		text.Write(append(line, '\n'))
		fresh = append(fresh, key)
	}
	if len(fresh) == 0 {
		return 0, nil
	}
	if err := q.note(text.Bytes()); err != nil {
		return 0, fmt.Errorf("anchor: %w", err)
	}
	for i, h := range heads {
		if key := c.Tenant.String() + chains[i].table; slices.Contains(fresh, key) {
			q.noted[key] = h.Seq
		}
	}
	return len(fresh), nil
}

// note appends and waits until the disk has it.
func (q *Queue) note(text []byte) error {
	if err := os.MkdirAll(q.anchors, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(q.anchors, q.now().UTC().Format(time.DateOnly)+".ndjson"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// heads are the ends of the chains as the tables say, unverified.
func (q *Queue) heads(ctx context.Context) ([]Head, error) {
	out := make([]Head, len(chains))
	err := q.db.Read(ctx, func(b *pgx.Batch) {
		for i, c := range chains {
			out[i] = Head{Chain: c.name}
			b.Queue(`SELECT seq, hash FROM ` + c.table + ` WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1`).Query(func(rows pgx.Rows) error {
				_, err := pgx.ForEachRow(rows, []any{&out[i].Seq, &out[i].Hash}, func() error { return nil })
				return err
			})
		}
	})
	return out, err
}
