package account

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/identifier"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// The steps of an application, in order. What each asks is kept when it is left, forwards
// or back, so that the address with the token leads on another day to where one was.
var wizardSteps = []string{"country", "company", "address", "roles", "papers", "review"}

// SignUp is a company's application, at one of its steps.
type SignUp struct {
	frame.Frame
	Closed    bool // the market is by invitation
	Step      string
	At        int
	Steps     []WizardStep
	Draft     string // the token
	Back      string
	Countries []theme.Choice
	Kinds     []theme.Choice
	Hint      string // what the usual number looks like
	Profile   parties.Profile
	AlsoLabel string
	Form      map[string]string
	Facts     []theme.Pair // of the review
	Taken     bool         // the number is a company's that is here
	SignedIn  bool
	Mail      string
}

// WizardStep leads to a step that has been reached.
type WizardStep struct {
	Text, URL     string
	Done, Current bool
}

// fieldsOf are what each step asks.
var fieldsOf = map[string][]string{
	"country": {"country"},
	"company": {"name", "name_local", "facts.legal_form", "reg_kind", "reg_no", "also_no", "facts.representative", "facts.region"},
	"address": {"address", "city", "facts.postcode"},
	"roles":   {"buys", "sells"},
	"papers":  {"facts.papers"},
	"review":  {"person.name", "person.email"},
}

// others are countries of which any register's number is taken.
var others = []string{"HK", "IN"}

func (s desk) signUp(ctx context.Context, v *web.Visit) (web.Answer, error) {
	token, step, form := v.Query("draft"), v.Query("step"), map[string]string{"country": v.Query("country")}
	if token != "" {
		d, err := s.Parties.Draft(ctx, token)
		if err != nil {
			return web.Answer{}, err
		}
		if form = d.Data; !slices.Contains(wizardSteps, step) {
			step = reached(form)
		}
	} else {
		step = "country"
	}
	m, err := s.signUpView(ctx, v, token, step, form)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/sign-up", m), nil
}

// reached is the step where one goes on: the first that has not been sent.
func reached(form map[string]string) string {
	if at := slices.Index(wizardSteps, form["step"]); at >= 0 {
		return wizardSteps[min(at+1, len(wizardSteps)-1)]
	}
	return wizardSteps[1]
}

func (s desk) signUpView(ctx context.Context, v *web.Visit, token, step string, form map[string]string) (*SignUp, error) {
	t, err := s.Tenancy.Current(ctx)
	if err != nil {
		return nil, err
	}
	p := s.printer(v)
	m := &SignUp{
		Frame: frame.Frame{TitleKey: "signup.title", NoIndex: v.Site().LoginRequired || token != ""}, Closed: t.Settings.SignUp == "invited", SignedIn: v.Caller().SignedIn(),
		Mail: t.Settings.SupportMail, Step: step, At: slices.Index(wizardSteps, step), Draft: token, Form: form, Profile: parties.ProfileOf(form["country"]),
	}
	if form["country"] == "" {
		form["country"] = t.Settings.Country
	}
	m.steps(p, form)
	switch step {
	case "country":
		m.countries(p, t.Settings.Country)
	case "company":
		for _, k := range m.Profile.Kinds {
			m.Kinds = append(m.Kinds, theme.Choice{Value: k, Label: p.T("reg." + k)})
		}
		if k := "signup.hint_" + m.Profile.Kinds[0]; p.Has(k) {
			m.Hint = p.T(k)
		}
		if m.Profile.Also != "" {
			m.AlsoLabel = p.T("reg." + m.Profile.Also)
		}
	case "review":
		m.facts(p)
	}
	return m, nil
}

func (m *SignUp) steps(p *theme.Printer, form map[string]string) {
	last := slices.Index(wizardSteps, reached(form))
	for i, st := range wizardSteps {
		x := WizardStep{Text: p.T("signup.at_" + st), Done: i < m.At, Current: i == m.At}
		if m.Draft != "" && i <= last && !x.Current {
			x.URL = address("/sign-up", "draft", m.Draft, "step", st)
		}
		m.Steps = append(m.Steps, x)
	}
	if m.Draft != "" && m.At > 0 {
		m.Back = address("/sign-up", "draft", m.Draft, "step", wizardSteps[m.At-1])
	}
}

