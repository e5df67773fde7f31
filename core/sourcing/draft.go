package sourcing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/work"
)

// Limits of one request.
const (
	maxLines   = 200
	maxSellers = 50
	maxFiles   = 20
	maxAhead   = 366 * 24 * time.Hour
)

// Incoterms 2020, rules for any mode and for sea.
var incoterms = []string{"EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"}

// DraftInput is a request as a buyer wrote it: amounts and days are still text, so that
// everything wrong with them is reported together, from a form or from the API.
type DraftInput struct {
	Title    string
	Note     string
	Currency string
	Incoterm string
	ShipTo   Address
	ClosesAt time.Time
	Lines    []LineInput
	Sellers  []id.Org
	Files    []id.Blob
}

// LineInput is one line as written.
type LineInput struct {
	Item        id.Item
	Description string // may be empty when an item is named
	Qty         string
	Unit        string
	Target      string // price per unit, empty for none
	NeedBy      string // 2026-12-31, empty for none
}

// Draft begins a request.
func (s *Service) Draft(ctx context.Context, in DraftInput) (RFQ, error) {
	var r RFQ
	if was := work.Begun(ctx); was != "" { // its files were kept before, and its answer was lost
		if err := r.ID.UnmarshalText([]byte(was)); err != nil {
			return r, err
		}
		return s.n.Store.RFQ(ctx, r.ID)
	}
	err := s.n.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := caller.From(ctx)
		if err != nil {
			return err
		}
		now := s.n.Now()
		r = RFQ{ID: id.RFQ{}.New(), Buyer: c.Org, CreatedBy: c.Person, State: Draft, CreatedAt: now, Version: 1}
		if err := s.n.Gate.Allow(ctx, ActionCreate, nil); err != nil {
			return err
		}
		if err := s.mayBuy(ctx, c.Org); err != nil {
			return err
		}
		if err := s.write(ctx, &r, in); err != nil {
			return err
		}
		if err := s.n.Store.Insert(ctx, r); err != nil {
			return err
		}
		if err := s.n.Events.Append(ctx, event.RFQDrafted{RFQ: r.ID.String(), Buyer: r.Buyer.String(), Title: r.Title}); err != nil {
			return err
		}
		return work.Begin(ctx, r.ID.String())
	})
	if err != nil {
		return RFQ{}, fmt.Errorf("draft rfq: %w", err)
	}
	return r, nil
}

func (s *Service) mayBuy(ctx context.Context, org id.Org) error {
	if org.IsZero() {
		return ErrNotBuyer
	}
	cs, err := s.n.Companies.Companies(ctx, []id.Org{org})
	if err != nil {
		return err
	}
	if c, ok := cs[org]; !ok || !c.Buys || !c.Approved {
		return ErrNotBuyer
	}
	return nil
}

// write checks the input and fills the request from it.
func (s *Service) write(ctx context.Context, r *RFQ, in DraftInput) error {
	var c fault.Check
	r.Title, r.Note, r.Currency = strings.TrimSpace(in.Title), strings.TrimSpace(in.Note), money.Currency(strings.ToUpper(in.Currency))
	r.Incoterm, r.ShipTo, r.ClosesAt = strings.ToUpper(in.Incoterm), in.ShipTo, in.ClosesAt.UTC().Truncate(time.Microsecond)
	now := s.n.Now()
	c.Text("title", in.Title, 1, 200)
	c.Text("note", in.Note, 0, 4000)
	c.If(!r.Currency.Known(), "currency", "unknown", "")
	c.If(r.Incoterm != "" && !slices.Contains(incoterms, r.Incoterm), "incoterm", "unknown", "Use a rule of Incoterms 2020.")
	c.If(in.ClosesAt.IsZero(), "closes_at", "required", "")
	c.If(!in.ClosesAt.IsZero() && !r.ClosesAt.After(now), "closes_at", "past", "")
	c.If(r.ClosesAt.After(now.Add(maxAhead)), "closes_at", "too_far", "")
	checkAddress(&c, in.ShipTo)
	if err := s.writeLines(ctx, &c, r, in.Lines); err != nil {
		return err
	}
	if err := s.writeSellers(ctx, &c, r, in.Sellers); err != nil {
		return err
	}
	if err := s.writeFiles(ctx, &c, r, in.Files); err != nil {
		return err
	}
	return c.Or(ErrInvalid)
}

