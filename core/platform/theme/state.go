package theme

import (
	"html/template"
	"strings"
	"sync"
)

// tones say how a state feels, and its icon says it to those who see no colour. A state
// means nearly the same wherever it occurs, so one table serves all nouns.
var tones = map[string][2]string{
	"draft": {"mute", "pencil"}, "none": {"mute", "minus"}, "open": {"info", "circle-dot"}, "published": {"good", "eye"}, "active": {"good", "check"},
	"review": {"warn", "hourglass"}, "pending": {"warn", "hourglass"}, "submitted": {"warn", "hourglass"}, "queued": {"mute", "hourglass"}, "requested": {"warn", "hourglass"},
	"awaiting_approval": {"warn", "hourglass"}, "evaluating": {"info", "scale"}, "invited": {"mute", "mail"}, "viewed": {"info", "eye"}, "quoted": {"good", "check"},
	"placed": {"info", "circle-dot"}, "accepted": {"good", "check"}, "approved": {"good", "check"}, "valid": {"good", "shield-check"}, "completed": {"good", "circle-check"},
	"funded": {"info", "lock"}, "partly_released": {"info", "wallet"}, "released": {"good", "wallet"}, "refunded": {"mute", "undo-2"}, "paid": {"good", "circle-check"},
	"sent": {"info", "send"}, "done": {"good", "check"}, "succeeded": {"good", "check"}, "shipped": {"info", "truck"}, "partly_shipped": {"info", "truck"},
	"received": {"good", "package-check"}, "awarded": {"good", "award"}, "settled": {"good", "circle-check"}, "claimed": {"warn", "triangle-alert"}, "disputed": {"bad", "triangle-alert"},
	"declined": {"bad", "x"}, "rejected": {"bad", "x"}, "refused": {"bad", "x"}, "failed": {"bad", "circle-x"}, "cancelled": {"mute", "ban"}, "withdrawn": {"mute", "ban"},
	"expired": {"mute", "clock"}, "superseded": {"mute", "history"}, "lost": {"mute", "minus"}, "retired": {"mute", "archive"}, "paused": {"warn", "pause"},
	"suspended": {"bad", "ban"}, "revoked": {"bad", "ban"}, "disabled": {"mute", "ban"}, "closing": {"warn", "clock"}, "deleted": {"mute", "trash-2"}, "read_only": {"warn", "lock"},
	"consented": {"warn", "settings"}, "configured": {"info", "check"}, "enabled": {"good", "check"}, "conformant": {"info", "shield-check"}, "yanked": {"warn", "archive"},
	"short": {"warn", "triangle-alert"}, "over": {"warn", "triangle-alert"}, "damaged": {"bad", "triangle-alert"}, "unknown": {"warn", "circle-help"},
	"allow": {"good", "check"}, "deny": {"bad", "x"}, "in_stock": {"good", "check"}, "low": {"warn", "triangle-alert"}, "out": {"bad", "x"},
	"running": {"good", "check"}, "starting": {"warn", "hourglass"}, "stopped": {"bad", "circle-x"}, "up": {"good", "check"}, "down": {"bad", "circle-x"}, "degraded": {"warn", "triangle-alert"},
	"provisioning": {"info", "hourglass"}, "acting": {"bad", "eye"}, "prepared": {"warn", "hourglass"}, "waiting": {"mute", "hourglass"},
	"awaiting_payment": {"warn", "landmark"}, "ready_to_ship": {"info", "package"}, "preparing": {"warn", "package"}, "contested": {"bad", "triangle-alert"},
	"verified": {"good", "shield-check"}, "lapsed": {"bad", "circle-x"}, "overdue": {"bad", "clock"}, "due_soon": {"warn", "clock"}, "expiring": {"warn", "clock"}, "balanced": {"good", "scale"},
}

// Tone is good, warn, bad, info or mute.
func Tone(state string) string {
	if t, ok := tones[state]; ok {
		return t[0]
	}
	return "mute"
}

// stateBadge is a badge with icon and word: state "order" .State. The word is the text of
// state.<noun>.<state>, or state.<state> where nouns agree.
func (p *Printer) stateBadge(icon func(string, ...string) template.HTML) func(noun string, state any) template.HTML {
	var made sync.Map // noun and state → badge; only for states of the table, so it stays small
	return func(noun string, state any) template.HTML {
		s := text(state)
		key := [2]string{noun, s}
		if b, ok := made.Load(key); ok {
			return b.(template.HTML)
		}
		look, ok := tones[s]
		if !ok {
			look = [2]string{"mute", "circle-dot"}
		}
		word := p.stateWord(noun, s)
		var b strings.Builder
		b.WriteString(`<span class="badge badge-` + look[0] + `">`)
		b.WriteString(string(icon(look[1])))
		b.WriteString(template.HTMLEscapeString(word))
		b.WriteString(`</span>`)
		badge := template.HTML(b.String()) //nolint:gosec // escaped above
		if ok {
			made.Store(key, badge)
		}
		return badge
	}
}

func (p *Printer) stateWord(noun, s string) string {
	if k := "state." + noun + "." + s; p.Has(k) {
		return p.T(k)
	}
	return p.T("state." + s)
}
