package sourcing

import "github.com/kontorhq/kontor/core/policy"

// What one may be allowed to do here. Closing early belongs to whoever may award.
const (
	ActionRead          policy.Action = "sourcing.rfq.read"
	ActionCreate        policy.Action = "sourcing.rfq.create"
	ActionEdit          policy.Action = "sourcing.rfq.edit"
	ActionPublish       policy.Action = "sourcing.rfq.publish"
	ActionCancel        policy.Action = "sourcing.rfq.cancel"
	ActionAward         policy.Action = "sourcing.rfq.award"
	ActionDecline       policy.Action = "sourcing.rfq.decline"
	ActionReadQuote     policy.Action = "sourcing.quote.read"
	ActionSubmitQuote   policy.Action = "sourcing.quote.submit"
	ActionWithdrawQuote policy.Action = "sourcing.quote.withdraw"
)
