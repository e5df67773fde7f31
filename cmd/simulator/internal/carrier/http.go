package carrier

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kontorhq/kontor/cmd/simulator/internal/party"
)

// Handler is the carrier's interface. Requests are signed over time, method, path and
// body; one older than five minutes is refused.
func (c *Carrier) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /carrier/v1/bookings", c.signed(func(client string, body []byte, r *http.Request) (Consignment, error) {
		var in Booking
		if err := json.Unmarshal(body, &in); err != nil {
			return Consignment{}, &Refusal{400, "malformed", err.Error()}
		}
		sum := sha256.Sum256(body)
		return c.Book(client, r.Header.Get("Idempotency-Key"), hex.EncodeToString(sum[:]), in)
	}))
	mux.HandleFunc("GET /carrier/v1/bookings/{id}", c.signed(func(client string, _ []byte, r *http.Request) (Consignment, error) {
		return c.Find(client, r.PathValue("id"), "")
	}))
	mux.HandleFunc("GET /carrier/v1/bookings", c.signed(func(client string, _ []byte, r *http.Request) (Consignment, error) {
		return c.Find(client, "", r.URL.Query().Get("key"))
	}))
	return mux
}

func (c *Carrier) signed(fn func(client string, body []byte, r *http.Request) (Consignment, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			party.Refuse(w, http.StatusRequestEntityTooLarge, "body_too_large", "")
			return
		}
		client := r.Header.Get("X-Carrier-Key")
		if !c.genuine(r, client, body) {
			party.Refuse(w, http.StatusUnauthorized, "signature_invalid", "")
			return
		}
		s, err := fn(client, body, r)
		var no *Refusal
		switch {
		case errors.As(err, &no):
			party.Refuse(w, no.Status, no.Code, no.Detail)
		case err != nil:
			party.Refuse(w, http.StatusServiceUnavailable, "books_closed", err.Error())
		default:
			party.Answer(w, http.StatusOK, s)
		}
	}
}

func (c *Carrier) genuine(r *http.Request, client string, body []byte) bool {
	at, sig, ok := strings.Cut(strings.TrimPrefix(r.Header.Get("X-Carrier-Signature"), "t="), ",v1=")
	sec, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil || client == "" || c.now().Sub(time.Unix(sec, 0)).Abs() > 5*time.Minute {
		return false
	}
	m := hmac.New(sha256.New, []byte(party.CarrierSecret(client)))
	m.Write([]byte(at + "." + r.Method + "." + r.URL.RequestURI() + "."))
	m.Write(body)
	return hmac.Equal([]byte(hex.EncodeToString(m.Sum(nil))), []byte(sig))
}
