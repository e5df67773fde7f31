# METADATA
# title: Publishing a controlled substance
# description: |
#   21 CFR 1301.11: who distributes a controlled substance is registered for its schedule.
#   The operator's own catalogue entries have no seller; an order for one is checked
#   against whoever sells it.
# schemas:
#   - input: schema.input
#   - input.facts: schema.catalog_publish_item
package kontor.vertical.pharma.catalog.publish_item

import data.kontor.licences

# METADATA
# description: every further reason to refuse
deny contains reason if {
	input.facts.seller != null
	input.facts.item.regulated != ""
	not licences.covers(input.facts.seller.licences, input.facts.item.regulated, input.day)
	reason := licences.gap(input.facts.seller, input.facts.item, input.day)
}
