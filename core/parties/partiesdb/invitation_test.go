package partiesdb_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/tenancy"
)

// post keeps the letters instead of a mail server.
type post struct {
	mu      sync.Mutex
	letters []identity.Letter
	show    string
}

func (p *post) Write(_ context.Context, l identity.Letter) (identity.Written, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, l)
	return identity.Written{URL: "https://m.example" + l.Path + "?token=" + l.Token, Show: p.show}, nil
}

func (p *post) last() identity.Letter { return p.letters[len(p.letters)-1] }

// hiring is a company whose administrator invites.
type hiring struct {
	*market
	*post
	org   id.Org
	boss  id.Person
	admin context.Context
}

func hire(t *testing.T, change func(*tenancy.Settings)) *hiring {
	t.Helper()
	h := &hiring{market: open(t, change), post: &post{}}
	h.Letters = h.post
	r, err := h.Register(h.sys, parties.RegisterInput{Company: german()})
	if err != nil {
		t.Fatal(err)
	}
	boss, err := h.people.SignUp(h.sys, *ada())
	if err != nil {
		t.Fatal(err)
	}
	h.org, h.boss, h.admin = r.Org.ID, boss.ID, h.as(boss.ID, r.Org.ID, "admin")
	if _, err := h.PutMember(h.sys, parties.MemberInput{Org: h.org, Person: h.boss, Roles: []string{"admin", "buyer"}}); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hiring) invite(t *testing.T, email string, roles ...string) parties.Invited {
	t.Helper()
	i, err := h.Invite(h.admin, parties.InviteInput{Org: h.org, Email: email, Roles: roles, Locale: "en"})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// acquaintance is somebody with an account whom the company has invited.
func (h *hiring) acquaintance(t *testing.T) (id.Person, string) {
	t.Helper()
	p, err := h.people.SignUp(h.sys, identity.SignUpInput{Email: "known@else.example", Name: "Known", Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	h.invite(t, "known@else.example", "buyer")
	return p.ID, h.last().Token
}

// colleague is a second administrator.
func (h *hiring) colleague(t *testing.T) id.Person {
	t.Helper()
	p, err := h.people.SignUp(h.sys, identity.SignUpInput{Email: "other@n.example", Name: "Other", Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.PutMember(h.sys, parties.MemberInput{Org: h.org, Person: p.ID, Roles: []string{"admin"}}); err != nil {
		t.Fatal(err)
	}
	return p.ID
}

func newcomer(token string) parties.AcceptInput {
	return parties.AcceptInput{Token: token, Name: "Cy Young", Password: "correct horse battery", Locale: "en"}
}

func TestAnInvitedStrangerJoinsWithTheRolesThatWereOfferedOnce(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	i := h.invite(t, " Cy@Nordwerk.Example ", "trader", "approver")
	l := h.last()
	if l.To != "cy@nordwerk.example" || l.Name != "" || l.Path != "/invitation" || len(l.Token) < 43 || i.Link != "" {
		t.Fatalf("the letter: %+v, the link %q", l, i.Link)
	}
	o, err := h.Offer(h.visitor(), l.Token)
	if err != nil || o.Known || o.Mine || o.Company.Name != "Nordwerk GmbH" || !slices.Equal(o.Roles, []string{"trader", "approver"}) {
		t.Fatalf("the page: %+v %v", o, err)
	}
	if _, err := h.Accept(h.visitor(), parties.AcceptInput{Token: l.Token, Name: "Cy", Password: "short"}); fault.KindOf(err) != fault.Invalid {
		t.Fatal(err)
	}
	a, err := h.Accept(h.visitor(), newcomer(l.Token))
	if err != nil || a.Org != h.org || a.Email != "cy@nordwerk.example" {
		t.Fatal(a, err)
	}
	m, err := h.Member(h.sys, h.org, a.Person)
	if err != nil || !slices.Equal(m.Roles, []string{"trader", "approver"}) || m.Name != "Cy Young" {
		t.Errorf("%+v %v", m, err)
	}
	list, err := h.Invitations(h.admin, h.org)
	if err != nil || len(list) != 1 || list[0].State(noon) != parties.InvitationAccepted || list[0].AcceptedBy != a.Person {
		t.Errorf("%+v %v", list, err)
	}
	if _, err := h.Accept(h.visitor(), newcomer(l.Token)); !errors.Is(err, parties.ErrInvitation) {
		t.Errorf("twice: %v", err)
	}
}

func TestDeadLinksOfEveryKindSoundAlike(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	tokens := map[string]string{"made up": strings.Repeat("x", 43), "empty": "", "endless": strings.Repeat("x", 9000)}
	withdrawn := h.invite(t, "b@nordwerk.example", "buyer")
	tokens["withdrawn"] = h.last().Token
	if err := h.Withdraw(h.admin, h.org, withdrawn.ID); err != nil {
		t.Fatal(err)
	}
	h.invite(t, "c@nordwerk.example", "buyer")
	tokens["replaced"] = h.last().Token
	again := h.invite(t, "c@nordwerk.example", "buyer")
	tokens["sent anew"] = h.last().Token
	if _, err := h.Resend(h.admin, h.org, again.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Offer(h.visitor(), h.last().Token); err != nil {
		t.Errorf("the newest: %v", err)
	}
	h.invite(t, "d@nordwerk.example", "buyer")
	tokens["used"] = h.last().Token
	if _, err := h.Accept(h.visitor(), newcomer(tokens["used"])); err != nil {
		t.Fatal(err)
	}
	h.invite(t, "e@nordwerk.example", "buyer")
	tokens["expired"] = h.last().Token
	h.Now = func() time.Time { return noon.Add(72 * time.Hour) }
	people := h.count(t, "identity_people")
	for name, token := range tokens {
		if _, err := h.Offer(h.visitor(), token); !errors.Is(err, parties.ErrInvitation) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := h.Accept(h.visitor(), newcomer(token)); !errors.Is(err, parties.ErrInvitation) {
			t.Errorf("%s accepted: %v", name, err)
		}
	}
	if n := h.count(t, "identity_people"); n != people {
		t.Errorf("%d people came in by dead links", n-people)
	}
	if err := h.Withdraw(h.admin, h.org, withdrawn.ID); !errors.Is(err, parties.ErrInvitationEnded) {
		t.Errorf("withdrawn twice: %v", err)
	}
}

func TestInvitingSoundsAlikeForKnownAndUnknownAddresses(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	if _, err := h.people.SignUp(h.sys, identity.SignUpInput{Email: "known@else.example", Name: "Known", Password: "correct horse battery"}); err != nil {
		t.Fatal(err)
	}
	a, b := h.invite(t, "known@else.example", "buyer"), h.invite(t, "nobody@else.example", "buyer")
	x, y := h.letters[0], h.letters[1]
	x.To, y.To, x.Token, y.Token = "", "", "", ""
	if x.Name != y.Name || x.Locale != y.Locale || x.Kind != y.Kind || a.Show != b.Show || a.State(noon) != b.State(noon) {
		t.Errorf("%+v %+v", a, b)
	}
	if _, err := h.Invite(h.admin, parties.InviteInput{Org: h.org, Email: "ada@nordwerk.example", Roles: []string{"buyer"}, Locale: "en"}); !errors.Is(err, parties.ErrMember) {
		t.Errorf("a member: %v", err)
	}
}

func TestAnInvitedPersonWithAnAccountAcceptsHimselfAndNobodyElseDoes(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	known, token := h.acquaintance(t)
	if _, err := h.Accept(h.visitor(), newcomer(token)); !errors.Is(err, parties.ErrInvitationKnown) {
		t.Errorf("without signing in: %v", err)
	}
	if _, err := h.Accept(h.as(h.boss, h.org, "admin"), parties.AcceptInput{Token: token}); !errors.Is(err, parties.ErrInvitationOther) {
		t.Errorf("another account: %v", err)
	}
	if o, err := h.Offer(h.as(known, id.Org{}), token); err != nil || !o.Mine || !o.Known {
		t.Fatal(o, err)
	}
	if a, err := h.Accept(h.as(known, id.Org{}), parties.AcceptInput{Token: token}); err != nil || a.Person != known {
		t.Fatal(a, err)
	}
	if n := h.count(t, "parties_members"); n != 2 {
		t.Errorf("%d members", n)
	}
}

func TestOfManyWhoAcceptAtOnceOneDoes(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	known, token := h.acquaintance(t)
	results := make(chan error, 8)
	for range cap(results) {
		go func() {
			_, err := h.Accept(h.as(known, id.Org{}), parties.AcceptInput{Token: token})
			results <- err
		}()
	}
	done := 0
	for range cap(results) {
		if err := <-results; err == nil {
			done++
		} else if !errors.Is(err, parties.ErrInvitation) {
			t.Error(err)
		}
	}
	accepted := 0
	for _, n := range h.log.names() {
		if n == "parties.invitation_accepted.v1" {
			accepted++
		}
	}
	if done != 1 || accepted != 1 {
		t.Errorf("accepted %d times, told %d times", done, accepted)
	}
}

func TestNobodyInvitesBeyondWhatHeMayGiveOrForAnother(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	good := parties.InviteInput{Org: h.org, Email: "x@nordwerk.example", Roles: []string{"buyer"}, Locale: "en"}
	but := func(change func(*parties.InviteInput)) parties.InviteInput { in := good; change(&in); return in }
	for name, c := range map[string]struct {
		ctx  context.Context
		in   parties.InviteInput
		want *fault.Error
	}{
		"a role that reaches further": {h.admin, but(func(in *parties.InviteInput) { in.Roles = []string{"deputy"} }), parties.ErrRole},
		"the operator's role":         {h.admin, but(func(in *parties.InviteInput) { in.Roles = []string{"buyer", "operator"} }), parties.ErrRole},
		"no role":                     {h.admin, but(func(in *parties.InviteInput) { in.Roles = nil }), parties.ErrInvalid},
		"no address":                  {h.admin, but(func(in *parties.InviteInput) { in.Email = "nobody" }), parties.ErrInvalid},
		"a language we do not have":   {h.admin, but(func(in *parties.InviteInput) { in.Locale = "fr" }), parties.ErrInvalid},
		"another's department":        {h.admin, but(func(in *parties.InviteInput) { in.Unit = id.Unit{}.New() }), parties.ErrUnit},
		"another company":             {h.admin, but(func(in *parties.InviteInput) { in.Org = id.Org{}.New() }), parties.ErrNotFound},
	} {
		if _, err := h.Invite(c.ctx, c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Invite(h.as(h.boss, h.org, "buyer"), good); fault.KindOf(err) != fault.Denied {
		t.Errorf("a buyer invites: %v", err)
	}
	i := h.invite(t, "y@nordwerk.example", "buyer")
	for name, err := range map[string]error{
		"withdraw another company's": h.Withdraw(h.as(h.boss, id.Org{}.New(), "admin"), h.org, i.ID),
		"withdraw through one's own": h.Withdraw(h.as(h.boss, h.org, "admin"), h.org, id.Invitation{}.New()),
	} {
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(h.letters) != 1 || h.count(t, "parties_invitations") != 1 {
		t.Errorf("%d letters after refusals", len(h.letters))
	}
}

func TestAPortalWithoutSignUpsIsEnteredByInvitation(t *testing.T) {
	t.Parallel()
	h := hire(t, func(s *tenancy.Settings) { s.SignUp, s.LoginRequired = tenancy.SignUpInvited, true })
	if _, err := h.Register(h.visitor(), parties.RegisterInput{Company: german(), Person: &identity.SignUpInput{Email: "s@s.example", Name: "S", Password: "correct horse battery"}}); !errors.Is(err, parties.ErrInvited) {
		t.Fatal(err)
	}
	h.show = identity.ShowNoMail
	if i := h.invite(t, "cy@nordwerk.example", "buyer"); i.Link != "https://m.example/invitation?token="+h.last().Token || i.Show != "no_mail" {
		t.Errorf("the link: %+v", i)
	}
	if _, err := h.Accept(h.visitor(), newcomer(h.last().Token)); err != nil {
		t.Error(err)
	}
}

func TestTheInvitationsTableHoldsNoToken(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	h.invite(t, "cy@nordwerk.example", "buyer")
	var rows string
	if err := h.db.Ops(t).QueryRow(t.Context(), `SELECT string_agg(x::text, ' ') FROM parties_invitations x WHERE tenant_id = $1`, h.tenant.ID.UUID()).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(rows, h.last().Token) {
		t.Error("the token lies in the table")
	}
}

// overlapping runs the second while the first has done its work and not committed.
func (h *hiring) overlapping(t *testing.T, first func(context.Context) error, second func() error) (a, b error) {
	t.Helper()
	done, results := make(chan struct{}), make(chan error, 1)
	go func() {
		<-done
		results <- second()
	}()
	a = h.db.Do(h.sys, func(ctx context.Context) error {
		if err := first(ctx); err != nil {
			return err
		}
		close(done)
		time.Sleep(300 * time.Millisecond)
		return nil
	})
	return a, <-results
}

func with(ctx, as context.Context) context.Context {
	c, _ := caller.From(as)
	return caller.With(ctx, c)
}

func TestTwoAdministratorsWhoRemoveEachOtherLeaveOne(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	other := h.colleague(t)
	a, b := h.overlapping(t,
		func(ctx context.Context) error { return h.RemoveMember(with(ctx, h.admin), h.org, other) },
		func() error {
			_, err := h.PutMember(h.as(other, h.org, "admin"), parties.MemberInput{Org: h.org, Person: h.boss, Roles: []string{"buyer"}})
			return err
		})
	if a != nil || !errors.Is(b, parties.ErrLastAdmin) {
		t.Fatalf("%v and %v", a, b)
	}
}

func TestWhoAcceptsWhileAnotherDoesIsTooLate(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	known, token := h.acquaintance(t)
	me, in := h.as(known, id.Org{}), parties.AcceptInput{Token: token}
	a, b := h.overlapping(t,
		func(ctx context.Context) error { _, err := h.Accept(with(ctx, me), in); return err },
		func() error { _, err := h.Accept(me, in); return err })
	if a != nil || !errors.Is(b, parties.ErrInvitation) {
		t.Fatalf("%v and %v", a, b)
	}
}

func TestWhoIsShutOutAdministersNothing(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	other := h.colleague(t)
	if err := h.people.Disable(h.sys, other); err != nil {
		t.Fatal(err)
	}
	if err := h.RemoveMember(h.admin, h.org, h.boss); !errors.Is(err, parties.ErrLastAdmin) {
		t.Errorf("the last one who can sign in left: %v", err)
	}
}

// What somebody offers who may offer it no longer is worth nothing, whichever way he lost
// the right; what others wrote stays.
func TestAnInvitationDiesWithItsWritersRight(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lose  func(h *hiring, who id.Person) error
		state parties.InvitationState
	}{
		"removed": {func(h *hiring, who id.Person) error { return h.RemoveMember(h.admin, h.org, who) }, parties.InvitationWithdrawn},
		"a buyer only": {func(h *hiring, who id.Person) error {
			return second(h.PutMember(h.admin, parties.MemberInput{Org: h.org, Person: who, Roles: []string{"buyer"}}))
		}, parties.InvitationWithdrawn},
		"shut out": {func(h *hiring, who id.Person) error { return h.people.Disable(h.sys, who) }, parties.InvitationOpen},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hire(t, nil)
			other := h.colleague(t)
			h.invite(t, "mine@n.example", "buyer")
			mine := h.last().Token
			if _, err := h.Invite(h.as(other, h.org, "admin"), parties.InviteInput{Org: h.org, Email: "cy@n.example", Roles: []string{"buyer"}, Locale: "en"}); err != nil {
				t.Fatal(err)
			}
			token := h.last().Token
			if _, err := h.Offer(h.visitor(), token); err != nil {
				t.Fatal(err)
			}
			if err := c.lose(h, other); err != nil {
				t.Fatal(err)
			}
			if _, err := h.Accept(h.visitor(), newcomer(token)); !errors.Is(err, parties.ErrInvitation) {
				t.Errorf("accepted: %v", err)
			}
			if _, err := h.Offer(h.visitor(), mine); err != nil {
				t.Errorf("another's: %v", err)
			}
			list, err := h.Invitations(h.admin, h.org)
			if err != nil || list[0].State(noon) != c.state || list[1].State(noon) != parties.InvitationOpen {
				t.Errorf("%+v %v", list, err)
			}
		})
	}
}

// The right is looked at again once the company is locked.
func TestWhoAcceptsWhileTheWriterIsRemovedIsTooLate(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	other := h.colleague(t)
	if _, err := h.Invite(h.as(other, h.org, "admin"), parties.InviteInput{Org: h.org, Email: "cy@n.example", Roles: []string{"buyer"}, Locale: "en"}); err != nil {
		t.Fatal(err)
	}
	token := h.last().Token
	a, b := h.overlapping(t,
		func(ctx context.Context) error { return h.RemoveMember(with(ctx, h.admin), h.org, other) },
		func() error { return second(h.Accept(h.visitor(), newcomer(token))) })
	if a != nil || !errors.Is(b, parties.ErrInvitation) {
		t.Fatalf("%v and %v", a, b)
	}
}
