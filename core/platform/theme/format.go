package theme

import (
	"fmt"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// symbols by language: what a reader there writes before the number. A currency without
// one is written with its code.
var symbols = map[bool]map[money.Currency]string{
	true:  {"CNY": "¥", "USD": "US$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$"},
	false: {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$"},
}

// group puts commas into a decimal, and a true minus before it.
func group(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "−", s[1:]
	}
	head, frac, dotted := strings.Cut(s, ".")
	if n := len(head); n > 3 {
		var b strings.Builder
		for i := range n {
			if i > 0 && (n-i)%3 == 0 {
				b.WriteByte(',')
			}
			b.WriteByte(head[i])
		}
		head = b.String()
	}
	if dotted {
		head += "." + frac
	}
	return sign + head
}

func (p *Printer) symbol(c money.Currency, number string) string {
	s, ok := symbols[p.zh][c]
	if !ok {
		s = string(c) + "\u00a0"
	}
	if rest, neg := strings.CutPrefix(number, "−"); neg {
		return "−" + s + rest
	}
	return s + number
}

// Money writes an amount: money.Money, a pointer to one, or minor units and a currency.
func (p *Printer) Money(v any, currency ...string) string {
	switch m := v.(type) {
	case money.Money:
		return p.symbol(m.Currency, group(m.Decimal()))
	case *money.Money:
		if m != nil {
			return p.Money(*m)
		}
	case int64:
		if len(currency) == 1 {
			return p.Money(money.Of(m, money.Currency(currency[0])))
		}
	case int:
		return p.Money(int64(m), currency...)
	case *money.Price:
		if m != nil {
			return p.Money(*m)
		}
	case money.Price:
		return p.symbol(m.Currency, group(atLeast(m.Decimal(), m.Currency.Exponent())))
	}
	return p.dash
}

// Price writes what one unit costs, "¥3,850.00/t": money.Price, or millionths, currency
// and unit.
func (p *Printer) Price(v any, more ...string) string {
	switch m := v.(type) {
	case money.Price:
		return p.Money(m) + "/" + p.Unit(string(m.Per))
	case *money.Price:
		if m != nil {
			return p.Price(*m)
		}
	case int64:
		if len(more) == 2 {
			return p.Price(money.Price{Micro: m, Currency: money.Currency(more[0]), Per: quantity.Unit(more[1])})
		}
	}
	return p.dash
}

// atLeast pads a decimal to n places; unit prices may have more.
func atLeast(s string, n int) string {
	head, frac, _ := strings.Cut(s, ".")
	if n == 0 && frac == "" {
		return head
	}
	for len(frac) < n {
		frac += "0"
	}
	return head + "." + frac
}

// Qty writes a quantity with its unit: quantity.Quantity, or millionths and a unit.
func (p *Printer) Qty(v any, unit ...string) string {
	switch q := v.(type) {
	case quantity.Quantity:
		return group(q.Value()) + "\u00a0" + p.unitFor(string(q.Unit), q.Micro)
	case *quantity.Quantity:
		if q != nil {
			return p.Qty(*q)
		}
	case int64:
		if len(unit) == 1 {
			return p.Qty(quantity.Quantity{Micro: q, Unit: quantity.Unit(unit[0])})
		}
	}
	return p.dash
}

// Service is a carrier's service, "Kontor Road · road_ltl" or its code alone, in words where
// the texts know the code.
func (p *Printer) Service(name string) string {
	at := strings.LastIndex(name, " · ")
	carrier, code := "", name
	if at >= 0 {
		at += len(" · ")
		carrier, code = name[:at], name[at:]
	}
	if key := "service." + code; p.Has(key) {
		return carrier + p.T(key)
	}
	return name
}

// Unit is the short name of a Rec 20 code, or of a unit symbol such as "mm", which is
// its own name.
func (p *Printer) Unit(code string) string { return p.unitFor(code, quantity.Scale) }

func (p *Printer) unitFor(code string, micro int64) string {
	form := "other"
	if micro == quantity.Scale {
		form = "one"
	}
	for _, k := range [2]string{"unit." + code + "." + form, "unit." + code} {
		if m, ok := p.texts.msgs[k]; ok {
			return m.fill(pairs(nil))
		}
	}
	return code
}

// Number groups a whole number or a decimal text.
func (p *Printer) Number(v any) string {
	switch n := v.(type) {
	case string:
		return group(n)
	case int, int64, int32, uint:
		return group(fmt.Sprint(n))
	case quantity.Quantity:
		return group(n.Value())
	}
	return p.dash
}

// Micro writes millionths as a decimal.
func (p *Printer) Micro(m int64) string { return group(quantity.FormatMicro(m)) }

// Percent writes a rate in millionths, 130000 as "13 %" (zh: "13%").
func (p *Printer) Percent(micro int64) string {
	s := group(quantity.FormatMicro(micro * 100))
	if p.zh {
		return s + "%"
	}
	return s + "\u202f%"
}

// Date is a day in the site's time zone.
func (p *Printer) Date(v any) string {
	t, ok := moment(v)
	if !ok {
		return p.dash
	}
	// A bare date has no zone: midnight UTC must not become the evening before.
	if t.Location() != time.UTC || t != t.Truncate(24*time.Hour) {
		t = t.In(p.loc)
	}
	if p.zh {
		return t.Format("2006年1月2日")
	}
	return t.Format("2 Jan 2006")
}

// DateTime is a moment to the minute in the site's time zone.
func (p *Printer) DateTime(v any) string {
	t, ok := moment(v)
	if !ok {
		return p.dash
	}
	t = t.In(p.loc)
	if p.zh {
		return t.Format("2006年1月2日 15:04")
	}
	return t.Format("2 Jan 2006, 15:04")
}

// Ago is the distance from now in words, past or future.
func (p *Printer) Ago(v any) string {
	t, ok := moment(v)
	if !ok {
		return p.dash
	}
	d := p.now().Sub(t)
	way := "ago"
	if d < 0 {
		d, way = -d, "until"
	}
	switch {
	case d < time.Minute:
		return p.T("time." + way + ".now")
	case d < time.Hour:
		return p.N("time."+way+".minutes", int64(d/time.Minute))
	case d < 48*time.Hour:
		return p.N("time."+way+".hours", int64(d/time.Hour))
	case d < 60*24*time.Hour:
		return p.N("time."+way+".days", int64(d/(24*time.Hour)))
	}
	return p.Date(t)
}

func moment(v any) (time.Time, bool) {
	switch t := v.(type) {
	case time.Time:
		return t, !t.IsZero()
	case *time.Time:
		if t != nil {
			return *t, !t.IsZero()
		}
	case string:
		for _, f := range []string{time.RFC3339, time.DateOnly} {
			if at, err := time.Parse(f, t); err == nil {
				return at, true
			}
		}
	}
	return time.Time{}, false
}
