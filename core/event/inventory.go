package event

// StockReceived: goods came in. The ids are empty when many came at once.
type StockReceived struct {
	Arrivals  int    `json:"arrivals"`
	Offer     string `json:"offer,omitempty"`
	Warehouse string `json:"warehouse,omitempty"`
	Lot       string `json:"lot,omitempty"`
}

// EventName names the event.
func (StockReceived) EventName() string { return "inventory.stock_received.v1" }

// Subject puts it on the offer's timeline, or on the inventory's when there are many.
func (e StockReceived) Subject() Subject {
	if e.Offer == "" {
		return Subject{"inventory", "all"}
	}
	return Subject{"offer", e.Offer}
}

// StockCorrected: counting found more or less than the books.
type StockCorrected struct {
	Offer     string `json:"offer"`
	Warehouse string `json:"warehouse"`
	Why       string `json:"why"`
}

// EventName names the event.
func (StockCorrected) EventName() string { return "inventory.stock_corrected.v1" }

// Subject puts it on the offer's timeline.
func (e StockCorrected) Subject() Subject { return Subject{"offer", e.Offer} }
