// Package sdk is all that the author of a plugin sees: plain structs to receive and
// return, small interfaces to implement, and Serve. How a call travels is not the
// author's business.
//
//	func main() { sdk.Serve(New()) }
//
//	func New() sdk.Plugin {
//		return sdk.Plugin{ID: "acme.steel", Version: "1.0.0", Pricing: pricer{}}
//	}
package sdk

import (
	"context"
	"encoding/json"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// Contract is the version of the contract that this SDK speaks, major.minor.
const Contract = "1.0"

// Limits that are part of the contract.
const (
	MaxMessage = 4 << 20 // bytes, either way
	MaxLines   = 500
	MaxAttrs   = 200
	MaxText    = 8 << 10 // bytes in one attribute
)

// Plugin is a filled-in form: what is not nil is offered to the host.
type Plugin struct {
	ID      string // "kontor.steelprice": publisher, then name
	Version string // the plugin's own, x.y.z

	Pricing   Pricer
	Logistics Carrier
	Payment   PaymentProvider

	// Check looks at one tenant's settings before they are used; nil accepts any. It
	// may be called often and must not have effects.
	Check func(context.Context, TenantConfig) []Problem
	// Health is asked every few seconds; nil is always well.
	Health func(context.Context) Health
}

// TenantConfig is one tenant's settings of the plugin.
type TenantConfig struct {
	Tenant, Installation string
	Revision             uint64
	JSON                 json.RawMessage
}

// Health is how the plugin and what it depends on are doing.
type Health struct {
	Degraded     bool
	Dependencies map[string]string
}

// Call says for whom a request is made. It is part of every request.
type Call struct {
	Tenant, Installation string
	RequestID            string
	// Key is set when the request has an effect, and is the same over all retries: hand
	// it to whoever carries out the effect.
	Key      string
	Revision uint64
	Actor    string
	Locale   string
	DryRun   bool

	config json.RawMessage
	token  string
	host   wire.HostClient
}

// WithToken is for hosts: what the plugin shows when it asks the host for something in
// this call.
func (c Call) WithToken(t string) Call {
	c.token = t
	return c
}

// Config reads the tenant's settings into v.
func (c Call) Config(v any) error {
	if len(c.config) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.config, v); err != nil {
		return &Error{Reason: "config_invalid", Blame: Host, Detail: err.Error()}
	}
	return nil
}

// WithConfig is for tests of a plugin's own parts: a call with settings.
func (c Call) WithConfig(v any) Call {
	b, err := json.Marshal(v)
	if err == nil {
		c.config = b
	}
	return c
}

// Ref names one of the host's objects.
type Ref struct {
	Kind, ID string
	Version  uint64
}

// Money is minor units of an ISO 4217 currency: 1250 CNY is 12.50 yuan.
type Money struct {
	Currency string
	Minor    int64
}

// Quantity is how much, in a UN/ECE Rec 20 unit such as "KGM", "TNE", "MTR", "H87".
type Quantity struct {
	Value Decimal
	Unit  string
}

// UnitPrice is the price of Per, usually of one unit. Amount is in the major unit.
type UnitPrice struct {
	Amount   Decimal
	Currency string
	Per      Quantity
}

// Place is where goods start or end.
type Place struct {
	Country  string // ISO 3166-1 alpha-2
	City     string
	Locode   string // UN/LOCODE, when known
	Postcode string
	Street   string
	Name     string
}

// Problem is something about the data that a person can put right.
type Problem struct {
	Code     string
	Pointer  string // JSON pointer to it
	Message  string // key of the text
	Params   map[string]string
	Severity Severity
}

// Severity of a problem.
type Severity int

// The severities.
const (
	Wrong Severity = iota + 1
	Warning
	Info
)
