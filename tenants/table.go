package tenants

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// row is one line of a CSV file, with typed readers that remember the first thing wrong.
type row struct {
	columns map[string]int
	prefix  map[string][]string // "name:" -> keys of the columns that carry it
	fields  []string
	err     error
}

func (r *row) text(col string) string {
	if i, ok := r.columns[col]; ok {
		return strings.Clone(r.fields[i])
	}
	return ""
}

func (r *row) read(col string, into interface{ UnmarshalText([]byte) error }) {
	if err := into.UnmarshalText([]byte(r.text(col))); err != nil && r.err == nil {
		r.err = fmt.Errorf("%s: %w", col, err)
	}
}

func (r *row) micro(col string) (m Micro)   { r.read(col, &m); return m }
func (r *row) amount(col string) (a Amount) { r.read(col, &a); return a }
func (r *row) day(col string) (d Day)       { r.read(col, &d); return d }

func (r *row) number(col string) int {
	n, err := strconv.Atoi(r.text(col))
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%s: %q is not a whole number", col, r.text(col))
	}
	return n
}

func (r *row) flag(col string) bool { return r.text(col) == "1" }

func (r *row) tiers(col string) []Tier {
	t, err := parseTiers(r.text(col))
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%s: %w", col, err)
	}
	return t
}

// named collects the columns "name:en", "name:zh-CN" … whose cells are not empty.
func (r *row) named(prefix string) map[string]string {
	out := make(map[string]string, len(r.prefix[prefix]))
	for _, key := range r.prefix[prefix] {
		if v := r.text(prefix + key); v != "" {
			out[key] = v
		}
	}
	return out
}

// shape is the columns of a file: all must be there and no others. A name that ends in a
// colon stands for any number of columns with that prefix.
type shape []string

var errStop = errors.New("stop")

// eachRow calls f for every line of seed file name (.csv, or .csv.gz if that is there).
// A file that does not exist has no lines.
func eachRow(dir fs.FS, name string, want shape, f func(*row) error) error {
	in, closeIn, err := openTable(dir, name)
	if err != nil || in == nil {
		return err
	}
	defer closeIn()
	c := csv.NewReader(in)
	c.ReuseRecord = true
	head, err := c.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	r, err := newRow(name, slices.Clone(head), want)
	if err != nil {
		return err
	}
	for {
		if r.fields, err = c.Read(); err == io.EOF {
			return nil
		}
		if err == nil {
			err = f(r)
		}
		if err == nil {
			err = r.err
		}
		if err != nil {
			line, _ := c.FieldPos(0)
			return fmt.Errorf("%s line %d: %w", name, line, err)
		}
	}
}

func newRow(name string, head []string, want shape) (*row, error) {
	r := &row{columns: map[string]int{}, prefix: map[string][]string{}}
	for i, h := range head {
		before, after, has := strings.Cut(h, ":")
		switch {
		case has && after != "" && slices.Contains(want, before+":"):
			r.prefix[before+":"] = append(r.prefix[before+":"], after)
		case !slices.Contains(want, h) || has:
			return nil, fmt.Errorf("%s: unknown column %q", name, h)
		}
		r.columns[h] = i
	}
	for _, w := range want {
		if _, ok := r.columns[w]; !ok && !strings.HasSuffix(w, ":") {
			return nil, fmt.Errorf("%s: column %q is missing", name, w)
		}
	}
	return r, nil
}

func openTable(dir fs.FS, name string) (io.Reader, func(), error) {
	f, err := dir.Open("seed/" + name + ".csv.gz")
	if err == nil {
		z, err := gzip.NewReader(f)
		if err != nil {
			f.Close()
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		return z, func() { f.Close() }, nil
	}
	if f, err = dir.Open("seed/" + name + ".csv"); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return f, func() { f.Close() }, nil
}
