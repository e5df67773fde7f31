package access

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// Store keeps accounts and keys of the caller's tenant. Writes need a unit of work.
type Store interface {
	InsertAccount(ctx context.Context, a Account) error
	// Account is one of a company's, with its keys, locked; another's is ErrNotFound.
	Account(ctx context.Context, org id.Org, a id.ServiceAccount) (Account, error)
	// Accounts are a company's, or the marketplace's own, with their keys.
	Accounts(ctx context.Context, org id.Org) ([]Account, error)
	// OfConnection is the living account of a connection's directory, with its keys: ErrNotFound.
	OfConnection(ctx context.Context, x id.SSOConnection) (Account, error)
	EndAccount(ctx context.Context, a id.ServiceAccount, at time.Time) error

	InsertKey(ctx context.Context, a id.ServiceAccount, k Key) error
	// SaveEnd stores when a key expires or was revoked, and that its owners know.
	SaveEnd(ctx context.Context, k Key) error
	Used(ctx context.Context, k id.APIKey, at time.Time, from string) error

	// Holder finds a key by its public part, and whose it is, or ErrKey.
	Holder(ctx context.Context, public string) (Holder, error)
	// Living is an account, whoever's, with the scopes of all its keys that work.
	Living(ctx context.Context, a id.ServiceAccount, now time.Time) (Account, []string, error)
	// Expiring are keys that end before a time and whose owners were not told.
	Expiring(ctx context.Context, now, before time.Time, most int) ([]Holder, error)
}

// Holder is a key with whose it is: what one look at the database answers.
type Holder struct {
	Key      Key
	Account  Account // without keys
	OrgState string  // of its company; empty for the marketplace's own
}

// Actions names everything that some role of the caller's tenant may do.
type Actions interface {
	Actions(ctx context.Context) []policy.Action
}
