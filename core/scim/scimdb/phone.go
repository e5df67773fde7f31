package scimdb

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/scim"
)

// numbers is the part of a document that tells how somebody is reached, and keeps what stands
// there where a text is kept apart.
const (
	numbers  = "phoneNumbers"
	keeps    = "kept"
	keepsRaw = "kept_json" // of what is no text
)

// hidden is the same document with each text in that part replaced by what names it; only of
// which type a number is, and which is preferred, stays.
func (s Store) hidden(ctx context.Context, d scim.Doc) (scim.Doc, error) {
	if d[numbers] == nil {
		return d, nil
	}
	var texts []string
	var places []map[string]any
	out := maps.Clone(d)
	out[numbers] = swap(d[numbers], func(key, text string) any {
		m := map[string]any{key: ""}
		texts, places = append(texts, text), append(places, m)
		return m
	})
	named, err := s.phones.Keep(ctx, texts...)
	if err != nil {
		return nil, err
	}
	for i, m := range places {
		for key := range m {
			m[key] = named[i].String()
		}
	}
	return out, nil
}

// swap goes through what a directory may have written.
func swap(v any, hide func(key, text string) any) any {
	switch x := v.(type) {
	case nil, bool:
		return x
	case string:
		return hide(keeps, x)
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = swap(x[i], hide)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, y := range x {
			if _, text := y.(string); k == "type" && text {
				out[k] = y
				continue
			}
			out[k] = swap(y, hide)
		}
		return out
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return hide(keepsRaw, string(raw))
}

// named is what a kept place names; none where it is something else.
func named(m map[string]any) (key string, n id.Phone) {
	for _, key := range []string{keeps, keepsRaw} {
		text, ok := m[key].(string)
		if ok && len(m) == 1 && n.UnmarshalText([]byte(text)) == nil {
			return key, n
		}
	}
	return "", n
}

// shown puts the texts back into documents, all opened at once.
func (s Store) shown(ctx context.Context, us []scim.User) error {
	var all []id.Phone
	for _, u := range us {
		restore(u.Doc[numbers], func(_ string, n id.Phone) any { all = append(all, n); return nil })
	}
	opened, err := s.phones.Open(ctx, all...)
	if err != nil || len(all) == 0 {
		return err
	}
	for _, u := range us {
		if u.Doc[numbers] == nil {
			continue
		}
		u.Doc[numbers] = restore(u.Doc[numbers], func(key string, n id.Phone) any {
			var v any
			if key == keeps || json.Unmarshal([]byte(opened[n]), &v) != nil {
				return opened[n]
			}
			return v
		})
	}
	return nil
}

func restore(v any, show func(key string, n id.Phone) any) any {
	switch x := v.(type) {
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = restore(x[i], show)
		}
		return out
	case map[string]any:
		if key, n := named(x); key != "" {
			return show(key, n)
		}
		out := make(map[string]any, len(x))
		for k, y := range x {
			out[k] = restore(y, show)
		}
		return out
	}
	return v
}

// KeepPhones takes numbers out of documents that an earlier version wrote whole.
func (s Store) KeepPhones(ctx context.Context) error {
	return s.phones.Walk(ctx, "scim_users", func(ctx context.Context, tx pgx.Tx, after uuid.UUID) (last uuid.UUID, seen int, err error) {
		rows, err := tx.Query(ctx, `SELECT id, doc FROM scim_users WHERE id > $1 ORDER BY id LIMIT $2 FOR UPDATE`, after, contact.AtOnce)
		if err != nil {
			return last, 0, err
		}
		docs := map[uuid.UUID]scim.Doc{}
		var text []byte
		_, err = pgx.ForEachRow(rows, []any{&last, &text}, func() error {
			var d scim.Doc
			seen++
			err := json.Unmarshal(text, &d)
			if d[numbers] != nil {
				docs[last] = d
			}
			return err
		})
		if err != nil {
			return last, 0, err
		}
		var b pgx.Batch
		for row, d := range docs {
			restored := scim.Doc{numbers: d[numbers]}
			if err := s.shown(ctx, []scim.User{{Doc: restored}}); err != nil { // what is kept already stays kept
				return last, 0, err
			}
			d[numbers] = restored[numbers]
			if d, err = s.hidden(ctx, d); err != nil {
				return last, 0, err
			}
			now, err := json.Marshal(d)
			if err != nil {
				return last, 0, err
			}
			b.Queue(`UPDATE scim_users SET doc = $2 WHERE id = $1`, row, now)
		}
		return last, seen, tx.SendBatch(ctx, &b).Close()
	})
}
