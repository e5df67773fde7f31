package web

import (
	"context"
	"maps"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/policy"
)

// Tongue is a standard of others' making that some routes speak: programs with keys call them
// as they call the API, but bodies, errors and repeats are as the standard says, so that its
// clients need not know of us. Such routes stand beside the API's description: the standard
// describes them, and they describe themselves in its way.
type Tongue struct {
	Prefix string   // whatever is asked for below it is refused in the tongue
	Media  []string // of bodies
	// Refuse words a refusal.
	Refuse func(f *fault.Error, p *Problem) (status int, media string, body []byte)
}

// Foreign declares a route in a tongue. Its repeats are the standard's business.
func Foreign(t *Tongue, method, path string, do policy.Action, fn func(context.Context, *Visit) (Answer, error), opts ...Option) Route {
	r := Page(method, t.Prefix+path, do, fn, opts...)
	r.tongue = t
	return r
}

// tongue is the one that the request is spoken in, if it is in any.
func (x *exchange) tongue() *Tongue {
	if x.route != nil && x.route.tongue != nil {
		return x.route.tongue
	}
	for _, t := range x.s.tongues {
		if strings.HasPrefix(x.path(), t.Prefix+"/") {
			return t
		}
	}
	return nil
}

// sendForeign answers a fault in the request's tongue.
func (s *Server) sendForeign(x *exchange, t *Tongue, f *fault.Error, p *Problem) error {
	status, media, body := t.Refuse(f, p)
	s.secure(x, cspAPI)
	s.sendCookies(x)
	x.c.Set(fiber.HeaderCacheControl, "no-store")
	x.c.Status(status).Set(fiber.HeaderContentType, media)
	if status == fiber.StatusUnauthorized {
		x.c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="kontor"`)
	}
	return x.c.Send(body)
}

// Header sets a header of the answer. Handlers name it themselves; nothing of a request goes
// into its name.
func (a Answer) Header(name, value string) Answer {
	a.headers = maps.Clone(a.headers)
	if a.headers == nil {
		a.headers = map[string]string{}
	}
	a.headers[name] = value
	return a
}
