# METADATA
# title: Admitting a company to a Chinese steel market
# description: |
#   E-Commerce Law of the PRC, article 27: the platform verifies and registers the identity
#   of whoever trades on it. A company of the mainland is identified by its unified social
#   credit code (GB 32100) and by nothing else.
# schemas:
#   - input: schema.input
#   - input.facts: schema.parties_admit
package kontor.vertical.steel.parties.admit

import data.kontor.decide

# METADATA
# description: every further reason to refuse
deny contains reason if {
	input.facts.decision == "approved"
	input.facts.org.country == "CN"
	input.facts.org.reg_kind != "uscc"
	reason := decide.reason(
		"uscc_required",
		decide.text("%s is a company of the mainland and gave no unified social credit code.", "%s 为中国大陆企业，但未提供统一社会信用代码。", [input.facts.org.name]),
		decide.text("%s registers with its unified social credit code.", "由%s以统一社会信用代码登记。", [input.facts.org.name]),
	)
}
