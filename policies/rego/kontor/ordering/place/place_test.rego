package kontor.ordering.place_test

import data.kontor.ordering.place

company(id, state) := {"id": id, "name": id, "state": state, "licences": []}

facts(total, limit) := {
	"lines": [{"item": "i", "name": "Bearing", "regulated": "", "seller": company("s", "approved")}],
	"total": {"minor": total, "currency": "EUR"},
	"buyer": company("b", "approved"),
	"member": {"limit_minor": limit, "currency": "EUR"},
}

caller := {"person": "p1"}

codes(set_) := {r.code | some r in set_}

test_within_the_limit_it_goes_out if {
	count(place.review) == 0 with input as {"caller": caller, "facts": facts(100, 100)}
	count(place.deny) == 0 with input as {"caller": caller, "facts": facts(100, 100)}
}

test_no_limit_is_no_limit if count(place.review) == 0 with input.facts as facts(1000000, null)

test_one_cent_more_asks_an_approver if {
	codes(place.review) == {"approval_required"} with input.facts as facts(101, 100)
}

test_zero_always_asks if codes(place.review) == {"approval_required"} with input.facts as facts(1, 0)

test_a_limit_in_another_currency_asks if {
	codes(place.review) == {"approval_required"} with input.facts as object.union(facts(1, 100), {"member": {"limit_minor": 100, "currency": "USD"}})
}

test_an_approver_with_a_limit_high_enough_settles_it if {
	count(place.review) == 0 with input.facts as object.union(facts(500, 100), {"approvals": [{"person": "p2", "limit_minor": 500, "currency": "EUR"}]})
}

test_an_approver_with_too_low_a_limit_does_not if {
	codes(place.review) == {"approval_required"} with input.facts as object.union(facts(500, 100), {"approvals": [{"person": "p2", "limit_minor": 499, "currency": "EUR"}]})
}

test_nobody_approves_his_own if {
	f := object.union(facts(500, 100), {"approvals": [{"person": "p1", "limit_minor": null, "currency": "EUR"}]})
	codes(place.deny) == {"same_person"} with input as {"caller": caller, "facts": f}
}

test_a_buyer_who_waits_for_admission_does_not_order if {
	codes(place.deny) == {"company_waiting"} with input as {"caller": caller, "facts": object.union(facts(1, null), {"buyer": company("b", "submitted")})}
}

test_a_supplier_who_is_suspended_sells_nothing if {
	f := object.union(facts(1, null), {"lines": [{"item": "i", "name": "Bearing", "regulated": "", "seller": company("s", "suspended")}]})
	codes(place.deny) == {"company_not_admitted"} with input as {"caller": caller, "facts": f}
}

test_nobody_buys_from_himself if {
	f := object.union(facts(1, null), {"buyer": company("s", "approved")})
	codes(place.deny) == {"own_goods"} with input as {"caller": caller, "facts": f}
}

test_a_budget_that_is_spent_asks_an_approver if {
	budget := {"code": "CC1", "amount_minor": 1000, "spent_minor": 950}
	count(place.review) == 0 with input.facts as object.union(facts(50, null), {"budget": budget})
	codes(place.review) == {"approval_required"} with input.facts as object.union(facts(51, null), {"budget": budget})
	count(place.review) == 0 with input.facts as object.union(facts(51, null), {"budget": null})
}
