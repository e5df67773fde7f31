package consoles

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// A search of the record walks one index from its newest end, per value that may match, and
// stops at a page: a record of ten million rows takes no longer than one of ten thousand.
// What a person typed becomes values first: the people whose name or address it is in, the
// few actions or kinds of object that there are (found by skipping along the index).
const (
	auditActors = `SELECT 'person:' || p.id AS value FROM (SELECT id FROM identity_people WHERE email ILIKE $1 OR name ILIKE $1 LIMIT 100) p
		UNION SELECT x FROM unnest(ARRAY[$9::text, 'system:' || $9, 'plugin:' || $9]) x`
	auditActions = `WITH RECURSIVE known AS (
			(SELECT action FROM audit_entries ORDER BY action LIMIT 1)
			UNION ALL SELECT (SELECT a.action FROM audit_entries a WHERE a.action > k.action ORDER BY a.action LIMIT 1) FROM known k WHERE k.action IS NOT NULL)
		SELECT action AS value FROM known WHERE action ILIKE $3`
	auditKinds = `WITH RECURSIVE known AS (
			(SELECT object_kind FROM audit_entries ORDER BY object_kind LIMIT 1)
			UNION ALL SELECT (SELECT a.object_kind FROM audit_entries a WHERE a.object_kind > k.object_kind ORDER BY a.object_kind LIMIT 1) FROM known k WHERE k.object_kind IS NOT NULL)
		SELECT object_kind AS value FROM known WHERE object_kind IS NOT NULL`

	auditMatch = ` e.id < $7 AND e.id >= $10 AND e.id < $11 AND e.at >= $5 AND e.at < $6 AND ($4 = '' OR e.outcome = $4)
		AND ($3 = '' OR e.action ILIKE $3) AND ($2 = '' OR e.object_id = $2 OR e.object_kind = $2)
		AND ($1 = '' OR e.actor_name ILIKE $1 OR e.actor ILIKE $1 OR e.actor IN (SELECT value FROM (` + auditActors + `) who)) ORDER BY e.id DESC LIMIT $8`
)

// query chooses the index by what was asked, the rarest first.
func (f AuditFilter) query(before [16]byte, limit int) (string, []any) {
	object, actor := strings.TrimSpace(f.Object), strings.TrimSpace(f.Actor)
	found := `SELECT e.id FROM audit_entries e WHERE` + auditMatch
	walk := func(values, column string) string {
		return `SELECT hit.id FROM (` + values + `) v CROSS JOIN LATERAL (SELECT e.id FROM audit_entries e WHERE ` + column + ` AND` + auditMatch + `) hit`
	}
	switch {
	case object != "":
		found = walk(auditKinds, `e.object_kind = v.value AND (v.value = $2 OR e.object_id = $2)`)
		if strings.Contains(object, "-") { // an identifier, not a kind
			found = walk(auditKinds, `e.object_kind = v.value AND e.object_id = $2`)
		}
	case actor != "":
		found = walk(auditActors, `e.actor = v.value`)
	case strings.TrimSpace(f.Action) != "":
		found = walk(auditActions, `e.action = v.value`)
	}
	return `SELECT e.id, e.at, e.actor, e.actor_name, coalesce(o.name, ''), e.action, e.object_kind, e.object_id, e.outcome, e.data, e.ip, e.request_id, e.seq, e.hash, coalesce(x.data, e.data) FROM audit_entries e
		LEFT JOIN event_outbox x ON x.tenant_id = e.tenant_id AND x.id = CASE WHEN e.data ? 'sha256' THEN (e.data->>'event')::uuid END
		LEFT JOIN parties_orgs o ON o.tenant_id = e.tenant_id AND o.id = e.org_id
		WHERE e.id IN (` + found + `) ORDER BY e.id DESC LIMIT $8`,
		[]any{like(f.Actor), object, like(f.Action), f.Outcome, f.From, f.To, before, limit, actor, instant(f.From.Add(-day)), instant(f.To.Add(day))}
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
