package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
)

// Asset is a file of ours that may be cached for ever: its address changes with it.
type Asset struct {
	Type string
	ETag string
	Body []byte
	Gzip func() []byte // nil, or nil from it, when compression would not help
}

// AssetSet serves one family of assets under a prefix.
type AssetSet struct {
	prefix string
	find   func(path string) (Asset, bool)
}

// Assets serves what find knows, by the path after prefix ("/assets/"). They are the
// same for every tenant and caller, so they are answered before either is looked up.
func (s *Server) Assets(prefix string, find func(path string) (Asset, bool)) {
	s.assets = append(s.assets, &AssetSet{prefix, find})
}

// Files is a set of embedded files at hashed addresses.
type Files struct {
	prefix string
	urls   map[string]string
	byPath map[string]Asset
}

// NewFiles reads every file of fsys once. prefix is where Server.Assets will serve them.
func NewFiles(prefix string, fsys fs.FS) (*Files, error) {
	f := &Files{prefix: prefix, urls: map[string]string{}, byPath: map[string]Asset{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("web: asset %s: %w", name, err)
		}
		f.add(name, body)
		return nil
	})
	return f, err
}

func (f *Files) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:6])
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hash + ext
	media := mime.TypeByExtension(ext)
	if media == "" {
		media = fiber.MIMEOctetStream
	}
	f.urls[name] = f.prefix + hashed
	f.byPath[hashed] = Asset{Type: media, ETag: `"` + hash + `"`, Body: body, Gzip: sync.OnceValue(func() []byte { return squeeze(media, body) })}
}

// URL is the hashed address of a file, "" when there is none.
func (f *Files) URL(name string) string { return f.urls[name] }

// Find answers Server.Assets.
func (f *Files) Find(p string) (Asset, bool) {
	a, ok := f.byPath[p]
	return a, ok
}

func squeeze(media string, body []byte) []byte {
	if len(body) < 512 || strings.HasPrefix(media, "font/") || (strings.HasPrefix(media, "image/") && !strings.Contains(media, "svg")) {
		return nil
	}
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}

// serveAsset answers GET and HEAD under an asset prefix.
func (s *Server) serveAsset(c *fiber.Ctx) bool {
	h := &c.Request().Header
	if len(s.assets) == 0 || !(h.IsGet() || h.IsHead()) {
		return false
	}
	p := c.Request().URI().PathOriginal()
	for _, set := range s.assets {
		if !bytes.HasPrefix(p, []byte(set.prefix)) {
			continue
		}
		a, ok := set.find(string(p[len(set.prefix):]))
		if !ok {
			return false // the usual way ends in 404
		}
		s.sendAsset(c, a)
		return true
	}
	return false
}

func (s *Server) sendAsset(c *fiber.Ctx, a Asset) {
	o := originOf(c.Context(), s.cfg.TrustedProxies)
	setSecurity(c, cspAPI, o.https)
	h := &c.Response().Header
	h.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	h.Set(fiber.HeaderETag, a.ETag)
	h.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if m := c.Request().Header.Peek(fiber.HeaderIfNoneMatch); len(m) > 0 && matches(m, a.ETag) {
		c.Response().SetStatusCode(fiber.StatusNotModified)
		return
	}
	h.SetContentType(a.Type)
	if a.Gzip != nil && bytes.Contains(c.Request().Header.Peek(fiber.HeaderAcceptEncoding), []byte("gzip")) {
		if z := a.Gzip(); len(z) > 0 {
			h.Set(fiber.HeaderContentEncoding, "gzip")
			c.Response().SetBodyRaw(z)
			return
		}
	}
	c.Response().SetBodyRaw(a.Body)
}
