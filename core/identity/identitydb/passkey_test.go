package identitydb_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
)

// device is a browser with one passkey in it.
type device struct {
	rp      virtualwebauthn.RelyingParty
	auth    virtualwebauthn.Authenticator
	key     virtualwebauthn.Credential
	browser string
}

const here, hereOrigin = "steel.example", "https://steel.example"

func handle(p id.Person) []byte { b := [16]byte(p); return b[:] }

// newKey is a key whose coordinates are whole: the software device writes those that begin
// with a zero too short, which no real one does.
func newKey() virtualwebauthn.Credential {
	const whole = 77
	for {
		if k := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(k.Key.AttestationData()) == whole {
			return k
		}
	}
}

func newDevice(p id.Person) *device {
	return &device{
		rp:   virtualwebauthn.RelyingParty{Name: "steel", ID: here, Origin: hereOrigin},
		auth: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: handle(p)}),
		key:  newKey(),
	}
}

func (v *device) at() identity.Place {
	return identity.Place{Host: here, Origin: hereOrigin, Browser: v.browser}
}

func (v *device) asked(t *testing.T, a identity.Asking, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	v.browser = a.Browser
	b, err := json.Marshal(a.Options)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (v *device) made(t *testing.T, a identity.Asking, err error) identity.Answered {
	t.Helper()
	o, perr := virtualwebauthn.ParseAttestationOptions(v.asked(t, a, err))
	if perr != nil {
		t.Fatal(perr)
	}
	return identity.Answered{Place: v.at(), Ceremony: a.Ceremony, Credential: []byte(virtualwebauthn.CreateAttestationResponse(v.rp, v.auth, v.key, *o))}
}

// signs counts a use, and answers the question.
func (v *device) signs(t *testing.T, a identity.Asking, err error) identity.Answered {
	t.Helper()
	o, perr := virtualwebauthn.ParseAssertionOptions(v.asked(t, a, err))
	if perr != nil {
		t.Fatal(perr)
	}
	v.key.Counter++
	return identity.Answered{Place: v.at(), Ceremony: a.Ceremony, Credential: []byte(virtualwebauthn.CreateAssertionResponse(v.rp, v.auth, v.key, *o))}
}

// added gives ada a passkey.
func added(t *testing.T, d *door) (*device, identity.Passkey, []string) {
	t.Helper()
	v := newDevice(d.ada.ID)
	ctx := d.as(t, d.enter(t).Token)
	a, err := d.BeginPasskey(ctx, v.at())
	k, codes, err := d.AddPasskey(ctx, v.made(t, a, err), " My  laptop ")
	if err != nil || k.Name != "My laptop" {
		t.Fatalf("%+v, %v", k, err)
	}
	return v, k, codes
}

func (d *door) guest() context.Context { return d.visitor("10.0.0.1") }

func (d *door) byPasskey(t *testing.T, v *device) (identity.SignedIn, error) {
	t.Helper()
	a, err := d.BeginSignInPasskey(d.guest(), v.at())
	return d.SignInPasskey(d.guest(), v.signs(t, a, err), "test")
}

func TestAPasskeyOpensASessionWithoutAPassword(t *testing.T) {
	t.Parallel()
	d := setup(t)
	v, k, codes := added(t, d)
	if len(codes) != 10 {
		t.Errorf("%d recovery codes came with the first factor", len(codes))
	}
	in, err := d.byPasskey(t, v)
	if err != nil || in.Person.ID != d.ada.ID || in.Token == "" {
		t.Fatalf("%+v, %v", in, err)
	}
	ctx := d.as(t, in.Token)
	if c, _ := caller.From(ctx); !c.Factor || !c.Fresh(d.clock()) {
		t.Errorf("the caller has no factor or no fresh proof: %+v", c)
	}
	ks, err := d.Passkeys(ctx)
	if err != nil || len(ks) != 1 || ks[0].ID != k.ID || ks[0].UsedAt.IsZero() || ks[0].SignCount != 1 || ks[0].Host != here {
		t.Errorf("%+v, %v", ks, err)
	}
	if !logged[event.PasskeyAdded](d.log) || !d.log.told("passkey_added") || !d.log.told("passkey_used") {
		t.Error("nothing of it is in the record")
	}
}

func logged[E event.Event](l *log) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		if _, ok := e.(E); ok {
			return true
		}
	}
	return false
}

