// Package config reads how the platform should run: defaults, then a file, then KONTOR_*
// variables of the environment. Every value is checked here; what is wrong is named by
// its key. Secrets print as stars.
package config

import (
	"log/slog"
	"net/netip"
	"time"
)

// Config is the effective configuration.
type Config struct {
	HTTPAddr    string `key:"http_addr" default:"127.0.0.1:8080" help:"where marketplaces are served"`
	OpsAddr     string `key:"ops_addr" default:"127.0.0.1:8081" help:"metrics, profiles and health; never public"`
	Data        string `key:"data" help:"data folder; empty chooses one for this user"`
	DatabaseURL Secret `key:"database_url" help:"PostgreSQL elsewhere; empty starts one in the data folder"`
	Demo        bool   `key:"demo" default:"false" help:"seed the demo, start the simulator, show the mailbox"`

	Cell       string `key:"cell" default:"main" help:"which cell this process serves; its database is that of database_url"`
	ControlURL Secret `key:"control_url" help:"PostgreSQL of the cell main, which knows where every marketplace is; empty in main itself"`

	BaseDomain     string         `key:"base_domain" default:"localhost" help:"tenants live at <slug>.<base domain>"`
	PublicPort     int            `key:"public_port" default:"0" help:"port in links of mails; 0 means that of http_addr"`
	HTTPS          bool           `key:"https" default:"false" help:"links in mails say https"`
	TrustedProxies []netip.Prefix `key:"trusted_proxies" help:"whose X-Forwarded-* is believed, comma separated"`
	Nameserver     string         `key:"nameserver" help:"host:port of the DNS server that proofs of own domains are looked up at; empty asks the machine's"`
	Secret         Secret         `key:"secret" help:"signs cookies and forms, at least 32 characters; empty keeps one in the data folder"`

	MasterKey Secret `key:"master_key" help:"wraps the tenants' data keys, at least 32 characters, never in the database; empty keeps one in the data folder"`

	TLSAddr       string `key:"tls_addr" help:"where marketplaces are served over TLS, with certificates made on demand; empty: whatever stands in front ends TLS"`
	ACMEDirectory string `key:"acme_directory" help:"of the authority that makes certificates; empty: Let's Encrypt"`
	ACMEEmail     string `key:"acme_email" help:"where the authority writes to"`
	ACMERoots     string `key:"acme_roots" help:"file of root certificates for a private authority's directory; empty: the machine's"`

	SMTPURL  Secret `key:"smtp_url" help:"smtp://user:password@host:port; empty: people are told in the application alone"`
	MailFrom string `key:"mail_from" default:"no-reply@localhost" help:"sender of mails"`

	Log       slog.Level `key:"log" default:"info" help:"debug, info, warn or error"`
	LogFormat string     `key:"log_format" default:"text" oneof:"text json" help:"text or json"`

	RequestTimeout time.Duration `key:"request_timeout" default:"15s" help:"when a request is given up"`
	BodyLimit      int           `key:"body_limit" default:"1048576" help:"bytes of a request that carries no file"`
	PageCache      int           `key:"page_cache" default:"33554432" help:"bytes for pages of visitors; negative turns it off"`
	RateVisitor    int           `key:"rate_visitor" default:"50" help:"requests a second per visitor's address; 0 for no limit"`
	RatePerson     int           `key:"rate_person" default:"100" help:"requests a second per person; 0 for no limit"`
	DBConns        int           `key:"db_conns" default:"12" help:"connections to PostgreSQL"`

	PluginDir     string `key:"plugin_dir" help:"where plugin programs lie; empty looks beside kontor"`
	PluginTier    string `key:"plugin_tier" default:"" oneof:"S0 S1 S2" help:"the least that plugins are held in; empty leaves it to each; S0 holds none, for development"`
	SimulatorAddr string `key:"simulator_addr" default:"127.0.0.1:8090" help:"the bank and carrier of the demo"`

	from map[string]string // key: "default", the file's name or the variable's
}

// Secret is a value that prints as stars.
type Secret string

// Reveal gives the value to whoever must use it.
func (s Secret) Reveal() string { return string(s) }

// String hides the value; GoString and LogValue see that no format or log shows it.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue hides the value from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the value from JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// From tells where a key's value came from: "default", a file or a variable.
func (c Config) From(key string) string { return c.from[key] }
