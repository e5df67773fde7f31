package main

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// settings are one marketplace's. Whatever a plugin needs to know of a marketplace comes
// with each call; nothing is kept between calls.
type settings struct {
	MarkupPct  sdk.Decimal `json:"markup_pct"`  // on the list price
	OutsideURL string      `json:"outside_url"` // of the bank and the carrier
	OutsideKey string      `json:"outside_key"` // a secret: it is shown to them alone
	HookSecret string      `json:"hook_secret"` // signs their messages, and our offers
}

func settingsOf(c sdk.Call) (settings, error) {
	var s settings
	return s, c.Config(&s)
}

// check refuses settings that cannot work, and points at what is wrong.
func check(_ context.Context, t sdk.TenantConfig) (out []sdk.Problem) {
	var s settings
	if len(t.JSON) > 0 {
		if err := json.Unmarshal(t.JSON, &s); err != nil {
			return []sdk.Problem{{Code: "unreadable", Message: err.Error(), Severity: sdk.Wrong}}
		}
	}
	if s.MarkupPct.Sign() < 0 {
		out = append(out, sdk.Problem{Code: "negative", Pointer: "/markup_pct", Severity: sdk.Wrong})
	}
	if u, err := url.Parse(s.OutsideURL); err != nil || s.OutsideURL != "" && u.Host == "" {
		out = append(out, sdk.Problem{Code: "no_address", Pointer: "/outside_url", Severity: sdk.Wrong})
	}
	return out
}
