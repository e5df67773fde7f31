package vault

import (
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Sealer seals under the master key what is kept before there is a tenant.
type Sealer struct{ aead tink.AEAD }

// NewSealer makes a sealer for one purpose; another's cannot open what it sealed.
func NewSealer(master []byte, purpose string) (Sealer, error) {
	key, err := stretched(master, "kontor "+purpose+" v1")
	if err != nil {
		return Sealer{}, err
	}
	a, err := subtle.NewAESGCM(key)
	return Sealer{a}, err
}

// Seal encrypts for one place.
func (s Sealer) Seal(plain []byte, where ...string) ([]byte, error) {
	return s.aead.Encrypt(plain, place(where...))
}

// Open decrypts what was sealed for that place.
func (s Sealer) Open(sealed []byte, where ...string) ([]byte, error) {
	plain, err := s.aead.Decrypt(sealed, place(where...))
	if err != nil {
		return nil, ErrMasterKey.Because(err)
	}
	return plain, nil
}
