package notifydb_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/notify"
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
	if err := w.db.Ops(t).QueryRow(t.Context(), `SELECT string_agg(x::text, ' '), count(sealed) FROM notify_mails x WHERE tenant_id = $1`, w.tenant.UUID()).Scan(&rows, &sealed); err != nil {
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
