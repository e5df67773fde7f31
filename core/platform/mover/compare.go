package mover

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/platform/archive"
)

// Sum is what there is of a tenant in a table: how many rows, and two sums over the hashes
// of each, whatever order they are in.
type Sum struct {
	Rows int64
	Add  string
	Xor  int64
}

// Compared is what was the same on both sides.
type Compared struct {
	Tables int   `json:"tables"`
	Rows   int64 `json:"rows"`
}

func (m Move) sum(ctx context.Context, c *pgx.Conn, t archive.Table) (s Sum, err error) {
	err = c.QueryRow(ctx, `SELECT count(*), coalesce(sum(hashtextextended(x::text, 0)::numeric), 0)::text, coalesce(bit_xor(hashtextextended(x::text, 1)), 0)
		FROM (SELECT `+columns(t)+` FROM `+archive.Quote(t.Name)+` WHERE `+m.mine()+`) x`).Scan(&s.Rows, &s.Add, &s.Xor)
	return s, err
}

// Compare brings the target to one moment of the source and compares every row of both,
// while the source goes on. What is touched after that is known by name.
func (m Move) Compare(ctx context.Context, progress func(done, total int64)) (Compared, error) {
	moment, at, err := m.slot(ctx, m.name()+"_c", true)
	if err != nil {
		return Compared{}, err
	}
	defer moment.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the slot is temporary
	until, err := lsn(at.ConsistentPoint)
	if err != nil {
		return Compared{}, err
	}
	if _, err := m.catchUp(ctx, until); err != nil {
		return Compared{}, err
	}
	src, err := m.reader(ctx)
	if err != nil {
		return Compared{}, err
	}
	defer shut(src)
	all, err := tables(ctx, src)
	if err != nil {
		return Compared{}, err
	}
	var out Compared
	err = under(ctx, src, at.SnapshotName, func() (err error) {
		out, err = m.same(ctx, src, all, progress)
		return err
	})
	if err != nil {
		return out, err
	}
	return out, m.clean(ctx)
}

// clean forgets which tables were touched before they were compared.
func (m Move) clean(ctx context.Context) error {
	dst, err := m.writer(ctx)
	if err != nil {
		return err
	}
	defer shut(dst)
	_, err = dst.Exec(ctx, `UPDATE cells_arrivals SET touched = '{}' WHERE tenant_id = $1`, m.Tenant.UUID())
	return err
}

// CompareTouched compares the tables that were changed since Compare, both as they are now.
func (m Move) CompareTouched(ctx context.Context) (Compared, error) {
	src, err := m.reader(ctx)
	if err != nil {
		return Compared{}, err
	}
	defer shut(src)
	all, err := tables(ctx, src)
	if err != nil {
		return Compared{}, err
	}
	dst, err := m.writer(ctx)
	if err != nil {
		return Compared{}, err
	}
	defer shut(dst)
	var touched []string
	if err := dst.QueryRow(ctx, `SELECT touched FROM cells_arrivals WHERE tenant_id = $1`, m.Tenant.UUID()).Scan(&touched); err != nil {
		return Compared{}, err
	}
	all = slices.DeleteFunc(all, func(t archive.Table) bool { return !slices.Contains(touched, t.Name) })
	return m.same(ctx, src, all, func(int64, int64) {})
}

// same sums each table on both sides at once.
func (m Move) same(ctx context.Context, src *pgx.Conn, all []archive.Table, progress func(done, total int64)) (out Compared, err error) {
	dst, err := m.writer(ctx)
	if err != nil {
		return out, err
	}
	defer shut(dst)
	for i, t := range all {
		progress(int64(i), int64(len(all)))
		there := make(chan error, 1)
		var a, b Sum
		go func() {
			var err error
			b, err = m.sum(ctx, dst, t)
			there <- err
		}()
		a, err = m.sum(ctx, src, t)
		if err := errors.Join(err, <-there); err != nil {
			return out, err
		}
		if a != b {
			return out, ErrDiffers.With("table", t.Name).With("here", a.Rows).With("there", b.Rows).Because(fmt.Errorf("%s: %d rows here, %d there", t.Name, a.Rows, b.Rows))
		}
		out.Tables, out.Rows = out.Tables+1, out.Rows+a.Rows
	}
	progress(int64(len(all)), int64(len(all)))
	return out, nil
}
