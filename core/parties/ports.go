package parties

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/tenancy"
)

// People is identity, as parties needs it.
type People interface {
	Prepare(ctx context.Context, in identity.SignUpInput) (identity.SignUpInput, error)
	Add(ctx context.Context, in identity.SignUpInput) (identity.Person, error)
	Knocked(ctx context.Context, email string) error
	// Reconsider makes a person's next request be looked at afresh.
	Reconsider(ctx context.Context, p id.Person)
	ByAddress(ctx context.Context, email string) (identity.Person, error)
}

// Tenants says how the caller's marketplace is run.
type Tenants interface {
	Current(ctx context.Context) (tenancy.Tenant, error)
}

// Roles names what a company may give its people in this tenant.
type Roles interface {
	Grantable(ctx context.Context) []string
	// Holding names the roles whose holders are of a role: itself, and the tenant's own
	// roles that inherit it.
	Holding(ctx context.Context, role string) []string
	// Granting names the roles that were given an action.
	Granting(ctx context.Context, do policy.Action) []string
}

// Filter narrows a list of companies.
type Filter struct {
	State State // "" for any
	Sells bool  // sellers alone
	Buys  bool  // buyers alone
}

// Files says whose an uploaded file is.
type Files interface {
	Owns(ctx context.Context, org id.Org, file id.Blob) (bool, error)
}

// Store keeps what parties owns, of the caller's tenant. Writes need a unit of work.
type Store interface {
	Insert(ctx context.Context, o Org) error // ErrDuplicate
	Save(ctx context.Context, o Org) error   // ErrStale
	Org(ctx context.Context, o id.Org) (Org, error)
	ByRegistration(ctx context.Context, country, kind, no string) (Org, error)
	Orgs(ctx context.Context, ids []id.Org) (map[id.Org]Org, error)
	List(ctx context.Context, f Filter, p page.Request) (page.List[Org], error)

	// ByNumber finds a company by any number that it is known by.
	ByNumber(ctx context.Context, n Number) (Org, error)
	// PlainAccounts are accounts that an earlier version kept as they are, locked; SetAccount
	// puts the sealed one in its place.
	PlainAccounts(ctx context.Context, most int) (map[id.Org]string, error)
	SetAccount(ctx context.Context, o id.Org, a Account) error
	PutFacts(ctx context.Context, o id.Org, facts map[string]string, numbers []Number) error // ErrDuplicate
	Review(ctx context.Context, o id.Org) (Review, error)
	PutDraft(ctx context.Context, d Draft) error
	Draft(ctx context.Context, h TokenHash) (Draft, error) // ErrDraft
	RemoveDraft(ctx context.Context, h TokenHash) error
	PruneDrafts(ctx context.Context, now time.Time) error

	PutMember(ctx context.Context, m Member) error
	RemoveMember(ctx context.Context, o id.Org, p id.Person) error
	Member(ctx context.Context, o id.Org, p id.Person) (Member, error)
	Members(ctx context.Context, o id.Org) ([]Member, error)
	// HasActive: does anyone who may sign in hold any of the roles?
	HasActive(ctx context.Context, o id.Org, roles []string) (bool, error)
	// LockOrg makes changes of a company's members wait for each other.
	LockOrg(ctx context.Context, o id.Org) error
	// HasMember: does anyone but one hold any of the roles, with a limit that is enough?
	HasMember(ctx context.Context, o id.Org, but id.Person, roles []string, amount money.Money) (bool, error)

	InsertInvitation(ctx context.Context, i Invitation) error
	SaveInvitation(ctx context.Context, i Invitation) error
	// EndInvitations withdraws what is open for an address.
	EndInvitations(ctx context.Context, o id.Org, email string, at time.Time) error
	// EndInvitationsOf withdraws what a person wrote and nobody has accepted.
	EndInvitationsOf(ctx context.Context, o id.Org, inviter id.Person, at time.Time) error
	// Stands: may the person sign in, and does he hold any of the roles in the company?
	Stands(ctx context.Context, o id.Org, p id.Person, roles []string) (bool, error)
	LockInvitation(ctx context.Context, o id.Org, i id.Invitation) (Invitation, error) // ErrNoInvitation
	InvitationByHash(ctx context.Context, h TokenHash) (Invitation, error)             // ErrInvitation
	Invitations(ctx context.Context, o id.Org) ([]Invitation, error)

	InsertRepresentation(ctx context.Context, r Representation) error                        // ErrRepresented
	LockRepresentation(ctx context.Context, which id.Representation) (Representation, error) // ErrNoRepresentation
	SaveRepresentation(ctx context.Context, r Representation) error
	// RemoveRepresentative ends a membership that was given by consent.
	RemoveRepresentative(ctx context.Context, which id.Representation) error
	// EndRepresentationsOf ends what a person did for others in a company's name.
	EndRepresentationsOf(ctx context.Context, firm id.Org, p id.Person, at time.Time) error
	// Employs: is the person the company's own, or, for none, of the marketplace's staff?
	Employs(ctx context.Context, firm id.Org, p id.Person) (bool, error)
	// Representations are those of a person, of an account, of a firm and, for staff, of the
	// marketplace.
	Representations(ctx context.Context, p id.Person, account, firm id.Org, staff bool) ([]Representation, error)

	// Structure reads a company's tree and what hangs on it, without the numbers of its
	// addresses, in one round trip.
	Structure(ctx context.Context, o id.Org) (Structure, error)
	MoveUnit(ctx context.Context, o id.Org, u, parent id.Unit) error
	// PutSetting stores a setting; one without a value is removed.
	PutSetting(ctx context.Context, o id.Org, x Setting) error
	// ForgetSetting removes a value wherever it is set.
	ForgetSetting(ctx context.Context, o id.Org, key SettingKey, value string) error
	// Choices are the company's addresses, without the numbers, and cost centres and the
	// settings that hold for a member, in one round trip.
	Choices(ctx context.Context, o id.Org, p id.Person) ([]Address, []CostCentre, map[SettingKey]string, error)
	// SetLimits writes limits of members who have them from their unit.
	SetLimits(ctx context.Context, o id.Org, limits map[id.Person]int64) error
	PutUnit(ctx context.Context, u Unit) (Unit, error)
	Units(ctx context.Context, o id.Org) ([]Unit, error)
	PutCentre(ctx context.Context, c CostCentre) (CostCentre, error)
	Centres(ctx context.Context, o id.Org) ([]CostCentre, error)

	PutAddress(ctx context.Context, a Address) (Address, error)
	RemoveAddress(ctx context.Context, o id.Org, a id.Address) error
	Addresses(ctx context.Context, o id.Org) ([]Address, error)

	InsertLicence(ctx context.Context, l Licence) error
	SaveLicence(ctx context.Context, l Licence) error
	Licence(ctx context.Context, l id.Licence) (Licence, error)
	Licences(ctx context.Context, o id.Org) ([]Licence, error)
	Company(ctx context.Context, o id.Org) (Org, []Licence, error)
	// Dealing reads companies, their licences and, unless person is none, his membership.
	Dealing(ctx context.Context, orgs []id.Org, of id.Org, person id.Person) ([]Org, []Licence, Member, error)
}
