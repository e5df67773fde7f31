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
	some reason in licences.gaps(input.facts.seller, input.facts.item, input.day)
}