func (m *SignUp) countries(p *theme.Printer, home string) {
	all := slices.Concat(parties.ProfileCountries(), others)
	for _, c := range all {
		m.Countries = append(m.Countries, theme.Choice{Value: c, Label: p.T("country." + c)})
	}
	slices.SortStableFunc(m.Countries, func(a, b theme.Choice) int {
		if a.Value == home || b.Value == home {
			return map[bool]int{true: -1, false: 1}[a.Value == home]
		}
		return strings.Compare(a.Label, b.Label)
	})
}

// facts are what is sent, in words, for a last look.
func (m *SignUp) facts(p *theme.Printer) {
	add := func(key, value string) {
		if value != "" {
			m.Facts = append(m.Facts, theme.Pair{Name: p.T(key), Value: value})
		}
	}
	f := m.Form
	add("signup.country_is", p.T("country."+f["country"]))
	add("signup.name", f["name"])
	add("signup.name_local", f["name_local"])
	add("signup.legal_form", f["facts.legal_form"])
	if f["reg_kind"] != "" {
		add("reg."+f["reg_kind"], f["reg_no"])
	}
	if m.Profile.Also != "" {
		add("reg."+m.Profile.Also, f["also_no"])
	}
	add("signup.representative", f["facts.representative"])
	add("signup.region", f["facts.region"])
	add("signup.address", strings.Trim(f["address"]+", "+f["facts.postcode"]+" "+f["city"], ", "))
	var roles []string
	for _, r := range []string{"buys", "sells"} {
		if f[r] != "" {
			roles = append(roles, p.T("signup."+r))
		}
	}
	add("signup.roles", strings.Join(roles, ", "))
	add("signup.papers", f["facts.papers"])
}

// saveStep keeps a step and goes on, or stays where something is wrong: what was typed is
// kept either way.
func (s desk) saveStep(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	token, step := f.Get("draft"), f.Get("step")
	if token == "" {
		return s.beginDraft(ctx, v, f)
	}
	if !slices.Contains(wizardSteps[1:5], step) {
		return web.Answer{}, parties.ErrDraft
	}
	d, err := s.Parties.SaveDraft(ctx, token, typed(f, step))
	if err != nil {
		return web.Answer{}, err
	}
	if err := s.checkStep(ctx, d.Data, step); err != nil {
		m, lost := s.signUpView(ctx, v, token, step, d.Data)
		if lost != nil {
			return web.Answer{}, lost
		}
		m.Taken = errors.Is(err, parties.ErrDuplicate)
		return web.Again("account/sign-up", m, err)
	}
	if slices.Index(wizardSteps, d.Data["step"]) < slices.Index(wizardSteps, step) {
		if _, err := s.Parties.SaveDraft(ctx, token, map[string]string{"step": step}); err != nil {
			return web.Answer{}, err
		}
	}
	return web.Redirect(address("/sign-up", "draft", token, "step", wizardSteps[slices.Index(wizardSteps, step)+1])), nil
}

func (s desk) beginDraft(ctx context.Context, v *web.Visit, f url.Values) (web.Answer, error) {
	country := f.Get("country")
	if !identifier.Country(country) {
		m, err := s.signUpView(ctx, v, "", "country", map[string]string{})
		if err != nil {
			return web.Answer{}, err
		}
		return web.Again("account/sign-up", m, parties.ErrInvalid.At(fault.Field{Path: "country", Reason: "unknown"}))
	}
	token, err := s.Parties.BeginDraft(ctx, map[string]string{"country": country, "step": "country", "buys": "1"})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Redirect(address("/sign-up", "draft", token, "step", "company")), nil
}

// typed are a step's own fields; a box that is not ticked is a field too.
func typed(f url.Values, step string) map[string]string {
	out := map[string]string{}
	for _, k := range fieldsOf[step] {
		out[k] = f.Get(k)
	}
	return out
}

