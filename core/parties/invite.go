package parties

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/money"
)

// InviteInput is whom to ask, and what he may do once he accepts.
type InviteInput struct {
	Org    id.Org
	Email  string
	Roles  []string
	Unit   id.Unit
	Limit  *money.Money // in the tenant's currency; nil is no limit
	Locale string       // of the letter
}

// Invited is an invitation that has just been written. Link is empty where the letter alone
// may carry it; Show says why it is not.
type Invited struct {
	Invitation
	Link string
	Show string
}

// Invite asks somebody by letter to act for the company. Nobody looks whether the address
// has an account: the answer could not but be the same (trust.md S32). An earlier
// invitation of the same address that is still open ends.
func (s *Service) Invite(ctx context.Context, in InviteInput) (Invited, error) {
	if err := s.own(ctx, ActionMemberManage, in.Org); err != nil {
		return Invited{}, err
	}
	i, err := s.invitation(ctx, in)
	if err != nil {
		return Invited{}, err
	}
	var out Invited
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		ms, err := s.Store.Members(ctx, in.Org)
		if err != nil {
			return err
		}
		for _, m := range ms {
			if m.Email == i.Email {
				return ErrMember // which the company's own list shows as well
			}
		}
		if err := s.Store.EndInvitations(ctx, i.Org, i.Email, s.Now()); err != nil {
			return err
		}
		token := i.renew(s.Now())
		if err := s.Store.InsertInvitation(ctx, i); err != nil {
			return err
		}
		out, err = s.sendInvitation(ctx, i, token)
		return err
	})
	if err != nil {
		return Invited{}, fmt.Errorf("invite: %w", err)
	}
	return out, nil
}

// invitation is the input checked: whoever invites grants no more than he could give a
// member today.
func (s *Service) invitation(ctx context.Context, in InviteInput) (Invitation, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Invitation{}, err
	}
	t, err := s.Tenants.Current(ctx)
	if err != nil {
		return Invitation{}, err
	}
	if in.Locale == "" {
		if in.Locale, err = s.language(ctx, in); err != nil {
			return Invitation{}, err
		}
	}
	if in.Locale == "" {
		in.Locale = c.Locale
	}
	var check fault.Check
	email := identity.Email(in.Email)
	check.If(email == "", "email", "malformed", "")
	check.If(len(in.Roles) == 0, "roles", "required", "")
	check.If(!slices.Contains(t.Settings.Locales, in.Locale), "locale", "unknown", "")
	if err := check.Or(ErrInvalid); err != nil {
		return Invitation{}, err
	}
	if err := s.grantable(ctx, in.Roles); err != nil {
		return Invitation{}, err
	}
	limit, err := limitOf(in.Limit, t.Settings.Currency)
	return Invitation{
		ID: id.Invitation{}.New(), Org: in.Org, Email: email, Roles: in.Roles, Unit: in.Unit, LimitMinor: limit, Currency: t.Settings.Currency,
		Locale: in.Locale, InvitedBy: c.Person, CreatedAt: s.Now(),
	}, err
}

// language is what the unit writes its letters in, "" where nobody has said.
func (s *Service) language(ctx context.Context, in InviteInput) (string, error) {
	st, err := s.Store.Structure(ctx, in.Org)
	return st.Effective(in.Unit, SetLanguage).Value, err
}

// sendInvitation writes the letter, in the unit that stored the token.
func (s *Service) sendInvitation(ctx context.Context, i Invitation, token string) (Invited, error) {
	o, err := s.Store.Org(ctx, i.Org)
	if err != nil {
		return Invited{}, err
	}
	w, err := s.Letters.Write(ctx, identity.Letter{
		To: i.Email, Locale: i.Locale, Kind: "invitation", Params: map[string]string{"company": o.NameIn(i.Locale)}, Path: "/invitation", Token: token,
	})
	if err != nil {
		return Invited{}, err
	}
	out := Invited{Invitation: i, Show: w.Show}
	if w.Show != "" {
		out.Link = w.URL
	}
	return out, s.Events.Append(ctx, event.MemberInvited{Org: i.Org.String(), Invitation: i.ID.String(), Roles: i.Roles})
}

// NameIn is the company's name as readers of a language know it.
func (o Org) NameIn(locale string) string {
	if o.NameLocal != "" && strings.HasPrefix(locale, "zh") {
		return o.NameLocal
	}
	return o.Name
}

// Resend sends an invitation again, with a new link; the old one is dead.
func (s *Service) Resend(ctx context.Context, org id.Org, which id.Invitation) (out Invited, err error) {
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		i, err := s.lockInvitation(ctx, org, which)
		if err != nil {
			return err
		}
		if err := s.grantable(ctx, i.Roles); err != nil {
			return err
		}
		token := i.renew(s.Now())
		if err := s.Store.SaveInvitation(ctx, i); err != nil {
			return err
		}
		out, err = s.sendInvitation(ctx, i, token)
		return err
	})
	if err != nil {
		return Invited{}, fmt.Errorf("send invitation %s again: %w", which, err)
	}
	return out, nil
}

// Withdraw ends an invitation that nobody has accepted.
func (s *Service) Withdraw(ctx context.Context, org id.Org, which id.Invitation) error {
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		i, err := s.lockInvitation(ctx, org, which)
		if err != nil {
			return err
		}
		i.WithdrawnAt = s.Now()
		if err := s.Store.SaveInvitation(ctx, i); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.InvitationWithdrawn{Org: org.String(), Invitation: which.String()})
	})
	if err != nil {
		return fmt.Errorf("withdraw invitation %s: %w", which, err)
	}
	return nil
}

// lockInvitation is one of the company's that has not ended yet; an expired one may be
// sent again.
func (s *Service) lockInvitation(ctx context.Context, org id.Org, which id.Invitation) (Invitation, error) {
	if err := s.own(ctx, ActionMemberManage, org); err != nil {
		return Invitation{}, err
	}
	i, err := s.Store.LockInvitation(ctx, org, which)
	if err != nil {
		return i, err
	}
	if st := i.State(s.Now()); st == InvitationAccepted || st == InvitationWithdrawn {
		return i, ErrInvitationEnded.With("state", st)
	}
	return i, nil
}

// mayInvite are the roles whose holders may ask somebody to act for their company.
func (s *Service) mayInvite(ctx context.Context) []string {
	var out []string
	for _, r := range s.Roles.Granting(ctx, ActionMemberManage) {
		out = append(out, s.Roles.Holding(ctx, r)...)
	}
	return out
}

// endInvitationsOf withdraws what somebody wrote who may not invite any more: what he
// offered is no longer his to offer.
func (s *Service) endInvitationsOf(ctx context.Context, org id.Org, inviter id.Person) error {
	stands, err := s.Store.Stands(ctx, org, inviter, s.mayInvite(ctx))
	if err != nil || stands {
		return err
	}
	return s.Store.EndInvitationsOf(ctx, org, inviter, s.Now())
}

// Invitations are the company's, the newest first, ended ones too.
func (s *Service) Invitations(ctx context.Context, org id.Org) ([]Invitation, error) {
	if err := s.own(ctx, ActionMemberManage, org); err != nil {
		return nil, err
	}
	return s.Store.Invitations(ctx, org)
}
