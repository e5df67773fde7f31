package identitydb_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/identity"
)

const fresh = "a new and longer horse"

// post keeps the letters and the tasks that the door asks for, instead of a mail server.
type post struct {
	mu      sync.Mutex
	letters []identity.Letter
	tasks   []identity.LetterArgs
	names   []string
}

func (p *post) Write(_ context.Context, l identity.Letter) (identity.Written, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, l)
	return identity.Written{}, nil
}

func (p *post) Enqueue(_ context.Context, task string, args any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a, ok := args.(identity.LetterArgs); ok {
		p.tasks, p.names = append(p.tasks, a), append(p.names, task)
	}
	return nil
}

func withPost(t *testing.T) (*door, *post) {
	t.Helper()
	d, p := setup(t), &post{}
	d.Letters, d.Tasks = p, p
	return d, p
}

// forgot asks for a letter and gives its token.
func (d *door) forgot(t *testing.T, p *post) string {
	t.Helper()
	if err := d.AskReset(d.visitor("10.9.9.9"), " ADA@steel.example"); err != nil {
		t.Fatal(err)
	}
	if err := d.WriteReset(d.sys, p.tasks[len(p.tasks)-1]); err != nil {
		t.Fatal(err)
	}
	return p.letters[len(p.letters)-1].Token
}

func TestAForgottenPasswordIsReplacedOnceAndEverySessionEnds(t *testing.T) {
	t.Parallel()
	d, p := withPost(t)
	old := d.enter(t)
	d.as(t, old.Token)
	first, second := d.forgot(t, p), d.forgot(t, p)
	if l := p.letters[0]; l.To != "ada@steel.example" || l.Path != "/reset" || len(l.Token) < 43 {
		t.Fatalf("the letter: %+v", l)
	}
	if err := d.Reset(d.visitor(""), second, "short"); fault.From(err).Code != "identity.password_weak" {
		t.Fatal(err)
	}
	if err := d.Reset(d.visitor(""), second, fresh); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"used": second, "an earlier letter's": first, "made up": strings.Repeat("x", 43), "empty": "", "endless": strings.Repeat("x", 9000)} {
		if err := d.Reset(d.visitor(""), token, "yet another long one"); !errors.Is(err, identity.ErrResetLink) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.Resolve(context.Background(), d.tenant, old.Token); !errors.Is(err, identity.ErrSession) {
		t.Errorf("the old session lives: %v", err)
	}
	if _, err := d.SignIn(d.visitor(""), identity.SignInInput{Email: "ada@steel.example", Password: secret}); !errors.Is(err, identity.ErrCredentials) {
		t.Errorf("the old password opens: %v", err)
	}
	if _, err := d.SignIn(d.visitor(""), identity.SignInInput{Email: "ada@steel.example", Password: fresh}); err != nil {
		t.Error(err)
	}
	if e, ok := d.log.events[len(d.log.events)-1].(event.PasswordChanged); !ok || e.How != "reset" {
		t.Errorf("nobody is told: %v", d.log.events)
	}
}

