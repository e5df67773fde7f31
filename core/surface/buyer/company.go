package buyer

import (
	"context"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
)

// companyTabs lead around the company's own affairs.
func companyTabs(p *theme.Printer, current string) []theme.Tab {
	var out []theme.Tab
	for _, t := range []struct{ key, url string }{{"profile", "/buyer/company"}, {"members", "/buyer/company/members"}, {"licences", "/buyer/company/licences"}, {"addresses", "/buyer/company/addresses"}, {"budgets", "/buyer/company/budgets"}, {"structure", "/company/structure"}} {
		out = append(out, theme.Tab{Text: p.T("buyer.company." + t.key), URL: t.url, Current: t.key == current})
	}
	return out
}

// room is a page of the company's affairs.
type room struct {
	screen
	Org  parties.Org
	Name string
	Tabs []theme.Tab
}

func (c desk) room(ctx context.Context, v *web.Visit, tab, title string) (room, error) {
	s, err := c.open(ctx, v, "company", title, console.Crumb("nav.company", "/buyer/company"))
	if err != nil {
		return room{}, err
	}
	if s.self.Org.IsZero() {
		return room{}, errNowhere
	}
	o, err := c.Parties.Own(ctx, s.self.Org)
	return room{screen: s, Org: o, Name: sellerName(o, s), Tabs: companyTabs(s.p, tab)}, err
}

type companyPage struct {
	room
	Facts     []theme.Pair
	About     string
	MayManage bool
	Banner    string // what its state means, a text's key
}

func (c desk) company(ctx context.Context, v *web.Visit) (web.Answer, error) {
	r, err := c.room(ctx, v, "profile", "nav.company")
	if err != nil {
		return web.Answer{}, err
	}
	r.Crumbs = r.Crumbs[:1]
	o, p := r.Org, r.p
	m := &companyPage{room: r, About: p.Name(o.About), MayManage: c.Roles.Can(ctx, parties.ActionManage)}
	if o.State != parties.Approved {
		m.Banner = "buyer.company.is_" + string(o.State)
	}
	if len(o.About) == 0 {
		m.About = ""
	}
	add := func(key, value string) {
		if value != "" {
			m.Facts = append(m.Facts, theme.Pair{Name: p.T(key), Value: value})
		}
	}
	add("buyer.company.name", o.Name)
	add("buyer.company.name_local", o.NameLocal)
	add("buyer.company.number", kindWord(p, o.RegKind)+" "+o.RegNo)
	add("buyer.company.address", joined(", ", o.Address, o.City, o.Country))
	add("buyer.company.iban", o.Account.Shown)
	add("buyer.company.since", p.Date(o.CreatedAt))
	return web.Render("buyer/company", m), nil
}

// kindWord is a kind of number in short, where its register has a short word.
func kindWord(p *theme.Printer, kind string) string {
	if short := "buyer.company.reg." + kind; p.Has(short) {
		return p.T(short)
	}
	return p.T("reg." + kind)
}

type profileForm struct {
	room
	NameLocal, City, Address, IBAN string
	AboutEN, AboutZH               string
	Version                        int64
}

func (c desk) profile(ctx context.Context, v *web.Visit) (web.Answer, error) {
	r, err := c.room(ctx, v, "profile", "buyer.company.edit")
	if err != nil {
		return web.Answer{}, err
	}
	o := r.Org
	return web.Render("buyer/profile", &profileForm{r, o.NameLocal, o.City, o.Address, o.Account.Shown, o.About["en"], o.About["zh-CN"], o.Version}), nil
}

func (c desk) saveProfile(ctx context.Context, v *web.Visit) (web.Answer, error) {
	r, err := c.room(ctx, v, "profile", "buyer.company.edit")
	if err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	m := &profileForm{r, f.Get("name_local"), f.Get("city"), f.Get("address"), f.Get("iban"), f.Get("about.en"), f.Get("about.zh-CN"), whole64(f.Get("version"))}
	about := map[string]string{}
	for k, text := range map[string]string{"en": m.AboutEN, "zh-CN": m.AboutZH} {
		if text != "" {
			about[k] = text
		}
	}
	_, err = c.Parties.Update(ctx, parties.UpdateInput{Org: r.Org.ID, NameLocal: m.NameLocal, City: m.City, Address: m.Address, About: about, IBAN: m.IBAN, Version: m.Version})
	if err != nil {
		return web.Again("buyer/profile", m, err)
	}
	return web.Redirect("/buyer/company").Flash("buyer.company.saved"), nil
}

type addressesPage struct {
	room
	Rows      []parties.Address
	Form      parties.Address
	MayManage bool
}

func (c desk) addressesPage(ctx context.Context, v *web.Visit) (*addressesPage, error) {
	r, err := c.room(ctx, v, "addresses", "buyer.company.addresses")
	if err != nil {
		return nil, err
	}
	m := &addressesPage{room: r, MayManage: c.Roles.Can(ctx, parties.ActionAddressManage)}
	m.Rows, err = c.Parties.Addresses(ctx, r.Org.ID)
	m.Form.Country = r.Org.Country
	for _, a := range m.Rows {
		if a.ID.String() == v.Query("edit") {
			m.Form = a
		}
	}
	return m, err
}

func (c desk) addresses(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.addressesPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("buyer/addresses", m), nil
}

func (c desk) saveAddress(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.addressesPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	m.Form = parties.Address{
		Org: m.Org.ID, Label: f.Get("label"), Country: upper(f.Get("country")), Region: f.Get("region"), City: f.Get("city"), Street: f.Get("street"), Postcode: f.Get("postcode"),
		Contact: f.Get("contact"), Phone: f.Get("phone"),
	}
	if _, err := c.Parties.PutAddress(ctx, m.Form); err != nil {
		return web.Again("buyer/addresses", m, pointed(err, map[string]string{"label": m.Form.Label, "country": m.Form.Country, "city": m.Form.City, "street": m.Form.Street}))
	}
	return web.Redirect("/buyer/company/addresses").Flash("buyer.company.address_saved", "label", m.Form.Label), nil
}

// pointed adds which of the needed fields are empty to a refused input that names none.
func pointed(err error, needed map[string]string) error {
	f := fault.From(err)
	if len(f.Fields) > 0 || f.Kind != fault.Invalid {
		return err
	}
	for path, value := range needed {
		if value == "" {
			f = f.At(fault.Field{Path: path, Reason: "required"})
		}
	}
	return f
}

func (c desk) removeAddress(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var a id.Address
	if err := pathID(v, "id", &a, parties.ErrNoAddress); err != nil {
		return web.Answer{}, err
	}
	if err := c.Parties.RemoveAddress(ctx, v.Caller().Org, a); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/buyer/company/addresses").Flash("buyer.company.address_removed"), nil
}
