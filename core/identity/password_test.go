package identity_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/identity"
)

var cheap = identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}

func TestAPasswordMatchesItselfAlone(t *testing.T) {
	t.Parallel()
	ctx, p := context.Background(), identity.NewPasswords(cheap)
	h, err := p.Hash(ctx, "correct horse battery")
	if err != nil || !strings.HasPrefix(h, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatal(h, err)
	}
	other, _ := p.Hash(ctx, "correct horse battery")
	if h == other {
		t.Error("two hashes of one password are equal: there is no salt")
	}
	for password, want := range map[string]bool{"correct horse battery": true, "correct horse batterY": false, "": false} {
		if got, err := p.Matches(ctx, password, h); err != nil || got != want {
			t.Errorf("%q: %v %v", password, got, err)
		}
	}
}

// Whoever the account belongs to, and whether there is one, costs the same work.
func TestNoHashIsNoMatchAndTheSameWork(t *testing.T) {
	t.Parallel()
	ctx, p := context.Background(), identity.NewPasswords(cheap)
	h, err := p.Hash(ctx, "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	var work []string
	p.Watch(&work)
	for _, hash := range []string{h, ""} {
		if ok, err := p.Matches(ctx, "nobody knows this one", hash); ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if len(work) != 2 || work[0] != work[1] {
		t.Errorf("known and unknown cost %q", work)
	}
}

func TestABrokenHashIsAnErrorAndNotAYes(t *testing.T) {
	t.Parallel()
	p := identity.NewPasswords(cheap)
	for _, h := range []string{"x", "$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=99999999,t=1,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA"} {
		if ok, err := p.Matches(context.Background(), "", h); ok || err == nil {
			t.Errorf("%s: %v %v", h, ok, err)
		}
	}
}

func TestWeakPasswordsAreNamed(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"short":                          "too_short",
		"passwordpassword":               "guessable",
		"aaaaaaaaaaaaaaaa":               "guessable",
		"zhou.jianping1":                 "guessable",
		strings.Repeat("long", 40):       "too_long",
		"correct horse battery":          "",
		"Kontor-Demo-2026":               "",
		"一二三四五六七八九十甲乙":                   "",
		"\xff\xfe broken utf-8 password": "too_long",
	} {
		err := identity.CheckPassword(password, "zhou.jianping@steel.example", "Zhou Jianping")
		var f *fault.Error
		got := ""
		if errors.As(err, &f) {
			got = f.Fields[0].Reason
		}
		if got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
}

func TestAddressesHaveOneSpelling(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" Buyer@Steel.Example ": "buyer@steel.example",
		"no at":                 "", "": "", "a@": "", "Name <a@b.example>": "", "a@b.example\r\nBcc: c@d": "",
	} {
		if got := identity.Email(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

// More at once than the cores leave over for the door wait, and whoever's time runs out
// meanwhile is told that it is crowded.
func TestACrowdWaitsAndIsTold(t *testing.T) {
	t.Parallel()
	p := identity.NewPasswords(identity.Cost{MemoryKiB: 8 << 10, Passes: 40, Threads: 1})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	const crowd = 64
	errs := make(chan error, crowd)
	for range crowd {
		go func() {
			_, err := p.Matches(ctx, "somebody's password", "")
			errs <- err
		}()
	}
	crowded := 0
	for range crowd {
		if err := <-errs; errors.Is(err, identity.ErrCrowded) {
			crowded++
		} else if err != nil {
			t.Error(err)
		}
	}
	if crowded < crowd/2 {
		t.Errorf("of %d only %d had to wait", crowd, crowded)
	}
}
