package account

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/sso"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

const ssoPath = "/account/sso"

// Connections are the providers that vouch for a company's people, or for the staff.
type Connections struct {
	frame.Frame
	Rows   []ConnectionRow
	Manage bool
	Kinds  []KindLink
	Form   ConnectionForm
}

// ConnectionRow is one of the list.
type ConnectionRow struct {
	ID, Name, Kind, Issuer, State string
	Domains                       []string
	Enforced, Expiring            bool
}

// KindLink asks for the form of one kind of provider.
type KindLink struct {
	Kind, URL string
	On        bool
}

// ConnectionForm is what is typed of a connection.
type ConnectionForm struct {
	Kind, Name, Issuer, ClientID, RoleClaim string
	Attrs                                   sso.Attributes
	Sign, MustSign                          bool
	Metadata                                string // what was typed, of a new one
	Kept                                    bool   // there is a secret already
	JIT                                     bool
	Roles                                   []console.Permit
	Map                                     []MapRow
	Options                                 []theme.Choice
	Callback                                string
	Version                                 int64
}

// MapRow is one value that gives a role.
type MapRow struct{ Value, Role string }

// ConnectionPage is one connection with all that is done about it.
type ConnectionPage struct {
	frame.Frame
	ID, Name, Kind, State string
	Manage                bool
	Party                 *Party // of SAML
	Enforced              bool
	TestedAt              time.Time
	Claims                []Claim
	Domains               []DomainRow
	Proofs                int
	LapseAfter            int
	Guards                []GuardRow
	Form                  ConnectionForm
	Directory             *Directory
}

// Claim is what the provider said at the test.
type Claim struct {
	Name   string
	Values []string
}

// DomainRow is a domain with the record that proves it.
type DomainRow struct {
	sso.Domain
	RecordName, RecordText string
}

// GuardRow is an administrator who could come in by password.
type GuardRow struct {
	ID, Name, Email string
	Factor, On      bool
}

func (s desk) ssoFrame(v *web.Visit, name string) frame.Frame {
	f := frame.Frame{TitleKey: "sso.title", NoIndex: true, Crumbs: []frame.Crumb{{Key: "account.title", URL: "/account"}, {Key: "sso.title", URL: ssoPath}}}
	f = housed(v.Caller(), f, "sso")
	if name != "" {
		f.TitleKey, f.Title, f.Crumbs = "", name, append(f.Crumbs, frame.Crumb{Text: name})
	}
	return f
}

func (s desk) connections(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := s.connectionsView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/sso", m), nil
}

func (s desk) connectionsView(ctx context.Context, v *web.Visit) (*Connections, error) {
	all, err := s.SSO.Connections(ctx)
	if err != nil {
		return nil, err
	}
	m := &Connections{Frame: s.ssoFrame(v, ""), Manage: s.Roles.Can(ctx, sso.ActionManage), Form: s.connectionForm(ctx, v, sso.Connection{Kind: kind(v.Query("kind")), JIT: true})}
	m.kinds()
	for _, c := range all {
		row := ConnectionRow{ID: c.ID.String(), Name: c.Name, Kind: string(c.Kind), Issuer: c.Issuer, State: string(c.State), Enforced: c.Enforced, Expiring: c.SAML.Expiring(time.Now())}
		for _, d := range c.Domains {
			if d.Proved() {
				row.Domains = append(row.Domains, d.Domain)
			}
		}
		m.Rows = append(m.Rows, row)
	}
	return m, nil
}

func (s desk) connectionForm(ctx context.Context, v *web.Visit, c sso.Connection) ConnectionForm {
	w := s.printer(v)
	f := ConnectionForm{
		Kind: string(c.Kind), Name: c.Name, Issuer: c.Issuer, ClientID: c.ClientID, Attrs: c.SAML.Attrs, Sign: c.SAML.Sign, MustSign: c.SAML.WantsSigned, RoleClaim: c.RoleClaim,
		Kept: len(c.Sealed) > 0, JIT: c.JIT, Callback: v.Absolute(sso.CallbackPath), Version: c.Version,
	}
	for _, r := range s.SSO.Grantable(ctx) {
		f.Options = append(f.Options, theme.Choice{Value: r, Label: roleWord(w, r)})
		f.Roles = append(f.Roles, console.Permit{Value: r, Label: roleWord(w, r), On: slices.Contains(c.Roles, r)})
	}
	for _, m := range c.RoleMap {
		f.Map = append(f.Map, MapRow(m))
	}
	f.Map = append(f.Map, MapRow{}, MapRow{}, MapRow{})
	return f
}

