package event

// ItemMoved: an item took a step on its way to or from the shelf.
type ItemMoved struct {
	Item   string            `json:"item"`
	SKU    string            `json:"sku"`
	Names  map[string]string `json:"names"`
	Seller string            `json:"seller,omitempty"`
	From   string            `json:"from"`
	To     string            `json:"to"`
}

// EventName names the event.
func (ItemMoved) EventName() string { return "catalog.item_moved.v1" }

// Subject puts it on the item's timeline.
func (e ItemMoved) Subject() Subject { return Subject{"item", e.Item} }

// ItemChanged: a published item's details are different now.
type ItemChanged struct {
	Item  string            `json:"item"`
	SKU   string            `json:"sku"`
	Names map[string]string `json:"names"`
}

// EventName names the event.
func (ItemChanged) EventName() string { return "catalog.item_changed.v1" }

// Subject puts it on the item's timeline.
func (e ItemChanged) Subject() Subject { return Subject{"item", e.Item} }

// OfferChanged: a seller's terms for an item changed, or opened, or closed.
type OfferChanged struct {
	Offer  string            `json:"offer"`
	Item   string            `json:"item"`
	SKU    string            `json:"sku"`
	Names  map[string]string `json:"names"`
	Seller string            `json:"seller"`
	From   string            `json:"from"`
	To     string            `json:"to"`
}

// EventName names the event.
func (OfferChanged) EventName() string { return "catalog.offer_changed.v1" }

// Subject puts it on the item's timeline.
func (e OfferChanged) Subject() Subject { return Subject{"item", e.Item} }

// DocumentAttached: a paper was added to an item or an offer.
type DocumentAttached struct {
	Document string `json:"document"`
	Item     string `json:"item"`
	Offer    string `json:"offer,omitempty"`
	Kind     string `json:"kind"`
	Title    string `json:"title"`
}

// EventName names the event.
func (DocumentAttached) EventName() string { return "catalog.document_attached.v1" }

// Subject puts it on the item's timeline.
func (e DocumentAttached) Subject() Subject { return Subject{"item", e.Item} }

// CatalogImported: many items or offers were written at once; one event stands for all.
type CatalogImported struct {
	Items      int    `json:"items"`
	Offers     int    `json:"offers"`
	Categories int    `json:"categories"`
	By         string `json:"by"`
}

// EventName names the event.
func (CatalogImported) EventName() string { return "catalog.imported.v1" }

// Subject puts it on the catalogue's own timeline.
func (CatalogImported) Subject() Subject { return Subject{"catalog", "all"} }
