// Package desk is where a person, or a test, plays the outside parties: pays a reference,
// moves a lorry on, orders a fault. It answers only to names of this machine.
package desk

import (
	_ "embed"
	"encoding/json"
	"errors"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/kontorhq/kontor/cmd/simulator/internal/bank"
	"github.com/kontorhq/kontor/cmd/simulator/internal/carrier"
	"github.com/kontorhq/kontor/cmd/simulator/internal/party"
)

//go:embed desk.html
var page string

// Desk joins the parties to one address.
type Desk struct {
	Bank    *bank.Bank
	Carrier *carrier.Carrier
	Base    string // http://127.0.0.1:8090

	bankFaults, carrierFaults party.Faults
	tmpl                      *template.Template
}

// Handler is everything the simulator answers.
func (d *Desk) Handler() (http.Handler, error) {
	var err error
	if d.tmpl, err = template.New("desk").Funcs(template.FuncMap{"money": money}).Parse(page); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/bank/", d.bankFaults.Wrap(d.Bank.Handler()))
	mux.Handle("/carrier/", d.carrierFaults.Wrap(d.Carrier.Handler()))
	mux.Handle("POST /sim/v1/faults/bank", &d.bankFaults)
	mux.Handle("POST /sim/v1/faults/carrier", &d.carrierFaults)
	mux.HandleFunc("POST /sim/v1/transfers", d.transfer)
	mux.HandleFunc("POST /sim/v1/consignments/{number}/advance", func(w http.ResponseWriter, r *http.Request) {
		s, err := d.Carrier.Advance(r.PathValue("number"))
		answer(w, s, err)
	})
	mux.HandleFunc("GET /sim/v1/keys", func(w http.ResponseWriter, r *http.Request) {
		party.Answer(w, http.StatusOK, party.KeysFor(r.URL.Query().Get("name"), d.Base))
	})
	mux.HandleFunc("GET /sim/v1/movements", func(w http.ResponseWriter, _ *http.Request) { party.Answer(w, http.StatusOK, d.Bank.Movements()) })
	mux.HandleFunc("GET /sim/v1/ready", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /{$}", d.show)
	mux.HandleFunc("POST /pay", d.pay)
	mux.HandleFunc("POST /advance", d.advance)
	return onlyHere(mux), nil
}

// onlyHere refuses requests that a page of some other site made the browser send: by name
// of the host (rebinding) and by origin.
func onlyHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		ip := net.ParseIP(host)
		here := host == "localhost" || (ip != nil && ip.IsLoopback())
		if origin := r.Header.Get("Origin"); origin != "" && r.Method != http.MethodGet {
			u, err := url.Parse(origin)
			here = here && err == nil && u.Host == r.Host
		}
		if !here {
			party.Refuse(w, http.StatusForbidden, "not_from_here", "")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// order is a transfer to make: an amount, or a mode against what is due.
type order struct {
	Reference string `json:"reference"`
	Mode      string `json:"mode"` // exact, short, over
	Amount    int64  `json:"amount_minor"`
	Sender    string `json:"sender"`
}

func (d *Desk) transfer(w http.ResponseWriter, r *http.Request) {
	var in order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&in); err != nil {
		party.Refuse(w, http.StatusBadRequest, "malformed", err.Error())
		return
	}
	m, err := d.send(in)
	answer(w, m, err)
}

// send works the amount out: short is a tenth less than what is due, over a tenth more.
func (d *Desk) send(in order) (bank.Movement, error) {
	amount := in.Amount
	if in.Mode != "" {
		due, err := d.Bank.Due(in.Reference)
		if err != nil {
			return bank.Movement{}, err
		}
		switch in.Mode {
		case "exact":
			amount = due
		case "short":
			amount = due - max(due/10, 1)
		case "over":
			amount = due + max(due/10, 1)
		default:
			return bank.Movement{}, &bank.Refusal{Status: 400, Code: "mode_unknown", Detail: in.Mode}
		}
	}
	return d.Bank.Receive(in.Reference, amount, in.Sender)
}

func answer(w http.ResponseWriter, v any, err error) {
	var b *bank.Refusal
	var c *carrier.Refusal
	switch {
	case errors.As(err, &b):
		party.Refuse(w, b.Status, b.Code, b.Detail)
	case errors.As(err, &c):
		party.Refuse(w, c.Status, c.Code, c.Detail)
	case err != nil:
		party.Refuse(w, http.StatusServiceUnavailable, "books_closed", err.Error())
	default:
		party.Answer(w, http.StatusOK, v)
	}
}

func language(r *http.Request) string {
	want := r.URL.Query().Get("lang")
	if want == "" {
		want = r.Header.Get("Accept-Language")
	}
	if strings.HasPrefix(strings.ToLower(want), "zh") {
		return "zh-CN"
	}
	return "en"
}
