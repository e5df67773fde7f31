package storefront

import (
	"bytes"
	"context"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
)

// document hands out a paper of the catalogue: public ones to whoever may look at the
// catalogue, others to the company they belong to and the operator.
func (s shop) document(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var which id.Document
	if which.UnmarshalText([]byte(v.Path("id"))) != nil || which.IsZero() {
		return web.Answer{}, catalog.ErrDocumentNotFound
	}
	d, err := s.Catalog.Document(ctx, which)
	if err != nil {
		return web.Answer{}, err
	}
	body, o, err := s.Files.Open(ctx, d.Blob)
	if err != nil {
		return web.Answer{}, err
	}
	who := v.Caller()
	mine := !o.Org.IsZero() && who.Org == o.Org
	if !o.Public && !mine && !who.Has(caller.RoleOperator) {
		_ = body.Close()
		return web.Answer{}, catalog.ErrDocumentNotFound
	}
	a := web.File(o.Name, o.MediaType, body, o.Size)
	if v.Query("save") == "" {
		a = a.Inline()
	}
	return a, nil
}

// picture hands out a photograph that the tenant's blueprint brought.
func (s shop) picture(_ context.Context, v *web.Visit) (web.Answer, error) {
	if s.Picture == nil {
		return web.Answer{}, web.ErrNoRoute
	}
	name := v.Path("name")
	body, media, ok := s.Picture(v.Site().Slug, name)
	if !ok {
		return web.Answer{}, web.ErrNoRoute
	}
	return web.File(name, media, bytes.NewReader(body), int64(len(body))).Inline().Keep(24 * time.Hour), nil
}
