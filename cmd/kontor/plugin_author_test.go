package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/platform/dialect"
	"github.com/kontorhq/kontor/plugins/sdk/kit"
)

// author runs a command of `kontor plugin` and gives what it printed.
func author(t *testing.T, args ...string) (string, error) {
	t.Helper()
	c := pluginCmd()
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetErr(&out)
	c.SetArgs(args)
	c.SilenceErrors, c.SilenceUsage = true, true
	err := c.ExecuteContext(context.Background())
	return out.String(), err
}

func TestABegunPluginPassesItsFirstTest(t *testing.T) {
	t.Parallel()
	for _, caps := range []string{"pricing", "pricing,logistics,payment"} {
		t.Run(caps, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "steel")
			if out, err := author(t, "new", "acme.steel", "--cap", caps, "--dir", dir, "--kontor", "../.."); err != nil {
				t.Fatal(err, out)
			}
			junit := filepath.Join(t.TempDir(), "junit.xml")
			out, err := author(t, "test", dir, "--quick", "--json", "--junit", junit)
			var r kit.Report
			if jerr := json.Unmarshal([]byte(out), &r); err != nil || jerr != nil {
				t.Fatal(err, jerr, out)
			}
			if r.Plugin != "acme.steel" || r.Count(kit.Failed) > 0 || r.Count(kit.Passed) < 55 {
				t.Errorf("%s: %d passed, %d failed", r.Plugin, r.Count(kit.Passed), r.Count(kit.Failed))
			}
			for _, x := range r.Results {
				if pays := strings.Contains(x.Check, "payment."); pays && !strings.Contains(caps, "payment") {
					t.Errorf("%s concerns a plugin that takes no money", x.Check)
				}
			}
			var suite struct {
				Tests    int `xml:"tests,attr"`
				Failures int `xml:"failures,attr"`
			}
			b, err := os.ReadFile(junit)
			if err := errors.Join(err, xml.Unmarshal(b, &suite)); err != nil || suite.Tests != len(r.Results) || suite.Failures != 0 {
				t.Errorf("%+v, %v", suite, err)
			}
		})
	}
}

// Other languages speak the same contract, held in the same cage. What they stand on is
// fetched by make test-tools.
func TestPluginsInOtherLanguagesPass(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"python", "node"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "steel")
			if out, err := author(t, "new", "acme.steel", "--lang", lang, "--dir", dir); err != nil {
				t.Fatal(err, out)
			}
			if lang == "node" {
				packages, err := filepath.Abs("../../plugins/examples/node/node_modules")
				if err := errors.Join(err, os.Symlink(packages, filepath.Join(dir, "node_modules"))); err != nil {
					t.Fatal(err)
				}
			}
			out, err := author(t, "test", dir, "--quick", "--json")
			var r kit.Report
			if jerr := json.Unmarshal([]byte(out), &r); err != nil || jerr != nil {
				t.Fatal(err, jerr, out)
			}
			if r.Plugin != "acme.steel" || r.Count(kit.Failed) > 0 || r.Count(kit.Passed) < 50 {
				t.Errorf("%s: %d passed, %d failed", r.Plugin, r.Count(kit.Passed), r.Count(kit.Failed))
			}
			for _, x := range r.Results {
				if x.Outcome == kit.NotRun && x.Why != "the settings hold no secret" {
					t.Errorf("%s: %s", x.Check, x.Why)
				}
			}
		})
	}
}

// The examples carry the contract with them; it is the published one.
func TestExamplesCarryThePublishedContract(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("../../plugins/sdk/internal/wire/testdata/contract.binpb")
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"python", "node"} {
		if got, err := os.ReadFile("../../plugins/examples/" + lang + "/contract.binpb"); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: another contract, or none (%v)", lang, err)
		}
	}
}

// What a begun plugin can be set is laid out as a form, so it is written in the dialect.
func TestExamplesHaveSettingsThatAFormCanAskFor(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"go", "python", "node"} {
		b, err := os.ReadFile("../../plugins/examples/" + lang + "/settings.schema.json")
		if err == nil {
			_, err = dialect.Parse(b)
		}
		if err != nil {
			t.Errorf("%s: %v", lang, err)
		}
	}
}

// The plugins that come with Kontor, as their authors try them.
func TestOurOwnPluginsPass(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"steelprice", "freight", "escrow"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if out, err := author(t, "test", "../../plugins/"+name, "--quick"); err != nil {
				t.Error(err, out)
			}
		})
	}
}

