package pluginhost

import (
	"context"
	"fmt"
	"slices"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/work"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// pricing asks the tenant's pricing plugin, and prices itself what is not the plugin's.
type pricing struct{ host *Host }

func (s pricing) routes(ctx context.Context) ([]route, error) {
	if work.Active(ctx) {
		return nil, ErrInUnit
	}
	who, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	return s.host.book.routes(who.Tenant, sdk.CapPricing), nil
}

// Quote implements Pricer. Lines keep their order.
func (s pricing) Quote(ctx context.Context, currency money.Currency, lines []PriceLine) ([]PricedLine, error) {
	routes, err := s.routes(ctx)
	if err != nil {
		return nil, err
	}
	if len(routes) == 0 {
		return Plain{}.Quote(ctx, currency, lines)
	}
	out := make([]PricedLine, 0, len(lines))
	for batch := range slices.Chunk(lines, sdk.MaxLines) {
		got, err := s.quote(ctx, routes[0], currency, batch)
		if err != nil {
			got, err = s.host.quotes.instead(routes[0], currency, batch, s.host.now(), err)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, got...)
	}
	return out, nil
}

func (s pricing) quote(ctx context.Context, r route, currency money.Currency, lines []PriceLine) ([]PricedLine, error) {
	req := sdk.QuoteRequest{Currency: string(currency), At: s.host.now(), Lines: make([]sdk.QuoteLine, 0, len(lines))}
	for _, l := range lines {
		req.Lines = append(req.Lines, quoteLine(l))
	}
	spec := rpc{"pricing.Quote", "pricing", s.host.time.Quote, true}
	return ask(ctx, r, spec, "", func(ctx context.Context, c *sdk.Client, call sdk.Call) ([]PricedLine, error) {
		req.Call = call
		reply, err := c.Quote(ctx, req)
		if err != nil {
			return nil, err
		}
		got, err := contract(r, func() ([]PricedLine, error) {
			return checkQuote(r.proc.manifest.ID, currency, lines, reply.Lines, s.host.now())
		})
		if err != nil {
			return nil, r.proc.named(err)
		}
		s.host.quotes.keep(r, currency, lines, got)
		return got, nil
	})
}

func quoteLine(l PriceLine) sdk.QuoteLine {
	attrs := make(map[string]string, len(l.Attrs)+1)
	for k, v := range l.Attrs {
		if len(attrs) < sdk.MaxAttrs-1 && len(v) <= sdk.MaxText {
			attrs[k] = v
		}
	}
	if l.KgPerUnitMicro > 0 {
		attrs["kg_per_unit"] = quantity.FormatMicro(l.KgPerUnitMicro)
	}
	return sdk.QuoteLine{LineID: l.LineID, Attrs: attrs, Qty: quantityTo(l.Qty), Base: priceTo(l.Unit)}
}

// Reprice implements Pricer: each line goes back to the plugin that quoted it.
func (s pricing) Reprice(ctx context.Context, original []PricedLine, measured []Measured) ([]Repriced, error) {
	routes, err := s.routes(ctx)
	if err != nil {
		return nil, err
	}
	byPlugin := map[string][]PricedLine{}
	plugin := map[string]string{}
	for _, o := range original {
		if o.Plugin == "" && o.Evidence != "" {
			o.Plugin = settler(routes) // the caller kept the terms and not whose they were
		}
		byPlugin[o.Plugin] = append(byPlugin[o.Plugin], o)
		plugin[o.LineID] = o.Plugin
	}
	ofPlugin := map[string][]Measured{}
	for _, m := range measured {
		ofPlugin[plugin[m.LineID]] = append(ofPlugin[plugin[m.LineID]], m)
	}
	done := map[string]Repriced{}
	for name, ms := range ofPlugin {
		got, err := s.reprice(ctx, routes, name, byPlugin[name], ms)
		if err != nil {
			return nil, err
		}
		for _, g := range got {
			done[g.LineID] = g
		}
	}
	out := make([]Repriced, 0, len(measured))
	for _, m := range measured {
		out = append(out, done[m.LineID])
	}
	return out, nil
}

// settler is the tenant's plugin that settles by evidence; none is the platform itself.
func settler(routes []route) string {
	for _, r := range routes {
		if slices.Contains(r.proc.manifest.Capabilities[sdk.CapPricing].Features, sdk.FeatureReprice) {
			return r.proc.manifest.ID
		}
	}
	return ""
}

func (s pricing) reprice(ctx context.Context, routes []route, plugin string, original []PricedLine, measured []Measured) ([]Repriced, error) {
	if plugin == "" {
		return Plain{}.Reprice(ctx, original, measured)
	}
	at := slices.IndexFunc(routes, func(r route) bool { return r.proc.manifest.ID == plugin })
	if at < 0 {
		return nil, ErrNotInstalled
	}
	r := routes[at]
	req := sdk.RepriceRequest{}
	for _, o := range original {
		req.Original = append(req.Original, quotedTo(o))
	}
	for _, m := range measured {
		req.Measured = append(req.Measured, sdk.Measurement{LineID: m.LineID, Qty: quantityTo(m.Qty), Evidence: sdk.Ref{Kind: "evidence", ID: m.EvidenceID}})
	}
	spec := rpc{"pricing.Reprice", "pricing", s.host.time.Quote, true}
	return ask(ctx, r, spec, "", func(ctx context.Context, c *sdk.Client, call sdk.Call) ([]Repriced, error) {
		req.Call = call
		reply, err := c.Reprice(ctx, req)
		if err != nil {
			return nil, err
		}
		got, err := checkReprice(plugin, original, measured, reply.Lines)
		if err != nil {
			return nil, r.proc.name(ErrInvalidResponse).Because(err)
		}
		return got, nil
	})
}

// quotedTo gives a plugin back what it quoted.
func quotedTo(p PricedLine) sdk.QuotedLine {
	out := sdk.QuotedLine{LineID: p.LineID, Basis: basisTo[p.Basis], PricedQty: quantityTo(p.PricedQty), Amount: moneyTo(p.Amount), ValidUntil: p.ValidUntil, Problems: problemsTo(p.Problems)}
	for _, c := range p.Components {
		out.Components = append(out.Components, sdk.Component{Code: c.Code, Unit: priceTo(c.Unit), Qty: quantityTo(c.Qty), Amount: moneyTo(c.Amount), Informational: c.Informational})
	}
	if p.Evidence != "" {
		hundred := sdk.Int(100)
		out.Settlement = sdk.Settlement{Evidence: p.Evidence, TolerancePct: sdk.Micro(p.TolerancePctMicro).Mul(hundred), CapPct: sdk.Micro(p.CapPctMicro).Mul(hundred)}
	}
	return out
}

var errReply = fmt.Errorf("the reply breaks the contract")
