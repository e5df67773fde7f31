// Package web is the platform's HTTP edge, and the only room that knows Fiber and huma.
// It turns a request into a site, a caller and typed input, and an answer or a fault
// into bytes. Contexts and surfaces list routes as values:
//
//	web.Post("/rfqs/{id}/publish", sourcing.ActionPublish, h.publish, web.Summary("Publish a request"))
//	web.Page("GET", "/items/{slug}", catalog.ActionView, p.item, web.CachePublic("catalog"))
//
// What happens to a request, in order: anonymous cache, host to site, limits, session
// to caller, CSRF, role pre-check, idempotency, handler, answer or problem.
package web
