package kit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"
)

// till is an outside party for plugins that bring none: a bank and a carrier in a hundred
// lines, that do a thing once for an Idempotency-Key.
//
//	POST /v1/escrows                {"amount", "currency"}                    opens one
//	POST /v1/escrows/{id}/release   {"amounts": [...], "currency"}            gives all of it away
//	POST /v1/escrows/{id}/refund    {"amount", "currency"}                    gives some of it back
//	POST /v1/payouts                {"amount", "currency", "party", "iban"}   pays it out
//	POST /v1/bookings               {"service", "amount", "currency", ...}    takes a consignment
//	GET  /v1/done/{id}, /v1/done?key=KEY                                      says what it did
//
// It answers with {"id", "kind", "state", "amount", "currency", "captured", "refunded",
// "reference", "at"}, and refuses with {"code"}. Money that arrives it tells by a message:
// headers till-id, till-time and till-signature, which is the base64 of
// HMAC-SHA256({{secret}}, id + "." + time + "." + body).
type till struct {
	srv   *httptest.Server
	inbox string
	mu    sync.Mutex
	done  map[string]*deed
	keys  map[string][2]string // to hash and id
	order []string
}

type deed struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	State     string    `json:"state"`
	Amount    int64     `json:"amount"`
	Currency  string    `json:"currency"`
	Captured  int64     `json:"captured"`
	Refunded  int64     `json:"refunded"`
	Reference string    `json:"reference"`
	At        time.Time `json:"at"`
}

type refusalOf struct {
	status int
	code   string
}

func newTill(inbox string) *till {
	t := &till{inbox: inbox, done: map[string]*deed{}, keys: map[string][2]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/escrows", t.once(t.open))
	mux.HandleFunc("POST /v1/escrows/{id}/release", t.once(t.release))
	mux.HandleFunc("POST /v1/escrows/{id}/refund", t.once(t.refund))
	mux.HandleFunc("POST /v1/payouts", t.once(t.payout))
	mux.HandleFunc("POST /v1/bookings", t.once(t.book))
	mux.HandleFunc("GET /v1/done/{id}", func(w http.ResponseWriter, r *http.Request) { t.find(w, r.PathValue("id")) })
	mux.HandleFunc("GET /v1/done", func(w http.ResponseWriter, r *http.Request) {
		t.mu.Lock()
		id := t.keys[r.URL.Query().Get("key")][1]
		t.mu.Unlock()
		t.find(w, id)
	})
	t.srv = httptest.NewServer(mux)
	return t
}

type order struct {
	Amount    int64   `json:"amount"`
	Amounts   []int64 `json:"amounts"`
	Currency  string  `json:"currency"`
	Party     string  `json:"party"`
	IBAN      string  `json:"iban"`
	Reference string  `json:"reference"`
	Service   string  `json:"service"`
}

// once does a thing once for a key.
func (t *till) once(fn func(id string, o order) (*deed, *refusalOf)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		var o order
		if err != nil || json.Unmarshal(b, &o) != nil {
			answer(w, 400, map[string]string{"code": "unreadable"})
			return
		}
		key := r.Header.Get("Idempotency-Key")
		sum := sha256.Sum256(append([]byte(r.URL.Path+"\n"), b...))
		hash := string(sum[:])
		t.mu.Lock()
		defer t.mu.Unlock()
		if old, ok := t.keys[key]; ok && key != "" {
			if old[0] != hash {
				answer(w, 409, map[string]string{"code": "key_reused"})
				return
			}
			answer(w, 200, t.done[old[1]])
			return
		}
		d, no := fn(r.PathValue("id"), o)
		if no != nil {
			answer(w, no.status, map[string]string{"code": no.code})
			return
		}
		d.ID, d.At = fmt.Sprintf("%s-%d", d.Kind, len(t.order)+1), time.Now().UTC()
		if d.Reference == "" {
			d.Reference = "REF" + strconv.Itoa(len(t.order)+1)
		}
		t.done[d.ID], t.order = d, append(t.order, d.ID)
		if key != "" {
			t.keys[key] = [2]string{hash, d.ID}
		}
		answer(w, 201, d)
	}
}

func (t *till) open(_ string, o order) (*deed, *refusalOf) {
	if o.Amount <= 0 {
		return nil, &refusalOf{422, "amount_not_positive"}
	}
	return &deed{Kind: "escrow", State: "awaiting", Amount: o.Amount, Currency: o.Currency}, nil
}

func (t *till) release(id string, o order) (*deed, *refusalOf) {
	e := t.done[id]
	var sum int64
	for _, a := range o.Amounts {
		sum += a
	}
	switch {
	case e == nil:
		return nil, &refusalOf{404, "not_found"}
	case e.State != "held":
		return nil, &refusalOf{422, "nothing_held"}
	case sum != e.Captured-e.Refunded:
		return nil, &refusalOf{422, "splits_differ_from_held"}
	}
	e.State = "released"
	return &deed{Kind: "release", State: "released", Amount: sum, Currency: e.Currency}, nil
}

func (t *till) refund(id string, o order) (*deed, *refusalOf) {
	e := t.done[id]
	switch {
	case e == nil:
		return nil, &refusalOf{404, "not_found"}
	case e.State != "held" || o.Amount <= 0 || o.Amount > e.Captured-e.Refunded:
		return nil, &refusalOf{422, "more_than_held"}
	}
	e.Refunded += o.Amount
	if e.Refunded == e.Captured {
		e.State = "refunded"
	}
	return &deed{Kind: "refund", State: "refunded", Amount: o.Amount, Currency: e.Currency}, nil
}

func (t *till) payout(_ string, o order) (*deed, *refusalOf) {
	if o.Amount <= 0 || o.IBAN == "" || o.Party == "nobody" || strings.HasPrefix(o.IBAN, "DE00") { // no IBAN has 00 for its check digits
		return nil, &refusalOf{422, "balance_too_small"}
	}
	return &deed{Kind: "payout", State: "pending", Amount: o.Amount, Currency: o.Currency}, nil
}

func (t *till) book(_ string, o order) (*deed, *refusalOf) {
	if o.Service == "" {
		return nil, &refusalOf{422, "service_missing"}
	}
	return &deed{Kind: "booking", State: "confirmed", Amount: o.Amount, Currency: o.Currency, Reference: o.Reference}, nil
}

func (t *till) find(w http.ResponseWriter, id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d := t.done[id]; d != nil {
		answer(w, 200, d)
		return
	}
	answer(w, 404, map[string]string{"code": "not_found"})
}

func (t *till) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.order)
}

// fund makes the money of an escrow arrive and says so.
func (t *till) fund(id string) error {
	t.mu.Lock()
	e := t.done[id]
	if e == nil {
		t.mu.Unlock()
		return fmt.Errorf("the till knows no %q: op_id is the till's id", id)
	}
	e.State, e.Captured = "held", e.Amount
	body, err := json.Marshal(e)
	t.mu.Unlock()
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPost, t.inbox, bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Till-Id", "msg-"+id)
	req.Header.Set("Till-Time", at)
	req.Header.Set("Till-Signature", sign("msg-"+id, at, body))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

func sign(id, at string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(strings.Join([]string{id, at, string(body)}, ".")))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck // who asked may be gone
}
