package scim

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const ada = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"x","userName":"ada@works.example","name":{"givenName":"Ada","familyName":"King"},"active":true,"title":"Clerk",
	"emails":[{"value":"ada@works.example","type":"work","primary":true},{"value":"ada@home.example","type":"home"}],"unheard":{"of":1}}`

func doc(t *testing.T, k kind, text string) Doc {
	t.Helper()
	d, err := k.read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPatchesChangeWhatTheySay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ ops, want string }{
		"a title":                         {`{"op":"replace","path":"title","value":"Head"}`, `{"title":"Head"}`},
		"capitals in op and path":         {`{"op":"Replace","path":"TITLE","value":"Head"}`, `{"title":"Head"}`},
		"active as a text":                {`{"op":"Replace","path":"active","value":"False"}`, `{"active":false}`},
		"active without a path":           {`{"op":"Replace","value":{"active":"False"}}`, `{"active":false}`},
		"dotted names without a path":     {`{"op":"Add","value":{"name.givenName":"Augusta","emails[type eq \"work\"].value":"a@works.example"}}`, `{"name":{"givenName":"Augusta","familyName":"King"},"emails":[{"value":"a@works.example","type":"work","primary":true},{"value":"ada@home.example","type":"home"}]}`},
		"a whole object without a path":   {`{"op":"replace","value":{"id":"y","meta":{},"title":"Head","name":{"givenName":"Augusta"},"unheard":1}}`, `{"title":"Head","name":{"givenName":"Augusta","familyName":"King"}}`},
		"a value by its type":             {`{"op":"replace","path":"emails[type eq \"home\"].value","value":"h@home.example"}`, `{"emails":[{"value":"ada@works.example","type":"work","primary":true},{"value":"h@home.example","type":"home"}]}`},
		"a value whose type is not there": {`{"op":"Add","path":"phoneNumbers[type eq \"mobile\"].value","value":"1"}`, `{"phoneNumbers":[{"type":"mobile","value":"1"}]}`},
		"an empty value clears":           {`{"op":"replace","path":"title","value":""}`, `{"title":null}`},
		"an empty part clears":            {`{"op":"Replace","path":"emails[type eq \"home\"].value","value":""}`, `{"emails":[{"value":"ada@works.example","type":"work","primary":true}]}`},
		"null clears":                     {`{"op":"replace","path":"name.givenName","value":null}`, `{"name":{"familyName":"King"}}`},
		"remove":                          {`{"op":"remove","path":"title"}`, `{"title":null}`},
		"remove what is not there":        {`{"op":"remove","path":"nickName"}`, `{}`},
		"remove by a filter":              {`{"op":"remove","path":"emails[type eq \"home\"]"}`, `{"emails":[{"value":"ada@works.example","type":"work","primary":true}]}`},
		"add to a list":                   {`{"op":"add","path":"emails","value":[{"value":"b@works.example"},{"value":"ada@home.example","type":"home"}]}`, `{"emails":[{"value":"ada@works.example","type":"work","primary":true},{"value":"ada@home.example","type":"home"},{"value":"b@works.example"}]}`},
		"a new primary":                   {`{"op":"add","path":"emails","value":[{"value":"b@works.example","primary":true}]}`, `{"emails":[{"value":"ada@works.example","type":"work"},{"value":"ada@home.example","type":"home"},{"value":"b@works.example","primary":true}]}`},
		"the extension by its whole name": {`{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Sales"}`, `{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales"}}`},
		"a manager as a bare value":       {`{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"42"}`, `{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"42"}}}`},
		"the schema's name before":        {`{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:User:nickName","value":"A"}`, `{"nickName":"A"}`},
	} {
		ops, err := ReadPatch([]byte(`{"Operations":[` + c.ops + `]}`))
		if err != nil {
			t.Fatal(name, err)
		}
		was := doc(t, userKind, ada)
		got, err := userKind.apply(was, ops)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := doc(t, userKind, ada)
		var diff map[string]any
		if err := json.Unmarshal([]byte(c.want), &diff); err != nil {
			t.Fatal(name, err)
		}
		for k, v := range diff {
			set(want, k, v)
		}
		if d := cmp.Diff(map[string]any(want), map[string]any(got)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if d := cmp.Diff(doc(t, userKind, ada), was); d != "" {
			t.Errorf("%s changed what it was given: %s", name, d)
		}
	}
}

