package theme_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

func TestAmountsAndDatesFollowTheReadersLanguage(t *testing.T) {
	t.Parallel()
	e := engine(t)
	en, zh := e.Printer("base", "en", "Asia/Shanghai"), e.Printer("base", "zh-CN", "Asia/Shanghai")
	total := money.Of(-123_456_789, "CNY")
	perTonne := money.Price{Micro: 3850_125000, Currency: "CNY", Per: quantity.Tonne}
	var noTotal *money.Money
	evening := time.Date(2026, 11, 22, 18, 30, 0, 0, time.UTC) // already the 23rd in Shanghai
	for _, c := range []struct{ what, got, want string }{
		{"a negative amount", en.Money(total), "−¥1,234,567.89"},
		{"dollars abroad", zh.Money(money.Of(100_00, "USD")), "US$100.00"},
		{"yen have no decimals", en.Money(money.Of(1200, "JPY")), "JP¥1,200"},
		{"a currency without a symbol", en.Money(money.Of(100, "PLN")), "PLN\u00a01.00"},
		{"no amount", en.Money(noTotal), "—"},
		{"a price keeps all its decimals", en.Price(perTonne), "¥3,850.125/t"},
		{"a whole price has the currency's", zh.Price(money.Price{Micro: 3850 * quantity.Scale, Currency: "CNY", Per: quantity.Piece}), "¥3,850.00/件"},
		{"one piece", en.Qty(quantity.Of(1, quantity.Piece)), "1\u00a0pc"},
		{"many pieces", en.Qty(quantity.Of(12500, quantity.Piece)), "12,500\u00a0pcs"},
		{"tonnes", zh.Qty(int64(12_500_000), "TNE"), "12.5\u00a0吨"},
		{"an unknown unit is shown as it is", en.Unit("XYZ"), "XYZ"},
		{"a rate", en.Percent(130000), "13\u202f%"},
		{"a rate in Chinese", zh.Percent(5500), "0.55%"},
		{"a day is the site's day", en.Date(evening), "23 Nov 2026"},
		{"a bare date stays what it is", en.Date("2026-11-22"), "22 Nov 2026"},
		{"a moment", zh.DateTime(evening), "2026年11月23日 02:30"},
		{"no time", en.Date(time.Time{}), "—"},
		{"an hour ago", en.Ago(noon.Add(-time.Hour)), "1 hour ago"},
		{"in three days", zh.Ago(noon.Add(73 * time.Hour)), "还有 3 天"},
		{"a name in his language", zh.Name(map[string]string{"en": "Beam", "zh-CN": "型钢"}), "型钢"},
		{"a name in any", zh.Name(map[string]string{"de": "Träger"}), "Träger"},
		{"a number attribute", en.Spec("12000", "number", "mm"), "12,000\u00a0mm"},
		{"a truth", zh.Spec("true", "bool", ""), "是"},
		{"one thing wrong", en.N("form.errors", 1), "1 thing needs correcting"},
		{"no plural in Chinese", zh.N("form.errors", 3), "有 3 处需要更正"},
		{"a missing text is seen", en.T("no.such.key"), "⟦no.such.key⟧"},
		{"a missing value is seen", en.T("chrome.account"), "Account of {name}"},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
	}
}

func TestAFaultSpeaksEnglishUntilItIsTranslated(t *testing.T) {
	t.Parallel()
	p := engine(t).Printer("base", "zh-CN", "")
	f := fault.New(fault.Conflict, "theme.test_only", "{who} was first.").With("who", "Li").Then("Look again.")
	if got := p.Fault(f) + " " + p.Next(f); got != "Li was first. Look again." {
		t.Fatalf("got %q", got)
	}
}
