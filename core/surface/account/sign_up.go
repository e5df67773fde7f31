package account

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/identifier"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// SignUp is a company's application. Which number identifies it depends on its country,
// so that is asked first.
type SignUp struct {
	frame.Frame
	Closed    bool // the market is by invitation
	Step      int  // 0: country, 1: company and person
	Country   string
	Countries []theme.Choice
	Kinds     []theme.Choice
	Kind      string
	KindHint  string
	Form      SignUpForm
	SignedIn  bool
	Mail      string
}

// SignUpForm is what was typed.
type SignUpForm struct {
	Name, NameLocal, RegNo, City, Address string
	Email, Person                         string
	Buys, Sells                           bool
}

// inEurope are the countries whose companies have a VAT number.
var inEurope = []string{"DE", "AT", "BE", "CZ", "DK", "ES", "FI", "FR", "IE", "IT", "NL", "PL", "PT", "SE"}

// others are countries of which any register's number is taken.
var others = []string{"CH", "GB", "HK", "IN", "JP", "KR", "NO", "SG", "VN"}

// kinds are the numbers that a company of a country can be known by, the usual one first.
func kinds(country string) []string {
	switch {
	case country == "CN":
		return []string{identifier.KindUSCC, identifier.KindDUNS, identifier.KindLEI}
	case country == "US":
		return []string{identifier.KindEIN, identifier.KindDUNS, identifier.KindLEI, identifier.KindOther}
	case slices.Contains(inEurope, country):
		return []string{identifier.KindVAT, identifier.KindDUNS, identifier.KindLEI, identifier.KindOther}
	}
	return []string{identifier.KindOther, identifier.KindDUNS, identifier.KindLEI}
}

func (s desk) signUp(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := s.signUpView(ctx, v, v.Query("country"), nil)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/sign-up", m), nil
}

func (s desk) signUpView(ctx context.Context, v *web.Visit, country string, f url.Values) (*SignUp, error) {
	t, err := s.Tenancy.Current(ctx)
	if err != nil {
		return nil, err
	}
	p := s.printer(v)
	m := &SignUp{Frame: frame.Frame{TitleKey: "signup.title", NoIndex: v.Site().LoginRequired}, Closed: t.Settings.SignUp == "invited", SignedIn: v.Caller().SignedIn(), Mail: t.Settings.SupportMail, Country: t.Settings.Country}
	all := slices.Concat([]string{"CN", "US"}, inEurope, others)
	for _, c := range all {
		m.Countries = append(m.Countries, theme.Choice{Value: c, Label: p.T("country." + c)})
	}
	slices.SortStableFunc(m.Countries, func(a, b theme.Choice) int {
		return map[bool]int{true: -1}[a.Value == t.Settings.Country] - map[bool]int{true: -1}[b.Value == t.Settings.Country]
	})
	m.Form.Buys = true
	if !slices.Contains(all, country) {
		return m, nil
	}
	m.Step, m.Country = 1, country
	for _, k := range kinds(country) {
		m.Kinds = append(m.Kinds, theme.Choice{Value: k, Label: p.T("reg." + k)})
	}
	m.Kind = m.Kinds[0].Value
	if f != nil {
		m.Kind = f.Get("reg_kind")
		m.Form = SignUpForm{f.Get("name"), f.Get("name_local"), f.Get("reg_no"), f.Get("city"), f.Get("address"), f.Get("person.email"), f.Get("person.name"), f.Get("buys") != "", f.Get("sells") != ""}
	}
	m.KindHint = p.T("signup.hint_" + kinds(country)[0])
	return m, nil
}

func (s desk) register(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	in := parties.RegisterInput{Company: parties.OrgInput{
		Name: f.Get("name"), NameLocal: f.Get("name_local"), Country: f.Get("country"), RegKind: f.Get("reg_kind"), RegNo: f.Get("reg_no"),
		City: f.Get("city"), Address: f.Get("address"), Buys: f.Get("buys") != "", Sells: f.Get("sells") != "",
	}}
	if !v.Caller().SignedIn() {
		in.Person = &identity.SignUpInput{Email: f.Get("person.email"), Name: f.Get("person.name"), Password: f.Get("person.password"), Locale: v.Locale()}
	}
	err := s.complete(f, in.Person != nil)
	if err == nil {
		_, err = s.Parties.Register(ctx, in)
	}
	switch {
	case errors.Is(err, identity.ErrEmailTaken):
		// Whether an address is known here is nobody's business: the answer is the same.
	case err != nil:
		f.Del("person.password")
		f.Del("person.again")
		m, merr := s.signUpView(ctx, v, f.Get("country"), f)
		if merr != nil {
			return web.Answer{}, merr
		}
		return web.Again("account/sign-up", m, err)
	}
	if v.Caller().SignedIn() {
		return web.Redirect("/account").Flash("signup.received"), nil
	}
	return web.Redirect("/sign-in").Flash("signup.received"), nil
}

// complete looks at what only the form knows: the password typed twice, the terms.
func (s desk) complete(f url.Values, person bool) error {
	var c fault.Check
	c.If(person && f.Get("person.password") != f.Get("person.again"), "person.again", "mismatch", "")
	c.If(f.Get("terms") == "", "terms", "required", "")
	return c.Or(parties.ErrInvalid)
}
