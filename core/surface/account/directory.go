package account

import (
	"context"
	"strconv"
	"time"

	"github.com/kontorhq/kontor/core/access"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/scim"
	"github.com/kontorhq/kontor/core/surface/console"
)

// Directory is what a connection's page shows of the directory that says who the company's
// people, or the marketplace's staff, are. Fresh is a key that was just made: its secret is shown this once.
type Directory struct {
	Staff    bool // of the marketplace itself
	URL      string
	Manage   bool
	Keys     []Key
	Summary  scim.Summary
	Used     time.Time
	Refusals []DirectoryRefusal
	Fresh    *access.MadeKey
	Days     string
	Lasts    []theme.Choice
	Overlaps []theme.Choice
}

// DirectoryRefusal is something that the directory did not get, in the reader's words.
type DirectoryRefusal struct {
	At        time.Time
	What, Who string
	Why       string
}

// scimBase is where directories call.
const scimBase = "/scim/v2"

func (s desk) directory(ctx context.Context, v *web.Visit, m *ConnectionPage, staff bool) error {
	which, err := connectionID(v)
	if err != nil {
		return err
	}
	p, err := s.SCIM.Panel(ctx, which)
	if err != nil {
		return err
	}
	w, now := s.printer(v), s.SCIM.Now()
	d := &Directory{Staff: staff, URL: v.Absolute(scimBase), Manage: m.Manage, Summary: p.Summary, Used: p.Account.UsedAt(), Days: "365"}
	for _, k := range p.Account.Keys {
		row := Key{Key: k, State: k.State(now)}
		row.Soon = row.State == access.Active && k.ExpiresAt.Sub(now) < 7*24*time.Hour
		d.Keys = append(d.Keys, row)
	}
	for _, r := range p.Summary.Refusals {
		d.Refusals = append(d.Refusals, DirectoryRefusal{r.At, r.What, r.Who, why(w, r)})
	}
	for _, n := range []int{30, 90, 180, 365, 730} {
		d.Lasts = append(d.Lasts, theme.Choice{Value: strconv.Itoa(n), Label: w.N("keys.days", n)})
	}
	for _, n := range []int{0, 1, 24, 72, 168} {
		d.Overlaps = append(d.Overlaps, theme.Choice{Value: strconv.Itoa(n), Label: w.N("keys.hours", n)})
	}
	m.Directory = d
	return nil
}

func (s desk) makeDirectoryKey(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := connectionID(v)
	if err != nil {
		return web.Answer{}, err
	}
	made, err := s.SCIM.MakeKey(ctx, which, int(console.Number(v.Form().Get("days"))))
	return s.withDirectoryKey(ctx, v, made, err)
}

func (s desk) withDirectoryKey(ctx context.Context, v *web.Visit, made access.MadeKey, err error) (web.Answer, error) {
	if err != nil {
		return s.connectionAgain(ctx, v, err)
	}
	m, _, err := s.connectionView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	m.Directory.Fresh = &made
	return web.Render("account/sso-connection", m), nil
}

func (s desk) rotateDirectoryKey(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := connectionID(v)
	if err != nil {
		return web.Answer{}, err
	}
	key, err := keyID(v)
	if err != nil {
		return web.Answer{}, err
	}
	made, err := s.SCIM.RotateKey(ctx, which, key, time.Duration(console.Number(v.Form().Get("overlap")))*time.Hour)
	return s.withDirectoryKey(ctx, v, made, notThere(err))
}

func (s desk) revokeDirectoryKey(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := connectionID(v)
	if err != nil {
		return web.Answer{}, err
	}
	key, err := keyID(v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := s.SCIM.RevokeKey(ctx, which, key); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect(ssoPath + "/" + which.String()).Flash("keys.revoked"), nil
}

// why is a refusal's sentence in the reader's language, from its code on record.
func why(w *theme.Printer, r scim.Refusal) string {
	for _, f := range fault.Declared() {
		if f.Code == r.Code {
			for k, x := range r.Args {
				f = f.With(k, x)
			}
			return w.Fault(f)
		}
	}
	return r.Code
}
