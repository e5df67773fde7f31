package main

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"hash/fnv"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

type dir string

func (d dir) in(name string) dir      { return dir(filepath.Join(string(d), name)) }
func (d dir) file(name string) string { return filepath.Join(string(d), name) }

// table is a CSV file being written, gzipped when its name says so. The gzip header carries
// no time, so equal content is equal bytes.
type table struct {
	f *os.File
	z *gzip.Writer
	c *csv.Writer
	n int
}

func (d dir) table(name string, columns ...string) *table {
	f, err := os.Create(d.file(name))
	if err != nil {
		panic(err)
	}
	t := &table{f: f}
	var w io.Writer = f
	if strings.HasSuffix(name, ".gz") {
		t.z, _ = gzip.NewWriterLevel(f, gzip.BestCompression)
		w = t.z
	}
	t.c = csv.NewWriter(w)
	t.row(columns...)
	t.n = 0
	return t
}

func (t *table) row(cells ...string) {
	if err := t.c.Write(cells); err != nil {
		panic(err)
	}
	t.n++
}

func (t *table) close() error {
	t.c.Flush()
	if t.z != nil {
		if err := t.z.Close(); err != nil {
			return err
		}
	}
	if err := t.c.Error(); err != nil {
		return err
	}
	return t.f.Close()
}

func closeAll(ts ...*table) error {
	for _, t := range ts {
		if err := t.close(); err != nil {
			return err
		}
	}
	return nil
}

// records reads a delimited file as maps by header. Tab-separated files have no quoting:
// a quote character in them is data.
func (d dir) records(name string) ([]map[string]string, error) {
	f, err := os.Open(d.file(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	if strings.Contains(name, ".tsv") {
		return tabbed(r)
	}
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	return keyed(rows), nil
}

func tabbed(r io.Reader) ([]map[string]string, error) {
	var rows [][]string
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		rows = append(rows, strings.Split(strings.TrimRight(s.Text(), "\r"), "\t"))
	}
	return keyed(rows), s.Err()
}

func keyed(rows [][]string) []map[string]string {
	out := make([]map[string]string, 0, len(rows))
	for _, row := range rows[1:] {
		m := make(map[string]string, len(row))
		for i, v := range row {
			if i < len(rows[0]) {
				m[strings.TrimPrefix(rows[0][i], "\ufeff")] = strings.TrimSpace(v)
			}
		}
		out = append(out, m)
	}
	return out
}

// mix is a number that depends on the words alone: the seed's only randomness.
func mix(words ...string) uint64 {
	h := fnv.New64a()
	for _, w := range words {
		h.Write([]byte(w))
		h.Write([]byte{0})
	}
	x := h.Sum64() // FNV's high bits are weak for short input: stir (splitmix64)
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// pick is a number from lo to hi, both included.
func pick(lo, hi int, words ...string) int { return lo + int(mix(words...)%uint64(hi-lo+1)) }

// between is a number from lo to hi with the given decimals.
func between(lo, hi float64, places int, words ...string) float64 {
	p := math.Pow10(places)
	return float64(pick(int(math.Ceil(lo*p-1e-9)), int(math.Floor(hi*p+1e-9)), words...)) / p
}

// dec writes a number with at most so many places and no trailing zeros.
func dec(v float64, places int) string {
	s := strconv.FormatFloat(v, 'f', places, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func num(s string) float64 {
	v, _ := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
	return v
}

// tiers writes falling prices: at each quantity the base less a discount, rounded to step.
// Where rounding would make two tiers equal the later one is left out.
func tiers(base, step float64, places int, at []float64, off []float64) string {
	var parts []string
	last := math.Inf(1)
	for i, q := range at {
		p := math.Round(base*(1-off[i])/step) * step
		if p < step {
			p = step
		}
		if p >= last-step/2 {
			continue
		}
		last = p
		parts = append(parts, dec(q, 6)+":"+dec(p, places))
	}
	return strings.Join(parts, ";")
}
