package dialect_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/dialect"
)

const bank = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["bank_url","api_key","mode"],
"properties":{
 "bank_url":{"type":"string","format":"uri","title":"Bank's address","x-i18n":{"zh-CN":{"title":"银行地址"}}},
 "api_key":{"type":"string","x-secret":true,"title":"Key","maxLength":200},
 "mode":{"type":"string","enum":["test","live"],"default":"test","x-i18n":{"zh-CN":{"enum":{"test":"测试","live":"正式"}}}},
 "fee":{"type":"number","minimum":0,"maximum":100,"x-money":"EUR","x-order":1},
 "days":{"type":"integer","minimum":1,"x-group":"Terms"},
 "codes":{"type":"array","maxItems":3,"items":{"type":"string","pattern":"^[A-Z]{2}$"}},
 "instant":{"type":"boolean"},
 "account":{"$ref":"#/$defs/account","title":"Account"},
 "rows":{"type":"array","items":{"type":"object","properties":{"a":{"type":"string"}}}},
 "due":{"type":"string","format":"date"}},
"if":{"properties":{"mode":{"const":"live"}},"required":["mode"]},"then":{"required":["days"]},
"examples":[{"bank_url":"https://bank.example","api_key":"k","mode":"test"}],
"$defs":{"account":{"type":"object","required":["iban"],"properties":{"iban":{"type":"string"},"pin":{"type":"string","x-secret":true}}}}}`

func parse(t *testing.T, raw string) *dialect.Schema {
	t.Helper()
	s, err := dialect.Parse([]byte(raw))
	if err != nil {
		t.Fatal(fault.From(err).Text(), err)
	}
	return s
}

func TestAValueIsToldEverythingThatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	s := parse(t, bank)
	for value, want := range map[string]string{
		`{"bank_url":"https://b.example","api_key":"k","mode":"test"}`:                                       "",
		`{"bank_url":"https://b.example","api_key":"k","mode":"live"}`:                                       "days required",
		`{"bank_url":"no address","mode":"slow","fee":101,"days":1.5,"instant":"yes","colour":1}`:            "api_key required, bank_url malformed, colour unknown, days not_a_whole_number, fee too_large, instant not_true_or_false, mode not_an_option",
		`{"bank_url":"https://b.example","api_key":"k","mode":"test","account":{}}`:                          "account.iban required",
		`{"bank_url":"https://b.example","api_key":"k","mode":"test","account":{"iban":"x","y":1}}`:          "account.y unknown",
		`{"bank_url":"https://b.example","api_key":"k","mode":"test","codes":["DE","de","FR","IT"]}`:         "codes too_many, codes.1 malformed",
		`{"bank_url":"https://b.example","api_key":"k","mode":"test","due":"2026-02-30"}`:                    "due not_a_date",
		`{"bank_url":"https://b.example","api_key":"k","mode":"test","fee":1e999999999}`:                     "fee out_of_range",
		`{"bank_url":"https://b.example","api_key":"k","mode":"test","fee":` + strings.Repeat("9", 40) + `}`: "fee out_of_range",
		`{"bank_url":"https://b.example","api_key":"k","mode":"test","rows":[{"b":1}]}`:                      "rows.0.b unknown",
		`{}{}`:          " malformed",
		`[`:             " malformed",
		``:              " malformed",
		`null`:          " wrong_type",
		`{"mode":null}`: "api_key required, bank_url required, mode wrong_type",
	} {
		var got []string
		for _, f := range s.Check([]byte(value)) {
			got = append(got, f.Path+" "+f.Reason)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s\n got %s\nwant %s", value, strings.Join(got, ", "), want)
		}
	}
	if err := s.Refuse([]byte(`{}`)); !errors.Is(err, dialect.ErrValue) || len(fault.From(err).Fields) != 3 {
		t.Errorf("%+v", err)
	}
}

func TestOnlyTheDialectIsASchema(t *testing.T) {
	t.Parallel()
	in := func(prop string) string { return `{"type":"object","properties":{"a":` + prop + `}}` }
	deep := in(`{"type":"string"}`)
	for range 12 {
		deep = in(deep)
	}
	for raw, at := range map[string]string{
		`[]`:                           "/",
		`{"type":"string"}`:            "/",
		`{"type":"object","oneOf":[]}`: "/oneOf",
		`{"type":"object","$schema":"http://json-schema.org/draft-07/schema#"}`:   "/$schema",
		in(`{"type":["string","null"]}`):                                          "/properties/a/type",
		in(`{"type":"text"}`):                                                     "/properties/a/type",
		in(`{}`):                                                                  "/properties/a/type",
		in(`{"type":"string","format":"email"}`):                                  "/properties/a/format",
		in(`{"type":"string","pattern":"(?=x)"}`):                                 "/properties/a/pattern",
		in(`{"type":"string","pattern":"["}`):                                     "/properties/a/pattern",
		in(`{"type":"number","minimum":"1"}`):                                     "/properties/a/minimum",
		in(`{"type":"string","x-widget":"iframe"}`):                               "/properties/a/x-widget",
		in(`{"type":"string","x-html":"<b>"}`):                                    "/properties/a/x-html",
		in(`{"type":"number","x-secret":true}`):                                   "/properties/a/x-secret",
		in(`{"type":"string","x-order":"first"}`):                                 "/properties/a",
		in(`{"$ref":"https://example.org/s.json"}`):                               "/properties/a/$ref",
		in(`{"$ref":"#/$defs/none"}`):                                             "/properties/a/$ref",
		in(`{"type":"object","additionalProperties":true}`):                       "/properties/a/additionalProperties",
		`{"type":"object","properties":{"A b":{"type":"string"}}}`:                "/properties/A b",
		`{"type":"object","required":["b"],"properties":{"a":{"type":"string"}}}`: "/required",
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/x"}},"$defs":{"x":{"type":"object","properties":{"b":{"$ref":"#/$defs/x"}}}}}`: "/properties/a/$ref/properties/b/$ref",
		`{"type":"object","properties":{"a":{"type":"string"}},"if":{"not":{}}}`:                                                            "/if/not",
		`{"type":"object","properties":{"a":{"type":"string"}},"then":{"properties":{"a":{"if":{}}}}}`:                                      "/then/properties/a/if",
		`{"type":"object","properties":{"a":{"type":"number"}},"examples":[{"a":"b"}]}`:                                                     "/examples/0",
		deep: "",
	} {
		_, err := dialect.Parse([]byte(raw))
		if f := fault.From(err); !errors.Is(err, dialect.ErrSchema) || at != "" && f.Args["at"] != at || f.Args["why"] == "" {
			t.Errorf("%.150s: at %s: %v %s", raw, at, err, f.Text())
		}
	}
	if _, err := dialect.Parse([]byte(in(`{"type":"string","title":"` + strings.Repeat("x", dialect.MostBytes) + `"}`))); !errors.Is(err, dialect.ErrSchema) {
		t.Errorf("too long: %v", err)
	}
}

func TestAFormIsLaidOutInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := parse(t, bank)
	fields := s.Fields(nil, "zh-CN")
	var names []string
	for _, f := range fields {
		names = append(names, f.Name+":"+f.Kind)
	}
	if got := strings.Join(names, " "); got != "fee:number bank_url:url api_key:secret mode:select codes:list instant:checkbox due:date days:number account.iban:text account.pin:secret" {
		t.Error(got)
	}
	by := map[string]dialect.Field{}
	for _, f := range fields {
		by[f.Name] = f
	}
	if f := by["mode"]; f.Value != "test" || !f.Required || !cmp.Equal(f.Options, []dialect.Option{{Value: "test", Label: "测试"}, {Value: "live", Label: "正式"}}) {
		t.Errorf("%+v", f)
	}
	if by["bank_url"].Label != "银行地址" || by["api_key"].Label != "Key" || by["days"].Group != "Terms" || !by["days"].When || by["account.iban"].Group != "Account" || by["fee"].Currency != "EUR" || by["instant"].Label != "Instant" {
		t.Errorf("%+v", by)
	}
	for _, f := range s.Fields([]byte(`{"api_key":"very secret","codes":["DE","FR"],"fee":1.10,"account":{"pin":"1234"}}`), "en") {
		if strings.Contains(f.Value, "secret") || strings.Contains(f.Value, "1234") {
			t.Errorf("a secret is shown: %+v", f)
		}
		switch {
		case f.Name == "api_key" && !f.Set, f.Name == "codes" && f.Value != "DE\nFR", f.Name == "fee" && f.Value != "1.10", f.Name == "mode" && f.Value != "":
			t.Errorf("%+v", f)
		}
	}
}

