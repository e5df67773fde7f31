package buyer

import (
	"context"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/surface/console"
)

type claimsPage struct {
	screen
	Rows  []reads.ClaimRow
	State string
	Tabs  []theme.Tab
	Pager console.Pager
}

func (c desk) claims(ctx context.Context, v *web.Visit) (web.Answer, error) {
	s, err := c.open(ctx, v, "claims", "nav.claims")
	if err != nil {
		return web.Answer{}, err
	}
	states := []string{"open", "contested", "accepted", "rejected", "withdrawn"}
	m := &claimsPage{screen: s, State: console.OneOf(v.Query("state"), states...), Tabs: s.tabs("claim", states...)}
	list, err := c.Reads.Claims(ctx, m.State, console.Ask(v, listSize))
	if err != nil {
		return web.Answer{}, err
	}
	m.Rows, m.Pager = list.Items, console.Pages(v, list.Next)
	return web.Render("buyer/claims", m), nil
}

type claimPage struct {
	screen
	Claim       aftersales.Claim
	URL         string
	OrderURL    string
	OrderNo     string
	Seller      string
	Line        lineView
	Facts       []theme.Pair
	MayWithdraw bool
}

func (c desk) claim(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.claimPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("buyer/claim", m), nil
}

func (c desk) claimPage(ctx context.Context, v *web.Visit) (*claimPage, error) {
	var cid id.Claim
	if err := pathID(v, "id", &cid, aftersales.ErrNotFound); err != nil {
		return nil, err
	}
	cl, err := c.Aftersales.Claim(ctx, cid)
	if err != nil {
		return nil, err
	}
	o, err := c.ownOrder(ctx, v, cl.Order)
	if err != nil {
		return nil, aftersales.ErrNotFound
	}
	s, err := c.open(ctx, v, "claims", "", console.Crumb("nav.claims", "/buyer/claims"))
	if err != nil {
		return nil, err
	}
	s.named(cl.Number)
	names, err := c.companies(ctx, cl.Seller)
	if err != nil {
		return nil, err
	}
	m := &claimPage{
		screen: s, Claim: cl, URL: "/buyer/claims/" + cid.String(), OrderURL: "/buyer/orders/" + o.ID.String(), OrderNo: o.Number, Seller: sellerName(names[cl.Seller], s),
		MayWithdraw: cl.Undecided() && c.Roles.Can(ctx, aftersales.ActionWithdraw),
	}
	for i, l := range o.Lines {
		if l.ID == cl.Line {
			m.Line = linesOf(s.p, o)[i]
		}
	}
	p := s.p
	m.Facts = []theme.Pair{
		{Name: p.T("buyer.claim.kind"), Value: p.T("state." + string(cl.Kind))},
		{Name: p.T("buyer.claim.expected"), Value: p.Qty(cl.Expected)},
		{Name: p.T("buyer.claim.actual"), Value: p.Qty(cl.Actual)},
		{Name: p.T("buyer.claim.amount"), Value: p.Money(cl.Amount), Total: true},
	}
	return m, nil
}

func (c desk) withdrawClaim(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.claimPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if _, err := c.Aftersales.Withdraw(ctx, m.Claim.ID); err != nil {
		return web.Again("buyer/claim", m, err)
	}
	return web.Redirect(m.URL).Flash("buyer.claim.withdrawn", "number", m.Claim.Number), nil
}

type claimForm struct {
	screen
	OrderNo, OrderURL, URL   string
	Lines                    []theme.Choice
	Kinds                    []theme.Choice
	Currency                 string
	Line, Kind, Actual, Unit string
	Amount, Note             string
}

func (c desk) newClaim(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.claimForm(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	m.Line, m.Kind = v.Query("line"), "damaged"
	return web.Render("buyer/claim-new", m), nil
}

func (c desk) claimForm(ctx context.Context, v *web.Visit) (*claimForm, error) {
	o, err := c.own(ctx, v)
	if err != nil {
		return nil, err
	}
	url := "/buyer/orders/" + o.ID.String()
	s, err := c.open(ctx, v, "claims", "buyer.claim.new", console.Crumb("nav.orders", "/buyer/orders"), linkTo(o.Number, url))
	if err != nil {
		return nil, err
	}
	m := &claimForm{screen: s, OrderNo: o.Number, OrderURL: url, URL: url + "/claim", Currency: string(o.Currency), Kinds: choices(s.p, "claim", "short", "damaged", "wrong", "weight")}
	for _, l := range o.Lines {
		m.Lines = append(m.Lines, theme.Choice{Value: l.ID.String(), Label: joined(" · ", l.SKU, s.p.Name(l.Names), s.p.Qty(l.Qty))})
	}
	return m, nil
}

func (c desk) openClaim(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.claimForm(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	m.Line, m.Kind, m.Actual, m.Amount, m.Note = f.Get("line"), f.Get("kind"), number(f.Get("actual")), number(f.Get("amount")), f.Get("note")
	var line id.OrderLine
	if line.UnmarshalText([]byte(m.Line)) != nil || line.IsZero() {
		return web.Again("buyer/claim-new", m, aftersales.ErrInvalid.At(fault.Field{Path: "line", Reason: "required"}))
	}
	o, err := c.own(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	cl, err := c.Aftersales.Open(ctx, o.ID, aftersales.OpenInput{Line: line, Kind: aftersales.Kind(m.Kind), Actual: m.Actual, Unit: unitOf(o, line), Amount: m.Amount, Note: m.Note})
	if err != nil {
		return web.Again("buyer/claim-new", m, err)
	}
	return web.Redirect("/buyer/claims/"+cl.ID.String()).Flash("buyer.claim.opened", "number", cl.Number), nil
}

func unitOf(o ordering.Order, line id.OrderLine) string {
	for _, l := range o.Lines {
		if l.ID == line {
			return string(l.Qty.Unit)
		}
	}
	return ""
}
