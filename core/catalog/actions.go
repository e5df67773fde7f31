package catalog

import "github.com/kontorhq/kontor/core/policy"

// The permissions of the catalogue.
const (
	ActionItemRead       policy.Action = "catalog.item.read"
	ActionCategoryRead   policy.Action = "catalog.category.read"
	ActionDocumentRead   policy.Action = "catalog.document.read"
	ActionItemWrite      policy.Action = "catalog.item.write"
	ActionItemSubmit     policy.Action = "catalog.item.submit"
	ActionItemPublish    policy.Action = "catalog.item.publish"
	ActionItemReview     policy.Action = "catalog.item.review"
	ActionItemRetire     policy.Action = "catalog.item.retire"
	ActionOfferRead      policy.Action = "catalog.offer.read"
	ActionOfferWrite     policy.Action = "catalog.offer.write"
	ActionOfferPublish   policy.Action = "catalog.offer.publish"
	ActionDocumentWrite  policy.Action = "catalog.document.write"
	ActionCategoryWrite  policy.Action = "catalog.category.write"
	ActionAttributeWrite policy.Action = "catalog.attribute.write"
)
