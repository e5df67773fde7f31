package tenants

import "slices"

func (c *checker) companies() {
	numbers := map[[3]string]string{}
	for i := range c.Orgs {
		o := &c.Orgs[i]
		at := "org " + o.Key
		c.form(at, "key", o.Key, slugForm)
		if c.orgs[o.Key] != nil {
			c.add(at, "is declared twice")
		}
		c.orgs[o.Key] = o
		c.form(at, "country", o.Country, countryForm)
		c.form(at, "email", o.Email, emailForm)
		c.oneOf(at, "state", o.State, []string{"approved", "submitted"})
		if o.Name == "" || !o.Buys && !o.Sells {
			c.add(at, "has no name, or neither buys nor sells")
		}
		c.check(at, checkRegistration(o.Country, o.RegKind, o.RegNo))
		no := [3]string{o.Country, o.RegKind, o.RegNo}
		if other := numbers[no]; other != "" {
			c.add(at, "has the same registration as %s", other)
		}
		numbers[no] = o.Key
		if o.Sells {
			c.check(at+" iban", checkIBAN(o.Account))
		}
		if len(o.About) > 0 {
			c.names(at+" about", o.About)
		}
		c.departments(at, o)
	}
	if op := c.Tenant.Operator; op != "" && c.orgs[op] == nil {
		c.add("tenant.yaml", "operator %q is no company of the seed", op)
	}
}

func (c *checker) departments(at string, o *Org) {
	codes := map[string]bool{"": true}
	for _, u := range o.Units {
		if codes[u.Code] || !codes[u.Parent] || u.Name == "" {
			c.add(at, "department %q is repeated, unnamed or comes before its parent", u.Code)
		}
		codes[u.Code] = true
	}
	for _, cc := range o.Centres {
		if cc.Code == "" || !codes[cc.Unit] || cc.Budget < 0 || !cc.To.After(cc.From.Time) {
			c.add(at, "cost centre %q has an unknown department, a negative budget or no days", cc.Code)
		}
	}
	for _, a := range o.Addresses {
		if a.Label == "" || a.City == "" || a.Street == "" || !countryForm.MatchString(a.Country) {
			c.add(at, "address %q is incomplete", a.Label)
		}
	}
}

func (c *checker) people() {
	seen := map[string]bool{}
	for _, p := range c.People {
		at := "person " + p.Email
		c.form(at, "email", p.Email, emailForm)
		if seen[p.Email] || p.Name == "" {
			c.add(at, "is repeated or has no name")
		}
		seen[p.Email] = true
		c.oneOf(at, "locale", p.Locale, c.Tenant.Locales)
		c.oneOf(at, "staff", p.Staff, []string{"", "operator", "platform"})
		if len(p.Demo) > 0 {
			c.names(at+" demo", p.Demo)
		}
		for _, m := range p.Members {
			c.membership(at, m)
		}
		if p.Staff == "" && len(p.Members) == 0 {
			c.add(at, "belongs to nobody")
		}
	}
}

func (c *checker) membership(at string, m Member) {
	o := c.orgs[m.Org]
	if o == nil {
		c.add(at, "company %q is unknown", m.Org)
		return
	}
	if len(m.Roles) == 0 {
		c.add(at, "has no role at %s", m.Org)
	}
	for _, r := range m.Roles {
		if !c.roles[r] {
			c.add(at, "role %q is unknown", r)
		}
	}
	if m.Unit != "" && !slices.ContainsFunc(o.Units, func(u Unit) bool { return u.Code == m.Unit }) {
		c.add(at, "department %q is unknown at %s", m.Unit, m.Org)
	}
	if m.Limit != nil && *m.Limit < 0 {
		c.add(at, "has a negative limit")
	}
}

func (c *checker) licences() {
	seen := map[[2]string]bool{}
	for _, l := range c.Licences {
		at := "licence " + l.Number
		if c.orgs[l.Org] == nil {
			c.add(at, "company %q is unknown", l.Org)
		}
		if seen[[2]string{l.Kind, l.Number}] || l.Kind == "" || l.Number == "" {
			c.add(at, "is repeated or has no kind or number")
		}
		seen[[2]string{l.Kind, l.Number}] = true
		c.oneOf(at, "state", l.State, []string{"valid", "submitted", "revoked"})
		if l.Kind == "dea_registration" {
			c.check(at, checkDEA(l.Number))
		}
		if l.From.IsZero() || !l.To.After(l.From.Time) || len(l.Scope) == 0 {
			c.add(at, "has no scope, or ends before it begins")
		}
	}
}

func (c *checker) stores() {
	for _, w := range c.Warehouses {
		at, key := "warehouse "+w.Org+" "+w.Code, [2]string{w.Org, w.Code}
		if o := c.orgs[w.Org]; o == nil || !o.Sells {
			c.add(at, "belongs to no seller")
		}
		if c.warehouses[key] || w.Code == "" || w.Name == "" || !countryForm.MatchString(w.Country) {
			c.add(at, "is repeated or incomplete")
		}
		c.warehouses[key] = true
	}
	seen := map[string]int{}
	for _, x := range c.Indices {
		at := "index " + x.Key
		c.names(at, x.Names)
		c.oneOf(at, "unit", x.Unit, units)
		if x.Price <= 0 || x.DaysAgo < 0 || x.Source == "" {
			c.add(at, "has no price, no day or no source")
		}
		seen[x.Key]++
	}
	for _, key := range c.Tenant.Board {
		if seen[key] == 0 {
			c.add("tenant.yaml", "board: there is no index %q", key)
		}
	}
}
