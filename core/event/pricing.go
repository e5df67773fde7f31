package event

// PricesWritten: a seller's prices changed. The ids are empty when many offers changed at
// once. It carries no price: events reach people who may not know it.
type PricesWritten struct {
	Prices int    `json:"prices"`
	Offers int    `json:"offers"`
	Offer  string `json:"offer,omitempty"`
	Item   string `json:"item,omitempty"`
	Seller string `json:"seller,omitempty"`
	SKU    string `json:"sku,omitempty"`
	Buyer  string `json:"buyer,omitempty"` // whose contract it is
}

// EventName names the event.
func (PricesWritten) EventName() string { return "pricing.prices_written.v1" }

// Subject puts it on the offer's timeline, or on the catalogue's when there are many.
func (e PricesWritten) Subject() Subject {
	if e.Offer == "" {
		return Subject{"catalog", "all"}
	}
	return Subject{"offer", e.Offer}
}

// IndicesWritten: the price board has new closing prices.
type IndicesWritten struct {
	Count int `json:"count"`
}

// EventName names the event.
func (IndicesWritten) EventName() string { return "pricing.indices_written.v1" }

// Subject puts it on the board's timeline.
func (IndicesWritten) Subject() Subject { return Subject{"catalog", "board"} }
