package sdk

import "github.com/kontorhq/kontor/plugins/sdk/internal/wire"

// Names of capabilities, as manifests spell them.
const (
	CapPricing   = "pricing"
	CapLogistics = "logistics"
	CapPayment   = "payment"
)

// Features that a capability may add.
const (
	FeatureReprice = "reprice"
	FeatureBook    = "book"
	FeatureEscrow  = "escrow"
	FeaturePayout  = "payout"
)

// Capability is something that the plugin can do, found by what its values implement.
type Capability struct {
	Name     string
	Minor    int
	Features []string
}

func (p Plugin) capabilities() []Capability {
	var out []Capability
	if p.Pricing != nil {
		c := Capability{Name: CapPricing}
		if _, ok := p.Pricing.(Repricer); ok {
			c.Features = append(c.Features, FeatureReprice)
		}
		out = append(out, c)
	}
	if p.Logistics != nil {
		c := Capability{Name: CapLogistics}
		if _, ok := p.Logistics.(Booker); ok {
			c.Features = append(c.Features, FeatureBook)
		}
		out = append(out, c)
	}
	if p.Payment != nil {
		c := Capability{Name: CapPayment}
		if _, ok := p.Payment.(EscrowProvider); ok {
			c.Features = append(c.Features, FeatureEscrow)
		}
		if _, ok := p.Payment.(PayoutProvider); ok {
			c.Features = append(c.Features, FeaturePayout)
		}
		out = append(out, c)
	}
	return out
}

func capabilityTo(c Capability) *wire.Capability {
	return &wire.Capability{Name: c.Name, Minor: uint32(max(c.Minor, 0)), Features: c.Features}
}

func capabilityFrom(c *wire.Capability) Capability {
	return Capability{c.GetName(), int(c.GetMinor()), c.GetFeatures()}
}