func (l *log) told(what string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.audit {
		if m, ok := e.Data.(map[string]string); ok && m["what"] == what {
			return true
		}
	}
	return false
}

func TestAQuestionIsAnsweredOnceInTimeAndByTheBrowserThatAsked(t *testing.T) {
	t.Parallel()
	d := setup(t)
	v, _, _ := added(t, d)
	ask := func() identity.Answered {
		a, err := d.BeginSignInPasskey(d.guest(), v.at())
		return v.signs(t, a, err)
	}
	try := func(a identity.Answered) error { _, err := d.SignInPasskey(d.guest(), a, ""); return err }
	twice := ask()
	if err := try(twice); err != nil {
		t.Fatal(err)
	}
	if err := try(twice); !errors.Is(err, identity.ErrCeremony) {
		t.Errorf("a second time: %v", err)
	}
	late := ask()
	d.wait(identity.CeremonyLives)
	if err := try(late); !errors.Is(err, identity.ErrCeremony) {
		t.Errorf("too late: %v", err)
	}
	other := ask()
	_, other.Browser = "", "another-browser-s-secret-of-forty-three-ch"
	if err := try(other); !errors.Is(err, identity.ErrCeremony) {
		t.Errorf("from another browser: %v", err)
	}
	elsewhere := ask()
	elsewhere.Host, elsewhere.Origin = "other.example", "https://other.example"
	if err := try(elsewhere); !errors.Is(err, identity.ErrCeremony) {
		t.Errorf("at another host of the marketplace: %v", err)
	}
	half := d.enter(t)
	a, err := d.BeginCodePasskey(d.guest(), v.at(), half.Ticket)
	if err := try(v.signs(t, a, err)); !errors.Is(err, identity.ErrCeremony) {
		t.Errorf("a second step's answer as the first: %v", err)
	}
	d.wait(time.Hour)
	if _, err := d.SignInCodePasskey(d.guest(), ask(), d.enter(t).Ticket, ""); !errors.Is(err, identity.ErrCeremony) {
		t.Errorf("for another purpose: %v", err)
	}
}

func TestAnAnswerForAnotherOriginHostOrUnverifiedPersonIsRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*device){
		"another origin": func(v *device) { v.rp.Origin = "https://steel.example.evil.example" },
		"another scheme": func(v *device) { v.rp.Origin = "http://steel.example" },
		"another port":   func(v *device) { v.rp.Origin = "https://steel.example:8443" },
		"another host":   func(v *device) { v.rp.ID = "pharma.example" },
		"not unlocked":   func(v *device) { v.auth.Options.UserNotVerified = true },
		"another person": func(v *device) { v.auth.Options.UserHandle = handle(id.Person{}.New()) },
		"another key": func(v *device) {
			other := newKey()
			v.key.Key = other.Key
		},
		"an unknown key": func(v *device) { v.key = newKey() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := setup(t)
			v, _, _ := added(t, d)
			spoil(v)
			in, err := d.byPasskey(t, v)
			if !errors.Is(err, identity.ErrPasskey) || in.Token != "" {
				t.Errorf("%+v, %v", in, err)
			}
		})
	}
}

// Two tenants of one installation may even be asked at the same address in turn: a passkey
// of one is nobody's in the other.
func TestAPasskeyOfOneMarketplaceIsNobodysInAnother(t *testing.T) {
	t.Parallel()
	mine, theirs := setup(t), setup(t)
	v, k, _ := added(t, mine)
	if in, err := theirs.byPasskey(t, v); !errors.Is(err, identity.ErrPasskey) || in.Token != "" {
		t.Errorf("%+v, %v", in, err)
	}
	a, err := mine.BeginSignInPasskey(mine.guest(), v.at())
	if _, err := theirs.SignInPasskey(theirs.guest(), v.signs(t, a, err), ""); !errors.Is(err, identity.ErrCeremony) {
		t.Errorf("a question of the one is answered in the other: %v", err)
	}
	ctx := theirs.as(t, theirs.enter(t).Token)
	for _, which := range []id.Passkey{k.ID, id.Passkey{}.New()} {
		if err := theirs.RemovePasskey(ctx, which); !errors.Is(err, identity.ErrNoPasskey) {
			t.Errorf("got %v", err)
		}
	}
}

