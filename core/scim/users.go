package scim

import (
	"context"
	"errors"
	"fmt"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/sso"
)

// userWords are what users are searched by.
var userWords = map[string]string{
	"username": "userName", "externalid": "externalId", "emails": "emails", "emails.value": "emails", "active": "active", "id": "id",
}

// User is one of the directory's.
func (s *Service) User(ctx context.Context, u id.DirectoryUser) (User, error) {
	x, err := s.directory(ctx, ActionRead)
	if err != nil {
		return User{}, err
	}
	return s.Store.User(ctx, x.ID, u)
}

// Users are those that a filter finds, and how many there are of them.
func (s *Service) Users(ctx context.Context, filter string, p Page) ([]User, int, error) {
	x, err := s.directory(ctx, ActionRead)
	if err != nil {
		return nil, 0, err
	}
	f, err := wanted(filter, UserSchema, userWords)
	if err != nil {
		return nil, 0, s.refused(ctx, x, "GET Users", filter, err)
	}
	return s.Store.Users(ctx, x.ID, f, p)
}

// CreateUser brings a person into the company. A client that repeats itself, because an
// answer was lost, gets what it made; fresh says whether it is new.
func (s *Service) CreateUser(ctx context.Context, body []byte) (out User, fresh bool, err error) {
	d, err := userKind.read(body)
	if err != nil {
		return User{}, false, s.unread(ctx, "POST Users", err)
	}
	f, err := d.said()
	if err != nil {
		return User{}, false, s.unread(ctx, "POST Users", err)
	}
	err = s.write(ctx, "POST Users", f.userName, func(ctx context.Context, x sso.Connection) error {
		old, err := s.Store.Named(ctx, x.ID, f.userName)
		switch {
		case err == nil && f.external != "" && old.Doc.str("externalId") == f.external:
			fresh = false
			out, err = s.change(ctx, x, old, d)
			return err
		case err == nil:
			return ErrTaken.With("attribute", "userName")
		case fault.KindOf(err) != fault.NotFound:
			return err
		}
		fresh = true
		out, err = s.bring(ctx, x, d, f)
		return err
	})
	if err != nil {
		return User{}, false, fmt.Errorf("create user: %w", err)
	}
	return out, fresh, nil
}

// unread answers why a body was not taken, after asking whose it is.
func (s *Service) unread(ctx context.Context, what string, why error) error {
	x, err := s.directory(ctx, ActionWrite)
	if err != nil {
		return err
	}
	return s.refused(ctx, x, what, "", why)
}

// bring makes a person one of the company's or of the staff. Whom the address belongs to
// already is the directory's only if he is that, or was brought by it before.
func (s *Service) bring(ctx context.Context, x sso.Connection, d Doc, f said) (User, error) {
	if !x.Proves(f.address) {
		return User{}, ErrDomain
	}
	now := s.Now()
	u := User{ID: id.DirectoryUser{}.New(), Connection: x.ID, Version: 1, CreatedAt: now}
	p, err := s.People.ByAddress(ctx, f.address)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		if p, err = s.People.Enlist(ctx, identity.SignUpInput{Email: f.address, Name: f.name}); err != nil {
			return User{}, err
		}
		u.Made = true
	case err != nil:
		return User{}, err
	default:
		if u, err = s.known(ctx, x, p, u); err != nil {
			return User{}, err
		}
	}
	u.Person, u.Doc, u.Active, u.ChangedAt = p.ID, d, f.active, now
	if err := s.Store.PutUser(ctx, u); err != nil {
		return User{}, err
	}
	if u.Active && p.StaffRole != "" {
		// Directories send people first and groups later: who runs the marketplace already does
		// so until a group or his end says otherwise.
		err = s.Connections.Activate(ctx, x.ID, u.Person, true)
	} else {
		err = s.settle(ctx, x, u, nil)
	}
	if err != nil {
		return User{}, err
	}
	return u, s.tell(ctx, x, u, "created")
}

// known decides whether somebody who has an account is this directory's to speak for.
func (s *Service) known(ctx context.Context, x sso.Connection, p identity.Person, u User) (User, error) {
	old, err := s.Store.OfPerson(ctx, x.ID, p.ID)
	switch {
	case err == nil && old.DeletedAt.IsZero(): // under another userName
		return u, ErrTaken.With("attribute", "emails")
	case err == nil:
		old.DeletedAt, old.Version = u.DeletedAt, old.Version+1
		return old, s.crew(x).mine(ctx, p, true)
	case !errors.Is(err, ErrNotFound):
		return u, err
	}
	return u, s.crew(x).mine(ctx, p, false)
}

