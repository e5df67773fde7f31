package kontor.payments.release_test

import data.kontor.payments.release

tenant(limit) := {"settings": {"currency": "CNY", "release_limit_minor": limit}}

facts(amount, approved_by) := {"amount": {"minor": amount, "currency": "CNY"}, "requested_by": "person:1", "approved_by": approved_by, "open_claims": 0}

codes(set_) := {r.code | some r in set_}

test_at_the_limit_one_person_is_enough if {
	count(release.review) == 0 with input as {"tenant": tenant(1000), "facts": facts(1000, [])}
}

test_above_it_a_second_person_is_asked if {
	codes(release.review) == {"second_person_required"} with input as {"tenant": tenant(1000), "facts": facts(1001, [])}
}

test_two_persons_settle_it if {
	count(release.review) == 0 with input as {"tenant": tenant(1000), "facts": facts(1001, ["person:2"])}
	count(release.deny) == 0 with input as {"tenant": tenant(1000), "facts": facts(1001, ["person:2"])}
}

test_the_same_person_twice_is_refused if {
	codes(release.deny) == {"same_person"} with input as {"tenant": tenant(1000), "facts": facts(1, ["person:1"])}
	codes(release.review) == {"second_person_required"} with input as {"tenant": tenant(1000), "facts": facts(1001, ["person:1"])}
}

test_an_open_claim_holds_the_money if {
	codes(release.deny) == {"claim_open"} with input as {"tenant": tenant(0), "facts": object.union(facts(1, []), {"open_claims": 1})}
}

test_a_limit_in_another_currency_does_not_compare if {
	codes(release.deny) == {"currency_unlike_limit"} with input as {"tenant": tenant(1000), "facts": object.union(facts(1, []), {"amount": {"minor": 1, "currency": "USD"}})}
}

test_no_limit_asks_nobody if count(release.review) == 0 with input as {"tenant": {"settings": {}}, "facts": facts(1000000, [])}
