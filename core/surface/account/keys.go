package account

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/access"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

const keysPath = "/account/keys"

// Keys are the programs that call the API for a company or for the marketplace itself.
type Keys struct {
	frame.Frame
	Accounts []ServiceAccount
	Manage   bool
	Name     string // what was typed
	Purpose  string
	Roles    []console.Permit
}

// ServiceAccount is one program. Fresh is a key that was just made: its secret is shown
// this once.
type ServiceAccount struct {
	frame.Frame
	ID, Name, Purpose string
	Roles             []string
	Made, Ended       time.Time
	Keys              []Key
	Living            int
	Used              time.Time
	Manage            bool

	Fresh    *access.MadeKey
	Areas    []console.Area
	Networks string // what was typed
	Days     string
	Lasts    []theme.Choice
	Overlaps []theme.Choice
}

// Key is one secret of a program.
type Key struct {
	access.Key
	State  string
	Scopes []string
	Soon   bool // ends within a week
}

// keysFrame is the console whose keys they are.
func (s desk) keysFrame(v *web.Visit, name string) frame.Frame {
	f := frame.Frame{TitleKey: "keys.title", NoIndex: true, Crumbs: []frame.Crumb{{Key: "account.title", URL: "/account"}, {Key: "keys.title", URL: keysPath}}}
	f = housed(v.Caller(), f, "keys")
	if name != "" {
		f.TitleKey, f.Title, f.Crumbs = "", name, append(f.Crumbs, frame.Crumb{Text: name})
	}
	return f
}

// housed stands a page that operators, the platform's managers and companies share in the
// console of whoever reads it.
func housed(c caller.Caller, f frame.Frame, active string) frame.Frame {
	switch {
	case c.Has(caller.RoleOperator):
		f.Console, f.Active, f.Crumbs[0] = "operator", active, frame.Crumb{Key: "console.operator", URL: "/operator"}
	case c.Has(caller.RolePlatform):
		f.Console, f.Active, f.Crumbs[0] = "platform", active, frame.Crumb{Key: "console.platform", URL: "/platform"}
	default:
		company, _ := frameOf(c)
		f.Console, f.Active = company.Console, company.Active
	}
	return f
}

func (s desk) keys(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := s.keysView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/keys", m), nil
}

func (s desk) keysView(ctx context.Context, v *web.Visit) (*Keys, error) {
	all, err := s.Access.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	w := s.printer(v)
	m := &Keys{Frame: s.keysFrame(v, ""), Manage: s.Roles.Can(ctx, access.ActionManage)}
	for _, a := range all {
		m.Accounts = append(m.Accounts, s.program(w, a))
	}
	for _, r := range v.Caller().Roles {
		m.Roles = append(m.Roles, console.Permit{Value: r, Label: roleWord(w, r)})
	}
	return m, nil
}

func (s desk) program(w *theme.Printer, a access.Account) ServiceAccount {
	now := s.Access.Now()
	out := ServiceAccount{ID: a.ID.String(), Name: a.Name, Purpose: a.Purpose, Made: a.CreatedAt, Ended: a.EndedAt}
	for _, r := range a.Roles {
		out.Roles = append(out.Roles, roleWord(w, r))
	}
	for _, k := range a.Keys {
		row := Key{Key: k, State: k.State(now)}
		row.Soon = row.State == access.Active && k.ExpiresAt.Sub(now) < 7*24*time.Hour
		for _, x := range k.Scopes {
			row.Scopes = append(row.Scopes, console.Permission(w, x))
		}
		if row.State == access.Active {
			out.Living++
		}
		if k.UsedAt.After(out.Used) {
			out.Used = k.UsedAt
		}
		out.Keys = append(out.Keys, row)
	}
	return out
}

func (s desk) makeAccount(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	a, err := s.Access.MakeAccount(ctx, access.NewAccount{Name: f.Get("name"), Purpose: strings.TrimSpace(f.Get("purpose")), Roles: f["roles"]})
	if err == nil {
		return web.Redirect(keysPath + "/" + a.ID.String()).Flash("keys.account_made"), nil
	}
	m, lost := s.keysView(ctx, v)
	if lost != nil {
		return web.Answer{}, lost
	}
	m.Name, m.Purpose = f.Get("name"), f.Get("purpose")
	for i := range m.Roles {
		m.Roles[i].On = slices.Contains(f["roles"], m.Roles[i].Value)
	}
	return web.Again("account/keys", m, err)
}

