package mover

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kontorhq/kontor/core/platform/archive"
)

// atOnce bounds how many changes are read and applied in one go.
const atOnce = 5000

// CatchUp applies what has changed until now and says how many changes there were. Each is
// applied once: how far it got is kept with the rows themselves.
func (m Move) CatchUp(ctx context.Context) (applied int, err error) { return m.catchUp(ctx, 0) }

func (m Move) catchUp(ctx context.Context, until pglogrepl.LSN) (applied int, err error) {
	src, err := m.source(ctx)
	if err != nil {
		return 0, err
	}
	defer shut(src)
	dst, err := m.writer(ctx)
	if err != nil {
		return 0, err
	}
	defer shut(dst)
	mark := until
	if mark == 0 {
		// A commit of our own flushes what others left to be flushed later.
		if err := src.QueryRow(ctx, `SELECT pg_logical_emit_message(true, 'kontor', '')`).Scan(&mark); err != nil {
			return 0, err
		}
		if err := src.QueryRow(ctx, `SELECT pg_current_wal_flush_lsn()`).Scan(&mark); err != nil {
			return 0, err
		}
	}
	for {
		s, full, err := m.peek(ctx, src, mark)
		if err != nil {
			return applied, err
		}
		if until != 0 {
			s.cut(until)
		}
		n, err := m.apply(ctx, dst, s)
		if applied += n; err != nil {
			return applied, err
		}
		to := mark
		if full {
			to = s.end()
		}
		if err := m.advance(ctx, src, to); err != nil {
			return applied, err
		}
		if !full {
			return applied, nil
		}
	}
}

func (m Move) advance(ctx context.Context, src *pgx.Conn, to pglogrepl.LSN) error {
	_, err := src.Exec(ctx, `SELECT pg_replication_slot_advance(slot_name, $2::text::pg_lsn) FROM pg_replication_slots WHERE slot_name = $1 AND confirmed_flush_lsn < $2::text::pg_lsn`, m.name(), to.String())
	return err
}

// stream is a piece of what changed, transaction by transaction.
type stream struct {
	relations map[uint32]*pglogrepl.RelationMessage
	txs       []tx
}

type tx struct {
	end     pglogrepl.LSN
	changes []pglogrepl.Message
}

func (s *stream) end() pglogrepl.LSN { return s.txs[len(s.txs)-1].end }

// cut leaves out what ended after a moment.
func (s *stream) cut(until pglogrepl.LSN) {
	for i, t := range s.txs {
		if t.end > until {
			s.txs = s.txs[:i]
			return
		}
	}
}

// peek reads changes without consuming them: they are when they are applied.
func (m Move) peek(ctx context.Context, src *pgx.Conn, mark pglogrepl.LSN) (*stream, bool, error) {
	rows, err := src.Query(ctx, `SELECT data FROM pg_logical_slot_peek_binary_changes($1, $2::text::pg_lsn, $3, 'proto_version', '1', 'publication_names', $4)`, m.name(), mark.String(), atOnce, m.name())
	if err != nil {
		return nil, false, err
	}
	s, seen := &stream{relations: map[uint32]*pglogrepl.RelationMessage{}}, 0
	var open *tx
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&data}, func() error {
		seen++
		msg, err := pglogrepl.Parse(append([]byte(nil), data...))
		if err != nil {
			return err
		}
		switch x := msg.(type) {
		case *pglogrepl.RelationMessage:
			s.relations[x.RelationID] = x
		case *pglogrepl.BeginMessage:
			open = &tx{}
		case *pglogrepl.CommitMessage:
			open.end = x.TransactionEndLSN
			s.txs = append(s.txs, *open)
		case *pglogrepl.InsertMessage, *pglogrepl.UpdateMessage, *pglogrepl.DeleteMessage:
			open.changes = append(open.changes, msg)
		case *pglogrepl.TruncateMessage:
			return fmt.Errorf("mover: a table was truncated")
		}
		return nil
	})
	return s, seen >= atOnce && len(s.txs) > 0, err
}

// apply writes the transactions that the target does not have yet, in one transaction that
// also notes how far it got.
func (m Move) apply(ctx context.Context, dst *pgx.Conn, s *stream) (applied int, err error) {
	err = pgx.BeginFunc(ctx, dst, func(t pgx.Tx) error {
		var have pglogrepl.LSN
		if err := t.QueryRow(ctx, `SELECT lsn FROM cells_arrivals WHERE tenant_id = $1 AND run_id = $2 FOR UPDATE`, m.Tenant.UUID(), m.Run.UUID()).Scan(&have); err != nil {
			return fmt.Errorf("how far it got: %w", err)
		}
		w, last, touched := writing{move: m, s: s}, have, map[string]bool{}
		for _, x := range s.txs {
			if x.end <= have {
				continue
			}
			for _, c := range x.changes {
				name, err := w.add(c)
				if err != nil {
					return err
				}
				touched[name] = true
			}
			last = x.end
		}
		if last == have {
			return nil
		}
		applied = len(w.expect)
		if err := w.send(ctx, dst.PgConn()); err != nil {
			return err
		}
		_, err := t.Exec(ctx, `UPDATE cells_arrivals SET lsn = $2::text::pg_lsn, touched = (SELECT coalesce(array_agg(DISTINCT x), '{}') FROM unnest(touched || $3::text[]) x) WHERE tenant_id = $1`, m.Tenant.UUID(), last.String(), keys(touched))
		return err
	})
	return applied, err
}

