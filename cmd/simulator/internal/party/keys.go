package party

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// Keys are what a marketplace is given when it opens an account with the simulated
// parties. They follow from the name, so that a demonstration can be set up twice; nothing
// here guards real money.
type Keys struct {
	BankURL       string `json:"bank_url,omitempty"`
	APIKey        string `json:"api_key"`
	WebhookSecret string `json:"webhook_secret"`
	CarrierURL    string `json:"carrier_url,omitempty"`
	CarrierKey    string `json:"carrier_key"`
	CarrierSecret string `json:"carrier_secret"`
}

// KeysFor issues the keys of a name; base is where the parties listen.
func KeysFor(name, base string) Keys {
	return Keys{
		BankURL: base, APIKey: apiKey(name), WebhookSecret: WebhookSecret(apiKey(name)),
		CarrierURL: base, CarrierKey: name, CarrierSecret: CarrierSecret(name),
	}
}

func derive(what, name string) []byte {
	m := hmac.New(sha256.New, []byte("kontor simulator: not a secret"))
	m.Write([]byte(what + ":" + name))
	return m.Sum(nil)
}

func apiKey(name string) string {
	return "sim_" + name + "_" + hex.EncodeToString(derive("api", name))[:24]
}

// Name checks an API key and says whose it is.
func Name(key string) (string, bool) {
	rest, ok := strings.CutPrefix(key, "sim_")
	at := strings.LastIndex(rest, "_")
	if !ok || at <= 0 {
		return "", false
	}
	name := rest[:at]
	return name, hmac.Equal([]byte(apiKey(name)), []byte(key))
}

// WebhookSecret is in the form of the standard-webhooks specification.
func WebhookSecret(apiKey string) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(derive("webhook", apiKey))
}

// CarrierSecret signs requests to the carrier.
func CarrierSecret(name string) string { return hex.EncodeToString(derive("carrier", name)) }
