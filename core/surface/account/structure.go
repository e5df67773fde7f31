package account

import (
	"context"
	"strings"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Structure is a company's tree and what it sets for all of its units.
type Structure struct {
	frame.Frame
	Company   string
	Back      string
	Nodes     []theme.Node
	Settings  []SettingRow
	Action    string // where a setting's form goes
	Kinds     []theme.Choice
	Places    []theme.Choice // where a unit can stand
	Form      UnitForm
	MayManage bool
	Most      int
}

// UnitForm is what was typed of a unit.
type UnitForm struct{ Code, Name, Kind, Parent string }

// SettingRow is one setting as it holds, where it comes from, and how to change it.
type SettingRow struct {
	Key, Label, Hint string
	Text             string // as it holds, in words; "" where nothing is set
	Source           string // "from Division North", "set here"
	Own, Set         bool
	Value            string // as the form has it
	Options          []theme.Choice
	Money            bool
}

// room frames a page about the company's tree.
func (s desk) room(v *web.Visit, title string) frame.Frame {
	f, back := frameOf(v.Caller())
	f.TitleKey = title
	f.Crumbs = []frame.Crumb{f.Crumbs[0], {Key: "invite.members", URL: back}, {Key: "structure.title", URL: "/company/structure"}}
	return f
}

func (s desk) structure(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, _, err := s.structureView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/structure", m), nil
}

func (s desk) structureView(ctx context.Context, v *web.Visit) (*Structure, parties.Structure, error) {
	org := v.Caller().Org
	st, err := s.Parties.Structure(ctx, org)
	if err != nil {
		return nil, st, err
	}
	p := s.printer(v)
	m := &Structure{Frame: s.room(v, "structure.title"), Action: "/company/settings", MayManage: s.Roles.Can(ctx, parties.ActionUnitManage), Most: parties.MaxDepth, Form: UnitForm{Kind: string(parties.Division)}}
	m.Crumbs[2].URL = ""
	_, m.Back = frameOf(v.Caller())
	m.Nodes = nodes(st, p, id.Unit{}, id.Unit{})
	m.Settings = settingRows(st, p, v, id.Unit{})
	m.Kinds, m.Places = unitKinds(p), places(st, p, id.Unit{})
	return m, st, nil
}

func unitKinds(p *theme.Printer) []theme.Choice {
	var out []theme.Choice
	for _, k := range parties.UnitKinds {
		out = append(out, theme.Choice{Value: string(k), Label: p.T("unit." + string(k))})
	}
	return out
}

// nodes draws what stands below a unit. People who stand in it are counted beside it.
func nodes(st parties.Structure, p *theme.Printer, below, current id.Unit) []theme.Node {
	var out []theme.Node
	for _, u := range st.Children(below) {
		x, _ := st.Unit(u)
		n := theme.Node{Text: x.Name + " · " + p.T("unit."+string(x.Kind)), URL: "/company/structure/" + u.String(), Open: true, Current: u == current, Children: nodes(st, p, u, current)}
		for _, m := range st.Members {
			if m.Unit == u {
				n.Count++
			}
		}
		out = append(out, n)
	}
	return out
}

// places are where a unit can be put: the company, and every unit that does not stand below
// it, each with the way to it.
func places(st parties.Structure, p *theme.Printer, moving id.Unit) []theme.Choice {
	out := []theme.Choice{{Value: "", Label: p.T("structure.top")}}
	var walk func(below id.Unit, level int)
	walk = func(below id.Unit, level int) {
		for _, u := range st.Children(below) {
			if u == moving {
				continue
			}
			x, _ := st.Unit(u)
			out = append(out, theme.Choice{Value: u.String(), Label: strings.Repeat("\u2003", level) + x.Name + " (" + x.Code + ")"})
			walk(u, level+1)
		}
	}
	walk(id.Unit{}, 1)
	return out
}

// settingRows tell what holds for a unit; none is the company.
func settingRows(st parties.Structure, p *theme.Printer, v *web.Visit, u id.Unit) []SettingRow {
	var out []SettingRow
	for _, key := range parties.SettingKeys {
		e := st.Effective(u, key)
		row := SettingRow{Key: string(key), Label: p.T("setting." + string(key)), Hint: p.T("setting." + string(key) + ".hint"), Own: e.Own, Set: e.Set, Money: key == parties.SetLimit, Options: options(st, v, key)}
		row.Text = meaning(row.Options, p, v, e)
		row.Source = source(st, p, e)
		if e.Own {
			row.Value = e.Value
			if row.Money {
				row.Value = minor(e.Value, v).Decimal()
			}
		}
		out = append(out, row)
	}
	return out
}

func minor(s string, v *web.Visit) money.Money {
	var n int64
	for _, r := range s {
		n = n*10 + int64(r-'0')
	}
	return money.Of(n, money.Currency(v.Site().Currency))
}

// source says where a setting that holds was made.
func source(st parties.Structure, p *theme.Printer, e parties.Effective) string {
	from, _ := st.Unit(e.From)
	switch {
	case !e.Set:
		return p.T("setting.nowhere")
	case e.Own:
		return p.T("setting.own")
	case e.Company:
		return p.T("setting.from_company")
	}
	return p.T("setting.from", "unit", from.Name)
}

func options(st parties.Structure, v *web.Visit, key parties.SettingKey) []theme.Choice {
	var out []theme.Choice
	switch key {
	case parties.SetAddress:
		for _, a := range st.Addresses {
			out = append(out, theme.Choice{Value: a.ID.String(), Label: a.Label})
		}
	case parties.SetCentre:
		for _, c := range st.Centres {
			out = append(out, theme.Choice{Value: c.ID.String(), Label: c.Code + " · " + c.Name})
		}
	case parties.SetLanguage:
		out = languages(v)
	}
	return out
}

func languages(v *web.Visit) []theme.Choice {
	var out []theme.Choice
	for _, l := range v.Site().Locales {
		out = append(out, theme.Choice{Value: l, Label: map[string]string{"en": "English", "zh-CN": "中文"}[l]})
	}
	return out
}

// meaning is a setting's value in words.
func meaning(options []theme.Choice, p *theme.Printer, v *web.Visit, e parties.Effective) string {
	if !e.Set {
		return ""
	}
	if e.Key == parties.SetLimit {
		return p.Money(minor(e.Value, v))
	}
	for _, o := range options {
		if o.Value == e.Value {
			return o.Label
		}
	}
	return ""
}

func (s desk) addUnit(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	form := UnitForm{strings.TrimSpace(f.Get("code")), f.Get("name"), f.Get("kind"), f.Get("parent")}
	m, st, err := s.structureView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	m.Form = form
	in := parties.Unit{Org: v.Caller().Org, Code: form.Code, Name: form.Name, Kind: parties.UnitKind(form.Kind)}
	if form.Parent != "" && in.Parent.UnmarshalText([]byte(form.Parent)) != nil {
		return web.Again("account/structure", m, parties.ErrUnit)
	}
	for _, u := range st.Units() {
		if u.Code == form.Code { // it would be changed, not added
			return web.Again("account/structure", m, parties.ErrUnitTaken)
		}
	}
	if _, err := s.Parties.PutUnit(ctx, in); err != nil {
		return web.Again("account/structure", m, err)
	}
	return web.Redirect("/company/structure").Flash("structure.added", "name", form.Name), nil
}
