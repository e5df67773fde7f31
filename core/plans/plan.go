// Package plans is what a marketplace may use and what it has used: plans with limits and
// features, overrides with a reason and an end, the metering behind them, and the limits
// that keep one marketplace from slowing the others.
package plans

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
)

// Metric is something that a plan limits.
type Metric string

// What is limited. Products, people and stored bytes are levels; orders are counted by the
// marketplace's own month; requests by the minute; transactions at once. Jobs is no limit
// but a weight: how many turns a marketplace has where others have one.
const (
	Products     Metric = "products"
	Users        Metric = "users"
	Orders       Metric = "orders"
	Storage      Metric = "storage"
	Requests     Metric = "requests"
	Transactions Metric = "transactions"
	Jobs         Metric = "jobs"
)

// Metrics in the order in which people read them.
var Metrics = []Metric{Products, Users, Orders, Storage, Requests, Transactions, Jobs}

// Feature is a part of the product that a plan includes or does not.
type Feature string

// The features that plans can leave out.
const (
	RFQ       Feature = "rfq"        // asking many sellers for a price
	OwnDomain Feature = "own_domain" // an address of the marketplace's own
)

// Features are all that there are.
var Features = []Feature{RFQ, OwnDomain}

// Limits by metric; what is missing or 0 has none.
type Limits map[Metric]int64

// Plan is one version of an offer to marketplaces. A version never changes.
type Plan struct {
	Code        string
	Version     int
	Names       map[string]string
	Limits      Limits
	Features    []Feature
	SoftPercent int // of a limit, from which on it is near
	Note        string
	By          string
	CreatedAt   time.Time
}

// Ref names a version of a plan.
type Ref struct {
	Code    string
	Version int
}

// Ref is the plan's own.
func (p Plan) Ref() Ref { return Ref{p.Code, p.Version} }

// Has reports whether the plan includes a feature.
func (p Plan) Has(f Feature) bool { return slices.Contains(p.Features, f) }

var code = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}$`)

// most of each metric: enough for anybody, and far from what overflows.
var most = map[Metric]int64{
	Products: 1e9, Users: 1e9, Orders: 1e9, Storage: 1 << 50, Requests: 1e8, Transactions: 1000, Jobs: 100,
}

// leastTransactions lets a request that begins something beside its own unit go on.
const leastTransactions = 2

// Validate collects every problem.
func (p Plan) Validate() error {
	var c fault.Check
	c.If(!code.MatchString(p.Code), "code", "malformed", "Small letters, digits and hyphens, from 2 to 31 of them.")
	for _, locale := range []string{"en", "zh-CN"} {
		c.Text("names."+locale, p.Names[locale], 1, 60)
	}
	for l := range p.Names {
		c.If(l != "en" && l != "zh-CN", "names", "unknown", l)
	}
	for m, n := range p.Limits {
		checkLimit(&c, "limits."+string(m), m, n)
	}
	for _, f := range p.Features {
		c.If(!slices.Contains(Features, f), "features", "unknown", string(f))
	}
	c.If(p.SoftPercent < 1 || p.SoftPercent > 99, "soft_percent", "out_of_range", "From 1 to 99.")
	c.Text("note", p.Note, 0, 500)
	return c.Or(ErrInvalid)
}

func checkLimit(c *fault.Check, path string, m Metric, n int64) {
	top, known := most[m]
	c.If(!known, path, "unknown", string(m))
	c.If(known && (n < 0 || n > top), path, "out_of_range", "")
	c.If(m == Transactions && n > 0 && n < leastTransactions, path, "out_of_range", "At least 2, or 0 for none.")
}

// clean is the plan in its one spelling.
func (p Plan) clean() Plan {
	names, limits := map[string]string{}, Limits{}
	for l, n := range p.Names {
		names[l] = strings.TrimSpace(n)
	}
	for m, n := range p.Limits {
		if n != 0 {
			limits[m] = n
		}
	}
	p.Names, p.Limits = names, limits
	p.Features = slices.Compact(slices.Sorted(slices.Values(p.Features)))
	return p
}

// Builtin are the plans that a first start brings. Whoever runs the platform changes them.
func Builtin() []Plan {
	return []Plan{
		{
			Code: "starter", Names: map[string]string{"en": "Starter", "zh-CN": "入门版"}, SoftPercent: 80,
			Limits: Limits{Products: 500, Users: 25, Orders: 200, Storage: 1 << 30, Requests: 3_000, Transactions: 8, Jobs: 1},
		},
		{
			Code: "business", Names: map[string]string{"en": "Business", "zh-CN": "商务版"}, SoftPercent: 80, Features: []Feature{OwnDomain, RFQ},
			Limits: Limits{Products: 50_000, Users: 2_000, Orders: 20_000, Storage: 20 << 30, Requests: 60_000, Transactions: 64, Jobs: 4},
		},
		{
			Code: "enterprise", Names: map[string]string{"en": "Enterprise", "zh-CN": "企业版"}, SoftPercent: 90, Features: []Feature{OwnDomain, RFQ},
			Limits: Limits{Storage: 1 << 40, Requests: 600_000, Jobs: 10},
		},
	}
}
