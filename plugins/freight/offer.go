package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// terms are what an offer promised. They travel inside its id, sealed, so that a plugin
// that was started again still knows what it offered.
type terms struct {
	Service  string `json:"s"`
	Carrier  string `json:"c"`
	Currency string `json:"u"`
	Minor    int64  `json:"m"`
	ETADays  int    `json:"d"`
	Kg       string `json:"k"`
	From     string `json:"f"`
	To       string `json:"t"`
	Until    int64  `json:"x"`
}

var b64 = base64.RawURLEncoding

func seal(o sdk.RateOffer, from, to sdk.Place, l load, secret, tenant string) string {
	b, err := json.Marshal(terms{o.Service, o.Carrier, o.Amount.Currency, o.Amount.Minor, o.ETADays, l.kg.String(), spot(from), spot(to), o.ValidUntil.Unix()})
	if err != nil {
		return ""
	}
	body := b64.EncodeToString(b)
	return body + "." + sign(body, secret, tenant)
}

// sign binds the offer to the marketplace it was made to.
func sign(body, secret, tenant string) string {
	m := hmac.New(sha256.New, []byte("freight offer\n"+secret))
	m.Write([]byte(tenant + "\n" + body))
	return b64.EncodeToString(m.Sum(nil)[:16])
}

func spot(p sdk.Place) string { return strings.ToUpper(p.Country) + " " + fold(p.City) }

// unseal refuses offers that were altered, made to others, made for other places or are
// past their time.
func unseal(req sdk.BookRequest, secret string, now time.Time) (terms, error) {
	body, mark, _ := strings.Cut(req.OfferID, ".")
	if !hmac.Equal([]byte(mark), []byte(sign(body, secret, req.Call.Tenant))) {
		return terms{}, sdk.Refuse("offer_unknown", "")
	}
	var t terms
	b, err := b64.DecodeString(body)
	if err != nil || json.Unmarshal(b, &t) != nil {
		return terms{}, sdk.Refuse("offer_unknown", "")
	}
	if now.Unix() > t.Until {
		return terms{}, sdk.Refuse("offer_expired", "")
	}
	if t.From != spot(req.From) || t.To != spot(req.To) {
		return terms{}, sdk.Refuse("places_differ", "")
	}
	return t, nil
}
