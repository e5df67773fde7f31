# METADATA
# title: Ordering controlled substances
# description: |
#   21 CFR 1301.74(a): before a controlled substance is sold, both sides' registrations
#   cover its schedule on the day.
# schemas:
#   - input: schema.input
#   - input.facts: schema.ordering_place
package kontor.vertical.pharma.ordering.place

import data.kontor.licences

# METADATA
# description: every further reason to refuse
deny contains reason if {
	some line in input.facts.lines
	line.regulated != ""
	not licences.covers(input.facts.buyer.licences, line.regulated, input.day)
	reason := licences.gap(input.facts.buyer, line, input.day)
}

deny contains reason if {
	some line in input.facts.lines
	line.regulated != ""
	not licences.covers(line.seller.licences, line.regulated, input.day)
	reason := licences.gap(line.seller, line, input.day)
}
