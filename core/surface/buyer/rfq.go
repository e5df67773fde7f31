package buyer

import (
	"context"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/surface/console"
)

type rfqPage struct {
	screen
	RFQ       sourcing.RFQ
	StateWord string
	State     string // published past its hour is being evaluated
	URL       string
	Facts     []theme.Pair
	Lines     []askedLine
	Sellers   []askedSeller
	Files     []fileChoice
	Quoted    int
	Answered  int
	Orders    []reads.OrderRef
	Award     sourcing.Award
	Events    []theme.Event
	Steps     []string
	Step      int
	Ended     bool
	MayEdit   bool
	MayClose  bool
	MayCancel bool
	MayAward  bool
	MayRead   bool // quotes
}

type askedLine struct {
	At              int
	SKU, Name, Note string
	URL             string
	Qty             quantity.Quantity
	Target          *money.Price
	NeedBy          time.Time
}

type askedSeller struct {
	Name, City, State, Note string
	URL                     string
	Total                   *money.Money
	Version                 int
	ValidUntil              time.Time
}

// ownRFQ finds a request of the caller's company.
func (c desk) ownRFQ(ctx context.Context, v *web.Visit) (sourcing.Seen, error) {
	var rfq id.RFQ
	if err := pathID(v, "id", &rfq, sourcing.ErrNotFound); err != nil {
		return sourcing.Seen{}, err
	}
	seen, err := c.Sourcing.View(ctx, rfq)
	if err == nil && seen.As != sourcing.AsBuyer {
		err = sourcing.ErrNotFound
	}
	return seen, err
}

func (c desk) rfq(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.rfqPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("buyer/rfq", m), nil
}

func (c desk) rfqPage(ctx context.Context, v *web.Visit) (*rfqPage, error) {
	seen, err := c.ownRFQ(ctx, v)
	if err != nil {
		return nil, err
	}
	s, err := c.open(ctx, v, "rfqs", "", console.Crumb("nav.rfqs", "/buyer/rfqs"))
	if err != nil {
		return nil, err
	}
	r := seen.RFQ
	s.named(r.Title)
	m := &rfqPage{screen: s, RFQ: r, State: c.stateOf(r), URL: "/buyer/rfqs/" + r.ID.String(), Award: seen.Award, MayRead: c.Roles.Can(ctx, sourcing.ActionReadQuote)}
	m.describe(seen)
	m.MayEdit = r.State == sourcing.Draft && c.Roles.Can(ctx, sourcing.ActionEdit)
	m.MayClose = r.Open(c.Now()) && c.Roles.Can(ctx, sourcing.ActionAward)
	m.MayAward = m.State == "evaluating" && m.Quoted > 0 && c.Roles.Can(ctx, sourcing.ActionAward)
	m.MayCancel = (r.State == sourcing.Draft || r.State == sourcing.Published || r.State == sourcing.Evaluating) && c.Roles.Can(ctx, sourcing.ActionCancel)
	m.StateWord = word(s.p, "rfq", m.State)
	m.Ended = r.State == sourcing.Cancelled || r.State == sourcing.Expired
	if r.State == sourcing.Awarded {
		if m.Orders, err = c.Reads.OrdersOfRFQ(ctx, r.ID); err != nil {
			return nil, err
		}
	}
	m.Events, err = c.timeline(ctx, s, "rfq", r.ID.String())
	return m, err
}

// stateOf says what a request is to a person: past its hour it is being evaluated, even
// before the job has said so.
func (c desk) stateOf(r sourcing.RFQ) string {
	if r.State == sourcing.Published && !r.Open(c.Now()) {
		return string(sourcing.Evaluating)
	}
	return string(r.State)
}

var rfqSteps = []string{"draft", "published", "evaluating", "awarded"}

