package partieshttp

import (
	"time"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/parties"
)

type companyView struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	NameLocal string            `json:"name_local,omitempty"`
	Country   string            `json:"country"`
	RegKind   string            `json:"reg_kind"`
	RegNo     string            `json:"reg_no"`
	City      string            `json:"city,omitempty"`
	Address   string            `json:"address,omitempty"`
	About     map[string]string `json:"about,omitempty"`
	Buys      bool              `json:"buys"`
	Sells     bool              `json:"sells"`
	State     string            `json:"state"`
	Note      string            `json:"decision_note,omitempty"`
	IBAN      string            `json:"iban,omitempty" doc:"Its first and last four characters; nobody is told the rest"`
	CreatedAt time.Time         `json:"created_at"`
	Version   int64             `json:"version"`
}

func company(o parties.Org) companyView {
	return companyView{
		ID: o.ID.String(), Name: o.Name, NameLocal: o.NameLocal, Country: o.Country, RegKind: o.RegKind, RegNo: o.RegNo, City: o.City,
		Address: o.Address, About: o.About, Buys: o.Buys, Sells: o.Sells, State: string(o.State), Note: o.DecisionNote, IBAN: o.Account.Shown, CreatedAt: o.CreatedAt, Version: o.Version,
	}
}

type memberView struct {
	Person   string   `json:"person_id"`
	Name     string   `json:"name"`
	Email    string   `json:"email"`
	Roles    []string `json:"roles"`
	Unit     string   `json:"unit_id,omitempty"`
	Limit    *amount  `json:"limit,omitempty"`
	Inherits bool     `json:"limit_inherits,omitempty" doc:"The limit is the unit's, and follows it"`
}

// amount is money as people write it.
type amount struct {
	Amount   string `json:"amount" maxLength:"24" doc:"A decimal, \"1250.00\""`
	Currency string `json:"currency" minLength:"3" maxLength:"3"`
}

func (a amount) money() (money.Money, error) {
	return money.Parse(a.Amount, money.Currency(a.Currency))
}

func written(m money.Money) amount { return amount{m.Decimal(), string(m.Currency)} }

func member(m parties.Member) memberView {
	v := memberView{Person: m.Person.String(), Name: m.Name, Email: m.Email, Roles: append([]string{}, m.Roles...), Unit: m.Unit.String(), Inherits: m.LimitInherits}
	if m.LimitMinor != nil {
		limit := written(money.Of(*m.LimitMinor, m.Currency))
		v.Limit = &limit
	}
	return v
}

type centreView struct {
	ID     string `json:"id"`
	Code   string `json:"code"`
	Name   string `json:"name"`
	Unit   string `json:"unit_id,omitempty"`
	Budget amount `json:"budget"`
	From   string `json:"from"`
	To     string `json:"to"`
}

func centre(c parties.CostCentre) centreView {
	return centreView{c.ID.String(), c.Code, c.Name, c.Unit.String(), written(c.Budget), c.From.Format(time.DateOnly), c.To.Format(time.DateOnly)}
}

type addressView struct {
	ID       string `json:"id"`
	Label    string `json:"label"`
	Country  string `json:"country"`
	Region   string `json:"region,omitempty"`
	City     string `json:"city"`
	Street   string `json:"street"`
	Postcode string `json:"postcode,omitempty"`
	Contact  string `json:"contact,omitempty"`
	Phone    string `json:"phone,omitempty"`
}

func address(a parties.Address) addressView {
	return addressView{a.ID.String(), a.Label, a.Country, a.Region, a.City, a.Street, a.Postcode, a.Contact, a.Phone}
}

type licenceView struct {
	ID        string   `json:"id"`
	Kind      string   `json:"kind"`
	Number    string   `json:"number"`
	Scope     []string `json:"scope"`
	ValidFrom string   `json:"valid_from"`
	ValidTo   string   `json:"valid_to"`
	State     string   `json:"state"`
	Document  string   `json:"document_id,omitempty"`
}

func licence(l parties.Licence) licenceView {
	return licenceView{l.ID.String(), l.Kind, l.Number, append([]string{}, l.Scope...), l.ValidFrom.Format(time.DateOnly), l.ValidTo.Format(time.DateOnly), string(l.State), l.Document.String()}
}
