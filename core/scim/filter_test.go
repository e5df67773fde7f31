package scim

import (
	"errors"
	"reflect"
	"testing"

	parser "github.com/scim2/filter-parser/v2"
)

func TestFiltersAreReadOrRefusedByName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]Term{
		`userName eq "bjensen"`:                                            {{"userName", "bjensen"}},
		`USERNAME EQ "a \"quoted\" b"`:                                     {{"USERNAME", `a "quoted" b`}},
		`externalId eq "1" and active eq True`:                             {{"externalId", "1"}, {"active", true}},
		`emails.value eq "a@b.example" AND userName eq "x and y eq \"z\""`: {{"emails.value", "a@b.example"}, {"userName", `x and y eq "z"`}},
		`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "bjensen"`: {{"urn:ietf:params:scim:schemas:core:2.0:User:userName", "bjensen"}},
		`active eq false`:                                                  {{"active", false}},
	} {
		got, err := ParseFilter(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		``, ` `, `userName`, `userName eq`, `userName co "x"`, `userName eq "x`, `userName eq "x" or active eq true`, `not (userName eq "x")`, `userName pr`, `(userName eq "x")`,
		`userName eq x`, `userName eq {"a":1}`, `userName eq "a"and active eq true`, `userName eq "a" and`, `"userName" eq "a"`, `userName eq 'a'`, "userName eq \"a\x00\"",
	} {
		if got, err := ParseFilter(text); !errors.Is(err, ErrFilter) {
			t.Errorf("%q was read as %v (%v)", text, got, err)
		}
	}
	if _, err := wanted(`title eq "x"`, UserSchema, userWords); !errors.Is(err, ErrFilter) {
		t.Errorf("an attribute that is not searched: %v", err)
	}
	if _, err := wanted(`userName eq true`, UserSchema, userWords); !errors.Is(err, ErrFilter) {
		t.Errorf("a name that is no text: %v", err)
	}
	if got, err := wanted(`active eq "False"`, UserSchema, userWords); err != nil || got[0].Value != false {
		t.Errorf("Entra's False: %v %v", got, err)
	}
}

// What is read here another's parser of the standard reads too.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{`userName eq "bjensen"`, `a eq "b" and c eq true`, `a eq "\"`, `a eq`, `emails[type eq "work"]`, `a eq nul`, "\xff eq \"\xff\"", `a eq 1e99`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := ParseFilter(text); err != nil && !errors.Is(err, ErrFilter) {
			t.Fatalf("%q: %v", text, err)
		}
		_, _ = userKind.parsePath(text)
	})
}

func TestAnotherParserReadsWhatIsReadHere(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`userName eq "bjensen"`, `externalId eq "1" and active eq true`, `urn:ietf:params:scim:schemas:core:2.0:User:userName eq "x"`, `emails.value eq "a@b.example"`} {
		if _, err := parser.ParseFilter([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := ParseFilter(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{`emails[type eq "work"].value`, `members[value eq "2819c223"]`, `name.familyName`, `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`} {
		if _, err := parser.ParsePath([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		k := userKind
		if text[:3] == "mem" {
			k = groupKind
		}
		if _, err := k.parsePath(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
