package kontor.parties.admit_test

import data.kontor.parties.admit

facts(decision, ok, member) := {"decision": decision, "decider_is_member": member, "org": {"id": "o", "name": "Acme", "state": "submitted", "country": "CN", "reg_kind": "uscc", "reg_no": "1", "reg_no_ok": ok}}

codes := {r.code | some r in admit.deny}

test_a_sound_company_is_admitted if codes == set() with input.facts as facts("approved", true, false)

test_a_wrong_number_is_not if codes == {"reg_no_wrong"} with input.facts as facts("approved", false, false)

test_a_wrong_number_may_be_turned_away if codes == set() with input.facts as facts("rejected", false, false)

test_nobody_admits_his_own_company if codes == {"own_company"} with input.facts as facts("approved", true, true)