func TestACountThatDoesNotRiseIsTheMarkOfACopy(t *testing.T) {
	t.Parallel()
	d := setup(t)
	v, _, _ := added(t, d)
	copied := *v
	for range 3 {
		if _, err := d.byPasskey(t, v); err != nil {
			t.Fatal(err)
		}
	}
	if in, err := d.byPasskey(t, &copied); !errors.Is(err, identity.ErrPasskey) || in.Token != "" {
		t.Errorf("%+v, %v", in, err)
	}
	if !logged[event.PasskeyCopied](d.log) || !d.log.told("passkey_copied") {
		t.Error("nobody is told")
	}
	if _, err := d.byPasskey(t, v); err != nil {
		t.Errorf("the owner: %v", err)
	}
}

func TestAPasskeyIsASecondStepAndAProof(t *testing.T) {
	t.Parallel()
	d := setup(t)
	v, _, codes := added(t, d)
	half := d.enter(t)
	if half.Token != "" || half.Ticket == "" {
		t.Fatalf("the password alone opened %+v", half)
	}
	a, err := d.BeginCodePasskey(d.guest(), v.at(), half.Ticket)
	in, err := d.SignInCodePasskey(d.guest(), v.signs(t, a, err), half.Ticket, "test")
	if err != nil || in.Token == "" {
		t.Fatalf("%+v, %v", in, err)
	}
	if _, err := d.BeginCodePasskey(d.guest(), v.at(), half.Ticket); !errors.Is(err, identity.ErrTicket) {
		t.Errorf("the ticket works on: %v", err)
	}
	d.wait(10 * time.Minute)
	ctx := d.as(t, in.Token)
	if _, err := d.Prove(ctx, identity.ProofInput{Password: secret}); !errors.Is(err, identity.ErrProof) {
		t.Errorf("the password proves enough: %v", err)
	}
	a, err = d.BeginProofPasskey(ctx, v.at())
	fresh, err := d.ProvePasskey(ctx, v.signs(t, a, err))
	if err != nil || fresh.Token == in.Token {
		t.Fatalf("%+v, %v", fresh, err)
	}
	if c, _ := caller.From(d.as(t, fresh.Token)); !c.Fresh(d.clock()) {
		t.Error("the proof is not fresh")
	}
	if _, err := d.Resolve(t.Context(), d.tenant, in.Token); !errors.Is(err, identity.ErrSession) {
		t.Errorf("the session from before is alive: %v", err)
	}
	if in, err := d.step(d.enter(t).Ticket, codes[0]); err != nil || in.Token == "" {
		t.Errorf("without the device: %v", err)
	}
}

// A question that one person's session put is answered in that session alone.
func TestAProofIsNotCarriedFromOneSessionToAnother(t *testing.T) {
	t.Parallel()
	d := setup(t)
	v, _, _ := added(t, d)
	one, err := d.byPasskey(t, v)
	if err != nil {
		t.Fatal(err)
	}
	two, err := d.byPasskey(t, v)
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.BeginProofPasskey(d.as(t, one.Token), v.at())
	if _, err := d.ProvePasskey(d.as(t, two.Token), v.signs(t, a, err)); !errors.Is(err, identity.ErrCeremony) {
		t.Errorf("got %v", err)
	}
}

func TestWrongPasskeysAreSlowedDown(t *testing.T) {
	t.Parallel()
	d := setup(t)
	v := newDevice(d.ada.ID)
	for i := range 5 {
		if _, err := d.byPasskey(t, v); !errors.Is(err, identity.ErrPasskey) {
			t.Errorf("try %d: %v", i, err)
		}
	}
	if _, err := d.byPasskey(t, v); fault.KindOf(err) != fault.Throttled {
		t.Errorf("guessing goes on: %v", err)
	}
}

