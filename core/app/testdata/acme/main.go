// Command acme is a pricing plugin of another publisher, for the tests of packages.
package main

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// What it says of itself lies beside it, so that one program is many packages.
var name, version = func() (name, version string) {
	b, _ := os.ReadFile("says")
	name, version, _ = strings.Cut(string(b), " ")
	return name, version
}()

func main() {
	sdk.Serve(sdk.Plugin{ID: name, Version: version, Check: check, Pricing: pricer{}})
}

// check breaks down in one version, over settings that no example has.
func check(_ context.Context, t sdk.TenantConfig) []sdk.Problem {
	var s struct {
		Margin json.Number `json:"margin"`
		Key    string      `json:"api_key"`
	}
	if err := json.Unmarshal(t.JSON, &s); err != nil {
		return []sdk.Problem{{Code: "config_unreadable", Severity: sdk.Wrong}}
	}
	if version == "1.3.0" && len(s.Margin) > 10 {
		os.Exit(3)
	}
	if len(s.Key) < 8 {
		return []sdk.Problem{{Code: "missing", Pointer: "/api_key", Severity: sdk.Wrong}}
	}
	return nil
}

type pricer struct{}

// Quote prices by the list.
func (pricer) Quote(ctx context.Context, r sdk.QuoteRequest) (out sdk.QuoteReply, err error) {
	if err := r.Call.Config(&struct{}{}); err != nil {
		return out, err
	}
	at := r.At
	if at.IsZero() {
		at = time.Now()
	}
	for _, l := range r.Lines {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		q := sdk.QuotedLine{LineID: l.LineID}
		minor, ok := l.Base.Amount.Mul(l.Qty.Value).Scaled(2)
		if ok && minor >= 0 && minor < 1<<50 && l.Qty.Value.Sign() > 0 && l.Base.Currency == r.Currency && l.Base.Per.Unit == l.Qty.Unit && l.Base.Per.Value.Cmp(sdk.Int(1)) == 0 && l.Qty.Value.Round(6).Cmp(l.Qty.Value) == 0 {
			m := sdk.Money{Currency: r.Currency, Minor: minor}
			q = sdk.QuotedLine{
				LineID: l.LineID, Basis: sdk.ByPiece, PricedQty: l.Qty, Amount: m, ValidUntil: at.Add(time.Minute),
				Components: []sdk.Component{{Code: "base", Unit: l.Base, Qty: l.Qty, Amount: m}},
			}
		}
		out.Lines = append(out.Lines, q)
	}
	return out, nil
}
