package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
)

// Everyone's every page, found by following links: none is missing, none breaks, none
// scrolls sideways on a phone, none complains in the console, and axe finds nothing in the
// light. Colours of the dark are held by the themes' own contrast test.
func TestEveryPageThatLinksLeadTo(t *testing.T) {
	h := apptest.New(t)
	for name, who := range map[string]struct {
		slug, email string
		from        []string
		most        int
	}{
		"steel visitor":    {"steel", "", []string{"/", "/?lang=en"}, 16},
		"steel buyer":      {"steel", "buyer@steel.example", []string{"/buyer", "/cart"}, 20},
		"steel seller":     {"steel", "seller@steel.example", []string{"/seller"}, 18},
		"steel operator":   {"steel", "operator@steel.example", []string{"/operator"}, 20},
		"pharma visitor":   {"pharma", "", []string{"/"}, 12},
		"pharma buyer":     {"pharma", "buyer@pharma.example", []string{"/buyer"}, 10},
		"procure visitor":  {"procure", "", []string{"/sign-in"}, 4},
		"procure buyer":    {"procure", "buyer@procure.example", []string{"/", "/buyer"}, 14},
		"platform manager": {"platform", "admin@platform.example", []string{"/platform"}, 12},
	} {
		t.Run(name, func(t *testing.T) {
			token := ""
			if who.email != "" {
				token = h.Client(t, who.slug, who.email).Token
			}
			crawl(t, open(t, h, who.slug, token), who.from, who.most)
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

func crawl(t *testing.T, x *tab, from []string, most int) {
	t.Helper()
	seen, queue := map[string]bool{}, from
	for n := 0; len(queue) > 0 && n < most; {
		path := queue[0]
		queue = queue[1:]
		if s := shape(path); seen[s] || leave.MatchString(strings.SplitN(path, "?", 2)[0]) {
			continue
		} else {
			seen[s] = true
		}
		n++
		inspect(t, x, path)
		queue = append(queue, x.links()...)
	}
	if len(seen) < 3 && most > 4 {
		t.Errorf("only %d pages were found", len(seen))
	}
}

func inspect(t *testing.T, x *tab, path string) {
	t.Helper()
	x.size(1440, 900)
	switch status := x.visit(path); status {
	case 200:
	case 403: // a page that says who may help; the browser's console notes the status too
		x.complaints()
		return
	default:
		t.Errorf("%s answers %d", path, status)
		return
	}
	if gap := regexp.MustCompile(`⟦[^⟧]+⟧`).FindString(x.text()); gap != "" {
		t.Errorf("%s has no text for %s", path, gap)
	}
	for _, v := range x.axe() {
		t.Errorf("%s: axe: %s", path, v)
	}
	x.size(390, 844)
	if px := x.sideways(); px > 0 {
		t.Errorf("%s scrolls sideways by %d px on a phone", path, px)
	}
	for _, e := range x.complaints() {
		t.Errorf("%s: console: %s", path, e)
	}
}
