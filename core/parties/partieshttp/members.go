package partieshttp

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
)

type empty struct{}

// most is the limit, nil for none.
func most(a *amount) (*money.Money, error) {
	if a == nil {
		return nil, nil
	}
	m, err := a.money()
	return &m, err
}

func (h handlers) members(ctx context.Context, in *byID) (page.List[memberView], error) {
	return all(member)(h.parties.Members(ctx, in.ID))
}

type memberPath struct {
	ID     id.Org    `path:"id"`
	Person id.Person `path:"person"`
}

type putMemberInput struct {
	ID     id.Org    `path:"id"`
	Person id.Person `path:"person"`
	Body   struct {
		Roles    []string `json:"roles" maxItems:"20"`
		Unit     id.Unit  `json:"unit_id,omitempty"`
		Limit    *amount  `json:"limit,omitempty" doc:"Left out is no limit"`
		Inherits bool     `json:"limit_inherits,omitempty" doc:"Leave the limit to the unit"`
	}
}

func (h handlers) putMember(ctx context.Context, in *putMemberInput) (memberView, error) {
	limit, err := most(in.Body.Limit)
	if err != nil {
		return memberView{}, err
	}
	m, err := h.parties.PutMember(ctx, parties.MemberInput{
		Org: in.ID, Person: in.Person, Roles: in.Body.Roles,
		Unit: in.Body.Unit, Limit: limit, Inherit: in.Body.Inherits,
	})
	return member(m), err
}

func (h handlers) removeMember(ctx context.Context, in *memberPath) (empty, error) {
	return empty{}, h.parties.RemoveMember(ctx, in.ID, in.Person)
}
