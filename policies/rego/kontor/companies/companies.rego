# METADATA
# title: Is a company admitted to trade
package kontor.companies

import data.kontor.decide

# METADATA
# description: why a company that is not approved may not trade now
gap(company) := decide.reason(
	"company_waiting",
	decide.text("%s is not admitted yet.", "%s 尚未通过入驻审核。", [company.name]),
	decide.text("The operator decides on the admission of %s.", "由运营方审核%s的入驻申请。", [company.name]),
) if {
	company.state == "submitted"
} else := decide.reason(
	"company_not_admitted",
	decide.text("%s may not trade here (%s).", "%s 不得在此交易（%s）。", [company.name, company.state]),
	decide.text("%s asks the operator to look again.", "由%s请运营方重新审核。", [company.name]),
)