// settle makes membership, roles and ways in what the directory says: groups are the names of
// those that the user is in.
func (s *Service) settle(ctx context.Context, x sso.Connection, u User, groups []string) error {
	if u.Active {
		if err := s.crew(x).give(ctx, u.Person, x.RolesOf(groups)); err != nil {
			return err
		}
		s.People.Reconsider(ctx, u.Person)
		return s.Connections.Activate(ctx, x.ID, u.Person, true)
	}
	if err := s.crew(x).dismiss(ctx, u.Person); err != nil {
		return err
	}
	if err := s.Connections.Activate(ctx, x.ID, u.Person, false); err != nil {
		return err
	}
	return s.People.EndVia(ctx, x.ID, u.Person)
}

func (s *Service) tell(ctx context.Context, x sso.Connection, u User, what string) error {
	return s.Events.Append(ctx, event.DirectoryUserChanged{Connection: x.ID.String(), Name: x.Name, User: u.ID.String(), Person: u.Person.String(), What: what})
}

// Match is the version that a client believes a resource to be, zero for any.
type Match int64

func (m Match) check(version int64) error {
	if m != 0 && int64(m) != version {
		return ErrStale
	}
	return nil
}

// ReplaceUser puts another document in the place of a user's.
func (s *Service) ReplaceUser(ctx context.Context, which id.DirectoryUser, m Match, body []byte) (User, error) {
	d, err := userKind.read(body)
	if err != nil {
		return User{}, s.unread(ctx, "PUT Users", err)
	}
	return s.edit(ctx, "PUT Users", which, m, func(User) (Doc, error) { return d, nil })
}

// PatchUser changes parts of a user.
func (s *Service) PatchUser(ctx context.Context, which id.DirectoryUser, m Match, body []byte) (User, error) {
	ops, err := ReadPatch(body)
	if err != nil {
		return User{}, s.unread(ctx, "PATCH Users", err)
	}
	return s.edit(ctx, "PATCH Users", which, m, func(u User) (Doc, error) { return userKind.apply(u.Doc, ops) })
}

func (s *Service) edit(ctx context.Context, what string, which id.DirectoryUser, m Match, next func(User) (Doc, error)) (out User, err error) {
	err = s.write(ctx, what, which.String(), func(ctx context.Context, x sso.Connection) error {
		u, err := s.Store.User(ctx, x.ID, which)
		if err == nil {
			err = m.check(u.Version)
		}
		if err != nil {
			return err
		}
		d, err := next(u)
		if err != nil {
			return err
		}
		out, err = s.change(ctx, x, u, d)
		return err
	})
	if err != nil {
		return User{}, fmt.Errorf("change user: %w", err)
	}
	return out, nil
}

// change gives a user another document. Whose account it is stays: an address is not moved
// from one person to another by a directory.
func (s *Service) change(ctx context.Context, x sso.Connection, u User, d Doc) (User, error) {
	f, err := d.said()
	if err != nil {
		return u, err
	}
	p, err := s.People.ByID(ctx, u.Person)
	if err != nil {
		return u, err
	}
	if f.address != p.Email {
		return u, ErrFixed.With("attribute", "emails")
	}
	if f.active && !x.Proves(f.address) {
		return u, ErrDomain
	}
	was := u.Active
	if same(u.Doc, d) && was == f.active {
		return u, nil
	}
	u.Doc, u.Active, u.ChangedAt, u.Version = d, f.active, s.Now(), u.Version+1
	if err := s.Store.PutUser(ctx, u); err != nil {
		return u, err
	}
	what := "changed"
	if was != u.Active {
		if what = "out"; u.Active {
			what = "back"
		}
		if err := s.settle(ctx, x, u, names(u.Groups)); err != nil {
			return u, err
		}
	}
	return u, s.tell(ctx, x, u, what)
}

func names(refs []Ref) (out []string) {
	for _, r := range refs {
		out = append(out, r.Name)
	}
	return out
}

// DeleteUser takes a person out of the directory, and so out of the company. His account and
// what he did stay on record.
func (s *Service) DeleteUser(ctx context.Context, which id.DirectoryUser, m Match) error {
	return s.write(ctx, "DELETE Users", which.String(), func(ctx context.Context, x sso.Connection) error {
		u, err := s.Store.User(ctx, x.ID, which)
		if err == nil {
			err = m.check(u.Version)
		}
		if err != nil {
			return err
		}
		u.Active, u.DeletedAt, u.ChangedAt, u.Version = false, s.Now(), s.Now(), u.Version+1
		if err := s.Store.LeaveAll(ctx, u.ID); err != nil {
			return err
		}
		if err := s.Store.PutUser(ctx, u); err != nil {
			return err
		}
		if err := s.settle(ctx, x, u, nil); err != nil {
			return err
		}
		return s.tell(ctx, x, u, "deleted")
	})
}
