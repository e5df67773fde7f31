package kontor.vertical.pharma.ordering.place_test

import data.kontor.vertical.pharma.ordering.place

dea := {"kind": "DEA", "number": "RA1", "scope": ["CII"], "valid_from": "2026-01-01", "valid_to": "2026-12-31", "state": "valid"}

company(id, ls) := {"id": id, "name": id, "state": "approved", "licences": ls}

facts(buyer, seller, schedule) := {"buyer": company("b", buyer), "lines": [
	{"item": "i0", "name": "Lactose", "regulated": "", "seller": company("s", [])},
	{"item": "i1", "name": "Codeine", "regulated": schedule, "seller": company("s", seller)},
]}

codes := {r.code | some r in place.deny}

test_both_sides_licensed if codes == set() with input as {"day": "2026-12-31", "facts": facts([dea], [dea], "CII")}

test_a_buyer_without_licence if {
	codes == {"licence_missing"} with input as {"day": "2026-12-31", "facts": facts([], [dea], "CII")}
}

test_a_buyer_whose_licence_ended_yesterday if {
	codes == {"licence_expired"} with input as {"day": "2027-01-01", "facts": facts([dea], [object.union(dea, {"valid_to": "2028-01-01"})], "CII")}
}

test_a_seller_without_licence if codes == {"licence_missing"} with input as {"day": "2026-12-31", "facts": facts([dea], [], "CII")}

test_another_schedule if codes == {"licence_missing"} with input as {"day": "2026-12-31", "facts": facts([dea], [dea], "CIV")}

test_nothing_controlled if codes == set() with input as {"day": "2026-12-31", "facts": facts([], [], "")}
