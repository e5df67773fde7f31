# METADATA
# title: Publishing a request for quotation
# description: An admitted buyer asks admitted sellers.
# schemas:
#   - input: schema.input
#   - input.facts: schema.sourcing_publish
# custom:
#   action: sourcing.rfq.publish
#   facts: sourcing_publish
package kontor.sourcing.publish

import data.kontor.companies

# METADATA
# description: every reason to refuse
deny contains reason if {
	some reason in companies.gaps(input.facts.buyer)
}

deny contains reason if {
	some seller in input.facts.sellers
	some reason in companies.gaps(seller)
}

# METADATA
# description: no request is left to somebody else's eyes
review contains reason if {
	some reason in set()
}
