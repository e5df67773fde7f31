package tenancyhttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/tenancy"
)

// hostRoutes are the operator's: the market's own addresses. What asks the domain's DNS or
// writes the map of hosts is no unit of work.
func (h handlers) hostRoutes() []web.Route {
	tag := web.Tag("Hosts")
	return []web.Route{
		web.Get("/hosts", tenancy.ActionHosts, h.claims, tag, web.Summary("List the addresses that the marketplace says are its own")),
		web.Post("/hosts", tenancy.ActionClaimHost, h.claim, tag, web.Status(201), web.Summary("Claim an address")),
		web.Post("/hosts/{id}/check", tenancy.ActionHosts, h.check, tag, web.Phased(), web.Summary("Look for an address's proof now")),
		web.Post("/hosts/{id}/certificate", tenancy.ActionHosts, h.retry, tag, web.Phased(), web.Summary("Order an address's certificate now that failed")),
		web.Post("/hosts/{id}/main", tenancy.ActionHosts, h.main, tag, web.Phased(), web.Summary("Make an address the main one")),
		web.Post("/hosts/platform", tenancy.ActionHosts, h.platform, tag, web.Phased(), web.Summary("Make the platform's address the main one again")),
		web.Post("/hosts/{id}/release", tenancy.ActionHosts, h.release, tag, web.Phased(), web.Summary("Give an address up")),
	}
}

func (h handlers) claims(ctx context.Context, _ *struct{}) (page.List[claimView], error) {
	cs, err := h.tenants.Claims(ctx)
	out := page.List[claimView]{Items: make([]claimView, len(cs))}
	for i, c := range cs {
		out.Items[i] = viewClaim(c)
	}
	return out, err
}

type claimInput struct {
	Body struct {
		Host string `json:"host" maxLength:"253" doc:"The domain name, like shop.example.com"`
	}
}

func (h handlers) claim(ctx context.Context, in *claimInput) (claimView, error) {
	c, err := h.tenants.ClaimHost(ctx, in.Body.Host)
	return viewClaim(c), err
}

type byClaim struct {
	ID id.HostClaim `path:"id"`
}

func (h handlers) check(ctx context.Context, in *byClaim) (claimView, error) {
	c, err := h.tenants.CheckHost(ctx, in.ID)
	return viewClaim(c), err
}

type certificateView struct {
	Host       string     `json:"host"`
	Outcome    string     `json:"outcome" enum:"issued,failed,underway"`
	Cause      string     `json:"cause,omitempty" enum:"dns,unreachable,answer,caa,limited,rejected,authority" doc:"Why it failed"`
	ValidUntil *time.Time `json:"valid_until,omitempty"`
	RetryAt    *time.Time `json:"retry_at,omitempty" doc:"When it is tried by itself, after a failure"`
}

func (h handlers) retry(ctx context.Context, in *byClaim) (certificateView, error) {
	c, err := h.tenants.RetryCertificate(ctx, in.ID)
	v := certificateView{Host: c.Host, Outcome: string(c.Outcome), Cause: c.Cause}
	if !c.ValidUntil.IsZero() {
		v.ValidUntil = &c.ValidUntil
	}
	if !c.RetryAt.IsZero() {
		v.RetryAt = &c.RetryAt
	}
	return v, err
}

type done struct {
	OK bool `json:"ok"`
}

func (h handlers) main(ctx context.Context, in *byClaim) (done, error) {
	err := h.tenants.MakeCanonical(ctx, in.ID)
	return done{err == nil}, err
}

func (h handlers) platform(ctx context.Context, _ *struct{}) (done, error) {
	err := h.tenants.PlatformCanonical(ctx)
	return done{err == nil}, err
}

func (h handlers) release(ctx context.Context, in *byClaim) (done, error) {
	err := h.tenants.ReleaseHost(ctx, in.ID)
	return done{err == nil}, err
}

type claimView struct {
	ID         id.HostClaim `json:"id"`
	Host       string       `json:"host"`
	State      string       `json:"state" enum:"pending,verified,lapsed,withdrawn"`
	RecordName string       `json:"record_name" doc:"Name of the TXT record that proves the address"`
	RecordText string       `json:"record_text" doc:"What the record has to say"`
	Found      string       `json:"found" doc:"What it said when it was last looked at"`
	CreatedAt  time.Time    `json:"created_at"`
	CheckedAt  *time.Time   `json:"checked_at,omitempty"`
	VerifiedAt *time.Time   `json:"verified_at,omitempty"`
}

func viewClaim(c tenancy.HostClaim) claimView {
	v := claimView{ID: c.ID, Host: c.Host, State: string(c.State), Found: c.Found, CreatedAt: c.CreatedAt}
	v.RecordName, v.RecordText = c.Record()
	if !c.CheckedAt.IsZero() {
		v.CheckedAt = &c.CheckedAt
	}
	if !c.VerifiedAt.IsZero() {
		v.VerifiedAt = &c.VerifiedAt
	}
	return v
}
