# METADATA
# title: Placing an order
# description: |
#   Buyer and every seller are admitted, and what the member may not spend alone goes to
#   an approver. Ordering turns the review "approval_required" into approval tiers and
#   asks again, with the approvals, before the order goes out.
# schemas:
#   - input: schema.input
#   - input.facts: schema.ordering_place
# custom:
#   action: ordering.order.place
#   facts: ordering_place
package kontor.ordering.place

import data.kontor.companies
import data.kontor.decide

# METADATA
# description: every reason to refuse
deny contains reason if {
	input.facts.buyer.state != "approved"
	reason := companies.gap(input.facts.buyer)
}

deny contains reason if {
	some line in input.facts.lines
	line.seller.state != "approved"
	reason := companies.gap(line.seller)
}

deny contains reason if {
	some line in input.facts.lines
	line.seller.id == input.facts.buyer.id
	reason := decide.reason(
		"own_goods",
		decide.text("%s is offered by your own company.", "%s 由贵公司自己供应。", [line.name]),
		decide.text("Choose another seller's offer.", "请选择其他供应商的报价。", []),
	)
}

deny contains reason if {
	some approval in object.get(input.facts, "approvals", [])
	approval.person == input.caller.person
	input.caller.person != ""
	reason := decide.reason(
		"same_person",
		decide.text("Nobody approves an order of his own.", "不得审批本人提交的订单。", []),
		decide.text("Another approver of the company decides.", "由公司其他审批人决定。", []),
	)
}

# METADATA
# description: what goes to an approver first
review contains reason if {
	over_limit
	not approved
	reason := decide.reason(
		"approval_required",
		decide.text("The order comes to more than you may place alone.", "订单金额超出您的单独下单权限。", []),
		decide.text("An approver of your company agrees, or an administrator raises your limit.", "请贵公司审批人批准，或由管理员提高您的限额。", []),
	)
}

review contains reason if {
	budget := input.facts.budget
	budget.spent_minor + input.facts.total.minor > budget.amount_minor
	not approved
	reason := decide.reason(
		"approval_required",
		decide.text("The cost centre %s has too little budget left.", "成本中心 %s 的剩余预算不足。", [budget.code]),
		decide.text("An approver of your company agrees, or an administrator raises the budget.", "请贵公司审批人批准，或由管理员追加预算。", []),
	)
}

# A limit in another currency says nothing about this total, so somebody looks.
over_limit if {
	input.facts.member.limit_minor != null
	input.facts.member.currency != input.facts.total.currency
}

over_limit if {
	input.facts.member.limit_minor != null
	input.facts.total.minor > input.facts.member.limit_minor
}

approved if {
	some approval in input.facts.approvals
	suffices(approval)
}

suffices(approval) if approval.limit_minor == null

suffices(approval) if {
	approval.currency == input.facts.total.currency
	approval.limit_minor >= input.facts.total.minor
}