func TestPatchesThatCannotBeAreRefusedByName(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"no JSON":                     {`{`, ErrSyntax},
		"nothing":                     {``, ErrSyntax},
		"no changes":                  {`{"Operations":[]}`, ErrSyntax},
		"an unheard op":               {`{"Operations":[{"op":"move","path":"title"}]}`, ErrSyntax},
		"too many":                    {`{"Operations":[` + strings.TrimSuffix(strings.Repeat(`{"op":"remove","path":"title"},`, 101), ",") + `]}`, ErrTooMany},
		"an unheard path":             {`{"Operations":[{"op":"add","path":"shoeSize","value":1}]}`, ErrPath},
		"a path that does not end":    {`{"Operations":[{"op":"add","path":"emails[type eq \"work\"","value":"x"}]}`, ErrPath},
		"a filter on one value":       {`{"Operations":[{"op":"add","path":"title[value eq \"x\"]","value":"x"}]}`, ErrPath},
		"no target":                   {`{"Operations":[{"op":"remove"}]}`, ErrTarget},
		"the identifier":              {`{"Operations":[{"op":"replace","path":"id","value":"x"}]}`, ErrFixed},
		"groups from the user's side": {`{"Operations":[{"op":"add","path":"groups","value":[{"value":"x"}]}]}`, ErrFixed},
		"a number for a text":         {`{"Operations":[{"op":"replace","path":"title","value":7}]}`, ErrValue},
		"active as a word":            {`{"Operations":[{"op":"replace","path":"active","value":"perhaps"}]}`, ErrValue},
		"two primaries":               {`{"Operations":[{"op":"replace","path":"emails","value":[{"value":"a","primary":true},{"value":"b","primary":true}]}]}`, ErrValue},
		"a text without an end":       {`{"Operations":[{"op":"replace","path":"title","value":"` + strings.Repeat("x", maxText+1) + `"}]}`, ErrValue},
	} {
		ops, err := ReadPatch([]byte(c.body))
		if err == nil {
			_, err = userKind.apply(doc(t, userKind, ada), ops)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestMembersComeAndGoAsDirectoriesSayIt(t *testing.T) {
	t.Parallel()
	start := `{"displayName":"Buyers","members":[{"value":"a"},{"value":"b"}]}`
	for ops, want := range map[string]string{
		`{"op":"Add","path":"members","value":[{"value":"c"},{"value":"a","type":"User","$ref":"x"}]}`: "abc",
		`{"op":"Remove","path":"members","value":[{"value":"a"}]}`:                                     "b",
		`{"op":"remove","path":"members[value eq \"b\"]"}`:                                             "a",
		`{"op":"remove","path":"members[value eq \"nobody\"]"}`:                                        "ab",
		`{"op":"remove","path":"members"}`:                                                             "",
		`{"op":"replace","path":"members","value":[{"value":"z"}]}`:                                    "z",
		`{"op":"add","value":{"members":[{"value":"d"}]}}`:                                             "abd",
	} {
		read, err := ReadPatch([]byte(`{"Operations":[` + ops + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		got, err := groupKind.apply(doc(t, groupKind, start), read)
		if err != nil {
			t.Errorf("%s: %v", ops, err)
			continue
		}
		s := ""
		for _, m := range got.values("members") {
			s += m["value"].(string)
		}
		if s != want {
			t.Errorf("%s: %q, want %q", ops, s, want)
		}
	}
}
