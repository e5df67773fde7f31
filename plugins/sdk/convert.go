package sdk

import (
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// reader turns wire messages into the author's types and keeps the first thing it could
// not read, so that the conversions stay one line a field.
type reader struct{ err error }

func (r *reader) decimal(d *wire.Decimal) Decimal {
	if d.GetValue() == "" {
		return Decimal{}
	}
	v, err := ParseDecimal(d.GetValue())
	if err != nil && r.err == nil {
		r.err = &Error{Reason: ReasonMalformed, Blame: Host, Detail: "decimal " + strconv.QuoteToASCII(d.GetValue())}
	}
	return v
}

func (r *reader) quantity(q *wire.Quantity) Quantity {
	return Quantity{r.decimal(q.GetValue()), q.GetUom()}
}

func (r *reader) unitPrice(p *wire.UnitPrice) UnitPrice {
	return UnitPrice{r.decimal(p.GetAmount()), p.GetCurrency(), r.quantity(p.GetPer())}
}

// attrs flattens typed values to text: quantities read "12 MTR", dates 2006-01-02.
func (r *reader) attrs(as []*wire.Attr) map[string]string {
	out := make(map[string]string, len(as))
	for _, a := range as {
		switch v := a.GetV().(type) {
		case *wire.Attr_S:
			out[a.Path] = v.S
		case *wire.Attr_D:
			out[a.Path] = r.decimal(v.D).String()
		case *wire.Attr_Q:
			q := r.quantity(v.Q)
			out[a.Path] = q.Value.String() + " " + q.Unit
		case *wire.Attr_B:
			out[a.Path] = strconv.FormatBool(v.B)
		case *wire.Attr_Date:
			out[a.Path] = v.Date
		case *wire.Attr_BlobRef:
			out[a.Path] = v.BlobRef
		}
	}
	return out
}

func decimalTo(d Decimal) *wire.Decimal { return &wire.Decimal{Value: d.String()} }

func quantityTo(q Quantity) *wire.Quantity {
	return &wire.Quantity{Value: decimalTo(q.Value), Uom: q.Unit}
}

func unitPriceTo(p UnitPrice) *wire.UnitPrice {
	return &wire.UnitPrice{Amount: decimalTo(p.Amount), Currency: p.Currency, Per: quantityTo(p.Per)}
}

func attrsTo(m map[string]string) []*wire.Attr {
	out := make([]*wire.Attr, 0, len(m))
	for k, v := range m {
		out = append(out, &wire.Attr{Path: k, V: &wire.Attr_S{S: v}})
	}
	slices.SortFunc(out, func(a, b *wire.Attr) int { // the same request is the same bytes
		if a.Path < b.Path {
			return -1
		}
		return 1
	})
	return out
}

func moneyFrom(m *wire.Money) Money { return Money{m.GetCurrency(), m.GetMinor()} }

func moneyTo(m Money) *wire.Money { return &wire.Money{Currency: m.Currency, Minor: m.Minor} }

func refFrom(r *wire.Ref) Ref { return Ref{r.GetKind(), r.GetId(), r.GetVersion()} }

func refTo(r Ref) *wire.Ref { return &wire.Ref{Kind: r.Kind, Id: r.ID, Version: r.Version} }

func refsFrom(rs []*wire.Ref) []Ref { return each(rs, refFrom) }

func refsTo(rs []Ref) []*wire.Ref { return each(rs, refTo) }

func placeFrom(p *wire.Place) Place {
	return Place{p.GetCountry(), p.GetCity(), p.GetLocode(), p.GetPostcode(), p.GetStreet(), p.GetName()}
}

func placeTo(p Place) *wire.Place {
	return &wire.Place{Country: p.Country, City: p.City, Locode: p.Locode, Postcode: p.Postcode, Street: p.Street, Name: p.Name}
}

func problemFrom(p *wire.Problem) Problem {
	return Problem{p.GetCode(), p.GetJsonPointer(), p.GetMessageKey(), p.GetParams(), Severity(p.GetSeverity())}
}

func problemTo(p Problem) *wire.Problem {
	return &wire.Problem{Code: p.Code, JsonPointer: p.Pointer, MessageKey: p.Message, Params: p.Params, Severity: wire.Problem_Severity(p.Severity)}
}

func problemsFrom(ps []*wire.Problem) []Problem { return each(ps, problemFrom) }

func problemsTo(ps []Problem) []*wire.Problem { return each(ps, problemTo) }

// timeFrom keeps the zero time zero, which the wire says by leaving the field out.
func timeFrom(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

func timeTo(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func callTo(c Call) *wire.Call {
	return &wire.Call{
		TenantId: c.Tenant, InstallationId: c.Installation, RequestId: c.RequestID, IdempotencyKey: c.Key,
		ConfigRevision: c.Revision, Actor: c.Actor, Locale: c.Locale, DryRun: c.DryRun, CallToken: c.token,
	}
}

func callFrom(c *wire.Call) Call {
	return Call{
		Tenant: c.GetTenantId(), Installation: c.GetInstallationId(), RequestID: c.GetRequestId(), Key: c.GetIdempotencyKey(),
		Revision: c.GetConfigRevision(), Actor: c.GetActor(), Locale: c.GetLocale(), DryRun: c.GetDryRun(), token: c.GetCallToken(),
	}
}

func each[A, B any](in []A, f func(A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}