// typed is the form as it was sent.
func typedConnection(v *web.Visit) sso.Input {
	f := v.Form()
	in := sso.Input{
		Kind: kind(f.Get("kind")), Name: f.Get("name"), Issuer: f.Get("issuer"), ClientID: f.Get("client_id"), Secret: f.Get("secret"), RoleClaim: f.Get("role_claim"), Roles: f["roles"], JIT: f.Get("jit") == "1",
		Attrs: sso.Attributes{Subject: f.Get("subject_attribute"), Email: f.Get("email_attribute"), Name: f.Get("name_attribute")}, Sign: f.Get("sign") == "1", Metadata: f.Get("metadata"),
	}
	for i, value := range f["map_value"] {
		if value = strings.TrimSpace(value); value != "" && i < len(f["map_role"]) {
			in.RoleMap = append(in.RoleMap, sso.Mapping{Value: value, Role: f["map_role"][i]})
		}
	}
	f.Del("secret") // what was typed is shown again; this is not
	return in
}

func (s desk) formAgain(ctx context.Context, v *web.Visit, was sso.Connection, in sso.Input) ConnectionForm {
	was.Name, was.Issuer, was.ClientID, was.RoleClaim, was.RoleMap, was.Roles, was.JIT = in.Name, in.Issuer, in.ClientID, in.RoleClaim, in.RoleMap, in.Roles, in.JIT
	was.SAML.Attrs, was.SAML.Sign = in.Attrs, in.Sign
	f := s.connectionForm(ctx, v, was)
	f.Metadata = in.Metadata
	return f
}

func (s desk) makeConnection(ctx context.Context, v *web.Visit) (web.Answer, error) {
	in := typedConnection(v)
	text, err := uploaded(v, in.Metadata)
	if err != nil {
		return web.Answer{}, err
	}
	in.Metadata = text
	c, err := s.SSO.Make(ctx, in)
	if err == nil {
		return web.Redirect(ssoPath + "/" + c.ID.String()).Flash("sso.made"), nil
	}
	m, lost := s.connectionsView(ctx, v)
	if lost != nil {
		return web.Answer{}, lost
	}
	m.Form = s.formAgain(ctx, v, sso.Connection{Kind: in.Kind}, in)
	m.kinds()
	return web.Again("account/sso", m, err)
}

func (s desk) connection(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, _, err := s.connectionView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/sso-connection", m), nil
}

func (s desk) connectionView(ctx context.Context, v *web.Visit) (*ConnectionPage, sso.Connection, error) {
	which, err := connectionID(v)
	if err != nil {
		return nil, sso.Connection{}, err
	}
	c, err := s.SSO.Connection(ctx, which)
	if err != nil {
		return nil, c, err
	}
	guards, err := s.SSO.Guards(ctx)
	if err != nil {
		return nil, c, err
	}
	m := &ConnectionPage{
		Frame: s.ssoFrame(v, c.Name), ID: c.ID.String(), Name: c.Name, Kind: string(c.Kind), Party: party(v, c), State: string(c.State), Manage: s.Roles.Can(ctx, sso.ActionManage), Enforced: c.Enforced,
		TestedAt: c.TestedAt, Proofs: c.Proofs(), LapseAfter: sso.LapseAfter, Form: s.connectionForm(ctx, v, c),
	}
	for _, k := range slices.Sorted(maps.Keys(c.Seen)) {
		m.Claims = append(m.Claims, Claim{k, c.Seen[k]})
	}
	for _, d := range c.Domains {
		r := DomainRow{Domain: d}
		r.RecordName, r.RecordText = d.Record()
		m.Domains = append(m.Domains, r)
	}
	for _, g := range guards {
		m.Guards = append(m.Guards, GuardRow{ID: g.Person.String(), Name: g.Name, Email: g.Email, Factor: g.Factor, On: slices.Contains(c.Emergency, g.Person)})
	}
	return m, c, s.directory(ctx, v, m, c.Org.IsZero())
}

