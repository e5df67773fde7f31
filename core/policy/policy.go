// Package policy asks one question of two engines: may this caller do this, to this,
// now? Roles answer first (Casbin), the law of the place second (OPA).
package policy

import "context"

// Action is a permission's name, "sourcing.rfq.publish".
type Action string

// Gate answers nil, or a Denied fault with every reason and what would change it.
// facts is the JSON-able input of the compliance rules for the action; nil when the
// action has none. Ask inside the service, not only at the route.
type Gate interface {
	Allow(ctx context.Context, do Action, facts any) error
}

// Roles answers from roles alone, cheaply: for routes, menus and buttons.
type Roles interface {
	Can(ctx context.Context, do Action) bool
}
