package kontor.catalog.publish_item_test

import data.kontor.catalog.publish_item

facts(state) := {"item": {"id": "i", "name": "H-beam", "regulated": ""}, "seller": {"id": "s", "name": "Acme", "state": state, "licences": []}}

test_an_admitted_seller_publishes if count(publish_item.deny) == 0 with input.facts as facts("approved")

test_a_waiting_seller_does_not if {
	{r.code | some r in publish_item.deny} == {"company_waiting"} with input.facts as facts("submitted")
}

test_the_operator_publishes_without_a_seller if {
	count(publish_item.deny) == 0 with input.facts as object.union(facts("approved"), {"seller": null})
}
