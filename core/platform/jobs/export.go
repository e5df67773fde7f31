package jobs

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
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// ErrNothing says that a period has no sealed rows.
var ErrNothing = fault.New(fault.NotFound, "audit.period_empty", "Nothing was recorded and sealed in this period.").Then("Choose a longer period, or wait until the newest rows are sealed.")

// Manifest says what an export holds and how to prove it. The columns are those of content.
type Manifest struct {
	Format   string    `json:"format"`
	Tenant   uuid.UUID `json:"tenant"`
	Chain    string    `json:"chain"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	First    int64     `json:"first_seq"`
	Last     int64     `json:"last_seq"`
	Rows     int64     `json:"rows"`
	Before   string    `json:"hash_before"`
	Head     string    `json:"hash_of_last"`
	SHA256   string    `json:"sha256"`
	Columns  []string  `json:"columns"`
	MadeAt   time.Time `json:"made_at"`
	HowToSee string    `json:"verify_with"`
}

const exportFormat = "kontor-audit-1"

// line is a row of an export.
type line struct {
	Seq     int64           `json:"seq"`
	Prev    string          `json:"prev_hash"`
	Hash    string          `json:"hash"`
	Content json.RawMessage `json:"content"`
}

var auditColumns = []string{"id", "at_microseconds", "actor", "actor_name", "org_id", "action", "object_kind", "object_id", "outcome", "data", "ip", "request_id"}

// Export writes the caller's tenant's record of a period as a ZIP of audit.ndjson, a row a
// line, and manifest.json. Rows between the period's first and last are in it whatever
// their time: a chain with holes proves nothing.
func (q *Queue) Export(ctx context.Context, from, until time.Time, out io.Writer) (Manifest, error) {
	m := Manifest{Format: exportFormat, Chain: chains[0].table, From: from.UTC(), Until: until.UTC(), Columns: auditColumns, MadeAt: q.now().UTC(), HowToSee: "kontor audit verify --file <this archive>"}
	var err error
	if m.Tenant, err = callerTenant(ctx); err != nil {
		return m, err
	}
	if m.First, m.Last, err = q.period(ctx, from, until); err != nil {
		return m, err
	}
	archive := zip.NewWriter(out)
	rows, err := archive.Create("audit.ndjson")
	if err != nil {
		return m, err
	}
	if err := q.exportRows(ctx, &m, rows); err != nil {
		return m, err
	}
	about, err := archive.Create("manifest.json")
	if err != nil {
		return m, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	_, err = about.Write(append(text, '\n'))
	return m, errors.Join(err, archive.Close())
}

// slack is how far apart a row's time and the time in its identifier may lie.
const slack = time.Hour

// period finds the numbers of a time's first and last rows. Identifiers begin with their
// time, so that the primary key finds them.
func (q *Queue) period(ctx context.Context, from, until time.Time) (first, last int64, err error) {
	var a, z *int64
	err = q.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT min(seq), max(seq) FROM audit_entries WHERE id >= $1 AND id < $2 AND at >= $3 AND at < $4 AND seq IS NOT NULL`,
			instant(from.Add(-slack)), instant(until.Add(slack)), from, until).QueryRow(func(r pgx.Row) error { return r.Scan(&a, &z) })
	})
	if err != nil || a == nil {
		return 0, 0, errors.Join(err, ErrNothing)
	}
	return *a, *z, nil
}

// instant is the smallest identifier of a time.
func instant(t time.Time) (out uuid.UUID) {
	ms := max(t.UnixMilli(), 0)
	for i := range 6 {
		out[i] = byte(ms >> (40 - 8*i))
	}
	return out
}

func (q *Queue) exportRows(ctx context.Context, m *Manifest, out io.Writer) error {
	sum := sha256.New()
	w := bufio.NewWriter(io.MultiWriter(out, sum))
	for next := m.First; next <= m.Last; {
		var rows []sealed
		err := q.db.Read(ctx, func(b *pgx.Batch) {
			b.Queue(`SELECT `+chains[0].columns()+` FROM audit_entries e WHERE e.seq >= $1 AND e.seq <= $2 ORDER BY e.seq LIMIT $3`, next, m.Last, sealBatch).Query(func(r pgx.Rows) (err error) {
				rows, err = pgx.CollectRows(r, scanSealed)
				return err
			})
		})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break // removed below our hands: verifying the file will say so
		}
		for _, s := range rows {
			if err := m.add(w, s); err != nil {
				return err
			}
		}
		next = rows[len(rows)-1].seq + 1
	}
	err := w.Flush()
	m.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return err
}

