package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/reads/consoles"
)

// looks are the tone and icon of events, by name without the version.
var looks = map[string][2]string{
	"ordering.order_placed": {"info", "shopping-cart"}, "ordering.order_accepted": {"good", "check"}, "ordering.order_declined": {"bad", "x"}, "ordering.order_cancelled": {"bad", "ban"},
	"ordering.approval_requested": {"warn", "hourglass"}, "ordering.approval_decided": {"info", "clipboard-check"}, "ordering.order_received": {"good", "package-check"}, "ordering.order_completed": {"good", "circle-check"},
	"payments.payment_instructed": {"", "landmark"}, "payments.escrow_partly_funded": {"warn", "banknote"}, "payments.escrow_funded": {"info", "lock"}, "payments.release_requested": {"warn", "hourglass"},
	"payments.escrow_released": {"good", "wallet"}, "payments.escrow_refunded": {"warn", "undo-2"}, "payments.payout_sent": {"info", "send"}, "invoicing.invoice_issued": {"", "receipt-text"},
	"fulfilment.shipment_prepared": {"", "package"}, "fulfilment.shipment_sent": {"info", "truck"}, "fulfilment.shipment_abandoned": {"bad", "x"}, "fulfilment.shipment_received": {"good", "package-check"},
	"aftersales.claim_opened": {"warn", "triangle-alert"}, "aftersales.claim_contested": {"bad", "gavel"}, "aftersales.claim_accepted": {"good", "check"}, "aftersales.claim_rejected": {"", "x"}, "aftersales.claim_withdrawn": {"", "undo-2"},
	"sourcing.rfq_published": {"info", "send"}, "sourcing.rfq_awarded": {"good", "award"}, "sourcing.rfq_closed": {"info", "lock"}, "sourcing.rfq_cancelled": {"bad", "ban"}, "sourcing.rfq_expired": {"", "clock"},
	"sourcing.quote_submitted": {"info", "hand-coins"}, "sourcing.quote_awarded": {"good", "award"}, "sourcing.quote_lost": {"", "minus"}, "sourcing.rfq_declined": {"", "x"}, "sourcing.quote_withdrawn": {"", "undo-2"},
	"parties.company_registered": {"info", "building-2"}, "parties.company_decided": {"info", "gavel"}, "parties.licence_submitted": {"warn", "file-check"}, "parties.licence_verified": {"good", "shield-check"},
}

// Timeline tells events in the reader's language, the newest first. The text of an event
// is timeline.<name>; one that has none is shown by its name, so that nothing is hidden.
func Timeline(p *theme.Printer, hs []consoles.Happening) []theme.Event {
	out := make([]theme.Event, 0, len(hs))
	for i := len(hs) - 1; i >= 0; i-- {
		h := hs[i]
		name := Bare(h.Name)
		e := theme.Event{At: h.At, Title: name, By: who(p, h), Tone: looks[name][0], Icon: looks[name][1]}
		args, said := Said(p, h.Data)
		if p.Has("timeline." + name) {
			e.Title = p.T("timeline."+name, args...)
		}
		e.Text = said
		out = append(out, e)
	}
	return out
}

// Bare is an event's name without its version.
func Bare(name string) string {
	if i := strings.LastIndex(name, ".v"); i > 0 {
		return name[:i]
	}
	return name
}

func who(p *theme.Printer, h consoles.Happening) string {
	switch {
	case h.By != "" && h.Org != "":
		return h.By + ", " + h.Org
	case h.By != "":
		return h.By
	case h.Org != "":
		return h.Org
	}
	return Actor(p, h.Actor, "")
}

// Actor names who did something: a person by name, the house's own machinery by what it is.
func Actor(p *theme.Printer, subject, name string) string {
	kind, rest, _ := strings.Cut(subject, ":")
	provider, pays := strings.CutPrefix(rest, "payments/")
	switch {
	case kind == "plugin" && pays:
		return p.T("actor.bank", "name", provider)
	case name != "":
		return name
	case kind == "system":
		return p.T("actor.system", "name", rest)
	case kind == "plugin":
		return p.T("actor.plugin", "name", rest)
	case kind == "visitor":
		return p.T("actor.visitor")
	case kind == "person":
		return p.T("actor.person")
	}
	return subject
}

// Said makes arguments for a text out of an event's data: amounts are written as such, and
// what somebody said with it (a reason, an answer, a note) comes apart.
func Said(p *theme.Printer, data []byte) (args []any, said string) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var raw map[string]any
	if d.Decode(&raw) != nil {
		return nil, ""
	}
	for k, v := range raw {
		switch v := v.(type) {
		case map[string]any:
			if amount, ok := v["amount"].(string); ok {
				if m, err := money.Parse(amount, money.Currency(fmt.Sprint(v["currency"]))); err == nil {
					args = append(args, k, p.Money(m))
				}
			}
		case string:
			if at, err := time.Parse(time.RFC3339, v); err == nil {
				v = p.DateTime(at)
			}
			args = append(args, k, v)
			if v != "" && (k == "reason" || k == "note" || k == "answer" || k == "why") {
				said = v
			}
		case []any:
			args = append(args, k, len(v))
		default:
			args = append(args, k, v)
		}
	}
	return args, said
}
