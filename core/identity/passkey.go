package identity

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/kontorhq/kontor/core/id"
)

// Passkey is a key pair on a person's device (WebAuthn); its public half is kept here. It
// proves two things at once: that the device is his, and that it was unlocked.
type Passkey struct {
	ID         id.Passkey
	Person     id.Person
	Credential []byte // how the device calls it
	PublicKey  []byte
	Name       string
	Host       string // the only address where it works
	AAGUID     [16]byte
	Transports []string
	SignCount  uint32
	Eligible   bool // it may be copied to other devices of his
	BackedUp   bool // and it was
	CreatedAt  time.Time
	UsedAt     time.Time
}

// Place is where a browser stands: the verified host that it asked for, the origin that its
// device will name, and the secret by which it is known again.
type Place struct {
	Host    string
	Origin  string
	Browser string
}

// Ceremony is a question to a device that awaits its answer.
type Ceremony struct {
	Purpose   CeremonyFor
	Person    id.Person  // none for signing in: the passkey itself says who it is
	Session   id.Session // that asked
	Host      string
	Origin    string
	Asked     []byte
	ExpiresAt time.Time
}

// CeremonyFor is what a ceremony is for. An answer for one purpose is none for another.
type CeremonyFor string

// The purposes.
const (
	ForAdding CeremonyFor = "add"
	ForSignIn CeremonyFor = "sign_in"
	ForCode   CeremonyFor = "code"
	ForProof  CeremonyFor = "proof"
)

// Asking is what a page hands to the browser's navigator.credentials.
type Asking struct {
	Ceremony  string
	Browser   string
	ExpiresAt time.Time
	Options   map[string]any
}

// Answered is what the device answered, as the browser writes it.
type Answered struct {
	Place
	Ceremony   string
	Credential []byte
}

// How passkeys go.
const (
	CeremonyLives   = 5 * time.Minute
	passkeysMax     = 20
	passkeyNameMax  = 60
	credentialMax   = 64 << 10
	credentialIDMax = 1023 // WebAuthn 3, 6.1
)

// relying is the party that devices see: this host and nothing beside it.
func relying(at Place, name string) (*webauthn.WebAuthn, error) {
	needed := true
	w, err := webauthn.New(&webauthn.Config{
		RPID: at.Host, RPDisplayName: name, RPOrigins: []string{at.Origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &needed, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, ErrNoPasskeyHere.Because(err)
	}
	return w, nil
}

// holder is a person as the library sees him.
type holder struct {
	Person
	keys []Passkey
}

func (h holder) WebAuthnID() []byte          { b := [16]byte(h.ID); return b[:] }
func (h holder) WebAuthnName() string        { return h.Email }
func (h holder) WebAuthnDisplayName() string { return h.Name }

func (h holder) WebAuthnCredentials() []webauthn.Credential {
	out := make([]webauthn.Credential, len(h.keys))
	for i, k := range h.keys {
		out[i] = webauthn.Credential{
			ID: k.Credential, PublicKey: k.PublicKey, Flags: webauthn.CredentialFlags{UserPresent: true, UserVerified: true, BackupEligible: k.Eligible, BackupState: k.BackedUp},
			Authenticator: webauthn.Authenticator{AAGUID: k.AAGUID[:], SignCount: k.SignCount},
		}
		for _, t := range k.Transports {
			out[i].Transport = append(out[i].Transport, protocol.AuthenticatorTransport(t))
		}
	}
	return out
}

// at are those of the holder's keys that work at a host.
func (h holder) at(host string) holder {
	var keys []Passkey
	for _, k := range h.keys {
		if k.Host == host {
			keys = append(keys, k)
		}
	}
	h.keys = keys
	return h
}

func (h holder) key(credential []byte) (Passkey, bool) {
	for _, k := range h.keys {
		if bytes.Equal(k.Credential, credential) {
			return k, true
		}
	}
	return Passkey{}, false
}

// plainOptions are a ceremony's options as plain values.
func plainOptions(v any) (map[string]any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	return out, json.Unmarshal(b, &out)
}