func serviceID(v *web.Visit) (out id.ServiceAccount, err error) {
	if out.UnmarshalText([]byte(v.Path("id"))) != nil || out.IsZero() {
		return out, access.ErrNotFound
	}
	return out, nil
}

func keyID(v *web.Visit) (out id.APIKey, err error) {
	if out.UnmarshalText([]byte(v.Path("key"))) != nil || out.IsZero() {
		return out, access.ErrNotFound
	}
	return out, nil
}

func (s desk) serviceAccount(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := s.serviceView(ctx, v, nil)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/key", m), nil
}

func (s desk) serviceView(ctx context.Context, v *web.Visit, on []string) (*ServiceAccount, error) {
	which, err := serviceID(v)
	if err != nil {
		return nil, err
	}
	a, err := s.Access.Account(ctx, which)
	if err != nil {
		return nil, err
	}
	scopes, err := s.Access.Scopes(ctx, a)
	if err != nil {
		return nil, err
	}
	w := s.printer(v)
	m := s.program(w, a)
	m.Frame, m.Manage, m.Days = s.keysFrame(v, a.Name), s.Roles.Can(ctx, access.ActionManage) && a.EndedAt.IsZero(), "90"
	as := make([]policy.Action, len(scopes))
	for i, x := range scopes {
		as[i] = policy.Action(x)
	}
	m.Areas = console.Areas(w, as, on)
	for _, d := range []int{30, 90, 180, 365, 730} {
		m.Lasts = append(m.Lasts, theme.Choice{Value: strconv.Itoa(d), Label: w.N("keys.days", d)})
	}
	for _, h := range []int{0, 1, 24, 72, 168} {
		m.Overlaps = append(m.Overlaps, theme.Choice{Value: strconv.Itoa(h), Label: w.N("keys.hours", h)})
	}
	return &m, nil
}

func (s desk) makeKey(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := serviceID(v)
	if err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	made, err := s.Access.MakeKey(ctx, access.NewKey{Account: which, Scopes: f["scopes"], Networks: strings.FieldsFunc(f.Get("networks"), between), Days: int(console.Number(f.Get("days")))})
	return s.withKey(ctx, v, made, err)
}

func between(r rune) bool { return strings.ContainsRune(" ,;\r\n\t，；", r) }

// withKey is the program's page with the key that was just made, or with why there is none.
func (s desk) withKey(ctx context.Context, v *web.Visit, made access.MadeKey, err error) (web.Answer, error) {
	f := v.Form()
	m, lost := s.serviceView(ctx, v, f["scopes"])
	if lost != nil {
		return web.Answer{}, lost
	}
	if err != nil {
		m.Networks, m.Days = f.Get("networks"), f.Get("days")
		return web.Again("account/key", m, err)
	}
	m, err = s.serviceView(ctx, v, nil)
	if err != nil {
		return web.Answer{}, err
	}
	m.Fresh = &made
	return web.Render("account/key", m), nil
}

func (s desk) rotateKey(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := serviceID(v)
	if err != nil {
		return web.Answer{}, err
	}
	key, err := keyID(v)
	if err != nil {
		return web.Answer{}, err
	}
	hours := time.Duration(console.Number(v.Form().Get("overlap"))) * time.Hour
	made, err := s.Access.Rotate(ctx, access.Rotation{Account: which, Key: key, Overlap: hours})
	return s.withKey(ctx, v, made, err)
}

func (s desk) revokeKey(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := serviceID(v)
	if err != nil {
		return web.Answer{}, err
	}
	key, err := keyID(v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := s.Access.Revoke(ctx, which, key); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect(keysPath + "/" + which.String()).Flash("keys.revoked"), nil
}

func (s desk) endAccount(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := serviceID(v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := s.Access.End(ctx, which); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect(keysPath).Flash("keys.account_ended"), nil
}
