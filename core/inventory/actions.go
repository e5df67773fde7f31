package inventory

import "github.com/kontorhq/kontor/core/policy"

// The permissions of inventory. Reserving, releasing and shipping have none: they are
// steps of an order, whose own permission was asked.
const (
	ActionStockRead      policy.Action = "inventory.stock.read"
	ActionStockWrite     policy.Action = "inventory.stock.write"
	ActionWarehouseRead  policy.Action = "inventory.warehouse.read"
	ActionWarehouseWrite policy.Action = "inventory.warehouse.write"
)
