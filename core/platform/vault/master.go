// Package vault seals what a stolen dump must not tell. Each tenant has a data key; a
// master key, kept outside the database, wraps it. What is sealed says where it belongs
// (tenant, table, column, row), so that it opens nowhere else.
package vault

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/kontorhq/kontor/core/fault"
)

// What can go wrong with what is sealed.
var (
	ErrMasterKey = fault.New(fault.Unavailable, "vault.master_key_wrong", "What is sealed here was sealed under another master key.").
			Then("Start the platform with the master key that this database was used with.")
	ErrDestroyed = fault.New(fault.Gone, "vault.key_destroyed", "The key of this marketplace was destroyed; what was sealed cannot be read any more.").
			Then("Ask whoever runs the platform.")
	ErrForeign = fault.New(fault.Internal, "vault.not_of_this_place", "Something sealed was damaged or moved.")
)

// MasterMin is how long a master key must be.
const MasterMin = 32

var errShort = errors.New("vault: a master key has at least 32 bytes")

// wrapper makes the key that wraps the tenants' keys.
func wrapper(master []byte) (tink.AEAD, error) {
	key, err := stretched(master, "kontor vault key wrapping v1")
	if err != nil {
		return nil, err
	}
	return subtle.NewAESGCM(key)
}

// Derived is a key for one purpose of processes that share the master key.
func Derived(master []byte, purpose string) ([]byte, error) {
	return stretched(master, "kontor "+purpose+" v1")
}

// stretched is the master key for one purpose alone, so that any text of enough entropy will
// do and no use weakens another.
func stretched(master []byte, purpose string) ([]byte, error) {
	if len(master) < MasterMin {
		return nil, errShort
	}
	return hkdf.Key(sha256.New, master, nil, purpose, 32)
}
