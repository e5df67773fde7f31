# METADATA
# title: Letting a version of a plugin in
# description: |
#   Nothing is installed that was not run and found to keep the contract, and two persons
#   agree to what moves money. Plugins keeps the first one's word and asks again when
#   somebody else agrees.
# schemas:
#   - input: schema.input
#   - input.facts: schema.plugins_approve
# custom:
#   action: plugins.artifact.approve
#   facts: plugins_approve
package kontor.plugins.approve

import data.kontor.decide

# METADATA
# description: every reason to refuse
deny contains reason if {
	input.facts.state != "conformant"
	reason := decide.reason(
		"not_conformant",
		decide.text("This version was not found to keep the contract; it is %s.", "该版本尚未通过符合性检查，当前状态为 %s。", [input.facts.state]),
		decide.text("Try it first.", "请先运行检查。", []),
	)
}

deny contains reason if {
	input.facts.approver in input.facts.approved_by
	reason := decide.reason(
		"same_person",
		decide.text("You have agreed to this version already.", "您已同意过该版本。", []),
		decide.text("Another person agrees to it.", "由另一人同意。", []),
	)
}

# METADATA
# description: what a second person looks at first
review contains reason if {
	"payment" in input.facts.capabilities
	count(persons) < 2
	reason := decide.reason(
		"second_person_required",
		decide.text("It moves money, so one person alone does not let it in.", "该插件涉及资金，需两人同意。", []),
		decide.text("A second person approves it.", "由第二人批准。", []),
	)
}

persons := {p | some p in input.facts.approved_by} | {input.facts.approver}
