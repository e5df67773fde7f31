package themes_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// English stands in Go beside each fault; only other languages have it in a catalogue.
func sentOnlyInChinese(key string) bool { return strings.HasPrefix(key, "fault.") }

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for _, name := range e.Themes() {
		en, zh := e.Texts(name, "en"), e.Texts(name, "zh-CN")
		for key, names := range zh {
			if _, ok := en[key]; !ok && !sentOnlyInChinese(key) && !isPlural(key, en) {
				t.Errorf("%s: %q is only in Chinese", name, key)
			}
			if other, ok := en[key]; ok {
				if diff := cmp.Diff(other, names); diff != "" {
					t.Errorf("%s: %q has other placeholders: %s", name, key, diff)
				}
			}
		}
		for key := range en {
			if _, ok := zh[key]; !ok && !isPlural(key, zh) {
				t.Errorf("%s: %q is only in English", name, key)
			}
		}
	}
}

// isPlural: Chinese has no singular form, so key.one may be missing where key.other is.
func isPlural(key string, in map[string][]string) bool {
	base, ok := strings.CutSuffix(key, ".one")
	if !ok {
		return false
	}
	_, ok = in[base+".other"]
	return ok
}

func TestEveryTextThatATemplateAsksForExists(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for _, name := range e.Themes() {
		plain, counted := e.UsedTexts(name)
		if len(plain) < 60 || len(counted) < 3 {
			t.Fatalf("%s: only %d and %d texts were found in templates; the search is broken", name, len(plain), len(counted))
		}
		for _, locale := range []string{"en", "zh-CN"} {
			have := e.Texts(name, locale)
			for key, where := range plain {
				if _, ok := have[key]; !ok && !strings.HasSuffix(key, ".") && key != "nav." {
					t.Errorf("%s %s: %q, asked for in %s, has no text", name, locale, key, where)
				}
			}
			for key, where := range counted {
				if names, ok := have[key+".other"]; !ok {
					t.Errorf("%s %s: %q, asked for in %s, has no text for many", name, locale, key+".other", where)
				} else if !slices.Contains(names, "n") {
					t.Errorf("%s %s: %q does not say the number", name, locale, key)
				}
			}
		}
	}
}
