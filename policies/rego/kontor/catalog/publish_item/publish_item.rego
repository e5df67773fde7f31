# METADATA
# title: Publishing an item
# description: Only an admitted seller may put goods before buyers.
# schemas:
#   - input: schema.input
#   - input.facts: schema.catalog_publish_item
# custom:
#   action: catalog.item.publish
#   facts: catalog_publish_item
package kontor.catalog.publish_item

import data.kontor.companies

# METADATA
# description: every reason to refuse
deny contains reason if {
	input.facts.seller != null
	input.facts.seller.state != "approved"
	reason := companies.gap(input.facts.seller)
}

# METADATA
# description: nothing about an item is left to somebody else's eyes
review contains reason if {
	some reason in set()
}