func keys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}

// writing is a batch of changes. What each must have changed is checked when all are sent.
type writing struct {
	move   Move
	s      *stream
	batch  pgconn.Batch
	expect []string // "" where nothing is expected
}

func (w *writing) add(msg pglogrepl.Message) (string, error) {
	switch x := msg.(type) {
	case *pglogrepl.InsertMessage:
		rel := w.s.relations[x.RelationID]
		return rel.RelationName, w.insert(rel, x.Tuple)
	case *pglogrepl.UpdateMessage:
		rel := w.s.relations[x.RelationID]
		return rel.RelationName, w.update(rel, x)
	case *pglogrepl.DeleteMessage:
		rel := w.s.relations[x.RelationID]
		where, args := condition(rel, x.OldTuple, nil)
		w.batch.ExecParams(`DELETE FROM `+archive.Quote(rel.RelationName)+where, args, nil, nil, nil)
		w.expect = append(w.expect, "") // where references are checked, a parent has taken its children along
		return rel.RelationName, w.ours(rel, x.OldTuple)
	}
	return "", fmt.Errorf("mover: unexpected %T", msg)
}

// ours makes sure that no other tenant's row travels, whatever a server sends.
func (w *writing) ours(rel *pglogrepl.RelationMessage, t *pglogrepl.TupleData) error {
	for i, c := range rel.Columns {
		if c.Name == "tenant_id" && i < len(t.Columns) && string(t.Columns[i].Data) == w.move.Tenant.String() {
			return nil
		}
	}
	return fmt.Errorf("mover: a row of %s is not this tenant's", rel.RelationName)
}

func (w *writing) insert(rel *pglogrepl.RelationMessage, t *pglogrepl.TupleData) error {
	var names, values []string
	var args [][]byte
	for i, c := range rel.Columns {
		names, args = append(names, archive.Quote(c.Name)), append(args, value(t.Columns[i]))
		values = append(values, fmt.Sprintf("$%d", len(args)))
	}
	w.batch.ExecParams(`INSERT INTO `+archive.Quote(rel.RelationName)+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(values, ", ")+`)`, args, nil, nil, nil)
	w.expect = append(w.expect, rel.RelationName)
	return w.ours(rel, t)
}

// update leaves alone what the server did not send because it did not change.
func (w *writing) update(rel *pglogrepl.RelationMessage, x *pglogrepl.UpdateMessage) error {
	var sets []string
	var args [][]byte
	for i, c := range rel.Columns {
		if x.NewTuple.Columns[i].DataType == pglogrepl.TupleDataTypeToast {
			continue
		}
		args = append(args, value(x.NewTuple.Columns[i]))
		sets = append(sets, fmt.Sprintf("%s = $%d", archive.Quote(c.Name), len(args)))
	}
	key := x.NewTuple
	if x.OldTuple != nil {
		key = x.OldTuple
	}
	where, args := condition(rel, key, args)
	w.batch.ExecParams(`UPDATE `+archive.Quote(rel.RelationName)+` SET `+strings.Join(sets, ", ")+where, args, nil, nil, nil)
	w.expect = append(w.expect, rel.RelationName)
	return w.ours(rel, x.NewTuple)
}

// condition names one row by its key.
func condition(rel *pglogrepl.RelationMessage, t *pglogrepl.TupleData, args [][]byte) (string, [][]byte) {
	var out []string
	for i, c := range rel.Columns {
		if c.Flags == 1 {
			args = append(args, value(t.Columns[i]))
			out = append(out, fmt.Sprintf("%s = $%d", archive.Quote(c.Name), len(args)))
		}
	}
	return ` WHERE ` + strings.Join(out, " AND "), args
}

func value(c *pglogrepl.TupleDataColumn) []byte {
	if c.DataType == pglogrepl.TupleDataTypeNull {
		return nil
	}
	if c.Data == nil {
		return []byte{}
	}
	return c.Data
}

func (w *writing) send(ctx context.Context, c *pgconn.PgConn) error {
	results, err := c.ExecBatch(ctx, &w.batch).ReadAll()
	if err != nil {
		return err
	}
	for i, r := range results {
		if w.expect[i] != "" && r.CommandTag.RowsAffected() != 1 {
			return fmt.Errorf("mover: a change of %s met %d rows", w.expect[i], r.CommandTag.RowsAffected())
		}
	}
	return nil
}