func (m *Manifest) add(w io.Writer, s sealed) error {
	content, err := canonical(s.content)
	if err != nil {
		return err
	}
	if m.Rows == 0 {
		m.Before = hex.EncodeToString(s.prev)
	}
	m.Rows++
	m.Head = hex.EncodeToString(s.hash)
	text, err := json.Marshal(line{s.seq, hex.EncodeToString(s.prev), m.Head, content})
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// VerifyFile proves an export without a database: that the rows are those of the manifest
// and each continues from the one before it. A forger who writes all of that anew is found
// by the notes alone. It answers the manifest, or a *Broken.
func VerifyFile(name string, notes Anchors) (Manifest, error) {
	var m Manifest
	archive, err := zip.OpenReader(name)
	if err != nil {
		return m, fmt.Errorf("%s is no export: %w", name, err)
	}
	defer func() { _ = archive.Close() }()
	about, err := archive.Open("manifest.json")
	if err != nil {
		return m, fmt.Errorf("%s is no export: %w", name, err)
	}
	defer func() { _ = about.Close() }()
	if err := json.NewDecoder(io.LimitReader(about, 1<<20)).Decode(&m); err != nil || m.Format != exportFormat {
		return m, fmt.Errorf("%s has a manifest of another kind (%q, %v)", name, m.Format, err)
	}
	rows, err := archive.Open("audit.ndjson")
	if err != nil {
		return m, fmt.Errorf("%s is no export: %w", name, err)
	}
	defer func() { _ = rows.Close() }()
	return m, m.prove(rows, m.noted(notes))
}

// noted are the notes about rows that the export holds.
func (m Manifest) noted(notes Anchors) (out []Anchor) {
	for _, n := range notes.of(id.Tenant(m.Tenant), chains[0]) {
		if n.Seq >= m.First && n.Seq <= m.Last {
			out = append(out, n)
		}
	}
	return out
}

func (m Manifest) prove(rows io.Reader, notes []Anchor) error {
	sum := sha256.New()
	lines := bufio.NewScanner(io.TeeReader(rows, sum))
	lines.Buffer(nil, 16<<20)
	before, err := hex.DecodeString(m.Before)
	if err != nil {
		return m.broken(m.First, "the manifest is damaged")
	}
	head, n := Head{Seq: m.First - 1, Hash: before}, int64(0)
	for ; lines.Scan(); n++ {
		s, err := unpacked(lines.Bytes())
		if err != nil {
			return m.broken(head.Seq+1, "the line cannot be read")
		}
		why := s.check(m.Tenant, head)
		if why == "" {
			why, notes = s.noted(notes)
		}
		if why != "" {
			return m.broken(s.seq, why)
		}
		head.Seq, head.Hash = s.seq, s.hash
	}
	switch {
	case lines.Err() != nil:
		return lines.Err()
	case n != m.Rows || head.Seq != m.Last || hex.EncodeToString(head.Hash) != m.Head:
		return m.broken(head.Seq+1, fmt.Sprintf("the file ends at number %d, the manifest at %d", head.Seq, m.Last))
	case hex.EncodeToString(sum.Sum(nil)) != m.SHA256:
		return m.broken(m.First, "the rows are spelled otherwise than when they were exported")
	}
	return nil
}

func (m Manifest) broken(seq int64, why string) error {
	return &Broken{Chain: "export", Seq: seq, ID: "file", Why: why}
}

func unpacked(text []byte) (sealed, error) {
	var l line
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return sealed{}, err
	}
	prev, err := hex.DecodeString(l.Prev)
	hash, err2 := hex.DecodeString(l.Hash)
	return sealed{seq: l.Seq, prev: prev, hash: hash, content: l.Content}, errors.Join(err, err2)
}
