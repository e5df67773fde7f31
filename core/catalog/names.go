// Package catalog is what can be traded and on whose terms: categories with typed
// attributes, items that the whole marketplace shares, sellers' offers for them, and the
// documents that come with either.
package catalog

import (
	"maps"
	"slices"
	"strings"
)

// Names is a text in several languages, by BCP 47 tag.
type Names map[string]string

// In is the text in a locale, or in its language, or in English, or in any language there
// is, so that nothing is ever nameless.
func (n Names) In(locale string) string {
	if v := n[locale]; v != "" {
		return v
	}
	lang, _, _ := strings.Cut(locale, "-")
	keys := slices.Sorted(maps.Keys(n))
	for _, want := range []string{lang, "en"} {
		for _, k := range keys {
			if base, _, _ := strings.Cut(k, "-"); base == want && n[k] != "" {
				return n[k]
			}
		}
	}
	for _, k := range keys {
		if n[k] != "" {
			return n[k]
		}
	}
	return ""
}

// Blank reports whether no language has a text.
func (n Names) Blank() bool { return strings.TrimSpace(n.In("en")) == "" }
