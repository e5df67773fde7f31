# METADATA
# title: Asking for prices of controlled substances
# description: A request shows intent to buy, so the buyer's registration comes first.
# schemas:
#   - input: schema.input
#   - input.facts: schema.sourcing_publish
package kontor.vertical.pharma.sourcing.publish

import data.kontor.licences

# METADATA
# description: every further reason to refuse
deny contains reason if {
	some line in input.facts.lines
	some reason in licences.gaps(input.facts.buyer, line, input.day)
}
