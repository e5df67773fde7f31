# METADATA
# title: Does a company's licence cover a controlled substance on a day
# description: |
#   21 CFR 1301.13: a registration names the schedules that its holder may handle and has
#   a last day. Days are ISO dates, whose order as text is their order in time.
package kontor.licences

import data.kontor.decide

# METADATA
# description: licences that name the schedule, whatever their state
naming(licences, schedule) := {l | some l in licences; schedule in l.scope}

# METADATA
# description: |
#   a licence that is good for the schedule on the day. Rules ask "not covers": a field that
#   is missing leaves it undefined, and that is a denial.
covers(licences, schedule, day) if {
	some l in licences
	l.state == "valid"
	l.valid_from <= day
	l.valid_to >= day
	schedule in l.scope
}

# METADATA
# description: why the company may not handle the controlled item; asked once it is known that it may not
gap(company, item, day) := decide.reason(
	"licence_expired",
	decide.text(
		"The licence %s of %s ended on %s, so it does not cover %s (schedule %s).",
		"%[2]s 的许可证 %[1]s 已于 %[3]s 到期，不涵盖%[4]s（管制类别 %[5]s）。",
		[ended[0].number, company.name, ended[0].valid_to, item.name, item.regulated],
	),
	decide.text(
		"%s renews licence %s and the operator verifies it.",
		"由%s续办许可证 %s，并经运营方核验。",
		[company.name, ended[0].number],
	),
) if {
	ended := expired(company.licences, item.regulated, day)
	count(ended) > 0
} else := decide.reason(
	"licence_unverified",
	decide.text(
		"The licence %s of %s is not verified yet, so it does not cover %s (schedule %s).",
		"%[2]s 的许可证 %[1]s 尚未核验，不涵盖%[3]s（管制类别 %[4]s）。",
		[waiting[0].number, company.name, item.name, item.regulated],
	),
	decide.text("The operator verifies licence %s.", "由运营方核验许可证 %s。", [waiting[0].number]),
) if {
	waiting := [l | some l in naming(company.licences, item.regulated); l.state == "submitted"]
	count(waiting) > 0
} else := decide.reason(
	"licence_missing",
	decide.text(
		"%s has no valid licence for schedule %s, which %s needs.",
		"%s 没有管制类别 %s 的有效许可证，而%s需要该许可证。",
		[company.name, item.regulated, item.name],
	),
	decide.text(
		"%s submits a licence that covers schedule %s and the operator verifies it.",
		"由%s提交涵盖管制类别 %s 的许可证，并经运营方核验。",
		[company.name, item.regulated],
	),
)

expired(licences, schedule, day) := [l |
	some l in naming(licences, schedule)
	l.state == "valid"
	l.valid_to < day
]