func TestALinkDiesWithItsHalfHourAndWithItsOwnersAccess(t *testing.T) {
	t.Parallel()
	d, p := withPost(t)
	token := d.forgot(t, p)
	d.wait(30*time.Minute + time.Second)
	if err := d.CheckReset(d.visitor(""), token); !errors.Is(err, identity.ErrResetLink) {
		t.Errorf("expired: %v", err)
	}
	token = d.forgot(t, p)
	if err := d.CheckReset(d.visitor(""), token); err != nil {
		t.Fatal(err)
	}
	if err := d.Disable(d.sys, d.ada.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.Reset(d.visitor(""), token, fresh); !errors.Is(err, identity.ErrResetLink) {
		t.Errorf("a disabled person's: %v", err)
	}
	if before := len(p.letters); d.WriteReset(d.sys, identity.LetterArgs{Email: "ada@steel.example"}) != nil || len(p.letters) != before {
		t.Error("a disabled person is written to")
	}
}

func TestOfTwoUsesAtOnceOneHolds(t *testing.T) {
	t.Parallel()
	d, p := withPost(t)
	token := d.forgot(t, p)
	results := make(chan error, 8)
	for range cap(results) {
		go func() { results <- d.Reset(d.visitor(""), token, fresh) }()
	}
	done := 0
	for range cap(results) {
		if err := <-results; err == nil {
			done++
		} else if !errors.Is(err, identity.ErrResetLink) {
			t.Error(err)
		}
	}
	if done != 1 {
		t.Errorf("the link worked %d times", done)
	}
}

func code(err error) string {
	if err == nil {
		return "fine"
	}
	return fault.From(err).Code
}

func TestAskingSoundsAlikeWhoeverIsAskedForAndIsSpaced(t *testing.T) {
	t.Parallel()
	d, p := withPost(t)
	said := map[string][]string{}
	for _, who := range []string{"ada@steel.example", "nobody@steel.example"} {
		for range 5 {
			err := d.AskReset(d.visitor("10.7.7.7"), who)
			said[who] = append(said[who], code(err))
		}
	}
	if a, b := strings.Join(said["ada@steel.example"], " "), strings.Join(said["nobody@steel.example"], " "); a != b || !strings.HasSuffix(a, "identity.too_many_letters identity.too_many_letters") {
		t.Errorf("known: %s; unknown: %s", a, b)
	}
	if len(p.tasks) != 6 || len(p.letters) != 0 {
		t.Errorf("%d tasks and %d letters before anybody looked", len(p.tasks), len(p.letters))
	}
	if err := d.WriteReset(d.sys, identity.LetterArgs{Email: "nobody@steel.example"}); err != nil || len(p.letters) != 0 {
		t.Errorf("a stranger: %v, %d letters", err, len(p.letters))
	}
	d.wait(16 * time.Minute)
	if err := d.AskReset(d.visitor("10.7.7.7"), "ada@steel.example"); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	if err := d.AskReset(d.visitor(""), "no address"); fault.From(err).Fields[0].Path != "email" {
		t.Error(err)
	}
}

func TestOneAddressAsksForLettersOfManyAccountsNoMore(t *testing.T) {
	t.Parallel()
	d, p := withPost(t)
	refused := 0
	for i := range 40 {
		if err := d.AskReset(d.visitor("10.8.8.8"), strings.Repeat("x", i+1)+"@steel.example"); err != nil && fault.KindOf(err) == fault.Throttled {
			refused++
		}
	}
	if len(p.tasks) != 30 || refused != 10 {
		t.Errorf("%d letters, %d refused", len(p.tasks), refused)
	}
}

func TestTheTableHoldsNoToken(t *testing.T) {
	t.Parallel()
	d, p := withPost(t)
	token := d.forgot(t, p)
	var rows string
	if err := d.db.Ops(t).QueryRow(t.Context(), `SELECT string_agg(x::text, ' ') FROM identity_tokens x WHERE tenant_id = $1`, d.tenant.UUID()).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(rows, token) {
		t.Error("the token lies in the table")
	}
}

func TestAPasswordIsChangedWithTheOldOneAndOtherSessionsEnd(t *testing.T) {
	t.Parallel()
	d, _ := withPost(t)
	here, there := d.enter(t), d.enter(t)
	ctx := d.as(t, here.Token)
	d.as(t, there.Token)
	if err := d.ChangePassword(ctx, "not the old one at all", fresh); !errors.Is(err, identity.ErrOldPassword) {
		t.Fatal(err)
	}
	if _, err := d.Resolve(context.Background(), d.tenant, there.Token); err != nil {
		t.Fatalf("a refusal ended a session: %v", err)
	}
	if err := d.ChangePassword(ctx, secret, fresh); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Resolve(context.Background(), d.tenant, there.Token); !errors.Is(err, identity.ErrSession) {
		t.Errorf("the other session lives: %v", err)
	}
	d.as(t, here.Token)
	if err := d.ChangePassword(d.visitor(""), secret, fresh); !errors.Is(err, identity.ErrSession) {
		t.Errorf("a stranger: %v", err)
	}
}

func TestAStolenSessionGuessesThePasswordNoFasterThanTheDoor(t *testing.T) {
	t.Parallel()
	d, _ := withPost(t)
	ctx := d.as(t, d.enter(t).Token)
	for range 5 {
		if err := d.ChangePassword(ctx, "a guess of somebody", fresh); !errors.Is(err, identity.ErrOldPassword) {
			t.Fatal(err)
		}
	}
	if err := d.ChangePassword(ctx, secret, fresh); fault.KindOf(err) != fault.Throttled {
		t.Errorf("the sixth guess: %v", err)
	}
}

func TestEndingAllOthersLeavesThisOneAndStrangersAlone(t *testing.T) {
	t.Parallel()
	d, _ := withPost(t)
	here, there := d.enter(t), d.enter(t)
	if _, err := d.SignUp(d.sys, identity.SignUpInput{Email: "bo@steel.example", Name: "Bo", Password: secret}); err != nil {
		t.Fatal(err)
	}
	bo, err := d.SignIn(d.visitor(""), identity.SignInInput{Email: "bo@steel.example", Password: secret})
	if err != nil {
		t.Fatal(err)
	}
	d.as(t, there.Token) // remembered
	if n, err := d.RevokeOthers(d.as(t, here.Token)); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if _, err := d.Resolve(context.Background(), d.tenant, there.Token); !errors.Is(err, identity.ErrSession) {
		t.Errorf("the other one: %v", err)
	}
	d.as(t, here.Token)
	d.as(t, bo.Token)
}

func TestNobodyShutsHimselfOut(t *testing.T) {
	t.Parallel()
	d, _ := withPost(t)
	if _, err := d.db.Ops(t).Exec(t.Context(), `UPDATE identity_people SET staff_role = 'operator' WHERE tenant_id = $1`, d.tenant.UUID()); err != nil {
		t.Fatal(err)
	}
	if err := d.Disable(d.as(t, d.enter(t).Token), d.ada.ID); !errors.Is(err, identity.ErrSelf) {
		t.Fatal(err)
	}
	d.enter(t)
}

func TestAnotherCompanyMeansAnotherToken(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.join(t, "First", "buyer")
	second := d.join(t, "Second", "seller")
	old := d.enter(t)
	in, err := d.SwitchOrg(d.as(t, old.Token), second)
	if err != nil || in.Token == old.Token || in.Session.Org != second {
		t.Fatal(in, err)
	}
	if _, err := d.Resolve(context.Background(), d.tenant, old.Token); !errors.Is(err, identity.ErrSession) {
		t.Errorf("the old token lives: %v", err)
	}
	if c, err := d.Resolve(context.Background(), d.tenant, in.Token); err != nil || c.Org != second || !c.Has("seller") || c.Has("buyer") {
		t.Errorf("the new one: %+v, %v", c, err)
	}
}
