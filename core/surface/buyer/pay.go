package buyer

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
)

// payView is where an order's money stands, and how to pay it.
type payView struct {
	URL                    string
	Amount, Held, Missing  money.Money
	Overpaid               money.Money
	State                  string
	ToSeller, ToBuyer, Fee money.Money
	Begun, Open, Closed    bool // told how to pay; still to be paid; emptied
	Fields                 []payField
	Bank                   string
}

type payField struct{ Name, Value string }

// payOrder is how instructions are written down: to whom, where, why.
var payOrder = []string{"account_name", "beneficiary", "holder", "iban", "account", "account_number", "bic", "bank", "reference"}

// paySaid stands on the page already.
var paySaid = []string{"amount", "amount_minor", "currency", "order"}

func (c desk) payOf(s screen, f file) *payView {
	e, o := f.Escrow, f.Order
	if e == nil {
		return nil
	}
	m := &payView{
		URL: "/buyer/orders/" + o.ID.String(), Amount: e.Amount, Held: e.Held, Missing: e.Missing(), Overpaid: e.Overpaid, State: string(e.State), ToSeller: e.ToSeller,
		ToBuyer: e.ToBuyer, Fee: e.Commission, Begun: e.Operation != "", Open: e.State == payments.Pending && (o.State == ordering.Placed || o.State == ordering.Accepted),
		Closed: e.State == payments.Released || e.State == payments.Refunded,
	}
	keys := slices.Sorted(maps.Keys(e.Instructions))
	for _, k := range append(slices.Clone(payOrder), keys...) {
		v, ok := e.Instructions[k]
		if !ok || slices.ContainsFunc(m.Fields, func(f payField) bool { return f.Name == s.payWord(k) }) || slices.Contains(paySaid, k) {
			continue
		}
		m.Fields = append(m.Fields, payField{s.payWord(k), v})
	}
	if c.BankURL != "" && m.Open {
		m.Bank = c.BankURL + "/?" + url.Values{"reference": {e.Instructions["reference"]}, "lang": {s.p.Locale()}}.Encode()
	}
	return m
}

func (s screen) payWord(k string) string {
	if s.p.Has("buyer.pay." + k) {
		return s.p.T("buyer.pay." + k)
	}
	return k
}

// pay asks for the way to pay; asking again gives the same.
func (c desk) pay(ctx context.Context, v *web.Visit) (web.Answer, error) {
	o, err := c.own(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if _, err := c.Payments.Pay(ctx, o.ID); err != nil {
		return c.orderAgain(ctx, v, err)
	}
	return web.Redirect("/buyer/orders/" + o.ID.String() + "#pay"), nil
}

// payment is the pay panel alone, for pages that look again while money is on its way.
// Once it has come, the whole page is drawn anew.
func (c desk) payment(ctx context.Context, v *web.Visit) (web.Answer, error) {
	o, err := c.own(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if !v.HTMX() {
		return web.Redirect("/buyer/orders/" + o.ID.String() + "#pay"), nil
	}
	e, err := console.Optional(c.Payments.Of(ctx, o.ID))
	if err != nil {
		return web.Answer{}, err
	}
	s := screen{p: c.words(v), v: v, self: v.Caller()}
	m := c.payOf(s, file{Order: o, Escrow: e})
	if m == nil || !m.Open {
		return web.Redirect("/buyer/orders/" + o.ID.String()), nil
	}
	return web.RenderPart("buyer/order#pay", m), nil
}

// orderAgain draws the order once more with what went wrong on top.
func (c desk) orderAgain(ctx context.Context, v *web.Visit, why error) (web.Answer, error) {
	m, err := c.orderPage(ctx, v)
	if err != nil {
		return web.Answer{}, why
	}
	return web.Again("buyer/order", m, why)
}

// askRelease asks for the seller to be paid. Above the limit a second person decides.
func (c desk) askRelease(ctx context.Context, v *web.Visit) (web.Answer, error) {
	o, err := c.own(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	r, err := c.Payments.AskRelease(ctx, o.ID)
	if err != nil {
		return c.orderAgain(ctx, v, err)
	}
	said := "buyer.release.done"
	if r.State == payments.ReleaseRequested {
		said = "buyer.release.asked"
	}
	return web.Redirect("/buyer/orders/"+o.ID.String()).Flash(said, "number", o.Number), nil
}

func (c desk) cancelOrder(ctx context.Context, v *web.Visit) (web.Answer, error) {
	o, err := c.own(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	reason := strings.TrimSpace(v.Form().Get("reason"))
	if _, err := c.Ordering.Cancel(ctx, o.ID, reason); err != nil {
		return c.orderAgain(ctx, v, pointed(err, map[string]string{"reason": reason}))
	}
	return web.Redirect("/buyer/orders/"+o.ID.String()).Flash("buyer.cancelled", "number", o.Number), nil
}
