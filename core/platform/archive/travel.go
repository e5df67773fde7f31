package archive

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/platform/vault"
)

// Travel is a column that lies sealed under a key which stays here. An export is its owner's
// own data, so it holds what the column says; an import seals that under its own key, and
// makes anew what is derived from it.
type Travel struct {
	vault.Column
	As    string                         // what it is called in an export
	Plain string                         // the column in which an earlier version kept it as it is; it is called As as well
	Index map[string]func(string) string // blind indexes, and what of the value each is of
	Shown string                         // the column that says the part of it that everybody may see
	Show  func(string) string
}

// travel is what there is to open of a table, if anything.
func travel(all []Travel, table string) *Travel {
	if i := slices.IndexFunc(all, func(x Travel) bool { return x.Table == table }); i >= 0 {
		return &all[i]
	}
	return nil
}

// lines reads a table's rows in the order of their key, each as one line of JSON with what is
// sealed in it opened. Keys come out of the snapshot that the rows come from.
func (t Table) lines(ctx context.Context, tx pgx.Tx, v *vault.Vault, x *Travel, take func([]byte) error) error {
	if x == nil {
		var line []byte
		return each(ctx, tx, t.selects(), []any{&line}, func() error { return take(line) })
	}
	keys, err := v.KeysIn(ctx, tx)
	if err != nil {
		return err
	}
	plain := "''"
	if x.Plain != "" {
		plain = quote(x.Plain)
	}
	sql := `SELECT convert_to((SELECT row_to_json(x)::text FROM (SELECT ` + quoted("t.", t.carried(x)) + `) x), 'UTF8'), ` + quote(x.Row) + `::text, ` + quote(x.Column.Column) + `, ` + plain +
		` FROM ` + quote(t.Name) + ` t ORDER BY ` + quoted("t.", t.Key)
	var line, sealed []byte
	var row, says string
	return each(ctx, tx, sql, []any{&line, &row, &sealed, &says}, func() error {
		if sealed != nil {
			b, err := keys.Open(x.Table, x.Column.Column, row, sealed)
			if err != nil {
				return err
			}
			says = string(b)
		}
		as, err := json.Marshal(map[string]string{x.As: says})
		if err != nil {
			return err
		}
		return take(slices.Concat(bytes.TrimSuffix(line, []byte("}")), []byte(","), as[1:]))
	})
}

func each(ctx context.Context, tx pgx.Tx, sql string, into []any, do func() error) error {
	rows, err := tx.Query(ctx, sql)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, into, do)
	return err
}

// carried are the columns that go as they are.
func (t Table) carried(x *Travel) []string {
	if x == nil {
		return t.taken()
	}
	return slices.DeleteFunc(t.taken(), func(c string) bool { return c == x.Plain })
}

// columns are what a table's rows say in an export.
func (t Table) columns(x *Travel) []string {
	if x == nil {
		return t.taken()
	}
	return append(t.carried(x), x.As)
}

// made are the columns that an import fills itself.
func (x *Travel) made() []string {
	out := []string{x.Column.Column}
	for c := range x.Index {
		out = append(out, c)
	}
	if x.Shown != "" {
		out = append(out, x.Shown)
	}
	slices.Sort(out)
	return out
}

// seal gives a row what it is called here instead of what it says.
func (x *Travel) seal(keys vault.Keys, row []byte) ([]byte, error) {
	var v map[string]json.RawMessage // amounts stay as they are written
	if err := json.Unmarshal(row, &v); err != nil {
		return nil, ErrNotExport.Because(err)
	}
	var says, named string
	for name, into := range map[string]*string{x.As: &says, x.Row: &named} {
		if raw, ok := v[name]; ok {
			if err := json.Unmarshal(raw, into); err != nil {
				return nil, ErrNotExport.Because(err)
			}
		}
	}
	delete(v, x.As)
	for _, c := range x.made() {
		delete(v, c) // an export that somebody wrote by hand seals nothing
	}
	if x.Plain != "" {
		v[x.Plain] = json.RawMessage(`""`)
	}
	if x.Shown != "" {
		v[x.Shown] = json.RawMessage(`""`)
	}
	if says != "" {
		sealed, err := keys.Seal(x.Table, x.Column.Column, named, []byte(says))
		if err != nil {
			return nil, err
		}
		v[x.Column.Column] = bytea(sealed)
		for column, of := range x.Index {
			v[column] = bytea(keys.Index(x.Table, column, of(says)))
		}
		if x.Shown != "" {
			if v[x.Shown], err = json.Marshal(x.Show(says)); err != nil {
				return nil, err
			}
		}
	}
	return json.Marshal(v)
}

func bytea(b []byte) json.RawMessage { return json.RawMessage(`"\\x` + hex.EncodeToString(b) + `"`) }
