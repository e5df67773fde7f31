// Package tenants is the blueprints that ship with Kontor: four marketplaces as data, one
// folder each, and the loader that reads and checks such a folder.
//
//	tenant.yaml          the company itself: hosts, names, locales, money, plugins, notices
//	categories.yaml      the tree, parents before children
//	attributes/*.json    typed attributes, a list per file
//	roles.csv            what the tenant adds to policies/casbin/roles.csv, same format
//	locales/<tag>.json   texts of its own, flat, every key in every locale
//	pictures/            photographs that items name
//	seed/                companies, people and goods; SOURCES.md says where they come from
//
// Small files become the fields of Blueprint. Large ones (items, offers, stock …) stay
// where they are and are read row by row through iterators, so that a catalogue of ten
// thousand never sits in memory. Nothing here knows a database or an identifier: rows name
// one another by natural keys, and whoever applies a blueprint derives identifiers from
// them with id.Named(slug, noun, key…), so that applying twice finds what is there:
//
//	org, person, category, item   key = Org.Key, Person.Email, Category.Slug, Item.SKU
//	warehouse                     key = Warehouse.Org, Warehouse.Code
//	offer                         key = OfferKey.Seller, OfferKey.SKU
//	lot                           key = OfferKey.Seller, OfferKey.SKU, Lot.Number
//
// What must exist before what: attributes and categories, companies (with departments,
// cost centres, addresses), people, licences (a seller of controlled substances may not
// publish without), warehouses, items, offers, contract prices, lots, stock, documents,
// past orders. Files are in the order of their references, so one pass over each will do.
package tenants

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"sort"
)

// FS holds every blueprint that is built in.
//
//go:embed all:steel all:pharma all:procure all:platform
var FS embed.FS

// DemoPassword signs in every person of a seed. Blueprints are demonstrations: a tenant
// for real trade is created without people and invites them.
const DemoPassword = "Kontor-Demo-2026"

// ErrUnknown answers a slug that has no folder.
var ErrUnknown = errors.New("tenants: there is no such blueprint")

// Slugs lists the blueprints in fsys: folders that hold a tenant.yaml, sorted.
func Slugs(fsys fs.FS) ([]string, error) {
	found, err := fs.Glob(fsys, "*/tenant.yaml")
	if err != nil {
		return nil, err
	}
	slugs := make([]string, 0, len(found))
	for _, f := range found {
		slugs = append(slugs, f[:len(f)-len("/tenant.yaml")])
	}
	sort.Strings(slugs)
	return slugs, nil
}

// Hash names the content of a blueprint: it changes when any byte of any of its files
// does. Reading it is far cheaper than Load, so an unchanged tenant costs a start nothing.
func Hash(fsys fs.FS, slug string) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(fsys, slug, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(fsys, path)
		if err != nil {
			return err
		}
		file := sha256.Sum256(b)
		_, err = fmt.Fprintf(sum, "%s %x\n", path, file)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %s", ErrUnknown, slug)
	}
	return hex.EncodeToString(sum.Sum(nil)), err
}

// Load reads the blueprint in folder slug and checks all of it, the large files too.
// When anything is wrong the error is a *Problems that lists every finding.
func Load(fsys fs.FS, slug string) (Blueprint, error) {
	if _, err := fs.Stat(fsys, slug+"/tenant.yaml"); err != nil {
		return Blueprint{}, fmt.Errorf("%w: %s", ErrUnknown, slug)
	}
	dir, err := fs.Sub(fsys, slug)
	if err != nil {
		return Blueprint{}, err
	}
	hash, err := Hash(fsys, slug)
	if err != nil {
		return Blueprint{}, err
	}
	b := Blueprint{dir: dir, hash: hash}
	var p Problems
	b.read(&p)
	if len(p.Found) == 0 { // a file that cannot be read would only cause findings in others
		b.validate(slug, &p)
	}
	if len(p.Found) > 0 {
		return Blueprint{}, &p
	}
	return b, nil
}
