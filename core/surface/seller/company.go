package seller

import (
	"context"
	"errors"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// companyPage is the seller's own company.
type companyPage struct {
	frame.Frame
	Org      parties.Org
	Licences []parties.Licence
	Members  []parties.Member
	Locales  []string
	Today    int64
	Fresh    bool // may change the bank account without proving himself once more
}

func (p pages) company(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.companyPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("seller/company", page), nil
}

func (p pages) companyPage(ctx context.Context, v *web.Visit) (*companyPage, error) {
	page := &companyPage{Frame: p.screen(ctx, "company", "nav.company"), Locales: v.Site().Locales, Fresh: v.Caller().Fresh(p.Now())}
	org := v.Caller().Org
	var err error
	if page.Org, err = p.Parties.Own(ctx, org); err != nil {
		return nil, err
	}
	if page.Licences, err = p.Parties.Licences(ctx, org); err != nil {
		return nil, err
	}
	page.Members, err = p.Parties.Members(ctx, org)
	return page, err
}

func (p pages) saveCompany(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	in := parties.UpdateInput{
		Org: v.Caller().Org, NameLocal: f.Get("name_local"), City: f.Get("city"), Address: f.Get("address"), IBAN: f.Get("iban"),
		About: map[string]string{}, Version: int64(console.Number(f.Get("version"))),
	}
	for _, l := range v.Site().Locales {
		if text := strings.TrimSpace(f.Get("about." + l)); text != "" {
			in.About[l] = text
		}
	}
	_, err := p.Parties.Update(ctx, in)
	return p.onCompany(ctx, v, "seller.company_saved", err)
}

func (p pages) addLicence(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	l := parties.Licence{Org: v.Caller().Org, Kind: f.Get("kind"), Number: f.Get("number"), Scope: strings.FieldsFunc(f.Get("scope"), func(r rune) bool { return strings.ContainsRune(" ,;，、", r) })}
	var bad []fault.Field
	l.ValidFrom, bad = day(f.Get("valid_from"), "valid_from", bad)
	l.ValidTo, bad = day(f.Get("valid_to"), "valid_to", bad)
	var err error
	if len(bad) > 0 {
		err = parties.ErrInvalid.At(bad...)
	} else {
		_, err = p.Parties.SubmitLicence(ctx, l)
	}
	return p.onCompany(ctx, v, "seller.licence_submitted", err)
}

func (p pages) onCompany(ctx context.Context, v *web.Visit, flash string, err error) (web.Answer, error) {
	if err == nil {
		return web.Redirect("/seller/company").Flash(flash), nil
	}
	if errors.Is(err, caller.ErrStepUp) {
		return web.Answer{}, err // sends him to prove it
	}
	page, lost := p.companyPage(ctx, v)
	if lost != nil {
		return web.Answer{}, err
	}
	return web.Again("seller/company", page, err)
}
