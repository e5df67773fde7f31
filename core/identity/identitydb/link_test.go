package identitydb_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/identity"
)

// mailed asks for a link and gives its token.
func (d *door) mailed(t *testing.T, p *post) string {
	t.Helper()
	if err := d.AskLink(d.visitor("10.9.9.9"), " ADA@steel.example"); err != nil {
		t.Fatal(err)
	}
	if last := p.names[len(p.names)-1]; last != identity.TaskLink {
		t.Fatalf("task %q", last)
	}
	if err := d.WriteLink(d.sys, p.tasks[len(p.tasks)-1]); err != nil {
		t.Fatal(err)
	}
	l := p.letters[len(p.letters)-1]
	if l.To != "ada@steel.example" || l.Kind != "sign_in_link" || l.Path != "/sign-in/link" {
		t.Fatalf("the letter: %+v", l)
	}
	return l.Token
}

func TestALettersLinkOpensOneSessionThatHasProvedNothingYet(t *testing.T) {
	t.Parallel()
	d, p := withPost(t)
	token := d.mailed(t, p)
	if who, err := d.LinkOwner(d.visitor(""), token); err != nil || who.ID != d.ada.ID {
		t.Fatalf("whose it is: %v, %v", who.Email, err)
	}
	in, err := d.SignInLink(d.visitor("10.0.0.1"), token, "")
	if err != nil || in.Token == "" {
		t.Fatalf("%+v, %v", in, err)
	}
	b, err := d.Resolve(t.Context(), d.tenant, in.Token)
	if err != nil || b.Person != d.ada.ID {
		t.Fatalf("the session: %v", err)
	}
	if b.Fresh(d.clock()) {
		t.Error("a mailbox passes for a fresh proof")
	}
	again := d.mailed(t, p)
	reset := d.forgot(t, p)
	d.wait(15*time.Minute + time.Second)
	for name, token := range map[string]string{"used": token, "expired": again, "a password's": reset, "made up": strings.Repeat("x", 43), "empty": "", "endless": strings.Repeat("x", 9000)} {
		if _, err := d.SignInLink(d.visitor(""), token, ""); !errors.Is(err, identity.ErrLink) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.CheckReset(d.visitor(""), d.mailed(t, p)); !errors.Is(err, identity.ErrResetLink) {
		t.Errorf("a link to sign in chooses a password: %v", err)
	}
}

func TestOfTwoWhoFollowALinkAtOnceOneIsIn(t *testing.T) {
	t.Parallel()
	d, p := withPost(t)
	token := d.mailed(t, p)
	results := make(chan error, 8)
	for range cap(results) {
		go func() { _, err := d.SignInLink(d.visitor(""), token, ""); results <- err }()
	}
	in := 0
	for range cap(results) {
		if err := <-results; err == nil {
			in++
		} else if !errors.Is(err, identity.ErrLink) {
			t.Error(err)
		}
	}
	if in != 1 {
		t.Errorf("the link opened %d sessions", in)
	}
}

func TestALinkOpensNoMoreThanAPasswordDoes(t *testing.T) {
	t.Parallel()
	d, p := withPost(t)
	key, _ := enrolled(t, d)
	half, err := d.SignInLink(d.visitor("10.0.0.1"), d.mailed(t, p), "")
	if err != nil || half.Token != "" || half.Ticket == "" {
		t.Fatalf("the second factor is passed by: %+v, %v", half, err)
	}
	if in, err := d.step(half.Ticket, d.now6(t, key)); err != nil || in.Token == "" {
		t.Errorf("%+v, %v", in, err)
	}
	token := d.mailed(t, p)
	d.Federation = provider{}
	if _, err := d.SignInLink(d.visitor(""), token, ""); !errors.Is(err, identity.ErrFederated) {
		t.Errorf("his provider is passed by: %v", err)
	}
	d.Federation = nil
	token = d.mailed(t, p)
	if err := d.Disable(d.sys, d.ada.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SignInLink(d.visitor(""), token, ""); !errors.Is(err, identity.ErrLink) {
		t.Errorf("a disabled person: %v", err)
	}
}

func TestLinksAndPasswordsAreAskedForAlikeWhoeverIsAskedForAndSpacedTogether(t *testing.T) {
	t.Parallel()
	d, p := withPost(t)
	said := map[string][]string{}
	for _, who := range []string{"ada@steel.example", "nobody@steel.example"} {
		for range 3 {
			said[who] = append(said[who], code(d.AskLink(d.visitor("10.7.7.7"), who)), code(d.AskReset(d.visitor("10.7.7.7"), who)))
		}
	}
	a, b := strings.Join(said["ada@steel.example"], " "), strings.Join(said["nobody@steel.example"], " ")
	if a != b || strings.Count(a, "identity.too_many_letters") != 3 {
		t.Errorf("known: %s; unknown: %s", a, b)
	}
	before := len(p.letters)
	if err := d.WriteLink(d.sys, identity.LetterArgs{Email: "nobody@steel.example"}); err != nil || len(p.letters) != before {
		t.Errorf("a stranger is written to: %v", err)
	}
}
