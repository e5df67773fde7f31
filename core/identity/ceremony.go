package identity

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
)

// askDevice keeps a question until it is answered, and makes the browser known where it is
// not yet. Two tabs of one browser may each have a question open.
func (s *Service) askDevice(ctx context.Context, at Place, x Ceremony, asked *webauthn.SessionData, options any) (Asking, error) {
	token, hash := NewToken()
	if !isToken(at.Browser) {
		at.Browser, _ = NewToken()
	}
	out := Asking{Ceremony: token, Browser: at.Browser, ExpiresAt: s.Now().Add(CeremonyLives)}
	var err error
	if out.Options, err = plainOptions(options); err != nil {
		return Asking{}, err
	}
	if x.Asked, err = json.Marshal(asked); err != nil {
		return Asking{}, err
	}
	x.Host, x.Origin, x.ExpiresAt = at.Host, at.Origin, out.ExpiresAt
	return out, s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Store.InsertCeremony(ctx, hash, HashToken(at.Browser), x)
	})
}

// take ends a question, whatever its answer is worth: nobody answers one twice. It has to be
// answered where it was put, by the same browser, and by who is signed in there still.
func (s *Service) take(ctx context.Context, a Answered, what CeremonyFor, c caller.Caller) (x Ceremony, asked webauthn.SessionData, err error) {
	if !isToken(a.Ceremony) || !isToken(a.Browser) || len(a.Credential) > credentialMax {
		return x, asked, ErrCeremony
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		x, err = s.Store.UseCeremony(ctx, HashToken(a.Ceremony), HashToken(a.Browser), what, s.Now())
		return err
	})
	if err != nil {
		return x, asked, err
	}
	if x.Host != a.Host || x.Origin != a.Origin || x.Session != c.Session && !x.Session.IsZero() {
		return x, asked, ErrCeremony
	}
	return x, asked, json.Unmarshal(x.Asked, &asked)
}

func isToken(t string) bool { return len(t) >= 40 && len(t) <= TokenMax }

// shown verifies a device's answer, and answers whose passkey it is. A credential that
// nobody has and a wrong signature are told alike: ErrPasskey.
func (s *Service) shown(ctx context.Context, a Answered, x Ceremony, asked webauthn.SessionData) (Passkey, error) {
	got, err := protocol.ParseCredentialRequestResponseBytes(a.Credential)
	if err != nil {
		return Passkey{}, ErrPasskey.Because(err)
	}
	who, err := s.holderOf(ctx, x, got.RawID)
	if err != nil {
		return Passkey{}, err
	}
	key, ok := who.key(got.RawID)
	if !ok {
		return Passkey{}, ErrPasskey
	}
	w, err := relying(a.Place, a.Host)
	if err != nil {
		return Passkey{}, err
	}
	if x.Person.IsZero() {
		_, _, err = w.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return who, nil }, asked, got)
	} else {
		_, err = w.ValidateLogin(who, asked, got)
	}
	if err != nil {
		return Passkey{}, ErrPasskey.Because(err)
	}
	flags := got.Response.AuthenticatorData.Flags
	return key, s.usedKey(ctx, key, got.Response.AuthenticatorData.Counter, flags.HasBackupState())
}

// holderOf is the person asked, or, where nobody is known yet, whoever has the credential.
func (s *Service) holderOf(ctx context.Context, x Ceremony, credential []byte) (holder, error) {
	who := x.Person
	if who.IsZero() {
		k, err := s.Store.PasskeyOf(ctx, credential)
		if errors.Is(err, ErrNoPasskey) {
			return holder{}, ErrPasskey
		}
		if err != nil {
			return holder{}, err
		}
		who = k.Person
	}
	h, err := s.holder(ctx, who)
	return h.at(x.Host), err
}

func (s *Service) holder(ctx context.Context, who id.Person) (holder, error) {
	p, err := s.Store.ByID(ctx, who)
	if err != nil {
		return holder{}, err
	}
	keys, err := s.Store.Passkeys(ctx, who)
	return holder{p, keys}, err
}

// usedKey notes a use. A device counts its signatures, if it counts at all; a count that
// does not rise is the mark of a copy, and nobody can tell which of the two is the copy.
func (s *Service) usedKey(ctx context.Context, k Passkey, count uint32, backedUp bool) error {
	ok := false
	err := s.Unit.Do(ctx, func(ctx context.Context) (err error) {
		if ok, err = s.Store.UsePasskey(ctx, k.ID, count, backedUp, s.Now()); err != nil {
			return err
		}
		outcome, what := audit.Done, "passkey_used"
		if !ok {
			outcome, what = audit.Refused, "passkey_copied"
		}
		err = s.Audit.Record(ctx, audit.Entry{
			Action: string(ActionSignIn), ObjectKind: "person", ObjectID: k.Person.String(), Outcome: outcome, Data: map[string]string{"what": what, "passkey": k.ID.String()},
		})
		if err != nil || ok {
			return err
		}
		return s.Events.Append(ctx, event.PasskeyCopied{Person: k.Person.String(), Passkey: k.ID.String(), Name: k.Name})
	})
	if err == nil && !ok {
		err = ErrPasskey
	}
	return err
}
