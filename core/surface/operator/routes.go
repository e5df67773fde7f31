// Package operator is the pages of those who run a market: how it goes, who may join, what
// may be sold, whose money moves, and why the rules said what they said.
package operator

import (
	"context"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/ledger"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/certs"
	"github.com/kontorhq/kontor/core/platform/gate"
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

// Deps are the services behind the pages.
type Deps struct {
	Reads      *consoles.Reads
	Theme      *theme.Engine
	Now        clock.Now
	Gate       *gate.Gate
	Queue      *jobs.Queue
	Host       *pluginhost.Host
	Tenancy    *tenancy.Service
	Identity   *identity.Service
	Parties    *parties.Service
	Catalog    *catalog.Service
	Ordering   *ordering.Service
	Fulfilment *fulfilment.Service
	Aftersales *aftersales.Service
	Payments   *payments.Service
	Invoicing  *invoicing.Service
	BaseURL    func(host string) string // a market's address by its host
	OpenExport OpenExport
	// Certificates are asked how those of some addresses do; nil: they are somebody else's.
	Certificates func(ctx context.Context, hosts []string) (map[string]certs.State, error)
	Plans        *plans.Service
	Plugins      *plugins.Service
}

// The permissions of pages that no context has one of its own for.
const (
	ActionLook      policy.Action = "console.operator.read"
	actionDecisions policy.Action = "policy.decision.read"
	actionExplain   policy.Action = "policy.decision.explain"
	actionReconcile policy.Action = "plugin.manage"
	actionAudit     policy.Action = "audit.entry.read"
	actionMail      policy.Action = "mail.read"
)

type pages struct{ Deps }

type handler func(context.Context, *web.Visit) (web.Answer, error)

// Pages is everything under /operator.
func Pages(d Deps) []web.Route {
	p := pages{d}
	get := func(path string, do policy.Action, h handler) web.Route { return web.Page("GET", path, do, h) }
	post := func(path string, do policy.Action, h handler, opts ...web.Option) web.Route {
		return web.Page("POST", path, do, h, opts...)
	}
	return []web.Route{
		get("/operator", ActionLook, p.cockpit),
		get("/operator/companies", parties.ActionReview, p.companies), get("/operator/companies/{id}", parties.ActionReview, p.company),
		post("/operator/companies/{id}/decide", parties.ActionDecide, p.decideCompany),
		post("/operator/companies/{id}/licence", parties.ActionLicenceVerify, p.verifyLicence),
		get("/operator/catalogue", catalog.ActionItemReview, p.catalogue), get("/operator/catalogue/{id}", catalog.ActionItemReview, p.item),
		post("/operator/catalogue/{id}/decide", catalog.ActionItemReview, p.decideItem),
		get("/operator/orders", ActionLook, p.orders), web.Page("GET", "/operator/orders.csv", ActionLook, p.ordersCSV, web.Fresh()), get("/operator/orders/{id}", ActionLook, p.order),
		post("/operator/orders/{id}/cancel", ordering.ActionCancel, p.cancelOrder),
		get("/operator/disputes", ActionLook, p.disputes), get("/operator/disputes/{id}", ActionLook, p.dispute),
		post("/operator/disputes/{id}/decide", aftersales.ActionDecide, p.decideDispute),
		get("/operator/releases", payments.ActionApprove, p.releases), get("/operator/releases/{id}", payments.ActionApprove, p.release),
		post("/operator/releases/{id}/decide", payments.ActionApprove, p.decideRelease, web.Phased(), web.InPerson()),
		get("/operator/ledger", ledger.ActionRead, p.ledger), get("/operator/journal", ledger.ActionRead, p.journal),
		get("/operator/decisions", actionDecisions, p.decisions), get("/operator/decisions/{id}", actionDecisions, p.decision), get("/operator/why", actionExplain, p.why),
		get("/operator/plugins", plugins.ActionRead, p.plugins), post("/operator/plugins/reconcile", actionReconcile, p.reconcile, web.Phased()),
		get("/operator/plugins/{plugin}", plugins.ActionRead, p.plugin), post("/operator/plugins/{plugin}/install", plugins.ActionManage, p.installPlugin, web.Phased()),
		post("/operator/plugins/{plugin}/consent", plugins.ActionManage, p.consentPlugin, web.Phased(), web.Fresh()), post("/operator/plugins/{plugin}/settings", plugins.ActionManage, p.configurePlugin, web.Phased(), web.Fresh()),
		post("/operator/plugins/{plugin}/enable", plugins.ActionManage, p.enablePlugin, web.Phased(), web.Fresh()), post("/operator/plugins/{plugin}/disable", plugins.ActionManage, p.disablePlugin, web.Phased()),
		post("/operator/plugins/{plugin}/upgrade", plugins.ActionManage, p.upgradePlugin, web.Phased(), web.Fresh()), post("/operator/plugins/{plugin}/roll-back", plugins.ActionManage, p.rollBackPlugin, web.Phased(), web.Fresh()),
		post("/operator/plugins/{plugin}/isolation", plugins.ActionManage, p.isolatePlugin, web.Phased()), post("/operator/plugins/{plugin}/remove", plugins.ActionManage, p.removePlugin, web.Phased(), web.Fresh()),
		get("/operator/audit", actionAudit, p.audit), web.Page("GET", "/operator/audit.csv", actionAudit, p.auditCSV, web.Fresh()), post("/operator/audit/verify", actionAudit, p.verify),
		get("/operator/mails", actionMail, p.mails),
		get("/operator/settings", ActionLook, p.settings), get("/operator/usage", plans.ActionUsage, p.usage),
		get("/operator/hosts", tenancy.ActionHosts, p.hosts), post("/operator/hosts", tenancy.ActionClaimHost, p.claimHost),
		post("/operator/hosts/platform", tenancy.ActionHosts, p.platformHost, web.Phased()), post("/operator/hosts/{id}/check", tenancy.ActionHosts, p.checkHost, web.Phased()),
		post("/operator/hosts/{id}/certificate", tenancy.ActionHosts, p.retryCertificate, web.Phased()),
		post("/operator/hosts/{id}/main", tenancy.ActionHosts, p.mainHost, web.Phased()), post("/operator/hosts/{id}/release", tenancy.ActionHosts, p.releaseHost, web.Phased()),
		get("/operator/export", tenancy.ActionExport, p.exports), post("/operator/export", tenancy.ActionExport, p.export, web.Phased(), web.Fresh(), web.Calm()),
		web.Page("GET", "/operator/export/{id}/file", tenancy.ActionExport, p.fetch, web.Fresh()),
		get("/operator/branding", tenancy.ActionBranding, p.branding), post("/operator/branding", tenancy.ActionBranding, p.saveBrand, web.MaxBody(5<<20)),
		post("/operator/branding/sample", tenancy.ActionBranding, p.brandSample, web.Phased(), web.Volatile()), post("/operator/branding/preview", tenancy.ActionBranding, p.previewBrand),
		post("/operator/branding/publish", tenancy.ActionBranding, p.publishBrand), post("/operator/branding/discard", tenancy.ActionBranding, p.discardBrand),
		post("/operator/branding/editions/{name}/restore", tenancy.ActionBranding, p.restoreBrand),
		get("/operator/roles", tenancy.ActionRolesRead, p.roles), get("/operator/roles/edit", tenancy.ActionRolesManage, p.editRole),
		post("/operator/roles/preview", tenancy.ActionRolesManage, p.previewRole), post("/operator/roles/save", tenancy.ActionRolesManage, p.saveRole, web.Fresh()),
		get("/operator/people", identity.ActionRead, p.people), post("/operator/people/{id}/disable", identity.ActionManage, p.disable, web.InPerson()),
		post("/operator/impersonations/{id}/end", identity.ActionManage, p.endImpersonation),
	}
}

// screen frames a screen with the sidebar's numbers.
func (p pages) screen(ctx context.Context, active, title string, crumbs ...frame.Crumb) frame.Frame {
	f := console.Frame("operator", active, title, crumbs...)
	f.Counts = p.counts(ctx)
	return f
}

// thing frames a page about one thing, by its own name, below its list.
func (p pages) thing(ctx context.Context, active, listURL, name string) frame.Frame {
	f := console.Named("operator", active, name, console.Crumb("nav."+active, listURL), console.Here(name))
	f.Counts = p.counts(ctx)
	return f
}

// counts are decoration: a page without them is still the page.
func (p pages) counts(ctx context.Context) map[string]int {
	n, err := p.Reads.OperatorCounts(ctx)
	if err != nil {
		return nil
	}
	return n
}

func (p pages) words(v *web.Visit) *theme.Printer { return console.Words(p.Theme, v) }

// mails leads to the mailbox, which is one page for everybody who may read it.
func (p pages) mails(context.Context, *web.Visit) (web.Answer, error) {
	return web.Redirect("/mail"), nil
}
