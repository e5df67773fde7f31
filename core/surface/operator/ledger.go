package operator

import (
	"context"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// ledgerPage is the trial balance: every account, by currency, adding up to nothing.
type ledgerPage struct {
	frame.Frame
	Books []book
}

// book is the accounts of one currency.
type book struct {
	Currency money.Currency
	Accounts []accountRow
	Debit    money.Money
	Credit   money.Money
	Balanced bool
	Ts       []tAccount
}

type accountRow struct {
	consoles.AccountRow
	Label string
}

// tAccount is one account as a T.
type tAccount struct {
	Name                    string
	Debit, Credit           []theme.Posting
	DebitTotal, CreditTotal string
}

// house are the accounts that every market has; they are drawn as Ts.
var house = []string{"bank", "escrow", "commission", "commitments"}

// latest is how many postings a T shows by themselves.
const latest = 8

func (p pages) ledger(ctx context.Context, v *web.Visit) (web.Answer, error) {
	rows, err := p.Reads.Trial(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	w := p.words(v)
	page := &ledgerPage{Frame: p.screen(ctx, "ledger", "nav.ledger")}
	for _, r := range rows {
		if n := len(page.Books); n == 0 || page.Books[n-1].Currency != r.Currency {
			page.Books = append(page.Books, book{Currency: r.Currency, Debit: money.Zero(r.Currency), Credit: money.Zero(r.Currency)})
		}
		b := &page.Books[len(page.Books)-1]
		b.Accounts = append(b.Accounts, accountRow{r, accountName(w, r.Whose(), r.Name, r.Local)})
		b.Debit.Minor, b.Credit.Minor = b.Debit.Minor+r.Debit, b.Credit.Minor+r.Credit
	}
	for i := range page.Books {
		b := &page.Books[i]
		b.Balanced = b.Debit.Minor == b.Credit.Minor
		if err := p.draw(ctx, w, b); err != nil {
			return web.Answer{}, err
		}
	}
	return web.Render("operator/ledger", page), nil
}

// draw adds the Ts of the house's own accounts: the newest postings, and what was before
// as one line, so that each side adds up.
func (p pages) draw(ctx context.Context, w *theme.Printer, b *book) error {
	posts, err := p.Reads.Latest(ctx, house, b.Currency, latest)
	if err != nil {
		return err
	}
	for _, a := range b.Accounts {
		rows, drawn := posts[a.Key]
		if !drawn || a.Entries == 0 {
			continue
		}
		t := tAccount{Name: a.Label, DebitTotal: w.Money(money.Of(a.Debit, b.Currency)), CreditTotal: w.Money(money.Of(a.Credit, b.Currency))}
		debit, credit := a.Debit, a.Credit
		for _, r := range rows {
			post := theme.Posting{Text: w.Date(r.At) + " · " + entryName(w, r.Kind) + tail(r), URL: "/operator/journal?account=" + a.Key}
			if r.OrderID.String() != "" {
				post.URL = "/operator/orders/" + r.OrderID.String()
			}
			if r.Minor > 0 {
				debit -= r.Minor
				post.Amount = w.Money(r.Money)
				t.Debit = append(t.Debit, post)
			} else {
				credit += r.Minor
				post.Amount = w.Money(money.Of(-r.Minor, b.Currency))
				t.Credit = append(t.Credit, post)
			}
		}
		t.Debit, t.Credit = earlier(w, t.Debit, debit, b.Currency), earlier(w, t.Credit, credit, b.Currency)
		b.Ts = append(b.Ts, t)
	}
	return nil
}

func tail(r consoles.PostingRow) string {
	if r.Order != "" {
		return " " + r.Order
	}
	return ""
}

func earlier(w *theme.Printer, into []theme.Posting, rest int64, cur money.Currency) []theme.Posting {
	if rest == 0 {
		return into
	}
	return append(into, theme.Posting{Text: w.T("ledger.earlier"), Amount: w.Money(money.Of(rest, cur))})
}

// accountName says whose an account is.
func accountName(w *theme.Printer, whose, name, local string) string {
	text := whose
	if w.Has("ledger.account." + whose) {
		text = w.T("ledger.account." + whose)
	}
	if name != "" {
		text += " · " + companyName(w, name, local)
	}
	return text
}

func entryName(w *theme.Printer, kind string) string {
	if w.Has("ledger.kind." + kind) {
		return w.T("ledger.kind." + kind)
	}
	return kind
}

// journalPage is the journal with its filters.
type journalPage struct {
	frame.Frame
	Rows   []consoles.EntryRow
	Filter consoles.JournalFilter
	Kinds  []theme.Choice
	Pager  console.Pager
}

func (p pages) journal(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := consoles.JournalFilter{Account: v.Query("account"), Kind: v.Query("kind"), Text: v.Query("q")}
	list, kinds, err := p.Reads.Journal(ctx, f, console.Ask(v, 40))
	if err != nil {
		return web.Answer{}, err
	}
	w := p.words(v)
	page := &journalPage{Frame: p.screen(ctx, "ledger", "operator.journal", console.Crumb("nav.ledger", "/operator/ledger"), console.Crumb("operator.journal", "")), Rows: list.Items, Filter: f, Pager: console.Pages(v, list.Next)}
	for _, k := range kinds {
		page.Kinds = append(page.Kinds, theme.Choice{Value: k, Label: entryName(w, k)})
	}
	return web.Render("operator/journal", page), nil
}
