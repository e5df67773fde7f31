package config

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/fault"
)

func with(vars ...string) func() []string { return func() []string { return vars } }

func TestTheEnvironmentWinsOverTheFileAndTheFileOverDefaults(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "kontor.yaml")
	if err := os.WriteFile(file, []byte("http_addr: 127.0.0.1:9000\nops_addr: 127.0.0.1:9001\ndemo: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := load("", with("KONTOR_CONFIG="+file, "KONTOR_HTTP_ADDR=0.0.0.0:80", "KONTOR_TRUSTED_PROXIES=10.1.2.3/8, ::1", "KONTOR_LOG=warn", "KONTOR_TEST_DIR=/x", "PATH=/bin"))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(c.HTTPAddr, c.OpsAddr, c.Demo, c.TrustedProxies, c.Log, c.BaseDomain, c.From("http_addr"), c.From("base_domain"))
	want := "0.0.0.0:80 127.0.0.1:9001 true [10.0.0.0/8 ::1/128] WARN localhost KONTOR_HTTP_ADDR default"
	if got != want+"\n" {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if c.From("demo") != file {
		t.Errorf("demo is from %q", c.From("demo"))
	}
}

func TestBadValuesNameTheirKeysAllAtOnce(t *testing.T) {
	t.Parallel()
	_, err := load("", with("KONTOR_HTTP_ADDR=nowhere", "KONTOR_DEMO=perhaps", "KONTOR_LOG=loud", "KONTOR_DATABASE_URL=mysql://u:hunter2@h/db",
		"KONTOR_TRUSTED_PROXIES=mars", "KONTOR_SECRET=short", "KONTOR_REQUEST_TIMEOUT=-1s", "KONTOR_LOG_FORMAT=xml"))
	if !errors.Is(err, ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	named := map[string]bool{}
	for _, f := range fault.From(err).Fields {
		named[f.Path] = true
	}
	for _, key := range []string{"http_addr", "demo", "log", "database_url", "trusted_proxies", "secret", "request_timeout", "log_format"} {
		if !named[key] {
			t.Errorf("%s is not named: %v", key, err)
		}
	}
	if strings.Contains(fmt.Sprintf("%v %+v", err, fault.From(err)), "hunter2") {
		t.Error("the error tells a secret")
	}
}

func TestAFileWithAnUnknownKeyIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "kontor.yaml")
	if err := os.WriteFile(file, []byte("htp_addr: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := load(file, with()); !errors.Is(err, ErrInvalid) || fault.From(err).Fields[0].Path != "htp_addr" {
		t.Errorf("got %v", err)
	}
	if _, err := load(file+".missing", with()); !errors.Is(err, ErrFile) {
		t.Errorf("got %v", err)
	}
}

func TestSecretsPrintAsStarsEverywhere(t *testing.T) {
	t.Parallel()
	c, err := load("", with("KONTOR_DATABASE_URL=postgres://kontor:hunter2@db.example:5432/kontor", "KONTOR_SECRET=hunter2hunter2hunter2hunter2hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("config", "c", c, "secret", c.Secret)
	fmt.Fprintf(&out, "%v %+v %#v %s %q", c, c, c, c.Secret, c.Secret)
	if strings.Contains(out.String(), "hunter2") {
		t.Errorf("told:\n%s", out.String())
	}
	if !strings.Contains(out.String(), "postgres://***@db.example:5432/kontor") {
		t.Errorf("does not say which database:\n%s", out.String())
	}
	if c.DatabaseURL.Reveal() == "" || !strings.Contains(out.String(), "(KONTOR_SECRET)") {
		t.Error("the value or its source is lost")
	}
}
