package partieshttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
)

// all turns a slice into a list of views.
func all[T, V any](view func(T) V) func([]T, error) (page.List[V], error) {
	return func(ts []T, err error) (page.List[V], error) {
		out := page.List[V]{Items: make([]V, len(ts))}
		for i, t := range ts {
			out.Items[i] = view(t)
		}
		return out, err
	}
}

func (h handlers) centres(ctx context.Context, in *byID) (page.List[centreView], error) {
	return all(centre)(h.parties.CostCentres(ctx, in.ID))
}

type centreInput struct {
	ID   id.Org `path:"id"`
	Body struct {
		Code   string  `json:"code" maxLength:"40"`
		Name   string  `json:"name" maxLength:"100"`
		Unit   id.Unit `json:"unit_id,omitempty"`
		Budget amount  `json:"budget"`
		From   string  `json:"from" format:"date"`
		To     string  `json:"to" format:"date"`
	}
}

func (h handlers) putCentre(ctx context.Context, in *centreInput) (centreView, error) {
	from, to, err := days(in.Body.From, in.Body.To)
	if err != nil {
		return centreView{}, err
	}
	budget, err := in.Body.Budget.money()
	if err != nil {
		return centreView{}, err
	}
	c, err := h.parties.PutCostCentre(ctx, parties.CostCentre{
		Org: in.ID, Unit: in.Body.Unit, Code: in.Body.Code, Name: in.Body.Name,
		Budget: budget, From: from, To: to,
	})
	return centre(c), err
}

func days(from, to string) (time.Time, time.Time, error) {
	f, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return f, f, parties.ErrPeriod.At(fault.Field{Path: "from", Reason: "malformed"})
	}
	t, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return f, t, parties.ErrPeriod.At(fault.Field{Path: "to", Reason: "malformed"})
	}
	return f, t, nil
}

func (h handlers) addresses(ctx context.Context, in *byID) (page.List[addressView], error) {
	return all(address)(h.parties.Addresses(ctx, in.ID))
}

type addressInput struct {
	ID   id.Org `path:"id"`
	Body struct {
		Label    string `json:"label" maxLength:"200"`
		Country  string `json:"country" minLength:"2" maxLength:"2"`
		Region   string `json:"region,omitempty" maxLength:"200"`
		City     string `json:"city" maxLength:"200"`
		Street   string `json:"street" maxLength:"200"`
		Postcode string `json:"postcode,omitempty" maxLength:"20"`
		Contact  string `json:"contact,omitempty" maxLength:"200"`
		Phone    string `json:"phone,omitempty" maxLength:"40"`
	}
}

func (h handlers) putAddress(ctx context.Context, in *addressInput) (addressView, error) {
	b := in.Body
	a, err := h.parties.PutAddress(ctx, parties.Address{
		Org: in.ID, Label: b.Label, Country: b.Country, Region: b.Region, City: b.City,
		Street: b.Street, Postcode: b.Postcode, Contact: b.Contact, Phone: b.Phone,
	})
	return address(a), err
}

type addressPath struct {
	ID      id.Org     `path:"id"`
	Address id.Address `path:"address"`
}

func (h handlers) removeAddress(ctx context.Context, in *addressPath) (empty, error) {
	return empty{}, h.parties.RemoveAddress(ctx, in.ID, in.Address)
}

func (h handlers) licences(ctx context.Context, in *byID) (page.List[licenceView], error) {
	return all(licence)(h.parties.Licences(ctx, in.ID))
}

type licenceInput struct {
	ID   id.Org `path:"id"`
	Body struct {
		Kind     string   `json:"kind" maxLength:"100"`
		Number   string   `json:"number" maxLength:"100"`
		Scope    []string `json:"scope" maxItems:"20" doc:"Schedules that it covers, such as CII"`
		From     string   `json:"valid_from" format:"date"`
		To       string   `json:"valid_to" format:"date"`
		Document id.Blob  `json:"document_id,omitempty"`
	}
}

func (h handlers) submitLicence(ctx context.Context, in *licenceInput) (licenceView, error) {
	from, to, err := days(in.Body.From, in.Body.To)
	if err != nil {
		return licenceView{}, err
	}
	l, err := h.parties.SubmitLicence(ctx, parties.Licence{
		Org: in.ID, Kind: in.Body.Kind, Number: in.Body.Number, Scope: in.Body.Scope,
		ValidFrom: from, ValidTo: to, Document: in.Body.Document,
	})
	return licence(l), err
}

type verifyInput struct {
	ID   id.Licence `path:"id"`
	Body struct {
		Decision string `json:"decision" enum:"valid,revoked"`
	}
}

func (h handlers) verifyLicence(ctx context.Context, in *verifyInput) (licenceView, error) {
	l, err := h.parties.VerifyLicence(ctx, in.ID, parties.LicenceState(in.Body.Decision))
	return licence(l), err
}
