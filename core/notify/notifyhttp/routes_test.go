package notifyhttp_test

import (
	"context"
	"os"
	"testing"

	"github.com/kontorhq/kontor/core/fulfilment/fulfilmenttest"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/notify/notifydb"
	"github.com/kontorhq/kontor/core/notify/notifyhttp"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

type words struct{}

func (words) Text(locale, key string, args map[string]string) (string, bool) {
	return locale + " " + key + " " + args["number"], true
}

func TestReadingOnesMessagesOverHTTP(t *testing.T) {
	t.Parallel()
	w := fulfilmenttest.New(t, pgtest.New(t))
	store := notifydb.New(w.DB.DB)
	s := notify.New(notify.Needs{Unit: w.DB.DB, Store: store, Gate: w, Now: w.Now, Texts: words{}})
	e := fulfilmenttest.NewEdge(t, w, notifyhttp.Routes(s)...)
	me, colleague := id.Person{1}, id.Person{2} // the edge signs everybody in as the first
	var theirs id.Message
	err := w.DB.Do(w.System(), func(ctx context.Context) error {
		for _, p := range []id.Person{me, me, colleague} {
			theirs = id.Message{}.New()
			if _, err := store.InsertMessages(ctx, []notify.Message{{ID: theirs, Person: p, Event: id.Event{}.New(), Kind: "order_placed", Params: map[string]string{"number": "PO-1"}, Link: "/x", CreatedAt: w.Now()}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list := e.Ask(t, "GET", "/messages?unread=true", "buyer ", nil, 200)["items"].([]any)
	first := list[0].(map[string]any)
	if len(list) != 2 || first["text"] != "en notify.order_placed PO-1" || first["params"] != nil {
		t.Fatalf("%v", list)
	}
	if got := e.Ask(t, "POST", "/messages/"+first["id"].(string)+"/read", "buyer ", nil, 200); got["unread"] != 1.0 {
		t.Fatalf("%v", got)
	}
	e.Ask(t, "POST", "/messages/"+theirs.String()+"/read", "buyer ", nil, 404)
	if got := e.Ask(t, "POST", "/messages/read-all", "buyer ", nil, 200); got["unread"] != 0.0 {
		t.Fatalf("%v", got)
	}
	e.Ask(t, "GET", "/messages", "", nil, 401)
}
