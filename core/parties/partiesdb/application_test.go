package partiesdb_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/tenancy"
)

func TestAnApplicationIsKeptThirtyDaysForWhoeverHoldsItsLink(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	token, err := m.BeginDraft(m.visitor(), map[string]string{"country": "DE"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.SaveDraft(m.visitor(), token, map[string]string{"name": "Nordwerk"}); err != nil {
		t.Fatal(err)
	}
	if d, err := m.Draft(m.visitor(), token); err != nil || d.Data["country"] != "DE" || d.Data["name"] != "Nordwerk" {
		t.Errorf("%+v %v", d, err)
	}
	var rows string
	if err := m.db.Ops(t).QueryRow(t.Context(), `SELECT string_agg(x::text, ' ') FROM parties_drafts x WHERE tenant_id = $1`, m.tenant.ID.UUID()).Scan(&rows); err != nil || strings.Contains(rows, token) {
		t.Errorf("the token lies in the table: %v", err)
	}
	other := open(t, nil)
	for name, get := range map[string]error{
		"another market's": second(other.Draft(other.visitor(), token)), "made up": second(m.Draft(m.visitor(), strings.Repeat("x", 43))),
		"endless": second(m.Draft(m.visitor(), strings.Repeat("x", 9000))), "none": second(m.Draft(m.visitor(), "")),
	} {
		if !errors.Is(get, parties.ErrDraft) {
			t.Errorf("%s: %v", name, get)
		}
	}
	if _, err := m.SaveDraft(m.visitor(), token, map[string]string{"name": strings.Repeat("x", 3000)}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("too much text: %v", err)
	}
	m.Now = func() time.Time { return noon.AddDate(0, 0, 30) }
	if _, err := m.Draft(m.visitor(), token); !errors.Is(err, parties.ErrDraft) {
		t.Errorf("after thirty days: %v", err)
	}
	if _, err := m.BeginDraft(m.visitor(), nil); err != nil || m.count(t, "parties_drafts") > 2 {
		t.Errorf("%v", err)
	}
	portal := open(t, func(s *tenancy.Settings) { s.SignUp = tenancy.SignUpInvited })
	if _, err := portal.BeginDraft(portal.visitor(), nil); !errors.Is(err, parties.ErrInvited) {
		t.Errorf("a portal keeps drafts: %v", err)
	}
}

func TestANumberIsOneCompanysHoweverItIsGiven(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	in := german()
	in.AlsoKind, in.AlsoNo = "de.handelsregisternummer", "Koln HRB 49263"
	r, err := m.Register(m.sys, parties.RegisterInput{Company: in})
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]parties.Number{"the first": {Country: "DE", Kind: "vat", No: "de 136695976"}, "the second": {Country: "DE", Kind: "de.handelsregisternummer", No: "Köln HRB 49263"}} {
		if err := m.Taken(m.visitor(), n); !errors.Is(err, parties.ErrDuplicate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := m.Taken(m.visitor(), parties.Number{Country: "DE", Kind: "vat", No: "DE129273398"}); err != nil {
		t.Error(err)
	}
	twin := german()
	twin.RegNo, twin.Name, twin.AlsoKind, twin.AlsoNo = "DE129273398", "NORDWERK AG", "de.handelsregisternummer", "Köln HRB 49263"
	if _, err := m.Register(m.sys, parties.RegisterInput{Company: twin}); !errors.Is(err, parties.ErrDuplicate) {
		t.Errorf("the second number of another: %v", err)
	}
	twin.AlsoNo, twin.AlsoKind = "", ""
	twin.RegKind, twin.RegNo = "de.handelsregisternummer", "Köln HRB 49263"
	if _, err := m.Register(m.sys, parties.RegisterInput{Company: twin}); !errors.Is(err, parties.ErrDuplicate) {
		t.Errorf("as the first number: %v", err)
	}
	twin.RegKind, twin.RegNo, twin.Facts = "vat", "DE129273398", map[string]string{"legal_form": "AG"}
	made, err := m.Register(m.sys, parties.RegisterInput{Company: twin})
	if err != nil {
		t.Fatal(err)
	}
	rev, err := m.Review(m.operator(), made.Org.ID)
	if err != nil || len(rev.Alike) != 1 || rev.Alike[0].ID != r.Org.ID || rev.Facts["legal_form"] != "AG" {
		t.Errorf("%+v %v", rev, err)
	}
	if _, err := m.Review(m.as(made.Person, made.Org.ID, "admin"), made.Org.ID); fault.KindOf(err) != fault.Denied {
		t.Errorf("a company reads who is like it: %v", err)
	}
	known := len(m.log.names())
	for _, no := range []string{"DE136695976", "DE811115368"} {
		if err := m.AskToJoin(m.visitor(), parties.JoinInput{Number: parties.Number{Country: "DE", Kind: "vat", No: no}, Name: "Lin", Email: "lin@x.example"}); err != nil {
			t.Errorf("%s: %v", no, err)
		}
	}
	if n := len(m.log.names()) - known; n != 1 {
		t.Errorf("%d companies were told", n)
	}
}
