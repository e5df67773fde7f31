package partieshttp

import (
	"context"
	"strconv"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
)

type unitView struct {
	ID     string `json:"id"`
	Code   string `json:"code"`
	Name   string `json:"name"`
	Kind   string `json:"kind" enum:"division,location,team"`
	Parent string `json:"parent_id,omitempty"`
}

func unit(u parties.Unit) unitView {
	return unitView{u.ID.String(), u.Code, u.Name, string(u.Kind), u.Parent.String()}
}

type settingView struct {
	Key     string  `json:"key" enum:"address,cost_centre,language,limit"`
	Value   string  `json:"value,omitempty" doc:"An identifier or a language; left out for a limit and where nothing is set"`
	Limit   *amount `json:"limit,omitempty"`
	Own     bool    `json:"own" doc:"Set here, and not further up"`
	Set     bool    `json:"set" doc:"Set anywhere"`
	From    string  `json:"from_unit_id,omitempty" doc:"The unit that set it"`
	Name    string  `json:"from_name,omitempty" doc:"What that unit is called"`
	Company bool    `json:"from_company,omitempty" doc:"Set by the company itself"`
}

type unitDetail struct {
	unitView
	Path     []unitView    `json:"path" doc:"From the company down, the unit left out"`
	Settings []settingView `json:"settings"`
}

func (h handlers) units(ctx context.Context, in *byID) (page.List[unitView], error) {
	return all(unit)(h.parties.Units(ctx, in.ID))
}

type unitInput struct {
	ID   id.Org `path:"id"`
	Body struct {
		Code   string  `json:"code" maxLength:"40"`
		Name   string  `json:"name" maxLength:"100"`
		Kind   string  `json:"kind,omitempty" enum:"division,location,team"`
		Parent id.Unit `json:"parent_id,omitempty"`
	}
}

func (h handlers) putUnit(ctx context.Context, in *unitInput) (unitView, error) {
	b := in.Body
	u, err := h.parties.PutUnit(ctx, parties.Unit{Org: in.ID, Code: b.Code, Name: b.Name, Kind: parties.UnitKind(b.Kind), Parent: b.Parent})
	return unit(u), err
}

type unitPath struct {
	ID   id.Org  `path:"id"`
	Unit id.Unit `path:"unit"`
}

func (h handlers) unit(ctx context.Context, in *unitPath) (unitDetail, error) {
	st, err := h.parties.Structure(ctx, in.ID)
	if err != nil {
		return unitDetail{}, err
	}
	return h.detail(ctx, st, in.Unit)
}

func (h handlers) detail(ctx context.Context, st parties.Structure, u id.Unit) (unitDetail, error) {
	x, ok := st.Unit(u)
	if !ok {
		return unitDetail{}, parties.ErrUnit
	}
	out := unitDetail{unitView: unit(x), Path: []unitView{}}
	for _, p := range st.Path(x.Parent) {
		out.Path = append(out.Path, unit(p))
	}
	var err error
	out.Settings, err = h.settings(ctx, st, u)
	return out, err
}

// settings are those that hold for a unit; none is the company.
func (h handlers) settings(ctx context.Context, st parties.Structure, u id.Unit) ([]settingView, error) {
	t, err := h.parties.Tenants.Current(ctx)
	if err != nil {
		return nil, err
	}
	out := []settingView{}
	for _, key := range parties.SettingKeys {
		out = append(out, setting(st, st.Effective(u, key), t.Settings.Currency))
	}
	return out, nil
}

func setting(st parties.Structure, e parties.Effective, cur money.Currency) settingView {
	v := settingView{Key: string(e.Key), Value: e.Value, Own: e.Own, Set: e.Set, From: e.From.String(), Company: e.Set && e.Company}
	if from, ok := st.Unit(e.From); ok {
		v.Name = from.Name
	}
	if n, err := strconv.ParseInt(e.Value, 10, 64); err == nil && e.Key == parties.SetLimit {
		limit := written(money.Of(n, cur))
		v.Value, v.Limit = "", &limit
	}
	return v
}

type moveView struct {
	Unit     unitView       `json:"unit"`
	From     []unitView     `json:"from"`
	To       []unitView     `json:"to"`
	Units    int            `json:"units" doc:"That come along, itself included"`
	Centres  []centreView   `json:"cost_centres"`
	People   []movedPerson  `json:"people"`
	Settings []movedSetting `json:"settings" doc:"That hold differently afterwards"`
}

type movedPerson struct {
	memberView
	After *amount `json:"limit_after,omitempty"`
}

type movedSetting struct {
	Unit   unitView    `json:"unit"`
	Before settingView `json:"before"`
	After  settingView `json:"after"`
}

type previewInput struct {
	ID     id.Org  `path:"id"`
	Unit   id.Unit `path:"unit"`
	Parent string  `query:"parent_id" doc:"Left out is the company itself"`
}

