package notify

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/kontorhq/kontor/core/id"
)

// Vault seals a letter's secret with the marketplace's own key, so that a copy of the table
// tells nothing and a marketplace that was deleted takes its letters' secrets along.
type Vault interface {
	Seal(ctx context.Context, table, column, row string, plain []byte) ([]byte, error)
	Open(ctx context.Context, table, column, row string, sealed []byte) ([]byte, error)
}

const (
	sealedTable  = "notify_mails"
	sealedColumn = "token_sealed"
)

var errSeal = errors.New("notify: a letter was sealed with another key")

// close seals a letter's secret, in the unit that keeps the letter.
func (s *Service) close(ctx context.Context, of id.Mail, secret string) ([]byte, error) {
	return s.n.Vault.Seal(ctx, sealedTable, sealedColumn, of.String(), []byte(secret))
}

// whole is the letter as it goes out, with its secret if it has one.
func (s *Service) whole(ctx context.Context, m Mail) (Mail, error) {
	var token string
	switch {
	case len(m.Sealed) > 0:
		b, err := s.n.Vault.Open(ctx, sealedTable, sealedColumn, m.ID.String(), m.Sealed)
		if err != nil {
			return m, err
		}
		token = string(b)
	case len(m.Old) > 0:
		var err error
		if token, err = s.old.open(m.ID, m.Old); err != nil {
			return m, err
		}
	default:
		return m, nil
	}
	m.Text, m.HTML = strings.ReplaceAll(m.Text, "?token="+tokenMark, "?token="+token), strings.ReplaceAll(m.HTML, "?token="+tokenMark, "?token="+token)
	return m, nil
}

// oldSeal opens letters that an earlier version left waiting: AES-256-GCM with a key made of
// the house's secret, bound to the letter. It seals nothing any more.
type oldSeal struct{ aead cipher.AEAD }

func newOldSeal(secret []byte) oldSeal {
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
	return oldSeal{aead}
}

func (s oldSeal) open(of id.Mail, sealed []byte) (string, error) {
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
