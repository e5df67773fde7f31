package kontor.companies_test

import data.kontor.companies

codes(state) := {g.code | some g in companies.gaps({"id": "c", "name": "Acme", "state": state, "licences": []})}

test_an_approved_company_trades if codes("approved") == set()

test_a_new_one_waits if codes("submitted") == {"company_waiting"}

test_a_suspended_or_rejected_one_does_not if {
	codes("suspended") == {"company_not_admitted"}
	codes("rejected") == {"company_not_admitted"}
}
