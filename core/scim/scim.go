// Package scim lets a directory say who a company's people are, or the marketplace's own
// staff, by SCIM 2.0 (RFC 7643 and 7644): users, who become members or operators, and groups,
// whose names give them roles by the map of the connection that the directory belongs to.
package scim

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/access"
	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/sso"
	"github.com/kontorhq/kontor/core/work"
)

// What directories alone may do.
const (
	ActionRead  policy.Action = "scim.directory.read"
	ActionWrite policy.Action = "scim.directory.write"
)

// What the keeper of a connection does about its directory is what he may do about it.
const (
	ActionLook = sso.ActionRead
	ActionKeep = sso.ActionManage
)

// How much a directory may say at once.
const (
	MaxBody    = 1 << 20
	MaxPage    = 200
	maxOps     = 100
	maxMembers = 5000 // of a group
	maxAtOnce  = 1000 // members that one request adds, removes or moves
	maxFilter  = 1000
	maxText    = 1000
	maxValues  = 50
)

// User is a person as a directory knows him.
type User struct {
	ID         id.DirectoryUser
	Connection id.SSOConnection
	Person     id.Person
	Doc        Doc
	Active     bool
	Made       bool // he had no account before
	Version    int64
	CreatedAt  time.Time
	ChangedAt  time.Time
	DeletedAt  time.Time
	Groups     []Ref
}

// Group is a set of users with a name that may give roles.
type Group struct {
	ID         id.DirectoryGroup
	Connection id.SSOConnection
	Name       string
	External   string
	Version    int64
	CreatedAt  time.Time
	ChangedAt  time.Time
	Members    []Ref
}

// Ref names a member of a group, or the group of a user.
type Ref struct{ ID, Name string }

// Page is a window on a list: Start counts from one.
type Page struct{ Start, Count int }

// Store keeps what directories say. Everything is of one connection; writes need a unit.
type Store interface {
	// Lock makes changes of one directory wait for each other.
	Lock(ctx context.Context, x id.SSOConnection) error
	User(ctx context.Context, x id.SSOConnection, u id.DirectoryUser) (User, error) // ErrNotFound
	// OfPerson is who a person is in the directory, removed or not: ErrNotFound.
	OfPerson(ctx context.Context, x id.SSOConnection, p id.Person) (User, error)
	Users(ctx context.Context, x id.SSOConnection, f []Term, p Page) ([]User, int, error)
	Named(ctx context.Context, x id.SSOConnection, userName string) (User, error) // ErrNotFound
	PutUser(ctx context.Context, u User) error                                    // ErrTaken
	// Known are those of some identifiers that are users of the directory.
	Known(ctx context.Context, x id.SSOConnection, ids []id.DirectoryUser) ([]id.DirectoryUser, error)

	Group(ctx context.Context, x id.SSOConnection, g id.DirectoryGroup) (Group, error) // ErrNotFound
	Groups(ctx context.Context, x id.SSOConnection, f []Term, p Page) ([]Group, int, error)
	PutGroup(ctx context.Context, g Group) error // ErrTaken
	RemoveGroup(ctx context.Context, g id.DirectoryGroup) error
	SetMembers(ctx context.Context, g id.DirectoryGroup, add, remove []id.DirectoryUser) error
	LeaveAll(ctx context.Context, u id.DirectoryUser) error
	// Standing are the users of those identifiers with the names of their groups.
	Standing(ctx context.Context, x id.SSOConnection, ids []id.DirectoryUser) ([]User, error)

	Summary(ctx context.Context, x id.SSOConnection) (Summary, error)
}

// Summary is what a connection's page shows of its directory.
type Summary struct {
	People, Out, Groups int
	ChangedAt           time.Time
	Refusals            []Refusal // the last ones
}

// Refusal is something that the directory wanted and did not get.
type Refusal struct {
	At              time.Time
	What, Who, Code string
	Args            map[string]string
}

// Connections is single sign-on, as directories need it.
type Connections interface {
	Connection(ctx context.Context, x id.SSOConnection) (sso.Connection, error)
	Activate(ctx context.Context, x id.SSOConnection, p id.Person, active bool) error
}

// Own answers a keeper's own connection; another's is not there.
type Own interface {
	Connection(ctx context.Context, x id.SSOConnection) (sso.Connection, error)
}

