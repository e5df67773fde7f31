package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
)

// Everyone's every page, found by following links: none is missing, none is refused to the
// one it was offered to, none breaks, none scrolls sideways on a phone, none complains in
// the console, and axe finds nothing, at a desk in the light and on a phone in the dark.
func TestEveryPageThatLinksLeadTo(t *testing.T) {
	h := apptest.New(t)
	for name, who := range map[string]struct {
		slug, email string
		from        []string
	}{
		"steel visitor":    {"steel", "", []string{"/", "/?lang=en"}},
		"steel buyer":      {"steel", "buyer@steel.example", []string{"/buyer", "/cart"}},
		"steel seller":     {"steel", "seller@steel.example", []string{"/seller"}},
		"steel operator":   {"steel", "operator@steel.example", []string{"/operator"}},
		"pharma visitor":   {"pharma", "", []string{"/"}},
		"pharma buyer":     {"pharma", "buyer@pharma.example", []string{"/buyer"}},
		"procure visitor":  {"procure", "", []string{"/sign-in"}},
		"procure buyer":    {"procure", "buyer@procure.example", []string{"/", "/buyer"}},
		"platform manager": {"platform", "admin@platform.example", []string{"/platform"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := ""
			if who.email != "" {
				token = h.Client(t, who.slug, who.email).Token
			}
			crawl(t, open(t, h, who.slug, token), who.from)
		})
	}
}

var (
	identifier = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	leave      = regexp.MustCompile(`^/(assets|api|files|documents|mail/[^/]+/html)|\.(csv|pdf|xml|txt|xlsx)$|/pdf$|/export|^/sign-out`)
)

// shape makes pages that differ only in what they are about the same.
func shape(path string) string {
	p, q, _ := strings.Cut(path, "?")
	p = identifier.ReplaceAllString(p, "…")
	for _, kind := range []string{"/c/", "/i/", "/s/"} { // named by what they are, not by an identifier
		if strings.HasPrefix(p, kind) {
			p = kind + "…"
		}
	}
	if strings.Contains(q, "lang=") {
		p += "?lang"
	}
	return p
}

func crawl(t *testing.T, x *tab, from []string) {
	t.Helper()
	type link struct{ path, on string }
	seen, queue := map[string]bool{}, []link{}
	for _, path := range from {
		queue = append(queue, link{path, "the start"})
	}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		path := next.path
		if s := shape(path); seen[s] || leave.MatchString(strings.SplitN(path, "?", 2)[0]) {
			continue
		} else {
			seen[s] = true
		}
		if inspect(t, x, path, next.on) {
			for _, to := range x.links() {
				queue = append(queue, link{to, path})
			}
		}
	}
	t.Logf("%d pages", len(seen))
	if len(seen) < 3 {
		t.Errorf("only %d pages were found", len(seen))
	}
}

// inspect reports whether there is a page to go on from.
func inspect(t *testing.T, x *tab, path, on string) bool {
	t.Helper()
	x.dark(false)
	x.size(1440, 900)
	if status := x.visit(path); status != 200 {
		t.Errorf("%s, offered on %s, answers %d", path, on, status)
		x.complaints()
		return false
	}
	if gap := regexp.MustCompile(`⟦[^⟧]+⟧`).FindString(x.text()); gap != "" {
		t.Errorf("%s has no text for %s", path, gap)
	}
	for _, v := range x.axe() {
		t.Errorf("%s: axe: %s", path, v)
	}
	x.dark(true) // and loaded again, so that no colour is on its way from the light
	x.size(390, 844)
	x.visit(path)
	if px := x.sideways(); px > 0 {
		t.Errorf("%s scrolls sideways by %d px on a phone", path, px)
	}
	for _, v := range x.axe() {
		t.Errorf("%s: axe, phone, dark: %s", path, v)
	}
	for _, e := range x.complaints() {
		t.Errorf("%s: console: %s", path, e)
	}
	return true
}
