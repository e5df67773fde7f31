package partieshttp

import (
	"context"
	"errors"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
)

type companyBody struct {
	Name      string            `json:"name" maxLength:"200"`
	NameLocal string            `json:"name_local,omitempty" maxLength:"200"`
	Country   string            `json:"country" minLength:"2" maxLength:"2" doc:"ISO 3166-1 alpha-2"`
	RegKind   string            `json:"reg_kind" maxLength:"40" doc:"uscc, vat, ein, duns, lei, other, or a register of the country such as ch.uid, gb.company, jp.cn"`
	RegNo     string            `json:"reg_no" maxLength:"40"`
	City      string            `json:"city,omitempty" maxLength:"200"`
	Address   string            `json:"address,omitempty" maxLength:"200"`
	About     map[string]string `json:"about,omitempty" doc:"A few lines by locale"`
	Buys      bool              `json:"buys"`
	Sells     bool              `json:"sells"`
	IBAN      string            `json:"iban,omitempty" maxLength:"42"`
	AlsoKind  string            `json:"also_kind,omitempty" maxLength:"40" doc:"Of a second number, such as de.handelsregisternummer"`
	AlsoNo    string            `json:"also_no,omitempty" maxLength:"80"`
	Facts     map[string]string `json:"facts,omitempty" doc:"legal_form, representative, region, postcode, papers: the operator reads them"`
}

func (b companyBody) input() parties.OrgInput { return parties.OrgInput(b) }

type personBody struct {
	Email    string `json:"email" maxLength:"254"`
	Name     string `json:"name" maxLength:"100"`
	Locale   string `json:"locale,omitempty" maxLength:"20"`
	Password string `json:"password" maxLength:"512"`
}

func (b personBody) input() *identity.SignUpInput {
	return &identity.SignUpInput{Email: b.Email, Name: b.Name, Locale: b.Locale, Password: b.Password}
}

type registerInput struct {
	Body struct {
		Company companyBody `json:"company"`
		Person  personBody  `json:"person"`
	}
}

type receipt struct {
	Status string `json:"status" enum:"received" doc:"Sign in to see what became of it"`
}

// register answers the same whether the address is new or has an account already: the
// form must not tell strangers who trades here.
func (h handlers) register(ctx context.Context, in *registerInput) (receipt, error) {
	_, err := h.parties.Register(ctx, parties.RegisterInput{Company: in.Body.Company.input(), Person: in.Body.Person.input()})
	if err != nil && !errors.Is(err, identity.ErrEmailTaken) {
		return receipt{}, err
	}
	return receipt{"received"}, nil
}

type foundInput struct{ Body companyBody }

func (h handlers) found(ctx context.Context, in *foundInput) (companyView, error) {
	r, err := h.parties.Register(ctx, parties.RegisterInput{Company: in.Body.input()})
	return company(r.Org), err
}

type listInput struct {
	State string `query:"state" enum:"submitted,approved,rejected,suspended"`
	Sells bool   `query:"sells"`
	Buys  bool   `query:"buys"`
	After string `query:"after" doc:"Cursor of the next page"`
	Limit int    `query:"limit" minimum:"0" maximum:"200"`
}

func (h handlers) list(ctx context.Context, in *listInput) (page.List[companyView], error) {
	l, err := h.parties.List(ctx, parties.Filter{State: parties.State(in.State), Sells: in.Sells, Buys: in.Buys}, page.Request{After: in.After, Limit: in.Limit})
	out := page.List[companyView]{Items: make([]companyView, len(l.Items)), Next: l.Next}
	for i, o := range l.Items {
		out.Items[i] = company(o)
	}
	return out, err
}

type byID struct {
	ID id.Org `path:"id"`
}

func (h handlers) get(ctx context.Context, in *byID) (companyView, error) {
	o, err := h.parties.Get(ctx, in.ID)
	return company(o), err
}

type updateInput struct {
	ID   id.Org `path:"id"`
	Body struct {
		NameLocal string            `json:"name_local" maxLength:"200"`
		City      string            `json:"city" maxLength:"200"`
		Address   string            `json:"address" maxLength:"200"`
		About     map[string]string `json:"about"`
		IBAN      string            `json:"iban" maxLength:"42" doc:"As it is shown to keep it, empty to remove it"`
		Version   int64             `json:"version"`
	}
}

func (h handlers) update(ctx context.Context, in *updateInput) (companyView, error) {
	b := in.Body
	o, err := h.parties.Update(ctx, parties.UpdateInput{Org: in.ID, NameLocal: b.NameLocal, City: b.City, Address: b.Address, About: b.About, IBAN: b.IBAN, Version: b.Version})
	return company(o), err
}

type decideInput struct {
	ID   id.Org `path:"id"`
	Body struct {
		Decision string `json:"decision" enum:"approved,rejected,suspended"`
		Note     string `json:"note,omitempty" maxLength:"1000" doc:"The company reads it"`
		Version  int64  `json:"version" doc:"The version that was looked at"`
	}
}

func (h handlers) decide(ctx context.Context, in *decideInput) (companyView, error) {
	o, err := h.parties.Decide(ctx, parties.DecideInput{Org: in.ID, To: parties.State(in.Body.Decision), Note: in.Body.Note, Version: in.Body.Version})
	return company(o), err
}
