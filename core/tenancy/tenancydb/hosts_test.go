package tenancydb_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/tenancy"
)

// zones are the world's name servers.
type zones struct {
	mu     sync.Mutex
	txt    map[string][]string
	silent bool
}

func (z *zones) TXT(_ context.Context, name string) ([]string, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.silent {
		return nil, errors.New("i/o timeout")
	}
	return z.txt[name], nil
}

func (z *zones) write(c tenancy.HostClaim) {
	z.mu.Lock()
	defer z.mu.Unlock()
	name, text := c.Record()
	z.txt[name] = append(z.txt[name], "v=spf1 -all", " "+text)
}

func (z *zones) clear(c tenancy.HostClaim) {
	z.mu.Lock()
	defer z.mu.Unlock()
	name, _ := c.Record()
	delete(z.txt, name)
}

// market is a tenant made from a blueprint, and its operator.
func (h house) market(t *testing.T, slug string) (tenancy.Blueprint, context.Context) {
	t.Helper()
	b := blueprint(t)
	b.Slug += slug
	b.Hosts = []tenancy.Host{{Name: b.Slug + ".kontor.example", Canonical: true}}
	made, _, err := h.Apply(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return b, as(made.ID, caller.RoleOperator)
}

func as(t id.Tenant, role string) context.Context {
	return caller.With(context.Background(), caller.Caller{Tenant: t, Kind: caller.Person, Person: id.Person{}.New(), Roles: []string{role}, Locale: "en"})
}

func (h house) claim(t *testing.T, ctx context.Context, host string) tenancy.HostClaim {
	t.Helper()
	c, err := h.ClaimHost(ctx, host)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (h house) check(t *testing.T, ctx context.Context, c tenancy.HostClaim, want tenancy.ClaimState) {
	t.Helper()
	if got, err := h.CheckHost(ctx, c.ID); err != nil || got.State != want {
		t.Fatalf("%s is %s (%v), want %s", c.Host, got.State, err, want)
	}
}

func (h house) answers(t *testing.T, host string) string {
	t.Helper()
	got, err := h.ByHost(t.Context(), host)
	if err != nil && !errors.Is(err, tenancy.ErrNotFound) {
		t.Fatal(err)
	}
	return got.Slug
}

func TestAnAddressAnswersOnceItIsProven(t *testing.T) {
	t.Parallel()
	h := setup(t)
	b, ctx := h.market(t, "")
	c := h.claim(t, ctx, "Beams.EXAMPLE.org.")
	if c.Host != "beams.example.org" || len(c.Token) != 43 {
		t.Fatalf("%+v", c)
	}
	h.check(t, ctx, c, tenancy.ClaimPending)
	h.dns.silent = true
	if _, err := h.CheckHost(ctx, c.ID); !errors.Is(err, tenancy.ErrDNS) {
		t.Fatalf("name servers that keep silent: %v", err)
	}
	h.dns.silent = false
	if got := h.answers(t, c.Host); got != "" {
		t.Fatalf("%s answers at an address that nobody has proven", got)
	}
	h.dns.write(c)
	h.check(t, ctx, c, tenancy.ClaimVerified)
	h.check(t, ctx, c, tenancy.ClaimVerified)
	if got := h.answers(t, c.Host); got != b.Slug {
		t.Fatalf("%q answers", got)
	}
	verified := 0
	for _, e := range h.log.events {
		if _, ok := e.(event.HostVerified); ok {
			verified++
		}
	}
	if verified != 1 {
		t.Errorf("told %d times", verified)
	}
}

// S08: the record of another market, of another address or of an earlier attempt is none.
func TestOnlyTheClaimsOwnTokenProvesIt(t *testing.T) {
	t.Parallel()
	h := setup(t)
	_, a := h.market(t, "a")
	slug, b := h.market(t, "b")
	const host = "contested.example.org"
	mine, theirs, other := h.claim(t, a, host), h.claim(t, b, host), h.claim(t, a, "other.example.org")
	if mine.Token == theirs.Token || mine.Token == other.Token {
		t.Fatal("two claims have the same token")
	}
	name, _ := mine.Record()
	_, wrong := other.Record()
	h.dns.txt[name] = []string{wrong}
	h.check(t, a, mine, tenancy.ClaimPending)
	h.dns.write(theirs)
	h.check(t, a, mine, tenancy.ClaimPending)
	h.check(t, b, theirs, tenancy.ClaimVerified)
	if got := h.answers(t, host); got != slug.Slug {
		t.Fatalf("%q answers", got)
	}
	h.dns.write(mine) // even whoever can write the zone takes no address that answers
	if _, err := h.CheckHost(a, mine.ID); !errors.Is(err, tenancy.ErrTaken) {
		t.Fatalf("got %v", err)
	}
	if err := h.ReleaseHost(a, mine.ID); err != nil {
		t.Fatal(err)
	}
	if again := h.claim(t, a, host); again.Token == mine.Token {
		t.Error("a new attempt has the old token")
	}
	if got := h.answers(t, host); got != slug.Slug {
		t.Errorf("giving up a claim took the address from %s; now %q", slug.Slug, got)
	}
}

func TestAnAddressLapsesWhenItsProofIsGoneForDays(t *testing.T) {
	t.Parallel()
	h := setup(t)
	b, ctx := h.market(t, "")
	c := h.claim(t, ctx, "lapsing.example.org")
	h.dns.write(c)
	h.check(t, ctx, c, tenancy.ClaimVerified)
	job := caller.AsSystem(context.Background(), tenancy.TenantID(b.Slug), "job:tenancy.recheck_hosts")
	day := func(want string) {
		t.Helper()
		*h.now = h.now.Add(12 * time.Hour)
		if _, err := h.CheckHost(ctx, c.ID); err != nil && !errors.Is(err, tenancy.ErrDNS) { // neither counts nor puts off the day's look
			t.Fatal(err)
		}
		*h.now = h.now.Add(12*time.Hour + time.Minute)
		for range 2 { // the second finds nothing due
			if _, err := h.RecheckHosts(job); err != nil {
				t.Fatal(err)
			}
		}
		if got := h.answers(t, c.Host); got != want {
			t.Fatalf("%q answers, want %q", got, want)
		}
	}
	day(b.Slug)
	h.dns.clear(c)
	day(b.Slug)
	h.check(t, ctx, c, tenancy.ClaimVerified) // looking twice a day is no second failure
	h.dns.silent = true
	day(b.Slug)
	h.dns.silent = false
	day(b.Slug)
	day("")
	h.check(t, ctx, c, tenancy.ClaimLapsed)
	h.dns.write(c)
	h.check(t, ctx, c, tenancy.ClaimVerified)
	day(b.Slug)
}

// S10: what a market gave up, and what a deleted one had, is nobody else's for 30 days.
func TestANameThatWasGivenUpIsHeld(t *testing.T) {
	t.Parallel()
	h := setup(t)
	_, a := h.market(t, "a")
	_, b := h.market(t, "b")
	const host = "given-up.example.org"
	mine, theirs := h.claim(t, a, host), h.claim(t, b, host)
	h.dns.write(mine)
	h.dns.write(theirs)
	h.check(t, a, mine, tenancy.ClaimVerified)
	if err := h.ReleaseHost(a, mine.ID); err != nil {
		t.Fatal(err)
	}
	if got := h.answers(t, host); got != "" {
		t.Fatalf("%s still answers", got)
	}
	if _, err := h.CheckHost(b, theirs.ID); !errors.Is(err, tenancy.ErrHostHeld) {
		t.Fatalf("the next one got it at once: %v", err)
	}
	again := h.claim(t, a, host) // whose it was may have it back
	h.dns.write(again)
	h.check(t, a, again, tenancy.ClaimVerified)
	if err := h.ReleaseHost(a, again.ID); err != nil {
		t.Fatal(err)
	}
	*h.now = h.now.Add(tenancy.HeldFor + time.Minute)
	h.check(t, b, theirs, tenancy.ClaimVerified)
}

func TestADeletedMarketsNameIsHeld(t *testing.T) {
	t.Parallel()
	h := setup(t)
	b, _ := h.market(t, "gone")
	store := h.Store
	for _, to := range []tenancy.State{tenancy.Closing, tenancy.Deleted} {
		now, err := store.BySlug(t.Context(), b.Slug)
		if err != nil {
			t.Fatal(err)
		}
		now.State = to
		if err := store.SetState(t.Context(), now, *h.now); err != nil {
			t.Fatal(err)
		}
	}
	next := b
	next.Slug += "-next"
	if _, _, err := h.Apply(t.Context(), next); !errors.Is(err, tenancy.ErrHostHeld) {
		t.Fatalf("a stranger got the deleted market's name: %v", err)
	}
	*h.now = h.now.Add(tenancy.HeldFor + time.Minute)
	if _, _, err := h.Apply(t.Context(), next); err != nil {
		t.Fatal(err)
	}
}

func TestTheMainAddressOutlivesABlueprint(t *testing.T) {
	t.Parallel()
	h := setup(t)
	b, ctx := h.market(t, "")
	main := func() string {
		t.Helper()
		got, err := h.Store.BySlug(t.Context(), b.Slug)
		if err != nil {
			t.Fatal(err)
		}
		return got.CanonicalHost()
	}
	c := h.claim(t, ctx, "main.example.org")
	if err := h.MakeCanonical(ctx, c.ID); !errors.Is(err, tenancy.ErrHostUnproven) {
		t.Fatalf("before it was proven: %v", err)
	}
	h.dns.write(c)
	h.check(t, ctx, c, tenancy.ClaimVerified)
	if err := h.MakeCanonical(ctx, c.ID); err != nil || main() != c.Host {
		t.Fatalf("%v, main is %s", err, main())
	}
	if err := h.ReleaseHost(ctx, c.ID); !errors.Is(err, tenancy.ErrHostCanonical) {
		t.Fatalf("got %v", err)
	}
	if _, d, err := h.Apply(t.Context(), b); err != nil || !d.Empty() {
		t.Fatalf("the blueprint would change %s (%v)", d, err)
	}
	b.Hash, b.Settings.TaxRateMicro = "h2", 60_000
	if _, d, err := h.Apply(t.Context(), b); err != nil || len(d.Changes) != 1 || main() != c.Host || h.answers(t, c.Host) != b.Slug {
		t.Fatalf("%s, %v, main is %s", d, err, main())
	}
	if err := h.PlatformCanonical(ctx); err != nil || main() != b.Slug+".kontor.example" {
		t.Fatalf("%v, main is %s", err, main())
	}
	if err := h.ReleaseHost(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNoAddressOfOnesOwnIsRefused(t *testing.T) {
	t.Parallel()
	h := setup(t)
	b, ctx := h.market(t, "")
	for asked, want := range map[string]error{
		"": tenancy.ErrHostMalformed, "localhost": tenancy.ErrHostMalformed, "co.uk": tenancy.ErrHostMalformed, "10.0.0.1": tenancy.ErrHostMalformed,
		"[::1]": tenancy.ErrHostMalformed, "shop.example.com:443": tenancy.ErrHostMalformed, "https://shop.example.com": tenancy.ErrHostMalformed, "a b.example.com": tenancy.ErrHostMalformed,
		"kontor.example": tenancy.ErrHostReserved, "x.kontor.example": tenancy.ErrHostReserved, b.Hosts[0].Name: tenancy.ErrHostReserved,
	} {
		if _, err := h.ClaimHost(ctx, asked); !errors.Is(err, want) {
			t.Errorf("%q: %v", asked, err)
		}
	}
	h.claim(t, ctx, "twice.example.org")
	if _, err := h.ClaimHost(ctx, "TWICE.example.org"); !errors.Is(err, tenancy.ErrHostClaimed) {
		t.Errorf("twice: %v", err)
	}
	stranger := b
	stranger.Slug, stranger.Hosts = b.Slug+"x", []tenancy.Host{{Name: "admin.kontor.example", Canonical: true}}
	if _, _, err := h.Apply(t.Context(), stranger); !errors.Is(err, tenancy.ErrHostReserved) {
		t.Errorf("a market called admin: %v", err)
	}
	for i := range 19 {
		h.claim(t, ctx, string(rune('a'+i))+".many.example.org")
	}
	if _, err := h.ClaimHost(ctx, "one-too-many.example.org"); !errors.Is(err, tenancy.ErrTooManyClaims) {
		t.Errorf("the twenty-first: %v", err)
	}
}

func TestClaimsAreTheMarketsOwnAndItsOperators(t *testing.T) {
	t.Parallel()
	h := setup(t)
	_, a := h.market(t, "a")
	bp, b := h.market(t, "b")
	c := h.claim(t, a, "private.example.org")
	for what, err := range map[string]error{
		"check": second(h.CheckHost(b, c.ID)), "main": h.MakeCanonical(b, c.ID), "release": h.ReleaseHost(b, c.ID),
		"unknown": second(h.CheckHost(b, id.HostClaim{}.New())),
	} {
		if !errors.Is(err, tenancy.ErrNoClaim) {
			t.Errorf("%s of another market's: %v", what, err)
		}
	}
	if list, err := h.Claims(b); err != nil || slices.ContainsFunc(list, func(x tenancy.HostClaim) bool { return x.ID == c.ID }) {
		t.Errorf("%v, %v", list, err)
	}
	buyer := as(tenancy.TenantID(bp.Slug), caller.RoleBuyer)
	for what, err := range map[string]error{"list": second(h.Claims(buyer)), "claim": second(h.ClaimHost(buyer, "bought.example.org")), "main": h.PlatformCanonical(buyer)} {
		if !errors.Is(err, policy.ErrDenied) || fault.KindOf(err) != fault.Denied {
			t.Errorf("a buyer may %s: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Whoever has lost a domain does not keep its address by looking again and again.
func TestLookingOftenPutsNoLapseOff(t *testing.T) {
	t.Parallel()
	h := setup(t)
	b, ctx := h.market(t, "")
	c := h.claim(t, ctx, "often.example.org")
	h.dns.write(c)
	h.check(t, ctx, c, tenancy.ClaimVerified)
	h.dns.clear(c)
	job := caller.AsSystem(context.Background(), tenancy.TenantID(b.Slug), "job:tenancy.recheck_hosts")
	for hour := 0; hour <= 4*24; hour += 8 {
		if _, err := h.CheckHost(ctx, c.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.RecheckHosts(job); err != nil {
			t.Fatal(err)
		}
		if got := h.answers(t, c.Host); hour < 2*24 && got != b.Slug || hour == 4*24 && got != "" {
			t.Fatalf("after %d hours %q answers", hour, got)
		}
		*h.now = h.now.Add(8 * time.Hour)
	}
}
