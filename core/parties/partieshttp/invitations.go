package partieshttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
)

type invitationView struct {
	ID        string    `json:"id"`
	Email     string    `json:"email"`
	Roles     []string  `json:"roles"`
	Unit      string    `json:"unit_id,omitempty"`
	Limit     *amount   `json:"limit,omitempty"`
	State     string    `json:"state" enum:"open,accepted,expired,withdrawn"`
	SentAt    time.Time `json:"sent_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Person    string    `json:"person_id,omitempty" doc:"Who accepted it"`
	Link      string    `json:"link,omitempty" doc:"Shown this once, and only where no letter can carry it"`
	LinkWhy   string    `json:"link_why,omitempty" enum:"demo,no_mail" doc:"Why the link is shown"`
}

func (h handlers) invitation(i parties.Invitation) invitationView {
	v := invitationView{
		ID: i.ID.String(), Email: i.Email, Roles: append([]string{}, i.Roles...), Unit: i.Unit.String(), State: string(i.State(h.parties.Now())),
		SentAt: i.SentAt, ExpiresAt: i.ExpiresAt, Person: i.AcceptedBy.String(),
	}
	if i.LimitMinor != nil {
		limit := written(money.Of(*i.LimitMinor, i.Currency))
		v.Limit = &limit
	}
	return v
}

func (h handlers) invited(i parties.Invited, err error) (invitationView, error) {
	v := h.invitation(i.Invitation)
	v.Link, v.LinkWhy = i.Link, i.Show
	return v, err
}

func (h handlers) invitations(ctx context.Context, in *byID) (page.List[invitationView], error) {
	return all(h.invitation)(h.parties.Invitations(ctx, in.ID))
}

type inviteInput struct {
	ID   id.Org `path:"id"`
	Body struct {
		Email  string   `json:"email" maxLength:"254"`
		Roles  []string `json:"roles" maxItems:"20"`
		Unit   id.Unit  `json:"unit_id,omitempty"`
		Limit  *amount  `json:"limit,omitempty" doc:"The most one order may come to without approval; left out is no limit"`
		Locale string   `json:"locale,omitempty" maxLength:"20" doc:"The letter's language; yours if left out"`
	}
}

func (h handlers) invite(ctx context.Context, in *inviteInput) (invitationView, error) {
	limit, err := most(in.Body.Limit)
	if err != nil {
		return invitationView{}, err
	}
	return h.invited(h.parties.Invite(ctx, parties.InviteInput{
		Org: in.ID, Email: in.Body.Email, Roles: in.Body.Roles, Unit: in.Body.Unit, Limit: limit, Locale: in.Body.Locale,
	}))
}

type invitationPath struct {
	ID         id.Org        `path:"id"`
	Invitation id.Invitation `path:"invitation"`
}

func (h handlers) resend(ctx context.Context, in *invitationPath) (invitationView, error) {
	return h.invited(h.parties.Resend(ctx, in.ID, in.Invitation))
}

func (h handlers) withdrawInvitation(ctx context.Context, in *invitationPath) (empty, error) {
	return empty{}, h.parties.Withdraw(ctx, in.ID, in.Invitation)
}

type acceptInput struct {
	Body struct {
		Token    string `json:"token" maxLength:"64" doc:"From the letter's link"`
		Name     string `json:"name,omitempty" maxLength:"100" doc:"For an address without an account"`
		Password string `json:"password,omitempty" maxLength:"512" doc:"For an address without an account, at least 12 characters"`
		Locale   string `json:"locale,omitempty" maxLength:"20"`
	}
}

type acceptedView struct {
	Org    string `json:"org_id"`
	Person string `json:"person_id"`
}

func (h handlers) accept(ctx context.Context, in *acceptInput) (acceptedView, error) {
	a, err := h.parties.Accept(ctx, parties.AcceptInput{Token: in.Body.Token, Name: in.Body.Name, Password: in.Body.Password, Locale: in.Body.Locale})
	return acceptedView{a.Org.String(), a.Person.String()}, err
}