// checkStep names what is wrong with one step, so that nobody hears of it at the end.
func (s desk) checkStep(ctx context.Context, data map[string]string, step string) error {
	var bad []fault.Field
	in := orgOf(data)
	for _, x := range s.Parties.Complaints(in) {
		if slices.Contains(fieldsOf[step], x.Path) {
			bad = append(bad, x)
		}
	}
	if step == "address" && strings.TrimSpace(data["city"]) == "" {
		bad = append(bad, fault.Field{Path: "city", Reason: "required"})
	}
	if len(bad) > 0 {
		return parties.ErrInvalid.At(bad...)
	}
	if step != "company" {
		return nil
	}
	if err := s.Parties.Taken(ctx, parties.Number{Country: in.Country, Kind: in.RegKind, No: in.RegNo}); err != nil || in.AlsoNo == "" {
		return err
	}
	return s.Parties.Taken(ctx, parties.Number{Country: in.Country, Kind: in.AlsoKind, No: in.AlsoNo})
}

// orgOf is the company of a draft.
func orgOf(d map[string]string) parties.OrgInput {
	in := parties.OrgInput{
		Name: d["name"], NameLocal: d["name_local"], Country: d["country"], RegKind: d["reg_kind"], RegNo: d["reg_no"], City: d["city"], Address: d["address"],
		Buys: d["buys"] != "", Sells: d["sells"] != "", AlsoNo: d["also_no"], AlsoKind: parties.ProfileOf(d["country"]).Also, Facts: map[string]string{},
	}
	for k, text := range d {
		if name, ok := strings.CutPrefix(k, "facts."); ok {
			in.Facts[name] = text
		}
	}
	return in
}

// register sends the application.
func (s desk) register(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	d, err := s.Parties.Draft(ctx, f.Get("draft"))
	if err != nil {
		return web.Answer{}, err
	}
	in := parties.RegisterInput{Company: orgOf(d.Data)}
	if !v.Caller().SignedIn() {
		in.Person = &identity.SignUpInput{Email: f.Get("person.email"), Name: f.Get("person.name"), Password: f.Get("person.password"), Locale: v.Locale()}
	}
	if err = s.complete(f, in.Person != nil); err == nil {
		_, err = s.Parties.Register(ctx, in)
	}
	if err != nil && !errors.Is(err, identity.ErrEmailTaken) {
		// Whether an address is known here is nobody's business: that answer is the same.
		f.Del("person.password")
		f.Del("person.again")
		for _, k := range fieldsOf["review"] {
			d.Data[k] = f.Get(k)
		}
		m, lost := s.signUpView(ctx, v, f.Get("draft"), "review", d.Data)
		if lost != nil {
			return web.Answer{}, lost
		}
		m.Taken = errors.Is(err, parties.ErrDuplicate)
		return web.Again("account/sign-up", m, err)
	}
	if err := s.Parties.EndDraft(ctx, f.Get("draft")); err != nil {
		return web.Answer{}, err
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

// askToJoin is for whoever finds his company here already.
func (s desk) askToJoin(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	d, err := s.Parties.Draft(ctx, f.Get("draft"))
	if err != nil {
		return web.Answer{}, err
	}
	in := orgOf(d.Data)
	err = s.Parties.AskToJoin(ctx, parties.JoinInput{Number: parties.Number{Country: in.Country, Kind: in.RegKind, No: in.RegNo}, Name: f.Get("name"), Email: f.Get("email")})
	if err != nil {
		m, lost := s.signUpView(ctx, v, f.Get("draft"), "company", d.Data)
		if lost != nil {
			return web.Answer{}, lost
		}
		m.Taken = true
		return web.Again("account/sign-up", m, err)
	}
	if err := s.Parties.EndDraft(ctx, f.Get("draft")); err != nil { // one draft asks once
		return web.Answer{}, err
	}
	return web.Redirect("/sign-in").Flash("signup.join_asked"), nil
}
