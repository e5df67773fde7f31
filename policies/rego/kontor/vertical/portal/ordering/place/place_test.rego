package kontor.vertical.portal.ordering.place_test

import data.kontor.vertical.portal.ordering.place

ask(currency) := {"tenant": {"settings": {"currency": "EUR"}}, "facts": {"total": {"minor": 1, "currency": currency}}}

test_the_portals_currency_is_fine if count(place.deny) == 0 with input as ask("EUR")

test_another_is_not if {r.code | some r in place.deny} == {"currency_not_of_portal"} with input as ask("USD")
