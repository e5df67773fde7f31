package archive

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/vault"
)

// Reader is an export that was checked whole: each of its parts is what its manifest says.
type Reader struct {
	Manifest
	SHA256 string // of the manifest, which names the export
	parts  map[string]*zip.File
}

// Read checks an export before anything is done with it.
func Read(r io.ReaderAt, size int64) (*Reader, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, ErrNotExport.Because(err)
	}
	out := &Reader{parts: map[string]*zip.File{}}
	for _, f := range z.File {
		if out.parts[f.Name] != nil {
			return nil, ErrNotExport.Because(fmt.Errorf("%s is in it twice", f.Name))
		}
		out.parts[f.Name] = f
	}
	text, err := out.all(manifestName, 64<<20)
	if err != nil {
		return nil, ErrNotExport.Because(err)
	}
	if err := json.Unmarshal(text, &out.Manifest); err != nil || out.Format != Format || out.Version != Version {
		return nil, ErrNotExport.Because(err)
	}
	sum := sha256.Sum256(text)
	out.SHA256 = hex.EncodeToString(sum[:])
	return out, out.check()
}

func (r *Reader) all(name string, most int64) ([]byte, error) {
	f := r.parts[name]
	if f == nil {
		return nil, fmt.Errorf("there is no %s", name)
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, most))
}

// check reads every part once. No more is read of one than the manifest says it holds.
func (r *Reader) check() error {
	listed := 1
	for _, t := range r.Tables {
		listed++
		if err := r.sum(t.Path, t.Bytes, t.Rows, t.SHA256); err != nil {
			return err
		}
	}
	for _, f := range r.Files {
		listed++
		if err := r.sum(f.Path, f.Bytes, -1, f.SHA256); err != nil {
			return err
		}
	}
	if listed != len(r.parts) {
		return ErrNotExport.Because(errors.New("it holds what its manifest does not name"))
	}
	return nil
}

func (r *Reader) sum(path string, size, rows int64, want string) error {
	f := r.parts[path]
	if f == nil {
		return ErrHash.With("path", path)
	}
	in, err := f.Open()
	if err != nil {
		return ErrHash.With("path", path).Because(err)
	}
	defer in.Close()
	h, lines := sha256.New(), &counter{}
	n, err := io.Copy(io.MultiWriter(h, lines), io.LimitReader(in, size+1))
	if err != nil || n != size || rows >= 0 && lines.n != rows || hex.EncodeToString(h.Sum(nil)) != want {
		return ErrHash.With("path", path).Because(err)
	}
	return nil
}

type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(bytes.Count(b, []byte{'\n'}))
	return len(b), nil
}

// Into says how rows arrive.
type Into struct {
	Fill map[string]any // values of the columns named in Filled
	Mask *Mask          // nil: as they are

	Travels []Travel // what is sealed again where it arrives
	Vault   *vault.Vault
}

// Takes reports whether a table's rows arrive.
func (in Into) Takes(table string) bool {
	return Omitted[table] == "" && (in.Mask == nil || !traces[table])
}

