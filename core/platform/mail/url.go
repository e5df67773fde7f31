package mail

import (
	"fmt"
	"net/url"
	"strconv"
)

// ParseURL reads "smtp://user:password@host:587" (STARTTLS), "smtps://host:465" (TLS) or
// "smtp+plain://127.0.0.1:25" (no encryption, for a relay on this machine).
func ParseURL(raw, from string) (Config, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return Config{}, fmt.Errorf("mail: KONTOR_SMTP_URL is no URL") // the URL itself holds a password
	}
	cfg := Config{Host: u.Hostname(), User: u.User.Username(), From: from}
	cfg.Password, _ = u.User.Password()
	switch u.Scheme {
	case "smtp":
		cfg.TLS, cfg.Port = "starttls", 587
	case "smtps":
		cfg.TLS, cfg.Port = "tls", 465
	case "smtp+plain":
		cfg.TLS, cfg.Port = "none", 25
	default:
		return Config{}, fmt.Errorf("mail: KONTOR_SMTP_URL begins with smtp://, smtps:// or smtp+plain://")
	}
	if p := u.Port(); p != "" {
		if cfg.Port, err = strconv.Atoi(p); err != nil {
			return Config{}, fmt.Errorf("mail: KONTOR_SMTP_URL has no such port")
		}
	}
	if cfg.Host == "" {
		return Config{}, fmt.Errorf("mail: KONTOR_SMTP_URL names no host")
	}
	return cfg, nil
}
