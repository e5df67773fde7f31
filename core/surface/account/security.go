package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Security is a person's second factor.
type Security struct {
	frame.Frame
	On     bool
	Needed bool // he does nothing else before it is on
	Since  time.Time
	Left   int
	Setup  bool
	Secret string // in groups, to be typed
	QR     string // the path of an SVG picture
	Size   int
	Codes  []string // shown this once
	Keys   []PasskeyRow
}

func (s desk) security(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := s.securityView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/security", m), nil
}

func (s desk) securityView(ctx context.Context, v *web.Visit) (*Security, error) {
	f, err := s.Identity.SecondFactor(ctx)
	if err != nil {
		return nil, err
	}
	m := &Security{Frame: frame.Frame{TitleKey: "security.title", NoIndex: true, Scripts: passkeyScripts}, On: f.On(), Since: f.ConfirmedAt, Left: f.Left}
	if m.Keys, err = s.passkeyRows(ctx); err != nil {
		return nil, err
	}
	m.Needed = !f.Any() && slices.ContainsFunc(v.Site().FactorRoles, v.Caller().Has)
	if f.On() || !f.Begun() {
		return m, nil
	}
	e, err := s.Identity.Enrolling(ctx)
	if err != nil {
		return nil, err
	}
	m.Setup = true
	for i := 0; i < len(e.Secret); i += 4 {
		m.Secret += e.Secret[i:min(i+4, len(e.Secret))] + " "
	}
	m.QR, m.Size, err = picture(e.URI)
	return m, err
}

// picture is a QR code as the path of an SVG: drawn by the page itself, which may load
// nothing from elsewhere, and seen by nobody else. It has the quiet edge of four squares.
func picture(text string) (path string, size int, err error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", 0, err
	}
	const edge = 4
	var b strings.Builder
	n := code.Bounds().Dx()
	for y := range n {
		for x := range n {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+edge, y+edge)
			}
		}
	}
	return b.String(), n + 2*edge, nil
}

func (s desk) beginFactor(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if _, err := s.Identity.Enrol(ctx); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/account/security"), nil
}

func (s desk) confirmFactor(ctx context.Context, v *web.Visit) (web.Answer, error) {
	codes, err := s.Identity.Confirm(ctx, v.Form().Get("code"))
	if errors.Is(err, identity.ErrProof) {
		m, merr := s.securityView(ctx, v)
		if merr != nil {
			return web.Answer{}, merr
		}
		return web.Again("account/security", m, err)
	}
	if err != nil {
		return web.Answer{}, err
	}
	return s.shown(ctx, v, codes)
}

func (s desk) newRecovery(ctx context.Context, v *web.Visit) (web.Answer, error) {
	codes, err := s.Identity.NewRecovery(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	return s.shown(ctx, v, codes)
}

func (s desk) shown(ctx context.Context, v *web.Visit, codes []string) (web.Answer, error) {
	m, err := s.securityView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	m.Codes = codes
	return web.Render("account/security", m), nil
}

func (s desk) turnOff(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if err := s.Identity.TurnOff(ctx); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/account/security").Flash("security.now_off"), nil
}
