package notify

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// vocabulary reads core/event: every event's name and the keys of its payload.
func vocabulary(t *testing.T) map[string][]string {
	t.Helper()
	structs := map[string]*ast.StructType{}
	names := map[string]string{} // type → event name
	files, err := filepath.Glob("../event/*.go")
	if err != nil || len(files) < 5 {
		t.Fatalf("the events were not found: %v, %v", files, err)
	}
	for _, f := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if st, ok := n.Type.(*ast.StructType); ok {
					structs[n.Name.Name] = st
				}
			case *ast.FuncDecl:
				if n.Name.Name == "EventName" {
					lit := n.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit)
					name, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					names[n.Recv.List[0].Type.(*ast.Ident).Name] = name
				}
			}
			return true
		})
	}
	out := map[string][]string{}
	for typ, name := range names {
		out[name] = keys(structs, structs[typ])
	}
	return out
}

func keys(all map[string]*ast.StructType, st *ast.StructType) []string {
	var out []string
	for _, f := range st.Fields.List {
		if len(f.Names) == 0 { // embedded: its keys are the event's own
			if id, ok := f.Type.(*ast.Ident); ok {
				out = append(out, keys(all, all[id.Name])...)
			}
			continue
		}
		if f.Tag != nil {
			tag, _ := strconv.Unquote(f.Tag.Value)
			key, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
			out = append(out, key)
		}
	}
	return out
}

// Whoever adds an event decides here whom it concerns, or says why nobody.
func TestEveryEventIsToldOrSilentForAReason(t *testing.T) {
	t.Parallel()
	events := vocabulary(t)
	told := map[string]bool{}
	for _, r := range Rules {
		if told[r.Event] {
			t.Errorf("%s has two rules", r.Event)
		}
		told[r.Event] = true
		if _, ok := events[r.Event]; !ok {
			t.Errorf("%s is told of and never happens", r.Event)
		}
	}
	for name, why := range Silent {
		if _, ok := events[name]; !ok {
			t.Errorf("%s is silent and never happens", name)
		}
		if told[name] || len(why) < 10 {
			t.Errorf("%s is silent: told all the same, or without a reason (%q)", name, why)
		}
	}
	for name := range events {
		if _, silent := Silent[name]; !silent && !told[name] {
			t.Errorf("%s happens and nobody has decided who hears of it: add it to Rules or to Silent", name)
		}
	}
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

func texts(t *testing.T, locale string) map[string]string {
	t.Helper()
	b, err := os.ReadFile("../../themes/base/locales/" + locale + "/notify.json")
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]string
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// What a rule names must be in the event: audiences, links and words.
func TestEveryRuleFindsWhatItNeedsInTheEvent(t *testing.T) {
	t.Parallel()
	events := vocabulary(t)
	used := map[string]bool{"notify.mail.greeting": true, "notify.mail.open": true, "notify.mail.footer": true, "notify.mail.greeting_unknown": true}
	for _, kind := range NoteKinds {
		used["notify."+kind] = true
	}
	for _, locale := range []string{"en", "zh-CN"} {
		catalogue := texts(t, locale)
		for _, kind := range NoteKinds {
			if catalogue["notify."+kind] == "" {
				t.Errorf("%s: no text notify.%s", locale, kind)
			}
		}
		for _, r := range Rules {
			have := append(events[r.Event], optional...)
			for _, target := range r.Targets {
				if f := target.To.Field; f != "" && !slices.Contains(have, f) {
					t.Errorf("%s: there is no %q to tell", r.Event, f)
				}
				for _, m := range placeholder.FindAllStringSubmatch(target.Link, -1) {
					if !slices.Contains(have, m[1]) {
						t.Errorf("%s: the link %s needs %q", r.Event, target.Link, m[1])
					}
				}
				for _, kind := range target.kinds() {
					text, ok := catalogue["notify."+kind]
					used["notify."+kind] = true
					if !ok || text == "" {
						t.Errorf("%s: no text notify.%s", locale, kind)
					}
					for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
						if !slices.Contains(have, m[1]) {
							t.Errorf("%s: notify.%s needs %q, which %s does not say", locale, kind, m[1], r.Event)
						}
					}
				}
			}
		}
		for key := range catalogue {
			if !used[key] {
				t.Errorf("%s: %s is never said", locale, key)
			}
		}
	}
}

func TestAPayloadIsReadFlat(t *testing.T) {
	t.Parallel()
	p, err := read([]byte(`{"number":"RFQ-1","version":2,"early":true,"total":{"amount":"1250.50","currency":"CNY"},"sellers":["a","b"],"names":{"en":"x"},"nothing":null}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"number": "RFQ-1", "version": "2", "early": "true", "total": "1250.50 CNY", "note": "", "reason": "", "answer": ""}
	if !reflect.DeepEqual(want, p.Values) || !slices.Equal(p.Lists["sellers"], []string{"a", "b"}) {
		t.Fatalf("%v %v", p.Values, p.Lists)
	}
	if _, err := read([]byte(`[1]`)); err == nil {
		t.Fatal("a list was read as a payload")
	}
}

func TestAHeadlineIsOneLineOfSaneLength(t *testing.T) {
	t.Parallel()
	if got := headline("a\r\nBcc: x\tb"); got != "a Bcc: x b" {
		t.Fatalf("%q", got)
	}
	if got := []rune(headline(strings.Repeat("钢", 400))); len(got) != 150 {
		t.Fatalf("%d runes", len(got))
	}
}