// Blobs stores the export's files as the caller's tenant's.
func (r *Reader) Blobs(ctx context.Context, files *blob.Store, in Into) error {
	for _, f := range r.Manifest.Files {
		var b id.Blob
		if err := b.UnmarshalText([]byte(f.ID)); err != nil {
			return ErrNotExport.Because(err)
		}
		if in.Mask != nil {
			if err := files.Restore(ctx, b, strings.NewReader(masked)); err != nil {
				return err
			}
			continue
		}
		body, err := r.parts[f.Path].Open()
		if err != nil {
			return err
		}
		if err := errors.Join(files.Restore(ctx, b, body), body.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Rows inserts the export's rows as the caller's tenant's, in the current unit.
func (r *Reader) Rows(ctx context.Context, db *pg.DB, in Into) error {
	known, err := Tables(ctx, db)
	if err != nil {
		return err
	}
	for _, e := range r.Tables {
		if !slices.ContainsFunc(known, func(t Table) bool { return t.Name == e.Name }) {
			return ErrNewer.With("what", e.Name)
		}
	}
	for _, t := range known { // parents first
		i := slices.IndexFunc(r.Tables, func(e TableEntry) bool { return e.Name == t.Name })
		if i < 0 || !in.Takes(t.Name) {
			continue
		}
		if err := r.table(ctx, t, r.Tables[i], in); err != nil {
			return fmt.Errorf("import %s: %w", t.Name, err)
		}
	}
	return nil
}

// portion bounds one insert.
const (
	portionRows  = 500
	portionBytes = 1 << 20
)

func (r *Reader) table(ctx context.Context, t Table, e TableEntry, in Into) error {
	x := travel(in.Travels, t.Name)
	insert, args, err := t.inserts(e.Columns, in.Fill, x)
	if err != nil {
		return err
	}
	var keys vault.Keys
	if x != nil {
		if keys, err = in.Vault.Keys(ctx); err != nil {
			return err
		}
	}
	body, err := r.parts[e.Path].Open()
	if err != nil {
		return err
	}
	defer body.Close()
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 64<<20)
	p := portion{insert: insert, args: args}
	var later []json.RawMessage // rows of a tree, to be brought into order
	for lines.Scan() {
		row := bytes.Clone(lines.Bytes())
		if in.Mask != nil {
			if row, err = in.Mask.Row(t.Name, row); err != nil {
				return err
			}
		}
		if x != nil {
			if row, err = x.seal(keys, row); err != nil {
				return err
			}
		}
		if len(t.Self) > 0 {
			later = append(later, row)
			continue
		}
		if err := p.add(ctx, row); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if later, err = parentsFirst(t, later); err != nil {
		return err
	}
	for _, row := range later {
		if err := p.add(ctx, row); err != nil {
			return err
		}
	}
	return p.flush(ctx)
}

// inserts is the statement that takes rows as one JSON list. $1 is the list, and the tenant
// is the unit's: whatever an export says, its rows arrive nowhere else.
func (t Table) inserts(columns []string, fill map[string]any, x *Travel) (string, []any, error) {
	names, values := []string{"tenant_id"}, []string{"current_setting('app.tenant_id')::uuid"}
	var args []any
	if x != nil {
		columns = slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return c == x.As || c == x.Plain })
		for _, c := range append(x.made(), x.Plain) {
			if c != "" {
				names, values = append(names, quote(c)), append(values, "r."+quote(c))
			}
		}
	}
	for _, c := range columns {
		if !slices.Contains(t.Columns, c) {
			return "", nil, ErrNewer.With("what", t.Name+"."+c)
		}
		if LeftOut(t.Name, c) != "" {
			continue // an export that somebody wrote by hand brings no secrets
		}
		v := "r." + quote(c)
		if x, ok := arrivals[t.Name+"."+c]; ok {
			v = x
		}
		names, values = append(names, quote(c)), append(values, v)
	}
	for _, f := range Filled {
		if table, column, _ := strings.Cut(f, "."); table == t.Name {
			args = append(args, fill[f])
			names, values = append(names, quote(column)), append(values, fmt.Sprintf("$%d", len(args)+1))
		}
	}
	return `INSERT INTO ` + quote(t.Name) + ` (` + strings.Join(names, ", ") + `) SELECT ` + strings.Join(values, ", ") + ` FROM json_populate_recordset(NULL::` + quote(t.Name) + `, $1::json) r`, args, nil
}

type portion struct {
	insert string
	args   []any
	list   bytes.Buffer
	rows   int
}

func (p *portion) add(ctx context.Context, row []byte) error {
	if p.rows > 0 {
		p.list.WriteByte(',')
	}
	p.list.Write(row)
	if p.rows++; p.rows < portionRows && p.list.Len() < portionBytes {
		return nil
	}
	return p.flush(ctx)
}

func (p *portion) flush(ctx context.Context) error {
	if p.rows == 0 {
		return nil
	}
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, p.insert, append([]any{"[" + p.list.String() + "]"}, p.args...)...)
	if err == nil && tag.RowsAffected() != int64(p.rows) {
		err = fmt.Errorf("%d of %d rows arrived", tag.RowsAffected(), p.rows)
	}
	p.list.Reset()
	p.rows = 0
	return err
}

// parentsFirst brings the rows of a tree into an order in which each finds its parent.
func parentsFirst(t Table, rows []json.RawMessage) ([]json.RawMessage, error) {
	if len(rows) == 0 || len(t.Key) != 1 {
		return rows, nil
	}
	out, placed := make([]json.RawMessage, 0, len(rows)), map[string]bool{}
	for len(rows) > 0 {
		var rest []json.RawMessage
		for _, row := range rows {
			var v map[string]any
			if err := json.Unmarshal(row, &v); err != nil {
				return nil, err
			}
			if slices.ContainsFunc(t.Self, func(c string) bool { return v[c] != nil && !placed[fmt.Sprint(v[c])] }) {
				rest = append(rest, row)
				continue
			}
			out, placed[fmt.Sprint(v[t.Key[0]])] = append(out, row), true
		}
		if len(rest) == len(rows) {
			return nil, ErrNotExport.Because(fmt.Errorf("rows of %s are each other's parents", t.Name))
		}
		rows = rest
	}
	return out, nil
}
