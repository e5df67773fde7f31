package storefront

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// countries that an address can be typed in; others write theirs as a company's address.
var countries = []string{"CN", "US", "DE", "AT", "BE", "CH", "CZ", "DK", "ES", "FI", "FR", "GB", "HK", "IE", "IN", "IT", "JP", "KR", "NL", "NO", "PL", "PT", "SE", "SG", "VN"}

// Countries are the choices of a country field, the tenant's own first.
func (e eye) countries(first string) []theme.Choice {
	out := make([]theme.Choice, 0, len(countries)+1)
	for _, c := range append([]string{first}, countries...) {
		if c == "" || (c == first && len(out) > 0) {
			continue
		}
		out = append(out, theme.Choice{Value: c, Label: e.T("country." + c)})
	}
	return out
}

func (s shop) delivery(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := s.deliveryView(ctx, v, nil)
	if err != nil {
		return web.Answer{}, err
	}
	if m.Lines == 0 {
		return web.Redirect("/cart"), nil
	}
	return web.Render("storefront/delivery", m), nil
}

// otherAddress is the choice of an address that is typed.
const otherAddress = "other"

func (s shop) deliveryView(ctx context.Context, v *web.Visit, typed url.Values) (*Delivery, error) {
	e := s.eye(v)
	c, err := s.Ordering.Cart(ctx)
	if err != nil {
		return nil, err
	}
	t, err := s.Tenancy.Current(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Parties.Choices(ctx, e.who.Org, e.who.Person)
	if err != nil {
		return nil, err
	}
	m := &Delivery{
		Frame: frame.Frame{TitleKey: "checkout.title", NoIndex: true, Crumbs: []frame.Crumb{{Key: "cart.title", URL: "/cart"}, {Key: "checkout.title"}}},
		Lines: len(c.Lines), Countries: e.countries(t.Settings.Country), Chosen: otherAddress,
	}
	for i, a := range all.Addresses {
		if i == 0 || a.ID == all.Address {
			m.Chosen = a.ID.String()
		}
		m.Addresses = append(m.Addresses, theme.Choice{Value: a.ID.String(), Label: a.Label, Hint: oneLine(a.Street, a.Postcode+" "+a.City, e.country(a.Country), a.Contact)})
	}
	m.Addresses = append(m.Addresses, theme.Choice{Value: otherAddress, Label: e.T("checkout.other_address")})
	m.Other.Country = t.Settings.Country
	if typed != nil {
		m.Chosen, m.Other = typed.Get("address"), typedAddress(typed)
	}
	return m, nil
}

func (e eye) country(code string) string {
	if e.Has("country." + code) {
		return e.T("country." + code)
	}
	return code
}

func oneLine(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}

func typedAddress(f url.Values) ordering.Address {
	get := func(k string) string { return strings.TrimSpace(f.Get("ship_to." + k)) }
	return ordering.Address{
		Label: get("label"), Contact: get("contact"), Phone: get("phone"), Street: get("street"), City: get("city"), Region: get("region"),
		Postcode: get("postcode"), Country: strings.ToUpper(get("country")),
	}
}

// shipTo is the address that the form names, of the company's own or as typed.
func (s shop) shipTo(ctx context.Context, v *web.Visit) (ordering.Address, error) {
	f := v.Form()
	if chosen := f.Get("address"); chosen != otherAddress && chosen != "" {
		var which id.Address
		if which.UnmarshalText([]byte(chosen)) != nil {
			return ordering.Address{}, ordering.ErrAddress.At(fault.Field{Path: "address", Reason: "unknown"})
		}
		a, err := s.Parties.AddressOf(ctx, v.Caller().Org, which)
		if errors.Is(err, parties.ErrNoAddress) {
			return ordering.Address{}, ordering.ErrAddress.At(fault.Field{Path: "address", Reason: "unknown"})
		}
		return ordering.Address{Label: a.Label, Contact: a.Contact, Phone: a.Phone, Street: a.Street, City: a.City, Region: a.Region, Postcode: a.Postcode, Country: a.Country}, err
	}
	a := typedAddress(f)
	var bad fault.Check
	bad.Text("ship_to.city", a.City, 1, 100)
	bad.Text("ship_to.street", a.Street, 1, 200)
	bad.If(len(a.Country) != 2, "ship_to.country", "required", "")
	for k, t := range map[string]string{"contact": a.Contact, "phone": a.Phone, "region": a.Region, "postcode": a.Postcode, "label": a.Label} {
		bad.Text("ship_to."+k, t, 0, 100)
	}
	return a, bad.Or(ordering.ErrAddress)
}

// keepAddress stores a typed address where the buyer asked for it. A company that has
// one of that label already keeps what it has told there.
func (s shop) keepAddress(ctx context.Context, v *web.Visit, a ordering.Address) error {
	f := v.Form()
	if f.Get("keep") == "" || f.Get("address") != otherAddress {
		return nil
	}
	if a.Label == "" {
		a.Label = a.City
	}
	_, err := s.Parties.PutAddress(ctx, parties.Address{
		Org: v.Caller().Org, Label: a.Label, Country: a.Country, Region: a.Region, City: a.City, Street: a.Street,
		Postcode: a.Postcode, Contact: a.Contact, Phone: a.Phone,
	})
	return err
}
