package apptest

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing/fstest"

	"gopkg.in/yaml.v3"

	"github.com/kontorhq/kontor/tenants"
)

// few is how many items of a blueprint are kept beside those that are asked for.
const few = 40

// Small is every built-in blueprint with a handful of its goods: the featured ones, those
// that tests name and the first few. Everything that hangs on a dropped item is dropped.
func Small(skus ...string) (fs.FS, error) {
	out := fstest.MapFS{}
	slugs, err := tenants.Slugs(tenants.FS)
	if err != nil {
		return nil, err
	}
	for _, slug := range slugs {
		c := cutter{slug: slug, out: out, items: map[string]bool{}, offers: map[string]bool{}}
		for _, s := range skus {
			c.items[s] = true
		}
		if err := c.cut(); err != nil {
			return nil, fmt.Errorf("cut %s: %w", slug, err)
		}
	}
	return out, nil
}

type cutter struct {
	slug   string
	out    fstest.MapFS
	items  map[string]bool
	offers map[string]bool // "seller\x00sku"
}

func (c *cutter) cut() error {
	err := fs.WalkDir(tenants.FS, c.slug, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(tenants.FS, path)
		c.out[path] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		return err
	}
	if err := c.featured(); err != nil {
		return err
	}
	n := 0
	byOffer := func(r map[string]string) bool { return c.offers[r["seller"]+"\x00"+r["seller_sku"]] }
	for _, t := range []struct {
		name string
		keep func(map[string]string) bool
	}{
		{"items", func(r map[string]string) bool {
			n++
			c.items[r["sku"]] = c.items[r["sku"]] || n <= few
			return c.items[r["sku"]]
		}},
		{"offers", func(r map[string]string) bool {
			c.offers[r["seller"]+"\x00"+r["seller_sku"]] = c.items[r["item"]]
			return c.items[r["item"]]
		}},
		{"contracts", byOffer},
		{"lots", byOffer},
		{"stock", byOffer},
		{"documents", byOffer},
		{"history", func(r map[string]string) bool { return c.items[r["item"]] }},
	} {
		if err := c.table(t.name, t.keep); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

// featured keeps what the home page shows.
func (c *cutter) featured() error {
	var t struct {
		Featured []string `yaml:"featured"`
	}
	err := yaml.Unmarshal(c.out[c.slug+"/tenant.yaml"].Data, &t)
	for _, s := range t.Featured {
		c.items[s] = true
	}
	return err
}

// table rewrites one seed file, packed or not, with the rows that are kept.
func (c *cutter) table(name string, keep func(map[string]string) bool) error {
	plain := c.slug + "/seed/" + name + ".csv"
	var in io.Reader
	switch {
	case c.out[plain+".gz"] != nil:
		z, err := gzip.NewReader(bytes.NewReader(c.out[plain+".gz"].Data))
		if err != nil {
			return err
		}
		delete(c.out, plain+".gz")
		in = z
	case c.out[plain] != nil:
		in = bytes.NewReader(c.out[plain].Data)
	default:
		return nil
	}
	var buf bytes.Buffer
	if err := filter(in, &buf, keep); err != nil {
		return err
	}
	c.out[plain] = &fstest.MapFile{Data: buf.Bytes()}
	return nil
}

func filter(in io.Reader, out io.Writer, keep func(map[string]string) bool) error {
	r, w := csv.NewReader(in), csv.NewWriter(out)
	head, err := r.Read()
	if err != nil {
		return err
	}
	if err := w.Write(head); err != nil {
		return err
	}
	row := map[string]string{}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			w.Flush()
			return w.Error()
		}
		if err != nil {
			return err
		}
		for i, h := range head {
			row[h] = fields[i]
		}
		if keep(row) {
			if err := w.Write(fields); err != nil {
				return err
			}
		}
	}
}
