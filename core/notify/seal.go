package notify

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"github.com/kontorhq/kontor/core/id"
)

// seal keeps a letter's secret from whoever reads the table: AES-256-GCM, with a key made
// of the house's secret, bound to the letter.
type seal struct{ aead cipher.AEAD }

var errSeal = errors.New("notify: a letter was sealed with another secret")

// newSeal derives the key; without a secret it is random, and letters that wait do not
// survive the process. That is a test's case: the server always has one.
func newSeal(secret []byte) seal {
	if len(secret) == 0 {
		secret = make([]byte, 32)
		rand.Read(secret) //nolint:errcheck // crypto/rand does not fail
	}
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("kontor letters 1"))
	block, err := aes.NewCipher(h.Sum(nil))
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return seal{aead}
}

func (s seal) close(of id.Mail, secret string) ([]byte, error) {
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return s.aead.Seal(nonce, nonce, []byte(secret), of[:]), nil
}

func (s seal) open(of id.Mail, sealed []byte) (string, error) {
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return "", errSeal
	}
	b, err := s.aead.Open(nil, sealed[:n], sealed[n:], of[:])
	if err != nil {
		return "", errSeal
	}
	return string(b), nil
}
