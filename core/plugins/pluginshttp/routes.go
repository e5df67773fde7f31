// Package pluginshttp is the API over plugins: the platform's over publishers and packages,
// and a marketplace's over what it installs of them.
package pluginshttp

import (
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/plugins"
)

type handlers struct{ plugins *plugins.Service }

// packageMost is a package of 64 MB as JSON carries it.
const packageMost = 90 << 20

// Routes is the API. What is changed here is told to running processes when it is committed,
// so no route is one unit of work.
func Routes(s *plugins.Service) []web.Route {
	h := handlers{s}
	store, mine := web.Tag("Plugin packages"), web.Tag("Plugins")
	return []web.Route{
		web.Get("/platform/plugin-publishers", plugins.ActionArtifacts, h.publishers, store, web.Summary("List the publishers")),
		web.Put("/platform/plugin-publishers/{name}", plugins.ActionPublish, h.register, store, web.Phased(), web.Fresh(), web.Summary("Register a publisher, or change its keys")),
		web.Get("/platform/plugin-artifacts", plugins.ActionArtifacts, h.artifacts, store, web.Summary("List all versions of all plugins")),
		web.Post("/platform/plugin-artifacts", plugins.ActionPublish, h.upload, store, web.Status(201), web.Phased(), web.MaxBody(packageMost), web.Summary("Upload a signed package")),
		web.Get("/platform/plugin-artifacts/{digest}", plugins.ActionArtifacts, h.artifact, store, web.Summary("Show a version with what trying it showed")),
		web.Post("/platform/plugin-artifacts/{digest}/try", plugins.ActionPublish, h.try, store, web.Phased(), web.Summary("Run a package and check that it keeps the contract")),
		web.Post("/platform/plugin-artifacts/{digest}/approve", plugins.ActionApprove, h.approve, store, web.Phased(), web.Fresh(), web.Summary("Let marketplaces install it; one that moves money needs two people")),
		web.Post("/platform/plugin-artifacts/{digest}/yank", plugins.ActionPublish, h.yank, store, web.Phased(), web.Fresh(), web.Summary("Let nobody else install it")),
		web.Post("/platform/plugin-artifacts/{digest}/restore", plugins.ActionPublish, h.restore, store, web.Phased(), web.Fresh(), web.Summary("Let a yanked one be installed again")),
		web.Post("/platform/plugin-artifacts/{digest}/revoke", plugins.ActionPublish, h.revoke, store, web.Phased(), web.Fresh(), web.Summary("Stop it everywhere, for good")),
		web.Post("/platform/plugins/{plugin}/restart", plugins.ActionPublish, h.restart, store, web.Phased(), web.Summary("Start a plugin's processes again on every node")),

		web.Get("/plugins", plugins.ActionRead, h.catalogue, mine, web.Summary("List the plugins that your marketplace has or may have")),
		web.Get("/plugins/{plugin}", plugins.ActionRead, h.offer, mine, web.Summary("Show a plugin with its versions and your installation")),
		web.Post("/plugins/{plugin}/installation", plugins.ActionManage, h.install, mine, web.Status(201), web.Phased(), web.Summary("Ask for a plugin")),
		web.Delete("/plugins/{plugin}/installation", plugins.ActionManage, h.remove, mine, web.Phased(), web.Fresh(), web.Summary("Remove a plugin with its settings")),
		web.Post("/plugins/{plugin}/consent", plugins.ActionManage, h.consent, mine, web.Phased(), web.Fresh(), web.Summary("Agree to what it asks for")),
		web.Get("/plugins/{plugin}/settings", plugins.ActionManage, h.form, mine, web.Summary("Show the settings without secrets, and their schema")),
		web.Put("/plugins/{plugin}/settings", plugins.ActionManage, h.configure, mine, web.Phased(), web.Fresh(), web.Summary("Change the settings")),
		web.Post("/plugins/{plugin}/enable", plugins.ActionManage, h.enable, mine, web.Phased(), web.Fresh(), web.Summary("Switch it on")),
		web.Post("/plugins/{plugin}/disable", plugins.ActionManage, h.disable, mine, web.Phased(), web.Summary("Switch it off; settings are kept")),
		web.Post("/plugins/{plugin}/upgrade", plugins.ActionManage, h.upgrade, mine, web.Phased(), web.Fresh(), web.Summary("Take another version; one that asks for more waits for consent")),
		web.Post("/plugins/{plugin}/roll-back", plugins.ActionManage, h.rollBack, mine, web.Phased(), web.Fresh(), web.Summary("Go back to an earlier revision")),
		web.Put("/plugins/{plugin}/isolation", plugins.ActionManage, h.isolate, mine, web.Phased(), web.Summary("Have a process of your own, or share one")),
	}
}