func (m *rfqPage) describe(seen sourcing.Seen) {
	r, p := seen.RFQ, m.p
	for _, st := range rfqSteps {
		m.Steps = append(m.Steps, word(p, "rfq", st))
	}
	m.Step = slices.Index(rfqSteps, m.State)
	add := func(key string, value any) {
		if value != "" {
			m.Facts = append(m.Facts, theme.Pair{Name: p.T(key), Value: value})
		}
	}
	add("buyer.rfq.number", r.Number)
	add("buyer.rfq.closes_at", p.DateTime(r.ClosesAt))
	add("buyer.rfq.incoterm", r.Incoterm)
	add("buyer.ship_to", joined(", ", r.ShipTo.Label, r.ShipTo.Street, joined(" ", r.ShipTo.Postcode, r.ShipTo.City), r.ShipTo.Region, r.ShipTo.Country))
	add("buyer.contact", joined(" · ", r.ShipTo.Contact, r.ShipTo.Phone))
	add("buyer.rfq.currency", string(r.Currency))
	add("buyer.rfq.end_note", r.EndNote)
	add("buyer.rfq.award_reason", seen.Award.Reason)
	for _, l := range r.Lines {
		m.Lines = append(m.Lines, askedLineOf(p, l, seen.Items))
	}
	for _, f := range r.Files {
		m.Files = append(m.Files, fileChoice{f.String(), seen.Files[f].Name, seen.Files[f].Size})
	}
	for _, i := range r.Sellers {
		co := seen.Companies[i.Seller]
		w := askedSeller{Name: co.Name, City: co.City, State: string(i.State), Note: i.Note, URL: "/s/" + i.Seller.String()}
		if p.Locale() == "zh-CN" && co.NameLocal != "" {
			w.Name = co.NameLocal
		}
		m.quoted(&w, i.Seller, seen.Quotes)
		if i.State == sourcing.Quoted || i.State == sourcing.Declined {
			m.Answered++
		}
		m.Sellers = append(m.Sellers, w)
	}
}

func askedLineOf(p *theme.Printer, l sourcing.Line, items map[id.Item]sourcing.Item) askedLine {
	w := askedLine{At: l.Position, Name: l.Description, Qty: l.Qty, NeedBy: l.NeedBy}
	if it, ok := items[l.Item]; ok {
		w.SKU, w.Name, w.URL = it.SKU, p.Name(it.Names), "/i/"+it.SKU
		if l.Description != it.Names["en"] && l.Description != it.Names["zh-CN"] {
			w.Note = l.Description
		}
	}
	if l.Target.Micro > 0 {
		w.Target = &l.Target
	}
	return w
}

// quoted shows a seller's newest quote beside his name.
func (m *rfqPage) quoted(w *askedSeller, seller id.Org, quotes []sourcing.Quote) {
	for _, q := range quotes {
		if q.Seller != seller || q.State == sourcing.Withdrawn || q.State == sourcing.Superseded {
			continue
		}
		m.Quoted++
		if total, err := q.Total(); err == nil && m.MayRead {
			w.Total, w.Version, w.ValidUntil = &total, q.Number, q.ValidUntil
		}
		if q.State == sourcing.Won || q.State == sourcing.Lost {
			w.State = string(q.State)
		}
	}
}

// rfqFile gives an attachment of the request, as a download.
func (c desk) rfqFile(ctx context.Context, v *web.Visit) (web.Answer, error) {
	seen, err := c.ownRFQ(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	var b id.Blob
	if err := pathID(v, "file", &b, errNowhere); err != nil {
		return web.Answer{}, err
	}
	if !slices.Contains(seen.RFQ.Files, b) {
		return web.Answer{}, errNowhere
	}
	body, o, err := c.Files.Open(ctx, b)
	if err != nil {
		return web.Answer{}, err
	}
	return web.File(o.Name, o.MediaType, body, o.Size), nil
}

// confirmPublish is the last look: what sellers will see, and who they are.
func (c desk) confirmPublish(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.rfqPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if m.RFQ.State != sourcing.Draft {
		return web.Redirect(m.URL), nil
	}
	return web.Render("buyer/rfq-publish", m), nil
}

func (c desk) publish(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.rfqPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	r, err := c.Sourcing.Publish(ctx, m.RFQ.ID)
	if err != nil {
		return web.Again("buyer/rfq-publish", m, err)
	}
	return web.Redirect(m.URL).Flash("buyer.rfq.published", "number", r.Number), nil
}

func (c desk) closeRFQ(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.rfqPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	r, err := c.Sourcing.Close(ctx, m.RFQ.ID)
	if err != nil {
		return web.Again("buyer/rfq", m, err)
	}
	to := m.URL
	if r.State == sourcing.Evaluating {
		to += "/compare"
	}
	return web.Redirect(to).Flash("buyer.rfq.closed", "number", r.Number), nil
}

func (c desk) cancelRFQ(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.rfqPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if _, err := c.Sourcing.Cancel(ctx, m.RFQ.ID, v.Form().Get("reason")); err != nil {
		return web.Again("buyer/rfq", m, err)
	}
	return web.Redirect(m.URL).Flash("buyer.rfq.cancelled", "title", m.RFQ.Title), nil
}
