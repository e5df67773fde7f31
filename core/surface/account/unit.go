package account

import (
	"context"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Unit is one unit of a company: what holds for it, who stands in it, where it can go.
type Unit struct {
	frame.Frame
	ID, Code, Name, Kind string
	Way                  string // from the company down
	Below                []theme.Node
	Settings             []SettingRow
	Action               string
	People               []UnitPerson
	Centres              []string
	Kinds                []theme.Choice
	Places               []theme.Choice
	Parent               string
	MayManage            bool
}

// UnitPerson is somebody who stands in a unit. Follows says that the unit's limit is his.
type UnitPerson struct {
	Name, Email string
	Limit       *money.Money
	Follows     bool
}

// Move is what a move would change, before it is made.
type Move struct {
	frame.Frame
	ID, To         string
	Name           string
	Before, After  string // the way to it
	Units          int
	People         []MovedPerson
	Centres        []string
	Settings       []MovedSetting
	Refused        string // why it cannot be made
	Nothing, Place bool   // nothing of note changes; a place was chosen
}

// MovedPerson is somebody who comes along, with the limit that he has and will have.
type MovedPerson struct {
	Name, Unit    string
	Before, After *money.Money
	Changes       bool
}

// MovedSetting is a setting that holds differently afterwards.
type MovedSetting struct{ Unit, Label, Before, BeforeFrom, After, AfterFrom string }

func pathUnit(v *web.Visit) (u id.Unit, err error) {
	if u.UnmarshalText([]byte(v.Path("unit"))) != nil || u.IsZero() {
		return u, parties.ErrUnit
	}
	return u, nil
}

func (s desk) unit(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := s.unitView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/unit", m), nil
}

func (s desk) unitView(ctx context.Context, v *web.Visit) (*Unit, error) {
	u, err := pathUnit(v)
	if err != nil {
		return nil, err
	}
	st, err := s.Parties.Structure(ctx, v.Caller().Org)
	if err != nil {
		return nil, err
	}
	x, ok := st.Unit(u)
	if !ok {
		return nil, parties.ErrUnit
	}
	p := s.printer(v)
	m := &Unit{
		Frame: s.room(v, ""), ID: u.String(), Code: x.Code, Name: x.Name, Kind: string(x.Kind), Parent: x.Parent.String(), Way: way(st.Path(x.Parent), p),
		Below: nodes(st, p, u, id.Unit{}), Settings: settingRows(st, p, v, u), Action: "/company/structure/" + u.String() + "/settings",
		Kinds: unitKinds(p), Places: places(st, p, u), MayManage: s.Roles.Can(ctx, parties.ActionUnitManage),
	}
	m.Title = x.Name
	for _, a := range st.Members {
		if a.Unit == u {
			m.People = append(m.People, UnitPerson{a.Name, a.Email, limitOf(a.LimitMinor, v), a.LimitInherits})
		}
	}
	for _, c := range st.Centres {
		if c.Unit == u {
			m.Centres = append(m.Centres, c.Code+" · "+c.Name)
		}
	}
	return m, nil
}

func limitOf(n *int64, v *web.Visit) *money.Money {
	if n == nil {
		return nil
	}
	m := money.Of(*n, money.Currency(v.Site().Currency))
	return &m
}

func way(us []parties.Unit, p *theme.Printer) string {
	names := []string{p.T("structure.top")}
	for _, u := range us {
		names = append(names, u.Name)
	}
	return strings.Join(names, " › ")
}

func (s desk) renameUnit(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := s.unitView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	in := parties.Unit{Org: v.Caller().Org, Code: m.Code, Name: f.Get("name"), Kind: parties.UnitKind(f.Get("kind"))}
	_ = in.Parent.UnmarshalText([]byte(m.Parent)) // as it is stored; none is the company
	if _, err := s.Parties.PutUnit(ctx, in); err != nil {
		m.Name, m.Kind = f.Get("name"), f.Get("kind")
		return web.Again("account/unit", m, err)
	}
	return web.Redirect("/company/structure/"+m.ID).Flash("structure.saved", "name", in.Name), nil
}

// setSetting overrides a setting for a unit, or for the company, or lets it go.
func (s desk) setSetting(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f, back := v.Form(), "/company/structure"
	in := parties.SettingInput{Org: v.Caller().Org, Key: parties.SettingKey(f.Get("key")), Value: f.Get("value")}
	if v.Path("unit") != "" {
		u, err := pathUnit(v)
		if err != nil {
			return web.Answer{}, err
		}
		in.Unit, back = u, back+"/"+u.String()
	}
	var err error
	if f.Get("reset") != "" {
		in.Value = ""
	} else {
		err = s.typedSetting(&in, v)
	}
	if err == nil {
		_, err = s.Parties.PutSetting(ctx, in)
	}
	if err != nil {
		return s.settingAgain(ctx, v, err)
	}
	return web.Redirect(back + "#settings").Flash("setting.saved"), nil
}

// settingAgain shows the page from which a setting was refused.
func (s desk) settingAgain(ctx context.Context, v *web.Visit, err error) (web.Answer, error) {
	if v.Path("unit") == "" {
		m, _, lost := s.structureView(ctx, v)
		if lost != nil {
			return web.Answer{}, lost
		}
		return web.Again("account/structure", m, err)
	}
	m, lost := s.unitView(ctx, v)
	if lost != nil {
		return web.Answer{}, lost
	}
	return web.Again("account/unit", m, err)
}

// typedSetting reads what the form holds; an empty field is no way to reset.
func (s desk) typedSetting(in *parties.SettingInput, v *web.Visit) error {
	text := strings.TrimSpace(in.Value)
	if text == "" {
		return parties.ErrSetting.At(fault.Field{Path: "value", Reason: "required"})
	}
	if in.Key != parties.SetLimit {
		return nil
	}
	m, err := money.Parse(strings.ReplaceAll(text, ",", ""), money.Currency(v.Site().Currency))
	if err != nil {
		return parties.ErrSetting.At(fault.Field{Path: "value", Reason: "malformed"}).Because(err)
	}
	in.Limit = &m
	return nil
}

// moveOf reads which unit goes where.
func (s desk) moveOf(v *web.Visit, to string) (parties.MoveInput, error) {
	u, err := pathUnit(v)
	if err != nil {
		return parties.MoveInput{}, err
	}
	in := parties.MoveInput{Org: v.Caller().Org, Unit: u}
	if to != "" && in.Parent.UnmarshalText([]byte(to)) != nil {
		return in, parties.ErrUnit
	}
	return in, nil
}

// previewMove shows what would change, and why not if it cannot be.
func (s desk) previewMove(ctx context.Context, v *web.Visit) (web.Answer, error) {
	in, err := s.moveOf(v, v.Query("to"))
	if err != nil {
		return web.Answer{}, err
	}
	p := s.printer(v)
	e, err := s.Parties.PreviewMove(ctx, in)
	if fault.KindOf(err) == fault.Conflict && err != nil {
		m := &Move{Frame: s.room(v, "structure.move"), ID: in.Unit.String(), Refused: p.Fault(fault.From(err)) + " " + p.Next(fault.From(err))}
		return web.Render("account/move", m), nil
	}
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/move", s.moveView(v, p, in, e)), nil
}

func (s desk) moveView(v *web.Visit, p *theme.Printer, in parties.MoveInput, e parties.MoveEffect) *Move {
	m := &Move{
		Frame: s.room(v, "structure.move"), ID: in.Unit.String(), To: in.Parent.String(), Name: e.Unit.Name, Before: way(e.From, p), After: way(e.To, p), Units: e.Units, Place: e.Unit.Parent != in.Parent,
	}
	for _, x := range e.People {
		unit, _ := e.After.Unit(x.Unit)
		row := MovedPerson{x.Name, unit.Name, limitOf(x.LimitMinor, v), limitOf(x.LimitAfter, v), false}
		row.Changes = (row.Before == nil) != (row.After == nil) || row.Before != nil && *row.Before != *row.After
		m.People = append(m.People, row)
	}
	for _, c := range e.Centres {
		m.Centres = append(m.Centres, c.Code+" · "+c.Name)
	}
	for _, x := range e.Settings {
		o := options(e.After, v, x.After.Key)
		m.Settings = append(m.Settings, MovedSetting{
			x.Unit.Name, p.T("setting." + string(x.After.Key)), meaning(o, p, v, x.Before), source(e.After, p, x.Before), meaning(o, p, v, x.After), source(e.After, p, x.After),
		})
	}
	m.Nothing = len(m.People)+len(m.Centres)+len(m.Settings) == 0
	return m
}

func (s desk) moveUnit(ctx context.Context, v *web.Visit) (web.Answer, error) {
	in, err := s.moveOf(v, v.Form().Get("to"))
	if err != nil {
		return web.Answer{}, err
	}
	if _, err := s.Parties.Move(ctx, in); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/company/structure/" + in.Unit.String()).Flash("structure.moved"), nil
}
