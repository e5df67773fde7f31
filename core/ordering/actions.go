package ordering

import "github.com/kontorhq/kontor/core/policy"

// What one may do here.
const (
	ActionEditCart policy.Action = "ordering.cart.edit"
	ActionPlace    policy.Action = "ordering.order.place"
	ActionRead     policy.Action = "ordering.order.read"
	ActionAccept   policy.Action = "ordering.order.accept"
	ActionDecline  policy.Action = "ordering.order.decline"
	ActionCancel   policy.Action = "ordering.order.cancel"
	ActionDecide   policy.Action = "ordering.approval.decide"
)
