package kontor.vertical.steel.parties.admit_test

import data.kontor.vertical.steel.parties.admit

facts(country, kind, decision) := {"decision": decision, "decider_is_member": false, "org": {"id": "o", "name": "Acme", "state": "submitted", "country": country, "reg_kind": kind, "reg_no": "1", "reg_no_ok": true}}

codes := {r.code | some r in admit.deny}

test_a_mainland_company_with_its_code if codes == set() with input.facts as facts("CN", "uscc", "approved")

test_a_mainland_company_with_another_number if codes == {"uscc_required"} with input.facts as facts("CN", "other", "approved")

test_a_foreign_company_has_its_own if codes == set() with input.facts as facts("DE", "vat", "approved")

test_turning_one_away_needs_no_code if codes == set() with input.facts as facts("CN", "other", "rejected")
