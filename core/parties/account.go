package parties

import (
	"bytes"
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identifier"
)

// Vault seals what a stolen dump must not tell. Index is equal for equal values.
type Vault interface {
	Seal(ctx context.Context, table, column, row string, plain []byte) ([]byte, error)
	Open(ctx context.Context, table, column, row string, sealed []byte) ([]byte, error)
	Index(ctx context.Context, table, column, value string) ([]byte, error)
}

// Where accounts lie.
const (
	accountTable  = "parties_orgs"
	accountColumn = "iban_sealed"
)

// seal makes a company's account out of a checked number, "" being none.
func (s *Service) seal(ctx context.Context, org id.Org, iban string) (a Account, err error) {
	if iban == "" {
		return a, nil
	}
	if a.Sealed, err = s.Vault.Seal(ctx, accountTable, accountColumn, org.String(), []byte(iban)); err != nil {
		return a, err
	}
	a.Shown = identifier.Shown(iban)
	a.Index, err = s.Vault.Index(ctx, accountTable, accountColumn, iban)
	return a, err
}

// open is the account's number.
func (s *Service) open(ctx context.Context, org id.Org, a Account) (string, error) {
	if a.Sealed == nil {
		return a.plain, nil
	}
	b, err := s.Vault.Open(ctx, accountTable, accountColumn, org.String(), a.Sealed)
	return string(b), err
}

// BankAccount is where the company is paid, and in whose name.
func (s *Service) BankAccount(ctx context.Context, org id.Org) (iban, holder string, err error) {
	o, err := s.Store.Org(ctx, org)
	if err != nil {
		return "", "", err
	}
	iban, err = s.open(ctx, org, o.Account)
	return iban, o.Name, err
}

// another seals what a company typed where it is another account than the one it has;
// changed is false for the same one, also in the form in which pages show it.
func (s *Service) another(ctx context.Context, o Org, iban string) (a Account, changed bool, err error) {
	if a, err = s.seal(ctx, o.ID, iban); err != nil {
		return a, false, err
	}
	old := o.Account
	if old.plain != "" {
		return a, old.plain != iban, nil
	}
	return a, !bytes.Equal(a.Index, old.Index), nil
}

// sealAtOnce is how many accounts of an earlier version one unit seals.
const sealAtOnce = 200

// SealAccounts seals what an earlier version has kept as it is, in portions.
func (s *Service) SealAccounts(ctx context.Context) error {
	for n := sealAtOnce; n == sealAtOnce; {
		err := s.Unit.Do(ctx, func(ctx context.Context) error {
			plain, err := s.Store.PlainAccounts(ctx, sealAtOnce)
			if err != nil {
				return err
			}
			n = len(plain)
			for org, iban := range plain {
				a, err := s.seal(ctx, org, iban)
				if err == nil {
					err = s.Store.SetAccount(ctx, org, a)
				}
				if err != nil {
					return fmt.Errorf("seal the account of %s: %w", org, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
