package kontor.sourcing.publish_test

import data.kontor.sourcing.publish

company(state) := {"id": state, "name": "Acme", "state": state, "licences": []}

facts(buyer, seller) := {"buyer": company(buyer), "sellers": [company(seller)], "lines": []}

test_admitted_companies_trade if count(publish.deny) == 0 with input.facts as facts("approved", "approved")

test_a_waiting_buyer_does_not_ask if {
	{r.code | some r in publish.deny} == {"company_waiting"} with input.facts as facts("submitted", "approved")
}

test_a_suspended_seller_is_not_asked if {
	{r.code | some r in publish.deny} == {"company_not_admitted"} with input.facts as facts("approved", "suspended")
}
