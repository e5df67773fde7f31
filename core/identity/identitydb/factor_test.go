package identitydb_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/vault"
)

func (d *door) now6(t *testing.T, secret string) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, d.clock())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// enrolled gives ada a second factor; the clock moves on, so that the next code is fresh.
func enrolled(t *testing.T, d *door) (secret string, recovery []string) {
	t.Helper()
	ctx := d.as(t, d.enter(t).Token)
	e, err := d.Enrol(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(e.URI, "otpauth://totp/") || !strings.Contains(e.URI, "secret="+e.Secret) {
		t.Errorf("uri %q", e.URI)
	}
	if again, err := d.Enrolling(ctx); err != nil || again != e {
		t.Errorf("shown again: %v, %v", again, err)
	}
	if _, err := d.Confirm(ctx, "000000"); !errors.Is(err, identity.ErrProof) {
		t.Errorf("a wrong first code: %v", err)
	}
	if recovery, err = d.Confirm(ctx, d.now6(t, e.Secret)); err != nil || len(recovery) != 10 {
		t.Fatalf("%v, %v", recovery, err)
	}
	if _, err := d.Enrolling(ctx); !errors.Is(err, identity.ErrFactorOn) {
		t.Errorf("the secret can be seen after it was confirmed: %v", err)
	}
	d.wait(time.Minute)
	return e.Secret, recovery
}

func (d *door) step(ticket, code string) (identity.SignedIn, error) {
	return d.SignInCode(d.visitor("10.0.0.1"), identity.CodeInput{Ticket: ticket, Code: code})
}

func TestASecondFactorStandsBetweenThePasswordAndTheSession(t *testing.T) {
	t.Parallel()
	d := setup(t)
	key, _ := enrolled(t, d)
	half := d.enter(t)
	if half.Token != "" || half.Ticket == "" || !half.Session.ID.IsZero() {
		t.Fatalf("the password alone opened %+v", half)
	}
	if _, err := d.Resolve(t.Context(), d.tenant, half.Ticket); !errors.Is(err, identity.ErrSession) {
		t.Errorf("a ticket is taken for a session: %v", err)
	}
	code := d.now6(t, key)
	in, err := d.step(half.Ticket, code)
	if err != nil || in.Token == "" || in.Token == half.Ticket {
		t.Fatalf("%+v, %v", in, err)
	}
	d.as(t, in.Token)
	if _, err := d.step(half.Ticket, d.now6(t, key)); !errors.Is(err, identity.ErrTicket) {
		t.Errorf("a ticket worked twice: %v", err)
	}
	if _, err := d.step(d.enter(t).Ticket, code); !errors.Is(err, identity.ErrCode) {
		t.Errorf("a code worked twice: %v", err)
	}
}

func TestACodeMayBeOneStepOffAndNoMore(t *testing.T) {
	t.Parallel()
	d := setup(t)
	key, _ := enrolled(t, d)
	for off, want := range map[time.Duration]error{-60 * time.Second: identity.ErrCode, 60 * time.Second: identity.ErrCode, -30 * time.Second: nil, 30 * time.Second: nil} {
		d.wait(5 * time.Minute)
		code, _ := totp.GenerateCode(key, d.clock().Add(off))
		if _, err := d.step(d.enter(t).Ticket, code); !errors.Is(err, want) {
			t.Errorf("%s off: %v, want %v", off, err, want)
		}
	}
}

func TestFiveWrongCodesEndASignIn(t *testing.T) {
	t.Parallel()
	d := setup(t)
	key, _ := enrolled(t, d)
	half := d.enter(t)
	for i := range 5 {
		if _, err := d.step(half.Ticket, "000000"); !errors.Is(err, identity.ErrCode) {
			t.Errorf("try %d: %v", i, err)
		}
	}
	d.wait(time.Minute)
	if _, err := d.step(half.Ticket, d.now6(t, key)); !errors.Is(err, identity.ErrTicket) {
		t.Errorf("the sixth try: %v", err)
	}
	// A new sign-in gives no five quick tries more: the person's count goes on.
	fresh := d.enter(t)
	if _, err := d.step(fresh.Ticket, "000000"); !errors.Is(err, identity.ErrCode) {
		t.Errorf("got %v", err)
	}
	if _, err := d.step(fresh.Ticket, d.now6(t, key)); fault.KindOf(err) != fault.Throttled {
		t.Errorf("guessing goes on at full speed: %v", err)
	}
	d.wait(time.Minute)
	if _, err := d.step(fresh.Ticket, d.now6(t, key)); err != nil {
		t.Errorf("the owner cannot get in: %v", err)
	}
}

func TestATicketEndsWithTimeAndWithThePersonsRights(t *testing.T) {
	t.Parallel()
	d := setup(t)
	key, _ := enrolled(t, d)
	half := d.enter(t)
	d.wait(11 * time.Minute)
	if _, err := d.step(half.Ticket, d.now6(t, key)); !errors.Is(err, identity.ErrTicket) {
		t.Errorf("after its time: %v", err)
	}
	half = d.enter(t)
	if _, err := d.db.Ops(t).Exec(t.Context(), `UPDATE identity_people SET version = version + 1 WHERE id = $1`, d.ada.ID.UUID()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.step(half.Ticket, d.now6(t, key)); !errors.Is(err, identity.ErrTicket) {
		t.Errorf("after the person changed, as by a new password: %v", err)
	}
	half = d.enter(t)
	if err := d.Disable(d.sys, d.ada.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := d.step(half.Ticket, d.now6(t, key)); !errors.Is(err, identity.ErrTicket) {
		t.Errorf("a disabled person: %v", err)
	}
}

func TestOfManyWithTheSameCodeOneGetsIn(t *testing.T) {
	t.Parallel()
	d := setup(t)
	key, recovery := enrolled(t, d)
	for name, code := range map[string]func() string{"of the app": func() string { return d.now6(t, key) }, "for recovery": func() string { return recovery[0] }} {
		code := code()
		tickets := []string{d.enter(t).Ticket, d.enter(t).Ticket, d.enter(t).Ticket}
		var in atomic.Int32
		var wg sync.WaitGroup
		for _, k := range tickets {
			wg.Go(func() {
				if _, err := d.step(k, code); err == nil {
					in.Add(1)
				}
			})
		}
		wg.Wait()
		if in.Load() != 1 {
			t.Errorf("a code %s let %d in", name, in.Load())
		}
		d.wait(20 * time.Minute)
	}
}

func TestARecoveryCodeWorksOnce(t *testing.T) {
	t.Parallel()
	d := setup(t)
	_, recovery := enrolled(t, d)
	in, err := d.step(d.enter(t).Ticket, " "+strings.ToLower(recovery[3])+" ")
	if err != nil {
		t.Fatal(err)
	}
	if f, err := d.SecondFactor(d.as(t, in.Token)); err != nil || f.Left != 9 {
		t.Errorf("left %d, %v", f.Left, err)
	}
	if _, err := d.step(d.enter(t).Ticket, recovery[3]); !errors.Is(err, identity.ErrCode) {
		t.Errorf("a second time: %v", err)
	}
	fresh, err := d.NewRecovery(d.as(t, in.Token))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.step(d.enter(t).Ticket, recovery[4]); !errors.Is(err, identity.ErrCode) {
		t.Errorf("one of the old: %v", err)
	}
	if _, err := d.step(d.enter(t).Ticket, fresh[0]); err != nil {
		t.Errorf("one of the new: %v", err)
	}
}

func TestADumpHoldsNoSecondFactor(t *testing.T) {
	t.Parallel()
	d := setup(t)
	key, recovery := enrolled(t, d)
	var dump string
	err := d.db.Ops(t).QueryRow(t.Context(), `SELECT coalesce(string_agg(encode(f.sealed, 'escape') || encode(c.code_hash, 'escape'), ' '), '')
		FROM identity_factors f JOIN identity_recovery_codes c USING (tenant_id, person_id) WHERE f.person_id = $1`, d.ada.ID.UUID()).Scan(&dump)
	if err != nil || dump == "" {
		t.Fatal(dump, err)
	}
	for _, s := range append(recovery, key) {
		if strings.Contains(dump, s) || strings.Contains(dump, strings.ReplaceAll(s, "-", "")) {
			t.Error("a secret lies open in the database")
		}
	}
}

func TestProvingOneselfRenewsTheSession(t *testing.T) {
	t.Parallel()
	d := setup(t)
	in := d.enter(t)
	d.wait(time.Hour)
	ctx := d.as(t, in.Token)
	if _, err := d.Prove(ctx, identity.ProofInput{Password: "not the password"}); !errors.Is(err, identity.ErrProof) {
		t.Errorf("a wrong password: %v", err)
	}
	fresh, err := d.Prove(ctx, identity.ProofInput{Password: secret})
	if err != nil || !fresh.Session.ProvedAt.Equal(d.clock()) || !fresh.Session.ExpiresAt.Equal(in.Session.ExpiresAt) {
		t.Fatalf("%+v, %v", fresh, err)
	}
	if _, err := d.Resolve(t.Context(), d.tenant, in.Token); !errors.Is(err, identity.ErrSession) {
		t.Errorf("the old session goes on: %v", err)
	}
	key, _ := enrolled(t, d)
	if _, err := d.Prove(d.as(t, fresh.Token), identity.ProofInput{Password: secret}); !errors.Is(err, identity.ErrProof) {
		t.Errorf("the password proves one who has a second factor: %v", err)
	}
	if _, err := d.Prove(d.as(t, fresh.Token), identity.ProofInput{Code: d.now6(t, key)}); err != nil {
		t.Errorf("a code: %v", err)
	}
}

var _ identity.Vault = (*vault.Vault)(nil)
