package kontor.vertical.pharma.sourcing.publish_test

import data.kontor.vertical.pharma.sourcing.publish

facts(schedule) := {"buyer": {"id": "b", "name": "Acme", "state": "approved", "licences": []}, "sellers": [], "lines": [{"item": "i", "name": "Codeine", "regulated": schedule}]}

codes := {r.code | some r in publish.deny}

test_a_buyer_without_licence_does_not_ask if codes == {"licence_missing"} with input as {"day": "2026-05-05", "facts": facts("CII")}

test_what_is_not_controlled_is_free if codes == set() with input as {"day": "2026-05-05", "facts": facts("")}
