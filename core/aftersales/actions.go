package aftersales

import "github.com/kontorhq/kontor/core/policy"

// What one may be allowed to do here.
const (
	ActionRead     policy.Action = "aftersales.claim.read"
	ActionOpen     policy.Action = "aftersales.claim.open"
	ActionWithdraw policy.Action = "aftersales.claim.withdraw"
	ActionDecide   policy.Action = "aftersales.claim.decide"
)
