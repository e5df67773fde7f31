package kontor.companies_test

import data.kontor.companies

codes(state) := {companies.gap({"id": "c", "name": "Acme", "state": state, "licences": []}).code}

test_a_new_one_waits if codes("submitted") == {"company_waiting"}

test_a_suspended_or_rejected_one_does_not if {
	codes("suspended") == {"company_not_admitted"}
	codes("rejected") == {"company_not_admitted"}
}
