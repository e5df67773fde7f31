package app

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/tenants"
)

// plugins installs what the blueprint names, or updates its configuration.
func (s *seeder) plugins(ctx context.Context) error {
	return s.DB.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		for _, p := range s.b.Tenant.Plugins {
			config := []byte("{}")
			if p.Config != nil {
				if config, err = json.Marshal(p.Config); err != nil {
					return err
				}
			}
			_, err = tx.Exec(ctx, `INSERT INTO plugin_installations (tenant_id, id, plugin, version, config, created_at, updated_at) VALUES ($1,$2,$3,'',$4,$5,$5)
				ON CONFLICT (tenant_id, plugin) DO UPDATE SET config = excluded.config, revision = plugin_installations.revision + 1, updated_at = excluded.updated_at
				WHERE plugin_installations.config <> excluded.config`,
				s.tenant.ID.UUID(), id.Installation{}.New().UUID(), p.ID, config, s.Now())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// companies registers every company and admits those that the blueprint says are admitted.
func (s *seeder) companies(ctx context.Context) error {
	return s.DB.Do(ctx, func(ctx context.Context) error {
		for _, o := range s.b.Orgs {
			org, err := s.Parties.Ensure(ctx, parties.OrgInput{
				Name: o.Name, NameLocal: o.NameLocal, Country: o.Country, RegKind: o.RegKind, RegNo: o.RegNo,
				City: o.City, Address: joined(o.Street, o.Postcode), About: o.About, Buys: o.Buys, Sells: o.Sells, IBAN: o.Account,
			})
			if err != nil {
				return fmt.Errorf("company %s: %w", o.Key, err)
			}
			s.orgs[o.Key], s.keys[org.ID] = org.ID, o.Key
			if org.State == parties.Submitted && o.State != "submitted" {
				if _, err := s.Parties.Decide(ctx, parties.DecideInput{Org: org.ID, To: parties.Approved, Note: "blueprint", Version: org.Version}); err != nil {
					return fmt.Errorf("admit %s: %w", o.Key, err)
				}
			}
			if err := s.structure(ctx, o, org.ID); err != nil {
				return fmt.Errorf("structure of %s: %w", o.Key, err)
			}
		}
		return nil
	})
}

func (s *seeder) structure(ctx context.Context, o tenants.Org, org id.Org) error {
	for _, u := range o.Units {
		made, err := s.Parties.PutUnit(ctx, parties.Unit{Org: org, Parent: s.units[o.Key+"/"+u.Parent], Code: u.Code, Name: u.Name})
		if err != nil {
			return err
		}
		s.units[o.Key+"/"+u.Code] = made.ID
	}
	for _, c := range o.Centres {
		if _, err := s.Parties.PutCostCentre(ctx, parties.CostCentre{
			Org: org, Unit: s.units[o.Key+"/"+c.Unit], Code: c.Code, Name: c.Name,
			Budget: money.Of(int64(c.Budget), s.tenant.Settings.Currency), From: c.From.Time, To: c.To.Time,
		}); err != nil {
			return err
		}
	}
	for _, a := range o.Addresses {
		if _, err := s.Parties.PutAddress(ctx, parties.Address{
			Org: org, Label: a.Label, Country: a.Country, Region: a.Region, City: a.City, Street: a.Street,
			Postcode: a.Postcode, Contact: a.Contact, Phone: a.Phone,
		}); err != nil {
			return err
		}
	}
	return nil
}

// persons makes the demo people. Their one password is hashed once: hashing is slow on
// purpose.
func (s *seeder) persons(ctx context.Context) error {
	hash, err := s.Identity.Hash(ctx, tenants.DemoPassword)
	if err != nil {
		return err
	}
	return s.DB.Do(ctx, func(ctx context.Context) error {
		for _, p := range s.b.People {
			person, err := s.Identity.Ensure(ctx, identity.SignUpInput{Email: p.Email, Name: p.Name, Locale: p.Locale, PasswordHash: hash, StaffRole: p.Staff})
			if err != nil {
				return fmt.Errorf("%s: %w", p.Email, err)
			}
			s.people[p.Email] = person.ID
			if err := s.memberships(ctx, p, person.ID); err != nil {
				return fmt.Errorf("%s: %w", p.Email, err)
			}
		}
		return nil
	})
}

func (s *seeder) memberships(ctx context.Context, p tenants.Person, person id.Person) error {
	for _, m := range p.Members {
		org, err := s.org(m.Org)
		if err != nil {
			return err
		}
		in := parties.MemberInput{Org: org, Person: person, Roles: m.Roles, Unit: s.units[m.Org+"/"+m.Unit]}
		if m.Limit != nil {
			limit := money.Of(int64(*m.Limit), money.Currency(s.b.Tenant.Currency))
			in.Limit = &limit
		}
		if _, err := s.Parties.PutMember(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// licences hands in every licence once and verifies those that hold.
func (s *seeder) licences(ctx context.Context) error {
	return s.DB.Do(ctx, func(ctx context.Context) error {
		have := map[id.Org]map[string]bool{}
		for _, l := range s.b.Licences {
			org, err := s.org(l.Org)
			if err != nil {
				return err
			}
			if have[org] == nil {
				if have[org], err = s.known(ctx, org); err != nil {
					return err
				}
			}
			if have[org][l.Kind+l.Number] {
				continue
			}
			made, err := s.Parties.SubmitLicence(ctx, parties.Licence{Org: org, Kind: l.Kind, Number: l.Number, Scope: l.Scope, ValidFrom: l.From.Time, ValidTo: l.To.Time})
			if err != nil {
				return fmt.Errorf("licence %s: %w", l.Number, err)
			}
			if l.State == "" || l.State == "valid" {
				_, err = s.Parties.VerifyLicence(ctx, made.ID, parties.LicenceValid)
			} else if l.State == "revoked" {
				_, err = s.Parties.VerifyLicence(ctx, made.ID, parties.LicenceRevoked)
			}
			if err != nil {
				return fmt.Errorf("licence %s: %w", l.Number, err)
			}
		}
		return nil
	})
}

func (s *seeder) known(ctx context.Context, org id.Org) (map[string]bool, error) {
	ls, err := s.Parties.Licences(ctx, org)
	out := map[string]bool{}
	for _, l := range ls {
		out[l.Kind+l.Number] = true
	}
	return out, err
}
