# METADATA
# title: Ordering in a company's private portal
# description: |
#   Only staff of the portal's companies order, and in the portal's one currency: the
#   limits of members are written in it.
# schemas:
#   - input: schema.input
#   - input.facts: schema.ordering_place
package kontor.vertical.portal.ordering.place

import data.kontor.decide

# METADATA
# description: every further reason to refuse
deny contains reason if {
	input.facts.total.currency != input.tenant.settings.currency
	reason := decide.reason(
		"currency_not_of_portal",
		decide.text("This portal buys in %s, not in %s.", "本门户仅以 %s 采购，不接受 %s。", [input.tenant.settings.currency, input.facts.total.currency]),
		decide.text("Ask the seller for an offer in the portal's currency.", "请向供应商索取以门户币种计价的报价。", []),
	)
}