func TestADisabledPersonsPasskeyOpensNothing(t *testing.T) {
	t.Parallel()
	d := setup(t)
	v, _, _ := added(t, d)
	if _, err := d.db.Ops(t).Exec(t.Context(), `UPDATE identity_people SET state = 'disabled' WHERE id = $1`, d.ada.ID.UUID()); err != nil {
		t.Fatal(err)
	}
	if in, err := d.byPasskey(t, v); !errors.Is(err, identity.ErrPasskey) || in.Token != "" {
		t.Errorf("%+v, %v", in, err)
	}
}

// provider says that everybody must come through one.
type provider struct{ marked bool }

func (p provider) Required(context.Context, identity.Person) (required, emergency bool, err error) {
	return true, p.marked, nil
}
func (provider) Emergency(context.Context, identity.Person) error { return nil }

func TestAPasskeyIsNoWayRoundTheCompanysProvider(t *testing.T) {
	t.Parallel()
	d := setup(t)
	v, _, _ := added(t, d)
	d.Federation = provider{}
	if in, err := d.byPasskey(t, v); !errors.Is(err, identity.ErrFederated) || in.Token != "" {
		t.Errorf("%+v, %v", in, err)
	}
	d.Federation = provider{marked: true}
	if _, err := d.byPasskey(t, v); err != nil {
		t.Errorf("one who may, in an emergency: %v", err)
	}
}

func TestPasskeysAreNamedRemovedAndUnique(t *testing.T) {
	t.Parallel()
	d := setup(t)
	v, k, _ := added(t, d)
	in, err := d.byPasskey(t, v)
	if err != nil {
		t.Fatal(err)
	}
	ctx := d.as(t, in.Token)
	a, err := d.BeginPasskey(ctx, v.at())
	if _, _, err := d.AddPasskey(ctx, v.made(t, a, err), "Again"); !errors.Is(err, identity.ErrPasskeyKnown) {
		t.Errorf("the same device twice: %v", err)
	}
	for _, name := range []string{"", "  ", string(make([]byte, 61)), "a\x00b"} {
		if err := d.RenamePasskey(ctx, k.ID, name); !errors.Is(err, identity.ErrPasskeyName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := d.RenamePasskey(ctx, k.ID, "工作电脑"); err != nil {
		t.Fatal(err)
	}
	if err := d.RenamePasskey(ctx, id.Passkey{}.New(), "Nobody's"); !errors.Is(err, identity.ErrNoPasskey) {
		t.Errorf("got %v", err)
	}
	bob, err := d.SignUp(d.sys, identity.SignUpInput{Email: "bob@steel.example", Name: "Bob", Locale: "en", Password: secret})
	if err != nil {
		t.Fatal(err)
	}
	his, err := d.SignIn(d.guest(), identity.SignInInput{Email: bob.Email, Password: secret})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.RemovePasskey(d.as(t, his.Token), k.ID); !errors.Is(err, identity.ErrNoPasskey) {
		t.Errorf("a neighbour's passkey is removed: %v", err)
	}
	if err := d.RenamePasskey(d.as(t, his.Token), k.ID, "Mine"); !errors.Is(err, identity.ErrNoPasskey) {
		t.Errorf("a neighbour's passkey is renamed: %v", err)
	}
	if err := d.RemovePasskey(ctx, k.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.RemovePasskey(ctx, k.ID); !errors.Is(err, identity.ErrNoPasskey) {
		t.Errorf("twice: %v", err)
	}
	if half := d.enter(t); half.Token == "" {
		t.Error("the password alone does not do again")
	}
	if _, err := d.byPasskey(t, v); !errors.Is(err, identity.ErrPasskey) {
		t.Errorf("a removed passkey: %v", err)
	}
	var left int
	if err := d.db.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM identity_recovery_codes WHERE person_id = $1`, d.ada.ID.UUID()).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d recovery codes stand for nothing: %v", left, err)
	}
}

