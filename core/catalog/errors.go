package catalog

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong in the catalogue, in words a trader understands.
var (
	ErrItemNotFound      = fault.New(fault.NotFound, "catalog.item_not_found", "There is no such item here.").Then("Search for it, or ask for it with a request for quotation.")
	ErrItemInvalid       = fault.New(fault.Invalid, "catalog.item_invalid", "Some of the item's details need another look.")
	ErrItemNotDraft      = fault.New(fault.Conflict, "catalog.item_not_draft", "Only a draft can be submitted.")
	ErrItemNotReviewable = fault.New(fault.Conflict, "catalog.item_not_reviewable", "Only a draft or an item in review can be published.")
	ErrItemNotPublished  = fault.New(fault.Conflict, "catalog.item_not_published", "This item is not on the shelf.")
	ErrItemStale         = fault.New(fault.Conflict, "catalog.item_stale", "Somebody changed this item in the meantime.").Then("Load it again and repeat your change.")
	ErrSKUTaken          = fault.New(fault.Conflict, "catalog.sku_taken", "The part number {sku} is already in use.").Then("Offer the existing item, or choose another part number.")

	ErrCategoryNotFound = fault.New(fault.NotFound, "catalog.category_not_found", "There is no such category here.")
	ErrCategorySlug     = fault.New(fault.Invalid, "catalog.category_slug", "{slug} cannot be part of an address.").Then("Use lower-case letters, digits and single dashes.")
	ErrCategoryParent   = fault.New(fault.Invalid, "catalog.category_parent", "The category {path} stands before its parent or has none.")
	ErrNameMissing      = fault.New(fault.Invalid, "catalog.name_missing", "Give a name in at least one language.")
	ErrAttribute        = fault.New(fault.Invalid, "catalog.attribute_invalid", "The attribute {key} is not well defined.")
	ErrAttributeUnknown = fault.New(fault.Invalid, "catalog.attribute_unknown", "There is no attribute {key} here.")
	ErrValue            = fault.New(fault.Invalid, "catalog.value_invalid", "{value} is not a value of {key}.")

	ErrFilter = fault.New(fault.Invalid, "catalog.filter_invalid", "The filter on {key} cannot be read.").Then("A range is written 100..200, either end may be left out; units such as mm or in may follow.")
	ErrSort   = fault.New(fault.Invalid, "catalog.sort_unknown", "Lists can be sorted by relevance, newest, name, price or price_desc.")

	ErrOfferNotFound = fault.New(fault.NotFound, "catalog.offer_not_found", "There is no such offer here.")
	ErrOfferInvalid  = fault.New(fault.Invalid, "catalog.offer_invalid", "Some of the offer's terms need another look.")
	ErrOfferState    = fault.New(fault.Conflict, "catalog.offer_state", "The offer cannot be moved from where it is.")
	ErrOfferStale    = fault.New(fault.Conflict, "catalog.offer_stale", "Somebody changed this offer in the meantime.").Then("Load it again and repeat your change.")
	ErrOfferSKUTaken = fault.New(fault.Conflict, "catalog.offer_sku_taken", "You already have an offer under {sku}.")
	ErrOfferUnit     = fault.New(fault.Invalid, "catalog.offer_unit", "An item counted in {item} cannot be offered in {offer}: its weight per unit is unknown.")

	ErrQuantityNotPositive = fault.New(fault.Invalid, "catalog.quantity_not_positive", "Ask for more than nothing.")
	ErrQuantityTooLarge    = fault.New(fault.Invalid, "catalog.quantity_too_large", "That is more than anybody can deliver.")
	ErrQuantityBelowMOQ    = fault.New(fault.Invalid, "catalog.quantity_below_moq", "{asked} is less than the smallest order of {moq}.").Then("Ask for the smallest order or more.")
	ErrQuantityStep        = fault.New(fault.Invalid, "catalog.quantity_step", "This is sold in steps of {step}: {below} and {above} are the nearest quantities.").Then("Choose one of them.")

	ErrDocument         = fault.New(fault.Invalid, "catalog.document_invalid", "The document's {why} is missing or wrong.")
	ErrDocumentNotFound = fault.New(fault.NotFound, "catalog.document_not_found", "There is no such document here.")
	ErrSellerOnly       = fault.New(fault.Denied, "catalog.seller_only", "Only a company that sells here can offer goods.").Then("Switch to your selling company.")
	ErrTooMany          = fault.New(fault.TooLarge, "catalog.import_too_large", "Send at most {max} at once.")
)
