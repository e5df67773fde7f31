// Package access is programs that call the API: service accounts of companies and of the
// marketplace itself, and the keys they are known by.
package access

import (
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
)

// Account is a program that acts for a company, or for the marketplace where Org is none.
// It outlives the session of whoever made it; Responsible is the person who answers for
// it: his limits bind its orders, and four eyes do not count the two of them twice.
type Account struct {
	ID          id.ServiceAccount
	Org         id.Org
	Name        string
	Purpose     string
	Roles       []string
	Responsible id.Person
	Connection  id.SSOConnection // whose directory it is; none for all others
	CreatedAt   time.Time
	EndedAt     time.Time
	Keys        []Key
}

// How much one company may have: enough for any integration, and a list stays a list.
const (
	maxAccounts = 50
	maxKeys     = 20 // living ones of an account
	maxPurpose  = 500
)

// NewAccount is what somebody says of a program.
type NewAccount struct {
	Name    string
	Purpose string
	Roles   []string
}

// account checks what is said and whether its maker holds what he gives.
func (in NewAccount) account(c caller.Caller, now time.Time) (Account, error) {
	a := Account{
		ID: id.ServiceAccount{}.New(), Org: c.Org, Name: identity.Name(in.Name), Purpose: in.Purpose, Roles: slices.Compact(slices.Sorted(slices.Values(in.Roles))),
		Responsible: c.Person, CreatedAt: now,
	}
	var bad []fault.Field
	if a.Name == "" {
		bad = append(bad, fault.Field{Path: "name", Reason: "required"})
	}
	if len(a.Purpose) > maxPurpose {
		bad = append(bad, fault.Field{Path: "purpose", Reason: "too_long"})
	}
	if len(a.Roles) == 0 {
		bad = append(bad, fault.Field{Path: "roles", Reason: "required"})
	}
	for _, r := range a.Roles {
		if !c.Has(r) {
			bad = append(bad, fault.Field{Path: "roles", Reason: "unknown"})
			break
		}
	}
	if len(bad) > 0 {
		return Account{}, ErrInvalid.At(bad...)
	}
	return a, nil
}

// key finds one of the account's keys.
func (a Account) key(which id.APIKey) (Key, error) {
	for _, k := range a.Keys {
		if k.ID == which {
			return k, nil
		}
	}
	return Key{}, ErrNotFound
}

func (a Account) living(now time.Time) (n int) {
	for _, k := range a.Keys {
		if k.State(now) == Active {
			n++
		}
	}
	return n
}

// caller is the account at work with some scopes. What no key may do is no scope of any
// key, whatever its row says.
func (a Account) caller(tenant id.Tenant, scopes []string) caller.Caller {
	var may []string
	for _, s := range scopes {
		if Keyable(s) {
			may = append(may, s)
		}
	}
	return caller.Caller{
		Tenant: tenant, Kind: caller.Service, Account: a.ID, Name: a.Name, Person: a.Responsible, Org: a.Org, Directory: a.Connection,
		Roles: slices.Clone(a.Roles), Scopes: may,
	}
}
