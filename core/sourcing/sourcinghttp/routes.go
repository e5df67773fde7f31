// Package sourcinghttp is sourcing's API.
package sourcinghttp

import (
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/sourcing"
)

// Routes lists sourcing's API.
func Routes(s *sourcing.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Sourcing")
	return []web.Route{
		web.Post("/rfqs", sourcing.ActionCreate, h.draft, tag, web.Status(201), web.Summary("Draft a request for quotation")),
		web.Get("/rfqs", sourcing.ActionRead, h.list, tag, web.Summary("Requests made, or received")),
		web.Get("/rfqs/{id}", sourcing.ActionRead, h.view, tag, web.Summary("A request, as buyer or seller may see it")),
		web.Patch("/rfqs/{id}", sourcing.ActionEdit, h.edit, tag, web.Summary("Correct a draft")),
		web.Post("/rfqs/{id}/publish", sourcing.ActionPublish, h.publish, tag, web.Summary("Open a draft to its sellers")),
		web.Post("/rfqs/{id}/close", sourcing.ActionAward, h.close, tag, web.Summary("Take no more quotes")),
		web.Post("/rfqs/{id}/cancel", sourcing.ActionCancel, h.cancel, tag, web.Summary("Withdraw a request")),
		web.Post("/rfqs/{id}/decline", sourcing.ActionDecline, h.decline, tag, web.Summary("Say that no quote will come")),
		web.Post("/rfqs/{id}/award", sourcing.ActionAward, h.award, tag, web.Summary("Decide, and place the orders")),
		web.Get("/rfqs/{id}/comparison", sourcing.ActionReadQuote, h.compare, tag, web.Summary("Quotes side by side on landed cost")),
		web.Post("/rfqs/{id}/quotes", sourcing.ActionSubmitQuote, h.quote, tag, web.Status(201), web.Summary("Quote, or replace one's quote")),
		web.Get("/rfqs/{id}/quotes", sourcing.ActionReadQuote, h.quotes, tag, web.Summary("All versions of the quotes one may see")),
		web.Post("/quotes/{id}/withdraw", sourcing.ActionWithdrawQuote, h.withdraw, tag, web.Summary("Take a quote back")),
	}
}
