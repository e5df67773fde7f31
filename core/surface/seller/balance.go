package seller

import (
	"context"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// balancePage is the seller's account: what is his, what lies in escrow, what was sent.
type balancePage struct {
	frame.Frame
	Balance     money.Money
	Escrow      money.Money
	Earned      money.Money
	Sent        money.Money
	IBAN        string
	Debit       []theme.Posting
	Credit      []theme.Posting
	DebitTotal  string
	CreditTotal string
	Payouts     []payments.Payout
	Pager       console.Pager
	MayPayOut   bool
}

func (p pages) balance(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.balancePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("seller/balance", page), nil
}

func (p pages) balancePage(ctx context.Context, v *web.Visit) (*balancePage, error) {
	cur := money.Currency(v.Site().Currency)
	page := &balancePage{Frame: p.screen(ctx, "balance", "nav.balance")}
	var err error
	if page.Balance, err = p.Payments.Balance(ctx, cur); err != nil {
		return nil, err
	}
	acc, err := p.Reads.SellerAccount(ctx, cur)
	if err != nil {
		return nil, err
	}
	list, err := p.Payments.Payouts(ctx, console.Ask(v, 20))
	if err != nil {
		return nil, err
	}
	page.Payouts, page.Pager, page.IBAN = list.Items, console.Pages(v, list.Next), acc.IBAN
	page.Escrow, page.Earned, page.Sent = money.Of(acc.Escrow, cur), money.Of(acc.Credit, cur), money.Of(acc.Debit, cur)
	page.MayPayOut = page.Balance.Minor > 0 && acc.IBAN != ""
	page.sides(p.words(v), acc, cur)
	return page, nil
}

// sides writes the account as a T: what was sent on the left, what was earned on the
// right, older bookings as one line, so that both sides add up to what they say.
func (page *balancePage) sides(w *theme.Printer, acc consoles.Account, cur money.Currency) {
	var debit, credit int64
	for _, b := range acc.Bookings {
		post := theme.Posting{Text: w.Date(b.At) + " · " + bookingText(w, b), Amount: w.Money(abs(b.Money))}
		if b.RefKind == "order" {
			post.URL = "/seller/orders/" + b.RefID
		}
		if b.Minor > 0 {
			debit += b.Minor
			page.Debit = append(page.Debit, post)
		} else {
			credit -= b.Minor
			page.Credit = append(page.Credit, post)
		}
	}
	earlier := func(into []theme.Posting, rest int64) []theme.Posting {
		if rest == 0 {
			return into
		}
		return append(into, theme.Posting{Text: w.T("ledger.earlier"), Amount: w.Money(money.Of(rest, cur))})
	}
	page.Debit, page.Credit = earlier(page.Debit, acc.Debit-debit), earlier(page.Credit, acc.Credit-credit)
	page.DebitTotal, page.CreditTotal = w.Money(page.Sent), w.Money(page.Earned)
}

func bookingText(w *theme.Printer, b consoles.Booking) string {
	text := b.Kind
	if w.Has("ledger.kind." + b.Kind) {
		text = w.T("ledger.kind." + b.Kind)
	}
	if b.Memo != "" {
		text += " " + b.Memo
	}
	return text
}

func abs(m money.Money) money.Money {
	if m.Minor < 0 {
		m.Minor = -m.Minor
	}
	return m
}

// payout sends balance to the company's bank. The provider is asked, so the route is
// phased.
func (p pages) payout(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := money.Parse(v.Form().Get("amount"), money.Currency(v.Site().Currency))
	if err != nil {
		err = fault.From(err).At(fault.Field{Path: "amount", Reason: "malformed"})
	} else {
		_, err = p.Payments.RequestPayout(ctx, m)
	}
	if err != nil {
		page, lost := p.balancePage(ctx, v)
		if lost != nil {
			return web.Answer{}, err
		}
		return web.Again("seller/balance", page, err)
	}
	return web.Redirect("/seller/balance").Flash("seller.payout_sent", "amount", p.words(v).Money(m)), nil
}
