# METADATA
# title: Deciding on the admission of a company
# schemas:
#   - input: schema.input
#   - input.facts: schema.parties_admit
# custom:
#   action: parties.org.decide
#   facts: parties_admit
package kontor.parties.admit

import data.kontor.decide

# METADATA
# description: every reason to refuse
deny contains reason if {
	input.facts.decision == "approved"
	input.facts.org.reg_no_ok == false
	reason := decide.reason(
		"reg_no_wrong",
		decide.text("The registration number %s of %s fails its check.", "%[2]s 的登记号 %[1]s 校验不通过。", [input.facts.org.reg_no, input.facts.org.name]),
		decide.text("%s corrects its registration number.", "由%s更正登记号。", [input.facts.org.name]),
	)
}

deny contains reason if {
	input.facts.decider_is_member == true
	reason := decide.reason(
		"own_company",
		decide.text("Nobody decides on a company of his own.", "不得审核本人所在的公司。", []),
		decide.text("Another operator decides.", "由其他运营人员审核。", []),
	)
}

# METADATA
# description: no admission is left to somebody else's eyes
review contains reason if {
	some reason in set()
}
