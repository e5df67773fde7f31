package kontor.licences_test

import data.kontor.licences

company(ls) := {"id": "s1", "name": "Acme", "state": "approved", "licences": ls}

dea := {"kind": "DEA", "number": "RA1", "scope": ["CII", "CIII"], "valid_from": "2026-01-01", "valid_to": "2026-12-31", "state": "valid"}

item(schedule) := {"id": "i1", "item": "i1", "name": "Codeine", "regulated": schedule}

codes(ls, schedule, day) := set() if licences.covers(ls, schedule, day)

codes(ls, schedule, day) := {licences.gap(company(ls), item(schedule), day).code} if not licences.covers(ls, schedule, day)

test_a_licence_that_names_the_schedule_covers_it if codes([dea], "CII", "2026-06-01") == set()

test_the_first_and_the_last_day_count if {
	codes([dea], "CII", "2026-01-01") == set()
	codes([dea], "CII", "2026-12-31") == set()
}

test_the_day_after_the_last_is_too_late if codes([dea], "CII", "2027-01-01") == {"licence_expired"}

test_before_the_first_day_there_is_none if codes([dea], "CII", "2025-12-31") == {"licence_missing"}

test_another_schedule_is_not_covered if codes([dea], "CV", "2026-06-01") == {"licence_missing"}

test_a_submitted_one_waits_for_the_operator if {
	codes([object.union(dea, {"state": "submitted"})], "CII", "2026-06-01") == {"licence_unverified"}
}

test_a_revoked_one_is_none if codes([object.union(dea, {"state": "revoked"})], "CII", "2026-06-01") == {"licence_missing"}

test_a_missing_end_never_reads_as_good if codes([object.remove(dea, ["valid_to"])], "CII", "2026-06-01") == {"licence_missing"}

test_the_reason_names_both_in_both_languages if {
	g := licences.gap(company([dea]), item("CII"), "2027-01-01")
	contains(g.detail.en, "RA1 of Acme ended on 2026-12-31")
	contains(g.detail["zh-CN"], "Acme 的许可证 RA1")
	contains(g.fix.en, "renews licence RA1")
}
