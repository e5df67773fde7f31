package gate

import (
	"context"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/policies"
)

type factLicence struct {
	Kind      string   `json:"kind"`
	Number    string   `json:"number"`
	Scope     []string `json:"scope"`
	ValidFrom string   `json:"valid_from"`
	ValidTo   string   `json:"valid_to"`
	State     string   `json:"state"`
}

type factCompany struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	State    string        `json:"state"`
	Licences []factLicence `json:"licences"`
}

type factLine struct {
	Item      string      `json:"item"`
	Name      string      `json:"name"`
	Regulated string      `json:"regulated"`
	Seller    factCompany `json:"seller"`
}

type factOrder struct {
	Lines []factLine `json:"lines"`
	Total struct {
		Minor    int64  `json:"minor"`
		Currency string `json:"currency"`
	} `json:"total"`
	Buyer  factCompany `json:"buyer"`
	Member struct {
		LimitMinor *int64 `json:"limit_minor"`
		Currency   string `json:"currency"`
	} `json:"member"`
}

func threeLines() factOrder {
	l := []factLicence{{"DEA", "RA1", []string{"CII", "CIII"}, "2026-01-01", "2026-12-31", "valid"}}
	line := factLine{"i", "Codeine", "CII", factCompany{"s", "Seller", "approved", l}}
	o := factOrder{Lines: []factLine{line, line, line}, Buyer: factCompany{"b", "Buyer", "approved", l}}
	o.Total.Minor, o.Total.Currency, o.Member.Currency = 100, "USD", "USD"
	return o
}

// BenchmarkRules is what the rules alone cost, apart from reading the facts.
func BenchmarkRules(b *testing.B) {
	e, err := loadEngine(policies.FS)
	if err != nil {
		b.Fatal(err)
	}
	t := newTenantView(Tenant{Settings: Settings{Currency: "USD", Verticals: []string{"pharma"}}}, &table{})
	raw, tree, err := parse(threeLines())
	if err != nil {
		b.Fatal(err)
	}
	at := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	in, _, err := input(caller.Caller{Kind: caller.Person, Person: id.Person{}.New(), Roles: []string{"buyer"}}, t, "ordering.order.place", at, raw, tree)
	if err != nil {
		b.Fatal(err)
	}
	r := e.actions["ordering.order.place"]
	for b.Loop() {
		if o, _, err := e.judge(context.Background(), r, t.Settings.Verticals, in); o != Allow || err != nil {
			b.Fatal(o, err)
		}
	}
}

// BenchmarkFacts is what reading and checking the facts costs.
func BenchmarkFacts(b *testing.B) {
	e, err := loadEngine(policies.FS)
	if err != nil {
		b.Fatal(err)
	}
	r := e.actions["ordering.order.place"]
	o := threeLines()
	for b.Loop() {
		_, tree, err := parse(o)
		if err == nil {
			err = r.schema.check(tree, "facts")
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
