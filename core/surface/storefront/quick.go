package storefront

import (
	"context"
	"fmt"
	"strings"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Quick is the page for those who know part numbers.
type Quick struct {
	frame.Frame
	Typed    string
	Problems []QuickProblem
	Example  string
}

// QuickProblem is a line that cannot be ordered as it was written.
type QuickProblem struct {
	Line int
	Text string // as written
	Why  string
}

const (
	maxQuick = 100
	maxPaste = 20_000
)

var (
	errQuick      = fault.New(fault.Invalid, "shop.quick_order", "Some lines cannot be ordered as they stand; nothing was put into the cart.").Then("Correct them and send the list again.")
	errQuickEmpty = fault.New(fault.Invalid, "shop.quick_empty", "There is no line to order.").At(fault.Field{Path: "lines", Reason: "required"})
	errQuickShort = fault.New(fault.Conflict, "shop.quick_short", "Nobody has that much in stock.").Then("Order less, or request a quote.")
	errQuickMany  = fault.New(fault.Invalid, "shop.quick_too_many", "Send at most 100 lines at once.").At(fault.Field{Path: "lines", Reason: "too_many"})
)

func (s shop) quickFrame() frame.Frame { return frame.Frame{TitleKey: "quick.title", NoIndex: true} }

func (s shop) quick(ctx context.Context, _ *web.Visit) (web.Answer, error) {
	m := &Quick{Frame: s.quickFrame()}
	t, err := s.Tenancy.Current(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	if len(t.Settings.Featured) > 1 {
		m.Example = t.Settings.Featured[0] + "\t10\n" + t.Settings.Featured[1] + "\t25"
	}
	return web.Render("storefront/quick", m), nil
}

// quickLine is one line as written.
type quickLine struct {
	no        int
	text, sku string
	amount    string
	unit      string
}

// quickAdd puts all lines into the cart, or none: a half-filled cart is found too late.
func (s shop) quickAdd(ctx context.Context, v *web.Visit) (web.Answer, error) {
	typed := v.Form().Get("lines")
	m := &Quick{Frame: s.quickFrame(), Typed: clip(typed, maxPaste)}
	lines := quickLines(m.Typed)
	switch {
	case len(lines) == 0:
		return web.Again("storefront/quick", m, errQuickEmpty)
	case len(lines) > maxQuick:
		return web.Again("storefront/quick", m, errQuickMany)
	}
	e := s.eye(v)
	skus := make([]string, len(lines))
	for i, l := range lines {
		skus[i] = l.sku
	}
	rows, err := s.bySKU(ctx, skus)
	if err != nil {
		return web.Answer{}, err
	}
	var offers []id.Offer
	for _, r := range rows {
		offers = append(offers, r.Card.OfferIDs()...)
	}
	free, err := s.Reads.Free(ctx, offers)
	if err != nil {
		return web.Answer{}, err
	}
	for _, l := range lines {
		if err := s.quickOne(ctx, l, rows, free); err != nil {
			if fault.KindOf(err) == fault.Internal || fault.KindOf(err) == fault.Denied {
				return web.Answer{}, err
			}
			m.Problems = append(m.Problems, QuickProblem{l.no, clip(l.text, 80), e.Fault(e.units(fault.From(err)))})
		}
	}
	if len(m.Problems) > 0 {
		return web.Again("storefront/quick", m, errQuick.At(fault.Field{Path: "lines", Reason: "invalid"}))
	}
	return web.Redirect("/cart").Flash("quick.added", "n", fmt.Sprint(len(lines))), nil
}

// quickLines reads "SKU quantity unit" per line, apart by tabs, commas, semicolons or
// blanks, as spreadsheets and mails paste them.
func quickLines(text string) []quickLine {
	var out []quickLine
	for n, raw := range strings.Split(text, "\n") {
		f := strings.FieldsFunc(raw, func(r rune) bool { return strings.ContainsRune(" \t\r,;，；", r) })
		if len(f) == 0 {
			continue
		}
		l := quickLine{no: n + 1, text: strings.TrimSpace(raw), sku: f[0], amount: "1"}
		if len(f) > 1 {
			l.amount = strings.TrimSuffix(strings.ToLower(f[1]), "x")
		}
		if len(f) > 2 {
			l.unit = strings.ToUpper(f[2])
		}
		out = append(out, l)
	}
	return out
}

var shortUnits = map[string]quantity.Unit{"T": quantity.Tonne, "KG": quantity.Kilogram, "PCS": quantity.Piece, "PC": quantity.Piece, "支": quantity.Piece, "件": quantity.Piece, "吨": quantity.Tonne}

// bySKU reads the items that part numbers name, as the reader's company sees them.
func (s shop) bySKU(ctx context.Context, skus []string) (map[string]reads.Row, error) {
	found, err := s.Reads.BySKU(ctx, skus...)
	if err != nil {
		return nil, err
	}
	ids := make([]id.Item, 0, len(found))
	for _, i := range found {
		ids = append(ids, i)
	}
	rows, err := s.Reads.Rows(ctx, ids)
	out := make(map[string]reads.Row, len(rows))
	for _, r := range rows {
		out[r.Card.Item.SKU] = r
	}
	return out, err
}

// quickOne orders a line from whoever has the lowest price in the buyer's reach or, where
// he has too little, from one who has enough.
func (s shop) quickOne(ctx context.Context, l quickLine, rows map[string]reads.Row, free map[id.Offer]int64) error {
	r, ok := rows[l.sku]
	if !ok {
		return catalog.ErrItemNotFound
	}
	if len(r.Card.Offers) == 0 {
		return catalog.ErrOfferNotFound
	}
	cheapest := r.Card.Offers[0].ID
	if r.From != nil {
		cheapest = r.From.Offer
	}
	var first error
	for _, o := range preferring(r.Card.Offers, cheapest) {
		q, err := l.quantity(o.Unit)
		if err != nil {
			return err
		}
		in, err := q.In(o.Unit, r.Card.Item.KgPerUnitMicro)
		enough := err == nil && free[o.ID] >= in.Micro
		if !enough && o.ID != cheapest {
			continue
		}
		if first == nil {
			first = err
		}
		if enough {
			_, err = s.Ordering.PutInCart(ctx, o.ID, q)
			return err
		}
	}
	if first != nil {
		return first
	}
	return errQuickShort
}

// preferring puts one offer before the others.
func preferring(all []catalog.OfferCard, want id.Offer) []catalog.OfferCard {
	out := make([]catalog.OfferCard, 0, len(all))
	for _, wanted := range []bool{true, false} {
		for _, o := range all {
			if (o.ID == want) == wanted {
				out = append(out, o)
			}
		}
	}
	return out
}

// quantity is as written, in the seller's unit unless another was named.
func (l quickLine) quantity(own quantity.Unit) (quantity.Quantity, error) {
	unit := string(own)
	if l.unit != "" {
		unit = l.unit
		if u, ok := shortUnits[l.unit]; ok {
			unit = string(u)
		}
	}
	return quantity.Parse(l.amount, unit)
}
