package pricing

import "github.com/kontorhq/kontor/core/policy"

// The permissions of pricing.
const (
	ActionPriceRead  policy.Action = "pricing.price.read"
	ActionPriceWrite policy.Action = "pricing.price.write"
	ActionIndexRead  policy.Action = "pricing.index.read"
	ActionIndexWrite policy.Action = "pricing.index.write"
)
