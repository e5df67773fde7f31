package plugintest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/plugins/sdk"
)

var sameDecimal = cmp.Comparer(func(a, b sdk.Decimal) bool { return a.Cmp(b) == 0 })

func (k *kit) quote(t *testing.T, at time.Time, lines ...sdk.QuoteLine) []sdk.QuotedLine {
	t.Helper()
	r, err := k.plugin.Quote(within(t, 5*time.Second), sdk.QuoteRequest{Call: k.call(""), Currency: k.Currency, At: at, Lines: lines})
	if err != nil {
		t.Fatal(err)
	}
	return r.Lines
}

func (k *kit) pricing(t *testing.T) {
	at := time.Now().UTC().Truncate(time.Second)
	got := k.quote(t, at, k.Lines...)
	t.Run("pricing.quote.line_ids_echoed", func(t *testing.T) {
		if len(got) != len(k.Lines) {
			t.Fatalf("%d lines for %d", len(got), len(k.Lines))
		}
		for i := range got {
			if got[i].LineID != k.Lines[i].LineID {
				t.Errorf("line %d is %q", i, got[i].LineID)
			}
		}
	})
	t.Run("pricing.quote.basis_declared", func(t *testing.T) {
		for _, q := range got {
			if q.Basis != sdk.NotMine {
				return
			}
		}
		t.Error("none of the example lines is priced")
	})
	for _, q := range got {
		if q.Basis != sdk.NotMine {
			k.quoted(t, q, at)
		}
	}
	t.Run("pricing.quote.batch_equals_single", func(t *testing.T) {
		for i, l := range k.Lines {
			if d := cmp.Diff(got[i:i+1], k.quote(t, at, l), sameDecimal); d != "" {
				t.Errorf("line %q (-batch +single):\n%s", l.LineID, d)
			}
		}
	})
	t.Run("pricing.quote.500_lines", func(t *testing.T) {
		lines := make([]sdk.QuoteLine, sdk.MaxLines)
		for i := range lines {
			lines[i] = k.Lines[i%len(k.Lines)]
			lines[i].LineID = fmt.Sprint("l", i)
		}
		ctx := within(t, 500*time.Millisecond)
		r, err := k.plugin.Quote(ctx, sdk.QuoteRequest{Call: k.call(""), Currency: k.Currency, At: at, Lines: lines})
		if err != nil || len(r.Lines) != len(lines) {
			t.Fatalf("%d lines, %v", len(r.Lines), err)
		}
		_, err = k.plugin.Quote(within(t, time.Second), sdk.QuoteRequest{Call: k.call(""), Currency: k.Currency, Lines: append(lines, lines[0])})
		refused(t, err, sdk.ReasonTooManyLines)
	})
	k.deadline(t, "quote", func(ctx context.Context) error {
		_, err := k.plugin.Quote(ctx, sdk.QuoteRequest{Call: k.call(""), Currency: k.Currency, Lines: k.Lines})
		return err
	})
	k.survives(t, "quote", func(ctx context.Context) error {
		huge := sdk.D("99999999999999999999.999999999999")
		lines := []sdk.QuoteLine{
			{},
			{LineID: "a", Qty: sdk.Quantity{Value: huge, Unit: "H87"}, Base: sdk.UnitPrice{Amount: huge, Currency: "???"}},
			{LineID: "b", Qty: sdk.Quantity{Value: huge.Neg(), Unit: "KGM"}, Attrs: map[string]string{"length": "\x00", "": ""}},
		}
		_, err := k.plugin.Quote(ctx, sdk.QuoteRequest{Call: k.call(""), Lines: lines})
		return err
	})
	if k.offers(sdk.CapPricing, sdk.FeatureReprice) {
		k.reprice(t, got)
	}
}

// quoted are the rules for one priced line.
func (k *kit) quoted(t *testing.T, q sdk.QuotedLine, at time.Time) {
	t.Run("pricing.quote.components_sum "+q.LineID, func(t *testing.T) {
		var sum int64
		for _, c := range q.Components {
			if !c.Informational {
				sum += c.Amount.Minor
			}
		}
		if sum != q.Amount.Minor || len(q.Components) == 0 {
			t.Errorf("components come to %d, the amount is %d", sum, q.Amount.Minor)
		}
	})
	t.Run("pricing.quote.currency_as_asked "+q.LineID, func(t *testing.T) {
		for _, c := range q.Components {
			if c.Amount.Currency != k.Currency || q.Amount.Currency != k.Currency {
				t.Errorf("%s and %s where %s was asked", c.Amount.Currency, q.Amount.Currency, k.Currency)
			}
		}
	})
	t.Run("pricing.quote.valid_until_future "+q.LineID, func(t *testing.T) {
		if !q.ValidUntil.IsZero() && !q.ValidUntil.After(at) {
			t.Errorf("valid until %v", q.ValidUntil)
		}
	})
	t.Run("pricing.quote.decimal_exact "+q.LineID, func(t *testing.T) {
		for _, c := range q.Components {
			if c.Unit.Amount.Round(6).Cmp(c.Unit.Amount) != 0 || c.Qty.Value.Round(6).Cmp(c.Qty.Value) != 0 {
				t.Errorf("%s: %s × %s has more than six decimals", c.Code, c.Unit.Amount, c.Qty.Value)
			}
		}
	})
}

func (k *kit) reprice(t *testing.T, quoted []sdk.QuotedLine) {
	for _, q := range quoted {
		if q.Settlement.Evidence == "" {
			continue
		}
		share := func(pct string) sdk.Quantity {
			return sdk.Quantity{Value: q.PricedQty.Value.Mul(sdk.D(pct)).Round(6), Unit: q.PricedQty.Unit}
		}
		settle := func(t *testing.T, m sdk.Measurement) (sdk.RepricedLine, error) {
			t.Helper()
			r, err := k.plugin.Reprice(within(t, time.Second), sdk.RepriceRequest{Call: k.call(""), Original: quoted, Measured: []sdk.Measurement{m}})
			if err != nil || len(r.Lines) != 1 {
				return sdk.RepricedLine{}, err
			}
			return r.Lines[0], nil
		}
		ticket := sdk.Ref{Kind: "evidence", ID: "ticket-1"}
		t.Run("pricing.reprice.tolerance_and_cap "+q.LineID, func(t *testing.T) {
			inside, err := settle(t, sdk.Measurement{LineID: q.LineID, Qty: share("1"), Evidence: ticket})
			if err != nil || inside.Beyond {
				t.Errorf("weighed as quoted: beyond %v, %v", inside.Beyond, err)
			}
			double, err := settle(t, sdk.Measurement{LineID: q.LineID, Qty: share("2"), Evidence: ticket})
			if err != nil || !double.Beyond {
				t.Errorf("weighed double: beyond %v, %v", double.Beyond, err)
			}
			if most := q.Amount.Minor + q.Amount.Minor/5; q.Settlement.CapPct.Sign() > 0 && q.Settlement.CapPct.Cmp(sdk.Int(20)) < 0 && double.Amount.Minor > most {
				t.Errorf("weighed double costs %d, the cap is %s %%", double.Amount.Minor, q.Settlement.CapPct)
			}
		})
		t.Run("pricing.reprice.missing_evidence "+q.LineID, func(t *testing.T) {
			_, err := settle(t, sdk.Measurement{LineID: q.LineID, Qty: share("1")})
			refused(t, err, "evidence_missing")
		})
	}
}
