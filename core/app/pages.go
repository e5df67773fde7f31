package app

import (
	"io/fs"
	"mime"
	"path"
	"sync"

	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/surface/account"
	"github.com/kontorhq/kontor/core/surface/storefront"
	"github.com/kontorhq/kontor/tenants"
)

// pages are what people see, surface by surface.
func (h *House) pages() [][]web.Route {
	return [][]web.Route{
		storefront.Pages(storefront.Deps{
			Reads: h.Shop, Catalog: h.Catalog, Pricing: h.Pricing, Ordering: h.Ordering, Parties: h.Parties, Tenancy: h.Tenancy,
			Files: h.Blobs, Texts: h.Theme, Picture: picture, Now: h.Now,
		}),
		account.Pages(account.Deps{
			Identity: h.Identity, Parties: h.Parties, Access: h.Access, SSO: h.SSO, SCIM: h.SCIM, Tenancy: h.Tenancy, Messages: h.Notify, Letters: h.Notify, Mails: reads.NewMails(h.DB), Texts: h.Theme, Roles: rolesFor{h},
			Demo: account.Demo{On: h.Demo.On, Password: tenants.DemoPassword, People: tryPeople},
		}),
	}
}

// picture is a photograph of a built-in blueprint.
func picture(slug, name string) ([]byte, string, bool) {
	if !fs.ValidPath(slug) || !fs.ValidPath(name) || path.Base(name) != name {
		return nil, "", false
	}
	b, err := fs.ReadFile(tenants.FS, path.Join(slug, "pictures", name))
	return b, mime.TypeByExtension(path.Ext(name)), err == nil
}

// tried remembers what tryPeople found: blueprints are part of the program.
var tried sync.Map // slug → []account.Try

// tryPeople are those whom a demonstration offers beside its sign-in form.
func tryPeople(slug string) []account.Try {
	if got, ok := tried.Load(slug); ok {
		out, _ := got.([]account.Try)
		return out
	}
	b, err := tenants.Load(tenants.FS, slug)
	if err != nil {
		return nil
	}
	var out []account.Try
	for _, p := range b.People {
		if len(p.Demo) > 0 {
			out = append(out, account.Try{Email: p.Email, Name: p.Name, Note: p.Demo})
		}
	}
	tried.Store(slug, out)
	return out
}