// People is identity, as directories need it.
type People interface {
	ByID(ctx context.Context, p id.Person) (identity.Person, error)
	ByAddress(ctx context.Context, email string) (identity.Person, error)
	Enlist(ctx context.Context, in identity.SignUpInput) (identity.Person, error)
	EndVia(ctx context.Context, via id.SSOConnection, who id.Person) error
	Reconsider(ctx context.Context, p id.Person)
	SetStaff(ctx context.Context, p id.Person, role string) error
}

// Members is parties, as directories need it.
type Members interface {
	IsMember(ctx context.Context, org id.Org, person id.Person) (bool, error)
	Provision(ctx context.Context, org id.Org, person id.Person, roles []string) ([]string, error)
	Dismiss(ctx context.Context, org id.Org, person id.Person) error
}

// Keys is access, as directories need it.
type Keys interface {
	OfDirectory(ctx context.Context, x id.SSOConnection) (access.Account, error)
	MakeDirectoryKey(ctx context.Context, in access.Directory) (access.MadeKey, error)
	Rotate(ctx context.Context, in access.Rotation) (access.MadeKey, error)
	Revoke(ctx context.Context, account id.ServiceAccount, which id.APIKey) error
}

// Deps are what the service needs.
type Deps struct {
	Store       Store
	Unit        work.Unit
	Gate        policy.Gate
	Events      event.Log
	Audit       audit.Recorder
	Connections Connections
	Own         Own
	People      People
	Members     Members
	Keys        Keys
	Now         clock.Now
}

// Service hears what directories say.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service {
	if d.Now == nil {
		d.Now = clock.System
	}
	return &Service{d}
}

// directory is the connection that the caller's key belongs to. The key alone says so:
// nothing in a request can name another.
func (s *Service) directory(ctx context.Context, do policy.Action) (sso.Connection, error) {
	if err := s.Gate.Allow(ctx, do, nil); err != nil {
		return sso.Connection{}, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return sso.Connection{}, err
	}
	if c.Kind != caller.Service || c.Directory.IsZero() {
		return sso.Connection{}, ErrNoDirectory
	}
	x, err := s.Connections.Connection(ctx, c.Directory)
	if fault.KindOf(err) == fault.NotFound || err == nil && x.Org != c.Org {
		err = ErrNoDirectory
	}
	return x, err
}

// write runs a change of the caller's directory, one at a time, and keeps on record what was
// refused and why.
func (s *Service) write(ctx context.Context, what, who string, fn func(ctx context.Context, x sso.Connection) error) error {
	x, err := s.directory(ctx, ActionWrite)
	if err != nil {
		return err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.Lock(ctx, x.ID); err != nil {
			return err
		}
		return fn(ctx, x)
	})
	if err != nil {
		return s.refused(ctx, x, what, who, err)
	}
	return nil
}

// Refuse keeps on record what could not even be read.
func (s *Service) Refuse(ctx context.Context, what string, why error) error {
	x, err := s.directory(ctx, ActionRead)
	if err != nil {
		return err
	}
	return s.refused(ctx, x, what, "", why)
}

func (s *Service) refused(ctx context.Context, x sso.Connection, what, who string, why error) error {
	f := fault.From(why)
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		return why
	}
	data := map[string]string{"why": f.Code, "what": clip(what), "who": clip(who)}
	for k, v := range f.Args {
		data["arg_"+k] = clip(v)
	}
	discreet(data)
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Audit.Record(ctx, audit.Entry{Action: string(ActionWrite), ObjectKind: "sso_connection", ObjectID: x.ID.String(), Outcome: audit.Refused, Data: data})
	})
	if err != nil {
		return err
	}
	return why
}

// discreet keeps telephone numbers out of the record: where a request names them, nothing
// that it said besides is repeated.
func discreet(data map[string]string) {
	if !slices.ContainsFunc(slices.Collect(maps.Values(data)), func(v string) bool { return strings.Contains(strings.ToLower(v), "phonenumbers") }) {
		return
	}
	for k := range data {
		if k == "who" || strings.HasPrefix(k, "arg_") {
			data[k] = "phoneNumbers …"
		}
	}
}

func clip(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200])
	}
	return s
}
