package kontor.decide_test

import data.kontor.decide

test_nothing_against_it_is_allowed if {
	decide.combine(set(), set()) == {"outcome": "allow", "reasons": set()}
}

test_a_review_alone_is_a_review if {
	decide.combine(set(), {"r"}) == {"outcome": "review", "reasons": {"r"}}
}

test_a_denial_outranks_a_review if {
	decide.combine({"d"}, {"r"}) == {"outcome": "deny", "reasons": {"d"}}
}
