package web

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/text/language"
)

// chooseLocale: ?lang= (and remembers it), then the cookie, then the browser's wish,
// then the tenant's own; only ever one the tenant speaks.
func (s *Server) chooseLocale(x *exchange) string {
	if q := string(x.c.Request().URI().QueryArgs().Peek("lang")); q != "" && x.site.Speaks(q) {
		if x.c.Cookies(langCookie) != q {
			x.cookies = append(x.cookies, cookie{langCookie, q, 365 * 24 * time.Hour})
		}
		return q
	}
	return localeOf(x.site, x.c.Request().Header.Cookie(langCookie), x.c.Request().Header.Peek(fiber.HeaderAcceptLanguage))
}

func localeOf(site Site, chosen, accept []byte) string {
	if len(chosen) > 0 {
		for _, l := range site.Locales {
			if l == string(chosen) {
				return l
			}
		}
	}
	if len(accept) > 0 && len(site.Locales) > 1 {
		if l := negotiate(site, string(accept)); l != "" {
			return l
		}
	}
	if site.DefaultLocale != "" {
		return site.DefaultLocale
	}
	return "en"
}

// negotiate matches by language tag: "zh" and "zh-Hans-CN" both mean zh-CN.
func negotiate(site Site, accept string) string {
	first, _, _ := strings.Cut(accept, ",")
	first, _, _ = strings.Cut(first, ";")
	for _, l := range site.Locales { // what nearly everybody sends needs no parser
		if l == first {
			return l
		}
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 || len(wanted) > 20 {
		return ""
	}
	tags := make([]language.Tag, 0, len(site.Locales))
	for _, l := range site.Locales {
		tags = append(tags, language.Make(l))
	}
	_, i, confidence := language.NewMatcher(tags).Match(wanted...)
	if confidence < language.Low {
		return ""
	}
	return site.Locales[i]
}
