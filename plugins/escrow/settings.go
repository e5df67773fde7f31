package main

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// settings are one marketplace's account at the bank.
type settings struct {
	BankURL       string `json:"bank_url"`
	APIKey        string `json:"api_key"`
	WebhookSecret string `json:"webhook_secret"` // standard-webhooks form, whsec_…
	Currency      string `json:"currency"`       // the only one taken; empty is any
	HoldDays      int    `json:"hold_days"`
}

func settingsOf(c sdk.Call) (settings, error) {
	var s settings
	return s, c.Config(&s)
}

// check accepts settings without a bank: the host may fill the address in later, and until
// then every call says so.
func check(_ context.Context, t sdk.TenantConfig) []sdk.Problem {
	var s settings
	if len(t.JSON) > 0 {
		if err := json.Unmarshal(t.JSON, &s); err != nil {
			return []sdk.Problem{{Code: "config_unreadable", Message: err.Error(), Severity: sdk.Wrong}}
		}
	}
	var ps []sdk.Problem
	if u, err := url.Parse(s.BankURL); err != nil || (s.BankURL != "" && u.Scheme != "http" && u.Scheme != "https") {
		ps = append(ps, sdk.Problem{Code: "not_a_url", Pointer: "/bank_url", Severity: sdk.Wrong})
	}
	if s.HoldDays < 0 || s.HoldDays > 365 {
		ps = append(ps, sdk.Problem{Code: "out_of_range", Pointer: "/hold_days", Severity: sdk.Wrong})
	}
	return ps
}
