// Package platform is the pages of those who run the platform itself: its marketplaces,
// its plugins, its queue, its health and its own record.
package platform

import (
	"context"

	"github.com/kontorhq/kontor/core/cells"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/certs"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/plugins"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Deps are the services behind the pages. BaseURL is a market's address by its host.
type Deps struct {
	Reads   *consoles.Reads
	Theme   *theme.Engine
	Now     clock.Now
	Tenancy *tenancy.Service
	Cells   *cells.Service
	Host    *pluginhost.Host
	Queue   *jobs.Queue
	Plans   *plans.Service
	Plugins *plugins.Service
	// Certificates are counted; nil: they are somebody else's.
	Certificates func(context.Context) (certs.Totals, error)
	BaseURL      func(host string) string
	// Operators is asked only of those who may manage markets.
	Operators  Operators
	OpenExport OpenExport
	Guises     identity.Guises
}

// The permissions of pages that no context has one of its own for.
const (
	ActionLook  policy.Action = "console.platform.read"
	actionAudit policy.Action = "audit.entry.read"
)

type pages struct{ Deps }

// Pages is everything under /platform. Only the platform's own tenant has people who may
// see it, and each page makes sure of it again.
func Pages(d Deps) []web.Route {
	p := pages{d}
	get := func(path string, do policy.Action, h func(context.Context, *web.Visit) (web.Answer, error)) web.Route {
		return web.Page("GET", path, do, p.here(h))
	}
	return []web.Route{
		get("/platform", tenancy.ActionRead, p.tenants),
		get("/platform/tenants/{slug}", tenancy.ActionRead, p.tenant),
		web.Page("POST", "/platform/tenants/{slug}/state", tenancy.ActionManage, p.here(p.setState), web.Phased()),
		get("/platform/new", tenancy.ActionManage, p.newMarket),
		web.Page("POST", "/platform/new", tenancy.ActionManage, p.here(p.create), web.Phased(), web.Fresh()),
		get("/platform/runs/{id}", tenancy.ActionRead, p.run),
		web.Page("POST", "/platform/runs/{id}/retry", tenancy.ActionManage, p.here(p.retry), web.Phased()),
		web.Page("POST", "/platform/tenants/{slug}/operators", tenancy.ActionManage, p.here(p.welcome), web.Phased(), web.Volatile(), web.Fresh()),
		web.Page("POST", "/platform/tenants/{slug}/impersonate", identity.ActionImpersonate, p.here(p.impersonate), web.Phased(), web.Volatile(), web.Fresh()),
		web.Page("POST", "/platform/tenants/{slug}/impersonations/{id}/end", identity.ActionImpersonate, p.here(p.endImpersonation), web.Phased()),
		web.Page("GET", "/platform/runs/{id}/file", tenancy.ActionManage, p.here(p.fetch), web.Fresh()),
		web.Page("POST", "/platform/tenants/{slug}/export", tenancy.ActionManage, p.here(p.export), web.Phased(), web.Fresh()),
		web.Page("POST", "/platform/tenants/{slug}/rotate", tenancy.ActionManage, p.here(p.rotateKey), web.Phased(), web.Fresh()),
		web.Page("POST", "/platform/tenants/{slug}/delete", tenancy.ActionManage, p.here(p.remove), web.Phased(), web.Fresh()),
		get("/platform/tenants/{slug}/plan", plans.ActionRead, p.terms),
		web.Page("POST", "/platform/tenants/{slug}/plan", plans.ActionManage, p.here(p.assignPlan), web.Phased(), web.Fresh()),
		web.Page("POST", "/platform/tenants/{slug}/exceptions", plans.ActionManage, p.here(p.makeException), web.Phased(), web.Fresh()),
		web.Page("POST", "/platform/tenants/{slug}/exceptions/{name}/end", plans.ActionManage, p.here(p.endException), web.Phased(), web.Fresh()),
		get("/platform/plans", plans.ActionRead, p.plans), get("/platform/plans/new", plans.ActionManage, p.newPlan), get("/platform/plans/{name}", plans.ActionRead, p.plan),
		web.Page("POST", "/platform/tenants/{slug}/move", cells.ActionMove, p.here(p.move), web.Phased(), web.Fresh()),
		web.Page("POST", "/platform/runs/{id}/abort", cells.ActionMove, p.here(p.abort), web.Phased(), web.Fresh()),
		get("/platform/cells", cells.ActionRead, p.cells),
		web.Page("POST", "/platform/plans", plans.ActionManage, p.here(p.publishPlan), web.Phased(), web.Fresh()),
		get("/platform/plugins", ActionLook, p.plugins),
		get("/platform/packages", plugins.ActionArtifacts, p.packages), get("/platform/packages/{digest}", plugins.ActionArtifacts, p.onePackage),
		web.Page("POST", "/platform/packages", plugins.ActionPublish, p.here(p.uploadPackage), web.Phased(), web.MaxBody(packageMost)),
		web.Page("POST", "/platform/plugins/{plugin}/restart", plugins.ActionPublish, p.here(p.restartPlugin), web.Phased()),
		web.Page("POST", "/platform/publishers", plugins.ActionPublish, p.here(p.savePublisher), web.Phased(), web.Fresh()),
		web.Page("POST", "/platform/packages/{digest}/try", plugins.ActionPublish, p.here(p.tryPackage), web.Phased()),
		web.Page("POST", "/platform/packages/{digest}/approve", plugins.ActionApprove, p.here(p.approvePackage), web.Phased(), web.Fresh()),
		web.Page("POST", "/platform/packages/{digest}/yank", plugins.ActionPublish, p.here(p.yankPackage), web.Phased(), web.Fresh()),
		web.Page("POST", "/platform/packages/{digest}/restore", plugins.ActionPublish, p.here(p.restorePackage), web.Phased(), web.Fresh()),
		web.Page("POST", "/platform/packages/{digest}/revoke", plugins.ActionPublish, p.here(p.revokePackage), web.Phased(), web.Fresh()),
		get("/platform/jobs", ActionLook, p.jobs),
		get("/platform/health", ActionLook, p.health),
		web.Page("GET", "/platform/audit", actionAudit, p.here(p.audit)),
	}
}

// here lets a page answer in the platform's own tenant alone.
func (p pages) here(h func(context.Context, *web.Visit) (web.Answer, error)) func(context.Context, *web.Visit) (web.Answer, error) {
	return func(ctx context.Context, v *web.Visit) (web.Answer, error) {
		if v.Site().Kind != string(tenancy.Platform) {
			return web.Answer{}, tenancy.ErrNotFound
		}
		return h(ctx, v)
	}
}

func (p pages) screen(active, title string, crumbs ...frame.Crumb) frame.Frame {
	return console.Frame("platform", active, title, crumbs...)
}

func (p pages) words(v *web.Visit) *theme.Printer { return console.Words(p.Theme, v) }
