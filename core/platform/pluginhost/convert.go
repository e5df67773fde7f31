package pluginhost

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// toSDK and fromSDK between the platform's fixed-point numbers and the contract's decimals.

func quantityTo(q quantity.Quantity) sdk.Quantity {
	return sdk.Quantity{Value: sdk.Micro(q.Micro), Unit: string(q.Unit)}
}

func moneyTo(m money.Money) sdk.Money { return sdk.Money{Currency: string(m.Currency), Minor: m.Minor} }

func moneyFrom(m sdk.Money) money.Money { return money.Of(m.Minor, money.Currency(m.Currency)) }

func priceTo(p money.Price) sdk.UnitPrice {
	return sdk.UnitPrice{Amount: sdk.Micro(p.Micro), Currency: string(p.Currency), Per: sdk.Quantity{Value: sdk.Int(1), Unit: string(p.Per)}}
}

var errTooFine = errors.New("more than six decimals, or too large")

// micro is exact or refused: a number that we would have to round is not what was promised.
func micro(d sdk.Decimal) (int64, error) {
	n, ok := d.Scaled(6)
	if !ok || sdk.Micro(n).Cmp(d) != 0 {
		return 0, fmt.Errorf("%s: %w", d.String(), errTooFine)
	}
	return n, nil
}

func quantityFrom(q sdk.Quantity) (quantity.Quantity, error) {
	if q.Unit == "" && q.Value.Sign() == 0 {
		return quantity.Quantity{}, nil
	}
	n, err := micro(q.Value)
	if err != nil {
		return quantity.Quantity{}, err
	}
	u, err := quantity.ParseUnit(q.Unit)
	return quantity.Quantity{Micro: n, Unit: u}, err
}

func priceFrom(p sdk.UnitPrice) (money.Price, error) {
	n, err := micro(p.Amount)
	if err != nil {
		return money.Price{}, err
	}
	if p.Per.Value.Cmp(sdk.Int(1)) != 0 {
		return money.Price{}, fmt.Errorf("a price per %s %s", p.Per.Value, strconv.Quote(p.Per.Unit))
	}
	u, err := quantity.ParseUnit(p.Per.Unit)
	return money.Price{Micro: n, Currency: money.Currency(p.Currency), Per: u}, err
}

func problemsFrom(ps []sdk.Problem) []Problem {
	var out []Problem
	for _, p := range ps {
		out = append(out, Problem{p.Code, p.Pointer, p.Message, p.Params})
	}
	return out
}

func problemsTo(ps []Problem) []sdk.Problem {
	var out []sdk.Problem
	for _, p := range ps {
		out = append(out, sdk.Problem{Code: p.Code, Pointer: p.Pointer, Message: p.Message, Params: p.Params})
	}
	return out
}

func placeTo(p Place) sdk.Place {
	return sdk.Place{Country: p.Country, City: p.City, Locode: p.Locode, Postcode: p.Postcode, Street: p.Street, Name: p.Name}
}

func parcelsTo(ps []Parcel, massKgMicro int64) []sdk.Parcel {
	if len(ps) == 0 {
		ps = []Parcel{{Count: 1, MassKgMicro: massKgMicro}}
	}
	out := make([]sdk.Parcel, 0, len(ps))
	for _, p := range ps {
		q := sdk.Parcel{
			Count: max(p.Count, 1), Mass: sdk.Quantity{Value: sdk.Micro(p.MassKgMicro), Unit: "KGM"},
			LengthMM: p.LengthMM, WidthMM: p.WidthMM, HeightMM: p.HeightMM, UNNumber: p.UNNumber,
		}
		if p.Chilled {
			milli := sdk.D("0.001")
			q.Temperature = &sdk.Temperatures{Min: sdk.Int(p.MinMilliC).Mul(milli), Max: sdk.Int(p.MaxMilliC).Mul(milli)}
		}
		out = append(out, q)
	}
	return out
}