func (h handlers) previewMove(ctx context.Context, in *previewInput) (moveView, error) {
	var parent id.Unit
	if in.Parent != "" && parent.UnmarshalText([]byte(in.Parent)) != nil {
		return moveView{}, parties.ErrUnit
	}
	e, err := h.parties.PreviewMove(ctx, parties.MoveInput{Org: in.ID, Unit: in.Unit, Parent: parent})
	if err != nil {
		return moveView{}, err
	}
	t, err := h.parties.Tenants.Current(ctx)
	return moved(e, t.Settings.Currency), err
}

func moved(e parties.MoveEffect, cur money.Currency) moveView {
	v := moveView{
		Unit: unit(e.Unit), From: views(unit, e.From), To: views(unit, e.To), Units: e.Units, Centres: views(centre, e.Centres),
		People: []movedPerson{}, Settings: []movedSetting{},
	}
	for _, p := range e.People {
		x := movedPerson{memberView: member(p.Member)}
		if p.LimitAfter != nil {
			limit := written(money.Of(*p.LimitAfter, cur))
			x.After = &limit
		}
		v.People = append(v.People, x)
	}
	for _, s := range e.Settings {
		v.Settings = append(v.Settings, movedSetting{unit(s.Unit), setting(e.After, s.Before, cur), setting(e.After, s.After, cur)})
	}
	return v
}

func views[T, V any](view func(T) V, ts []T) []V {
	out := make([]V, len(ts))
	for i, t := range ts {
		out[i] = view(t)
	}
	return out
}

type moveInput struct {
	ID   id.Org  `path:"id"`
	Unit id.Unit `path:"unit"`
	Body struct {
		Parent id.Unit `json:"parent_id,omitempty" doc:"Left out is the company itself"`
	}
}

func (h handlers) moveUnit(ctx context.Context, in *moveInput) (unitDetail, error) {
	st, err := h.parties.Move(ctx, parties.MoveInput{Org: in.ID, Unit: in.Unit, Parent: in.Body.Parent})
	if err != nil {
		return unitDetail{}, err
	}
	return h.detail(ctx, st, in.Unit)
}

type settingBody struct {
	Value string  `json:"value,omitempty" maxLength:"100" doc:"An identifier of the company's own, or a language of the marketplace"`
	Limit *amount `json:"limit,omitempty" doc:"For the key limit"`
}

type settingInput struct {
	ID   id.Org  `path:"id"`
	Unit id.Unit `path:"unit"`
	Key  string  `path:"key" enum:"address,cost_centre,language,limit"`
	Body settingBody
}

type settingPath struct {
	ID   id.Org  `path:"id"`
	Unit id.Unit `path:"unit"`
	Key  string  `path:"key" enum:"address,cost_centre,language,limit"`
}

func (h handlers) putSetting(ctx context.Context, in *settingInput) (unitDetail, error) {
	return h.set(ctx, in.ID, in.Unit, in.Key, in.Body)
}

func (h handlers) resetSetting(ctx context.Context, in *settingPath) (unitDetail, error) {
	return h.set(ctx, in.ID, in.Unit, in.Key, settingBody{})
}

func (h handlers) set(ctx context.Context, org id.Org, u id.Unit, key string, b settingBody) (unitDetail, error) {
	if u.IsZero() {
		return unitDetail{}, parties.ErrUnit
	}
	st, err := h.store(ctx, org, u, key, b)
	if err != nil {
		return unitDetail{}, err
	}
	return h.detail(ctx, st, u)
}

func (h handlers) store(ctx context.Context, org id.Org, u id.Unit, key string, b settingBody) (parties.Structure, error) {
	limit, err := most(b.Limit)
	if err != nil {
		return parties.Structure{}, err
	}
	return h.parties.PutSetting(ctx, parties.SettingInput{Org: org, Unit: u, Key: parties.SettingKey(key), Value: b.Value, Limit: limit})
}

type companySettingInput struct {
	ID   id.Org `path:"id"`
	Key  string `path:"key" enum:"address,cost_centre,language,limit"`
	Body settingBody
}

type companySettingPath struct {
	ID  id.Org `path:"id"`
	Key string `path:"key" enum:"address,cost_centre,language,limit"`
}

func (h handlers) companySettings(ctx context.Context, in *byID) (page.List[settingView], error) {
	st, err := h.parties.Structure(ctx, in.ID)
	if err != nil {
		return page.List[settingView]{}, err
	}
	items, err := h.settings(ctx, st, id.Unit{})
	return page.List[settingView]{Items: items}, err
}

func (h handlers) putCompanySetting(ctx context.Context, in *companySettingInput) (page.List[settingView], error) {
	st, err := h.store(ctx, in.ID, id.Unit{}, in.Key, in.Body)
	if err != nil {
		return page.List[settingView]{}, err
	}
	items, err := h.settings(ctx, st, id.Unit{})
	return page.List[settingView]{Items: items}, err
}

func (h handlers) resetCompanySetting(ctx context.Context, in *companySettingPath) (page.List[settingView], error) {
	return h.putCompanySetting(ctx, &companySettingInput{ID: in.ID, Key: in.Key})
}
