package account

import (
	"context"
	"strconv"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Sessions are where the person is signed in.
type Sessions struct {
	frame.Frame
	Rows   []Session
	Others int
}

// Session is one of them. Device is in words; Agent is what the program says of itself.
type Session struct {
	ID, IP, Device, Agent string
	Since, Seen           time.Time
	Current               bool
}

func (s desk) sessions(ctx context.Context, v *web.Visit) (web.Answer, error) {
	all, err := s.Identity.Sessions(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	p := s.printer(v)
	m := &Sessions{Frame: frame.Frame{TitleKey: "account.sessions", NoIndex: true, Crumbs: []frame.Crumb{{Key: "account.title", URL: "/account"}}}}
	for _, x := range all {
		row := Session{ID: x.ID.String(), IP: x.IP, Agent: x.UserAgent, Since: x.CreatedAt, Seen: x.SeenAt, Current: x.ID == v.Caller().Session}
		switch d := deviceOf(x.UserAgent); {
		case d.Program != "" && d.System != "":
			row.Device = p.T("device.on", "program", d.Program, "system", d.System)
		case d.Program != "":
			row.Device = d.Program
		default:
			row.Device = p.T("device.unknown")
		}
		if !row.Current {
			m.Others++
		}
		m.Rows = append(m.Rows, row)
	}
	return web.Render("account/sessions", m), nil
}

func (s desk) endSession(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var which id.Session
	if which.UnmarshalText([]byte(v.Path("id"))) != nil || which.IsZero() {
		return web.Answer{}, identity.ErrNoSession
	}
	if err := s.Identity.Revoke(ctx, which); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/account/sessions").Flash("account.session_ended"), nil
}

func (s desk) endOthers(ctx context.Context, _ *web.Visit) (web.Answer, error) {
	n, err := s.Identity.RevokeOthers(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/account/sessions").Flash("account.others_ended", "n", strconv.FormatInt(n, 10)), nil
}
