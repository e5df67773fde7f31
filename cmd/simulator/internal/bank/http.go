package bank

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/kontorhq/kontor/cmd/simulator/internal/party"
)

// Handler is the bank's API. Every request needs the client's key; what moves money needs
// an Idempotency-Key too.
func (b *Bank) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /bank/v1/escrows", b.api(func(c caller, _ *http.Request) (Movement, error) {
		in, err := body[OpenEscrow](c)
		if err != nil {
			return Movement{}, err
		}
		return b.Open(c.name, c.key, c.hash, in)
	}))
	mux.HandleFunc("POST /bank/v1/escrows/{id}/release", b.api(func(c caller, r *http.Request) (Movement, error) {
		in, err := body[struct {
			Currency string  `json:"currency"`
			Splits   []Split `json:"splits"`
		}](c)
		if err != nil {
			return Movement{}, err
		}
		return b.Release(c.name, c.key, c.hash, r.PathValue("id"), in.Currency, in.Splits)
	}))
	mux.HandleFunc("POST /bank/v1/escrows/{id}/refund", b.api(func(c caller, r *http.Request) (Movement, error) {
		in, err := body[struct {
			Amount   int64  `json:"amount_minor"`
			Currency string `json:"currency"`
			Reason   string `json:"reason"`
		}](c)
		if err != nil {
			return Movement{}, err
		}
		return b.Refund(c.name, c.key, c.hash, r.PathValue("id"), in.Currency, in.Amount)
	}))
	mux.HandleFunc("POST /bank/v1/payouts", b.api(func(c caller, _ *http.Request) (Movement, error) {
		in, err := body[Payout](c)
		if err != nil {
			return Movement{}, err
		}
		return b.Pay(c.name, c.key, c.hash, in)
	}))
	mux.HandleFunc("GET /bank/v1/movements/{id}", b.api(func(c caller, r *http.Request) (Movement, error) {
		return b.Find(c.name, r.PathValue("id"), "")
	}))
	mux.HandleFunc("GET /bank/v1/movements", b.api(func(c caller, r *http.Request) (Movement, error) {
		return b.Find(c.name, "", r.URL.Query().Get("key"))
	}))
	return mux
}

// caller is an authenticated request.
type caller struct {
	name, key, hash string
	body            []byte
}

func (b *Bank) api(fn func(caller, *http.Request) (Movement, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		name, ok := party.Name(token)
		if !ok {
			party.Refuse(w, http.StatusUnauthorized, "key_unknown", "")
			return
		}
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			party.Refuse(w, http.StatusRequestEntityTooLarge, "body_too_large", "")
			return
		}
		sum := sha256.Sum256(append([]byte(r.Method+" "+r.URL.Path+"\n"), raw...))
		m, err := fn(caller{name, r.Header.Get("Idempotency-Key"), hex.EncodeToString(sum[:]), raw}, r)
		var no *Refusal
		switch {
		case errors.As(err, &no):
			party.Refuse(w, no.Status, no.Code, no.Detail)
		case err != nil:
			party.Refuse(w, http.StatusServiceUnavailable, "books_closed", err.Error())
		default:
			party.Answer(w, http.StatusOK, m)
		}
	}
}

func body[T any](c caller) (T, error) {
	var v T
	if err := json.Unmarshal(c.body, &v); err != nil {
		return v, refuse(400, "malformed", err.Error())
	}
	return v, nil
}
