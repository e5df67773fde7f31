package operator

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
	"github.com/kontorhq/kontor/core/tenancy"
)

// hostsPage is where the market answers, and how it proves that an address is its own.
type hostsPage struct {
	frame.Frame
	Main     string
	OwnMain  bool
	Given    []given // by the platform
	Platform string  // where a domain of one's own is pointed
	Rows     []hostRow
	// LapseAfter is the failed daily check at which an address ends.
	LapseAfter int
	MayClaim   bool // not every plan includes it
}

type hostRow struct {
	tenancy.HostClaim
	RecordName, RecordText string
	URL                    string // where it answers
	Main                   bool
	Certificate            *certificate // nil: no business of ours
}

type given struct {
	Host        string
	Certificate *certificate
}

// certificate is how one does, ready to be shown.
type certificate struct {
	Word, Cause string
	Until       time.Time
	RetryAt     time.Time // zero: nothing failed
}

// certificates are those of the page's addresses, nil where somebody else ends TLS.
func (p pages) certificates(ctx context.Context, t tenancy.Tenant) (func(host string) *certificate, error) {
	if p.Certificates == nil {
		return func(string) *certificate { return nil }, nil
	}
	var hosts []string
	for _, h := range t.Hosts {
		hosts = append(hosts, h.Name)
	}
	states, err := p.Certificates(ctx, hosts)
	return func(host string) *certificate {
		s := states[host]
		c := &certificate{Word: s.Word(p.Now()), Cause: s.Cause, Until: s.ValidUntil}
		if s.Failures > 0 {
			c.RetryAt = s.RetryAt
		}
		return c
	}, err
}

func (p pages) hostsPage(ctx context.Context) (*hostsPage, error) {
	t, err := p.Tenancy.Current(ctx)
	if err != nil {
		return nil, err
	}
	claims, err := p.Tenancy.Claims(ctx)
	if err != nil {
		return nil, err
	}
	cert, err := p.certificates(ctx, t)
	if err != nil {
		return nil, err
	}
	page := &hostsPage{Frame: p.screen(ctx, "settings", "host.title", console.Crumb("nav.settings", "/operator/settings"), console.Crumb("host.title", "")), Main: t.CanonicalHost(), OwnMain: true, LapseAfter: tenancy.LapseAfter, MayClaim: p.Plans.Enabled(t.ID, plans.OwnDomain)}
	for _, h := range t.Hosts {
		if !h.Claimed {
			if h.Canonical {
				page.Platform = h.Name
			}
			page.Given = append(page.Given, given{h.Name, cert(h.Name)})
			page.OwnMain = page.OwnMain && h.Name != page.Main
		}
	}
	for _, c := range claims {
		r := hostRow{HostClaim: c, Main: c.Host == page.Main}
		r.RecordName, r.RecordText = c.Record()
		if c.State == tenancy.ClaimVerified {
			r.URL, r.Certificate = p.BaseURL(c.Host), cert(c.Host)
		}
		page.Rows = append(page.Rows, r)
	}
	return page, nil
}

func (p pages) hosts(ctx context.Context, _ *web.Visit) (web.Answer, error) {
	page, err := p.hostsPage(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/hosts", page), nil
}

// hostsAgain shows the list with what is wrong, and what was typed.
func (p pages) hostsAgain(ctx context.Context, err error) (web.Answer, error) {
	page, lost := p.hostsPage(ctx)
	if lost != nil {
		return web.Answer{}, err
	}
	return web.Again("operator/hosts", page, err)
}

func (p pages) claimHost(ctx context.Context, v *web.Visit) (web.Answer, error) {
	c, err := p.Tenancy.ClaimHost(ctx, v.Form().Get("host"))
	if err != nil {
		return p.hostsAgain(ctx, err)
	}
	return web.Redirect("/operator/hosts").Flash("host.claimed", "host", c.Host), nil
}

func (p pages) hostOf(v *web.Visit) (which id.HostClaim, err error) {
	return which, console.ReadID(v.Path("id"), &which, tenancy.ErrNoClaim)
}

func (p pages) checkHost(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := p.hostOf(v)
	if err != nil {
		return web.Answer{}, err
	}
	c, err := p.Tenancy.CheckHost(ctx, which)
	switch {
	case fault.KindOf(err) == fault.NotFound && err != nil:
		return web.Answer{}, err
	case err != nil:
		return p.hostsAgain(ctx, err)
	case c.State == tenancy.ClaimVerified:
		return web.Redirect("/operator/hosts").Flash("host.verified", "host", c.Host), nil
	}
	return web.Redirect("/operator/hosts").Flash("host.not_yet", "host", c.Host), nil
}

func (p pages) retryCertificate(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := p.hostOf(v)
	if err != nil {
		return web.Answer{}, err
	}
	c, err := p.Tenancy.RetryCertificate(ctx, which)
	switch {
	case fault.KindOf(err) == fault.NotFound && err != nil:
		return web.Answer{}, err
	case err != nil:
		return p.hostsAgain(ctx, err)
	}
	if c.Outcome == tenancy.Failed { // no good news, which a flash would be
		return p.hostsAgain(ctx, tenancy.ErrNotIssued.With("host", c.Host).With("cause", p.words(v).T("cert.cause."+c.Cause)))
	}
	return web.Redirect("/operator/hosts").Flash("cert.tried_"+string(c.Outcome), "host", c.Host), nil
}

func (p pages) mainHost(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := p.hostOf(v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := p.Tenancy.MakeCanonical(ctx, which); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/operator/hosts").Flash("host.main_set"), nil
}

func (p pages) platformHost(ctx context.Context, _ *web.Visit) (web.Answer, error) {
	if err := p.Tenancy.PlatformCanonical(ctx); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/operator/hosts").Flash("host.main_set"), nil
}

func (p pages) releaseHost(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := p.hostOf(v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := p.Tenancy.ReleaseHost(ctx, which); err != nil {
		return p.hostsAgain(ctx, err)
	}
	return web.Redirect("/operator/hosts").Flash("host.released"), nil
}
