package web

import (
	"context"
	"net/http"

	"github.com/kontorhq/kontor/core/policy"
)

// APIBase is where the API lives; routes made by Get, Post … are relative to it.
const APIBase = "/api/v1"

// Route is one line of a context's API or a surface's pages: where it is, what it takes
// to use it, what it does.
type Route struct {
	Method  string
	Path    string // "/rfqs/{id}/publish"; relative to APIBase for API routes
	Action  policy.Action
	Summary string
	Tag     string

	api       bool
	status    int
	phased    bool
	public    bool
	open      bool
	hook      bool
	crossing  bool
	volatile  bool
	fresh     bool
	inPerson  bool
	calm      bool
	maxBody   int
	cached    bool
	cacheTags []string
	register  func(*Server, *Route) // API: registers the huma operation
	page      func(context.Context, *Visit) (Answer, error)
	tongue    *Tongue
}

// API reports whether the route answers JSON under APIBase.
func (r Route) API() bool { return r.api }

// Pattern is the whole path template.
func (r Route) Pattern() string {
	if r.api {
		return APIBase + r.Path
	}
	return r.Path
}

// Option changes a route.
type Option func(*Route)

// Summary says what the route does in a few words, for the API document and the matrix.
func Summary(text string) Option { return func(r *Route) { r.Summary = text } }

// Tag groups operations in the API document.
func Tag(name string) Option { return func(r *Route) { r.Tag = name } }

// Status is the answer's status when all is well; 200 unless told.
func Status(code int) Option { return func(r *Route) { r.status = code } }

// Phased is for handlers that call plugins or partners, which no transaction may span:
// the idempotency key is claimed first, then the handler runs, then the answer is kept.
func Phased() Option { return func(r *Route) { r.phased = true } }

// Public lets visitors pass without the role pre-check; on a private portal they still
// have to sign in. The service asks the gate all the same.
func Public() Option { return func(r *Route) { r.public = true } }

// Open is Public on private portals too: signing in and up, resetting, helping.
func Open() Option { return func(r *Route) { r.public, r.open = true, true } }

// Volatile is for answers that hold a secret, such as a session's token: never stored,
// so the same key runs the handler again.
func Volatile() Option { return func(r *Route) { r.volatile = true } }

// Hook is for calls by outside parties that prove themselves by a signature over the
// body: open, no CSRF check, no idempotency key; faults are problem documents.
func Hook() Option {
	return func(r *Route) { r.hook, r.public, r.open = true, true, true }
}

// Crossing is for forms that another site makes a browser send here by design, such as a
// SAML provider's answer. It is open, it is not refused for coming from elsewhere, and it
// acts for nobody: no cookie of ours is looked at, so that there is nothing to abuse. What it
// brings must prove itself; whatever the browser's own standing decides is done after a
// redirect to a page of this site.
func Crossing() Option {
	return func(r *Route) { r.crossing, r.public, r.open, r.volatile = true, true, true, true }
}

// Fresh is for sensitive actions: the person must have proved who he is within
// caller.FreshFor. Callers that never proved it, such as programs with a key, are refused.
func Fresh() Option { return func(r *Route) { r.fresh = true } }

// InPerson is for what is the person's alone, such as credentials and money that leaves:
// whoever acts in his name is refused. Fresh routes are so anyhow.
func InPerson() Option { return func(r *Route) { r.inPerson = true } }

// Calm is for what people may still do in a market that can only be read or is closing: to
// fetch their data.
func Calm() Option { return func(r *Route) { r.calm = true } }

// MaxBody lets a route take more (or less) than the usual body, in bytes.
func MaxBody(bytes int) Option { return func(r *Route) { r.maxBody = bytes } }

// CachePublic keeps what visitors get from this GET route, until any of the tags (or
// all of the tenant) is invalidated. The answer must not depend on who asks.
func CachePublic(tags ...string) Option {
	return func(r *Route) { r.cached, r.cacheTags = true, tags }
}

// Get declares a read of the API. In is filled from path:"", query:"" and header:"" tags.
func Get[In, Out any](path string, do policy.Action, fn func(context.Context, *In) (Out, error), opts ...Option) Route {
	return operation(http.MethodGet, path, do, fn, opts)
}

// Post declares an action. The caller sends an Idempotency-Key; unless Phased, the
// whole of fn runs in one unit of work together with the key's row.
func Post[In, Out any](path string, do policy.Action, fn func(context.Context, *In) (Out, error), opts ...Option) Route {
	return operation(http.MethodPost, path, do, fn, opts)
}

// Put declares a replacement; repeating it changes nothing more.
func Put[In, Out any](path string, do policy.Action, fn func(context.Context, *In) (Out, error), opts ...Option) Route {
	return operation(http.MethodPut, path, do, fn, opts)
}

// Patch declares a partial change.
func Patch[In, Out any](path string, do policy.Action, fn func(context.Context, *In) (Out, error), opts ...Option) Route {
	return operation(http.MethodPatch, path, do, fn, opts)
}

// Delete declares a removal.
func Delete[In, Out any](path string, do policy.Action, fn func(context.Context, *In) (Out, error), opts ...Option) Route {
	return operation(http.MethodDelete, path, do, fn, opts)
}

// Page declares a page or a form's target.
func Page(method, path string, do policy.Action, fn func(context.Context, *Visit) (Answer, error), opts ...Option) Route {
	r := Route{Method: method, Path: path, Action: do, page: fn}
	for _, o := range opts {
		o(&r)
	}
	return r
}

func operation[In, Out any](method, path string, do policy.Action, fn func(context.Context, *In) (Out, error), opts []Option) Route {
	r := Route{Method: method, Path: path, Action: do, api: true, status: http.StatusOK}
	for _, o := range opts {
		o(&r)
	}
	r.register = func(s *Server, rt *Route) { register(s, rt, fn) }
	return r
}
