package mail

import (
	"strings"
	"testing"
)

func TestTheSchemeOfAnSMTPAddressSaysHowItIsEncrypted(t *testing.T) {
	for raw, want := range map[string]Config{
		"smtp://u:p@mx.example":       {Host: "mx.example", Port: 587, User: "u", Password: "p", From: "f", TLS: "starttls"},
		"smtps://mx.example:4650":     {Host: "mx.example", Port: 4650, From: "f", TLS: "tls"},
		"smtp+plain://127.0.0.1:2525": {Host: "127.0.0.1", Port: 2525, From: "f", TLS: "none"},
	} {
		if got, err := ParseURL(raw, "f"); err != nil || got != want {
			t.Errorf("%s: %+v %v", raw, got, err)
		}
	}
	for _, raw := range []string{"", "http://x", "smtp://", "smtp://u:hunter2@h:port"} {
		if _, err := ParseURL(raw, "f"); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}
