package fulfilment

import "github.com/kontorhq/kontor/core/policy"

// What one may be allowed to do here.
const (
	ActionRates   policy.Action = "fulfilment.rate.read"
	ActionRead    policy.Action = "fulfilment.shipment.read"
	ActionShip    policy.Action = "fulfilment.shipment.ship"
	ActionReceive policy.Action = "fulfilment.shipment.receive"
)
