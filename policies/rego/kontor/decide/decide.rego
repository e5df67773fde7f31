# METADATA
# title: How denials and reviews become one decision
# description: |
#   The gate asks for combine(deny, review) of an action's package and its verticals. The
#   three bodies exclude one another and cover every case, so an answer that is missing
#   means that a rule was undefined, and the gate refuses.
package kontor.decide

# METADATA
# description: one full decision object; the worst outcome wins
combine(denials, _) := {"outcome": "deny", "reasons": denials} if count(denials) > 0

combine(denials, reviews) := {"outcome": "review", "reasons": reviews} if {
	count(denials) == 0
	count(reviews) > 0
}

combine(denials, reviews) := {"outcome": "allow", "reasons": set()} if {
	count(denials) == 0
	count(reviews) == 0
}

# METADATA
# description: a reason, in the two languages that every text has here
reason(code, detail, fix) := {"code": code, "detail": detail, "fix": fix}

# METADATA
# description: one text in English and Chinese, with the same arguments in the same order
text(en, zh, args) := {"en": sprintf(en, args), "zh-CN": sprintf(zh, args)}