func TestAFailureTellsRuleRequestAndAnswer(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "bad")
	if out, err := author(t, "new", "acme.bad", "--dir", dir, "--kontor", "../.."); err != nil {
		t.Fatal(err, out)
	}
	at := filepath.Join(dir, "pricing.go")
	b, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Replace(b, []byte("Amount: amount, ValidUntil"), []byte("Amount: sdk.Money{Currency: currency, Minor: minor + 1}, ValidUntil"), 1)
	if err := os.WriteFile(at, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := author(t, "test", dir, "--only", "pricing.quote.*")
	if !errors.Is(err, errChecks) {
		t.Errorf("it ends with %v", err)
	}
	for _, want := range []string{
		"FAIL pricing.quote.components_sum", "the components come to 9188, the amount is 9189", "rule (must): The components that are not informational",
		"last call  kontor.plugin.v1.Pricing/Quote", `"lineId":"bolt"`, `"minor":"9189"`, "kontor plugin docs pricing.quote.components_sum", "ok   pricing.quote.batch_equals_single",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "core.") {
		t.Error("checks ran that nobody asked for")
	}
}

func TestAProgramThatDoesNotStartIsToldByTheHandshake(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	manifest, err := os.ReadFile("../../plugins/steelprice/plugin.yaml")
	manifest = bytes.ReplaceAll(manifest, []byte("\nconfig:"), []byte("\n# config:"))
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, "plugin.yaml"), manifest, 0o600), os.WriteFile(filepath.Join(dir, "plugin"), []byte("#!/bin/sh\necho hello\n"), 0o700)); err != nil { //nolint:gosec // it has to run
		t.Fatal(err)
	}
	out, err := author(t, "test", dir)
	if !errors.Is(err, errChecks) || !strings.Contains(out, "FAIL core.handshake.first_line_only") || !strings.Contains(out, `the first line is "hello`) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestACallIsMadeAsAHostWould(t *testing.T) {
	t.Parallel()
	out, err := author(t, "call", "pricing.Quote", "../../plugins/steelprice")
	var r struct {
		Lines []struct {
			Amount struct{ Minor string }
		}
	}
	if err := errors.Join(err, json.Unmarshal([]byte(out), &r)); err != nil || len(r.Lines) != 4 || r.Lines[0].Amount.Minor != "2307780" {
		t.Fatalf("%v\n%s", err, out)
	}
	req := filepath.Join(t.TempDir(), "req.json")
	if err := os.WriteFile(req, []byte(`{"currency":"CNY","lines":[{"lineId":"x"}],"nonsense":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := author(t, "call", "pricing.Quote", "-f", req, "../../plugins/steelprice"); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("a field that there is not: %v", err)
	}
	if _, err := author(t, "call", "pricing.Sing", "../../plugins/steelprice"); err == nil || !strings.Contains(err.Error(), "pricing.Sing") {
		t.Errorf("an RPC that there is not: %v", err)
	}
}

func TestTheReferenceNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	out, err := author(t, "docs")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| Quote | QuoteRequest | QuoteReply |", "#### Call", "the same over all retries", "| pricing.quote | 500ms |", "| `core.tls.rejects_stranger` |", "1|1|unix|PATH|grpc|CERT",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the reference lacks %q", want)
		}
	}
	for _, c := range kit.Checks() {
		if !strings.Contains(out, "`"+c.Name+"`") {
			t.Errorf("the reference lacks %s", c.Name)
		}
	}
	if one, err := author(t, "docs", "core.init.once"); err != nil || !strings.Contains(one, "Init is the first call") {
		t.Errorf("%v %s", err, one)
	}
	if _, err := author(t, "docs", "core.none"); err == nil {
		t.Error("there is no such check")
	}
}

func TestNumbersComeWithTheirBudgets(t *testing.T) {
	t.Parallel()
	out, err := author(t, "bench", "../../plugins/steelprice", "--json")
	if err != nil && !errors.Is(err, errBudget) { // whether they are kept is this machine's affair
		t.Fatal(err, out)
	}
	var all []kit.Measure
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&all); err != nil || len(all) < 12 {
		t.Fatalf("%v, %d numbers", err, len(all))
	}
	for _, m := range all {
		if m.Value <= 0 || m.Budget <= 0 || m.Unit == "" {
			t.Errorf("%+v", m)
		}
	}
}

func TestAPluginIsBegunOnlyWithWhatThereIs(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"no id":         {"new", "Steel", "--dir", filepath.Join(t.TempDir(), "x")},
		"no language":   {"new", "acme.steel", "--lang", "cobol", "--dir", filepath.Join(t.TempDir(), "x")},
		"no capability": {"new", "acme.steel", "--cap", "horoscopes", "--dir", filepath.Join(t.TempDir(), "x")},
		"no checkout":   {"new", "acme.steel", "--dir", filepath.Join(t.TempDir(), "x")},
		"there already": {"new", "acme.steel", "--dir", t.TempDir()},
	} {
		if out, err := author(t, args...); err == nil {
			t.Errorf("%s: %s", name, out)
		}
		if left, _ := os.ReadDir(args[len(args)-1]); len(left) > 0 {
			t.Errorf("%s: %v was written", name, left)
		}
	}
}
