package consoles

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// A search of the record takes two steps. What a person typed becomes values first: the
// people whose name or address it is in, the few actions or kinds of object that there are
// (found by skipping along the index). Then one index is walked from its newest end for each
// value, to a page at most: a record of ten million rows takes no longer than one of ten
// thousand. In two steps, and planned with the values, because a planner that does not know
// a value takes a rare one for frequent and walks the whole record.
const (
	auditActors = `SELECT 'person:' || p.id FROM (SELECT id FROM identity_people WHERE email ILIKE $1 OR name ILIKE $1 LIMIT 100) p
		UNION SELECT x FROM unnest(ARRAY[$2::text, 'system:' || $2, 'plugin:' || $2]) x`
	auditActions = `WITH RECURSIVE known AS (
			(SELECT action AS value FROM audit_entries WHERE seq IS NOT NULL ORDER BY action LIMIT 1)
			UNION ALL SELECT (SELECT a.action FROM audit_entries a WHERE a.seq IS NOT NULL AND a.action > k.value ORDER BY a.action LIMIT 1) FROM known k WHERE k.value IS NOT NULL)
		SELECT value FROM known WHERE value ILIKE $1 AND $2 <> '' LIMIT 100`
	auditKinds = `WITH RECURSIVE known AS (
			(SELECT object_kind AS value FROM audit_entries ORDER BY object_kind LIMIT 1)
			UNION ALL SELECT (SELECT a.object_kind FROM audit_entries a WHERE a.object_kind > k.value ORDER BY a.object_kind LIMIT 1) FROM known k WHERE k.value IS NOT NULL)
		SELECT value FROM known WHERE value IS NOT NULL AND $1 <> '' AND $2 <> '' LIMIT 100`

	auditMatch = ` e.id >= $8 AND e.id < least($6::uuid, $9) AND e.at >= $4 AND e.at < $5 AND ($3 = '' OR e.outcome = $3)
		AND ($2 = '' OR e.action ILIKE $2) AND ($1 = '' OR e.object_id = $1 OR e.object_kind = $1)
		AND (cardinality($11::text[]) = 0 OR e.actor = ANY($11) OR e.actor_name ILIKE $10 OR e.actor ILIKE $10) ORDER BY e.id DESC LIMIT $7)`
)

// values is the first step: what is asked for, the rarest kind of question first.
func (f AuditFilter) values() (sql, text string) {
	switch {
	case f.Object != "":
		return auditKinds, f.Object
	case f.Actor != "":
		return auditActors, f.Actor
	case f.Action != "":
		return auditActions, f.Action
	}
	return "", ""
}

// query is the second step. The few entries that are not sealed yet are in no index of
// actors and actions, and are looked at one by one.
func (f AuditFilter) query(values []string, before [16]byte, limit int) (string, []any) {
	actors := []string{}
	if f.Actor != "" {
		actors = append(actors, "") // nobody is called that: who looked for somebody does not get all
		if f.Object == "" {
			actors = append(actors, values...)
		}
	}
	args := []any{f.Object, like(f.Action), f.Outcome, f.From, f.To, before, limit, instant(f.From.Add(-day)), instant(f.To.Add(day)), like(f.Actor), actors}
	var walks []string
	walk := func(where string) {
		walks = append(walks, `(SELECT e.id FROM audit_entries e WHERE `+where+` AND`+auditMatch)
	}
	each := func(where string) {
		for _, v := range values {
			args = append(args, v)
			walk(strings.ReplaceAll(where, "?", "$"+strconv.Itoa(len(args))))
		}
	}
	switch {
	case f.Object != "":
		each(`e.object_kind = ? AND e.object_id = $1`)
		if slices.Contains(values, f.Object) {
			walk(`e.object_kind = $1`)
		}
	case f.Actor != "":
		each(`e.actor = ? AND e.seq IS NOT NULL`)
		walk(`e.seq IS NULL`)
	case f.Action != "":
		each(`e.action = ? AND e.seq IS NOT NULL`)
		walk(`e.seq IS NULL`)
	case f.Outcome == "refused":
		walk(`e.outcome = 'refused' AND e.seq IS NOT NULL`)
		walk(`e.seq IS NULL`)
	default:
		walk(`true`)
	}
	if len(walks) == 0 {
		walk(`false`)
	}
	return `SELECT e.id, e.at, e.actor, e.actor_name, coalesce(o.name, ''), e.action, e.object_kind, e.object_id, e.outcome, e.data, e.ip, e.request_id, e.seq, e.hash, coalesce(x.data, e.data) FROM audit_entries e
		LEFT JOIN event_outbox x ON x.tenant_id = e.tenant_id AND x.id = CASE WHEN e.data ? 'sha256' THEN (e.data->>'event')::uuid END
		LEFT JOIN parties_orgs o ON o.tenant_id = e.tenant_id AND o.id = e.org_id
		WHERE e.id IN (` + strings.Join(walks, ` UNION ALL `) + `) ORDER BY e.id DESC LIMIT $7`, args
}

// trimmed is the filter without what people put around words.
func (f AuditFilter) trimmed() AuditFilter {
	f.Actor, f.Object, f.Action = strings.TrimSpace(f.Actor), strings.TrimSpace(f.Object), strings.TrimSpace(f.Action)
	return f
}

// day is more than a row's time and the time in its identifier lie apart.
const day = 24 * time.Hour

// instant is the smallest identifier of a time: identifiers begin with theirs.
func instant(t time.Time) (out uuid.UUID) {
	ms := max(t.UnixMilli(), 0)
	for i := range 6 {
		out[i] = byte(ms >> (40 - 8*i))
	}
	return out
}
