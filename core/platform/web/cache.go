package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/id"
)

// cacheLife bounds how long a missed invalidation could show.
const cacheLife = 5 * time.Minute

// Cache keeps what visitors get from routes that opted in. Its key starts with the
// tenant; it holds nothing that depends on a person, no nonce, token or cookie.
type Cache struct {
	store    *otter.Cache[string, *entry]
	mu       sync.Mutex
	tenants  map[id.Tenant]*generations
	hits     atomic.Uint64
	misses   atomic.Uint64
	replaced atomic.Uint64
}

// generations count what has changed in one tenant: all of it, or one tag.
type generations struct {
	all  atomic.Uint64
	tags map[string]*atomic.Uint64
}

// stamp is a generation as it was before a page was made. A page stays good as long as
// all its stamps hold; stamping first means that a change during the making counts.
type stamp struct {
	of *atomic.Uint64
	at uint64
}

type entry struct {
	body    []byte
	media   string
	etag    string
	csp     string
	stamps  []stamp
	once    sync.Once
	gzipped []byte
}

// CacheStats are counters since the start.
type CacheStats struct {
	Hits, Misses, Stored uint64
	Entries              int
	Bytes                uint64
}

func newCache(limit int) *Cache {
	c := &Cache{tenants: map[id.Tenant]*generations{}}
	if limit < 0 {
		return c
	}
	c.store = otter.Must(&otter.Options[string, *entry]{
		MaximumWeight:    uint64(limit),
		Weigher:          func(k string, e *entry) uint32 { return uint32(len(k) + 2*len(e.body) + 400) },
		ExpiryCalculator: otter.ExpiryWriting[string, *entry](cacheLife),
	})
	return c
}

// Invalidate makes what was kept for a tenant stale: everything, or what carries one of
// the tags.
func (c *Cache) Invalidate(tenant id.Tenant, tags ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.generationsOf(tenant)
	if len(tags) == 0 {
		g.all.Add(1)
	}
	for _, t := range tags {
		g.tag(t).Add(1)
	}
}

// Stats reads the counters.
func (c *Cache) Stats() CacheStats {
	s := CacheStats{Hits: c.hits.Load(), Misses: c.misses.Load(), Stored: c.replaced.Load()}
	if c.store != nil {
		s.Entries, s.Bytes = c.store.EstimatedSize(), c.store.WeightedSize()
	}
	return s
}

func (c *Cache) generationsOf(tenant id.Tenant) *generations {
	g := c.tenants[tenant]
	if g == nil {
		g = &generations{tags: map[string]*atomic.Uint64{}}
		c.tenants[tenant] = g
	}
	return g
}

func (g *generations) tag(name string) *atomic.Uint64 {
	t := g.tags[name]
	if t == nil {
		t = &atomic.Uint64{}
		g.tags[name] = t
	}
	return t
}

func (c *Cache) stamps(tenant id.Tenant, tags []string) []stamp {
	if c.store == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.generationsOf(tenant)
	out := []stamp{{&g.all, g.all.Load()}}
	for _, t := range tags {
		n := g.tag(t)
		out = append(out, stamp{n, n.Load()})
	}
	return out
}

func (c *Cache) get(key string) *entry {
	e, ok := c.store.GetIfPresent(key)
	if !ok {
		return nil
	}
	for _, st := range e.stamps {
		if st.of.Load() != st.at {
			return nil
		}
	}
	return e
}

// put keeps an entry under the key of this request, unless something changed meanwhile.
func (c *Cache) put(x *exchange, stamps []stamp, e *entry) *entry {
	e.stamps = stamps
	c.misses.Add(1)
	c.store.Set(cacheKey(x.c, x.rawPath, x.rawQuery, x.site, x.caller.Locale), e)
	c.replaced.Add(1)
	return e
}

func newEntry(b baked, csp string) *entry {
	sum := sha256.Sum256(b.Body)
	return &entry{
		body: b.Body, media: b.Headers[fiber.HeaderContentType], csp: csp,
		etag: `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`,
	}
}

// gz compresses on first use: most entries are read more than once or never.
func (e *entry) gz() []byte {
	e.once.Do(func() {
		if len(e.body) < 800 {
			return
		}
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, 5)
		_, _ = w.Write(e.body)
		_ = w.Close()
		e.gzipped = b.Bytes()
	})
	return e.gzipped
}

// cacheable: a visitor's plain GET of a route that opted in, on a shop open to visitors.
func (s *Server) cacheable(x *exchange, status int) bool {
	return s.cache.store != nil && x.route != nil && x.route.cached && status == fiber.StatusOK &&
		x.c.Method() == fiber.MethodGet && x.token == "" && !x.site.LoginRequired && impersonal(x.c)
}

// impersonal reports that nothing in the request makes its answer its own.
func impersonal(c *fiber.Ctx) bool {
	h := &c.Request().Header
	if len(h.Peek(fiber.HeaderAuthorization)) > 0 {
		return false
	}
	if len(h.Peek(fiber.HeaderCookie)) > 0 {
		for _, name := range [...]string{"kontor", "__Host-kontor", flashCookie} {
			if len(h.Cookie(name)) > 0 {
				return false
			}
		}
	}
	q := c.Request().URI().QueryString()
	return len(q) <= 512 && !bytes.HasPrefix(q, []byte("lang=")) && !bytes.Contains(q, []byte("&lang="))
}

// cacheKey: tenant, dress, language, whole page or part, light or dark, path, and the
// query in one order. Path and query are as they were sent: whoever reads a request's URL
// on the way may leave it in another spelling.
func cacheKey(c *fiber.Ctx, path, query []byte, site Site, locale string) string {
	h := &c.Request().Header
	kind := byte('f')
	if len(h.Peek("HX-Request")) > 0 && len(h.Peek("HX-Boosted")) == 0 {
		kind = 'p'
	}
	k := make([]byte, 0, 128+len(path)+len(query))
	k = append(k, site.Tenant[:]...)
	k = append(k, kind)
	if sc := h.Cookie("kontor_scheme"); len(sc) > 0 && len(sc) < 8 {
		k = append(k, sc...)
	}
	k = append(k, 0)
	k = append(k, site.Host...)
	k = append(k, 0)
	k = append(k, site.Revision...)
	k = append(k, 0)
	k = append(k, locale...)
	k = append(k, 0)
	k = append(k, path...)
	k = append(k, '?')
	return string(appendQuery(k, query))
}

func appendQuery(k, q []byte) []byte {
	if bytes.IndexByte(q, '&') < 0 {
		return append(k, q...)
	}
	pairs := bytes.Split(q, []byte{'&'})
	slices.SortFunc(pairs, bytes.Compare)
	for _, p := range pairs {
		k = append(append(k, p...), '&')
	}
	return k
}
