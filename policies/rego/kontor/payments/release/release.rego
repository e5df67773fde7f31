# METADATA
# title: Releasing money from escrow
# description: |
#   Two persons above the tenant's limit (ASVS 5.0 2.3.5), and nothing while a claim is
#   open. Payments keeps the request and asks again when somebody else has agreed.
# schemas:
#   - input: schema.input
#   - input.facts: schema.payments_release
# custom:
#   action: payments.escrow.release
#   facts: payments_release
package kontor.payments.release

import data.kontor.decide

# METADATA
# description: every reason to refuse
deny contains reason if {
	input.facts.open_claims > 0
	reason := decide.reason(
		"claim_open",
		decide.text("A claim on this order is still open.", "该订单仍有未结索赔。", []),
		decide.text("Settle or withdraw the claim first.", "请先处理或撤回索赔。", []),
	)
}

deny contains reason if {
	input.facts.requested_by in input.facts.approved_by
	reason := decide.reason(
		"same_person",
		decide.text("Who asks for a release may not approve it.", "申请放款的人不得自行批准。", []),
		decide.text("Another person approves it.", "由另一人批准。", []),
	)
}

deny contains reason if {
	limit != 0
	input.facts.amount.currency != input.tenant.settings.currency
	reason := decide.reason(
		"currency_unlike_limit",
		decide.text("The limit is in %s, the amount is in %s.", "限额币种为 %s，金额币种为 %s。", [input.tenant.settings.currency, input.facts.amount.currency]),
		decide.text("The operator sets a limit for this currency.", "由运营方设置该币种的限额。", []),
	)
}

# METADATA
# description: what a second person looks at first
review contains reason if {
	limit != 0
	input.facts.amount.minor > limit
	count(persons) < 2
	reason := decide.reason(
		"second_person_required",
		decide.text("The amount is above the limit that one person may release.", "金额超出单人放款限额。", []),
		decide.text("A second person approves the release.", "由第二人批准放款。", []),
	)
}

# 0, or no such setting, is no limit: the tenant has not asked for four eyes.
default limit := 0

limit := input.tenant.settings.release_limit_minor

persons := {p | some p in input.facts.approved_by} | {input.facts.requested_by}
