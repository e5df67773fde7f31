package jobs

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
)

// Verify walks the caller's tenant's chains, compares them with what was noted outside,
// and returns their heads, or a *Broken.
func (q *Queue) Verify(ctx context.Context) ([]Head, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	notes, err := ReadAnchors(q.anchors, c.Tenant)
	if err != nil {
		return nil, err
	}
	return q.VerifyAgainst(ctx, notes)
}

// VerifyAgainst is Verify with notes from elsewhere: a folder that was shipped away, or one
// that was read once for all tenants.
func (q *Queue) VerifyAgainst(ctx context.Context, notes Anchors) ([]Head, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	var heads []Head
	for _, c := range chains {
		h, err := q.verify(ctx, c, notes.of(who.Tenant, c))
		if err != nil {
			return heads, err
		}
		heads = append(heads, h)
	}
	return heads, nil
}

func (q *Queue) verify(ctx context.Context, c chain, notes []Anchor) (Head, error) {
	who, err := callerTenant(ctx)
	if err != nil {
		return Head{}, err
	}
	head := Head{Chain: c.name}
	for {
		var rows []sealed
		err := q.db.Read(ctx, func(b *pgx.Batch) {
			b.Queue(`SELECT `+c.columns()+` FROM `+c.table+` e WHERE e.seq > $1 ORDER BY e.seq LIMIT $2`, head.Seq, sealBatch).Query(func(r pgx.Rows) error {
				var err error
				rows, err = pgx.CollectRows(r, scanSealed)
				return err
			})
		})
		if err != nil {
			return head, err
		}
		for _, s := range rows {
			why := s.check(who, head)
			if why == "" {
				why, notes = s.noted(notes)
			}
			if why != "" {
				return head, &Broken{Chain: c.name, Seq: s.seq, ID: s.id.String(), Why: why}
			}
			head.Seq, head.Hash = s.seq, s.hash
		}
		if len(rows) < sealBatch {
			break
		}
	}
	if len(notes) > 0 {
		return head, &Broken{Chain: c.name, Seq: head.Seq + 1, ID: "missing", Why: fmt.Sprintf("the rows up to number %d, which was noted outside at %s, were removed", notes[len(notes)-1].Seq, notes[len(notes)-1].At.Format(time.RFC3339))}
	}
	return head, nil
}

// noted compares a row with the notes of its number and returns those of later numbers.
func (s sealed) noted(notes []Anchor) (why string, later []Anchor) {
	for len(notes) > 0 && notes[0].Seq <= s.seq {
		if hex.EncodeToString(s.hash) != notes[0].Hash {
			return fmt.Sprintf("it is not what was noted outside at %s: this row or one before it was rewritten and sealed again", notes[0].At.Format(time.RFC3339)), notes
		}
		notes = notes[1:]
	}
	return "", notes
}

func (s sealed) check(tenant uuid.UUID, before Head) string {
	want, err := link(tenant, s.seq, s.prev, s.content)
	switch {
	case s.seq != before.Seq+1:
		return fmt.Sprintf("number %d is missing", before.Seq+1)
	case !bytes.Equal(s.prev, before.Hash):
		return "it does not continue from the row before it"
	case err != nil || !bytes.Equal(want, s.hash):
		return "its content was changed after it was sealed"
	}
	return ""
}