func TestWhatIsTypedBecomesAValue(t *testing.T) {
	t.Parallel()
	s := parse(t, bank)
	old := []byte(`{"api_key":"k1","mode":"test","rows":[{"a":"kept"}],"account":{"iban":"x","pin":"1"}}`)
	got, bad := s.Read(url.Values{
		"bank_url": {" https://bank.example "}, "api_key": {""}, "mode": {"live"}, "fee": {"0.30"}, "days": {"30"}, "codes": {"DE\r\n FR \n"}, "instant": {"1"},
		"account.iban": {"y"}, "account.pin": {""}, "account.pin-clear": {"1"}, "nobody": {"asked"},
	}, old)
	if want := `{"account":{"iban":"y"},"api_key":"k1","bank_url":"https://bank.example","codes":["DE","FR"],"days":30,"fee":0.30,"instant":true,"mode":"live","rows":[{"a":"kept"}]}`; string(got) != want || len(bad) > 0 {
		t.Errorf("%s\n%+v", got, bad)
	}
	_, bad = s.Read(url.Values{"bank_url": {"https://b.example"}, "api_key": {"k"}, "mode": {"test"}, "fee": {"1,5"}, "days": {"007"}}, nil)
	if want := []fault.Field{{Path: "fee", Reason: "not_a_number"}, {Path: "days", Reason: "not_a_whole_number"}}; !cmp.Equal(bad, want) {
		t.Errorf("%+v", bad)
	}
}

func TestSecretsThatLieElsewhereAreKeptOrTakenAway(t *testing.T) {
	t.Parallel()
	s := parse(t, bank)
	kept := map[string]string{"api_key": "k1", "account.pin": "9"}
	got, err := s.Typed(url.Values{"mode": {"test"}, "account.iban": {"y"}, "account.pin-clear": {"1"}}, []byte(`{"mode":"live"}`))
	if err != nil || string(got) != `{"account":{"iban":"y","pin":null},"instant":false,"mode":"test"}` {
		t.Fatalf("%s %v", got, err)
	}
	whole, err := s.Keep(got, kept)
	if err != nil || string(whole) != `{"account":{"iban":"y"},"api_key":"k1","instant":false,"mode":"test"}` {
		t.Errorf("%s %v", whole, err)
	}
	if got, err := s.Typed(url.Values{"api_key": {"k2"}}, nil); err != nil || string(got) != `{"api_key":"k2","instant":false}` {
		t.Errorf("%s %v", got, err)
	}
	if _, err := s.Typed(url.Values{"fee": {"much"}}, nil); !errors.Is(err, dialect.ErrValue) {
		t.Error(err)
	}
	for _, bad := range []string{`[]`, `null`, `"x"`, `{`} {
		if _, err := s.Keep([]byte(bad), kept); !errors.Is(err, dialect.ErrValue) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestSecretsAreTakenOutAndPutBack(t *testing.T) {
	t.Parallel()
	s := parse(t, bank)
	whole := `{"account":{"iban":"x","pin":"9"},"api_key":"k","fee":1.10,"mode":"test"}`
	open, secrets := s.Split([]byte(whole))
	if string(open) != `{"account":{"iban":"x"},"fee":1.10,"mode":"test"}` || !cmp.Equal(secrets, map[string]string{"account.pin": "9", "api_key": "k"}) {
		t.Errorf("%s %v", open, secrets)
	}
	if back := s.Join(open, secrets); string(back) != whole {
		t.Errorf("%s", back)
	}
	if got := s.Secrets(); !cmp.Equal(got, []string{"api_key", "account.pin"}) {
		t.Error(got)
	}
}

// Whatever is thrown at it, reading a schema ends with one or with the reason.
func FuzzParse(f *testing.F) {
	f.Add([]byte(bank), []byte(`{"a":1}`))
	f.Add([]byte(`{"type":"object","properties":{"a":{"type":"array","items":{"type":"string"}}}}`), []byte(`{"a":["b"]}`))
	f.Fuzz(func(t *testing.T, raw, value []byte) {
		s, err := dialect.Parse(raw)
		if err != nil {
			if !errors.Is(err, dialect.ErrSchema) {
				t.Fatal(err)
			}
			return
		}
		s.Check(value)
		s.Fields(value, "en")
		open, secrets := s.Split(value)
		s.Join(open, secrets)
	})
}
