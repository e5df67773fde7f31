package app_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/policies"
)

// noRole are actions of routes that no role is given, and why.
var noRole = map[string]string{
	"web.docs.read":         "the API's own description is for everybody",
	"payments.hook.receive": "a provider proves itself by its signature",
}

func TestEveryRouteNeedsSomethingThatSomeRoleHas(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	text, err := fs.ReadFile(policies.FS, "casbin/roles.csv")
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]bool{}
	for _, line := range strings.Split(string(text), "\n") {
		if f := strings.Split(line, ","); len(f) == 3 && strings.TrimSpace(f[0]) == "p" {
			given[strings.TrimSpace(f[2])] = true
		}
	}
	if len(given) < 80 {
		t.Fatalf("only %d permissions were read", len(given))
	}
	for _, l := range h.Web.Table() {
		if do := string(l.Action); !given[do] && noRole[do] == "" {
			t.Errorf("%s %s needs %s, which no role has", l.Method, l.Path, do)
		}
	}
}

func TestEveryFaultSpeaksChinese(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	words := h.Theme.Printer("base", "zh-CN", "UTC")
	for _, f := range fault.Declared() {
		if !words.Has("fault." + f.Code) {
			t.Errorf("no Chinese for fault.%s: %s", f.Code, f.Detail)
		}
		if f.Next != "" && !words.Has("fault."+f.Code+".next") {
			t.Errorf("no Chinese for fault.%s.next: %s", f.Code, f.Next)
		}
	}
}
