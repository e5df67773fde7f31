package buyer

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/sourcing"
)

// shapeRFQ changes the form without saving it: a line more or less, an item from the
// catalogue, sellers by name, a file taken away.
func (c desk) shapeRFQ(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.typedRFQ(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := c.takeFiles(ctx, v, m); err != nil {
		return c.rfqAgain(ctx, m, err)
	}
	what, arg, _ := strings.Cut(v.Form().Get("do"), ":")
	switch what {
	case "add":
		m.Lines = append(m.Lines, rfqLine{Unit: "H87"})
	case "remove":
		if i, err := strconv.Atoi(arg); err == nil && i >= 0 && i < len(m.Lines) {
			m.Lines = slices.Delete(m.Lines, i, i+1)
		}
	case "item":
		m.takeItem(arg)
	case "find":
		if err := c.findItems(ctx, m); err != nil {
			return web.Answer{}, err
		}
	case "unfile":
		m.Files = slices.DeleteFunc(m.Files, func(f fileChoice) bool { return f.ID == arg })
	}
	if err := c.dressRFQ(ctx, m); err != nil {
		return web.Answer{}, err
	}
	return web.Render("buyer/rfq-form", m), nil
}

// takeItem puts an item on the first line that says nothing yet, or on a new one.
func (m *rfqForm) takeItem(item string) {
	for i := range m.Lines {
		if l := &m.Lines[i]; l.Item == "" && l.Description == "" && l.Qty == "" {
			*l = rfqLine{Item: item}
			return
		}
	}
	m.Lines = append(m.Lines, rfqLine{Item: item})
}

func (c desk) findItems(ctx context.Context, m *rfqForm) error {
	if m.ItemText == "" {
		return nil
	}
	r, err := c.Catalog.Search(ctx, catalog.Ask{Text: m.ItemText, Page: page.Request{Limit: 8}})
	if err != nil {
		return err
	}
	ids := make([]id.Item, len(r.Hits))
	for i, h := range r.Hits {
		ids[i] = h.Item
	}
	items, err := c.Catalog.Items(ctx, ids)
	if err != nil {
		return err
	}
	for _, want := range ids {
		if at := slices.IndexFunc(items, func(it catalog.Item) bool { return it.ID == want }); at >= 0 {
			m.Found = append(m.Found, foundItem{want.String(), items[at].SKU, m.p.Name(map[string]string(items[at].Names))})
		}
	}
	m.NotFound = len(m.Found) == 0
	return nil
}

// typedRFQ is the form as it was sent.
func (c desk) typedRFQ(ctx context.Context, v *web.Visit) (*rfqForm, error) {
	title := "buyer.rfq.new"
	if v.Form().Get("id") != "" {
		title = "buyer.rfq.edit"
	}
	m, err := c.frameRFQ(ctx, v, title)
	if err == nil {
		m.readRFQ(v.Form())
	}
	return m, err
}

func (c desk) rfqAgain(ctx context.Context, m *rfqForm, why error) (web.Answer, error) {
	if err := c.dressRFQ(ctx, m); err != nil {
		return web.Answer{}, err
	}
	return web.Again("buyer/rfq-form", m, why)
}

// input is the form in the service's terms. A moment that cannot be read is none, which
// the service complains about.
func (c desk) input(ctx context.Context, m *rfqForm) (sourcing.DraftInput, error) {
	in := sourcing.DraftInput{Title: m.Title, Note: m.Note, Currency: m.Currency, Incoterm: m.Incoterm, ShipTo: m.ShipTo}
	in.ClosesAt, _ = time.ParseInLocation(localTime, m.ClosesAt, m.zone())
	if m.Address != "" {
		as, err := c.Parties.Addresses(ctx, m.self.Org)
		if err != nil {
			return in, err
		}
		for _, a := range as {
			if a.ID.String() == m.Address {
				in.ShipTo = sourcing.Address{Label: a.Label, Country: a.Country, Region: a.Region, City: a.City, Street: a.Street, Postcode: a.Postcode, Contact: a.Contact, Phone: a.Phone}
			}
		}
	}
	for _, l := range m.Lines {
		line := sourcing.LineInput{Description: l.Description, Qty: l.Qty, Unit: l.Unit, Target: l.Target, NeedBy: l.NeedBy}
		if l.Item != "" && line.Item.UnmarshalText([]byte(l.Item)) != nil {
			return in, sourcing.ErrInvalid.At(fault.Field{Path: "lines", Reason: "unknown"})
		}
		in.Lines = append(in.Lines, line)
	}
	for _, s := range m.Sellers {
		in.Sellers = append(in.Sellers, s.ID)
	}
	for _, f := range m.Files {
		var b id.Blob
		if b.UnmarshalText([]byte(f.ID)) == nil && !b.IsZero() {
			in.Files = append(in.Files, b)
		}
	}
	return in, nil
}

func (c desk) createRFQ(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.typedRFQ(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := c.takeFiles(ctx, v, m); err != nil {
		return c.rfqAgain(ctx, m, err)
	}
	in, err := c.input(ctx, m)
	if err != nil {
		return c.rfqAgain(ctx, m, err)
	}
	r, err := c.Sourcing.Draft(ctx, in)
	if err != nil {
		return c.rfqAgain(ctx, m, err)
	}
	return saved(r, v), nil
}

// saved leads on: to the last look before publishing, or to the draft.
func saved(r sourcing.RFQ, v *web.Visit) web.Answer {
	if v.Form().Get("then") == "publish" {
		return web.Redirect("/buyer/rfqs/" + r.ID.String() + "/publish")
	}
	return web.Redirect("/buyer/rfqs/"+r.ID.String()).Flash("buyer.rfq.saved", "title", r.Title)
}

func (c desk) editRFQ(ctx context.Context, v *web.Visit) (web.Answer, error) {
	seen, err := c.ownRFQ(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if seen.RFQ.State != sourcing.Draft {
		return web.Redirect("/buyer/rfqs/" + seen.RFQ.ID.String()), nil
	}
	m, err := c.frameRFQ(ctx, v, "buyer.rfq.edit")
	if err != nil {
		return web.Answer{}, err
	}
	m.written(seen)
	if err := c.dressRFQ(ctx, m); err != nil {
		return web.Answer{}, err
	}
	return web.Render("buyer/rfq-form", m), nil
}

// written fills the form from a draft.
func (m *rfqForm) written(seen sourcing.Seen) {
	r := seen.RFQ
	m.ID, m.Version, m.Post = r.ID.String(), r.Version, "/buyer/rfqs/"+r.ID.String()+"/edit"
	m.Title, m.Note, m.Incoterm, m.Currency, m.ShipTo = r.Title, r.Note, r.Incoterm, string(r.Currency), r.ShipTo
	m.ClosesAt = r.ClosesAt.In(m.zone()).Format(localTime)
	for _, l := range r.Lines {
		w := rfqLine{Item: l.Item.String(), Description: l.Description, Qty: l.Qty.Value(), Unit: string(l.Qty.Unit)}
		if l.Target.Micro > 0 {
			w.Target = l.Target.Decimal()
		}
		if !l.NeedBy.IsZero() {
			w.NeedBy = l.NeedBy.Format(time.DateOnly)
		}
		m.Lines = append(m.Lines, w)
	}
	for _, s := range r.Sellers {
		m.Sellers = append(m.Sellers, sellerChoice{SellerRow: reads.SellerRow{ID: s.Seller}, Checked: true})
	}
	for _, f := range r.Files {
		m.Files = append(m.Files, fileChoice{ID: f.String()})
	}
}

func (c desk) saveRFQ(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var rfq id.RFQ
	if err := pathID(v, "id", &rfq, sourcing.ErrNotFound); err != nil {
		return web.Answer{}, err
	}
	m, err := c.typedRFQ(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := c.takeFiles(ctx, v, m); err != nil {
		return c.rfqAgain(ctx, m, err)
	}
	in, err := c.input(ctx, m)
	if err != nil {
		return c.rfqAgain(ctx, m, err)
	}
	r, err := c.Sourcing.Edit(ctx, rfq, sourcing.Changes{
		Version: m.Version, Title: &in.Title, Note: &in.Note, Incoterm: &in.Incoterm, ShipTo: &in.ShipTo, ClosesAt: &in.ClosesAt,
		Lines: &in.Lines, Sellers: &in.Sellers, Files: &in.Files,
	})
	if err != nil {
		return c.rfqAgain(ctx, m, err)
	}
	return saved(r, v), nil
}