// connectionAgain shows the page with what is wrong.
func (s desk) connectionAgain(ctx context.Context, v *web.Visit, err error) (web.Answer, error) {
	m, _, lost := s.connectionView(ctx, v)
	if lost != nil {
		return web.Answer{}, lost
	}
	return web.Again("account/sso-connection", m, err)
}

func (s desk) changeConnection(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := connectionID(v)
	if err != nil {
		return web.Answer{}, err
	}
	in := typedConnection(v)
	_, err = s.SSO.Change(ctx, which, int64(console.Number(v.Form().Get("version"))), in)
	if err == nil {
		return web.Redirect(ssoPath + "/" + which.String()).Flash("sso.changed"), nil
	}
	m, c, lost := s.connectionView(ctx, v)
	if lost != nil {
		return web.Answer{}, lost
	}
	m.Form = s.formAgain(ctx, v, c, in)
	return web.Again("account/sso-connection", m, err)
}

// act does something to the connection of the path and says what was done.
func (s desk) act(flash string, do func(ctx context.Context, v *web.Visit, which id.SSOConnection) error) func(context.Context, *web.Visit) (web.Answer, error) {
	return func(ctx context.Context, v *web.Visit) (web.Answer, error) {
		which, err := connectionID(v)
		if err != nil {
			return web.Answer{}, err
		}
		if err := do(ctx, v, which); err != nil {
			if fault.KindOf(err) == fault.NotFound {
				return web.Answer{}, err
			}
			return s.connectionAgain(ctx, v, err)
		}
		to := ssoPath
		if flash != "sso.ended" {
			to += "/" + which.String()
		}
		return web.Redirect(to).Flash(flash), nil
	}
}

func (s desk) turnSSOOn(ctx context.Context, _ *web.Visit, which id.SSOConnection) error {
	_, err := s.SSO.TurnOn(ctx, which)
	return err
}

func (s desk) turnSSOOff(ctx context.Context, _ *web.Visit, which id.SSOConnection) error {
	_, err := s.SSO.TurnOff(ctx, which)
	return err
}

func (s desk) endSSO(ctx context.Context, _ *web.Visit, which id.SSOConnection) error {
	return s.SSO.End(ctx, which)
}

func (s desk) enforceSSO(ctx context.Context, v *web.Visit, which id.SSOConnection) error {
	var marked []id.Person
	for _, text := range v.Form()["emergency"] {
		var p id.Person
		if p.UnmarshalText([]byte(text)) != nil {
			return sso.ErrMarked
		}
		marked = append(marked, p)
	}
	_, err := s.SSO.Enforce(ctx, which, v.Form().Get("on") == "1", marked)
	return err
}

func (s desk) addDomain(ctx context.Context, v *web.Visit, which id.SSOConnection) error {
	_, err := s.SSO.AddDomain(ctx, which, v.Form().Get("domain"))
	return err
}

func domainID(v *web.Visit) (out id.SSODomain, err error) {
	if out.UnmarshalText([]byte(v.Path("domain"))) != nil || out.IsZero() {
		return out, sso.ErrNotFound
	}
	return out, nil
}

func (s desk) checkDomain(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := connectionID(v)
	if err != nil {
		return web.Answer{}, err
	}
	dom, err := domainID(v)
	if err != nil {
		return web.Answer{}, err
	}
	d, err := s.SSO.CheckDomain(ctx, which, dom)
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound:
		return web.Answer{}, err
	case err != nil:
		return s.connectionAgain(ctx, v, err)
	case d.Proved():
		return web.Redirect(ssoPath+"/"+which.String()).Flash("sso.domain_proved", "domain", d.Domain), nil
	}
	return web.Redirect(ssoPath+"/"+which.String()).Flash("sso.domain_not_yet", "domain", d.Domain), nil
}

func (s desk) removeDomain(ctx context.Context, v *web.Visit, which id.SSOConnection) error {
	dom, err := domainID(v)
	if err != nil {
		return err
	}
	return s.SSO.RemoveDomain(ctx, which, dom)
}
