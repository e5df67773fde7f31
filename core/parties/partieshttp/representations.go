package partieshttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
)

type representationView struct {
	ID          string     `json:"id"`
	Person      string     `json:"person_id"`
	Name        string     `json:"name"`
	Email       string     `json:"email"`
	Account     string     `json:"account_id" doc:"The company that is represented"`
	AccountName string     `json:"account_name"`
	Employer    string     `json:"employer_id,omitempty" doc:"Whose person it is; left out for the marketplace's own"`
	Firm        string     `json:"employer_name,omitempty"`
	Note        string     `json:"note,omitempty"`
	State       string     `json:"state" enum:"asked,agreed,expired,ended"`
	Scope       []string   `json:"scope"`
	AskedAt     time.Time  `json:"asked_at"`
	AgreedAt    *time.Time `json:"agreed_at,omitempty"`
	Until       *time.Time `json:"until,omitempty"`
	EndedAt     *time.Time `json:"ended_at,omitempty"`
}

func (h handlers) representation(r parties.Representation) representationView {
	at := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	return representationView{
		ID: r.ID.String(), Person: r.Person.String(), Name: r.Name, Email: r.Email, Account: r.Account.String(), AccountName: r.AccountName,
		Employer: r.Employer.String(), Firm: r.Firm, Note: r.Note, State: string(r.State(h.parties.Now())), Scope: append([]string{}, r.Scope...),
		AskedAt: r.AskedAt, AgreedAt: at(r.ConsentedAt), Until: at(r.Until), EndedAt: at(r.EndedAt),
	}
}

func (h handlers) representations(ctx context.Context, _ *struct{}) (page.List[representationView], error) {
	return all(h.representation)(h.parties.Representations(ctx))
}

type representInput struct {
	Body struct {
		Person  id.Person `json:"person_id" doc:"One of your own people"`
		Account id.Org    `json:"account_id"`
		Note    string    `json:"note,omitempty" maxLength:"300" doc:"The company reads it"`
	}
}

func (h handlers) represent(ctx context.Context, in *representInput) (representationView, error) {
	r, err := h.parties.Represent(ctx, parties.RepresentInput{Person: in.Body.Person, Account: in.Body.Account, Note: in.Body.Note})
	return h.representation(r), err
}

type consentInput struct {
	ID   id.Representation `path:"id"`
	Body struct {
		Scope []string `json:"scope" maxItems:"3" doc:"Of agent_look, agent_quote, agent_order"`
		Until string   `json:"until" format:"date" doc:"The last day"`
		Limit *amount  `json:"limit,omitempty" doc:"The most one order may come to without approval; left out is always ask"`
	}
}

func (h handlers) consent(ctx context.Context, in *consentInput) (representationView, error) {
	until, err := time.Parse(time.DateOnly, in.Body.Until)
	if err != nil {
		return representationView{}, parties.ErrUntil.At(fault.Field{Path: "until", Reason: "malformed"})
	}
	limit, err := most(in.Body.Limit)
	if err != nil {
		return representationView{}, err
	}
	r, err := h.parties.Consent(ctx, parties.ConsentInput{Representation: in.ID, Scope: in.Body.Scope, Until: until.AddDate(0, 0, 1), Limit: limit})
	return h.representation(r), err
}

type representationPath struct {
	ID id.Representation `path:"id"`
}

func (h handlers) endRepresentation(ctx context.Context, in *representationPath) (representationView, error) {
	r, err := h.parties.EndRepresentation(ctx, in.ID)
	return h.representation(r), err
}
