package notifydb_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/platform/vault"
)

const linkToken = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

func (w *world) note(t *testing.T) notify.Noted {
	t.Helper()
	var out notify.Noted
	err := w.db.Do(w.system(), func(ctx context.Context) (err error) {
		out, err = w.Write(ctx, notify.Note{To: "cy@example.org", Locale: "en", Kind: "invitation", Params: map[string]string{"company": "Mill"}, Path: "/invitation", Token: linkToken})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// kept is everything that the table says of letters, as whoever steals a copy reads it.
func (w *world) kept(t *testing.T) (rows string, sealed int) {
	t.Helper()
	if err := w.db.Ops(t).QueryRow(t.Context(), `SELECT string_agg(x::text, ' '), count(token_sealed) FROM notify_mails x WHERE tenant_id = $1`, w.tenant.UUID()).Scan(&rows, &sealed); err != nil {
		t.Fatal(err)
	}
	return rows, sealed
}

func TestALettersSecretIsInTheLetterAloneAndGoneFromTheTableWhenItHasLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.note(t)
	if !n.Posted || !strings.HasSuffix(n.URL, "/invitation?token="+linkToken) {
		t.Fatalf("%+v", n)
	}
	if rows, sealed := w.kept(t); strings.Contains(rows, linkToken) || sealed != 1 {
		t.Errorf("before it goes, %d sealed: %s", sealed, rows)
	}
	w.refuse = errors.New("busy")
	if err := w.Deliver(w.system(), w.queued[0]); err == nil {
		t.Fatal("a busy server took it")
	}
	w.refuse = nil
	if err := w.Deliver(w.system(), w.queued[0]); err != nil {
		t.Fatal(err)
	}
	l := w.sent[len(w.sent)-1]
	if l.To != "cy@example.org" || !strings.Contains(l.Text, "/invitation?token="+linkToken) || !strings.Contains(l.HTML, "/invitation?token="+linkToken) {
		t.Errorf("the letter that went: %+v", l)
	}
	if rows, sealed := w.kept(t); strings.Contains(rows, linkToken) || sealed != 0 {
		t.Errorf("after it went, %d sealed: %s", sealed, rows)
	}
}

func TestWithoutAMailServerALinkIsGivenAndNoLetterLies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mute = true
	if n := w.note(t); n.Posted || !strings.HasSuffix(n.URL, linkToken) {
		t.Errorf("%+v", n)
	}
	var letters int
	if err := w.db.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM notify_mails WHERE tenant_id = $1`, w.tenant.UUID()).Scan(&letters); err != nil || letters != 0 {
		t.Errorf("%d letters, %v", letters, err)
	}
}

// state is where the only letter stands, and whether a secret is still there.
func (w *world) state(t *testing.T) (state string, secrets int) {
	t.Helper()
	if err := w.db.Ops(t).QueryRow(t.Context(), `SELECT state::text, num_nonnulls(sealed, token_sealed) FROM notify_mails WHERE tenant_id = $1`, w.tenant.UUID()).Scan(&state, &secrets); err != nil {
		t.Fatal(err)
	}
	return state, secrets
}

// A letter that an earlier version queued is sent by this one: sealed with the house's
// secret, in the column of old.
func TestALetterOfAnEarlierVersionGoesStill(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"ours": houseSecret, "another house's": "not the secret of this house, but long"} {
		w := newWorld(t)
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte("kontor letters 1"))
		block, err := aes.NewCipher(h.Sum(nil))
		if err != nil {
			t.Fatal(err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		nonce, which := []byte("twelve bytes"), id.Mail{}.New()
		_, err = w.db.Ops(t).Exec(t.Context(), `INSERT INTO notify_mails (tenant_id, id, recipient, subject, body_text, body_html, state, error, attempts, created_at, sealed) VALUES ($1, $2, 'cy@example.org', 'x', 'https://x/invitation?token=TOKEN', '', 'queued', '', 0, $3, $4)`,
			w.tenant.UUID(), which.UUID(), noon, aead.Seal(nonce, nonce, []byte(linkToken), which[:]))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Deliver(w.system(), notify.SendArgs{Mails: []id.Mail{which}}); err != nil {
			t.Fatal(err)
		}
		state, secrets := w.state(t)
		if name == "ours" && (state != "sent" || len(w.sent) != 1 || w.sent[0].Text != "https://x/invitation?token="+linkToken) {
			t.Errorf("%s: %s %+v", name, state, w.sent)
		}
		if name != "ours" && (state != "failed" || len(w.sent) != 0) {
			t.Errorf("%s: %s %+v", name, state, w.sent)
		}
		if secrets != 0 {
			t.Errorf("%s: its secret lies there still", name)
		}
	}
}

func TestALettersSecretOutlivesAChangeOfTheKeyAndNotItsDestruction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.note(t)
	column := vault.Column{Table: "notify_mails", Column: "token_sealed", Row: "id"}
	in := func(do func(ctx context.Context) error) {
		t.Helper()
		if err := w.db.Do(w.system(), do); err != nil {
			t.Fatal(err)
		}
	}
	in(w.vault.Rotate)
	in(func(ctx context.Context) error {
		n, err := w.vault.Reseal(ctx, column, 10)
		if n != 1 {
			t.Errorf("%d sealed anew", n)
		}
		return err
	})
	in(w.vault.Retire)
	if err := w.Deliver(w.system(), w.queued[0]); err != nil || len(w.sent) != 1 || !strings.Contains(w.sent[0].Text, "?token="+linkToken) {
		t.Fatalf("%v %+v", err, w.sent)
	}
	if _, err := w.db.Ops(t).Exec(t.Context(), `DELETE FROM notify_mails WHERE tenant_id = $1`, w.tenant.UUID()); err != nil {
		t.Fatal(err)
	}
	w.note(t)
	in(w.vault.Destroy)
	if err := w.Deliver(w.system(), w.queued[1]); err != nil {
		t.Fatal(err)
	}
	if state, secrets := w.state(t); state != "failed" || secrets != 0 || len(w.sent) != 1 {
		t.Errorf("with a destroyed key: %s, %d secrets, %d sent", state, secrets, len(w.sent))
	}
}

// What was sealed for one letter opens in no other.
func TestALettersSecretIsThatLettersAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.note(t)
	w.note(t)
	first, second := w.queued[0].Mails[0], w.queued[1].Mails[0]
	if _, err := w.db.Ops(t).Exec(t.Context(), `UPDATE notify_mails SET token_sealed = (SELECT token_sealed FROM notify_mails WHERE tenant_id = $1 AND id = $2) WHERE tenant_id = $1 AND id = $3`, w.tenant.UUID(), first.UUID(), second.UUID()); err != nil {
		t.Fatal(err)
	}
	if err := w.Deliver(w.system(), w.queued[1]); err == nil || len(w.sent) != 0 {
		t.Errorf("%v %+v", err, w.sent)
	}
}