func checkAddress(c *fault.Check, a Address) {
	for path, v := range map[string]string{
		"label": a.Label, "country": a.Country, "region": a.Region, "city": a.City,
		"street": a.Street, "postcode": a.Postcode, "contact": a.Contact, "phone": a.Phone,
	} {
		c.Text("ship_to."+path, v, 0, 200)
	}
}

func (s *Service) writeLines(ctx context.Context, c *fault.Check, r *RFQ, in []LineInput) error {
	if len(in) > maxLines {
		c.Add("lines", "too_many", fmt.Sprintf("At most %d lines.", maxLines))
		return nil
	}
	var ids []id.Item
	for _, l := range in {
		if !l.Item.IsZero() {
			ids = append(ids, l.Item)
		}
	}
	items, err := s.n.Catalog.Items(ctx, ids)
	if err != nil {
		return err
	}
	r.Lines = make([]Line, len(in))
	for i, l := range in {
		r.Lines[i] = readLine(c, fmt.Sprintf("lines[%d].", i), l, items, r.Currency, s.n.Now())
		r.Lines[i].Position = i + 1
	}
	return nil
}

func readLine(c *fault.Check, at string, in LineInput, items map[id.Item]Item, cur money.Currency, now time.Time) Line {
	l := Line{ID: id.RFQLine{}.New(), Item: in.Item, Description: strings.TrimSpace(in.Description)}
	item, known := items[in.Item]
	switch {
	case !in.Item.IsZero() && !known:
		c.Add(at+"item", "unknown", "There is no such item.")
	case known && l.Description == "":
		l.Description = item.name()
	case !known:
		c.Text(at+"description", in.Description, 1, 500)
	default:
		c.Text(at+"description", in.Description, 0, 500)
	}
	l.Qty = readQty(c, at+"qty", in.Qty, in.Unit)
	if known && l.Qty.Unit != "" {
		if _, err := (measure{item.Unit, item.KgPerUnitMicro}).in(l.Qty, item.Unit); err != nil {
			c.Add(at+"unit", "unit_mismatch", fmt.Sprintf("This item is traded in %s.", item.Unit))
		}
	}
	if in.Target != "" {
		l.Target = readPrice(c, at+"target_price", in.Target, cur, l.Qty.Unit)
	}
	l.NeedBy = readDay(c, at+"need_by", in.NeedBy, now)
	return l
}

// readQty reads a positive, sane quantity.
func readQty(c *fault.Check, path, value, unit string) quantity.Quantity {
	u, err := quantity.ParseUnit(unit)
	c.If(err != nil, path, "unit_unknown", "Use a UN/ECE Rec 20 code, for example H87 (piece), KGM or TNE.")
	m, err := quantity.ParseMicro(value)
	switch {
	case errors.Is(err, quantity.ErrTooLarge):
		c.Add(path, "too_large", "")
	case err != nil:
		c.Add(path, "malformed", "Write a number with at most six decimals.")
	case m <= 0:
		c.Add(path, "not_positive", "")
	case m > maxQtyMicro:
		c.Add(path, "too_large", "")
	}
	return quantity.Quantity{Micro: m, Unit: u}
}

func readPrice(c *fault.Check, path, value string, cur money.Currency, per quantity.Unit) money.Price {
	m, err := quantity.ParseMicro(value)
	switch {
	case errors.Is(err, quantity.ErrTooLarge):
		c.Add(path, "too_large", "")
	case err != nil:
		c.Add(path, "malformed", "Write an amount with at most six decimals.")
	case m <= 0:
		c.Add(path, "not_positive", "")
	case m > maxPriceMicro:
		c.Add(path, "too_large", "")
	}
	return money.Price{Micro: m, Currency: cur, Per: per}
}

// readDay reads a day that is not over yet everywhere on earth: a buyer west of
// Greenwich may still mean today when it is tomorrow in UTC.
func readDay(c *fault.Check, path, value string, now time.Time) time.Time {
	if value == "" {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, value)
	switch {
	case err != nil:
		c.Add(path, "malformed", "Write a day as 2026-12-31.")
	case day.Before(now.Add(-12 * time.Hour).Truncate(24 * time.Hour)):
		c.Add(path, "past", "")
	case day.After(now.Add(5 * maxAhead)):
		c.Add(path, "too_far", "")
	}
	return day
}

// name is an item's name for people who read English, or any.
func (i Item) name() string {
	for _, k := range []string{"en", "zh-CN"} {
		if i.Names[k] != "" {
			return i.Names[k]
		}
	}
	return i.SKU
}
