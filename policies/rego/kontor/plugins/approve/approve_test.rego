package kontor.plugins.approve_test

import data.kontor.plugins.approve

facts(capabilities, state, approved_by) := {"object": "sha256:1", "capabilities": capabilities, "state": state, "approved_by": approved_by, "approver": "person:1"}

codes(set_) := {r.code | some r in set_}

test_one_person_lets_in_what_moves_no_money if {
	count(approve.deny) == 0 with input as {"facts": facts(["pricing"], "conformant", [])}
	count(approve.review) == 0 with input as {"facts": facts(["pricing"], "conformant", [])}
}

test_money_needs_a_second_person if {
	codes(approve.review) == {"second_person_required"} with input as {"facts": facts(["pricing", "payment"], "conformant", [])}
	count(approve.review) == 0 with input as {"facts": facts(["payment"], "conformant", ["person:2"])}
	count(approve.deny) == 0 with input as {"facts": facts(["payment"], "conformant", ["person:2"])}
}

test_the_same_person_twice_is_refused if {
	codes(approve.deny) == {"same_person"} with input as {"facts": facts(["payment"], "conformant", ["person:1"])}
}

test_what_was_not_tried_is_refused if {
	codes(approve.deny) == {"not_conformant"} with input as {"facts": facts(["pricing"], "verified", [])}
	codes(approve.deny) == {"not_conformant"} with input as {"facts": facts(["pricing"], "revoked", [])}
}
