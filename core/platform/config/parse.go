package config

import (
	"encoding"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
)

// parse reads one value. Messages never repeat it: it may be a secret.
func parse(f reflect.Value, s string, set setting) error {
	switch p := f.Addr().Interface().(type) {
	case *string:
		if len(set.oneof) > 0 && !slices.Contains(set.oneof, s) && (s != "" || set.def != "") {
			return fmt.Errorf("must be one of %s", strings.Join(set.oneof, ", "))
		}
		*p = s
	case *Secret:
		*p = Secret(s)
	case *bool:
		b, err := strconv.ParseBool(s)
		if err != nil {
			return errors.New("must be true or false")
		}
		*p = b
	case *int:
		n, err := strconv.Atoi(s)
		if err != nil {
			return errors.New("must be a whole number")
		}
		*p = n
	case *time.Duration:
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 {
			return errors.New("must be a duration such as 15s")
		}
		*p = d
	case *[]netip.Prefix:
		var err error
		*p, err = prefixes(s)
		return err
	case encoding.TextUnmarshaler:
		if err := p.UnmarshalText([]byte(s)); err != nil {
			return errors.New("must be debug, info, warn or error")
		}
	}
	return nil
}

func prefixes(s string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		if a, err := netip.ParseAddr(part); err == nil {
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, errors.New("must list addresses or networks such as 10.0.0.0/8")
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// validate checks what a type alone does not say.
func (c *Config) validate(check *fault.Check) {
	for key, addr := range map[string]string{"http_addr": c.HTTPAddr, "ops_addr": c.OpsAddr, "simulator_addr": c.SimulatorAddr, "tls_addr": c.TLSAddr} {
		if key == "tls_addr" && addr == "" {
			continue
		}
		_, port, err := net.SplitHostPort(addr)
		n, perr := strconv.Atoi(port)
		check.If(err != nil || perr != nil || n < 0 || n > 65535, key, "malformed", key+" must be host:port.")
	}
	check.If(c.HTTPAddr == c.OpsAddr && !strings.HasSuffix(c.OpsAddr, ":0"), "ops_addr", "repeated", "ops_addr must differ from http_addr.")
	check.If(c.TLSAddr != "" && (c.TLSAddr == c.HTTPAddr || c.TLSAddr == c.OpsAddr), "tls_addr", "repeated", "tls_addr must differ from http_addr and ops_addr.")
	check.If(strings.HasSuffix(c.TLSAddr, ":0"), "tls_addr", "malformed", "tls_addr must name its port: the authority has to find it.")
	scheme(check, "acme_directory", c.ACMEDirectory, "https")
	scheme(check, "database_url", c.DatabaseURL.Reveal(), "postgres", "postgresql")
	scheme(check, "control_url", c.ControlURL.Reveal(), "postgres", "postgresql")
	check.If(c.Cell == "", "cell", "required", "cell must name a cell.")
	check.If(c.Cell != "main" && c.ControlURL == "", "control_url", "required", "control_url must be set in every cell but main.")
	check.If(c.Cell == "main" && c.ControlURL != "", "control_url", "unexpected", "control_url must be empty in main, whose own database it is.")
	scheme(check, "smtp_url", c.SMTPURL.Reveal(), "smtp", "smtps")
	check.If(c.Secret != "" && len(c.Secret) < 32, "secret", "too_short", "secret must have at least 32 characters.")
	check.If(c.MasterKey != "" && len(c.MasterKey) < 32, "master_key", "too_short", "master_key must have at least 32 characters.")
	check.If(c.PublicPort < 0 || c.PublicPort > 65535, "public_port", "malformed", "public_port must be a port.")
	check.If(c.BodyLimit < 1<<10 || c.BodyLimit > 64<<20, "body_limit", "malformed", "body_limit must be between 1 kB and 64 MB.")
	check.If(c.DBConns < 2 || c.DBConns > 500, "db_conns", "malformed", "db_conns must be between 2 and 500.")
	check.If(c.RateVisitor < 0, "rate_visitor", "too_small", "rate_visitor must not be negative.")
	check.If(c.RatePerson < 0, "rate_person", "too_small", "rate_person must not be negative.")
	check.If(strings.ContainsAny(c.BaseDomain, "/:@ ") || c.BaseDomain == "", "base_domain", "malformed", "base_domain must be a host name.")
}

func scheme(check *fault.Check, key, value string, allowed ...string) {
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	check.If(err != nil || !slices.Contains(allowed, u.Scheme) || u.Host == "" && u.Query().Get("host") == "",
		key, "malformed", key+" must be a URL that begins with "+allowed[0]+"://.")
}
