package identity

import (
	"context"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// Passkeys are the caller's own, the oldest first.
func (s *Service) Passkeys(ctx context.Context) ([]Passkey, error) {
	c, err := s.self(ctx)
	if err != nil {
		return nil, err
	}
	return s.Store.Passkeys(ctx, c.Person)
}

// BeginPasskey asks the caller's device to make a passkey for this address. A device that
// holds one already is not asked for another.
func (s *Service) BeginPasskey(ctx context.Context, at Place) (Asking, error) {
	c, err := s.self(ctx)
	if err != nil {
		return Asking{}, err
	}
	h, err := s.holder(ctx, c.Person)
	if err != nil {
		return Asking{}, err
	}
	if len(h.keys) >= passkeysMax {
		return Asking{}, ErrPasskeysMany
	}
	t, err := s.Tenants.Current(ctx)
	if err != nil {
		return Asking{}, err
	}
	w, err := relying(at, t.Slug)
	if err != nil {
		return Asking{}, err
	}
	known := webauthn.Credentials(h.at(at.Host).WebAuthnCredentials()).CredentialDescriptors()
	options, asked, err := w.BeginRegistration(h, webauthn.WithExclusions(known))
	if err != nil {
		return Asking{}, ErrNoPasskeyHere.Because(err)
	}
	return s.askDevice(ctx, at, Ceremony{Purpose: ForAdding, Person: c.Person, Session: c.Session}, asked, options.Response)
}

// AddPasskey keeps the passkey that the device made. With a person's first factor come
// recovery codes, which are shown this once.
func (s *Service) AddPasskey(ctx context.Context, a Answered, name string) (k Passkey, codes []string, err error) {
	c, err := s.self(ctx)
	if err != nil {
		return k, nil, err
	}
	if name, err = passkeyName(name); err != nil {
		return k, nil, err
	}
	_, asked, err := s.take(ctx, a, ForAdding, c)
	if err != nil {
		return k, nil, err
	}
	if k, err = s.madeKey(ctx, c, a, asked); err != nil {
		return k, nil, err
	}
	k.Name = name
	err = s.mine(ctx, func(ctx context.Context, c caller.Caller, f Factor) error {
		if f.Passkeys >= passkeysMax {
			return ErrPasskeysMany
		}
		if err := s.Store.InsertPasskey(ctx, k); err != nil {
			return err
		}
		if !f.Any() {
			var hashes []Hash
			codes, hashes = newRecovery()
			if err := s.Store.SetRecovery(ctx, c.Person, hashes); err != nil {
				return err
			}
		}
		if err := s.noted(ctx, c.Person, "passkey_added"); err != nil {
			return err
		}
		s.forget(ctx, func(b Bearer) bool { return b.Person.ID == c.Person })
		return s.Events.Append(ctx, event.PasskeyAdded{Person: c.Person.String(), Passkey: k.ID.String(), Name: k.Name})
	})
	if err != nil {
		return Passkey{}, nil, err
	}
	return k, codes, nil
}

func (s *Service) madeKey(ctx context.Context, c caller.Caller, a Answered, asked webauthn.SessionData) (Passkey, error) {
	got, err := protocol.ParseCredentialCreationResponseBytes(a.Credential)
	if err != nil {
		return Passkey{}, ErrPasskeyMade.Because(err)
	}
	h, err := s.holder(ctx, c.Person)
	if err != nil {
		return Passkey{}, err
	}
	w, err := relying(a.Place, a.Host)
	if err != nil {
		return Passkey{}, err
	}
	made, err := w.CreateCredential(h, asked, got)
	if err != nil {
		return Passkey{}, ErrPasskeyMade.Because(err)
	}
	if len(made.ID) == 0 || len(made.ID) > credentialIDMax {
		return Passkey{}, ErrPasskeyMade
	}
	k := Passkey{
		ID: id.Passkey{}.New(), Person: c.Person, Credential: made.ID, PublicKey: made.PublicKey, Host: a.Host, SignCount: made.Authenticator.SignCount,
		Eligible: made.Flags.BackupEligible, BackedUp: made.Flags.BackupState, CreatedAt: s.Now(),
	}
	copy(k.AAGUID[:], made.Authenticator.AAGUID)
	for _, t := range made.Transport {
		if len(k.Transports) < 8 && len(t) <= 20 {
			k.Transports = append(k.Transports, string(t))
		}
	}
	return k, nil
}

// RenamePasskey gives one of the caller's passkeys another name.
func (s *Service) RenamePasskey(ctx context.Context, which id.Passkey, name string) error {
	name, err := passkeyName(name)
	if err != nil {
		return err
	}
	return s.mine(ctx, func(ctx context.Context, c caller.Caller, _ Factor) error {
		if _, err := s.Store.RenamePasskey(ctx, c.Person, which, name); err != nil {
			return err
		}
		if err := s.noted(ctx, c.Person, "passkey_renamed"); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.PasskeyRenamed{Person: c.Person.String(), Passkey: which.String(), Name: name})
	})
}

// RemovePasskey ends one of the caller's passkeys; another person's is as good as none.
func (s *Service) RemovePasskey(ctx context.Context, which id.Passkey) error {
	return s.mine(ctx, func(ctx context.Context, c caller.Caller, _ Factor) error {
		name, err := s.Store.DropPasskey(ctx, c.Person, which)
		if err != nil {
			return err
		}
		if err := s.noted(ctx, c.Person, "passkey_removed"); err != nil {
			return err
		}
		s.forget(ctx, func(b Bearer) bool { return b.Person.ID == c.Person })
		return s.Events.Append(ctx, event.PasskeyRemoved{Person: c.Person.String(), Passkey: which.String(), Name: name})
	})
}

func passkeyName(name string) (string, error) {
	name = Name(name)
	if name == "" || len([]rune(name)) > passkeyNameMax || strings.TrimSpace(name) == "" {
		return "", ErrPasskeyName.At(fault.Field{Path: "name", Reason: "required"})
	}
	return name, nil
}
