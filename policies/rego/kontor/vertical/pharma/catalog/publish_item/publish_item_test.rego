package kontor.vertical.pharma.catalog.publish_item_test

import data.kontor.vertical.pharma.catalog.publish_item

facts(schedule, ls) := {"item": {"id": "i", "name": "Codeine", "regulated": schedule}, "seller": {"id": "s", "name": "Acme", "state": "approved", "licences": ls}}

dea := {"kind": "DEA", "number": "RA1", "scope": ["CII"], "valid_from": "2026-01-01", "valid_to": "2026-12-31", "state": "valid"}

codes := {r.code | some r in publish_item.deny}

test_a_seller_with_the_licence_publishes if codes == set() with input as {"day": "2026-05-05", "facts": facts("CII", [dea])}

test_without_one_he_does_not if codes == {"licence_missing"} with input as {"day": "2026-05-05", "facts": facts("CII", [])}

test_an_expired_one_is_named if codes == {"licence_expired"} with input as {"day": "2027-05-05", "facts": facts("CII", [dea])}

test_what_is_not_controlled_is_free if codes == set() with input as {"day": "2026-05-05", "facts": facts("", [])}
